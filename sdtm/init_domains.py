"""Which dataset of the standard a raw table is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sdtm.init_columns import RawForm
from sdtm.init_match import GUIDE, matches
from sdtm.init_words import bare, tokens
from specs import standards
from specs.standards import OBSERVATION_CLASSES

_FILE_COUNTS = 3  # the name of the file weighs as much as three names of columns
_ENOUGH = 2
_RARE = 3  # a variable of more datasets than these says nothing about which it is
_CLEAR = 5  # the last rule of a match that is no guess from the spelling
SUBJECT = "DM"
_DEMOGRAPHIC = ("SEX", "BRTHDTC", "AGE", "RACE", "ETHNIC")
# What is collected as exposure is submitted as EX; EC is added where what was collected differs (SDTMIG 3.4, 6.1.3).
_SUBMITTED = {"EC": "EX"}


@dataclass(frozen=True)
class Home:
    """The dataset that a table is for, the letters before the table's own names, and why."""

    dataset: str
    prefix: str
    reason: str


def homes(forms: Sequence[RawForm]) -> list[Home | None]:
    """The dataset of each table. DM is for the one that holds the demographics of the subjects, and for tables of the
    demographics of other subjects, such as those of each site."""
    found = [home_of(form) for form in forms]
    chosen = _demographics(forms, found)
    for at, (form, home) in enumerate(zip(forms, found)):
        speaks = home is not None and home.dataset == SUBJECT
        if at in chosen:
            known = ", ".join(chosen[at]) or "the names of its columns"
            reason = home.reason if home and speaks else f"its columns read as {known}"
            found[at] = Home(SUBJECT, SUBJECT, reason)
        elif speaks:
            found[at] = home_of(form, without=SUBJECT)
    return found


def _demographics(forms: Sequence[RawForm], homes: Sequence[Home | None]) -> dict[int, list[str]]:
    """The tables of the subjects' demographics, by number, and what of them each holds; none where no table does.

    A table without a subject number, such as that of the sites, is none, nor one with several rows of a subject,
    unless it is called DM: rows entered twice are still to be left out.
    """
    ranked: list[tuple[tuple[bool, int, bool], int, list[str]]] = []
    for number, (form, home) in enumerate(zip(forms, homes)):
        named = SUBJECT in tokens(form.table)
        if not (form.once or (named and (form.subject or not form.rows))):
            continue
        seen = [match.variable.name for match in matches(form.grouped(), SUBJECT, SUBJECT, _CLEAR)]
        seen = [name for name in seen if name in _DEMOGRAPHIC]
        speaks = home is not None and home.dataset == SUBJECT
        if named or speaks or len(seen) >= _ENOUGH:
            ranked.append(((named, len(seen), form.once), number, seen))
    ranked.sort(key=lambda found: (found[0], -found[1]), reverse=True)
    chosen: dict[int, list[str]] = {}
    subjects: set[str] = set()
    for _, number, seen in ranked:
        own = set(forms[number].columns[forms[number].subject].values) if forms[number].subject else set()
        like = seen and own and set(seen) == set(next(iter(chosen.values()), []))
        if not chosen or (like and own.isdisjoint(subjects)):
            chosen[number] = seen
            subjects |= own
    return chosen


def home_of(form: RawForm, without: str = "") -> Home | None:
    """The dataset with the most evidence; None where there is too little. Equal evidence: the guide's order.

    without: a dataset that it is not for.
    """
    named = [token for token in tokens(form.table) if token in _domains() and token != without]
    columns = {bare(name).upper() for name in form.columns}
    scores = {
        domain: len(columns & _own(domain)) + _FILE_COUNTS * (domain in named)
        for domain in _domains() if domain != without
    }  # fmt: skip
    best = max(scores, key=lambda domain: scores[domain])
    if scores[best] < _ENOUGH:
        return None
    said = []
    if best in named:
        said.append(f"it is called {form.file}")
    if columns & _own(best):
        said.append(f"it has columns such as {', '.join(sorted(columns & _own(best))[:3])}")
    if best in _SUBMITTED:
        said.append(f"{_SUBMITTED[best]} is what is submitted; add {best} if what was collected differs")
    return Home(_SUBMITTED.get(best, best), best, "; ".join(said))


@cache
def _domains() -> tuple[str, ...]:
    """The domains that records of forms go to, in the order of the guide."""
    return tuple(
        name for name in _standard_names()
        if name in ("DM", "SV", "CO") or _class_of(name) in OBSERVATION_CLASSES
    )  # fmt: skip


def _standard_names() -> tuple[str, ...]:
    return standards.dataset_names(GUIDE)


def _class_of(name: str) -> str:
    found = standards.dataset(GUIDE, name)
    return found.dataset_class if found else ""


@cache
def _own(domain: str) -> frozenset[str]:
    """Names of columns that speak for a domain: its variables that few others have, also as CDASH names dates."""
    listed = {variable.name for variable in standards.variables(GUIDE, domain)}
    found = {name for name in listed if _frequency()[name] <= _RARE}
    return frozenset(found | {name.removesuffix("DTC") + "DAT" for name in found if name.endswith("DTC")})


@cache
def _frequency() -> Counter[str]:
    names = (variable.name for domain in _standard_names() for variable in standards.variables(GUIDE, domain))
    return Counter(names)
