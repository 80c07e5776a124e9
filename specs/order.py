"""The order of computing: which steps a step reads, found from the resolved expressions."""

from __future__ import annotations

import graphlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from language.tree import Aggregate, Column, Exists, Match, Node, Window, children
from specs.blocks import EVENT_VARIABLES, NONE_ROWS
from specs.compiled import Block, CompiledEvent, CompiledStage, Step
from specs.problem import Place, Problem, SpecError


def steps_in_order(stage: CompiledStage) -> CompiledStage:
    """The stage with its steps ordered. Raises SpecError that prints the cycle when there is one."""
    reads = {step: tuple(dict.fromkeys(found)) for step, found in _Reads(stage).all()}
    reads = _needed(reads)
    sorter = graphlib.TopologicalSorter(reads)
    try:
        order = tuple(sorter.static_order())
    except graphlib.CycleError as error:
        raise SpecError([_cycle(stage, list(error.args[1]))]) from None
    return replace(stage, order=order, reads=reads)


def _needed(reads: dict[Step, tuple[Step, ...]]) -> dict[Step, tuple[Step, ...]]:
    """The steps behind records and their variables; candidates that nothing asks for fall away."""
    found: dict[Step, tuple[Step, ...]] = {}
    waiting = [step for step in reads if not step[0].startswith("candidate")]
    while waiting:
        step = waiting.pop()
        if step not in found:
            found[step] = reads.get(step, ())
            waiting += found[step]
    return {step: found[step] for step in [*reads, *sorted(set(found) - set(reads))] if step in found}


def _cycle(stage: CompiledStage, steps: list[Step]) -> Problem:
    """The fault of a circle; `steps` end with the one they begin with, each read by the next."""
    names = list(dict.fromkeys(_name(step) for step in reversed(steps)))
    places = [place for step in steps if (place := _place(stage, step)) is not None]
    circle = " <- ".join([*names, names[0]])
    return Problem(
        places[0] if places else Place(f"{stage.spec.stage}/Sources.csv"),
        f"these values are each made from the next, in a circle: {circle}",
        "; ".join(f"{_name(step)} at {place}" for step in steps[1:] if (place := _place(stage, step)) is not None),
    )


def _place(stage: CompiledStage, step: Step) -> Place | None:
    kind = step[0].removeprefix("candidate ")
    if kind == "variable":
        rules = stage.rules.get((step[1], step[2], step[3]))
        return rules[0].place if rules else None
    if kind == "join":
        found = stage.joins.get((step[1], step[2], step[3], step[0] != kind))
        return found.row.place if found else None
    if kind == "events":
        return stage.events[step[1], step[2]][0].row.place
    return next((block.place for block in stage.blocks[step[1]] if block.name == step[2]), None)


def _name(step: Step) -> str:
    block = f"[{step[2]}]" if step[2] and step[2] != step[1] else ""
    if step[0].endswith("rows"):
        return f"records of {step[1]}{block}"
    if step[0] == "events":
        return f"events of {step[1]}{block}"
    if step[0].endswith("join"):
        return f"join {step[3]} of {step[1]}{block}"
    return f"{step[1]}{block}.{step[3]}"


def step_nodes(stage: CompiledStage, step: Step) -> list[Node]:
    """The expressions of a step: of its rules, its join, its events, its block; not those of what they match."""
    kind, dataset, block, *name = step
    if kind.endswith("variable"):
        rules = stage.rules.get((dataset, block, name[0]), ())
        return [node for rule in rules for node in (rule.where, rule.value) if node is not None]
    if kind.endswith("join"):
        join = stage.joins.get((dataset, block, name[0], kind != "join"))
        return [*(key.node for key in join.order), *join.match.both, *join.match.filters] if join is not None else []
    if kind == "events":
        return [node for event in stage.events[dataset, block] for node in _event_nodes(event)]
    return next((block_nodes(found) for found in stage.blocks[dataset] if found.name == block), [])


def block_nodes(block: Block) -> list[Node]:
    """The expressions by which a block makes its records."""
    nodes = [*block.one_per, *(key.node for key in block.order), *block.exists]
    nodes += [node for node in (block.where, block.later, *block.test_where) if node is not None]
    nodes += [node for part in block.expand for node in part.nodes]
    return nodes + [node for part in block.expand if part.match for node in (*part.match.both, *part.match.filters)]


def _event_nodes(event: CompiledEvent) -> list[Node]:
    order = [key.node for key in event.order]
    return [event.cnsr, event.date, *event.texts.values(), *order, *event.match.both, *event.match.filters]


def steps_behind(stage: CompiledStage, steps: Iterable[Step]) -> frozenset[Step]:
    """Steps with all that they read, through all that these read."""
    found: set[Step] = set()
    waiting = list(steps)
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += stage.reads.get(step, ())
    return frozenset(found)


def steps_behind_table(stage: CompiledStage, owner: str, table: str, columns: Iterable[str]) -> list[Step]:
    """The steps behind the rows and columns of a table as dataset `owner` sees it."""
    reads = _Reads(stage)
    return list(dict.fromkeys(step for name in (*columns, "USUBJID") for step in reads.table(owner, table, name)))


def steps_behind_records(stage: CompiledStage, dataset: str, blocks: Iterable[str], nodes: list[Node]) -> list[Step]:
    """The steps behind expressions over the records of some blocks of a dataset."""
    reads = _Reads(stage)
    found: list[Step] = []
    for block in blocks:
        found += [("rows", dataset, block), *reads.nodes(dataset, block, nodes, False)]
    return list(dict.fromkeys(found))


class _Reads:
    def __init__(self, stage: CompiledStage) -> None:
        self.stage = stage
        self.blocks = {(dataset, block.name): block for dataset, blocks in stage.blocks.items() for block in blocks}
        self._filled = {
            key: {*EVENT_VARIABLES} | {text for event in events for text in event.texts}
            for key, events in stage.events.items()
        }
        self._groups: dict[tuple[str, str], list[str]] = {}
        for (dataset, _), block in self.blocks.items():
            for name in dict.fromkeys(block.names):
                self._groups.setdefault((dataset, name), []).append(block.name)

    def all(self) -> Iterator[tuple[Step, Iterable[Step]]]:
        for (dataset, name), block in self.blocks.items():
            yield ("rows", dataset, name), self._rows(block)
        for key, rules in self.stage.rules.items():
            for candidate in (False, True):
                step = self.variable(*key, candidate)
                nodes = [node for rule in rules for node in (rule.where, rule.value) if node is not None]
                yield step, [*self._before(key[0], key[1], candidate), *self.nodes(key[0], key[1], nodes, candidate)]
        for (dataset, name, join, candidate), found in self.stage.joins.items():
            step = ("candidate join" if candidate else "join", dataset, name, join)
            keys = [key.node for key in found.order]
            yield (
                step,
                [
                    *self._before(dataset, name, candidate),
                    *self._match(dataset, name, found.match, candidate),
                    *self.nodes(dataset, name, keys, candidate),
                ],
            )
        for dataset, name in self.stage.events:
            yield ("events", dataset, name), self._events(dataset, name)

    def _events(self, dataset: str, name: str) -> Iterator[Step]:
        yield ("rows", dataset, name)
        for event in self.stage.events[dataset, name]:
            yield from self._match(dataset, name, event.match, False)
            nodes = [event.cnsr, event.date, *event.texts.values(), *(key.node for key in event.order)]
            yield from self.nodes(dataset, name, nodes, False)
            yield from self.sequence(event.match.table, dataset)

    def sequence(self, table: str, dataset: str) -> Iterator[Step]:
        """The sequence variable that SRCSEQ takes from a picked row, through working datasets to their source."""
        own = [block for block in self.stage.blocks.get(dataset, ()) if table in block.names]
        name = dataset if own else table
        found = self.stage.spec.datasets.get(name)
        if found is not None:
            if found.sequence:
                yield from self.table(dataset, table, found.sequence)
            if own:
                yield from self.table(dataset, table, "SRCDOM") if "SRCDOM" in self._own(dataset) else ()
            return
        for block in self.stage.blocks.get(name, ()):
            yield from self.sequence(block.source, name)

    def _own(self, dataset: str) -> set[str]:
        return {name for d, name in self.stage.types if d == dataset}

    def _rows(self, block: Block) -> Iterator[Step]:
        dataset, name = block.dataset, block.name
        yield from self._source_rows(block)
        nodes = [*block.one_per, *(key.node for key in block.order), *block.exists]
        nodes += [node for node in (block.where, block.later, *block.test_where) if node is not None]
        nodes += [node for part in block.expand for node in part.nodes]
        yield from self.nodes(dataset, name, nodes, True)
        for part in block.expand:
            if part.match is not None:
                yield from self._match(dataset, name, part.match, True)

    def _source_rows(self, block: Block) -> Iterator[Step]:
        if block.own_source:
            for other in self._of(block.dataset, block.source):
                yield ("rows", block.dataset, other)
        elif block.source in self.stage.blocks:
            for made in self.stage.blocks[block.source]:
                yield ("rows", block.source, made.name)

    def _before(self, dataset: str, block: str, candidate: bool) -> Iterator[Step]:
        if candidate:
            found = self.blocks.get((dataset, block))
            yield from self._source_rows(found) if found else ()
        else:
            yield ("rows", dataset, block)

    def _of(self, dataset: str, group: str) -> list[str]:
        return self._groups.get((dataset, group), [])

    def variable(self, dataset: str, block: str, name: str, candidate: bool = False) -> Step:
        if not candidate and name in self._filled.get((dataset, block), ()):
            return ("events", dataset, block)
        return ("candidate variable" if candidate else "variable", dataset, block, name)

    def table(self, dataset: str, table: str, column: str) -> Iterator[Step]:
        """The steps behind a column of a table, as seen from a dataset."""
        own = self._of(dataset, table)
        if own:
            for block in own:
                yield ("rows", dataset, block)
                yield self.variable(dataset, block, column)
        elif table in self.stage.blocks and table != NONE_ROWS:
            for found in self.stage.blocks[table]:
                yield ("rows", table, found.name)
                yield self.variable(table, found.name, column)

    def _match(self, dataset: str, block: str, match: Match, candidate: bool) -> Iterator[Step]:
        yield from self.table(dataset, match.table, "USUBJID")
        yield from self.nodes(dataset, block, [*match.both, *match.filters], candidate)

    def nodes(self, dataset: str, block: str, nodes: Iterable[Node], candidate: bool) -> Iterator[Step]:
        for node in nodes:
            yield from self._node(dataset, block, node, candidate, False)

    def _node(self, dataset: str, block: str, node: Node, candidate: bool, everywhere: bool) -> Iterator[Step]:
        if isinstance(node, Column):
            yield from self._column(dataset, block, node, candidate, everywhere)
            return
        if isinstance(node, Exists):
            blocks = self._all(dataset) if everywhere else [block]
            for name in blocks:
                yield ("candidate join" if candidate else "join", dataset, name, node.join)
            return
        if isinstance(node, Aggregate) and node.match is not None:
            yield from self._match(dataset, block, node.match, candidate)
        wide = (isinstance(node, Window) and not node.block) or (isinstance(node, Aggregate) and node.match is None)
        if wide and not candidate:
            for name in self._all(dataset):
                yield ("rows", dataset, name)
        for child in children(node):
            if not isinstance(child, Match):
                yield from self._node(dataset, block, child, candidate, everywhere or wide)

    def _all(self, dataset: str) -> list[str]:
        return [block.name for block in self.stage.blocks.get(dataset, ())]

    def _column(self, dataset: str, block: str, node: Column, candidate: bool, everywhere: bool) -> Iterator[Step]:
        blocks = self._all(dataset) if everywhere else [block]
        if node.kind == "own":
            for name in blocks or self._all(dataset):
                yield self.variable(dataset, name, node.name, candidate)
        elif node.kind == "join":
            for name in blocks:
                yield ("candidate join" if candidate else "join", dataset, name, node.table)
                found = self.stage.joins.get((dataset, name, node.table, candidate))
                if found is not None:
                    yield from self.table(dataset, found.match.table, node.name)
        elif node.kind in ("source", "subject", "inner"):
            yield from self.table(dataset, node.table, node.name)
