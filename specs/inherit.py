"""Variables, completed from the standard where their rows are silent."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from specs import standards
from specs.cells import LAST, choice, duplicates, number, whole, yes
from specs.closed_words import DATA_TYPES, SOURCES
from specs.datasets import guide_of
from specs.model import Dataset, Study, Variable
from specs.problem import nearest
from specs.read_csv import Faults, Row
from specs.standards import StandardVariable
from specs.terminology import Terminology

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,7}")
_REFERENCE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.([A-Za-z_][A-Za-z0-9_]*)")


def read_variables(
    rows: list[Row],
    datasets: Mapping[str, Dataset],
    study: Study,
    stage: str,
    terminology: Terminology,
    faults: Faults,
    sources: Sources | None = None,
) -> dict[tuple[str, str], Variable]:
    """Variables by (dataset, name), each dataset's in the order of its file."""
    duplicates(
        (((row.get("Dataset"), row.get("Variable")), row) for row in rows), "variable", "Variable", faults
    )
    reader = _Variables(datasets, study, stage, terminology, faults)
    reader.sources = sources
    # ADSL first: the other datasets inherit what they copy from it.
    for row in sorted(rows, key=lambda row: row.get("Dataset") != "ADSL"):
        reader.read(row)
    reader.complete_supplemental()
    return reader.ordered()


@dataclass(frozen=True)
class Sources:
    """What ADaM copies from: SDTM variables, qualifiers as columns of their parent, and their codelists."""

    variables: Mapping[tuple[str, str], Variable]
    terminology: Terminology


class _Variables:
    """Reads the rows of Variables one after the other."""

    def __init__(
        self,
        datasets: Mapping[str, Dataset],
        study: Study,
        stage: str,
        terminology: Terminology,
        faults: Faults,
    ) -> None:
        self.datasets, self.stage, self.terminology, self.faults = datasets, stage, terminology, faults
        self.guide = guide_of(study, stage)
        self.found: dict[tuple[str, str], Variable] = {}
        self.position: dict[tuple[str, str], tuple[float, int]] = {}
        self.lines: Counter[str] = Counter()
        self.common: set[str] = set()
        self.sources: Sources | None = None

    def read(self, row: Row) -> None:
        dataset, name = row.get("Dataset"), row.get("Variable")
        if dataset not in self.datasets:
            if self.datasets:
                self.faults.add(
                    row.at("Dataset"), f"{dataset!r} is not in Datasets", nearest(dataset, self.datasets)
                )
            return
        if not _VARIABLE.fullmatch(name):
            self.faults.add(
                row.at("Variable"),
                f"{name!r} is not a name for a variable",
                "up to 8 capital letters, digits and _, a letter first",
            )
            return
        known = self._standard(dataset, name)
        supplemental = self.stage == "sdtm" and dataset.startswith("SUPP") and known is None
        known = None if self.terminology.complete else known
        self._place(row, (dataset, name), known)
        variable = self._variable(row, dataset, name, known, supplemental)
        self.found.setdefault((dataset, name), variable)
        if dataset == "ADSL" and yes(row, "Common", self.faults):
            self.common.add(name)

    def _standard(self, dataset: str, name: str) -> StandardVariable | None:
        kind = self.datasets[dataset].dataset_class
        if self.stage == "sdtm":
            return standards.variable(self.guide, dataset, name, kind)
        layout = standards.structure(dataset, kind, self.datasets[dataset].subclass)
        return standards.variable(self.guide, layout, name)

    def _place(self, row: Row, key: tuple[str, str], known: StandardVariable | None) -> None:
        """Where it stands: in SDTM as in the guide, sponsor variables after; in ADaM as the rows stand."""
        line = self.lines[key[0]]
        sorted_by_guide = self.stage == "sdtm" and not self.terminology.complete
        order = (known.order if known else LAST) if sorted_by_guide else float(line)
        given = number(row, "Order", self.faults, LAST)
        if key not in self.position:
            self.position[key] = (given if given != LAST else order, line)
            self.lines[key[0]] += 1

    def _inherited(self, row: Row, dataset: str, name: str) -> Variable | None:
        """The variable of this stage that this one copies: a Predecessor, or a common variable of ADSL."""
        reference = _REFERENCE.fullmatch(row.get("Predecessor"))
        if reference:
            key = (reference[1], reference[2])
            return self.found.get(key) or (self.sources.variables.get(key) if self.sources else None)
        return self.found.get(("ADSL", name)) if dataset != "ADSL" and name in self.common else None

    def _variable(
        self, row: Row, dataset: str, name: str, known: StandardVariable | None, supplemental: bool
    ) -> Variable:
        copied = row.get("Predecessor")
        base = self._inherited(row, dataset, name)
        copied = f"ADSL.{name}" if base and not copied else copied
        base = None if self.terminology.complete else base
        label, data_type, display = _attributes(name, known, base, supplemental)
        data_type = choice(row, "Data Type", DATA_TYPES, self.faults) or data_type
        label = row.get("Label") or label
        self._complain(row, dataset, name, known, label, data_type)
        role = known.role if known and self.stage == "sdtm" else ""
        return Variable(
            row.place, row.cells, 0, dataset, name, label, data_type,
            row.get("Length") or (base.length if base else ""),
            row.get("Significant Digits") or (base.significant_digits if base else ""),
            row.get("Format") or display, self._mandatory(row, known, base), self._codelist(row, known, base),
            row.get("Origin"), choice(row, "Source", SOURCES, self.faults), row.get("Pages"), row.get("Method"), copied,
            row.get("Assigned Value"), row.get("Role") or role, row.get("Comment"),
            yes(row, "Drop When Empty", self.faults),
            known.core if known and known.core in ("Req", "Exp", "Perm", "Cond") else "", supplemental,
            yes(row, "Has No Data", self.faults),
        )  # fmt: skip

    def _mandatory(self, row: Row, known: StandardVariable | None, base: Variable | None) -> str:
        """Req of SDTM may not be empty. Req of OCCDS only says that the variable is there (AENDT of an ongoing
        event is empty), so there a copy is mandatory where its source is."""
        given = choice(row, "Mandatory", ("Yes", "No"), self.faults)
        same = base is not None and base.mandatory == "Yes" and _same(row, base)
        required = _required(known) and (self.stage == "sdtm" or not _occurrence(known))
        return given or ("Yes" if same or required else "No")

    def _complain(
        self, row: Row, dataset: str, name: str, known: StandardVariable | None, label: str, data_type: str
    ) -> None:
        missing = [column for column, value in (("Label", label), ("Data Type", data_type)) if not value]
        if missing and known is None and not dataset.startswith("SUPP"):
            listed = [variable.name for variable in standards.variables(self.guide, dataset)]
            hint = nearest(name, listed) if self.stage == "sdtm" else ""
            self.faults.add(
                row.at("Variable"),
                f"{dataset}.{name} is not in {self.guide} and has no " + " and no ".join(missing),
                hint or f"fill {' and '.join(missing)}",
            )
        elif missing:
            self.faults.add(row.at(missing[0]), f"{dataset}.{name} has no {missing[0]}", f"fill {missing[0]}")
        if len(label.encode()) > 40:
            self.faults.add(
                row.at("Label"),
                f"the label of {dataset}.{name} has {len(label.encode())} bytes",
                "shorten it to 40",
            )
        for column in ("Length", "Significant Digits"):
            whole(row, column, self.faults, 0)

    def _codelist(self, row: Row, known: StandardVariable | None, base: Variable | None) -> str:
        if row.get("Codelist"):
            return self.terminology.named(row.get("Codelist"), row.at("Codelist"), self.faults)
        own = self.terminology.of_codes(known.codelist_code.split(";")) if known and not _same(row, base) else ""
        if own or base is None:
            return own
        if base.codelist and self.sources:
            return self.terminology.adopt(base.codelist, self.sources.terminology)
        return base.codelist

    def complete_supplemental(self) -> None:
        """SUPP-- always has the variables of SUPPQUAL; those that no row lists are added."""
        for name, dataset in self.datasets.items():
            if not name.startswith("SUPP") or self.stage != "sdtm" or self.terminology.complete:
                continue
            for known in standards.variables(self.guide, name):
                if (name, known.name) not in self.found:
                    row = Row(
                        dataset.place.file, dataset.place.row, {"Dataset": name, "Variable": known.name}
                    )
                    self.found[name, known.name] = self._variable(row, name, known.name, known, False)
                    self.position[name, known.name] = (known.order, 0)

    def ordered(self) -> dict[tuple[str, str], Variable]:
        names = list(self.datasets)
        keys = sorted(self.found, key=lambda key: (names.index(key[0]), *self.position[key]))
        count: dict[str, int] = {}
        result = {}
        for key in keys:
            count[key[0]] = count.get(key[0], 0) + 1
            result[key] = replace(self.found[key], order=count[key[0]])
        return result


def _same(row: Row, base: Variable | None) -> bool:
    return base is not None and base.variable == row.get("Variable")


def _required(known: StandardVariable | None) -> bool:
    return known is not None and known.core == "Req"


def _occurrence(known: StandardVariable | None) -> bool:
    return known is not None and known.structure in ("AE", "OCCDS")


def _attributes(
    name: str, known: StandardVariable | None, base: Variable | None, supplemental: bool
) -> tuple[str, str, str]:
    """(label, data type, display format). A copy under the same name keeps what it had; a copy under another
    name (TRTP of ADSL.TRT01P) has those of the standard, where it has any."""
    data_type, display = _type(name, known, supplemental)
    label = known.label if known else ""
    if base and (base.variable == name or not label):
        return base.label, base.data_type, base.format
    return label, data_type, display


def _type(name: str, known: StandardVariable | None, supplemental: bool) -> tuple[str, str]:
    """(data type, display format) that the standard's type, value domain and label stand for."""
    if known is None:
        return ("text", "") if supplemental else ("", "")
    if known.type == "Char":
        if known.domain_values.startswith("ISO 8601 duration") or (
            name.endswith("DUR") and known.domain_values
        ):
            return "durationDatetime", ""
        return ("datetime", "") if known.domain_values.startswith("ISO 8601") else ("text", "")
    label = known.label
    if name.endswith(("DTM", "SDM", "EDM")):
        return "float", "DATETIME20."
    if name.endswith("DT") and ("Date" in label or not label):
        return "integer", "DATE9."
    if name.endswith("TM") and "Relative" not in label:
        return "integer", "TIME8."
    whole = name.endswith(("SEQ", "DY")) or name in ("VISITDY", "TAETORD", "AGE", "CNSR")
    coded = label.endswith("(N)") and not name.startswith(("AVISIT", "ATPT"))
    return ("integer", "") if whole or coded else ("float", "")
