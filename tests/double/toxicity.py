"""CTCAE version 5 grades of laboratory results, with the cut-offs of 4.6."""

from __future__ import annotations

import numpy as np
import pandas as pd

# lower is worse: grade 1 is below the lower limit of normal, the others below these values
LOW: dict[str, list[float]] = {
    "HGB": [100, 80],
    "NEUT": [1.5, 1.0, 0.5],
    "LYM": [0.8, 0.5, 0.2],
    "PLAT": [75, 50, 25],
    "ALB": [30, 20],
}
# higher is worse, in multiples of the upper limit of normal; first and further cut-offs
TIMES_ULN: dict[str, list[float]] = {
    "ALT": [1, 3, 5, 20],
    "AST": [1, 3, 5, 20],
    "ALP": [1, 2.5, 5, 20],
    "GGT": [1, 2.5, 5, 20],
    "BILI": [1, 1.5, 3, 10],
    "APTT": [1, 1.5, 2.5],
}
# the same in multiples of an abnormal baseline; the first is reached from the value on for these (">=" not ">")
TIMES_BASELINE: dict[str, list[float]] = {
    "ALT": [1.5, 3, 5, 20],
    "AST": [1.5, 3, 5, 20],
    "ALP": [2.0, 2.5, 5, 20],
    "GGT": [2.0, 2.5, 5, 20],
    "BILI": [1.0, 1.5, 3, 10],
}
FROM_VALUE_ON = ["ALT", "AST", "ALP", "GGT"]
INR = [1.2, 1.5, 2.5]
TERMS_LOW = {
    "HGB": "Anemia",
    "NEUT": "Neutrophil count decreased",
    "LYM": "Lymphocyte count decreased",
    "PLAT": "Platelet count decreased",
    "ALB": "Hypoalbuminemia",
}
TERMS_HIGH = {
    "ALT": "Alanine aminotransferase increased",
    "AST": "Aspartate aminotransferase increased",
    "ALP": "Alkaline phosphatase increased",
    "GGT": "GGT increased",
    "BILI": "Blood bilirubin increased",
    "CREAT": "Creatinine increased",
    "INR": "INR increased",
    "APTT": "Activated partial thromboplastin time prolonged",
}


def ten_digits(values: pd.Series) -> pd.Series:
    """Rounded to 10 significant digits, so that 0.1 + 0.2 is 0.3 (4.6)."""
    size = np.floor(np.log10(values.abs().where(values != 0)))
    scale = 10.0 ** (9 - size)
    return ((values * scale).round() / scale).where(values != 0, values)


def above(value: pd.Series, limit: pd.Series | float) -> pd.Series:
    """value > limit after rounding both."""
    limits = limit if isinstance(limit, pd.Series) else pd.Series(float(limit), index=value.index)
    return ten_digits(value) > ten_digits(limits)


def low_grades(data: pd.DataFrame) -> pd.Series:
    """ATOXGRLN of records with LBTESTCD, AVAL, ANRLO: 0 where the test is graded and the result is not low."""
    grade = pd.Series(np.nan, index=data.index)
    for test, limits in LOW.items():
        rows = data[(data["LBTESTCD"] == test) & data["AVAL"].notna() & data["ANRLO"].notna()]
        below = [above(rows["ANRLO"], rows["AVAL"])]
        below += [above(pd.Series(limit, index=rows.index), rows["AVAL"]) for limit in limits]
        grade.loc[rows.index] = _highest(below)
    return grade


def high_grades(data: pd.DataFrame) -> pd.Series:
    """ATOXGRHN of records with LBTESTCD, AVAL, ANRHI, BASE and `base_high` (baseline above its range)."""
    grade = pd.Series(np.nan, index=data.index)
    for test, cuts in TIMES_ULN.items():
        rows = data[(data["LBTESTCD"] == test) & data["AVAL"].notna() & data["ANRHI"].notna()]
        normal = _highest([above(rows["AVAL"], rows["ANRHI"] * cut) for cut in cuts])
        if test in TIMES_BASELINE:
            normal = normal.where(~rows["base_high"], _times_baseline(rows, test))
        grade.loc[rows.index] = normal
    rows = data[(data["LBTESTCD"] == "INR") & data["AVAL"].notna()]
    grade.loc[rows.index] = _highest([above(rows["AVAL"], cut) for cut in INR])
    rows = data[(data["LBTESTCD"] == "CREAT") & data["AVAL"].notna() & data["ANRHI"].notna()]
    grade.loc[rows.index] = _creatinine(rows)
    return grade


def _times_baseline(rows: pd.DataFrame, test: str) -> pd.Series:
    first, *further = TIMES_BASELINE[test]
    reached = above(rows["AVAL"], rows["BASE"] * first)
    if test in FROM_VALUE_ON:
        reached |= ten_digits(rows["AVAL"]) == ten_digits(rows["BASE"] * first)
    return _highest([reached, *(above(rows["AVAL"], rows["BASE"] * cut) for cut in further)])


def _creatinine(rows: pd.DataFrame) -> pd.Series:
    """Above the range 1, above 1.5 x range or baseline 2, above 3 x range or baseline 3, above 6 x range 4."""
    value, limit, base = rows["AVAL"], rows["ANRHI"], rows["BASE"]
    return _highest(
        [
            above(value, limit),
            above(value, limit * 1.5) | above(value, base * 1.5),
            above(value, limit * 3) | above(value, base * 3),
            above(value, limit * 6),
        ]
    )


def _highest(reached: list[pd.Series]) -> pd.Series:
    """The number of the last condition that holds, 0 if none does."""
    grade = pd.Series(0.0, index=reached[0].index)
    for number, holds in enumerate(reached, 1):
        grade = grade.where(~holds, float(number))
    return grade
