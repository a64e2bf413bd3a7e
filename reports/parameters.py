"""Parameters: what a report may be asked for. One strict form feeds the command line, the notebook and the run file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from planning.faults import DataFault, Fault
from planning.files import yaml_of
from planning.forms import faults_of


def _not_a_number(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(
            f"a name or code in quotation marks, such as '330304' (YAML reads {value!r} as something else)"
        )
    return value


Name = Annotated[
    str, BeforeValidator(_not_a_number), StringConstraints(min_length=1, max_length=60, strip_whitespace=True)
]


class Parameters(BaseModel):
    """Plain values, as the notebook's parameters cell holds them. An unknown name is an error, never ignored."""

    model_config = ConfigDict(extra="forbid")

    region: Name
    language: Literal["zh", "en"] = "zh"
    scenario: Name = "baseline"
    to: Annotated[int, Field(ge=2011, le=2060)] | None = None
    as_of: date | None = None
    draws: Annotated[int, Field(ge=20, le=20000)] = 500
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    data: str | None = None

    def plain(self) -> dict[str, Any]:
        """The values as text and numbers, as a notebook takes them."""
        return self.model_dump(mode="json")


class RunFile(BaseModel):
    """A batch: one notebook, its regions and languages, and the parameters that all of them share."""

    model_config = ConfigDict(extra="forbid")

    notebook: str = "notebooks/region_report.ipynb"
    regions: Annotated[list[Name], Field(min_length=1)]
    languages: Annotated[list[Literal["zh", "en"]], Field(min_length=1)] = ["zh"]
    scenario: Name = "baseline"
    to: Annotated[int, Field(ge=2011, le=2060)] | None = None
    as_of: date | None = None
    draws: Annotated[int, Field(ge=20, le=20000)] = 500
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    data: str | None = None
    cell_timeout: Annotated[int, Field(ge=10, le=7200)] = 600

    @field_validator("notebook")
    @classmethod
    def inside(cls, value: str) -> str:
        if Path(value).is_absolute() or ".." in Path(value).parts or not value.endswith(".ipynb"):
            raise ValueError("a notebook inside the project, such as notebooks/region_report.ipynb")
        return value

    def parameters(self, region: str, language: str) -> Parameters:
        """The parameters of one report."""
        shared = self.model_dump(exclude={"notebook", "regions", "languages", "cell_timeout"})
        return Parameters(region=region, language=language, **shared)


def read_run(path: Path) -> RunFile:
    """The run file, checked strictly. Raises FileNotFoundError, or DataFault with all its faults."""
    if not path.exists():
        raise FileNotFoundError(
            f"There is no run file {path}. Run files lie in papermill_runs/, one YAML file a batch."
        )
    faults: list[Fault] = []
    entry = yaml_of(path, faults)
    if faults:
        raise DataFault(faults)
    try:
        return RunFile.model_validate(entry)
    except ValidationError as error:
        raise DataFault(faults_of(error, str(path), None, None)) from None
