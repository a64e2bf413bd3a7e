"""Writes the evidence pages from what the benchmarks measured, so that no figure is typed.

Each file docs/evidence/NAME.json is what `python benchmarks/NAME.py ... --json` printed.
"""

import ast
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "docs" / "evidence"
HEAD = """# Evidence

How well the engines do, measured by the scripts of `benchmarks/`, each on data that anyone can bring, beside a peer or a
floor in the same run. This page is written from their output by `make evidence`.
"""


def shown(value) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " to ".join(shown(v) for v in value)
    if isinstance(value, int | float) and abs(value) >= 1000:
        return f"{value:,.0f}"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)


def subject(name: str) -> str:
    """What a benchmark measures: the first sentence of its script."""
    script = (HERE.parent.parent / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(script)) or "").split("\n\n")[0].replace("\n", " ")


def page(results: dict[str, dict]) -> str:
    """The evidence page of the measured benchmarks."""
    lines = [HEAD]
    for name, result in sorted(results.items()):
        lines += [
            f"## {name.replace('_', ' ').capitalize()}",
            "",
            f"{subject(name)} `benchmarks/{name}.py`, measured on ",
        ]
        machine = result.get("machine", {})
        lines[-1] += ", ".join(f"{k}: {v}" for k, v in machine.items()) + "."
        lines.append("")
        lines += ["| measure | measured | goal | met | peer | peer's |", "|---|---|---|---|---|---|"]
        for goal in result["goals"]:
            sign = {"higher": ">= ", "lower": "<= "}.get(goal.get("better"), "")
            wanted = goal.get("goal")
            wanted = f"{sign}{shown(wanted)}" if wanted is not None else "—"
            lines.append(
                f"| {goal['name']} | {shown(goal.get('measured'))} | {wanted} | {shown(goal.get('ok'))} | "
                f"{shown(goal.get('peer'))} | {shown(goal.get('peer_measured'))} |"
            )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    results = {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(HERE.glob("*.json"))}
    (HERE / "index.md").write_text(page(results), encoding="utf-8")
    print(f"docs/evidence/index.md is written from {len(results)} benchmarks.")
