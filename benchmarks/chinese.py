"""Back-test the forecasts on published Chinese figures: provinces, cities, districts and the nation.

    python benchmarks/chinese.py [--data DIR] [--indicators a,b,c] [--draws 1000] [--json]

Every series of the data folder with three years or more is cut at each year in turn; the default forecast sees it and
its peers up to that year only, with the nation (or province) as parent, and is scored one to five years ahead. Figures
later revised are used as they stand now. Years behind a declared break are not scored; declared shock years are scored
apart. The constants were learned on other countries' indicators, so nothing here has been seen before.
"""
# ruff: noqa: E402 - a script beside this one bears the name of our package, so the path is mended before the imports

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.peer_models import half_drift_model
from forecasts.series_forecast import forecast_series
from forecasts.training import scores
from planning.catalogue import Catalogue
from planning.errors import NotKnown
from planning.loading.folder import load_catalogue
from planning.series import Series

HORIZON = 5
FEWEST_YEARS = 3  # published years from which a series can be cut and scored
FEWEST_CASES = 30  # forecasts below which an indicator is shown but does not count in the mean
METHODS = {"default": None, "half-drift": half_drift_model}
LENGTHS = ((1, 1), (2, 4), (5, 7), (8, 99))
FACTORS = ((-1.0, False), (-0.5, False), (0.25, True), (0.5, True), (1.0, True))


@dataclass(frozen=True)
class Case:
    """One forecast of one value. scores: scores.MEASURES. chances, outcome: of five pseudo-targets."""

    method: str
    indicator: str
    level: str
    points: int
    origin: int
    ahead: int
    shock: bool
    scores: np.ndarray
    chances: np.ndarray
    outcome: np.ndarray


def truths(series: Series, origin: int) -> list[tuple[int, float]]:
    """Published values one to five years after the origin that chain with it."""
    limit = min((b for b in series.breaks if b > origin), default=9999)
    return [
        (year, value)
        for year, value in zip(series.years, series.values, strict=True)
        if origin < year <= origin + HORIZON and year < limit
    ]


def yearly_change(series: Series) -> float:
    """Mean absolute change a year over the whole series, none across a break."""
    steps = [
        abs(b - a) / (later - earlier)
        for a, b, earlier, later in zip(series.values, series.values[1:], series.years, series.years[1:], strict=False)
        if not any(earlier < cut <= later for cut in series.breaks)
    ]
    return float(np.mean(steps)) if steps else 0.0


def cases_of(catalogue: Catalogue, indicator: str, draws: int) -> list[Case]:
    """Every forecast that can be scored for one indicator."""
    about = catalogue.indicator(indicator)
    everyone = {series.region: series for series in catalogue.all_series(indicator)}
    found = []
    for key, series in everyone.items():
        size = yearly_change(series)
        if len(series) < FEWEST_YEARS or size == 0:
            continue
        region = catalogue.region(key)
        above = [everyone[a.key] for a in catalogue.ancestors(region) if a.key in everyone]
        alike = [s for k, s in everyone.items() if k != key and catalogue.region(k).level == region.level]
        for origin in series.years[:-1]:
            later = truths(series, origin)
            if not later:
                continue
            seen = series.until(origin)
            peers = [cut for s in alike if len(cut := s.until(origin))]
            parent = next((cut for s in above if len(cut := s.until(origin))), None)
            for method, model in METHODS.items():
                outlook = forecast_series(
                    seen, about, later[-1][0], peers=peers, parent=parent, draws=draws, model=model
                )
                found += [
                    scored(method, series, region.level, seen, size, outlook.at(year), year, value)
                    for year, value in later
                ]
    return found


def scored(method: str, series: Series, level: str, seen: Series, size: float, paths, year: int, value: float) -> Case:
    """Score the draws of one year against what was published."""
    quantiles = np.quantile(paths, scores.LEVELS)
    ahead = year - seen.years[-1]
    chances, outcome = [], []
    for factor, at_least in FACTORS:
        target = seen.values[-1] + factor * size * ahead / 2
        chances.append((paths >= target).mean() if at_least else (paths <= target).mean())
        outcome.append(float(value >= target if at_least else value <= target))
    measured = scores.score(quantiles[None, None], np.array([[value]]), np.array([size]))[0]
    return Case(method, series.indicator, level, len(seen.last_stretch()), seen.years[-1], ahead,
                year in series.shocks, measured, np.array(chances), np.array(outcome))  # fmt: skip


def summary(cases: list[Case]) -> dict:
    """Mean measures of some cases, with Brier and calibration error."""
    chances = np.concatenate([case.chances for case in cases])
    outcome = np.concatenate([case.outcome for case in cases])
    means = dict(zip(scores.MEASURES, np.mean([case.scores for case in cases], axis=0).tolist(), strict=True))
    means["Brier"] = float(scores.brier(chances, outcome).mean())
    means["calibration"] = scores.calibration_error(chances, outcome)
    return {name: round(value, 3) for name, value in means.items()} | {"cases": len(cases)}


def grouped(cases: list[Case], by) -> list[dict]:
    """Summaries by some key of the cases, for each method."""
    groups: dict[tuple, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.method, by(case)].append(case)
    return [
        {"method": method, "group": key} | summary(group)
        for (method, key), group in sorted(groups.items(), key=lambda item: (str(item[0][1]), item[0][0]))
    ]


def length_of(case: Case) -> str:
    low, high = next(pair for pair in LENGTHS if pair[0] <= case.points <= pair[1])
    return f"{low} point" if low == high else f"{low}-{high} points" if high < 99 else f"{low} points or more"


def run(overlay: str | None, wanted: list[str] | None, draws: int) -> dict:
    """Score every indicator of the data folder, or those wanted: the object that --json prints."""
    catalogue = load_catalogue(overlay)
    chosen = [catalogue.indicator(name) for name in wanted or sorted(catalogue.indicators)]
    cases = [
        case for about in chosen if about.family != "not_quantitative" for case in cases_of(catalogue, about.id, draws)
    ]
    if not cases:
        raise ValueError("No series of the data folder has three years that chain, so nothing can be scored.")
    usual = [case for case in cases if not case.shock]
    rows = grouped(usual, lambda case: case.indicator)
    counted = [row for row in rows if row["cases"] >= FEWEST_CASES]
    if not counted:
        raise ValueError(f"No indicator has the {FEWEST_CASES} forecasts that can be scored from which it counts.")
    means = {
        method: {
            name: float(np.mean([row[name] for row in counted if row["method"] == method]))
            for name in (*scores.MEASURES, "Brier")
        }
        for method in METHODS
    }
    ours, theirs = ({name: round(value, 3) for name, value in means[method].items()} for method in METHODS)
    goals = [
        {"name": f"Chinese series {name}", "measured": ours[name], "goal": theirs[name], "better": "lower",
         "ok": ours[name] <= theirs[name], "peer": "half-drift", "peer_measured": theirs[name]}
        for name in ("WQL", "ASE", "MSIS95", "Brier")
    ] + [
        {"name": f"Chinese series {name}", "measured": ours[name], "goal": [low, high], "better": "inside",
         "ok": low <= ours[name] <= high, "peer": "half-drift", "peer_measured": theirs[name]}
        for name, low, high in (("cover80", 0.75, 0.85), ("cover95", 0.92, 0.98))
    ]  # fmt: skip
    shocks = [case for case in cases if case.shock]
    return {
        "benchmark": "chinese",
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "goals": goals,
        "details": {
            "by indicator": rows,
            "by points": grouped(usual, length_of),
            "by years ahead": grouped(usual, lambda case: case.ahead),
            "by origin": [row for row in grouped(usual, lambda case: case.origin) if row["cases"] >= FEWEST_CASES],
            "by level": grouped(usual, lambda case: case.level),
            "in declared shock years": grouped(shocks, lambda case: case.indicator) if shocks else [],
        },
    }


def show(result: dict) -> None:
    """Print the goals and the groups."""
    for line in result["goals"]:
        print(f"{line['name']:28} {line['measured']:>8}  wanted {line['goal']}  {'yes' if line['ok'] else 'no'}")
    for title, rows in result["details"].items():
        print(f"\n{title}")
        for row in rows:
            numbers = "  ".join(f"{k} {v}" for k, v in row.items() if k not in ("group", "method"))
            print(f"  {row['group']!s:28} {row['method']:11} {numbers}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", help="a folder laid over the shipped data")
    parser.add_argument("--indicators", type=lambda text: text.split(","), help="some only, by id; all if left out")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    asked = parser.parse_args()
    if asked.draws < 2:
        parser.error(f"--draws {asked.draws}: at least two are needed")
    try:
        result = run(asked.data, asked.indicators, asked.draws)
    except (OSError, ValueError, NotKnown) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(result, ensure_ascii=False)) if asked.json else show(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
