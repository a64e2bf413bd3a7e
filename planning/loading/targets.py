"""Reading targets/: the promises of each document, checked beside the regions and indicators they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planning.loading import checks
from planning.loading.load_state import Gathered
from planning.loading.text_files import line_of
from planning.schemas import CLOSED
from planning.targets import Document, Target


@dataclass(frozen=True)
class TargetFile:
    """A file of targets/: the plan and its promises."""

    __pydantic_config__ = CLOSED

    document: Document
    targets: list[Any]


def read_targets(folder: Path, gathered: Gathered) -> None:
    """Lay the targets of one folder over what has been gathered, by their ids."""
    placed: dict[str, tuple[Path, int]] = {}
    for path in sorted(folder.glob("*.yaml")):
        if not path.name.startswith("left_out"):
            _read_file(path, placed, gathered)
    for id, (path, position) in placed.items():
        target = gathered.targets.get(id)
        if target is None:
            continue
        for column, word, choices in (
            ("relative_to", target.relative_to, gathered.regions.keys() | gathered.codes),
            ("duplicate_of", target.duplicate_of, gathered.targets),
        ):
            if word and word not in choices:
                line = line_of(path, ("targets", position, column))
                gathered.fault(
                    path, line, f"{id}.{column}", word, "one that exists", gathered.near(word, column, choices)
                )


def _read_file(path: Path, placed: dict[str, tuple[Path, int]], gathered: Gathered) -> None:
    content = gathered.mapping(path)
    if not content:
        return
    targets = content.get("targets")
    whole = {**content, "targets": []} if isinstance(targets, list) else content
    file = gathered.value(TargetFile, whole, path, None)
    if file is None or not isinstance(targets, list):
        return
    document = file.document
    expected, near = gathered.unknown_region(document.region, document.edition)
    if expected:
        line = line_of(path, ("document", "region"))
        gathered.fault(path, line, "document.region", document.region, expected, near)
    made_up = gathered.made_up_mixed(document.region, document.edition, document.fictional)
    if made_up:
        line = line_of(path, ("document",))
        about = "true" if not document.fictional else "false: the region is a real one"
        gathered.fault(path, line, "document.fictional", str(document.fictional).lower(), about)
    gathered.documents[document.id] = document
    for position, entry in enumerate(targets):
        target = gathered.value(Target, entry, path, None, ("targets", position), document=document)
        if target is None:
            continue
        for column, found, what, near in _faults(target, gathered):
            line = line_of(path, ("targets", position, column))
            gathered.fault(path, line, f"{target.id}.{column}", found, what, near)
        if target.id in placed:
            gathered.fault(path, line_of(path, ("targets", position, "id")), "id", target.id, "an id of its own")
        placed[target.id] = path, position
        if target.indicator in gathered.indicators:
            gathered.targets[target.id] = target


def _faults(target: Target, gathered: Gathered) -> list[tuple[str, str, str, str]]:
    """The faults of a target beside what else is known: (column, found, expected, nearest)."""
    found = []
    expected, near = gathered.unknown_region(target.region, target.edition)
    if expected:
        found.append(("region", target.region, expected, near))
    about = gathered.indicators.get(target.indicator)
    if about is None:
        near = gathered.near(target.indicator, "indicator", gathered.indicators)
        return [*found, ("indicator", target.indicator, "an indicator of indicators.yaml", near)]
    for column in ("value", "low", "high", "base_value"):
        value = getattr(target, column)
        expected = checks.out_of_range(about, value) if value is not None else ""
        if expected:
            found.append((column, f"{value:.10g}", expected, ""))
    if target.unit != about.unit:
        found.append(("unit", target.unit, f"the indicator's unit, {about.unit}", about.unit))
    if target.base_year is not None and target.base_year > target.year:
        found.append(("base_year", str(target.base_year), f"a year not after {target.year}", ""))
    return found
