"""What a desk offers to choose from: regions and goals, each as it is shown and what it stands for."""

from __future__ import annotations

from dabiao.people import has_base
from dabiao.region_data import CENSUS_YEARS
from dabiao.region_model import RegionModel
from planner.draft import OWN, movable_indicators
from planner.scenario_view import goal_in_words
from planning.regions import Region
from planning.targets import Target
from reports.messages import message, wording


def regions_shown(bench: RegionModel, lang: str) -> list[tuple[str, str]]:
    """The regions with targets first, then every other whose people can be projected: name, and key."""
    catalogue = bench.catalogue
    today = [r for r in catalogue.regions if not r.boundary.end and r.level != "area"]
    with_targets = {catalogue.region(t.key).key for t in catalogue.targets} | {bench.region.key}
    first = [r for r in today if r.key in with_targets]
    rest = [r for r in today if r.key not in with_targets and any(has_base(catalogue, r, y) for y in CENSUS_YEARS)]
    last = [bench.region] if bench.region not in today else []
    return [(region_label(r, bench, lang), r.key) for r in (*first, *rest, *last)]


def region_label(region: Region, bench: RegionModel, lang: str) -> str:
    """A region's name with that of the one above it."""
    above = bench.catalogue.ancestors(region)
    return region.name(lang) + (f" · {above[0].name(lang)}" if above and region.level != "province" else "")


def goals_shown(bench: RegionModel, target: Target, about: str, lang: str) -> list[tuple[str, str]]:
    """The targets ahead, then goals of one's own for what levers move: words, and key. about: one indicator alone."""
    ahead = [(goal_in_words(bench, t, lang), t.id) for t in bench.targets_ahead()]
    ids = [about] if about else list(movable_indicators(bench))
    if goal_key(target) not in {key for _, key in ahead}:
        ids.append(target.indicator)
    own = [
        (message("own_goal", lang, indicator=bench.catalogue.indicator(i).name(lang)), f"{OWN}.{i}")
        for i in dict.fromkeys(ids)
    ]
    return [*ahead, *own]


def goal_key(target: Target) -> str:
    """The value of a target in the list of goals: its id, or `own.` and the indicator."""
    return f"{OWN}.{target.indicator}" if target.document.id == OWN else target.id


def own_indicators(bench: RegionModel, lang: str) -> list[tuple[str, str]]:
    """The indicators that an own figure can be given of: those of the region's targets ahead, then those that levers move."""
    catalogue = bench.catalogue
    keys = (bench.region.key, bench.region.code)
    asked = [t.indicator for t in bench.targets if t.key in keys and t.numeric and not t.past(bench.as_of)]
    ids = dict.fromkeys([*asked, *movable_indicators(bench)])
    named = [catalogue.indicator(id) for id in ids if catalogue.indicator(id).family != "not_quantitative"]
    return [(f"{about.name(lang)} ({wording.axis_unit(about, lang)})", about.id) for about in named]
