"""A second, invented study is built from its tables alone: other columns, a GB18030 file, three arms, two visits.

Every expected value was worked by hand from the raw files in `tiny_study/raw`.
"""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

import pipeline

TINY = Path(__file__).parent / "tiny_study"


def build(study: Path, out: Path) -> Path:
    pipeline.everything(pipeline.Request(study, out))
    return out


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(TINY, tmp_path_factory.mktemp("tiny"))


def dataset(folder: Path, stage: str, name: str) -> pd.DataFrame:
    data = pyreadstat.read_xport(str(folder / stage / f"{name.lower()}.xpt"), disable_datetime_conversion=True)[0]
    return data.astype(object).where(data.notna(), None)


def rows(data: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    return list(data[list(columns)].itertuples(index=False, name=None))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def statistics(folder: Path, result: str, name: str) -> dict[str, str]:
    """A statistic of a result by level of the group (and of By), as it stands in the ARD."""
    found = [row for row in table(folder / "results" / "ard.csv") if row["result"] == result]
    return {row["group1_level"]: row["stat"] for row in found if row["stat_name"] == name}


def changed(tmp_path: Path, **edits: tuple[str, str]) -> Path:
    """A copy of the study with one text replaced in each named file (`adam/tables/windows.csv`)."""
    study = tmp_path / "study"
    shutil.copytree(TINY, study)
    for name, (old, new) in edits.items():
        path = study / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, (name, old)
        path.write_text(text.replace(old, new), encoding="utf-8")
    return study


def test_study_holds_no_python() -> None:
    assert {path.suffix for path in TINY.rglob("*") if path.is_file()} == {".csv", ".toml"}


def test_raw_file_is_gb18030_with_semicolons() -> None:
    raw = (TINY / "raw" / "persons.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")
    assert raw.decode("gb18030").splitlines()[1].split(";")[2] == "男"


def test_dm(built: Path) -> None:
    found = dataset(built, "sdtm", "DM")
    assert rows(found, "USUBJID", "SEX", "BRTHDTC", "RFSTDTC", "RFENDTC", "ARMCD", "ARM") == [
        ("TEA-1-001", "M", "1960-05-02", "2024-01-10", "2024-01-24", "A", "Ginger tea"),
        ("TEA-1-002", "F", "1975", "2024-01-11", "2024-01-25", "B", "Mint tea"),
        ("TEA-1-003", "F", "1990-12-31", "2024-01-12", "", "P", "Water"),  # n.k. means missing
        ("TEA-1-004", "M", "1950-03-01", "2024-02-01", "2024-02-15", "A", "Ginger tea"),
    ]


def test_ae_has_days_and_severity(built: Path) -> None:
    found = dataset(built, "sdtm", "AE")
    assert rows(found, "USUBJID", "AESEQ", "AEDECOD", "AESEV", "AESTDTC", "AESTDY", "AEENDY") == [
        ("TEA-1-001", 1.0, "HEADACHE", "MILD", "2024-01-12", 3.0, 4.0),
        ("TEA-1-001", 2.0, "NAUSEA", "MODERATE", "2024-01-09", -1.0, None),
        ("TEA-1-003", 1.0, "RASH", "SEVERE", "2024-01", None, 11.0),
    ]


def test_lb_is_in_standard_units(built: Path) -> None:
    found = dataset(built, "sdtm", "LB")
    assert rows(found, "USUBJID", "LBSEQ", "LBTESTCD", "LBORRES", "LBSTRESN", "LBLOBXFL", "VISIT", "LBDY") == [
        ("TEA-1-001", 1.0, "HGB", "13.5", 135.0, "Y", "START", 1.0),
        ("TEA-1-001", 2.0, "HGB", "14", 140.0, "", "END", 15.0),
        ("TEA-1-002", 1.0, "HGB", "120", 120.0, "Y", "START", 1.0),
        ("TEA-1-002", 2.0, "HGB", "118", 118.0, "", "END", 15.0),
        ("TEA-1-003", 1.0, "HGB", "12.0", 120.0, "Y", "START", 1.0),
        ("TEA-1-004", 1.0, "HGB", "15.1", 151.0, "Y", "START", 1.0),
        ("TEA-1-004", 2.0, "HGB", "15.9", 159.0, "", "END", 20.0),
    ]


HGB = [
    ("TEA-1-001", "Baseline", 135.0, 135.0, 0.0, "Y"),
    ("TEA-1-001", "Week 2", 140.0, 135.0, 5.0, ""),
    ("TEA-1-002", "Baseline", 120.0, 120.0, 0.0, "Y"),
    ("TEA-1-002", "Week 2", 118.0, 120.0, -2.0, ""),
    ("TEA-1-003", "Baseline", 120.0, 120.0, 0.0, "Y"),
    ("TEA-1-004", "Baseline", 151.0, 151.0, 0.0, "Y"),
    ("TEA-1-004", "", 159.0, 151.0, 8.0, ""),  # day 20 lies after the window
]
RISE = [("TEA-1-001", 1.0), ("TEA-1-002", 0.0), ("TEA-1-003", 0.0), ("TEA-1-004", 0.0)]


def of_parameter(folder: Path, code: str) -> pd.DataFrame:
    found = dataset(folder, "adam", "ADLB")
    return found[found["PARAMCD"] == code]


def test_adlb_has_visits_and_change(built: Path) -> None:
    found = of_parameter(built, "HGB")
    assert rows(found, "USUBJID", "AVISIT", "AVAL", "BASE", "CHG", "ABLFL") == HGB
    assert rows(of_parameter(built, "RISEW2"), "USUBJID", "AVAL") == RISE


def test_results_by_arm(built: Path) -> None:
    assert statistics(built, "AR.1", "n") == {"Ginger tea": "1", "Mint tea": "0", "Water": "0"}
    assert statistics(built, "AR.1", "N") == {"Ginger tea": "2", "Mint tea": "1", "Water": "1"}


def test_issues_name_file_line_record_and_value(built: Path) -> None:
    found = table(built / "qc" / "issues.csv")
    assert [(row["Rule"], row["File"], row["Row"], row["Record"], row["Value"]) for row in found] == [
        ("R-1", "persons.csv", "4", "3", "002"),
        ("R-2", "labs.csv", "9", "8", "Fer"),
    ]


def test_ledger_accounts_for_every_raw_row(built: Path) -> None:
    found = {
        (row["Table"], row["Dataset"], row["Step"]): int(row["Rows"])
        for row in table(built / "qc" / "ledger.csv")
        if row["Stage"] == "sdtm"
    }
    assert found["raw_persons", "", "rows read"] == 5
    assert found["raw_persons", "", "left out: exact duplicate"] == 1
    assert found["raw_persons", "DM", "records"] == 4
    assert found["raw_labs", "LB", "left out: no row in Tests"] == 1
    assert found["raw_labs", "LB", "rows used"] == 7
    assert [rows for (_, _, step), rows in found.items() if step == "unaccounted"] == [0, 0, 0]


def test_lineage_leads_to_the_line_of_the_raw_file(built: Path) -> None:
    found = [row for row in table(built / "sdtm" / "qc" / "lineage.csv") if row["Dataset"] == "DM"]
    # line 4 repeats line 3 and is left out
    assert [(row["Table"], row["Row"]) for row in found] == [("raw_persons", line) for line in "2356"]


def test_wider_window_changes_data_define_and_results(tmp_path: Path, built: Path) -> None:
    study = changed(tmp_path, **{"adam/tables/windows.csv": ("Week 2,2,10,16", "Week 2,2,10,20")})
    out = build(study, tmp_path / "out")
    found = rows(of_parameter(out, "HGB"), "USUBJID", "AVISIT", "AVAL", "BASE", "CHG", "ABLFL")
    assert found == [*HGB[:-1], ("TEA-1-004", "Week 2", 159.0, 151.0, 8.0, "")]
    assert rows(of_parameter(out, "RISEW2"), "USUBJID", "AVAL") == [*RISE[:-1], ("TEA-1-004", 1.0)]
    assert statistics(out, "AR.1", "n") == {"Ginger tea": "2", "Mint tea": "0", "Water": "0"}


def test_new_visit_name_reaches_data_define_and_results(tmp_path: Path, built: Path) -> None:
    study = changed(
        tmp_path,
        **{
            "adam/tables/windows.csv": ("Baseline,0", "Start,0"),
            "results/Analysis Results.csv": ("AVISIT == 'Baseline'", "AVISIT == 'Start'"),
        },
    )
    out = build(study, tmp_path / "out")
    assert set(dataset(out, "adam", "ADLB")["AVISIT"]) == {"Start", "Week 2", ""}
    assert "'Start'" in (out / "adam" / "define.xml").read_text(encoding="utf-8").replace("&apos;", "'") or re.search(
        r"<CheckValue>Start</CheckValue>", (out / "adam" / "define.xml").read_text(encoding="utf-8")
    )
    assert statistics(out, "AR.2", "N") == statistics(built, "AR.2", "N")


def test_new_lab_test_changes_data_define_and_results(tmp_path: Path, built: Path) -> None:
    study = changed(tmp_path)
    append(study / "sdtm" / "Tests.csv", "LB,lab,Fer,FERRITIN,Ferritin,ug/L")
    append(study / "sdtm" / "Codelists.csv", "LBTESTCD,,,,2,FERRITIN,", "LBTEST,,,,2,Ferritin,", "UNIT,,,,3,ug/L,")
    append(
        study / "adam" / "Parameters.csv",
        "ADLB,FERR,Ferritin (ug/L),LB,LB.LBTESTCD == 'FERRITIN',date(LB.LBDTC),LB.LBSTRESN",
    )
    out = build(study, tmp_path / "out")
    assert ("TEA-1-001", "FERRITIN", "ug/L", 50.0) in rows(
        dataset(out, "sdtm", "LB"), "USUBJID", "LBTESTCD", "LBSTRESU", "LBSTRESN"
    )
    assert rows(of_parameter(out, "FERR"), "USUBJID", "AVISIT", "AVAL") == [("TEA-1-001", "Baseline", 50.0)]
    for stage, text in (("sdtm", "FERRITIN"), ("adam", "Ferritin (ug/L)")):
        assert text in (out / stage / "define.xml").read_text(encoding="utf-8")
        assert text not in (built / stage / "define.xml").read_text(encoding="utf-8")
    ard = (out / "results" / "ard.csv").read_text(encoding="utf-8")
    assert "FERR" in ard
    assert not [row for row in table(out / "qc" / "issues.csv") if row["Kind"] == "test_not_mapped"]


def test_other_arm_label_changes_data_define_and_results(tmp_path: Path, built: Path) -> None:
    study = changed(tmp_path, **{"sdtm/Codelists.csv": ("Mint tea", "Peppermint tea")})
    out = build(study, tmp_path / "out")
    assert dataset(out, "sdtm", "DM")["ARM"].tolist() == ["Ginger tea", "Peppermint tea", "Water", "Ginger tea"]
    assert dataset(out, "adam", "ADSL")["TRT01P"].tolist()[1] == "Peppermint tea"
    assert "Peppermint tea" in (out / "sdtm" / "define.xml").read_text(encoding="utf-8")
    assert statistics(out, "AR.1", "n") == {"Ginger tea": "1", "Peppermint tea": "0", "Water": "0"}


def append(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8", newline="") as stream:
        stream.writelines(f"{line}\n" for line in lines)
