"""The planner's page: the exploring notebooks served by Voila to one machine, behind a token, with nothing from outside.

Voila runs the notebook and carries the widgets; what it leaves open is closed here. Only the pages listed below are
served; there is a limit on kernels; the address of a page holds the whole state of it, so nothing is lost with a kernel.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import FileFindHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from traitlets.config import Config
from voila.app import Voila, _kernel_id_regex
from voila.paths import STATIC_ROOT
from voila.static_file_handler import MultiStaticFileHandler, TemplateStaticFileHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler

from planner.kernels import PageKernels
from planner.pages import PAGES, Farewell, Front, Nowhere, OwnFiles, Page, Settings, given
from planning.loading.folder import load_catalogue
from reports.batch import fork_server
from reports.parameters import TOP

EXTENSIONS = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8")
HERE = Path(__file__).resolve().parent / "template"
# 'unsafe-eval': the JupyterLab parts of Voila compile the JSON schemas of its settings.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' {sockets}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class PlannerApp(Voila):
    """Voila with only our pages, on this machine alone. `settings` must be set before `initialize`."""

    def __init__(self, settings: Settings, tell: Callable[[str], None], **kwargs: Any) -> None:
        self.planner, self.tell = settings, tell
        self.everything = load_catalogue(settings.data)
        super().__init__(**kwargs)

    def launch_browser(self) -> None:
        """Called when the server listens: its address is told, and opened where that was asked for."""
        self.tell(f"http://127.0.0.1:{self.port}/?token={self.identity_provider.token}")
        if self.planner.open_browser:
            super().launch_browser()

    def setup_template_dirs(self) -> None:
        super().setup_template_dirs()
        self.template_paths.insert(0, str(HERE))

    def init_settings(self) -> Any:
        made = super().init_settings()
        made["allow_remote_access"] = False  # a page of another site must not reach us under a name of its own
        # Longer than the pause between two, or a tick that comes late on a busy machine would close a page that is well.
        made["ws_ping_timeout"] = 90_000  # ms
        made["static_path"] = STATIC_ROOT  # Jupyter's own error pages ask for it
        made["headers"] = {
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Content-Security-Policy": POLICY.format(sockets=f"ws://127.0.0.1:{self.port} ws://localhost:{self.port}"),
        }
        self.identity_provider.cookie_options = {"samesite": "Strict"}
        return made

    def init_handlers(self) -> Any:
        page = {
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
            "app": self,
        }
        extensions = {"path": self.labextensions_path, "no_cache_paths": ["/"]}
        return [
            (rf"/api/kernels/{_kernel_id_regex}", KernelHandler),
            (rf"/api/kernels/{_kernel_id_regex}/channels", VoilaKernelWebsocketHandler),
            (r"/voila/templates/(.*)", TemplateStaticFileHandler),
            (r"/voila/static/(.*)", MultiStaticFileHandler, {"paths": self.static_paths}),
            (r"/voila/labextensions/(.*)", FileFindHandler, extensions),
            (r"/voila/api/shutdown/(.*)", Farewell),
            (r"/planner/(planner\.(?:js|css))", OwnFiles, {"path": str(HERE)}),
            (r"/", Front, {"app": self}),
            (rf"/({'|'.join(PAGES)})", Page, page),
            (r"/.*", Nowhere),
        ]


def application(settings: Settings, tell: Callable[[str], None]) -> PlannerApp:
    """The server, ready to start. Raises NotKnown for an unknown region, ServerLost where kernels cannot be forked."""
    load_catalogue(settings.data).find(settings.region)  # a misspelling costs nothing
    if settings.warm:
        shown = {"region": settings.region, "lang": settings.lang, "draws": settings.draws, "data": settings.data}
        fork_server.use(fork_server.Preload("planner.preload", shown))
    config = Config()
    config.PageKernels.most = settings.most
    config.PageKernels.forks = settings.warm
    config.ServerKernelManager.transport = "ipc"
    config.PageKernel.transport = "ipc"
    config.VoilaConfiguration.multi_kernel_manager_class = PageKernels
    config.VoilaConfiguration.template = "base"
    config.VoilaConfiguration.http_keep_alive_timeout = 3600
    config.VoilaConfiguration.extension_allowlist = list(EXTENSIONS)
    config.VoilaConfiguration.show_tracebacks = True  # the template shows the last line of one alone
    config.VoilaConfiguration.prelaunch_hook = given
    config.VoilaConfiguration.attempt_fix_notebook = False
    app = PlannerApp(settings, tell, config=config)
    app.root_dir = str(TOP / "notebooks")
    app.ip, app.port, app.port_retries = "127.0.0.1", settings.port, 20
    app.token = settings.token or secrets.token_urlsafe(24)
    app.open_browser = True  # launch_browser tells the address
    app.initialize(argv=[])
    app.log_level = "ERROR"  # what a planner must know is shown on the page
    logging.getLogger("tornado").setLevel(
        logging.ERROR
    )  # it takes the milliseconds of the pings for seconds, and remarks on it
    return app


def serve(settings: Settings, tell: Callable[[str], None] = print) -> None:
    """Serve the planner's page until it is stopped; tell: is given its address. Raises NotKnown for an unknown region."""
    application(settings, tell).start()


__all__ = ["PlannerApp", "Settings", "application", "serve"]
