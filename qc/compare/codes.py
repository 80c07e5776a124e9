"""The values of a pair in one form on both sides, and as codes that are equal where the values are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from formats import sas_values
from formats.coded import MISSING, Coded
from qc.compare import exact
from qc.compare.iso import DAY_SECONDS, clock_seconds, dates
from qc.compare.options import Options
from qc.compare.pairs import TEXT, Pair
from qc.compare.table import DATE, DATETIME, TIME, Numbers, Values, Variable

_SPECIAL = re.compile(r"\.[A-Za-z_]")
_FORMATS = {DATE: "DATE9.", DATETIME: "DATETIME20.", TIME: "TIME8."}
_SAS_DATE = re.compile(r"(\d\d?)([A-Za-z]{3})(\d{4})(?::(\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?", re.ASCII)
_PARTED = re.compile(r"\d{4}-\d\d-\d\d \d\d:", re.ASCII)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TRUTHS = ("bool", "boolean")  # as Parquet and Dataset-JSON call the type
_WIDEST = 2**62
_NARROW = 2**31  # codes below it take half of the memory


@dataclass(frozen=True, eq=False)
class Comparable:
    """One side of a pair: numbers, or texts where there are none.

    unread: True where the text stands for no number, and equals nothing but itself; `texts` then holds the texts.
    """

    numbers: Numbers | None
    texts: Coded | None
    unread: np.ndarray | None = None


def comparable(pair: Pair, base: Values, compare: Values, options: Options) -> tuple[Comparable, Comparable]:
    """Both sides of a pair in the form in which it is compared."""
    # A number that float64 cannot hold is kept as text by its reader, and then the other side is read as text too.
    as_written = any(isinstance(v, Coded) and s.numeric for v, s in ((base, pair.base), (compare, pair.compare)))
    if pair.how == TEXT or as_written:
        sides = as_text(base, pair.base.kind), as_text(compare, pair.compare.kind)
        left, right = (Comparable(None, normalised(side, pair, options)) for side in sides)
        return left, right
    return _numbers(base, pair, pair.base), _numbers(compare, pair, pair.compare)


def as_text(values: Values, kind: str) -> Coded:
    """Numbers as the shortest text that gives them back, dates and times as ISO 8601; texts as they are."""
    if isinstance(values, Coded):
        return values
    return sas_values.as_text(values.values, values.special, _FORMATS.get(kind), "")[0]


def normalised(texts: Coded, pair: Pair, options: Options) -> Coded:
    """The texts without what is not compared: trailing blanks, case, texts of no characters."""
    values = texts.values.tolist()
    blank = not pair.empty or options.blank_is_missing
    trailing = not pair.trailing or options.ignore_trailing_blanks
    trailing = trailing and any(text.endswith(" ") for text in values)
    if not trailing and not options.ignore_case and not (blank and "" in values):
        return texts
    if trailing:
        values = [text.rstrip(" ") for text in values]
    if options.ignore_case:
        values = [text.casefold() for text in values]
    kept = [None if blank and text == "" else text for text in values]
    renumber, distinct = pd.factorize(np.array([*kept, None], object), use_na_sentinel=True)
    return Coded(renumber.astype(np.int32)[texts.codes], np.asarray(distinct, object))


def _numbers(values: Values, pair: Pair, side: Variable) -> Comparable:
    how = pair.how
    if isinstance(values, Numbers):
        return Comparable(_scaled(values, side.kind, how), None)
    texts = [text.strip() for text in values.values.tolist()]
    if not side.typed:
        other = pair.compare if side is pair.base else pair.base
        texts = [_exported(text, how, other.storage in _TRUTHS) for text in texts]
    read = _moments(texts, how) if how in (DATE, DATETIME) else np.array([_number(text, how) for text in texts])
    letters = np.array([ord(text[1].upper()) if _SPECIAL.fullmatch(text) else 0 for text in texts], np.uint8)
    gaps = np.array([text in ("", ".") for text in texts], bool) | (letters != 0)
    numbers = np.append(read, np.nan)[values.codes]
    special = np.append(letters, np.uint8(0))[values.codes]
    unread = np.append(np.isnan(read) & ~gaps, False)[values.codes]
    found = Numbers(numbers, special if special.any() else None)
    return Comparable(found, values, unread) if unread.any() else Comparable(found, None)


def _exported(text: str, how: str, truth: bool) -> str:
    """A cell of delimited text in the form of the value that a program wrote there: SAS writes dates as its formats
    DATE9. and DATETIME20. show them, pandas and R a blank before the time of day, and truth values as words.

    >>> _exported("26MAR2020:08:30:00", DATETIME, False), _exported("True", "number", True)
    ('2020-03-26T08:30:00', '1')
    """
    found = _SAS_DATE.fullmatch(text) if how in (DATE, DATETIME) else None
    if found and found[2].upper() in _MONTHS:
        day = f"{found[3]}-{_MONTHS.index(found[2].upper()) + 1:02}-{int(found[1]):02}"
        return f"{day}T{found[4]}" if found[4] else day
    if how in (DATE, DATETIME) and _PARTED.match(text):
        return text[:10] + "T" + text[11:]
    return {"true": "1", "false": "0"}.get(text.lower(), text) if truth else text


def _scaled(values: Numbers, kind: str, how: str) -> Numbers:
    return Numbers(values.values * DAY_SECONDS, values.special) if how == DATETIME and kind == DATE else values


def _number(text: str, how: str) -> float:
    """The number that a text stands for, NaN where it is none."""
    if how == TIME:
        seconds = clock_seconds(text)
        return np.nan if seconds is None else seconds
    found = exact.number(text)
    return np.nan if found is None else found


def _moments(texts: Sequence[str], how: str) -> np.ndarray:
    """The days or seconds of ISO 8601 texts; NaN for one that is no date, or for a date with a time of day."""
    days, seconds = dates(texts)
    clock = np.nan_to_num(seconds)
    if how == DATE:
        return np.where(clock == 0, days, np.nan)
    whole = np.floor(clock)
    return days * DAY_SECONDS + whole + np.round(clock - whole, 6)  # rounded once, as the number of SAS was


def joint_codes(base: Comparable, compare: Comparable, special_alike: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Codes of both sides, from 0: equal where the values are exactly equal; a missing value equals a missing one."""
    left, right = _joint_codes(base, compare, special_alike)
    narrow = max(left.max(initial=0), right.max(initial=0)) < _NARROW
    return (left.astype(np.int32), right.astype(np.int32)) if narrow else (left, right)


def _joint_codes(base: Comparable, compare: Comparable, special_alike: bool) -> tuple[np.ndarray, np.ndarray]:
    if base.numbers is None or compare.numbers is None:
        return _text_codes(base.texts, compare.texts)
    size = len(base.numbers)
    codes = pd.factorize(np.concatenate([base.numbers.values, compare.numbers.values]), use_na_sentinel=False)[0]
    letters = [np.zeros(len(n), np.int64) if n.special is None else n.special for n in (base.numbers, compare.numbers)]
    both = np.concatenate(letters).astype(np.int64)
    if both.any() and not special_alike:
        codes = codes * 256 + both
    unread = [np.zeros(len(s.numbers or ()), bool) if s.unread is None else s.unread for s in (base, compare)]
    odd = np.concatenate(unread)
    if odd.any():
        texts = _text_codes(_or_missing(base), _or_missing(compare))
        codes = np.where(odd, codes.max() + 1 + np.concatenate(texts), codes)
    return codes[:size], codes[size:]


def _or_missing(side: Comparable) -> Coded:
    return side.texts if side.texts is not None else Coded.missing(len(side.numbers or ()))


def _text_codes(base: Coded | None, compare: Coded | None) -> tuple[np.ndarray, np.ndarray]:
    assert base is not None and compare is not None
    found = pd.factorize(np.concatenate([base.values, compare.values]), use_na_sentinel=True)[0]
    first, second = found[: len(base.values)], found[len(base.values) :]
    left, right = np.append(first, MISSING)[base.codes], np.append(second, MISSING)[compare.codes]
    return left.astype(np.int64) + 1, right.astype(np.int64) + 1


def combined(columns: Sequence[np.ndarray], count: int) -> tuple[np.ndarray, int]:
    """One code from 0 without gaps for each distinct combination of codes, and how many there are."""
    found, size = np.zeros(count, np.int64), 1
    for codes in columns:
        more = int(codes.max(initial=0)) + 1
        if size * more > _WIDEST:
            found = pd.factorize(found)[0].astype(np.int64)
            size = int(found.max(initial=0)) + 1
        found = found * more + codes
        size *= more
    if size <= 4 * count + 1024:
        used = np.zeros(size, bool)
        used[found] = True
        return (np.cumsum(used) - 1)[found], int(used.sum())
    dense, distinct = pd.factorize(found)
    return dense.astype(np.int64), len(distinct)


def combined_of_both(
    columns: Sequence[tuple[np.ndarray, np.ndarray]], base: int, compare: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """As `combined` for the records of both sides at once."""
    codes, size = combined([np.concatenate(pair) for pair in columns], base + compare)
    return codes[:base], codes[base:], size
