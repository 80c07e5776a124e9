"""The cells of a display from a template such as `{n}/{N} ({pct:.1f}%)`.

A field is a plain name with a format `d`, `.1f` or `.1%`; there is no attribute, index, conversion or
nesting, so that the text of a specification reaches nothing but the statistics of its result.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from results.evaluate import known_name
from specs.problem import Place, Problem, SpecError

NOT_ESTIMABLE = "NE"
_OPENING, _CLOSING = "([", ")]"
_FORMAT = re.compile(r"d|\.(\d)([f%])")


def formatted(value: float | int | str | None, spec: str) -> str:
    """A statistic as text, halves rounded away from zero as in SAS; `NE` when it is not estimable.

    Rounding works on 12 significant decimal digits, so that 0.285 gives 28.5% and 29%, as on paper.

    >>> formatted(0.285, ".0%"), formatted(12.25, ".1f"), formatted(None, ".1f")
    ('29%', '12.3', 'NE')
    """
    if value is None:
        return NOT_ESTIMABLE
    found = _FORMAT.fullmatch(spec)
    if isinstance(value, str) or not found:
        return f"{value:g}" if isinstance(value, float) else str(value)
    number = Decimal(f"{value:.12g}") * (100 if found.group(2) == "%" else 1)
    rounded = number.quantize(Decimal(1).scaleb(-int(found.group(1) or 0)), rounding=ROUND_HALF_UP)
    return f"{abs(rounded) if rounded == 0 else rounded}" + ("%" if found.group(2) == "%" else "")


def fields(template: str, place: Place) -> tuple[tuple[str, str, str], ...]:
    """The parts of a template: text before a field, name of the field ("" for none), its format."""
    try:
        parts = tuple(string.Formatter().parse(template))
    except ValueError as error:
        message = f"{template!r} is no template: {error}"
        raise SpecError([Problem(place, message, "write {n} or {pct:.1f}")]) from None
    found = []
    for text, name, spec, conversion in parts:
        if name is not None and (not name.isidentifier() or conversion):
            hint = "a field is one name: {n}, {pct:.1f}"
            raise SpecError([Problem(place, f"'{{{name}}}' is no field", hint)])
        if name is not None and spec and not _FORMAT.fullmatch(spec):
            raise SpecError([Problem(place, f"{spec!r} is no format", "write d, .1f or .1%")])
        found.append((text, name or "", spec or ""))
    return tuple(found)


def fill(template: str, values: Mapping[str, float | int | str | None], place: Place, what: str = "statistic") -> str:
    """The text of a template with the values put in; SpecError for a name (a `what`) that has no value.

    A cell of which nothing is estimable reads `NE`, and so does what stands inside a pair of brackets.

    >>> fill("{n}/{N} ({pct:.1f}%)", {"n": 0, "N": 0, "pct": None}, Place("Lines.csv"))
    '0/0 (NE)'
    """
    parts = fields(template, place)
    for _, name, _ in parts:
        if name:
            known_name(name, values, what, place)
    named = [name for _, name, _ in parts if name]
    if named and all(values[name] is None for name in named):
        return NOT_ESTIMABLE
    out: list[str] = []
    # Open brackets: what `out` held before their content, and whether each field inside is estimable.
    opened: list[tuple[int, list[bool]]] = []
    for text, name, spec in parts:
        for sign in text:
            if sign in _CLOSING and opened:
                start, estimable = opened.pop()
                if estimable and not any(estimable):
                    out[start:] = [NOT_ESTIMABLE]
            out.append(sign)
            if sign in _OPENING:
                opened.append((len(out), []))
        if name:
            out.append(formatted(values[name], spec))
            for _, estimable in opened:
                estimable.append(values[name] is not None)
    return "".join(out)
