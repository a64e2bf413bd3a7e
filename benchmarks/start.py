"""How long the toolkit takes to start: the import, the help page and one assessment, beside a bare interpreter and pandas.

    python benchmarks/start.py [--json] [--region 瓯海区] [--rounds 5] [--top 15]

Every start is a process of its own, in turns, after one that is not counted. *Wall* is the clock on the wall and grows with
whatever else runs; *cpu* is user and system time of the process. Goals are set for the wall clock of a quiet machine; the load
average stands beside them. The import table is Python's own (`-X importtime`) of an assessment: the modules that cost most by
themselves. *Steps* are the parts of an assessment in cpu seconds, in one process: the catalogue as first read from its files
and as read again from the user's cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
GOALS = {"import dabiao": 0.5, "dabiao --help": 0.5, "dabiao assess": 1.5}
STEPS = """
import json, time
import reports.cli.main, dabiao.assessment, reports.cli.terminal, dabiao.export, planning.loading.folder
steps = {"imports": time.process_time()}
def timed(name, make):
    began = time.process_time()
    made = make()
    steps[name] = time.process_time() - began
    return made
timed("catalogue", planning.loading.folder.load_catalogue)
timed("assess", lambda: dabiao.assessment.assess(REGION))
timed("assess again", lambda: dabiao.assessment.assess(REGION))
print(json.dumps(steps))
"""


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--json", action="store_true")
    words.add_argument("--region", default="瓯海区")
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--top", type=int, default=15, help="modules in the import table")
    asked = words.parse_args()
    if asked.rounds < 1:
        words.error(f"--rounds {asked.rounds}: one round or more is needed for a figure.")
    found = measured(asked.region, asked.rounds, asked.top)
    if asked.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        show(found)


def measured(region: str, rounds: int, top: int) -> dict:
    """All figures as one object, in the form that the evidence pages are made from."""
    starts = {
        "python": ["-c", "pass"],
        "import pandas": ["-c", "import pandas"],
        "import dabiao": ["-c", "import dabiao"],
        "dabiao --help": ["-m", "reports", "--help"],
        "dabiao assess": ["-m", "reports", "assess", region],
    }
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in starts}
    for number in range(rounds + 1):
        for name, words in starts.items():
            one = started(words)
            if number:
                spent[name].append(one)
    middle = {
        name: dict(
            zip(("wall", "cpu"), (round(statistics.median(part), 3) for part in zip(*times, strict=True)), strict=True)
        )
        for name, times in spent.items()
    }
    return {
        "benchmark": "start",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": [
            {"name": f"{name}, s of wall clock (median)", "measured": middle[name]["wall"], "goal": goal, "better": "lower",
             "ok": middle[name]["wall"] <= goal, "peer": "import pandas", "peer_measured": middle["import pandas"]["wall"]}
            for name, goal in GOALS.items()
        ],
        "details": {
            "rounds": rounds,
            "load_average": round(os.getloadavg()[0], 1),
            "seconds": middle,
            "steps_cpu_seconds": steps(region),
            "imports_ms": imports(starts["dabiao assess"], top),
        },
    }  # fmt: skip


def started(words: list[str]) -> tuple[float, float]:
    """Wall and cpu seconds of a process from its start to its end. Raises CalledProcessError where it fails."""
    before, began = os.times(), time.perf_counter()
    subprocess.run([sys.executable, *words], cwd=TOP, stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - began, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def steps(region: str) -> dict[str, dict[str, float]]:
    """The steps of an assessment in a first process, whose cache is empty, and in a second one."""
    code = STEPS.replace("REGION", repr(region))
    with tempfile.TemporaryDirectory(prefix="dabiao-") as cache:
        env = {**os.environ, "XDG_CACHE_HOME": cache}
        return {
            name: {k: round(v, 3) for k, v in json.loads(_said([sys.executable, "-c", code], env)).items()}
            for name in ("first", "second")
        }


def imports(words: list[str], top: int) -> list[dict[str, object]]:
    """The modules that took longest by themselves: own and cumulated milliseconds."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words], cwd=TOP, capture_output=True, text=True, check=True
    )
    rows = re.findall(r"import time:\s+(\d+) \|\s+(\d+) \|\s+(\S+)", done.stderr)
    slowest = sorted(rows, key=lambda row: -int(row[0]))[:top]
    return [{"module": name, "own": int(own) / 1000, "cumulated": int(both) / 1000} for own, both, name in slowest]


def show(found: dict) -> None:
    """Print the same as a table."""
    lines = [f"{'':<18}{'wall s':>8}{'cpu s':>8}{'goal':>8}"]
    for name, part in found["details"]["seconds"].items():
        lines.append(f"{name:<18}{part['wall']:>8.2f}{part['cpu']:>8.2f}{GOALS.get(name, ''):>8}")
    for process, parts in found["details"]["steps_cpu_seconds"].items():
        lines.append(f"{process} process, cpu s: " + ", ".join(f"{name} {s:.2f}" for name, s in parts.items()))
    lines.append(f"{'ms by itself':>14}{'with its own':>14}")
    for row in found["details"]["imports_ms"]:
        lines.append(f"{row['own']:>14.1f}{row['cumulated']:>14.1f}  {row['module']}")
    lines.append(f"load average {found['details']['load_average']}")
    print("\n".join(lines))


def _said(words: list[str], env: dict[str, str]) -> str:
    return subprocess.run(words, cwd=TOP, env=env, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
