"""What must hold of the datasets of a stage: checks of the specification, required variables, codelists, keys."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import numpy as np

from derivations.decimals import plain_float
from engine.broken import Broken, BrokenRules
from engine.columns import Array, Column, Text, distinct, missing, take
from engine.contexts import DatasetContext
from engine.evaluate import condition
from engine.issues import IssueLog, texts
from engine.origins import order_keys
from engine.outcome import Output
from engine.reports import report
from engine.run import Run
from engine.sorting import sort_codes
from engine.views import faults_at
from specs.compiled import CompiledStage
from specs.fingerprints import unit_of
from specs.model import Codelist
from specs.problem import Problem
from specs.terminology import published_hint
from specs.unfilled import UNFILLED, unfilled_variables

SHOWN = 10


_MEND = {
    "sdtm": "give a collected value without a term its row in Collected, or reject the row by a check",
    "adam": "fill it, leave the record out, or write No in Mandatory of Variables where a record may lack it",
}


def verify(run: Run, found: dict[str, Output]) -> None:
    """Write down what the datasets break. Raises BrokenRules with every error found; a check that stops, at once."""
    raised([*broken_checks(run), *broken_records(run, found), *broken_keys(run, found)])


def raised(broken: Iterable[Broken]) -> None:
    """Raise BrokenRules with the errors, if there are any."""
    if errors := list(broken):
        raise BrokenRules(errors)


def broken_keys(run: Run, found: dict[str, Output]) -> Iterator[Broken]:
    """Write down records of the same key; the errors found."""
    files = {name: table.file for name, table in run.tables.items()}
    for name, output in found.items():
        yield from repeated_keys(run.stage, files, name, output, run.log)


def broken_checks(run: Run, late: Collection[int] = (), only: Collection[str] | None = None) -> list[Broken]:
    """Write down the records that break a check of the specification; the errors found. Raises BrokenRules at a stop.

    late: the checks, by their place, that are left to whoever knows all parts of the study. only: checks of these
    datasets and their qualifiers.
    """
    broken: list[Broken] = []
    contexts: dict[str, DatasetContext] = {}
    for order, check in enumerate(run.stage.checks):
        if not check.raw and order not in late and (only is None or unit_of(run.stage, check.dataset) in only):
            with faults_at(check.row.place):
                context = contexts.setdefault(check.dataset, DatasetContext(run, check.dataset))
                hits = condition(check.where, context) & ~condition(check.condition, context)
                hits &= run.handed(context.subject())
            broken += check_broken(run, order, hits)
            if broken and broken[-1].stops:
                raise BrokenRules(broken)
    _unfilled(run, only)
    return broken


def broken_records(run: Run, found: dict[str, Output]) -> Iterator[Broken]:
    """Write down values without a term; required values that are missing are errors."""
    for order, output in enumerate(found.values()):
        yield from _required(run, output, (1, order))
        _codelists(run, output)


def _unfilled(run: Run, only: Collection[str] | None) -> None:
    for variable in unfilled_variables(run.stage) if run.study else ():
        if only is not None and unit_of(run.stage, variable.dataset) not in only:
            continue
        message = f"no rule fills this variable; its column is empty ({variable.place})"
        run.log.add(1, kind="unfilled", dataset=variable.dataset, variable=variable.variable, message=message)


def check_broken(run: Run, number: int, hits: Array) -> Iterator[Broken]:
    """Write down the records (True in `hits`) that break a check, given by its place among all."""
    check = run.stage.checks[number]
    message = check.row.message or check.row.condition
    place = check.row.at("Condition")
    first: list[tuple[tuple[int, ...], Problem]] = []
    for block in run.blocks(check.dataset):
        start = run.offset(check.dataset, block)
        rows = np.flatnonzero(hits[start : start + run.records(check.dataset, block).count])
        if len(rows):
            more = {"rule": check.row.rule, "message": message, "severity": check.row.severity or "warning"}
            report(run, check.dataset, block, "", "check", rows, "", "", **more)
            shown = rows[: max(0, SHOWN - len(first))]
            for row, key in zip(shown.tolist(), order_keys(run, check.dataset, block, shown).tolist()):
                record = run.describe(check.dataset, block, row)
                first.append((tuple(key), Problem(place, f"{check.row.rule}: {message} ({record})")))
    if check.row.action in ("error", "stop") and first:
        rest, stops = (place, check.row.rule), check.row.action == "stop"
        yield Broken((0, number), SHOWN, int(hits.sum()), tuple(first), rest, "records", stops=stops)


def _required(run: Run, output: Output, order: tuple[int, ...]) -> Iterator[Broken]:
    """A mandatory variable may be missing in no record; one that no rule fills is one fault, not one of each record."""
    for number, (variable, column) in enumerate(output.variables):
        rows = np.flatnonzero(missing(column)) if variable.mandatory == "Yes" else np.empty(0, np.int64)
        if not len(rows):
            continue
        name = f"{output.name}.{variable.variable}"
        if len(rows) == output.count and variable in unfilled_variables(run.stage):
            problem = Problem(variable.place, f"{name} is required, and no rule fills it", UNFILLED)
            yield Broken((*order, 0, number), 1, 1, (((0,), problem),), one="{first}")
            continue
        first = []
        for row in rows[:SHOWN].tolist():
            table = run.tables.get(str(output.source_table.take(np.array([row])).objects()[0]))
            record = f"{table.file} line {int(output.source_line[row])}" if table is not None else "a derived record"
            hint = _MEND[run.stage.spec.stage]
            problem = Problem(variable.place, f"{name} is required and missing for {record}", hint)
            first.append(((row,), problem))
        yield Broken((*order, 0, number), SHOWN, len(rows), tuple(first), (variable.place, name), "records")


def _codelists(run: Run, output: Output) -> None:
    """Values that the codelist of their variable does not have."""
    files = {name: table.file for name, table in run.tables.items()}
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
            message=_no_term(codelist, values), **_places(files, output, rows),
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
    numbers = np.array([number for text in terms if (number := plain_float(text)) is not None])
    return np.flatnonzero(~np.isnan(column) & ~np.isin(column, numbers))


def _places(known_files: Mapping[str, str], output: Output, rows: Array) -> dict[str, object]:
    """What an issue says of records of a submitted dataset."""
    tables = output.source_table.take(rows)
    names = tables.dictionary.values.tolist()
    files = [known_files.get(name, "") for name in names]
    known = np.array([name in known_files for name in names] + [False], dtype=bool)[tables.codes]
    subject = next((column for variable, column in output.variables if variable.variable == "USUBJID"), None)
    return {
        "dataset": output.name,
        "table": tables.objects(),
        "file": np.array([*files, ""], dtype=object)[tables.codes],
        "row": output.source_line[rows],
        "position": np.where(known, output.source_row[rows], -1),
        "usubjid": texts(take(subject, rows)) if subject is not None else "",
    }


def repeated_keys(
    stage: CompiledStage, files: Mapping[str, str], name: str, output: Output, log: IssueLog
) -> Iterator[Broken]:
    """Write down records of the same key in a sorted dataset: the key of the spec does not tell records apart.

    files: the file of each table. The error is that a subject has two records where one is expected.
    """
    row = stage.spec.datasets[name]
    order = list(stage.spec.datasets).index(name)
    columns = {variable.variable: column for variable, column in output.variables}
    keys = [key for key in row.key_variables if key in columns]
    if not keys or output.count < 2:
        return
    codes, _ = sort_codes([(columns[key], False) for key in keys], output.count)
    same = np.flatnonzero(codes[1:] == codes[:-1]) + 1
    if not len(same):
        return
    log.add(
        len(same), kind="duplicate_key", severity="error", column=" ".join(row.key_variables),
        message="another record has the same key variables", **_places(files, output, same),
    )  # fmt: skip
    if set(row.key_variables) <= {"STUDYID", "USUBJID"}:
        shown = ", ".join(f"{key} {texts(take(columns[key], same[:1]))[0]!r}" for key in keys)
        first = (((int(same[0]),), Problem(row.at("Key Variables"), shown)),)
        one = name + " has {count} records for one subject: {first}"
        yield Broken((1, order, 1), 1, len(same), first, one=one)
