"""The profile of a place: households, schooling, urban residence and work in health at its censuses, as one table."""

from __future__ import annotations

from dabiao.assessment import Assessment
from reports.blocks import Part
from reports.messages import message
from reports.messages.wording import figure

# In the order of the table. Regions with none of the first two have no profile: of them only totals are published.
PROFILE = (
    "one_person_household_share",
    "three_generation_household_share",
    "households_with_aged_65_share",
    "mean_household_size",
    "urbanisation_rate",
    "mean_years_of_schooling",
    "tertiary_education_share",
    "illiteracy_15plus_rate",
    "health_social_work_employment_share",
)


def census_profile(a: Assessment, lang: str) -> list[Part]:
    """The table of what the censuses say of a place beside its ages; no part where they were not brought."""
    found = {
        (o.indicator, o.year): o
        for o in a.catalogue.observations
        if o.region == a.region.code and o.edition == a.region.boundary.edition and o.period == "census_day"
        and o.indicator in PROFILE
    }  # fmt: skip
    if not any(id in PROFILE[:2] for id, _ in found):
        return []
    years = sorted({year for _, year in found})
    rows = []
    for id in PROFILE:
        about = a.catalogue.indicator(id)
        values = [found.get((id, year)) for year in years]
        if any(values):
            rows.append([about.name(lang), *(figure(o.value, about, lang) if o else "—" for o in values)])
    sources = ("；" if lang == "zh" else "; ").join(dict.fromkeys(o.source.cited() for o in found.values()))
    headings = [message("heading_indicator", lang), *(message("census_of", lang, year=year) for year in years)]
    title = message("census_profile", lang)
    return [
        Part(title=title, headings=headings, rows=rows, caption=message("source", lang, sources=sources), folded=True)
    ]
