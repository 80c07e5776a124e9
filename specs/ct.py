"""What changed between two controlled terminology packages. Pure: it reads nothing and prints nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specs.ct_files import Package
from specs.packages import StandardCodelist, StandardTerm

LIST_ADDED, LIST_REMOVED = "codelist added", "codelist removed"
LIST_RENAMED, ID_CHANGED = "codelist renamed", "codelist ID changed"
CLOSED, OPENED = "codelist closed", "codelist made extensible"
TERM_ADDED, TERM_REMOVED = "term added", "term removed"
TERM_RENAMED, CODE_CHANGED = "term renamed", "NCI code changed"
SYNONYMS, PREFERRED = "synonyms changed", "preferred term changed"
# The order of a listing: what can break a study first.
KINDS = (
    LIST_REMOVED, CLOSED, TERM_REMOVED, TERM_RENAMED, CODE_CHANGED, ID_CHANGED, LIST_RENAMED, OPENED, LIST_ADDED,
    TERM_ADDED, SYNONYMS, PREFERRED,
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change to a codelist (`term_code` empty) or to a term.

    `codelist_code` and `codelist` are NCI code and ID, those of the new package where it has the list. `old` and
    `new` hold what changed: ID, name, submission value, NCI code or preferred term; for synonyms those that
    went and those that came, parted by `;`. `term` is the submission value that a study may hold: the old one,
    or for a new term the new one.
    """

    kind: str
    codelist_code: str
    codelist: str
    term_code: str = ""
    term: str = ""
    old: str = ""
    new: str = ""


def compare(old: Package, new: Package) -> tuple[Change, ...]:
    """Every change, by kind (`KINDS`), codelist ID and term.

    Codelists and terms are the same when their NCI codes are. A term whose code went while its submission value
    stands under another code is reported as NCI code changed. The order of codelists and terms does not count.
    """
    found: list[Change] = []
    for code in sorted({*old.codelists, *new.codelists}):
        before, after = old.codelists.get(code), new.codelists.get(code)
        if after is None:
            assert before is not None
            found.append(Change(LIST_REMOVED, code, before.id, old=f"{before.id} ({before.name})"))
        elif before is None:
            found.append(Change(LIST_ADDED, code, after.id, new=f"{after.id} ({after.name})"))
        else:
            found += _list_changes(before, after)
            found += _term_changes(before, after)
    return tuple(sorted(found, key=lambda c: (KINDS.index(c.kind), c.codelist, c.codelist_code, c.term, c.term_code)))


def _list_changes(before: StandardCodelist, after: StandardCodelist) -> Iterator[Change]:
    words = {True: "extensible", False: "not extensible"}
    if before.id != after.id:
        yield Change(ID_CHANGED, after.code, after.id, old=before.id, new=after.id)
    if before.name != after.name:
        yield Change(LIST_RENAMED, after.code, after.id, old=before.name, new=after.name)
    if before.extensible != after.extensible:
        kind = OPENED if after.extensible else CLOSED
        yield Change(kind, after.code, after.id, old=words[before.extensible], new=words[after.extensible])


def _term_changes(before: StandardCodelist, after: StandardCodelist) -> Iterator[Change]:
    old, new = ({term.code: term for term in found.terms} for found in (before, after))
    came = {term.term: term for code, term in new.items() if code not in old}
    recoded = set()
    for code, term in old.items():
        if code in new:
            if term != new[code]:
                yield from _one_term(after, term, new[code])
        elif term.term in came:
            recoded.add(term.term)
            following = came[term.term].code
            yield Change(CODE_CHANGED, after.code, after.id, following, term.term, old=code, new=following)
        else:
            yield Change(TERM_REMOVED, after.code, after.id, code, term.term, old=term.term)
    for name, term in came.items():
        if name not in recoded:
            yield Change(TERM_ADDED, after.code, after.id, term.code, name, new=name)


def _one_term(codelist: StandardCodelist, before: StandardTerm, after: StandardTerm) -> Iterator[Change]:
    def change(kind: str, old: str, new: str) -> Change:
        return Change(kind, codelist.code, codelist.id, after.code, before.term, old, new)

    if before.term != after.term:
        yield change(TERM_RENAMED, before.term, after.term)
    if before.preferred_term != after.preferred_term:
        yield change(PREFERRED, before.preferred_term, after.preferred_term)
    old, new = (tuple(part for part in term.synonyms.split(";") if part) for term in (before, after))
    gone, come = ([part for part in mine if part not in other] for mine, other in ((old, new), (new, old)))
    if gone or come:
        yield change(SYNONYMS, ";".join(gone), ";".join(come))
