"""The outlook of one indicator of one region: from the tree of regions, or as a delivery that goes on. The one entry.

rate, share, index in the tree    own figures, siblings, city, province and nation together (`forecasts.nested`)
count under somebody's hand       the count to date and its pace (`forecasts.delivery`)
nothing known of the indicator    no outlook: which figure to bring
"""

from __future__ import annotations

import numpy as np

from forecasts import delivery, nested
from forecasts.nested.china import path_of
from forecasts.nested.counts import counted_draws
from forecasts.nested.grade import Evidence
from forecasts.nested.measurements import Path
from forecasts.nested.prior import ends_for
from forecasts.series_forecast import forecast_series
from forecasts.trees import BIRTHS_PER, Tree, tree_of
from planning.bilingual import Bilingual
from planning.catalogue import Catalogue
from planning.indicators import Indicator
from planning.methods import Method
from planning.outlooks import EvidenceShare, Outlook
from planning.randomness import generator
from planning.regions import Region
from planning.series import Series, values

NATION = "000000"
TOLD_SHARES = 6  # areas whose share in the level is kept on an outlook
FARTHEST = 15  # years that an outlook may reach beyond the newest figure in the tree


def forecast(
    catalogue: Catalogue,
    region: Region,
    id: str,
    to: int,
    draws: int,
    seed: int,
    births: Outlook | None = None,
    since: int | None = None,
) -> tuple[Outlook | None, str | Bilingual]:
    """The outlook of an indicator to the year `to`, or None and the reason.

    births: of the region; a rate of rare events per births is then counted. since: the year end at which a count of
    deliveries stood at nought, for one that is known once.

    >>> from planning.loading.folder import load_catalogue
    >>> china = load_catalogue()
    >>> outlook, _ = forecast(china, china.find("温州市"), "nursery_places_per_1000", 2027, 100, 0)
    >>> outlook.years[-1], outlook.paths.shape[0]
    (2027, 100)
    """
    about = catalogue.indicator(id)
    if about.family == "not_quantitative":
        return None, Bilingual("没有可计量的数值", "not quantitative")
    own = own_series(catalogue, region, about)
    if own is not None and own.years[-1] >= to:
        return None, Bilingual(f"已公布至 {own.years[-1]} 年", f"published to {own.years[-1]} already")
    if about.kind in ("count", "cumulative") or about.unit == "flag":
        if own is None:
            return None, Bilingual(f"未公布{about.zh}的进展", f"nothing is published of the progress of {about.en}")
        return delivered(own, about, region, to, draws, seed, since), ""
    path = path_of(catalogue, region)
    tree = tree_of(catalogue, id, to, region.fictional) if path is not None else None
    if tree is None or path is None:
        if own is not None:
            return forecast_series(own, about, to, draws=draws, seed=seed), ""
        return None, Bilingual(f"任何地区均未公布{about.zh}", f"no value of {about.en} is published for any region")
    return of_tree(catalogue, tree, region, path, own, to, draws, seed, births), ""


def own_series(catalogue: Catalogue, region: Region, about: Indicator) -> Series | None:
    """What is published of the region itself: on the indicator's basis, else of its registered population."""
    own = catalogue.series(region, about.id)
    if own is None and about.basis == "resident" and about.kind in ("index", "rate", "share"):
        own = catalogue.series(region, about.id, "registered")
    return own


def of_tree(
    catalogue: Catalogue,
    tree: Tree,
    region: Region,
    path: Path,
    own: Series | None,
    to: int,
    draws: int,
    seed: int,
    births: Outlook | None,
) -> Outlook:
    """The outlook of a rate, share or index from everything that is published of it in the tree."""
    about, model = tree.about, tree.model
    day = catalogue.as_of or catalogue.newest_publication
    first = own.years[-1] + 1 if own is not None else min(model.last + 1, day.year - 1)
    years = tuple(range(max(first, model.parts[0].parts.years[0]), to + 1))
    paths = np.array(nested.draws(model, [path], years, draws, seed)[path])
    per = BIRTHS_PER.get(about.unit)
    if per is not None and births is not None:
        shared = [y for y in years if y in births.years]
        columns = [years.index(y) for y in shared]
        exposure = np.stack([births.at(y) for y in shared], axis=1)
        rng = generator(seed, region, f"{about.id} counted")
        paths[:, columns] = counted_draws(paths[:, columns], exposure, per, rng)
    found = nested.evidence(model, path, min(max(to, years[0]), years[-1]))
    notes, drivers = _told(catalogue, tree, region, found, own)
    grade = (
        found.grade
        if own is None or own.basis in (about.basis, "unstated") or about.basis == "either"
        else max(found.grade, "C")
    )
    return Outlook(
        region=region.key,
        indicator=about.id,
        unit=about.unit,
        years=years,
        paths=np.clip(paths, *about.range),
        method=Method.TREE.named(),
        grade=grade,
        observed=tuple(zip(own.years, own.values, strict=True)) if own is not None else (),
        sources=_sources(catalogue, about, found, own),
        assumptions=notes,
        drivers=drivers,
        evidence=_shares(catalogue, found),
        calibration=ends_for(model.constants, model.family, 1) or ((), ()),
    )


def delivered(
    own: Series, about: Indicator, region: Region, to: int, draws: int, seed: int, since: int | None
) -> Outlook:
    """The outlook of a count under somebody's hand: the count to date, carried on at its own pace."""
    rng = generator(seed, region, about.id)
    known = values(own)
    steady = all(b >= a for a, b in zip(own.values, own.values[1:], strict=False))
    start = min(since if since is not None else own.years[0] - 1, own.years[0] - 1)
    if about.unit == "flag":
        paths = np.tile(np.array([own.values[-1]]), (draws, to - own.years[-1]))
        years = tuple(range(own.years[-1] + 1, to + 1))
    elif since is None or not steady:
        years, paths = delivery.yearly(known, to, draws, rng)
    else:
        years, paths = delivery.cumulative(known, start, to, draws, rng)
    low, high = about.range
    note = Bilingual(
        "按已完成数量与自身进度外推；年度间差异约三分之一，计划后期略快于前期（判断）",
        "carried on from the count to date at its own pace; years differ by about a third, and the later years of a plan deliver "
        "somewhat more (judged)",
    )
    return Outlook(
        region=region.key, indicator=about.id, unit=about.unit, years=years, paths=np.clip(paths, low, high),
        method=Method.ARRIVALS.named(), grade="B" if len(own) >= 3 else "C",
        observed=tuple(zip(own.years, own.values, strict=True)), sources=own.sources, assumptions=(note,),
        drivers=note,
    )  # fmt: skip


def _shares(catalogue: Catalogue, found: Evidence) -> tuple[EvidenceShare, ...]:
    shares = []
    for path, (share, year) in list(found.areas.items())[:TOLD_SHARES]:
        named = [key for key in path if key is not None]
        shares.append(EvidenceShare(named[-1] if named else NATION, share, year))
    return tuple(shares)


def _sources(catalogue: Catalogue, about: Indicator, found: Evidence, own: Series | None) -> tuple[str, ...]:
    heard = list(own.sources) if own is not None else []
    for share in _shares(catalogue, found)[:3]:
        series = catalogue.series(catalogue.region(share.area), about.id)
        heard += list(series.sources[-1:]) if series is not None else []
    return tuple(dict.fromkeys(heard))


def _told(
    catalogue: Catalogue, tree: Tree, region: Region, found: Evidence, own: Series | None
) -> tuple[tuple[str, ...], Bilingual]:
    """The assumptions, and one sentence in Chinese and English on whose figures speak and how much."""
    about = tree.about
    shares = [s for s in _shares(catalogue, found) if s.share >= 0.05][:4] or list(_shares(catalogue, found))[:1]
    names = [catalogue.region(s.area) for s in shares]
    zh = "、".join(f"{n.name('zh')}{s.year}年 {s.share:.0%}" for n, s in zip(names, shares, strict=True))
    en = ", ".join(f"{n.name('en')} {s.year} {s.share:.0%}" for n, s in zip(names, shares, strict=True))
    drivers = Bilingual(f"依据各地最新公布数，权重为：{zh}。", f"It leans on the figures of: {en}.")
    notes = []
    if own is not None and own.basis == "registered" and about.basis == "resident":
        notes.append(
            Bilingual(
                f"{about.zh}只公布了户籍口径，以其代替",
                f"{about.en} is published for the registered population only, which stands in for residents",
            )
        )
    if tree.promises:
        notes.append(
            Bilingual(
                f"另有 {tree.promises} 个已公布目标作为水平的旁证",
                f"{tree.promises} printed targets are evidence of the levels they were set from",
            )
        )
    for m, _ in tree.model.outliers():
        if m.path == path_of(catalogue, region) or m.path == ():
            notes.append(
                Bilingual(
                    f"{m.year} 年的 {m.value:g} 与其他数值不一致，已降低权重",
                    f"the figure {m.value:g} of {m.year} is out of line with the rest and counts for less",
                )
            )
    return tuple(notes), drivers
