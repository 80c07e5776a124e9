"""Events of time to event: which step, which row of it, what the record takes from that row."""

from __future__ import annotations

from pathlib import Path

from engine_study import Ran, adam, faults

EVENTS = "Dataset,PARAMCD,Step,Order,CNSR,From,By,Where,Date,Pick,EVNTDESC,CNSDTDSC,SRCVAR\n"
ROW = "ADTTE,TTE,{step},{order},{cnsr},{source},,{where},{date},{pick},{text},,{var}\n"
DM = "USUBJID,n:STARTDT\n1,100\n2,100\n3,100\n"
AE = "USUBJID,KIND,n:DAY,n:AESEQ\n1,pd,120,1\n1,pd,110,2\n1,pd,110,3\n2,pd,115,1\n2,ok,130,2\n3,ok,105,1\n3,ok,107,2\n"
PARAMETERS = "Dataset,PARAMCD,PARAM,From,_START\nADTTE,TTE,Time to Event,DM,DM.STARTDT\n"


def row(step: int, cnsr: object, where: str = "", **cells: str) -> str:
    given = {"order": "", "source": "AE", "date": "AE.DAY", "pick": "", "text": "'e'", "var": "", **cells}
    return ROW.format(step=step, cnsr=cnsr, where=where, **given)


def ran(folder: Path, *rows: str, parameters: str = PARAMETERS, **more: str) -> Ran:
    files = {
        "adam/Events.csv": EVENTS + "".join(rows),
        "adam/Parameters.csv": parameters,
        "adam/mapping/ADTTE.csv": "Variable,Expression\nUSUBJID,DM.USUBJID\n_C,CNSR\n"
        "_D,ADT\n_T,EVNTDESC\n_S,SRCDOM\n_V,SRCVAR\n_Q,SRCSEQ\n",
        **more,
    }
    return adam(folder, {"DM": DM, "AE": AE, "CM": "USUBJID,n:DAY,n:CMSEQ\n1,110,7\n2,114,8\n"}, files)


def found(ran: Ran, *names: str) -> list[tuple[object, ...]]:
    return list(zip(*(ran.values(name, "ADTTE") for name in names)))


PROGRESSION = row(1, 0, "AE.KIND == 'pd'", order="AE.AESEQ")
LAST_SEEN = row(2, 1, "AE.KIND == 'ok'", order="AE.AESEQ", text="'censored'")


def test_first_step_with_a_candidate_wins(tmp_path: Path) -> None:
    assert found(ran(tmp_path, PROGRESSION, LAST_SEEN), "_C", "_D", "_T") == [
        (0, 110, "e"), (0, 115, "e"), (1, 107, "censored"),
    ]  # fmt: skip


def test_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    assert found(ran(tmp_path, LAST_SEEN, PROGRESSION), "_C", "_D") == [(0, 110), (0, 115), (1, 107)]


def test_earliest_for_cnsr_0_and_latest_else(tmp_path: Path) -> None:
    assert found(ran(tmp_path, row(1, 0, order="AE.AESEQ")), "_D") == [(110,), (115,), (105,)]
    assert found(ran(tmp_path / "2", row(1, 1, order="AE.AESEQ")), "_D") == [(120,), (130,), (107,)]


def test_pick_overrides(tmp_path: Path) -> None:
    assert found(ran(tmp_path, row(1, 0, order="AE.AESEQ", pick="last")), "_D") == [(120,), (130,), (107,)]


def test_order_breaks_equal_dates(tmp_path: Path) -> None:
    assert found(ran(tmp_path, row(1, 0, order="AE.AESEQ")), "_Q")[0] == (2,)
    assert found(ran(tmp_path / "2", row(1, 0, order="desc(AE.AESEQ)")), "_Q")[0] == (3,)


def test_equal_dates_without_order_take_the_lowest_sequence(tmp_path: Path) -> None:
    assert found(ran(tmp_path, row(1, 0)), "_D", "_Q")[0] == (110, 2)


def test_tie_on_order_is_an_error(tmp_path: Path) -> None:
    assert "tie on Order" in faults(tmp_path, lambda: ran(tmp_path, row(1, 0, order="AE.KIND")))[0]


def test_source_is_filled_from_the_picked_row(tmp_path: Path) -> None:
    assert found(ran(tmp_path, PROGRESSION, LAST_SEEN), "_S", "_V", "_Q") == [
        ("AE", "DAY", 2), ("AE", "DAY", 1), ("AE", "DAY", 2),
    ]  # fmt: skip
    assert found(ran(tmp_path / "2", row(1, 0, var="AESEQ")), "_V")[0] == ("AESEQ",)


def test_rows_of_one_step_share_the_earliest_date(tmp_path: Path) -> None:
    rows = [row(1, 0, "AE.KIND == 'ok'", text="'ok'"), row(1, 0, "AE.KIND == 'pd'", text="'pd'")]
    assert found(ran(tmp_path, *rows), "_D", "_T") == [(110, "pd"), (115, "pd"), (105, "ok")]


def test_rows_of_one_step_with_one_date_and_different_values_need_order(tmp_path: Path) -> None:
    both = [row(1, 0, text="'a'"), row(1, 0, source="CM", date="CM.DAY", text="'c'")]
    message = faults(tmp_path, lambda: ran(tmp_path, *both))[0]
    assert message.startswith("adam/Events.csv:3")
    assert "adam/Events.csv:2" in message and "subject '1'" in message
    assert "the same date and different values" in message
    # subject 1: both on day 110, Order decides; subject 2: CM on 114 is earlier; subject 3 has no CM
    both = [row(1, 0, text="'a'", order="AE.AESEQ"), row(1, 0, source="CM", date="CM.DAY", text="'c'", order="1")]
    assert found(ran(tmp_path / "2", *both), "_T", "_D") == [("c", 110), ("c", 114), ("a", 105)]


def test_record_without_a_candidate_is_left_empty(tmp_path: Path) -> None:
    assert found(ran(tmp_path, row(1, 0, "AE.KIND == 'none'")), "_C", "_D", "_S") == [(None, None, None)] * 3


def test_working_dataset_hands_on_the_source_of_its_rows(tmp_path: Path) -> None:
    more = {
        "adam/Sources.csv": "Dataset,Block,From,Where\n_BAD,b,AE,AE.KIND == 'pd'\n",
        "adam/mapping/_BAD.csv": "Variable,Expression\nWHEN,AE.DAY\n",
    }
    got = ran(tmp_path, row(1, 0, source="_BAD", date="_BAD.WHEN + 1"), **more)
    assert found(got, "_S", "_D", "_Q")[:2] == [("AE", 111, 2), ("AE", 116, 1)]


def test_event_of_another_parameter_hands_on_its_source(tmp_path: Path) -> None:
    parameters = PARAMETERS + "ADTTE,TTX,Time to Another,DM,DM.STARTDT\n"
    more = row(1, 0, source="TTE", date="TTE.ADT", where="TTE.CNSR == 0", text="TTE.EVNTDESC").replace("TTE,1", "TTX,1")
    own = {
        "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
        'ADTTE,T,BASIC DATA STRUCTURE,One record,"USUBJID, PARAMCD"\n',
        "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nADTTE,USUBJID,,text,No\n"
        "ADTTE,PARAMCD,,text,No\nADTTE,PARAM,,text,No\n"
        "ADTTE,SRCDOM,,text,No\nADTTE,SRCVAR,,text,No\nADTTE,SRCSEQ,,integer,No\n",
    }
    got = ran(tmp_path, PROGRESSION, LAST_SEEN, more, parameters=parameters, **own)
    assert found(got, "_D", "_S", "_V", "_Q")[3:] == [
        (110, "AE", "DAY", 2),
        (115, "AE", "DAY", 1),
        (None,) * 4,
    ]


def test_source_variable_of_an_event_of_another_parameter_is_its_own_to_say(tmp_path: Path) -> None:
    """It hands on that of its row, AE.DAY; a cell that says so too is no fault, though the parameter has no DAY."""
    parameters = PARAMETERS + "ADTTE,TTX,Time to Another,DM,DM.STARTDT\n"
    more = row(1, 0, source="TTE", date="TTE.ADT", where="TTE.CNSR == 0", var="DAY").replace("TTE,1", "TTX,1")
    got = ran(tmp_path, PROGRESSION, LAST_SEEN, more, parameters=parameters)
    assert found(got, "_D")[3:] == [(110,), (115,), (None,)]


# A source without --SEQ: nothing but Order tells rows of one date apart
NO_SEQUENCE = "USUBJID,KIND,n:DAY\n1,BAD,110\n1,WORSE,110\n2,BAD,120\n2,BAD,120\n"
ANY = {"source": "VV", "date": "VV.DAY"}


def of_visits(folder: Path, *rows: str) -> list[object]:
    files = {
        "adam/Events.csv": EVENTS + "".join(rows),
        "adam/Parameters.csv": PARAMETERS,
        "adam/mapping/ADTTE.csv": "Variable,Expression\nUSUBJID,DM.USUBJID\n_T,EVNTDESC\n",
    }
    return adam(folder, {"DM": DM, "VV": NO_SEQUENCE}, files).values("_T", "ADTTE")


def test_rows_of_one_date_without_a_sequence_that_differ_need_order(tmp_path: Path) -> None:
    message = faults(tmp_path, lambda: of_visits(tmp_path, row(1, 0, text="VV.KIND", **ANY)))[0]
    assert "two rows of VV have the same date for" in message
    assert "'1'" in message
    assert "give EVNTDESC different values; give the row an Order" in message


def test_order_tells_rows_of_one_date_without_a_sequence_apart(tmp_path: Path) -> None:
    one = row(1, 0, "VV.DAY == 110", order="desc(VV.KIND)", text="VV.KIND", **ANY)
    assert of_visits(tmp_path, one) == ["WORSE", None, None]


def test_rows_of_one_date_without_a_sequence_that_say_the_same_need_no_order(tmp_path: Path) -> None:
    assert of_visits(tmp_path, row(1, 0, "VV.DAY == 120", text="VV.KIND", **ANY)) == [None, "BAD", None]


def test_tie_in_a_step_that_no_record_reaches_does_not_matter(tmp_path: Path) -> None:
    first, later = row(1, 0, text="'any'", **ANY), row(2, 1, text="VV.KIND", **ANY)
    assert of_visits(tmp_path, first, later) == ["any", "any", None]
