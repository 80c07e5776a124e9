"""The types of variables: declared in Variables, else inferred from the rules that fill them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from derivations.decimals import plain_float
from language.errors import ExpressionError
from language.expanding import expanded_names
from language.parse import parse
from language.resolve import Resolver, resolve
from language.tree import CONDITION, ISO, NONE, NUMBER, TEXT, Attribute, Column, Constant, Name, Node, walk
from language.types import WORDS, as_type, concrete, conversion_hint, is_iso_text, type_of
from specs.rules import Instance
from specs.scopes import RecordScope

if TYPE_CHECKING:
    from specs.blocks import Draft
    from specs.check import Compiler
    from specs.names import Names

Key = tuple[str, str]


class VariableTypes:
    """Types by (dataset, variable), found when first asked for."""

    def __init__(self, names: Names) -> None:
        self.names: Compiler = names  # type: ignore[assignment]
        self.known: dict[Key, str] = {}

    def declared(self, dataset: str, name: str) -> str:
        """The type by the row in Variables, "" without one."""
        from specs.names import declared_type

        return declared_type(self.names.spec, dataset, name)

    def of(self, dataset: str, name: str) -> str:
        """The type of a variable; `none` where every rule gives a missing value."""
        key = (dataset, name)
        if key not in self.known:
            declared = self.declared(dataset, name)
            self.known[key] = declared or NONE
            if not declared:
                self.known[key] = self._inferred(dataset, name)
        return self.known[key]

    def settle(self) -> None:
        """Find every type: those that others are inferred from first, and again those that were not ready."""
        every = [(d, name) for d in self.names.blocks.datasets for name in self.names.own_variables(d)]
        known = set(every)
        for key in self._inner_first(every):
            if key in known:
                self.of(*key)
        open_types = [key for key in every if self.known[key] == NONE]
        while True:
            found = {key: kind for key in open_types if (kind := self._inferred(*key)) != NONE}
            if not found:
                return
            self.known |= found
            open_types = [key for key in open_types if key not in found]

    def _inner_first(self, every: list[Key]) -> list[Key]:
        """Variables after those that their rules name, without recursion: a chain of them may be long."""
        mentions = {key: list(self._mentions(*key)) for key in every if not self.declared(*key)}
        done: dict[Key, None] = {}
        for start in every:
            waiting = [start]
            entered: set[Key] = set()
            while waiting:
                key = waiting[-1]
                more = (
                    [] if key in entered else [k for k in mentions.get(key, ()) if k not in done and k not in entered]
                )
                entered.add(key)
                if more:
                    waiting += more
                else:
                    done[waiting.pop()] = None
        return list(done)

    def _mentions(self, dataset: str, name: str) -> Iterator[Key]:
        for row in self.names.instances_of(dataset, name):
            if not row.expression:
                continue
            try:
                parts = list(walk(parse(row.expression)))
            except ExpressionError:
                continue
            for part in parts:
                if isinstance(part, Name):
                    yield dataset, part.name
                elif isinstance(part, Attribute):
                    join = self.names.blocks.joins(dataset).get(part.table)
                    table = join.source if join else part.table
                    yield (dataset if self.names.own_block(dataset, table) else table), part.name

    def _inferred(self, dataset: str, name: str) -> str:
        filled = self.names.blocks.filled(dataset).get(name)
        if filled:
            return filled
        for node in self._ways(dataset, name):
            kind = type_of(concrete(node))
            if kind != NONE:
                return kind
        return NONE

    def _ways(self, dataset: str, name: str) -> Iterator[Node]:
        """Every resolved expression that fills a variable; those with faults are left for later."""
        for row in self.names.instances_of(dataset, name):
            for block in self.names.blocks.of_rule(dataset, row.block):
                scope = RecordScope(self.names, dataset, block, row.variable, bool(row.block))
                yield from self._tried(partial(self.value, scope, row, False))
        for draft in self.names.blocks.drafts.get(dataset, {}).values():
            if name in expanded_names(draft.row.expand):
                yield from self._tried(partial(self._expanded, draft, name))
        for event in self.names.spec.events:
            text = event.expressions.get(name, "") if event.dataset == dataset else ""
            for code in event.paramcds if text else ():
                resolver = Resolver(RecordScope(self.names, dataset, code), event.source)
                yield from self._tried(partial(_of_event, resolver, text))

    def _expanded(self, draft: Draft, name: str) -> Node:
        from specs.compile_expand import expansions

        scope = RecordScope(self.names, draft.dataset, draft.name, candidate=True)
        found = expansions(scope, draft.row.expand)
        kinds = {variable: kind for part in found for variable, kind in zip(part.variables, part.types)}
        return Constant(None, kinds[name])

    @staticmethod
    def _tried(work: Callable[[], Node]) -> Iterator[Node]:
        try:
            yield work()
        except ExpressionError:
            return

    def value(self, scope: RecordScope, row: Instance, check: bool) -> Node:
        """The resolved value of a rule, of the type of its variable. Raises ExpressionError if it is another."""
        wanted = self.of(scope.dataset, row.variable) if check else NONE
        if row.test:
            draft = self.names.blocks.drafts[scope.dataset][scope.name]
            if draft.test is not None:  # a wide test has a block of its own
                return Constant(getattr(draft.test, row.test) or None, TEXT)
            return Column("test", "", row.test, TEXT)
        if row.fixed is not None:
            return _fixed(row, wanted)
        node = resolve(parse(row.expression), scope)
        if not check:
            return node
        node = self.fitting(row.variable, node, wanted)
        if type_of(node) == CONDITION and not (row.variable.startswith("_") or scope.dataset.startswith("_")):
            raise ExpressionError(f"{row.variable} would be written as a condition", "write flag(...) or yn(...)")
        return node

    def fitting(self, variable: str, node: Node, wanted: str) -> Node:
        """The node as a value of the variable. Raises ExpressionError for a wrong type."""
        if wanted == NONE:
            return concrete(node)
        node = concrete(as_type(node, wanted))
        kind = type_of(node)
        if kind in (wanted, NONE) or {kind, wanted} == {TEXT, ISO}:
            return node
        flags = "flag(...) or yn(...) turns a condition into a text" if kind == CONDITION else ""
        raise ExpressionError(
            f"{variable} is {WORDS[wanted]}, the expression gives {WORDS[kind]}",
            conversion_hint({kind, wanted}) or flags,
        )


def _of_event(resolver: Resolver, text: str) -> Node:
    return resolver.node(parse(text))


def _fixed(row: Instance, wanted: str) -> Node:
    text = row.fixed or ""
    number = wanted == NUMBER or (wanted == NONE and row.variable.endswith("N") and plain_float(text) is not None)
    if not number:
        if wanted == ISO and not is_iso_text(text):
            raise ExpressionError(f"{text!r} is no ISO 8601 date")
        return Constant(text, wanted if wanted in (TEXT, ISO) else TEXT)
    value = plain_float(text)
    if value is None:
        raise ExpressionError(f"{row.variable} is a number, {text!r} is none")
    return Constant(value, NUMBER)
