"""The codelists of a specification, completed from the published terminology."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from specs import standards
from specs.cells import LAST, choice, duplicates, number
from specs.closed_words import CODED_TYPES
from specs.columns import SHEETS
from specs.model import Codelist, Dictionary, Term
from specs.packages import names_of
from specs.problem import Place, nearest
from specs.read_csv import Faults, Row
from specs.standards import StandardCodelist

NONE = "none"


@dataclass
class Terminology:
    """The codelists known so far; a published one is added when a variable first needs it.

    complete: the tables say everything themselves; a list is what its rows are.
    """

    packages: tuple[str, ...]
    complete: bool = False
    codelists: dict[str, Codelist] = field(default_factory=dict)
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict)

    def published(self, code_or_id: str) -> StandardCodelist | None:
        """The published codelist in the packages of the study, the stage's own first."""
        found = (standards.codelist(code_or_id, package) for package in self.packages)
        return next((codelist for codelist in found if codelist), None)

    def of_codes(self, codes: Iterable[str]) -> str:
        """The ID of the codelist for a standard variable with these NCI codes.

        A codelist of the study with one of the codes comes first; else the published one is added, unless the
        standard allows several, of which only the study can choose: "".
        """
        wanted = [code for code in codes if code]
        for code in wanted:
            for codelist in self.codelists.values():
                if codelist.nci_code == code:
                    return codelist.id
        found = self.published(wanted[0]) if len(wanted) == 1 else None
        return self.add(found) if found else ""

    def named(self, name: str, place: Place, faults: Faults) -> str:
        """The ID that a Codelist cell names: of the study, of a dictionary, or published, and then added."""
        if name == NONE:
            return ""
        if name in self.codelists or name in self.dictionaries:
            return name
        found = self.published(name)
        if found is None:
            known = [*self.codelists, *self.dictionaries]
            for package in self.packages:
                known += standards.codelist_names(package)
            faults.add(place, f"{name!r} is neither in Codelists nor published", nearest(name, known))
            return name
        return self.add(found)

    def adopt(self, name: str, other: Terminology) -> str:
        """Take over a codelist or dictionary of `other`, unless one of that ID is here; its ID."""
        if name in other.codelists:
            self.codelists.setdefault(name, other.codelists[name])
        elif name in other.dictionaries:
            self.dictionaries = {name: other.dictionaries[name], **self.dictionaries}
        return name

    def add(self, found: StandardCodelist) -> str:
        """Add a published codelist with all its terms, unless the study has it; its ID."""
        if found.id not in self.codelists:
            place = Place(f"specs/standards/{standards.PACKAGES[found.package]}.terms.csv.gz")
            self.codelists[found.id] = Codelist(
                found.id,
                found.name,
                found.code,
                "text",
                f"CDISC/NCI {found.package}",
                "",
                found.extensible,
                published_terms(found, self.published, place),
                place,
            )
        return found.id


def published_terms(
    found: StandardCodelist, published: Callable[[str], StandardCodelist | None], place: Place
) -> tuple[Term, ...]:
    """All terms of a published codelist; codes of tests and parameters are decoded by the list of names."""
    decodes = _partner_terms(found, published)
    return tuple(
        Term(place, {}, term.term, term.code, decodes.get(term.code, ""), str(position))
        for position, term in enumerate(found.terms, start=1)
    )


def _partner_terms(found: StandardCodelist, published: Callable[[str], StandardCodelist | None]) -> dict[str, str]:
    """NCI term code to name for a list of codes: the terms of the codelist that has the names (`LBTEST`)."""
    names = names_of(found)
    partner = published(names) if names else None
    return {term.code: term.term for term in partner.terms} if partner else {}


def read_codelists(
    rows: list[Row], packages: tuple[str, ...], faults: Faults, complete: bool = False
) -> Terminology:
    """The codelists of the Codelists table, completed with names, codes and terms of the published ones.

    complete: nothing is completed or compared with what is published.
    """
    terminology = Terminology(packages, complete)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        choice(row, "Data Type", CODED_TYPES, faults)
        groups.setdefault(row.get("ID"), []).append(row)
    for name, group in groups.items():
        terminology.codelists[name] = _codelist(name, group, terminology, faults)
    return terminology


def _one(name: str, group: list[Row], column: str, faults: Faults) -> str:
    """The one value that the rows of a codelist give in `column`."""
    given = [row for row in group if row.get(column)]
    for row in given[1:]:
        if row.get(column) != given[0].get(column):
            faults.add(
                row.at(column),
                f"{name} has {given[0].get(column)!r} in line {given[0].line}",
                "write the same on every row of the codelist, or leave it blank",
            )
    return given[0].get(column) if given else ""


def _codelist(name: str, group: list[Row], terminology: Terminology, faults: Faults) -> Codelist:
    fields = {c: _one(name, group, c, faults) for c in SHEETS["Codelists"].names[1:6]}
    code = fields["NCI Codelist Code"]
    if terminology.complete:
        return _as_it_stands(name, group, fields, terminology, faults)
    found = None if code == NONE else terminology.published(code or name)
    if code and code != NONE and found is None:
        place = next(row for row in group if row.get("NCI Codelist Code")).at("NCI Codelist Code")
        faults.add(
            place, f"{code!r} is in no terminology package of the study", "leave it blank for a list of yours"
        )
    rows = [row for row in group if row.get("Term")]
    duplicates(((row.get("Term"), row) for row in rows), f"the term of {name}", "Term", faults)
    terms = _terms(name, rows, found, terminology, faults)
    if not rows and found is None:
        faults.add(
            group[0].at("Term"),
            f"{name} has no terms",
            "add a row per term, or the NCI code of a published list",
        )
    return Codelist(
        name,
        fields["Name"] or (found.name if found else name),
        found.code if found else "",
        fields["Data Type"] or "text",
        fields["Terminology"] or (f"CDISC/NCI {found.package}" if found else ""),
        fields["Comment"],
        found.extensible if found else None,
        terms,
        group[0].place,
    )


def _as_it_stands(
    name: str, group: list[Row], fields: Mapping[str, str], terminology: Terminology, faults: Faults
) -> Codelist:
    """A list of complete tables. A published one without a package is of that of the study which has its code."""
    rows = [row for row in group if row.get("Term")]
    duplicates(((row.get("Term"), row) for row in rows), f"the term of {name}", "Term", faults)
    code = "" if fields["NCI Codelist Code"] == NONE else fields["NCI Codelist Code"]
    found = terminology.published(code) if code else None
    package = found.package if found else next(iter(terminology.packages), "")
    stated = fields["Terminology"] or (f"CDISC/NCI {package}" if code and package else "")
    terms = _terms(name, rows, None, terminology, faults)
    return Codelist(
        name, fields["Name"] or name, code, fields["Data Type"] or "text", stated, fields["Comment"], None, terms,
        group[0].place,
    )  # fmt: skip


def _terms(
    name: str, rows: list[Row], found: StandardCodelist | None, terminology: Terminology, faults: Faults
) -> tuple[Term, ...]:
    if not rows and found:
        place = Place(f"specs/standards/{standards.PACKAGES[found.package]}.terms.csv.gz")
        return published_terms(found, terminology.published, place)
    codes = {term.term: term.code for term in found.terms} if found else {}
    decodes = _partner_terms(found, terminology.published) if found else {}
    ordered = sorted(rows, key=lambda row: number(row, "Order", faults, LAST))
    terms = []
    for row in ordered:
        term, given = row.get("Term"), row.get("NCI Term Code")
        code = "" if given == NONE else given or codes.get(term, "")
        if found:
            _check_term(row, term, code, found, faults)
            _check_decode(row, term, decodes.get(code, ""), faults)
        decode = row.get("Decoded Value") or decodes.get(code, "")
        terms.append(Term(row.place, row.cells, term, code, decode, row.get("Order")))
    return tuple(terms)


def _check_term(row: Row, term: str, code: str, found: StandardCodelist, faults: Faults) -> None:
    """The term is published under its code; or the list may be extended and it is no synonym of a term."""
    codes, named = found.codes, found.named
    where = f"the published {found.id} ({found.code})"
    if term in codes:
        if code != codes[term]:
            message = f"{code!r} is not the code of {term!r} in {where}"
            faults.add(row.at("NCI Term Code"), message, f"leave it blank, or write {codes[term]}")
    elif code in named:
        faults.add(row.at("Term"), f"{code} is {named[code]!r} in {where}, not {term!r}", f"write {named[code]!r}")
    elif not found.extensible:
        message = f"{term!r} is not in {where}, which may not be extended"
        faults.add(row.at("Term"), message, synonym_hint(found, term) or nearest(term, codes))
    elif row.get("NCI Term Code") != NONE and found.meant(term, exactly=True):
        # CDISC allows extensions that are neither a term of the list nor a synonym of one.
        also = f"or write {NONE} as its NCI Term Code if it is something else"
        message = f"{term!r} extends {where}, but has its meaning there already"
        faults.add(row.at("Term"), message, f"{synonym_hint(found, term)}: use that, {also}")


def _check_decode(row: Row, term: str, published: str, faults: Faults) -> None:
    given = row.get("Decoded Value")
    if given and published and given != published:
        message = f"{given!r} is not the published name of {term}"
        faults.add(row.at("Decoded Value"), message, f"leave it blank, or write {published!r}")


def synonym_hint(found: StandardCodelist, text: str) -> str:
    """The term of which `text` is a published synonym, in words; "" if of none.

    >>> synonym_hint(standards.codelist("UNIT", "SDTM 2025-03-28"), "sec")
    "'sec' is a published synonym of 's'"
    """
    terms = found.meant(text)
    return f"{text!r} is a published synonym of {' and of '.join(map(repr, terms))}" if terms else ""


def published_list(codelist: Codelist) -> StandardCodelist | None:
    """The published list behind a codelist of a specification; None for one of the sponsor."""
    package = codelist.terminology.removeprefix("CDISC/NCI ")
    return standards.codelist(codelist.nci_code, package) if package in standards.PACKAGES else None


def published_hint(codelist: Codelist, text: str) -> str:
    """The published term that a value outside a codelist may stand for, in words, or "". It is never mapped by it."""
    found = published_list(codelist)
    if found is None:
        return ""
    if any(term.term == text for term in found.terms):
        return f"{text!r} is a term of the published {found.id}: add it to Codelists"
    return synonym_hint(found, text)


def term_hint(codelist: Codelist, text: str) -> str:
    """As `published_hint`, else the term of the codelist that is spelled most like the value."""
    return published_hint(codelist, text) or nearest(text, (term.term for term in codelist.terms))
