"""What is wrong with an expression, and the nearest valid name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ExpressionError(Exception):
    """What is wrong with an expression, and a hint; the caller adds the place."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


def closest(name: str, valid: Iterable[str]) -> str:
    """A hint with the nearest valid name, or nothing.

    >>> closest("study_days", ["study_day", "add_days"])
    "did you mean 'study_day'?"
    """
    known = sorted(set(valid))
    folded = {item.casefold(): item for item in known}
    found = [folded[name.casefold()]] if name.casefold() in folded else []
    found = found or difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean '{found[0]}'?" if found else ""
