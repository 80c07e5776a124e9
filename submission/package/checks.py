"""What a gateway and a reviewer refuse: names of files, sizes, names and labels in transport files, bytes beyond ASCII.

Sources: ICH eCTD specification, appendix 2 (names of files and folders: lower-case letters, digits, hyphens; at most 64
characters); FDA, Study Data Technical Conformance Guide, section 3.3 (transport files of version 5: names of 8, labels
of 40, texts of 200 bytes; ASCII); SAS technical note TS-140. The underscore is allowed because a dataset may bear it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from formats.mapped import release
from formats.xpt_layout import XptError
from formats.xpt_read import Member, members
from specs.model import Study
from specs.problem import Place, Problem
from submission.package.tree import SPLIT, files_of

_PART = re.compile(r"[a-z0-9][a-z0-9_-]*(\.[a-z0-9-]+)?")
_FORBIDDEN = re.compile(r"[^a-z0-9_./-]")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_LONGEST_FILE, _LONGEST_NAME, _LONGEST_LABEL, _LONGEST_TEXT = 64, 8, 40, 200
_ASCII_FILES = (".txt",)
_STEP = 1 << 13


def check(folder: Path, study: Study) -> list[Problem]:
    """Every fault of the tree below `m5` of a package, at its file."""
    found: list[Problem] = []
    for name, path in files_of(folder).items():
        if name.startswith("m5/"):
            found += _named(name, study.package.longest_path)
            if path.suffix == ".xpt":
                found += _transport(name, path, study)
            elif path.suffix in _ASCII_FILES and not path.read_bytes().isascii():
                found.append(Problem(Place(name), "holds a character that is not ASCII", "write it otherwise"))
    return found


def _named(name: str, longest: int) -> Iterator[Problem]:
    if wrong := _FORBIDDEN.search(name):
        sign = wrong[0]
        hint = "names are in lower case" if sign.isupper() else "letters, digits, hyphens and underscores are"
        yield Problem(Place(name), f"{sign!r} is not allowed in the name of a file or folder", hint)
    elif not all(_PART.fullmatch(part) for part in name.split("/")):
        yield Problem(Place(name), "is no name for a file of an eCTD", "a letter or digit first, one point, an ending")
    if len(last := name.rpartition("/")[2]) > _LONGEST_FILE:
        yield Problem(Place(name), f"the name has {len(last)} characters, at most {_LONGEST_FILE} are allowed")
    if len(name) > longest:
        hint = "shorten folder below [package] in study.toml"
        yield Problem(Place(name), f"the path has {len(name)} characters, at most {longest} are allowed", hint)


def _transport(name: str, path: Path, study: Study) -> Iterator[Problem]:
    try:
        found = members(path, encoding="latin-1")
    except XptError as error:
        yield Problem(Place(name), error.message, error.hint)
        return
    if len(found) != 1:
        yield Problem(Place(name), f"holds {len(found)} datasets where one is expected")
        return
    member = found[0]
    yield from _attributes(name, path, member)
    if study.encoding == "ascii":
        yield from _ascii(name, member)
    if path.stat().st_size > study.package.split_above and not _parts(path):
        size, limit = path.stat().st_size, study.package.split_above
        message = f"has {size:,d} bytes, more than the limit of {limit:,d}, and no parts"
        yield Problem(Place(name), message, "build the package again")


def _parts(path: Path) -> bool:
    return path.parent.name == SPLIT or any((path.parent / SPLIT).glob("*.xpt"))


def _attributes(name: str, path: Path, member: Member) -> Iterator[Problem]:
    dataset = member.attributes.name
    if dataset != path.stem.upper():
        yield Problem(Place(name), f"the dataset in it is named {dataset!r}", f"it should be {path.stem.upper()!r}")
    texts = [("", dataset, member.attributes.label, 0)]
    for variable in member.variables:
        column = variable.column
        texts.append((column.name, column.name, column.label, 0 if variable.numeric else variable.length))
    for place, shown, label, length in texts:
        if len(shown) > _LONGEST_NAME or not _VARIABLE.fullmatch(shown):
            yield Problem(Place(name, 0, place), f"{shown!r} is no name of a transport file of version 5")
        if len(label) > _LONGEST_LABEL:
            message = f"the label has {len(label)} bytes, at most {_LONGEST_LABEL} are allowed"
            yield Problem(Place(name, 0, place), message)
        if not label.isascii():
            yield Problem(Place(name, 0, place), f"the label {label!r} holds a character that is not ASCII")
        if length > _LONGEST_TEXT:
            yield Problem(Place(name, 0, place), f"texts have {length} bytes, at most {_LONGEST_TEXT} are allowed")


def _ascii(name: str, member: Member) -> Iterator[Problem]:
    """The first text of each variable with a byte beyond ASCII, or a sign that does not print."""
    waiting = [variable for variable in member.variables if not variable.numeric]
    found: dict[str, str] = {}
    for start in range(0, member.rows, _STEP):
        for variable in waiting:
            block = member.area[start : start + _STEP, variable.position : variable.position + variable.length]
            wrong = np.flatnonzero(((block > 126) | (block < 32)).any(axis=1))
            if len(wrong):
                text = bytes(block[wrong[0]]).decode("latin-1").rstrip()
                record = start + int(wrong[0]) + 1
                message = f"record {record}: {text[:60]!r} holds a character that is not printable ASCII"
                found[variable.column.name] = message
        waiting = [variable for variable in waiting if variable.column.name not in found]
        release(member.area)
    for variable in member.variables:
        if variable.column.name in found:
            yield Problem(Place(name, 0, variable.column.name), found[variable.column.name])
