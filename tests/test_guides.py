"""The reviewer's guides: sections of the templates, numbers of the data, texts of the study, three forms alike."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner
from compare_data import Var, write_xpt
from lxml import html
from package_study import study_folder
from pypdf import PdfReader

import pipeline
import pipeline_submission
from cli import main
from formats import xpt_chosen
from specs.guide_sections import ADRG, CSDRG, SECTIONS
from specs.problem import DataError, SpecError
from submission.guide.data import StageData

REFERENCE = Path(__file__).parents[1] / "specs" / "nct06178146"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented study, built, with its guides."""
    folder = tmp_path_factory.mktemp("guides")
    request = pipeline.Request(study_folder(folder), folder / "out")
    pipeline.sdtm(request)
    pipeline.adam(request)
    pipeline_submission.guides(request)
    return folder


def _pdf(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def _titles(path: Path) -> list[str]:
    """The headings of a guide by its kind."""
    if path.suffix == ".docx":
        lines = docx.Document(str(path)).paragraphs
        found = [line.text for line in lines if line.style and str(line.style.name).startswith("Heading")]
    elif path.suffix == ".html":
        found = [str(e.text_content()) for e in html.parse(str(path)).getroot().xpath("//h1 | //h2 | //h3 | //h4")]
    else:
        found = [str(item.title) for item in _flat(PdfReader(path).outline)]
    return [" ".join(text.split()) for text in found]


def _flat(outline: list[Any]) -> list[Any]:
    return [item for part in outline for item in (_flat(part) if isinstance(part, list) else [part])]


@pytest.mark.parametrize(("guide", "name"), [(CSDRG, "sdtm/csdrg"), (ADRG, "adam/adrg")])
@pytest.mark.parametrize("kind", ["pdf", "docx", "html"])
def test_the_sections_are_those_of_the_template(home: Path, guide: str, name: str, kind: str) -> None:
    shown = _titles(home / "out" / f"{name}.{kind}")
    wanted = [f"{number}{':' * (number[0] == 'A')} {title}" for number, title in SECTIONS[guide].items()]
    assert [title for title in shown if title in wanted] == wanted


@pytest.mark.parametrize("name", ["sdtm/csdrg", "adam/adrg"])
def test_three_forms_say_the_same(home: Path, name: str) -> None:
    """Every cell of every table of the DOCX stands in the PDF and in the HTML."""
    word = docx.Document(str(home / "out" / f"{name}.docx"))
    squeezed = [re.sub(r"\s", "", text) for text in (
        _pdf(home / "out" / f"{name}.pdf"),
        str(html.parse(str(home / "out" / f"{name}.html")).getroot().text_content()),
    )]  # fmt: skip
    cells = {re.sub(r"\s", "", cell.text) for table in word.tables for row in table.rows for cell in row.cells}
    assert len(cells) > 50
    for text in squeezed:
        assert sorted(cell for cell in cells if len(cell) < 40 and cell not in text) == []


@pytest.mark.parametrize(("stage", "guide"), [("sdtm", "csdrg"), ("adam", "adrg")])
def test_records_and_subjects_are_those_of_the_files(home: Path, stage: str, guide: str) -> None:
    """Counted with pyreadstat."""
    word = docx.Document(str(home / "out" / stage / f"{guide}.docx"))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    listed = next(table for table in tables if {"Dataset", "Label", "Class", "Records"} <= set(table[0]))
    at = {name: place for place, name in enumerate(listed[0])}
    shown = {row[at["Dataset"]]: (row[at["Records"]], row[at["Subjects"]]) for row in listed[1:]}
    counted = {}
    for path in sorted((home / "out" / stage).glob("*.xpt")):
        data: pd.DataFrame = pyreadstat.read_xport(str(path))[0]
        subjects = str(data["USUBJID"].nunique()) if "USUBJID" in data else ""
        counted[path.stem.upper()] = (f"{len(data):,d}", subjects)
    assert shown == counted


def test_texts_of_the_study_stand_in_their_section(home: Path) -> None:
    for name in ("sdtm/csdrg", "adam/adrg"):
        assert "Three arms drink tea. Site 07." in _pdf(home / "out" / f"{name}.pdf")
    page = (home / "out" / "sdtm" / "csdrg.html").read_text(encoding="utf-8")
    assert '<a href="acrf.pdf#raw_events">the form</a> &amp; the <strong>notes</strong> &lt;of&gt;' in page
    assert "<code>AETERM</code>" in page


def test_sections_without_text_are_named(home: Path) -> None:
    result = CliRunner().invoke(main, ["guide", str(home / "study"), "--out", str(home / "out")])
    assert result.exit_code == 0, result.output
    assert "adam/Guide.csv has no text for section 5.1 Overview of the ADRG" in result.output
    assert "2.2 Protocol Design" not in result.output
    assert f"written: {home / 'out' / 'sdtm' / 'csdrg.pdf'}" in result.output


def test_guides_of_two_builds_are_the_same_bytes(home: Path, tmp_path: Path) -> None:
    request = pipeline.Request(home / "study", tmp_path / "out")
    pipeline.sdtm(request)
    pipeline_submission.guides(request, stages=("sdtm",))
    for name in ("csdrg.pdf", "csdrg.docx", "csdrg.html", "acrf.pdf", "acrf.csv"):
        assert (tmp_path / "out" / "sdtm" / name).read_bytes() == (home / "out" / "sdtm" / name).read_bytes()


def test_a_build_takes_away_guides_that_would_be_out_of_date(tmp_path: Path) -> None:
    request = pipeline.Request(study_folder(tmp_path), tmp_path / "out")
    pipeline.sdtm(request)
    pipeline_submission.guides(request, stages=("sdtm",))
    pipeline.sdtm(request)
    assert not list((tmp_path / "out" / "sdtm").glob("csdrg.*"))


def test_no_guide_without_datasets(home: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no datasets; run: build sdtm"):
        pipeline_submission.guides(pipeline.Request(home / "study", tmp_path))


def test_a_character_that_the_font_lacks_is_an_error(tmp_path: Path) -> None:
    study = study_folder(tmp_path)
    with (study / "sdtm" / "Guide.csv").open("a", encoding="utf-8") as stream:
        stream.write(",AE,2,頭痛\n")
    request = pipeline.Request(study, tmp_path / "out")
    pipeline.sdtm(request)
    with pytest.raises(DataError, match="the font has no '痛'"):
        pipeline_submission.guides(request, stages=("sdtm",))
    assert not list((tmp_path / "out" / "sdtm").glob("csdrg.*"))


def test_formulas_and_tags_stay_text(home: Path) -> None:
    """No script and nothing that is fetched."""
    page = html.parse(str(home / "out" / "sdtm" / "csdrg.html")).getroot()
    assert not page.xpath("//script | //@onclick | //link[@rel='stylesheet'] | //@src")


# --- faults of the tables -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("both,Nowhere,1,x", "sdtm/Guide.csv:7 [Section] 'Nowhere' is no section of the cSDRG and the ADRG"),
        ("cSDRG,Core Variables,1,x", "'Core Variables' is no section of the cSDRG"),
        (",AE,1,{NONE}", "[Text]"),
        (",AE,1,[x](/etc/passwd)", "[Text]"),
        (",AE,1,[x](javascript:alert)", "[Text]"),
        (",AE,one,x", "[Order]"),
    ],
)
def test_faults_of_the_sheet_guide(tmp_path: Path, row: str, said: str) -> None:
    study = study_folder(tmp_path)
    with (study / "sdtm" / "Guide.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{row}\n")
    with pytest.raises(SpecError) as error:
        pipeline.check(pipeline.Request(study))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("events,1,,Title,,", "sdtm/Forms.csv:5 [Form] 'events' is no raw table; did you mean 'raw_events'?"),
        ("raw_labs,1,Resultt,Result,,", "[Columns] raw_labs has no column 'Resultt'; did you mean 'Result'?"),
        ("raw_events,3,IT.AETERM,Again,,", "raw_events.IT.AETERM stands here a second time"),
        ("raw_events,3,,Again,,", "the form raw_events stands here a second time"),
    ],
)
def test_faults_of_the_sheet_forms(tmp_path: Path, row: str, said: str) -> None:
    study = study_folder(tmp_path)
    with (study / "sdtm" / "Forms.csv").open("a", encoding="utf-8") as stream:
        stream.write(f"{row}\n")
    with pytest.raises(SpecError) as error:
        pipeline.check(pipeline.Request(study))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ('folder = "S 1"', "package.folder"),
        ('split_above = "large"', "'large' is not a size"),
        ("split_above = 0", "0 is not a size"),
        ('longest_path = "x"', "is not a number of characters"),
        ('font = "../font.ttf"', "is no font of the study"),
        ('font = "/usr/font.ttf"', "is no font of the study"),
        ('splt_above = "5 GB"', "is not a setting of the submission folder"),
    ],
)
def test_faults_of_the_settings(tmp_path: Path, setting: str, said: str) -> None:
    name, _, value = setting.partition(" = ")
    study = study_folder(tmp_path, **{name: value})
    with pytest.raises(SpecError) as error:
        pipeline.check(pipeline.Request(study))
    assert said in str(error.value)


def test_a_font_that_is_none(tmp_path: Path) -> None:
    study = study_folder(tmp_path, font='"font.ttf"')
    request = pipeline.Request(study, tmp_path / "out")
    pipeline.sdtm(request)
    with pytest.raises(DataError, match="is not there"):
        pipeline_submission.guides(request, stages=("sdtm",))
    (study / "font.ttf").write_bytes(b"no font")
    with pytest.raises(DataError, match="is no TrueType font"):
        pipeline_submission.guides(request, stages=("sdtm",))


# --- the annotated CRF ----------------------------------------------------------------------------------


def test_forms_show_what_each_column_becomes(home: Path) -> None:
    reader = PdfReader(home / "out" / "sdtm" / "acrf.pdf")
    page = reader.get_destination_page_number(reader.named_destinations["raw_events"]) or 0
    text = " ".join(reader.pages[page].extract_text().split())
    assert "Adverse Events (raw_events)" in text
    assert "Visits: V1, V2" in text
    assert re.search(r"IT\.AETERM What happened\? AE\.AETERM", text), text
    assert "[NOT SUBMITTED] Operational" in text or "Line-No" not in text


def test_destinations_have_their_page(home: Path) -> None:
    """The pages of acrf.csv are those of the file."""
    reader = PdfReader(home / "out" / "sdtm" / "acrf.pdf")
    places = pd.read_csv(home / "out" / "sdtm" / "acrf.csv")
    assert {"AE.AETERM", "DM.SEX", "LB.LBORRES"} <= set(places["Destination"])
    for name, page in zip(places["Destination"], places["Page"]):
        assert reader.get_destination_page_number(reader.named_destinations[name]) == page - 1


def test_a_study_with_page_numbers_keeps_them(tmp_path: Path) -> None:
    from sdtm.build import check
    from specs.load import load
    from submission.acrf.forms import forms_of, with_pages

    study = study_folder(tmp_path)
    stage = check(load(study, "sdtm", {}), study / "raw")
    forms = forms_of(stage)
    assert with_pages(stage.spec, forms).variables["AE", "AETERM"].pages == "AE.AETERM"
    path = study / "sdtm" / "Variables.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["Pages"] = ["12" if (d, v) == ("DM", "SEX") else "" for d, v in zip(table["Dataset"], table["Variable"])]
    table.to_csv(path, index=False, lineterminator="\n")
    stated = load(study, "sdtm", {})
    assert stated.variables["DM", "SEX"].pages == "12"
    assert with_pages(stated, forms).variables["AE", "AETERM"].pages == ""


def test_documents_open_in_word_processors(home: Path) -> None:
    """python-docx reads what it wrote after it was packed again, and the bookmarks that links name are there."""
    content = (home / "out" / "sdtm" / "csdrg.docx").read_bytes()
    word = docx.Document(io.BytesIO(content))
    assert word.core_properties.title == "Clinical Study Data Reviewer's Guide"
    assert word.core_properties.created.isoformat().startswith("2024-03-01")


def test_records_and_subjects_of_each_combination_are_counted_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted by hand, with blocks of two records; a missing value is a value, a missing subject is no subject."""
    monkeypatch.setattr(xpt_chosen, "block_rows", lambda member: 2)
    write_xpt(tmp_path / "lb.xpt", {
        "USUBJID": Var(["1", "2", "1", None, "2", "1"]),
        "LBTESTCD": Var(["B", "A", "B", "B", None, "B"]),
        "VISITNUM": Var([2.0, 1.5, 2.0, 2.0, 1.0, 3.0]),
    })  # fmt: skip
    data = StageData(tmp_path, "ascii")
    assert data.counts("LB", ["LBTESTCD", "VISITNUM", "VISIT"]) == [
        (("B", "2"), 3, 1), (("A", "1.5"), 1, 1), (("", "1"), 1, 1), (("B", "3"), 1, 1),
    ]  # fmt: skip
    assert (data.rows("LB"), data.subjects("LB"), data.counts("LB", ["VISIT"])) == (6, 2, [])
    write_xpt(tmp_path / "ta.xpt", {"ARMCD": Var(["A", "A", "B"]), "TAETORD": Var([1.0, 2.0, 1.0])})
    other = StageData(tmp_path, "ascii")
    assert other.counts("TA", ["ARMCD"]) == [(("A",), 2, 0), (("B",), 1, 0)]
    assert other.subjects("TA") is None


def test_a_study_of_which_nothing_was_collected_has_its_guides(tmp_path: Path) -> None:
    """The raw tables of the reference study without rows: ADLB has visits and no records of which to list them."""
    raw = tmp_path / "raw"
    raw.mkdir()
    for path in (REFERENCE / "raw").glob("*.csv"):
        head, _, _ = path.read_text(encoding="utf-8-sig").partition("\n")
        (raw / path.name).write_text(head + "\n", encoding="utf-8-sig")
    request = pipeline.Request(REFERENCE, tmp_path / "out", raw)
    pipeline.sdtm(request)
    pipeline.adam(request)
    pipeline_submission.guides(request)
    assert "Analysis visits of" not in _pdf(tmp_path / "out" / "adam" / "adrg.pdf")
