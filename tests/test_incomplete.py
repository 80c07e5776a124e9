"""SDTM datasets without a variable that SDTMIG 3.4 requires, and cells that are long: notices, no faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import ADAM, SDTM, adam, sdtm, variables

from specs.incomplete import missing_required
from specs.load import load
from specs.suggestions import long_cells

ROOT = Path(__file__).parent
REFERENCE = ROOT.parent / "specs" / "nct06178146"
# SDTMIG 3.4, sections 5.2 and 6.2.1: core Req.
DM = ("STUDYID", "DOMAIN", "USUBJID", "SUBJID", "SITEID", "SEX", "COUNTRY")
AE = ("STUDYID", "DOMAIN", "USUBJID", "AESEQ", "AETERM", "AEDECOD")


def test_variables_that_the_guide_requires_are_named(tmp_path: Path) -> None:
    assert [str(problem) for problem in missing_required(sdtm(tmp_path))] == [
        "sdtm/Datasets.csv:2 [Dataset] DM does not list what SDTMIG 3.4 requires: DOMAIN, SUBJID, SITEID, SEX, COUNTRY;"
        " add a row for each to Variables",
        "sdtm/Datasets.csv:3 [Dataset] AE does not list what SDTMIG 3.4 requires: STUDYID, DOMAIN, AETERM;"
        " add a row for each to Variables",
    ]


def test_dataset_with_all_of_them_is_no_finding(tmp_path: Path) -> None:
    held = SDTM["sdtm/Variables.csv"]
    rows = [f"{d},{v},," for d, names in (("DM", DM), ("AE", AE)) for v in names if f"{d},{v},," not in held]
    assert missing_required(sdtm(tmp_path, variables(*rows))) == []


def test_split_domain_and_associated_persons(tmp_path: Path) -> None:
    """LBCH needs what LB needs; APDM has no USUBJID."""
    changes = variables("LBCH,LBSEQ,,", "APDM,DOMAIN,,")
    changes["sdtm/Datasets.csv"] = SDTM["sdtm/Datasets.csv"] + "LBCH,\nAPDM,\n"
    found = {problem.message.split()[0]: problem.message for problem in missing_required(sdtm(tmp_path, changes))}
    assert "LBTESTCD" in found["LBCH"] and "LBSEQ" not in found["LBCH"]
    assert "USUBJID" not in found["APDM"]


def test_adam_is_not_asked(tmp_path: Path) -> None:
    assert "adam/Variables.csv" in ADAM
    assert missing_required(adam(tmp_path)) == []


@pytest.mark.parametrize("study", [REFERENCE, ROOT / "tiny_study"])
def test_studies_of_the_repository_list_what_the_guide_requires(study: Path) -> None:
    assert missing_required(load(study, "sdtm")) == []


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_long_cells_of_the_reference_study_name_their_places(stage: str) -> None:
    found = long_cells(load(REFERENCE, stage))
    assert all(problem.place.row > 1 and problem.place.column for problem in found)
