"""Creatinine in one unit, for the estimates of kidney function."""

from __future__ import annotations

import numpy as np
import pandas as pd

from derivations.columns import Floats, floats, looked_up

UMOL_PER_MG = 88.4
"""umol/L in 1 mg/dL of creatinine (molar mass 113.12 g/mol), as in the published conversions of the equations."""

PER_MG = {"mg/dl": 1.0, "umol/l": UMOL_PER_MG}


def milligrams(creat: pd.Series, creatu: pd.Series) -> Floats:
    """Creatinine in mg/dL; NaN for a unit that is none of mg/dL and umol/L, and for what is not above 0."""
    values = floats(creat) / looked_up(creatu, _factor)
    return np.where(values > 0, values, np.nan)


def strange_unit(creat: pd.Series, creatu: pd.Series) -> np.ndarray:
    """True for a value whose unit is given and is none of the two."""
    known = looked_up(creatu, lambda unit: _factor(unit) or 0.0)
    return np.asarray((known == 0) & ~np.isnan(floats(creat)))


def by_sex(sex: pd.Series, female: float, male: float) -> Floats:
    """A coefficient for each row; NaN where the sex is neither F nor M."""
    return looked_up(sex, {"F": female, "M": male}.get)


def _factor(unit: str) -> float | None:
    return PER_MG.get(unit.strip().lower())
