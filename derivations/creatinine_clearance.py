"""Creatinine clearance."""

from __future__ import annotations

from derivations.columns import condition_column, finite_column, floats, number_column, text_column
from derivations.creatinine import by_sex, milligrams, strange_unit
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["creatinine_clearance", "number_column", "problems", "text_column"]


@derivation(
    source="Cockcroft and Gault, Nephron 1976;16:31; admiral: compute_egfr(method = 'CRCL')",
    subject="Vital signs, ECG, kidney",
    also="compute_egfr, CRCL, CREATCLR, Cockcroft-Gault, creatinine clearance",
)
def creatinine_clearance(creat: Number, creatu: Text, age: Number, weight: Number, sex: Text) -> Number:
    """The creatinine clearance in mL/min by Cockcroft and Gault: (140 - age) * weight / (72 * creatinine in mg/dL),
    times 0.85 for women. Creatinine in umol/L is divided by 88.4.

    Args:
        creat: serum creatinine.
        creatu: its unit, mg/dL or umol/L.
        age: age in years.
        weight: weight in kg.
        sex: F or M.

    Missing: missing if an argument is missing, the creatinine not above 0, the sex neither F nor M, or the unit
    neither of the two, which is reported.

    Example:
        >>> units, sex = text_column(["mg/dL", "umol/L"]), text_column(["M", "F"])
        >>> values = creatinine_clearance(
        ...     number_column([1.25, 88.4]), units, number_column([50, 68]), number_column([80, 60]), sex
        ... )
        >>> values.tolist()
        [80.0, 51.0]
    """
    scr = milligrams(creat, creatu)
    return finite_column((140 - floats(age)) * floats(weight) * by_sex(sex, 0.85, 1.0) / (72 * scr), creat.index)


@problems_of("creatinine_clearance")
def problems(creat: Number, creatu: Text, age: Number, weight: Number, sex: Text) -> Problems:
    """Values in a unit that is none of the two."""
    return {"unit_without_factor": condition_column(strange_unit(creat, creatu), creat.index)}
