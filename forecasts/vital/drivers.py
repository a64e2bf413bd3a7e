"""The drivers of a population's future: fertility, mortality and migration of one area, as Outlooks with draws.

An area is looked at beside its parent: `drivers` for the nation first, then with `parent=` for a province, its city,
its district. Draw 17 of the district belongs to draw 17 of its city; with the same seed and number of draws the paths
are the same whatever else was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np

from forecasts import declared_effects
from forecasts.grades import vital_grade
from forecasts.vital import births as birth_orders
from forecasts.vital import fertility, migration, mortality
from planning.bilingual import Bilingual
from planning.methods import Method
from planning.outlooks import Outlook
from planning.series import Series

LEVELS = ("nation", "province", "city", "district")


@dataclass(frozen=True)
class VitalStatistics:
    """What is known of one area's births, deaths and moves; plain values, everything optional.

    births: persons by year, resident. exposed: by year, the births there would be at a total fertility of one
    (`fertility.exposed`). natural: rate of natural increase, per mille by year. life_expectancy: years by year;
    sex_gap: women's lead over men, years. order_shares: (first, second, third and later) by year. child_gap: log of
    children per woman over the parent's, from a census. net_migration: per mille by year, where known directly;
    start_migration: mean and sd of the present rate where no year is known (from two censuses, for instance);
    migration_gap: expected gap to the parent's rate where neither is (`migration.expected_gap`). marriages: registrations by
    year, used at the top of the tree only.
    """

    births: dict[int, float] = field(default_factory=dict)
    exposed: dict[int, float] = field(default_factory=dict)
    population: Series | None = None
    natural: dict[int, float] = field(default_factory=dict)
    life_expectancy: dict[int, float] = field(default_factory=dict)
    sex_gap: float | None = None
    order_shares: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    child_gap: float | None = None
    net_migration: dict[int, float] = field(default_factory=dict)
    start_migration: tuple[float, float] | None = None
    migration_gap: float = 0.0
    marriages: dict[int, float] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drivers:
    """Outlooks of all that moves the people of one area; every paths array is (draw, year) over the same years.

    total_fertility: children a woman. life_expectancy_male, _female: years. net_migration: per 1,000 residents.
    census_corrections: (draw, year), per 1,000 residents, what a census ahead changes of published totals; no moves.
    births_first, _second, _third: shares of births, percent. explanation: sentences in Chinese ("zh") and English ("en").
    """

    region: str
    level: str
    years: tuple[int, ...]
    total_fertility: Outlook
    life_expectancy: Outlook
    life_expectancy_male: Outlook
    life_expectancy_female: Outlook
    net_migration: Outlook
    census_corrections: np.ndarray
    births_first: Outlook
    births_second: Outlook
    births_third: Outlook
    explanation: dict[str, tuple[str, ...]]
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]

    def order_shares(self) -> np.ndarray:
        """Shares by birth order: (draw, year, order), adding up to one."""
        return np.stack([o.paths for o in (self.births_first, self.births_second, self.births_third)], axis=-1) / 100

    def outlooks(self) -> tuple[Outlook, ...]:
        """All drivers, in one row."""
        return (
            self.total_fertility,
            self.life_expectancy,
            self.life_expectancy_male,
            self.life_expectancy_female,
            self.net_migration,
            self.births_first,
            self.births_second,
            self.births_third,
        )


def drivers(
    region: str,
    level: str,
    years: Sequence[int],
    record: VitalStatistics,
    *,
    parent: Drivers | None = None,
    draws: int = 500,
    seed: int = 0,
    as_of: date | None = None,
) -> Drivers:
    """The Drivers of one area over consecutive `years`, from the year after its base population to the horizon.

    level: nation, province, city or district. parent: the Drivers of the area above over the same years and draws;
    only the nation has none. as_of: what is declared about single years is used only where it was known by then; the
    record must hold nothing later. Raises ValueError where years or draws differ from the parent's, or where there is
    neither a figure nor a parent to lean on.
    """
    years = tuple(int(y) for y in years)
    _check(region, level, years, draws, parent)
    known_fertility = fertility.observed(record.births, record.exposed)
    known_moves = {**migration.observed(record.population, record.natural), **record.net_migration}
    ways = _paths(region, level, years, record, known_fertility, known_moves, parent, draws, seed, as_of)
    male, female = mortality.by_sex(ways.life_expectancy, ways.sex_gap)
    explanation = _explain(level, years, record, known_fertility, known_moves, as_of)
    assumptions = _assumptions(parent, known_fertility, known_moves, record)

    def outlook(indicator: str, unit: str, paths: np.ndarray, known: Mapping[int, float], method: str) -> Outlook:
        return Outlook(
            region,
            indicator,
            unit,
            years,
            paths,
            method,
            vital_grade(list(known), years[0]),
            tuple(sorted(known.items())),
            record.sources,
            assumptions,
            Bilingual(*(" ".join(explanation[lang]) for lang in ("zh", "en"))),
        )

    shared = "own gap beside the parent" if parent is not None else "damped pace"
    percent = {y: tuple(100 * s / sum(v) for s in v) for y, v in record.order_shares.items()}
    first, second, third = (
        outlook(
            f"births_{name}_share",
            "percent",
            100 * ways.shares[..., i],
            {y: v[i] for y, v in percent.items()},
            f"log-ratio walk, {shared}",
        )
        for i, name in enumerate(birth_orders.ORDERS)
    )
    return Drivers(
        region,
        level,
        years,
        outlook(
            "total_fertility_rate",
            "ratio",
            np.exp(ways.log_fertility),
            known_fertility,
            Method.FERTILITY.named(f"log walk, {shared}"),
        ),
        outlook(
            "life_expectancy",
            "years",
            ways.life_expectancy,
            record.life_expectancy,
            Method.LIFE_EXPECTANCY.named(f"gain, {shared}"),
        ),
        outlook("life_expectancy_male", "years", male, {}, Method.LIFE_EXPECTANCY.named(f"gain, {shared}, sex gap")),
        outlook(
            "life_expectancy_female", "years", female, {}, Method.LIFE_EXPECTANCY.named(f"gain, {shared}, sex gap")
        ),
        outlook("net_migration_rate", "per_1000", ways.moves, known_moves, f"fading rate, {shared}"),
        ways.corrections,
        first,
        second,
        third,
        explanation,
        record.sources,
        assumptions,
    )


class _Paths(NamedTuple):
    """Of one area, (draw, year): log total fertility, both sexes' life expectancy, net migration rates, corrections by
    censuses; (draw,): the gap between the sexes; (draw, year, order): shares of births."""

    log_fertility: np.ndarray
    life_expectancy: np.ndarray
    sex_gap: np.ndarray
    moves: np.ndarray
    corrections: np.ndarray
    shares: np.ndarray


def _paths(
    region: str,
    level: str,
    years: Sequence[int],
    record: VitalStatistics,
    known_fertility: dict[int, float],
    known_moves: dict[int, float],
    parent: Drivers | None,
    draws: int,
    seed: int,
    as_of: date | None,
) -> _Paths:
    if parent is None:
        log_fertility = fertility.nation_paths(known_fertility, years, draws, seed, region, as_of, record.marriages)
        both = mortality.nation_paths(record.life_expectancy, years, draws, seed, region, as_of)
        parent_gap = parent_moves = parent_corrections = parent_shares = None
    else:
        log_fertility = fertility.area_paths(
            known_fertility,
            _known(parent.total_fertility),
            np.log(parent.total_fertility.paths),
            years,
            level,
            draws,
            seed,
            region,
            record.child_gap,
        )
        both = mortality.area_paths(
            record.life_expectancy,
            _known(parent.life_expectancy),
            parent.life_expectancy.paths,
            years,
            level,
            draws,
            seed,
            region,
        )
        parent_gap = (parent.life_expectancy_female.paths - parent.life_expectancy_male.paths)[:, 0]
        parent_moves, parent_corrections = parent.net_migration.paths, parent.census_corrections
        parent_shares = parent.order_shares()
    about = (years, level, draws, seed, region)
    return _Paths(
        log_fertility,
        both,
        mortality.sex_gaps(record.sex_gap, parent_gap, draws, seed, region),
        migration.area_paths(known_moves, *about, parent_moves, record.start_migration, record.migration_gap),
        migration.corrections(known_moves, *about, parent_corrections),
        birth_orders.order_shares(record.order_shares, years, draws, seed, region, parent_shares),
    )


def _check(region: str, level: str, years: Sequence[int], draws: int, parent: Drivers | None) -> None:
    if level not in LEVELS:
        raise ValueError(f"{region}: level {level!r} is not one of {', '.join(LEVELS)}.")
    if list(years) != list(range(years[0], years[-1] + 1)):
        raise ValueError(f"{region}: years must follow one another, found {years}.")
    if parent is not None and (parent.years != years or parent.total_fertility.draws != draws):
        raise ValueError(
            f"{region}: {draws} draws over {years[0]}-{years[-1]} were asked for, but its parent {parent.region} has "
            f"{parent.total_fertility.draws} over {parent.years[0]}-{parent.years[-1]}. Ask for both alike."
        )


def _known(outlook: Outlook) -> dict[int, float]:
    return dict(outlook.observed)


def _explain(
    level: str,
    years: Sequence[int],
    record: VitalStatistics,
    known_fertility: Mapping[int, float],
    known_moves: Mapping[int, float],
    as_of: date | None,
) -> dict[str, tuple[str, ...]]:
    en, zh = [], []
    if known_fertility:
        last = max(known_fertility)
        en.append(f"Fertility of {known_fertility[last]:.2f} children a woman in {last}, from births and women by age.")
        zh.append(f"{last}年总和生育率{known_fertility[last]:.2f}，由出生数与分年龄女性人口推算。")
    elif record.child_gap is not None:
        en.append(
            f"Fertility {np.exp(record.child_gap):.2f} times the parent's, from the children counted in the census."
        )
        zh.append(f"生育水平为上级地区的{np.exp(record.child_gap):.2f}倍，由普查儿童与女性人口推算。")
    else:
        en.append("Fertility as the parent's, with a wide gap: no local births are published.")
        zh.append("本地无出生数，生育水平参照上级地区，区间较宽。")
    if record.life_expectancy:
        last = max(record.life_expectancy)
        en.append(f"Life expectancy of {record.life_expectancy[last]:.1f} years in {last}.")
        zh.append(f"{last}年人均预期寿命{record.life_expectancy[last]:.1f}岁。")
    if known_moves:
        last = max(known_moves)
        en.append(f"Net migration of {known_moves[last]:+.1f} per 1,000 in {last}: growth less natural increase.")
        zh.append(f"{last}年净迁移率{known_moves[last]:+.1f}‰，为人口增长减自然增长。")
    for effect in declared_effects.in_years("fertility", years, as_of) + declared_effects.in_years(
        "life_expectancy", years, as_of
    ):
        unit_en, unit_zh = (f"{effect.mean:+.0%}", f"{effect.mean:+.0%}")
        if effect.driver == "life_expectancy":
            unit_en, unit_zh = f"{effect.mean:+.1f} years", f"{effect.mean:+.1f}岁"
        en.append(f"Declared, not a trend: {effect.en} ({unit_en}).")
        zh.append(f"已声明、不作趋势：{effect.zh}（{unit_zh}）。")
    return {"zh": tuple(zh), "en": tuple(en)}


def _assumptions(
    parent: Drivers | None,
    known_fertility: Mapping[int, float],
    known_moves: Mapping[int, float],
    record: VitalStatistics,
) -> tuple[str, ...]:
    stated = [
        Bilingual(
            "生育：近年变化的速度每年衰减五分之一；某年 6% 的意外有三分之一延续到次年",
            "Fertility: the recent pace fades by a fifth a year; a year's surprise of 6 % carries on by a third.",
        )
    ]
    if parent is not None:
        stated.append(
            Bilingual(
                "与上级地区的差距随机游走、不回归；上级地区的冲击全部传到本地",
                "Gaps to the parent wander without returning; shocks of the parent reach the area in full.",
            )
        )
    if not known_fertility:
        stated.append(
            Bilingual(
                "无本地出生数：生育水平取上级地区乘以普查儿童与妇女之比",
                "No local births: the level of fertility is the parent's times the census's child-woman ratio.",
            )
        )
    if not record.life_expectancy:
        stated.append(
            Bilingual(
                "无本地期望寿命：取上级地区，加邻近地区间通常的差异",
                "No local life expectancy: the parent's, with the spread usual between neighbours.",
            )
        )
    if not known_moves:
        stated.append(
            Bilingual(
                "无逐年净迁移：与上级地区的差距取自两次普查，或按类别与20-34岁比重估计，区间较宽",
                "No yearly net migration: its gap to the parent's is read from two censuses, else expected from the kind of place "
                "and its share aged 20-34, with a wide interval.",
            )
        )
    stated.append(
        Bilingual(
            "净迁移率每年衰减 8%；上级地区的意外有九成传到本地；下一次普查会修正此前公布的总数",
            "Net migration fades by 8 % a year; nine tenths of a parent's surprise reach the area; the next census will "
            "correct the totals published before it.",
        )
    )
    stated.append(Bilingual("此后不再有疫情冲击，也无新的生育政策", "No further epidemic; no new birth policy."))
    return tuple(stated)
