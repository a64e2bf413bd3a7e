"""Chances from peers: will a region with one or a few published values reach a target, judged by what its peers did.

A chance and an Outlook come from one and the same distribution, so every comparison, chart and score agrees. Peers are
Series of the same indicator elsewhere; only values up to the region's own last year are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasts.lone import chance_alone
from forecasts.oriented import OrientedScale, oriented_scale
from forecasts.peer_field import PeerField, field_of, standing_in
from forecasts.peer_methods import UNTRAINED, PeerEvidence, peer_evidence
from planning.indicators import Indicator
from planning.outlooks import Outlook
from planning.series import Series

CAP_WITHOUT_PEERS = 0.66
OWN_POINTS = 8
FEWEST_PEERS = 3
FINEST_GRID = 3000
GRID = 801
COMPARISONS = ("at_least", "at_most", "between", "equal", "maintain", "improve")
ERROR = {
    "en": "Within one indicator and year all regions move together: the chance is off by .07 in the middle case and by "
    ".22 in one of ten, in the same direction for every region.",
    "zh": "同一指标、同一年份各地区往往同向变动：本概率的偏差中位数约为7个百分点，十例中有一例达22个百分点，且对各地区方向一致。",
}


@dataclass(frozen=True)
class PeerChance:
    """The chance of one target. chance: 0 to 1, what is stated; uncapped: before the cap that holds without peers.

    parts: the chance by each method. peers, windows: how many were compared with. alike, improved: the windows most like
    the region, and how many of them changed as much as is needed (empty comparisons: both 0). sentence, error: in
    Chinese ("zh") and English ("en").
    """

    chance: float
    uncapped: float
    parts: dict[str, float]
    peers: int
    windows: int
    alike: int
    improved: int
    method: str
    sentence: dict[str, str]
    error: dict[str, str]

    @property
    def capped(self) -> bool:
        return self.chance < self.uncapped


@dataclass(frozen=True)
class _Case:
    """One region at its origin: scale, peers, where it stands, and the unit its values are rounded to."""

    series: Series
    indicator: Indicator
    scale: OrientedScale
    field: PeerField | None
    own: np.ndarray
    unit: float

    @property
    def last(self) -> float:
        return self.series.values[-1]

    @property
    def origin(self) -> int:
        return self.series.years[-1]


def chance(
    series: Series,
    indicator: Indicator,
    comparison: str,
    year: int,
    peers=(),
    *,
    value: float | None = None,
    low: float | None = None,
    high: float | None = None,
    strict: bool = False,
) -> PeerChance:
    """The chance that the indicator meets a target in `year`.

    series: the region's own values, one or more. peers: Series of the same indicator in other regions.
    comparison: at_least or at_most `value`; between `low` and `high`; equal to `value` as printed; maintain (no worse
    than `value`, or than the last value) and improve (better than it). Raises ValueError for a comparison without its
    number, a year that is not ahead of the last value, an empty series, or a lone region on a plain scale with fewer
    than three values.
    """
    case = _case(series, indicator, peers)
    horizon = _horizon(case, year)
    bounds = _bounds(case, comparison, value, low, high, strict)
    evidence = _evidence(case, horizon)
    parts = {
        name: float(part[0, 0] - part[0, 1]) for name, part in _parts(case, evidence, horizon, bounds[None, :]).items()
    }
    uncapped = float(np.clip(_mixed(parts), 0.0, 1.0))
    alone = evidence is None
    alike, improved = (0, 0) if alone else _counted(evidence, bounds)
    windows = 0 if alone else len(evidence.windows)
    peers_seen = 0 if alone else np.unique(evidence.windows.peer).size
    return PeerChance(
        chance=min(uncapped, CAP_WITHOUT_PEERS) if alone else uncapped,
        uncapped=uncapped,
        parts=parts,
        peers=int(peers_seen),
        windows=windows,
        alike=alike,
        improved=improved,
        method=_method(evidence),
        sentence=_sentence(alike, improved, windows, int(peers_seen), horizon),
        error=ERROR,
    )


def outlook(series: Series, indicator: Indicator, year: int, peers=(), *, draws: int = 2000, seed: int = 0) -> Outlook:
    """The possible futures up to `year`, as paths (draw, year) from the distribution that gives the chances.

    Values are rounded as the indicator is published. Years hang together as in a random walk; in every year the paths
    have the distribution of that year. Raises ValueError as `chance` does.
    """
    case = _case(series, indicator, peers)
    last = _horizon(case, year)
    ranks = _ranks(draws, last, np.random.default_rng(seed))
    paths = np.empty((draws, last))
    evidence = None
    for horizon in range(1, last + 1):
        evidence = _evidence(case, horizon)
        paths[:, horizon - 1] = _drawn(case, evidence, horizon, ranks[:, horizon - 1])
    alone = evidence is None
    return Outlook(
        region=series.region,
        indicator=indicator.id,
        unit=indicator.unit,
        years=tuple(range(case.origin + 1, year + 1)),
        paths=paths,
        method=_method(evidence),
        grade=_grade(case, evidence),
        observed=tuple(zip(series.years, series.values, strict=True)),
        sources=series.sources,
        assumptions=(ERROR["en"],),
        drivers=_drivers(case, alone, evidence),
    )


def _case(series: Series, indicator: Indicator, peers) -> _Case:
    if not len(series):
        raise ValueError(f"{indicator.id} for {series.region} has no value: a chance needs at least one.")
    series = series.last_stretch()
    origin = series.years[-1]
    others = [p.until(origin).last_stretch() for p in peers if p.region != series.region]
    others = [p for p in others if len(p)]
    first = min([series.years[0], *(p.years[0] for p in others)])
    own = _row(series, first, origin)
    values = np.array([_row(p, first, origin) for p in others]).reshape(len(others), origin - first + 1)
    everything = np.concatenate([own, values.ravel()])
    scale = oriented_scale(_scale_name(indicator), indicator.better != "down", everything, *indicator.range)
    field = field_of(scale.forward(values)) if len(others) >= FEWEST_PEERS else None
    if field is not None and not np.isfinite(field.middle[-1]):
        field = _carried_to_origin(field)
    unit = series.precision or 10.0**-indicator.decimals
    return _Case(series, indicator, scale, field, _own(scale, own), unit)


def _row(series: Series, first: int, last: int) -> np.ndarray:
    row = np.full(last - first + 1, np.nan)
    row[np.array(series.years) - first] = series.values
    return row


def _own(scale: OrientedScale, own: np.ndarray) -> np.ndarray:
    """Own values on the scale, gaps bridged: (1, year), no more than OWN_POINTS."""
    filled = field_of(scale.forward(own)[None, :]).values
    return filled[:, -OWN_POINTS:]


def _carried_to_origin(field: PeerField) -> PeerField:
    """Peers whose last value is older than the origin stand where they last stood; no window closes there."""
    values = field.values.copy()
    for row in values:
        known = np.flatnonzero(np.isfinite(row))
        if known.size:
            row[known[-1] + 1 :] = row[known[-1]]
    latest = np.flatnonzero(np.isfinite(field.middle))[-1]
    kept = field.values.copy()
    kept[:, latest + 1 :] = values[:, latest + 1 :]
    return PeerField(kept, field.observed)


def _scale_name(indicator: Indicator) -> str:
    if indicator.scale == "logit" and indicator.unit == "percent":
        return "logit"
    return "plain" if indicator.scale == "plain" else "log"


def _horizon(case: _Case, year: int) -> int:
    if year <= case.origin:
        raise ValueError(
            f"{case.indicator.id} for {case.series.region} is already known for {case.origin}; a chance is for a later "
            f"year, but {year} was asked."
        )
    return year - case.origin


def _bounds(case: _Case, comparison: str, value, low, high, strict: bool) -> np.ndarray:
    """The changes between which the target is met, [from, below), on the oriented scale. Half a unit of rounding on
    the printed value is given; a strict target asks for the next printed value."""
    if comparison not in COMPARISONS:
        raise ValueError(f"No comparison is called {comparison!r}; known are {', '.join(COMPARISONS)}.")
    half = case.unit / 2
    better_up = case.scale.sign > 0
    if comparison in ("maintain", "improve"):
        value = case.last if value is None else value
        strict = strict or comparison == "improve"
        comparison = "at_least" if better_up else "at_most"
    if comparison == "between":
        _needs(case, comparison, low=low, high=high)
        least, most = low - half, high + half
    else:
        _needs(case, comparison, value=value)
        step = half if strict else -half
        least = {"at_least": value + step, "at_most": -np.inf, "equal": value - half}[comparison]
        most = {"at_least": np.inf, "at_most": value - step, "equal": value + half}[comparison]
    ends = [_change_to(case, least), _change_to(case, most)]
    return np.array(sorted(ends))


def _needs(case: _Case, comparison: str, **numbers):
    missing = [name for name, number in numbers.items() if number is None]
    if missing:
        raise ValueError(
            f"A target {comparison!r} for {case.indicator.id} in {case.series.region} needs {' and '.join(missing)}."
        )


def _change_to(case: _Case, value: float) -> float:
    """The change on the oriented scale from the last value to `value`; infinite outside the natural range."""
    if value > case.scale.high or value == np.inf:
        return case.scale.sign * np.inf
    if value < case.scale.low or value == -np.inf:
        return -case.scale.sign * np.inf
    return float(case.scale.forward(value)) - float(case.own[0, -1])


def _evidence(case: _Case, horizon: int) -> PeerEvidence | None:
    if case.field is None:
        return None
    points = case.own.shape[1]
    return peer_evidence(case.field, standing_in(case.field, case.own, points), horizon, points)


def _parts(case: _Case, evidence: PeerEvidence | None, horizon: int, needed: np.ndarray) -> dict[str, np.ndarray]:
    """Chance of at least the needed change by each method: needed (1, target), infinities allowed."""
    finite = np.where(np.isfinite(needed), needed, 0.0)
    if evidence is None:
        parts = {"alone": chance_alone(case.scale, case.own, finite, horizon)}
    else:
        parts = evidence.chances(finite)
    sure = np.where(needed == np.inf, 0.0, 1.0)
    return {name: np.where(np.isfinite(needed), part, sure) for name, part in parts.items()}


def _mixed(parts: dict):
    """The mean of the methods: of each one's chance, whatever shape it has."""
    names = [name for name in UNTRAINED if name in parts] or list(parts)
    return sum(parts[name] for name in names) / len(names)


def _counted(evidence: PeerEvidence, bounds: np.ndarray) -> tuple[int, int]:
    alike = evidence.alike[0] > 0
    enough = (evidence.as_was >= bounds[0] - 1e-9) & (evidence.as_was < bounds[1] - 1e-9)
    return int(alike.sum()), int((alike & enough).sum())


def _drawn(case: _Case, evidence: PeerEvidence | None, horizon: int, ranks: np.ndarray) -> np.ndarray:
    """Values of one year at the given ranks, 0 worst to 1 best: (draw,), in the unit, rounded as published."""
    candidates = _candidates(case, evidence, horizon)
    edge = candidates - case.scale.sign * case.unit / 2
    inside = np.clip(edge, case.scale.low, case.scale.high)
    needed = case.scale.forward(inside) - case.own[0, -1]
    reach = np.minimum.accumulate(_mixed(_parts(case, evidence, horizon, needed[None, :]))[0])
    below = 1.0 - reach
    below[0] = 0.0
    return candidates[np.searchsorted(below, ranks, side="right") - 1]


def _candidates(case: _Case, evidence: PeerEvidence | None, horizon: int) -> np.ndarray:
    """The values a year can take, from worst to best: every printable one where there are not too many."""
    spread = np.sqrt(horizon) * (0.3 if evidence is None else case.field.yearly_spread)
    reach = 40 * spread + (0.0 if evidence is None else np.abs(evidence.as_was).max())
    ends = case.scale.inverse(case.own[0, -1] + np.array([-reach, reach]))
    low, high = np.sort(np.round(ends / case.unit)) * case.unit
    count = int(round((high - low) / case.unit)) + 1
    if count <= FINEST_GRID:
        values = low + case.unit * np.arange(count)
    else:
        middle = case.own[0, -1]
        steps = np.sinh(np.linspace(-8, 8, GRID)) / np.sinh(8) * reach
        values = np.unique(np.round(case.scale.inverse(middle + steps) / case.unit) * case.unit)
    values = np.round(np.clip(values, case.scale.low, case.scale.high), 12)
    return values if case.scale.sign > 0 else values[::-1]


def _ranks(draws: int, years: int, rng: np.random.Generator) -> np.ndarray:
    """Ranks of coherent futures: (draw, year), evenly spread in the last year, tied to it as a random walk is."""
    from scipy.stats import norm

    end = norm.ppf((rng.permutation(draws) + 0.5) / draws) * np.sqrt(years)
    walk = np.cumsum(rng.standard_normal((draws, years)), axis=1)
    steps = np.arange(1, years + 1)
    bridge = walk - steps / years * walk[:, -1:] + steps / years * end[:, None]
    return norm.cdf(bridge / np.sqrt(steps))


def _method(evidence: PeerEvidence | None) -> str:
    return "own points only" if evidence is None else "peers: " + ", ".join(UNTRAINED).replace("_", " ")


def _grade(case: _Case, evidence: PeerEvidence | None) -> str:
    """B with three own points and ten peers; C with one of the two; D with neither."""
    points = len(case.series)
    peers = 0 if evidence is None else np.unique(evidence.windows.peer).size
    earned = "DCB"[(points >= 3) + (peers >= 10)]
    return max(earned, case.series.grade)


def _sentence(alike: int, improved: int, windows: int, peers: int, horizon: int) -> dict[str, str]:
    if not windows:
        return {
            "en": "No peers: the chance rests on the region's own values and on how much such figures usually move.",
            "zh": "无可比地区：概率仅依据本地区自身数据及同类指标的一般波动。",
        }
    return {
        "en": f"Of {alike:,} comparable windows of about {horizon} years ({peers:,} peers, the most alike of "
        f"{windows:,}), {improved:,} changed this much.",
        "zh": f"在{peers:,}个可比地区约{horizon}年的{alike:,}个相似时段中（从{windows:,}个时段中选出），有{improved:,}个达到所需变化。",
    }


def _drivers(case: _Case, alone: bool, evidence: PeerEvidence | None) -> dict[str, str]:
    if alone:
        return {
            "en": f"Only the region's own {len(case.series)} values are known; the width is the usual movement of such figures.",
            "zh": f"仅有本地区{len(case.series)}个数据点；区间宽度为同类指标的一般波动。",
        }
    peers = np.unique(evidence.windows.peer).size
    return {
        "en": f"What {peers:,} peers did from a like position in {len(evidence.windows):,} windows; the region's own "
        f"{len(case.series)} values say which windows are alike.",
        "zh": f"依据{peers:,}个可比地区在相近起点上的{len(evidence.windows):,}个时段的实际变化；本地区{len(case.series)}个数据用于选取相似时段。",
    }
