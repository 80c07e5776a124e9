"""`build init` on raw folders as they come: shapes of subject numbers, which table is DM, what cannot be read."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pyarrow as pa
import pytest
from pyarrow import parquet as pq
from test_init import run, small

from sdtm.init_study import draft


def subject_rules(folder: Path, text: str) -> dict[str, tuple[str, str]]:
    found = draft(small(folder, {"dm.csv": text}), "X").proposals
    return {p.variable: (p.expression, p.confidence) for p in found if p.variable in ("SUBJID", "SITEID")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The last part is SUBJID where no two subjects share it; what stands before it is the site.
        ("SUBJECT,AGE\n01-001,40\n01-002,41\n02-003,42\n",
         {"SUBJID": ("scan(SUBJECT, 2, '-')", "medium"), "SITEID": ("scan(SUBJECT, 1, '-')", "medium")}),
        # 001 is a subject of two sites: SUBJID must be unique within the study.
        ("SUBJECT,AGE\n01-001,40\n01-002,41\n02-001,42\n",
         {"SUBJID": ("SUBJECT", "high"), "SITEID": ("scan(SUBJECT, 1, '-')", "medium")}),
        # Columns of those names stand before any part.
        ("SUBJECT,SUBJID,SITEID\n01-001,7,9\n01-002,8,9\n",
         {"SUBJID": ("SUBJID", "high"), "SITEID": ("SITEID", "high")}),
        # The study in front is no site.
        ("STUDYID,USUBJID,SEX\nABC,ABC-1,M\nABC,ABC-2,F\n", {"SUBJID": ("scan(USUBJID, 2, '-')", "medium")}),
        ("STUDYID,USUBJID,SEX\nABC,ABC-01-11,M\nABC,ABC-02-12,F\nABC,ABC-02-13,F\n",
         {"SUBJID": ("scan(USUBJID, 3, '-')", "medium"), "SITEID": ("scan(USUBJID, 2, '-')", "medium")}),
        ("USUBJID,SEX\nABC/01/1,M\nABC/02/1,F\n", {"SUBJID": ("USUBJID", "low")}),
        # A column that speaks of the site stands before the part; years are no sites.
        ("SITE,SUBJECT\n01,01-1\n01,01-2\n",
         {"SUBJID": ("scan(SUBJECT, 2, '-')", "medium"), "SITEID": ("SITE", "medium")}),
        ("SUBJECT,SEX\n2024-1,M\n2024-2,F\n2025-3,M\n",
         {"SUBJID": ("scan(SUBJECT, 2, '-')", "medium"), "SITEID": ("scan(SUBJECT, 1, '-')", "low")}),
        ("SUBJECT,SEX\n101001,M\n102001,F\n", {"SUBJID": ("SUBJECT", "high")}),
    ],
)  # fmt: skip
def test_shapes_of_subject_numbers(text: str, expected: dict[str, tuple[str, str]], tmp_path: Path) -> None:
    assert subject_rules(tmp_path, text) == expected


def test_usubjid_that_is_collected_is_taken_as_it_is(tmp_path: Path) -> None:
    files = draft(small(tmp_path, {"dm.csv": "USUBJID,SEX\nABC-1,M\nABC-2,F\n"}), "X").files
    rows = list(csv.DictReader(io.StringIO(files["sdtm/Tables.csv"].decode())))
    assert rows[0]["Subject"] == "USUBJID" and rows[0]["Comment"].startswith("proposal (high)")


# --- which table is which, what is read -------------------------------------------------------------------


def sources(folder: Path, files: dict[str, str]) -> dict[str, str]:
    rows = csv.DictReader(io.StringIO(draft(small(folder, files), "X").files["sdtm/Sources.csv"].decode()))
    return {row["From"]: row["Dataset"] for row in rows}


PATIENTS = "SUBJECT,SITEID,SEX,BRTHDAT,AGE,RACE\n1,01,M,1970-01-01,50,ASIAN\n2,01,F,1971-01-01,49,ASIAN\n"
SITES = "SITEID,INVNAM,INVID,COUNTRY\n01,Dr A,7,CHN\n02,Dr B,8,CHN\n"
RANDOM = "SUBJECT,SITEID,BLOCK,ARM,ARMCD\n1,01,1,Active,A\n2,01,1,Placebo,P\n"
VISITS = "SUBJECT,SITEID,SEX,AGE,COUNTRY,VISDAT\n1,01,M,50,CHN,2020-01-01\n1,01,M,50,CHN,2020-02-01\n"


def test_dm_is_the_table_of_demographics_wherever_it_stands(tmp_path: Path) -> None:
    """Not the first with a site or an arm: a list of sites has no subjects, visits have several rows of one."""
    files = {"a_site.csv": SITES, "b_rand.csv": RANDOM, "c_seen.csv": VISITS, "z_patients.csv": PATIENTS}
    found = sources(tmp_path, files)
    assert found["z_patients"] == "DM" and list(found.values()).count("DM") == 1


def test_demographics_of_each_site_are_all_dm(tmp_path: Path) -> None:
    """Not where the same subjects stand in both: the second is another cut, or a copy."""
    second = PATIENTS.replace("\n1,01", "\n3,02").replace("\n2,01", "\n4,02")
    assert sources(tmp_path / "a", {"dm_01.csv": PATIENTS, "dm_02.csv": second}) == {"dm_01": "DM", "dm_02": "DM"}
    assert sources(tmp_path / "b", {"dm_01.csv": PATIENTS, "dm_02.csv": PATIENTS}) == {"dm_01": "DM", "dm_02": "none"}


def test_demographics_in_words_of_their_own(tmp_path: Path) -> None:
    files = {"b_rand.csv": RANDOM, "people.csv": "PatientID,Gender,DateOfBirth\n1,M,1970-01-01\n2,F,1971-02-02\n"}
    assert sources(tmp_path, files) == {"b_rand": "none", "people": "DM"}


def test_arm_in_the_list_of_randomisation_goes_to_dm(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"b_rand.csv": RANDOM, "z_patients.csv": PATIENTS})
    found = {p.variable: p.expression for p in draft(raw, "X").proposals if p.dataset == "DM"}
    assert (found["ARM"], found["ARMCD"]) == ("only(b_rand.ARM)", "only(b_rand.ARMCD)")
    run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert run("check", str(tmp_path / "study"), "--raw", str(raw))[0] == 0


def test_what_is_not_read_is_named(tmp_path: Path) -> None:
    files = {"dm.csv": "SUBJECT,SEX\n1,M\n", "ae.dat": "x", "notes.docx": "x",
             "more/ae.csv": "SUBJECT,AETERM\n1,Rash\n", ".hidden.csv": "x", "~$book.xlsx": "x"}  # fmt: skip
    code, out, _ = run("init", str(tmp_path / "study"), "--raw", str(small(tmp_path / "raw", files)))
    said = [line.removeprefix("not read: ") for line in out.splitlines() if line.startswith("not read: ")]
    assert code == 0 and len(said) == 3
    assert said[0].startswith("ae.dat: no format of tables") and said[2].startswith("notes.docx: no format of tables")
    assert said[1] == "more/ae.csv: it stands in a subfolder; move it, or give that folder as --raw"


def test_byte_order_mark_says_the_encoding(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"ds.csv": "\ufeffSUBJECT,DSTERM\n1,Done\n"})
    (raw / "dm.csv").write_bytes("SUBJECT,SEX,CITY\n1,M,\u4e2d\u56fd\n".encode("utf-16"))
    (raw / "ae.csv").write_bytes("SUBJECT,AETERM\n1,\u00dcbelkeit\n".encode("cp1252"))
    (raw / "mh.csv").write_bytes("SUBJECT,MHTERM\n1,Rash\n".encode("utf-16-le"))
    code, _, err = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 1 and "ae.csv" in err and "mh.csv" in err and "dm.csv" not in err and err.count("--encoding") == 2
    (raw / "mh.csv").unlink()
    assert run("init", str(tmp_path / "study"), "--raw", str(raw), "--encoding", "cp1252")[0] == 0
    rows = csv.DictReader(io.StringIO((tmp_path / "study/sdtm/Tables.csv").read_text()))
    assert {row["Table"]: row["Encoding"] for row in rows} == {"raw_ae": "cp1252", "raw_dm": "utf-16", "raw_ds": ""}
    assert run("check", str(tmp_path / "study"), "--raw", str(raw))[0] == 0


def test_title_above_the_header_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"ae.csv": "Export of 2024\nSUBJECT,AETERM\n1,Rash\n"})
    book = openpyxl.Workbook()
    for row in (["Demographics, export of 2024"], [], ["SUBJECT", "SEX"], ["1", "M"]):
        book.worksheets[0].append(row)
    page = book.create_sheet("MH")
    for row in (["SUBJECT", "MHTERM"], ["1", "Asthma"]):
        page.append(row)
    book.create_sheet("Empty")
    book.save(raw / "export.xlsx")
    code, out, _ = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 0 and "export.xlsx#MH: MH" in out
    titles = [line for line in out.splitlines() if "its first line is a title: delete what stands above" in line]
    assert len(titles) == 2 and "ae.csv" in titles[0] and "export.xlsx#Sheet:3" in titles[1]
    assert "not read: export.xlsx#Empty: the sheet has no rows below a header" in out


def test_column_of_bytes_does_not_stop_the_others(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"ae.csv": "SUBJECT,AETERM\n1,Rash\n"})
    pq.write_table(pa.table({"SUBJECT": ["1"], "SEX": ["M"], "RAW": pa.array([b"\x01"])}), raw / "dm.parquet")
    code, out, _ = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 0 and "dm.parquet [RAW] values of type binary" in out and "ae.csv: AE" in out


def test_each_item_group_of_odm_is_a_table(tmp_path: Path) -> None:
    """Two groups of one form, one of them repeating."""
    groups = {"IG.DM": ("SEX",), "IG.AE": ("AETERM", "AESTDAT"), "IG.AEYN": ("AEYN",)}
    items = {item for names in groups.values() for item in names}
    defined = "".join(
        f'<ItemGroupDef OID="{oid}" Name="{oid}" Repeating="Yes">'
        + "".join(f'<ItemRef ItemOID="{name}" Mandatory="No"/>' for name in names) + "</ItemGroupDef>"
        for oid, names in groups.items()
    )  # fmt: skip
    defined += "".join(f'<ItemDef OID="{name}" Name="{name}" DataType="text"/>' for name in sorted(items))

    def record(group: str, repeat: int, **values: str) -> str:
        cells = "".join(f'<ItemData ItemOID="{name}" Value="{value}"/>' for name, value in values.items())
        return f'<ItemGroupData ItemGroupOID="{group}" ItemGroupRepeatKey="{repeat}">{cells}</ItemGroupData>'

    data = "".join(
        f'<SubjectData SubjectKey="01-{n}"><StudyEventData StudyEventOID="SE"><FormData FormOID="F">'
        + record("IG.DM", 1, SEX="F") + record("IG.AEYN", 1, AEYN="Y")
        + record("IG.AE", 1, AETERM="Rash", AESTDAT="2020-01-01") + record("IG.AE", 2, AETERM="Fever")
        + "</FormData></StudyEventData></SubjectData>"
        for n in (1, 2)
    )  # fmt: skip
    tags = "".join(f"<{tag}>S</{tag}>" for tag in ("StudyName", "StudyDescription", "ProtocolName"))
    names = f"<GlobalVariables>{tags}</GlobalVariables>"
    text = (
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" FileOID="f" ODMVersion="1.3.2" '
        f'CreationDateTime="2024-01-01T00:00:00"><Study OID="S">{names}<MetaDataVersion OID="m" Name="m">{defined}'
        f'</MetaDataVersion></Study><ClinicalData StudyOID="S" MetaDataVersionOID="m">{data}</ClinicalData></ODM>'
    )
    raw = small(tmp_path / "raw", {"odm.xml": text})
    code, out, _ = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 0 and "odm.xml#IG.DM: DM" in out and "odm.xml#IG.AE: AE, proposals 2 high" in out
    rows = csv.DictReader(io.StringIO((tmp_path / "study/sdtm/Tables.csv").read_text()))
    assert {row["File"]: row["Subject"] for row in rows} == {
        f"odm.xml#{group}": "STUDYID + '-' + SubjectKey" for group in groups
    }
    assert run("check", str(tmp_path / "study"), "--raw", str(raw))[0] == 0


def test_unedited_draft_says_what_no_rule_fills(tmp_path: Path) -> None:
    """AEDECOD is required and coded later: one fault that says so, not one of each record about missing terms."""
    raw = small(tmp_path / "raw", {"ae.csv": "SUBJECT,AETERM\n1,Rash\n1,Fever\n2,Rash\n"})
    study, out = tmp_path / "study", tmp_path / "out"
    run("init", str(study), "--raw", str(raw))
    said = "AE.AEDECOD is required, but no rule fills it: its first record will stop the build; map it, or write No in"
    assert said in run("check", str(study), "--raw", str(raw))[1]
    code, _, err = run("sdtm", str(study), "--raw", str(raw), "--out", str(out))
    faults = [line for line in err.splitlines() if "AEDECOD" in line]
    assert code == 1 and len(faults) == 1
    assert faults[0].endswith("AE.AEDECOD is required, and no rule fills it; map it, or write No in Mandatory of "
                              "Variables as long as records may lack it")  # fmt: skip
    table = study / "sdtm" / "Variables.csv"
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    with table.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, [*rows[0], "Mandatory"])
        writer.writeheader()
        writer.writerows({**row, "Mandatory": "No" if row["Variable"] == "AEDECOD" else ""} for row in rows)
    assert run("sdtm", str(study), "--raw", str(raw), "--out", str(out))[0] == 0


def test_damaged_workbook_is_named(tmp_path: Path) -> None:
    raw = small(tmp_path / "raw", {"ae.csv": "SUBJECT,AETERM\n1,Rash\n"})
    book = openpyxl.Workbook()
    book.worksheets[0].append(["SUBJECT", "SEX"])
    book.worksheets[0].append(["1", "M"])
    book.save(raw / "dm.xlsx")
    whole = (raw / "dm.xlsx").read_bytes()
    (raw / "dm.xlsx").write_bytes(whole.replace(b"PK\x03\x04", b"PK\x00\x04"))
    code, out, err = run("init", str(tmp_path / "study"), "--raw", str(raw))
    assert code == 0 and "not read:" in out and "dm.xlsx this is no Excel workbook" in out and not err
