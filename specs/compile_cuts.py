"""Resolves the data cut: `[datacut]` of study.toml and the rows of Data Cut, for each table that they are about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from language.errors import ExpressionError
from language.parse import parse, parsed, with_prefix
from language.resolve import resolve, resolve_condition
from language.tree import ISO, Column, Constant, Name, Node, walk
from language.types import need, type_of
from specs import standards
from specs.cells import items
from specs.compiled import CompiledCut, InputTable
from specs.model import Cut, Spec
from specs.problem import Place, nearest
from specs.rules import prefix
from specs.scopes import TableScope
from specs.study_sections import FILE

if TYPE_CHECKING:
    from specs.check import Compiler

CUTOFF = "DCUTDTC"
SUBJECTS = "DM"
SHEET = "Data Cut"
STAGE = "adam"


class CutScope(TableScope):
    """A record of an SDTM dataset; DCUTDTC is the cut-off date of its subject."""

    def bare(self, name: str) -> Node:
        if name == CUTOFF:
            return Column("subject", SUBJECTS, CUTOFF, ISO)
        return super().bare(name)


def with_cutoff(inputs: dict[str, InputTable]) -> dict[str, InputTable]:
    """The tables with DCUTDTC as a column of DM, which the data cut fills."""
    found = inputs.get(SUBJECTS)
    if found is None:
        return inputs
    columns = {**found.columns, CUTOFF: ISO}
    return {**inputs, SUBJECTS: InputTable(found.name, columns, found.has_subject, found.one_row, found.raw)}


def compile_cutoff(compiler: Compiler) -> Node | None:
    """The cut-off date as a value of each row of DM; None for a study without a data cut."""
    text = compiler.spec.study.cutoff
    if not text or compiler.spec.stage != STAGE:
        return None
    place = Place(FILE, 0, "datacut.date")
    if SUBJECTS not in compiler.inputs:
        compiler.add(place, f"a data cut needs the dataset {SUBJECTS}, which is not there")
        return None
    found: Node | None = compiler.attempt(place, lambda: _cutoff(compiler, text))
    return found


def _cutoff(compiler: Compiler, text: str) -> Node | None:
    """The cut-off; None where it is a blank constant, which switches the cut off."""
    node = resolve(parse(text), TableScope(compiler, SUBJECTS))
    if isinstance(node, Constant):
        if not node.value:
            return None
        _whole_date(str(node.value))
    return need(node, ISO, "the data cut-off")


def constants_of_cutoff(spec: Spec) -> list[str]:
    """The constants that the cut-off names, also the blank one that switches the cut off."""
    text = spec.study.cutoff
    found = parsed(text) if text else None
    names = {part.name for part in walk(found) if isinstance(part, Name)} if found is not None else set()
    return sorted(names & set(spec.study.constants))


def _whole_date(text: str) -> None:
    if not re.match(r"\d{4}-\d{2}-\d{2}(T|$)", text):
        raise ExpressionError(f"{text!r} is no complete date", "a cut-off is a day, such as '2024-06-30'")


def compile_cuts(compiler: Compiler) -> tuple[CompiledCut, ...]:
    """The rows of Data Cut for each table; with a data cut, a dated table that no row is about is a fault."""
    if compiler.spec.stage != STAGE or not (compiler.spec.cuts or compiler.spec.study.cutoff):
        return ()
    rows: dict[str, list[Cut]] = {}
    by_class: dict[str, list[Cut]] = {}
    for row in compiler.spec.cuts:
        for name in _names(row):
            if name in standards.CLASSES:
                by_class.setdefault(name, []).append(row)
            elif name in compiler.inputs:
                rows.setdefault(name, []).append(row)
            else:
                known = sorted({*compiler.inputs, *standards.OBSERVATION_CLASSES})
                hint = nearest(name, known) or f"one of {', '.join(known)}"
                compiler.add(row.at("Dataset"), f"{name!r} is no SDTM dataset or class", hint)
    active = bool(compile_cutoff(compiler))
    found: list[CompiledCut] = []
    for name, table in compiler.inputs.items():
        of_class = by_class.get(_class(compiler, name), [])
        mine = rows.get(name) or [row for row in of_class if _has_names(row, name, table)]
        found += [cut for row in mine if row.where and (cut := _compiled(compiler, row, name)) is not None]
        if not mine and active and _dated(name, table):
            hint = "say what is cut: Where --DTC > DCUTDTC; a blank Where keeps every record"
            compiler.add(Place(f"adam/{SHEET}.csv"), f"no row is about {name}, which has dates", hint)
    return tuple(found)


def _names(row: Cut) -> tuple[str, ...]:
    """Names parted by commas, or by blanks where no class with a blank in its name is meant."""
    found = items(row.dataset, ",")
    return found if len(found) > 1 or row.dataset in standards.CLASSES else tuple(row.dataset.split())


def _class(compiler: Compiler, name: str) -> str:
    guide = standards.dataset(next(guide for guide in standards.GUIDES if guide.startswith("SDTMIG")), name)
    return guide.dataset_class if guide else ""


def _dated(name: str, table: InputTable) -> bool:
    return table.has_subject and any(column.endswith("DTC") and column != CUTOFF for column in table.columns)


def _has_names(row: Cut, name: str, table: InputTable) -> bool:
    """A row for a class is about those of its datasets that have every `--` variable it names."""
    text = " ".join((row.where, row.expression, *row.variables))
    return all(prefix(name) + found in table.columns for found in re.findall(r"--([A-Z0-9]+)", text))


def _compiled(compiler: Compiler, row: Cut, name: str) -> CompiledCut | None:
    scope, letters = CutScope(compiler, name), prefix(name)
    before = len(compiler.problems)
    where = compiler.attempt(
        row.at("Where"), lambda: resolve_condition(parse(with_prefix(row.where, letters)), scope)
    )
    values: dict[str, Node] = {}
    for variable in row.variables:
        target = variable.replace("--", letters, 1)
        value = compiler.attempt(row.at("Expression"), lambda: _value(scope, row, target, letters))  # noqa: B023
        if value is not None:
            values[target] = value
    return None if len(compiler.problems) > before else CompiledCut(row, name, where, values)


def _value(scope: CutScope, row: Cut, variable: str, letters: str) -> Node:
    column = scope.compiler.column_type("", scope.table, variable)
    if variable == CUTOFF:
        raise ExpressionError(f"{CUTOFF} is the cut-off itself and is not changed")
    if not row.expression:
        return Constant(None, column)
    node = need(resolve(parse(with_prefix(row.expression, letters)), scope), column, variable)
    return Constant(None, column) if type_of(node) == "none" else node
