"""Which rows of the specification a derivation was given: terms, collected values, conversions of units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from derivations.assign_ct import fold
from derivations.registry import Codelist, Units
from engine.evaluate import evaluate
from engine.trace.node import NOTE, WHY, Node, cell
from language import tree

if TYPE_CHECKING:
    from engine.trace.spots import Spot
    from specs.model import Spec

# How the derivations that convert call the unit that a number has, and the one that is wanted.
_FROM, _TO = ("from_unit", "unit"), ("to_unit", "standard_unit")


def explain(node: tree.Call, spot: Spot, found: Node) -> None:
    """Add the rows that gave a result to the parts of a call, after its arguments."""
    before = found.make

    def parts() -> list[Node]:
        known = list(before()) if before is not None else []
        for given in node.supplied.values():
            if isinstance(given, Codelist):
                known += _of_codelist(given, node, spot, found.value)
            elif isinstance(given, Units):
                known += _of_units(node, spot)
        return known

    found.make = parts


def _texts(node: tree.Call, spot: Spot) -> Iterator[tuple[str, str]]:
    """The texts among the arguments of a call, each with the raw column that it is (blank for others)."""
    arguments = node.arguments or tuple(node.options.values())
    for part in arguments:
        value = cell(evaluate(part, spot.context))
        if isinstance(value, str):
            yield value, f"{part.table}.{part.name}" if isinstance(part, tree.Column) and part.table else ""


def _of_codelist(given: Codelist, node: tree.Call, spot: Spot, result: object) -> Iterator[Node]:
    spec = spot.tracer.spec
    found = spec.codelists.get(given.id)
    if found is None:
        return
    for text, item in _texts(node, spot):
        rows = [row for row in spec.collected if row.codelist == given.id and fold(row.value) == fold(text)]
        rows = [row for row in rows if row.item == item and item] or [row for row in rows if not row.item]
        if rows:
            meaning = f"{text!r} means {rows[0].term!r}" + (f" in {item}" if rows[0].item else "")
            yield _row(f"Collected of {given.id}", meaning, rows[0].place)
            continue
        term = next((term for term in found.terms if fold(term.term) == fold(text)), None)
        if term is not None:
            means = "" if text == term.term else f" means {term.term!r}"
            decoded = f", decoded {term.decode!r}" if term.decode else ""
            yield _row(f"codelist {given.id}", f"{text!r}{means or ' is a term'}{decoded}", term.place)
        elif result is None:
            yield _row(f"codelist {given.id}", f"{text!r} has no term in it", found.place)


def _of_units(node: tree.Call, spot: Spot) -> Iterator[Node]:
    spec = spot.tracer.spec
    values = {name: cell(evaluate(part, spot.context)) for name, part in node.options.items()}
    own = _text(next((values[name] for name in _FROM if name in values), None))
    wanted = _text(next((values[name] for name in _TO if name in values), None))
    test = _text(values.get("test"))
    yield from _conversion(spec, test, own, wanted)
    for row in spec.tests:
        if test and row.test_code == test and row.decimals.strip():
            yield _row(f"Tests of {test}", f"{row.decimals} decimals", row.at("Decimals"))
            return


def _conversion(spec: Spec, test: str, own: str, wanted: str) -> Iterator[Node]:
    for code in dict.fromkeys((test, "")):
        for row in spec.units:
            if (row.test_code, row.collected_unit, row.standard_unit) == (code, own, wanted):
                factor = row.factor or row.exact
                how = f"x -> {factor}" if "x" in factor else f"times {factor}"
                yield _row("Units", f"{own or 'no unit'} to {wanted or 'no unit'}: {how}", row.place)
                return
    if own == wanted:
        yield _row("Units", f"{own or 'no unit'} is the standard unit", None)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _row(name: str, note: str, place: object) -> Node:
    return Node(NOTE, name, note=note, place=place, role=WHY, slot="given")  # type: ignore[arg-type]
