"""Where the specification asks for what ranges over all subjects: the place of the faults that are found there."""

from __future__ import annotations

from collections.abc import Iterator

from language.tree import Node, walk
from specs.compiled import CompiledStage
from specs.crossing import RecordsNeed
from specs.order import step_nodes
from specs.problem import Place


def place_of(stage: CompiledStage, need: RecordsNeed) -> Place:
    """The row of the specification that asks for a need first, in the order of computing: the place of its faults."""
    places = (place for place, nodes in _asking(stage) for node in nodes if any(p == need.node for p in walk(node)))
    return next(places, Place(stage.spec.stage))


def _asking(stage: CompiledStage) -> Iterator[tuple[Place, list[Node]]]:
    """The rows of the specification, each with its expressions."""
    for step in stage.order:
        kind, dataset, block, *name = step
        if kind == "variable":
            for rule in stage.rules.get((dataset, block, name[0]), ()):
                yield rule.place, [node for node in (rule.where, rule.value) if node is not None]
            continue
        places = [found.place for found in stage.blocks.get(dataset, ()) if found.name == block]
        if kind == "join" and (found := stage.joins.get((dataset, block, name[0], False))) is not None:
            places = [found.row.place]
        yield from ((place, step_nodes(stage, step)) for place in places[:1])
    for check in stage.checks:
        yield check.row.place, [node for node in (check.where, check.condition) if node is not None]
    for cut in stage.cuts:
        yield cut.row.place, [node for node in (cut.where, *cut.values.values()) if node is not None]
