"""A draft: the scenario a planner is working on, what came before it, and the ways to keep it and hand it on."""

from __future__ import annotations

import base64
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from dabiao.region_model import RegionModel
from planning.errors import not_known
from planning.loading.scenarios import read_scenario, save_scenario, scenario_files
from planning.own_figures import given
from planning.scenarios import BASELINE, Scenario, check_region, check_settings, with_settings
from planning.targets import Document, Target

LARGEST_FILE = 200_000  # bytes of a scenario file
LONGEST_LINK = 6000  # letters
OWN = "own"  # the document of a goal that a planner sets for oneself


@dataclass
class Draft:
    """The state of a planner's page. target: what is to be reached; scenario: the levers as they stand; own: figures of the
    region typed in, as INDICATOR=VALUE@YEAR, which the bench was made with."""

    bench: RegionModel
    target: Target
    scenario: Scenario = BASELINE
    earlier: list[Scenario] = field(default_factory=list)
    last_moved: str = ""
    own: tuple[str, ...] = ()

    def move(self, lever: str, value: float, since: int | None = None) -> None:
        """Set one lever from a year on (the first open one). Raises DataFault out of its range, Contradiction against another.

        Moves of the same lever one after the other are undone together, as one drag of a slider.
        """
        year = max(since or self.bench.first_year, self.bench.first_year)
        steps = () if value == self.bench.levers[lever].neutral else ((year, float(value)),)
        self._take(self.scenario.with_steps(lever, steps), lever)

    def preset(self, name: str) -> None:
        """Take a scenario of the data in place of what stands. Raises NotKnown, and ElsewhereOnly for one of other regions."""
        found = read_scenario(name, self.bench.catalogue.folders, self.bench.levers)
        check_region(found, self.bench.region)
        self._take(replace(found, settings=found.since(self.bench.first_year).settings, own=()), "")

    def load(self, content: bytes, called: str) -> tuple[str, ...]:
        """Take a saved scenario; gives the own figures that it holds, which the bench has yet to be made with.

        Raises ValueError for what is no such file, and as `preset`; nothing is lost then.
        """
        if len(content) > LARGEST_FILE:
            raise ValueError(f"{called}: {len(content):,} bytes; a scenario file has a few hundred.")
        with tempfile.TemporaryDirectory(prefix="dabiao-") as folder:
            path = Path(folder) / "scenario.yaml"
            try:
                path.write_text(content.decode("utf-8-sig"), encoding="utf-8")
            except UnicodeDecodeError:
                raise ValueError(f"{called} is not a text file in UTF-8. Load the .yaml file that was saved.") from None
            found = read_scenario(str(path), self.bench.catalogue.folders, self.bench.levers)
        check_region(found, self.bench.region)
        given(found.own, self.bench.catalogue)
        self._take(replace(found, settings=found.since(self.bench.first_year).settings, own=()), "")
        return found.own

    def at(self, bench: RegionModel, own: tuple[str, ...]) -> None:
        """Go on with the same region held ready on other own figures; the target and the levers stay."""
        before = self.target
        self.bench, self.own = bench, own
        same = [t for t in bench.targets_ahead() if t.id == before.id]
        if same:
            self.target = same[0]
        elif before.indicator in bench.outlooks and before.document.id == OWN:
            self.target = own_goal(bench, before.indicator, before.value, before.year)
        else:
            self.target = goal_asked(bench)

    def undo(self) -> bool:
        """Go back one step; whether there was one."""
        if not self.earlier:
            return False
        self.scenario, self.last_moved = self.earlier.pop(), ""
        return True

    def reset(self) -> None:
        """Leave all levers alone."""
        self._take(BASELINE, "")

    def named(self, name: str, reason: str = "") -> Scenario:
        """The scenario as it is saved: for this region, with what it was made from."""
        name = name.strip() or "my_scenario"
        about: dict[str, Any] = {
            "name": name,
            "zh": name,
            "en": name,
            "reason": reason,
            "regions": (self.bench.region.key,),
        }
        about |= {"base": "" if self.scenario.name == name else self.scenario.name}
        about |= {"as_of": self.bench.as_of.isoformat(), "seed": self.bench.seed, "draws": self.bench.draws}
        return replace(self.scenario, own=self.own, **about)

    def yaml(self, name: str) -> bytes:
        """The scenario file, as `dabiao assess --scenario FILE` and `load` read it."""
        with tempfile.TemporaryDirectory(prefix="dabiao-") as folder:
            return save_scenario(self.named(name), Path(folder) / "scenario.yaml").read_bytes()

    def link(self, lang: str) -> str:
        """The query of an address that opens this draft again."""
        asked = [("region", self.bench.region.key), ("lang", lang)]
        if self.target.document.id == OWN:
            asked.append(("goal", f"{self.target.indicator}:{self.target.value:g}:{self.target.year}"))
        else:
            asked.append(("target", self.target.id))
        for lever, steps in self.bench.settled(self.scenario).settings:
            asked += [("set", f"{lever}={value:g}@{year}") for year, value in steps]
        asked += [("own", word) for word in self.own]
        return urlencode(asked)

    def _take(self, scenario: Scenario, moved: str) -> None:
        check_settings(dict(scenario.settings), self.bench.levers, scenario.name)
        if scenario.settings == self.scenario.settings:
            return
        if not moved or moved != self.last_moved:
            self.earlier.append(self.scenario)
        self.scenario, self.last_moved = scenario, moved


@dataclass(frozen=True)
class Asked:
    """What the address of a page asks for. sets: lever=value@year; own: indicator=value@year."""

    region: str | None = None
    lang: str | None = None
    target: str | None = None
    goal: str | None = None
    sets: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def asked(query: str) -> Asked:
    """What a query asks for. Raises ValueError for one too long, and NotKnown for a name that means nothing here."""
    if len(query) > LONGEST_LINK:
        raise ValueError(f"The address is {len(query):,} letters long; at most {LONGEST_LINK:,} are read.")
    found: dict = {"sets": [], "own": []}
    for key, value in parse_qsl(query, max_num_fields=200):
        if key == "set":
            found["sets"].append(value)
        elif key == "own":
            found["own"].append(value)
        elif key in ("region", "lang", "target", "goal"):
            found[key] = value
        elif key != "token":
            raise not_known("part of an address", key, ("region", "lang", "target", "goal", "set", "own"), "")
    if found.get("lang") not in (None, "zh", "en"):
        raise not_known("language", found["lang"], ("zh", "en"), "")
    return Asked(**{**found, "sets": tuple(found["sets"]), "own": tuple(found["own"])})


def begin(bench: RegionModel, wanted: Asked = Asked(), indicator: str = "") -> Draft:
    """The draft that an address asks for. bench: made with the own figures that it names. indicator: what to look at where
    it names neither target nor goal.

    Raises NotKnown, DataFault, Contradiction or ValueError for what cannot be had.
    """
    draft = Draft(bench, goal_asked(bench, wanted, indicator), own=wanted.own)
    if wanted.sets:
        scenario = with_settings(BASELINE, wanted.sets, bench.levers, bench.first_year)
        draft._take(scenario, "")
        draft.earlier.clear()
    return draft


def goal_asked(bench: RegionModel, wanted: Asked = Asked(), indicator: str = "") -> Target:
    """The target that an address names, else the region's own target of the indicator, else a goal of one's own."""
    ahead = bench.targets_ahead()
    if wanted.goal:
        parts = wanted.goal.split(":")
        try:
            id, value, year = parts[0], float(parts[1]), int(parts[2])
        except (IndexError, ValueError):
            raise ValueError(f"goal={wanted.goal}: expected indicator:value:year.") from None
        return own_goal(bench, id, value, year)
    if wanted.target:
        found = [t for t in ahead if t.id == wanted.target]
        if not found:
            raise not_known(
                "target ahead", wanted.target, [t.id for t in ahead], f"They are those of {bench.region.name_zh}."
            )
        return found[0]
    of_it = [t for t in ahead if t.indicator == indicator]
    if of_it:
        return max(of_it, key=lambda t: t.year)
    if not indicator and (first := bench.first_target()) is not None:
        return first
    return own_goal(bench, indicator or next(iter(movable_indicators(bench))))


def goal_in(bench: RegionModel, state: str) -> Target:
    """The target that a page's address names; where it names none that can be had, which the desk tells, the usual one."""
    try:
        return goal_asked(bench, asked(state))
    except (ValueError, LookupError):
        return goal_asked(bench)


def movable_indicators(bench: RegionModel) -> tuple[str, ...]:
    """The indicators that some lever moves: first those with places or staff behind them, then the rest."""
    ids = [id for id in bench.outlooks if any(bench.moves(lever, id) for lever in bench.levers.values())]
    first = [stock for stock in bench.lever_model.stocks if stock in ids]
    return tuple(dict.fromkeys([*first, *ids]))


def own_goal(bench: RegionModel, indicator: str, value: float | None = None, year: int | None = None) -> Target:
    """A goal of one's own. Without a value: the last number that a plan of the region printed for it, else the median ahead.

    Raises NotKnown for an indicator without outlook, ValueError for a value or year out of range.
    """
    if indicator not in bench.outlooks:
        raise not_known(
            "indicator with an outlook", indicator, bench.outlooks, f"They are those of {bench.region.name_zh}."
        )
    about, outlook = bench.catalogue.indicator(indicator), bench.outlooks[indicator]
    year = outlook.years[-1] if year is None else year
    if not bench.first_year <= year <= outlook.years[-1]:
        raise ValueError(f"A goal for {year}: expected a year from {bench.first_year} to {outlook.years[-1]}.")
    if value is None:
        printed = [
            t for t in bench.catalogue.in_force(bench.region) if t.indicator == indicator and t.value is not None
        ]
        middle = float(sorted(outlook.at(year))[outlook.draws // 2])
        value = printed[-1].value if printed else round(float(f"{middle:.3g}"), about.decimals)
    low, high = about.range
    if not low <= value <= high:
        raise ValueError(f"A goal of {value:g} for {about.name('zh')} ({indicator}): expected {low:g} to {high:g}.")
    document = Document(OWN, OWN, "", bench.as_of, bench.region.code, year, edition=bench.region.boundary.edition)
    comparison = "at_most" if about.better == "down" else "at_least"
    return Target(
        id=f"{OWN}.{indicator}.{year}", document=document, region=bench.region.code, edition=bench.region.boundary.edition,
        level=bench.region.level, indicator=indicator, comparison=comparison, unit=about.unit, year=year, kind=about.kind,
        nature="unstated", value=float(value),
    )  # fmt: skip


def presets(bench: RegionModel) -> dict[str, Scenario]:
    """The scenarios of the data that speak of the region, by name, the baseline first."""
    folders, found = bench.catalogue.folders, {"baseline": BASELINE}
    for name in scenario_files(folders):
        scenario = read_scenario(name, folders, bench.levers)
        if scenario.speaks_of(bench.region):
            found[name] = scenario
    return found


def data_address(content: bytes, kind: str) -> str:
    """Content as an address that a link can hand out."""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"
