"""What the implementation guide says of the variables of a dataset."""

from __future__ import annotations

from collections.abc import Iterable

from qc.conformance.classify import ADAM, GUIDES, SDTM
from qc.conformance.data import Dataset
from specs import standards
from specs.standards import StandardVariable
from specs.wildcards import matches

_EXPECTED = ("Req", "Exp")
_UNPREFIXED = ("SPECIAL PURPOSE", "TRIAL DESIGN", "RELATIONSHIP", "STUDY REFERENCE")


def guide_variable(dataset: Dataset, variable: str) -> StandardVariable | None:
    """What the guide says of a variable of a dataset."""
    owner = dataset.kind.structure if dataset.kind.standard == ADAM else dataset.name
    return standards.variable(dataset.kind.guide, owner, variable, dataset.kind.dataset_class)


def generic(dataset: Dataset, variable: str) -> str:
    """The name by which the guide knows a variable: `--SEQ` for AESEQ, `TRTxxP` for TRT01P."""
    if dataset.kind.standard == SDTM:
        letters = dataset.kind.letters
        special = dataset.kind.dataset_class in _UNPREFIXED
        fits = variable.startswith(letters) and len(variable) > 2 and not (special and dataset.name in ("DM", "RELREC"))
        return f"--{variable[2:]}" if fits else variable
    for known in standards.variables(dataset.kind.guide, dataset.kind.structure):
        if known.name != variable and matches(known.name, variable) is not None and not known.name.startswith("*"):
            return known.name
    return variable


def absent(dataset: Dataset) -> Iterable[str]:
    """Variables that the define.xml describes, or that the guide requires or expects, and that the data lack."""
    described = list(dataset.described.items) if dataset.described else []
    owner = dataset.kind.structure if dataset.kind.standard == ADAM else dataset.name
    expected = [
        _own_name(dataset, known.name)
        for known in standards.variables(dataset.kind.guide, owner)
        if known.core in _EXPECTED and not _wild(known.name) and not _elsewhere(dataset, known.name)
    ]
    return dict.fromkeys(name for name in [*described, *expected] if name not in dataset.types)


def _wild(name: str) -> bool:
    return any(letter.islower() or letter == "*" for letter in name)


def _elsewhere(dataset: Dataset, name: str) -> bool:
    """Does ADaM list the variable for what is made of another domain? CMTRT is none of medical history."""
    domain = name[:2]
    known = standards.variables(GUIDES[SDTM], domain) if dataset.kind.standard == ADAM and domain != "DM" else ()
    return domain != dataset.kind.letters and any(variable.name == name for variable in known)


def _own_name(dataset: Dataset, name: str) -> str:
    return name.replace("--", dataset.kind.letters, 1)


def label(dataset: Dataset, known: StandardVariable) -> str:
    """The label; not that of another domain, which may speak of its own (Start of Adverse Event)."""
    return known.label if _own(dataset, known) else ""


def order(dataset: Dataset, known: StandardVariable) -> float | None:
    """The position; where the guide lists the variable for other domains only, there is none."""
    return known.order if _own(dataset, known) else None


def _own(dataset: Dataset, known: StandardVariable) -> bool:
    """Does the guide list the variable for this very dataset? ADaM's structures lend each other's."""
    if dataset.kind.standard == ADAM:
        return True
    return any(one.name == known.name for one in standards.variables(dataset.kind.guide, dataset.name))
