"""Ways to run a notebook's cells: inside this very process, for one that lives for one report alone, or in a kernel.

In this process the cells go through ipykernel's own shell; only its wire is cut, and what it would have sent is kept. So displays, images
and errors take exactly the form that a kernel gives them. Either way a notebook may only show so much.
"""

from __future__ import annotations

import io
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import papermill.engines
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg
from papermill.engines import Engine, NBClientEngine
from papermill.log import logger
from traitlets.config import Config

SHOWING = ("stream", "display_data", "execute_result", "error")


class CellTimeout(BaseException):
    """Raised in a cell whose time is up. Not an Exception, so that no cell catches it by the way."""


class TooLarge(BaseException):
    """Raised when a notebook shows more than it may. Not an Exception, so that no cell catches it by the way."""


class OutputSession(Session):
    """A session whose messages become the outputs of the cell that is running. most: bytes they may have in all."""

    def __init__(self, most: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.shown = most, 0
        self.outputs: list[NotebookNode] = []
        self.by_display: dict[str, list[NotebookNode]] = {}
        self.clear_next = False

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        msg = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.record(msg["header"]["msg_type"], msg["content"])
        return msg

    def record(self, kind: str, content: dict[str, Any]) -> None:
        if kind == "clear_output":
            self.clear_next = bool(content.get("wait"))
            if not self.clear_next:
                self.outputs.clear()
            return
        packed = self.pack(content)
        self.shown += len(packed)
        if self.shown > self.most:
            raise TooLarge
        content = self.unpack(packed)  # as it would have come over the wire
        if kind == "update_display_data":
            for output in self.by_display.get(content.get("transient", {}).get("display_id"), []):
                output.data, output.metadata = NotebookNode(content["data"]), NotebookNode(content["metadata"])
            return
        if kind not in SHOWING:
            return
        if self.clear_next:
            self.outputs.clear()
            self.clear_next = False
        output = output_from_msg({"header": {"msg_type": kind}, "content": content})
        self.outputs.append(output)
        if display := content.get("transient", {}).get("display_id"):
            self.by_display.setdefault(display, []).append(output)


class Shell(ZMQInteractiveShell):
    """The kernel's shell where there is no kernel, so no event loop of a window system either."""

    def enable_gui(self, gui: Any = None) -> None:
        if gui is not None:
            raise RuntimeError(f"A report has no windows; `%matplotlib {gui}` cannot be.")


class Stream(io.TextIOBase):
    """What a cell prints, as outputs of the cell."""

    encoding = "utf-8"

    def __init__(self, name: str, session: OutputSession):
        self.called, self.session = name, session

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self.session.record("stream", {"name": self.called, "text": text})
        return len(text)


class InProcess(Engine):
    """A papermill engine that runs the cells in this process. Modules, environment and settings stay as a notebook leaves them, so a
    process should live for one notebook."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        execution_timeout: float | None = None,
        most_bytes: float = float("inf"),
        **kwargs: Any,
    ) -> Any:
        session = OutputSession(most_bytes)
        shell = _shell(session)
        with _printing(session):
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                try:
                    if cell.cell_type == "code" and cell.source.strip():
                        _run(shell, session, cell, execution_timeout)
                except CellExecutionError as error:
                    nb_man.cell_exception(cell, cell_index=index, exception=error)
                    break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)


def _run(shell: ZMQInteractiveShell, session: OutputSession, cell: NotebookNode, seconds: float | None) -> None:
    session.outputs = cell.outputs = []
    cell.execution_count = shell.execution_count
    with _no_longer_than(seconds):
        result = shell.run_cell(cell.source, store_history=True)
    sys.stdout.flush()
    sys.stderr.flush()
    allowed = "raises-exception" in cell.metadata.get("tags", [])
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, (CellTimeout, TooLarge)):
        raise error
    if error is not None and not allowed:
        raise CellExecutionError("", type(error).__name__, str(error))


def _shell(session: OutputSession) -> ZMQInteractiveShell:
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.HistoryManager.hist_file = ":memory:"
    Shell.clear_instance()  # a notebook begins with nothing defined and its first cell as number 1
    shell = Shell.instance(config=settings, user_ns={}, compiler_class=XCachingCompiler)
    parts: list[Any] = [shell.displayhook, shell.display_pub]
    for part in parts:
        part.session = session
        part.pub_socket = None
    sys.displayhook = shell.displayhook
    return shell


class InKernel(NBClientEngine):
    """Papermill's own engine, which stops when a kernel has sent more than it may."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        execution_timeout: float | None = None,
        start_timeout: float = 60,
        most_bytes: float = float("inf"),
        **kwargs: Any,
    ) -> Any:
        kwargs.pop("input_path", None)
        timeout = execution_timeout or kwargs.pop("timeout", None)
        settings = {"timeout": timeout, "startup_timeout": start_timeout, "kernel_name": kernel_name, "log": logger}
        client = papermill.engines.PapermillNotebookClient(nb_man, **settings, **kwargs)
        client.process_message = _limited(client.process_message, most_bytes)
        return client.execute()


def _limited(process_message: Callable[..., Any], most_bytes: float) -> Callable[..., Any]:
    """The method of a client, raising TooLarge when the messages it has processed show more bytes than they may."""
    shown = 0

    def limited(msg: Any, *arguments: Any) -> Any:
        nonlocal shown
        if msg["header"]["msg_type"] in SHOWING:
            shown += len(json.dumps(msg["content"], default=str))
            if shown > most_bytes:
                raise TooLarge
        return process_message(msg, *arguments)

    return limited


@contextmanager
def _printing(session: OutputSession) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", session), Stream("stderr", session)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextmanager
def _no_longer_than(seconds: float | None) -> Iterator[None]:
    """Raise CellTimeout when the time is up. Between two lines of Python only: the report's own limit catches the rest."""
    if not seconds or not hasattr(signal, "setitimer"):
        yield
        return

    def late(signum: int, frame: Any) -> None:
        raise CellTimeout(f"a cell ran longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
