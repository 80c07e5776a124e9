"""The recorded cases of sdtm.oak, and the tiny study in whose spec rows its algorithms are said.

`tests/oak_study` holds the specification; its raw tables are written from the recorded inputs when a test runs,
so nothing of the recordings stands in the project.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import pipeline
from formats import xpt

Case = Mapping[str, Any]
Row = dict[str, Any]

STUDY = Path(__file__).parent / "oak_study"
SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "cases"
FILES = ("oak_create_iso8601.json", "oak_other.json")


def cases() -> dict[str, Case]:
    """Every recorded case by section and place; none where the shared material is absent."""
    if not all((SHARED / name).exists() for name in FILES):
        return {}
    created, others = (json.loads((SHARED / name).read_text(encoding="utf-8")) for name in FILES)
    sections = {"create_iso8601": created, **others}
    return {f"{name}.{place}": case for name, found in sections.items() for place, case in enumerate(found["cases"])}


def listed(value: Any) -> list[Any]:
    """An R vector, or a scalar, as a list."""
    if isinstance(value, Mapping):
        value = value["values"]
    return list(value) if isinstance(value, list) else [value]


def texts(value: Any) -> list[str | None]:
    return [None if cell is None or cell == "" else str(cell) for cell in listed(value)]


def rows(table: Mapping[str, Any]) -> list[Row]:
    """A recorded data frame as rows."""
    columns = listed(table["columns"])
    return [dict(zip(columns, cells, strict=True)) for cells in table["rows"]]


def frame(table: Mapping[str, Any]) -> pd.DataFrame:
    found = pd.DataFrame(rows(table), columns=listed(table["columns"]))
    kinds = dict(zip(found.columns, listed(table["types"]), strict=True))
    return found.astype({name: float if kind in ("integer", "numeric") else object for name, kind in kinds.items()})


class Built:
    """The datasets of the tiny study, and what the build found."""

    def __init__(self, folder: Path, recorded: Mapping[str, Case]) -> None:
        study, raw = folder / "study", folder / "raw"
        shutil.copytree(STUDY, study)
        raw.mkdir()
        _write_codelist(study / "sdtm" / "Collected.csv", _args(recorded["assign.0"])["ct_spec"])
        for name, table in _raw_tables(recorded).items():
            _write(raw / f"{name}.csv", table)
        pipeline.sdtm(pipeline.Request(study, folder / "out", raw))
        self.out = folder / "out"

    def records(self, dataset: str, prefix: str) -> list[Row]:
        """The records of the subjects whose key begins so; None for a missing value."""
        read = xpt.frame(xpt.read(self.out / "sdtm" / f"{dataset.lower()}.xpt")).astype(object)
        found = read[read["USUBJID"].str.startswith(prefix)]
        return [{str(k): None if v != v else v for k, v in row.items()} for row in found.to_dict("records")]

    def issues(self, dataset: str, variable: str) -> list[str]:
        """The kinds of the issues of a variable."""
        with (self.out / "qc" / "issues.csv").open(encoding="utf-8", newline="") as lines:
            found = list(csv.DictReader(lines))
        return [row["Kind"] for row in found if (row["Dataset"], row["Variable"]) == (dataset, variable)]


def _args(case: Case) -> Any:
    return case["actual"]["args"]


def _raw_tables(recorded: Mapping[str, Case]) -> dict[str, list[Row]]:
    """The raw tables of the study from the inputs of the cases; SUBJECT keeps the subjects of each case apart."""
    assigned, modified = _args(recorded["assign.0"]), _args(recorded["assign.1"])
    flagged, dated = _args(recorded["derive_blfl.0"]), _args(recorded["oak_cal_ref_dates.0"])
    marked = {row["oak_id"]: row["MDRAW"] for row in rows(_args(recorded["hardcode.1"])["raw_dat"])}
    treated = {row["oak_id"]: row["CMTRT"] for row in rows(modified["tgt_dat"]["args"]["#1"])}
    numbered = recorded["derive_seq.0"]["expected"]
    doses = _args(recorded["cal_min_max_date.1"])["#1"]
    studied = _args(recorded["derive_study_day.4"])
    tables = {
        "raw_vs": _keyed(rows(assigned["tgt_dat"]["args"]["#1"]), "A-"),
        "raw_temploc": _keyed(rows(assigned["raw_dat"]), "A-"),
        "raw_mod": _keyed([{**row, "CMTRT": treated[row["oak_id"]]} for row in rows(modified["raw_dat"])], "M-"),
        "raw_cm": _keyed(
            [
                {**row, "CMTRT": "ANY", "MDRAW": marked.get(row["oak_id"])}
                for row in rows(_args(recorded["assign_datetime.0"])["raw_dat"])
            ],
            "C-",
        ),
        "raw_oe": _keyed(rows(_args(recorded["hardcode.0"])["raw_dat"]["args"]["#1"]), "H-"),
        "raw_dose": _keyed(rows(doses), "D-"),
        "raw_ex1": _keyed(rows(dated["#2"]["EX1"]), "XXXX-"),
        "raw_ex2": _keyed(rows(dated["#2"]["EX2"]), "XXXX-"),
        "raw_ae": _named(rows(studied["#1"])),
        "raw_bl": _named(rows(flagged["sdtm_in"])),
        "raw_seq": _named([{**row, "VSSEQ": None} for row in reversed(rows(numbered))]),
    }
    given = _named([*rows(dated["#1"]), *rows(flagged["dm_domain"]), *rows(studied["#2"])])
    persons = {row["SUBJECT"]: {"SUBJECT": row["SUBJECT"]} for table in tables.values() for row in table}
    for row in given:
        persons.setdefault(row["SUBJECT"], {}).update(row)
    names = ("SUBJECT", "RFSTDTC", "RFXSTDTC", "COMPLT16")
    tables["raw_dm"] = [
        {**dict.fromkeys(names), **{name: value for name, value in row.items() if name in names}}
        for _, row in sorted(persons.items())
    ]
    for row in tables["raw_dm"]:
        row["COMPLT16"] = "Y" if row["SUBJECT"].startswith("XXXX-") else None
    return tables


def _keyed(table: Iterable[Row], prefix: str) -> list[Row]:
    return [{"SUBJECT": f"{prefix}{row['patient_number']}", **row} for row in table]


def _named(table: Iterable[Row]) -> list[Row]:
    return [{"SUBJECT": row["USUBJID"], **row} for row in table]


def _write(path: Path, table: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, ["REC", *table[0]], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"REC": place, **row} for place, row in enumerate(table, start=1))


def _write_codelist(path: Path, terms: Mapping[str, Any]) -> None:
    """Collected values and synonyms of the recorded terminology as rows of Collected."""
    columns = ("Codelist", "Term", "Collected Value")
    found = [
        dict(zip(columns, ("LOC", row["term_value"], row[name]), strict=True))
        for row in rows(terms)
        for name in ("collected_value", "term_synonyms")
        if row[name].upper() != row["term_value"]
    ]
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows({tuple(row.items()): row for row in found}.values())


Runner = Callable[[Case], tuple[Any, Any]]
