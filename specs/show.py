"""Prints how a variable or a parameter is made: its rules in the order in which they claim records."""

from __future__ import annotations

import re
from collections.abc import Sequence

from specs.model import Parameter, Spec
from specs.problem import Place, Problem, SpecError, nearest
from specs.rules import LAST, Instance, by_block, instances

_WORKING = re.compile(r"(?<![\w.])(_[A-Za-z0-9_]+)")


def show_rules(stages: Sequence[Spec], dataset: str, name: str) -> list[str]:
    """The rules of a variable, or of every variable of a parameter, with the working variables they use.

    Raises SpecError, with the nearest name, for a dataset or a name that no stage has.
    """
    for spec in stages:
        rows = by_block(spec, dataset, instances(spec, dataset))
        if rows:
            return _shown(spec, dataset, name, rows)
    known = sorted({name for spec in stages for name in spec.datasets})
    raise SpecError([Problem(Place(dataset), "is no dataset of the study", nearest(dataset, known))])


def _shown(spec: Spec, dataset: str, name: str, rows: list[Instance]) -> list[str]:
    blocks = {row.block for row in rows if row.block}
    found = [row for row in rows if row.variable == name] or [row for row in rows if row.block == name]
    events = [row for row in spec.events if row.dataset == dataset and name in row.paramcds]
    if not found and not events:
        valid = {row.variable for row in rows} | blocks
        raise SpecError([Problem(Place(dataset), f"has no variable or parameter {name!r}", nearest(name, valid))])
    lines = _head(spec, dataset, name)
    lines += [_line(row) for row in sorted(found, key=lambda row: (row.variable, row.rank))]
    for event in sorted(events, key=lambda row: row.step):
        lines.append(f"  step {event.step}: from {event.source} where {event.where or 'any row'}")
        lines.append(f"          {event.date} ({event.pick or 'earliest for CNSR 0, else latest'}), CNSR {event.cnsr}"
                     f"   {event.place}")  # fmt: skip
    lines += _working(rows, found, name)
    return lines


def _head(spec: Spec, dataset: str, name: str) -> list[str]:
    variable = spec.variables.get((dataset, name)) or spec.variables.get((f"SUPP{dataset}", name))
    if variable is None:
        parameter = next((row for row in spec.parameters if (row.dataset, row.paramcd) == (dataset, name)), None)
        return [f"{dataset} {name}" + (f": {parameter.param} ({_records(parameter)})" if parameter else "")]
    kind = ", ".join(text for text in (variable.data_type, variable.codelist) if text)
    return [f"{dataset}.{name}: {variable.label} ({kind})"]


def _records(row: Parameter) -> str:
    """From what the records of a parameter are made."""
    cells = (("where", row.where), ("for each", row.expand), ("one per", row.one_per), ("ordered by", row.order))
    return " ".join([f"from {row.source}", *(f"{word} {text}" for word, text in cells if text), row.pick]).rstrip()


def _line(row: Instance) -> str:
    block = f"[{row.block}] " if row.block else ""
    order = f"{row.order:g} " if row.order != LAST else ""
    where = f" where {row.where}" if row.where else ""
    value = row.expression or repr(row.fixed if row.fixed is not None else f"Tests.{row.test}")
    return f"  {block}{order}{row.variable} = {value}{where}   {row.place.file}:{row.place.row}"


def _working(rows: list[Instance], found: list[Instance], name: str) -> list[str]:
    lines: list[str] = []
    blocks = {row.block for row in found}
    if "" in blocks:
        blocks = {row.block for row in rows}
    seen: set[str] = {name}
    waiting = [text for row in found for text in _WORKING.findall(f"{row.expression} {row.where}")]
    while waiting:
        working = waiting.pop(0)
        if working in seen:
            continue
        seen.add(working)
        for row in [row for row in rows if row.variable == working and row.block in ("", *blocks)]:
            lines.append(_line(row))
            waiting += _WORKING.findall(f"{row.expression} {row.where}")
    return ["with:", *lines] if lines else []
