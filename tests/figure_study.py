"""A small trial for the tests of figures and listings: two arms, grades over time, intervals with amounts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from engine_study import write

from results import figures
from results.compute import compute
from results.figures import Drawn
from results.run import check
from results.statistics.registry import STATISTICS as REGISTERED
from results.statistics.registry import Condition, Group, Value, statistic
from specs.load import load
from specs.model import Spec

TOML = """
STUDYID = "S"
LASTDAY = 10
[standards]
sdtmig = "3.4"
adamig = "1.3"
occds = "1.1"
sdtmct = "2025-03-28"
adamct = "2025-03-28"
"""
BDS = "USUBJID TRTP TRTPN PARAMCD PARAM AVAL"
VARIABLES = {
    "ADSL": "USUBJID TRT01P TRT01PN SEX AGE RANDDT RANDFL FASFL EOSSTT DCSREAS",
    "ADTTE": f"{BDS} CNSR AELNKID",
    "ADGR": f"{BDS} ADY AELNKID",
    "ADDOSE": "USUBJID DOSE ASTDT AENDT",
    "ADTOT": BDS,
}
LABELS = {"AELNKID": "Link ID", "DOSE": "Dose", "FASFL": "Full Analysis Set Population Flag"}
RESULTS = (
    "F1|TTE|Time to recovery|AVAL|r|p|PARAMCD == 'TTE'|ADTTE|FASFL == 'Y'|TRTP",
    "F1|TOT|Total dose|AVAL|r|p|PARAMCD == 'TOT'|ADTOT|FASFL == 'Y'|TRTP",
    "F1|REC|Recovered|AVAL|r|p|PARAMCD == 'REC'|ADTOT|FASFL == 'Y'|TRTP",
)
STATISTICS = ("TTE|1||kaplan_meier(AVAL, CNSR)", "TOT|1||summary(AVAL)", "REC|1||subjects()")
SURVIVAL = "survival(result='TTE')"
SWIMMER = (
    "swimmer(result='TTE', lane=(USUBJID, AELNKID), time=AVAL, censor=CNSR, dataset='ADGR', "
    "where=PARAMCD == 'GR', x=ADY, value=AVAL{})"
)
CUMULATIVE = (
    "cumulative(result='TOT', dataset='ADDOSE', amount=DOSE, start=ASTDT, end=AENDT, origin_date=RANDDT, "
    "last=LASTDAY{})"
)
FLOW = "flow(group=TRT01P)"
FOREST = "forest(results='REC', statistic='compared'{})"
BOXES = (
    "F1|ALL|1||||Screened|||",
    "F1|OUT|2|ALL|Yes||Not randomized|RANDFL != 'Y'||DCSREAS",
    "F1|IN|2|ALL|||Randomized|RANDFL == 'Y'||",
    "F1|ARM|3|IN|||Allocated||Yes|",
    "F1|LEFT|4|ARM|Yes||Left|EOSSTT == 'DISCONTINUED'||DCSREAS",
    "F1|DONE|4|ARM|||Completed|EOSSTT == 'COMPLETED'||",
)


def _variables() -> str:
    rows = ["Dataset,Variable,Label,Data Type,Mandatory,Format,Codelist"]
    for dataset, names in VARIABLES.items():
        for name in names.split():
            number = name in ("TRTPN", "TRT01PN", "AVAL", "CNSR", "AGE", "ADY", "DOSE", "RANDDT", "ASTDT", "AENDT")
            kind, form = ("float", "DATE9." if name.endswith("DT") else "") if number else ("text", "")
            rows.append(f"{dataset},{name},{LABELS.get(name, name.title())},{kind},No,{form},none")
    return "\n".join(rows) + "\n"


def _datasets() -> str:
    rows = ["Dataset,Label,Class,Structure,Key Variables", "ADSL,,,,USUBJID"]
    rows += [f"{name},{name},BASIC DATA STRUCTURE,One record,USUBJID" for name in VARIABLES if name != "ADSL"]
    return "\n".join(rows) + "\n"


def table(*lines: str) -> str:
    """CSV from rows of cells parted by `|`."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(line.split("|") for line in lines)
    return stream.getvalue()


def files(
    calls: Sequence[str],
    statistics: Sequence[str] = STATISTICS,
    boxes: Sequence[str] | None = None,
    listings: Sequence[str] = (),
    results: Sequence[str] = RESULTS,
) -> Mapping[str, str]:
    """The tables of the study; `calls`: of Figures, in display F1, or whole rows. Boxes only where they are drawn."""
    if boxes is None:
        boxes = BOXES if any("flow(" in call for call in calls) else ()
    rows = [call if call.startswith("F") and "|" in call else f"F1|{n}|{call}||" for n, call in enumerate(calls, 1)]
    found = {
        "study.toml": TOML,
        "adam/Datasets.csv": _datasets(),
        "adam/Variables.csv": _variables(),
        "results/Analysis Displays.csv": table("ID|Title", "F1|Figure 1", "F2|Figure 2", "L1|Listing 1"),
        "results/Analysis Results.csv": table(
            "Display|ID|Description|Variables|Reason|Purpose|Selection Criteria|Dataset|Population|Group", *results
        ),
        "results/Statistics.csv": table("Result|Order|By|Statistic", *statistics),
    }
    if boxes:
        head = "Display|Box|Order|From|Side|Comment|Label|Where|Group|Reasons"
        found["results/Flow.csv"] = table(head, *boxes)
    if calls:
        found["results/Figures.csv"] = table("Display|Order|Figure|Title|Footnote", *rows)
    if listings:
        found["results/Listings.csv"] = table("Display|Dataset|Where|Order|Columns|Group By|Footnote", *listings)
    return found


def study(folder: Path, *calls: str, **tables: Sequence[str]) -> Spec:
    return load(write(folder, files(calls, **tables)), "adam")


def frames() -> dict[str, pd.DataFrame]:
    """Subjects 1 to 3 on Drug, 4 and 5 on Placebo, 6 not randomised; day 0 of SAS dates is 1960-01-01."""
    subjects = [str(number) for number in range(1, 7)]
    arms = ["Drug"] * 3 + ["Placebo"] * 2 + ["None"]
    adsl = pd.DataFrame({
        "USUBJID": subjects, "TRT01P": arms, "TRT01PN": [1.0, 1, 1, 2, 2, 9], "SEX": list("FMFMMF"),
        "AGE": [50.0, 60, 70, 40, 45, 30], "RANDDT": [100.0, 200, 300, 400, 500, np.nan],
        "RANDFL": ["Y"] * 5 + ["N"], "FASFL": ["Y"] * 5 + ["N"],
        "EOSSTT": ["COMPLETED", "DISCONTINUED", "COMPLETED", "DISCONTINUED", "COMPLETED", "DISCONTINUED"],
        "DCSREAS": [None, "DEATH", None, "DEATH", None, "SCREEN FAILURE"],
    })  # fmt: skip
    tte = [("1", "a", 5, 0), ("1", "b", 9, 1), ("2", "a", 3, 0), ("3", "a", 9, 0), ("4", "a", 9, 1), ("5", "a", 7, 0)]
    grades = [
        ("1", "a", 1, 3), ("1", "a", 5, 1), ("1", "b", 1, 2), ("1", "b", 9, 2), ("2", "a", -3, 4), ("2", "a", 1, 2),
        ("2", "a", 3, 0), ("4", "a", 1, 2), ("4", "a", 30, 1), ("5", "a", 1, 3), ("5", "a", 7, 1), ("6", "a", 1, 3),
    ]  # fmt: skip
    # subject 1: 100 mg on Day 1 to 4, 30 on Day 3 to 5; 2: 20 on Day -1 to 2; 4: 50 on Day 10 to 14, one unknown
    doses = [
        ("1", 100, 100, 103), ("1", 30, 102, 104), ("2", 20, 199, 201), ("4", 50, 409, 413), ("4", np.nan, 400, 401),
        ("6", 99, 1, 2),
    ]  # fmt: skip
    arm = dict(zip(subjects, arms))
    number = {"Drug": 1.0, "Placebo": 2.0, "None": 9.0}

    def bds(rows: Sequence[tuple[object, ...]], code: str, names: str) -> pd.DataFrame:
        frame = pd.DataFrame(rows, columns=names.split())
        frame["TRTP"] = frame["USUBJID"].map(arm)
        frame["TRTPN"] = frame["TRTP"].map(number)
        frame["PARAMCD"], frame["PARAM"] = code, f"Parameter {code}"
        numbers = [name for name in frame.columns if name in ("AVAL", "CNSR", "ADY")]
        return frame.astype(dict.fromkeys(numbers, float))

    # by hand: 130, 3/4 of 20 (Day 1 and 2 of Day -1, 1, 2 would be 2/3), 0; 1/5 of 50, 0
    totals = [("1", 130), ("2", 20 * 2 / 3), ("3", 0), ("4", 10), ("5", 0)]
    recovered = [(subject, float(int(subject) % 2)) for subject in subjects[:5]]
    return {
        "ADSL": adsl,
        "ADTTE": bds(tte, "TTE", "USUBJID AELNKID AVAL CNSR"),
        "ADGR": bds(grades, "GR", "USUBJID AELNKID ADY AVAL"),
        "ADDOSE": pd.DataFrame(doses, columns=["USUBJID", "DOSE", "ASTDT", "AENDT"]).astype(
            dict.fromkeys(("DOSE", "ASTDT", "AENDT"), float)
        ),
        "ADTOT": pd.concat([bds(totals, "TOT", "USUBJID AVAL"), bds(recovered, "REC", "USUBJID AVAL")]),
    }


def draw(spec: Spec, data: Mapping[str, pd.DataFrame] | None = None) -> tuple[Drawn, ...]:
    """The figures, after the checks that need no data."""
    check(spec)
    data = frames() if data is None else data
    return figures.draw(spec, compute(spec, data), data)


def points(drawn: Drawn) -> list[dict[str, str]]:
    """The points of a figure."""
    return list(csv.DictReader(io.StringIO(drawn.files["csv"].decode("utf-8"))))


def texts(drawn: Drawn) -> list[str]:
    """The texts of a figure, read as XML."""
    root = ElementTree.fromstring(drawn.svg)
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


@dataclass(frozen=True)
class Compared:
    """A comparison of the tests: limits a quarter beside the estimate, open at the upper end for equal rates."""

    counts: tuple[int, int, int, int]

    def values(self) -> tuple[Value, ...]:
        x1, n1, x2, n2 = self.counts
        found = x1 / n1 - x2 / n2 if n1 and n2 else None
        named = zip(("n1", "N1", "n2", "N2"), self.counts)
        return (
            *(Value(name, name, count, "d") for name, count in named),
            Value("estimate", "Difference", found, ".2f"),
            Value("conf_low", "Lower", None if found is None else found - 0.25, ".2f"),
            Value("conf_high", "Upper", None if not found else found + 0.25, ".2f"),
            Value("conf_level", "Confidence level", 0.9, ".2f"),
        )


@dataclass(frozen=True)
class Ratio:
    """A ratio of the tests, whose estimate has another name and which has no counts."""

    found: float | None

    def values(self) -> tuple[Value, ...]:
        low, high = (None, None) if self.found is None else (self.found / 100, self.found * 100)
        return (
            Value("hr", "Hazard ratio", self.found, ".1f"),
            Value("hr_low", "Lower", low, ".1f"),
            Value("hr_high", "Upper", high, ".1f"),
        )


def with_comparison() -> Iterator[None]:
    """Two comparisons while a test runs."""

    @statistic
    def compared(condition: Condition, group: Group) -> Compared:
        code, met = np.asarray(group), np.asarray(condition, bool)
        counts = [int((met & (code == 1)).sum()), int((code == 1).sum()), int((met & (code == 0)).sum())]
        return Compared((counts[0], counts[1], counts[2], int((code == 0).sum())))

    @statistic
    def ratio(condition: Condition, group: Group) -> Ratio:
        return Ratio(2.0 if len(group) else None)

    yield
    for name in ("compared", "ratio"):
        del REGISTERED[name]
