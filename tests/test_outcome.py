"""What a stage hands over: SUPP--, required variables, codelists, keys, checks, issues with their places, lineage."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest
from engine_study import faults, listed, write

from engine.issues import IssueLog
from engine.outcome import Built, Output
from engine.progress import reported
from sdtm.build import build
from specs.load import load

TOML = """
STUDYID = "S"
[standards]
sdtmig = "3.4"
sdtmct = "2025-03-28"
[rules]
not_mapped = "M-3"
"""
FILES = {
    "study.toml": TOML,
    "sdtm/Datasets.csv": "Dataset,Key Variables\n"
    'DM,"STUDYID, USUBJID"\nSUPPDM,\nAE,"STUDYID, USUBJID, AETERM, AESEQ"\nSUPPAE,\n',
    "sdtm/Variables.csv": "Dataset,Variable,Label,Codelist,Mandatory,Origin,Drop When Empty\n"
    "DM,STUDYID,,,,,\nDM,USUBJID,,,,,\nDM,SEX,,SEX,No,,\n"
    "SUPPDM,CITY,City of Birth,,,Collected,\n"
    "AE,STUDYID,,,,,\nAE,USUBJID,,,,,\nAE,AESEQ,,,,,\nAE,AETERM,,,Yes,,\nAE,AESEV,,none,No,,Yes\n"
    "SUPPAE,AEX,Extra,,,Assigned,\nSUPPAE,AEN,Number,,,Derived,\n",
    "sdtm/Codelists.csv": "ID,Name,NCI Codelist Code,Order,Term\nSEX,,C66731,1,F\nSEX,,,2,M\n",
    "sdtm/Collected.csv": "Codelist,Term,Collected Value\nSEX,F,w\nSEX,M,m\n",
    "sdtm/Tables.csv": "Table,File,Subject,Record\nraw_p,p.csv,SUBJ,REC\nraw_e,e.csv,SUBJ,REC\n",
    "sdtm/Sources.csv": "Dataset,Block,From\nDM,p,raw_p\nAE,e,raw_e\n",
    "sdtm/mapping/all.csv": "Variable,Expression\nSTUDYID,STUDYID\nUSUBJID,USUBJID\n--SEQ,sequence()\n",
    "sdtm/mapping/DM.csv": "Variable,Expression\nSEX,assign_ct(G)\n",
    "sdtm/mapping/SUPPDM.csv": "Variable,Expression\nCITY,TOWN\n",
    "sdtm/mapping/AE.csv": "Variable,Expression\nAETERM,T\n",
    "sdtm/mapping/SUPPAE.csv": "Variable,Expression\nAEX,X\nAEN,N + '.5'\n",
    "raw/p.csv": "SUBJ,G,TOWN,REC\n2,m,,p2\n1,w,Ulm,p1\n",
    "raw/e.csv": "SUBJ,T,X,N,REC\n1,b,x1,,e1\n1,a,,2,e2\n2,c,x3,3,e3\n",
}


def built(folder: Path, **changes: str) -> Built:
    write(folder, {**FILES, **{name.replace("__", "/") + ".csv": text for name, text in changes.items()}})
    return build(load(folder, "sdtm"), folder / "raw")


def rows(output: Output, *names: str) -> list[tuple[object, ...]]:
    columns = {variable.variable: listed(column) for variable, column in output.variables}
    return list(zip(*(columns[name] for name in names)))


def test_datasets_are_sorted_by_key_and_know_their_lines(tmp_path: Path) -> None:
    found = built(tmp_path).outputs
    assert rows(found["DM"], "USUBJID", "SEX") == [("1", "F"), ("2", "M")]
    assert found["DM"].source_line.tolist() == [3, 2]
    assert rows(found["AE"], "USUBJID", "AETERM", "AESEQ") == [("1", "a", 1), ("1", "b", 2), ("2", "c", 1)]
    assert list(zip(found["AE"].source_table.objects().tolist(), found["AE"].source_line.tolist())) == [
        ("raw_e", 3), ("raw_e", 2), ("raw_e", 4),
    ]  # fmt: skip


def test_supplemental_qualifiers_point_to_the_sequence_of_their_parent(tmp_path: Path) -> None:
    found = built(tmp_path).outputs["SUPPAE"]
    assert rows(found, "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG") == [
        ("AE", "1", "AESEQ", "1", "AEN", "Number", "2.5", "Derived"),
        ("AE", "1", "AESEQ", "2", "AEX", "Extra", "x1", "Assigned"),
        ("AE", "2", "AESEQ", "1", "AEN", "Number", "3.5", "Derived"),
        ("AE", "2", "AESEQ", "1", "AEX", "Extra", "x3", "Assigned"),
    ]
    assert found.source_line.tolist() == [3, 2, 4, 4]


def test_supplemental_qualifiers_of_dm_need_no_idvar(tmp_path: Path) -> None:
    found = built(tmp_path).outputs["SUPPDM"]
    assert rows(found, "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL") == [("1", None, None, "CITY", "Ulm")]


def test_drop_when_empty_leaves_a_variable_out(tmp_path: Path) -> None:
    assert "AESEV" not in [variable.variable for variable, _ in built(tmp_path).outputs["AE"].variables]


def test_required_variable_that_is_missing_is_an_error_with_its_line(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: built(tmp_path, raw__e="SUBJ,T,X,N,REC\n1,,x1,,e1\n"))
    assert found[0].startswith("sdtm/Variables.csv:9 AE.AETERM is required and missing for e.csv line 2")


def test_value_without_a_term_is_an_issue_with_place_record_and_value(tmp_path: Path) -> None:
    issues = built(tmp_path, raw__p="SUBJ,G,TOWN,REC\n2,m,,p2\n1,?,Ulm,p1\n").issues.query(FOUND)
    columns = ["Rule", "Kind", "Dataset", "Variable", "USUBJID", "File", "Row", "Record", "Column", "Value"]
    assert issues[columns].to_numpy().tolist() == [["M-3", "not_mapped", "DM", "SEX", "1", "p.csv", 3, "p1", "G", "?"]]


def test_value_outside_its_codelist_is_an_issue(tmp_path: Path) -> None:
    issues = built(tmp_path, sdtm__mapping__DM="Variable,Expression\nSEX,upper(G)\n").issues.query(FOUND)
    columns = ["Kind", "Severity", "Variable", "USUBJID", "File", "Row", "Value"]
    assert issues[columns].to_numpy().tolist() == [["not_in_codelist", "error", "SEX", "1", "p.csv", 3, "W"]]


def test_two_records_of_one_key_are_an_issue(tmp_path: Path) -> None:
    changes = {
        "sdtm__Datasets": FILES["sdtm/Datasets.csv"].replace("AETERM, AESEQ", "AETERM"),
        "raw__e": "SUBJ,T,X,N,REC\n1,b,,,e1\n1,b,,,e2\n",
    }
    issues = built(tmp_path, **changes).issues.query(FOUND)
    assert issues[["Kind", "Dataset", "Row"]].to_numpy().tolist() == [["duplicate_key", "AE", 3]]


def test_two_records_of_one_subject_in_dm_are_an_error(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: built(tmp_path, raw__p="SUBJ,G,TOWN,REC\n1,m,,p2\n1,w,Ulm,p1\n"))
    assert any("DM has 2 records for one subject: STUDYID 'S', USUBJID '1'" in fault for fault in found)


FOUND = "Kind != 'unfilled'"
CHECKS = "Rule,Dataset,Where,Condition,Message,Action,Severity\n"


def test_check_of_a_dataset_names_the_record(tmp_path: Path) -> None:
    checks = CHECKS + "C1,AE,AESEQ == 1,AETERM != 'c',no c,error,\n"
    found = faults(tmp_path, lambda: built(tmp_path, sdtm__Checks=checks))
    assert found == ["sdtm/Checks.csv:2 [Condition] C1: no c (the AE record of subject '2' (e.csv line 4))"]


def test_check_of_a_dataset_may_be_an_issue(tmp_path: Path) -> None:
    issues = built(tmp_path, sdtm__Checks=CHECKS + "C1,AE,,AETERM != 'c',no c,issue,note\n").issues.query(FOUND)
    assert issues[["Rule", "Kind", "Severity", "Row", "Record", "Message"]].to_numpy().tolist() == [
        ["C1", "check", "note", 4, "e3", "no c"]
    ]


def test_error_checks_and_required_variables_are_reported_together(tmp_path: Path) -> None:
    checks = CHECKS + "C1,AE,,AETERM != 'c',no c,error,\n"
    found = faults(
        tmp_path, lambda: built(tmp_path, sdtm__Checks=checks, raw__e="SUBJ,T,X,N,REC\n1,,x1,,e1\n2,c,,,e2\n")
    )
    assert len(found) == 2


def test_stop_check_is_reported_alone(tmp_path: Path) -> None:
    checks = CHECKS + "C1,AE,,AETERM != 'c',no c,stop,\n"
    found = faults(
        tmp_path, lambda: built(tmp_path, sdtm__Checks=checks, raw__e="SUBJ,T,X,N,REC\n1,,x1,,e1\n2,c,,,e2\n")
    )
    assert len(found) == 1 and "C1" in found[0]


def test_ledger_adds_up(tmp_path: Path) -> None:
    lines = built(tmp_path).ledger
    found = {
        tuple(line[:4]): line[4] for line in lines[["Table", "Dataset", "Block", "Step", "Rows"]].to_numpy().tolist()
    }
    for table, dataset, block, count in (("raw_p", "DM", "p", 2), ("raw_e", "AE", "e", 3)):
        assert found[table, "", "", "rows read"] == count
        assert found[table, "", "", "rows kept"] == count
        assert found[table, dataset, block, "rows used"] == count
        assert found[table, dataset, block, "records"] == count
        assert found[table, "", "", "unaccounted"] == 0


def test_issue_may_be_named_by_kind_and_table() -> None:
    log = IssueLog({"superseded": "M-1", "superseded raw_e": "M-2"})
    for table in ("raw_p", "raw_e"):
        log.add(1, kind="superseded", table=table)
    assert log.frame()[["Table", "Rule"]].to_numpy().tolist() == [["raw_e", "M-2"], ["raw_p", "M-1"]]


def test_issue_without_severity_has_that_of_its_kind_in_small_letters() -> None:
    log = IssueLog()
    for kind in ("superseded", "no_match", "duplicate_key"):
        log.add(1, kind=kind)
    log.add(1, kind="check", severity="Warning")
    found = dict(log.frame()[["Kind", "Severity"]].to_numpy().tolist())
    assert found == {"superseded": "note", "no_match": "warning", "duplicate_key": "error", "check": "warning"}


def test_what_takes_long_is_said_with_its_rows_and_cleared_at_the_end() -> None:
    said: list[str] = []
    heard = Event()

    def say(text: str) -> None:
        said.append(text)
        heard.set()

    with pytest.raises(ValueError), reported("sdtm", say, 0.001) as progress:
        progress("LB lb LBSTRESN", 4821)
        assert heard.wait(10)
        raise ValueError
    assert (said[0], said[-1]) == ("sdtm: LB lb LBSTRESN (4,821 rows)", "")


def test_short_work_says_nothing() -> None:
    said: list[str] = []
    with reported("sdtm", said.append, 60) as progress:
        progress("reading p.csv")
    assert said == []
