"""What a stage hands over: submitted datasets in their order, SUPP--, issues, the lineage of each record."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.columns import Array, Column, Text, concat, empty, missing, take
from engine.contexts import DatasetContext
from engine.evaluate import condition
from engine.issues import texts
from engine.reduce import dense_ranks
from engine.run import Run
from specs.compiled import CompiledStage
from specs.model import Variable
from specs.problem import DataError, Problem
from specs.rules import prefix

_SUPP = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")


@dataclass
class Output:
    """A submitted dataset: its columns in the order of the file, and for each record where it came from."""

    name: str
    label: str
    variables: list[tuple[Variable, Column]]
    count: int
    source_table: Array = field(default_factory=lambda: np.empty(0, object))
    source_line: Array = field(default_factory=lambda: np.empty(0, np.int64))
    qualifiers: dict[str, Column] = field(default_factory=dict)

    def frame(self) -> pd.DataFrame:
        """The dataset as a data frame: texts as categories, numbers as float64."""
        columns = {}
        for variable, column in self.variables:
            if isinstance(column, Text):
                values = pd.Index(column.dictionary.values, dtype=object)
                columns[variable.variable] = pd.Series(pd.Categorical.from_codes(column.codes, values))
            else:
                columns[variable.variable] = pd.Series(column)
        return pd.DataFrame(columns, index=pd.RangeIndex(self.count))


@dataclass
class Built:
    """A stage that was built: its datasets, its issues and its ledger."""

    stage: CompiledStage
    outputs: dict[str, Output]
    issues: pd.DataFrame
    ledger: pd.DataFrame


def outputs(run: Run) -> dict[str, Output]:
    """Every submitted dataset of a stage, sorted by its key variables, supplemental qualifiers in their own."""
    found: dict[str, Output] = {}
    for name in run.stage.spec.datasets:
        if not name.startswith("SUPP"):
            found[name] = _output(run, name)
    for name in run.stage.spec.datasets:
        if name.startswith("SUPP"):
            found[name] = _supplemental(run, name, found[name.removeprefix("SUPP")])
    return {name: found[name] for name in run.stage.spec.datasets}


def _output(run: Run, name: str) -> Output:
    spec = run.stage.spec
    row = spec.datasets[name]
    blocks = run.blocks(name)
    subject = _joined([run.records(name, block).subject for block in blocks], np.int32)
    count = len(subject)
    columns: dict[str, Column] = {}
    supplemental = [v.variable for v in spec.variables.values() if v.dataset == f"SUPP{name}" and v.supplemental]
    for variable in [*(v.variable for v in spec.variables_of(name)), *supplemental]:
        kind = run.stage.types.get((name, variable), "text")
        parts = [run.value(name, block, variable) for block in blocks]
        columns[variable] = concat([_as(part, kind) for part in parts]) if parts else empty(kind, 0)
    keys = [(columns[key], False) for key in row.key_variables if key in columns]
    order = np.lexsort((np.arange(count), dense_ranks(keys, count)))
    columns = {variable: take(column, order) for variable, column in columns.items()}
    listed = [
        (variable, columns[variable.variable])
        for variable in spec.variables_of(name)
        if not (variable.drop_when_empty and missing(columns[variable.variable]).all())
    ]
    tables, lines = _sources(run, name, blocks)
    qualifiers = {variable: columns[variable] for variable in supplemental}
    return Output(name, row.label, listed, count, tables[order], lines[order], qualifiers)


def _as(column: Column, kind: str) -> Column:
    """The column as a variable is written: conditions are no values of a file."""
    if kind == "number" and isinstance(column, Text):
        return empty("number", len(column))
    return column


def _joined(parts: list[Array], kind: type) -> Array:
    return np.concatenate(parts) if parts else np.empty(0, kind)


def _sources(run: Run, name: str, blocks: list[str]) -> tuple[Array, Array]:
    tables: list[Array] = []
    lines: list[Array] = []
    for block in blocks:
        source, rows = run.lineage(name, block)
        line = np.zeros(len(rows), np.int64)
        for table in dict.fromkeys(source.tolist()):
            mine = source == table
            if table in run.tables:
                line[mine] = run.tables[table].lines[rows[mine]]
        tables.append(source)
        lines.append(line)
    return _joined(tables, object), _joined(lines, np.int64)


def _supplemental(run: Run, name: str, parent: Output) -> Output:
    """SUPP--: one record per qualifier that is not missing, in the order of its key."""
    spec = run.stage.spec
    known = {variable.variable: column for variable, column in parent.variables}
    qualifiers = [v for v in spec.variables.values() if v.dataset == name and v.supplemental]
    values = parent.qualifiers
    letters = prefix(parent.name)
    sequence = known.get(f"{letters}SEQ")
    columns: dict[str, list[Column]] = {variable: [] for variable in _SUPP}
    sources: list[Array] = []
    for qualifier in qualifiers:
        column = values[qualifier.variable]
        rows = np.flatnonzero(~missing(column))
        part = _qualifier(qualifier, take(column, rows), rows, known, letters, sequence)
        for variable in _SUPP:
            columns[variable].append(part[variable])
        sources.append(rows)
    joined = {variable: concat(parts) if parts else Text.missing(0) for variable, parts in columns.items()}
    count = len(joined["QNAM"])
    keys = [(joined[variable], False) for variable in _SUPP[:6]]
    order = np.lexsort((np.arange(count), dense_ranks(keys, count)))
    rows = _joined(sources, np.int64).astype(np.int64)[order]
    listed = [(v, take(joined[v.variable], order)) for v in spec.variables_of(name) if v.variable in joined]
    return Output(
        name, spec.datasets[name].label, listed, count, parent.source_table[rows], parent.source_line[rows]
    )


def _qualifier(
    qualifier: Variable, column: Column, rows: Array, known: dict[str, Column], letters: str, sequence: Column | None
) -> dict[str, Column]:
    count = len(rows)
    idvar = Text.constant(f"{letters}SEQ", count) if sequence is not None else Text.missing(count)
    idvarval = Text.of(texts(take(sequence, rows))) if sequence is not None else Text.missing(count)
    return {
        "STUDYID": take(known["STUDYID"], rows),
        "RDOMAIN": Text.constant(letters, count),
        "USUBJID": take(known["USUBJID"], rows),
        "IDVAR": idvar,
        "IDVARVAL": idvarval,
        "QNAM": Text.constant(qualifier.variable, count),
        "QLABEL": Text.constant(qualifier.label or qualifier.variable, count),
        "QVAL": column if isinstance(column, Text) else Text.of(texts(column)),
        "QORIG": Text.constant(qualifier.origin, count) if qualifier.origin else Text.missing(count),
        "QEVAL": Text.missing(count),
    }


def verify(run: Run, found: dict[str, Output]) -> None:
    """Checks of the spec, required variables, keys and codelists. Raises DataError with every error found."""
    problems: list[Problem] = []
    _checks(run, problems)
    for name, output in found.items():
        _required(run, output, problems)
        _codelists(run, output)
        _keys(run, name, output, problems)
    if problems:
        raise DataError(problems)


def _checks(run: Run, problems: list[Problem]) -> None:
    for check in run.stage.checks:
        if check.raw:
            continue
        with run.at(check.row.place):
            context = DatasetContext(run, check.dataset)
            hits = condition(check.where, context) & ~condition(check.condition, context)
        if not hits.any():
            continue
        start = 0
        for block in run.blocks(check.dataset):
            count = run.records(check.dataset, block).count
            rows = np.flatnonzero(hits[start : start + count])
            start += count
            if not len(rows):
                continue
            run.report(
                check.dataset, block, "", "check", rows, "", "", rule=check.row.rule,
                message=check.row.message or check.row.condition, severity=check.row.severity or "warning",
            )  # fmt: skip
            if check.row.action in ("error", "stop"):
                place = check.row.at("Condition")
                text = f"{check.row.rule}: {check.row.message or check.row.condition}"
                problems += [Problem(place, f"{text} ({run.describe(check.dataset, block, int(r))})") for r in rows[:10]]
        if check.row.action == "stop" and problems:
            raise DataError(problems)


def _required(run: Run, output: Output, problems: list[Problem]) -> None:
    for variable, column in output.variables:
        if variable.mandatory != "Yes":
            continue
        rows = np.flatnonzero(missing(column))
        for row in rows[:5]:
            table = run.tables.get(str(output.source_table[row]))
            file = f"{table.file} line {int(output.source_line[row])}" if table is not None else "a derived record"
            problems.append(
                Problem(
                    variable.place, f"{output.name}.{variable.variable} is required and missing for {file}",
                    "see issues.csv for values without a term; map them, or reject the row",
                )  # fmt: skip
            )
        if len(rows) > 5:
            problems.append(Problem(variable.place, f"{output.name}.{variable.variable}: {len(rows) - 5} more"))


def _codelists(run: Run, output: Output) -> None:
    """Values that the codelist of their variable does not have."""
    for variable, column in output.variables:
        codelist = run.stage.spec.codelists.get(variable.codelist)
        if codelist is None:
            continue
        valid = {term.term for term in codelist.terms}
        if isinstance(column, Text):
            wrong = np.array([text not in valid for text in column.dictionary.values] + [False], dtype=bool)
            rows = np.flatnonzero(wrong[column.codes])
        else:
            numbers = np.array([float(text) for text in valid if _is_number(text)])
            rows = np.flatnonzero(~np.isnan(column) & ~np.isin(column, numbers))
        if not len(rows):
            continue
        table = output.source_table[rows]
        first = run.tables.get(str(table[0])) if len(table) else None
        run.log.add(
            len(rows), kind="not_in_codelist", dataset=output.name, variable=variable.variable, table=table,
            file=first.file if first is not None else "", row=output.source_line[rows],
            value=texts(take(column, rows)), usubjid=_subjects(output, rows),
            severity="warning" if codelist.extensible else "error",
            message=f"the codelist {codelist.id} has no such term",
        )  # fmt: skip


def _subjects(output: Output, rows: Array) -> object:
    for variable, column in output.variables:
        if variable.variable == "USUBJID":
            return texts(take(column, rows))
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _keys(run: Run, name: str, output: Output, problems: list[Problem]) -> None:
    """Two records of the same key: the key of the spec does not tell records apart."""
    row = run.stage.spec.datasets[name]
    columns = {variable.variable: column for variable, column in output.variables}
    keys = [columns[key] for key in row.key_variables if key in columns]
    if not keys or output.count < 2:
        return
    ranks = dense_ranks([(key, False) for key in keys], output.count)
    same = np.flatnonzero(ranks[1:] == ranks[:-1])
    if len(same):
        first = int(same[0])
        shown = ", ".join(
            f"{key} {texts(take(columns[key], np.array([first])))[0]!r}" for key in row.key_variables if key in columns
        )
        run.log.add(
            len(same), kind="duplicate_key", dataset=name, table=output.source_table[same + 1],
            row=output.source_line[same + 1], usubjid=_subjects(output, same + 1), severity="error",
            column=" ".join(row.key_variables), message="another record has the same key variables",
        )  # fmt: skip
        if all(key in ("STUDYID", "USUBJID") for key in row.key_variables):
            problems.append(
                Problem(row.at("Key Variables"), f"{name} has {len(same) + 1} records for one subject: {shown}")
            )


