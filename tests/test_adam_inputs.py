"""ADaM reads SDTM files with the qualifiers of SUPP-- as columns of the parent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from engine_study import faults, listed

from adam.inputs import inputs_from_files, read_tables
from engine.views import Table
from formats import xpt
from formats.coded import Coded

AE = {"USUBJID": ["1", "1", "2"], "AESEQ": [1.0, 2.0, 1.0], "AETERM": ["a", "b", "c"]}


def write(folder: Path, name: str, data: Mapping[str, Any]) -> None:
    columns = []
    for variable, values in data.items():
        numeric = isinstance(values[0], float)
        held = np.array(values, float) if numeric else Coded.from_objects(values)
        columns.append(xpt.Column(variable, held, label=variable))
    created = datetime(2024, 1, 1)
    xpt.write(folder / f"{name.lower()}.xpt", columns, dataset=name, label=name, created=created)


def supplement(*rows: tuple[str, str, str, str, str]) -> dict[str, list[str]]:
    names = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
    return {name: list(column) for name, column in zip(names, zip(*rows))}


def table(folder: Path, *rows: tuple[str, str, str, str, str]) -> Table:
    write(folder, "AE", AE)
    write(folder, "SUPPAE", supplement(*rows))
    return read_tables(folder, inputs_from_files(folder))[0]["AE"]


def test_qualifier_stands_beside_the_record_of_its_sequence(tmp_path: Path) -> None:
    found = table(
        tmp_path, ("1", "AESEQ", "2", "AEX", "x"), ("2", "AESEQ", "1", "AEX", "y"), ("2", "AESEQ", "1", "AEZ", "z")
    )
    assert listed(found.columns["AEX"]) == [None, "x", "y"]
    assert listed(found.columns["AEZ"]) == [None, None, "z"]


def test_qualifier_without_idvar_holds_for_the_subject(tmp_path: Path) -> None:
    assert listed(table(tmp_path, ("1", "", "", "AEX", "x")).columns["AEX"]) == ["x", "x", None]


def test_qualifier_may_point_by_another_variable(tmp_path: Path) -> None:
    assert listed(table(tmp_path, ("1", "AETERM", "b", "AEX", "x")).columns["AEX"]) == [None, "x", None]


def test_qualifier_that_points_nowhere_is_an_error(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: table(tmp_path, ("1", "AESEQ", "1", "AEX", "x"), ("2", "AESEQ", "9", "AEX", "y")))
    assert found == [
        "suppae.xpt:2 points to no record of AE: USUBJID '2', IDVAR 'AESEQ', IDVARVAL '9'; build the SDTM again"
    ]
    assert "IDVAR 'AENO'" in faults(tmp_path, lambda: table(tmp_path, ("1", "AENO", "1", "AEX", "x")))[0]
