"""The contract: an assessment as one JSON object, the form that anything reading Dabiao's answers may rely on.

The form is described by dabiao/assess.schema.json. The same seed gives the same bytes.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from dabiao.assessment import Assessment
from dabiao.forecast_skill import score_of
from dabiao.freshness import information
from planning.outlooks import Outlook
from planning.own_figures import entered
from planning.verdicts import Verdict

FORMAT = 2  # of the object; rises when a reader would have to change
SCHEMA = Path(__file__).parent / "assess.schema.json"
MIME = "application/vnd.dabiao.assessment+json"


TOLD = 5  # significant figures of what is drawn; a tenth has been seen to differ by processor
NOUGHT = 1e-9  # below it nothing is measured: what is left of a sum that comes to nought differs by processor


def as_plain(a: Assessment) -> dict:
    """The assessment as plain values: what is published rounded to seven significant figures, what is told to TOLD."""
    own = entered(a.catalogue, a.region)
    by_hand = {f.indicator for f in own}
    return {
        "format": FORMAT,
        "region": {"code": a.region.key, "name_zh": a.region.name_zh, "name_en": a.region.name_en},
        "scenario": a.scenario.name,
        "as_of": a.as_of.isoformat(),
        "to": a.to,
        "draws": a.draws,
        "seed": a.seed,
        "information": information(a.catalogue, a.region),
        "entered_here": [str(f) for f in own],
        "verdicts": [
            _verdict(v) | {"entered_here": v.target.indicator in by_hand, "score": score_of(v)} for v in a.verdicts
        ],
        "outlooks": {id: _outlook(o) for id, o in sorted(a.outlooks.items())},
    }


def as_json(a: Assessment) -> str:
    """The assessment as JSON text."""
    return json.dumps(as_plain(a), ensure_ascii=False, indent=1, sort_keys=False) + "\n"


class AnswerBlock:
    """An assessment that a notebook can carry inside itself, for whoever reads the executed notebook."""

    def __init__(self, a: Assessment):
        self.plain = as_plain(a)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        count = len(self.plain["verdicts"])
        return {MIME: self.plain, "text/plain": f"{count} verdicts for {self.plain['region']['name_en']}"}


def schema() -> dict:
    """The JSON Schema of the contract."""
    return json.loads(SCHEMA.read_text(encoding="utf-8"))


def _verdict(v: Verdict) -> dict:
    t = v.target
    return {
        "target": t.id,
        "document": t.document.id,
        "region": t.key,
        "indicator": t.indicator,
        "year": t.year,
        "comparison": t.comparison,
        "value": t.value,
        "low": t.low,
        "high": t.high,
        "unit": t.unit,
        "level": t.level,
        "nature": t.nature,
        "word": v.word,
        "chance": _rounded(v.chance, TOLD),
        "evidence": v.evidence,
        "median": _rounded(v.median, TOLD),
        "low80": _rounded(v.low80, TOLD),
        "high80": _rounded(v.high80, TOLD),
        "gap": _rounded(v.gap, TOLD),
        "pace_needed": _rounded(v.pace_needed),
        "own_pace": _rounded(v.own_pace),
        "outcome": _rounded(v.outcome),
        "outcome_source": v.outcome_source,
        "outcome_published": v.outcome_published or None,
        "chance_now": _rounded(v.chance_now, TOLD),
        "chance_se": _rounded(v.chance_se, TOLD),
        "vague": v.vague,
        "shares": [{"area": s.area, "share": round(s.share, 4), "year": s.year} for s in v.shares],
        "reason": v.reason,
        "method": v.method,
        "as_of": v.as_of,
    }


def _outlook(o: Outlook) -> dict:
    q = o.quantiles([0.025, 0.1, 0.5, 0.9, 0.975])
    return {
        "unit": o.unit,
        "years": list(o.years),
        "median": [_rounded(x, TOLD) for x in q[2]],
        "low80": [_rounded(x, TOLD) for x in q[1]],
        "high80": [_rounded(x, TOLD) for x in q[3]],
        "low95": [_rounded(x, TOLD) for x in q[0]],
        "high95": [_rounded(x, TOLD) for x in q[4]],
        "observed": [[int(y), _rounded(x)] for y, x in o.observed],
        "method": o.method,
        "evidence": o.grade,
        "sources": list(o.sources),
        "assumptions": list(o.assumptions),
        "drivers": {"zh": o.drivers.zh, "en": o.drivers.en} if o.drivers else {},
    }


def _rounded(value: float | None, figures: int = 7) -> float | None:
    if value is None:
        return None
    value = float(value)
    if not math.isfinite(value):
        return None
    if abs(value) < NOUGHT:
        return 0.0
    return float(f"{value:.{figures}g}")
