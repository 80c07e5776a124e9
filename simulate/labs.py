"""Laboratory results: AR(1) on the log scale within the range, driven by hepatitis, screening failures out of it."""

from __future__ import annotations

import numpy as np

from simulate.catalogue import ANALYTES, CODES, FAILURES
from simulate.cohort import VISIT_COLUMNS, Cohort
from simulate.rng import Draws, Floats, Ints

AUTOCORRELATION = 0.7
ULN_BY_GRADE = (1.0, 2.0, 4.0, 10.0, 25.0)
"""Alanine aminotransferase as a multiple of the upper limit by CTCAE grade: the middle of each band."""
FAILED_VALUES = {"INCL06A": ("HB", 84.0), "INCL06B": ("NE", 0.80), "INCL06C": ("LY", 0.42), "INCL06D": ("PLT", 62.0),
                 "INCL06E": ("INR", 1.92), "INCL08": ("CREA", 260.0)}
ELIGIBLE = {"HB": 92.0, "NE": 1.9, "LY": 0.6, "PLT": 80.0}
"""Lower limits that the results of an eligible subject respect (F-12)."""
_AT = {code: n for n, code in enumerate(CODES)}
_SCALES = np.array([10.0**analyte.decimals for analyte in ANALYTES])


def texts(scaled: Ints, decimals: int) -> np.ndarray:
    """Decimal texts of whole numbers of units of 10**-decimals.

    >>> list(texts(np.array([80, 1234]), 2))
    ['0.80', '12.34']
    """
    if scaled.size == 0:
        return np.array([], dtype=object)
    if decimals == 0:
        pool = [str(n) for n in range(int(scaled.max()) + 1)]
    else:
        unit = 10**decimals
        pool = [f"{n // unit}.{n % unit:0{decimals}d}" for n in range(int(scaled.max()) + 1)]
    return np.array(pool, dtype=object)[scaled]


def results(draws: Draws, people: Cohort) -> Ints:
    """(S, visit columns, tests): results in units of the last decimal of each test."""
    order = np.argsort(np.where(people.visit_status == 1, people.visit_day, 10**9), axis=1, kind="stable")
    noise = _autoregressive(draws, people)
    noise[people.golden] *= 0.5  # benign: inside the range
    rank = np.argsort(order, axis=1)  # the noise runs along the dates of the visits
    noise = np.take_along_axis(noise, rank[:, :, None], 1)
    mean = np.array([max(analyte.mean, 1.0) for analyte in ANALYTES])
    spread = np.array([analyte.spread for analyte in ANALYTES])
    female = (people.sex == 2)[:, None]
    level = np.broadcast_to(mean, noise.shape) * np.exp(spread * noise)
    for code, factor in (("HB", 0.9), ("CREA", 0.84), ("ALT", 0.85), ("AST", 0.9), ("GGT", 0.8)):
        level[:, :, _AT[code]] *= np.where(female, factor, 1.0)
    for code, least in ELIGIBLE.items():
        level[:, :, _AT[code]] = np.maximum(level[:, :, _AT[code]], least)
    level[:, :, _AT["DBIL"]] = np.minimum(level[:, :, _AT["DBIL"]], 0.6 * level[:, :, _AT["TBIL"]])
    _hepatitis(people, level)
    _failures(people, level)
    return np.rint(level * _SCALES).astype(np.int64)


def _autoregressive(draws: Draws, people: Cohort) -> Floats:
    tests = len(ANALYTES)
    counters = np.arange(VISIT_COLUMNS * tests).reshape(VISIT_COLUMNS, tests)
    fresh = np.clip(draws.normal(people.key[:, None, None], "lab", counters), -2, 2)
    noise = fresh.copy()
    innovation = np.sqrt(1 - AUTOCORRELATION**2)
    for visit in range(1, VISIT_COLUMNS):
        noise[:, visit] = AUTOCORRELATION * noise[:, visit - 1] + innovation * fresh[:, visit]
    return noise


def _hepatitis(people: Cohort, level: Floats) -> None:
    """Aminotransferases follow the grade of the liver event: band middle of the grade times the upper limit."""
    liver = np.where((people.organ == 4)[:, :, None], people.grade, -1).max(axis=1)
    s, visit = np.nonzero(liver > 0)
    factor = np.array(ULN_BY_GRADE)[np.clip(liver[s, visit], 0, 4)]
    for code, share, base in (("ALT", 1.0, 21.0), ("AST", 0.8, 22.0), ("GGT", 0.7, 26.0), ("ALP", 0.4, 82.0)):
        analyte = ANALYTES[_AT[code]]
        upper = np.where(people.sex[s] == 2, float(analyte.female[1]), float(analyte.male[1]))
        wobble = np.sqrt(level[s, visit, _AT[code]] / base)
        level[s, visit, _AT[code]] = np.maximum(level[s, visit, _AT[code]], share * factor * upper * wobble)


def _failures(people: Cohort, level: Floats) -> None:
    for position, criterion in enumerate(FAILURES):
        code, value = FAILED_VALUES.get(criterion, ("", 0.0))
        if code:
            who = (people.failure == position).any(axis=1)
            level[who, 0, _AT[code]] = value
            if criterion == "INCL06E":
                level[who, 0, _AT["PT"]] = 20.4
