"""What a command found before it read anything, and what of it has changed when it comes to its end."""

from __future__ import annotations

import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from formats.folders import hashes
from specs.load import STAGES

if TYPE_CHECKING:
    from pipeline import Request

STUDY = ("study.toml", *STAGES, "results")
EXPLAINS = "Explanations.csv"  # the table that explains findings: nothing is made from it
WHOLE_STATE = "state.json"
SHOWN = 4
Mark = tuple[int, ...]
RAW, ELSEWHERE = "raw", "sdtm files"  # of what a command reads, beside the parts of a study
_ALL = (".",)
# What an editor or a system leaves in a folder for itself.
_TEMPORARY = (".", "~$")


@dataclass(frozen=True)
class Found:
    """The inputs as a command found them before it read any: hashes of tables, raw files, SDTM files from elsewhere.

    None of what was not asked for. marks: by which a change of a file shows; by part of the study (`RAW`, `ELSEWHERE`)
    and path.
    """

    tables: Mapping[str, str] | None = None
    raw: Mapping[str, str] | None = None
    sdtm: Mapping[str, str] | None = None
    marks: Mapping[tuple[str, Path], Mark] = field(default_factory=dict)


def begun(request: Request, raw: bool = False, sdtm: bool = False) -> Request:
    """The request with what there is to read: the tables of the study, the raw files, SDTM files from elsewhere."""
    found = request.found or Found()
    if found.tables is None:
        marks = {key: mark for part in STUDY for key, mark in _marks(part, request.study / part).items()}
        found = replace(found, marks={**found.marks, **marks}, tables=hashes(request.study, STUDY))
    if raw and found.raw is None:
        marks = _marks(RAW, request.raw_folder)
        found = replace(found, marks={**found.marks, **marks}, raw=hashes(request.raw_folder, _ALL))
    if sdtm and request.sdtm is not None and found.sdtm is None:
        marks = _marks(ELSEWHERE, request.sdtm)
        found = replace(found, marks={**found.marks, **marks}, sdtm=hashes(request.sdtm, _ALL))
    return replace(request, found=found)


def _marks(part: str, folder: Path) -> dict[tuple[str, Path], Mark]:
    """Times, size and number of every file that is a part or stands below it."""
    found: dict[tuple[str, Path], Mark] = {}
    for file in (folder,) if folder.is_file() else folder.rglob("*"):
        if file.name == EXPLAINS or file.name.startswith(_TEMPORARY):
            continue
        try:
            state = file.stat()
        except OSError:  # it was taken away just now
            continue
        if stat.S_ISREG(state.st_mode):
            found[part, file] = state.st_mtime_ns, state.st_ctime_ns, state.st_size, state.st_ino
    return found


# What each part of an output is made from.
READS = {
    "sdtm": ("study.toml", "sdtm", RAW),
    "adam": ("study.toml", "sdtm", "adam", ELSEWHERE),
    "define": ("study.toml", "sdtm", "adam", "results"),
    "results": ("study.toml", "sdtm", "adam", "results"),
    "package": ("study.toml", "sdtm", "adam", RAW, ELSEWHERE),
}


def changed(request: Request, made: str = "") -> list[str]:
    """The inputs that were saved, added or taken away since `begun`. made: those of a part of the output (READS)."""
    found = request.found or Found()
    now: dict[tuple[str, Path], Mark] = {}
    if found.tables is not None:
        for part in STUDY:
            now |= _marks(part, request.study / part)
    if found.raw is not None:
        now |= _marks(RAW, request.raw_folder)
    if found.sdtm is not None and request.sdtm is not None:
        now |= _marks(ELSEWHERE, request.sdtm)
    keys = {key for key, _ in set(now.items()) ^ set(found.marks.items())}
    asked = {path for part, path in keys if not made or part in READS[made]}
    return sorted(
        (path.relative_to(request.study) if path.is_relative_to(request.study) else path).as_posix() for path in asked
    )


def settled(request: Request, made: str, states: Sequence[str] = ()) -> list[str]:
    """The inputs of what a command made that changed meanwhile, which is said: it may have read them before or after.

    states: what the command noted of it in the folder of the output. It is taken back, so that the next build makes it
    anew; no build takes such a mixture for what stands in the tables.
    """
    names = changed(request, made)
    if names:
        shown = ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
        request.say(f"notice: {shown} changed while this was made; the next build makes it anew")
        for name in (*states, WHOLE_STATE):
            (request.folder / name).unlink(missing_ok=True)
    return names
