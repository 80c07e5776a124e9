"""Read a controlled terminology package: one that we hold, or a file as CDISC and NCI EVS publish it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from specs import packages
from specs.packages import StandardCodelist, StandardTerm
from specs.problem import Place, SpecError, nearest
from specs.read_csv import Faults, read_text

FORMS = "a CSV or tab-separated text file, or the ODM XML, as NCI EVS publishes them"
# The columns of the files: ours (specs/make_standards.py reads the same), and those of NCI EVS.
_OURS = ("codelist_code", "codelist", "codelist_name", "extensible", "term_code", "term", "preferred_term", "synonyms")
_CODE, _LIST, _EXTENSIBLE = "Code", "Codelist Code", "Codelist Extensible (Yes/No)"
_NAME, _VALUE, _SYNONYMS = "Codelist Name", "CDISC Submission Value", "CDISC Synonym(s)"
_PREFERRED = "NCI Preferred Term"
_NCI = (_CODE, _LIST, _EXTENSIBLE, _NAME, _VALUE, _SYNONYMS, _PREFERRED)
_YES, _NO = ("yes", "true"), ("no", "false")


@dataclass(frozen=True)
class Package:
    """A whole package: its codelists by NCI code, sorted by code. `name` is what it was asked for as."""

    name: str
    codelists: Mapping[str, StandardCodelist]

    @property
    def terms(self) -> int:
        """The number of terms."""
        return sum(len(found.terms) for found in self.codelists.values())


def read_package(name_or_path: str) -> Package:
    """The package of that name in `specs/standards` (`SDTM 2025-03-28`), else the file at that path.

    A file is a table with the columns of ours or of NCI EVS, parted by commas or tabs, or ODM XML.
    Raises SpecError, with the line, for a name that is neither, and for a file that is no such package.
    """
    if name_or_path in packages.PACKAGES:
        return Package(name_or_path, {found.code: found for found in sorted_lists(packages.codelists(name_or_path))})
    path = Path(name_or_path)
    faults = Faults()
    if not path.is_file():
        known = nearest(name_or_path, packages.PACKAGES) or f"we hold {', '.join(packages.PACKAGES)}"
        faults.add(Place(name_or_path), "is neither a terminology package that we hold nor a file", known)
        raise SpecError(faults.problems)
    reader = _Reader(name_or_path, faults)
    if path.read_bytes()[:64].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        reader.xml(path)
    else:
        reader.table(read_text(path, name_or_path, faults))
    found = reader.package()
    if faults.problems:
        raise SpecError(faults.problems)
    return found


def sorted_lists(found: Iterable[StandardCodelist]) -> list[StandardCodelist]:
    """Codelists in the order of their NCI codes."""
    return sorted(found, key=lambda codelist: codelist.code)


def _clean(text: str | None) -> str:
    """The text with single blanks, as in the packages that we hold."""
    return " ".join((text or "").split())


def _synonyms(parts: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(text for part in parts if (text := _clean(part))))


@dataclass
class _Reader:
    """Collects the codelists and terms of a file, and what is wrong with them."""

    file: str
    faults: Faults
    heads: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    terms: dict[str, dict[str, StandardTerm]] = field(default_factory=dict)

    def package(self) -> Package:
        if not self.heads and not self.faults.problems:
            self.faults.add(Place(self.file), "holds no codelists", f"give {FORMS}")
        lists = (
            StandardCodelist(code, *head, self.file, tuple(self.terms.get(code, {}).values()))
            for code, head in self.heads.items()
        )
        return Package(self.file, {found.code: found for found in sorted_lists(lists)})

    def add_list(self, line: int, code: str, name: str, title: str, extensible: str) -> None:
        if extensible.casefold() not in (*_YES, *_NO):
            self._fault(line, f"{extensible!r} does not say whether {code} may be extended", "write Yes or No")
        head = (name, title, extensible.casefold() in _YES)
        if not code or not name:
            self._fault(line, "a codelist without NCI code or ID", f"give {FORMS}")
        elif self.heads.setdefault(code, head) != head:
            self._fault(line, f"codelist {code} stands here a second time, with another ID, name or extensibility")

    def add_term(self, line: int, codelist: str, term: StandardTerm) -> None:
        if not term.code or not term.term:
            self._fault(line, f"a term of {codelist} without NCI code or submission value", f"give {FORMS}")
        elif self.terms.setdefault(codelist, {}).setdefault(term.code, term) != term:
            self._fault(line, f"{term.code} stands in {codelist} a second time, with another term or synonyms")

    def _fault(self, line: int, message: str, hint: str = "") -> None:
        self.faults.add(Place(self.file, line), message, hint)

    # --- tables ----------------------------------------------------------------------------------------

    def table(self, text: str | None) -> None:
        if text is None:
            return
        header = text.partition("\n")[0].rstrip("\r")
        rows = _tabbed(text) if "\t" in header else csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            columns = [_clean(name) for name in next(rows, [])]
            ours = "codelist_code" in columns
            needed = _OURS if ours else _NCI
            absent = [name for name in needed if name not in columns]
            if absent:
                self.faults.add(Place(self.file, 1), f"has no column {', '.join(absent)}", f"give {FORMS}")
                return
            position = [columns.index(name) for name in needed]
            add = self._our_row if ours else self._nci_row
            for line, cells in self._lines(rows, len(columns)):
                add(line, [_clean(cells[place]) for place in position])
        except csv.Error as error:
            self.faults.add(Place(self.file), f"not valid CSV: {error}", "check the quotes")
        if not ours:
            for codelist in sorted(set(self.terms) - set(self.heads)):
                self.faults.add(Place(self.file), f"terms of {codelist}, which has no row of its own")

    def _lines(self, rows: Iterator[list[str]], width: int) -> Iterator[tuple[int, list[str]]]:
        for count, cells in enumerate(rows, start=2):
            line = getattr(rows, "line_num", count)
            if len(cells) == width:
                yield line, cells
            elif any(cells):
                self.faults.add(Place(self.file, line), f"{len(cells)} cells where the header has {width}")

    def _our_row(self, line: int, cells: list[str]) -> None:
        code, name, title, extensible, term_code, term, preferred, synonyms = cells
        self.add_list(line, code, name, title, extensible)
        self.add_term(line, code, StandardTerm(term_code, term, preferred, _synonyms(synonyms.split(";"))))

    def _nci_row(self, line: int, cells: list[str]) -> None:
        """A row without Codelist Code is a codelist; its submission value is the ID."""
        code, codelist, extensible, title, value, synonyms, preferred = cells
        if codelist:
            self.add_term(line, codelist, StandardTerm(code, value, preferred, _synonyms(synonyms.split(";"))))
        else:
            self.add_list(line, code, value, title, extensible)

    # --- XML -------------------------------------------------------------------------------------------

    def xml(self, path: Path) -> None:
        """CodeList and EnumeratedItem elements, whatever the version of their namespaces."""
        parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
        try:
            root = etree.parse(str(path), parser).getroot()
        except etree.XMLSyntaxError as error:
            self.faults.add(Place(self.file, error.lineno or 0), f"not valid XML: {error.msg}", f"give {FORMS}")
            return
        if root.getroottree().docinfo.internalDTD is not None:
            self.faults.add(Place(self.file), "begins with a DOCTYPE, which is not read", f"give {FORMS}")
            return
        for element in root.iter("{*}CodeList"):
            line, code = element.sourceline or 0, _attribute(element, "ExtCodeID")
            name = _clean(element.findtext("{*}CDISCSubmissionValue"))
            self.add_list(line, code, name, _clean(element.get("Name")), _attribute(element, "CodeListExtensible"))
            for item in element.iterchildren("{*}EnumeratedItem", "{*}CodeListItem"):
                synonyms = _synonyms(part.text or "" for part in item.iterchildren("{*}CDISCSynonym"))
                preferred = _clean(item.findtext("{*}PreferredTerm"))
                term = StandardTerm(_attribute(item, "ExtCodeID"), _clean(item.get("CodedValue")), preferred, synonyms)
                self.add_term(item.sourceline or 0, code, term)


def _attribute(element: etree._Element, name: str) -> str:
    """An attribute of NCI's namespace."""
    found = (value for key, value in element.attrib.items() if etree.QName(key).localname == name)
    return _clean(str(next(found, "")))


def _tabbed(text: str) -> Iterator[list[str]]:
    """The cells of each line. NCI EVS puts no quotes; a spreadsheet that saved the file may have."""
    for line in text.rstrip("\r\n").split("\n"):
        yield [_unquoted(cell) for cell in line.rstrip("\r").split("\t")]


def _unquoted(cell: str) -> str:
    quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if quoted else cell
