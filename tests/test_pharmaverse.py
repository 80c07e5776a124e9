"""A second study from raw to SDTM by spec rows alone: the CDISC pilot as pharmaverse publishes it.

Every cell of the published DM, EX, DS and AE is compared. `pharmaverse/reasons.csv` names each variable that
does not close, how many of its values are equal, and why; `pharmaverse/README.md` says where the data come from.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from conftest import needs_shared

import pipeline

STUDY = Path(__file__).parent / "pharmaverse"
DATASETS = ("DM", "EX", "DS", "AE")
KEYS = {"DM": ["USUBJID"], "EX": ["USUBJID", "EXSTDTC"], "DS": ["USUBJID", "DSDECOD"]}
# What the README of the fixture lists as not closing; every other published variable is to close here.
OPEN = {
    "DM": {"RFENDTC", "RFICDTC", "RFPENDTC", "BRTHDTC", "ARMNRS", "ACTARMUD"},
    "EX": {"VISITDY"},
    "DS": {"VISIT", "VISITNUM", "DSSPID"},
    "AE": {"AELLTCD", "AESOCCD", "AESPID", "AESEQ", "AESTDTC", "AESTDY"},
}
RECORDS = {"DM": 306, "EX": 591, "DS": 850, "AE": 1191}


@pytest.fixture(scope="module")
def request_of_study(tmp_path_factory: pytest.TempPathFactory) -> pipeline.Request:
    raw = needs_shared("fixtures/pharmaverse/raw")
    return pipeline.Request(STUDY, tmp_path_factory.mktemp("pharmaverse"), raw)


@pytest.fixture(scope="module")
def built(request_of_study: pipeline.Request) -> Path:
    """The folder of the SDTM datasets, built once."""
    pipeline.sdtm(request_of_study)
    return request_of_study.folder / "sdtm"


@cache
def _published(dataset: str) -> pd.DataFrame:
    folder = needs_shared("fixtures/pharmaverse/sdtm")
    return pd.read_csv(folder / f"{dataset.lower()}.csv", dtype=str, keep_default_na=False)


@cache
def _reasons() -> dict[tuple[str, str], dict[str, str]]:
    with (STUDY / "reasons.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {(row["Dataset"], row["Variable"]): row for row in rows}
    assert len(found) == len(rows), "a variable stands twice in reasons.csv"
    return found


@cache
def _records(folder: Path, dataset: str) -> pd.DataFrame:
    data = pyreadstat.read_xport(str(folder / f"{dataset.lower()}.xpt"), disable_datetime_conversion=True)[0]
    return data.reset_index(drop=True)


@cache
def _paired(folder: Path, dataset: str) -> pd.DataFrame:
    """The published records in the order of the built ones.

    Published events bear no key that the raw table has: AE is paired by the raw row that lineage.csv names,
    since raw and published rows stand in one order (`test_published_events_stand_in_the_order_of_the_raw_rows`).
    """
    records, published = _records(folder, dataset), _published(dataset)
    if dataset == "AE":
        lineage = pd.read_csv(folder / "qc" / "lineage.csv")
        rows = lineage.loc[lineage["Dataset"] == "AE", "Row"].to_numpy() - 2  # a header, then line 2
        assert len(set(rows)) == len(rows), "a raw row made two events"
        return published.iloc[rows].reset_index(drop=True)
    keys = KEYS[dataset]
    assert not published.duplicated(keys).any() and not records.duplicated(keys).any()
    numbered = published.reset_index(names="_row")
    rows = records[keys].merge(numbered[[*keys, "_row"]], on=keys, how="left", validate="one_to_one")["_row"]
    assert rows.notna().all(), f"{int(rows.isna().sum())} records of {dataset} are not published"
    return published.iloc[rows.astype(int)].reset_index(drop=True)


def _equal(folder: Path, dataset: str, variable: str) -> np.ndarray:
    """For each record whether the built value is the published one; a variable that is not built is blank."""
    records, expected = _records(folder, dataset), _paired(folder, dataset)[variable]
    if variable not in records:
        return (expected == "").to_numpy()
    value = records[variable]
    if value.dtype.kind == "f":
        return ((value == pd.to_numeric(expected)) | (value.isna() & (expected == ""))).to_numpy()
    return (value.fillna("").astype(str) == expected).to_numpy()


def _line(folder: Path, dataset: str, variable: str) -> str:
    equal = _equal(folder, dataset, variable)
    note = "" if (_paired(folder, dataset)[variable] != "").any() else "published blank in every record"
    reason = _reasons().get((dataset, variable), {"Reason": note})["Reason"]
    return f"{dataset:3}{variable:9}{len(equal):>6}{int(equal.sum()):>6}  {reason}".rstrip()


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_published_record_is_built_once(built: Path, dataset: str) -> None:
    assert len(_records(built, dataset)) == RECORDS[dataset]
    assert sorted(_paired(built, dataset).to_numpy().tolist()) == sorted(_published(dataset).to_numpy().tolist())


@pytest.mark.parametrize("dataset", DATASETS)
def test_variables_without_a_reason_are_equal_cell_by_cell(built: Path, dataset: str) -> None:
    published = list(_published(dataset).columns)
    print("", f"{'':12}{'rows':>6}{'equal':>6}  reason", *(_line(built, dataset, v) for v in published), sep="\n")
    closing = [variable for variable in published if (dataset, variable) not in _reasons()]
    different = {variable: int((~_equal(built, dataset, variable)).sum()) for variable in closing}
    assert {variable: count for variable, count in different.items() if count} == {}
    assert not set(closing) - set(_records(built, dataset).columns), "variables that no rule fills need a reason"


def test_no_variable_is_excused_that_is_known_to_close() -> None:
    excused = {dataset: {variable for name, variable in _reasons() if name == dataset} for dataset in DATASETS}
    assert {dataset: names - OPEN[dataset] for dataset, names in excused.items() if names - OPEN[dataset]} == {}
    assert sum(map(len, excused.values())) == len(_reasons()), "a reason names a dataset that is not built"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_built_variable_is_published(built: Path, dataset: str) -> None:
    assert not set(_records(built, dataset).columns) - set(_published(dataset).columns)


@pytest.mark.parametrize("row", _reasons().values(), ids=lambda row: f"{row['Dataset']}.{row['Variable']}")
def test_variables_with_a_reason_differ_in_as_many_records_as_it_says(built: Path, row: dict[str, str]) -> None:
    equal = _equal(built, row["Dataset"], row["Variable"])
    assert (len(equal), int(equal.sum())) == (int(row["Compared"]), int(row["Equal"]))
    assert not equal.all(), "the variable closes: take it out of reasons.csv"
    assert row["Reason"]


def test_published_events_stand_in_the_order_of_the_raw_rows() -> None:
    raw = pd.read_csv(needs_shared("fixtures/pharmaverse/raw/ae_raw.csv"), dtype=str, keep_default_na=False)
    published = _published("AE")
    assert list("01-" + raw["PATNUM"]) == list(published["USUBJID"])
    assert list(raw["IT.AETERM"].str.upper()) == list(published["AETERM"])
    assert list(raw["AELLT"]) == list(published["AELLT"])


def test_every_raw_row_is_accounted_for(built: Path) -> None:
    ledger = pd.read_csv(built / "qc" / "ledger.csv", dtype=str, keep_default_na=False)
    counts = ledger[ledger["Step"].isin(["rows read", "rows kept", "unaccounted"])].groupby("Step")["Rows"].apply(list)
    assert sorted(map(int, counts["rows read"])) == sorted(RECORDS.values())
    assert sorted(map(int, counts["rows kept"])) == sorted(RECORDS.values())
    assert set(counts["unaccounted"]) == {"0"}


def test_every_collected_value_has_a_term_and_every_date_a_day_or_a_year(built: Path) -> None:
    issues = pd.read_csv(built / "qc" / "issues.csv", dtype=str, keep_default_na=False)
    assert issues.to_dict("records") == []


def test_two_equal_rows_of_a_table_without_identifiers_are_two_events(built: Path) -> None:
    events = _records(built, "AE")
    same = events[(events["USUBJID"] == "01-708-1406") & (events["AEDECOD"] == "OEDEMA PERIPHERAL")]
    assert same["AESTDTC"].tolist() == ["2014-06-16", "2014-06-16"]
    assert same["AESEQ"].nunique() == 2


def test_the_specification_checks_without_faults(request_of_study: pipeline.Request) -> None:
    *notices, said = pipeline.check(request_of_study)
    assert all(notice.startswith("notice: ") for notice in notices)
    assert said.startswith("sdtm: 4 datasets, 90 variables") and said.endswith("no faults")


def test_the_define_xml_of_the_study_is_valid(request_of_study: pipeline.Request, built: Path) -> None:
    (made,) = pipeline.define(request_of_study)
    assert (made.name, made.rows, made.variables) == ("define.xml", 4, 90)
    assert (built / "define.html").is_file()
