"""The plain text of a document: txt, md, html, docx and pdf, tables as lines of cells parted by tabs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

KINDS = (".txt", ".md", ".html", ".htm", ".docx", ".pdf")
ENCODINGS = ("utf-8-sig", "gb18030")  # the encodings in which Chinese offices save texts
_BLOCKS = ("p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "div", "section", "article", "br", "ul", "ol", "blockquote")


def text_of(path: Path) -> str:
    """The text of a document, a paragraph a line; a row of a table is one line, its cells parted by tabs.

    Raises FileNotFoundError; ValueError where the kind of file is not known, it cannot be read, or it holds no text
    (a scanned pdf).

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "plan.md"
    >>> _ = path.write_text("到2027年,每千人口托位数达到5.55个。", encoding="utf-8")
    >>> text_of(path)
    '到2027年,每千人口托位数达到5.55个。'
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise ValueError(f"{path}: found a file of kind {kind or 'none'}; known are {', '.join(KINDS)}.")
    try:
        text = _READERS.get(kind, _decoded)(path)
    except OSError:
        raise
    except Exception as error:  # each library has errors of its own for a damaged file
        raise ValueError(f"{path} cannot be read as {kind[1:]}: {error}") from error
    if not text.strip():
        raise ValueError(f"{path} holds no text. A scanned document must go through text recognition (OCR) first.")
    return text


def _decoded(path: Path) -> str:
    content = path.read_bytes()
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
        except UnicodeDecodeError:
            continue
    raise ValueError(f"its text is neither {' nor '.join(ENCODINGS)}")


def _of_html(path: Path) -> str:
    return _of_markup(path.read_bytes())


def _of_docx(path: Path) -> str:
    import mammoth

    with path.open("rb") as file:
        return _of_markup(mammoth.convert_to_html(file, convert_image=_no_image).value)


def _no_image(_: Any) -> list:
    return []


def _of_pdf(path: Path) -> str:
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def _of_markup(markup: str | bytes) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    for tag in soup(["script", "style", "noscript"]):
        tag.decompose()
    for table in soup.find_all("table"):
        if not table.find("table"):
            table.replace_with("\n" + "\n".join("\t".join(row) for row in _grid(table)) + "\n")
    for tag in soup.find_all(_BLOCKS):
        tag.insert_before("\n")
        tag.append("\n")
    lines = (line.strip(" \u3000\xa0\r") for line in soup.get_text().split("\n"))
    return "\n".join(line for line in lines if line.strip())


def _grid(table: Any) -> list[list[str]]:
    """The cells of a table by row; a cell that spans rows or columns stands in each."""
    spanning: dict[tuple[int, int], str] = {}
    rows = []
    for r, row in enumerate(table.find_all("tr")):
        cells: list[str] = []
        for cell in row.find_all(["td", "th"]):
            while (r, len(cells)) in spanning:
                cells.append(spanning[r, len(cells)])
            words = "".join(cell.get_text().split())
            for _ in range(_span(cell, "colspan")):
                for below in range(1, _span(cell, "rowspan")):
                    spanning[r + below, len(cells)] = words
                cells.append(words)
        while (r, len(cells)) in spanning:
            cells.append(spanning[r, len(cells)])
        if cells:
            rows.append(cells)
    return rows


def _span(cell: Any, name: str) -> int:
    stated = str(cell.get(name) or "")
    return min(int(stated), 100) if stated.isdecimal() and int(stated) > 0 else 1  # a page may state any number


_READERS = {".html": _of_html, ".htm": _of_html, ".docx": _of_docx, ".pdf": _of_pdf}
