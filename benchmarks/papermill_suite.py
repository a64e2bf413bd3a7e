"""How many of papermill's own tests of executing, parameters and inspecting pass with each of our engines as its default.

    pip download --no-binary :all: --no-deps papermill==VERSION     unpacked into FOLDER; VERSION as installed
    python benchmarks/papermill_suite.py FOLDER [--engines stock,kernel,process] [--json]

stock      papermill's own engine: what the tests were written for
kernel     our engine that runs a kernel and limits what it may show (engines `stock` and `warm` of a batch)
process    our engine without a kernel (engine `fast` of a batch)

Prints passed and failed of each engine, and which fail with it alone. Each engine takes a pytest of its own, half a minute to two
minutes long. It measures and does not judge: exit status 2 only for unusable input.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
SUITES = ("test_execute.py", "test_parameterize.py", "test_inspect.py")
ENGINES = {
    "stock": "papermill.engines.NBClientEngine",
    "kernel": "reports.batch.shell.InKernel",
    "process": "reports.batch.shell.InProcess",
}
# A plugin of pytest: it makes the engine named in its last line papermill's default before any test is collected.
PLUGIN = """from importlib import import_module
from papermill.engines import papermill_engines
module, name = {engine!r}.rsplit(".", 1)
for alias in (None, "nbclient"):
    papermill_engines.register(alias, getattr(import_module(module), name))
"""


def outcomes(folder: Path, engine: str) -> dict[str, bool]:
    """Whether each test passes, by its name, with an engine as papermill's default.

    folder: papermill's unpacked source distribution. Raises SystemExit where the tests cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="dabiao-suite-") as scratch:
        (Path(scratch) / "engine_under_test.py").write_text(PLUGIN.format(engine=ENGINES[engine]), encoding="utf-8")
        report = Path(scratch) / "report.xml"
        # Its own tests import papermill from beside them; pytest reads neither its settings nor ours.
        paths = [str(folder), scratch, str(TOP), os.environ.get("PYTHONPATH", "")]
        command = [sys.executable, "-m", "pytest", "-q", "-p", "engine_under_test", "-p", "no:cacheprovider"]
        command += ["-c", os.devnull, "--rootdir", str(folder), f"--junit-xml={report}"]
        ran = subprocess.run(
            [*command, *(str(folder / "papermill" / "tests" / suite) for suite in SUITES)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            capture_output=True,
            text=True,
        )
        if not report.is_file() or ran.returncode not in (0, 1):
            print(ran.stdout[-2000:], ran.stderr[-2000:], file=sys.stderr)
            raise SystemExit(2)
        cases = ElementTree.parse(report).iter("testcase")
        return {
            f"{case.get('classname', '').removeprefix('papermill.tests.')}.{case.get('name')}": not {"failure", "error"}
            & {part.tag for part in case}
            for case in cases
        }


def main() -> None:
    """Run the tests with each engine and print what passes."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--engines", default=",".join(ENGINES))
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    folder = asked.folder.resolve()
    version = importlib.metadata.version("papermill")
    if not all((folder / "papermill" / "tests" / suite).is_file() for suite in SUITES):
        print(f"{folder} is no source distribution of papermill: it has no papermill/tests", file=sys.stderr)
        raise SystemExit(2)
    if f"\nVersion: {version}\n" not in (folder / "PKG-INFO").read_text(encoding="utf-8"):
        print(f"{folder} is another version of papermill than the installed {version}", file=sys.stderr)
        raise SystemExit(2)
    found = {engine: outcomes(folder, engine) for engine in asked.engines.split(",")}
    failures = {engine: [name for name, passed in each.items() if not passed] for engine, each in found.items()}
    if asked.json:
        print(json.dumps({"benchmark": "papermill_suite", "papermill": version, "failed": failures}, indent=1))
        return
    for engine, each in found.items():
        print(f"{engine:<9}{sum(each.values()):3} passed {len(failures[engine]):3} failed")
        for name in failures[engine]:
            print(
                f"         {name}"
                + (" (with papermill's own engine, too)" if name in failures.get("stock", []) else "")
            )


if __name__ == "__main__":
    main()
