"""A value that a raw file holds damaged is kept as text and written down with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from engine_study import sdtm

from specs.problem import DataError


def test_value_of_another_type_than_its_column_states_is_an_issue(tmp_path: Path) -> None:
    columns = [
        {"itemOID": f"IT.{name}", "name": name, "label": name, "dataType": kind}
        for name, kind in (("SUBJ", "string"), ("AGE", "integer"))
    ]
    document = {
        "datasetJSONCreationDateTime": "2024-01-01T00:00:00", "datasetJSONVersion": "1.1.0", "itemGroupOID": "IG.A",
        "records": 2, "name": "A", "label": "A", "columns": columns, "rows": [["1", 40], ["2", "forty"]],
    }  # fmt: skip
    files = {
        "raw/a.json": json.dumps(document),
        "sdtm/Tables.csv": "Table,File,Subject\nraw_a,a.json,SUBJ\n",
        "sdtm/mapping/ZZ.csv": "Variable,Expression\n_AGE,AGE\n",
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("_AGE") == ["40", "forty"]
    found = ran.issues("Kind", "Severity", "Table", "File", "Row", "Column", "Value")
    assert found == [("damaged_value", "error", "raw_a", "a.json", 2, "AGE", "forty")]


def test_missing_workbook_names_the_row_that_asks_for_it(tmp_path: Path) -> None:
    files = {"sdtm/Tables.csv": "Table,File,Subject\nraw_a,book.xlsx#AE,SUBJ\n", "raw/other.csv": "X\n1\n"}
    with pytest.raises(DataError, match=r"sdtm/Tables\.csv:2 names it"):
        sdtm(tmp_path, files)
