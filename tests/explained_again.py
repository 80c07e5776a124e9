"""Computes every step of an explanation again from its parts alone, in plain Python, without the engine.

The leaves are read from their files with the csv module (raw cells, look-up tables, Tests), tomllib (constants) and
pyreadstat (records of transport files). Operations, aggregates, windows and picks are computed here by the rules of
docs/language.md; calls of derivations go to the derivation itself, with one row.
"""

from __future__ import annotations

import csv
import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
from explained_rows import aggregate, window
from explained_values import Value, arithmetic, compare, day_of, equal, extreme, kind_of

import derivations
from derivations.registry import Derivation
from engine.trace.node import Node, Nothing, origin
from language import functions, tree


@cache
def rows_of(path: Path, encoding: str = "utf-8-sig") -> dict[int, dict[str, str]]:
    """The rows of a CSV file by the line on which they begin (the header is line 1)."""
    found: dict[int, dict[str, str]] = {}
    with path.open(encoding=encoding, newline="") as stream:
        reader = csv.reader(stream)
        names = next(reader)
        line = reader.line_num + 1
        for cells in reader:
            found[line] = dict(zip(names, cells, strict=True))
            line = reader.line_num + 1
    return found


@cache
def transport(path: Path) -> pd.DataFrame:
    return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]


@cache
def constants(study: Path) -> dict[str, Value]:
    return tomllib.loads((study / "study.toml").read_text(encoding="utf-8"))


@dataclass
class Again:
    """Checks the steps below a node; `leaves` are the raw cells that it met, as (file, line, column).

    encodings: of raw files that are not UTF-8. missing: what counts as missing. foreign: the SDTM files are the leaves.
    """

    study: Path
    raw: Path
    sdtm: Path
    encodings: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    foreign: bool = False
    seen: dict[int, Node] = field(default_factory=dict)
    leaves: set[tuple[str, int, str]] = field(default_factory=set)

    def check(self, node: Node) -> None:
        """Every step of the tree gives its value. Raises AssertionError, which names the step."""
        waiting = [node]
        while waiting:
            one = origin(waiting.pop())
            if id(one) in self.seen:
                continue
            self.seen[id(one)] = one  # kept, so that no other step gets its id
            waiting += one.parts
            self.step(one)
            for row in one.facts["rest"]() if "rest" in one.facts else ():
                self.left_out(row)

    def step(self, one: Node) -> None:
        """A step gives its value from those of its parts."""
        found = _KINDS[one.kind](self, one)
        assert isinstance(one.value, Nothing) or equal(found, one.value), (
            f"{one.kind} {one.name} is {one.value!r}, its parts give {found!r}"
        )

    def left_out(self, row: Node) -> None:
        """A row that did not count misses one of the conditions, by the values that they ask about."""
        conditions = [part for part in row.parts if part.slot == "where"]
        assert not all(part.value is True for part in conditions), f"{row.name} counts"
        waiting = [origin(part) for part in conditions]
        while waiting:
            one = waiting.pop()
            if one.kind == "expression" and id(one) not in self.seen:
                self.seen[id(one)] = one
                self.step(one)
                waiting += [origin(part) for part in one.parts]


# --- leaves ---------------------------------------------------------------------------------------------


def _cell(again: Again, node: Node) -> Value:
    place = (node.facts["file"], node.facts["line"], node.facts["column"])
    again.leaves.add(place)
    text = rows_of(again.raw / place[0], again.encodings.get(place[0], "utf-8-sig"))[place[1]][place[2]]
    assert node.facts["text"] == (text if text.strip() else ""), f"{place}: {node.facts['text']!r} is {text!r}"
    return None if not text.strip() or text.strip() in again.missing else text


def _lookup(again: Again, node: Node) -> Value:
    text = rows_of(again.study / node.facts["file"])[node.facts["line"]][node.facts["column"]]
    assert node.facts["text"] == text
    return _typed(text, node.type)


def _typed(text: str, kind: str) -> Value:
    return None if not text.strip() else float(text) if kind == "number" else text


def _constant(again: Again, node: Node) -> Value:
    expr = node.expr
    if isinstance(expr, tree.Constant) and expr.name:
        known = constants(again.study)[expr.name]
        return float(known) if isinstance(known, int) and not isinstance(known, bool) else known
    return node.value


def _test(again: Again, node: Node) -> Value:
    if node.place is None:
        return None
    return rows_of(again.study / node.place.file)[node.place.row].get(node.place.column, "") or None


def _submitted(again: Again, node: Node) -> Value:
    table = transport(again.sdtm / node.facts["file"])
    row, variable = node.facts["record"] - 1, node.facts["variable"]
    if variable in table.columns:
        stored = table[variable].iloc[row]
        stored = None if stored != stored or stored == "" else stored
        stored = float(stored) if isinstance(stored, (int, float)) else stored
        assert stored == node.value, f"{node.name} record {row + 1} holds {stored!r}, not {node.value!r}"
    if again.foreign and not node.parts:  # files that another tool made
        return node.value
    assert len(node.parts) == 1, f"{node.name} leads no further"
    return node.parts[0].value


# --- what a rule gives ----------------------------------------------------------------------------------


def _of_part(again: Again, node: Node) -> Value:
    assert all(part.value is True for part in node.parts if part.slot in ("where", "condition"))
    assert all(part.value is False for part in node.parts if part.slot == "before" and node.kind == "criteria")
    value = node.part("value")
    if value is not None and node.note == "as text":
        return f"{value.value:.15g}"
    if value is None:  # a condition is never missing
        return False if node.type == "condition" else None
    return value.value


def _rule(again: Again, node: Node) -> Value:
    assert all(part.value is False for part in node.parts if part.slot == "where"), f"{node.name}: it holds"


def _key(again: Again, node: Node) -> Value:
    linked = [part for part in node.parts if part.slot in ("stated", "earlier")]
    return linked[-1].value if linked else node.value


def _picked(again: Again, node: Node) -> Value:
    return node.parts[0].value if node.parts and node.parts[0].slot == "value" else None


def _join(again: Again, node: Node) -> Value:
    rows = [part for part in node.parts if part.slot in ("picked", "other")]
    for row in rows:
        assert all(part.value is True for part in row.parts if part.slot == "where")
    for row in node.parts:
        if row.slot == "unmet":
            assert not all(part.value is True for part in row.parts if part.slot == "where")
    return bool(rows)


def _event(again: Again, node: Node) -> Value:
    steps = [part for part in node.parts if part.kind == "step"]
    won = [part for part in steps if part.facts["won"]]
    assert all(part.facts["count"] == 0 for part in steps if not part.facts["won"])
    if not won:
        return None
    dates: list[Value] = [part.parts[0].value for part in won[0].parts]
    picked = dates[[part.slot for part in won[0].parts].index("picked")]
    assert picked == (max(dates) if "latest" in won[0].note else min(dates))
    value = node.part("value")
    return value.value if value is not None else None


def _expand(again: Again, node: Node) -> Value:
    if node.facts["function"] == "dates":
        every = node.part("every")
        return node.part("start").value + node.facts["nth"] * (every.value if every is not None else 1.0)  # type: ignore
    choices = [part for part in node.parts if part.slot == "choice"]
    values = [part.value if part.kind != "row" else part.parts[0].value for part in choices]
    assert node.value in values
    return node.value


# --- operations -----------------------------------------------------------------------------------------


def _expression(again: Again, node: Node) -> Value:
    expr = node.expr
    values: list[Value] = [part.value for part in node.parts if part.slot != "given"]
    if isinstance(expr, tree.Unary):
        return (not values[0]) if expr.operator == "not" else None if values[0] is None else -values[0]
    if isinstance(expr, tree.Binary):
        return arithmetic(expr.operator, *values)
    if isinstance(expr, tree.Compare):
        return compare(expr.operator, values[0], values[1], kind_of(expr.left, expr.right))
    if isinstance(expr, tree.Member):
        kind = kind_of(expr.left, expr.items[0])
        return any(compare("==", values[0], item, kind) for item in values[1:])
    if isinstance(expr, tree.Logic):
        return all(values) if expr.operator == "and" else any(values)
    if isinstance(expr, tree.Choice):
        condition = node.part("condition")
        assert condition is not None and isinstance(condition.value, bool)
        return node.parts[0].value
    assert isinstance(expr, tree.Call)
    return _call(node, expr, values)


def _call(node: Node, expr: tree.Call, values: list[Value]) -> Value:
    present = [value for value in values if value is not None]
    kind = kind_of(*expr.arguments) if expr.arguments else ""
    builtin: dict[str, Callable[[], Value]] = {
        "missing": lambda: values[0] is None,
        "coalesce": lambda: present[0] if present else None,
        "least": lambda: extreme(present, kind, False),
        "greatest": lambda: extreme(present, kind, True),
        "total": lambda: sum(present) if present else None,
        "flag": lambda: "Y" if values[0] else None,
        "yn": lambda: "Y" if values[0] else "N",
        "date_in": lambda: compare("<=", values[1], values[0], kind)
        and (values[2] is None or compare("<", values[0], values[2], kind)),
    }
    return builtin[expr.function]() if expr.function in builtin else _derived(node, expr)


def _derived(node: Node, expr: tree.Call) -> Value:
    """The derivation itself, called with one row."""
    known: Derivation = derivations.REGISTRY[expr.function]
    given: dict[str, Any] = dict(expr.supplied)
    several: list[pd.Series] = []
    positional: list[Any] = []
    plain = [part for part in node.parts if not part.slot]
    for parameter in functions.signature(expr.function).parameters:
        if parameter.kind == "texts":
            several = [_series(part.value) for part in plain]
            positional = [given.pop(name) for name in list(given) if name not in expr.supplied]
            positional += several
        part = node.part(parameter.name)
        if part is None:
            continue
        if parameter.kind == "constant":
            option = expr.options[parameter.name]
            assert isinstance(option, tree.Constant)
            given[parameter.name] = option.value
        else:
            value = day_of(part.value) if parameter.kind == "day" else part.value
            given[parameter.name] = _series(value, parameter.kind)
    found = known.function(*positional, **given).iloc[0]
    return None if found is None or found != found else bool(found) if known.returns == "condition" else found


def _series(value: Value, kind: str = "text") -> pd.Series:
    if kind in ("number", "day"):
        return pd.Series([math.nan if value is None else value], dtype="float64")
    return pd.Series([value], dtype="bool" if kind == "condition" else "object")


def _aggregate(again: Again, node: Node) -> Value:
    return aggregate(node)


def _window(again: Again, node: Node) -> Value:
    return window(node)


def _nothing(again: Again, node: Node) -> Value:
    return None


_KINDS: dict[str, Callable[[Again, Node], Value]] = {
    "cell": _cell,
    "lookup": _lookup,
    "constant": _constant,
    "test": _test,
    "submitted": _submitted,
    "variable": _of_part,
    "changed": _of_part,
    "criteria": _of_part,
    "rule": _rule,
    "key": _key,
    "picked": _picked,
    "join": _join,
    "event": _event,
    "expand": _expand,
    "expression": _expression,
    "aggregate": _aggregate,
    "window": _window,
    "step": _nothing,
    "row": _nothing,
    "record": _nothing,
    "note": _nothing,
}
