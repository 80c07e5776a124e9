"""The tables of `study.toml` that are no constants, each read once."""

from __future__ import annotations

import codecs
import datetime
from collections.abc import Mapping

from specs.criteria_sets import CRITERIA
from specs.problem import Place, nearest
from specs.read_csv import Faults
from specs.standards import GUIDES, PACKAGES

FILE = "study.toml"
# What the files state when the study says nothing: the day from which SAS counts, and the letters of every codec.
CREATED = datetime.datetime(1960, 1, 1)
ENCODING = "ascii"
OUTPUT = ("created", "encoding")
DATACUT = ("date",)
RESULTS = ("question", "records", "abbreviations")
SECTIONS = ("title", "constants", "standards", "rules", "output", "datacut", "package", "results")


DEFINE_XML = "2.1"  # the one version that define/ writes; the guides of the reviewer name what stands here


def standards(given: object, known: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """The version under each key of `[standards]`; `known` gives the name that goes with a key.

    A key that is not known, and a version that `specs/standards` does not hold, is a fault.
    """
    found: dict[str, str] = {}
    for key, version in table_of(given, "standards", 'sdtmig = "3.4"', faults).items():
        place = Place(FILE, 0, f"standards.{key}")
        if key not in known:
            faults.add(place, "is not a standard we know", nearest(key, known) or f"known: {', '.join(known)}")
            continue
        if isinstance(version, (bool, list, dict)):
            faults.add(place, "is not text", 'write the version in quotes, such as "3.4"')
            continue
        held = [name for name in (*GUIDES, *PACKAGES, *CRITERIA) if name.startswith(f"{known[key]} ")]
        if held and f"{known[key]} {version}" not in held:
            faults.add(place, f"version {version} is not in specs/standards", f"there is {', '.join(held)}")
        if key == "define" and str(version) != DEFINE_XML:
            hint = f'Define-XML {DEFINE_XML} is: write "{DEFINE_XML}"'
            faults.add(place, f"Define-XML {version} is not written", hint)
        found[key] = str(version)
    return found


def check_names(content: Mapping[str, object], faults: Faults) -> None:
    """A section or setting of study.toml that is not known is a fault: it would say nothing to anyone."""
    for name in content:
        if name not in SECTIONS:
            hint = nearest(name, SECTIONS) or f"known: {', '.join(SECTIONS)}; constants have names in capitals"
            faults.add(Place(FILE, 0, name), "is no section or setting of a study", hint)
    for name in table_of(content.get("results"), "results", 'question = "..."', faults):
        if name not in RESULTS:
            hint = nearest(name, RESULTS) or f"known: {', '.join(RESULTS)}"
            faults.add(Place(FILE, 0, f"results.{name}"), "is not a setting of the results", hint)


def rules(given: object, faults: Faults) -> dict[str, str]:
    """What the study calls each kind of issue: the texts of `[rules]`."""
    found: dict[str, str] = {}
    for kind, name in table_of(given, "rules", 'duplicate = "M-02"', faults).items():
        if isinstance(name, str):
            found[kind] = name
        else:
            faults.add(Place(FILE, 0, f"rules.{kind}"), "is not text", 'write the name in quotes, such as "M-02"')
    return found


def output(given: object, faults: Faults) -> tuple[datetime.datetime, str]:
    """The time that every file states and the encoding of transport files, from `[output]`."""
    section = table_of(given, "output", 'created = "2025-04-30T00:00:00"', faults)
    for key in section:
        if key not in OUTPUT:
            hint = nearest(key, OUTPUT) or f"known: {', '.join(OUTPUT)}"
            faults.add(Place(FILE, 0, f"output.{key}"), "is not a setting of the output", hint)
    return _created(section.get("created", CREATED), faults), _encoding(section.get("encoding", ENCODING), faults)


def datacut(given: object, faults: Faults) -> str:
    """The expression of the cut-off date, from `[datacut]`: a date is put in quotes, other text stays as it is.

    Blank without `[datacut]`: nothing is cut.
    """
    section = table_of(given, "datacut", 'date = "2024-06-30"', faults)
    for key in section:
        if key not in DATACUT:
            hint = nearest(key, DATACUT) or f"known: {', '.join(DATACUT)}"
            faults.add(Place(FILE, 0, f"datacut.{key}"), "is not a setting of the data cut", hint)
    if given is None:
        return ""
    value = section.get("date", "")
    if isinstance(value, (datetime.date, datetime.datetime)):
        value = value.isoformat()
    if not isinstance(value, str) or not value.strip():
        hint = 'write date = "2024-06-30", or an expression on a row of DM'
        faults.add(Place(FILE, 0, "datacut.date"), "is missing", hint)
        return ""
    return repr(value) if value[:1].isdigit() else value


def table_of(given: object, name: str, example: str, faults: Faults) -> Mapping[str, object]:
    """A table of study.toml; anything else is a fault, and an empty table."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        faults.add(Place(FILE, 0, name), "is not a table", f"write [{name}] and {example} below it")
        return {}
    return given


def _created(value: object, faults: Faults) -> datetime.datetime:
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    try:
        return datetime.datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        hint = 'write created = "2025-04-30T00:00:00"'
        faults.add(Place(FILE, 0, "output.created"), f"{value!r} is not an ISO 8601 date and time", hint)
        return CREATED


def _encoding(value: object, faults: Faults) -> str:
    """The name of a codec whose first 128 characters are ASCII: names and headers of transport files are ASCII."""
    try:
        if isinstance(value, str) and codecs.decode(b"DM 1", value) == "DM 1" and "DM 1".encode(value) == b"DM 1":
            return value
    except (LookupError, ValueError, TypeError):
        pass
    hint = "write ascii, latin-1, utf-8 or another that holds ASCII"
    faults.add(Place(FILE, 0, "output.encoding"), f"{value!r} is not an encoding of transport files", hint)
    return ENCODING
