"""Write the CSV tables of a study in their canonical form, which reading and writing again leaves as it is.

UTF-8 without a byte order mark, LF, comma, quotes only where needed; columns in the order of `specs.columns`,
further ones behind them, Comment of the executable tables last; a column that no row fills is left out;
cells without blanks around them; texts inside expressions in single quotes.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from specs.columns import EXPRESSION_KINDS, SHEETS, Sheet
from specs.problem import SpecError
from specs.read_csv import Faults, RawTable, read_table

_DOUBLE = re.compile(r'"([^"\'\\\n]*)"')


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
    columns = _ordered(table, sheet)
    kinds = {column.name: column.kind for column in sheet.columns} if sheet else {}
    default = "expression" if sheet and sheet.open else "text"
    kind = {name: kinds.get(name, default) for name in columns}
    rows = ([canonical_cell(row.cells[name], name, kind[name]) for name in columns] for row in table.rows)
    return csv_bytes(columns, rows)


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
    known = [name for name in sheet.names if name in used]
    last = [known.pop()] if known and known[-1] == "Comment" else []
    return [*known, *(name for name in used if name not in sheet.names), *last]


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
        return _DOUBLE.sub(r"'\1'", text) if "'" not in text else text
    if kind == "list":
        separator = ";" if column == "Collected" else ","
        return f"{separator} ".join(part.strip() for part in text.split(separator) if part.strip())
    return " ".join(text.split()) if kind in ("name", "names", "number") and "`" not in text else text
