"""Writes the evidence pages from what the benchmarks measured, so that no figure is typed.

Each file docs/evidence/NAME.json is what `python benchmarks/NAME.py ... --json` printed.
"""

import ast
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent / "docs" / "evidence"
HEAD = """# Evidence

How well the engines do, measured by the scripts of `benchmarks/`, each on data that anyone can bring, beside a peer or a
floor in the same run. This page is written from their output by `make evidence`, goals that were missed like those that were
met. Seconds "by the clock of the cpu" are those of the processor, since other work on the machine does not count in them.
"""
TITLES = {"all_china": "All of China", "births_backtest": "Births, tested on the past", "chinese": "Forecasts of Chinese figures",
          "census_backtest": "From census to census", "competitions": "Forecasting competitions", "load": "Heavy use",
          "people_vintages": "People as told in past years", "learn_moves": "What two censuses teach about moves",
          "un_china": "The United Nations' China"}  # fmt: skip
SIGN = {"higher": "≥ ", "lower": "≤ ", "equal": "= "}


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
    return str(value).replace("|", "\\|")


def ground(machine: dict) -> str:
    """The machine in words."""
    rest = [f"{name.replace('_', ' ')} {value}" for name, value in machine.items() if name not in ("cores", "python")]
    return ", ".join([f"{machine['cores']} cores", f"Python {machine['python']}", *rest])


def subject(name: str) -> str:
    """What a benchmark measures: the first sentence of its script."""
    script = (HERE.parent.parent / "benchmarks" / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(script)) or "").split("\n\n")[0].replace("\n", " ")


def tally(goals: list[dict]) -> str:
    """How many goals were met."""
    judged = [goal["ok"] for goal in goals if goal["ok"] is not None]
    return f"{sum(judged)} of {len(judged)} goals met" if judged else "no goals, only figures"


def results() -> dict[str, dict]:
    """What was measured, by benchmark."""
    return {p.stem: json.loads(p.read_text(encoding="utf-8")) for p in sorted(HERE.glob("*.json"))}


def page(measured: dict[str, dict]) -> str:
    """The evidence page of the measured benchmarks."""
    lines = [HEAD]
    for name, result in sorted(measured.items()):
        lines += [
            f"## {TITLES.get(name, name.capitalize())}",
            "",
            subject(name),
            "",
            f"`benchmarks/{name}.py`, on {ground(result['machine'])}: {tally(result['goals'])}. [All details]({name}.json)",
            "",
        ]
        lines += ["| measure | measured | goal | met | peer | peer's |", "|---|---|---|---|---|---|"]
        for goal in result["goals"]:
            wanted = "—" if goal["goal"] is None else SIGN.get(goal["better"], "") + shown(goal["goal"])
            met = "**no**" if goal["ok"] is False else shown(goal["ok"])
            lines.append(
                f"| {shown(goal['name'])} | {shown(goal['measured'])} | {wanted} | {met} | "
                f"{shown(goal.get('peer'))} | {shown(goal.get('peer_measured'))} |"
            )
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    measured = results()
    (HERE / "index.md").write_text(page(measured), encoding="utf-8")
    print(f"docs/evidence/index.md is written from {len(measured)} benchmarks.")
