"""Which variables of two tables belong together, and in which form their values are compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from formats.coded import Coded
from qc.compare.table import DATE, DATETIME, Table, Values, Variable

NUMBER, TEXT = "number", "text"
# As a number is written that was never anything else: no leading zeros or signs, no more digits than a program needs to
# write a float64: 17 with a fraction, which stand for the number next to them, and 15 of a whole number.
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d{1,2})?")
_DIGITS, _DIGITS_OF_FRACTION = 15, 17


@dataclass(frozen=True)
class Pair:
    """A variable of base and the one of compare that bears its name.

    how: the form in which values are compared: NUMBER, DATE, DATETIME, TIME or TEXT. trailing, empty: are
    trailing blanks compared, and texts of no characters told from missing ones? inferred: the files state no
    types, and `how` was read from the values.
    """

    base: Variable
    compare: Variable
    how: str
    trailing: bool = False
    empty: bool = False
    inferred: bool = False

    @property
    def name(self) -> str:
        """The name in base."""
        return self.base.name

    @property
    def conflicting(self) -> bool:
        """Is one stored as numbers and the other as text, by what their files state?"""
        return self.base.typed and self.compare.typed and self.base.numeric != self.compare.numeric


def by_name(base: Sequence[Variable], compare: Sequence[Variable]) -> list[tuple[Variable, Variable]]:
    """Variables of the same name, in the order of base; names that differ in case alone where none is the same."""
    same = {variable.name: variable for variable in compare}
    taken = {variable.name for variable in base} & set(same)
    folded = {v.name.upper(): v for v in reversed(compare) if v.name not in taken}
    pairs = []
    for variable in base:
        other = same.get(variable.name) or folded.pop(variable.name.upper(), None)
        if other is not None:
            pairs.append((variable, other))
    return pairs


def pairs_of(base: Table, compare: Table) -> list[Pair]:
    """The variables in common, each with the form in which its values are compared."""
    found = by_name(base.variables, compare.variables)
    untyped = [(b, c) for b, c in found if not b.typed and not c.typed]
    texts = base.columns(b.name for b, _ in untyped), compare.columns(c.name for _, c in untyped)
    pairs = []
    for left, right in found:
        how, inferred = form(left, right), left.typed != right.typed
        if not left.typed and not right.typed and _all_plain([texts[0][left.name], texts[1][right.name]]):
            how, inferred = NUMBER, True
        trailing = base.trailing_blanks and compare.trailing_blanks
        empty = base.empty_texts and compare.empty_texts
        pairs.append(Pair(left, right, how, trailing, empty, inferred))
    return pairs


def form(base: Variable, compare: Variable) -> str:
    """The form in which the values of two variables are compared, by what their files state.

    Text beside numbers is compared as what the numbers are; a date beside a datetime as the moment of midnight.
    """
    if not base.numeric and not compare.numeric:
        return TEXT
    kinds = [variable.kind for variable in (base, compare) if variable.numeric]
    if set(kinds) == {DATE, DATETIME}:
        return DATETIME
    if len(kinds) == 2 and kinds[0] != kinds[1]:
        return NUMBER
    return kinds[0] or NUMBER


def _all_plain(columns: Iterable[Values]) -> bool:
    """Is there a value, and is every one plainly a number?"""
    texts = [text for column in columns if isinstance(column, Coded) for text in column.values[column.used()]]
    return bool(texts) and all(_PLAIN.fullmatch(text) and _held(text) for text in texts)


def _held(text: str) -> bool:
    """Does a plain number stand for one float64? Zeros before its first digit do not count."""
    mantissa = re.split("[eE]", text)[0]
    digits = len(mantissa.replace(".", "").lstrip("-0"))
    return digits <= (_DIGITS_OF_FRACTION if "." in mantissa else _DIGITS)


def one_sided(base: Table, compare: Table, pairs: Sequence[Pair]) -> tuple[list[Variable], list[Variable]]:
    """The variables of base that compare does not have, and the reverse."""
    left, right = {pair.base.name for pair in pairs}, {pair.compare.name for pair in pairs}
    return [v for v in base.variables if v.name not in left], [v for v in compare.variables if v.name not in right]


def find(pairs: Iterable[Pair], names: Sequence[str]) -> tuple[list[Pair], list[str]]:
    """The pairs of some names, in any case, and the names that are no variable in common."""
    known: Mapping[str, Pair] = {pair.name.upper(): pair for pair in pairs}
    return (
        [known[name.upper()] for name in names if name.upper() in known],
        [name for name in names if name.upper() not in known],
    )
