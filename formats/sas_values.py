"""Numbers of SAS datasets as text: what the format of a variable says they are, and special missing values.

Source: SAS 9.4 Formats and Informats: dates count days, datetimes and times seconds, from 1960-01-01.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pandas as pd

from formats.coded import Coded
from formats.raw_table import DAY_SECONDS, ValueProblem, clock_text, moment_text, number_text

EPOCH = date(1960, 1, 1)
_DATES = (
    "B8601DA DATE DAY DDMMYY DDMMYYB DDMMYYC DDMMYYD DDMMYYN DDMMYYP DDMMYYS DOWNAME E8601DA IS8601DA JULDAY "
    "JULIAN MMDDYY MMDDYYB MMDDYYC MMDDYYD MMDDYYN MMDDYYP MMDDYYS MMYY MMYYC MMYYD MMYYN MMYYP MMYYS MONNAME "
    "MONTH MONYY NLDATE NLDATEL NLDATEM NLDATEMD NLDATEMN NLDATES NLDATEW NLDATEWN NLDATEYM NLDATEYR QTR QTRR "
    "WEEKDATE WEEKDATX WEEKDAY WEEKU WEEKV WEEKW WORDDATE WORDDATX YEAR YYMM YYMMC YYMMD YYMMDD YYMMDDB "
    "YYMMDDC YYMMDDD YYMMDDN YYMMDDP YYMMDDS YYMMN YYMMP YYMMS YYMON YYQ YYQC YYQD YYQN YYQP YYQR YYQS YYQZ"
)
_DATETIMES = (
    "B8601DN B8601DT B8601DX B8601DZ B8601LX DATEAMPM DATETIME DTDATE DTMONYY DTWKDATX DTYEAR DTYYQC E8601DN "
    "E8601DT E8601DX E8601DZ E8601LX IS8601DN IS8601DT IS8601DZ MDYAMPM NLDATM NLDATMAP NLDATMDT NLDATML "
    "NLDATMM NLDATMMD NLDATMMN NLDATMS NLDATMTM NLDATMW NLDATMWN NLDATMWZ NLDATMYM NLDATMYR NLDATMZ"
)
_TIMES = (
    "B8601LZ B8601TM B8601TZ E8601LZ E8601TM E8601TZ HHMM HOUR IS8601LZ IS8601TM IS8601TZ MMSS NLTIMAP NLTIME "
    "TIME TIMEAMPM TOD"
)
KINDS = {
    name: kind
    for kind, names in (("date", _DATES), ("datetime", _DATETIMES), ("time", _TIMES))
    for name in names.split()
}


def kind(sas_format: str | None) -> str:
    """What a format says of a number: "date", "datetime", "time" or "" (a number, whatever its pattern).

    >>> kind("DATE9."), kind("E8601DT19"), kind("TIME5."), kind("8.2"), kind(None)
    ('date', 'datetime', 'time', '', '')
    """
    return KINDS.get((sas_format or "").upper().rstrip(".0123456789"), "")


def as_text(
    numbers: np.ndarray, special: np.ndarray | None, sas_format: str | None, name: str
) -> tuple[Coded, list[ValueProblem]]:
    """A numeric variable (float64, NaN missing) as text, and its values that are not what the format says.

    special: for missing values the ASCII code of the letter (uint8, 0 none), which gives `.A`. A time beyond
    24 hours keeps its hours. What is no date of the years 1 to 9999 stays a number, with a problem.
    """
    codes, distinct = pd.factorize(numbers)
    read = _READERS[kind(sas_format)]
    texts: list[str] = []
    faults: dict[int, str] = {}
    for code, number in enumerate(distinct.tolist()):
        try:
            text, fault = read(number)
        except (OverflowError, ValueError):
            text, fault = str(number).removesuffix(".0"), f"is no {kind(sas_format) or 'number'}"
        texts.append(text)
        if fault:
            faults[code] = fault
    problems = _problems(codes, texts, faults, name) if faults else []
    if special is not None and special.any():
        letters, found = pd.factorize(special)
        codes = np.where(special != 0, len(texts) + letters, codes)
        texts += [f".{chr(letter)}" for letter in found.tolist()]
    return Coded(codes.astype(np.int32), np.array(texts, object)), problems


def _problems(codes: np.ndarray, texts: list[str], faults: dict[int, str], name: str) -> list[ValueProblem]:
    rows = np.flatnonzero(np.isin(codes, list(faults)))
    found = zip((rows + 1).tolist(), codes[rows].tolist())
    return [ValueProblem(row, name, texts[code], f"{texts[code]} {faults[code]}") for row, code in found]


def _date(number: float) -> tuple[str, str]:
    """A date with a part of a day is written as the moment that it is: nothing is cut."""
    if not number.is_integer():
        return moment_text(EPOCH, number * DAY_SECONDS), "holds a part of a day under a date format"
    return (EPOCH + timedelta(days=int(number))).isoformat(), ""


def _datetime(number: float) -> tuple[str, str]:
    return moment_text(EPOCH, number), ""


def _time(number: float) -> tuple[str, str]:
    if not math.isfinite(number):
        raise ValueError
    return clock_text(number), ""


def _number(number: float) -> tuple[str, str]:
    return number_text(number), ""


_READERS: dict[str, Callable[[float], tuple[str, str]]] = {
    "date": _date,
    "datetime": _datetime,
    "time": _time,
    "": _number,
}
