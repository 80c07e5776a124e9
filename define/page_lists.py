"""What the page of a define.xml shows beside datasets: codelists, methods, comments, documents, analysis results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from define.lookup import Element
from define.page_content import Link, Reader, standard_name


@dataclass(frozen=True)
class Term:
    value: str
    decode: str
    code: str
    extended: bool


@dataclass(frozen=True)
class Codelist:
    """A codelist with its terms, or an external dictionary (`external`: name and version)."""

    oid: str
    name: str
    type: str
    standard: str
    code: str
    external: Link | None
    comment: str
    terms: tuple[Term, ...]
    users: tuple[Link, ...]


@dataclass(frozen=True)
class Method:
    """A method or, without type and expressions, a comment. expressions: (language, text)."""

    oid: str
    name: str
    type: str
    text: str
    expressions: tuple[tuple[str, str], ...]
    documents: tuple[Link, ...]
    users: tuple[Link, ...]


@dataclass(frozen=True)
class Analysed:
    """A dataset of a result: its conditions, and the analysis variables."""

    dataset: Link
    where: tuple[str, ...]
    variables: tuple[Link, ...]


@dataclass(frozen=True)
class Result:
    oid: str
    text: str
    reason: str
    purpose: str
    parameter: Link | None
    datasets: tuple[Analysed, ...]
    join: str
    documentation: str
    documents: tuple[Link, ...]
    context: str
    code: str
    programs: tuple[Link, ...]


@dataclass(frozen=True)
class Display:
    oid: str
    name: str
    title: str
    documents: tuple[Link, ...]
    results: tuple[Result, ...]


def codelists(reader: Reader) -> list[Codelist]:
    return [_codelist(reader, oid, one) for oid, one in reader.lookup.codelists.items()]


def _codelist(reader: Reader, oid: str, one: Element) -> Codelist:
    document, lookup = reader.document, reader.lookup
    standard = lookup.standards.get(document.get(one, "def:StandardOID"))
    external = one.find("o:ExternalCodeList", document.names)
    shown = "of the sponsor" if document.get(one, "def:IsNonStandard") == "Yes" else ""
    named = None
    if external is not None:
        words = (external.get("Dictionary", ""), external.get("Version", ""), external.get("ref", ""))
        named = Link(" ".join(filter(None, words)))
    return Codelist(
        oid, one.get("Name", ""), one.get("DataType", ""), standard_name(standard) if standard is not None else shown,
        lookup.nci_code(one), named, reader.use(document.get(one, "def:CommentOID"), Link(one.get("Name", ""), oid)),
        tuple(_term(reader, term) for term in lookup.terms(one)), tuple(reader.used.get(oid, ())),
    )  # fmt: skip


def _term(reader: Reader, term: Element) -> Term:
    extended = reader.document.get(term, "def:ExtendedValue") == "Yes"
    decode = reader.document.text(term, "o:Decode/o:TranslatedText")
    return Term(term.get("CodedValue", ""), decode, reader.lookup.nci_code(term), extended)


def methods(reader: Reader) -> list[Method]:
    document, found = reader.document, []
    for oid, one in reader.lookup.methods.items():
        written = document.all("o:FormalExpression", one)
        expressions = tuple((" ".join(e.get("Context", "").split()), (e.text or "").strip()) for e in written)
        users = tuple(reader.used.get(oid, ()))
        found.append(Method(oid, one.get("Name", ""), one.get("Type", ""), document.text(one), expressions,
                            reader.references(one), users))  # fmt: skip
    return found


def comments(reader: Reader) -> list[Method]:
    listed = reader.lookup.comments.items()
    return [Method(oid, document_id(oid), "", reader.document.text(one), (), reader.references(one),
                   tuple(reader.used.get(oid, ()))) for oid, one in listed]  # fmt: skip


def document_id(oid: str) -> str:
    """The name of a comment: its OID without the letters of its kind."""
    return oid.removeprefix("COM.")


def documents(reader: Reader) -> list[tuple[str, Link]]:
    """(what it is, document) of the annotated CRF and the supplemental documents."""
    kinds = {"d:AnnotatedCRF": "Annotated CRF", "d:SupplementalDoc": "Supplemental document"}
    found = []
    for path, kind in kinds.items():
        for reference in reader.document.all(f"{path}/d:DocumentRef"):
            found.append((kind, reader.leaf(reference.get("leafID", ""))))
    return found


def standards(reader: Reader) -> list[tuple[str, str, str]]:
    """(name, type, status) of the standards that the datasets and codelists follow."""
    listed = reader.lookup.standards.values()
    return [(standard_name(one), one.get("Type", ""), one.get("Status", "")) for one in listed]


def displays(reader: Reader) -> list[Display]:
    """The displays of the analysis results; [] for tabulation data."""
    found = []
    for one in reader.document.all("a:AnalysisResultDisplays/a:ResultDisplay"):
        results = tuple(_results(reader, one))
        title = reader.document.text(one)
        found.append(Display(one.get("OID", ""), one.get("Name", ""), title, reader.references(one), results))
    return found


def _results(reader: Reader, display: Element) -> Iterator[Result]:
    document, names = reader.document, reader.document.names
    for one in document.all("a:AnalysisResult", display):
        datasets = one.find("a:AnalysisDatasets", names)
        documented = one.find("a:Documentation", names)
        program = one.find("a:ProgrammingCode", names)
        parameter = one.get("ParameterOID", "")
        shown = Link(f"{display.get('Name', '')} {one.get('OID', '')}", one.get("OID", ""))
        yield Result(
            one.get("OID", ""), document.text(one), one.get("AnalysisReason", ""), one.get("AnalysisPurpose", ""),
            _item_link(reader, parameter, "") if parameter else None,
            tuple(_analysed(reader, listed) for listed in document.all("a:AnalysisDatasets/a:AnalysisDataset", one)),
            reader.use(document.get(datasets, "def:CommentOID"), shown) if datasets is not None else "",
            document.text(documented) if documented is not None else "",
            reader.references(documented) if documented is not None else (),
            program.get("Context", "") if program is not None else "",
            document.text(program, "a:Code") if program is not None else "",
            reader.references(program) if program is not None else (),
        )  # fmt: skip


def _analysed(reader: Reader, element: Element) -> Analysed:
    oid = element.get("ItemGroupOID", "")
    group = reader.lookup.groups.get(oid)
    name = group.get("Name", "") if group is not None else oid
    where = tuple(reader.where(one, name) for one in reader.lookup.where_of(element))
    listed = reader.document.all("a:AnalysisVariable", element)
    variables = tuple(_item_link(reader, one.get("ItemOID", ""), name) for one in listed)
    return Analysed(Link(name, oid if group is not None else ""), where, variables)


def _item_link(reader: Reader, oid: str, dataset: str) -> Link:
    """A link to a variable by its OID, of a definition that several datasets share the one in `dataset`."""
    homes = reader.document.homes.get(oid, ())
    home = next((one for one in homes if one[0] == dataset), homes[0] if homes else None)
    return Link(".".join(home), reader.anchors.get(home, "")) if home else Link(oid)
