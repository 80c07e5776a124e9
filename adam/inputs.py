"""The SDTM datasets as ADaM reads them: XPT files, with the qualifiers of SUPP-- as columns of the parent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.columns import Array, Column, Text, as_text, choose, paired_codes
from engine.tables import subject_codes, subject_names
from engine.views import Table
from formats import xpt
from language.tree import ISO, NUMBER, TEXT
from specs.check import declared_type
from specs.compiled import InputTable
from specs.model import Spec
from specs.problem import DataError, Place, Problem
from specs.rules import prefix

_KEYS = {"STUDYID", "USUBJID"}
ENCODING = "ascii"


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
    tables = {path.stem.upper(): _types(path, encoding) for path in files(folder)}
    found = {}
    for name, columns in tables.items():
        if not name.startswith("SUPP"):
            extra = _qualifier_names(folder / f"supp{name.lower()}.xpt", encoding)
            found[name] = InputTable(name, columns | dict.fromkeys(extra, TEXT), "USUBJID" in columns, name == "DM")
    return found


def files(folder: Path) -> list[Path]:
    """The transport files of a folder, by name."""
    return sorted(folder.glob("*.xpt"))


def _types(path: Path, encoding: str) -> dict[str, str]:
    found = _read(path, encoding, 0)
    return {
        column.name: NUMBER if column.numeric else ISO if column.name.endswith("DTC") else TEXT
        for column in found.columns
    }


def _read(path: Path, encoding: str, rows: int | None = None) -> xpt.Dataset:
    try:
        return xpt.read(path, encoding=encoding, max_rows=rows)
    except (xpt.XptError, OSError) as error:
        hint = "build the SDTM again; [output] of study.toml names the encoding of its texts"
        raise DataError([Problem(Place(str(path)), str(error), hint)]) from None


def _qualifier_names(path: Path, encoding: str) -> list[str]:
    if not path.exists():
        return []
    names = _read(path, encoding)["QNAM"].texts
    return sorted(set(names.values[np.unique(names.codes[names.codes >= 0])].tolist()))


def read_tables(
    folder: Path, inputs: dict[str, InputTable], encoding: str = ENCODING
) -> tuple[dict[str, Table], Array]:
    """Every SDTM dataset as the engine holds it, and the subjects. Raises DataError for files that are missing."""
    found: dict[str, Table] = {}
    keys: dict[str, Text | None] = {}
    missing = [name for name in inputs if not (folder / f"{name.lower()}.xpt").exists()]
    if missing:
        places = [Problem(Place(str(folder / f"{name.lower()}.xpt")), "there is no such file", "run: build sdtm")
                  for name in missing]  # fmt: skip
        raise DataError(places)
    for name, table in inputs.items():
        dataset = _read(folder / f"{name.lower()}.xpt", encoding)
        columns = {column.name: _column(column) for column in dataset.columns}
        supplement = folder / f"supp{name.lower()}.xpt"
        if supplement.exists():
            _add_qualifiers(name, columns, dataset.rows, _read(supplement, encoding))
        for column in table.columns:
            columns.setdefault(column, Text.missing(dataset.rows))
        subject = columns.get("USUBJID")
        keys[name] = subject if isinstance(subject, Text) else None
        found[name] = Table(
            name, columns, dataset.rows, np.empty(0, np.int32), np.arange(1, dataset.rows + 1),
            _records(name, columns), f"{name.lower()}.xpt", False,
        )  # fmt: skip
    names = subject_names(keys)
    for name, made in found.items():
        made.subject = subject_codes(keys[name], names, made.count)
    return found, names


def _column(column: xpt.Column) -> Column:
    if column.numeric:
        return column.numbers.astype(np.float64)
    coded = column.texts
    return Text.coded(coded.codes, coded.values)


def _records(name: str, columns: dict[str, Column]) -> Text | None:
    """The sequence number of each record as its identifier."""
    sequence = columns.get(f"{prefix(name)}SEQ")
    if sequence is None or isinstance(sequence, Text):
        return None
    return as_text(sequence)


def _add_qualifiers(name: str, columns: dict[str, Column], count: int, supplement: xpt.Dataset) -> None:
    """Put each QNAM of SUPP-- beside the records that IDVAR and IDVARVAL point to (SDTMIG 3.4, section 8.4)."""
    cells = {column.name: as_text(_column(column)) for column in supplement.columns}
    parent = dict(columns)
    names, pointers = cells["QNAM"], cells["IDVAR"]
    for code in np.unique(pointers.codes).tolist():
        pointer = pointers.dictionary.values[code] if code >= 0 else ""
        mine = np.flatnonzero(pointers.codes == code)
        keys = [(as_text(parent["USUBJID"]), cells["USUBJID"].take(mine))]
        if pointer:
            if pointer not in parent:
                raise _astray(name, cells, int(mine[0]))
            keys.append((as_text(parent[pointer]), cells["IDVARVAL"].take(mine)))
        record, of_row, groups = paired_codes(keys, count, len(mine))
        lost = mine[np.bincount(record, minlength=groups)[of_row] == 0]
        if len(lost):
            raise _astray(name, cells, int(lost[0]))
        for qualifier in np.unique(names.codes[mine]).tolist():
            held = names.codes[mine] == qualifier
            row_of = np.full(groups, -1, np.int64)
            row_of[of_row[held]] = mine[held]
            found = cells["QVAL"].take(row_of[record])
            variable = str(names.dictionary.values[qualifier])
            before = columns.get(variable, Text.missing(count))
            columns[variable] = choose(row_of[record] >= 0, found, before)


def _astray(name: str, cells: Mapping[str, Text], row: int) -> DataError:
    shown = ", ".join(f"{key} {cells[key].objects()[row]!r}" for key in ("USUBJID", "IDVAR", "IDVARVAL"))
    place = Place(f"supp{name.lower()}.xpt", row + 1)
    return DataError([Problem(place, f"points to no record of {name}: {shown}", "build the SDTM again")])
