"""Read single cells: names, lists, numbers, yes and no."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derivations.decimals import plain_float
from specs.model import Record
from specs.problem import nearest
from specs.read_csv import Faults, Row

LAST = float("inf")
_NAMES = re.compile(r"`([^`]+)`|([^,\s]+)")


def names(cell: str) -> tuple[str, ...]:
    """Names parted by blanks or commas; a name that holds a blank or a comma stands in backticks.

    >>> names("AE, CM LB"), names("SUBJ `Date of birth`")
    (('AE', 'CM', 'LB'), ('SUBJ', 'Date of birth'))
    """
    return tuple(quoted or plain for quoted, plain in _NAMES.findall(cell))


def items(cell: str, separator: str = ";") -> tuple[str, ...]:
    """Texts parted by `separator`; blanks around them are dropped, empty ones left out."""
    return tuple(part.strip() for part in cell.split(separator) if part.strip())


def number(row: Row, column: str, faults: Faults, blank: float) -> float:
    """The number in a cell, `blank` where it is empty; a fault and `blank` where it is no number."""
    cell = row.get(column)
    if not cell:
        return blank
    value = plain_float(cell)
    if value is None:
        faults.add(
            row.at(column), f"{cell!r} is not a number", "write a plain number, or leave the cell blank"
        )
        return blank
    return value


def whole(row: Row, column: str, faults: Faults, blank: int) -> int:
    """The whole number, 0 or more, in a cell, `blank` where it is empty; a fault and `blank` for anything else.

    `2.5` would be cut and `2.0` is not read as digits by every reader of the cell, so both are faults.
    """
    cell = row.get(column)
    if not cell:
        return blank
    if not (cell.isascii() and cell.isdigit()):
        faults.add(row.at(column), f"{cell!r} is not a whole number", "write digits only, such as 2")
        return blank
    return int(cell)


def choice(row: Row, column: str, allowed: Iterable[str], faults: Faults) -> str:
    """The cell, which must be one of `allowed` or blank."""
    cell = row.get(column)
    valid = list(allowed)
    if cell and cell not in valid:
        faults.add(row.at(column), f"{cell!r} is not one of {', '.join(valid)}", nearest(cell, valid))
    return cell


def folded(row: Row, column: str, allowed: Iterable[str], faults: Faults) -> str:
    """As `choice` for words that may be written in capitals or small letters: `note` is Note."""
    cell, valid = row.get(column), {word.casefold(): word for word in allowed}
    return valid.get(cell.casefold()) or choice(row, column, valid.values(), faults)


def yes(row: Row, column: str, faults: Faults) -> bool:
    """True for Yes; No and blank are False; anything else is a fault."""
    return choice(row, column, ("Yes", "No"), faults) == "Yes"


def duplicates(
    records: Iterable[tuple[object, Record | Row]], what: str, column: str, faults: Faults
) -> None:
    """Report every record whose key an earlier one has."""
    seen: dict[object, Record | Row] = {}
    for key, record in records:
        if key in seen:
            first = seen[key].place
            shown = " ".join(str(part) for part in key if part != "") if isinstance(key, tuple) else key
            faults.add(
                record.at(column), f"{what} {shown} stands here a second time", f"it stands first at {first}"
            )
        else:
            seen[key] = record
