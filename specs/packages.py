"""The published controlled terminology: whole packages, read one codelist at a time."""

from __future__ import annotations

import csv
import gzip
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "standards"
# The beginning of a file's name to the publishing set, in the words of Define-XML's terminology.
SETS = {"sdtmct": "SDTM", "adamct": "ADaM", "define-xmlct": "DEFINE-XML", "sendct": "SEND", "cdashct": "CDASH"}
_FILE = re.compile(r"(?P<set>[a-z-]+)-(?P<date>\d{4}-\d\d-\d\d)\.terms\.csv\.gz")
# What ends the ID of a list of codes, and what stands there in the ID of the list of their names.
_CODES = {"TC": "TN", "PC": "PN", "CD": ""}


def held(folder: Path) -> dict[str, str]:
    """The packages whose files stand in a folder: `SDTM 2025-03-28` to the name that its files begin with."""
    found = [match for path in folder.glob("*.terms.csv.gz") if (match := _FILE.fullmatch(path.name))]
    order = list(SETS)
    known = sorted((order.index(match["set"]), match["date"]) for match in found if match["set"] in SETS)
    return {f"{SETS[order[place]]} {date}": f"{order[place]}-{date}" for place, date in known}


PACKAGES = held(FOLDER)


class StandardTerm(NamedTuple):
    """A published term; `synonyms` are parted by `;`, as they are published."""

    code: str
    term: str
    preferred_term: str
    synonyms: str

    @property
    def also(self) -> tuple[str, ...]:
        """The synonyms and NCI's preferred term, without the term itself, each once.

        >>> StandardTerm("C42535", "s", "Second", "sec;Second").also
        ('sec', 'Second')
        """
        texts = (part.strip() for part in (*self.synonyms.split(";"), self.preferred_term))
        return tuple(dict.fromkeys(text for text in texts if text and text != self.term))


@dataclass(frozen=True)
class StandardCodelist:
    """A published codelist; `package` is the name of the package in which it was found."""

    code: str
    id: str
    name: str
    extensible: bool
    package: str
    terms: tuple[StandardTerm, ...]

    def meant(self, text: str, *, exactly: bool = False) -> tuple[str, ...]:
        """The terms of which `text` is a published synonym: as written, else (not `exactly`) whatever its case.

        For hints only: a synonym of NCI is never mapped to a term, for it may be a synonym of several.

        >>> codelist("UNIT", "SDTM 2025-03-28").meant("Sec")
        ('s',)
        """
        found = self._as_written.get(text, ())
        return found if found or exactly else self._case_folded.get(text.casefold(), ())

    @cached_property
    def codes(self) -> dict[str, str]:
        """The code of each term."""
        return {term.term: term.code for term in self.terms}

    @cached_property
    def named(self) -> dict[str, str]:
        """The term of each code."""
        return {term.code: term.term for term in self.terms}

    @cached_property
    def _as_written(self) -> dict[str, tuple[str, ...]]:
        return _gathered((synonym, term.term) for term in self.terms for synonym in term.also)

    @cached_property
    def _case_folded(self) -> dict[str, tuple[str, ...]]:
        return _gathered((synonym.casefold(), term.term) for term in self.terms for synonym in term.also)


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for key, term in pairs:
        found.setdefault(key, {})[term] = None
    return {key: tuple(terms) for key, terms in found.items()}


@cache
def _codelists(package: str) -> dict[str, tuple[str, str, str, bool]]:
    """Code and ID to (code, ID, name, extensible)."""
    found: dict[str, tuple[str, str, str, bool]] = {}
    for row in csv.DictReader(_content(package, "codelists")):
        entry = (row["codelist_code"], row["codelist"], row["codelist_name"], row["extensible"] == "True")
        found[entry[0]] = found[entry[1]] = entry
    return found


def _content(package: str, part: str) -> list[str]:
    content = gzip.decompress((FOLDER / f"{PACKAGES[package]}.{part}.csv.gz").read_bytes())
    return content.decode().rstrip("\n").split("\n")


@cache
def _terms(package: str) -> list[str]:
    """The lines of all terms, without the header. A term is one line: its cells hold no line breaks."""
    return _content(package, "terms")[1:]


def _stretch(package: str, code: str) -> tuple[StandardTerm, ...]:
    # The lines are sorted by codelist code, so those of one list are one stretch; "-" follows ",".
    lines = _terms(package)
    start, end = bisect_left(lines, f"{code},"), bisect_left(lines, f"{code}-")
    return tuple(StandardTerm._make(cells[1:]) for cells in csv.reader(lines[start:end]))


@cache
def codelist(code_or_id: str, package: str) -> StandardCodelist | None:
    """The published codelist with that NCI code or ID in a package such as `SDTM 2025-03-28`, or None."""
    entry = _codelists(package).get(code_or_id)
    return StandardCodelist(*entry, package, _stretch(package, entry[0])) if entry else None


def codelist_names(package: str) -> tuple[str, ...]:
    """The IDs of the published codelists of a package."""
    return tuple(entry[1] for key, entry in _codelists(package).items() if key == entry[1])


def codelists(package: str) -> Iterator[StandardCodelist]:
    """Every codelist of a package, with its terms, in the order of the file."""
    for name in codelist_names(package):
        found = codelist(name, package)
        assert found is not None
        yield found


def names_of(codes: StandardCodelist) -> str:
    """The ID of the codelist that has the names of a list of codes; "" for an ID that is of no list of codes.

    The two are joined by the NCI codes of their terms.

    >>> names_of(codelist("LBTESTCD", "SDTM 2025-03-28")), names_of(codelist("TENMW1TC", "SDTM 2025-03-28"))
    ('LBTEST', 'TENMW1TN')
    """
    ending = codes.id[-2:]
    return codes.id[:-2] + _CODES[ending] if ending in _CODES and len(codes.id) > len(ending) else ""
