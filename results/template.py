"""The cells of a display from a template such as `{n}/{N} ({pct:.1f}%)`.

A field is a plain name with a format `d`, `.1f`, `.1%`, `%` (as many decimals as the share has), for p-values `p`, or,
in a label, `decode` for the text behind the code; there is no attribute, index, conversion
or nesting, so that the text of a specification reaches nothing but the statistics of its result.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from results.evaluate import known_name
from specs.problem import Place, Problem, SpecError

NOT_ESTIMABLE = "NE"
DECODE = "decode"
_OPENING, _CLOSING = "([", ")]"
_FORMAT = re.compile(r"d|p|decode|%|\.(\d)([f%p])")
# Digits that a float has for certain, and those to which it is taken as the decimal number that was meant.
_CERTAIN, _MEANT = 15, 12
_P_DIGITS = 4


def formatted(value: float | int | str | None, spec: str) -> str:
    """A statistic as text, halves rounded away from zero as in SAS; `NE` when it is not estimable.

    Rounding works on 12 significant decimal digits, so that 0.285 gives 28.5% and 29%, as on paper; on up to 15 of a
    number so great that 12 do not reach the decimal after the last that is shown. Whole numbers keep every digit. A
    float without a format has up to 12 digits.

    >>> formatted(0.285, ".0%"), formatted(12.25, ".1f"), formatted(None, ".1f"), formatted(0.975, "%")
    ('29%', '12.3', 'NE', '97.5%')
    """
    if value is None:
        return NOT_ESTIMABLE
    found = _FORMAT.fullmatch(spec)
    if isinstance(value, str):
        return value
    if not found or spec == "%":
        shown = _plain(_decimal(value) * (100 if spec == "%" else 1)) if isinstance(value, float) else str(value)
        return shown + spec if found else shown
    kind = found.group(2) or spec
    if kind == "p":
        return p_value(value, int(found.group(1) or _P_DIGITS))
    digits = int(found.group(1) or 0)
    rounded = _rounded(_decimal(value, digits) * (100 if kind == "%" else 1), digits)
    return f"{abs(rounded) if rounded == 0 else rounded}" + ("%" if kind == "%" else "")


def _decimal(value: float | int, digits: int = 0) -> Decimal:
    """The decimal number that is meant, so exact that it can be rounded to some decimals."""
    if isinstance(value, int):
        return Decimal(value)
    whole = len(str(int(abs(value))))
    return Decimal(f"{value:.{min(max(_MEANT, whole + digits + 1), _CERTAIN)}g}")


def _plain(number: Decimal) -> str:
    """A number without exponent and without zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def p_value(value: float, digits: int = _P_DIGITS) -> str:
    """A p-value to so many decimals: never 0, and 1 only where it is 1.

    >>> p_value(0.48571), p_value(0.00003), p_value(0.99998), p_value(1.0)
    ('0.4857', '<0.0001', '>0.9999', '1.0000')
    """
    least = Decimal(1).scaleb(-digits)
    exact = Decimal(f"{value:.12g}")
    if exact < least:
        return f"<{least}"
    if 1 - least < exact < 1:
        return f">{1 - least}"
    return str(_rounded(exact, digits))


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)


def fields(template: str, place: Place) -> tuple[tuple[str, str, str], ...]:
    """The parts of a template: text before a field, name of the field ("" for none), its format.

    The name of the text behind a code is that of the code with `:decode`.
    """
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
            raise SpecError([Problem(place, f"{spec!r} is no format", "write d, .1f, .1%, %, p or decode")])
        decoded = f"{name}:{DECODE}" if spec == DECODE else name
        found.append((text, decoded or "", spec or ""))
    return tuple(found)


def fill(template: str, values: Mapping[str, float | int | str | None], place: Place, what: str = "statistic") -> str:
    """The text of a template with the values put in; SpecError for a name (a `what`) that has no value.

    A cell of which nothing is estimable reads `NE`, and so does what stands inside a pair of brackets; `NE` bears no
    percent sign.

    >>> fill("{n}/{N} ({pct:.1f}%)", {"n": 0, "N": 0, "pct": None}, Place("Lines.csv"))
    '0/0 (NE)'
    >>> fill("{pct:.1f}% of {N}", {"N": 0, "pct": None}, Place("Lines.csv"))
    'NE of 0'
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
    unknown = False
    for text, name, spec in parts:
        for sign in text.removeprefix("%") if unknown else text:
            if sign in _CLOSING and opened:
                start, estimable = opened.pop()
                if estimable and not any(estimable):
                    out[start:] = [NOT_ESTIMABLE]
            out.append(sign)
            if sign in _OPENING:
                opened.append((len(out), []))
        if name:
            unknown = values[name] is None
            out.append(formatted(values[name], spec))
            for _, estimable in opened:
                estimable.append(values[name] is not None)
    return "".join(out)
