"""Kernels: the warm kernel, which Jupyter finds by the name `dabiao`, and private ways to speak to any kernel.

The kernelspec names a provisioner of ours; the provisioner asks the warm server for a fork instead of starting Python. So
papermill, nbclient, JupyterLab and Voila get a kernel with everything imported in milliseconds, and know nothing of it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from planning.errors import not_known
from reports.batch.warm import Conversation, ServerLost, SharedServer

NAME = "dabiao"
PROVISIONER = "dabiao-warm"
GROUP = "jupyter_client.kernel_provisioners"
SPEC = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Dabiao (warm)",
    "language": "python",
    "interrupt_mode": "signal",
    "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER}},
}


def install(prefix: str = sys.prefix) -> Path:
    """Write the kernelspec into an environment (by default the one Python runs in); gives its file."""
    from reports.batch.store import put

    place = Path(prefix) / "share" / "jupyter" / "kernels" / NAME / "kernel.json"
    put(place, json.dumps(SPEC, indent=1) + "\n")
    return place


def check_installed() -> None:
    """Raise ValueError, saying how to mend it, where Jupyter would not find the warm kernel."""
    if NAME not in known():
        raise ValueError(f"The kernel {NAME} is not installed here. `dabiao kernel` installs it; so does `make setup`.")


def declared() -> bool:
    """Whether any Jupyter program finds our provisioner: it is declared when Dabiao is installed."""
    return bool(entry_points(group=GROUP, name=PROVISIONER))


def announce() -> None:
    """Tell Jupyter within this process of our provisioner, should Dabiao have been installed before there was one."""
    ours = EntryPoint(PROVISIONER, f"{__name__}:{WarmProvisioner.__name__}", GROUP)
    KernelProvisionerFactory.instance().provisioners.setdefault(PROVISIONER, ours)


def check_known(name: str) -> None:
    """Raise NotKnown, with what is near, where Jupyter finds no kernel called so."""
    if name not in known():
        raise not_known("kernel", name, known(), f"`jupyter kernelspec list` shows {', '.join(known())}.")


def known() -> list[str]:
    """The names of the kernels that Jupyter finds here."""
    return sorted(KernelSpecManager().find_kernel_specs())


def private(scratch: Path) -> dict[str, Any]:
    """Settings of a KernelManager under which nobody else on the machine can speak to the kernel: a socket file, no port.

    scratch: a folder of one's own, with a short name, for the name of a socket may have some hundred letters.
    """
    if sys.platform == "win32":
        return {}
    return {"transport": "ipc", "connection_file": str(scratch / "k.json")}


class WarmProvisioner(LocalProvisioner):
    """A kernel forked from the warm server. It ends when the provisioner goes away."""

    conversation: Conversation | None = None
    status: int | None = None

    @property
    def has_process(self) -> bool:
        return self.conversation is not None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        env = {k: v for k, v in (kwargs.get("env") or {}).items() if k != "JPY_PARENT_PID"}
        asked = {"do": "kernel", "arguments": arguments, "env": env, "cwd": str(kwargs.get("cwd") or "")}
        path = await asyncio.get_running_loop().run_in_executor(None, SharedServer().socket)
        self.conversation, self.status = Conversation(path, asked), None
        self.conversation.connection.setblocking(False)
        self.pid = self.pgid = self.conversation.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def poll(self) -> int | None:
        if self.conversation is None:
            return 0
        if self.status is None:
            try:
                self.status = self.conversation.next().get("exit", 0)
            except BlockingIOError:
                return None
            except ServerLost:
                self.status = -signal.SIGKILL
        return self.status

    async def wait(self) -> int | None:
        while (status := await self.poll()) is None:
            await asyncio.sleep(0.02)
        if self.conversation is not None:
            self.conversation.close()
            self.conversation = None
        return status

    async def send_signal(self, signum: int) -> None:
        if signum == 0 or self.conversation is None:
            return
        try:
            self.conversation.say({"signal": int(signum)})
        except OSError:
            self.status = -signal.SIGKILL

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)
