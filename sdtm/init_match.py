"""Which raw column is which variable of a standard: rules in an order, each with its reason.

The first rule that holds for a column and a variable counts. Pairs are then taken in the order of the rules, of
the variables and of the columns, each variable and each column once. Values confirm or refute what names say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from sdtm.init_columns import RawColumn
from sdtm.init_values import DateFormat, Fit, are_numbers, date_format, fit
from sdtm.init_words import abbreviates, bare, words_of_label, words_of_name
from specs import standards
from specs.standards import OBSERVATION_CLASSES, StandardVariable
from specs.study import STANDARDS

HIGH, MEDIUM, LOW = "high", "medium", "low"
GUIDE = next(guide for guide in standards.GUIDES if guide.startswith(STANDARDS["sdtmig"]))
PACKAGE = next(name for name in standards.PACKAGES if name.startswith("SDTM"))
# Filled by rules of the standard, not from a column.
RULED = ("STUDYID", "DOMAIN", "USUBJID", "SUBJID", "SITEID")
LAST_RANK = 8
_TREATMENT = ("DRUG", "TRT", "TREAT", "MED")
_ALIKE = 0.75
_OVERLAP = 2 / 3
_FITS = 0.5


@dataclass(frozen=True)
class Match:
    """A column for a variable: the rank of its rule (the lower the better), why, and what its values are."""

    variable: StandardVariable
    column: RawColumn
    rank: int
    confidence: str
    reason: str
    date: DateFormat | None = None
    fit: Fit | None = None
    codelist: str = ""


def candidates(dataset: str) -> tuple[StandardVariable, ...]:
    """The variables that a dataset may have: those that the guide lists, and timing variables of its class."""
    listed = standards.variables(GUIDE, dataset)
    found = {variable.name: variable for variable in listed if variable.name not in RULED}
    known = standards.dataset(GUIDE, dataset)
    kind = known.dataset_class if known else ""
    if kind in OBSERVATION_CLASSES:
        for name in ("VISITNUM", "VISIT", "VISITDY", f"{dataset}DTC", f"{dataset}SPID"):
            extra = standards.variable(GUIDE, dataset, name, kind)
            if extra is not None:
                found.setdefault(name, extra)
    return tuple(variable for variable in found.values() if not variable.name.endswith(("SEQ", "DY")))


def matches(columns: Iterable[RawColumn], dataset: str, prefix: str, most: int = LAST_RANK) -> list[Match]:
    """The columns of a table for the variables of a dataset.

    prefix: the letters before the table's own names. most: the last rule that counts.
    """
    found = []
    listed = list(columns)
    for place, variable in enumerate(candidates(dataset)):
        for order, column in enumerate(listed):
            match = _match(column, variable, dataset, prefix, most)
            if match is not None:
                found.append((match.rank, place, order, match))
    taken_columns: set[str] = set()
    taken_variables: set[str] = set()
    chosen = []
    for _, _, _, match in sorted(found, key=lambda entry: entry[:3]):
        if match.column.name not in taken_columns and match.variable.name not in taken_variables:
            taken_columns.add(match.column.name)
            taken_variables.add(match.variable.name)
            chosen.append(match)
    return chosen


def _match(
    column: RawColumn, variable: StandardVariable, dataset: str, prefix: str, most: int
) -> Match | None:
    said = next(_named(column, variable, dataset, prefix), None)
    if said is None or said[0] > most:
        return None
    rank, confidence, reason = said
    return _confirmed(Match(variable, column, rank, confidence, reason), exact=rank <= 2)


def _named(
    column: RawColumn, variable: StandardVariable, dataset: str, prefix: str
) -> Iterator[tuple[int, str, str]]:
    """(rank, confidence, reason) of each rule by which the name fits the variable."""
    name, wanted = bare(column.name).upper(), variable.name
    swapped = dataset + name.removeprefix(prefix) if prefix and name.startswith(prefix) else name
    stem = wanted.removeprefix(dataset) if len(dataset) == 2 else wanted
    if name == wanted:
        yield 1, HIGH, "the column bears the variable's name"
    if wanted in (swapped, dataset + name):
        yield 2, HIGH, f"the column bears the variable's name, {name} for {wanted}"
    if swapped.endswith("DAT") and swapped.removesuffix("DAT") + "DTC" == wanted:
        yield 2, HIGH, f"CDASH calls the date of {wanted} {name}"
    dose = "DOSE" if are_numbers(column.values) else "DOSTXT"
    if swapped == f"{dataset}DSTXT" and stem == dose:
        yield 2, HIGH, f"CDASH's {name} is the dose: in {wanted} as {'a number' if dose == 'DOSE' else 'text'}"
    words, label = words_of_name(column.name, prefix), words_of_label(variable.label, _label(dataset))
    shown = " ".join(sorted(words))
    if words and words == label:
        yield 3, HIGH, f"its name reads as the label, {variable.label!r}"
    if len(stem) > 2 and swapped.startswith(wanted):
        yield 4, MEDIUM, f"its name begins with {wanted}"
    if words and label and len(words & label) / len(words | label) >= _OVERLAP:
        yield 5, MEDIUM, f"its name ({shown}) is most of the label, {variable.label!r}"
    short = swapped.removeprefix(dataset)
    near = len(stem) > 3 and len(short) > 2 and not stem.endswith("ID") and not name.endswith(("DAT", "TIM"))
    if near and (abbreviates(short, stem) or abbreviates(swapped, wanted)):
        yield 6, LOW, f"{name} abbreviates {wanted}"
    if near and SequenceMatcher(None, swapped, wanted).ratio() >= _ALIKE:
        yield 7, LOW, f"{name} is spelled like {wanted}"
    if variable.role == "Topic" and name.startswith(_TREATMENT):
        yield 8, LOW, f"{name} begins like the name of a treatment, which {wanted} is"


@cache
def _label(dataset: str) -> str:
    """The words of the dataset's label that its variables repeat."""
    known = standards.dataset(GUIDE, dataset)
    classes = {"INTERVENTIONS": "Treatment", "EVENTS": "Event", "FINDINGS": "Test"}
    return f"{known.label} {classes.get(known.dataset_class, '')}" if known else ""


# --- what the values say ---------------------------------------------------------------------------------


def _confirmed(match: Match, exact: bool) -> Match | None:
    """The match with what its values are; None where they refute it. A column without values refutes nothing."""
    variable, values = match.variable, match.column.values
    if not values:
        return _changed(match, LOW if match.confidence == LOW else MEDIUM, "no value to confirm it")
    if is_date(variable):
        return _dated(match, values)
    if variable.type == "Num":
        if are_numbers(values):
            return match
        return _changed(match, LOW, "not all of its values are numbers") if exact else None
    if variable.codelist_code and ";" not in variable.codelist_code:
        return _coded(match, values, exact)
    weak = match.rank in (6, 7)
    return None if weak and (date_format(values) is not None or are_numbers(values)) else match


def is_date(variable: StandardVariable) -> bool:
    """True for a variable that holds ISO 8601 dates or datetimes."""
    return variable.type == "Char" and variable.domain_values.startswith("ISO 8601") and variable.name.endswith("DTC")


def _dated(match: Match, values: tuple[str, ...]) -> Match | None:
    if match.column.parts:
        return _changed(match, match.confidence, "its parts are collected in columns of their own")
    found = date_format(values)
    if found is None:
        return None
    more = f"its values are dates, {found.format}"
    confidence = match.confidence
    if found.unread:
        more += f", but for {found.unread} of {len(values)}"
    if found.twin:
        confidence, more = LOW, f"{more}; {found.twin} reads them as well"
    elif confidence == LOW:
        confidence = MEDIUM
    return _changed(match, confidence, more, date=found)


def _coded(match: Match, values: tuple[str, ...], exact: bool) -> Match | None:
    codelist = standards.codelist(match.variable.codelist_code, PACKAGE)
    if codelist is None:
        return match
    found = fit(values, codelist)
    if found.share < _FITS:
        plain = f"{len(found.without)} of its {len(values)} values are no terms of {codelist.id}"
        return _changed(match, LOW, plain) if exact else None
    more = f"its values are terms of {codelist.id}"
    if found.by_synonym:
        more += f", {len(found.by_synonym)} of {len(values)} by a published synonym"
    if found.without:
        more += f"; {len(found.without)} are not, such as {found.without[0]!r}"
    raised = {LOW: MEDIUM, MEDIUM: HIGH, HIGH: HIGH}[match.confidence] if found.share == 1 else match.confidence
    return _changed(match, raised, more, fit=found, codelist=codelist.id)


def _changed(
    match: Match, confidence: str, more: str, date: DateFormat | None = None, fit: Fit | None = None, codelist: str = ""
) -> Match:
    reason = f"{match.reason}; {more}"
    return Match(match.variable, match.column, match.rank, confidence, reason, date, fit, codelist)
