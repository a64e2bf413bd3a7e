"""Kernels: the warm kernel, which Jupyter finds by the name `dabiao`, and private ways to speak to any kernel.

The kernelspec names a provisioner of ours; the provisioner asks the warm server for a fork instead of starting Python. So
papermill, nbclient, JupyterLab and Voila get a kernel with everything imported in milliseconds, and know nothing of it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from reports.warm import Conversation, ServerLost, SharedServer

NAME = "dabiao"
PROVISIONER = "dabiao-warm"
SPEC = {
    "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "display_name": "Dabiao (warm)",
    "language": "python",
    "interrupt_mode": "signal",
    "metadata": {"kernel_provisioner": {"provisioner_name": PROVISIONER}},
}

__all__ = ["NAME", "NoSuchKernel", "WarmProvisioner", "check_installed", "install", "known", "private"]


def install(prefix: str = sys.prefix) -> Path:
    """Write the kernelspec into an environment (by default the one Python runs in); gives its file."""
    from reports.store import put

    place = Path(prefix) / "share" / "jupyter" / "kernels" / NAME / "kernel.json"
    put(place, json.dumps(SPEC, indent=1) + "\n")
    return place


def check_installed() -> None:
    """Raise ValueError, saying how to mend it, where Jupyter would not find the warm kernel."""
    if NAME not in known():
        raise ValueError(f"The kernel {NAME} is not installed here. `dabiao kernel` installs it; so does `make setup`.")
    if not entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER):
        raise ValueError(f"Jupyter does not know the provisioner {PROVISIONER}. Install Dabiao again: pip install -e .")


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

    async def launch_kernel(self, cmd: list[str], **kwargs: Any):
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
