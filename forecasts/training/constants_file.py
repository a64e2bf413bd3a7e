"""The file of learned constants: written by a refit, read to try other constants than those that ship."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from forecasts.calibration import Constants, from_dict


def read(path: str | Path) -> Constants:
    """Constants from a file that `refit` wrote."""
    return from_dict(json.loads(Path(path).read_text("utf-8")))


def write(constants: Constants, path: str | Path) -> None:
    """Write the small table that `read` and `calibration.shipped` understand, one line per constant."""
    lines = (
        f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in asdict(constants).items()
    )
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
