"""The fork server of the planner's page: `reports.forkserver` with widgets imported and a first region reckoned.

    python -m reports.planner_forks SOCKET [--region NAME] [--lang zh] [--data FOLDER] [--draws N]

It ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import gc
import os
import socket

from reports import forkserver


def warm_up(region: str, lang: str, draws: int, data: str | None) -> None:
    """Reckon a region and draw its desk once, so that the first page finds all of it done."""
    from reports.desk import desk

    first = desk(region, lang, draws=draws, data=data)
    first.whole.close()


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("socket")
    words.add_argument("--region", required=True)
    words.add_argument("--lang", default="zh")
    words.add_argument("--draws", type=int, default=500)
    words.add_argument("--data")
    asked = words.parse_args()
    forkserver.preload(asked.data)
    warm_up(asked.region, asked.lang, asked.draws, asked.data)
    if (count := forkserver.threads()) != 1:
        raise SystemExit(f"The fork server has {count} threads and must have one.")
    before = os.umask(0o177)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(asked.socket + ".new")
    os.umask(before)
    listener.listen(32)
    os.rename(asked.socket + ".new", asked.socket)
    gc.collect()
    gc.freeze()
    forkserver.Server(listener, None).run()


if __name__ == "__main__":
    main()
