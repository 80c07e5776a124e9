"""Listings: which records, in which order, how cells read; faults without data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from engine_study import faults
from figure_study import frames, study

from results.listings import Listing, listings, parted
from results.run import check

COLUMNS = "TRTP, USUBJID, AELNKID, 'Days <=10': AVAL, RANDDT"
FIRST = f"L1|ADTTE|FASFL == 'Y' and CNSR == 0|TRTPN, desc(AVAL)|{COLUMNS}|TRTP|A note"


def listed(folder: Path, *rows: str) -> tuple[Listing, ...]:
    spec = study(folder, listings=rows)
    check(spec)
    return listings(spec, frames())


def test_records_columns_and_notes(tmp_path: Path) -> None:
    """Day 0 is 1960-01-01, so 100 is 1960-04-10 and 500 is 1961-05-15."""
    (found,) = listed(tmp_path, FIRST)
    assert (found.id, found.title, found.groups) == ("L1", "Listing 1", 1)
    assert found.columns == ("Trtp", "Usubjid", "Link ID", "Days <=10", "Randdt")
    assert found.rows == (
        ("Drug", "3", "a", "9", "1960-10-27"),
        ("Drug", "1", "a", "5", "1960-04-10"),
        ("Drug", "2", "a", "3", "1960-07-19"),
        ("Placebo", "5", "a", "7", "1961-05-15"),
    )
    assert found.notes == ("A note", "4 records.", "Source: ADTTE, FASFL == 'Y' and CNSR == 0.")


def test_repeated_values_of_the_groups_are_shown_once(tmp_path: Path) -> None:
    (found,) = listed(tmp_path, "L1|ADTTE||TRTPN, USUBJID|TRTP, USUBJID, AELNKID|TRTP USUBJID|")
    assert found.shown == (
        ("Drug", "1", "a"), ("", "", "b"), ("", "2", "a"), ("", "3", "a"), ("Placebo", "4", "a"), ("", "5", "a"),
    )  # fmt: skip
    assert all(row[0] and row[1] for row in found.rows)


def test_repeat_after_another_value_is_shown_again() -> None:
    rows = (("A", "x"), ("A", "x"), ("B", "x"), ("A", "x"))
    assert Listing("L", "", ("1", "2"), rows, groups=2).shown == (("A", "x"), ("", ""), ("B", "x"), ("A", "x"))


def test_cells_missing_values_decimals_and_expressions(tmp_path: Path) -> None:
    columns = "USUBJID, DOSE, 'Half': DOSE / 2, 'Age, sex': SEX + ', ' + SEX, ASTDT"
    spec = study(tmp_path, listings=(f"L1|ADDOSE|||{columns}||",))
    data = frames()
    data["ADDOSE"] = data["ADDOSE"].iloc[:2].assign(DOSE=[12.5, np.nan], ASTDT=[np.nan, 0.0])
    (found,) = listings(spec, data)
    assert found.columns == ("Usubjid", "Dose", "Half", "Age, sex", "Astdt")
    assert found.rows == (("1", "12.5", "6.25", "F, F", ""), ("1", "", "", "F, F", "1960-01-01"))


def test_no_records_give_an_empty_listing_that_says_so(tmp_path: Path) -> None:
    (found,) = listed(tmp_path, "L1|ADSL|AGE > 99||USUBJID, AGE||")
    assert (found.rows, found.shown, found.notes[0]) == ((), (), "0 records.")
    assert found.csv() == "Usubjid,Age\n"


def test_csv_is_safe_and_whole(tmp_path: Path) -> None:
    found = Listing("L/1", "t", ("=a", "b"), (("=1+1", "-5"), ("=1+1", "x,y")), groups=1)
    assert found.csv() == "'=a,b\n'=1+1,-5\n'=1+1,\"x,y\"\n"
    assert found.name == "L_1"


def test_two_listings_of_a_display_have_ids_of_their_own(tmp_path: Path) -> None:
    found = listed(tmp_path, FIRST, "L1|ADSL|||USUBJID||")
    assert [(one.id, one.display) for one in found] == [("L1", "L1"), ("L1-2", "L1")]


def test_columns_are_parted_outside_quotes_and_brackets() -> None:
    text = "A, 'x, y': substr(B, 1, 2), \"p'q,\": C"
    assert list(parted(text)) == ["A", "'x, y': substr(B, 1, 2)", '"p\'q,": C']


@pytest.mark.parametrize(("row", "message"), [
    ("L1|ADTTE|||||", "[Columns] Columns is empty"),
    ("L1|ADTE|||USUBJID||", "[Dataset] 'ADTE' is not in Datasets; did you mean 'ADTTE'"),
    ("L9|ADTTE|||USUBJID||", "[Display] 'L9' is not in Analysis Displays"),
    ("L1|ADTTE|CNSR = 0||USUBJID||", "[Where]"),
    ("L1|ADTTE|CNSSR == 0||USUBJID||", "[Where] unknown name 'CNSSR'"),
    ("L1|ADTTE||AVALL|USUBJID||", "[Order] unknown name 'AVALL'"),
    ("L1|ADTTE|||USUBJD||", "[Columns] unknown name 'USUBJD'"),
    ("L1|ADTTE|||USUBJID, , AVAL||", "[Columns] 'USUBJID, , AVAL' has an empty column"),
    ("L1|ADTTE|||USUBJID, 'x': AVAL > 1||", "[Columns] 'AVAL > 1' is a condition, not a text"),
    ("L1|ADTTE|||USUBJID, TRTP|TRTP|", "[Group By] TRTP are not the first columns; the columns begin with USUBJID"),
])  # fmt: skip
def test_fault_of_a_listing_is_found_without_data(tmp_path: Path, row: str, message: str) -> None:
    found = faults(tmp_path, lambda: check(study(tmp_path, listings=(row,))))
    assert any(message in fault for fault in found), found
