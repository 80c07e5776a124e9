"""Which variables of the records of a result are kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Needed:
    """The variables that are kept of a result's records, None for all of them.

    for_selection: those that its selection asks for. identifying: those that are kept too where the result has at most
    `most` records, which are then shown one by one.
    """

    named: frozenset[str] | None
    for_selection: frozenset[str] | None
    identifying: frozenset[str]
    most: int

    def of(self, count: int) -> frozenset[str] | None:
        """The variables that are kept of so many records."""
        if self.named is None or count > self.most:
            return self.named
        return self.named | self.identifying
