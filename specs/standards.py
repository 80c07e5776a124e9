"""What the published standards say of datasets, variables and codelists.

The facts stand in dated files of `specs/standards` (see its README). SDTM is asked by dataset (`AE`, `FAAE`,
`SUPPAE`), ADaM by structure (`ADSL`, `BDS`, `BDS for TTE`, `OCCDS`, `AE`), which `structure` finds.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from specs.packages import PACKAGES, StandardCodelist, StandardTerm, codelist, codelist_names
from specs.wildcards import matches, prefix

__all__ = [
    "CLASSES",
    "GUIDES",
    "PACKAGES",
    "StandardCodelist",
    "StandardDataset",
    "StandardTerm",
    "StandardVariable",
    "codelist",
    "codelist_names",
    "dataset",
    "dataset_names",
    "known",
    "structure",
    "variable",
    "variables",
]

FOLDER = Path(__file__).parent / "standards"
GUIDES = {
    "SDTMIG 3.4": "sdtmig-3.4.csv",
    "ADaMIG 1.3": "adamig-1.3.csv",
    "ADaM-OCCDSIG 1.1": "adam-occds-1.1.csv",
    "ADaM-BDS-TTE 1.0": "adam-tte-1.0.csv",
}
OBSERVATION_CLASSES = ("INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT")
CLASSES = (
    *OBSERVATION_CLASSES,
    "SPECIAL PURPOSE",
    "TRIAL DESIGN",
    "STUDY REFERENCE",
    "RELATIONSHIP",
    "SUBJECT LEVEL ANALYSIS DATASET",
    "BASIC DATA STRUCTURE",
    "OCCURRENCE DATA STRUCTURE",
    "ADAM OTHER",
)


@dataclass(frozen=True)
class StandardVariable:
    """A variable of a standard. `type` is Char or Num; `order` counts within the dataset or structure.

    `codelist_code` holds NCI codes parted by `;`, `domain_values` the described value domain (ISO 8601).
    `label` is empty where the standard leaves it to the sponsor (`*DT`).
    """

    name: str
    label: str
    type: str
    core: str
    role: str
    order: float
    codelist_code: str
    domain_values: str
    structure: str


@dataclass(frozen=True)
class StandardDataset:
    """A dataset of a standard; `dataset_class` in the words of Define-XML's terminology."""

    name: str
    label: str
    dataset_class: str
    structure: str
    repeating: str
    reference_data: str


def known(standard: str) -> bool:
    """True if `specs/standards` holds that implementation guide or terminology package."""
    return standard in GUIDES or standard in PACKAGES


@cache
def _guide(standard: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / GUIDES[standard]).open(encoding="utf-8", newline="") as stream:
        return tuple(csv.DictReader(stream))


@cache
def _by_dataset(standard: str) -> dict[str, dict[str, StandardVariable]]:
    """Dataset or structure to its variables by name, in the order of the guide."""
    found: dict[str, dict[str, StandardVariable]] = {}
    for row in _guide(standard):
        group = row.get("dataset") or row["structure"]
        listed = found.setdefault(group, {})
        listed.setdefault(
            row["variable"],
            StandardVariable(
                row["variable"],
                row["label"].rstrip("*"),
                row["type"],
                row["core"],
                row.get("role", ""),
                float(len(listed) + 1),
                row["codelist_nci_code"],
                row["described_value_domain"],
                group,
            ),
        )
    return found


def _table_name(standard: str, dataset: str) -> str:
    if dataset.startswith("SUPP"):
        return "SUPPQUAL"
    return dataset if dataset in _by_dataset(standard) else prefix(dataset)


@cache
def _datasets(standard: str) -> dict[str, StandardDataset]:
    found: dict[str, StandardDataset] = {}
    for row in _guide(standard):
        kind = row["class"].upper().replace("-", " ")
        reference = "Yes" if kind in ("TRIAL DESIGN", "STUDY REFERENCE") else "No"
        once = reference == "Yes" or row["structure"] == "One record per subject"
        found.setdefault(
            row["dataset"],
            StandardDataset(
                row["dataset"],
                row["dataset_label"],
                kind,
                row["structure"].rstrip("."),
                "No" if once else "Yes",
                reference,
            ),
        )
    return found


def dataset(standard: str, name: str) -> StandardDataset | None:
    """The SDTM dataset `name`, its split (`FAAE` is FA) or its SUPP--; None if the guide does not have it."""
    if not standard.startswith("SDTMIG") or standard not in GUIDES:
        return _analysis_dataset(name)
    found = _datasets(standard).get(_table_name(standard, name))
    if found is None:
        return None
    label = found.label
    if name.startswith("SUPP"):
        label = f"Supplemental Qualifiers for {name.removeprefix('SUPP')}"
    return replace(found, name=name, label=label)


def dataset_names(standard: str) -> tuple[str, ...]:
    """The datasets of an SDTM guide, in its order."""
    return tuple(_datasets(standard))


def _analysis_dataset(name: str) -> StandardDataset | None:
    """ADSL is the one ADaM dataset whose name, label and structure the guide fixes."""
    if name != "ADSL":
        return None
    subject = "SUBJECT LEVEL ANALYSIS DATASET"
    return StandardDataset("ADSL", "Subject-Level Analysis Dataset", subject, "One record per subject", "No", "No")


def structure(name: str, dataset_class: str, subclass: str = "") -> str:
    """The ADaM structure of a dataset: ADSL, BDS, BDS for TTE, OCCDS, AE, or "" for another."""
    if name == "ADSL" or dataset_class == "SUBJECT LEVEL ANALYSIS DATASET":
        return "ADSL"
    if dataset_class == "BASIC DATA STRUCTURE":
        return "BDS for TTE" if subclass == "TIME-TO-EVENT" else "BDS"
    if dataset_class == "OCCURRENCE DATA STRUCTURE":
        return "AE" if subclass == "ADVERSE EVENT" else "OCCDS"
    return ""


def variable(standard: str, dataset_or_class: str, name: str, dataset_class: str = "") -> StandardVariable | None:
    """What `standard` says of variable `name`, or None.

    SDTM: `dataset_or_class` is the dataset; a variable that its table lacks but other domains have under the
    same generic name (`AELNKID`, from `--LNKID`) is found there, core Perm, placed after the variable that it
    follows there. `dataset_class` helps for domains that the guide does not have. ADaM: `dataset_or_class` is
    the structure; names with an index (`ANL01FL`) take the index into the label; variables of SDTM keep their
    SDTM label.
    """
    if standard.startswith("SDTMIG"):
        return _tabulation_variable(standard, dataset_or_class, name, dataset_class)
    return _analysis_variable(standard, dataset_or_class, name)


@cache
def _tabulation_variable(standard: str, name: str, variable_name: str, kind: str) -> StandardVariable | None:
    table = _table_name(standard, name)
    listed = _by_dataset(standard).get(table, {})
    if variable_name in listed:
        return listed[variable_name]
    if table == "SUPPQUAL":
        return None
    known_dataset = _datasets(standard).get(table)
    kind = known_dataset.dataset_class if known_dataset else kind
    if kind not in OBSERVATION_CLASSES and known_dataset:
        return None
    return _generic_variable(standard, table, variable_name, kind)


def _generic(name: str, prefix: str) -> str:
    return f"--{name[2:]}" if name.startswith(prefix) and len(name) > 2 else name


def _generic_variable(standard: str, table: str, name: str, kind: str) -> StandardVariable | None:
    """The variable as another observation domain has it: of the same class first, else an identifier.

    Its codelist is that of most domains of the class (UNIT, METHOD), none where each has its own: BSTESTCD is no list
    for the tests of another domain.
    """
    wanted = _generic(name, table)
    groups = _by_dataset(standard)
    ranked = sorted(
        (d.dataset_class != kind, position, d.name)
        for position, d in enumerate(_datasets(standard).values())
        if d.dataset_class in OBSERVATION_CLASSES
    )
    lists = Counter(
        found.codelist_code
        for other_class, _, donor in ranked
        if not other_class and (found := groups[donor].get(wanted.replace("--", donor, 1)))
    )
    most, times = lists.most_common(1)[0] if lists else ("", 0)
    for other_class, _, donor in ranked:
        donor_name = wanted.replace("--", donor, 1)
        found = groups[donor].get(donor_name)
        if found and (not other_class or found.role in ("Identifier", "Timing")):
            order = _place_after(groups[donor], donor, groups.get(table, {}), table, donor_name)
            codes = found.codelist_code if other_class else most if 2 * times > lists.total() else ""
            return replace(found, name=name, core="Perm", order=order, structure=table, codelist_code=codes)
    return None


def _place_after(
    donor: dict[str, StandardVariable],
    donor_prefix: str,
    own: dict[str, StandardVariable],
    prefix: str,
    name: str,
) -> float:
    """A fractional order: behind the nearest variable before `name` in `donor` that `own` has too."""
    names = list(donor)
    position = names.index(name)
    for distance, before in enumerate(reversed(names[:position]), start=1):
        mine = _generic(before, donor_prefix).replace("--", prefix, 1)
        if mine in own:
            return own[mine].order + distance / 100
    return float(position + 1)


_STRUCTURES = {
    "ADSL": ("ADSL", "BDS", "OCCDS"),
    "BDS": ("BDS", "ADSL", "OCCDS"),
    "BDS for TTE": ("BDS for TTE", "BDS", "ADSL", "OCCDS"),
    "OCCDS": ("OCCDS", "BDS", "ADSL"),
    "AE": ("AE", "OCCDS", "BDS", "ADSL"),
    "": ("BDS", "ADSL", "OCCDS"),
}


@cache
def _structures() -> dict[str, dict[str, StandardVariable]]:
    found: dict[str, dict[str, StandardVariable]] = {}
    for standard in GUIDES:
        if standard.startswith("ADaM"):
            found.update(_by_dataset(standard))
    return found


@cache
def _analysis_variable(standard: str, kind: str, name: str) -> StandardVariable | None:
    """Own structure, then the others (core Perm there), then SDTM, then the suffixes for dates and times."""
    collected = _collected_variable(name)
    for position, group in enumerate(_STRUCTURES[kind if kind in _STRUCTURES else ""]):
        for pattern, found in _structures()[group].items():
            if pattern.startswith("*") or (pattern.startswith("--") and collected is None):
                continue
            index = matches(pattern, name)
            if index is not None:
                core = found.core if position == 0 else "Perm"
                label = collected.label if collected and pattern.startswith("--") else index.fill(found.label)
                return replace(found, name=name, label=label, core=core)
    return collected or _suffixed_variable(name)


def _collected_variable(name: str) -> StandardVariable | None:
    """The SDTM variable that an ADaM dataset carries along: that of DM, of its prefix, or of any domain."""
    standard = next(guide for guide in GUIDES if guide.startswith("SDTMIG"))
    groups = _by_dataset(standard)
    if name in groups["DM"]:
        found: StandardVariable | None = groups["DM"][name]
    elif name[:2] in groups and len(name) > 2:
        found = _tabulation_variable(standard, name[:2], name, "")
    else:
        found = next((group[name] for group in groups.values() if name in group), None)
    return replace(found, core="Perm") if found else None


def _suffixed_variable(name: str) -> StandardVariable | None:
    suffixes = [pattern for pattern in _structures()["BDS"] if pattern.startswith("*")]
    for pattern in sorted(suffixes, key=len, reverse=True):
        if name.endswith(pattern[1:]) and len(name) > len(pattern) - 1:
            return replace(_structures()["BDS"][pattern], name=name, label="")
    return None


def variables(standard: str, name: str) -> tuple[StandardVariable, ...]:
    """All variables that the guide lists for an SDTM dataset or an ADaM structure, in its order."""
    groups = _by_dataset(standard) if standard.startswith("SDTMIG") else _structures()
    key = _table_name(standard, name) if standard.startswith("SDTMIG") else name
    return tuple(groups.get(key, {}).values())
