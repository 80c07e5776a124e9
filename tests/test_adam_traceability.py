"""Every analysis record leads to the record that gave it its date or value, in the files as a reviewer reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

KEY_OF_SEQUENCE = {"ADIRAE": "ASEQ", "ADCM": "CMSEQ", "LB": "LBSEQ", "FAAE": "FASEQ"}


@pytest.fixture(params=["golden_build", "study_build"])
def read(request: pytest.FixtureRequest) -> Callable[[str], pd.DataFrame]:
    out: Path = request.getfixturevalue(request.param)

    def dataset(name: str) -> pd.DataFrame:
        path = out / ("adam" if name.startswith("AD") else "sdtm") / f"{name.lower()}.xpt"
        return pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]

    return dataset


def _source(read: Callable[[str], pd.DataFrame], record: pd.Series) -> pd.Series:
    """The one record that SRCDOM and SRCSEQ name; ADSL has one a subject and no sequence number."""
    data = read(record["SRCDOM"])
    found = data[data["USUBJID"] == record["USUBJID"]]
    if record["SRCDOM"] == "ADSL":
        assert np.isnan(record["SRCSEQ"])
    else:
        found = found[found[KEY_OF_SEQUENCE[record["SRCDOM"]]] == record["SRCSEQ"]]
    assert len(found) == 1, (record["USUBJID"], record["PARAMCD"], record["SRCDOM"], record["SRCSEQ"])
    return found.iloc[0]


def _triggered(record: pd.Series) -> float | None:
    """The date that a record has because of the date in SRCVAR (study design 10.12, 10.20); None if it is that date."""
    if record["CNSR"] == 3:
        return record["STARTDT"] + 56  # death: never relieved, to the end of the eight weeks
    if record["PARAMCD"] == "TTCSOFF" and record["CNSR"] == 0:
        return None  # the day after the last covered day, below
    if record["PARAMCD"] == "TTCSOFF" and record["SRCVAR"] == "RANDDT":
        return record["STARTDT"] + 56
    return None


def test_source_of_every_time_to_event_record_has_its_date(read: Callable[[str], pd.DataFrame]) -> None:
    held = {name: read(name) for name in ("ADIRAE", "ADCM", "ADSL")}
    for _, record in read("ADTTE").iterrows():
        value = _source(held.__getitem__, record)[record["SRCVAR"]]
        horizon = _triggered(record)
        if horizon is not None:
            assert record["ADT"] == horizon and value <= horizon
        elif record["PARAMCD"] == "TTCSOFF" and record["CNSR"] == 0:
            assert record["ADT"] == value + 1
        else:
            assert record["ADT"] == value


def test_source_of_an_event_is_a_grade_that_meets_it(read: Callable[[str], pd.DataFrame]) -> None:
    data = read("ADTTE")
    events = data[(data["CNSR"] == 0) & data["PARAMCD"].str.startswith(("TTG1", "TTR1"))]
    grades = read("ADIRAE")
    assert len(events) > 0 and set(events["SRCDOM"]) == {"ADIRAE"}
    for _, record in events.iterrows():
        grade = _source(lambda _: grades, record)
        assert grade["PARAMCD"] == "IRAEGR"
        assert record["AELNKID"] in ("", grade["AELNKID"])  # subject level: that of the event that decides
        goal = 1 if record["PARAMCD"].startswith("TTG1") else grade["BTOXGRN"] - 1
        assert grade["AVAL"] <= goal


def test_grade_of_the_response_dataset_is_the_finding_that_it_names(read: Callable[[str], pd.DataFrame]) -> None:
    data = read("ADIRAE")
    data = data[data["SRCSEQ"].notna()]
    joined = data.merge(read("FAAE"), left_on=["USUBJID", "SRCSEQ"], right_on=["USUBJID", "FASEQ"], how="left")
    assert len(joined) == len(data) and joined["FASEQ"].notna().all()
    assert set(data["SRCDOM"]) == {"FAAE"} and set(data["SRCVAR"]) == {"FASTRESN"}
    grades = joined[joined["PARAMCD"] == "IRAEGR"]
    assert (grades["AVAL"] == grades["FASTRESN"]).all()
    assert (_day(joined["FADTC"]) == joined["ADT"]).all()


def test_value_of_the_laboratory_dataset_is_the_result_that_it_names(read: Callable[[str], pd.DataFrame]) -> None:
    data = read("ADLB")
    joined = data.merge(read("LB"), left_on=["USUBJID", "SRCSEQ"], right_on=["USUBJID", "LBSEQ"], how="left",
                        suffixes=("", "_LB"))  # fmt: skip
    assert len(joined) == len(data) and set(data["SRCDOM"]) == {"LB"}
    assert (joined["SRCSEQ"] == joined["LBSEQ"]).all()
    known = joined["ADT"].notna()
    assert (_day(joined.loc[known, "LBDTC"]) == joined.loc[known, "ADT"]).all()
    assert (joined["VISITNUM"] == joined["VISITNUM_LB"]).all()
    own = joined[joined["PARAMTYP"] == ""]
    assert (own["PARAMCD"] == own["LBTESTCD"]).all()
    numeric = own[own["SRCVAR"] == "LBSTRESN"]
    assert (numeric["AVAL"] == numeric["LBSTRESN"]).all() and (numeric["DTYPE"] == "").all()
    others = own[(own["SRCVAR"] == "LBSTRESC") & (own["PARAMCD"] != "HCG") & (own["LBSTRESC"] != "")]
    limits = others["LBSTRESC"].str.extract(r"^([<>])=?([0-9.]+)$")
    half = limits[0].map({"<": 0.5, ">": 1.0})
    assert np.allclose(others["AVAL"], limits[1].astype(float) * half)
    assert list(others["DTYPE"]) == list(limits[0].map({"<": "HALFLLOQ", ">": "ULOQ"}))
    pregnancy = own[own["PARAMCD"] == "HCG"]
    assert (pregnancy["AVALC"] == pregnancy["LBSTRESC"]).all()


def _day(dates: pd.Series) -> pd.Series:
    """Days since 1960-01-01 of ISO dates that may have a time."""
    return (pd.to_datetime(dates.str[:10]) - pd.Timestamp(1960, 1, 1)).dt.days.astype(float)
