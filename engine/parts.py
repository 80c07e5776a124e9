"""A stage run on parts of its subjects: what one part does. engine.joined puts the parts together.

A part is asked what crosses subjects (specs.crossing) before it is built; what it found and what it is told stands in
files of one folder. Everything here runs in any process: the results are small, the columns stay in files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from engine import spill
from engine.broken import Broken, BrokenRules
from engine.columns import Array, Column, Text, missing, take
from engine.issues import IssueLog
from engine.late_checks import late_checks, parts_of_check
from engine.ledger import Counts, count_rows
from engine.outcome import Output, outputs
from engine.run import Run
from engine.verify import broken_checks, broken_records, check_broken, repeated_keys
from engine.views import Table, faults_at
from engine.wide import Wide, records_of, rows_of, whole_view
from specs.compiled import CompiledStage
from specs.crossing import Crossing, Need, RecordsNeed, TableNeed
from specs.crossing_places import place_of
from specs.problem import Problem, ProblemError, SpecError

INTAKE, RUNNING, CHECKING, WRITING = range(4)
TABLE, LINE, ROW, ORDER = "#table", "#line", "#row", "#order"


@dataclass
class Taken:
    """The tables of a part: those that were read, or what intake left of them, and the counts for the ledger."""

    tables: dict[str, Table]
    names: Array
    read: dict[str, int] = field(default_factory=dict)
    steps: dict[str, dict[str, int]] = field(default_factory=dict)


class Source:
    """Where the parts of a stage come from. It is sent to the processes that build them. Part 0 has what is nobody's.

    `parts`: how many there are.
    """

    stage: CompiledStage
    parts: int

    def first(self, part: int, log: IssueLog) -> Taken:
        """The tables of a part as far as they can be known without the other parts."""
        raise NotImplementedError

    def second(self, part: int, taken: Taken, wide: Wide, log: IssueLog) -> Taken:
        """What is left of them by rules that may range over all subjects."""
        raise NotImplementedError

    def finished(self, found: Mapping[str, Output], tables: Mapping[str, Table], log: IssueLog) -> None:
        """Write down, in `log`, what another part may take back (see `taken_back`)."""

    def taken_back(self, column: Text, known: set[str]) -> Array:
        """Which issues of `finished` fall away, by their subjects and the subjects of all parts."""
        return np.zeros(len(column), bool)

    def subjects(self, found: Mapping[str, Output]) -> set[str]:
        """The subjects of a part, for `taken_back`."""
        return set()

    def in_order(self, counts: Counts) -> None:
        """Put the steps of intake in the order in which they are taken."""


@dataclass(frozen=True)
class Job:
    """A stage that is built in parts, with the folder in which they leave their files."""

    source: Source
    folder: Path
    crossing: Crossing

    @property
    def levels(self) -> tuple[tuple[Need, ...], ...]:
        """What is asked: at intake, then pass by pass."""
        return self.crossing.intake, *self.crossing.passes

    def path(self, kind: str, *numbers: int | str) -> Path:
        """The file of something that a part leaves or is told."""
        return self.folder / f"{kind}-{'-'.join(map(str, numbers))}.arrow"


@dataclass(frozen=True)
class Fault:
    """What is wrong with the data, as one part found it, and in which phase."""

    phase: int
    problems: tuple[Problem, ...]
    broken: tuple[Broken, ...] = ()
    specification: bool = False


@dataclass
class Part:
    """What a part says of itself; its records, issues and late checks stand in files.

    datasets: the number of records of each. ends: the key of its first and last record. variables: those of each.
    filled: those with a value. lengths: what each text variable needs.
    """

    counts: Counts
    files: dict[str, str]
    broken: list[Broken]
    keys: dict[str, list[Broken]]
    subjects: set[str]
    datasets: dict[str, int] = field(default_factory=dict)
    ends: dict[str, tuple[tuple[Any, ...], ...]] = field(default_factory=dict)
    variables: dict[str, set[str]] = field(default_factory=dict)
    filled: dict[str, set[str]] = field(default_factory=dict)
    lengths: dict[str, dict[str, int]] = field(default_factory=dict)


P = ParamSpec("P")
R = TypeVar("R")


def faults_of(phase: int) -> Callable[[Callable[P, R]], Callable[P, R | Fault]]:
    """Hands a user's mistakes back as a Fault: exceptions with several parts do not travel between processes."""

    def wrapped(work: Callable[P, R]) -> Callable[P, R | Fault]:
        @wraps(work)
        def guarded(*given: P.args, **named: P.kwargs) -> R | Fault:
            try:
                return work(*given, **named)
            except ProblemError as error:
                broken = error.broken if isinstance(error, BrokenRules) else ()
                at = getattr(error, "phase", phase)
                return Fault(at, error.problems, broken, isinstance(error, SpecError))

        return guarded

    return wrapped


# --- running --------------------------------------------------------------------------------------------


def _started(job: Job, part: int, level: int) -> tuple[Run, Taken, IssueLog]:
    """A run of a part that is told what was found before `level`."""
    log = IssueLog(dict(job.source.stage.spec.study.rules))
    try:
        taken = job.source.first(part, log)
        if level == 0:
            return Run(job.source.stage, taken.tables, taken.names, IssueLog(), Wide(), part == 0), taken, log
        taken = job.source.second(part, taken, _told(job, part, range(1)), log)
    except ProblemError as error:
        error.phase = INTAKE  # type: ignore[attr-defined]
        raise
    wide = _told(job, part, range(1, level))
    return Run(job.source.stage, taken.tables, taken.names, log, wide, part == 0), taken, log


def _told(job: Job, part: int, levels: range) -> Wide:
    tables, records = {}, {}
    for level in levels:
        for number, need in enumerate(job.levels[level]):
            if isinstance(need, TableNeed):
                tables[need.key] = whole_view(need, spill.read(job.path("told", level, number)))
            else:
                records[need] = spill.read(job.path("told", level, number, part))["value"]
    return Wide(tables, records)


@faults_of(RUNNING)
def ask(job: Job, part: int, level: int) -> None:
    """Leave what a part has of that which crosses subjects."""
    run, _, _ = _started(job, part, level)
    for number, need in enumerate(job.levels[level]):
        if isinstance(need, RecordsNeed):
            with faults_at(place_of(run.stage, need)):
                found = records_of(run, need)
        else:
            found = rows_of(run, need)
        spill.write(job.path("asked", level, number, part), found)


def finish(job: Job, part: int, measured: Callable[[Output], dict[str, int]]) -> Part:
    """Build a part: its records, issues and late checks in files. Raises DataError.

    measured: the length that each text variable needs.
    """
    run, taken, log = _started(job, part, len(job.levels))
    run.all()
    found = outputs(run, every=True)
    files = {name: table.file for name, table in run.tables.items()}
    apart = IssueLog(log.rules)
    try:
        broken = _broken(job, run, found)
        _late(job, part, run)
    except ProblemError as error:
        error.phase = CHECKING  # type: ignore[attr-defined]
        raise
    job.source.finished(found, run.tables, apart)
    made = Part(count_rows(run, taken.read, taken.steps), files, broken, {}, job.source.subjects(found))
    for name, output in found.items():
        again = IssueLog(log.rules)
        made.keys[name] = list(repeated_keys(run.stage, files, name, output, again))
        spill.write(job.path("keys", name, part), again.table())
        _describe(made, run.stage, output, measured)
        spill.write(job.path("records", name, part), spilled(output))
    spill.write(job.path("issues", part), log.table())
    spill.write(job.path("apart", part), apart.table())
    return made


def _broken(job: Job, run: Run, found: dict[str, Output]) -> list[Broken]:
    """The rules that the records break, up to one that stops; they are told with those of the other parts."""
    try:
        return [*broken_checks(run, job.crossing.late), *broken_records(run, found)]
    except BrokenRules as error:
        return list(error.broken)


def _late(job: Job, part: int, run: Run) -> None:
    for check in late_checks(run.stage, job.crossing.late):
        spill.write(job.path("late", check.number, part), parts_of_check(run, check).columns)


@faults_of(CHECKING)
def tell_late(job: Job, part: int, hits: Mapping[int, Array]) -> list[Broken]:
    """Write down the records of a part that break checks which were settled on all parts; lines as it left them."""
    run, _, log = _started(job, part, len(job.levels))
    run.log = log = IssueLog(log.rules)
    broken: list[Broken] = []
    for check in late_checks(run.stage, job.crossing.late):
        if check.number in hits:
            marked = parts_of_check(run, check).marked(hits[check.number])
            broken += check_broken(run, check.number, marked)
    spill.write(job.path("late-issues", part), log.table())
    return broken


# --- records in files -----------------------------------------------------------------------------------


def key_columns(stage: CompiledStage, output: Output) -> list[Column]:
    """The columns by which the records of a dataset are sorted."""
    columns = {variable.variable: column for variable, column in output.variables}
    return [columns[key] for key in stage.spec.datasets[output.name].key_variables if key in columns]


def _describe(made: Part, stage: CompiledStage, output: Output, measured: Callable[[Output], dict[str, int]]) -> None:
    made.datasets[output.name] = output.count
    made.variables[output.name] = {v.variable for v, _ in output.variables}
    made.filled[output.name] = {v.variable for v, column in output.variables if not missing(column).all()}
    made.lengths[output.name] = measured(output)
    if output.count:
        columns = key_columns(stage, output)
        made.ends[output.name] = tuple(_key(columns, row) for row in (0, output.count - 1))


def _key(columns: list[Column], row: int) -> tuple[Any, ...]:
    """The key of a record as something that sorts as the records do: missing first, texts by code point."""
    found: list[Any] = []
    for column in columns:
        one = take(column, np.array([row]))
        value = one.objects()[0] if isinstance(one, Text) else float(one[0])
        found.append((0, "" if isinstance(one, Text) else 0.0) if value is None or value != value else (1, value))
    return tuple(found)


def spilled(output: Output) -> spill.Columns:
    """A dataset as its file has it: the variables, and where each record comes from."""
    found: spill.Columns = {variable.variable: column for variable, column in output.variables}
    found |= {TABLE: output.source_table, LINE: output.source_line, ROW: output.source_row}
    if output.order is not None:
        found |= {f"{ORDER}{place}": output.order[:, place] for place in range(output.order.shape[1])}
    return found


def read_output(job: Job, name: str, part: int) -> Output:
    """The records of a dataset that a part left."""
    columns = spill.read(job.path("records", name, part))
    spec = job.source.stage.spec
    listed = [(v, columns[v.variable]) for v in spec.variables_of(name) if v.variable in columns]
    tables, lines, rows = columns[TABLE], columns[LINE], columns[ROW]
    assert isinstance(tables, Text) and not isinstance(lines, Text) and not isinstance(rows, Text)
    found = Output(name, spec.datasets[name].label, listed, len(tables), tables, lines, rows)
    keys = [np.asarray(column) for key, column in columns.items() if key.startswith(ORDER)]
    found.order = np.column_stack(keys) if keys else None
    return found
