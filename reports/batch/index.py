"""The index: what stands above a batch. A page to search, all verdicts as one table, and the failures as another."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from planning.catalogue import Catalogue
from planning.loading.text_files import escape_formula
from planning.regions import Region
from planning.verdicts import ALL_WORDS
from reports import tables
from reports.batch import status
from reports.batch.jobs import Done, Failed, Job
from reports.batch.runs import Plan
from reports.html import TEMPLATES, render
from reports.messages import message, wording

GOOD = ("attained", "likely")
GROUP_ROWS = 100  # regions whose verdicts are written to Parquet at once


@dataclass(frozen=True)
class Row:
    """One region and scenario on the index page. share: of the judged targets, attained or likely, or None."""

    region: Region
    scenario: str
    link: str
    counts: dict[str, int]
    urgent: str
    share: float | None


def write(made: Plan, done: list[Done], failed: list[Failed]) -> None:
    """Write the index pages, verdicts.parquet, failures.csv and the manifest of a batch."""
    done = [*done, *(Done(job, {}, {}, kept=True) for job in made.others)]
    for lang in made.run.languages:
        page = index(made, [d for d in done if d.job.language == lang], failed, lang)
        made.out.put(f"index.{lang}.html", page.encode("utf-8"))
        if lang == made.run.languages[0]:
            made.out.put("index.html", page.encode("utf-8"))
    made.out.put("failures.csv", failures(failed))
    made.out.put("verdicts.parquet", verdicts(made, done))
    about = {"run": made.run.model_dump(mode="json"), **made.made_with}
    made.out.put("manifest.json", _json({**about, "written": status.now()}))


def index(made: Plan, done: list[Done], failed: list[Failed], lang: str) -> str:
    """The page above a batch in one language: failures first, regions as tiles and as rows, with a field to search."""
    rows = [_row(made, d.job, lang) for d in done]
    mine = [f for f in failed if f.job.language == lang]
    title = message("index_title", lang)
    script = (TEMPLATES / "index.js").read_text(encoding="utf-8")
    several = len(made.run.scenarios) > 1
    return render(
        "index.html",
        title=title,
        lang={"zh": "zh-CN", "en": "en"}[lang],
        lead=message("index_lead", lang, n=len(rows) + len(mine), done=len(rows), failed=len(mine)),
        words={key: message(f"index_{key}", lang) for key in WORDS},
        headings=[message("heading_region", lang), *(message(f"verdict_{w}", lang) for w in ALL_WORDS), message("lowest_chance", lang)],
        rows=[_shown(r, lang, several) for r in rows],
        groups=_groups(rows, lang, made.catalogue, several),
        failures=[{"region": _named(made, f.job, lang), "kind": f.kind, "message": f.message} for f in mine],
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
    )  # fmt: skip


def failures(failed: list[Failed]) -> bytes:
    """The failures as CSV: region, scenario, language, kind, message, folder."""
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["region", "scenario", "language", "kind", "message", "folder"])
    for f in failed:
        cells = (f.job.region, f.job.scenario, f.job.language, f.kind, f.message, f.job.folder)
        out.writerow([escape_formula(c) for c in cells])
    return text.getvalue().encode("utf-8")


def verdicts(made: Plan, done: list[Done]) -> bytes:
    """All verdicts of a batch as Parquet, each region and scenario once."""
    import pyarrow
    import pyarrow.parquet

    called = tables.names(made.run.parameters.get("data"))
    once = {d.job.folder: d.job for d in done}
    sink, rows = io.BytesIO(), []
    with pyarrow.parquet.ParquetWriter(sink, tables.verdict_schema()) as writer:
        for number, job in enumerate(once.values(), start=1):
            rows += tables.verdict_rows(_assessment(made, job), called)
            if rows and (number % GROUP_ROWS == 0 or number == len(once)):
                writer.write_table(pyarrow.Table.from_pylist(rows, schema=tables.verdict_schema()))
                rows = []
    return sink.getvalue()


WORDS = ("search", "tiles", "failed", "few", "many", "none")


def _row(made: Plan, job: Job, lang: str) -> Row:
    found = _assessment(made, job)["verdicts"]
    counts = Counter(v["word"] for v in found)
    judged = sum(n for word, n in counts.items() if word != "no verdict")
    least = min((v for v in found if v["chance"] is not None), key=lambda v: v["chance"], default=None)
    urgent = ""
    if least:
        about = made.catalogue.indicator(least["indicator"])
        urgent = f"{about.name(lang)} {least['year']}: {wording.percent(least['chance'], lang)}"
    share = sum(counts[w] for w in GOOD) / judged if judged else None
    kind = next((k for k in ("html", "pdf", "ipynb") if k in job.formats), "json")
    return Row(made.regions[job.region], job.scenario, job.name_of(kind), dict(counts), urgent, share)


def _assessment(made: Plan, job: Job) -> dict[str, Any]:
    return json.loads(made.out.get(job.name_of("json")) or b'{"verdicts": []}')


def _shown(row: Row, lang: str, several: bool) -> dict[str, Any]:
    return {
        "link": row.link,
        "name": _name(row, lang, several),
        "find": " ".join((row.region.name_zh, row.region.name_en, row.region.key, *row.region.aliases)).lower(),
        "counts": [{"n": row.counts.get(w) or "", "word": w.replace(" ", "-")} for w in ALL_WORDS],
        "urgent": row.urgent,
    }


def _groups(rows: list[Row], lang: str, catalogue: Catalogue, several: bool) -> list[dict[str, Any]]:
    """The tiles: regions under the name of the region above them, in the order of their codes."""
    groups: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda r: (r.region.parent, r.region.code, r.scenario)):
        groups.setdefault(row.region.parent, []).append(row)
    return [
        {
            "name": catalogue.region(parent).name(lang) if parent else "",
            "tiles": [
                {"link": r.link, "name": _name(r, lang, several), "shade": _shade(r.share), "short": _short(r, lang)}
                for r in members
            ],
        }
        for parent, members in groups.items()
    ]


def _name(row: Row, lang: str, several: bool) -> str:
    return row.region.name(lang) + (f" · {row.scenario}" if several else "")


def _short(row: Row, lang: str) -> str:
    zh = row.region.name_zh
    short = zh[:-1] if len(zh) > 2 and zh[-1] in "省市区县旗盟" else zh
    return short[:3] if lang == "zh" else row.region.name_en.split()[0][:5]


def _shade(share: float | None) -> str:
    return "none" if share is None else str(min(4, int(share * 5)))


def _named(made: Plan, job: Job, lang: str) -> str:
    scenario = f" · {job.scenario}" if len(made.run.scenarios) > 1 else ""
    return f"{made.regions[job.region].name(lang)} {job.region}{scenario}"


def _json(plain: dict) -> bytes:
    return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
