"""The published controlled terminology: whole packages, read one codelist at a time."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

FOLDER = Path(__file__).parent / "standards"
PACKAGES = {
    "SDTM 2025-03-28": "sdtmct-2025-03-28",
    "ADaM 2025-03-28": "adamct-2025-03-28",
    "DEFINE-XML 2025-03-28": "define-xmlct-2025-03-28",
}


@dataclass(frozen=True)
class StandardTerm:
    code: str
    term: str
    preferred_term: str
    synonyms: str


@dataclass(frozen=True)
class StandardCodelist:
    """A published codelist; `package` is the key of `PACKAGES` in which it was found."""

    code: str
    id: str
    name: str
    extensible: bool
    package: str
    terms: tuple[StandardTerm, ...]


@cache
def _codelists(package: str) -> dict[str, tuple[str, str, str, bool]]:
    """Code and ID to (code, ID, name, extensible)."""
    content = gzip.decompress((FOLDER / f"{PACKAGES[package]}.codelists.csv.gz").read_bytes()).decode()
    found: dict[str, tuple[str, str, str, bool]] = {}
    for row in csv.DictReader(io.StringIO(content)):
        entry = (row["codelist_code"], row["codelist"], row["codelist_name"], row["extensible"] == "True")
        found[entry[0]] = found[entry[1]] = entry
    return found


@cache
def _terms(package: str) -> bytes:
    return b"\n" + gzip.decompress((FOLDER / f"{PACKAGES[package]}.terms.csv.gz").read_bytes())


@cache
def _following(package: str) -> dict[str, str]:
    """The code of each codelist to that of the next one in the file."""
    codes = sorted({entry[0] for entry in _codelists(package).values()})
    return dict(pairwise(codes))


@cache
def codelist(code_or_id: str, package: str) -> StandardCodelist | None:
    """The published codelist with that NCI code or ID in a package such as `SDTM 2025-03-28`, or None."""
    entry = _codelists(package).get(code_or_id)
    if entry is None:
        return None
    content = _terms(package)
    # The terms are sorted by codelist code, so those of one list are one stretch of the file.
    start = content.index(f"\n{entry[0]},".encode()) + 1
    following = _following(package).get(entry[0])
    end = content.index(f"\n{following},".encode(), start) + 1 if following else len(content)
    rows = csv.reader(io.StringIO(content[start:end].decode()))
    terms = tuple(
        StandardTerm(code, term, preferred, synonyms) for _, code, term, preferred, synonyms in rows
    )
    return StandardCodelist(*entry, package, terms)


def codelist_names(package: str) -> tuple[str, ...]:
    """The IDs of the published codelists of a package."""
    return tuple(entry[1] for key, entry in _codelists(package).items() if key == entry[1])
