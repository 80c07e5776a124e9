"""Estimated glomerular filtration rate."""

from __future__ import annotations

import numpy as np
import pandas as pd

from derivations.columns import Floats, condition_column, finite_column, floats, looked_up, number_column, text_column
from derivations.creatinine import by_sex, milligrams, strange_unit
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["egfr", "number_column", "problems", "text_column"]

METHODS = ("MDRD", "CKD-EPI 2009", "CKD-EPI 2021", "Schwartz")
BLACK = "BLACK OR AFRICAN AMERICAN"


@derivation(
    source="Levey et al., Clin Chem 2007;53:766 (MDRD); Levey et al., Ann Intern Med 2009;150:604 (CKD-EPI 2009); Inker"
    " et al., N Engl J Med 2021;385:1737 (CKD-EPI 2021); Schwartz et al., J Am Soc Nephrol 2009;20:629; admiral:"
    " compute_egfr()",
    subject="Vital signs, ECG, kidney",
    also="compute_egfr, EGFR, GFR, MDRD, CKD-EPI, Schwartz, kidney function, renal function",
)
def egfr(
    creat: Number, creatu: Text, age: Number, sex: Text, method: str, race: Text = None, height: Number = None
) -> Number:
    """The estimated glomerular filtration rate in mL/min/1.73 m2 by the equation that is named, from the creatinine
    in mg/dL (Scr), traceable to isotope dilution mass spectrometry. MDRD: 175 * Scr^-1.154 * age^-0.203, times 0.742
    for women, times 1.212 for Black or African American. CKD-EPI 2009: 141 * min(Scr/k, 1)^a * max(Scr/k, 1)^-1.209
    * 0.993^age, times 1.018 for women, times 1.159 for Black or African American; k is 0.7 for women and 0.9 for
    men, a is -0.329 and -0.411. CKD-EPI 2021: 142 * min(Scr/k, 1)^a * max(Scr/k, 1)^-1.200 * 0.9938^age, times 1.012
    for women; k as before, a is -0.241 and -0.302. Schwartz, for children: 0.413 * height in cm / Scr. Creatinine in
    umol/L is divided by 88.4.

    Args:
        creat: serum creatinine.
        creatu: its unit, mg/dL or umol/L.
        age: age in years; not used by Schwartz.
        sex: F or M; not used by Schwartz.
        method: one of those names.
        race: race (RACE), for MDRD and CKD-EPI 2009.
        height: height in cm, for Schwartz.

    Missing: missing if an argument that the equation uses is missing, the creatinine not above 0, the sex neither F
    nor M, or the unit neither of the two, which is reported.

    Example:
        >>> one = number_column([1.0]), text_column(["mg/dL"]), number_column([1]), text_column(["M"])
        >>> egfr(*one, "MDRD", text_column(["WHITE"])).tolist()
        [175.0]
        >>> egfr(*one, "Schwartz", height=number_column([100])).tolist()
        [41.3]
    """
    if method not in METHODS:
        raise ValueError(f"egfr: method is one of {', '.join(METHODS)}, but it is {method!r}")
    if race is None and method in ("MDRD", "CKD-EPI 2009"):
        raise ValueError(f"egfr: {method} needs race")
    if height is None and method == "Schwartz":
        raise ValueError("egfr: Schwartz needs height")
    scr = milligrams(creat, creatu)
    if height is not None and method == "Schwartz":
        return finite_column(0.413 * floats(height) / scr, creat.index)
    years = np.where(floats(age) > 0, floats(age), np.nan)
    if method == "CKD-EPI 2021":
        return finite_column(_ckd_epi(scr, years, sex, (142, -1.2, 0.9938), (1.012, -0.241, -0.302)), creat.index)
    if method == "CKD-EPI 2009":
        found = _ckd_epi(scr, years, sex, (141, -1.209, 0.993), (1.018, -0.329, -0.411))
        return finite_column(found * _by_race(race, 1.159), creat.index)
    found = 175 * scr**-1.154 * years**-0.203 * by_sex(sex, 0.742, 1.0)
    return finite_column(found * _by_race(race, 1.212), creat.index)


@problems_of("egfr")
def problems(
    creat: Number, creatu: Text, age: Number, sex: Text, method: str, race: Text = None, height: Number = None
) -> Problems:
    """Values in a unit that is none of the two."""
    return {"unit_without_factor": condition_column(strange_unit(creat, creatu), creat.index)}


def _ckd_epi(
    scr: Floats, years: Floats, sex: pd.Series, common: tuple[float, float, float], own: tuple[float, float, float]
) -> Floats:
    """The equation with its constant, upper exponent and yearly factor; factor of women, lower exponents F and M."""
    constant, upper, yearly = common
    women, lower_f, lower_m = own
    ratio = scr / by_sex(sex, 0.7, 0.9)
    below, above = np.minimum(ratio, 1) ** by_sex(sex, lower_f, lower_m), np.maximum(ratio, 1) ** upper
    return np.asarray(constant * below * above * yearly**years * by_sex(sex, women, 1.0))


def _by_race(race: pd.Series | None, black: float) -> Floats:
    return np.empty(0) if race is None else looked_up(race, lambda term: black if term == BLACK else 1.0)
