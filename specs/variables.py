"""The types of variables: declared in Variables, else inferred from the rules that fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from language.parse import ExpressionError, parse
from language.resolve import resolve
from language.tree import EITHER, ISO, NONE, NUMBER, TEXT, Column, Constant, Node
from language.types import WORDS, as_type, conversion_hint, is_iso_text, type_of
from specs.rules import Instance
from specs.scopes import RecordScope

if TYPE_CHECKING:
    from specs.check import Compiler

_EVENTS = {"ADT": NUMBER, "CNSR": NUMBER, "SRCSEQ": NUMBER}


class VariableTypes:
    """Types by (dataset, variable), found when first asked for."""

    def __init__(self, compiler: Compiler) -> None:
        self.compiler = compiler
        self.known: dict[tuple[str, str], str] = {}

    def of(self, dataset: str, name: str) -> str:
        from specs.check import declared_type

        key = (dataset, name)
        if key not in self.known:
            declared = declared_type(self.compiler.spec, dataset, name)
            self.known[key] = declared or NONE
            if not declared:
                self.known[key] = self._inferred(dataset, name)
        return self.known[key]

    def _inferred(self, dataset: str, name: str) -> str:
        filled = self.compiler.blocks.filled(dataset).get(name)
        if filled:
            return filled
        for row in self.compiler.instances[dataset]:
            if row.variable == name:
                kind = self._rule_type(dataset, row)
                if kind != NONE:
                    return kind
        return NONE

    def _rule_type(self, dataset: str, row: Instance) -> str:
        blocks = [
            block
            for block in self.compiler.blocks.names.get(dataset, ())
            if not row.block or row.block in (block, self.compiler.blocks.group(dataset, block))
        ]
        for block in blocks:
            scope = RecordScope(self.compiler, dataset, block, row.variable, bool(row.block))
            try:
                kind = type_of(self.value(scope, row, False))
            except ExpressionError:
                continue
            if kind != NONE:
                return NUMBER if kind == EITHER else kind
        return NONE

    def value(self, scope: RecordScope, row: Instance, check: bool) -> Node:
        """The resolved value of a rule, of the type of its variable. Raises ExpressionError if it is another."""
        wanted = self.of(scope.dataset, row.variable) if check else NONE
        if row.test:
            return Column("test", "", row.test, TEXT)
        if row.fixed is not None:
            return _fixed(row, wanted)
        node = resolve(parse(row.expression), scope)
        if not check or wanted == NONE:
            return node
        node = as_type(node, wanted)
        kind = type_of(node)
        if kind == EITHER:
            return as_type(node, NUMBER)
        if kind in (wanted, NONE) or {kind, wanted} == {TEXT, ISO}:
            return node
        raise ExpressionError(
            f"{row.variable} is {WORDS[wanted]}, the expression gives {WORDS[kind]}",
            conversion_hint({kind, wanted}) or "flag(...) or yn(...) turns a condition into a text",
        )


def _fixed(row: Instance, wanted: str) -> Node:
    text = row.fixed or ""
    number = wanted == NUMBER or (wanted == NONE and row.variable.endswith("N") and _number(text) is not None)
    if not number:
        if wanted == ISO and not is_iso_text(text):
            raise ExpressionError(f"{text!r} is no ISO 8601 date")
        return Constant(text, wanted if wanted in (TEXT, ISO) else TEXT)
    value = _number(text)
    if value is None:
        raise ExpressionError(f"{row.variable} is a number, {text!r} is none")
    return Constant(value, NUMBER)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
