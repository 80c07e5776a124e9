"""A stage whose every expression is resolved: what the engine runs, and what the lineage is read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from language.tree import Key, Match, Node
from specs.model import Check, Cut, Event, Join, Parameter, Source, Spec, Test
from specs.problem import Place

# A step of computing: ("rows", dataset, block), ("variable", dataset, block, name), ("join", dataset, block,
# name), ("events", dataset, block); steps of candidate rows, before Where, have "candidate " before the kind.
Step = tuple[str, ...]


@dataclass(frozen=True)
class InputTable:
    """A table that a stage reads: column types, whether its rows belong to subjects, and to one row each."""

    name: str
    columns: Mapping[str, str]
    has_subject: bool = True
    one_row: bool = False
    raw: bool = False


@dataclass(frozen=True)
class CompiledRule:
    """One mapping row for one variable of one block."""

    variable: str
    where: Node | None
    value: Node
    rank: tuple[int, float, int]
    place: Place
    text: str
    where_text: str


@dataclass(frozen=True)
class Expansion:
    """`ADT in dates(start, end, every=)`, `X in values(...)`, `(X, Y) in values(T.X, T.Y, where=...)`.

    arguments: start and end; the columns of a table (`match` says which rows); or values written out, those of one
    record after those of the other.
    """

    variables: tuple[str, ...]
    types: tuple[str, ...]
    function: str
    arguments: tuple[Node, ...]
    every: Node | None
    match: Match | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every expression of it but those of `match`."""
        return (*self.arguments, *((self.every,) if self.every is not None else ()))


@dataclass(frozen=True)
class Block:
    """One block of records. `source` is a table, a dataset of the stage or (own) a block of the dataset.

    `together` is the Group by which several blocks are called. `test_where` holds the Where of each of `tests`, or is
    empty when none has one. `where` is what is asked of a source row, `later` what needs the variables that Expand
    fills; `late` are the variables and joins, as ("variable", name), that do.
    """

    dataset: str
    name: str
    group: str
    together: str
    source: str
    own_source: bool
    where: Node | None
    one_per: tuple[Node, ...]
    order: tuple[Key, ...]
    pick: str
    expand: tuple[Expansion, ...]
    test_column: str
    tests: tuple[Test, ...]
    exists: tuple[Node, ...]
    place: Place
    row: Source | Parameter
    test_where: tuple[Node | None, ...] = ()
    later: Node | None = None
    late: frozenset[tuple[str, str]] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that stand for the block, alone or with others."""
        return tuple(name for name in (self.name, self.group, self.together) if name)


@dataclass(frozen=True)
class CompiledJoin:
    match: Match
    order: tuple[Key, ...]
    pick: str
    row: Join


@dataclass(frozen=True)
class CompiledEvent:
    """One row of Events for one parameter. `texts` are the further variables that the picked row fills."""

    row: Event
    step: int
    cnsr: Node
    match: Match
    date: Node
    order: tuple[Key, ...]
    pick: str
    srcvar: str
    texts: Mapping[str, Node]


@dataclass(frozen=True)
class CompiledCheck:
    row: Check
    dataset: str
    raw: bool
    where: Node | None
    condition: Node


@dataclass(frozen=True)
class CompiledCut:
    """A row of Data Cut for one table. `values` are what its variables become; none: the record is left out."""

    row: Cut
    table: str
    where: Node
    values: Mapping[str, Node]


@dataclass(frozen=True)
class CompiledTable:
    """The expressions of a raw table's intake."""

    name: str
    where: Node | None
    subject: Node | None
    previous: Node | None
    version: tuple[Key, ...]


@dataclass(frozen=True)
class CompiledStage:
    """Everything the engine needs of a stage. `order` lists the steps so that each comes after what it reads.

    handed_over: the datasets that are built, where they are not all of the specification.
    """

    spec: Spec
    inputs: Mapping[str, InputTable]
    tables: Mapping[str, CompiledTable]
    blocks: Mapping[str, tuple[Block, ...]]
    rules: Mapping[tuple[str, str, str], tuple[CompiledRule, ...]]
    joins: Mapping[tuple[str, str, str, bool], CompiledJoin]
    events: Mapping[tuple[str, str], tuple[CompiledEvent, ...]]
    checks: tuple[CompiledCheck, ...]
    types: Mapping[tuple[str, str], str]
    order: tuple[Step, ...]
    reads: Mapping[Step, tuple[Step, ...]] = field(default_factory=dict)
    cutoff: Node | None = None
    cuts: tuple[CompiledCut, ...] = ()
    handed_over: tuple[str, ...] | None = None

    @property
    def submitted(self) -> tuple[str, ...]:
        """The datasets that the stage hands over, in their order."""
        return tuple(self.spec.datasets) if self.handed_over is None else self.handed_over
