"""What the values of a raw column are: numbers, dates in a format, terms of a published codelist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from derivations.assign_ct import fold
from derivations.assign_datetime import problems as date_problems
from derivations.columns import text_column
from specs.packages import StandardCodelist

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DATES = (
    "y-m-d", "d-m-y", "m-d-y", "m/d/y", "d/m/y", "y/m/d", "d.m.y", "yyyymmdd", "d m y", "m d y", "ddmmmyyyy",
)  # fmt: skip
_TIMES = ("", " H:M", " H:M:S", "TH:M", "TH:M:S")
_PARTIAL = {"-": ("y-m", "m-y"), "/": ("m/y", "y/m"), ".": ("m.y",), " ": ("m y",)}
_TWINS = {"d-m-y": "m-d-y", "m-d-y": "d-m-y", "m/d/y": "d/m/y", "d/m/y": "m/d/y", "d m y": "m d y", "m d y": "d m y"}
MOST_ODD = 0.1  # the share of distinct values that may not fit
_LEAST_WHOLE = 0.3  # the share of them that must be whole dates
_TRIED = 100
_DATED = re.compile(r"\d{4}|\d\d?[-/. ]")


def are_numbers(values: Sequence[str]) -> bool:
    """True where every value is a plain number."""
    return bool(values) and all(_NUMBER.fullmatch(value.strip()) for value in values)


@dataclass(frozen=True)
class DateFormat:
    """The format of collected dates as `assign_datetime` reads it; how many values it does not read.

    `twin` is the format with day and month the other way round, where it reads every value as well.
    """

    format: str
    unread: int
    twin: str = ""


def date_format(values: Sequence[str]) -> DateFormat | None:
    """The format that reads the most of the values, None where more than a tenth of them is no date.

    The format is chosen by the first values and then tried on all of them.
    """
    every = tuple(dict.fromkeys(values))
    texts = every[:_TRIED]
    if not texts or sum(bool(_DATED.search(text)) for text in texts) < len(texts) * (1 - MOST_ODD):
        return None
    best: tuple[int, str] | None = None
    for time in _TIMES:
        for date in _DATES:
            unread = _unread(texts, date + time)
            if best is None or unread < best[0]:
                best = unread, date + time
    assert best is not None
    if best[0] > len(texts) * (1 - _LEAST_WHOLE):
        return None
    whole = _with_partial(every, _unread(every, best[1]), best[1])
    unread, twin = _unread(every, whole), _twin(whole)
    if unread > len(every) * MOST_ODD:
        return None
    return DateFormat(whole, unread, twin if twin and _unread(every, twin) == unread else "")


def _with_partial(texts: tuple[str, ...], unread: int, date: str) -> str:
    """The format with those of partial dates that read more of the values."""
    found = date
    sign = next((letter for letter in date if letter in _PARTIAL), "-")
    for partial in (*_PARTIAL[sign], "y"):
        tried = f"{found} | {partial}"
        left = _unread(texts, tried) if unread else 0
        if left < unread:
            found, unread = tried, left
    return found


def _twin(whole: str) -> str:
    first, bar, rest = whole.partition(" | ")
    date, blank, time = first.partition(" H")
    return _TWINS[date] + blank + time + bar + rest if date in _TWINS else ""


@cache
def _unread(texts: tuple[str, ...], format: str) -> int:
    found = date_problems(text_column(list(texts)), format)
    return int(sum(bool(any(column.iloc[row] for column in found.values())) for row in range(len(texts))))


@dataclass(frozen=True)
class Fit:
    """How the values of a column fit a codelist: value to term, those by a synonym, those without a term."""

    terms: Mapping[str, str]
    by_synonym: frozenset[str]
    without: tuple[str, ...]

    @property
    def share(self) -> float:
        """The share of the distinct values that have a term."""
        return len(self.terms) / max(len(self.terms) + len(self.without), 1)


def fit(values: Sequence[str], codelist: StandardCodelist) -> Fit:
    """How values fit a published codelist: the term itself in any case of letters, else a synonym of one term only.

    A synonym makes a proposal here, which a person confirms; a build never maps by synonyms.
    """
    known = {fold(term.term): term.term for term in codelist.terms}
    terms: dict[str, str] = {}
    synonyms, without = set(), []
    for value in dict.fromkeys(values):
        meant = codelist.meant(value.strip())
        if fold(value) in known:
            terms[value] = known[fold(value)]
        elif len(meant) == 1:
            terms[value] = meant[0]
            synonyms.add(value)
        else:
            without.append(value)
    return Fit(terms, frozenset(synonyms), tuple(without))
