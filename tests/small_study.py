"""A small study in a folder, for the tests of loading: its tables, and the same with some tables changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.load import load
from specs.model import Spec
from specs.problem import SpecError

TOML = """
STUDYID = "S1"
CUTOFF = 2025-04-30
DOSE = 1.6
SOC_IN_EX = false

[standards]
sdtmig = "3.4"
sdtmct = "2025-03-28"
adamig = "1.3"
occds = "1.1"
adamct = "2025-03-28"
"""
SDTM = {
    "study.toml": TOML,
    "sdtm/Datasets.csv": 'Dataset,Key Variables\nDM,"STUDYID, USUBJID"\nAE,"USUBJID, AEDECOD"\nSUPPAE,\n',
    "sdtm/Variables.csv": (
        "Dataset,Variable,Label,Data Type\nDM,STUDYID,,\nDM,USUBJID,,\nAE,AESTDTC,,\nAE,AELNKID,,\n"
        "AE,AESER,,\nAE,AEDECOD,,\nAE,USUBJID,,\nAE,AESEQ,,\nSUPPAE,AEIRAE,Immune-Related Adverse Event,\n"
    ),
    "sdtm/mapping/AE.csv": 'Variable,Where,Expression\nAESTDTC,,"iso8601(Y, M, D)"\n',
    "sdtm/mapping/SUPPAE.csv": "Variable,Expression\nAEIRAE,IRAE\n",
}
ADAM = {
    "study.toml": TOML,
    "adam/Datasets.csv": (
        "Dataset,Label,Class,SubClass,Structure\nADSL,,,,\n"
        "ADAE,Adverse Events Analysis,OCCURRENCE DATA STRUCTURE,ADVERSE EVENT,One record per subject per event\n"
    ),
    "adam/Variables.csv": (
        "Dataset,Variable,Common,Predecessor\nADSL,USUBJID,,DM.USUBJID\nADSL,TRT01PN,Yes,\nADSL,RANDDT,Yes,\n"
        "ADAE,USUBJID,,\nADAE,TRT01PN,,\nADAE,AETERM,,AE.AETERM\nADAE,ASTDT,,\nADAE,ASTDTF,,\nADAE,ANL01FL,,\n"
    ),
}


def study(folder: Path, base: dict[str, str], changes: dict[str, str | bytes]) -> Path:
    for name, content in {**base, **changes}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def sdtm(folder: Path, changes: dict[str, str | bytes] | None = None) -> Spec:
    return load(study(folder, SDTM, changes or {}), "sdtm")


def adam(folder: Path, changes: dict[str, str | bytes] | None = None) -> Spec:
    return load(study(folder, ADAM, changes or {}), "adam")


def faults(folder: Path, changes: dict[str, str | bytes], stage: str = "sdtm") -> list[str]:
    with pytest.raises(SpecError) as caught:
        load(study(folder, SDTM if stage == "sdtm" else ADAM, changes), stage)
    return [str(problem) for problem in caught.value.problems]


def variables(*rows: str) -> dict[str, str | bytes]:
    """SDTM Variables with rows of Dataset, Variable, Label, Data Type added."""
    return {"sdtm/Variables.csv": SDTM["sdtm/Variables.csv"] + "".join(f"{row}\n" for row in rows)}
