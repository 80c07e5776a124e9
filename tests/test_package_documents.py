"""Documents that a study gives itself go into the package: analysis plan, a CRF of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from package_study import files, package_of, study_folder
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

import pipeline
import pipeline_submission
from define.odm import DEF
from specs.problem import DataError

SDTM, ADAM = "m5/datasets/tea-1/tabulations/sdtm", "m5/datasets/tea-1/analysis/adam/datasets"
ROWS = "ID,Title,Href\nadrg,Reviewer's Guide,adrg.pdf\nsap,Analysis Plan,{href}\n"


def pdf(path: Path, pages: int) -> bytes:
    """A PDF file with so many pages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    canvas = Canvas(str(path), invariant=1)
    for number in range(pages):
        canvas.drawString(100, 700, f"Page {number + 1}")
        canvas.showPage()
    canvas.save()
    return path.read_bytes()


def with_plan(folder: Path, href: str) -> Path:
    study = study_folder(folder)
    (study / "adam" / "Documents.csv").write_text(ROWS.format(href=href), encoding="utf-8")
    return study


def pages(package: Path) -> list[str]:
    """The pages that the define.xml of SDTM refers to."""
    root = etree.parse(package / SDTM / "define.xml")
    return [str(page.get("PageRefs")) for page in root.iter(f"{{{DEF}}}PDFPageRef")]


def test_document_of_the_study_stands_where_define_xml_says(tmp_path: Path) -> None:
    study = with_plan(tmp_path, "docs/sap.pdf")
    content = pdf(study / "adam" / "docs" / "sap.pdf", 2)
    package = package_of(study, tmp_path / "out")
    assert files(package)[f"{ADAM}/docs/sap.pdf"] == content
    assert f"  {ADAM}/docs/sap.pdf\n" in (package / "checksums.sha256").read_text(encoding="ascii")
    request = pipeline.Request(study, tmp_path / "out")
    assert pipeline_submission.verify(request, package).differences == []
    pdf(study / "adam" / "docs" / "sap.pdf", 3)
    told = [str(found) for found in pipeline_submission.verify(request, package).differences]
    changed = "is not the file that the package was made with"
    assert any("adam/docs/sap.pdf" in line and changed in line for line in told)
    assert any(f"{ADAM}/docs/sap.pdf" in line and "has 2 pages" in line for line in told)


@pytest.mark.parametrize(("href", "put", "said"), [
    ("sap.pdf", "", r"adam/Documents\.csv:3 \[Href\] the file of 'sap' is not there; put it into the study as adam"),
    ("../sap.pdf", "sap.pdf", "the file of 'sap' is not there"),
    ("sap.docx", "adam/sap.docx", "'sap.docx' is no PDF"),
    ("SAP.pdf", "adam/SAP.pdf", "'S' is not allowed in the name of a file"),
])  # fmt: skip
def test_document_that_cannot_be_submitted(tmp_path: Path, href: str, put: str, said: str) -> None:
    study = with_plan(tmp_path, href)
    if put:
        pdf(study / put, 1)
    with pytest.raises(DataError, match=said):
        package_of(study, tmp_path / "out")
    assert not (tmp_path / "out" / "package").exists()


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.4 cut off"])
def test_document_that_is_no_whole_pdf_is_refused(tmp_path: Path, content: bytes) -> None:
    study = with_plan(tmp_path, "sap.pdf")
    (study / "adam" / "sap.pdf").write_bytes(content)
    with pytest.raises(DataError, match=r"adam/sap\.pdf is named as a PDF, and cannot be read as one"):
        package_of(study, tmp_path / "out")


def test_annotated_crf_of_the_study_takes_the_place_of_ours(tmp_path: Path) -> None:
    study = study_folder(tmp_path)
    content = pdf(study / "sdtm" / "acrf.pdf", 9)
    variables = (study / "sdtm" / "Variables.csv").read_text(encoding="utf-8")
    lines = [line + (",Pages" if n == 0 else ",7" if line.startswith("AE,AETERM") else ",")
             for n, line in enumerate(variables.splitlines())]  # fmt: skip
    (study / "sdtm" / "Variables.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (study / "sdtm" / "Guide.csv").unlink()
    package = package_of(study, tmp_path / "out")
    assert files(package)[f"{SDTM}/acrf.pdf"] == content
    assert pages(package) == ["7"]
    guide = "".join(page.extract_text() for page in PdfReader(package / SDTM / "csdrg.pdf").pages)
    assert "The annotated CRF, acrf.pdf, is a document of the study" in " ".join(guide.split())


def test_annotated_crf_of_the_study_is_not_referred_to_by_our_places(tmp_path: Path) -> None:
    study = study_folder(tmp_path)
    pdf(study / "sdtm" / "acrf.pdf", 9)
    (study / "sdtm" / "Guide.csv").unlink()
    assert pages(package_of(study, tmp_path / "out")) == []


def test_pages_of_a_crf_that_the_study_does_not_give_are_refused(tmp_path: Path) -> None:
    study = study_folder(tmp_path)
    variables = (study / "sdtm" / "Variables.csv").read_text(encoding="utf-8")
    lines = [line + (",Pages" if n == 0 else ",1" if line.startswith("AE,AETERM") else ",")
             for n, line in enumerate(variables.splitlines())]  # fmt: skip
    (study / "sdtm" / "Variables.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="pages, which are those of a CRF of the study, and it is not there"):
        package_of(study, tmp_path / "out")
