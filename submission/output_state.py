"""Outputs that are made anew as a whole (define.xml, results): from what they were made, and what was said then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from formats.folders import hashes


@dataclass(frozen=True)
class Kept:
    """Files of an earlier build that are what a build would make; `size` and `said` are for its summary."""

    size: tuple[int, int]
    said: tuple[str, ...]


def kept(folder: Path, state: str, key: str) -> Kept | None:
    """What an earlier build left in a folder; None where it was made from something else, or a file has changed
    or, in a folder of them, been added.

    state: the name of the file in which `note` left it. key: a hash of all that the output is made from.
    """
    try:
        found = json.loads((folder / state).read_text(encoding="utf-8"))
        if found["key"] != key or found["files"] != _files(folder, found["names"], state):
            return None
        first, second = found["size"]
        return Kept((int(first), int(second)), tuple(str(text) for text in found["said"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no state, or one that was changed by hand


def note(
    folder: Path, state: str, key: str, names: Sequence[str], size: tuple[int, int], said: Sequence[str] = ()
) -> None:
    """Leave what output files of a folder were made from: names, or folders of them (`.` is the folder itself)."""
    files = _files(folder, names, state)
    found = {"key": key, "size": list(size), "said": list(said), "names": list(names), "files": files}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (folder / state).parent.mkdir(parents=True, exist_ok=True)
    (folder / state).write_text(text + "\n", encoding="utf-8")


def _files(folder: Path, names: Sequence[str], state: str) -> dict[str, str]:
    return {name: found for name, found in hashes(folder, names).items() if name != state}
