"""The result of the verdict benchmark as tables to read."""

from __future__ import annotations

from benchmarks.verdict_goals import NAMES

HEAD = f"{'':44}{'Brier':>8}{'skill':>8}{'calibr.':>9}{'log':>8}{'cases':>10}"


def print_report(result: dict) -> None:
    """Print goals first, then every table of the details."""
    details = result["details"]
    print(f"{details['cases']:,} pseudo-targets of {details['indicators']} indicators; weights: {details['weights']}")
    print(f"{details['seconds']} s, {details['processor_seconds']} s of one processor\n")
    _goals(result["goals"])
    for name in details["not_measured"]:
        print(f"{name:84}not measured: the panel does not allow it")
    print(f"\nOur stacked chances (90 % interval over indicators)\n{HEAD}")
    for situation, by_points in details["situations"].items():
        for points, scored in by_points.items():
            low, high = scored["interval"]["brier"]
            print(_line(f"{NAMES[situation]}, n={points}  ({low:.3f} to {high:.3f})", scored))
    print(f"\nEach method alone\n{HEAD}")
    for situation, by_points in details["methods"].items():
        for points in sorted({"1", "3", "8"} & set(by_points)):
            for name, scored in by_points[points].items():
                print(_line(f"{NAMES[situation]}, n={points}, {name.replace('_', ' ')}", scored))
    print(f"\nWhat is usually done\n{HEAD}{'ours':>8}")
    for name, by_points in details["peers"].items():
        for points, scored in by_points.items():
            print(_line(f"{name.split(';')[0]}, n={points}", scored) + f"{scored['ours_same_cases']:8.3f}")
    for name, table in details["by"].items():
        print(f"\nRich peers, n=3, by {name}\n{HEAD}")
        for value, scored in table.items():
            print(_line(value, scored))
    for title, tables in (("words", details["words"]), ("tenths", details["reliability"])):
        print(f"\nSaid and happened, n=3, by {title}\n{'':44}{'said':>8}{'happened':>10}{'cases':>10}")
        for situation, rows in tables.items():
            for row in rows:
                label = f"{NAMES[situation]}, {row['bin']}"
                print(f"{label:44}{row['said']:8.3f}{row['happened']:10.3f}{row['cases']:10,}")
    print("\nHow far one indicator's chances are off together (median, one in ten)")
    for situation, error in details["indicator_wide_error"].items():
        print(f"{NAMES[situation]:44}{error['median']:8.3f}{error['one_in_ten']:8.3f}")
    _special(details)


def _goals(rows: list[dict]) -> None:
    print(f"{'Goal':84}{'measured':>10}{'goal':>8}")
    for row in rows:
        mark = "ok" if row["ok"] else "SHORT"
        peer = f"  {row['peer']} {row['peer_measured']:.3f}" if "peer" in row else ""
        print(f"{row['name']:84}{row['measured']:10.4f}{row['goal']:8.3f} {mark}{peer}")


def _special(details: dict) -> None:
    print(f"\nMunicipalities only; learned before 2014 and used after; on the way through a five-year plan\n{HEAD}")
    for points, scored in (details["municipalities"] or {}).items():
        print(_line(f"municipalities only, n={points}", scored))
    for when, scored in (details["deployed"] or {}).items():
        print(_line(f"learned before 2014, {when.replace('_', ' ')}", scored))
    for gone, scored in details["midterm"].items():
        print(_line(f"after {gone} of five years", scored))
        print(
            f"    already above the target and still there at the deadline "
            f"{_share(scored['already_above_still_there_at_the_deadline'])}; ahead of time and attained "
            f"{_share(scored['on_time_attained'])}; behind time and still attained {_share(scored['behind_time_attained'])}"
        )


def _line(name: str, scored: dict) -> str:
    return (
        f"{name:44}{scored['brier']:8.4f}{scored['skill']:8.3f}{scored['calibration_error']:9.4f}"
        f"{scored['log_score']:8.4f}{scored['cases']:10,}"
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
