"""Coverage of the tests by package, from what `coverage run` and `coverage combine` have left, and the least covered files."""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LISTED = 12


def package_of(name: str) -> str:
    """planning, sim, forecasts, or a package of reports."""
    parts = Path(name).parts
    return "/".join(parts[:2]) if parts[0] == "reports" and len(parts) > 2 else parts[0]


def measured() -> dict[str, tuple[int, int]]:
    """Statements and those reached, by file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        words = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(path)]
        subprocess.run(words, cwd=TOP, check=True, stdout=subprocess.DEVNULL)
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    return {n: (f["summary"]["num_statements"], f["summary"]["covered_lines"]) for n, f in files.items()}


def main() -> None:
    files = measured()
    packages: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for name, (statements, reached) in files.items():
        for key in (package_of(name), "all"):
            packages[key][0] += statements
            packages[key][1] += reached
    for name, (statements, reached) in packages.items():
        print(f"{name:<22}{statements:>8,} statements {reached / max(statements, 1):>7.1%}")
    print("\nleast covered")
    least = sorted((r / s, s - r, n) for n, (s, r) in files.items() if s)[:LISTED]
    for share, missing, name in least:
        print(f"{name:<44}{share:>7.0%}{missing:>6} lines")


if __name__ == "__main__":
    main()
