"""Values with which a rule compares a variable, and which are no term of its codelist: the comparison never holds."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.decimals import plain_float
from language.tree import Column, Compare, Constant, Criteria, Member, Node, children
from specs.codelists_in_use import codelists_of, is_published, may_be_extended, own_codelist
from specs.compiled import Block, CompiledStage
from specs.criteria_sets import CRITERIA
from specs.model import Spec
from specs.order import block_nodes
from specs.problem import Place, Problem
from specs.terminology import term_hint

# A condition with its place and with the dataset whose names and joins it sees.
Asked = tuple[Place, str, Node]
Value = str | float


def comparison_faults(stage: CompiledStage, made_by: Spec | None = None) -> list[Problem]:
    """Comparisons with a text that no codelist of the variable has and none may take: faults of the specification.

    made_by: the specification of the tables that the stage reads, where one makes them.
    """
    return [problem for problem, closed in _findings(stage, made_by) if closed]


def comparison_notices(stage: CompiledStage, made_by: Spec | None = None) -> list[Problem]:
    """Comparisons that may be meant: with a published term that the study has left out, as rules that serve several
    studies have them, with a text outside a list that may be extended or outside the lists of ValueLevel, with a
    number, or with a constant of the study.
    """
    return [problem for problem, closed in _findings(stage, made_by) if not closed]


def _findings(stage: CompiledStage, made_by: Spec | None) -> Iterator[tuple[Problem, bool]]:
    known = _Terms(stage, made_by)
    found: dict[Problem, bool] = {}
    for place, dataset, node in conditions(stage):
        for column, constant in compared(node):
            value = constant.value
            if not isinstance(value, (str, float)) or value == "":
                continue  # blank is no value, and may be asked for
            home = known.home(dataset, column)
            spec = known.maker(home)
            lists = codelists_of(spec, home, column.name) if spec is not None else []
            if spec is None or not lists or any(known.has(spec, codelist.id, value) for codelist in lists):
                continue
            named = f"codelist{'s' if len(lists) > 1 else ''} {', '.join(codelist.id for codelist in lists)}"
            shown = repr(value) if isinstance(value, str) else f"{value:.15g}"
            text = value if isinstance(value, str) else shown
            hint = next((hint for codelist in lists if (hint := term_hint(codelist, text))), "")
            of_study = f"{constant.name} of study.toml, " if constant.name else ""
            said = f"{of_study}{shown}, with which {home}.{column.name} is compared, is no term of its {named}"
            problem = Problem(place, said, hint or "write a term of it, or add the term to Codelists")
            meant = constant.name or not isinstance(value, str)  # a constant may be a switch: ALL, none
            closed = not meant and lists[0].id == own_codelist(spec, home, column.name)
            found[problem] = closed and not any(may_be_extended(one) or is_published(one, text) for one in lists)
    return iter(found.items())


class _Terms:
    """Where the columns of a stage come from."""

    def __init__(self, stage: CompiledStage, made_by: Spec | None) -> None:
        self._stage = stage
        self._made_by = made_by
        self._joins = {(dataset, name): join.match.table for (dataset, _, name, _), join in stage.joins.items()}
        self._blocks = {
            (dataset, name): dataset for dataset, blocks in stage.blocks.items() for block in blocks
            for name in block.names
        }  # fmt: skip
        self._terms: dict[tuple[str, str], frozenset[Value]] = {}

    def home(self, dataset: str, column: Column) -> str:
        """The table of a column: joins and blocks of the dataset have names of their own."""
        table = self._joins.get((dataset, column.table), column.table) if column.kind == "join" else column.table
        return self._blocks.get((dataset, table), table)

    def maker(self, table: str) -> Spec | None:
        """The specification that makes a table; None for raw tables and working datasets."""
        specs = (self._stage.spec, self._made_by)
        return next((spec for spec in specs if spec is not None and table in spec.datasets), None)

    def has(self, spec: Spec, codelist: str, value: Value) -> bool:
        """Whether a codelist has a term, a number in whatever way it is written there."""
        key = (spec.stage, codelist)
        if key not in self._terms:
            terms = [term.term for term in spec.codelists[codelist].terms]
            numbers = (number for term in terms if (number := plain_float(term)) is not None)
            self._terms[key] = frozenset((*terms, *numbers))
        return value in self._terms[key]


def compared(node: Node) -> Iterator[tuple[Column, Constant]]:
    """Every column that an expression compares with a constant."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Criteria) and part.name.startswith(tuple(CRITERIA)):
            continue  # those of a standard, such as CTCAE, know units that a study may not have
        waiting += children(part)
        sides: tuple[Node, ...] = ()
        if isinstance(part, Compare) and part.operator in ("==", "!="):
            sides = (part.left, part.right)
        elif isinstance(part, Member):
            sides = (part.left, *part.items)
        values = [side for side in sides if isinstance(side, Constant)]
        for column in sides:
            if isinstance(column, Column):
                yield from ((column, value) for value in values)


def conditions(stage: CompiledStage) -> Iterator[Asked]:
    """Every expression of a stage."""
    for (dataset, _, _), rules in stage.rules.items():
        for rule in rules:
            if rule.where is not None:
                yield _at(rule.place, "Where"), dataset, rule.where
            yield rule.place, dataset, rule.value
    for dataset, blocks in stage.blocks.items():
        for block in blocks:
            yield from ((place, dataset, node) for place, node in _of_block(block))
    for (dataset, _, _, _), join in stage.joins.items():
        yield join.row.at("Where"), dataset, join.match
    for (dataset, _), events in stage.events.items():
        for event in events:
            yield event.row.at("Where"), dataset, event.match
            yield event.row.at("CNSR"), dataset, event.cnsr
            yield event.row.at("Date"), dataset, event.date
            yield from ((event.row.at(name), dataset, node) for name, node in event.texts.items())
    for check in stage.checks:
        if check.where is not None:
            yield check.row.at("Where"), check.dataset, check.where
        yield check.row.at("Condition"), check.dataset, check.condition
    for cut in stage.cuts:
        yield cut.row.at("Where"), cut.table, cut.where
        yield from ((cut.row.at("Expression"), cut.table, node) for node in cut.values.values())


def _of_block(block: Block) -> Iterator[tuple[Place, Node]]:
    """The conditions of a block; those of Tests stand in that sheet."""
    for test, where in zip(block.tests, block.test_where, strict=False):
        if where is not None:
            yield test.at("Where"), where
    tests = {id(node) for node in block.test_where}
    yield from ((block.row.at("Where"), node) for node in block_nodes(block) if id(node) not in tests)


def _at(place: Place, column: str) -> Place:
    """The cell beside that of a rule: its condition, where the rule stands in a column of its own."""
    return Place(place.file, place.row, column) if place.column == "Expression" else place
