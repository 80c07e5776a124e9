"""Writes a guide in its three forms, and for the tabulations the annotated CRF, into the folder of a stage."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from formats import safe_csv
from specs.guide_sections import CSDRG
from submission.acrf.forms import Form, references
from submission.guide.facts import Facts

ACRF, PLACES = "acrf.pdf", "acrf.csv"


def write_guide(facts: Facts, folder: Path) -> tuple[list[str], list[str]]:
    """Write the files; their names, and the sections for which the study has no text.

    Raises DataError for a character that the font of the PDF does not have, or a link that leads nowhere.
    """
    from submission.document.docx import docx_bytes
    from submission.document.html import html_bytes
    from submission.document.pdf import pdf_bytes
    from submission.guide.adrg import adrg
    from submission.guide.csdrg import csdrg

    written = []
    if facts.guide == CSDRG and facts.forms:
        _write_crf(facts, folder)
        written.append(ACRF)
    document, silent = (csdrg if facts.guide == CSDRG else adrg)(facts)
    document.check_links()
    name = facts.guide.lower()
    for suffix, content in (
        ("docx", docx_bytes(document)), ("html", html_bytes(document)), ("pdf", pdf_bytes(document, facts.spec.study)),
    ):  # fmt: skip
        (folder / f"{name}.{suffix}").write_bytes(content)
        written.append(f"{name}.{suffix}")
    return written, silent


def _write_crf(facts: Facts, folder: Path) -> None:
    from submission.acrf.pdf import acrf_bytes

    visits = [values[0] for values, _, _ in facts.data.counts("TV", ["VISIT"])]
    content, pages = acrf_bytes(facts.spec, facts.forms, visits)
    (folder / ACRF).write_bytes(content)
    _write_places(facts.forms, pages, folder / PLACES)


def _write_places(forms: Sequence[Form], pages: dict[str, int], path: Path) -> None:
    """The places of every collected variable: named destination and page."""
    import pandas as pd

    rows = [
        (dataset, variable, test, name, pages[name])
        for (dataset, variable, test), names in references(forms).items() for name in names
    ]  # fmt: skip
    safe_csv.write(pd.DataFrame(rows, columns=["Dataset", "Variable", "Test Code", "Destination", "Page"]), path)


