"""Tracing: from a number in a report back to the formula, the figures it was made of, and their sources."""

from __future__ import annotations

from dataclasses import dataclass, field

from dabiao.assessment import Assessment
from planning.observations import Observation

PEOPLE = ("total_fertility_rate", "life_expectancy", "net_migration_rate", "census")

# How each reckoned indicator is made, and of what. What is not listed is forecast from its own series and its peers.
FORMULAS: dict[str, tuple[str, tuple[str, ...]]] = {
    "population": ("people(t) = people(t-1) + births - deaths + net migrants, by sex and single age", PEOPLE),
    "births": ("births = sum over ages of women (mean of both year ends) x fertility by age", PEOPLE),
    "deaths": ("deaths = people and newborns x (1 - survival ratio), by sex and age", PEOPLE),
    "births_first": ("births x share of first births", ("births", "first_births_share")),
    "births_second": ("births x share of second births", ("births", "second_births_share")),
    "births_third_plus": ("births x share of third and later births", ("births", "third_births_share")),
    "crude_birth_rate": ("1000 x births / mean population of the year", ("births", "population")),
    "crude_death_rate": ("1000 x deaths / mean population of the year", ("deaths", "population")),
    "natural_increase_rate": ("1000 x (births - deaths) / mean population", ("births", "deaths", "population")),
    "aged_60_share": ("100 x people aged 60 and over / people, at the year end", ("population",)),
    "aged_65_share": ("100 x people aged 65 and over / people, at the year end", ("population",)),
    "aged_80_share": ("100 x people aged 80 and over / people, at the year end", ("population",)),
    "children_under_3": ("people aged 0, 1 and 2 at the year end", ("population",)),
    "children_0_14": ("people aged 0 to 14 at the year end", ("population",)),
    "women_15_49": ("women aged 15 to 49 at the year end", ("population",)),
    "dependency_ratio": ("100 x (aged 0-14 + aged 65 and over) / aged 15-64", ("population",)),
    "nursery_demand": ("children under 3 x willingness to use a place", ("children_under_3",)),
    "nursery_places": ("places(t) = places(t-1) + opened + converted - closed", ("nursery_places_per_1000",)),
    "nursery_places_per_1000": ("1000 x places / residents, both at the year end", ("nursery_places", "population")),
    "nursery_places_per_100_under3": ("100 x places / children under 3", ("nursery_places", "children_under_3")),
    "gps": ("doctors(t) = doctors(t-1) + entering - leaving - retiring, by age", ("gps_per_10000",)),
    "gps_per_10000": ("10000 x doctors / residents, both at the year end", ("gps", "population")),
    "birth_registrations": ("births x observed ratio, half a year ahead", ("births",)),
}


@dataclass(frozen=True)
class Trace:
    """One number and what it was made of. year: None for the whole outlook. inputs: traces of the reckoned parts."""

    indicator: str
    name: str
    region: str
    year: int | None
    value: dict[str, float] | None
    method: str
    evidence: str
    formula: str
    figures: tuple[Observation, ...] = ()
    peers: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    inputs: tuple[Trace, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)


def trace(a: Assessment, indicator: str, year: int | None = None, lang: str = "zh") -> Trace:
    """The trace of an indicator of the assessment's region, in a year or as a whole.

    Raises NotKnown for an unknown indicator, ValueError for one that the assessment does not hold or a year it does not
    cover.
    """
    about = a.catalogue.indicator(indicator)
    return _trace(a, about.id, year, lang, ())


def _trace(a: Assessment, id: str, year: int | None, lang: str, above: tuple[str, ...]) -> Trace:
    about = a.catalogue.indicator(id)
    outlook = a.outlooks.get(id)
    rows = tuple(sorted(a.catalogue.rows(a.region, id), key=lambda o: (o.year, o.source.id)))
    if outlook is None and not rows and not above:
        reason = a.missing_reasons.get(id, "it is not among what this region's plans ask for")
        raise ValueError(f"{about.en} of {a.region.name_en} has no outlook: {reason}")
    value = None
    if outlook is not None and year is not None and year in outlook.years:
        low, mid, high = outlook.quantiles([0.1, 0.5, 0.9])[:, outlook.years.index(year)]
        value = {"low80": float(low), "median": float(mid), "high80": float(high)}
    elif outlook is not None and year is not None and not above and all(o.year != year for o in rows):
        raise ValueError(f"{about.en} is known for {outlook.years[0]}-{outlook.years[-1]}, not for {year}.")
    formula, parts = FORMULAS.get(id, ("own published values and the changes of peers, on the indicator's scale", ()))
    inputs = tuple(_trace(a, part, year, lang, (*above, id)) for part in parts if _shown(a, part, (*above, id)))
    peers: tuple[str, ...] = ()
    if not parts and outlook is not None:
        peers = tuple(a.catalogue.region(s.region).name(lang) for s in a.catalogue.peers(a.region, id))
    base = a.people.base if a.people is not None else None
    notes = base.notes.get(lang, ()) if "census" in parts and base is not None else ()
    return Trace(
        indicator=id,
        name=about.name(lang),
        region=a.region.key,
        year=year,
        value=value,
        method=outlook.method if outlook else "published",
        evidence=outlook.grade if outlook else "",
        formula=formula,
        figures=rows,
        peers=peers,
        assumptions=tuple(outlook.assumptions) if outlook is not None and not above else (),
        inputs=inputs,
        notes=tuple(notes) + (tuple(base.sources) if notes else ()),
    )


def _shown(a: Assessment, id: str, above: tuple[str, ...]) -> bool:
    return (
        id not in above and id in a.catalogue.indicators and (id in a.outlooks or bool(a.catalogue.rows(a.region, id)))
    )


def as_plain(t: Trace) -> dict:
    """The trace as plain values."""
    return {
        "indicator": t.indicator,
        "region": t.region,
        "year": t.year,
        "value": t.value,
        "method": t.method,
        "evidence": t.evidence,
        "formula": t.formula,
        "figures": [
            {
                "year": o.year,
                "value": o.value,
                "period": o.period,
                "basis": o.basis,
                "status": o.status,
                "grade": o.grade,
                "source": o.source.cited(),
                "published": o.source.published.isoformat(),
                "link": o.source.link or None,
                "note": o.note,
            }
            for o in t.figures
        ],
        "peers": list(t.peers),
        "assumptions": list(t.assumptions),
        "notes": list(t.notes),
        "inputs": [as_plain(part) for part in t.inputs],
    }
