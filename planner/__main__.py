"""`python -m planner`: serve the planner's page, as `dabiao planner` asks for it."""

from __future__ import annotations

import argparse
import sys

from planner.server import Settings, serve
from reports.batch.fork_server import ServerLost


def main() -> None:
    """Serve the page until it is stopped; its address is the first line printed."""
    words = argparse.ArgumentParser(prog="dabiao planner")
    words.add_argument("region")
    words.add_argument("--lang", default="zh")
    words.add_argument("--port", type=int, default=8870)
    words.add_argument("--data")
    words.add_argument("--draws", type=int, default=500)
    words.add_argument("--pages", type=int, default=8)
    words.add_argument("--no-warm", action="store_true")
    words.add_argument("--no-browser", action="store_true")
    asked = words.parse_args()
    settings = Settings(
        asked.region, asked.lang, asked.port, asked.data, asked.draws, asked.pages, not asked.no_warm,
        open_browser=not asked.no_browser,
    )  # fmt: skip
    try:
        serve(settings, lambda address: print(f"{address}\n(Ctrl+C ends it)", flush=True))
    except ServerLost as error:
        sys.exit(f"dabiao: {error}. Without a prepared process it works too, more slowly: --no-warm")


if __name__ == "__main__":
    main()
