"""Rules that rows break: how many rows break each, and the faults of the first of them.

Parts of a study find them apart; put together they are the faults of the study as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from specs.problem import DataError, Place, Problem


@dataclass(frozen=True)
class Broken:
    """Rows that break one rule.

    order: where the rule stands in the order of checking. first: the faults of the first `shown` rows, each with the
    place of its row in the order of the rows. rest: where and of what more are counted. one: the message of a rule that
    is one fault, however many rows repeat another; `{count}` stands for their number and that one, `{first}` for the
    message of the first.
    """

    order: tuple[int, ...]
    shown: int
    count: int
    first: tuple[tuple[tuple[int, ...], Problem], ...]
    rest: tuple[Place, str] = (Place(""), "")
    rows: str = "rows"
    one: str = ""
    stops: bool = False

    def problems(self) -> list[Problem]:
        """The faults as a user sees them."""
        if self.one:
            problem = self.first[0][1]
            message = self.one.replace("{count}", str(self.count + 1)).replace("{first}", problem.message)
            return [replace(problem, message=message)]
        found = [problem for _, problem in self.first]
        if self.count > len(found):
            place, what = self.rest
            found.append(Problem(place, f"{what}: {self.count - len(found)} more {self.rows}"))
        return found

    def with_more(self, other: Broken) -> Broken:
        """The same rule with the rows that another part of the study found."""
        first = tuple(sorted([*self.first, *other.first], key=lambda found: found[0])[: self.shown])
        return replace(self, count=self.count + other.count, first=first)


class BrokenRules(DataError):
    """The rules that the data break, in the order of checking; none comes after one that stops the run."""

    def __init__(self, broken: Iterable[Broken]) -> None:
        self.broken = together(broken)
        super().__init__(problem for rule in self.broken for problem in rule.problems())


def together(broken: Iterable[Broken]) -> tuple[Broken, ...]:
    """Each rule once, in the order of checking, up to the first that stops the run."""
    found: dict[tuple[int, ...], Broken] = {}
    for rule in broken:
        found[rule.order] = found[rule.order].with_more(rule) if rule.order in found else rule
    kept: list[Broken] = []
    for order in sorted(found):
        kept.append(found[order])
        if found[order].stops:
            break
    return tuple(kept)
