"""The documents that a study gives itself: statistical analysis plan, a CRF of its own, a guide written elsewhere.

A row of Documents names a file relative to define.xml. Where the study has it at the same place in the folder of the
stage (`adam/sap.pdf`), that file goes into the package, also in the place of one that is made here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from define.crf import annotated_crf, numbers_pages
from specs.given_files import given_file
from specs.model import Spec
from specs.problem import Problem

KINDS = (".pdf", ".txt")
_HEAD, _TAIL = 1024, 2048  # bytes in which readers look for the beginning and the end of a PDF


def given(spec: Spec) -> dict[str, Path]:
    """The files that the study gives, by their address from define.xml."""
    found = {document.href: given_file(spec, document) for document in spec.documents.values()}
    return {href: path for href, path in sorted(found.items()) if path is not None}


def problems(spec: Spec, made: frozenset[str]) -> Iterator[Problem]:
    """Documents without a file, of a kind that is not submitted, and pages of a CRF that is not there.

    made: the names of the files that are made here.
    """
    files = given(spec)
    for document in spec.documents.values():
        where = f"{spec.stage}/{document.href}"
        if document.href in files and PurePosixPath(document.href).suffix not in KINDS:
            yield Problem(document.at("Href"), f"'{document.href}' is no PDF", "give the document as a PDF file")
        elif document.href in files and document.href.endswith(".pdf") and not _is_pdf(files[document.href]):
            message = f"{where} is named as a PDF, and cannot be read as one"
            yield Problem(document.at("Href"), message, "give the document as a whole PDF file")
        elif document.href not in files and document.href not in made:
            hint = f"put it into the study as {where}, or take the row out"
            yield Problem(document.at("Href"), f"the file of '{document.id}' is not there", hint)
    crf = spec.documents.get(annotated_crf(spec))
    if crf is not None and numbers_pages(spec) and crf.href not in files and crf.href in made:
        message = "Pages state numbers of pages, which are those of a CRF of the study, and it is not there"
        hint = f"put it into the study as {spec.stage}/{crf.href}, or leave Pages blank"
        yield Problem(crf.at("Href"), message, hint)


def _is_pdf(path: Path) -> bool:
    """Whether a file begins as a PDF does, and has its table of contents at the end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD)
        file.seek(max(0, size - _TAIL))
        return b"%PDF-" in head and b"startxref" in file.read()
