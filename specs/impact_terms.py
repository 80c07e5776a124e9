"""What names a term of a codelist: rules that map to the codelist, give the term, or compare a variable with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from derivations.registry import Codelist
from language.tree import Call, Column, Compare, Constant, Member, Node, walk
from specs.blocks import NONE_ROWS
from specs.compiled import CompiledStage
from specs.impact import VARIABLE, Thing, check_of, nodes_of, thing_of
from specs.impact_results import naming_text


def naming(stages: Mapping[str, CompiledStage], codelist: str, term: str) -> Iterator[Thing]:
    """The variables, records, events, joins, checks, results and displays that name a term of a codelist."""
    lists = _Codelists(stages)
    for stage in stages.values():
        for step in stage.reads:
            if step[1] == NONE_ROWS:
                continue
            thing = thing_of(stage, step)
            nodes = list(nodes_of(stage, step))
            gives = thing.kind == VARIABLE and lists.of(thing.owner, thing.name) == codelist
            if _named(lists, nodes, codelist, term) or (gives and _given(nodes, term)):
                yield thing
        for check in stage.checks:
            nodes = [node for node in (check.where, check.condition) if node is not None]
            if _named(lists, nodes, codelist, term):
                yield check_of(stage, check)
        yield from naming_text(stage, term, set(lists.names(codelist)))


class _Codelists:
    """The codelist of each variable, by the stage that makes its dataset."""

    def __init__(self, stages: Mapping[str, CompiledStage]) -> None:
        self._exact: dict[tuple[str, str], str] = {}
        self._by_name: dict[str, set[str]] = {}
        for stage in stages.values():
            for row in stage.spec.variables.values():
                if row.codelist:
                    self._exact[row.dataset.removeprefix("SUPP"), row.variable] = row.codelist
                    self._by_name.setdefault(row.variable, set()).add(row.codelist)

    def of(self, table: str, name: str) -> str:
        """The codelist of a variable: of a join or of an own variable by its name, where all of that name share one."""
        found = self._exact.get((table, name))
        if found is not None:
            return found
        known = self._by_name.get(name, set())
        return next(iter(known)) if len(known) == 1 else ""

    def names(self, codelist: str) -> Iterator[str]:
        """The variables with a codelist."""
        return (name for name, known in self._by_name.items() if codelist in known)


def _named(lists: _Codelists, nodes: Iterable[Node], codelist: str, term: str) -> bool:
    for node in nodes:
        for part in walk(node):
            if isinstance(part, Call) and codelist in [g.id for g in part.supplied.values() if isinstance(g, Codelist)]:
                return True
            if isinstance(part, (Compare, Member)) and _compared(lists, part, codelist, term):
                return True
    return False


def _given(nodes: Iterable[Node], term: str) -> bool:
    return any(isinstance(part, Constant) and part.value == term for node in nodes for part in walk(node))


def _compared(lists: _Codelists, part: Compare | Member, codelist: str, term: str) -> bool:
    sides: Iterable[Node] = (part.left, part.right) if isinstance(part, Compare) else (part.left, *part.items)
    columns = [side for side in sides if isinstance(side, Column)]
    named = any(isinstance(side, Constant) and side.value == term for side in sides)
    return named and any(lists.of(column.table, column.name) == codelist for column in columns)
