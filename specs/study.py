"""Read `study.toml`: the constants of a study, its standards, the settings of its outputs."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from derivations.decimals import plain_float
from specs import package_section, study_sections
from specs.model import Constant, Study
from specs.problem import Place, SpecError, nearest
from specs.read_csv import Faults, read_text
from specs.study_sections import FILE

_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")
_TOO_LARGE = 10**308
# Keys of [standards]: how the standard is named in Datasets and in a define.xml, and the versions we hold.
STANDARDS = {
    "sdtmig": "SDTMIG",
    "adamig": "ADaMIG",
    "occds": "ADaM-OCCDSIG",
    "tte": "ADaM-BDS-TTE",
    "sdtmct": "SDTM",
    "adamct": "ADaM",
    "definect": "DEFINE-XML",
    "define": "Define-XML",
    "ctcae": "CTCAE",
}


def load_study(folder: Path, overrides: Mapping[str, str] | None = None) -> Study:
    """Read `study.toml` of the study in `folder`.

    Constants have names in capitals and stand at the top or in `[constants]`; everything else is kept in
    `settings`. `overrides` replaces constants for one build; each text is read as the type the constant has.

    Raises SpecError with every fault found.
    """
    faults = Faults()
    content = _read(folder, faults)
    if faults.problems:
        raise SpecError(faults.problems)
    given = content.pop("constants", {})
    if not isinstance(given, dict):
        faults.add(
            Place(FILE, 0, "constants"), "is not a table", "write [constants] and the constants below it"
        )
        given = {}
    constants: dict[str, Constant] = {}
    top = {name: content.pop(name) for name in list(content) if _CONSTANT.fullmatch(name)}
    for name, value in [*top.items(), *given.items()]:
        if name in constants:
            faults.add(Place(FILE, 0, name), "the constant is given twice", "keep one of the two")
        constants[name] = _constant(name, value, faults)
        if name == "STUDYID" and not isinstance(value, str):
            faults.add(Place(FILE, 0, name), "is not text", f'write it in quotes: STUDYID = "{value}"')
    for name, text in (overrides or {}).items():
        _override(constants, name, text, faults)
    study_sections.check_names(content, faults)
    standards = study_sections.standards(content.get("standards"), STANDARDS, faults)
    rules = study_sections.rules(content.get("rules"), faults)
    created, encoding = study_sections.output(content.get("output"), faults)
    cutoff = study_sections.datacut(content.get("datacut"), faults)
    package = package_section.package(content.get("package"), faults)
    if faults.problems:
        raise SpecError(faults.problems)
    name = str(constants.get("STUDYID") or folder.resolve().name)
    return Study(name, folder, constants, content, created, encoding, rules, standards, cutoff, package)


def _read(folder: Path, faults: Faults) -> dict[str, object]:
    path = folder / FILE
    if not path.is_file():
        faults.add(
            Place(FILE), f"is not in {folder}", "give the folder of a study, such as specs/nct06178146"
        )
        return {}
    text = read_text(path, FILE, faults)
    if text is None:
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        faults.add(
            Place(FILE, int(found[1]) if found else 0), f"not valid TOML: {error}", 'quote texts with "'
        )
        return {}


def _constant(name: str, value: object, faults: Faults) -> Constant:
    if not _CONSTANT.fullmatch(name):
        faults.add(Place(FILE, 0, name), "is not a name for a constant", f"write {name.upper()!r}")
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        number = plain_float(repr(value)) if abs(value) < _TOO_LARGE else None
        if number is None:
            faults.add(Place(FILE, 0, name), f"{value!r} is no number that can be held", "write a plain number")
        return number or 0.0
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    faults.add(
        Place(FILE, 0, name), "is neither text, number nor true/false", "put lists into a look-up table"
    )
    return ""


def _override(constants: dict[str, Constant], name: str, text: str, faults: Faults) -> None:
    place = Place("--set", 0, name)
    if name not in constants:
        faults.add(place, f"{FILE} has no constant {name!r}", nearest(name, constants))
        return
    known = constants[name]
    if isinstance(known, bool):
        if text.lower() not in ("true", "false"):
            faults.add(place, f"{text!r} is not true or false", f"the constant is {str(known).lower()}")
        constants[name] = text.lower() == "true"
    elif isinstance(known, float):
        number = plain_float(text)
        if number is None:
            faults.add(place, f"{text!r} is not a number", f"the constant is {known:g}")
        else:
            constants[name] = number
    else:
        constants[name] = text


def standard(study: Study, key: str) -> str:
    """The standard that `[standards]` names under `key`, such as `SDTMIG 3.4`; "" when it names none."""
    version = study.standards.get(key)
    return f"{STANDARDS[key]} {version}" if version else ""
