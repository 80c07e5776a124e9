"""Analysis windows of 4.4: which assessment stands for which analysis visit."""

from __future__ import annotations

import pandas as pd

# 4.4: AVISIT, AVISITN, target day, first and last day. Numbers count the windows; the design gives none.
WINDOWS = [
    ("Baseline", 0, 1, None, 1),
    ("Day 4", 1, 4, 2, 5),
    ("Week 1", 2, 8, 6, 11),
    ("Week 2", 3, 15, 12, 18),
    ("Week 3", 4, 22, 19, 25),
    ("Week 4", 5, 29, 26, 36),
    ("Week 6", 6, 43, 37, 50),
    ("Week 8", 7, 57, 51, 71),
    ("Follow-up", 8, 87, 72, None),
]


def windows(ady: pd.Series) -> pd.DataFrame:
    """AVISIT, AVISITN, AWTARGET, AWTDIFF, AWLO, AWHI and AWU of each analysis day."""
    table = pd.DataFrame(WINDOWS, columns=["AVISIT", "AVISITN", "AWTARGET", "AWLO", "AWHI"])
    edges = [float("-inf"), *table["AWHI"].dropna(), float("inf")]
    place = pd.cut(ady, edges, labels=False)
    found = table.reindex(place).set_axis(ady.index)
    # ADaMIG 1.3: the absolute difference, adjusted for there being no Day 0 (targets are positive)
    found["AWTDIFF"] = (ady.where(ady > 0, ady + 1) - found["AWTARGET"]).abs()
    found["AWU"] = pd.Series("DAYS", index=ady.index).where(ady.notna())
    return found


def closest(data: pd.DataFrame, group: list[str], tie: str) -> pd.Series:
    """Whether a record is the one that stands for its visit: closest to target, then later date, then higher `tie`."""
    has_value = data["AVAL"].notna() | (data["AVALC"].notna() if "AVALC" in data else False)
    order = data[data["AVISIT"].notna() & has_value].sort_values(
        ["AWTDIFF", "ADT", tie], ascending=[True, False, False], kind="stable"
    )
    return data.index.to_series().isin(order.drop_duplicates([*group, "AVISIT"]).index)
