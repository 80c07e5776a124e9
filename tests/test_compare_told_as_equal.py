"""Differences that a comparison must not tell as equal: what a reader cannot hold, does not read, or leaves out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare_data import CREATED, Var, compare, findings, moment, write_csv, write_json, write_xpt

from formats import xpt
from formats.xpt_layout import Dataset
from qc.compare import exact
from specs.problem import DataError


def member(name: str, value: float) -> Dataset:
    """A dataset of one number, for a transport file that holds several."""
    return Dataset(name, (xpt.Column("AVAL", np.array([value]), length=8),), created=CREATED)


def folders(tmp_path: Path, name: str, *values: Any) -> tuple[Path, Path]:
    """A transport file of one number in a folder of base and of compare."""
    for side, value in zip(("base", "compare"), values):
        write_xpt(tmp_path / side / name, {"USUBJID": Var(["S-1"]), "AVAL": Var([value])})
    return tmp_path / "base", tmp_path / "compare"


def test_condition_on_a_variable_that_no_dataset_has_is_a_fault(tmp_path: Path) -> None:
    folders(tmp_path, "ae.xpt", 1.0, 2.0)
    base, other = folders(tmp_path, "dm.xpt", 1.0, 2.0)
    with pytest.raises(DataError, match="'AVALX' is no variable of the datasets compared"):
        compare(base, other, where="AVALX == 1")


def test_condition_that_no_dataset_can_answer_as_a_whole_is_a_fault(tmp_path: Path) -> None:
    for side in ("base", "compare"):
        write_xpt(tmp_path / side / "ae.xpt", {"USUBJID": Var(["S-1"]), "A": Var([1.0 if side == "base" else 2.0])})
        write_xpt(tmp_path / side / "dm.xpt", {"USUBJID": Var(["S-1"]), "B": Var([1.0])})
    with pytest.raises(DataError, match="no dataset has all that"):
        compare(tmp_path / "base", tmp_path / "compare", where="A == 1 and B == 1")


def test_every_dataset_of_a_transport_file_in_a_folder_is_compared(tmp_path: Path) -> None:
    for side, value in (("base", 1.0), ("compare", 5.0)):
        (tmp_path / side).mkdir()
        xpt.write_all(tmp_path / side / "all.xpt", [member("ONE", 1.0), member("TWO", value)])
    found = compare(tmp_path / "base", tmp_path / "compare")
    assert findings(found) == {("value", "TWO", "AVAL", (), "1", "5")}
    assert found.exit_code == 1


def test_two_datasets_of_one_name_in_a_file_are_not_compared(tmp_path: Path) -> None:
    for side, value in (("base", 1.0), ("compare", 5.0)):
        (tmp_path / side).mkdir()
        xpt.write_all(tmp_path / side / "all.xpt", [member("ONE", 1.0), member("ONE", value)])
    with pytest.raises(DataError, match="two datasets have the name ONE"):
        compare(tmp_path / "base/all.xpt", tmp_path / "compare/all.xpt")
    assert compare(tmp_path / "base", tmp_path / "compare").exit_code == 2


def test_datasets_in_subfolders_are_compared(tmp_path: Path) -> None:
    folders(tmp_path, "dm.xpt", 1.0, 1.0)
    base, other = folders(tmp_path, "split/lb1.xpt", 1.0, 1.0)
    assert compare(base, other).exit_code == 0
    folders(tmp_path, "split/lb1.xpt", 1.0, 2.0)
    found = compare(base, other)
    assert {item[:2] for item in findings(found)} == {("value", "split/LB1")} and found.exit_code == 1
    (other / "split" / "lb1.xpt").unlink()
    found = compare(base, other)
    assert findings(found) == {("dataset", "base", "split/LB1")} and found.exit_code == 1


def test_datasets_further_below_are_named(tmp_path: Path) -> None:
    folders(tmp_path, "dm.xpt", 1.0, 1.0)
    base, other = folders(tmp_path, "split/more/lb1.xpt", 1.0, 2.0)
    notes = compare(base, other).notes
    below = f"datasets in subfolders of {base / 'split'} are not compared: more;"
    assert [note for note in notes if note.startswith(below)]


@pytest.mark.parametrize(
    "left, right",
    [("0.12345678901234567890", "0.12345678901234567891"), ("9007199254740993", "9007199254740992")],
)
def test_decimals_that_are_one_float64_are_two_values(left: str, right: str, tmp_path: Path) -> None:
    columns = [
        {"name": "USUBJID", "dataType": "string"},
        {"name": "AVAL", "dataType": "decimal", "targetDataType": "decimal"},
    ]
    base = write_json(tmp_path / "base/lb.json", columns, [["S-1", left]])
    other = write_json(tmp_path / "compare/lb.json", columns, [["S-1", right]])
    found = findings(compare(base, other, by=("USUBJID",)))
    assert found == {("value", "LB", "AVAL", ("S-1",), left, right)}


def test_whole_number_of_a_csv_that_no_float64_holds_differs_from_its_neighbour(tmp_path: Path) -> None:
    base = write_xpt(tmp_path / "lb.xpt", {"LBSEQ": Var([1.0, 2.0]), "AVAL": Var([9007199254740992.0, 0.1])})
    other = write_csv(tmp_path / "lb.csv", "LBSEQ,AVAL\n1,9007199254740993\n2,0.10000000000000001\n")
    found = findings(compare(base, other, by=("LBSEQ",)))
    assert found == {("value", "LB", "AVAL", ("1",), "9007199254740992", "9007199254740993")}


@pytest.mark.parametrize("text", ["2024-01-05T08:00+02:00", "2024-01-05T08:00:00Z", "2024-01-05T08:00:00.00000001"])
def test_moment_with_an_offset_or_beyond_a_microsecond_is_no_moment_of_sas(text: str, tmp_path: Path) -> None:
    stated = Var([moment("2024-01-05T08:00:00")], format="DATETIME20.")
    base = write_xpt(tmp_path / "ex.xpt", {"EXSEQ": Var([1.0]), "EXDTM": stated})
    other = write_csv(tmp_path / "ex.csv", f"EXSEQ,EXDTM\n1,{text}\n")
    found = findings(compare(base, other, by=("EXSEQ",)))
    assert found == {("value", "EX", "EXDTM", ("1",), "2024-01-05T08:00:00", text)}


def test_moments_that_differ_in_their_offset_alone_differ_in_dataset_json(tmp_path: Path) -> None:
    columns = [
        {"name": "USUBJID", "dataType": "string"},
        {"name": "ADTM", "dataType": "datetime", "targetDataType": "integer"},
    ]
    values = ("2024-01-05T08:00:00+02:00", "2024-01-05T08:00:00")
    base, other = (
        write_json(tmp_path / side / "lb.json", columns, [["S-1", value]])
        for side, value in zip(("base", "compare"), values)
    )
    assert findings(compare(base, other, by=("USUBJID",))) == {("value", "LB", "ADTM", ("S-1",), *values)}


def test_attribute_that_only_one_file_of_a_format_states_differs(tmp_path: Path) -> None:
    columns = [{"name": "USUBJID", "dataType": "string"}]
    base = write_json(tmp_path / "base/dm.json", [{**columns[0], "length": 5, "displayFormat": "$5."}], [["S-1"]])
    other = write_json(tmp_path / "compare/dm.json", columns, [["S-1"]])
    assert findings(compare(base, other)) == {
        ("attribute", "DM", "USUBJID", "length", "5", ""),
        ("attribute", "DM", "USUBJID", "format", "$5.", ""),
    }


def test_offset_leaves_the_days_between_two_texts_unknown(tmp_path: Path) -> None:
    base = write_csv(tmp_path / "base/ae.csv", "AESEQ,AESTDTC\n1,2024-01-05T08:00Z\n2,2024-01-05\n")
    other = write_csv(tmp_path / "compare/ae.csv", "AESEQ,AESTDTC\n1,2024-01-05T08:00\n2,2024-01-06\n")
    first = compare(base, other, by=("AESEQ",)).datasets[0].variables[0].first
    assert [one.difference for one in first] == [None, 1.0]


@pytest.mark.parametrize(
    ("text", "held"),
    [("9007199254740993.0", None), ("9007199254740993e0", None), ("9007199254740992.0", 2.0**53), ("1e-400", None),
     ("1e-999999999999999999999", None), ("0e-400", 0.0), ("0" * 5000 + "1", 1.0), ("1e23", 1e23), ("0.10", 0.1)],
)  # fmt: skip
def test_text_beside_numbers_stands_for_one_number_or_for_none(text: str, held: float | None) -> None:
    assert exact.number(text) == held


@pytest.mark.parametrize("text", ["1e999999999999999999999", "1e-999999999999999999999", "1e400"])
def test_decimal_beyond_float64_is_a_text(text: str) -> None:
    assert exact.decimal(text) is None
