"""The register: every target of every plan, and what can be said of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.errors import not_known
from planning.methods import Method, kind
from planning.targets import Target
from planning.verdicts import NEEDS_A_FIGURE, NOT_QUANTITATIVE, Verdict

# What a chance needs, by family: the figures that a planner can bring, in Chinese and English.
NEEDS = {
    "demographic": Bilingual("分年龄性别人口、出生、死亡", "people by age and sex, births, deaths"),
    "workforce": Bilingual(
        "现有人数（或每千、每万人数）与分年龄构成", "staff in post (or per head), best with their ages"
    ),
    "capacity": Bilingual("现有数量与在建数量", "what is open and what is being built"),
    "trend": Bilingual("本地近年数值，两年以上", "local values of recent years, two or more"),
    "programme": Bilingual("本地近年覆盖率，两年以上", "local coverage of recent years, two or more"),
    "rare_events": Bilingual("近年事件数与出生数", "events and births of recent years"),
    "not_quantitative": Bilingual("可计量的指标", "an indicator that can be measured"),
}


# How a target stands, by what its answer rests on: its published outcome; a figure of the region's own, or its own people;
# the figures of other areas in the tree; a figure still to be brought; or no number at all.
BASES = ("settled", "own figure", "tree", NEEDS_A_FIGURE, NOT_QUANTITATIVE)


def selected(catalogue: Catalogue, document: str | None, region: str | None) -> list[Target]:
    """The targets of a document and of a region, both if given. Raises NotKnown with what is near."""
    if document is not None and document not in catalogue.documents:
        raise not_known("document", document, catalogue.documents, "Documents are the files of data/targets/.")
    targets = [t for t in catalogue.targets if document is None or t.document.id == document]
    if region is not None:
        code = catalogue.find(region).code
        targets = [t for t in targets if t.region == code]
    return targets


def as_plain(catalogue: Catalogue, targets: Iterable[Target]) -> list[dict]:
    """Targets as plain values, in the order of the register."""
    return [
        {
            "id": t.id,
            "document": t.document.id,
            "region": t.key,
            "level": t.level,
            "indicator": t.indicator,
            "indicator_zh": catalogue.indicator(t.indicator).zh,
            "unit": t.unit,
            "comparison": t.comparison,
            "strict": t.strict,
            "value": t.value,
            "low": t.low,
            "high": t.high,
            "year": t.year,
            "year_inferred": t.year_inferred,
            "base_year": t.base_year,
            "base_value": t.base_value,
            "kind": t.kind,
            "nature": t.nature,
            "aspirational": t.aspirational,
            "approximate": t.approximate,
            "relative_to": t.relative_to or None,
            "section": t.section,
            "notes": t.notes,
            "duplicate_of": t.duplicate_of or None,
        }
        for t in targets
    ]


def covered(catalogue: Catalogue, targets: list[Target], draws: int, seed: int, data: str | None) -> list[dict]:
    """For each target the model family, what a chance needs and what is there, and the verdict or the reason for none."""
    from dabiao.assessment import assess

    verdicts: dict[str, Verdict] = {}
    for document in dict.fromkeys(t.document.id for t in targets):
        plan = catalogue.documents[document]
        key = f"{plan.region}@{plan.edition}" if plan.edition else plan.region
        for verdict in assess(key, draws=draws, seed=seed, data=data).verdicts:
            verdicts[verdict.target.id] = verdict
    rows = []
    for target in targets:
        verdict = verdicts.get(target.duplicate_of or target.id)
        about = catalogue.indicator(target.indicator)
        series = catalogue.series(catalogue.region(target.key), target.indicator)
        rows.append(
            {
                "id": target.id,
                "document": target.document.id,
                "value": target.value,
                "numeric": target.numeric,
                "family": about.family,
                "needs": NEEDS[about.family],
                "there": 0 if series is None else len(series),
                "peers": len(catalogue.peers(catalogue.region(target.key), target.indicator)),
                "chance": verdict and verdict.chance,
                "chance_now": verdict and verdict.chance_now,
                "word": verdict.word if verdict else NOT_QUANTITATIVE,
                "evidence": verdict and verdict.evidence,
                "outcome": verdict and verdict.outcome,
                "basis": basis_of(verdict, series is not None),
                "vague": bool(verdict and verdict.vague),
                "method": verdict.method if verdict else "",
                "reason": verdict.reason if verdict else "",
            }
        )
    return rows


def basis_of(verdict: Verdict | None, own: bool) -> str:
    """Which of BASES an answer rests on. own: whether the region has figures of the indicator; its people are its own."""
    if verdict is None or verdict.word == NOT_QUANTITATIVE:
        return NOT_QUANTITATIVE
    if verdict.word in ("attained", "missed"):
        return "settled"
    if verdict.chance is None:
        return NEEDS_A_FIGURE
    return "own figure" if own or kind(verdict.method) in (Method.COHORT, Method.LIFE_EXPECTANCY) else "tree"


def by_basis(rows: list[dict], group: str = "family") -> dict[str, Counter]:
    """How many targets of each family, or of another field of the rows, rest on each of BASES."""
    table: dict[str, Counter] = {}
    for row in rows:
        table.setdefault(row[group], Counter())[row["basis"]] += 1
    return table
