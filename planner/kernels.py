"""Kernels of the planner's page: one forked process a page, a limit on how many, and an end for those nobody looks at.

They listen on socket files that only their owner may open, not on ports.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextvars import ContextVar
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from tornado.ioloop import PeriodicCallback
from traitlets import Bool, Float, Integer, default

from reports.batch.kernels import WarmProvisioner

# What a page asks for while it opens is told of the kernel it gets.
OPENING: ContextVar = ContextVar("OPENING", default=None)


class TooManyPages(RuntimeError):
    """Raised when as many pages are open as there may be."""


class PageClient(AsyncKernelClient):
    """Speaks with a page's kernel as soon as it has answered; the stock client then waits a fifth of a second for silence."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Until the kernel has answered and is heard. Raises RuntimeError for one that has died or takes longer."""
        until = time.monotonic() + (timeout or float("inf"))
        for channel, patience in ((self.shell_channel, 1.0), (self.iopub_channel, 0.1)):
            self.kernel_info()
            while not await _heard(channel, patience):
                if not await self.is_alive():
                    raise RuntimeError("The kernel of the page died before it answered.")
                if time.monotonic() > until:
                    raise RuntimeError(f"The kernel of the page did not answer in {timeout:g} seconds.")
                self.kernel_info()


async def _heard(channel: Any, seconds: float) -> bool:
    try:
        await channel.get_msg(timeout=seconds)
    except Empty:
        return False
    return True


class PageKernel(ServerKernelManager):
    """The kernel of one page, spoken to through socket files; forked or started.

    One that dies is not started again: it would know nothing of the page. The page is told, and opens again as it was.
    """

    @default("autorestart")
    def _no_second_life(self) -> bool:
        return False

    @default("client_factory")
    def _quick_client(self) -> type:
        return PageClient

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        if self.provisioner is None:
            self.kernel_id = kw.pop("kernel_id", None) or self.kernel_id
            shared = {"kernel_id": self.kernel_id, "kernel_spec": self.kernel_spec, "parent": self}
            self.provisioner = (WarmProvisioner if self.parent.forks else LocalProvisioner)(**shared)
        return await super()._async_pre_start_kernel(**kw)


class PageKernels(AsyncMappingKernelManager):
    """The kernels of all open pages. A page whose tab is gone, or that nobody has touched for long, loses its kernel."""

    most = Integer(8, config=True, help="Pages open at the same time.")
    gone = Float(12, config=True, help="Seconds after its browser left after which a kernel ends.")
    awaited = Float(60, config=True, help="Seconds that a new kernel waits for its browser.")
    untouched = Float(
        3600, config=True, help="Seconds without a move after which a kernel ends, even if the tab is open."
    )
    forks = Bool(False, config=True, help="Whether kernels are forked, from a server that has preloaded the pages.")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kernel_manager_class = "planner.kernels.PageKernel"
        self.starting = 0
        self.ends: dict[str, float] = {}  # when a kernel without a browser ends
        self.sweeping = PeriodicCallback(self.sweep, 2000)
        self.sweeping.start()

    # Voila asks for these two of its own manager class.
    @property
    def notebook_data(self) -> dict:
        return {}

    def get_pool_size(self, _notebook: str) -> int:
        return 0

    async def start_kernel(self, **kwargs: Any) -> str:  # type: ignore[override]
        """A kernel for a page. Raises TooManyPages where the limit is reached even after a sweep."""
        if len(self) + self.starting >= self.most:
            await self.sweep()
        if len(self) + self.starting >= self.most:
            raise TooManyPages(f"{self.most} pages are open")
        self.starting += 1
        try:
            kernel = await super().start_kernel(**kwargs)
        finally:
            self.starting -= 1
        self.ends[kernel] = time.monotonic() + self.awaited
        if OPENING.get() is not None:
            OPENING.get().kernel = kernel
        return kernel

    def notify_connect(self, kernel_id: str) -> None:
        super().notify_connect(kernel_id)
        self.ends.pop(kernel_id, None)

    def notify_disconnect(self, kernel_id: str) -> None:
        super().notify_disconnect(kernel_id)
        if not self._kernel_connections.get(kernel_id):
            self.ends[kernel_id] = time.monotonic() + self.gone

    async def sweep(self) -> None:
        """End the kernels of tabs that are gone and of pages long untouched, busy or not; and forget the dead."""
        now = time.monotonic()
        for kernel in self.list_kernel_ids():
            late = now > self.ends.get(kernel, now) or self._rested(kernel) > self.untouched
            if late or not await self._lives(kernel):
                with contextlib.suppress(Exception):  # it may have ended by itself meanwhile
                    await self.shutdown_kernel(kernel, now=True)

    async def shutdown_kernel(self, kernel_id: str, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """End a kernel at once, if it is there: it holds nothing that the page's address does not."""
        self.ends.pop(kernel_id, None)
        if kernel_id not in self:
            return
        await super().shutdown_kernel(kernel_id, now=True, restart=restart)

    async def shutdown_all(self, now: bool = True) -> None:  # type: ignore[override]
        self.sweeping.stop()
        await asyncio.gather(*(self.shutdown_kernel(k) for k in self.list_kernel_ids()), return_exceptions=True)

    async def _lives(self, kernel: str) -> bool:
        found = self._kernels.get(kernel)
        return found is None or not found.has_kernel or await found.is_alive()

    def _rested(self, kernel: str) -> float:
        found = self._kernels.get(kernel)
        if found is None or not found.trait_has_value("last_activity"):  # it is only just starting
            return 0.0
        return time.time() - found.last_activity.timestamp()
