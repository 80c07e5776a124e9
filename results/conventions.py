"""How numbers are shown, in words: for the page, the tables in RTF and the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

ABBREVIATIONS = {
    "ANCOVA": "analysis of covariance",
    "CI": "confidence interval",
    "HR": "hazard ratio",
    "KM": "Kaplan-Meier",
    "LS": "least squares",
    "MMRM": "mixed model for repeated measures",
    "NE": "not estimable",
    "RMST": "restricted mean survival time",
    "SD": "standard deviation",
    "SE": "standard error",
}
# One line each: what every display of a study keeps to.
RULES = (
    "N in the head of a column is the number of subjects of the population at that level; n is the number of subjects "
    "or records with the characteristic, and the number after a slash its denominator.",
    "A percentage is n over the denominator that stands with it or, where none does, over N of the column. 0 and 100 "
    "are shown with the same decimals as others: 0 (0.0%), 4/4 (100.0%).",
    "Values are rounded for display only, halves away from zero as in SAS, and never twice; the analysis results data "
    "have them in full.",
    "P-values have four decimals; below 0.0001 they read <0.0001, between 0.9999 and 1 >0.9999. They are two-sided "
    "unless their label says otherwise, and not adjusted for multiplicity.",
    "NE stands where a statistic is not estimable, and the analysis results data say why. An empty cell (a dash on the "
    "page) is a statistic that is not made for that column, as a comparison in the column of its reference.",
    "A comparison stands in the column of the level that is compared; its reference is named in the call.",
)


def abbreviations(texts: Iterable[str], own: Mapping[str, str] | None = None) -> str:
    """The abbreviations that the texts use, spelled out, also where one stands in the plural.

    own: those of the study, `[results.abbreviations]` of study.toml; where both have one, that of the study counts.

    >>> abbreviations(["95% CI", "15.0 (9.0, NE)"])
    'CI: confidence interval. NE: not estimable.'
    >>> abbreviations(["Target irAEs, 95% CI"], {"irAE": "immune-related adverse event"})
    'CI: confidence interval. irAE: immune-related adverse event.'
    """
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    known = sorted({**ABBREVIATIONS, **(own or {})}.items(), key=lambda pair: pair[0].lower())
    return " ".join(f"{short}: {meaning}." for short, meaning in known if {short, f"{short}s"} & words)


def own_abbreviations(settings: Mapping[str, object]) -> dict[str, str]:
    """The abbreviations that study.toml spells out; none where it has no such table."""
    results = settings.get("results")
    found = results.get("abbreviations") if isinstance(results, Mapping) else None
    return {str(short): str(meaning) for short, meaning in found.items()} if isinstance(found, Mapping) else {}
