"""Published codelists as rules ask for them: by NCI code, in the packages that go with a standard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from qc.conformance.classify import ADAM, SDTM
from specs import packages
from specs.packages import StandardCodelist


def newest() -> dict[str, str]:
    """The newest package of each publishing set that we hold: SDTM to `SDTM 2025-03-28`."""
    found: dict[str, str] = {}
    for name in sorted(packages.PACKAGES, key=lambda known: known.rpartition(" ")[2]):
        found[name.rpartition(" ")[0]] = name
    return found


class Terminology:
    """The packages in use, by publishing set."""

    def __init__(self, used: Mapping[str, str] | None = None) -> None:
        self.used = newest() | dict(used or {})

    def packages(self, standard: str) -> list[str]:
        """The packages of a standard; ADaM uses those of SDTM too."""
        order = {SDTM: ("SDTM",), ADAM: ("ADaM", "SDTM")}.get(standard, tuple(self.used))
        return [self.used[name] for name in order if name in self.used]

    def codelist(self, code: str, standard: str = "") -> StandardCodelist | None:
        """The codelist with that NCI code, or None."""
        return _codelist(code, tuple(self.packages(standard)))

    def codelists(self, codes: str, standard: str) -> list[StandardCodelist] | None:
        """Those of several codes parted by `;`; None where one of them is not known, so that nothing can be said."""
        found = [self.codelist(code.strip(), standard) for code in codes.split(";") if code.strip()]
        return None if not found or any(one is None for one in found) else [one for one in found if one is not None]


@cache
def _codelist(code: str, names: tuple[str, ...]) -> StandardCodelist | None:
    return next((found for name in names if (found := packages.codelist(code, name))), None)


@cache
def terms_of(codelist: StandardCodelist) -> Mapping[str, str]:
    """Term to NCI code."""
    return {term.term: term.code for term in codelist.terms}


def meant(lists: Sequence[StandardCodelist], value: str) -> str:
    """The term that a value may stand for: the same in other letters, else a synonym; "" where there is none."""
    folded = value.casefold()
    for codelist in lists:
        same = next((term.term for term in codelist.terms if term.term.casefold() == folded), "")
        if same:
            return same
    for codelist in lists:
        found = codelist.meant(value)
        if len(found) == 1:
            return found[0]
    return ""
