"""The results read, of each dataset, the records and variables that something uses, one dataset after the other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from figure_study import CUMULATIVE, FLOW, SURVIVAL, SWIMMER, VARIABLES, frames, study

from formats import xpt
from results import ard, figures, read
from results.chosen import Use, uses_of
from results.compute import compute, rows
from results.listings import listings
from results.read import AdamFiles
from results.ready import with_header, with_subject_variables
from results.run import check, make
from specs.model import Spec
from specs.problem import DataError, SpecError

# Of the listing's condition TRT01P stands in ADSL alone.
LISTING = "L1|ADGR|TRT01P == 'Placebo' and AVAL >= 2||USUBJID, ADY, AVAL||"
CALLS = (SURVIVAL, SWIMMER.format(""), CUMULATIVE.format(""), FLOW)


def whole(folder: Path) -> Spec:
    return study(folder / "study", *CALLS, listings=(LISTING,))


def written(folder: Path, data: Mapping[str, pd.DataFrame]) -> Path:
    (folder / "adam").mkdir(exist_ok=True)
    for name, frame in data.items():
        path = folder / "adam" / f"{name.lower()}.xpt"
        xpt.write_frame(path, frame.reset_index(drop=True), dataset=name, created=datetime(2026, 1, 5))
    return folder / "adam"


def test_what_uses_records_of_a_dataset(tmp_path: Path) -> None:
    spec = whole(tmp_path)
    both = {"results": True, "shown": True}
    assert uses_of(spec, "ADTTE", True, **both) == [Use("FASFL == 'Y'", "PARAMCD == 'TTE'")]
    assert uses_of(spec, "ADGR", True, **both) == [
        Use("", "PARAMCD == 'GR'"), Use("", "TRT01P == 'Placebo' and AVAL >= 2"),
    ]  # fmt: skip
    assert uses_of(spec, "ADDOSE", True, **both) == [Use("", "")]  # the figure names no condition
    assert uses_of(spec, "ADGR", True, results=True, shown=False) == []


def test_without_adsl_the_records_of_the_population_are_used(tmp_path: Path) -> None:
    found = uses_of(whole(tmp_path), "ADTOT", False, results=True, shown=True)
    assert found == [Use("", "FASFL == 'Y'")]


def test_records_of_the_population_and_the_selection_are_read(tmp_path: Path) -> None:
    data = frames()
    # Subject 6 is not in the population; REC is another parameter, which a result uses too.
    other = data["ADTOT"].assign(PARAMCD="OTHER")
    data["ADTOT"] = pd.concat([data["ADTOT"], other, data["ADTOT"].iloc[:1].assign(USUBJID="6")])
    found = AdamFiles(whole(tmp_path), written(tmp_path, data))["ADTOT"]
    assert found["PARAMCD"].tolist() == ["TOT"] * 5 + ["REC"] * 5
    assert found["USUBJID"].tolist() == list("12345") * 2


def test_figures_and_listings_get_their_own_records(tmp_path: Path) -> None:
    data = frames()
    data["ADGR"] = pd.concat([data["ADGR"], data["ADGR"].assign(PARAMCD="OTHER")])
    found = AdamFiles(whole(tmp_path), written(tmp_path, data)).shown()
    assert sorted(found) == ["ADDOSE", "ADGR", "ADSL"]
    # All 12 of GR, and of OTHER those of Placebo with a grade of 2 or more: subject 4 on Day 1, subject 5 on Day 1.
    others = found["ADGR"].loc[found["ADGR"]["PARAMCD"] == "OTHER"]
    assert len(found["ADGR"]) == 14
    assert list(zip(others["USUBJID"], others["ADY"])) == [("4", 1.0), ("5", 1.0)]


def test_results_of_files_are_those_of_whole_datasets(tmp_path: Path) -> None:
    spec, data = whole(tmp_path), frames()
    padded = {name: pd.concat([frame, frame.assign(PARAMCD="OTHER")]) if "PARAMCD" in frame else frame
              for name, frame in data.items()}  # fmt: skip
    made = make(spec, written(tmp_path, padded))
    computed = compute(spec, data)
    table = [*rows(computed), *figures.counts(spec, data)]
    assert made.files["ard.csv"] == ard.to_csv(table).encode("utf-8")
    for drawn in figures.draw(spec, computed, data):
        for kind, content in drawn.files.items():
            assert made.files[f"figures/{drawn.name}.{kind}"] == content
    (listing,) = listings(spec, data)
    assert listing.rows == (("4", "1", "2"), ("5", "1", "3"))
    (shown,) = [made.files[name] for name in made.files if name.startswith("listings/")]
    assert shown.decode("utf-8").splitlines()[1:3] == ["4,1,2", "5,1,3"]


def test_each_dataset_is_read_once_for_the_results_and_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, data = whole(tmp_path), frames()
    many = pd.concat([data["ADTTE"], *[data["ADTTE"].assign(PARAMCD="OTHER")] * 50])
    files = AdamFiles(spec, written(tmp_path, {**data, "ADTTE": many.assign(UNUSED="x")}))
    read_as: list[tuple[str, int, tuple[str, ...]]] = []
    original = read.chosen

    def noted(*given: Any) -> xpt.Dataset:
        found = original(*given)
        read_as.append((found.name, found.rows, tuple(column.name for column in found.columns)))
        return found

    monkeypatch.setattr(read, "chosen", noted)
    computed = compute(spec, files, files.present)
    assert [(name, count) for name, count, _ in read_as] == [("ADSL", 6), ("ADTTE", 6), ("ADTOT", 10)]
    assert "UNUSED" not in read_as[1][2]
    records = {one.analysis.result.id: one.analysis.records for one in computed}
    assert "AGE" not in records["TTE"] and "AELNKID" in records["TTE"]  # the swimmer names it
    assert "AELNKID" not in records["TOT"]


def test_a_dataset_is_given_back_when_the_next_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import weakref

    spec = whole(tmp_path)
    files = AdamFiles(spec, written(tmp_path, frames()))
    alive: list[weakref.ref[pd.DataFrame]] = []
    original = AdamFiles.__getitem__

    def noted(self: AdamFiles, name: str) -> pd.DataFrame:
        assert name == "ADSL" or not [one for one in alive if one() is not None]
        found = original(self, name)
        if name != "ADSL":
            alive.append(weakref.ref(found))
        return found

    monkeypatch.setattr(AdamFiles, "__getitem__", noted)
    assert compute(spec, files, files.present)
    assert len(alive) == 2


@pytest.mark.parametrize("condition", ["PARAMCD == 'TTE", "PARAMCDD == 'TTE'", "AVAL + 1"])
def test_a_wrong_condition_is_reported_as_without_files(tmp_path: Path, condition: str) -> None:
    row = f"F1|TTE|Time|AVAL|r|p|{condition}|ADTTE|FASFL == 'Y'|TRTP"
    spec = study(tmp_path / "study", results=(row,), statistics=("TTE|1||summary(AVAL)",))
    said = []
    for given in (frames(), AdamFiles(spec, written(tmp_path, frames()))):
        with pytest.raises(SpecError) as caught:
            compute(spec, given)
        said.append(str(caught.value))
    assert said[0] == said[1] and "Selection Criteria" in said[0]


def test_missing_subjects_are_in_no_population(tmp_path: Path) -> None:
    data = frames()
    data["ADTTE"] = pd.concat([data["ADTTE"], data["ADTTE"].iloc[:1].assign(USUBJID=None)], ignore_index=True)
    found = AdamFiles(whole(tmp_path), written(tmp_path, data))["ADTTE"]
    assert found["USUBJID"].tolist() == ["1", "1", "2", "3", "4", "5"]
    np.testing.assert_array_equal(found["AVAL"], [5, 9, 3, 9, 9, 7])


REGION = "PARAM == {} and REGION == 'EU'"


@pytest.mark.parametrize("constant", [r"'Pt\'s time'", '"Pt\'s time"'])
def test_a_variable_behind_an_apostrophe_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, constant: str
) -> None:
    """REGION of ADTTE is of the record, that of ADSL, which another result names, of the subject."""
    monkeypatch.setitem(VARIABLES, "ADSL", VARIABLES["ADSL"] + " REGION")
    monkeypatch.setitem(VARIABLES, "ADTTE", VARIABLES["ADTTE"] + " REGION")
    data = frames()
    data["ADSL"]["REGION"] = "EU"
    data["ADTTE"]["REGION"] = ["EU", "US", "US", "US", "EU", "US"]
    data["ADTTE"]["PARAM"] = "Pt's time"
    where = REGION.format(constant)
    results = (f"F1|TTE|Time|AVAL|r|p|{where}|ADTTE|FASFL == 'Y'|TRTP", "F1|S|Who|SEX|r|p|REGION == 'EU'|ADSL||TRT01P")
    statistics = ("TTE|1||summary(AVAL)", "S|1||subjects()")
    listed = f"L1|ADTTE|{where}||USUBJID, AVAL||"
    spec = study(tmp_path / "study", results=results, statistics=statistics, listings=(listed,))
    files = AdamFiles(spec, written(tmp_path, data))
    assert {"PARAM", "REGION"} <= set(files.present["ADTTE"])
    assert files["ADTTE"]["USUBJID"].tolist() == ["1", "4"]
    shown = [line.rows for line in listings(spec, files.shown())]
    assert shown == [line.rows for line in listings(spec, data)]
    assert [row[0] for row in shown[0]] == ["1", "4"]


def test_a_variable_behind_a_constant_without_quotes_is_read(tmp_path: Path) -> None:
    """In the spelling of the P21 workbook an apostrophe belongs to the constant."""
    where = "PARAM NE Pt's time and AVAL GT 1 and PARAM NE Pt's"
    results = (f"F1|TTE|Time|AVAL|r|p|{where}|ADTTE|FASFL == 'Y'|TRTP",)
    spec = study(tmp_path / "study", results=results, statistics=("TTE|1||subjects()",))
    files = AdamFiles(spec, written(tmp_path, frames()))
    assert {"PARAM", "AVAL"} <= set(files.present["ADTTE"])


def test_a_variable_that_was_not_read_is_not_taken_from_adsl() -> None:
    adsl = pd.DataFrame({"USUBJID": ["1"], "AGE": [40.0], "SEX": ["F"]})
    part = with_header(pd.DataFrame({"USUBJID": ["1"]}), ["USUBJID", "AGE"])
    assert list(with_subject_variables(part, adsl).columns) == ["USUBJID", "SEX"]


def adsl_as(tmp_path: Path, adsl: pd.DataFrame) -> str:
    spec = study(tmp_path / "study")
    with pytest.raises(DataError) as error:
        make(spec, written(tmp_path, {**frames(), "ADSL": adsl}))
    return str(error.value)


def test_adsl_with_a_subject_twice_is_refused(tmp_path: Path) -> None:
    adsl = frames()["ADSL"]
    message = adsl_as(tmp_path, pd.concat([adsl, adsl.iloc[:1]]))
    assert f"record {len(adsl) + 1}: a second one of subject '1'; ADSL has one record per subject" in message


def test_adsl_without_subjects_is_refused(tmp_path: Path) -> None:
    assert "adsl.xpt has no USUBJID" in adsl_as(tmp_path, frames()["ADSL"].drop(columns="USUBJID"))


@pytest.mark.parametrize("where", ["AVAL == max(AVAL)", "AVAL > 1 and is_first(order=AVAL)", "count() > 1"])
def test_condition_that_looks_at_other_records_is_refused(tmp_path: Path, where: str) -> None:
    results = (f"F1|TTE|Time|AVAL|r|p|{where}|ADTTE|FASFL == 'Y'|TRTP",)
    spec = study(tmp_path / "study", results=results, statistics=("TTE|1||subjects()",))
    with pytest.raises(SpecError) as error:
        check(spec)
    assert "(...) looks at other records; the results look at one at a time; derive a variable" in str(error.value)
