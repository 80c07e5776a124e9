"""The SDTM datasets as ADaM reads them: XPT files, with the qualifiers of SUPP-- as columns of the parent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np

from adam import transport
from adam.tables import input_table, read_columns, subject_column, table_rows
from adam.transport import ENCODING, files, texts, types
from engine.columns import Array, Column, Rows, Text, as_text, choose, paired_codes
from engine.tables import subject_codes, subject_names
from engine.views import Table
from formats import folders
from formats.side_by_side import side_by_side
from formats.tables import split_part
from language.tree import TEXT
from specs.check import declared_type
from specs.compiled import InputTable
from specs.model import Spec
from specs.model import Table as TableRow
from specs.problem import DataError, Place, Problem
from specs.rules import prefix

_KEYS = {"STUDYID", "USUBJID"}
_WHERE = "run: build sdtm, or say with --sdtm DIR where the SDTM files are"


def inputs_from_spec(sdtm: Spec) -> dict[str, InputTable]:
    """What ADaM may refer to, by the SDTM specification of the study."""
    found = {}
    for name, row in sdtm.datasets.items():
        if name.startswith("SUPP"):
            continue
        columns = {v.variable: declared_type(sdtm, name, v.variable) for v in sdtm.variables_of(name)}
        qualifiers = [v.variable for v in sdtm.variables.values() if v.dataset == f"SUPP{name}" and v.supplemental]
        columns |= dict.fromkeys(qualifiers, TEXT)
        found[name] = InputTable(name, columns, True, set(row.key_variables) <= _KEYS)
    return found


def inputs_from_files(folder: Path, encoding: str = ENCODING) -> dict[str, InputTable]:
    """What ADaM may refer to, by the files themselves, for SDTM that another tool made."""
    tables = {path.stem.upper(): types(path, encoding) for path in files(folder)}
    found = {}
    for name, columns in tables.items():
        if not name.startswith("SUPP"):
            extra = qualifier_names(folder / f"supp{name.lower()}.xpt", encoding)
            found[name] = InputTable(name, columns | dict.fromkeys(extra, TEXT), "USUBJID" in columns, name == "DM")
    return found


def inputs_of_tables(spec: Spec, folder: Path) -> dict[str, InputTable]:
    """What the rows of Tables add, with the qualifiers of a supplemental file of the folder."""
    found = {}
    for name, row in table_rows(spec).items():
        table = input_table(spec, row, folder)
        extra = qualifier_names(folder / f"supp{name.lower()}.xpt", spec.study.encoding)
        found[name] = replace(table, columns=dict.fromkeys(extra, TEXT) | dict(table.columns))
    return found


def file_hashes(spec: Spec, inputs: Mapping[str, InputTable], folder: Path) -> dict[str, str]:
    """The hashes of the files of each table, that of its qualifiers among them."""
    rows = table_rows(spec)
    pairs = {}
    for name in inputs:
        path = split_part(folder / rows[name].file)[0] if name in rows else folder / f"{name.lower()}.xpt"
        pairs[name] = path, folder / f"supp{name.lower()}.xpt"
    known = folders.file_hashes(chain.from_iterable(pairs.values()))
    return {name: f"{known[path]} {known[qualifiers]}".rstrip() for name, (path, qualifiers) in pairs.items()}


def qualifier_names(path: Path, encoding: str) -> list[str]:
    """The qualifiers that a supplemental file holds."""
    if not path.exists():
        return []
    return sorted(texts(path, encoding, "QNAM").dictionary.values.tolist())


def read_tables(
    folder: Path, inputs: Mapping[str, InputTable], encoding: str = ENCODING, spec: Spec | None = None,
    chosen: Mapping[str, Rows] | None = None,
) -> tuple[dict[str, Table], Array]:
    """Every dataset of `inputs` as the engine holds it, and the subjects; rows of Tables of `spec` say what is no XPT.

    chosen: some of the rows of a dataset and, under SUPP--, of its qualifiers; all of those that it does not name.
    Raises DataError for files that are missing.
    """  # fmt: skip
    need_files(folder, inputs, spec)
    rows = table_rows(spec) if spec is not None else {}
    found: dict[str, Table] = {}
    keys: dict[str, Text | None] = {}
    read = side_by_side(
        lambda name: _table(name, inputs[name], folder, encoding, spec, rows.get(name), chosen or {}),
        inputs, _bytes(folder, inputs) if chosen is None else 0,
    )  # fmt: skip
    for name, table in zip(inputs, read):
        row = rows.get(name)
        found[name] = table
        subject = found[name].columns.get(subject_column(row) if row is not None else "USUBJID")
        keys[name] = subject if isinstance(subject, Text) else None
    names = subject_names(keys)
    for name, made in found.items():
        made.subject = subject_codes(keys[name], names, made.count)
    return found, names


def _bytes(folder: Path, names: Iterable[str]) -> int:
    """The size of the transport files."""
    paths = [folder / f"{name.lower()}.xpt" for name in names]
    return sum(path.stat().st_size for path in paths if path.is_file())


def need_files(folder: Path, inputs: Mapping[str, InputTable], spec: Spec | None) -> None:
    """Raises DataError for transport files that are missing."""
    rows = table_rows(spec) if spec is not None else {}
    missing = [name for name in inputs if name not in rows and not (folder / f"{name.lower()}.xpt").exists()]
    if missing:
        places = [Problem(Place(str(folder / f"{name.lower()}.xpt")), "there is no such file", _WHERE)
                  for name in missing]  # fmt: skip
        raise DataError(places)


def _table(
    name: str, table: InputTable, folder: Path, encoding: str, spec: Spec | None, row: TableRow | None,
    chosen: Mapping[str, Rows],
) -> Table:  # fmt: skip
    file = f"{name.lower()}.xpt"
    if spec is not None and row is not None:
        columns, count, lines = read_columns(spec, row, table, folder, chosen.get(name))
        file = row.file
    else:
        columns, count = transport.columns(folder / file, encoding, chosen.get(name))
        lines = numbers_of(chosen.get(name), count) + 1
    supplement = folder / f"supp{name.lower()}.xpt"
    if supplement.exists():
        mine = chosen.get(f"SUPP{name}")
        qualifiers, several = transport.columns(supplement, encoding, mine)
        add_qualifiers(name, columns, count, qualifiers, numbers_of(mine, several))
    for missing in table.columns:
        columns.setdefault(missing, Text.missing(count))
    found = Table(name, columns, count, np.empty(0, np.int32), lines, records_of(name, columns), file, False)
    found.positions = numbers_of(chosen.get(name), count)
    return found


def numbers_of(rows: Rows | None, count: int) -> Array:
    """The numbers, from 0, of the rows that were read of a file: `rows`, or the first `count`."""
    if isinstance(rows, slice):
        return np.arange(rows.start, rows.stop)
    return np.arange(count) if rows is None else rows


def records_of(name: str, columns: dict[str, Column]) -> Column | None:
    """The sequence number of each record, which identifies it."""
    sequence = columns.get(f"{prefix(name)}SEQ")
    return None if isinstance(sequence, Text) else sequence


def add_qualifiers(
    name: str, columns: dict[str, Column], count: int, supplement: Mapping[str, Column], numbers: Array
) -> None:
    """Put each QNAM of SUPP-- beside the records that IDVAR and IDVARVAL point to (SDTMIG 3.4, section 8.4).

    numbers: of the rows of SUPP-- in its file.
    """
    cells = {name: as_text(column) for name, column in supplement.items()}
    parent = dict(columns)
    names, pointers = cells["QNAM"], cells["IDVAR"]
    for code in np.unique(pointers.codes).tolist():
        pointer = pointers.dictionary.values[code] if code >= 0 else ""
        mine = np.flatnonzero(pointers.codes == code)
        keys = [(as_text(parent["USUBJID"]), cells["USUBJID"].take(mine))]
        if pointer:
            if pointer not in parent:
                raise _astray(name, cells, int(mine[0]), numbers)
            keys.append((as_text(parent[pointer]), cells["IDVARVAL"].take(mine)))
        record, of_row, groups = paired_codes(keys, count, len(mine))
        lost = mine[np.bincount(record, minlength=groups)[of_row] == 0]
        if len(lost):
            raise _astray(name, cells, int(lost[0]), numbers)
        for qualifier in np.unique(names.codes[mine]).tolist():
            held = names.codes[mine] == qualifier
            row_of = np.full(groups, -1, np.int64)
            row_of[of_row[held]] = mine[held]
            found = cells["QVAL"].take(row_of[record])
            variable = str(names.dictionary.values[qualifier])
            before = columns.get(variable, Text.missing(count))
            columns[variable] = choose(row_of[record] >= 0, found, before)


def _astray(name: str, cells: Mapping[str, Text], row: int, numbers: Array) -> DataError:
    shown = ", ".join(f"{key} {cells[key].objects()[row]!r}" for key in ("USUBJID", "IDVAR", "IDVARVAL"))
    place = Place(f"supp{name.lower()}.xpt", int(numbers[row]) + 1)
    return DataError([Problem(place, f"points to no record of {name}: {shown}", "build the SDTM again")])
