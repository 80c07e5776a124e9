"""Write the CSV tables of a study in their canonical form, which reading and writing again leaves as it is.

UTF-8 without a byte order mark, LF, comma, quotes only where needed; columns in the order of `specs.columns`,
further ones behind them (those of mapping files, which share one sheet of the workbook, in the order of the
alphabet), Comment of the executable tables last; a column that no row fills is left out; cells without blanks
around them; texts inside expressions in single quotes; no Dataset in a mapping file that bears its name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath

from specs.columns import EXPRESSION_KINDS, SHEETS, Sheet
from specs.problem import SpecError
from specs.read_csv import Faults, RawTable, Row, read_table

# Names in backticks come first: their quotes belong to the name of a raw column.
_DOUBLE = re.compile(r'(`[^`]*`)|"([^"\'\\\n]*)"')
_SINGLE = re.compile(r"(`[^`]*`)|'([^\"'\\\n]*)'")


def format_study(folder: Path, write: bool = True) -> list[str]:
    """Bring every table of the study into canonical form; the files that differed, relative to `folder`.

    With `write` False, or when a file cannot be read (SpecError), nothing is written.
    """
    folder, faults = Path(folder), Faults()
    changed: dict[Path, bytes] = {}
    for path, sheet in _tables(folder):
        table = read_table(path, path.relative_to(folder).as_posix(), faults)
        if table is not None and (content := canonical(table, sheet)) != path.read_bytes():
            changed[path] = content
    if faults.problems:
        raise SpecError(faults.problems)
    for path, content in changed.items() if write else ():
        path.write_bytes(content)
    return [path.relative_to(folder).as_posix() for path in changed]


def _tables(folder: Path) -> Iterator[tuple[Path, Sheet | None]]:
    """Every table file with its sheet; look-up tables have none. Raw data is nobody's to change."""
    for part in ("sdtm", "adam", "results"):
        for path in sorted((folder / part).glob("*.csv")):
            yield path, SHEETS.get(path.stem)
        for path in sorted((folder / part / "mapping").glob("*.csv")):
            yield path, SHEETS["Mapping"]
        for path in sorted((folder / part / "tables").glob("*.csv")):
            yield path, None


def canonical(table: RawTable, sheet: Sheet | None) -> bytes:
    """The canonical bytes of a table."""
    if sheet and sheet.name == "Mapping":
        table = _without_own_name(table)
    columns = _ordered(table, sheet)
    kind = kinds_of(columns, sheet)
    rows = ([canonical_cell(row.cells[name], name, kind[name]) for name in columns] for row in table.rows)
    return csv_bytes(columns, rows)


def kinds_of(columns: Iterable[str], sheet: Sheet | None) -> dict[str, str]:
    """The kind of the cells of each column; further columns of an open table hold expressions."""
    known = {column.name: column.kind for column in sheet.columns} if sheet else {}
    return {name: known.get(name, "expression" if sheet and sheet.open else "text") for name in columns}


def _without_own_name(table: RawTable) -> RawTable:
    """A mapping file without the Dataset cells that repeat what the file's name says."""
    own = PurePath(table.file).stem
    rows = (replace(row, cells={**row.cells, "Dataset": ""}) if _repeats(row, own) else row for row in table.rows)
    return replace(table, rows=tuple(rows))


def _repeats(row: Row, own: str) -> bool:
    """True where Dataset is the name of the file and other cells say what the row is for."""
    return row.get("Dataset") == own and any(row.get(name) for name in row.cells if name != "Dataset")


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A header and rows as canonical CSV."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _ordered(table: RawTable, sheet: Sheet | None) -> list[str]:
    """The columns that a row fills, or that a row needs, in order."""
    if sheet is None:
        return list(table.columns)
    filled = {name for name in table.columns if any(row.cells[name].strip() for row in table.rows)}
    needed = {column.name for column in sheet.columns if column.needed and column.name in table.columns}
    used = [name for name in table.columns if name in filled | needed]
    further = [name for name in used if name not in sheet.names]
    return arranged([name for name in sheet.names if name in used], further, sheet)


def arranged(known: Sequence[str], further: Iterable[str], sheet: Sheet) -> list[str]:
    """Columns as they are written: those that we know, further ones, a Comment at the end last."""
    last = [*known[-1:]] if known and known[-1] == "Comment" else []
    further = sorted(further) if sheet.name == "Mapping" else further
    return [*known[: len(known) - len(last)], *further, *last]


def canonical_cell(cell: str, column: str, kind: str) -> str:
    """A cell in canonical form.

    >>> canonical_cell(' AEOUT == "FATAL" ', "Where", "condition")
    "AEOUT == 'FATAL'"
    >>> canonical_cell("AE  CM", "Dataset", "names"), canonical_cell("USUBJID,AESEQ", "Key Variables", "list")
    ('AE CM', 'USUBJID, AESEQ')
    """
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "verbatim":
        return text.rstrip()
    text = text.strip()
    if kind in EXPRESSION_KINDS:
        return _DOUBLE.sub(lambda found: found[1] or f"'{found[2]}'", text) if "'" not in text else text
    if kind == "list":
        separator = ";" if column == "Collected" else ","
        return f"{separator} ".join(part.strip() for part in text.split(separator) if part.strip())
    return " ".join(text.split()) if kind in ("name", "names", "number") and "`" not in text else text


def workbook_cell(cell: str, column: str, kind: str) -> str:
    """A cell in canonical form as it stands in a workbook: texts inside expressions in double quotes, because Excel
    takes an apostrophe at the beginning of a cell for a mark of its own. `canonical_cell` gives the cell back.

    >>> workbook_cell("AEOUT == 'FATAL'", "Where", "condition")
    'AEOUT == "FATAL"'
    """
    plain = kind in EXPRESSION_KINDS and '"' not in cell
    changed = _SINGLE.sub(lambda found: found[1] or f'"{found[2]}"', cell) if plain else cell
    return changed if canonical_cell(changed, column, kind) == cell else cell
