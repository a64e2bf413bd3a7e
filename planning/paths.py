"""Where the files that ship lie, and where files are written: in a checkout at its top, else apart from one another."""

from __future__ import annotations

from pathlib import Path

PACKAGES = Path(__file__).resolve().parent.parent
"""The folder that holds our packages."""

# In a wheel, [tool.setuptools.package-dir] of pyproject.toml lays data/, notebooks/ and papermill_runs/ there.
_INSTALLED = PACKAGES / "dabiao_files"

TOP = _INSTALLED if _INSTALLED.is_dir() else PACKAGES
"""The folder that holds data/, notebooks/ and papermill_runs/. Nothing is written here unless it is a checkout."""

WORK = TOP if TOP == PACKAGES else Path.cwd()
"""Where notebooks run and from where a data folder is named: the top of a checkout, else the working folder."""

SHIPPED = TOP / "data"
