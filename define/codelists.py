"""CodeList elements: of each codelist in use, the terms that the data or the study need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from define import standards
from define.items import Item
from define.odm import add, add_translated
from specs.model import Codelist, Dictionary, Spec, Term
from specs.oids import prefixed
from specs.problem import Place, Problem, SpecError, nearest

_NCI = "nci:ExtCodeID"
# Further columns of Codelists: the rank of a term among others by what it means, and the format of SAS for the list.
RANK, FORMAT_NAME = "Rank", "SAS Format Name"


@dataclass(frozen=True)
class UsedCodelist:
    """A codelist with the terms that are shown. data_type: text, integer or float, as its variables."""

    codelist: Codelist | Dictionary
    data_type: str
    terms: tuple[Term, ...]

    @property
    def oid(self) -> str:
        return codelist_oid(self.codelist.id)


def codelist_oid(name: str) -> str:
    return prefixed("CL", name)


def used_codelists(spec: Spec, items: Iterable[Item]) -> dict[str, UsedCodelist]:
    """The codelists that items refer to, by ID in the order of the alphabet.

    Of a published list that the specification takes over whole, only the terms in the data are shown (all of
    them when the data have none); terms that the study lists itself are always shown. A value that the
    codelist lacks is not added here: `define.validate` reports it.
    Raises SpecError for an ID that is neither a codelist nor a dictionary.
    """
    users: dict[str, list[Item]] = {}
    for item in items:
        if item.codelist:
            users.setdefault(item.codelist, []).append(item)
    _check(spec, users)
    found = {}
    for name in sorted(users):
        if name in spec.dictionaries and name not in spec.codelists:
            dictionary = spec.dictionaries[name]
            found[name] = UsedCodelist(dictionary, dictionary.data_type or "text", ())
        else:
            codelist = spec.codelists[name]
            found[name] = UsedCodelist(codelist, _data_type(codelist, users[name]), _terms(codelist, users[name]))
    return found


def _check(spec: Spec, users: Mapping[str, list[Item]]) -> None:
    known = [*spec.codelists, *spec.dictionaries]
    problems = [
        Problem(Place(f"{spec.stage}/Variables", 0, "Codelist"),
                f"{listed[0].dataset}.{listed[0].name}: '{name}' is neither a codelist nor a dictionary",
                nearest(name, known) or "add it to Codelists or Dictionaries")
        for name, listed in users.items() if name not in known
    ]  # fmt: skip
    if problems:
        raise SpecError(problems)


def _data_type(codelist: Codelist, users: list[Item]) -> str:
    if codelist.data_type != "text" or not all(item.facts.numeric for item in users):
        return codelist.data_type or "text"
    return "integer" if all(item.facts.whole for item in users) else "float"


def _terms(codelist: Codelist, users: list[Item]) -> tuple[Term, ...]:
    used = {value for item in users for value in item.facts.values}
    shown = tuple(term for term in codelist.terms if term.cells or term.term in used)
    return shown or codelist.terms


def add_codelist(parent: etree._Element, used: UsedCodelist, comment_oid: str) -> None:
    """Append the CodeList element."""
    if isinstance(used.codelist, Dictionary):
        _add_dictionary(parent, used, used.codelist)
        return
    package = standards.package(used.codelist)
    element = add(parent, "CodeList", {
        "OID": used.oid, "Name": used.codelist.name or used.codelist.id, "DataType": used.data_type,
        "SASFormatName": next((term.cells[FORMAT_NAME] for term in used.terms if term.cells.get(FORMAT_NAME)), ""),
        "def:StandardOID": package.oid if package else "", "def:IsNonStandard": "" if package else "Yes",
        "def:CommentOID": comment_oid,
    })  # fmt: skip
    decoded = any(term.decode for term in used.terms)
    for position, term in enumerate(used.terms, start=1):
        extended = "Yes" if used.codelist.nci_code and not term.nci_code else ""
        attributes = {
            "CodedValue": term.term, "Rank": term.cells.get(RANK, ""), "OrderNumber": str(position),
            "def:ExtendedValue": extended,
        }  # fmt: skip
        item = add(element, "CodeListItem" if decoded else "EnumeratedItem", attributes)
        if decoded:
            add_translated(add(item, "Decode"), term.decode or term.term)
        if term.nci_code:
            add(item, "Alias", {"Context": _NCI, "Name": term.nci_code})
    if used.codelist.nci_code:
        add(element, "Alias", {"Context": _NCI, "Name": used.codelist.nci_code})


def _add_dictionary(parent: etree._Element, used: UsedCodelist, dictionary: Dictionary) -> None:
    attributes = {"OID": used.oid, "Name": dictionary.name or dictionary.id, "DataType": used.data_type}
    element = add(parent, "CodeList", attributes)
    further = {name: dictionary.cells.get(name.capitalize(), "") for name in ("ref", "href")}
    add(element, "ExternalCodeList", {"Dictionary": dictionary.dictionary, "Version": dictionary.version, **further})
