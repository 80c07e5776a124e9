"""Expand in full: several variables, rows of a table, values of the source row, parts after each other, Where later."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from engine_study import Ran, adam, faults, sdtm
from hypothesis import given, settings
from hypothesis import strategies as st

HEAD = "Dataset,Block,Group,From,Where,Expand,One Per,Order,Pick,Keep"
VARIABLES = ("USUBJID", "PARAMCD", "PARAM", "AVISIT", "n:AVISITN", "n:AVAL", "DTYPE", "n:ADT")
VS = """USUBJID,VSTESTCD,n:VSSTRESN,n:VISITNUM
1,DIABP,51,0
1,DIABP,50,2
1,SYSBP,121,0
2,DIABP,79,0
"""
PLAN = "PARAMCD,AVISITN,AVISIT\nDIABP,0,BASELINE\nDIABP,2,WEEK 2\nSYSBP,0,BASELINE\nSYSBP,2,WEEK 2\nSYSBP,2,WEEK 2\n"


def made(folder: Path, sources: str, mapping: str, joins: str = "", vs: str = VS, **more: str) -> Ran:
    listed = "".join(
        f"AD,{name.removeprefix('n:')},{name},{'float' if name.startswith('n:') else 'text'},No\n" for name in VARIABLES
    )
    files = {
        "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
        'AD,Test,BASIC DATA STRUCTURE,x,"USUBJID, PARAMCD, AVISITN"\n',
        "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\n" + listed,
        "adam/Sources.csv": f"{HEAD}\n{sources}",
        "adam/Joins.csv": f"Dataset,Name,From,By,Where,Order,Pick\n{joins}",
        "adam/mapping/AD.csv": f"Variable,Block,Where,Expression\n{mapping}",
        "adam/tables/plan.csv": PLAN,
        **{f"adam/{name}.csv": text for name, text in more.items()},
    }
    tables = {"VS": vs, "DM": "USUBJID,n:START,n:END\n1,10,12\n2,20,20\n3,,5\n"}
    return adam(folder, tables, files)


def records(ran: Ran, *names: str, block: str = "") -> list[tuple[object, ...]]:
    return list(zip(*(ran.values(name, "AD", block) for name in names), strict=True))


def steps(ran: Ran, block: str) -> dict[object, object]:
    return {line[3]: line[4] for line in ran.ledger() if line[2] == block}


PLANNED = "(PARAMCD, AVISITN, AVISIT) in values(plan.PARAMCD, plan.AVISITN, plan.AVISIT)"


def test_a_record_for_each_different_row_of_a_look_up_table(tmp_path: Path) -> None:
    ran = made(tmp_path, f'AD,b,,DM,,"{PLANNED}",,,,\n', "USUBJID,,,USUBJID\n")
    found = records(ran, "USUBJID", "PARAMCD", "AVISITN", "AVISIT")
    assert found[:4] == [
        ("1", "DIABP", 0.0, "BASELINE"), ("1", "DIABP", 2.0, "WEEK 2"), ("1", "SYSBP", 0.0, "BASELINE"),
        ("1", "SYSBP", 2.0, "WEEK 2"),
    ]  # fmt: skip
    assert len(found) == 12


def test_rows_of_the_table_may_depend_on_the_source_row(tmp_path: Path) -> None:
    source = 'AD,b,,VS,,"AVISITN in values(plan.AVISITN, where=plan.PARAMCD == VSTESTCD and plan.AVISITN > VISITNUM)"'
    ran = made(tmp_path, f"{source},,,,\n", "PARAMCD,,,VSTESTCD\n")
    assert records(ran, "PARAMCD", "AVISITN") == [("DIABP", 2.0), ("SYSBP", 2.0), ("DIABP", 2.0)]
    assert steps(ran, "b")["left out: Expand"] == 1  # nothing is planned after the second DIABP of subject 1


def test_rows_of_a_table_with_subjects_are_those_of_the_subject(tmp_path: Path) -> None:
    ran = made(
        tmp_path, 'AD,b,,DM,,"(PARAMCD, AVISITN) in values(VS.VSTESTCD, VS.VISITNUM)",,,,\n', "USUBJID,,,USUBJID\n"
    )
    assert records(ran, "USUBJID", "PARAMCD", "AVISITN") == [
        ("1", "DIABP", 0.0), ("1", "DIABP", 2.0), ("1", "SYSBP", 0.0), ("2", "DIABP", 0.0),
    ]  # fmt: skip
    assert steps(ran, "b")["left out: Expand"] == 1  # subject 3 has no row of VS


def test_by_names_that_both_have(tmp_path: Path) -> None:
    source = 'AD,b,,_P,,"AVISIT in values(plan.AVISIT, by=PARAMCD)",,,,PARAMCD\n_P,p,,VS,VS.VISITNUM == 2,,,,,\n'
    ran = made(tmp_path, source, "", **{"mapping/_P": "Variable,Expression\nPARAMCD,VS.VSTESTCD\n"})
    assert records(ran, "PARAMCD", "AVISIT") == [("DIABP", "BASELINE"), ("DIABP", "WEEK 2")]


def test_values_of_the_source_row_side_by_side(tmp_path: Path) -> None:
    source = "AD,b,,DM,not missing(ADT),\"(AVISIT, ADT) in values(('FIRST', DM.START), ('LAST', DM.END))\",,,,\n"
    ran = made(tmp_path, source, "USUBJID,,,USUBJID\n")
    assert records(ran, "USUBJID", "AVISIT", "ADT") == [
        ("1", "FIRST", 10.0), ("1", "LAST", 12.0), ("2", "FIRST", 20.0), ("2", "LAST", 20.0), ("3", "LAST", 5.0),
    ]  # fmt: skip


def test_a_record_in_which_all_is_missing_is_not_made(tmp_path: Path) -> None:
    ran = made(tmp_path, 'AD,b,,DM,,"ADT in values(DM.START, DM.END)",,,,\n', "USUBJID,,,USUBJID\n")
    assert records(ran, "USUBJID", "ADT") == [("1", 10.0), ("1", 12.0), ("2", 20.0), ("2", 20.0), ("3", 5.0)]


def test_parts_follow_each_other_and_name_what_is_before_them(tmp_path: Path) -> None:
    expand = "ADT in dates(DM.START, DM.END), AVISITN in dates(ADT, ADT + 1), AVISIT in values('AM', 'PM')"
    ran = made(tmp_path, f'AD,b,,DM,"USUBJID == \'2\' or ADT == 11","{expand}",,,,\n', "USUBJID,,,USUBJID\n")
    assert records(ran, "ADT", "AVISITN", "AVISIT") == [
        (11.0, 11.0, "AM"), (11.0, 11.0, "PM"), (11.0, 12.0, "AM"), (11.0, 12.0, "PM"),
        (20.0, 20.0, "AM"), (20.0, 20.0, "PM"), (20.0, 21.0, "AM"), (20.0, 21.0, "PM"),
    ]  # fmt: skip


PAIRS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 3)), min_size=1, max_size=6)


@settings(max_examples=25, deadline=None)
@given(
    seen=st.lists(st.tuples(st.sampled_from("12"), st.sampled_from("ABC"), st.integers(0, 3)), max_size=8), plan=PAIRS
)
def test_planned_records_that_are_not_there_as_a_loop_would_find_them(
    seen: list[tuple[str, str, int]], plan: list[tuple[str, int]]
) -> None:
    table = "USUBJID,VSTESTCD,n:VSSTRESN,n:VISITNUM\n" + "".join(f"{s},{p},1,{v}\n" for s, p, v in seen)
    planned = "PARAMCD,AVISITN,AVISIT\n" + "".join(f"{p},{v},V\n" for p, v in plan)
    with tempfile.TemporaryDirectory() as folder:
        ran = made(
            Path(folder),
            "AD,b,,VS,not any(VS.VSTESTCD == PARAMCD and VS.VISITNUM == AVISITN),"
            '"(PARAMCD, AVISITN) in values(plan.PARAMCD, plan.AVISITN, where=plan.AVISITN > VISITNUM)",'
            '"PARAMCD, AVISITN",VISITNUM,distinct,\n',
            "USUBJID,,,USUBJID\n",
            vs=table,
            **{"tables/plan": planned},
        )
        found = records(ran, "USUBJID", "PARAMCD", "AVISITN")
        ran.ledger()
    wanted = {
        (s, p, float(v))
        for s, _, visit in seen
        for p, v in plan
        if v > visit and (s, p, v) not in set(seen)
    }  # fmt: skip
    assert sorted(found) == sorted(wanted)


# --- what waits for Expand ------------------------------------------------------------------------------


def test_where_may_ask_of_what_expand_fills_itself_and_through_rules_and_joins(tmp_path: Path) -> None:
    """The visit of a record comes from a join by a variable that Expand fills; Where asks for the visit."""
    ran = made(
        tmp_path,
        "AD,b,,DM,USUBJID == '1' and _WEEK and exists(SEEN),\"AVISITN in dates(0, 3)\",,,,\n",
        "USUBJID,,,USUBJID\nAVISIT,,,PLAN.AVISIT\n_WEEK,,,\"starts_with(AVISIT, 'WEEK')\"\nAVAL,,,SEEN.VSSTRESN\n",
        "AD,PLAN,plan,,plan.AVISITN == AVISITN and plan.PARAMCD == 'DIABP',,\n"
        "AD,SEEN,VS,,VS.VISITNUM == AVISITN and VS.VSTESTCD == 'DIABP',,\n",
    )
    assert records(ran, "AVISITN", "AVISIT", "AVAL") == [(2.0, "WEEK 2", 50.0)]
    found = steps(ran, "b")
    assert found["left out: Where: USUBJID == '1' and _WEEK and exists(SEEN)"] == 2
    assert (found["left out: Expand"], found["rows used"], found["records"]) == (0, 1, 1)


def test_a_row_whose_every_record_where_leaves_out_is_left_out_by_where(tmp_path: Path) -> None:
    source = 'AD,b,,DM,AVISITN > 11,"AVISITN in dates(DM.START, DM.END)",,,,\n'
    ran = made(tmp_path, source, "USUBJID,,,USUBJID\n")
    found = steps(ran, "b")
    assert records(ran, "USUBJID", "AVISITN") == [("1", 12.0), ("2", 20.0)]
    assert (found["left out: Where: AVISITN > 11"], found["left out: Expand"], found["rows used"]) == (0, 1, 2)


def test_one_per_and_order_may_name_what_depends_on_expand(tmp_path: Path) -> None:
    ran = made(
        tmp_path,
        'AD,b,,DM,,"ADT in dates(DM.START, DM.END)",_EVEN,desc(_NEG),first,\n',
        "USUBJID,,,USUBJID\n_EVEN,,,ADT % 2\n_NEG,,,0 - ADT\n",
    )
    assert records(ran, "USUBJID", "ADT") == [("1", 10.0), ("1", 11.0), ("2", 20.0)]


def test_a_name_that_expand_fills_is_not_the_source_column_of_that_name(tmp_path: Path) -> None:
    """Values carried to the next visits: OBS.AVISITN is the visit of the value, AVISITN that of the new record."""
    ran = made(
        tmp_path,
        'AD,OBS,,VS,,,,,,\nAD,LOCF,,OBS,"count(OBS, by=(PARAMCD, AVISITN)) == 0",'
        '"AVISITN in values(plan.AVISITN, where=plan.PARAMCD == OBS.PARAMCD and plan.AVISITN > OBS.AVISITN)",'
        '"PARAMCD, AVISITN",OBS.AVISITN,last,USUBJID PARAMCD AVAL\n',
        "USUBJID,OBS,,USUBJID\nPARAMCD,OBS,,VSTESTCD\nAVISITN,OBS,,VISITNUM\nAVAL,OBS,,VSSTRESN\nDTYPE,LOCF,,'LOCF'\n",
    )
    assert records(ran, "USUBJID", "PARAMCD", "AVISITN", "AVAL", "DTYPE", block="LOCF") == [
        ("1", "SYSBP", 2.0, 121.0, "LOCF"), ("2", "DIABP", 2.0, 79.0, "LOCF"),
    ]  # fmt: skip
    table, rows = ran.run.lineage("AD", "LOCF")
    assert (set(table.objects()), rows.tolist()) == ({"VS"}, [2, 3])  # the rows whose values are carried


# --- groups, records of parameters ----------------------------------------------------------------------

PARAMETERS = """Dataset,PARAMCD,PARAM,Group,From,Where,Expand,One Per,Order,Pick,AVAL,AVISITN
AD,DIABP,Diastolic,VITALS,VS,VSTESTCD == 'DIABP',,,,,VSSTRESN,VISITNUM
AD,SYSBP,Systolic,VITALS,VS,VSTESTCD == 'SYSBP',,,,,VSSTRESN,VISITNUM
AD,MAXBP,Greatest,,VITALS,,,USUBJID,desc(VITALS.AVAL),first,VITALS.AVAL,VITALS.AVISITN
AD,NBP,Number,,VITALS,,,USUBJID,,distinct,count(VITALS),
"""


def test_a_group_of_parameters_is_a_source_a_table_and_a_block(tmp_path: Path) -> None:
    mapping = "USUBJID,,,USUBJID\nAVISIT,VITALS,,'ANY'\nAVISIT,DIABP,AVISITN == 0,'FIRST'\nADT,,,max(VITALS.AVAL)\n"
    ran = made(tmp_path, "", mapping, Parameters=PARAMETERS)
    assert records(ran, "USUBJID", "PARAMCD", "AVAL", "AVISIT", "ADT") == [
        ("1", "DIABP", 51.0, "FIRST", 121.0), ("1", "DIABP", 50.0, "ANY", 121.0), ("2", "DIABP", 79.0, "FIRST", 79.0),
        ("1", "SYSBP", 121.0, "ANY", 121.0), ("2", "MAXBP", 79.0, None, 79.0), ("1", "MAXBP", 121.0, None, 121.0),
        ("1", "NBP", 3.0, None, 121.0), ("2", "NBP", 1.0, None, 79.0),
    ]  # fmt: skip
    assert steps(ran, "MAXBP")["left out: merged (One Per)"] == 2


@pytest.mark.parametrize(
    ("group", "message"),
    [("plan", "group plan of AD bears the name of a table"), ("SYSBP", "group SYSBP of AD bears the name of a block")],
)
def test_a_group_has_a_name_of_its_own(tmp_path: Path, group: str, message: str) -> None:
    parameters = PARAMETERS.replace("VITALS,VS", f"{group},VS").replace("VITALS", group)
    found = faults(tmp_path, lambda: made(tmp_path, "", "USUBJID,,,USUBJID\n", Parameters=parameters))
    assert f"adam/Parameters.csv:2 [Group] {message}; rename the group" in found


def test_a_group_that_is_its_own_source_is_a_circle(tmp_path: Path) -> None:
    parameters = PARAMETERS.replace("MAXBP,Greatest,,VITALS", "MAXBP,Greatest,VITALS,VITALS")
    found = faults(tmp_path, lambda: made(tmp_path, "", "USUBJID,,,USUBJID\n", Parameters=parameters))
    assert "these values are each made from the next, in a circle" in found[0]


@pytest.mark.parametrize(
    ("cell", "rows"),
    [("dates(1, 1e12)", "1000000000000"), ("dates(1, 1e300)", "1e+300"), ("dates(-1e308, 1e308)", "inf"),
     ("dates(1, 5, every=1e-300)", "4e+300")],
)  # fmt: skip
def test_more_records_than_can_be_are_a_fault(tmp_path: Path, cell: str, rows: str) -> None:
    files = {
        "raw/a.csv": "SUBJ\n1\n",
        "sdtm/Sources.csv": f'Dataset,Block,From,Expand\nZZ,a,raw_a,"_D in {cell}"\n',
        "sdtm/mapping/ZZ.csv": "Variable,Expression\n_X,_D\n",
    }
    (found,) = faults(tmp_path, lambda: sdtm(tmp_path, files))
    assert found == f"sdtm/Sources.csv:2 Expand gives {rows} rows; check the dates that it runs between"
