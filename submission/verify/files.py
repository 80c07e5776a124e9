"""Two packages file by file: the one that is to be proved, and the one that specification and raw data give."""

from __future__ import annotations

import filecmp
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from define.drift import differences as drift
from specs.problem import ProblemError
from submission.package import tree
from submission.verify.definition import concerned
from submission.verify.differences import Difference
from submission.verify.transport import differences as transport

_KEYS = ("study", "folder", "stages")
_MOST_SHOWN = 90


def differences(package: Path, fresh: Path) -> list[Difference]:
    """Every file of one that the other does not have, and what differs in those of both."""
    there, given = tree.files_of(package), tree.files_of(fresh)
    found = []
    for name in sorted({*there, *given}):
        if name == tree.CONFORMANCE:
            continue
        if name not in given:
            found.append(Difference(name, "", 0, "is not what specification and raw data give"))
        elif name not in there:
            found.append(Difference(name, "", 0, "is missing"))
        elif name == tree.MANIFEST:
            found += _manifests(there[name], given[name])
        elif not filecmp.cmp(there[name], given[name], shallow=False):
            found += _of_file(name, there[name], given[name])
    return found


def _of_file(name: str, there: Path, given: Path) -> list[Difference]:
    """What differs in a file; where its contents say nothing, the first byte that does."""
    found = list(_COMPARED.get(there.suffix, _lines)(name, there, given))
    return found or [Difference(name, "", 0, _first_byte(there, given))]


def _first_byte(there: Path, given: Path) -> str:
    with there.open("rb") as one, given.open("rb") as other:
        at = 0
        while (a := one.read(1 << 16)) == (b := other.read(1 << 16)) and a:
            at += len(a)
    at += next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f"differs from byte {at + 1:,d} on, in no value or attribute"


def _definition(name: str, there: Path, given: Path) -> Iterator[Difference]:
    try:
        lines = drift(there, given)
    except ProblemError as error:
        yield Difference(name, "", 0, error.problems[0].message)
        return
    known = concerned(given)
    for line in lines:
        yield Difference(name, known(line), 0, line)


def _pages(name: str, there: Path, given: Path) -> Iterator[Difference]:
    """The pages whose text differs."""
    try:
        old, new = ([page.extract_text() for page in PdfReader(path).pages] for path in (there, given))
    except (PyPdfError, ValueError, KeyError, TypeError, OSError) as error:
        yield Difference(name, "", 0, f"cannot be read as PDF: {error}")
        return
    if len(old) != len(new):
        yield Difference(name, "", 0, f"has {len(old)} pages, specification and raw data give {len(new)}")
    for number, (one, other) in enumerate(zip(old, new), 1):
        if one != other:
            yield Difference(name, "", 0, f"page {number}: {_first_line(one.splitlines(), other.splitlines())}")


def _lines(name: str, there: Path, given: Path) -> Iterator[Difference]:
    old, new = ([*path.read_bytes().decode("latin-1").split("\n")] for path in (there, given))
    if old != new:
        place = next((n for n, (a, b) in enumerate(zip(old, new), 1) if a != b), min(len(old), len(new)) + 1)
        yield Difference(name, "", 0, f"line {place}: {_first_line(old, new)}")


def _first_line(old: list[str], new: list[str]) -> str:
    pairs = ((a, b) for a, b in zip(old, new) if a != b)
    a, b = next(pairs, (old[len(new)] if len(old) > len(new) else "", new[len(old)] if len(new) > len(old) else ""))
    return f"is {_shown(a)}, would be {_shown(b)}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")


def _manifests(there: Path, given: Path) -> Iterator[Difference]:
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (there, given))
    for key in _KEYS:
        if old.get(key) != new.get(key):
            yield Difference(there.name, "", 0, f"{key} is {old.get(key)!r}, would be {new.get(key)!r}")


_COMPARED: dict[str, Callable[[str, Path, Path], Iterator[Difference]]] = {
    ".xpt": transport, ".xml": _definition, ".pdf": _pages,
}  # fmt: skip
