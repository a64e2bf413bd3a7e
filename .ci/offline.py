"""Whether the built documentation asks for anything outside itself: scripts, styles, pictures, fonts or frames.

    python .ci/offline.py [site]

Links that a reader follows may lead anywhere. Exit status 1 with every place that loads from outside.
"""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

OUTSIDE = re.compile(r"(?:https?:)?//", re.I)
LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "link": "href",
    "object": "data",
}
KINDS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "dns-prefetch", "manifest"}


class Reader(HTMLParser):
    """Collects what a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag == "link" and not KINDS & set((given.get("rel") or "").split()):
            return
        address = given.get(LOADS.get(tag, ""), "") or ""
        if OUTSIDE.match(address):
            self.found.append(f"<{tag}> {address}")


def main(site: Path) -> int:
    pages, styles = sorted(site.rglob("*.html")), sorted(site.rglob("*.css"))
    if not pages:
        print(f"{site} holds no pages: run `make docs`")
        return 1
    faults = []
    for path in pages:
        reader = Reader()
        reader.feed(path.read_text(encoding="utf-8"))
        faults += [f"{path}: {found}" for found in reader.found]
    for path in styles:
        loads = re.findall(r"(?:url\(|@import )[\"']?((?:https?:)?//[^)\"' ;]+)", path.read_text(encoding="utf-8"))
        faults += [f"{path}: {found}" for found in loads]
    print("\n".join(faults) or f"{len(pages)} pages and {len(styles)} style sheets load nothing from outside")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "site")))
