"""Processes for reports and kernels: forked by the standard library's fork server, or started afresh.

Importing takes longer than most reports; a fork takes milliseconds and shares the memory. `multiprocessing` keeps the server: one
for each process that asks, started with its first fork, started again where it died, gone with the last process that may ask.
What is added here: the server imports and computes before its first fork what `Preload` names; a start has a time limit; every
process leads a group that is ended as a whole, by whoever started it or when that process is gone.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import multiprocessing
import multiprocessing.connection
import multiprocessing.util
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
import types
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil

from reports.batch.scratch import scratch
from reports.parameters import TOP

FORKS = "forkserver" in multiprocessing.get_all_start_methods()
START = 120.0  # seconds that importing everything may take on a loaded machine
PRELOAD = "DABIAO_PRELOAD"  # the variable that tells a fork server, while it starts, what to preload
# A fork copies only the thread that asks for it, so the server must have one: neither BLAS nor Arrow's allocator may start others.
ENVIRONMENT = {"JE_ARROW_MALLOC_CONF": "background_thread:false"} | {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")
}


class ServerLost(ConnectionError):
    """Raised when the fork server does not start, does not answer or cannot preload; the message has the reason."""


@dataclass(frozen=True)
class Preload:
    """What a fork server does before its first fork: `module.warm_up(**arguments)`, with plain values as arguments."""

    module: str = "reports.batch.preload"
    arguments: dict[str, Any] = field(default_factory=dict)


# In a process that asks for forks.
_lock = threading.RLock()  # starting and waiting look after all children of this process, so one thread at a time does
_preload = Preload()
_folders = contextlib.ExitStack()
# In the fork server and in what it forks.
preloaded = False
fault: str | None = None


def use(preload: Preload) -> None:
    """Have a fork server that has preloaded this; one that has preloaded otherwise is ended, unless it is at work.

    Raises ServerLost with the reason where it cannot be had.
    """
    global _preload
    with _lock:
        if preload != _preload and not multiprocessing.active_children():
            kill_server()
            _preload = preload
        reader, writer = multiprocessing.Pipe(duplex=False)
        probe = Child("forkserver", _send_fault, writer)
        writer.close()
        try:
            reason = reader.recv()
        except EOFError:
            reason = "it ended at once"
        finally:
            reader.close()
            probe.wait()
    if reason:
        raise ServerLost(f"the fork server could not preload {_preload.module}: {reason}")


def find() -> psutil.Process | None:
    """The fork server of this process, or None where none runs."""
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if "multiprocessing.forkserver" in " ".join(child.cmdline()) and child.status() != psutil.STATUS_ZOMBIE:
                return child
    return None


class Child:
    """A process that runs one function, and all that this starts. Speaks as `subprocess.Popen` does, as far as Jupyter asks.

    method: "forkserver", "spawn" or "fork". Raises ServerLost where the fork server does not give a process in time.
    """

    def __init__(self, method: str, function: Callable[..., None], *arguments: Any) -> None:
        process: Any = multiprocessing.get_context(method).Process(target=function, args=arguments)  # type: ignore[attr-defined]
        self.process = process
        with _lock, _hidden_main(), _server_settings(_preload if method == "forkserver" else None):
            watchdog = threading.Timer(START, kill_server)
            watchdog.start()
            try:
                process.start()
            except (OSError, EOFError) as error:
                raise ServerLost(f"the fork server does not answer ({error})") from None
            finally:
                watchdog.cancel()
        self.pid: int = process.pid

    @property
    def sentinel(self) -> int:
        """What `multiprocessing.connection.wait` waits for: ready when the process has ended."""
        return self.process.sentinel

    def poll(self) -> int | None:
        """The exit status, negative for a signal, or None while the process runs."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit status, once the process has ended or the seconds are over."""
        if multiprocessing.connection.wait([self.sentinel], timeout):
            with _lock:
                self.process.join(0)
        return self.process.exitcode

    def send_signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process, its group, and whatever it has started outside the group."""
        with contextlib.suppress(psutil.Error):
            for descendant in psutil.Process(self.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    descendant.kill()
        self.kill_group()
        if self.process.exitcode is None:
            self.process.kill()

    def kill_group(self) -> None:
        """End what is left of the group, whether or not its leader still runs."""
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)


def lead_group() -> None:
    """Lead a session and group of one's own, silent on the terminal, that ends when the process that asked for it is gone."""
    if hasattr(os, "setsid"):
        os.setsid()  # a session each: Linux shares processor time between sessions first
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    if "numpy" in sys.modules:  # a fork inherits numpy's global generator; Python's own is seeded anew
        sys.modules["numpy"].random.seed()
    end_with_parent()


def end_with_parent() -> None:
    """End this process, on Linux its whole group, when the process that asked for it is gone.

    On Linux by a signal, SIGIO from the pipe that the parent holds, which reaches even a process that hangs in compiled code.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, fcntl.fcntl(parent.sentinel, fcntl.F_GETFL) | os.O_ASYNC)
        if multiprocessing.connection.wait([parent.sentinel], 0):
            os._exit(1)
    else:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: Any) -> None:
    parent.join()
    for descendant in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            descendant.kill()
    os._exit(1)


def threads() -> int:
    """The threads of this process, or, where the system does not tell, those that Python knows of."""
    try:
        return len(os.listdir("/proc/self/task"))
    except FileNotFoundError:
        return threading.active_count()


@contextlib.contextmanager
def _hidden_main() -> Iterator[None]:
    """Hide the program from `multiprocessing`, which would run it again, as a module, in every child."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _server_settings(preload: Preload | None) -> Iterator[None]:
    """Where a fork server may start now: a short name for its socket, and the environment that tells it what to preload."""
    if preload is None:
        yield
        return
    multiprocessing.set_forkserver_preload([__name__])
    if multiprocessing.current_process()._config.get("tempdir") is None:  # type: ignore[attr-defined]
        usual, tempfile.tempdir = tempfile.tempdir, str(_folders.enter_context(scratch()))
        multiprocessing.util.get_temp_dir()
        tempfile.tempdir = usual
        multiprocessing.util.Finalize(None, _folders.close, exitpriority=-101)  # after multiprocessing's own, -100
    path = os.pathsep.join(filter(None, (str(TOP), os.environ.get("PYTHONPATH"))))
    added = {**ENVIRONMENT, "PYTHONPATH": path, PRELOAD: json.dumps(asdict(preload), ensure_ascii=False)}
    before = {name: os.environ.get(name) for name in added}
    os.environ.update(added)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def kill_server() -> None:
    """End the fork server of this process, if one runs; the next fork asked for starts another."""
    if server := find():
        server.kill()
        with contextlib.suppress(psutil.Error):
            while server.status() != psutil.STATUS_ZOMBIE:  # multiprocessing itself must be the one to reap it
                time.sleep(0.001)


def _send_fault(writer: Any) -> None:
    writer.send(fault)


def _warm_up() -> None:
    """Preload what the environment names, in the fork server itself; whoever asks for a fork is told of a fault."""
    global preloaded, fault
    asked = Preload(**json.loads(os.environ.pop(PRELOAD)))
    try:
        importlib.import_module(asked.module).warm_up(**asked.arguments)
        if (count := threads()) != 1:
            raise RuntimeError(f"it has {count} threads and must have one, for a fork copies only one")
    except BaseException as error:
        fault = "".join(traceback.format_exception_only(error)).strip()
    preloaded = True
    gc.collect()
    gc.freeze()


if PRELOAD in os.environ:  # imported by a fork server that is starting
    _warm_up()
