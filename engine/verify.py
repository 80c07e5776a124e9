"""What must hold of the datasets of a stage: checks of the specification, required variables, codelists, keys."""

from __future__ import annotations

import numpy as np

from engine.columns import Array, Column, Text, distinct, missing, take
from engine.contexts import DatasetContext
from engine.evaluate import condition
from engine.issues import texts
from engine.outcome import Output
from engine.reports import report
from engine.run import Run
from engine.sorting import sort_codes
from engine.views import faults_at
from specs.compiled import CompiledCheck
from specs.model import Codelist
from specs.problem import DataError, Place, Problem
from specs.terminology import published_hint
from specs.unfilled import unfilled_variables

SHOWN = 10


def verify(run: Run, found: dict[str, Output]) -> None:
    """Write down what the datasets break. Raises DataError with every error found; a check that stops, at once."""
    problems: list[Problem] = []
    for check in run.stage.checks:
        if not check.raw:
            _check(run, check, problems)
    _unfilled(run)
    for name, output in found.items():
        _required(run, output, problems)
        _codelists(run, output)
        _keys(run, name, output, problems)
    if problems:
        raise DataError(problems)


def _unfilled(run: Run) -> None:
    for variable in unfilled_variables(run.stage):
        message = f"no rule fills this variable; its column is empty ({variable.place})"
        run.log.add(1, kind="unfilled", dataset=variable.dataset, variable=variable.variable, message=message)


def _check(run: Run, check: CompiledCheck, problems: list[Problem]) -> None:
    with faults_at(check.row.place):
        context = DatasetContext(run, check.dataset)
        hits = condition(check.where, context) & ~condition(check.condition, context)
    message = check.row.message or check.row.condition
    severity = check.row.severity or "warning"
    records: list[str] = []
    for block in run.blocks(check.dataset):
        start = run.offset(check.dataset, block)
        rows = np.flatnonzero(hits[start : start + run.records(check.dataset, block).count])
        if len(rows):
            more = {"rule": check.row.rule, "message": message, "severity": severity}
            report(run, check.dataset, block, "", "check", rows, "", "", **more)
            room = max(0, SHOWN - len(records))
            records += [run.describe(check.dataset, block, int(row)) for row in rows[:room]]
    if check.row.action not in ("error", "stop") or not records:
        return
    place = check.row.at("Condition")
    problems += [Problem(place, f"{check.row.rule}: {message} ({record})") for record in records]
    _rest(problems, place, check.row.rule, int(hits.sum()) - len(records))
    if check.row.action == "stop":
        raise DataError(problems)


def _rest(problems: list[Problem], place: Place, what: str, count: int) -> None:
    if count > 0:
        problems.append(Problem(place, f"{what}: {count} more records"))


def _required(run: Run, output: Output, problems: list[Problem]) -> None:
    """A mandatory variable may be missing in no record."""
    for variable, column in output.variables:
        if variable.mandatory != "Yes":
            continue
        name = f"{output.name}.{variable.variable}"
        rows = np.flatnonzero(missing(column))
        for row in rows[:SHOWN]:
            table = run.tables.get(str(output.source_table.take(np.array([row])).objects()[0]))
            record = f"{table.file} line {int(output.source_line[row])}" if table is not None else "a derived record"
            hint = "see issues.csv for values without a term; map them, or reject the row"
            problems.append(Problem(variable.place, f"{name} is required and missing for {record}", hint))
        _rest(problems, variable.place, name, len(rows) - SHOWN)


def _codelists(run: Run, output: Output) -> None:
    """Values that the codelist of their variable does not have."""
    for variable, column in output.variables:
        codelist = run.stage.spec.codelists.get(variable.codelist)
        if codelist is None:
            continue
        rows = _without_term(column, {term.term for term in codelist.terms})
        if not len(rows):
            continue
        values = take(column, rows)
        run.log.add(
            len(rows), kind="not_in_codelist", variable=variable.variable, value=texts(values),
            severity="warning" if codelist.extensible else "error",
            message=_no_term(codelist, values), **_places(run, output, rows),
        )  # fmt: skip


def _no_term(codelist: Codelist, values: Column) -> Array:
    """The message for each value, with the term that it may stand for."""
    first, codes = distinct([values], len(values))
    said = []
    for value in texts(take(values, first)).tolist():
        hint = published_hint(codelist, value)
        said.append(f"the codelist {codelist.id} has no such term" + (f"; {hint}" if hint else ""))
    return np.array(said, dtype=object)[codes]


def _without_term(column: Column, terms: set[str]) -> Array:
    if isinstance(column, Text):
        wrong = np.array([text not in terms for text in column.dictionary.values] + [False], dtype=bool)
        return np.flatnonzero(wrong[column.codes])
    numbers = np.array([float(text) for text in terms if _is_number(text)])
    return np.flatnonzero(~np.isnan(column) & ~np.isin(column, numbers))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _places(run: Run, output: Output, rows: Array) -> dict[str, object]:
    """What an issue says of records of a submitted dataset."""
    tables = output.source_table.take(rows)
    names = tables.dictionary.values.tolist()
    files = [run.tables[name].file if name in run.tables else "" for name in names]
    known = np.array([name in run.tables for name in names] + [False], dtype=bool)[tables.codes]
    subject = next((column for variable, column in output.variables if variable.variable == "USUBJID"), None)
    return {
        "dataset": output.name,
        "table": tables.objects(),
        "file": np.array([*files, ""], dtype=object)[tables.codes],
        "row": output.source_line[rows],
        "position": np.where(known, output.source_row[rows], -1),
        "usubjid": texts(take(subject, rows)) if subject is not None else "",
    }


def _keys(run: Run, name: str, output: Output, problems: list[Problem]) -> None:
    """Two records of the same key: the key of the spec does not tell records apart."""
    row = run.stage.spec.datasets[name]
    columns = {variable.variable: column for variable, column in output.variables}
    keys = [key for key in row.key_variables if key in columns]
    if not keys or output.count < 2:
        return
    ranks, _ = sort_codes([(columns[key], False) for key in keys], output.count)
    same = np.flatnonzero(ranks[1:] == ranks[:-1]) + 1
    if not len(same):
        return
    run.log.add(
        len(same), kind="duplicate_key", severity="error", column=" ".join(row.key_variables),
        message="another record has the same key variables", **_places(run, output, same),
    )  # fmt: skip
    if set(row.key_variables) <= {"STUDYID", "USUBJID"}:
        shown = ", ".join(f"{key} {texts(take(columns[key], same[:1]))[0]!r}" for key in keys)
        place = row.at("Key Variables")
        problems.append(Problem(place, f"{name} has {len(same) + 1} records for one subject: {shown}"))
