"""The datasets together, as one programming."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.adae import adae
from double.adcm import adcm
from double.adcs import adcs
from double.adirae import adirae
from double.adlb import adlb
from double.adsl import adsl
from double.adtte import adtte

KEYS = {
    "ADSL": ["USUBJID"],
    "ADAE": ["USUBJID", "AESEQ"],
    "ADCM": ["USUBJID", "CMSEQ"],
    "ADIRAE": ["USUBJID", "PARAMCD", "AELNKID", "ADT", "VISITNUM"],
    "ADLB": ["USUBJID", "PARAMCD", "SRCSEQ"],
    "ADCS": ["USUBJID", "PARAMCD"],
    "ADTTE": ["USUBJID", "PARAMCD", "AELNKID"],
}


def program(sdtm: Path) -> dict[str, pd.DataFrame]:
    """Every dataset by name, made from a folder of SDTM files."""
    subjects = adsl(sdtm)
    responses = adirae(sdtm, subjects)
    return {
        "ADSL": subjects,
        "ADAE": adae(sdtm, subjects),
        "ADCM": adcm(sdtm, subjects),
        "ADIRAE": responses,
        "ADLB": adlb(sdtm, subjects),
        "ADCS": adcs(sdtm, subjects),
        "ADTTE": adtte(sdtm, subjects, responses),
    }
