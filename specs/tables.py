"""Raw and look-up tables: the Tables sheet with its `*` row merged in, and the files of `tables/`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from specs.cells import duplicates, items, names
from specs.columns import SHEETS
from specs.model import Spec, Table
from specs.problem import Place
from specs.read_csv import Faults, RawTable, Row

DEFAULTS = "*"
OFF = "none"
ANY = "*"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def read_tables(
    rows: list[Row], lookups: Iterable[RawTable], datasets: Iterable[str], faults: Faults
) -> dict[str, Table]:
    """Tables by name. A look-up file without a row gets one, without subject."""
    duplicates(((row.get("Table"), row) for row in rows), "table", "Table", faults)
    defaults = next((row for row in rows if row.get("Table") == DEFAULTS), None)
    taken = {name.casefold(): name for name in datasets}
    lookups = list(lookups)
    looked_up = {PurePosixPath(lookup.file).stem for lookup in lookups}
    found: dict[str, Table] = {}
    for row in rows:
        name = row.get("Table")
        if name == DEFAULTS:
            continue
        _check_name(name, row.at("Table"), taken, faults)
        found.setdefault(name, _table(row, name, defaults, faults))
        if name in looked_up:
            _check_lookup(row, name, faults)
    for lookup in lookups:
        name = PurePosixPath(lookup.file).stem
        if name not in found:
            place = Place(lookup.file)
            _check_name(name, place, taken, faults)
            file = "/".join(PurePosixPath(lookup.file).parts[-2:])
            found[name] = Table(place, {}, name, file, "", "", "", "", (), (), "", (), "")
    return found


def _check_name(name: str, place: Place, taken: Mapping[str, str], faults: Faults) -> None:
    if not _NAME.fullmatch(name):
        faults.add(place, f"{name!r} is not a name for a table", "letters, digits and _, a letter first")
    if name.casefold() in taken:
        faults.add(
            place,
            f"table {name!r} bears the name of dataset {taken[name.casefold()]}",
            f"call it raw_{name.lower()}",
        )


def _check_lookup(row: Row, name: str, faults: Faults) -> None:
    """A look-up table is the file of its name in the folder tables; it has a Key, and nothing that intake would do.

    What it would take from the row `*` counts for nothing and may stay.
    """
    file = row.get("File").replace("*", name)
    if file and file != f"tables/{name}.csv":
        faults.add(row.at("File"), f"the look-up table {name} is tables/{name}.csv, not {file}", "write tables/*.csv")
    for column in ("Encoding", "Subject", "Previous", "Record", "System", "Missing", "Where", "Version"):
        if row.get(column) not in ("", OFF):
            faults.add(row.at(column), f"the look-up table {name} has no {column}", f"write {OFF}, or leave it blank")


def _merged(row: Row, defaults: Row | None) -> dict[str, str]:
    merged = {}
    for column in SHEETS["Tables"].names:
        cell = row.get(column) or (
            defaults.get(column) if defaults and column not in ("Table", "Comment") else ""
        )
        merged[column] = "" if cell == OFF else cell
    return merged


def _table(row: Row, name: str, defaults: Row | None, faults: Faults) -> Table:
    cells = _merged(row, defaults)
    file = cells["File"].replace("*", name)
    place = row.at("File") if row.get("File") or defaults is None else defaults.at("File")
    if not file:
        faults.add(place, f"table {name} has no file", "name it, or give row * a pattern such as raw/*.csv")
    elif unsafe(file):
        faults.add(
            place, f"{file!r} leads out of the study folder", "write a path below the study or the raw folder"
        )
    return Table(
        row.place,
        row.cells,
        name,
        file,
        cells["Encoding"],
        cells["Subject"],
        cells["Previous"],
        _bare(cells["Record"]),
        names(cells["System"]),
        tokens(cells["Missing"]),
        cells["Where"],
        names(cells["Key"]),
        cells["Version"],
    )


def _bare(cell: str) -> str:
    """The one name of a cell, out of its backticks where it has them."""
    found = names(cell)
    return found[0] if len(found) == 1 else cell


def tokens(cell: str) -> tuple[str, ...]:
    """The values that mean missing, parted by semicolons or commas, or by blanks where there are neither.

    >>> tokens("ND UNK"), tokens("NOT DONE; N/A")
    (('ND', 'UNK'), ('NOT DONE', 'N/A'))
    """
    return items(cell.replace(",", ";")) if ";" in cell or "," in cell else names(cell)


def unsafe(file: str) -> bool:
    """True for a path that is absolute or climbs out of its folder, in the notation of any system.

    >>> unsafe("raw/../../secret.csv"), unsafe("C:/x.csv"), unsafe("raw/book.xlsx#AE")
    (True, True, False)
    """
    path = file.replace("\\", "/")
    return path.startswith(("/", "~")) or ".." in path.split("/") or bool(re.match(r"[A-Za-z]:", path))


def raw_files(spec: Spec) -> dict[str, str]:
    """Table to the path of its file, relative to the study or the raw folder, a sheet after `#`.

    Look-up tables of the specification itself are left out: their rows are in `spec.lookups`.
    """
    return {name: table.file for name, table in spec.tables.items() if name not in spec.lookups}
