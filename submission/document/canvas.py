"""The canvas of our PDF files: it names every destination in the file, so that other files can link to it."""

from __future__ import annotations

from typing import Any

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFString
from reportlab.pdfgen.canvas import Canvas

from submission.document.fonts import REGULAR

_NOT_EMBEDDED = "Helvetica"
PRIVATE = "_"
"""A name that begins so is for bookmarks alone, which need one each; it is no named destination."""


class NamingCanvas(Canvas):
    """ReportLab resolves bookmarks by name while it writes, but keeps the names to itself. This canvas writes them as
    the name tree of the document (PDF 1.7, 12.3.2.3), which `acrf.pdf#AE.AETERM` and def:PDFPageRef ask for.

    places: the page of every named destination so far.
    """

    def __init__(self, *arguments: Any, **further: Any) -> None:
        further["initialFontName"] = further.get("initialFontName") or REGULAR
        super().__init__(*arguments, **further)
        self._named: dict[str, Any] = {}
        self.places: dict[str, int] = {}

    def setFont(self, psfontname: str, *arguments: Any, **further: Any) -> None:
        """Set a font; ours in the place of Helvetica, with which tables of ReportLab begin: it is not embedded."""
        super().setFont(REGULAR if psfontname == _NOT_EMBEDDED else psfontname, *arguments, **further)

    def bookmarkPage(self, key: str, *arguments: Any, **further: Any) -> Any:
        """Bind a name to a place on the current page, and remember it."""
        found = super().bookmarkPage(key, *arguments, **further)
        if not key.startswith(PRIVATE):
            self._named[key], self.places[key] = found, self.getPageNumber()
        return found

    def save(self) -> None:
        """Write the file, with its name tree."""
        names: list[Any] = []
        for key in sorted(self._named):
            names += [PDFString(key), self._named[key]]
        if names:
            self._doc.Catalog.Names = PDFDictionary({"Dests": PDFDictionary({"Names": PDFArray(names)})})
        super().save()
