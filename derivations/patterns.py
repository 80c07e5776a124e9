"""Regular expressions that a specification writes, as Python reads them."""

from __future__ import annotations

import re
import warnings

_POSIX = re.compile(r"\[:(\^?[a-z]+):\]")
_CLASSES = {
    "digit": r"\d",
    "space": r"\s",
    "word": r"\w",
    "alpha": "A-Za-z",
    "alnum": "A-Za-z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "xdigit": "0-9A-Fa-f",
    "blank": r" \t",
    "punct": r"!-/:-@\[-`{-~",
}


def compiled(function: str, pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, ready for use.

    ValueError for one that is empty, for what is no regular expression, and for what other tools read otherwise:
    Python takes a class of POSIX (`[[:digit:]]`) for a set of the letters in its name.
    """
    if not pattern:
        raise ValueError(f"{function}: the pattern is empty, which no text fits")
    _no_posix(function, pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            return re.compile(pattern, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{function}: {pattern!r} is not a regular expression: {error}") from error
    except FutureWarning as warning:
        what = f"{warning}"[:1].lower() + f"{warning}"[1:]
        raise ValueError(
            f"{function}: {pattern!r}: {what}, which other tools read otherwise; write a backslash before a character"
            " that is meant as it is"
        ) from warning


def _no_posix(function: str, pattern: str) -> None:
    found = _POSIX.search(pattern)
    if found is None:
        return
    hint = f"write {written}" if (written := _CLASSES.get(found[1])) else "write out the characters that are meant"
    raise ValueError(
        f"{function}: {pattern!r}: {found[0]} is a class of POSIX, which these patterns do not have; {hint} inside the"
        " brackets"
    )
