"""The names of implementation guides, as Standard of Datasets and StandardName of Define write them."""

from __future__ import annotations

import re
from functools import cache

from specs.problem import nearest
from specs.standards import PACKAGES, codelist

DEFINE_CT = "DEFINE-XML"
_LOOSE = re.compile(r"(?:CDISC[ -])?(SDTM|ADaM|SEND)(?:[ -]?IG)?", re.IGNORECASE)
_NAMES = {"SDTM": "SDTMIG", "ADAM": "ADaMIG", "SEND": "SENDIG"}
_VERSION = re.compile(r"\d+(\.\d+)*( Amendment \d+)?")
_NAME_AND_VERSION = re.compile(r"(.*?) (\d.*)")


@cache
def published_names() -> tuple[str, ...]:
    """The names of guides that Define-XML's terminology has (codelist STDNAM, which may not be extended)."""
    package = max(name for name in PACKAGES if name.startswith(DEFINE_CT))
    published = codelist("STDNAM", package)
    return tuple(term.term for term in published.terms if term.term != "CDISC/NCI") if published else ()


def parts(standard: str) -> tuple[str, str]:
    """The name and the version of a guide.

    >>> parts("SDTMIG 3.4")
    ('SDTMIG', '3.4')
    >>> parts("SDTMIG 3.1.2 Amendment 1")
    ('SDTMIG', '3.1.2 Amendment 1')
    """
    found = _NAME_AND_VERSION.match(standard)
    if found:
        return found[1], found[2]
    name, _, version = standard.rpartition(" ")
    return name, version


def fault(standard: str) -> tuple[str, str]:
    """What is wrong with the name of a guide and what to do; blanks if nothing is.

    >>> fault("SDTMG 3.4")
    ("'SDTMG 3.4' does not begin with the name of a standard", "did you mean 'SDTMIG'?")
    >>> fault("SDTMIG 3.4")
    ('', '')
    """
    name, version = parts(standard)
    known = published_names()
    if name not in known:
        hint = nearest(name or version, known) or f"write one of {', '.join(known)}, and its version"
        return f"'{standard}' does not begin with the name of a standard", hint
    if not _VERSION.fullmatch(version):
        return f"'{standard}' does not end with a version", f"such as {name} 3.4"
    return "", ""


def as_published(name: str, version: str) -> str:
    """The guide that StandardName and StandardVersion name, however it is spelled; "" if they name none.

    >>> as_published("SDTM-IG", "3.2")
    'SDTMIG 3.2'
    """
    found = _LOOSE.fullmatch(name.strip())
    return f"{_NAMES[found[1].upper()]} {version.strip()}" if found and version.strip() else ""
