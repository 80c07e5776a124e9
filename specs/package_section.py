"""`[package]` of study.toml: the settings of the submission folder."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from specs.model_documents import PackageSettings
from specs.problem import Place, nearest
from specs.read_csv import Faults
from specs.study_sections import FILE, table_of
from specs.tables import unsafe

KEYS = ("folder", "split_above", "longest_path", "font", "font_bold")
_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(?P<number>\d+(\.\d+)?) ?(?P<unit>[KMG]?B)", re.IGNORECASE)
_FOLDER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def package(given: object, faults: Faults) -> PackageSettings:
    """The settings of the submission folder; what is not given has its default."""
    section = table_of(given, "package", 'split_above = "5 GB"', faults)
    for key in section:
        if key not in KEYS:
            hint = nearest(key, KEYS) or f"known: {', '.join(KEYS)}"
            faults.add(Place(FILE, 0, f"package.{key}"), "is not a setting of the submission folder", hint)
    default = PackageSettings()
    return PackageSettings(
        _folder(section.get("folder", ""), faults),
        _size(section.get("split_above", default.split_above), faults),
        _length(section.get("longest_path", default.longest_path), faults),
        _font(section.get("font", ""), "font", faults),
        _font(section.get("font_bold", ""), "font_bold", faults),
    )


def _folder(value: object, faults: Faults) -> str:
    if value == "" or (isinstance(value, str) and _FOLDER.fullmatch(value)):
        return value
    hint = "lower-case letters, digits and hyphens, at most 64"
    faults.add(Place(FILE, 0, "package.folder"), f"{value!r} is no name for a folder of an eCTD", hint)
    return ""


def _size(value: object, faults: Faults) -> int:
    """A size in bytes, from a whole number or a text such as `5 GB` (10^9 bytes each)."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    size = round(float(found["number"]) * _UNITS[found["unit"].upper()]) if found else 0
    if size > 0:
        return size
    faults.add(Place(FILE, 0, "package.split_above"), f"{value!r} is not a size", 'write "5 GB" or "800 MB"')
    return PackageSettings().split_above


def _length(value: object, faults: Faults) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    faults.add(Place(FILE, 0, "package.longest_path"), f"{value!r} is not a number of characters", "write 150")
    return PackageSettings().longest_path


def _font(value: object, key: str, faults: Faults) -> str:
    if value == "":
        return ""
    if isinstance(value, str) and not unsafe(value) and PurePosixPath(value).suffix.lower() == ".ttf":
        return value
    hint = "write the path of a TrueType file in the folder of the study, such as fonts/NotoSansSC.ttf"
    faults.add(Place(FILE, 0, f"package.{key}"), f"{value!r} is no font of the study", hint)
    return ""
