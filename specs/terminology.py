"""The codelists of a specification, completed from the published terminology."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from specs import standards
from specs.cells import LAST, duplicates, number
from specs.columns import SHEETS
from specs.model import Codelist, Dictionary, Term
from specs.problem import Place, nearest
from specs.read_csv import Faults, Row
from specs.standards import StandardCodelist

NONE = "none"


@dataclass
class Terminology:
    """The codelists known so far; a published one is added when a variable first needs it."""

    packages: tuple[str, ...]
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


def published_terms(found: StandardCodelist, published: object, place: Place) -> tuple[Term, ...]:
    """All terms of a published codelist; codes of tests and parameters are decoded by the list of names."""
    decodes = _partner_terms(found, published)
    return tuple(
        Term(place, {}, term.term, term.code, decodes.get(term.code, ""), str(position))
        for position, term in enumerate(found.terms, start=1)
    )


def _partner_terms(found: StandardCodelist, published: object) -> dict[str, str]:
    """NCI term code to name for a list of codes: the terms of the codelist that has the names (`LBTEST`)."""
    partner_id = re.sub(
        r"(TEST|PARM)CD$|TC$|PC$",
        lambda m: {"TESTCD": "TEST", "PARMCD": "PARM"}.get(m[0], f"{m[0][0]}N"),
        found.id,
    )
    partner = published(partner_id) if partner_id != found.id and callable(published) else None
    return {term.code: term.term for term in partner.terms} if partner else {}


def read_codelists(rows: list[Row], packages: tuple[str, ...], faults: Faults) -> Terminology:
    """The codelists of the Codelists table, completed with names, codes and terms of the published ones."""
    terminology = Terminology(packages)
    groups: dict[str, list[Row]] = {}
    for row in rows:
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
        term = row.get("Term")
        if found and not found.extensible and term not in codes:
            faults.add(
                row.at("Term"),
                f"{term!r} is not in the published {found.id} ({found.code}), which may not be extended",
                nearest(term, codes),
            )
        code = row.get("NCI Term Code") or codes.get(term, "")
        terms.append(
            Term(
                row.place,
                row.cells,
                term,
                code,
                row.get("Decoded Value") or decodes.get(code, ""),
                row.get("Order"),
            )
        )
    return tuple(terms)
