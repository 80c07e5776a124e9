"""The page of a define.xml: one HTML file with a search, that opens from disk and needs nothing else.

All that the page shows stands in its HTML, so that it can be read, searched and printed without scripts. The script
shows one dataset or list at a time, and puts method, codelist and comment of a variable below it.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

import jinja2
from lxml import etree
from markupsafe import Markup

from define import page_lists
from define.lineage import Lineage
from define.odm import ODM
from define.page_content import Link, Reader
from define.read import read_define
from formats import html_templates

TEMPLATES = Path(__file__).parent / "templates"
_SHORT = 180


@cache
def _template() -> jinja2.Template:
    environment = html_templates.environment(TEMPLATES)
    return environment.get_template("define.html")


def write_page(path_xml: Path, path_html: Path, lineage: Lineage | None = None, stylesheet: str = "") -> None:
    """Write the define.xml at `path_xml` as a page to `path_html`.

    lineage: as `define.lineage.lineage` gives it; without it the page tells predecessors only. stylesheet: the name of
    the same document by the public stylesheet, if it stands beside the page. Raises DataError if the file is no XML or
    holds a document type declaration, SpecError if it is no define.xml.
    """
    path_html.write_text(page(path_xml, lineage, stylesheet), encoding="utf-8", newline="\n")


def page(path_xml: Path, lineage: Lineage | None = None, stylesheet: str = "") -> str:
    """The page as HTML; everything that comes from the document is escaped."""
    reader = Reader(read_define(path_xml), lineage or {})
    document = reader.document
    datasets = reader.datasets()
    displays = page_lists.displays(reader)
    codelists = page_lists.codelists(reader)
    methods, comments = page_lists.methods(reader), page_lists.comments(reader)
    script = (TEMPLATES / "define_script.html").read_text(encoding="utf-8")
    return _template().render(
        study={name: _study(document.root, name) for name in ("StudyName", "StudyDescription", "ProtocolName")},
        title=document.version.get("Name", ""),
        version=document.get(document.version, "def:DefineVersion"),
        created=document.root.get("CreationDateTime", ""),
        source=" ".join(filter(None, (document.root.get(n) for n in ("SourceSystem", "SourceSystemVersion")))),
        stylesheet=stylesheet,
        datasets=datasets,
        displays=displays,
        codelists=codelists,
        codelist_names={one.oid: one.name for one in codelists},
        methods=methods,
        comments=comments,
        texts={one.oid: _first(one.text) for one in (*methods, *comments)},
        used_in=_used_in(displays),
        documents=page_lists.documents(reader),
        standards=page_lists.standards(reader),
        style=Markup((TEMPLATES / "define_style.html").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        script=Markup(script),  # noqa: S704 (our own file)
        digest=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _first(text: str) -> str:
    """As much of a text as a row of a table has room for."""
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[:_SHORT].rpartition(' ')[0]} …"


def _used_in(displays: list[page_lists.Display]) -> dict[str, list[Link]]:
    """The place of a variable on the page to the results that analyse it."""
    found: dict[str, list[Link]] = {}
    for display in displays:
        for result in display.results:
            link = Link(f"{display.name}: {result.text}", result.oid)
            for variable in {one.href: one for part in result.datasets for one in part.variables}:
                found.setdefault(variable, []).append(link)
    return found


def _study(root: etree._Element, name: str) -> str:
    found = root.find(f".//{{{ODM}}}{name}")
    return (found.text or "").strip() if found is not None else ""
