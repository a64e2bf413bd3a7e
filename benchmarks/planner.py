"""How long a planner waits: to the first figure, and from moving a slider to the new one, in a real browser, beside stock Voila.

    python benchmarks/planner.py [--json] [--region 330100] [--other 330304] [--draws 500] [--rounds 5] [--moves 12] [--chromium FILE]

The same notebook (notebooks/scenario_lab.ipynb) is served twice in one run: by `dabiao planner`, and by Voila as it comes.
*First figure* runs from the moment the address is asked for until the chart stands on the screen; *sliders ready* until they
can be moved. The server has reckoned the region it was started with; *another region* is one that it has not. *Slider to figure* runs, on the browser's own clock, from the key that moves a slider to the frame in which the
new chart and chance stand. *Memory* is what a page's kernel holds for itself alone (USS). Exit status 2 where there is no
Chromium or no Playwright.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

TOP = Path(__file__).resolve().parent.parent
NOTEBOOK = TOP / "notebooks" / "scenario_lab.ipynb"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
SLIDERS = {"places opened": "新开托位", "net migration": "净迁入"}  # one bends the places alone, one the people too
GOALS = {"first figure": 2.0, "slider to figure": 0.25}
# Notes the moment of a key, and of the frame after chart and chance have changed.
WATCH = """() => {
  window.waits = [];
  let pressed = null, before = null;
  const state = () => (document.querySelector('strong[data-chance]')?.dataset.chance || '')
    + (document.querySelector('.db-figure svg #moving')?.innerHTML || '');
  document.addEventListener('keydown', () => { pressed = performance.now(); before = state(); }, true);
  new MutationObserver(() => {
    if (pressed === null || state() === before || !document.querySelector('.db-figure svg #moving')) return;
    const since = pressed;
    pressed = null;
    requestAnimationFrame(() => window.waits.push(performance.now() - since));
  }).observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


@contextmanager
def ours(region: str, draws: int):
    """`dabiao planner`, warm: its address, and the process whose children are the kernels."""
    words = [
        sys.executable,
        "-m",
        "reports",
        "planner",
        region,
        "--no-browser",
        "--draws",
        str(draws),
        "--port",
        "8950",
    ]
    process = subprocess.Popen(words, cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = process.stdout.readline().strip()
        if not address.startswith("http"):
            raise SystemExit("dabiao planner did not start")
        yield address, lambda: [k for f in psutil.Process(process.pid).children() for k in f.children()]
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def stock(region: str, draws: int):
    """Voila as it comes, on the same notebook and region."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / NOTEBOOK.name
        text = NOTEBOOK.read_text(encoding="utf-8")
        text = re.sub(r'region = \\"\d+\\"', f'region = \\\\"{region}\\\\"', text).replace(
            "draws = 500", f"draws = {draws}"
        )
        copy.write_text(text, encoding="utf-8")
        words = [sys.executable, "-m", "voila", str(copy), "--no-browser", "--port", "8960", "--Voila.ip=127.0.0.1"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(words, cwd=TOP, env={**os.environ, **THREADS, "PYTHONPATH": str(TOP)}, **quiet)
        try:
            address = "http://127.0.0.1:8960/"
            _listening(8960)
            yield address, lambda: psutil.Process(process.pid).children()
        finally:
            process.terminate()
            process.wait(30)


def _listening(port: int) -> None:
    import socket

    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing listens on port {port}")


def measured(browser, server, rounds: int, moves: int, other: str = "") -> dict[str, list[float]]:
    """Seconds of every kind, and megabytes of every kernel, over some opened pages."""
    address, kernels = server
    found: dict[str, list[float]] = {"first figure": [], "sliders ready": [], "memory": []}
    found |= {f"slider: {name}": [] for name in SLIDERS}
    first = browser.new_page()  # the way in, with the token; and the browser's own cache filled
    first.goto(address)
    first.wait_for_selector(".noUi-handle", timeout=120_000)
    start = first.url
    first.close(run_before_unload=True)
    time.sleep(3)
    for number in range(rounds):
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(start, wait_until="commit")
        page.wait_for_selector(".db-figure svg #moving path", timeout=120_000)
        found["first figure"].append(time.perf_counter() - began)
        page.wait_for_selector(".noUi-handle", timeout=120_000)
        found["sliders ready"].append(time.perf_counter() - began)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(4000)  # what comes below the sliders is made meanwhile
        found["memory"] += [k.memory_full_info().uss / 1e6 for k in kernels()]
        if number == 0:
            page.evaluate(WATCH)
            for name, label in SLIDERS.items():
                found[f"slider: {name}"] = moved(page, label, moves)
        page.close(run_before_unload=True)
        time.sleep(1)
    for _ in range(rounds if other else 0):
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(re.sub(r"region=\d+", f"region={other}", start.split("&target")[0]), wait_until="commit")
        page.wait_for_selector(".db-figure svg #moving path", timeout=120_000)
        found.setdefault("first figure, another region", []).append(time.perf_counter() - began)
        page.wait_for_selector(".noUi-handle", timeout=120_000)
        page.close(run_before_unload=True)
        time.sleep(1)
    return found


def moved(page, label: str, moves: int) -> list[float]:
    """Seconds from key to figure for a slider moved by keyboard, a move at a time."""
    page.evaluate("() => { window.waits = []; }")
    page.locator(".widget-slider", has_text=label).locator(".noUi-handle").focus()
    for n in range(moves):
        page.keyboard.press("ArrowRight")
        page.wait_for_function("n => window.waits.length > n", arg=n, timeout=60_000)
        page.wait_for_timeout(900)  # the hand rests, and the rest is shown
    return [w / 1000 for w in page.evaluate("window.waits")]


def report(ours_found: dict, stock_found: dict, args) -> dict:
    """The one object of a benchmark."""
    middle = {who: {k: statistics.median(v) for k, v in found.items() if v} for who, found in
              (("ours", ours_found), ("stock", stock_found))}  # fmt: skip
    for who, found in (("ours", ours_found), ("stock", stock_found)):
        middle[who]["slider to figure"] = statistics.median([s for name in SLIDERS for s in found[f"slider: {name}"]])
    goals = [
        {
            "name": f"{name}, s (median)",
            "measured": round(middle["ours"][name], 3),
            "goal": goal,
            "better": "lower",
            "ok": round(middle["ours"][name], 3) <= goal,
            "peer": "stock Voila",
            "peer_measured": round(middle["stock"][name], 3),
        }
        for name, goal in GOALS.items()
    ]
    details = {
        "region": args.region,
        "other": args.other,
        "draws": args.draws,
        "load_average": round(os.getloadavg()[0], 1),
        "median": {who: {k: round(v, 3) for k, v in m.items()} for who, m in middle.items()},
        "all": {who: {k: [round(x, 3) for x in v] for k, v in found.items()} for who, found in
                (("ours", ours_found), ("stock", stock_found))},
    }  # fmt: skip
    machine = {"cores": os.cpu_count(), "python": platform.python_version()}
    return {"benchmark": "planner", "machine": machine, "goals": goals, "details": details}


def shown(found: dict) -> str:
    """The object as a table."""
    rows = [f"{'median':<28}{'planner':>10}{'stock Voila':>14}{'goal':>8}"]
    goals = {g["name"].split(",")[0]: g["goal"] for g in found["goals"]}
    ours_found, stock_found = (found["details"]["median"][who] for who in ("ours", "stock"))
    for name, value in ours_found.items():
        unit = "MB" if name == "memory" else "s"
        peer = f"{stock_found[name]:>11.2f} {unit}" if name in stock_found else ""
        rows.append(f"{name:<28}{value:>8.2f} {unit}{peer:>14}{goals.get(name, ''):>8}")
    return "\n".join(rows)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--json", action="store_true")
    words.add_argument("--region", default="330304", help="a code; Ouhai, whose plan asks for nursery places")
    words.add_argument("--other", default="330100", help="a code that the server was not started with; Hangzhou")
    words.add_argument("--draws", type=int, default=500)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--moves", type=int, default=12)
    words.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser"))
    args = words.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("playwright is not installed: pip install playwright", file=sys.stderr)
        sys.exit(2)
    if not args.chromium or not Path(args.chromium).exists():
        print("no Chromium is installed: apt-get install chromium, or --chromium FILE", file=sys.stderr)
        sys.exit(2)
    if (
        not all(re.fullmatch(r"\d{6}", r) for r in (args.region, args.other))
        or min(args.rounds, args.moves) < 1
        or not 20 <= args.draws <= 5000
    ):
        print("expected six-digit regions, one round and one move at least, and 20 to 5000 draws", file=sys.stderr)
        sys.exit(2)
    found = {}
    with sync_playwright() as play:
        for name, serve in (("stock", stock), ("ours", ours)):
            with tempfile.TemporaryDirectory() as profile, serve(args.region, args.draws) as server:
                browser = play.chromium.launch_persistent_context(
                    profile, executable_path=args.chromium, args=FLAGS, headless=True, viewport={"width": 1280, "height": 900}
                )  # fmt: skip
                other = args.other if name == "ours" else ""  # stock Voila has the region in its notebook
                found[name] = measured(browser, server, args.rounds, args.moves, other)
                browser.close()
    result = report(found["ours"], found["stock"], args)
    print(json.dumps(result, indent=1) if args.json else shown(result))


if __name__ == "__main__":
    main()
