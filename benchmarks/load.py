"""What heavy use takes: twenty planners on one page server, an overlay of 100,000 rows, 2,800 regions in the register.

    python benchmarks/load.py [--json] [--planners 20] [--seconds 300] [--rows 100000] [--regions 2800] [--data FOLDER]
        [--skip pages,rows,regions] [--seed 0]

pages      planners open a page each of `dabiao planner --pages PLANNERS`, over its own HTTP and WebSocket, and move a slider
           every few seconds; some leave, in order or without a word, and come back. *First figure* runs from asking for the
           page until all its widgets are there, the chart among them; *slider to figure* from sending a slider's new value
           until the chart's new drawing has come. Drawing on the screen is not in it (benchmarks/planner.py has it). Once all
           pages are open, one planner more asks. Memory is what processes hold for themselves alone (USS).
rows       `dabiao check` and `dabiao assess` over a fictional overlay of so many rows, beside the shipped data alone.
regions    `dabiao regions`, `dabiao assess` and reading the catalogue with so many regions, beside the shipped register.
           FOLDER: an overlay such as `dabiao import-census --all` makes; without one the regions are fictional.

It measures and does not judge: exit status 2 only for unusable input.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

# A script's own folder comes first on the path, and holds a benchmark that is called like our package forecasts.
TOP = Path(__file__).resolve().parent.parent
sys.path[0] = str(TOP)

from benchmarks.load_planners import REGION, THREADS, goal, pages  # noqa: E402


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and the largest memory of one command, MB."""

    seconds: float
    memory: float


def ran(words: list[str]) -> Took:
    """A command of ours in a process of its own. Raises SystemExit with its last words where it fails."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *words], cwd=TOP, env={**os.environ, **THREADS}, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(words)} failed: {said.read().decode()[-800:]}")
    return Took(took, usage.ru_maxrss / 1000)


def beside(words: list[str], data: Path) -> tuple[Took, Took]:
    """A command over the shipped data alone, and with an overlay."""
    return ran(words), ran([*words, "--data", str(data)])


LOADED = (
    "import sys; from planning.catalogue import Catalogue; load_catalogue(sys.argv[1] if len(sys.argv) > 1 else None)"
)


def rows_of(folder: Path) -> int:
    return sum(len(p.read_bytes().splitlines()) - 1 for p in (folder / "tables").glob("*.csv"))


def many_rows(folder: Path, wanted: int, seed: int) -> None:
    """A fictional country of as many provinces as it takes to have so many rows; the largest has some 115,000."""
    from reports.workbooks import synth

    synth.write(synth.country(1, 9, 9, seed=seed), folder / "trial", seed=seed)
    provinces = min(9, max(1, round(wanted / rows_of(folder / "trial"))))
    synth.write(synth.country(provinces, 9, 9, seed=seed), folder / "country", seed=seed)


def register(folder: Path, wanted: int) -> None:
    """A register of so many made-up regions: provinces of twenty cities of twenty districts."""
    rows = []
    for n in range(wanted):
        province, city, district = n // 421 + 1, n % 421 // 21, n % 421 % 21
        if n % 421 == 420:
            city, district = 21, 0
        code = f"9{province}{city:02d}{district:02d}"
        level = "district" if district else "city" if city else "province"
        parent = code[:4] + "00" if district and city else f"9{province}0000" if code[2:] != "0000" else "000000"
        rows.append(f"{code},虚构{code}号,Made-up {code},{level},{parent},yes")
    folder.mkdir(parents=True)
    (folder / "regions.csv").write_text(
        "code,name_zh,name_en,level,parent,fictional\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )


def heavy_rows(asked, folder: Path) -> tuple[list[dict], dict]:
    many_rows(folder, asked.rows, asked.seed)
    data = folder / "country"
    plain, check = beside(["-m", "reports", "check"], data)
    alone, assess = beside(["-m", "reports", "assess", REGION, "--json"], data)
    goals = [
        goal(
            "dabiao check, overlay of many rows, s", check.seconds, 10.0, "lower", "shipped data alone", plain.seconds
        ),
        goal(
            "dabiao assess, overlay of many rows, s", assess.seconds, 10.0, "lower", "shipped data alone", alone.seconds
        ),
        goal("memory of dabiao assess, MB", assess.memory, 1000.0, "lower", "shipped data alone", alone.memory),
    ]
    return goals, {"rows": rows_of(data), "memory_of_check_mb": round(check.memory)}


def many_regions(asked, folder: Path) -> tuple[list[dict], dict]:
    from planning.loading.folder import load_catalogue

    data = asked.data
    if data is None:
        data = folder / "regions"
        register(data, asked.regions)
    goals, about = (
        [],
        {"regions": len(load_catalogue(str(data)).regions), "data": "given" if asked.data else "fictional"},
    )
    for name, words in (
        ("reading the catalogue", ["-c", LOADED]),
        ("dabiao regions", ["-m", "reports", "regions"]),
        ("dabiao assess", ["-m", "reports", "assess", REGION, "--json"]),
    ):
        over = [str(data)] if words[0] == "-c" else ["--data", str(data)]
        alone, took = ran(words), ran([*words, *over])
        goals.append(goal(f"{name}, many regions, s", took.seconds, 10.0, "lower", "shipped register", alone.seconds))
        about[f"memory of {name}, MB"] = [round(alone.memory), round(took.memory)]
    return goals, about


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--json", action="store_true")
    words.add_argument("--planners", type=int, default=20)
    words.add_argument("--seconds", type=int, default=300)
    words.add_argument("--rows", type=int, default=100_000)
    words.add_argument("--regions", type=int, default=2_800)
    words.add_argument("--data", type=Path)
    words.add_argument("--skip", default="")
    words.add_argument("--seed", type=int, default=0)
    asked = words.parse_args()
    if asked.data is not None and not (asked.data / "regions.csv").is_file():
        print(f"{asked.data} holds no regions.csv: make it by `dabiao import-census --all`", file=sys.stderr)
        sys.exit(2)
    if not 1 <= asked.planners <= 64 or asked.seconds < 10 or min(asked.rows, asked.regions) < 1:
        print("expected 1 to 64 planners, 10 seconds at least, and some rows and regions", file=sys.stderr)
        sys.exit(2)
    before = round(os.getloadavg()[0], 2)
    goals: list[dict] = []
    details: dict = {"load_average_before": before}
    with tempfile.TemporaryDirectory(prefix="dabiao-load-") as name:
        parts = {"rows": lambda: heavy_rows(asked, Path(name)), "regions": lambda: many_regions(asked, Path(name)),
                 "pages": lambda: pages(asked)}  # fmt: skip
        for part, measure in parts.items():
            if part not in asked.skip.split(","):
                found, details[part] = measure()
                goals += found
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load before": before}
    details["not_measured"] = [g["name"] for g in goals if math.isnan(g["measured"])]
    goals = [g for g in goals if not math.isnan(g["measured"])]
    result = {"benchmark": "load", "machine": machine, "goals": goals, "details": details}
    print(json.dumps(result, indent=1, ensure_ascii=False)) if asked.json else show(result)


def show(result: dict) -> None:
    """The goals as a table."""
    for name in result["details"]["not_measured"]:
        print(f"{name:<52}not measured: nobody got so far")
    for g in result["goals"]:
        peer = f"   ({g['peer']}: {g['peer_measured']:g})" if "peer" in g else ""
        print(f"{g['name']:<52}{g['measured']:>10g}   goal {g['goal'] if g['goal'] is not None else '—'}{peer}")


if __name__ == "__main__":
    main()
