"""Twenty planners on one page server: who they are, what they do there, and what it takes. A part of `load.py`."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

TOP = Path(__file__).resolve().parent.parent

REGION = "330304"
ARRIVALS = 40.0  # seconds over which the planners come
PAUSE = (2.0, 6.0)  # seconds between two moves of one planner
LEAVES = 0.05  # chance, after a move, to leave
AWAY = (5.0, 20.0)  # seconds before a planner who left comes back
MOVED = ("新开托位", "净迁入")  # sliders that exclude no other: one bends the places alone, one the people too
PATIENCE = 60.0  # seconds after which a planner no longer waits
THREADS = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
LARGEST = 64 * 1024**2  # bytes of a page or message


@dataclass
class Seen:
    """What the planners met. Seconds; kernels and megabytes over time as (second, kernels, of kernels, of server)."""

    first: list[float] = field(default_factory=list)
    moves: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    opened: int = 0
    left: int = 0
    held: list[tuple[float, int, float, float]] = field(default_factory=list)
    one_more: str = ""


class Visit:
    """One page as a browser has it: its kernel's id, its widgets, and a line to them."""

    def __init__(self, address: str, cookie: str):
        self.address, self.cookie = address, cookie
        self.session = uuid.uuid4().hex
        self.kernel = ""
        self.widgets: dict[str, dict] = {}

    async def open(self) -> None:
        """Ask for the page, and for the state of its widgets. Raises Refused."""
        page = await self._get(f"/scenario_lab?region={REGION}&lang=zh")
        if page.code != 200:
            words = re.sub(r"<[^>]+>", " ", page.body.decode("utf-8", "replace"))
            raise Refused(f"{page.code}: {' '.join(words.split())}")
        self.kernel = re.search(r'"kernelId"\s*:\s*"([\w-]+)"', page.body.decode("utf-8"))[1]
        line = HTTPRequest(
            f"{self.address.replace('http', 'ws', 1)}/api/kernels/{self.kernel}/channels?session_id={self.session}",
            headers={"Cookie": self.cookie},
        )
        self.line = await websocket_connect(line, max_message_size=LARGEST)
        control = uuid.uuid4().hex
        await self._send("comm_open", {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}})
        await self._send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
        told = await self._until(lambda c: c.get("comm_id") == control and c["data"].get("method") == "update_states")
        self.widgets = {id: about["state"] for id, about in told["data"]["states"].items()}
        self.chart = next(id for id, s in self.widgets.items() if 'id="moving"' in str(s.get("value", "")))
        self.sliders = [id for id, s in self.widgets.items() if s.get("description") in MOVED]

    async def move(self, rng: random.Random) -> float:
        """Seconds from sending a slider's new value until the chart's new drawing is there."""
        id = rng.choice(self.sliders)
        state = self.widgets[id]
        steps = max(1, round((state["max"] - state["min"]) / state["step"]))
        others = [v for n in range(steps + 1) if abs((v := state["min"] + n * state["step"]) - state["value"]) > 1e-9]
        value = round(rng.choice(others), 6)
        state["value"] = value
        began = time.perf_counter()
        change = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        await self._send("comm_msg", {"comm_id": id, "data": change})
        await self._until(lambda c: c.get("comm_id") == self.chart and "value" in c["data"].get("state", {}))
        return time.perf_counter() - began

    async def leave(self, farewell: bool) -> None:
        """Go, as a closed tab does, or without a word, as a lost machine does."""
        if farewell:
            await self._get(f"/voila/api/shutdown/{self.kernel}", method="POST", body="")
        self.line.close()

    async def _get(self, path: str, **more):
        request = HTTPRequest(
            self.address + path, headers={"Cookie": self.cookie}, request_timeout=2 * PATIENCE, **more
        )
        return await AsyncHTTPClient().fetch(request, raise_error=False)

    async def _send(self, kind: str, content: dict) -> None:
        header = {
            "msg_id": uuid.uuid4().hex,
            "username": "",
            "session": self.session,
            "msg_type": kind,
            "version": "5.3",
        }
        metadata = {"version": "1.0.0"} if kind == "comm_open" else {}
        message = {"header": header, "parent_header": {}, "metadata": metadata, "content": content, "channel": "shell"}
        await self.line.write_message(json.dumps({**message, "buffers": []}))

    async def _until(self, wanted) -> dict:
        async with asyncio.timeout(PATIENCE):
            while True:
                text = await self.line.read_message()
                if text is None:
                    raise ConnectionError(
                        f"the page's line was closed ({self.line.close_code} {self.line.close_reason})"
                    )
                message = json.loads(text) if isinstance(text, str) else {}
                content = message.get("content", {})
                if message.get("header", {}).get("msg_type") == "comm_msg" and wanted(content):
                    return content


class Refused(Exception):
    """The server said in words that there is no page."""


@contextmanager
def server(most: int):
    """`dabiao planner` with room for so many pages: its address, a cookie of entry's maker, and its process."""
    words = [sys.executable, "-m", "reports", "planner", REGION, "--no-browser", "--port", "8970", "--pages", str(most)]
    process = subprocess.Popen(
        words, cwd=TOP, env={**os.environ, **THREADS}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        told = process.stdout.readline().strip()
        if not told.startswith("http"):
            raise SystemExit("dabiao planner did not start")
        yield told, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


async def entry(told: str) -> tuple[str, str]:
    """The server's address and the cookie that its token earns."""
    found = await AsyncHTTPClient().fetch(HTTPRequest(told, follow_redirects=False), raise_error=False)
    cookies = [c.split(";")[0] for c in found.headers.get_list("Set-Cookie")]
    return told.split("/?")[0], "; ".join(cookies)


async def planner(number: int, where: tuple[str, str], seen: Seen, begin: float, until: float, seed: int) -> None:
    """Come, move sliders, perhaps leave and come back, until the time is up."""
    rng = random.Random(seed * 1000 + number)
    await asyncio.sleep(begin)
    while time.monotonic() < until:
        visit, began = Visit(*where), time.perf_counter()
        try:
            await visit.open()
        except Refused as why:
            seen.refused.append(str(why))
            await asyncio.sleep(5)
            continue
        except (TimeoutError, OSError, TypeError) as error:
            seen.lost.append(f"open: {type(error).__name__} {error}")
            await asyncio.sleep(5)
            continue
        seen.opened += 1
        seen.first.append(time.perf_counter() - began)
        try:
            while time.monotonic() < until:
                await asyncio.sleep(rng.uniform(*PAUSE))
                seen.moves.append(await visit.move(rng))
                if rng.random() < LEAVES:
                    break
        except (TimeoutError, OSError) as error:
            seen.lost.append(
                f"move of planner {number}, {until - time.monotonic():.0f} s before the end: {type(error).__name__} {error}"
            )
        await visit.leave(farewell=rng.random() < 0.5)
        seen.left += 1
        if time.monotonic() < until:
            await asyncio.sleep(rng.uniform(*AWAY))


def kernels_of(process: psutil.Process) -> list[psutil.Process]:
    """Kernels are children of the fork server, which is the planner's child."""
    return [k for f in process.children() for k in f.children()]


def held(processes: list[psutil.Process]) -> float:
    """Megabytes that processes hold for themselves alone."""
    found = 0.0
    for process in processes:
        with suppress(psutil.Error):
            found += process.memory_full_info().uss / 1e6
    return found


async def watch(process: psutil.Process, seen: Seen, until: float) -> None:
    began = time.monotonic()
    while time.monotonic() < until:
        kernels = kernels_of(process)
        seen.held.append((round(time.monotonic() - began, 1), len(kernels), held(kernels), held([process])))
        await asyncio.sleep(5)


async def one_more(where: tuple[str, str], process: psutil.Process, most: int, seen: Seen, until: float) -> None:
    """Once all pages are open, one more asks."""
    while time.monotonic() < until:
        if len(kernels_of(process)) >= most:
            visit = Visit(*where)
            try:
                await visit.open()
                await visit.leave(farewell=True)
            except Refused as why:
                seen.one_more = str(why)
                return
            except (TimeoutError, OSError, TypeError):
                pass
        await asyncio.sleep(2)


async def crowd(told: str, process: psutil.Process, asked, seen: Seen) -> None:
    """The planners all at once, and whoever watches them."""
    AsyncHTTPClient.configure(None, max_clients=4 * asked.planners, max_body_size=LARGEST)
    where = await entry(told)
    until = time.monotonic() + asked.seconds
    arrivals = min(ARRIVALS, asked.seconds / 4)
    visits = [planner(n, where, seen, arrivals * n / asked.planners, until, asked.seed) for n in range(asked.planners)]
    await asyncio.gather(*visits, watch(process, seen, until), one_more(where, process, asked.planners, seen, until))


def middle(values: list[float]) -> float:
    return statistics.median(values) if values else float("nan")


def pages(asked) -> tuple[list[dict], dict]:
    """Goals and details of twenty planners on one server."""
    seen = Seen()
    with server(asked.planners) as (told, process):
        asyncio.run(crowd(told, process, asked, seen))
        ended = time.monotonic()
        while kernels_of(process) and time.monotonic() < ended + 60:
            time.sleep(0.5)
        gone, rest = time.monotonic() - ended, len(kernels_of(process))
        family = process.children(recursive=True)
    time.sleep(1)
    rest += sum(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family)
    tried = len(seen.moves) + len(seen.lost)
    tenths = statistics.quantiles(seen.moves, n=20) if len(seen.moves) > 1 else [float("nan")] * 19
    third = max(1, len(seen.held) // 3)
    early, late = (
        [h[2] + h[3] for h in part if h[1]] for part in (seen.held[third : 2 * third], seen.held[2 * third :])
    )
    growth = statistics.mean(late) / statistics.mean(early) - 1 if early and late else float("nan")
    goals = [
        goal("share of moves answered", len(seen.moves) / max(tried, 1), 1.0, "higher"),
        goal("slider to figure, s (median)", middle(seen.moves), 0.5, "lower"),
        goal("slider to figure, s (95th percentile)", tenths[18], 2.0, "lower"),
        goal("first figure, s (median)", middle(seen.first), 3.0, "lower"),
        goal("kernels at most", max(h[1] for h in seen.held), asked.planners, "lower"),
        goal("memory of kernels and server at most, MB", max(h[2] + h[3] for h in seen.held), None, "lower"),
        goal("memory, last third over middle third, share more", growth, 0.1, "lower"),
        goal("processes left after the end", rest, 0, "lower"),
    ]
    about = {
        "planners": asked.planners,
        "seconds": asked.seconds,
        "pages_opened": seen.opened,
        "moves": len(seen.moves),
        "slowest_move_s": round(max(seen.moves, default=0), 3),
        "slowest_first_figure_s": round(max(seen.first, default=0), 2),
        "left": seen.left,
        "lost": seen.lost[:20],
        "refused": len(seen.refused),
        "one_more_was_told": seen.one_more,
        "kernels_gone_after_s": round(gone, 1),
        "over_time": [(t, n, round(k), round(s)) for t, n, k, s in seen.held],
    }
    return goals, about


def goal(
    name: str, value: float, wanted: float | None, better: str, peer: str = "", peer_value: float | None = None
) -> dict:
    value = round(value, 3)
    met = None if wanted is None else (value >= wanted if better == "higher" else value <= wanted)
    found = {"name": name, "measured": value, "goal": wanted, "better": better, "ok": met}
    return found | ({"peer": peer, "peer_measured": round(peer_value, 3)} if peer_value is not None else {})
