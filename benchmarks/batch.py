"""How fast batches of reports are, beside stock papermill and beside our own computing alone, in one run.

    python benchmarks/batch.py [--reports N] [--counties N] [--data FOLDER] [--workers 2] [--engines fast,warm]
        [--clock wall|cpu] [--skip stock,counties,dask] [--json]

full       the real reports of papermill_runs/five_regions.yaml (HTML and PDF, N of them) by
             stock   papermill's own API in as many processes, a fresh kernel each, and our HTML page of its notebook
             floor   the notebook's cells alone, in processes that have imported and read everything
             ours    `dabiao batch` with its fork server, the server's start included
counties   N county reports over FOLDER, an overlay made by `dabiao import-census --all` (without one, over the fictional
           country of `dabiao synth`): seconds each, minutes for all 2,900, and the memory of runner and server over time
dask       a process that does nothing, forked straight and by way of a cluster of two worker processes

Seconds a report are wall seconds of the whole over reports, at the given number of workers; with --clock cpu the goals are
taken from processor seconds, which say more on a machine that others use. The table shows both. It measures and does not
judge: exit status 2 only for unusable input.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import multiprocessing.forkserver
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import psutil

# A script's own folder comes first on the path, and holds a benchmark that is called like our package forecasts.
sys.path[0] = str(Path(__file__).resolve().parent.parent)

from reports.batch import fork_server, runs  # noqa: E402
from reports.batch.jobs import Job  # noqa: E402
from reports.parameters import TOP, RunFile, read_run  # noqa: E402

ALL_COUNTIES = 2_900
TASKS = 300  # that do nothing, to measure the way to a cluster
GOALS = {"floor": 1.7, "stock": 6.0, "minutes": 45.0, "memory": 20.0, "dask": 5.0}


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of the processors, over some reports."""

    reports: int
    wall: float
    cpu: float

    def each(self, clock: str) -> float:
        return (self.wall if clock == "wall" else self.cpu) / self.reports


def timed(reports: int, work: Callable[[], None]) -> Took:
    """What some work took; the processes it starts must have ended with it, and its fork server is ended here."""
    began, cpu = time.perf_counter(), _cpu()
    work()
    wall = time.perf_counter() - began
    multiprocessing.forkserver._forkserver._stop()  # its processor time is counted when it has been waited for
    return Took(reports, wall, _cpu() - cpu)


def _cpu() -> float:
    own, children = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def full_reports(asked, out: Path) -> tuple[dict[str, Took], dict]:
    """The same real reports by stock papermill, by computing alone, and by ours."""
    run = read_run(TOP / "papermill_runs" / "five_regions.yaml")
    run = run.model_copy(update={"formats": ["ipynb", "html", "pdf", "json"], "workers": asked.workers})
    jobs = list(runs.plan(run, out / "plan").jobs)[: asked.reports]
    took: dict[str, Took] = {}
    if "stock" not in asked.skip:
        took["stock"] = timed(len(jobs), lambda: _pool(asked.workers, stock, [(j, str(out / "stock")) for j in jobs]))
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as apart:
        took["floor"] = apart.submit(floor, jobs, asked.workers).result()
    split: dict[str, dict] = {}
    for engine in asked.engines:
        took[engine] = timed(len(jobs), lambda e=engine: split.update({e: ours(run, e, jobs, out / e, asked.workers)}))
    return took, split


def _pool(workers: int, function: Callable, tasks: list, start: str = "spawn") -> None:
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(start)) as pool:
        list(pool.map(function, tasks))


def stock(task: tuple[Job, str]) -> None:
    """One report as papermill makes it: a fresh kernel, the executed notebook, and the page of it."""
    import papermill

    from reports import html

    job, out = task
    place = Path(out) / f"{job.folder}.{job.stem}.ipynb"
    place.parent.mkdir(parents=True, exist_ok=True)
    made = papermill.execute_notebook(
        str(job.notebook_path),
        str(place),
        parameters=job.parameters,
        kernel_name="python3",
        progress_bar=False,
        cwd=TOP,
    )
    place.with_suffix(".html").write_text(html.page(made, job.heading, job.language, job.fictional), encoding="utf-8")


def floor(jobs: list[Job], workers: int) -> Took:
    """Computing alone, in processes forked when everything is imported and read, so that nothing else is timed."""
    from reports.batch import preload

    preload.warm_up()
    gc.collect()
    gc.freeze()
    return timed(len(jobs), lambda: _pool(workers, alone, jobs, start="fork"))


def alone(job: Job) -> None:
    """The notebook's cells, one after another, and what they show, without any notebook; what they print goes nowhere."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        _cells(job)


def _cells(job: Job) -> None:
    cells = json.loads(job.notebook_path.read_text(encoding="utf-8"))["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    names: dict = {}
    exec(code[0], names)
    names.update(job.parameters)
    for source in code[1:]:
        tree = ast.parse(source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), names)
        if last is not None:
            shown = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            for form in ("_repr_html_", "_repr_mimebundle_"):
                if hasattr(shown, form):
                    getattr(shown, form)()


def ours(run: RunFile, engine: str, jobs: list[Job], out: Path, workers: int) -> dict:
    """The reports by one of our engines; the mean seconds by step."""
    made = runs.plan(run.model_copy(update={"engine": engine}), out)
    keys = {j.key for j in jobs}
    made = _only(made, keys)
    executor = runs.local(made, workers)
    try:
        done, failed = runs.batch(made, executor, lambda outcome: None)
    finally:
        executor.close()
    if failed:
        raise SystemExit(f"{failed[0].job.label()} failed: {failed[0].message}")
    steps = {s for d in done for s in d.seconds}
    bytes_each = sum(f["bytes"] for d in done for f in d.files.values()) / len(done)
    return {"bytes": bytes_each, **{s: sum(d.seconds.get(s, 0) for d in done) / len(done) for s in sorted(steps)}}


def _only(made: runs.Plan, keys: set) -> runs.Plan:
    from dataclasses import replace

    kept = tuple(j for j in made.jobs if j.key in keys)
    return replace(made, jobs=kept, reasons={k: v for k, v in made.reasons.items() if k in keys})


def counties(asked, out: Path) -> tuple[Took, dict]:
    """County reports, and the memory of runner and server while they are made."""
    run = read_run(TOP / "papermill_runs" / "every_county.yaml")
    data, real = asked.data, asked.data is not None
    if not real:
        from reports.workbooks import synth

        data = out / "country"
        districts = min(9, -(-asked.counties // (4 * 9)))
        synth.write(synth.country(4, 9, districts, seed=0), data, seed=0)
        run = run.model_copy(update={"regions": ["children of 980000", "level district in 980000"]})
    run = run.model_copy(update={"parameters": {**run.parameters, "data": str(data)}, "workers": asked.workers})
    made = runs.plan(run, out / "counties")
    made = _only(made, {j.key for j in [j for j in made.jobs if j.folder[-2:] != "00"][: asked.counties]})
    executor = runs.local(made, asked.workers)
    memory: list[tuple[int, float]] = []
    moments: list[float] = []

    def tell(outcome) -> None:
        moments.append(time.perf_counter())
        if len(moments) % 10 == 0:
            memory.append((len(moments), _held()))

    def work() -> None:
        try:
            _, failed = runs.batch(made, executor, tell)
        finally:
            executor.close()
        if failed:
            raise SystemExit(f"{failed[0].job.label()} failed: {failed[0].message}")

    took = timed(len(made.jobs), work)
    half = len(moments) // 2
    steady = (moments[-1] - moments[half]) / (len(moments) - 1 - half) if len(moments) > 3 else None
    about = {"real": real, "megabytes": memory, "slope_mb_per_1000": _slope(memory), "steady_seconds": steady}
    return took, about


def _held() -> float:
    """Megabytes held by the runner and the fork server; what forks share with it is not counted twice."""
    held = [p.memory_info().rss for p in (psutil.Process(), fork_server.find()) if p]
    return round(sum(held) / 1e6, 1)


def _slope(memory: list[tuple[int, float]]) -> float | None:
    """Megabytes by which memory grows in a thousand reports, after the first fifth of them."""
    import numpy as np

    later = memory[len(memory) // 5 :]
    if len(later) < 4:
        return None
    return float(np.polyfit([n for n, _ in later], [m for _, m in later], 1)[0] * 1000)


def dask_overhead(workers: int) -> dict:
    """Milliseconds a task more by way of a cluster than straight to the fork server."""
    from dask.distributed import Client, LocalCluster

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(fork_nothing, range(20)))
        began = time.perf_counter()
        list(threads.map(fork_nothing, range(TASKS)))
        straight = (time.perf_counter() - began) / TASKS
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(fork_nothing, range(20), pure=False))
        began = time.perf_counter()
        client.gather(client.map(fork_nothing, range(TASKS), pure=False))
        by_cluster = (time.perf_counter() - began) / TASKS
    return {"straight_ms": straight * 1e3, "cluster_ms": by_cluster * 1e3, "more_ms": (by_cluster - straight) * 1e3}


def fork_nothing(_: int) -> int | None:
    """The exit status of a forked process that leaves at once."""
    multiprocessing.current_process().daemon = False  # Dask's workers are, and might start no process
    return fork_server.Child("forkserver", os.getpid).wait()


def measured(asked) -> dict:
    """All that was asked for, as the object that --json prints."""
    out = Path(tempfile.mkdtemp(prefix="dabiao-bench-"))
    goals, details = [], {"workers": asked.workers, "clock": asked.clock, "load": os.getloadavg()}
    try:
        if asked.reports:
            took, details["seconds_by_step"] = full_reports(asked, out)
            details["full"] = {k: {"wall": t.wall / t.reports, "cpu": t.cpu / t.reports} for k, t in took.items()}
            each = {k: t.each(asked.clock) for k, t in took.items()}
            best = asked.engines[0]
            what = f"full report (HTML and PDF), {asked.workers} workers"
            goals.append(
                _goal(
                    f"{what}: times our own computing",
                    each[best] / each["floor"],
                    GOALS["floor"],
                    "lower",
                    "floor",
                    each["floor"],
                )
            )
            if "stock" in each:
                goals.append(
                    _goal(
                        f"{what}: times as fast as stock papermill",
                        each["stock"] / each[best],
                        GOALS["stock"],
                        "higher",
                        "stock",
                        each["stock"],
                    )
                )
        if "counties" not in asked.skip and asked.counties:
            took, about = counties(asked, out)
            details["counties"] = {
                "reports": took.reports,
                "wall": took.wall / took.reports,
                "cpu": took.cpu / took.reports,
                **about,
            }
            each = took.each(asked.clock) / (asked.workers if asked.clock == "cpu" else 1)
            goals.append(
                _goal(f"minutes for {ALL_COUNTIES:,} counties", each * ALL_COUNTIES / 60, GOALS["minutes"], "lower")
            )
            if about["slope_mb_per_1000"] is not None:
                goals.append(
                    _goal("memory growth, MB in 1,000 reports", about["slope_mb_per_1000"], GOALS["memory"], "lower")
                )
        if "dask" not in asked.skip:
            details["dask"] = dask_overhead(asked.workers)
            goals.append(_goal("Dask overhead, ms a report", details["dask"]["more_ms"], GOALS["dask"], "lower"))
    finally:
        shutil.rmtree(out, ignore_errors=True)
    machine = {"cores": os.cpu_count(), "python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    return {"benchmark": "batch", "machine": machine, "goals": goals, "details": details}


def _goal(
    name: str, found: float, goal: float, better: str, peer: str | None = None, peer_found: float | None = None
) -> dict:
    found = round(found, 3)
    ok = found >= goal if better == "higher" else found <= goal
    plain = {"name": name, "measured": found, "goal": goal, "better": better, "ok": bool(ok)}
    return {**plain, **({"peer": peer, "peer_measured": round(peer_found, 3)} if peer else {})}


def show(found: dict) -> None:
    """The object as a table for people."""
    for name, each in found["details"].get("full", {}).items():
        print(f"{name:<8}{each['wall']:8.2f} s wall {each['cpu']:8.2f} s cpu a report")
    for engine, steps in found["details"].get("seconds_by_step", {}).items():
        print(f"  {engine}: " + ", ".join(f"{k} {v:,.2f}" for k, v in steps.items()))
    about = found["details"].get("counties")
    if about:
        kind = "real" if about["real"] else "fictional"
        print(f"{about['reports']} {kind} counties: {about['wall']:.2f} s wall, {about['cpu']:.2f} s cpu a report")
    for goal in found["goals"]:
        mark = "ok" if goal["ok"] else "short"
        print(f"{mark:<6}{goal['name']}: {goal['measured']:g} (goal {goal['goal']:g}, {goal['better']} is better)")


def main() -> None:
    """Measure what was asked for and print it."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--reports", type=int, default=10, help="full reports, ten at most; 0 for none")
    words.add_argument("--counties", type=int, default=300)
    words.add_argument("--data", type=Path, help="a folder made by dabiao import-census --all")
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--engines", default="fast,warm")
    words.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    words.add_argument("--skip", default="")
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    asked.engines, asked.skip = asked.engines.split(","), asked.skip.split(",")
    if asked.data is not None and not (asked.data / "regions.csv").is_file():
        print(f"{asked.data} is no data folder: it has no regions.csv", file=sys.stderr)
        raise SystemExit(2)
    found = measured(asked)
    print(json.dumps(found, indent=1, ensure_ascii=False)) if asked.json else show(found)


if __name__ == "__main__":
    main()
