"""Kernels: the warm kernel, which Jupyter finds by the name `dabiao`, and private ways to speak to any kernel.

The kernelspec names a provisioner of ours; the provisioner forks the kernel instead of starting Python. So papermill, nbclient,
JupyterLab and Voila get a kernel with everything imported, and know nothing of it: within milliseconds in a report's process,
which has all imported itself, and elsewhere from the second kernel of a program on, for the first one starts the fork server.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from planning.errors import not_known
from reports.batch import fork_server
from reports.batch.fork_server import Child

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
    """A kernel forked from a process that has everything imported. It ends with the process that asked for it."""

    process: Child | None  # type: ignore[assignment]  # speaks as the Popen that Jupyter expects

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        if not fork_server.FORKS:
            return await super().launch_kernel(cmd, **kwargs)
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        env = {k: v for k, v in (kwargs.get("env") or {}).items() if k != "JPY_PARENT_PID"}
        asked = (run_kernel, arguments, env, str(kwargs.get("cwd") or ""), not fork_server.preloaded)
        if fork_server.preloaded:  # this is a report's process; its kernel shares its group and ends with it
            self.process, self.pgid = Child("fork", *asked), None
        else:
            self.process = await asyncio.get_running_loop().run_in_executor(None, Child, "forkserver", *asked)
            self.pgid = self.process.pid
        self.pid = self.process.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def wait(self) -> int | None:
        while (status := await self.poll()) is None:
            await asyncio.sleep(0.01)
        self.process = None
        return status


def run_kernel(arguments: list[str], env: dict[str, str], cwd: str, apart: bool) -> None:
    """Be an IPython kernel until it is shut down. apart: lead a process group of its own."""
    from ipykernel.kernelapp import IPKernelApp

    try:
        fork_server.lead_group() if apart else fork_server.end_with_parent()
        # What the asking process has set for itself.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        asyncio.set_event_loop(asyncio.new_event_loop())
        os.environ.clear()
        os.environ.update(env)
        if cwd:
            os.chdir(cwd)
        sys.argv = ["ipykernel_launcher", *arguments]
        IPKernelApp.launch_instance(argv=arguments)
    finally:
        os._exit(0)
