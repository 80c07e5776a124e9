"""The public stylesheet with its searches answered by an index writes what it writes as published."""

from __future__ import annotations

from pathlib import Path

import pytest
from define_study import adam_frames, sdtm_frames, spec_of, written
from lxml import etree

from define.render import _PARAMETERS, FOLDER, STYLESHEET, render
from define.stylesheet import indexed

EXAMPLES = Path(__file__).parents[2] / "shared" / "fixtures" / "define" / "examples"


def _can_be_read(path: Path) -> bool:
    content = path.read_bytes()
    return b"def/v2.1" in content[:3000] and b"<!DOCTYPE" not in content


PUBLISHED = sorted(path for path in EXAMPLES.rglob("*.xml") if _can_be_read(path))


def as_published(path: Path) -> bytes:
    """The page by the stylesheet as it stands in its package."""
    transform = etree.XSLT(etree.parse(str(FOLDER / STYLESHEET)))
    values = {name: etree.XSLT.strparam(value) for name, value in _PARAMETERS.items()}
    found = transform(etree.parse(str(path)), **values)
    return etree.tostring(found, method="html", encoding="utf-8", doctype="<!DOCTYPE html>")


@pytest.fixture(scope="module", params=["sdtm", "adam"])
def described(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The define.xml of a stage of the small study."""
    folder = tmp_path_factory.mktemp(request.param)
    path = folder / "define.xml"
    written(spec_of(folder, request.param), {"sdtm": sdtm_frames, "adam": adam_frames}[request.param](), path)
    return path


def test_page_is_the_one_of_the_published_stylesheet(described: Path, tmp_path: Path) -> None:
    render(described, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == as_published(described)


def test_references_that_lead_nowhere_are_shown_as_published(described: Path, tmp_path: Path) -> None:
    document = etree.parse(str(described))
    named = ("{*}CodeList", "{*}MethodDef", "{*}CommentDef", "{*}WhereClauseDef")
    for number, element in enumerate(document.iter(*named)):
        if number % 2:
            element.set("OID", f"{element.get('OID')}.GONE")
    path = tmp_path / "define.xml"
    document.write(str(path), encoding="utf-8", xml_declaration=True)
    render(path, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_bytes()
    assert b"unresolved" in page
    assert page == as_published(path)


@pytest.mark.skipif(not PUBLISHED, reason="the published examples of ../shared are not there")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_published_examples_are_shown_as_published(path: Path, tmp_path: Path) -> None:
    render(path, tmp_path / "page.html")
    assert (tmp_path / "page.html").read_bytes() == as_published(path)


def test_searches_of_the_stylesheet_are_found() -> None:
    """A later version of the stylesheet that writes its searches in another way is slow again: this tells."""
    sheet = indexed(FOLDER / STYLESHEET, etree.XMLParser())
    texts = [value for element in sheet.iter() for value in element.attrib.values()]
    assert sum("key('trialspec." in text for text in texts) > 40
