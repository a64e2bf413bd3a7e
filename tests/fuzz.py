"""Wicked input for every reader: good files, mutated by a seeded hand, and what became of each.

    python tests/fuzz.py --many 2000              that many inputs for every reader; what was found is printed
    python tests/fuzz.py --many 500 --keep DIR    and every input that found something is kept there
    python tests/fuzz.py --only excel --seed 7

A reader may accept an input or refuse it, with an error of ours that has a message. Anything else is a find: another
error, a hang, a folder left half-written.
"""

from __future__ import annotations

import argparse
import io
import json
import linecache
import random
import shutil
import signal
import sys
import tempfile
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from planning.catalogue import Catalogue
from planning.errors import InvalidData, NotKnown
from planning.loading.folder import load_catalogue
from planning.loading.folder_check import check
from planning.loading.levers import read_levers
from planning.loading.scenarios import read_scenario
from planning.paths import SHIPPED
from planning.scenarios import Contradiction, ElsewhereOnly, with_settings
from planning.schemas import last_day

TOP = Path(__file__).resolve().parent.parent
CORPUS = Path(__file__).parent / "fuzz_corpus"
LONGEST = 30  # seconds for one input; more is a hang
OURS = (InvalidData, NotKnown, Contradiction, ElsewhereOnly, FileNotFoundError)

WORDS = [
    "", " ", "0", "-0", "-1", "1e999", "-1e308", "NaN", "inf", "9" * 400, "9" * 5000, "0x10", "1_000", "１２３", "²", "٣", "Ⅷ",
    "true", "yes", "null", "~", "None", "2022-13-45", "0000-00-00", "99999", "44754", "2020.5", "330304@", "@", "330304@pre",
    "=1+1", "'=1+1", "'", '"', '""', "\t", "\r", "\r\n", "\n\n", ",", ",,,,", ";", "，", "\\", "\x00", "\x1b[31m", "\u202e",
    "\ufeff", "\u2028", "👩‍👩‍👧", "é", "<script>alert(1)</script>", "{{7*7}}", "${HOME}", "../../etc/passwd", "/etc/passwd",
    "x" * 3000, "名" * 500, "[]", "{}", "[", "{", "[" * 3000, "- " * 2000, "{a: " * 1200, "&a [*a]", "&a {b: *a}", "*nowhere",
    "<<: *a", "<<: {a: 1}", "? [a, b]\n: c", "!!python/object/apply:os.system [echo]", "!!python/name:os.system", "!!bool x",
    "!!int ''", "!!int x", "!!float ''", "!!timestamp x", "!!binary '*'", "!!set {a, b}", "!!map [a]", "!!omap [a]",
    "!!pairs [a]", "!!null x", "!!str [a]", "!x y", "%YAML 9.9\n---\n", "---\n", "...\n", "|\n", ">-\n", "# x\n", ": ", "- ", "? ",
    "1e", "+", "-", ".", "..", ".nan", ".inf", "1:30", "010101", "=", "==", "@2027", "=1@", "=1@@2027", "=nan", "=inf@2027",
]  # fmt: skip


class Hang(BaseException):
    """Raised where one input took too long. Not an Exception, so that no reader can catch it."""


@dataclass(frozen=True)
class Find:
    """An input that did what no input may do."""

    reader: str
    data: bytes
    what: str
    where: str


# ---------------------------------------------------------------- mutations


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The data with one to four changes: bytes, words, lines, cells."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = rng.choice(CHANGES)(data, rng)
    return data[:200_000]


def _a_byte(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + rng.randint(0, 1) :]


def _a_cut(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] if rng.random() < 0.3 else data[:at] + data[at + rng.randint(1, 40) :]


def _a_word(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(WORDS).encode() + data[at + rng.choice((0, 0, 1, 6)) :]


def _a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    how = rng.randrange(4)
    if how == 0:
        lines[at], lines[other] = lines[other], lines[at]
    elif how == 1:
        lines.insert(at, lines[other])
    elif how == 2:
        del lines[at]
    else:
        lines[at] = b" " * rng.randint(1, 4) + lines[at]
    return b"\n".join(lines)


def _a_cell(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    for mark in (b",", b": ", b"="):
        if mark in lines[at]:
            cells = lines[at].split(mark)
            cells[rng.randrange(len(cells))] = rng.choice(WORDS).encode()
            lines[at] = mark.join(cells)
            break
    return b"\n".join(lines)


CHANGES = (_a_byte, _a_cut, _a_word, _a_line, _a_cell, _a_cell, _a_word)


def mutated_book(data: bytes, rng: random.Random) -> bytes:
    """A workbook with one or two of its parts changed: raw, or in the text of cells; sometimes the archive itself."""
    if rng.random() < 0.1:
        return mutated(data, rng)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {n: packed.read(n) for n in packed.namelist()}
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice([n for n in parts if "sheet" in n or rng.random() < 0.3] or list(parts))
        parts[name] = _in_markup(parts[name], rng) if rng.random() < 0.7 else mutated(parts[name], rng)
        if rng.random() < 0.03:
            del parts[name]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return made.getvalue()


def _in_markup(data: bytes, rng: random.Random) -> bytes:
    """One text or attribute of XML replaced, so that the file stays well formed."""
    from xml.sax.saxutils import escape

    places = [i for i, c in enumerate(data[:400_000]) if c == ord(">") or data[i : i + 2] == b'="']
    if not places:
        return mutated(data, rng)
    at = rng.choice(places)
    word = escape(rng.choice(WORDS), {'"': "&quot;"}).encode()
    if data[at : at + 1] == b">":
        end = data.find(b"<", at)
        return data[: at + 1] + word + (data[end:] if end >= 0 else b"")
    end = data.find(b'"', at + 2)
    return data[: at + 2] + word + data[end:]


# ---------------------------------------------------------------- readers


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    return load_catalogue()


@lru_cache(maxsize=1)
def levers():
    return read_levers([SHIPPED])


HEADING = "region,edition,indicator,year,period,basis,status,value,precision,grade,source,note\n"
ROWS = (
    "330304,,crude_birth_rate,2021,year,resident,observed,7.9,0.1,B,s,\n"
    "330304,,crude_birth_rate,2022,year,resident,observed,7.5,0.1,B,s,a note\n"
    "330102,2021,gps_per_10000,2022,year_end,resident,revised,4.1,0.1,B,s,of residents\n"
    "330304,,population,2022,year_end,resident,observed,998000,1000,A,s,x\n"
)
TWIN = "title: t\nkind: published\nsources:\n  s: {title: 统计公报, publisher: 某局, published: 2023-03-01, page: 3}\n"
CENSUS = "region,edition,year,age,male,female,source\n" + "".join(
    f"330304,,2020,{age},{1000 + n},{990 + n},s\n" for n, age in enumerate(("0", "1-4", "5-59", "60-84", "85+"))
)


def in_place(*place: str, twin: str = "") -> Callable[[bytes, Path], None]:
    """A reader that lays the bytes over the shipped data, as this file of a folder, and checks and reads it all."""

    def reads(data: bytes, folder: Path) -> None:
        path = folder.joinpath(*place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if twin:
            path.with_suffix(".yaml").write_text(TWIN, encoding="utf-8")
        if place[-1].endswith("mine.yaml") and place[0] == "tables":
            path.with_suffix(".csv").write_text(HEADING + ROWS, encoding="utf-8")
        catalogue, faults = check([SHIPPED, folder])
        assert all(str(f).strip() and f.expected for f in faults), "every fault says what was expected"
        assert len(catalogue.regions) >= len(shipped().regions), "what was shipped stays"
        if faults:
            raise InvalidData(faults)
        ouhai = catalogue.find("330304")
        for target in catalogue.in_force(ouhai):
            assert target.indicator in catalogue.indicators
        for indicator in ("crude_birth_rate", "population"):
            catalogue.series(ouhai, indicator)

    return reads


def reads_run(data: bytes, folder: Path) -> None:
    from reports.batch import runs
    from reports.parameters import read_run

    shutil.copyfile(small_notebook(), folder / "small.ipynb")
    (folder / "mine.yaml").write_bytes(data)
    before = sorted(p.name for p in folder.iterdir())
    try:
        runs.plan(read_run(folder / "mine.yaml"), str(folder / "out"))
    finally:
        assert sorted(p.name for p in folder.iterdir()) == before, "a plan writes nothing"


@lru_cache(maxsize=1)
def small_notebook() -> Path:
    from small_reports import notebook

    return notebook(Path(tempfile.mkdtemp()) / "small.ipynb")


def reads_scenario(data: bytes, folder: Path) -> None:
    path = folder / "mine.yaml"
    path.write_bytes(data)
    plan = read_scenario(str(path), [SHIPPED], levers())
    assert all(levers()[id].low <= v <= levers()[id].high for id, steps in plan.settings for _, v in steps)


def reads_settings(data: bytes, folder: Path) -> None:
    asked = data.decode("utf-8", errors="surrogateescape").split("\n")
    plan = with_settings(read_scenario("baseline", [SHIPPED], levers()), asked, levers(), 2024)
    assert all(levers()[id].low <= v <= levers()[id].high for id, steps in plan.settings for _, v in steps)


def reads_parameters(data: bytes, folder: Path) -> None:
    from reports.cli.main import _parameters

    values = {}
    for line in data.decode("utf-8", errors="replace").split("\n"):
        name, _, value = line.partition(": ")
        values[name] = value
    p = _parameters(**values)
    shipped().find(p.region)
    if p.as_of:
        shipped().known_by(last_day(p.as_of))
    read_scenario(p.scenario, [SHIPPED], levers())
    json.dumps(p.plain())


def reads_book(data: bytes, folder: Path) -> None:
    from reports.workbooks.importer import import_workbook

    book, own = folder / "book.xlsx", folder / "own"
    book.write_bytes(data)
    try:
        import_workbook(book, own)
    except BaseException:
        assert sorted(p.name for p in folder.iterdir()) == ["book.xlsx"], "nothing is left of an import that failed"
        raise
    load_catalogue(own if own.is_dir() else None)


@lru_cache(maxsize=1)
def sample_book() -> bytes:
    """A template for a made-up county with a few figures in it."""
    import openpyxl
    from conftest import SAMPLE_CODE, SAMPLE_SOURCE, add_rows, figure

    from reports.workbooks.template import new_region, template, with_region

    path = Path(tempfile.mkdtemp()) / "sample.xlsx"
    region = new_region(shipped(), "样例县", SAMPLE_CODE, "浙江省", "district", fictional=True)
    template(with_region(shipped(), region), region, path)
    book = openpyxl.load_workbook(path)
    book["地区"]["D2"] = "Sample County"
    add_rows(book, "来源", [SAMPLE_SOURCE])
    people = [figure("常住人口", y, v) for y, v in ((2020, 60000), (2021, 59800), (2023, 59100))]
    add_rows(book, "人口与出生死亡", people)
    add_rows(book, "卫生人员", [figure("每万人全科医生数", 2023, 3.1)])
    book.save(path)
    return path.read_bytes()


def shipped_text(name: str, most: int = 4000) -> bytes:
    """The beginning of a shipped file, up to the last entry that is whole."""
    text = (SHIPPED / name).read_text(encoding="utf-8")
    end = text.rfind("\n", 0, most) + 1
    while end < len(text) and text[end].isspace():
        end = text.rfind("\n", 0, end - 1) + 1
    return text[:end].encode()


TARGETS = """document: {id: mine, title: t, publisher: p, published: 2023-07-01, region: '330304', horizon: 2027, base_year: 2022}
targets:
- {id: mine.a, region: '330304', level: district, indicator: gps_per_10000, comparison: at_least, value: 4.5, unit: per_10000,
   year: 2027, kind: rate, nature: expected}
- {id: mine.b, region: '330300', level: city, indicator: crude_birth_rate, comparison: between, low: 6, high: 8, unit: per_1000,
   year: 2025, kind: rate, nature: binding, relative_to: '330000', duplicate_of: mine.a}
"""
RUN = """notebook: small.ipynb
regions: ['330304', 'children of 330300', 'level district in 330100']
scenarios: [baseline, nursery_push]
languages: [zh, en]
formats: [ipynb, html, json, pdf]
seed: 3
draws: 100
engine: fast
workers: 2
parameters: {to: 2030, as_of: '2023-07-31', note: x}
limits: {report_seconds: 60, cell_seconds: 30.5, output_mb: 4, memory_mb: 2000, tries: 2}
"""
SCENARIO = """name: mine
zh: 我的
en: mine
reason: r
regions: ['330304']
settings:
  nursery_openings: {2026: 1.5, 2028: 2}
  fertility: 1.1
seed: 3
draws: 100
as_of: '2023-07-31'
"""
PARAMETERS = (
    "region: 330304\nlanguage: zh\nscenario: baseline\nto: 2030\nas_of: 2023-07-31\ndraws: 500\nseed: 0\ndata: x"
)
REGIONS = "code,edition,name_zh,name_en,level,parent,from,to,predecessors\n339901,,甲县,A,district,330300,,,\n339902,new,乙县,B,district,330300,2021-04-09,,339901\n"
LEFT_OUT = "- {document: ouhai_2023_2027, section: s, statement: t, reason: r}\n- {document: gongshu_13fyp, statement: t, reason: r}\n"


@dataclass(frozen=True)
class Reader:
    """A reader with good inputs to begin from, and how they are changed."""

    read: Callable[[bytes, Path], None]
    good: Callable[[], list[bytes]]
    change: Callable[[bytes, random.Random], bytes] = mutated


READERS = {
    "observations": Reader(in_place("tables", "mine.csv", twin=TWIN), lambda: [(HEADING + ROWS).encode()]),
    "census": Reader(in_place("tables", "census_age_sex_mine.csv", twin=TWIN), lambda: [CENSUS.encode()]),
    "twin": Reader(in_place("tables", "mine.yaml"), lambda: [TWIN.encode()]),
    "regions": Reader(in_place("regions.csv"), lambda: [REGIONS.encode()]),
    "indicators": Reader(in_place("indicators.yaml"), lambda: [shipped_text("indicators.yaml")]),
    "targets": Reader(in_place("targets", "mine.yaml"), lambda: [TARGETS.encode()]),
    "left_out": Reader(in_place("targets", "left_out_mine.yaml"), lambda: [LEFT_OUT.encode()]),
    "breaks": Reader(in_place("breaks.yaml"), lambda: [shipped_text("breaks.yaml")]),
    "levers": Reader(in_place("levers.yaml"), lambda: [shipped_text("levers.yaml")]),
    "scenario in a folder": Reader(in_place("scenarios", "mine.yaml"), lambda: [SCENARIO.encode()]),
    "scenario by path": Reader(reads_scenario, lambda: [SCENARIO.encode()]),
    "--set": Reader(reads_settings, lambda: [b"nursery_openings=1.5@2026\nfertility=1.1", b"fertility=1.05@2027"]),
    "parameters": Reader(reads_parameters, lambda: [PARAMETERS.encode()]),
    "run file": Reader(reads_run, lambda: [RUN.encode()]),
    "excel": Reader(reads_book, lambda: [sample_book()], mutated_book),
}


# ---------------------------------------------------------------- trying


def outcome(reader: str, data: bytes) -> str | Find:
    """What became of an input: "accepted", "refused", or a find."""
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST)
    folder = Path(tempfile.mkdtemp(prefix="fuzz"))
    try:
        READERS[reader].read(data, folder)
        return "accepted"
    except Hang:
        return Find(reader, data, f"hang: more than {LONGEST} s", "")
    except Exception as error:
        if isinstance(error, OURS) or type(error) is ValueError:
            return "refused" if _told(error) else Find(reader, data, f"not told by us: {error!r}"[:300], _last(error))
        return Find(reader, data, f"{type(error).__name__}: {error}"[:300], _last(error))
    finally:
        signal.alarm(0)
        shutil.rmtree(folder, ignore_errors=True)


def _told(error: Exception) -> bool:
    """Whether an error was raised by a line of ours that says `raise`, with a message."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    ours = Path(last.filename).is_relative_to(TOP) and ".venv" not in last.filename
    return ours and bool(str(error).strip()) and "raise" in linecache.getline(last.filename, last.lineno)


def _last(error: Exception) -> str:
    ours = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_relative_to(TOP)]
    ours = [f for f in ours if ".venv" not in f.filename] or traceback.extract_tb(error.__traceback__)
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno} {ours[-1].name}"


def _too_long(*_) -> None:
    raise Hang


def tried(reader: str, many: int, seed: int) -> tuple[Counter, list[Find]]:
    """Try that many mutated inputs on a reader."""
    rng = random.Random(f"{reader} {seed}")
    good = READERS[reader].good()
    counts: Counter = Counter()
    finds = []
    for _ in range(many):
        data = READERS[reader].change(rng.choice(good), rng)
        became = outcome(reader, data)
        counts[became if isinstance(became, str) else "find"] += 1
        if isinstance(became, Find):
            finds.append(became)
    return counts, finds


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--many", type=int, default=200)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--only", choices=READERS, action="append")
    asked.add_argument("--keep", type=Path, help="a folder for the inputs that found something")
    a = asked.parse_args()
    found = 0
    for reader in a.only or READERS:
        counts, finds = tried(reader, a.many, a.seed)
        print(f"{reader:<22}{a.many:>7} tried {dict(counts)}", flush=True)
        once = {(f.what[:40], f.where): f for f in finds}
        for n, f in enumerate(once.values()):
            print(f"    {f.where}: {f.what[:160]!r}")
            if a.keep:
                a.keep.mkdir(parents=True, exist_ok=True)
                (a.keep / f"{reader.replace(' ', '_').strip('-')}.{n}").write_bytes(f.data)
        found += len(finds)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
