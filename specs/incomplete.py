"""Required variables of the standard that a dataset does not list: a specification that is still being written."""

from __future__ import annotations

from collections.abc import Iterator

from specs import standards
from specs.model import Dataset, Spec
from specs.problem import Problem

REQUIRED = "Req"
# Associated persons have APID where the domain of subjects has USUBJID (SDTMIG-AP 1.0).
OF_SUBJECTS = ("USUBJID", "SUBJID")


def missing_required(spec: Spec) -> list[Problem]:
    """A finding for each SDTM dataset of which Variables lacks variables with core Req in the implementation guide.

    Datasets that the guide does not have, and supplemental qualifiers, which the engine writes whole, are left out.
    """
    found = []
    for dataset in spec.datasets.values() if spec.stage == "sdtm" else ():
        names = [name for name in _required(dataset) if (dataset.dataset, name) not in spec.variables]
        if names:
            message = f"{dataset.dataset} does not list what {dataset.standard} requires: {', '.join(names)}"
            found.append(Problem(dataset.at("Dataset"), message, "add a row for each to Variables"))
    return found


def _required(dataset: Dataset) -> Iterator[str]:
    name = dataset.dataset
    if name.startswith("SUPP") or dataset.standard not in standards.GUIDES:
        return
    associated = name.startswith("AP") and len(name) > len("AP")
    for variable in standards.variables(dataset.standard, name):
        if variable.core == REQUIRED and not (associated and variable.name in OF_SUBJECTS):
            yield variable.name
