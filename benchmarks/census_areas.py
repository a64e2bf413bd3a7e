"""Census tables of counties read from one file: people by age and sex in 2010 and 2020, boundaries that held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

COLUMNS = ("year", "code", "province", "city", "region", "level", "age", "male", "female")
LABELS = ("0", "1-4", *(f"{a}-{a + 4}" for a in range(5, 85, 5)), "85+")
START, END = 2010, 2020

# A boundary is taken to have held where the code is in both censuses, the total did not leave these bounds, and the
# cohort of 45-64, which hardly moves, did not either: people found ten years on over people counted. The published
# changes of districts are not in the file; what lies outside is far more than moving and dying can do.
TOTAL_BOUNDS = (0.45, 2.2)
COHORT_BOUNDS = (0.55, 1.45)


@dataclass(frozen=True)
class Counties:
    """Counties in both censuses. start, end: (county, sex, group), persons, groups as LABELS, sexes male, female."""

    code: np.ndarray
    name: np.ndarray
    city: np.ndarray
    province: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def __len__(self) -> int:
        return len(self.code)

    def take(self, rows) -> Counties:
        return Counties(
            self.code[rows], self.name[rows], self.city[rows], self.province[rows], self.start[rows], self.end[rows]
        )


def read(paths) -> pd.DataFrame:
    """The rows of one or more files of the layout in COLUMNS. Raises ValueError with every fault found."""
    frames, faults = [], []
    for path in paths:
        try:
            frame = pd.read_csv(path, dtype={"code": str, "age": str})
        except (OSError, ValueError, UnicodeDecodeError) as why:
            faults.append(f"{path}: cannot be read as CSV ({why})")
            continue
        missing = [c for c in COLUMNS if c not in frame]
        if missing:
            faults.append(f"{path}: no column {', '.join(missing)}; the layout is {','.join(COLUMNS)}")
            continue
        strange = sorted(set(frame["age"]) - set(LABELS))
        if strange:
            faults.append(f"{path}: unknown ages {strange[:5]}; known are {', '.join(LABELS)}")
        for sex in ("male", "female"):
            if not pd.api.types.is_numeric_dtype(frame[sex]) or (frame[sex] < 0).any():
                faults.append(f"{path}: column {sex} must hold numbers of people, none negative")
        frames.append(frame)
    if faults:
        raise ValueError("\n".join(faults))
    rows = pd.concat(frames, ignore_index=True)
    return rows.drop_duplicates(["year", "level", "code", "region", "city", "province", "age"], keep="last")


def _tables(rows: pd.DataFrame, year: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Counties of one census and their people (county, sex, group); counties without all ages are left out."""
    chosen = rows[(rows["year"] == year) & (rows["level"] == "county") & rows["code"].notna()]
    wide = chosen.pivot_table(index="code", columns="age", values=["male", "female"], aggfunc="sum")
    whole = wide.notna().all(axis=1) if len(wide) else []
    wide = wide[whole]
    if not len(wide) or any((sex, label) not in wide for sex in ("male", "female") for label in LABELS):
        raise ValueError(f"No county has a complete table by age and sex for {year} (level 'county', with a code).")
    people = np.stack([wide[sex][list(LABELS)].to_numpy(float) for sex in ("male", "female")], axis=1)
    about = chosen.drop_duplicates("code").set_index("code").loc[wide.index, ["province", "city", "region"]]
    return about, people


def all_in(rows: pd.DataFrame, year: int) -> Counties:
    """Every county of one census, as both start and end: for the totals of their cities."""
    about, people = _tables(rows, year)
    return Counties(*_labels(about), people, people)


def in_both(rows: pd.DataFrame) -> Counties:
    """The counties with the same code in both censuses. Raises ValueError where there are none."""
    about, start = _tables(rows, START)
    later, end = _tables(rows, END)
    codes = about.index.intersection(later.index)
    if not len(codes):
        raise ValueError(f"No county has a table for both {START} and {END} under the same code.")
    return Counties(
        *_labels(about.loc[codes]), start[about.index.get_indexer(codes)], end[later.index.get_indexer(codes)]
    )


def _labels(about: pd.DataFrame):
    codes = about.index.to_numpy(str)
    return (
        codes,
        about["region"].to_numpy(str),
        np.array([c[:4] for c in codes]),
        about["province"].to_numpy(str),
    )


def held(counties: Counties) -> np.ndarray:
    """Where the boundary is taken to have held: (county,), true or false."""
    total = counties.end.sum(axis=(1, 2)) / counties.start.sum(axis=(1, 2))
    first = LABELS.index("45-49")
    cohort = counties.end[:, :, first + 2 : first + 6].sum(axis=(1, 2)) / counties.start[:, :, first : first + 4].sum(
        axis=(1, 2)
    )
    inside = (total > TOTAL_BOUNDS[0]) & (total < TOTAL_BOUNDS[1])
    return inside & (cohort > COHORT_BOUNDS[0]) & (cohort < COHORT_BOUNDS[1])
