"""Rules that fill no record of any block, since another one before them fills every record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from specs.problem import Place, Problem
from specs.rules import Instance

# Dataset, variable and place of a rule. A rule for many datasets is reached when one of them reaches it.
_Key = tuple[str, str, Place]


@dataclass(frozen=True)
class Behind:
    """A rule behind one without Where in a block of a dataset; `first` is the place of that one."""

    dataset: str
    block: str
    row: Instance
    first: Place

    def problem(self) -> Problem:
        """The rule as a fault."""
        return Problem(
            self.row.place,
            f"this rule of {self.dataset}.{self.row.variable} is never reached: {self.first} fills every record"
            " before it",
            "take one of the two out, or give the first a Where or a Block",
        )


class Unreached:
    """Collects, block by block, which rules are tried and which stand behind one that fills every record."""

    def __init__(self) -> None:
        self._reached: set[_Key] = set()
        self._behind: dict[_Key, Behind] = {}

    def note(self, dataset: str, block: str, rows: Sequence[Instance], whole: int) -> None:
        """The rules of one variable in one block by rank; `whole` is the position of the first without Where."""
        self._reached |= {_key(dataset, row) for row in rows[: whole + 1]}
        for row in rows[whole + 1 :]:
            if row.rank == rows[whole].rank:  # two rules of one rank are a fault of their own
                self._reached.add(_key(dataset, row))
            self._behind.setdefault(_key(dataset, row), Behind(dataset, block, row, rows[whole].place))

    def rows(self) -> Iterator[Behind]:
        """Those that no block reaches."""
        for key, behind in self._behind.items():
            if key not in self._reached:
                yield behind


def _key(dataset: str, row: Instance) -> _Key:
    return ("", "", row.place) if row.general else (dataset, row.variable, row.place)
