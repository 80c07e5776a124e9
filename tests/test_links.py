"""Every link of define.xml, define.html, the guides and the annotated CRF is followed: files, anchors, destinations."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree
from package_study import GUIDE, study_folder
from pypdf import PdfReader

import pipeline
import pipeline_submission
from submission import links

DEF = "{http://www.cdisc.org/ns/def/v2.1}"
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


@pytest.fixture(scope="module")
def documented(study_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference study with guides, and define.xml written after them."""
    out = tmp_path_factory.mktemp("documented") / "out"
    shutil.copytree(study_build, out)
    request = pipeline.Request(pipeline.REFERENCE, out, study_build.parent / "raw")
    pipeline_submission.guides(request)
    pipeline.define(request)
    return out


def test_no_link_leads_nowhere(documented: Path) -> None:
    assert [str(problem) for problem in links.broken(documented)] == []


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("sdtm/define.xml", 100), ("adam/define.xml", 8), ("sdtm/define.html", 200), ("adam/define.html", 300),
        ("sdtm/csdrg.html", 40), ("sdtm/csdrg.docx", 40), ("adam/adrg.html", 30), ("adam/adrg.docx", 30),
        ("sdtm/csdrg.pdf", 1),
    ],
)  # fmt: skip
def test_the_links_are_seen(documented: Path, name: str, least: int) -> None:
    assert len(set(links.links(documented / name))) >= least


def _page_references(path: Path) -> Counter[str]:
    """Every name that a define.xml asks of acrf.pdf, read with nothing of ours."""
    root = etree.parse(str(path)).getroot()
    pages = [page for page in root.iter(f"{DEF}PDFPageRef") if page.getparent().get("leafID") == "LF.acrf"]
    assert pages and all(page.get("Type") == "NamedDestination" for page in pages)
    return Counter(name for page in pages for name in page.get("PageRefs").split())


def test_page_references_reach_the_annotated_crf(documented: Path) -> None:
    """Each name is a destination, on a page on which the variable is written."""
    reader = PdfReader(documented / "sdtm" / "acrf.pdf")
    places = reader.named_destinations
    texts = [" ".join(page.extract_text().split()) for page in reader.pages]
    for name in _page_references(documented / "sdtm" / "define.xml"):
        assert name in places, name
        page = texts[reader.get_destination_page_number(places[name]) or 0]
        variable = name.split(".")[1] if "." in name else name
        assert variable in page, (name, page[:80])


def test_every_collected_variable_has_a_page(documented: Path) -> None:
    root = etree.parse(str(documented / "sdtm" / "define.xml")).getroot()
    items = list(root.iter(f"{ODM}ItemDef"))
    collected = [item for item in items if item.find(f"{DEF}Origin[@Type='Collected']") is not None]
    bare = [item.get("OID") for item in collected if item.find(f".//{DEF}PDFPageRef") is None]
    assert len(collected) > 100
    # DDDTC is not collected in fact; the others copy another submitted variable, which has the reference.
    assert set(bare) <= {"IT.DD.DDDTC", "IT.DM.RFICDTC", "IT.SC.SCDTC", "IT.FAAE.FASCAT"}


def test_each_raw_table_is_a_destination(documented: Path) -> None:
    """Page references by form bear the name of the raw table."""
    places = PdfReader(documented / "sdtm" / "acrf.pdf").named_destinations
    raw = {path.stem for path in (pipeline.REFERENCE / "raw").glob("raw_*.csv")}
    assert raw and raw <= set(places)


def test_destinations_of_the_package_are_those_of_a_reader_of_another_maker(documented: Path) -> None:
    """pdfinfo (Poppler) lists the same names."""
    import subprocess

    program = shutil.which("pdfinfo")
    if program is None:
        pytest.skip("pdfinfo is not installed")
    path = documented / "sdtm" / "acrf.pdf"
    found = subprocess.run([program, "-dests", str(path)], capture_output=True, text=True, check=True).stdout
    names = {line.split('"')[1] for line in found.splitlines() if '"' in line}
    assert names == set(PdfReader(path).named_destinations)


# --- links that lead nowhere ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<p id="a"></p><a href="#a">x</a><a href="https://x.org/#y">x</a>', []),
        ('<a href="#b">x</a>', ["page.html a link leads to #b, a place that page.html does not have"]),
        ('<img src="a.png">', ["page.html a link leads to a.png, which is not there"]),
        ('<a href="page.html#c">', ["page.html a link leads to page.html#c, a place that page.html does not have"]),
    ],
)
def test_links_of_a_page(tmp_path: Path, content: str, said: list[str]) -> None:
    (tmp_path / "page.html").write_text(f"<html><body>{content}</body></html>", encoding="utf-8")
    assert [str(problem) for problem in links.broken(tmp_path)] == said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("acrf.pdf#DM.SEX", []),
        ("acrf.pdf#nameddest=DM.SEX", []),
        ("acrf.pdf#page=2", []),
        ("acrf.pdf#nameddest=DM.S", ["page.html a link leads to acrf.pdf#DM.S, a place that acrf.pdf does not have"]),
        ("acrf.pdf#page=998", ["page.html a link leads to page 998 of acrf.pdf, which it does not have"]),
    ],
)
def test_links_of_a_page_to_a_pdf(documented: Path, tmp_path: Path, address: str, said: list[str]) -> None:
    shutil.copy(documented / "sdtm" / "acrf.pdf", tmp_path / "acrf.pdf")
    (tmp_path / "page.html").write_text(f'<html><body><a href="{address}">x</a></body></html>', encoding="utf-8")
    assert [str(problem) for problem in links.broken(tmp_path)] == said


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ('<def:PDFPageRef PageRefs="DM.SEX raw_dm" Type="NamedDestination"/>', []),
        ('<def:PDFPageRef PageRefs="DM.SEXX" Type="NamedDestination"/>', ["DM.SEXX, a place that acrf.pdf"]),
        ('<def:PDFPageRef PageRefs="1 2" Type="PhysicalRef"/>', []),
        ('<def:PDFPageRef PageRefs="999" Type="PhysicalRef"/>', ["page 999 of acrf.pdf, which it does not have"]),
        ('<def:PDFPageRef FirstPage="1" LastPage="998" Type="PhysicalRef"/>', ["page 998 of acrf.pdf"]),
    ],
)
def test_links_of_a_define(documented: Path, tmp_path: Path, reference: str, said: list[str]) -> None:
    shutil.copy(documented / "sdtm" / "acrf.pdf", tmp_path / "acrf.pdf")
    text = f"""<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"
      xmlns:xlink="http://www.w3.org/1999/xlink"><def:DocumentRef leafID="LF.acrf">{reference}</def:DocumentRef>
      <def:leaf ID="LF.acrf" xlink:href="acrf.pdf"/></ODM>"""
    (tmp_path / "define.xml").write_text(text, encoding="utf-8")
    found = [str(problem) for problem in links.broken(tmp_path)]
    assert len(found) == len(said)
    assert all(part in line for part, line in zip(said, found)), found


def test_links_of_guides(tmp_path: Path) -> None:
    """A link of a text of the study is one in PDF, DOCX and HTML."""
    study = study_folder(tmp_path)
    (study / "sdtm" / "Guide.csv").write_text(GUIDE.replace("acrf.pdf#raw_events", "none.pdf"), encoding="utf-8")
    request = pipeline.Request(study, tmp_path / "out")
    pipeline.sdtm(request)
    pipeline_submission.guides(request, stages=("sdtm",))
    found = [str(problem) for problem in links.broken(tmp_path / "out")]
    assert found == [
        f"sdtm/csdrg.{kind} a link leads to none.pdf, which is not there" for kind in ("docx", "html", "pdf")
    ]
