"""How many of the register's targets `dabiao read-plan` finds in the plans themselves, and how many it finds beside them.

Needs the texts of the plans, which are not shipped: benchmarks/read_plans.py FOLDER [--json] [--misses]. A text belongs to
the document whose title it holds. Promises without a number, and titles to be won, are not asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections import Counter
from pathlib import Path

from planning.catalogue import Catalogue
from planning.loading.folder import load_catalogue
from planning.reading.documents import text_of
from planning.reading.plans import FoundTarget, read_plan
from planning.reading.quantities import plain
from planning.targets import Document, Target

GOALS = {"recall": 0.9, "precision": 0.85}  # of value, year and comparison
PHRASES = ("missed", "beside", "other_indicator")


def document_of(text: str, catalogue: Catalogue) -> Document:
    """The document whose title shares most pairs of characters with the head of a text."""
    head = plain(text[:3000]).replace("\n", "").replace(" ", "")

    def shared(document: Document) -> float:
        title = plain(document.title)
        pairs = [title[i : i + 2] for i in range(len(title) - 1)]
        return sum(p in head for p in pairs) / len(pairs)

    return max(catalogue.documents.values(), key=shared)


def stated(target: Target | FoundTarget) -> tuple:
    """What is compared: value (or range), year, comparison."""
    value = (target.low, target.high) if target.comparison == "between" else target.value
    return value, target.year, target.comparison


def compare(text: str, catalogue: Catalogue) -> dict:
    """Recall and precision on one plan, with the targets missed and those found beside the register."""
    document = document_of(text, catalogue)
    register = [t for t in catalogue.targets if t.document.id == document.id and t.numeric and t.kind != "binary"]
    read = read_plan(text, catalogue.indicators.values())
    free: dict[tuple, list[Target]] = {}
    for target in register:
        free.setdefault(stated(target), []).append(target)
    pairs, extra = [], []
    # A figure with the right indicator first, so that two of one value are not taken crosswise.
    for found in sorted(
        read.targets, key=lambda f: not any(t.indicator == f.indicator for t in free.get(stated(f), ()))
    ):
        candidates = free.get(stated(found), [])
        own = next((t for t in candidates if t.indicator == found.indicator), None) or next(iter(candidates), None)
        if own is None:
            extra.append(found)
        else:
            candidates.remove(own)
            pairs.append((own, found))
    missed = [t for targets in free.values() for t in targets]
    right = sum(t.indicator == f.indicator for t, f in pairs)
    kinds = Counter(f.kind_of_phrase for f in read.targets)
    kinds_right = Counter(f.kind_of_phrase for _, f in pairs)
    return {
        "document": document.id,
        "register": len(register),
        "found": len(read.targets),
        "left": len(read.left),
        "agree": len(pairs),
        "recall": len(pairs) / len(register),
        "precision": len(pairs) / max(len(read.targets), 1),
        "indicator_recall": right / len(register),
        "indicator_precision": right / max(sum(f.indicator is not None for f in read.targets), 1),
        "by_kind": {k: {"found": n, "agree": kinds_right[k]} for k, n in sorted(kinds.items())},
        "missed": [f"{t.indicator} {stated(t)} {t.section}" for t in missed],
        "beside": [f"{f.indicator} {stated(f)} [{f.kind_of_phrase}] {f.phrase[:50]} | {f.text[:90]}" for f in extra],
        "other_indicator": [
            f"{t.indicator} not {f.indicator} ({f.match}) {f.phrase[:60]}"
            for t, f in pairs
            if t.indicator != f.indicator
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--misses", action="store_true")
    arguments = parser.parse_args()
    catalogue = load_catalogue()
    texts = sorted(arguments.folder.glob("*.txt"))
    if not texts:
        parser.error(f"{arguments.folder} holds no text of a plan (*.txt)")
    plans = [compare(text_of(p), catalogue) for p in texts]
    total = {n: sum(p[n] for p in plans) for n in ("register", "found", "agree", "left")}
    right = sum(round(p["indicator_recall"] * p["register"]) for p in plans)
    matched = sum(
        round(p["indicator_recall"] * p["register"]) / p["indicator_precision"]
        for p in plans
        if p["indicator_precision"]
    )
    whole = {
        **total,
        "recall": total["agree"] / total["register"],
        "precision": total["agree"] / total["found"],
        "indicator_recall": right / total["register"],
        "indicator_precision": right / matched if matched else 0.0,
    }
    if not arguments.misses:  # they repeat the plans' own words
        plans = [{k: v for k, v in plan.items() if k not in PHRASES} for plan in plans]
    if arguments.json:
        goals = [
            {"name": f"targets {name}", "measured": round(whole[name], 3), "goal": goal, "better": "higher", "ok": whole[name] >= goal}
            for name, goal in GOALS.items()
        ]  # fmt: skip
        machine = {"cores": os.cpu_count(), "python": platform.python_version()}
        result = {
            "benchmark": "read_plans",
            "machine": machine,
            "goals": goals,
            "details": {"plans": plans, "total": whole},
        }
        print(json.dumps(result, ensure_ascii=False))
        return
    for name, goal in GOALS.items():
        print(f"{name:<20} {whole[name]:.3f}  wanted {goal}  {'yes' if whole[name] >= goal else 'no'}")
    print("by plan: value, year and comparison; then the indicator too")
    for plan in [*plans, {"document": "all", **whole}]:
        print(
            f"{plan['document']:<20} register {plan['register']:>3} found {plan['found']:>3} recall {plan['recall']:.2f} "
            f"precision {plan['precision']:.2f} indicator {plan['indicator_recall']:.2f} {plan['indicator_precision']:.2f}"
        )
        for name in PHRASES:
            for line in plan.get(name, ()):
                print(f"   {name}: {line}")


if __name__ == "__main__":
    main()
