"""The order of computing is found, datasets may refer to each other, and a real circle is printed."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_study import build, faults, mapping
from test_scope import joins, sources

from specs.compiled import CompiledStage, Step
from specs.problem import SpecError


def before(stage: CompiledStage, first: Step, second: Step) -> bool:
    return stage.order.index(first) < stage.order.index(second)


def variable(dataset: str, name: str, block: str = "") -> Step:
    return ("variable", dataset, block or dataset.lower(), name)


def test_every_step_comes_after_what_it_reads(tmp_path: Path) -> None:
    rules = mapping(("_C", "_B"), ("_A", "TERM"), ("_B", "_A"), ("AESEQ", "sequence()"), ("AETERM", "_C"))
    stage = build(tmp_path, {"mapping/AE": rules})
    place = {step: position for position, step in enumerate(stage.order)}
    assert all(place[read] < place[step] for step, reads in stage.reads.items() for read in reads)
    assert before(stage, variable("AE", "_A"), variable("AE", "_B"))
    assert before(stage, variable("AE", "AETERM"), variable("AE", "AESEQ"))


def test_two_datasets_may_refer_to_each_other(tmp_path: Path) -> None:
    """DM takes the death from DS, DS takes its rows by the treatment start of DM."""
    made = [row if row[0] != "DS" else ("DS", "ds", "raw_ds", "iso8601(WHEN, '1', '1') >= DM.RFSTDTC", *row[4:])
            for row in sources()]  # fmt: skip
    stage = build(
        tmp_path,
        {
            "Sources": made,
            "mapping/DM": mapping(("RFSTDTC", "min(LB.LBDTC)"), ("DTHFL", "flag(any(DS.DSDECOD == 'DEATH'))")),
            "mapping/DS": mapping(("DSDECOD", "REASON"), ("DSSTDTC", "DM.RFSTDTC")),
            "mapping/LB": mapping(("LBDTC", "iso8601(WHEN, '1', '1')")),
        },
    )
    assert before(stage, variable("LB", "LBDTC"), variable("DM", "RFSTDTC"))
    assert before(stage, variable("DM", "RFSTDTC"), ("rows", "DS", "ds"))
    assert before(stage, variable("DS", "DSDECOD"), variable("DM", "DTHFL"))


def test_parameter_made_from_another_parameter_of_its_dataset(tmp_path: Path) -> None:
    """As ADSL to ADLB and back: a block from a block, whose value a one-row dataset reads."""
    made = sources(("LB", "sum", "DM"))
    stage = build(
        tmp_path,
        {
            "Sources": made,
            "mapping/DM": mapping(("AGE", "max(sum.LBSTRESN)".replace("sum", "LB"))),
            "mapping/LB": mapping(
                ("LBSTRESN", "lb", "", "", "number(RESULT)"),
                ("_BASE", "lb", "", "", "DM.AGE"),
                ("_ALL", "sum", "", "", "total(1, count(lb.LBORRES))"),
            ),
        },
    )
    assert before(stage, variable("LB", "LBSTRESN"), variable("DM", "AGE"))
    assert before(stage, variable("DM", "AGE"), variable("LB", "_BASE"))


def test_window_over_one_block_does_not_wait_for_the_others(tmp_path: Path) -> None:
    """In a row with Block a window reads its block alone, so another block may be made from its result."""
    made = sources(("AE", "first", "ae", "ae._FIRST"))
    rules = mapping(
        ("_FIRST", "ae", "", "", "is_first(by=AETERM, order=(AESTDTC, RECID))"),
        ("AETERM", "ae", "", "", "TERM"),
        ("AETERM", "first", "", "", "ae.AETERM"),
    )
    stage = build(tmp_path / "a", {"Sources": made, "mapping/AE": rules})
    assert before(stage, variable("AE", "_FIRST", "ae"), ("rows", "AE", "first"))
    whole = [
        row if row[0] != "_FIRST" else ("_FIRST", "", "", "", "is_first(by=AETERM, order=AESTDTC)") for row in rules
    ]
    (found,) = faults(tmp_path / "b", {"Sources": made, "mapping/AE": whole})
    assert "in a circle" in found and "records of AE[first]" in found


def test_circle_is_printed_with_names_and_places(tmp_path: Path) -> None:
    sheets = {
        "mapping/DM": mapping(("RFSTDTC", "min(AE.AESTDTC)")),
        "mapping/AE": mapping(("AESTDTC", "coalesce(iso8601(ST_YY, ST_MM, ST_DD), _START)"), ("_START", "DM.RFSTDTC")),
    }
    (found,) = faults(tmp_path, sheets)
    circle = found.split("in a circle: ")[1].split("; ")[0].split(" <- ")
    assert circle[0] == circle[-1]
    assert set(circle) == {"DM[dm].RFSTDTC", "AE[ae].AESTDTC", "AE[ae]._START"}
    for place in ("sdtm/mapping/DM.csv:2", "sdtm/mapping/AE.csv:2", "sdtm/mapping/AE.csv:3"):
        assert place in found


def test_circle_of_one(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"mapping/AE": mapping(("AESEQ", "max(AE.AESEQ) + 1"))})
    assert "AE[ae].AESEQ <- AE[ae].AESEQ" in found


def test_circle_of_records(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, {"Sources": sources(("AE", "one", "two"), ("AE", "two", "one"))})
    assert found.startswith("sdtm/Sources.csv:")
    assert "records of AE[one]" in found and "records of AE[two]" in found


def test_circle_through_a_join(tmp_path: Path) -> None:
    rows = joins(("AE", "PREV", "AE", "", "AE.AESEQ == _BEFORE", "", ""))
    rules = mapping(("_BEFORE", "PREV.AESEQ - 1"), ("AESEQ", "sequence()"))
    (found,) = faults(tmp_path, {"Joins": rows, "mapping/AE": rules})
    assert "join PREV of AE[ae]" in found


def test_a_rule_that_a_block_never_reaches_makes_no_circle_in_it(tmp_path: Path) -> None:
    made = sources(("AE", "extra", "DM"), ("AE", "third", "LB"))
    own = [("_B", "ae", "", "", "TERM"), ("_B", "extra", "", "", "DM.SEX"), ("_A", "third", "", "", "LB.LBTESTCD")]
    stage = build(tmp_path, {"Sources": made, "mapping/AE": mapping(("_A", "_B"), *own, ("_B", "_A"))})
    assert before(stage, variable("AE", "_B", "extra"), variable("AE", "_A", "extra"))


def test_order_does_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    rows = [("_A", "TERM"), ("_B", "_A"), ("AETERM", "_B"), ("AEOUT", "_A + _B")]
    one = build(tmp_path / "a", {"mapping/AE": mapping(*rows)})
    two = build(tmp_path / "b", {"mapping/AE": mapping(*rows[::-1])})
    for stage in (one, two):
        assert before(stage, variable("AE", "_A"), variable("AE", "_B"))
        assert before(stage, variable("AE", "_B"), variable("AE", "AEOUT"))


def test_order_is_the_same_each_time(tmp_path: Path) -> None:
    rules = mapping(("_A", "TERM"), ("_B", "_A"), ("AETERM", "_B"))
    assert build(tmp_path, {"mapping/AE": rules}).order == build(tmp_path, {"mapping/AE": rules}).order


def test_long_chain_of_candidates(tmp_path: Path) -> None:
    made = [row if row[0] != "AE" else ("AE", "ae", "raw_ae", "_A0 == 'X'", *row[4:]) for row in sources()]
    chain = [(f"_A{n}", f"_A{n + 1}") for n in range(400)] + [("_A400", "TERM")]
    stage = build(tmp_path, {"Sources": made, "mapping/AE": mapping(*chain)})
    assert before(stage, ("candidate variable", "AE", "ae", "_A400"), ("rows", "AE", "ae"))


def test_where_may_not_read_what_the_records_make(tmp_path: Path) -> None:
    made = [row if row[0] != "AE" else ("AE", "ae", "raw_ae", "count(AE.AETERM) < 9", *row[4:]) for row in sources()]
    with pytest.raises(SpecError, match=r"in a circle: .*records of AE\[ae\]"):
        build(tmp_path, {"Sources": made, "mapping/AE": mapping(("AETERM", "TERM"))})
