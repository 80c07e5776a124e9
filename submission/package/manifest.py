"""The manifest of a package: what went in, what made it, what came out. `build verify` proves the folder from it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from formats.folders import hashes
from specs.problem import DataError, Place, Problem
from submission.package.software import code_hash, commit, libraries, own_version
from submission.package.tree import CONFORMANCE, MANIFEST

SPECIFICATION = ("study.toml", "sdtm", "adam", "results")
VERSION = 1


@dataclass(frozen=True)
class Manifest:
    """manifest.json.

    constants: those set for this build. specification, raw, sdtm: SHA-256 of each file that was read, by its path; sdtm
    is None where the tabulations were built. conformance: that of the conformance report, "" without one. code: version
    of trialspec, hash of its files, commit of a working copy, Python and libraries. outputs: SHA-256 and bytes of each
    file of the package but the manifest.
    """

    manifest: int
    study: str
    folder: str
    stages: list[str]
    constants: dict[str, str]
    specification: dict[str, str]
    raw: dict[str, str]
    sdtm: dict[str, str] | None
    conformance: str
    code: dict[str, Any]
    outputs: dict[str, dict[str, Any]]

    def bytes(self) -> bytes:
        """The file."""
        return (json.dumps(asdict(self), indent=1, ensure_ascii=True) + "\n").encode("ascii")


def code() -> dict[str, Any]:
    """What makes packages here: version, hash of the code, commit, Python and libraries."""
    return {
        "trialspec": own_version(), "sha256": code_hash(), "commit": commit(), "python": platform.python_version(),
        "libraries": libraries(),
    }  # fmt: skip


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def inputs(study: Path, raw: Path | None, sdtm: Path | None) -> dict[str, Any]:
    """The hashes of specification, raw tables and SDTM files, as the manifest states them."""
    return {
        "specification": hashes(study, SPECIFICATION),
        "raw": hashes(raw, (".",)) if raw is not None else {},
        "sdtm": hashes(sdtm, (".",)) if sdtm is not None else None,
    }


def outputs(folder: Path) -> dict[str, dict[str, Any]]:
    """Hash and size of every file of a package but the manifest and the conformance report, which is an input."""
    found = hashes(folder, (".",))
    return {
        name: {"sha256": number, "bytes": (folder / name).stat().st_size}
        for name, number in found.items() if name not in (MANIFEST, CONFORMANCE)
    }  # fmt: skip


def read(package: Path) -> Manifest:
    """The manifest of a package. Raises DataError for a folder without one, and one that cannot be read."""
    path = package / MANIFEST
    if not path.is_file():
        hint = "give the folder that `build package` wrote, with m5 and manifest.json"
        raise DataError([Problem(Place(str(package)), "holds no manifest.json", hint)])
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found = Manifest(**content)
        _check(found)
    except (ValueError, TypeError, UnicodeDecodeError) as error:
        raise DataError([Problem(Place(str(path)), f"is no manifest of a package: {error}")]) from None
    return found


def _check(found: Manifest) -> None:
    """Raise ValueError for a value of another kind than the manifest states."""
    kinds: Mapping[str, type] = {
        "study": str, "folder": str, "stages": list, "constants": dict, "specification": dict, "raw": dict,
        "conformance": str, "code": dict, "outputs": dict,
    }  # fmt: skip
    if found.manifest != VERSION:
        raise ValueError(f"version {found.manifest!r} is not {VERSION}")
    for name, kind in kinds.items():
        if not isinstance(getattr(found, name), kind):
            raise ValueError(f"{name} is not a {kind.__name__}")
    if found.sdtm is not None and not isinstance(found.sdtm, dict):
        raise ValueError("sdtm is not a dict")
    if not all(isinstance(one, dict) and {"sha256", "bytes"} <= set(one) for one in found.outputs.values()):
        raise ValueError("an output has no sha256 or bytes")
    texts = [text for one in (found.constants, found.specification, found.raw) for text in one.values()]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a hash or a constant is not a text")
