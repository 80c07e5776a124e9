"""The doses per day that a term for a dosing frequency states."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from derivations.columns import condition_column, looked_up, number_column, text_column
from derivations.registry import Number, Problems, Text, derivation, problems_of

__all__ = ["doses_per_day", "problems", "text_column"]

TABLE = Path(__file__).with_name("dose-frequency-2025-03-28.csv")


def _load() -> Mapping[str, float | None]:
    """Doses per day of each term; None for a term that states no number."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {row["Term"]: float(row["Doses"]) / float(row["Days"]) if row["Doses"] else None for row in rows}


PER_DAY = _load()


@derivation(
    source="NCI EVS codelist FREQ (C71113), 2025-03-28; admiral: dose_freq_lookup (a month has 30.4375 days)",
    subject="Treatment and doses",
    also="dose_freq_lookup, create_single_dose_dataset, EXDOSFRQ, CMDOSFRQ, ADFRQN, FREQ, BID, TID, QOD, average daily"
    " dose",
)
def doses_per_day(frequency: Text) -> Number:
    """The average number of doses in a day that the frequency states: 2 for BID, 0.5 for QOD, 1/21 for EVERY 3
    WEEKS. The terms are those of the codelist FREQ, in any case. A day has 24 hours, a month 30.4375 days, a year
    365.25 days. What a study adds to the codelist belongs into a look-up table of the study.

    Args:
        frequency: dosing frequency (--DOSFRQ).

    Missing: a missing term gives a missing number, and so does one that states no number (ONCE, PRN, CONTINUOUS,
    UNKNOWN). A text that is no term of FREQ gives a missing number and is reported.

    Example:
        >>> doses_per_day(text_column(["BID", "qod", "PRN", "EVERY 2 WEEKS"])).tolist()
        [2.0, 0.5, nan, 0.07142857142857142]
    """
    return number_column(looked_up(frequency, lambda term: PER_DAY.get(term.strip().upper())), frequency.index)


@problems_of("doses_per_day")
def problems(frequency: Text) -> Problems:
    """Texts that are no term of FREQ."""
    strange = looked_up(frequency, lambda term: float(term.strip().upper() not in PER_DAY)) == 1
    return {"not_mapped": condition_column(strange, frequency.index)}
