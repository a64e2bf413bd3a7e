"""The planner's page server as a person starts it, over a made-up county whose name would run a script, were it let."""

import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil

MOST_PAGES = 3
HOSTILE_ZH = '样例<img src=x onerror="window.hacked=1">县'
HOSTILE_EN = "Sample</script><script>window.hacked=1</script> $$x$$ County"


class Server:
    """`dabiao planner` as a person starts it."""

    def __init__(self, overlay: Path):
        words = ["planner", "瓯海区", "--no-browser", "--port", "8930", "--draws", "60", "--pages", str(MOST_PAGES)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "reports", *words, "--data", str(overlay)], stdout=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().strip()
        parts = urlsplit(self.address)
        assert parts.hostname == "127.0.0.1", self.address
        self.root = f"{parts.scheme}://{parts.netloc}"
        self.token = parse_qs(parts.query)["token"][0]

    def kernels(self) -> int:
        """How many kernels are alive: the processes forked by the fork server."""
        forks = [
            p
            for p in psutil.Process(self.process.pid).children()
            if "multiprocessing.forkserver" in " ".join(p.cmdline())
        ]
        return sum(len(p.children()) for p in forks)

    def settled(self, kernels: int, seconds: float = 120) -> bool:
        until = time.monotonic() + seconds
        while self.kernels() > kernels and time.monotonic() < until:
            time.sleep(0.2)
        return self.kernels() <= kernels

    def close(self):
        self.process.terminate()
        self.process.wait(20)
