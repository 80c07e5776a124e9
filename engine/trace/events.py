"""Explains time to event: the steps that had no candidate, the one that won, the row that it picked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from engine.aggregates import sort_columns
from engine.columns import Array, Column, concat
from engine.evaluate import Pairs, evaluate
from engine.matching import InnerContext
from engine.origins import sequence_of_input
from engine.run import Run
from engine.sorting import dense_ranks
from engine.trace.joins import matched, row_node, unmet
from engine.trace.node import CONSTANT, EVENT, STEP, VALUE, WHY, Node
from engine.trace.ranging import of_subject
from engine.trace.spots import PairSpot, RecordSpot
from engine.views import View
from language.tree import NUMBER, TEXT
from language.written import conditions_of
from specs.blocks import EVENT_VARIABLES
from specs.compiled import CompiledEvent

if TYPE_CHECKING:
    from engine.trace.tracer import Tracer

_ALWAYS = ("ADT", "CNSR", "SRCDOM", "SRCVAR", "SRCSEQ")  # what every row of Events says; texts may be left blank


@dataclass
class _Offer:
    """What a row of Events offers a record: the rows of its From that meet it, the picked one first."""

    event: CompiledEvent
    view: View
    rows: Array
    dates: Array
    keys: list[Column] = field(default_factory=list)


def variables(run: Run, dataset: str, block: str) -> set[str]:
    """The variables that Events fills in the records of a block."""
    events = run.stage.events.get((dataset, block), ())
    return {*EVENT_VARIABLES, *(name for event in events for name in event.texts)} if events else set()


def filled(spot: RecordSpot, name: str, value: float | str | bool | None) -> Node:
    """A variable that Events fills: what the picked row of the first step with a candidate gives."""
    run = spot.tracer.run
    kind = run.stage.types.get((spot.dataset, name)) or EVENT_VARIABLES.get(name, TEXT)
    offers = _by_step(spot)
    won = next((step for step, found in offers.items() if any(len(offer.rows) for offer in found)), None)
    node = Node(EVENT, f"{spot.dataset}.{name}", value, kind)
    if won is None:
        node.note = "no step has a candidate"
        node.make = lambda: [_step(spot, step, found, False) for step, found in offers.items()]
        return node
    best = _best(offers[won])
    event = best.event
    node.place = event.row.at(_column(event, name))
    node.text = _cell(event, name)
    node.note = f"step {won} has the first candidate"
    stated = name in (*_ALWAYS, *event.texts)
    if not stated:
        node.note += f", and its row does not say what {name} is"

    def parts() -> list[Node]:
        picked = PairSpot(spot, event.match.table, best.view, int(best.rows[0]))
        found = [_value(spot, picked, event, name).named("value", VALUE)] if stated else []
        return found + [_step(spot, step, tried, step == won) for step, tried in offers.items() if step <= won]

    node.make = parts
    return node


def _by_step(spot: RecordSpot) -> dict[int, list[_Offer]]:
    events = spot.tracer.run.stage.events[spot.dataset, spot.block]
    steps = sorted({event.step for event in events})
    return {step: [_offer(spot, event) for event in events if event.step == step] for step in steps}


def _offer(spot: RecordSpot, event: CompiledEvent) -> _Offer:
    view = spot.tracer.run.view(spot.dataset, event.match.table)
    rows = matched(spot, event.match, view)
    zeros = np.zeros(len(rows), np.int64)
    context = Pairs(spot.context, InnerContext(view, rows), zeros, np.arange(len(rows)))
    dates = np.asarray(evaluate(event.date, context), float)
    keys = sort_columns(event.order, context)
    ranks = dense_ranks([(dates, event.pick == "last"), *keys], len(rows))
    if not event.order:
        ranks = dense_ranks([(ranks, False), (_sequence(spot, event, rows), False)], len(rows))
    order = np.argsort(ranks, kind="stable")
    order = order[np.isfinite(dates[order])]
    best = order[:1]
    return _Offer(event, view, rows[order], dates[order], [column[best] if isinstance(column, np.ndarray)
                  else column.take(best) for column, _ in keys])  # fmt: skip


def _sequence(spot: RecordSpot, event: CompiledEvent, rows: Array) -> Array:
    """What breaks ties of rows of Events without Order: the sequence number of the source."""
    nodes = [source(spot.tracer, spot.dataset, event.match.table, int(row), "SRCSEQ") for row in rows]
    return np.array([node.value if isinstance(node.value, float) else np.nan for node in nodes])


def _best(offers: list[_Offer]) -> _Offer:
    """Of several rows of Events with one step the one with the earlier (later) date, then with the lower Order."""
    best: _Offer | None = None
    for offer in offers:
        if not len(offer.rows):
            continue
        if best is None or _before(offer, best):
            best = offer
    assert best is not None
    return best


def _before(offer: _Offer, best: _Offer) -> bool:
    one, other = float(offer.dates[0]), float(best.dates[0])
    if one != other:
        return one > other if offer.event.pick == "last" else one < other
    pairs = [(concat([a, b]), key.descending) for a, b, key in zip(best.keys, offer.keys, best.event.order)]
    ranks = dense_ranks(pairs, 2)
    return bool(ranks[1] < ranks[0])


def _step(spot: RecordSpot, step: int, offers: list[_Offer], won: bool) -> Node:
    """A step with the rows that meet it, and how many there were to choose from: an earlier row that does not meet it
    decides, too."""
    rows = sum(len(offer.rows) for offer in offers)
    best = _best(offers) if rows else offers[0]
    event = best.event
    tables = " and ".join(dict.fromkeys(offer.event.match.table for offer in offers))
    node = Node(STEP, f"step {step}", text=event.row.where, place=event.row.place, role=WHY, slot="step")
    node.facts |= {"count": rows, "won": won, "step": step}
    if not rows:
        node.note = f"no row of {tables} meets it"
        node.make = lambda: [row for offer in offers for row in unmet(spot, offer.event.match, offer.view)]
        return node
    which = "latest" if event.pick == "last" else "earliest"
    total = sum({o.event.match.table: of_subject(spot, o.event.match, o.view) for o in offers}.values())
    node.note = f"{f'the {which} of ' if rows > 1 else ''}{rows} of {total} rows of {tables}"
    node.facts["rest"] = lambda: [
        row
        for offer in offers
        for row in unmet(spot, offer.event.match, offer.view, matched(spot, offer.event.match, offer.view))
    ]

    def parts() -> list[Node]:
        ordered = [best, *(offer for offer in offers if offer is not best)]
        return [
            row_node(
                spot, offer.event.match.table, offer.view, int(row), (offer.event.date,), offer.event.order,
                conditions_of(offer.event.match), "picked" if offer is best and not place else "other",
                "picked" if offer is best and not place else "",
            )
            for offer in ordered
            for place, row in enumerate(offer.rows)
        ]  # fmt: skip

    node.make = parts
    return node


def _value(spot: RecordSpot, picked: PairSpot, event: CompiledEvent, name: str) -> Node:
    from engine.trace.expressions import expression

    if name == "ADT":
        return expression(event.date, picked)
    if name == "CNSR":
        return expression(event.cnsr, picked)
    if name in event.texts:
        return expression(event.texts[name], picked, spot.tracer.run.stage.types.get((spot.dataset, name), TEXT))
    return _source(spot, picked, event, name)


def _source(spot: RecordSpot, picked: PairSpot, event: CompiledEvent, name: str) -> Node:
    run, table = spot.tracer.run, event.match.table
    if run.own_blocks(spot.dataset, table) and "SRCDOM" in run.variables(spot.dataset):
        return spot.tracer.at(spot.dataset, table, picked.row, name)
    if name == "SRCVAR":
        return Node(CONSTANT, "SRCVAR", event.srcvar or None, TEXT, place=event.row.at("SRCVAR"))
    return source(spot.tracer, spot.dataset, table, picked.row, name)


def source(tracer: Tracer, dataset: str, table: str, row: int, name: str) -> Node:
    """SRCDOM or SRCSEQ of a row: that of the submitted record behind it, through working datasets."""
    run = tracer.run
    place = tracer.place_of(dataset, table, row)
    owner = place[0] if place is not None else table
    known = tracer.spec.datasets.get(owner)
    if place is not None and known is None:
        records = run.records(place[0], place[1])
        return source(tracer, place[0], records.block.source, int(records.rows[place[2]]), name)
    if name == "SRCDOM":
        return Node(CONSTANT, "SRCDOM", owner, TEXT, note="the submitted dataset of the row")
    sequence = known.sequence if known is not None else sequence_of_input(run, owner)
    if not sequence:
        return Node(CONSTANT, "SRCSEQ", None, NUMBER, note=f"{owner} has no sequence variable")
    return tracer.at(dataset, table, row, sequence, NUMBER)


def _column(event: CompiledEvent, name: str) -> str:
    """The column of Events that says what a variable becomes."""
    return "Date" if name == "ADT" else name if name in event.row.cells else "From"


def _cell(event: CompiledEvent, name: str) -> str:
    column = _column(event, name)
    return event.row.cells.get(column, "")
