"""The raw tables cut into parts of the subjects: read once, piece by piece, each row put into the file of its part."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import ipc

from engine.columns import Array, Text, missing
from engine.issues import IssueLog
from engine.ledger import Counts
from engine.outcome import Output
from engine.parts import INTAKE, Source, Taken, faults_of
from engine.progress import Progress
from engine.views import Table, faults_at
from engine.wide import Wide
from formats.arrow_text import text_column
from formats.raw_table import RawTable, ValueProblem
from formats.table_pieces import TablePiece, table_pieces
from formats.tables import TableError, split_part
from formats.whole_file import told
from language.tree import Column, walk
from sdtm.intake import Resolved, after_checks, resolved
from sdtm.raw_tables import log_no_rows, log_values, problem_of, raw_rows, table_of, texts_of
from sdtm.subjects import report_unknown_subjects, subjects
from specs.compiled import CompiledStage
from specs.model import Table as TableRow
from specs.problem import DataError

REJECTED = "rejected by "


@dataclass(frozen=True)
class Cutting:
    """Which part a subject belongs to: `starts` are the first subjects of all parts but part 0.

    first: the number under which a person counts who has several; a person is in one part with all of them.
    """

    starts: tuple[str, ...]
    first: Mapping[str, str]

    def parts_of(self, column: Text) -> Array:
        """The part of each row; rows without a subject are in part 0."""
        names = (self.first.get(name, name) for name in column.dictionary.values.tolist())
        table = np.array([*(bisect_right(self.starts, name) for name in names), 0], np.int32)
        return table[column.codes]


def whole_only(stage: CompiledStage) -> str:
    """Why the tables cannot be cut; "" where they can."""
    for row in raw_rows(stage.spec):
        node = stage.tables[row.table].subject
        read = {part.name for part in walk(node) if isinstance(part, Column)} if node is not None else set()
        if read & set(row.system):
            return f"{row.at('Subject')} reads a column of System"
    return ""


def cutting(stage: CompiledStage, raw: Path, parts: int) -> Cutting:
    """Cut the subjects into parts of about one size, by their order. Raises DataError."""
    rows = [row for row in raw_rows(stage.spec) if row.subject]
    pairs: list[tuple[str, str]] = []
    for row in rows:
        if stage.tables[row.table].previous is not None:
            for table in _pieces(row, raw):
                pairs += _numbers(stage, row, table)
    if not rows:
        return Cutting((), {})
    first = _persons(pairs)
    smallest = min(rows, key=lambda row: split_part(raw / row.file)[0].stat().st_size)
    found: set[str] = set()
    for table in _pieces(smallest, raw):
        subject = _subject(stage, smallest, table)
        found.update(subject.dictionary.values[np.unique(subject.codes[subject.codes >= 0])].tolist())
    names = sorted({first.get(name, name) for name in found})
    starts = {names[len(names) * part // parts] for part in range(1, parts)} - set(names[:1]) if names else set()
    return Cutting(tuple(sorted(starts)), first)


def _pieces(row: TableRow, raw: Path) -> Iterator[Table]:
    try:
        for piece in table_pieces(raw / row.file, row.encoding or "utf-8"):
            yield _table(row, piece)
    except TableError as error:
        raise DataError([problem_of(error, row, raw)]) from None


def _table(row: TableRow, piece: TablePiece) -> Table:
    columns = {name: text_column(piece.columns[name]) for name in piece.columns.column_names}
    return table_of(row, RawTable(dict(columns), piece.columns.num_rows, piece.lines, piece.path))


def _subject(stage: CompiledStage, row: TableRow, table: Table) -> Text:
    with faults_at(row.at("Subject")):
        found = texts_of(stage.tables[row.table].subject, table)
    return found.compact() if found is not None else Text.missing(table.count)


def _numbers(stage: CompiledStage, row: TableRow, table: Table) -> list[tuple[str, str]]:
    """The numbers and earlier numbers that a table states."""
    with faults_at(row.at("Previous")):
        previous = texts_of(stage.tables[row.table].previous, table)
    subject = _subject(stage, row, table)
    if previous is None:
        return []
    given = np.flatnonzero(~missing(previous) & ~missing(subject))
    return list(dict.fromkeys(zip(subject.take(given).objects(), previous.take(given).objects())))


def _persons(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """For each number that is linked to another the one by which its person is put into a part."""
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for now, before in pairs:
        leader[lead(now)] = lead(before)
    return {name: lead(name) for name in list(leader)}


# --- cutting --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TableFile:
    """The file of a table, as issues name it, how many rows it has, and the values that it holds damaged."""

    table: str
    file: str
    rows: int
    problems: tuple[ValueProblem, ...]


@faults_of(INTAKE)
def cut_table(stage: CompiledStage, raw: Path, folder: Path, table: str, found: Cutting) -> TableFile:
    """Put each row of a table into the file of its part; one without subjects into one file. Raises DataError."""
    row = stage.spec.tables[table]
    problems: list[ValueProblem] = []
    file = ""
    writers: dict[int, ipc.RecordBatchFileWriter] = {}
    position = 0
    try:
        for piece in table_pieces(raw / row.file, row.encoding or "utf-8"):
            count = piece.columns.num_rows
            whole = piece.columns.append_column("#line", pa.array(piece.lines, pa.int64()))
            whole = whole.append_column("#position", pa.array(np.arange(position, position + count)))
            parts = np.zeros(count, np.int32)
            if row.subject:
                parts = found.parts_of(_subject(stage, row, _table(row, piece)))
            _put(whole, parts, folder, table, writers)
            position += count
            problems += piece.problems
            file = Path(piece.path).name
    except TableError as error:
        raise DataError([problem_of(error, row, raw)]) from None
    finally:
        for part, writer in writers.items():
            with told(raw_path(folder, table, part)):
                writer.close()
    return TableFile(table, file, position, tuple(problems))


def _put(
    whole: pa.Table, parts: Array, folder: Path, table: str, writers: dict[int, ipc.RecordBatchFileWriter]
) -> None:
    if len(parts) and (parts[1:] < parts[:-1]).any():
        order = np.argsort(parts, kind="stable")
        whole, parts = whole.take(pa.array(order)), parts[order]
    for part in np.unique(parts).tolist():
        start, stop = np.searchsorted(parts, [part, part + 1]).tolist()
        path = raw_path(folder, table, part)
        with told(path):
            if part not in writers:
                writers[part] = ipc.new_file(str(path), whole.schema)
            writers[part].write_table(whole.slice(start, stop - start))


def raw_path(folder: Path, table: str, part: int) -> Path:
    """The file of the rows that a table has in a part."""
    return folder / f"raw-{table}-{part}.arrow"


# --- in a part ------------------------------------------------------------------------------------------


@dataclass
class TakenIn(Taken):
    """With what the checks of raw rows need."""

    resolved: Resolved | None = None


@dataclass
class RawParts(Source):
    """Raw tables that were cut into files of `folder`. others: the subjects of DM, where it is not built."""

    stage: CompiledStage
    folder: Path
    parts: int
    files: Mapping[str, TableFile]
    others: frozenset[str] | None = None

    def first(self, part: int, log: IssueLog) -> TakenIn:
        if part == 0:
            for one in self.files.values():
                log_values(one.problems, one.table, one.file, log)
                log_no_rows(one.table, one.file, one.rows, log)
        rows = raw_rows(self.stage.spec)
        tables = {row.table: self._read(row, part) for row in rows}
        elsewhere = [row.table for row in rows if not row.subject] if part else []
        found = resolved(self.stage, tables, log, Progress("sdtm"), elsewhere)
        return TakenIn(found.tables, found.names, found.intake.read, found.intake.steps, found)

    def second(self, part: int, taken: Taken, wide: Wide, log: IssueLog) -> Taken:
        assert isinstance(taken, TakenIn) and taken.resolved is not None
        tables = after_checks(self.stage, taken.resolved, wide, part == 0)
        return Taken(tables, taken.names, taken.read, taken.steps)

    def _read(self, row: TableRow, part: int) -> Table:
        path = raw_path(self.folder, row.table, part if row.subject else 0)
        if not path.exists():
            columns = [(name, pa.string()) for name in self.stage.inputs[row.table].columns]
            found = pa.schema([*columns, ("#line", pa.int64()), ("#position", pa.int64())]).empty_table()
        else:
            with pa.memory_map(str(path)) as file:
                found = ipc.open_file(file).read_all()
        texts = {name: text_column(found[name]) for name in found.column_names[:-2]}
        lines, positions = (found[name].to_numpy() for name in found.column_names[-2:])
        table = table_of(row, RawTable(dict(texts), found.num_rows, lines, self.files[row.table].file))
        table.positions = positions
        return table

    def finished(self, found: Mapping[str, Output], tables: Mapping[str, Table], log: IssueLog) -> None:
        report_unknown_subjects(self.stage, found, tables, log, self.others)

    def taken_back(self, column: Text, known: set[str]) -> Array:
        return np.array([*(name in known for name in column.dictionary.values.tolist()), False], bool)[column.codes]

    def subjects(self, found: Mapping[str, Output]) -> set[str]:
        return subjects(found)

    def in_order(self, counts: Counts) -> None:
        """Rejections in the order of their checks; they are the last steps of intake."""
        place = {f"{REJECTED}{check.row.rule}": number for number, check in enumerate(self.stage.checks, 1)}
        for table in counts.tables.values():
            table.steps = dict(sorted(table.steps.items(), key=lambda step: place.get(step[0], 0)))


