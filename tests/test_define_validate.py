"""Define-XML: faults of a document are found, its page holds everything; facts of columns."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from define_study import Described, described, sdtm_frames, spec_of, written
from lxml import etree

from define.facts import facts_of, iso_type
from define.odm import ODM
from define.render import copy_stylesheet, render
from define.validate import validate
from specs.problem import DataError


@pytest.fixture(scope="module")
def sdtm(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return described(tmp_path_factory.mktemp("sdtm"), "sdtm")


# --- facts ---


@pytest.mark.parametrize(("values", "expected"), [
    (("2024-03-04",), "date"),
    (("2024-03-04T08:30:00",), "datetime"),
    (("2024-03-04", "2024"), "partialDate"),
    (("2024-03-04T08:30",), "partialDatetime"),
    (("2024-03-04T08:30:00", "2024-03-04"), "partialDatetime"),
    (("2024---15",), "incompleteDate"),
    (("2024---15T08:30",), "incompleteDatetime"),
    (("P8W", "P18Y"), "durationDatetime"),
    (("2024-03-04/2024-03-09", "2024-03-04T08:30/PT2H"), "intervalDatetime"),
    (("08:30:15", "-:30"), "incompleteTime"),
    (("UNKNOWN",), ""),
    ((), ""),
])  # fmt: skip
def test_narrowest_iso_type(values: tuple[str, ...], expected: str) -> None:
    assert iso_type(values) == expected


@pytest.mark.parametrize(("values", "length", "digits"), [
    ([1.0, 250.0, None], 3, 0),
    ([0.1 + 0.2, 10.0], 3, 1),
    ([35.25, -7.0], 4, 2),
    ([None, None], 1, 0),
])  # fmt: skip
def test_digits_of_numbers_without_binary_noise(values: list[float | None], length: int, digits: int) -> None:
    facts = facts_of(pd.Series(values, dtype="float64"))
    assert (facts.length, facts.digits) == (length, digits)


def test_length_of_text_counts_bytes_and_blank_is_missing() -> None:
    for dtype in ("object", "str", "category"):
        facts = facts_of(pd.Series(["a", "", None, "5 µg"], dtype=dtype))
        assert (facts.values, facts.length, facts.empty) == (("5 µg", "a"), 5, False)


def test_whole_number_of_many_digits_is_a_term_as_it_stands() -> None:
    assert facts_of(pd.Series([4012345678901.0, -0.0, 1e22])).values == ("0", "4012345678901", "1e+22")


# --- validation and rendering ---


def broken(path: Path, tmp_path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "broken.xml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path / "broken.xml"


@pytest.mark.parametrize(("old", "new", "finding"), [
    (' Repeating="No"', ' Repeating="Maybe"', "SCHEMA line"),
    ('def:CommentOID="COM.C.SUPP"', 'def:CommentOID="COM.X"', "REFERENCE IG.SUPPDM: d:CommentOID COM.X is not defined"),
    ('def:CommentOID="COM.C.SUPP"', "", "ORPHAN COM.C.SUPP: nothing refers to it"),
    ('<CodeListRef CodeListOID="CL.SEX"/>', "", "ORPHAN CL.SEX: nothing refers to it"),
    ('OID="STD.SDTMIG.3.4" Name', 'OID="IG.DM" Name', "UNIQUE IG.DM: defined 2 times"),
    ('Name="AGE" DataType="integer" Length="2"', 'Name="AGE" DataType="integer"',
     "SIZE IT.DM.AGE: integer needs Length"),
    ('Name="AGE" DataType="integer" Length="2"', 'Name="AGE" DataType="integer" Length="1"',
     "LENGTH IT.DM.AGE: Length is 1, the data need 2"),
    ('MethodOID="MT.DM.AGE"', "", "METHOD IT.DM.AGE: Derived without a method"),
    ('<EnumeratedItem CodedValue="M"', '<EnumeratedItem CodedValue="X"', "CODELIST IT.DM.SEX: CL.SEX lacks 'M'"),
    ('Name="DMDTC" DataType="partialDatetime"', 'Name="DMDTC" DataType="text" Length="9"',
     "LENGTH IT.DM.DMDTC: Length is 9, the data need 16"),
    ("<CheckValue>ALT</CheckValue>", "<CheckValue>NONE</CheckValue>",
     "EMPTY IT.LB.LBORRES.ALT: no record meets WC.LB.LBTESTCD.ALT"),
])  # fmt: skip
def test_fault_is_found(sdtm: Described, tmp_path: Path, old: str, new: str, finding: str) -> None:
    found = [str(f) for f in validate(broken(sdtm[0], tmp_path, old, new), sdtm_frames())]
    assert any(text.startswith(finding) for text in found), found


def test_data_without_description_are_found(sdtm: Described) -> None:
    frames = {"DM": sdtm_frames()["DM"].drop(columns="AGE"), "EX": pd.DataFrame({"X": ["a"]})}
    assert [str(finding) for finding in validate(sdtm[0], frames)] == [
        "COLUMNS IG.DM: variables differ from the data: AGE",
        "COLUMNS IG.EX: the dataset is not described",
    ]


def test_missing_file_of_a_link_is_found(sdtm: Described, tmp_path: Path) -> None:
    (tmp_path / "define.xml").write_bytes(sdtm[0].read_bytes())
    for name in ("acrf.pdf", "ae.xpt", "dm.xpt", "faae.xpt", "lb.xpt", "suppdm.xpt", "ts.xpt"):
        (tmp_path / name).touch()
    found = [str(finding) for finding in validate(tmp_path / "define.xml", links=True)]
    assert found == ["LINK LF.csdrg: csdrg.pdf is not there"]


def test_file_that_is_no_xml_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "define.xml").write_text("<ODM>")
    assert [finding.rule for finding in validate(tmp_path / "define.xml")] == ["SCHEMA"]


def test_external_entity_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("TOP SECRET")
    entity = f'<!DOCTYPE ODM [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'
    (tmp_path / "define.xml").write_text(f'{entity}<ODM xmlns="{ODM}" ODMVersion="1.3.2"><Study>&e;</Study></ODM>')
    (finding,) = validate(tmp_path / "define.xml")
    assert finding.message == "holds a document type declaration"
    with pytest.raises(DataError, match="holds a document type declaration"):
        render(tmp_path / "define.xml", tmp_path / "define.html")


EXAMPLES = Path(__file__).parents[2] / "shared" / "fixtures" / "define" / "examples"


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="../shared/fixtures/define is not here")
def test_published_examples_pass_the_schema_and_resolve() -> None:
    # The example of ADaM copies variables of datasets that it does not describe.
    assert {finding.rule for finding in validate(EXAMPLES / "defineV21-ADaM.xml")} == {"PREDECESSOR"}
    rules = {finding.rule for finding in validate(EXAMPLES / "defineV21-SDTM.xml")}
    # The example leaves out two methods, as its own remarks say, and the comment of a dataset without data; its lists
    # of the sponsor name a terminology package.
    assert rules == {"METHOD", "DATASET", "TERMS"}


def test_html_is_one_file_with_everything_in_it(sdtm: Described, tmp_path: Path) -> None:
    render(sdtm[0], tmp_path / "define.html")
    text = (tmp_path / "define.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    page = etree.HTML(text)
    assert page.xpath("//script/@src | //link/@href | //img/@src | //iframe") == []
    assert "Hemoglobin" in text and "Planned Minimum Age of Subjects" in text
    links = {href for href in page.xpath("//a/@href") if not href.startswith("#")}
    assert {link.partition("#")[0] for link in links if not link.startswith("javascript:")} == {
        "acrf.pdf", "csdrg.pdf", "ae.xpt", "dm.xpt", "faae.xpt", "lb.xpt", "suppdm.xpt", "ts.xpt",
    }  # fmt: skip


def test_text_of_the_study_is_escaped_in_the_html(tmp_path: Path) -> None:
    text = "ID,Description\nC.SUPP,<script>alert(1)</script>\n"
    written(spec_of(tmp_path, "sdtm", {"sdtm/Comments.csv": text}), sdtm_frames(), tmp_path / "define.xml")
    render(tmp_path / "define.xml", tmp_path / "define.html")
    shown = (tmp_path / "define.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_stylesheet_is_copied_beside_the_define_xml(tmp_path: Path) -> None:
    assert copy_stylesheet(tmp_path) == tmp_path / "define2-1.xsl"
    assert b"xsl:stylesheet" in (tmp_path / "define2-1.xsl").read_bytes()


def test_value_list_of_its_own_values_is_no_endless_loop(sdtm: Described, tmp_path: Path) -> None:
    item = '<ItemDef OID="IT.FAAE.FAORRES.TOXGR" Name="FAORRES"'
    text = sdtm[0].read_text(encoding="utf-8")
    end = text.index("</ItemDef>", text.index(item))
    looped = text[:end] + '<def:ValueListRef ValueListOID="VL.FAAE.FAORRES"/>' + text[end:]
    (tmp_path / "looped.xml").write_text(looped, encoding="utf-8")
    assert [found for found in validate(tmp_path / "looped.xml") if found.rule == "SCHEMA"] == []


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("", "", []),
    ('CommentOID="COM.C.SUPP"', 'CommentOID="COM.X"',
     ["ORPHAN COM.C.SUPP: nothing refers to it", "REFERENCE IG.SUPPDM: d:CommentOID COM.X is not defined"]),
    ("<CheckValue>ALT</CheckValue>", "<CheckValue>ALT</CheckValue><CheckValue>AST</CheckValue>",
     ["WHERE WC.LB.LBTESTCD.ALT: LBTESTCD EQ has 2 values"]),
    ('<ItemRef ItemOID="IT.DM.STUDYID"', '<ItemRef RoleCodeListOID="CL.X" ItemOID="IT.DM.STUDYID"',
     ["REFERENCE IG.DM: RoleCodeListOID CL.X is not defined"]),
])  # fmt: skip
def test_document_of_version_2_0_is_held_against_itself(
    sdtm: Described, tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    text = sdtm[0].read_text(encoding="utf-8").replace("/ns/def/v2.1", "/ns/def/v2.0")
    (tmp_path / "older.xml").write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    assert [str(found) for found in validate(tmp_path / "older.xml")] == expected
