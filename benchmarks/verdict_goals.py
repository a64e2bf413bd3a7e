"""The goals for the chances, beside what was measured and what the usual method reached on the same cases."""

from __future__ import annotations

# situation, points: Brier at most, skill at least, calibration error at most
GOALS = {
    ("rich", 1): (0.166, 0.13, 0.010),
    ("rich", 3): (0.160, 0.165, 0.010),
    ("rich", 5): (0.159, 0.17, 0.010),
    ("30", 1): (0.176, 0.085, 0.013),
    ("30", 3): (0.172, 0.10, 0.013),
    ("10", 1): (0.177, 0.075, 0.014),
    ("10", 3): (0.173, 0.095, 0.014),
    ("none", 1): (0.190, 0.01, 0.03),
    ("none", 3): (0.187, 0.02, 0.013),
    ("none", 8): (0.182, 0.05, 0.01),
}
NAMES = {"rich": "rich peers", "30": "30 peers", "10": "10 peers", "none": "no peers"}
MUNICIPAL = (0.172, 0.13, 0.014)
DEPLOYED = (0.169, 0.145)
DEPLOYED_CALIBRATION = {"to_2019": 0.012, "after_2019": 0.040}
MIDTERM = {"2": (0.138, 0.39), "3": (0.113, 0.50)}
PEER = "random walk with drift, t"
SURE = {
    "lowest": ("said at most 10 % happens", 0.10, "lower"),
    "highest": ("said 90 % or more happens", 0.90, "higher"),
}


def goals(details: dict) -> list[dict]:
    """The goals with what was measured, None where the panel does not allow it."""
    rows = []
    for (situation, points), wanted in GOALS.items():
        measured = details["situations"].get(situation, {}).get(str(points))
        rows += _three(f"{NAMES[situation]}, n={points}", measured, wanted, _peer(details, points))
    for points in (1, 3, 8):
        scored = details["situations"]["none"].get(str(points), {}).get("before_the_cap")
        rows += _three(f"no peers, n={points}, before the cap", scored, GOALS["none", points], {})
    rows += _three("municipalities only, n=3", (details["municipalities"] or {}).get("3"), MUNICIPAL, {})
    deployed = details["deployed"] or {}
    rows += _three("learned before 2014, used after, n=3", deployed.get("all"), (*DEPLOYED, None), _peer(details, 3))
    for when, least in DEPLOYED_CALIBRATION.items():
        name = f"learned before 2014, used after, deadlines {when.replace('_', ' ')}: calibration error"
        rows.append(_goal(name, (deployed.get(when) or {}).get("calibration_error"), least, "lower"))
    for gone, wanted in MIDTERM.items():
        rows += _three(f"five-year plan after {gone} years", details["midterm"].get(gone), (*wanted, None), {})
    for situation, table in details["reliability"].items():
        rows += _sure(NAMES[situation], table)
    return rows


def _three(name: str, measured: dict | None, wanted: tuple, peer: dict) -> list[dict]:
    measured = measured or {}
    kinds = (
        ("brier", "Brier", "lower"),
        ("skill", "skill", "higher"),
        ("calibration_error", "calibration error", "lower"),
    )
    return [
        _goal(f"{name}: {label}", measured.get(key), least, better, peer.get(key))
        for (key, label, better), least in zip(kinds, wanted, strict=True)
        if least is not None
    ]


def _sure(name: str, table: list[dict]) -> list[dict]:
    rows = []
    for row, (label, least, better) in zip((table[0], table[-1]), SURE.values(), strict=True):
        reached = row["high"] <= 0.1 + 1e-9 if better == "lower" else row["low"] >= 0.9 - 1e-9
        if reached:
            rows.append(_goal(f"{name}, n=3: {label}", row["happened"], least, better))
    return rows


def _goal(name: str, measured: float | None, goal: float, better: str, peer_measured: float | None = None) -> dict:
    ok = None
    if measured is not None and measured == measured:
        ok = bool(measured <= goal if better == "lower" else measured >= goal)
    row = {"name": name, "measured": measured, "goal": goal, "better": better, "ok": ok}
    return row if peer_measured is None else {**row, "peer": PEER, "peer_measured": peer_measured}


def _peer(details: dict, points: int) -> dict:
    """The usual method with the same points, or with three where it needs more."""
    table = details["peers"].get(PEER, {})
    return table.get(str(max(points, 3)), {})
