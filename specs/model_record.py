"""A row of a table of the specification: what every record knows of the cells it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from specs.problem import Place


@dataclass(frozen=True)
class Record:
    """A row of a table: `place` is its file and line, `cells` every cell as read (unknown columns too)."""

    place: Place
    cells: Mapping[str, str]

    def at(self, column: str) -> Place:
        """The place of one cell of this row."""
        return Place(self.place.file, self.place.row, column)
