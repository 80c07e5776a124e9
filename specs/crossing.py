"""Which rules of a stage range over all subjects, and what they read: what has to be known of the whole study.

Every other rule sees the rows of one subject, so a stage can be run on parts of the subjects. What crosses them is
found from the resolved expressions: aggregates and windows with `subjects='all'`, and joins, aggregates and Expand over
a table whose rows are matched without their subject. A look-up table, and what is made from look-up tables alone, is
the same in every part and crosses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from language.tree import Aggregate, Column, Match, Node, Window, children, walk
from specs.blocks import NONE_ROWS
from specs.compiled import Block, CompiledCheck, CompiledStage, Step
from specs.order import step_nodes, steps_behind_records, steps_behind_table


@dataclass(frozen=True)
class TableNeed:
    """All rows of a table, of a dataset, or of the blocks that `table` means in dataset `owner`: these columns."""

    owner: str
    table: str
    columns: frozenset[str]

    @property
    def key(self) -> tuple[str, str]:
        """As the engine names the rows."""
        return self.owner, self.table


@dataclass(frozen=True)
class RecordsNeed:
    """An aggregate or window over all records of a dataset, of one block of it, or over all rows of a table."""

    dataset: str
    block: str
    table: str
    node: Aggregate | Window

    def __hash__(self) -> int:
        return hash((self.dataset, self.block, self.table, self.node.function))


Need = TableNeed | RecordsNeed


@dataclass(frozen=True)
class Crossing:
    """What crosses subjects in a stage.

    intake: what raw checks and the data cut ask of the tables as they were read. passes: what rules ask, each pass of
    what needs no later one. late: the checks (by their place) whose crossing part can be settled when all else is done.
    whole: why the stage cannot be run on parts; "" where it can.
    """

    intake: tuple[Need, ...] = ()
    passes: tuple[tuple[Need, ...], ...] = ()
    late: frozenset[int] = frozenset()
    whole: str = ""


def bears_subjects(stage: CompiledStage, owner: str, table: str) -> bool:
    """Whether rows of a table, dataset or block belong to subjects; not those made from look-up tables alone."""
    return _bears(stage, owner, table, frozenset())


def _bears(stage: CompiledStage, owner: str, table: str, seen: frozenset[tuple[str, str]]) -> bool:
    if (owner, table) in seen:
        return False
    seen |= {(owner, table)}
    blocks = [block for block in stage.blocks.get(owner or table, ()) if not owner or table in block.names]
    if not blocks or (not owner and table == NONE_ROWS):
        known = stage.inputs.get(table)
        return known is None or known.has_subject
    return any(_bears(stage, block.dataset if block.own_source else "", block.source, seen) for block in blocks)


def crossing(stage: CompiledStage) -> Crossing:
    """What crosses subjects in a stage."""
    return _Finder(stage).found()


@dataclass
class _Finder:
    stage: CompiledStage
    levels: dict[Step, int] = field(default_factory=dict)
    needed: dict[Need, int] = field(default_factory=dict)
    whole: str = ""

    def found(self) -> Crossing:
        intake = self._intake()
        for step in self.stage.order:
            before = max((self.levels.get(read, 0) for read in self.stage.reads.get(step, ())), default=0)
            needs = [*self._of_nodes(step[1], step[2], step_nodes(self.stage, step)), *self._of_step(step)]
            self.levels[step] = max([before, *(self._level(need) + 1 for need in needs)])
        late = frozenset(order for order, check in enumerate(self.stage.checks) if self._check(check))
        passes: dict[int, list[Need]] = {}
        for need, level in self.needed.items():
            passes.setdefault(level, []).append(need)
        merged = tuple(_together(passes[level]) for level in sorted(passes))
        return Crossing(_together(intake), merged, late, self.whole)

    def _level(self, need: Need) -> int:
        """After how many passes all that a need reads is known."""
        if need not in self.needed:
            levels = [self.levels.get(step, 0) for step in self._behind(need)]
            if isinstance(need, RecordsNeed):
                inner = self._of_nodes(need.dataset, need.block, _parts(need.node))
                levels += [self._level(one) + 1 for one in inner]
            self.needed[need] = max(levels, default=0)
        return self.needed[need]

    def _behind(self, need: Need) -> list[Step]:
        if isinstance(need, TableNeed):
            return steps_behind_table(self.stage, need.owner, need.table, need.columns)
        blocks = [need.block] if need.block else [block.name for block in self.stage.blocks.get(need.dataset, ())]
        return steps_behind_records(self.stage, need.dataset, blocks, _parts(need.node))

    def _of_step(self, step: Step) -> Iterator[Need]:
        """What the matching of a step itself asks: of a join, an event, the rows of Expand."""
        kind = step[0].removeprefix("candidate ")
        if kind == "join":
            join = self.stage.joins.get((step[1], step[2], step[3], step[0] != kind))
            if join is not None:
                picked = self._picked_columns(step[1], join.row.name)
                yield from self._of_match(step[1], join.match, [key.node for key in join.order], picked)
        elif kind == "events":
            for event in self.stage.events[step[1], step[2]]:
                if list(self._of_match(step[1], event.match, (), ())):
                    self.whole = f"{event.row.place} picks from the rows of all subjects"
        elif kind == "rows":
            for part in self._block(step[1], step[2]).expand:
                if part.match is not None:
                    yield from self._of_match(step[1], part.match, part.arguments, ())

    def _block(self, dataset: str, name: str) -> Block:
        return next(block for block in self.stage.blocks[dataset] if block.name == name)

    def _picked_columns(self, dataset: str, join: str) -> set[str]:
        """The columns that rules of a dataset take from the row that a join picks."""
        parts = [step_nodes(self.stage, step) for step in self.stage.order if step[1] == dataset]
        parts.append([node for check in self.stage.checks if check.dataset == dataset for node in _check_nodes(check)])
        nodes = (part for found in parts for node in found for part in walk(node))
        return {node.name for node in nodes if isinstance(node, Column) and node.kind == "join" and node.table == join}

    def _of_match(
        self, dataset: str, match: Match, nodes: Iterable[Node], columns: Iterable[str]
    ) -> Iterator[TableNeed]:
        own = any(match.table in block.names for block in self.stage.blocks.get(dataset, ()))
        owner = dataset if own else ""
        if match.subjects_all and bears_subjects(self.stage, owner, match.table):
            inner = {*columns, *_inner([*nodes, *match.both, *match.filters])}
            yield TableNeed(owner, match.table, frozenset(inner))

    def _of_nodes(self, dataset: str, block: str, nodes: Iterable[Node], table: str = "") -> Iterator[Need]:
        """What expressions ask that stand in a block of a dataset, or (`table`) in a check of a table."""
        for node in (part for found in nodes for part in walk(found)):
            if isinstance(node, Aggregate) and node.match is not None:
                yield from self._of_match(dataset, node.match, [*node.values, *(key.node for key in node.order)], ())
            elif isinstance(node, (Aggregate, Window)) and node.subjects_all:
                one = block if isinstance(node, Window) and node.block else ""
                if bears_subjects(self.stage, "", table or dataset):
                    yield RecordsNeed(dataset, one, table, node)

    def _check(self, check: CompiledCheck) -> bool:
        """Whether a check of a dataset can be settled late; what it needs before is noted."""
        if check.raw:
            return False
        needs = list(self._of_nodes(check.dataset, "", _check_nodes(check)))
        late = bool(needs) and all(isinstance(need, RecordsNeed) and not self._nested(need) for need in needs)
        if not late:
            for need in needs:
                self._level(need)
        return late

    def _nested(self, need: RecordsNeed) -> bool:
        return any(True for _ in self._of_nodes(need.dataset, need.block, _parts(need.node)))

    def _intake(self) -> list[Need]:
        found: list[Need] = []
        for check in self.stage.checks:
            if check.raw:
                found += self._of_nodes("", "", _check_nodes(check), check.dataset)
        for cut in self.stage.cuts:
            found += self._of_nodes("", "", [cut.where, *cut.values.values()], cut.table)
        if any(isinstance(need, RecordsNeed) and self._nested(need) for need in found):
            self.whole = "a check of a table ranges over all subjects twice, one inside the other"
        return found


def _check_nodes(check: CompiledCheck) -> list[Node]:
    return [node for node in (check.where, check.condition) if node is not None]


def _parts(node: Aggregate | Window) -> list[Node]:
    """The expressions that an aggregate or window evaluates for each record."""
    where = [node.where] if node.where is not None else []
    return [*node.values, *node.by, *where, *(key.node for key in node.order)]


def _inner(nodes: Iterable[Node]) -> Iterator[str]:
    """The columns of the table's row that expressions name; aggregates inside have rows of their own."""
    for node in nodes:
        if isinstance(node, Column):
            if node.kind == "inner":
                yield node.name
        elif not isinstance(node, (Aggregate, Window)):
            yield from _inner(children(node))


def _together(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Each table once, with every column that is asked for."""
    columns: dict[tuple[str, str], frozenset[str]] = {}
    others: dict[Need, None] = {}
    for need in needs:
        if isinstance(need, TableNeed):
            columns[need.key] = columns.get(need.key, frozenset()) | need.columns
        else:
            others[need] = None
    return (*(TableNeed(*key, found) for key, found in sorted(columns.items())), *others)
