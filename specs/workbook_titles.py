"""Titles of sheets and the files that they stand for.

A workbook holds one stage. Each table is a sheet of its name, the mapping files together are the sheet Mapping, a
look-up table of `tables/` is a sheet of its own, and so is a grid of `other/`: a sheet that is no part of a
specification and is kept as it stands. The last sheet lists which file each sheet is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from specs.columns import RESULTS, SHEETS
from specs.mapping import GENERAL
from specs.read_csv import Row
from specs.standards import CLASSES

CONTENTS = "trialspec"
CONTENTS_COLUMNS = ("Sheet", "File", "Holds")
IN_FILE = "In File"
LOOKUP_MARK = " (table)"
OTHER = "other"
_LONGEST = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_RESERVED = {"history"}
_ODD = frozenset('<>:"/\\|?*%')
_ENCODED = re.compile(r"%([0-9A-F]{2})")
_DATASET = re.compile(r"_?[A-Za-z][A-Za-z0-9_]*")
_TABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def title_for(name: str, taken: Iterable[str], mark: str = "") -> str:
    """A title for `name` that Excel allows and that no sheet of `taken` has, in any case of letters.

    >>> title_for("units", ["Units"], LOOKUP_MARK)
    'units (table)'
    """
    used = {title.casefold() for title in taken} | _RESERVED
    plain = _NOT_IN_TITLES.sub("_", name).strip("'") or "_"
    tried = [plain, *(f"{plain[: _LONGEST - len(mark)]}{mark}" for _ in (1,) if mark)]
    tried += [f"{plain[: _LONGEST - len(mark) - 5]} {number}{mark}" for number in range(2, 1000)]
    return next(title for title in tried if len(title) <= _LONGEST and title.casefold() not in used)


def is_table_name(name: str) -> bool:
    """True for the name of a look-up table: letters, digits and `_`, a letter first."""
    return bool(_TABLE.fullmatch(name))


def file_stem(title: str) -> str:
    """A title as the name of a file, what systems do not allow in one as `%3F`; `title_of_stem` gives it back.

    >>> file_stem("a < b"), file_stem("..")
    ('a %3C b', '%2E%2E')
    """
    last = len(title) - 1
    return "".join(
        f"%{ord(letter):02X}" if _is_odd(letter, position == 0, position == last) else letter
        for position, letter in enumerate(title)
    )


def _is_odd(letter: str, first: bool, last: bool) -> bool:
    return letter in _ODD or letter < " " or (first and letter in ". ~") or (last and letter in ". ")


def title_of_stem(stem: str) -> str:
    """The title that `file_stem` encoded."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), stem)


def file_of(sheet: str, row: Row, stage: str, own: dict[str, str]) -> str:
    """The file that a row of a known sheet goes to, unless it says another itself.

    `own` holds the one file of a sheet where the list of contents names one. Mapping rows for one dataset go to
    its file, all others to `mapping/all.csv`; results stand in their folder.
    """
    if sheet == "Mapping":
        names = row.get("Dataset").replace(",", " ").split()
        plain = len(names) == 1 and _DATASET.fullmatch(names[0]) and names[0] not in CLASSES
        return f"{stage}/mapping/{names[0] if plain else GENERAL}.csv"
    if sheet in own:
        return own[sheet]
    folder = "results" if stage == "adam" and sheet in RESULTS else stage
    return f"{folder}/{sheet}.csv"


def safe_file(file: str, stage: str) -> bool:
    """True for the path of a table of the stage: nothing else may be written by what a workbook says.

    >>> safe_file("sdtm/mapping/AE.csv", "sdtm"), safe_file("sdtm/../study.toml", "sdtm")
    (True, False)
    """
    path = PurePosixPath(file)
    folder, stem = path.parent.as_posix(), path.name.removesuffix(".csv")
    if not file.endswith(".csv") or not stem or file != path.as_posix():
        return False
    if folder == f"{stage}/{OTHER}":
        return file_stem(title_of_stem(stem)) == stem
    if folder in (f"{stage}/mapping", f"{stage}/tables"):
        return file_stem(stem) == stem
    return (folder == stage and stem in SHEETS) or (folder == "results" and stem in RESULTS)
