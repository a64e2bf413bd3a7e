"""Writes environment.yml from pyproject.toml, so that there is one list of dependencies.

Every conda package is named as on conda-forge; what conda-forge does not carry comes by pip, in the last lines.
"""

import re
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
# Chinese numerals; Noto Sans SC and Noto Serif SC as a wheel; typst's Python binding.
BY_PIP_ONLY = {"cn2an", "pylopdf-fonts-zh-cn", "typst"}


def environment(pyproject: dict) -> str:
    """The text of environment.yml for the given pyproject."""
    project = pyproject["project"]
    lines = [
        "# Made by `make environment` from pyproject.toml. A test compares the two.",
        "name: dabiao",
        "channels:",
        "  - conda-forge",
        "  - nodefaults",
        "dependencies:",
        f"  - python{project['requires-python']}",
        "  - pip",
    ]
    by_pip = []
    for requirement in sorted(project["dependencies"]):
        name = re.match(r"[A-Za-z0-9_.-]+", requirement)[0]
        if name in BY_PIP_ONLY:
            by_pip.append(requirement)
        else:
            lines.append(f"  - {requirement.replace(' ', '').lower()}")
    lines += ["  - pip:", *(f"      - {r}" for r in by_pip), "      - -e ."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = environment(tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8")))
    (TOP / "environment.yml").write_text(text, encoding="utf-8")
    print("environment.yml is written from pyproject.toml.")
