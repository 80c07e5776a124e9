"""The tables of a stage as the sheets of one workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from specs.columns import EXECUTABLE, RESULTS, SHEETS, SPECIFICATION, Sheet
from specs.format import arranged, canonical_cell, kinds_of, workbook_cell
from specs.load import STAGES
from specs.mapping import GENERAL
from specs.problem import Place, Problem, SpecError, nearest
from specs.read_csv import Faults, RawTable, Row, read_table, read_text
from specs.workbook_titles import (
    CONTENTS,
    CONTENTS_COLUMNS,
    IN_FILE,
    LOOKUP_MARK,
    OTHER,
    file_of,
    title_for,
    title_of_stem,
)


@dataclass(frozen=True)
class BookSheet:
    """A sheet: its title, what it is in our terms (None: a look-up table or a grid), its cells as texts.

    `columns` is the first row; empty for a grid, all of whose rows are in `rows`. `kinds` says what the cells of
    a column hold, as in `specs.columns`.
    """

    title: str
    sheet: Sheet | None
    columns: tuple[str, ...]
    kinds: Mapping[str, str]
    rows: tuple[tuple[str, ...], ...]


def stage_sheets(folder: Path, stage: str) -> list[BookSheet]:
    """The sheets of a stage of the study in `folder`: those of the industry's workbook first, then ours, the
    look-up tables, what is kept besides, and the list of contents.

    Raises SpecError for files that cannot be read, and for a stage that is not there.
    """
    folder, faults = Path(folder), Faults()
    if stage not in STAGES:
        raise SpecError([Problem(Place(stage), "is not a stage", f"choose {' or '.join(STAGES)}")])
    if not (folder / stage).is_dir():
        raise SpecError([Problem(Place(stage), f"{folder} has no folder {stage}", "choose another stage")])
    tables = _read(folder, stage, faults)
    grids = {f"{stage}/{OTHER}/{path.name}": _grid(path, faults) for path in _csv_files(folder / stage / OTHER)}
    if faults.problems:
        raise SpecError(faults.problems)
    found = [_known(sheet, tables[sheet.name], stage) for sheet in _shown(stage, tables)]
    files = [(sheet.title, table.file) for sheet in found for table in tables[sheet.title]]
    for table in tables[""]:
        lookup = _lookup(table, [sheet.title for sheet in found])
        files.append((lookup.title, table.file))
        found.append(lookup)
    for file, rows in grids.items():
        title = title_for(title_of_stem(PurePosixPath(file).stem), [CONTENTS, *(sheet.title for sheet in found)])
        files.append((title, file))
        found.append(BookSheet(title, None, (), {}, rows))
    return [*found, _contents(found, files)]


def _csv_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.csv") if path.is_file() and path.name[0] not in ".~")


def _read(folder: Path, stage: str, faults: Faults) -> dict[str, list[RawTable]]:
    """Sheet to its files; the look-up tables under ""."""
    found: dict[str, list[RawTable]] = {name: [] for name in ("", *SHEETS)}
    parts = {stage: tuple(SHEETS), **({"results": RESULTS} if stage == "adam" else {})}
    for part, names in parts.items():
        for path in _csv_files(folder / part):
            file = f"{part}/{path.name}"
            if path.stem not in names or path.stem == "Mapping":
                hint = nearest(path.stem, names) or "a look-up table belongs into tables/"
                faults.add(Place(file), f"{path.stem!r} is not a table of a specification", hint)
            else:
                _add(found[path.stem], path, file, faults)
    for part, sheet in (("mapping", "Mapping"), ("tables", "")):
        for path in _csv_files(folder / stage / part):
            _add(found[sheet], path, f"{stage}/{part}/{path.name}", faults)
    return found


def _add(listed: list[RawTable], path: Path, file: str, faults: Faults) -> None:
    table = read_table(path, file, faults)
    if table is not None:
        listed.append(table)


def _grid(path: Path, faults: Faults) -> tuple[tuple[str, ...], ...]:
    text = read_text(path, path.name, faults)
    return tuple(tuple(cells) for cells in csv.reader(io.StringIO(text or "", newline="")))


def _shown(stage: str, tables: Mapping[str, list[RawTable]]) -> Iterator[Sheet]:
    """Every sheet, filled or not, so that a reader sees what there is; results belong to ADaM, and conditions stand
    in ValueLevel unless the study has WhereClauses."""
    optional = ("WhereClauses",) if stage == "adam" else ("WhereClauses", *RESULTS)
    for sheet in (*SPECIFICATION, *EXECUTABLE):
        if sheet.name not in optional or tables[sheet.name]:
            yield sheet


def _known(sheet: Sheet, tables: list[RawTable], stage: str) -> BookSheet:
    """A sheet that we know, with the rows of all its files; a row that would go to another file says its own."""
    own = {sheet.name: tables[0].file} if len(tables) == 1 else {}
    rows = [_with_dataset(row, sheet) for table in tables for row in table.rows]
    rows = [_with_file(row, file_of(sheet.name, row, stage, own)) for row in rows]
    used = {name for row in rows for name, cell in row.cells.items() if cell.strip()}
    headers = [*(name for table in tables for name in table.columns), IN_FILE]
    further = [name for name in dict.fromkeys(headers) if name in used and name not in sheet.names]
    columns = tuple(arranged(sheet.names, further, sheet))
    return _filled(sheet.name, sheet, columns, rows)


def _with_dataset(row: Row, sheet: Sheet) -> Row:
    """A mapping row with the dataset that its file is named for."""
    own = PurePosixPath(row.file).stem
    if sheet.name != "Mapping" or own == GENERAL or row.get("Dataset"):
        return row
    return replace(row, cells={**row.cells, "Dataset": own})


def _with_file(row: Row, expected: str) -> Row:
    return row if row.file == expected else replace(row, cells={**row.cells, IN_FILE: row.file})


def _lookup(table: RawTable, taken: list[str]) -> BookSheet:
    title = title_for(PurePosixPath(table.file).stem, [CONTENTS, *SHEETS, *taken], LOOKUP_MARK)
    return _filled(title, None, table.columns, table.rows)


def _filled(title: str, sheet: Sheet | None, columns: Sequence[str], rows: Iterable[Row]) -> BookSheet:
    kinds = kinds_of(columns, sheet)
    cells = tuple(tuple(_cell(row.cells.get(name, ""), name, kinds[name]) for name in columns) for row in rows)
    return BookSheet(title, sheet, tuple(columns), kinds, cells)


def _cell(cell: str, column: str, kind: str) -> str:
    return workbook_cell(canonical_cell(cell, column, kind), column, kind)


def _contents(sheets: list[BookSheet], files: list[tuple[str, str]]) -> BookSheet:
    """Which sheet is which file; by it an import finds tables without rows, and names that no sheet can have."""
    holds = {sheet.title: sheet.sheet.description if sheet.sheet else "" for sheet in sheets}
    rows = tuple((title, file, holds[title]) for title, file in files)
    return BookSheet(CONTENTS, None, CONTENTS_COLUMNS, kinds_of(CONTENTS_COLUMNS, None), rows)
