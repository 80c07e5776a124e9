"""The conformance rules over whole builds and over data of others: what they find there is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import needs_shared

import pipeline
from cli import main
from qc.conformance import define_file
from qc.conformance.description import joined
from qc.conformance.opening import Asked, opened
from qc.conformance.result import FAULTY, Validation
from qc.conformance.validate import validate
from specs.model import Spec


def specs() -> list[Spec]:
    request = pipeline.Request(pipeline.REFERENCE)
    return [pipeline.needed(request, stage) for stage in ("sdtm", "adam")]


def validated(build: Path) -> Validation:
    return validate(opened(Asked((build / "sdtm", build / "adam"))), specs())


def counts(found: Validation) -> dict[tuple[str, str], int]:
    return {(one.rule.rule, one.dataset): one.found for one in found.outcomes if one.found}


@pytest.mark.parametrize("name", ["golden_build", "study_build"])
def test_the_reference_study_has_no_open_finding_above_note(name: str, request: pytest.FixtureRequest) -> None:
    found = validated(request.getfixturevalue(name))
    open_ = [(one.rule.rule, one.dataset) for one in found.outcomes if one.open and one.rule.severity != "Note"]
    assert open_ == []
    assert [(one.rule.rule, one.reason) for one in found.outcomes if one.state == FAULTY] == []


def test_every_explanation_of_the_reference_study_explains_something(study_build: Path) -> None:
    assert [str(one.row.place) for one in validated(study_build).stale()] == []


def test_the_traps_of_the_study_design_are_found_and_explained(study_build: Path) -> None:
    """T-01, T-02 and T-15 of the study design, with the counts of CDISC CORE."""
    found = {(one.rule.rule, one.dataset): (one.found, one.explained) for one in validated(study_build).outcomes}
    assert found["SDTM-663", "DM"] == (20, 20)
    assert found["SDTM-612", "DM"] == found["SDTM-613", "DM"] == (1, 1)
    assert found["SDTM-432", "AE"] == (51, 51) and found["SDTM-432", "CM"] == (134, 134)


def test_the_command_writes_its_reports_into_the_output(golden_build: Path) -> None:
    before = (golden_build / "manifest.json").read_text()
    found = CliRunner().invoke(main, ["validate", "--out", str(golden_build), "--rules", "SDTM-302"])
    assert found.exit_code == 0, found.output
    assert all((golden_build / "qc" / f"conformance.{kind}").is_file() for kind in ("csv", "html", "xlsx"))
    manifest = (golden_build / "manifest.json").read_text()
    assert manifest != before and "qc/conformance.csv" in manifest
    for kind in ("csv", "html", "xlsx"):
        (golden_build / "qc" / f"conformance.{kind}").unlink()
    (golden_build / "manifest.json").write_text(before)


def test_a_define_of_version_2_1_is_read(golden_build: Path) -> None:
    found = define_file.read(golden_build / "sdtm" / "define.xml")
    dm = found.datasets["DM"]
    assert (dm.dataset_class, dm.keys, dm.file, dm.standard) == (
        "SPECIAL PURPOSE", ("STUDYID", "USUBJID"), "dm.xpt", "SDTMIG 3.4",
    )  # fmt: skip
    age = dm.items["AGE"]
    assert (age.label, age.data_type, age.mandatory) == ("Age", "integer", "No")
    assert found.faults == ()


# --- data of others -------------------------------------------------------------------------------------


def test_what_only_our_rules_find_in_the_cdisc_pilot_sdtm() -> None:
    """Rules that CORE has no counterpart for; the findings were looked up in the records, and are true.

    The others: `test_conformance_core.py`.
    """
    folder = needs_shared("fixtures/cdiscpilot/sdtm")
    found = validate(opened(Asked((folder,)))).outcomes
    own = {(one.rule.rule, one.dataset): one.found for one in found if one.found and not one.rule.core}
    assert sum(rule == "SDTM-120" for rule, _ in own) == 17  # lengths of 200 and the like
    assert {key: count for key, count in own.items() if key[0] != "SDTM-120"} == {
        ("SDTM-116", "EX"): 2, ("SDTM-116", "SV"): 2, ("SDTM-116", "TA"): 1,  # labels of an older guide
        ("SDTM-123", "TS"): 1,  # three right quotation marks of Windows-1252
        ("SDTM-124", "TI"): 1, ("SDTM-124", "TV"): 1,  # TIRL and ARM are empty
        ("SDTM-202", "QS"): 2, ("SDTM-202", "SC"): 1, ("SDTM-202", "TA"): 2, ("SDTM-202", "TS"): 1,
        ("SDTM-202", "VS"): 3,  # sec, EDUCATION LEVEL, Screening, Trial Indication, IN
        ("SDTM-203", "DS"): 2, ("SDTM-203", "QS"): 6, ("SDTM-203", "SC"): 1, ("SDTM-203", "TS"): 3,
        ("SDTM-465", "DM"): 1,  # 01-710-1083 took part until the day after death
        ("SDTM-308", "MH"): 2,  # HIP REPLACEMENT of 01-701-1192 twice
        ("SDTM-642", "SV"): 1,  # a visit on the day after death
        ("SDTM-656", "DM"): 306,  # RFICDTC is empty
        ("SDTM-674", "EX"): 6,  # EXENDTC is empty
        ("SDTM-908", ""): 1, ("SDTM-909", ""): 1,  # TS has no SSTDTC, nor ACTSUB
        ("DEF-109", ""): 1,
    }  # fmt: skip


def test_the_cdisc_pilot_adam_is_read_with_its_define_of_version_2_0() -> None:
    folder = needs_shared("fixtures/cdiscpilot/adam")
    data = opened(Asked((folder,), (folder.parent / "sdtm",)))
    assert data.description.standard == "ADaMIG 1.1" and data.description.datasets["ADSL"].keys == ("USUBJID",)
    found = counts(validate(data))
    assert found == {
        ("ADAM-106", "ADAE"): 3,  # AEBDSYCD, AEENDTC and AESTDTC, which OCCDS 1.1 requires
        ("ADAM-114", "ADSL"): 1,  # DTHFL
        ("ADAM-117", "ADSL"): 2,
        ("ADAM-121", "ADAE"): 6,
        ("ADAM-211", ""): 1,  # screen failures
        ("DEF-202", "ADADAS"): 1, ("DEF-202", "ADLBC"): 1, ("DEF-202", "ADTTE"): 1,  # not in the fixture
        ("DEF-309", "ADAE"): 1, ("DEF-310", "ADAE"): 1,  # ADURU: DAYS in 3 bytes
        ("DEF-316", "ADAE"): 2, ("DEF-316", "ADSL"): 2,
    }  # fmt: skip


def test_codelist_of_roles_is_referred_to(golden_build: Path, tmp_path: Path) -> None:
    text = (golden_build / "sdtm" / "define.xml").read_text(encoding="utf-8")
    roles = '<CodeList OID="CL.ROLES" Name="Roles" DataType="text"><EnumeratedItem CodedValue="Topic"/></CodeList>'
    text = text.replace("<CodeList ", f"{roles}<CodeList ", 1)
    text = text.replace("<ItemRef ", '<ItemRef RoleCodeListOID="CL.ROLES" ')
    (tmp_path / "define.xml").write_text(text, encoding="utf-8")
    found = define_file.read(tmp_path / "define.xml")
    assert "CL.ROLES" in found.used() and not [fault for fault in found.faults if fault.rule in ("ORPHAN", "REFERENCE")]
    assert "2:CL.ROLES" in joined([define_file.read(golden_build / "sdtm" / "define.xml"), found]).used()
