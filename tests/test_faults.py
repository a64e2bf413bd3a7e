"""Whatever one report does or suffers: nothing is lost, nothing is falsely complete, every other region is done."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import yaml
from small_reports import FIVE, alive, children_of, dabiao, make, only_for, plain, run_file, state

from reports.batch import fork_server, kernels, runs, scratch, status
from reports.batch.fork_server import Preload

KEYS = {"330102@2021", "330105@2021", "330304", "230800", "330100"}
POISONED = "330304"


@pytest.fixture(scope="module")
def server():
    """What the fork server of most tests of this module preloads."""
    return Preload()


def others_are_done(path, done):
    assert set(done) == KEYS - {POISONED}
    assert all(state(path, key)["state"] == "complete" for key in done)
    folder = path.parent / "out" / POISONED
    assert state(path, POISONED)["state"] == "failed"
    assert not [p for p in folder.iterdir() if p.name != "status.json"], "no file of a report that failed"


WICKED = {
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", {}, "process died", "SIGKILL"),
    "segfault": ("import ctypes; ctypes.string_at(0)", {}, "process died", "SIGSEGV"),
    "out of memory": ("held = bytearray(6_000_000_000)", {"memory_mb": 4000}, "memory", "MemoryError"),
    "gone": ("import os; os._exit(0)", {}, "process died", "status 0"),
    "exit": ("import sys; sys.exit(0)", {}, "notebook", "SystemExit"),
    "raises": ("1 / 0", {}, "notebook", "ZeroDivisionError"),
    "cell too long": ("import time; time.sleep(60)", {"cell_seconds": 0.5}, "cell timeout", "0.5 s"),
    "report too long": (
        "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})\ntime.sleep(60)",
        {"report_seconds": 2},
        "report timeout",
        "2 s",
    ),
    "too much to show": ("print('x' * 45_000_000)", {"output_mb": 40}, "output too large", "40 MB"),
    "no end of showing": ("while True: print('x' * 1_000_000)", {"output_mb": 40}, "output too large", "40 MB"),
}


@pytest.mark.parametrize("fault", WICKED)
def test_a_poisoned_report_fails_alone(fault, server, tmp_path):
    cell, limits, kind, said = WICKED[fault]
    path = run_file(tmp_path, only_for(POISONED, cell), limits={"tries": 1, **limits})
    done, failed = make(path, runs.Processes(2, server))
    others_are_done(path, done)
    assert (failed[POISONED].kind, said in failed[POISONED].message) == (kind, True), failed[POISONED].message


@pytest.mark.parametrize("engine", ["stock", "warm"])
def test_a_kernel_that_is_killed_fails_its_report_alone(engine, server, tmp_path):
    kernels.install()
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    path = run_file(tmp_path, only_for(POISONED, kill), engine=engine, regions=FIVE[2:4], limits={"tries": 1})
    done, failed = make(path, runs.Processes(2, None if engine == "stock" else server))
    assert set(done) == {"230800"} and failed[POISONED].kind == "process died"
    assert state(path, POISONED)["state"] == "failed"


@pytest.mark.parametrize("engine", ["stock", "warm"])
def test_a_kernel_is_held_to_its_memory(engine, server, tmp_path):
    kernels.install()
    limits = {"memory_mb": 4000, "tries": 1}
    path = run_file(tmp_path, "held = bytearray(6_000_000_000)", engine=engine, regions=[POISONED], limits=limits)
    _, failed = make(path, runs.Processes(1, None if engine == "stock" else server))
    assert failed[POISONED].kind == "memory", failed[POISONED].message


@pytest.mark.parametrize("engine", ["stock", "warm"])
def test_a_kernel_that_takes_too_long_is_ended_with_its_report(engine, server, tmp_path):
    wait = (
        f"import os, pathlib, time\npathlib.Path({str(tmp_path)!r}, 'pid').write_text(str(os.getpid()))\ntime.sleep(90)"
    )
    limits = {"report_seconds": 25 if engine == "stock" else 12, "tries": 1}
    path = run_file(tmp_path, wait, engine=engine, regions=[POISONED], limits=limits)
    _, failed = make(path, runs.Processes(1, None if engine == "stock" else server))
    assert failed[POISONED].kind == "report timeout", failed[POISONED].message
    pid = int((tmp_path / "pid").read_text())
    assert until(lambda: not alive(pid)), "the kernel is gone, too"


def test_an_unknown_kernel_is_told_before_anything_runs(tmp_path):
    path = run_file(tmp_path, kernel="nosuch", engine="stock")
    said = dabiao("batch", path)
    assert said.returncode == 2 and "nosuch" in said.stderr and "python3" in said.stderr
    assert not (tmp_path / "small").exists() or not list((tmp_path / "small").rglob("status.json"))


def test_a_process_ended_from_outside_is_tried_again(server, tmp_path):
    once = f"import os, pathlib, signal\nmark = pathlib.Path({str(tmp_path)!r}, 'mark')\nif not mark.exists():\n    mark.touch()\n    os.kill(os.getpid(), signal.SIGKILL)"
    path = run_file(tmp_path, only_for(POISONED, once), limits={"tries": 2})
    done, failed = make(path, runs.Processes(2, server))
    assert set(done) == KEYS and not failed


def test_a_batch_outlives_its_warm_server(tmp_path):
    path = run_file(tmp_path, "import time; time.sleep(1)", limits={"tries": 3})
    fork_server.use(Preload())
    first = fork_server.find()
    killer = threading.Timer(1.5, first.kill)
    killer.start()
    done, failed = make(path, runs.Processes(2, Preload()))
    assert not alive(first.pid), "it was killed"
    assert set(done) == KEYS and not failed


def test_a_fork_server_that_hangs_is_replaced_when_its_time_is_up(tmp_path, monkeypatch):
    path = run_file(tmp_path)
    fork_server.use(Preload())
    hung, limit, end = fork_server.find(), fork_server.START, fork_server.kill_server

    def kill_server():
        end()
        fork_server.START = limit  # for the next server, which must import everything first

    monkeypatch.setattr(fork_server, "START", 3.0)
    monkeypatch.setattr(fork_server, "kill_server", kill_server)
    monkeypatch.setattr(fork_server, "use", lambda preload: hung.suspend())
    done, failed = make(path, runs.Processes(2, Preload()))
    assert not alive(hung.pid)
    assert set(done) == KEYS and not failed


def test_the_time_limit_of_a_report_holds_when_its_fork_server_hangs(tmp_path):
    stop = "import os, signal, time\nos.kill(os.getppid(), signal.SIGSTOP)\ntime.sleep(600)"
    path = run_file(tmp_path, stop, regions=[POISONED], limits={"report_seconds": 3, "tries": 1})
    began = time.monotonic()
    _, failed = make(path, runs.Processes(1, Preload()))
    assert failed[POISONED].kind == "report timeout"
    assert time.monotonic() - began < 100
    fork_server.kill_server()


def test_what_a_killed_batch_leaves_behind_is_swept_by_the_next(server, tmp_path):
    path = run_file(tmp_path, regions=[POISONED])
    with scratch.scratch() as kept:
        left = [Path(tempfile.mkdtemp(prefix=scratch.PREFIX, dir=scratch.base())) for _ in range(2)]
        for folder in (kept, left[0]):
            os.utime(folder, (0, 0))
        half = tmp_path / "out" / POISONED / ".report.zh.html.x.part"
        half.parent.mkdir(parents=True)
        half.touch()
        with status.exclusive(tmp_path / "out"):
            make(path, runs.Processes(1, server))
        assert not half.exists() and not left[0].exists(), "what no process holds any more"
        assert kept.exists() and left[1].exists(), "what is held, or too young to be locked yet"
    left[1].rmdir()


def test_sockets_fit_below_a_temporary_folder_with_a_long_name(tmp_path):
    long = tmp_path / ("long" * 30)
    long.mkdir()
    path = run_file(tmp_path, regions=[POISONED], engine="warm")
    made = dabiao("batch", path, env={**os.environ, "TMPDIR": str(long)})
    assert made.returncode == 0, made.stdout + made.stderr


def test_a_batch_stopped_anywhere_goes_on_with_exactly_what_is_missing(tmp_path):
    count = f"import pathlib, time\nwith open(pathlib.Path({str(tmp_path)!r}, 'ran'), 'a') as ran: ran.write(region + '\\n')\ntime.sleep(.3)"
    path = run_file(tmp_path, count, workers=2)
    command = [sys.executable, "-m", "reports", "batch", str(path), "--workers", "1"]
    whole = []
    for wanted in (1, 3):  # killed when so many are done
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = 0
        while lines < wanted and (line := process.stdout.readline()):
            lines += line.startswith("done")
        orphans = children_of(process.pid)
        process.kill()
        process.wait()
        assert until(lambda left=orphans: not any(map(alive, left))), "nothing goes on after its runner"
        whole.append({key for key in KEYS if complete(tmp_path / "small" / key)})
        assert not list((tmp_path / "small").rglob("*.html.*")), "no file lies beside its place"
    (tmp_path / "ran").unlink()
    again = dabiao("batch", path)
    assert again.returncode == 0, again.stdout
    ran = (tmp_path / "ran").read_text().split()
    assert sorted(ran) == sorted(KEYS - whole[1]), "exactly those that were not complete"
    assert all(complete(tmp_path / "small" / key) for key in KEYS)


def complete(folder) -> bool:
    file = folder / "status.json"
    return file.exists() and plain(file)["state"] == "complete"


def test_only_what_failed_or_changed_or_is_altered_is_made_again(server, tmp_path):
    fail = f"import pathlib\nif not pathlib.Path({str(tmp_path)!r}, 'mended').exists(): raise ValueError('not yet')"
    path = run_file(tmp_path, only_for(POISONED, fail))
    executor = runs.Processes(2, server)
    make(path, executor)
    (tmp_path / "mended").touch()
    out = tmp_path / "out"
    (out / "230800" / "report.zh.html").write_text("torn", encoding="utf-8")
    (out / "330100" / "assess.json").unlink()
    done, failed = make(path, executor)
    assert not failed
    assert {key for key, d in done.items() if not d.kept} == {POISONED, "230800", "330100"}
    changed = yaml.safe_load(path.read_text()) | {"draws": 60}
    path.write_text(yaml.safe_dump(changed))
    made = runs.plan(runs_file(path), out)
    assert set(made.reasons.values()) == {"parameters changed"}


def runs_file(path):
    from reports.parameters import read_run

    return read_run(path)


def test_two_runners_do_not_write_into_one_folder(tmp_path):
    path = run_file(tmp_path, "import time; time.sleep(2)", regions=FIVE[:1])
    first = subprocess.Popen([sys.executable, "-m", "reports", "batch", str(path)], stdout=subprocess.PIPE, text=True)
    assert until(lambda: (tmp_path / "small" / ".lock").exists() and held(tmp_path / "small"))
    second = dabiao("batch", path)
    assert second.returncode == 2 and str(first.pid) in second.stderr
    assert first.wait(timeout=120) == 0
    assert complete(tmp_path / "small" / "330102@2021")


def held(folder) -> bool:
    try:
        with status.exclusive(folder):
            return False
    except status.InUse:
        return True


def test_a_full_disk_leaves_no_report_that_looks_whole(tmp_path):
    big = only_for(POISONED, "from IPython.display import HTML, display\ndisplay(HTML('x' * 3_000_000))")
    path = run_file(tmp_path, big, limits={"tries": 1})

    def small_files_only():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    said = dabiao("batch", path, preexec_fn=small_files_only)
    assert said.returncode == 1, said.stdout + said.stderr
    assert "File too large" in said.stdout
    assert {key for key in KEYS if complete(tmp_path / "small" / key)} == KEYS - {POISONED}
    assert plain(tmp_path / "small" / POISONED / "status.json")["reports"]["zh"]["kind"] == "not written"
    assert "not written" in (tmp_path / "small" / "failures.csv").read_text(encoding="utf-8")


def test_the_exit_status_says_how_many_failed(tmp_path):
    path = run_file(tmp_path, "if region.startswith('3301'): raise ValueError('no ' + region)")
    said = dabiao("batch", path)
    assert said.returncode == 3, said.stdout
    listed = (tmp_path / "small" / "failures.csv").read_text(encoding="utf-8").splitlines()
    assert len(listed) == 4 and all("ValueError: no 3301" in line for line in listed[1:])
    page = (tmp_path / "small" / "index.html").read_text(encoding="utf-8")
    assert page.index("ValueError: no 330102") < page.index("<table"), "failures first"


def test_nothing_leaks_from_one_region_to_the_next(server, tmp_path):
    look = (
        "import builtins, os, random, sys, numpy, matplotlib, warnings\n"
        "found = [getattr(builtins, 'left', None), os.environ.get('LEFT'), 'left' in sys.modules, os.path.basename(os.getcwd()),\n"
        "         matplotlib.rcParams['lines.linewidth'], len(sys.path)]\n"
        "chance = [random.random(), float(numpy.random.random())]\n"
        "builtins.left, os.environ['LEFT'], sys.modules['left'] = region, region, os\n"
        "os.chdir('/'); matplotlib.rcParams['lines.linewidth'] = 9; sys.path.append(region)\n"
        "print(found)\nprint(chance)"
    )
    path = run_file(tmp_path, look)
    done, _ = make(path, runs.Processes(1, server))
    said = [printed(tmp_path / "out" / key / "report.zh.ipynb") for key in done]
    assert len({lines[0] for lines in said}) == 1, "every region finds what the first found"
    assert len({lines[1] for lines in said}) == len(KEYS), "and draws its own luck"


def printed(path) -> list[str]:
    cells = plain(path)["cells"]
    text = "".join("".join(o["text"]) for c in cells for o in c.get("outputs", []) if o["output_type"] == "stream")
    return text.splitlines()


def until(true, seconds: float = 30) -> bool:
    """Whether something comes true within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


def test_an_interrupted_batch_ends_its_processes_and_says_how_to_go_on(tmp_path):
    path = run_file(tmp_path, "import time; time.sleep(60)")
    process = subprocess.Popen(
        [sys.executable, "-m", "reports", "batch", str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert until(lambda: len(children_of(process.pid)) >= 3, 60), "the warm server and two reports"
    started = children_of(process.pid)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=180)
    assert process.returncode == 130 and "goes on from there" in said
    assert until(lambda: not any(map(alive, started)))
