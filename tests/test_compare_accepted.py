"""The register of accepted differences: what it covers, what it does not, what no longer applies, and its faults."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from compare_data import Var, compare, findings, write_csv, write_xpt
from compare_planted import LB

from qc.compare import accepted
from qc.compare.result import Comparison
from specs.problem import DataError

HEAD = "Dataset,Variable,Key or Condition,Reason,Who,Until,Kind\n"
TODAY = date(2026, 6, 30)
BASE_RESULT = LB["LBSTRESN"]
CHANGED = {**LB, "LBSTRESN": BASE_RESULT.put(0, 10.5).put(1, 21.0).put(3, 41.0), "LBCOM": LB["LBCOM"].put(4, "x")}


def run(tmp_path: Path, rows: str, other: dict[str, Var] = CHANGED, **asked: Any) -> Comparison:
    """LB against an edited LB with a register."""
    register = accepted.read(write_csv(tmp_path / "accepted.csv", HEAD + rows), TODAY)
    base, changed = write_xpt(tmp_path / "1/lb.xpt", LB), write_xpt(tmp_path / "2/lb.xpt", other)
    return compare(base, changed, register, by=("USUBJID,LBSEQ",), **asked)


def states(found: Comparison) -> list[tuple[int, str, int]]:
    return [(entry.line, entry.state, entry.covered) for entry in found.entries]


def test_key_covers_one_value(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LBSTRESN,USUBJID=S-1; LBSEQ=1,retested,AB,,\n")
    assert {(one[2], one[3]) for one in findings(found)} == {
        ("LBSTRESN", ("S-1", "2")), ("LBSTRESN", ("S-2", "1")), ("LBCOM", ("S-2", "2"))
    }  # fmt: skip
    assert (found.accepted, found.open, found.exit_code) == (1, 3, 1)
    assert states(found) == [(2, "applied", 1)]


def test_condition_covers_records_it_holds_for(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LBSTRESN,USUBJID == 'S-1',retested,AB,,\n")
    assert states(found) == [(2, "applied", 2)]


def test_condition_may_name_the_values_and_their_difference(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LBSTRESN,abs(_DIFF) <= 0.5,rounding,AB,,\nLB,LBSTRESN,_BASE == 40,other lab,AB,,\n")
    assert states(found) == [(2, "applied", 2), (3, "applied", 1)]


def test_blank_condition_covers_the_whole_variable_and_everything_accepted_is_equal(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LB*,,known,AB,,\n")
    assert (found.open, found.accepted, found.exit_code) == (0, 4, 0)
    variable = next(v for v in found.datasets[0].variables if v.name == "LBSTRESN")
    assert (variable.unequal, variable.accepted, variable.first) == (3, 3, ())
    assert {one.accepted for one in variable.first_accepted} == {2}


def test_first_entry_that_covers_a_difference_is_named(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LBSTRESN,LBSEQ=1,one,AB,,\nLB,LBSTRESN,,two,AB,,\n")
    assert states(found) == [(2, "applied", 2), (3, "applied", 1)]


def test_expired_entry_covers_nothing_and_is_listed(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LBSTRESN,,known,AB,2026-06-29,\n")
    assert (found.accepted, len(findings(found))) == (0, 4)
    assert states(found) == [(2, "expired", 3)]


def test_last_day_is_included(tmp_path: Path) -> None:
    assert states(run(tmp_path, "LB,LBSTRESN,,known,AB,2026-06-30,\n")) == [(2, "applied", 3)]


def test_entry_without_a_difference_no_longer_applies(tmp_path: Path) -> None:
    found = run(tmp_path, "LB,LBDTC,,known,AB,,\nLB,LBSTRESN,LBSEQ=3,known,AB,,\nAE,AETERM,,known,AB,,\n")
    assert [state for _, state, _ in states(found)] == ["no longer applies"] * 2 + ["dataset not compared"]


def test_records_variables_and_attributes_are_accepted_by_kind(tmp_path: Path) -> None:
    other = {name: replace(v, values=v.values[1:]) for name, v in LB.items()}
    other |= {"USUBJID": replace(other["USUBJID"], length=12), "ZZ": Var([1] * 5)}
    rows = "LB,,USUBJID=S-1; LBSEQ=1,screen failure,AB,,\nLB,ZZ,,extra,AB,,variable\nLB,*,,wide,AB,,length\n"
    found = run(tmp_path, rows, other)
    assert findings(found) == set() and found.exit_code == 0
    assert [covered for _, _, covered in states(found)] == [1, 1, 1]


def test_value_entry_does_not_cover_an_attribute(tmp_path: Path) -> None:
    other = {**LB, "LBCOM": Var(LB["LBCOM"].values, length=60)}
    assert run(tmp_path, "LB,LBCOM,,known,AB,,\n", other).exit_code == 1


def test_dataset_of_one_side_is_accepted(tmp_path: Path) -> None:
    register = accepted.read(write_csv(tmp_path / "a.csv", HEAD + "VS,,,later,AB,,dataset\n"), TODAY)
    for side, names in (("1", ("lb", "vs")), ("2", ("lb",))):
        for name in names:
            write_xpt(tmp_path / side / f"{name}.xpt", LB)
    found = compare(tmp_path / "1", tmp_path / "2", register)
    assert found.exit_code == 0 and found.only_datasets[0].accepted == 2


def test_register_inside_a_folder_is_no_dataset(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "1/accepted.csv", HEAD)
    for side in ("1", "2"):
        write_xpt(tmp_path / side / "lb.xpt", LB)
    assert [d.name for d in compare(tmp_path / "1", tmp_path / "2", accepted.read(path, TODAY)).datasets] == ["LB"]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("LB,LBCOM,,,AB,,\n", "accepted.csv:2 [Reason] Reason is empty"),
        ("LB,LBCOM,,why,,,\n", "accepted.csv:2 [Who] Who is empty"),
        ("LB,LBCOM,,why,AB,30.06.2026,\n", "[Until] '30.06.2026' is no date; write it as 2026-12-31"),
        ("LB,LBCOM,,why,AB,,vale\n", "[Kind] 'vale' is no kind of difference; did you mean 'value'?"),
        ("LB,,,why,AB,,value\n", "[Variable] Variable is empty for the kind value"),
        ("LB,LBCOM,,why,AB,,record\n", "[Variable] the kind record knows no variable"),
        ("LB,LBCOM,LBSEQ=1,why,AB,,label\n", "[Key or Condition] the kind label is about no record"),
        ("LB,LBCOM,LBSEQ ==,why,AB,,\n", "[Key or Condition]"),
        ("LB,LBCOM,LBSEQ=1,why,AB\n", "5 cells where the header has 7"),
    ],
)
def test_fault_of_the_register_is_named_with_its_place(tmp_path: Path, rows: str, fault: str) -> None:
    with pytest.raises(DataError) as error:
        accepted.read(write_csv(tmp_path / "accepted.csv", HEAD + rows), TODAY)
    assert fault in str(error.value)


def test_misspelt_column_is_a_fault(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "accepted.csv", "Dataset,Variable,Key or Conditon,Reason,Who,Until\n")
    with pytest.raises(DataError, match="did you mean 'Key or Condition'"):
        accepted.read(path, TODAY)


@pytest.mark.parametrize(
    ("condition", "fault"),
    [
        ("LBSEK == 1", "unknown name 'LBSEK'"),
        ("LBSEK=1", "there is no variable 'LBSEK'; did you mean 'LBSEQ'?"),
        ("LBSTRESN", "is not a condition"),
        ("max(LBSTRESN, by=USUBJID) == 40", "looks at several records"),
    ],
)
def test_condition_that_does_not_fit_the_dataset_stops_its_comparison(
    tmp_path: Path, condition: str, fault: str
) -> None:
    found = run(tmp_path, f'LB,LBSTRESN,"{condition}",why,AB,,\n')
    assert found.exit_code == 2
    assert fault in found.datasets[0].failed and "accepted.csv:2 [Key or Condition]" in found.datasets[0].failed
