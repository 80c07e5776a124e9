"""From which columns a variable is made: those that its rules name, working variables and joins looked through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from define import rules
from define.origin import QUALIFIERS
from language import tree
from language.parse import parsed
from specs.model import Event, Join, Spec

Column = tuple[str, str]
Lineage = Mapping[Column, tuple[Column, ...]]
Seen = set[Column]
_COLUMN = re.compile(r"\w+\.\w+")


def lineage(specs: Sequence[Spec]) -> dict[Column, tuple[Column, ...]]:
    """(dataset, variable) to the columns that its rules name: of raw tables, or of datasets as (dataset, variable).

    Values of one test or parameter stand under (dataset, `AVAL.RELW1`), and those of a qualifier under
    (`SUPPAE`, `QVAL.AEIRAE`). Each column stands once, those of values before those of conditions.
    """
    found: dict[Column, tuple[Column, ...]] = {}
    for spec in specs:
        walk = _Walk(spec)
        for dataset, variable in spec.variables:
            for name, columns in walk.variable(dataset, variable):
                listed = dict.fromkeys(shown for column in columns if (shown := _shown(specs, column)))
                if listed:
                    found[dataset, name] = tuple(listed)
    return found


def _shown(specs: Sequence[Spec], column: Column) -> Column | None:
    """A column as readers find it: a qualifier in its supplemental dataset; None for one that no dataset has."""
    table, name = column
    own = any(column in spec.variables for spec in specs)
    if not own and any((f"SUPP{table}", name) in spec.variables for spec in specs):
        return f"SUPP{table}", f"QVAL.{name}"
    absent = any(table in spec.datasets and column not in spec.variables for spec in specs)
    return None if absent else column


class _Walk:
    """The rules of one specification, followed to the columns at their ends."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.sources = cache(self._sources)
        self.events: dict[str, list[Event]] = {}
        for event in spec.events:
            self.events.setdefault(event.dataset, []).append(event)

    def variable(self, dataset: str, variable: str) -> Iterator[tuple[str, tuple[Column, ...]]]:
        """(name, columns) of a variable as a whole, then of each block that has rules of its own."""
        found = rules.rules_of(self.spec, dataset, variable)
        blocks = dict.fromkeys(name for rule in found for name in rule.block.split(", ") if name)
        yield variable, self._reached(dataset, variable, "")
        for block in blocks:
            yield f"{variable}.{block}", self._reached(dataset, variable, block)
        if dataset.startswith("SUPP") and variable not in QUALIFIERS:
            yield f"QVAL.{variable}", self._reached(dataset, variable, "")

    def _reached(self, dataset: str, variable: str, block: str) -> tuple[Column, ...]:
        found = [rule for rule in rules.rules_of(self.spec, dataset, variable) if block in ("", rule.block)]
        owner = dataset.removeprefix("SUPP")
        texts = [(rule.expression, rule.block) for rule in found] + [(rule.where, rule.block) for rule in found]
        if not found:
            copied = self.spec.variables[dataset, variable].predecessor
            texts = [(copied, "")] if _COLUMN.fullmatch(copied) else self._of_events(dataset, variable)
        seen: Seen = set()
        listed = (column for text, of in texts for column in self._of_text(owner, variable, text, of, seen))
        return tuple(column for column in dict.fromkeys(listed) if column != (dataset, variable))

    def _of_events(self, dataset: str, variable: str) -> list[tuple[str, str]]:
        """What the steps of time-to-event parameters name for a variable that they fill."""
        texts = []
        for event in self.events.get(dataset, ()):
            stated = getattr(event, variable.lower(), "") or event.expressions.get(variable, "")
            if variable == "ADT" or (stated and isinstance(stated, str)):
                texts += [(text, "") for text in ((event.date, event.where) if variable == "ADT" else (stated,))]
        return texts

    def _of_text(self, dataset: str, variable: str, text: str, block: str, seen: Seen) -> Iterator[Column]:
        node = parsed(text) if text else None
        for part in tree.walk(node) if node is not None else ():
            if isinstance(part, tree.Name | tree.Attribute):
                name = part.name if isinstance(part, tree.Name) else part.table
                yield from self._of_join(dataset, variable, name, seen)
            if isinstance(part, tree.Attribute):
                yield from self._of_column(dataset, self._table(dataset, part.table), part.name, seen)
            elif isinstance(part, tree.Name):
                yield from self._of_name(dataset, variable, part.name, block, seen)

    def _join(self, dataset: str, name: str) -> Join | None:
        return next((join for join in self.spec.joins if join.name == name and dataset in join.datasets), None)

    def _table(self, dataset: str, name: str) -> str:
        join = self._join(dataset, name)
        return join.source if join else name

    def _of_join(self, dataset: str, variable: str, name: str, seen: Seen) -> Iterator[Column]:
        """The columns of the condition by which a join picks its row."""
        join = self._join(dataset, name)
        if join and (dataset, f"{name}.") not in seen:
            seen.add((dataset, f"{name}."))
            yield from self._of_text(dataset, variable, join.where, "", seen)

    def _of_column(self, dataset: str, table: str, name: str, seen: Seen) -> Iterator[Column]:
        if table in rules.blocks_named(self.spec, dataset):
            table = dataset
        if (table, name) in self.spec.variables or not (name.startswith("_") or table.startswith("_")):
            yield table, name
        elif (table, name) not in seen:
            seen.add((table, name))
            yield from self._through(table, name, seen)

    def _through(self, dataset: str, name: str, seen: Seen) -> Iterator[Column]:
        """The columns behind a working variable, or behind a column that a working dataset takes over."""
        own = rules.rules_of(self.spec, dataset, name)
        for rule in own:
            for text in (rule.expression, rule.where):
                yield from self._of_text(dataset, name, text, rule.block, seen)
        for source in () if own else self.sources(dataset, ""):
            yield from self._of_column(dataset, source, name, seen)

    def _of_name(self, dataset: str, variable: str, name: str, block: str, seen: Seen) -> Iterator[Column]:
        """A bare name: a variable of the dataset before a column of its source; in the rule of X, X is the column."""
        if name != variable and ((dataset, name) in self.spec.variables or rules.rules_of(self.spec, dataset, name)):
            yield from self._of_column(dataset, dataset, name, seen)
        elif name not in self.spec.study.constants and not self._is_table(dataset, name):
            for source in self.sources(dataset, block) or self.sources(dataset, ""):
                if source != dataset:
                    yield from self._of_column(dataset, source, name, seen)

    def _is_table(self, dataset: str, name: str) -> bool:
        spec = self.spec
        tables = name in spec.tables or name in spec.datasets or name in rules.blocks_named(spec, dataset)
        return tables or self._join(dataset, name) is not None

    def _sources(self, dataset: str, block: str) -> tuple[str, ...]:
        """The tables from which the records of a dataset or block come; of blocks of the dataset, those behind them."""
        named = rules.blocks_named(self.spec, dataset)
        listed = dict.fromkeys(rules.sources_of(self.spec, dataset, block))
        return tuple(source for source in listed if source not in named)
