"""Terms that a study adds to a published list and that are nearly one of it: misspelled, perhaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from specs import standards
from specs.guide_names import DEFINE_CT
from specs.model import Codelist, Record, Spec
from specs.problem import Problem
from specs.terminology import NONE, published_list, synonym_hint

SHORTEST = 6  # of shorter words most are near to another one


def near_terms(spec: Spec) -> list[Problem]:
    """Added terms that differ from a published one by one letter or by capitals; a code `none` says that it is meant.

    Names of dictionaries, reasons and purposes of results are held against Define-XML's terminology in the same way.
    """
    found = [problem for codelist in spec.codelists.values() for problem in _of_list(codelist)]
    for dictionary in spec.dictionaries.values():
        found += _of_cell(dictionary, "Dictionary", dictionary.dictionary, "DICTNAM")
    for result in spec.results.values():
        found += _of_cell(result, "Reason", result.reason, "ANLREAS")
        found += _of_cell(result, "Purpose", result.purpose, "ANLPURP")
    return found


def _of_list(codelist: Codelist) -> Iterator[Problem]:
    published = published_list(codelist)
    if published is None or not published.extensible:
        return
    listed = {term.term for term in codelist.terms}
    for term in codelist.terms:
        if term.term in published.codes or term.cells.get("NCI Term Code") == NONE:
            continue
        near = nearly(term.term, (name for name in published.codes if name not in listed))
        if near:
            said = f"{term.term!r} extends the published {published.id} and is nearly its {near!r}"
            yield Problem(term.at("Term"), said, f"write {near!r}, or {NONE} as NCI Term Code if it is something else")


def _of_cell(row: Record, column: str, text: str, codelist: str) -> Iterator[Problem]:
    """A cell whose text is nearly, or means, a term of a list of Define-XML's terminology that may be extended."""
    package = max(name for name in standards.PACKAGES if name.startswith(DEFINE_CT))
    published = standards.codelist(codelist, package)
    if published is None or not text or text in published.codes:
        return
    near = nearly(text, published.codes, shortest=4)
    hint = f"write {near!r}" if near else synonym_hint(published, text)
    if hint:
        said = f"{text!r} is no term of {published.name} ({published.id}) of Define-XML's terminology"
        yield Problem(row.at(column), said, hint)


def nearly(text: str, names: Iterable[str], shortest: int = SHORTEST) -> str:
    """The first name that differs by capitals, by one letter or by two neighbours that changed places; "" if none.

    A digit is no letter: WEEK 1 is not nearly WEEK 2.

    >>> nearly("WIHDRAWAL BY SUBJECT", ["DEATH", "WITHDRAWAL BY SUBJECT"])
    'WITHDRAWAL BY SUBJECT'
    >>> nearly("WEEK 1 DAY", ["WEEK 2 DAY"])
    ''
    """
    for name in names:
        if name.casefold() == text.casefold():
            return name
        if min(len(name), len(text)) >= shortest and abs(len(name) - len(text)) <= 1 and _one_letter(text, name):
            return name
    return ""


def _one_letter(text: str, name: str) -> bool:
    """Whether two texts that are not equal differ in one letter, or in two neighbours that changed places."""
    head = next((i for i, pair in enumerate(zip(text, name, strict=False)) if pair[0] != pair[1]), None)
    if head is None:  # one is the other with a character behind it
        return max(text, name, key=len)[-1].isalpha()
    one, other = text[head:], name[head:]
    if len(one) == len(other):
        swapped = one[1::-1] + one[2:] == other and one[:2].isalpha()
        return swapped or (one[1:] == other[1:] and one[0].isalpha() and other[0].isalpha())
    long, short = (one, other) if len(one) > len(other) else (other, one)
    return long[1:] == short and long[0].isalpha()
