"""The parts of a collected date and time, and the ISO 8601 text that they make.

A part is a text as it was collected, or None where it is unknown. What SDTMIG 3.4, section 4.4.2, allows is
written: a date cut on the right (`2024-03`), and on demand a hyphen for an unknown part on the left of a known
one (`2024---15`, `--03-04`, `-----T08:30`, `2024-03-04T-:30`). A UTC offset that was collected stays in the
text, behind a time: section 4.4.1 has it in its format, and the day and the clock of the person stay as they
were collected.
"""

from __future__ import annotations

import functools
import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from derivations.columns import clean

UNKNOWN = "UN UNK UNKNOWN NK"
NAMES = (
    "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER",
)  # fmt: skip
MONTHS = {spelled: number for number, name in enumerate(NAMES, start=1) for spelled in (name, name[:3])}
MONTHS["SEPT"] = 9
ILLEGAL, NO_MONTH = "illegal_date", "day_without_month"
ANY_LEAP_YEAR = 2024
LAST_DAY: list[str | None] = ["9999", "12", "31"]
NOON = 12

_OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>0?\d|1[0-4]):?(?P<minutes>[0-5]\d)?", re.ASCII)

Composed = tuple[str | None, str | None]


@dataclass(frozen=True)
class DateParts:
    """Year of four digits, month as number or English name, day, hour, minute, second; half is AM or PM."""

    year: str | None = None
    month: str | None = None
    day: str | None = None
    hour: str | None = None
    minute: str | None = None
    second: str | None = None
    half: str | None = None
    offset: str | None = None


def known(part: str | None, unknown: frozenset[str]) -> str | None:
    """A collected part in capitals, or None for a blank and for the ways to say that it is unknown.

    >>> known(" mar ", frozenset({"UN"})), known("un", frozenset({"UN"}))
    ('MAR', None)
    """
    written = "" if part is None else clean(part).upper()
    return None if not written or written in unknown else written


@functools.lru_cache(maxsize=256)
def tokens(unknown: str) -> frozenset[str]:
    """The ways to say that a part is unknown, written in one text and parted by blanks."""
    return frozenset(clean(unknown).upper().split())


def full_year(year: str | None, pivot: int) -> str | None:
    """The year; of two digits, 00 to the pivot are of the 2000s, the rest of the 1900s.

    >>> full_year("68", 68), full_year("69", 68), full_year("1968", 68)
    ('2068', '1969', '1968')
    """
    if year is None or not re.fullmatch(r"\d\d", year, re.ASCII):
        return year
    return f"{20 if int(year) <= pivot else 19}{year}"


def check_pivot(function: str, pivot: int) -> None:
    """ValueError for a pivot that is no two-digit year."""
    if not 0 <= pivot <= 99:
        raise ValueError(f"{function}: pivot is the last two-digit year of the 2000s, 0 to 99, not {pivot}")


def compose(parts: DateParts, hyphens: bool = False) -> Composed:
    """The ISO 8601 text of the parts (None without one), and the kind of problem met (None without one)."""
    if parts.year is None and not hyphens:
        return None, None
    month, day = _month(parts.month), _day(parts.day)
    if not _exists(parts, month, day):
        return None, ILLEGAL
    if not hyphens and day and not month:
        return parts.year, NO_MONTH
    days = [parts.year, month, day]
    clock, legal = _clock(parts, days, hyphens) if hyphens or day else ([], True)
    return _text(days, clock, parts.offset), None if legal else ILLEGAL


def _exists(parts: DateParts, month: str | None, day: str | None) -> bool:
    """Whether the calendar has the date; the parts that are unknown may be anything."""
    if parts.year and (not re.fullmatch(r"\d{4}", parts.year, re.ASCII) or parts.year == "0000"):
        return False
    if (parts.month and not month) or (parts.day and not day):
        return False
    longest = monthrange(int(parts.year or ANY_LEAP_YEAR), int(month))[1] if month else 31
    return day is None or int(day) <= longest


def _month(text: str | None) -> str | None:
    """Two digits of a month given as a number or an English name; None for any other text."""
    number = MONTHS.get(text or "") or _whole(text)
    return f"{number:02d}" if number and number <= 12 else None


def _day(text: str | None) -> str | None:
    number = _whole(text)
    return f"{number:02d}" if number and number <= 31 else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,2}", text, re.ASCII) else None


def _clock(parts: DateParts, days: list[str | None], hyphens: bool) -> tuple[list[str], bool]:
    """Hour, minute and second up to the last that is known, a hyphen for one before it; and if they exist."""
    hour = _whole(parts.hour)
    if parts.half and hour is not None:
        hour = hour % NOON + (NOON if parts.half.startswith("P") else 0) if 1 <= hour <= NOON else None
    minute, second = _whole(parts.minute), _second(parts.second)
    written = [_two(hour), _two(minute), second]
    collected = [parts.hour, parts.minute, parts.second]
    if any(text and not own for text, own in zip(collected, written, strict=True)):
        return [], False
    if hour == 24 and minute == 0 and float(second or 0) == 0 and _has_next(days):
        return _up_to_known(written, hyphens), True
    if (hour or 0) > 23 or (minute or 0) > 59 or float(second or 0) >= 60:
        return [], False
    return _up_to_known(written, hyphens), True


def _has_next(days: list[str | None]) -> bool:
    """Whether 24:00 of the day is the start of another: the day is known and not the last of the calendar."""
    return None not in days and days != LAST_DAY


def _up_to_known(written: Sequence[str | None], hyphens: bool) -> list[str]:
    last = max((place for place, part in enumerate(written, start=1) if part), default=0)
    if not hyphens:
        last = next((place for place, part in enumerate(written) if part is None), len(written))
    return [part or "-" for part in written[:last]]


def _two(number: int | None) -> str | None:
    return None if number is None else f"{number:02d}"


def _second(text: str | None) -> str | None:
    """Seconds with two digits before the point; a point with nothing behind it is dropped."""
    if text is None or not re.fullmatch(r"\d{1,2}(?:[.,]\d*)?", text, re.ASCII):
        return None
    whole, _, fraction = text.replace(",", ".").partition(".")
    return whole.zfill(2) + (f".{fraction}" if fraction else "")


def _text(days: list[str | None], clock: list[str], offset: str | None) -> str | None:
    """The parts as one text: without those that are unknown on the right, a hyphen for one on the left."""
    if not clock:
        while days and days[-1] is None:
            days = days[:-1]
        return "-".join(part or "-" for part in days) or None
    if clock[0] == "24":
        return _next_midnight("-".join(str(part) for part in days), clock, offset)
    return "-".join(part or "-" for part in days) + "T" + ":".join(clock) + _offset(offset)


def _next_midnight(day: str, clock: list[str], offset: str | None) -> str:
    following = date.fromisoformat(day) + timedelta(days=1)
    return f"{following.isoformat()}T{':'.join(['00', *clock[1:]])}{_offset(offset)}"


def _offset(collected: str | None) -> str:
    """A UTC offset in the extended format: Z or +08:00."""
    match = _OFFSET.fullmatch(collected or "")
    if match is None:
        return "Z" if collected else ""
    return f"{match['sign']}{match['hours'].zfill(2)}:{match['minutes'] or '00'}"
