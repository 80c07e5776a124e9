"""A fault with its place: what every error message of trialspec is made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands: a file (relative to the study), a line (the header is line 1), a column."""

    file: str
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        line = f":{self.row}" if self.row else ""
        return f"{self.file}{line}" + (f" [{self.column}]" if self.column else "")


@dataclass(frozen=True, order=True)
class Problem:
    """One fault: its place, what is wrong, and what to do about it."""

    place: Place
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place} {self.message}" + (f"; {self.hint}" if self.hint else "")


class ProblemError(Exception):
    """Faults that a user can mend; shown without a traceback, all together, in the order of their places."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class SpecError(ProblemError):
    """The specification contradicts itself, its standard or the headers of its tables."""


class DataError(ProblemError):
    """The data do not meet what the specification says of them."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """A hint that names the valid name nearest to `name`, or nothing when none is near.

    >>> nearest("AESTDC", ["AESTDTC", "AEENDTC"])
    "did you mean 'AESTDTC'?"
    """
    names = sorted(set(valid))
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not found:
        folded = {candidate.casefold(): candidate for candidate in names}
        found = [folded[name.casefold()]] if name.casefold() in folded else []
    return f"did you mean '{found[0]}'?" if found else ""
