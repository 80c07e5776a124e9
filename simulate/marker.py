"""Which files of a folder `build simulate` wrote itself: only these are its to replace."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

MARKER = ".simulated"
"""Beside the tables: the SHA-256 of each as it was written. Without an ending of tables, so that no build reads it."""


def note(folder: Path, how: dict[str, object]) -> None:
    """Write down what the tables of a folder were made with and what each of them was when it was written."""
    files = {path.name: _hash(path) for path in sorted(folder.iterdir()) if path.is_file()}
    text = json.dumps({"written by": "build simulate", **how, "sha256": files}, indent=1)
    (folder / MARKER).write_text(f"{text}\n", encoding="utf-8")


def not_ours(folder: Path, force: bool = False) -> tuple[str, str]:
    """The first entry of a folder that may not be replaced and what speaks against it; two empty texts for none.

    A file that no marker names may be collected data and is never replaced. One that was changed after it was written
    is replaced with `force` alone. An empty folder, and one that is not there, hold nothing to lose.
    """
    if not folder.is_dir():
        return "", ""
    known = _known(folder)
    for path in sorted(folder.iterdir()):
        if path.name == MARKER:
            continue
        if path.name not in known or path.is_symlink() or not path.is_file():
            return path.name, f"of which no {MARKER} says that build simulate wrote it"
        if not force and _hash(path) != known[path.name]:
            return path.name, "which was changed after build simulate wrote it (--force replaces it)"
    return "", ""


def _known(folder: Path) -> dict[str, str]:
    """File name to SHA-256 as the marker has them; none where there is no marker or it cannot be read."""
    try:
        found = json.loads((folder / MARKER).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
