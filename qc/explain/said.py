"""What an explanation says of a step, in words: its value, its place, the values that a condition asked about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from engine.trace.node import (
    CELL,
    CONSTANT,
    CRITERIA,
    EVENT,
    EXPAND,
    EXPRESSION,
    LOOKUP,
    RULE,
    SUBMITTED,
    VALUE,
    VARIABLE,
    Node,
    Nothing,
)
from language import tree
from language.tree import CONDITION, NUMBER
from specs.problem import Place

FILLED = (VARIABLE, EVENT, EXPAND)
LONGEST = 110
ASKED = 6  # values of a condition that are shown
NEAREST = 6  # rows of criteria that nearly held
_DAY = re.compile(r"(?:^|\.)_?[A-Z0-9]*DT$")
_MOMENT = re.compile(r"(?:^|\.)_?[A-Z0-9]*DTM$")
_EPOCH = date(1960, 1, 1)
_PLAIN = ("", "Expression")


def value(node: Node) -> str:
    """A value as a reader knows it: texts in quotes, numbers with 15 digits, numeric dates as dates too."""
    found = node.value
    if isinstance(found, Nothing):
        return ""
    if found is None:
        return "missing"
    if isinstance(found, bool) or node.type == CONDITION:
        return "true" if found else "false"
    if isinstance(found, str):
        return short(repr(found))
    text = f"{found:.15g}"
    day = as_date(node.name, found) if node.type in (NUMBER, "") else ""
    return f"{text} ({day})" if day else text


def plain(found: object) -> str:
    """A value without its step."""
    return "missing" if found is None else f"{found:.15g}" if isinstance(found, float) else str(found)


def as_date(name: str, number: float) -> str:
    """A number as a date, where its name says that it is one: *DT days, *DTM seconds since 1960.

    >>> as_date("ADSL.TRTSDT", 23439.0), as_date("ADLB.ADTM", 86400.0), as_date("ADSL.AGE", 60.0)
    ('2024-03-04', '1960-01-02T00:00:00', '')
    """
    try:
        if _DAY.search(name):
            return (_EPOCH + timedelta(days=int(number))).isoformat()
        if _MOMENT.search(name):
            return (datetime(1960, 1, 1) + timedelta(seconds=number)).isoformat()
    except (OverflowError, ValueError):
        return ""
    return ""


def short(text: str, longest: int = LONGEST) -> str:
    """A text on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 3] + "..."


def place(found: Place | None) -> str:
    """A cell of the specification: file and line, and the column where the line has several rules.

    >>> place(Place("sdtm/mapping/DM.csv", 4, "Expression")), place(Place("adam/Parameters.csv", 30, "AVAL"))
    ('sdtm/mapping/DM.csv:4', 'adam/Parameters.csv:30 AVAL')
    """
    if found is None:
        return ""
    line = f":{found.row}" if found.row else ""
    return f"{found.file}{line}" + ("" if found.column in _PLAIN else f" {found.column}")


def where(node: Node) -> str:
    """Where a value stands: line of a raw file, record of a dataset, cell of the specification."""
    facts = node.facts
    if node.kind == CELL:
        identifier = f", record {facts['identifier']}" if facts.get("identifier") else ""
        return f"{facts['file']} line {facts['line']}, column {facts['column']}{identifier}"
    if node.kind == SUBMITTED:
        return f"{facts['file']} record {facts['record']}"
    if node.kind == LOOKUP:
        return place(node.place)
    return place(node.place)


def name(node: Node) -> str:
    """A step with the record that it is of: `ADCM.CSWDOSE (CMSEQ 2)`."""
    record = node.facts.get("record") if node.kind in FILLED else None
    if isinstance(record, str):
        dataset, _, rest = record.partition(" ")
        if rest and node.name.startswith(f"{dataset}."):
            return f"{node.name} ({rest})"
    return short(node.name)


def rule(node: Node) -> str:
    """The rule of a value as it is written in the specification."""
    return f"= {short(node.text)}" if node.kind in (*FILLED, CRITERIA) and node.text else ""


def asked(node: Node) -> str:
    """The values that a condition asked about."""
    found: dict[str, str] = {}
    waiting = list(node.parts) if node.kind in (EXPRESSION, RULE, CRITERIA) else []
    while waiting:
        part = waiting.pop(0)
        if part.kind == EXPRESSION or part.slot in ("where", "condition"):
            waiting = [*part.parts, *waiting]
        elif part.kind != CONSTANT and part.slot != "given":
            found[name(part)] = value(part)
    shown = [f"{what} is {it}" for what, it in list(found.items())[:ASKED]]
    return ", ".join(shown) + (" ..." if len(found) > ASKED else "")


def values(node: Node) -> str:
    """The values of a row."""
    return ", ".join(f"{short(part.name)} = {value(part)}" for part in node.parts if part.role == VALUE)


def order(node: Node) -> str:
    """What an order says of a row."""
    return ", ".join(f"{short(part.name)} {value(part)}" for part in node.parts if part.slot == "order")


def nearly(node: Node) -> tuple[list[Node], int]:
    """Of the rows of a set of criteria that were asked before the one that held, those of which a part holds, the
    nearest; and how many others there were.
    """
    before = [part for part in node.parts if part.slot == "before"]
    near = [part for part in before if part.kind == EXPRESSION and any(one.value is True for one in part.parts)]
    return near[-NEAREST:], len(before) - len(near[-NEAREST:])


def made_of(node: Node) -> Iterator[Node]:
    """The parts of a value that a reader wants: operations give way to the values that they join."""
    for part in node.parts:
        if part.role == VALUE:
            yield from _flat(part, node)
        else:
            yield part


def _flat(part: Node, above: Node) -> Iterator[Node]:
    if part.kind == CONSTANT and (part.place is None or (above.kind == EXPRESSION and part.slot)):
        return  # written in the rule, or an option of a call
    if part.kind != EXPRESSION or (isinstance(part.expr, tree.Call) and above.kind == EXPRESSION):
        yield part
        return
    for inner in part.parts:
        if inner.role == VALUE:
            yield from _flat(inner, part)
        else:
            yield inner
