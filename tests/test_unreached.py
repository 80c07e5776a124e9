"""A mapping row behind one that fills every record is a fault where no block reaches it."""

from __future__ import annotations

from pathlib import Path

from language_study import SHEETS, build, faults, mapping

SOURCES = [*SHEETS["Sources"], ("AE", "more", "raw_lb")]
HINT = "take one of the two out, or give the first a Where or a Block"


def test_row_that_no_block_reaches_is_a_fault(tmp_path: Path) -> None:
    rules = mapping(("AETERM", "", "1", "", "TERM"), ("AETERM", "", "2", "", "OUT"))
    assert faults(tmp_path, {"mapping/AE": rules}) == [
        "sdtm/mapping/AE.csv:3 [Expression] this rule of AE.AETERM is never reached: "
        f"sdtm/mapping/AE.csv:2 [Expression] fills every record before it; {HINT}"
    ]


def test_names_of_a_row_that_no_block_reaches_are_resolved(tmp_path: Path) -> None:
    rules = mapping(("AETERM", "", "1", "", "TERM"), ("AETERM", "", "2", "GRAD == '1'", "TREM"))
    found = faults(tmp_path, {"mapping/AE": rules})
    assert [text.split(";")[0].split(" in block")[0] for text in found] == [
        "sdtm/mapping/AE.csv:3 [Expression] this rule of AE.AETERM is never reached: "
        "sdtm/mapping/AE.csv:2 [Expression] fills every record before it",
        "sdtm/mapping/AE.csv:3 [Expression] unknown name 'TREM'",
        "sdtm/mapping/AE.csv:3 [Where] unknown name 'GRAD'",
    ]


def test_row_that_one_of_two_blocks_reaches_is_no_fault(tmp_path: Path) -> None:
    """It is resolved in that block alone: LBCODE is a column of raw_lb, which makes the block `more`."""
    rules = mapping(("AETERM", "ae", "", "", "TERM"), ("AETERM", "LBCODE"))
    stage = build(tmp_path, {"Sources": SOURCES, "mapping/AE": rules})
    assert [rule.text for rule in stage.rules["AE", "more", "AETERM"]] == ["LBCODE"]


def test_row_with_a_where_behind_a_row_without(tmp_path: Path) -> None:
    rules = mapping(("AEOUT", "", "1", "", "OUT"), ("AEOUT", "", "", "GRADE == '5'", "'FATAL'"))
    (found,) = faults(tmp_path, {"mapping/AE": rules})
    assert found.startswith("sdtm/mapping/AE.csv:3 [Expression] this rule of AE.AEOUT is never reached")


def test_block_of_a_row_is_tried_first(tmp_path: Path) -> None:
    rules = mapping(("AETERM", "TERM"), ("AETERM", "ae", "", "", "OUT"))
    (found,) = faults(tmp_path, {"mapping/AE": rules})
    assert found.startswith("sdtm/mapping/AE.csv:2 [Expression] this rule of AE.AETERM is never reached")


def test_general_row_that_one_dataset_reaches_is_no_fault(tmp_path: Path) -> None:
    """The row for AE stands before the one for all in AE; DS, DM and LB reach the latter."""
    rules = [
        ("Dataset", "Variable", "Order", "Expression"),
        ("AE", "STUDYID", "1", "'A'"),
        ("", "STUDYID", "2", "STUDYID"),
    ]
    stage = build(tmp_path, {"mapping/all": rules})
    assert [rule.text for rule in stage.rules["AE", "ae", "STUDYID"]] == ["'A'"]
    assert [rule.text for rule in stage.rules["DS", "ds", "STUDYID"]] == ["STUDYID"]


def test_general_row_that_no_dataset_reaches_is_one_fault(tmp_path: Path) -> None:
    rules = [("Dataset", "Variable", "Order", "Expression"), ("", "STUDYID", "1", "'A'"), ("", "STUDYID", "2", "'B'")]
    (found,) = faults(tmp_path, {"mapping/all": rules})
    assert found.startswith("sdtm/mapping/all.csv:3 [Expression] this rule of DM.STUDYID is never reached")
