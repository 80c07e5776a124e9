"""Which dataset of the standard a raw table is for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

from sdtm.init_columns import RawForm
from sdtm.init_match import GUIDE
from sdtm.init_words import bare, tokens
from specs import standards
from specs.standards import OBSERVATION_CLASSES

_FILE_COUNTS = 3  # the name of the file weighs as much as three names of columns
_ENOUGH = 2
_RARE = 3  # a variable of more datasets than these says nothing about which it is
# What is collected as exposure is submitted as EX; EC is added where what was collected differs (SDTMIG 3.4, 6.1.3).
_SUBMITTED = {"EC": "EX"}


@dataclass(frozen=True)
class Home:
    """The dataset that a table is for, the letters before the table's own names, and why."""

    dataset: str
    prefix: str
    reason: str


def home_of(form: RawForm) -> Home | None:
    """The dataset with the most evidence; None where there is too little. Equal evidence: the guide's order."""
    named = [token for token in tokens(form.table) if token in _domains()]
    columns = {bare(name).upper() for name in form.columns}
    scores = {domain: len(columns & _own(domain)) + _FILE_COUNTS * (domain in named) for domain in _domains()}
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
