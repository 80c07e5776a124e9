"""The records and values that are listed, with their keys: the first ones, and the largest differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.compare.codes import as_text
from qc.compare.matching import Matched
from qc.compare.pairs import Pair
from qc.compare.result import Difference, Edge, OnlyRecord, RepeatedKey
from qc.compare.table import Table
from qc.compare.values import Unequal

Key = tuple[str, ...]
SIDES = ("base", "compare")


class Lister:
    """Makes the lines of the listings. limit: how many of each, 0 for all."""

    def __init__(self, base: Table, compare: Table, keys: Sequence[Pair], matched: Matched, limit: int) -> None:
        self.tables, self.matched, self.limit = (base.cached(), compare.cached()), matched, limit
        self.names = [p.base.name for p in keys], [p.compare.name for p in keys]

    def first(self, rows: np.ndarray) -> np.ndarray:
        """As many as are listed."""
        return rows[: self.limit] if self.limit else rows

    def keys(self, side: int, rows: np.ndarray) -> list[Key]:
        """The values of the key variables in some records of a side, as text; "." is a missing one."""
        table, names = self.tables[side], self.names[side]
        if not len(rows) or not names:
            return [()] * len(rows)
        columns = table.columns(names, rows)
        texts = [as_text(columns[name], table.by_name[name].kind).to_objects().tolist() for name in names]
        return [tuple("." if text is None else text for text in key) for key in zip(*texts)]

    def only(self, lines: Sequence[np.ndarray]) -> tuple[OnlyRecord, ...]:
        """The records of base alone, then of compare; those that nobody accepted first."""
        found = []
        for side, rows in enumerate((self.matched.base_only, self.matched.compare_only)):
            order = self.first(np.argsort(lines[side] != 0, kind="stable"))
            for place, key in zip(order.tolist(), self.keys(side, rows[order])):
                record = self.tables[side].record(rows[place])
                found.append(OnlyRecord(SIDES[side], record, key, int(lines[side][place])))
        return tuple(found)

    def repeated(self) -> tuple[RepeatedKey, ...]:
        """The keys that several records share."""
        repeated = self.matched.repeated
        places = self.first(np.arange(len(repeated)))
        in_base = repeated.in_base[places]
        keys: dict[int, Key] = {}
        for side, mask in ((0, in_base), (1, ~in_base)):
            chosen = places[mask]
            keys |= dict(zip(chosen.tolist(), self.keys(side, repeated.row[chosen])))
        return tuple(RepeatedKey(keys[p], int(repeated.base[p]), int(repeated.compare[p])) for p in places.tolist())

    def differences(self, found: Unequal, lines: np.ndarray) -> tuple[tuple[Difference, ...], tuple[Difference, ...]]:
        """The first unequal values that nobody accepted, and the first that were."""
        open_rows, accepted = np.flatnonzero(lines == 0), np.flatnonzero(lines != 0)
        return self._lines(found, self.first(open_rows), lines), self._lines(found, self.first(accepted), lines)

    def largest(self, found: Unequal, of: np.ndarray, lines: np.ndarray) -> Difference | None:
        """The unequal values with the largest size in `of`, None where that is missing throughout."""
        sizes = np.abs(of)
        if not np.isfinite(sizes).any():
            return None
        place = int(np.nanargmax(np.where(np.isfinite(sizes), sizes, np.nan)))
        return self._lines(found, np.array([place]), lines)[0]

    def _lines(self, found: Unequal, rows: np.ndarray, lines: np.ndarray) -> tuple[Difference, ...]:
        if not len(rows):
            return ()
        base, compare = self.matched.base[found.places[rows]], self.matched.compare[found.places[rows]]
        keys = self.keys(0, base)
        return tuple(
            Difference(
                key, self.tables[0].record(left), self.tables[1].record(right), found.base[row], found.compare[row],
                _finite(found.difference[row]), _finite(found.percent[row]), int(lines[row]),
            )
            for row, left, right, key in zip(rows.tolist(), base.tolist(), compare.tolist(), keys)
        )  # fmt: skip

    def edges(self, unequal: np.ndarray) -> tuple[Edge, ...]:
        """First and last record of the files, and first and last with an unequal value."""
        last = len(self.matched) - 1
        wanted = [("First Unequal", unequal[0]), ("Last  Unequal", unequal[-1])] if len(unequal) else []
        found = [self._edge("First Obs", 0)] if last >= 0 else []
        found += [self._edge(name, int(place)) for name, place in wanted]
        return (*found, *([self._edge("Last  Obs", last)] if last >= 0 else []))

    def _edge(self, name: str, place: int) -> Edge:
        left, right = int(self.matched.base[place]), int(self.matched.compare[place])
        key = self.keys(0, np.array([left]))[0]
        return Edge(name, self.tables[0].record(left), self.tables[1].record(right), key)


def _finite(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
