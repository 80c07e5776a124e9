"""Compares two tables: attributes, then records by key, then values variable by variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from formats.coded import Coded
from qc.compare import attributes, matching, near_keys, raw
from qc.compare.accepted import Register
from qc.compare.codes import combined_of_both, comparable, joint_codes
from qc.compare.described import Description
from qc.compare.key_choice import Key, choose
from qc.compare.listing import Lister
from qc.compare.matching import Matched
from qc.compare.options import Options
from qc.compare.pairs import NUMBER, TEXT, Pair, one_sided, pairs_of
from qc.compare.result import Attribute, Compared, DatasetResult, OnlyVariable, Side
from qc.compare.table import Numbers, Table, Values, Variable
from qc.compare.values import Unequal, unequal

CELLS = 30_000_000
"""Values that are held in memory at once, of both sides together."""


@dataclass(frozen=True)
class Given:
    """What is known of a dataset besides its two tables.

    described: what the define.xml beside each says of it. specified: what the specification says. sizes: records
    of the files before a subset. alone: no other dataset is compared.
    """

    described: tuple[Description | None, Description | None] = (None, None)
    specified: Description | None = None
    register: Register = field(default_factory=Register)
    sizes: tuple[int, int] | None = None
    alone: bool = True


def compare_tables(
    name: str, base: Table, compare: Table, options: Options, given: Given | None = None
) -> DatasetResult:
    """Compare two tables under one name.

    Raises DataError where the key given is not there or a condition of the register does not fit, and TableError
    where a file cannot be read.
    """
    known = given or Given()
    work = _Work(name, base, compare, options, known.register)
    work.register.seen(name)
    descriptions = (known.specified, *known.described)
    key = choose(name, base, compare, work.everything, descriptions, options, known.alone)
    return work.result(key, known.described, known.sizes or (base.rows, compare.rows))


class _Work:
    """Two tables on the way to their result."""

    def __init__(self, name: str, base: Table, compare: Table, options: Options, register: Register) -> None:
        self.name, self.base, self.compare = name, base, compare
        self.options, self.register = options, register
        self.everything = pairs_of(base, compare)
        self.pairs = [pair for pair in self.everything if options.compares(name, pair.name)]

    def result(
        self, key: Key, described: tuple[Description | None, Description | None], sizes: tuple[int, int]
    ) -> DatasetResult:
        codes = [key.codes[p.name] for p in key.pairs] if key.codes else self._codes(key.pairs, None, None)
        matched = self._match(key, codes)
        lister = Lister(self.base, self.compare, key.pairs, matched, self.options.listed)
        differing = np.zeros(len(matched), bool), np.zeros(len(matched), bool)
        variables = [self._compared(pair, found, lister, differing) for pair, found in self._unequal(matched, key)]
        only = (matched.base_only, matched.compare_only)
        names = tuple(pair.name for pair in key.pairs)
        lines = tuple(
            self.register.records(self.name, table, rows) for table, rows in zip((self.base, self.compare), only)
        )
        return DatasetResult(
            self.name,
            _side(self.base, sizes[0]),
            _side(self.compare, sizes[1]),
            key=names,
            key_said=key.said,
            notes=tuple(dict.fromkeys([*key.notes, *self._notes(), *near_keys.notes(names, codes, *only)])),
            attributes=tuple(self._attributes(described)),
            only_variables=tuple(self._only_variables()),
            only_counts=(len(only[0]), len(only[1])),
            only_accepted=sum(int((found != 0).sum()) for found in lines),
            only_records=lister.only(lines),
            repeated_counts=(_surplus(matched.repeated.base), _surplus(matched.repeated.compare)),
            repeated=lister.repeated(),
            repeated_keys=len(matched.repeated),
            common=len(matched),
            unequal_records=int(differing[0].sum()),
            open_records=int(differing[1].sum()),
            in_common=len(self.everything),
            edges=lister.edges(np.flatnonzero(differing[0])),
            variables=tuple(variables),
        )

    # --- records ----------------------------------------------------------------------------------------

    def _match(self, key: Key, codes: Sequence[tuple[np.ndarray, np.ndarray]]) -> Matched:
        if key.position:
            return matching.by_position(self.base.rows, self.compare.rows)
        base, compare, count = combined_of_both(codes, self.base.rows, self.compare.rows)
        return matching.by_key(base, compare, count, self._content)

    def _codes(
        self, pairs: Sequence[Pair], rows: np.ndarray | None, others: np.ndarray | None
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        found = []
        for pair in pairs:
            left = self.base.columns([pair.base.name], rows)[pair.base.name]
            right = self.compare.columns([pair.compare.name], others)[pair.compare.name]
            sides = comparable(pair, left, right, self.options)
            found.append(joint_codes(*sides, self.options.special_alike))
        return found

    def _content(self, rows: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes of records that are equal where they agree in every variable that is compared."""
        left, right, _ = combined_of_both(self._codes(self.pairs, rows, others), len(rows), len(others))
        return left, right

    # --- values -----------------------------------------------------------------------------------------

    def _unequal(self, matched: Matched, key: Key) -> list[tuple[Pair, Unequal]]:
        """What is unequal, of every pair but those of the key."""
        keys = {pair.name for pair in key.pairs}
        pairs = [pair for pair in self.pairs if pair.name not in keys]
        as_bytes = [pair for pair in pairs if raw.comparable_as_bytes(self.base, self.compare, pair)]
        rows = matched.base, matched.compare
        places = raw.differing(self.base, self.compare, as_bytes, rows) if as_bytes else {}
        found = {}
        for some in self._batches([pair for pair in pairs if pair.name not in places]):
            left = self._taken(self.base, [pair.base for pair in some], matched.base)
            right = self._taken(self.compare, [pair.compare for pair in some], matched.compare)
            every = np.arange(len(matched))
            for pair in some:
                found[pair.name] = self._of(pair, every, left[pair.base.name], right[pair.compare.name])
        for pair in as_bytes:
            at = places[pair.name]
            left = self._taken(self.base, [pair.base], matched.base[at])
            right = self._taken(self.compare, [pair.compare], matched.compare[at])
            found[pair.name] = self._of(pair, at, left[pair.base.name], right[pair.compare.name])
        return [(pair, found[pair.name]) for pair in pairs]

    def _batches(self, pairs: Sequence[Pair]) -> list[Sequence[Pair]]:
        size = max(1, CELLS // max(1, self.base.rows + self.compare.rows))
        return [pairs[start : start + size] for start in range(0, len(pairs), size)]

    @staticmethod
    def _taken(table: Table, variables: Sequence[Variable], rows: np.ndarray) -> dict[str, Values]:
        names = [variable.name for variable in variables]
        every = len(rows) == table.rows and bool((rows == np.arange(len(rows))).all())
        return table.columns(names, None if every else rows)

    def _of(self, pair: Pair, places: np.ndarray, left: Values, right: Values) -> Unequal:
        tolerance = self.options.tolerance_of(self.name, pair.name)
        return unequal(pair, places, left, right, self.options, tolerance)

    def _compared(
        self, pair: Pair, found: Unequal, lister: Lister, differing: tuple[np.ndarray, np.ndarray]
    ) -> Compared:
        rows = lister.matched.base[found.places]
        lines = self.register.values(self.name, pair.name, self.base, rows, _beside(pair, found))
        differing[0][found.places] = True
        differing[1][found.places[lines == 0]] = True
        known = found.difference[np.isfinite(found.difference)]
        first, first_accepted = lister.differences(found, lines)
        return Compared(
            pair.name,
            "Num" if pair.inferred and pair.how != TEXT else pair.base.type,
            pair.base.length,
            pair.base.label or "",
            pair.how,
            "" if pair.how == TEXT else str(self.options.tolerance_of(self.name, pair.name)),
            found.unit if len(known) else "",
            compared=len(lister.matched),
            unequal=len(found),
            accepted=int((lines != 0).sum()),
            missing=int(found.missing.sum()),
            noise=found.noise,
            within=found.within,
            largest_within=found.largest_within,
            mean=_mean(known),
            largest=lister.largest(found, found.difference, lines),
            largest_percent=lister.largest(found, found.percent, lines),
            first=first,
            first_accepted=first_accepted,
        )

    # --- attributes -------------------------------------------------------------------------------------

    def _attributes(self, described: tuple[Description | None, Description | None]) -> list[Attribute]:
        found = attributes.differences(self.base, self.compare, self.everything, described, self.options)
        kept = [one for one in found if not one.variable or self.options.compares(self.name, one.variable)]
        return [
            Attribute(one.variable, one.attribute, one.base, one.compare, self._covers(one.variable, one.attribute))
            for one in kept
        ]

    def _covers(self, variable: str, kind: str) -> int:
        return self.register.attribute(self.name, variable, kind)

    def _only_variables(self) -> list[OnlyVariable]:
        found = one_sided(self.base, self.compare, self.everything)
        return [
            OnlyVariable(side, v.name, v.type, v.length, v.label or "", self._covers(v.name, "variable"))
            for side, variables in zip(("base", "compare"), found)
            for v in variables
            if self.options.compares(self.name, v.name)
        ]

    def _notes(self) -> list[str]:
        """What the files said, and how values were read that no type was stated for."""
        notes = [f"{side}: {note}" for side, t in (("base", self.base), ("compare", self.compare)) for note in t.notes]
        for how in ("number", "date", "datetime", "time"):
            read = [p.name for p in self.pairs if p.inferred and p.how == how]
            if read:
                notes.append(f"no type is stated; read as {how}s: {', '.join(read)}")
        conflicts = [f"{p.name} as {p.how}s" for p in self.pairs if p.conflicting]
        if conflicts:
            notes.append(f"number on one side and text on the other; compared: {', '.join(conflicts)}")
        texts = any(pair.how == TEXT for pair in self.pairs)
        if texts and not (self.base.trailing_blanks and self.compare.trailing_blanks) and self._unlike():
            notes.append("trailing blanks of texts are not compared: one of the formats does not hold them")
        return notes

    def _unlike(self) -> bool:
        return self.base.trailing_blanks != self.compare.trailing_blanks


def _mean(numbers: np.ndarray) -> float | None:
    with np.errstate(over="ignore"):
        mean = float(numbers.mean()) if len(numbers) else np.nan
    return mean if np.isfinite(mean) else None


def _surplus(counts: np.ndarray) -> int:
    """Records beyond the first of their key."""
    return int(np.maximum(counts - 1, 0).sum())


def _side(table: Table, size: int) -> Side:
    return Side(
        table.path, table.name, table.label, table.created, table.modified, len(table.variables), size, table.rows
    )  # fmt: skip


def _beside(pair: Pair, found: Unequal) -> dict[str, Values]:
    """The two values and their difference, for the conditions of accepted differences."""
    sides = Coded.from_objects(found.base), Coded.from_objects(found.compare)
    texts: dict[str, Values] = dict(zip(("_BASE", "_COMPARE"), sides))
    if pair.how == NUMBER:
        texts = {name: _as_numbers(side) for name, side in texts.items() if isinstance(side, Coded)}
    return {**texts, "_DIFF": Numbers(found.difference)}


def _as_numbers(texts: Coded) -> Values:
    try:
        known = np.array([float("nan") if text.startswith(".") else float(text) for text in texts.values] + [np.nan])
    except ValueError:  # a text that stands for no number
        return texts
    return Numbers(known[texts.codes])
