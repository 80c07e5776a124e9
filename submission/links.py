"""Follows the links of a folder: files, anchors and named destinations that define.xml, pages, PDF and DOCX lead to."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote

from lxml import etree, html
from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject

from define.render import read_document
from specs.problem import Place, Problem

_DEF = "{http://www.cdisc.org/ns/def/v2.1}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_NAMED = "nameddest="  # the parameters of an address of a PDF file, as RFC 8118 lists them: nameddest, page
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Link:
    """A link of a file. target: the file it leads to, "" for its own. anchor: a place there, page: a page by number."""

    source: str
    target: str
    anchor: str = ""
    page: int = 0


def broken(folder: Path, root: Path | None = None) -> list[Problem]:
    """Every link of the files of a folder, and of those below it, that leads nowhere; files as seen from `root`."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in _READERS and path.is_file():
            for link in sorted(set(links(path))):
                if problem := _followed(path, link):
                    found.append(Problem(Place(path.relative_to(root or folder).as_posix()), problem))
    return found


def links(path: Path) -> Iterator[Link]:
    """The links of a file by its kind, without addresses of the network."""
    yield from _READERS[path.suffix](path)


def _followed(path: Path, link: Link) -> str:
    """Why a link leads nowhere; "" where it leads somewhere."""
    target = path.parent / link.target if link.target else path
    shown = f"{link.target}{'#' + link.anchor if link.anchor else ''}"
    if not target.is_file():
        return f"a link leads to {shown}, which is not there"
    if link.anchor and link.anchor not in anchors(target):
        return f"a link leads to {shown}, a place that {target.name} does not have"
    if link.page and not (target.suffix == ".pdf" and link.page <= _pages(target)):
        return f"a link leads to page {link.page} of {link.target}, which it does not have"
    return ""


def anchors(path: Path) -> frozenset[str]:
    """The places of a file that links can name: named destinations, ids, bookmarks."""
    return _anchors(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _anchors(path: Path, changed: int) -> frozenset[str]:
    if path.suffix == ".pdf":
        return frozenset(str(name) for name in _pdf(path).named_destinations)
    if path.suffix == ".html":
        return frozenset(str(name) for name in _page(path).xpath("//@id | //a/@name"))
    if path.suffix == ".docx":
        marks = _word(path, "word/document.xml").iter(f"{_WORD}bookmarkStart")
        return frozenset(mark.get(f"{_WORD}name", "") for mark in marks)
    return frozenset()


def _pages(path: Path) -> int:
    return len(_pdf(path).pages)


def _pdf(path: Path) -> PdfReader:
    return PdfReader(path)


def _page(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_bytes())


def _word(path: Path, part: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    with zipfile.ZipFile(path) as file:
        return etree.fromstring(file.read(part), parser)


def _local(path: Path, address: str) -> Iterator[Link]:
    if not _ADDRESS.match(address):
        target, _, anchor = map(unquote, address.partition("#"))
        asked, _, value = anchor.partition("=")
        if target.endswith(".pdf") and asked == "page" and value.isdigit():
            yield Link(path.name, target, page=int(value))
        elif target or anchor:
            yield Link(path.name, target, anchor.removeprefix(_NAMED) if target.endswith(".pdf") else anchor)


def _of_define(path: Path) -> Iterator[Link]:
    root = read_document(path).getroot()
    leaves = {leaf.get("ID", ""): leaf.get(_HREF, "") for leaf in root.iter(f"{_DEF}leaf")}
    yield from (Link(path.name, href) for href in leaves.values())
    for reference in root.iter(f"{_DEF}DocumentRef"):
        target = leaves.get(reference.get("leafID", ""), f"leaf {reference.get('leafID')}")
        yield Link(path.name, target)
        for page in reference.iter(f"{_DEF}PDFPageRef"):
            yield from _of_page_reference(path.name, target, page)


def _of_page_reference(source: str, target: str, page: etree._Element) -> Iterator[Link]:
    named = page.get("PageRefs", "").split()
    if page.get("Type") == "NamedDestination":
        yield from (Link(source, target, name) for name in named)
    else:
        bounds = [page.get("FirstPage", ""), page.get("LastPage", "")]
        yield from (Link(source, target, page=int(text)) for text in [*named, *bounds] if text.isdigit())


def _of_html(path: Path) -> Iterator[Link]:
    for address in _page(path).xpath("//@href | //@src"):
        yield from _local(path, str(address))


def _of_docx(path: Path) -> Iterator[Link]:
    related = {e.get("Id"): e.get("Target", "") for e in _word(path, "word/_rels/document.xml.rels")}
    for link in _word(path, "word/document.xml").iter(f"{_WORD}hyperlink"):
        if anchor := link.get(f"{_WORD}anchor"):
            yield Link(path.name, "", anchor)
        yield from _local(path, related.get(link.get(_RELATED), ""))


def _of_pdf(path: Path) -> Iterator[Link]:
    try:
        for page in _pdf(path).pages:
            for annotation in page.get("/Annots", ()):
                yield from _of_annotation(path, annotation.get_object())
    except PyPdfError:
        return


def _of_annotation(path: Path, annotation: DictionaryObject) -> Iterator[Link]:
    given = annotation.get("/A", DictionaryObject()).get_object()
    action = given if isinstance(given, DictionaryObject) else DictionaryObject()
    target = action.get("/F", "")
    target = target.get("/F", "") if isinstance(target, DictionaryObject) else target
    place = action.get("/D", annotation.get("/Dest"))
    if action.get("/S") == "/URI":
        yield from _local(path, str(action.get("/URI", "")))
    elif target:
        yield Link(path.name, unquote(str(target)), "" if isinstance(place, (ArrayObject, type(None))) else str(place))
    elif place is not None and not isinstance(place, ArrayObject):
        yield Link(path.name, "", str(place).lstrip("/"))


_READERS = {".xml": _of_define, ".html": _of_html, ".pdf": _of_pdf, ".docx": _of_docx}
