"""A small trial of a change by visit, and a crossover: tables of the results, and data made by formula."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from engine_study import write
from figure_study import TOML, table

from specs.load import load
from specs.model import Spec

VARIABLES = {
    "ADSL": "USUBJID TRT01P TRT01PN# FASFL",
    "ADEFF": "USUBJID TRTP TRTPN# PARAMCD PARAM AVISIT AVISITN# BASE# CHG# REGION",
    "ADPC": "USUBJID TRTA TRTAN# TRTSEQP APERIOD# PARAMCD PARAM AVAL#",
}
WHY = "SPECIFIED IN PROTOCOL|PRIMARY OUTCOME MEASURE"
WEEKS = f"T1|EFF|Change by visit|CHG|{WHY}|PARAMCD == 'SBP'|ADEFF|FASFL == 'Y'|TRTP"
ANCOVA = "ancova(CHG, reference='Placebo', covariates=BASE, classes=REGION)"
MMRM = "mmrm(CHG, visit=AVISIT, reference='Placebo', covariates=BASE, classes=REGION, interactions=BASE*AVISIT)"


def spec_of(
    folder: Path,
    statistics: Sequence[str],
    lines: Sequence[str] = (),
    results: Sequence[str] = (WEEKS,),
) -> Spec:
    """The study with rows of Statistics (Result|Order|By|Denominator|Statistic) and of Lines."""
    rows = ["Dataset,Variable,Label,Data Type,Mandatory,Format,Codelist"]
    for dataset, names in VARIABLES.items():
        for name in names.split():
            kind = "float" if name.endswith("#") else "text"
            rows.append(f"{dataset},{name.rstrip('#')},{name.rstrip('#').title()},{kind},No,,none")
    datasets = ["Dataset,Label,Class,Structure,Key Variables", "ADSL,,,,USUBJID"]
    datasets += [f"{name},{name},BASIC DATA STRUCTURE,One record,USUBJID" for name in ("ADEFF", "ADPC")]
    head = "Display|ID|Description|Variables|Reason|Purpose|Selection Criteria|Dataset|Population|Group"
    files = {
        "study.toml": TOML,
        "adam/Datasets.csv": "\n".join(datasets) + "\n",
        "adam/Variables.csv": "\n".join(rows) + "\n",
        "results/Analysis Displays.csv": table("ID|Title", "T1|Change from baseline"),
        "results/Analysis Results.csv": table(head, *results),
        "results/Statistics.csv": table("Result|Order|By|Denominator|Statistic", *statistics),
        "results/Lines.csv": table("Display|Order|Label|Result|Statistic|Template", *lines),
    }
    return load(write(folder, files), "adam")


def frames() -> dict[str, pd.DataFrame]:
    """24 subjects on Placebo, Low and High with three visits; S03 has no record at Week 8, S05 no BASE, S07 no CHG."""
    number = np.arange(24)
    subjects = np.array([f"S{one:02d}" for one in number])
    arms, codes = np.array(["Placebo", "Low", "High"])[number % 3], (number % 3).astype(float)
    adsl = pd.DataFrame({"USUBJID": subjects, "TRT01P": arms, "TRT01PN": codes, "FASFL": "Y"})
    parts = []
    for place, visit in enumerate(("Week 2", "Week 4", "Week 8")):
        wave = np.sin(1.7 * number + 3 * place * number + place) * (2 + place) + 3 * np.cos(2.3 * number)
        parts.append(pd.DataFrame({
            "USUBJID": subjects, "TRTP": arms, "TRTPN": codes, "PARAMCD": "SBP", "PARAM": "Systolic (mmHg)",
            "AVISIT": visit, "AVISITN": 2.0 * (place + 1), "BASE": np.round(140 + 9 * np.cos(number), 1),
            "CHG": np.round(-2 - place * codes + wave, 2), "REGION": np.where(number % 5 < 2, "EU", "US"),
        }))  # fmt: skip
    eff = pd.concat(parts).sort_values(["USUBJID", "AVISITN"], ignore_index=True)
    eff = eff[~((eff["USUBJID"] == "S03") & (eff["AVISIT"] == "Week 8"))].reset_index(drop=True)
    eff.loc[eff["USUBJID"] == "S05", "BASE"] = np.nan
    eff.loc[(eff["USUBJID"] == "S07") & (eff["AVISIT"] == "Week 4"), "CHG"] = np.nan
    return {"ADSL": adsl, "ADEFF": eff, "ADPC": adpc()}


# Chow SC, Liu JP. Design and Analysis of Bioavailability and Bioequivalence Studies, example 3.6.1: AUC by period.
RT = {"1": (74.675, 73.675), "4": (96.4, 93.25), "5": (101.95, 102.125), "6": (79.05, 69.45), "11": (79.05, 69.025),
      "12": (85.95, 68.7), "15": (69.725, 59.425), "16": (86.275, 76.125), "19": (112.675, 114.875),
      "20": (99.525, 116.25), "23": (89.425, 64.175), "24": (55.175, 74.575)}  # fmt: skip
TR = {"2": (74.825, 37.35), "3": (86.875, 51.925), "7": (81.675, 72.175), "8": (92.7, 77.5), "9": (50.45, 71.875),
      "10": (66.125, 94.025), "13": (122.45, 124.975), "14": (99.075, 85.225), "17": (86.35, 95.925),
      "18": (49.925, 67.1), "21": (42.7, 59.425), "22": (91.725, 114.05)}  # fmt: skip


def adpc() -> pd.DataFrame:
    """The published crossover: 24 subjects, sequences RT and TR."""
    rows = [
        (subject, sequence[period], "RT".index(sequence[period]) + 1.0, sequence, period + 1.0, value)
        for sequence, known in (("RT", RT), ("TR", TR))
        for subject, values in known.items()
        for period, value in enumerate(values)
    ]
    found = pd.DataFrame(rows, columns=["USUBJID", "TRTA", "TRTAN", "TRTSEQP", "APERIOD", "AVAL"])
    return found.assign(PARAMCD="AUC", PARAM="AUC")
