"""Files of census tables, people by age and sex in 2010 and 2020: their layout, and when a boundary is taken to have held."""

from __future__ import annotations

import pandas as pd

COLUMNS = ("year", "code", "province", "city", "region", "level", "age", "male", "female")
LABELS = ("0", "1-4", *(f"{a}-{a + 4}" for a in range(5, 85, 5)), "85+")

# A boundary is taken to have held where the code is in both censuses, the total did not leave these bounds, and the
# cohort of 45-64, which hardly moves, did not either: people found ten years on over people counted. The published
# changes of districts are not in the file; what lies outside is far more than moving and dying can do.
TOTAL_BOUNDS = (0.45, 2.2)
COHORT_BOUNDS = (0.55, 1.45)


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
