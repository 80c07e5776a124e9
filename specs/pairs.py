"""Codes and names of tests and parameters: --TESTCD and --TEST, TSPARMCD and TSPARM have one NCI code per pair."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from language.parse import ExpressionError, parse
from language.tree import Constant
from specs import standards
from specs.mapping import expanded
from specs.model import Rule, Spec
from specs.problem import Place
from specs.read_csv import Faults
from specs.rules import prefix
from specs.standards import StandardCodelist
from specs.study import standard
from specs.terminology import published_list

_CODE = re.compile(r"([A-Z]{2}TEST|[A-Z]{2}PARM)CD")


@dataclass(frozen=True)
class Pair:
    """A code and its name as some table states them. `variable` is that of the name, such as LBTEST."""

    dataset: str
    variable: str
    code: str
    name: str
    place: Place


def check_pairs(spec: Spec, faults: Faults) -> None:
    """Codes and names in Tests, in literal rules of Mapping and in look-up tables belong together.

    Where one of the two is published, the other must be published with the same NCI code. Pairs of which both
    are the sponsor's own are left alone.
    """
    lists: dict[tuple[str, str], tuple[StandardCodelist, ...]] = {}
    for pair in [*_tests(spec), *_rules(spec), *_lookups(spec)]:
        for name in (pair.variable, f"{pair.variable}CD"):
            key = (pair.dataset, name)
            if key not in lists:
                lists[key] = tuple(_published(spec, *key))
        _check(pair, lists[pair.dataset, f"{pair.variable}CD"], lists[pair.dataset, pair.variable], faults)


def _check(
    pair: Pair, codes: tuple[StandardCodelist, ...], names: tuple[StandardCodelist, ...], faults: Faults
) -> None:
    if not codes or not names:
        return
    of_code, of_name = _nci_codes(codes, pair.code), _nci_codes(names, pair.name)
    if of_code & of_name or not of_code | of_name:
        return
    hints = []
    if of_code:
        message = f"{pair.name!r} is not the published name of {pair.code} ({', '.join(sorted(of_code))})"
        hints = [f"the name of {pair.code} is {term!r}" for term in _terms(names, of_code)]
    else:
        message = f"{pair.code!r} is not the published code of {pair.name!r} ({', '.join(sorted(of_name))})"
    hints += [f"{pair.name!r} is the name of {term}" for term in _terms(codes, of_name)]
    faults.add(pair.place, message, ", ".join(hints))


def _nci_codes(lists: Iterable[StandardCodelist], text: str) -> set[str]:
    return {term.code for found in lists for term in found.terms if term.term == text}


def _terms(lists: Iterable[StandardCodelist], codes: set[str]) -> list[str]:
    return sorted({term.term for found in lists for term in found.terms if term.code in codes})


def _published(spec: Spec, dataset: str, name: str) -> Iterator[StandardCodelist]:
    """The published lists of a variable: those that the study chose for it, else all that its standard allows."""
    variable = spec.variables.get((dataset, name))
    chosen = [variable.codelist] if variable and variable.codelist else []
    chosen += [row.codelist for row in spec.value_level if (row.dataset, row.variable) == (dataset, name)]
    for codelist in dict.fromkeys(chosen):
        found = published_list(spec.codelists[codelist]) if codelist in spec.codelists else None
        if found:
            yield found
    if not any(chosen):
        known = standards.variable(standard(spec.study, "sdtmig"), dataset, name) if spec.stage == "sdtm" else None
        for code in known.codelist_code.split(";") if known and known.codelist_code else ():
            package = standard(spec.study, "sdtmct")
            if package and (found := standards.codelist(code, package)):
                yield found


def _tests(spec: Spec) -> Iterator[Pair]:
    for row in spec.tests:
        if row.test_code and row.test:
            yield Pair(row.dataset, f"{prefix(row.dataset)}TEST", row.test_code, row.test, row.at("Test"))


def _rules(spec: Spec) -> Iterator[Pair]:
    """Rules that fill code and name with a text in the same records: same Dataset, Block, Order and Where."""
    codes: dict[tuple[object, ...], str] = {}
    names: list[tuple[tuple[object, ...], Pair]] = []
    for rule in spec.rules:
        text = _literal(rule)
        for dataset in rule.datasets if text else ():
            for variable in (expanded(name, dataset) for name in rule.variables):
                key: tuple[object, ...] = (dataset, variable.removesuffix("CD"), rule.block, rule.order, rule.where)
                if _CODE.fullmatch(variable):
                    codes[key] = text
                elif _CODE.fullmatch(f"{variable}CD"):
                    names.append((key, Pair(dataset, variable, "", text, place_of(rule))))
    for key, pair in names:
        if key in codes:
            yield Pair(pair.dataset, pair.variable, codes[key], pair.name, pair.place)


def place_of(rule: Rule) -> Place:
    """The cell that holds a rule's expression; a rule that a row of Variables states knows it already."""
    return rule.place if rule.place.column else rule.at("Expression")


def _literal(rule: Rule) -> str:
    """The text that a rule assigns, "" for one that computes."""
    if not rule.expression.strip().startswith(("'", '"')):
        return ""
    try:
        node = parse(rule.expression)
    except ExpressionError:
        return ""  # the checker reports it, with its place
    return node.value if isinstance(node, Constant) and isinstance(node.value, str) else ""


def _lookups(spec: Spec) -> Iterator[Pair]:
    """Rows of look-up tables with a column of codes and one of their names."""
    for table, rows in spec.lookups.items():
        for column in rows[0] if rows else ():
            name = column.removesuffix("CD")
            if _CODE.fullmatch(column) and name in rows[0]:
                dataset = next((d for d, v in spec.variables if v == name), name[:2])
                place = Place(f"{spec.stage}/tables/{table}.csv", 0, name)
                for code, text in dict.fromkeys((row[column], row[name]) for row in rows):
                    if code and text:
                        yield Pair(dataset, name, code, text, place)
