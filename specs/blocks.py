"""The blocks of records of each dataset: rows of Sources and Parameters, one more for each wide test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from language import ranging
from language.parse import ExpressionError, parse
from language.resolve import Resolver, closest, resolve
from language.tree import (
    NUMBER,
    TEXT,
    Attribute,
    Call,
    Column,
    Constant,
    Logic,
    Member,
    Name,
    Node,
    Sequence,
    walk,
)
from language.types import need, type_of
from specs.compiled import Block, CompiledEvent, Expansion
from specs.model import Event, Join, Parameter, Source, Test
from specs.rules import virtual, wide
from specs.scopes import RecordScope

if TYPE_CHECKING:
    from specs.check import Compiler

NONE_ROWS = "none"
EVENT_VARIABLES = {
    "ADT": NUMBER,
    "CNSR": NUMBER,
    "EVNTDESC": TEXT,
    "CNSDTDSC": TEXT,
    "SRCDOM": TEXT,
    "SRCVAR": TEXT,
    "SRCSEQ": NUMBER,
}


class _Draft:
    """What is known of a block before its expressions are resolved."""

    def __init__(
        self, row: Source | Parameter, dataset: str, name: str, group: str, source: str, test: Test | None = None
    ) -> None:
        self.row, self.dataset, self.name, self.group = row, dataset, name, group
        self.source, self.test = source, test


class Blocks:
    """The blocks of a stage; asked by the scopes while expressions are resolved."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        spec = compiler.spec
        self.drafts: dict[str, dict[str, _Draft]] = {}
        for source in spec.sources:
            for name, group, test in self._virtual(source):
                self._add(_Draft(source, source.dataset, name, group, source.source, test))
        for parameter in spec.parameters:
            code = parameter.paramcd
            self._add(_Draft(parameter, parameter.dataset, code, code, parameter.source))
        self.datasets = [name for name in self.drafts if name != NONE_ROWS]
        self.datasets += [
            name for name in spec.datasets if name not in self.drafts and not name.startswith("SUPP")
        ]
        self.names = {name: tuple(self.drafts.get(name, ())) for name in self.datasets}
        self._filled: dict[str, dict[str, str]] = {}

    def _virtual(self, row: Source) -> list[tuple[str, str, Test | None]]:
        tests = wide(self.compiler.spec, row.dataset, row.block)
        if not tests:
            return [(row.block, row.block, None)]
        return [(virtual(test), row.block, test) for test in tests]

    def _add(self, draft: _Draft) -> None:
        blocks = self.drafts.setdefault(draft.dataset, {})
        name = draft.name
        if draft.dataset == NONE_ROWS:
            name = f"{draft.source}#{len(blocks)}"
            draft.name = draft.group = name
        elif name in blocks:
            self.compiler.add(
                draft.row.place, f"{draft.dataset} has two blocks named {name!r}", "give each a Block of its own"
            )
        blocks[name] = draft

    def group(self, dataset: str, block: str) -> str:
        found = self.drafts.get(dataset, {}).get(block)
        return found.group if found else block

    def groups(self, dataset: str) -> dict[str, None]:
        """The names by which rules and expressions of a dataset call its blocks."""
        found = self.drafts.get(dataset, {})
        return dict.fromkeys(name for draft in found.values() for name in (draft.name, draft.group) if name)

    def source(self, dataset: str, block: str) -> tuple[str, bool]:
        """The From of a block, and whether it is a block of the same dataset."""
        draft = self.drafts.get(dataset, {}).get(block)
        if draft is None:
            return "", False
        own = draft.source in self.groups(dataset) and draft.source != block
        return draft.source, own

    def join_datasets(self, join: Join) -> set[str]:
        return set(join.datasets)

    def filled(self, dataset: str) -> dict[str, str]:
        """Variables that no rule fills but the making of records: Expand, Events."""
        if dataset not in self._filled:
            found: dict[str, str] = {}
            self._filled[dataset] = found
            for draft in self.drafts.get(dataset, {}).values():
                if isinstance(draft.row, Source) and draft.row.expand:
                    name = draft.row.expand.partition(" in ")[0].strip()
                    found[name] = NUMBER if "dates(" in draft.row.expand else ""
            events = [event for event in self.compiler.spec.events if event.dataset == dataset]
            if events:
                found |= EVENT_VARIABLES
            for event in events:
                found |= dict.fromkeys(event.expressions, "")
        return self._filled[dataset]

    # --- records ---------------------------------------------------------------------------------------

    def compile(self) -> dict[str, tuple[Block, ...]]:
        return {
            dataset: tuple(self._block(draft) for draft in drafts.values())
            for dataset, drafts in self.drafts.items()
        }

    def _block(self, draft: _Draft) -> Block:
        compiler, row = self.compiler, draft.row
        dataset = "" if draft.dataset == NONE_ROWS else draft.dataset
        source, own = self.source(draft.dataset, draft.name)
        if not compiler.is_table(dataset, source):
            known = compiler.table_names(dataset)
            compiler.add(row.at("From"), f"{source!r} is no table, dataset or block", closest(source, known))
        scope = RecordScope(compiler, draft.dataset, draft.name, candidate=True)
        where = compiler.condition(scope, row.where, row.at("Where"))
        exists = self._exists(draft)
        if isinstance(row, Parameter):
            return Block(
                draft.dataset, draft.name, draft.group, source, own, where, (), (), "", None, "", (), (), row.place
            )
        after = RecordScope(compiler, draft.dataset, draft.name, candidate=True)
        one_per = tuple(key.node for key in compiler.keys(after, row.one_per, row.at("One Per")))
        if row.pick not in ("", "first", "last", "distinct"):
            compiler.add(row.at("Pick"), f"Pick is first, last or distinct, not {row.pick!r}")
        tests = tuple(
            test
            for test in compiler.spec.tests
            if test.dataset == row.dataset and test.block == row.block and test.collected
        )
        if row.tests and not compiler.has_column(dataset, source, row.tests):
            known = set(compiler.columns_of(dataset, source))
            compiler.add(row.at("Tests"), f"{source} has no column {row.tests!r}", closest(row.tests, known))
        return Block(
            draft.dataset, draft.name, draft.group, source, own, where, one_per,
            compiler.keys(after, row.order, row.at("Order")), row.pick or "first", self._expand(scope, row),
            row.tests, (draft.test,) if draft.test else tests, exists, row.place, row,
        )  # fmt: skip

    def _exists(self, draft: _Draft) -> tuple[Node, ...]:
        """What must not all be missing for a record of a wide test to exist."""
        if draft.test is None:
            return ()
        found = []
        for row in self.compiler.instances[draft.dataset]:
            if row.block == draft.name and row.expression:
                scope = RecordScope(self.compiler, draft.dataset, draft.name, row.variable, candidate=True)
                node = self.compiler.attempt(row.place, lambda r=row, s=scope: self.compiler.types.value(s, r, True))
                if node is not None:
                    found.append(node)
        return tuple(found)

    def _expand(self, scope: RecordScope, row: Source) -> Expansion | None:
        if not row.expand:
            return None

        def work() -> Expansion:
            node = parse(row.expand)
            call = node.items[0] if isinstance(node, Member) and len(node.items) == 1 else None
            if not isinstance(node, Member) or not isinstance(node.left, Name) or not isinstance(call, Call):
                raise ExpressionError("Expand is written: ADT in dates(start, end) or X in values('A', 'B')")
            if call.function == "dates":
                return _dates(scope, node.left.name, call)
            return _values(scope, node.left.name, call)

        found: Expansion | None = self.compiler.attempt(row.at("Expand"), work)
        if found is not None:
            self.filled(row.dataset)[found.variable] = found.type
        return found

    # --- events ----------------------------------------------------------------------------------------

    def compile_events(self) -> dict[tuple[str, str], tuple[CompiledEvent, ...]]:
        found: dict[tuple[str, str], list[CompiledEvent]] = {}
        for row in self.compiler.spec.events:
            for code in row.paramcds:
                known = self.names.get(row.dataset, ())
                if code not in known:
                    self.compiler.add(
                        row.at("PARAMCD"), f"{row.dataset} has no parameter {code!r}", closest(code, known)
                    )
                    continue
                event = self._event(row, code)
                if event is not None:
                    found.setdefault((row.dataset, code), []).append(event)
        return {key: tuple(sorted(rows, key=lambda event: event.step)) for key, rows in found.items()}

    def _event(self, row: Event, code: str) -> CompiledEvent | None:
        compiler = self.compiler
        scope = RecordScope(compiler, row.dataset, code)

        def work() -> CompiledEvent:
            if not compiler.is_table(row.dataset, row.source):
                known = compiler.table_names(row.dataset)
                raise ExpressionError(f"{row.source!r} is no table, dataset or block", closest(row.source, known))
            inside = Resolver(scope, row.source)
            where = parse(row.where) if row.where else None
            match = ranging.match(Resolver(scope), row.source, row.by, _own_parts(where, row.source), False)
            residual = tuple(
                need(inside.node(part), "condition", "Where") for part in _outer_parts(where, row.source)
            )
            match = type(match)(
                match.table, match.subjects_all, match.pairs, match.filters, (*match.residual, *residual)
            )
            date = need(inside.node(parse(row.date)), NUMBER, "Date")
            order = inside.keys(parse(f"({row.order},)")) if row.order else ()
            texts = {"EVNTDESC": row.evntdesc, "CNSDTDSC": row.cnsdtdsc, **row.expressions}
            nodes = {name: _text(inside, text) for name, text in texts.items() if text}
            cnsr = need(inside.node(parse(row.cnsr)), NUMBER, "CNSR")
            if row.pick not in ("", "first", "last"):
                raise ExpressionError(f"Pick is first or last, not {row.pick!r}")
            event_first = isinstance(cnsr, Constant) and cnsr.value == 0.0
            pick = row.pick or ("first" if event_first else "last")
            return CompiledEvent(row, row.step, cnsr, match, date, order, pick, _srcvar(row, date), nodes)

        found: CompiledEvent | None = compiler.attempt(row.place, work)
        return found


def _text(inside: Resolver, text: str) -> Node:
    return inside.node(parse(text))


def _parts(where: Node | None) -> list[Node]:
    if where is None:
        return []
    if isinstance(where, Logic) and where.operator == "and":
        return [part for item in where.items for part in _parts(item)]
    return [where]


def _names_table(node: Node, table: str) -> bool:
    return any(isinstance(part, Attribute) and part.table == table for part in walk(node))


def _own_parts(where: Node | None, table: str) -> Node | None:
    parts = [part for part in _parts(where) if _names_table(part, table)]
    return Logic("and", tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _outer_parts(where: Node | None, table: str) -> list[Node]:
    """Conditions on the record itself: an event's Where may have them, an aggregate's may not."""
    return [part for part in _parts(where) if not _names_table(part, table)]


def _srcvar(row: Event, date: Node) -> str:
    if row.srcvar:
        return row.srcvar
    inner = [part for part in walk(date) if isinstance(part, Column) and part.kind == "inner"]
    return inner[0].name if inner else ""


def _dates(scope: RecordScope, name: str, call: Call) -> Expansion:
    if len(call.arguments) != 2 or set(call.options) - {"every"}:
        raise ExpressionError("dates takes a start, an end and the option every=")
    arguments = tuple(need(resolve(part, scope), NUMBER, "dates") for part in call.arguments)
    every = call.options.get("every")
    step = need(resolve(every, scope), NUMBER, "every") if every is not None else None
    return Expansion(name, "dates", arguments, step, NUMBER)


def _values(scope: RecordScope, name: str, call: Call) -> Expansion:
    if call.options or not call.arguments:
        raise ExpressionError("values takes constants, or one column of a look-up table")
    parts = call.arguments
    if len(parts) == 1 and isinstance(parts[0], Sequence):
        parts = parts[0].items
    first = parts[0]
    if isinstance(first, Attribute) and len(parts) == 1 and not scope.has_subject(first.table):
        column = scope.inner(first.table, first.name)
        return Expansion(name, "values", (column,), None, type_of(column))
    nodes = tuple(resolve(part, scope) for part in parts)
    if not all(isinstance(node, Constant) for node in nodes):
        raise ExpressionError("values takes constants, or one column of a look-up table")
    return Expansion(name, "values", nodes, None, type_of(nodes[0]))


