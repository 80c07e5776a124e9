"""The raw rows of one subject, taken in as a build takes in all of them; the rest of the files is not parsed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from engine.columns import Array, Text, as_text, take
from engine.evaluate import condition
from engine.issues import IssueLog, texts
from engine.progress import Progress
from engine.run import Run
from engine.table_context import TableContext
from engine.tables import lookup_tables, subject_codes
from engine.trace.subject_run import SubjectRun
from engine.views import Table, faults_at, select
from formats.line_search import rows_holding
from formats.raw_table import RawTable, TableError
from language.tree import Aggregate, Match, Window, walk
from sdtm.identity import EarlierNumbers
from sdtm.intake import Resolved, chosen, resolved, with_subject
from sdtm.raw_checks import rejected_rows
from sdtm.raw_tables import raw_rows, read_raw, table_of, texts_of
from sdtm.rows_left_out import Intake, LeftOut
from sdtm.subject_search import columns_of
from specs.compiled import CompiledCheck, CompiledStage
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem


@dataclass(frozen=True)
class Left:
    """A raw row that intake left out: its line, by which step, why; `kept`: the line of the row that stands for it."""

    line: int
    step: str
    message: str
    kept: int = 0


class _Recorded(Intake):
    """Intake that remembers the rows that it leaves out."""

    def __init__(self) -> None:
        super().__init__(IssueLog())
        self.left: dict[str, list[Left]] = {}

    def leave_out(self, table: Table, left: LeftOut, subject: Text | None = None) -> Table:
        rows = np.flatnonzero(left.gone)
        message = left.columns.get("message", "")
        said = message.tolist() if isinstance(message, np.ndarray) else [str(message)] * len(rows)
        kept = left.kept.tolist() if left.kept is not None else [0] * len(rows)
        found = zip(table.lines[rows].tolist(), said, kept, strict=True)
        self.left.setdefault(table.name, []).extend(
            Left(line, left.step, what, other) for line, what, other in found
        )
        return super().leave_out(table, left, subject)


class SubjectTables(Mapping[str, Table]):
    """The tables of the SDTM stage with the rows of one subject (None: of none), each read when first asked for.

    `numbers` are the subject keys that the person had, `names` the one that counts; `all_rows` the rows of a table
    before intake left some out, `left` those that it left out.
    """

    def __init__(self, stage: CompiledStage, raw: Path, subject: str | None) -> None:
        self.stage, self.raw, self.subject = stage, raw, subject
        self.names: Array = np.array([subject] if subject is not None else [], dtype=object)
        self.all_rows: dict[str, Table] = {}
        self.read_whole: set[str] = set()
        self._rows = {row.table: row for row in raw_rows(stage.spec)}
        self._lookups = lookup_tables(stage.spec)
        self._intake = _Recorded()
        self._read: dict[tuple[str, ...], RawTable] = {}
        self._chosen: dict[str, Table] = {}
        self._found: dict[str, Table] = {}
        self._earlier = EarlierNumbers()
        self.numbers = self._numbers()

    # --- as a mapping ----------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> Table:
        if name in self._lookups:
            return self._lookups[name]
        if name not in self._found:
            self._found[name] = self._checked(name, self.unchecked(name))
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._rows, *self._lookups])

    def __len__(self) -> int:
        return len(self._rows) + len(self._lookups)

    def __contains__(self, name: object) -> bool:
        return name in self._rows or name in self._lookups

    # --- persons ---------------------------------------------------------------------------------------

    def _numbers(self) -> list[str]:
        """Every number of the person: those that Previous leads to, from any table that states it."""
        if self.subject is None:
            return []
        stated = [row for row in self._rows.values() if self.stage.tables[row.table].previous is not None]
        known = [self.subject]
        while True:
            before = len(known)
            for row in stated:
                known += [number for number in self._linked(row, known) if number not in known]
            if len(known) == before:
                break
        for row in stated:
            table = self._of_numbers(row, known)
            kept, subject = chosen(row, self.stage.tables[row.table], table, Intake(IssueLog()))
            self._earlier.add(row, self.stage.tables[row.table], kept, subject)
        return known

    def _linked(self, row: TableRow, known: list[str]) -> list[str]:
        """The numbers that rows of a table state together with one that is known."""
        compiled = self.stage.tables[row.table]
        table = table_of(row, self._raw(row, known, previous=True))
        now, before = texts_of(compiled.subject, table), texts_of(compiled.previous, table)
        if now is None or before is None:
            return []
        pairs = zip(now.objects().tolist(), before.objects().tolist(), strict=True)
        linked = [pair for pair in pairs if None not in pair and set(pair) & set(known)]
        return [number for pair in linked for number in pair]

    # --- rows ------------------------------------------------------------------------------------------

    def unchecked(self, name: str) -> Table:
        """A table before checks reject rows of it."""
        if name in self._lookups:
            return self._lookups[name]
        if name not in self._chosen:
            self._chosen[name] = self._taken_in(self._rows[name])
        return self._chosen[name]

    def _taken_in(self, row: TableRow) -> Table:
        compiled = self.stage.tables[row.table]
        table = self._of_numbers(row, self.numbers)
        if compiled.subject is not None:
            table = self._own(row, table)
        self.all_rows[row.table] = table
        table, subject = chosen(row, compiled, table, self._intake)
        if subject is not None:
            subject = self._earlier.resolved({row.table: subject})[row.table]
        table.subject = subject_codes(subject, self.names, table.count)
        return with_subject(row, table, self._intake)

    def _own(self, row: TableRow, table: Table) -> Table:
        """The rows whose subject is the person, under the first number."""
        stated = texts_of(self.stage.tables[row.table].subject, table)
        first = self._earlier.resolved({row.table: stated})[row.table] if stated is not None else None
        codes = subject_codes(first, self.names, table.count)
        return table if (codes >= 0).all() else select(table, np.flatnonzero(codes >= 0))

    def _of_numbers(self, row: TableRow, numbers: list[str]) -> Table:
        """The rows of a table that state one of some numbers as their subject, or more rows than these."""
        table = table_of(row, self._raw(row, numbers))
        stated = texts_of(self.stage.tables[row.table].subject, table)
        if stated is None:
            return table
        mine = np.isin(as_text(stated).objects(), numbers)
        return table if mine.all() else select(table, np.flatnonzero(mine))

    def _raw(self, row: TableRow, numbers: Iterable[str], previous: bool = False) -> RawTable:
        """The rows of a file that hold one of some numbers; the whole file where it cannot be searched."""
        compiled = self.stage.tables[row.table]
        nodes = [compiled.subject, *([compiled.previous] if previous else [])]
        ways = [columns_of(node, number) for node in nodes if node is not None for number in numbers]
        key = (row.table, *(repr(way) for way in ways))
        if key not in self._read:
            wanted = [one for way in ways if way is not None for one in way]
            whole = compiled.subject is None or any(way is None for way in ways)
            self._read[key] = self._from_file(row, None if whole else wanted)
        return self._read[key]

    def _from_file(self, row: TableRow, wanted: list[dict[str, str]] | None) -> RawTable:
        path = self.raw / row.file
        try:
            found = rows_holding(path, wanted, row.encoding or "utf-8") if wanted is not None else None
            if found is None:
                from formats.tables import read_table

                self.read_whole.add(row.table)
                found = read_table(path, encoding=row.encoding or "utf-8")
        except TableError as error:
            raise DataError([Problem(Place(error.path, error.line, error.column), error.message, error.hint)]) from None
        return found

    def _checked(self, name: str, table: Table) -> Table:
        """The table without the rows that checks reject; each check sees all of its rows."""
        wanted = [check for check in self.stage.checks if check.dataset == name and check.row.action == "reject"]
        if not wanted or not table.count:
            return table
        run = SubjectRun(self.stage, _Unchecked(self), self.names, IssueLog())
        found: list[tuple[CompiledCheck, Array]] = []
        for check in wanted:
            hits = self._hits_of_all(check, table) if _ranges_over_all(check) else _hits(check, table, run)
            if hits.any():
                found.append((check, hits))
        return rejected_rows(table, found, run, self._intake)

    @cached_property
    def _everyone(self) -> Resolved:
        """The tables with the rows of all subjects, before checks, for checks that range over these."""
        log, progress = IssueLog(), Progress(self.stage.spec.stage)
        return resolved(self.stage, read_raw(self.stage.spec, self.raw, progress, log), log, progress)

    @cached_property
    def _run_of_all(self) -> Run:
        return Run(self.stage, self._everyone.tables, self._everyone.names, IssueLog())

    def _hits_of_all(self, check: CompiledCheck, table: Table) -> Array:
        """The rows of a table of this subject that a check rejects where it sees the rows of all subjects."""
        everything, names = self._everyone.tables[table.name], self._everyone.names.tolist()
        hits = _hits(check, everything, self._run_of_all)
        mine = everything.subject == (names.index(self.subject) if self.subject in names else -1)
        if self.stage.tables[table.name].subject is None:
            mine = np.ones(everything.count, bool)
        same = np.array_equal(everything.lines[mine], table.lines)
        return hits[mine] if same else np.isin(table.lines, everything.lines[hits])

    # --- what became of rows ---------------------------------------------------------------------------

    def left(self, name: str) -> list[Left]:
        """The rows of a table that intake left out."""
        self[name]
        return self._intake.left.get(name, [])

    def collected(self, name: str, line: int, column: str) -> str:
        """The text of a cell as it stands in the file, also one that means missing."""
        for key, read in self._read.items():
            at = np.flatnonzero(read.line_numbers == line)
            if key[0] == name and len(at):
                held = table_of(replace(self._rows[name], missing=()), read)
                return str(texts(take(held.columns[column], at[:1]))[0])
        return ""


def _hits(check: CompiledCheck, table: Table, run: Run) -> Array:
    """The rows that a check rejects."""
    context = TableContext(table, run)
    with faults_at(check.row.place):
        return np.asarray(condition(check.where, context) & ~condition(check.condition, context))


def _ranges_over_all(check: CompiledCheck) -> bool:
    """Whether a check asks for rows of other subjects than that of the row."""
    parts = [part for node in (check.where, check.condition) if node is not None for part in walk(node)]
    matches = [part.match for part in parts if isinstance(part, Aggregate) and part.match is not None]
    return any(part.subjects_all for part in [*parts, *matches] if isinstance(part, (Aggregate, Window, Match)))


class _Unchecked(Mapping[str, Table]):
    """The tables before checks, which see each other so."""

    def __init__(self, tables: SubjectTables) -> None:
        self._tables = tables

    def __getitem__(self, name: str) -> Table:
        return self._tables.unchecked(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)
