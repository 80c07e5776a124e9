"""Datasets, completed from the standard where their rows are silent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from specs import guide_names, standards
from specs.cells import choice, duplicates, items, yes
from specs.closed_words import SUBCLASSES
from specs.model import Dataset, Study
from specs.problem import nearest
from specs.read_csv import Faults, Row
from specs.study import standard

_DATASET = re.compile(r"[A-Z][A-Z0-9]{0,7}")
_SEQUENCE = re.compile(r"[A-Z][A-Z0-9]SEQ")
_OCCURRENCE = ("OCCDS", "AE")


def guide_of(study: Study, stage: str) -> str:
    """The implementation guide of a stage."""
    return standard(study, "sdtmig" if stage == "sdtm" else "adamig")


def read_datasets(
    rows: list[Row], study: Study, stage: str, faults: Faults, complete: bool = False
) -> dict[str, Dataset]:
    """Datasets by name, in the order of the table; with `complete` blank cells stay blank."""
    found: dict[str, Dataset] = {}
    duplicates(((row.get("Dataset"), row) for row in rows), "dataset", "Dataset", faults)
    # Where complete tables name standards, a dataset without one follows none.
    named = complete and any(row.get("Standard") for row in rows)
    for row in rows:
        name = row.get("Dataset")
        if not _DATASET.fullmatch(name):
            faults.add(
                row.at("Dataset"),
                f"{name!r} is not a name for a dataset",
                "up to 8 capital letters and digits, a letter first",
            )
            continue
        found.setdefault(name, _dataset(row, name, study, stage, faults, complete, named))
    return found


def _dataset(
    row: Row, name: str, study: Study, stage: str, faults: Faults, complete: bool, named: bool
) -> Dataset:
    known = None if complete else standards.dataset(guide_of(study, stage), name)
    if known is None and name.startswith("SUPP") and not complete:
        known = standards.dataset("SDTMIG 3.4", name)
    label = row.get("Label") or (known.label if known else "")
    kind = (row.get("Class") or (known.dataset_class if known else "")).upper()
    if kind and kind not in standards.CLASSES:
        faults.add(row.at("Class"), f"{row.get('Class')!r} is not a class", nearest(kind, standards.CLASSES))
    layout = row.get("Structure") or (known.structure if known else "")
    for column, value in (("Label", label), ("Class", kind), ("Structure", layout)):
        if not value:
            faults.add(
                row.at(column), f"{column} is blank and the standard has none for {name}", "fill the cell"
            )
    if row.get("Standard"):
        message, hint = guide_names.fault(row.get("Standard"))
        if message:
            faults.add(row.at("Standard"), message, hint)
    repeats = "No" if layout.lower().rstrip(".") == "one record per subject" else "Yes"
    return Dataset(
        row.place,
        row.cells,
        name,
        label,
        kind,
        choice(row, "SubClass", SUBCLASSES, faults),
        layout,
        items(row.get("Key Variables"), ","),
        row.get("Standard") or ("" if named else _standard_of(name, kind, study, stage)),
        yes(row, "Has No Data", faults),
        choice(row, "Repeating", ("Yes", "No"), faults) or (known.repeating if known else repeats),
        choice(row, "Reference Data", ("Yes", "No"), faults) or (known.reference_data if known else "No"),
        row.get("Comment"),
        row.get("Sequence"),
    )


def _standard_of(name: str, kind: str, study: Study, stage: str) -> str:
    guide = guide_of(study, stage)
    occurrence = stage == "adam" and standards.structure(name, kind) in _OCCURRENCE
    return (standard(study, "occds") if occurrence else "") or guide


def with_sequences(
    datasets: Mapping[str, Dataset], variables: Iterable[tuple[str, str]]
) -> dict[str, Dataset]:
    """Datasets whose blank Sequence is filled: ASEQ if it is listed, else the one --SEQ that is."""
    listed: dict[str, list[str]] = {}
    for owner, variable in variables:
        if variable == "ASEQ" or _SEQUENCE.fullmatch(variable):
            listed.setdefault(owner, []).append(variable)
    found = {}
    for name, dataset in datasets.items():
        candidates = listed.get(name, [])
        chosen = "ASEQ" if "ASEQ" in candidates else candidates[0] if len(candidates) == 1 else ""
        found[name] = replace(dataset, sequence=dataset.sequence or chosen)
    return found
