"""Jobs: one report to be made, as plain values that any process or machine can be handed; and what came of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from reports.parameters import TOP, Limits


@dataclass(frozen=True)
class Job:
    """One report to be made.

    notebook: its path, from the project's top where it lies inside. out: the address of the store. folder: of the region
    and scenario within it. fingerprint: of everything the report is made from. heading, fictional: for the head of the page.
    """

    notebook: str
    parameters: dict[str, Any]
    out: str
    folder: str
    formats: tuple[str, ...]
    engine: str
    fingerprint: str
    heading: str = ""
    fictional: str = ""
    limits: dict[str, Any] = field(default_factory=lambda: Limits().model_dump())

    @property
    def key(self) -> tuple[str, str]:
        """What tells this report from the others of its batch."""
        return self.folder, self.language

    @property
    def language(self) -> str:
        return self.parameters.get("language", "zh")

    @property
    def region(self) -> str:
        return str(self.parameters["region"])

    @property
    def scenario(self) -> str:
        return self.parameters.get("scenario", "baseline")

    @property
    def stem(self) -> str:
        """The name of the report's files, without ending."""
        return f"report.{self.language}"

    @property
    def notebook_path(self) -> Path:
        return TOP / self.notebook

    def name_of(self, kind: str) -> str:
        """The name of a file of this report within the store. Numbers and tables are the same in every language."""
        shared = {"json": "assess.json", "csv": "verdicts.csv", "parquet": "verdicts.parquet"}
        return f"{self.folder}/{shared.get(kind) or f'{self.stem}.{kind}'}"

    def label(self) -> str:
        """The report as a person would name it."""
        scenario = "" if self.scenario == "baseline" else f" {self.scenario}"
        return f"{self.region}{scenario} {self.language}"

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str | dict) -> Job:
        plain = json.loads(text) if isinstance(text, str) else dict(text)
        return cls(**{**plain, "formats": tuple(plain["formats"])})


@dataclass(frozen=True)
class Done:
    """A report that is there. files: size and checksum by name. seconds: by step. kept: it was there before."""

    job: Job
    files: dict[str, dict]
    seconds: dict[str, float]
    kept: bool = False

    @property
    def total(self) -> float:
        return self.seconds.get("total", 0.0)

    @property
    def page(self) -> str:
        """Where the report's page lies."""
        return f"{self.job.out}/{self.job.name_of('html')}"


@dataclass(frozen=True)
class Failed:
    """A report that is not there. kind: one of KINDS. message: for a person."""

    job: Job
    kind: str
    message: str
    seconds: float = 0.0


# What can go wrong with a report, and whether another try can mend it: a fault of the notebook comes again.
KINDS = {
    "notebook": False,
    "incomplete": False,
    "cell timeout": False,
    "report timeout": False,
    "memory": False,
    "output too large": False,
    "unknown kernel": False,
    "not written": False,
    "other code": False,
    "process died": True,
    "server lost": True,
    "in use": False,
}


class ReportFailed(RuntimeError):
    """Raised where a report cannot be made; kind is one of KINDS, the message is the notebook's own last word."""

    def __init__(self, kind: str, message: str):
        self.kind = kind
        super().__init__(message)
