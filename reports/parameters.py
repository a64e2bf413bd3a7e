"""Parameters: what a report may be asked for. One strict form feeds the command line, the notebook and the run file."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    StringConstraints,
    ValidationError,
    field_validator,
)

from planning.errors import DataError, InvalidData, nearest
from planning.loading.text_files import yaml_of
from planning.outlooks import LAST_YEAR
from planning.own_figures import FORM, words_of
from planning.paths import TOP as TOP
from planning.schemas import checked_format, faults_of
from planning.sources import not_yet_known

CODE = ("planning", "sim", "forecasts", "dabiao", "reports")  # our packages that a report is made by
FORMATS = ("ipynb", "html", "pdf", "xlsx", "csv", "parquet", "json")
ENGINES = ("stock", "warm", "fast")
OWN_PLACE = ("region", "language", "scenario", "draws", "seed", "own")


def _not_a_number(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(
            f"a name or code in quotation marks, such as '330304' (YAML reads {value!r} as something else)"
        )
    return value


def _has_come(value: date) -> date:
    expected = not_yet_known(value)
    if expected:
        raise ValueError(expected)
    return value


Name = Annotated[
    str, BeforeValidator(_not_a_number), StringConstraints(min_length=1, max_length=60, strip_whitespace=True)
]
# A scenario names a file and a folder, so it must not lead out of either.
ScenarioName = Annotated[
    str,
    BeforeValidator(_not_a_number),
    StringConstraints(max_length=60, pattern=r"^\w[\w\- ]*$", strip_whitespace=True),
]
Language = Literal["zh", "en"]
Draws = Annotated[int, Field(ge=20, le=20000, strict=True)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]
RUN_FORMAT = 1  # of run files


def _own_words(value: Any) -> Any:
    """Own figures as words; a mapping {indicator: {year: value}} is as good."""
    if isinstance(value, Mapping):
        try:
            return list(words_of(value))
        except (AttributeError, TypeError, ValueError):
            raise ValueError("figures as {indicator: {year: value}}, such as gps_per_10000: {2024: 4.8}") from None
    return value


def _own_word(value: str) -> str:
    if not FORM.fullmatch(value):
        raise ValueError("a figure of the form INDICATOR=VALUE@YEAR, such as gps_per_10000=4.8@2024")
    return value


OwnFigures = Annotated[list[Annotated[str, AfterValidator(_own_word)]], BeforeValidator(_own_words)]
Plain = bool | int | float | date | str | None


class Parameters(BaseModel):
    """Plain values, as the notebook's parameters cell holds them. An unknown name is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    region: Name
    language: Language = "zh"
    scenario: Name = "baseline"
    to: Annotated[int, Field(ge=2011, le=LAST_YEAR)] | None = None
    as_of: Annotated[date, AfterValidator(_has_come)] | None = None
    draws: Annotated[int, Field(ge=20, le=20000)] = 500
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    data: str | None = None
    own: OwnFigures = []

    def plain(self) -> dict[str, Any]:
        """The values as text and numbers, as a notebook takes them; own figures where there are some."""
        values = self.model_dump(mode="json")
        return values if self.own else {k: v for k, v in values.items() if k != "own"}


class Limits(BaseModel):
    """What one report may take before it is given up: time on the clock, memory, size of the executed notebook."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    report_seconds: Annotated[float, Field(gt=0, le=86400)] = 900
    cell_seconds: Annotated[float, Field(gt=0, le=86400)] = 600
    output_mb: Annotated[float, Field(gt=0, le=1000)] = 40
    memory_mb: Annotated[int, Field(ge=256)] | None = None
    tries: Annotated[int, Field(ge=1, le=5)] = 2


class RunFile(BaseModel):
    """A batch: one notebook, its regions, scenarios and languages, and what all of them share.

    regions: names or codes; `children of 330000`; `level district`; `level district in 330000`. parameters: further values
    of the notebook's parameters cell (to, as_of, data, or its own). own: figures of the regions typed in, by region, or the
    path of a CSV file with the columns region, indicator, year, value. format: of the file. tries: of a report whose process was ended from outside.
    """

    model_config = ConfigDict(extra="forbid", defer_build=True)

    notebook: str = "notebooks/region_report.ipynb"
    regions: Annotated[list[Name], Field(min_length=1)]
    scenarios: Annotated[list[ScenarioName], Field(min_length=1)] = ["baseline"]
    languages: Annotated[list[Language], Field(min_length=1)] = ["zh"]
    formats: Annotated[list[Literal[FORMATS]], Field(min_length=1)] = ["ipynb", "html", "json"]  # type: ignore[valid-type]
    parameters: dict[str, Plain] = {}
    own: dict[Name, OwnFigures] | str = {}
    format: Annotated[int, BeforeValidator(lambda value: checked_format(value, RUN_FORMAT, "run file"))] = RUN_FORMAT
    seed: Seed = 0
    draws: Draws = 500
    engine: Literal[ENGINES] = "fast"  # type: ignore[valid-type]
    workers: Annotated[int, Field(ge=1, le=256, strict=True)] = 2
    limits: Limits = Limits()
    _folder: Path = PrivateAttr(default=TOP)

    @field_validator("notebook")
    @classmethod
    def inside(cls, value: str) -> str:
        if Path(value).is_absolute() or ".." in Path(value).parts or not value.endswith(".ipynb"):
            raise ValueError("a notebook inside the project or beside the run file, notebooks/region_report.ipynb")
        return value

    @field_validator("regions", "scenarios", "languages", "formats")
    @classmethod
    def once_each(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(value))

    @property
    def notebook_path(self) -> Path:
        """The notebook's file: in the project or, failing that, beside the run file."""
        ours = TOP / self.notebook
        return ours if ours.is_file() else self._folder / self.notebook

    @property
    def data(self) -> str | None:
        """The folder laid over the shipped data, if any."""
        data = self.parameters.get("data")
        return None if data is None else str(data)

    @property
    def own_file(self) -> Path | None:
        """The CSV file of own figures: from where the command is run, or else beside the run file."""
        if not isinstance(self.own, str):
            return None
        return Path(self.own) if Path(self.own).is_file() else self._folder / self.own

    def of(self, region: str, scenario: str, language: Language, own: Sequence[str] = ()) -> dict[str, Any]:
        """The parameters of one report, as a notebook takes them. own: figures of the region."""
        shared: dict[str, Any] = {k: v for k, v in self.parameters.items() if k in Parameters.model_fields}
        of_notebook = {k: v for k, v in self.parameters.items() if k not in shared}
        chosen = Parameters(
            region=region,
            language=language,
            scenario=scenario,
            draws=self.draws,
            seed=self.seed,
            own=list(own),
            **shared,
        )
        return {**chosen.plain(), **of_notebook}


def read_run(path: Path) -> RunFile:
    """The run file, of the working folder or else one that ships, checked strictly.

    Raises FileNotFoundError, or InvalidData with all its faults.
    """
    path = path if path.is_file() else TOP / path
    if not path.is_file():
        there = ", ".join(nearest(path.stem, [p.stem for p in path.parent.glob("*.yaml")])) if path.parent else ""
        near = f" Nearest: {there}." if there else ""
        raise FileNotFoundError(
            f"There is no run file {path}.{near} Run files lie in papermill_runs/, one YAML file a batch."
        )
    faults: list[DataError] = []
    entry = yaml_of(path, faults)
    if faults:
        raise InvalidData(faults)
    try:
        run = RunFile.model_validate(entry)
    except ValidationError as error:
        raise InvalidData([_with_near(f) for f in faults_of(error, str(path), None, None)]) from None
    run._folder = path.resolve().parent
    faults = list(_parameter_faults(run, str(path)))
    if faults:
        raise InvalidData(faults)
    return run


def cell_parameters(notebook: Path) -> dict[str, Any]:
    """The names and default values in a notebook's parameters cell. Raises ValueError where there is none, or no plain one."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [c for c in content["cells"] if "parameters" in c.get("metadata", {}).get("tags", [])]
    if not cells:
        raise ValueError(f"{notebook.name} has no cell tagged `parameters`; a notebook for batches needs one.")
    found = {}
    for line in ast.parse("".join(cells[0]["source"])).body:
        if not isinstance(line, ast.Assign) or not isinstance(line.targets[0], ast.Name):
            raise ValueError(f"{notebook.name}: the parameters cell may only hold lines such as `draws = 500`.")
        found[line.targets[0].id] = ast.literal_eval(line.value)
    return found


def _parameter_faults(run: RunFile, file: str) -> Iterator[DataError]:
    if not run.notebook_path.is_file():
        there = [p.relative_to(TOP).as_posix() for p in (TOP / "notebooks").glob("*.ipynb")]
        near = ", ".join(nearest(run.notebook, there))
        yield DataError(file, None, "notebook", run.notebook, "a notebook in the project or beside the run file", near)
        return
    declared = cell_parameters(run.notebook_path)
    if "region" not in declared:
        yield DataError(file, None, "notebook", run.notebook, "a notebook with the parameter region")
    if run.own and "own" not in declared:
        yield DataError(file, None, "notebook", run.notebook, "a notebook with the parameter own, for own figures")
    for name, value in run.parameters.items():
        place = f"parameters.{name}"
        if name in OWN_PLACE:
            at = {"region": "regions", "language": "languages", "scenario": "scenarios"}.get(name, name)
            yield DataError(file, None, place, str(value), f"this under {at}, not under parameters")
        elif name not in declared:
            near = ", ".join(nearest(name, declared))
            yield DataError(file, None, place, name, f"a parameter of {run.notebook}", near)
        elif name not in Parameters.model_fields:
            default = declared[name]
            fits = value is None or default is None or type(value) is type(default)
            if not fits and not (isinstance(default, float) and type(value) is int):
                yield DataError(file, None, place, str(value), f"a value of the kind of {default!r}")
    if not any(n in OWN_PLACE for n in run.parameters):
        try:
            run.of(run.regions[0], run.scenarios[0], run.languages[0])
        except ValidationError as error:
            yield from faults_of(error, file, None, None)


def _with_near(fault: DataError) -> DataError:
    if fault.expected != "no such field" or not fault.column:
        return fault
    fields = [*RunFile.model_fields, *(f"limits.{n}" for n in Limits.model_fields)]
    known = [*Parameters.model_fields]
    if fault.column in known and fault.column not in OWN_PLACE:
        return DataError(fault.file, None, fault.column, fault.value, "this under parameters")
    near = ", ".join(nearest(fault.column, fields))
    return DataError(fault.file, None, fault.column, fault.value, "no such field", near)
