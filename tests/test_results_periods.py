"""A crossover: a subject counts in the column of every treatment it has, in the periods that a result looks at."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from figure_study import VARIABLES, frames, study
from test_results_chosen import written

from results.ars import event
from results.compute import compute
from results.dependence import notices
from results.layout import columns
from results.levels import in_adsl
from results.populations import populations
from results.read import AdamFiles
from results.run import run
from specs.model import Spec
from specs.problem import DataError

WHOLE = "F1|TTE|Time|AVAL|r|p||ADTTE|FASFL == 'Y'|TRTP"
SECOND = "F1|TTE|Time|AVAL|r|p|APERIOD == 2|ADTTE|FASFL == 'Y'|TRTP"


@pytest.fixture(autouse=True)
def crossover_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VARIABLES, "ADSL", VARIABLES["ADSL"] + " TRT02P TRT02PN")
    monkeypatch.setitem(VARIABLES, "ADTTE", VARIABLES["ADTTE"] + " APERIOD")


def crossover() -> dict[str, pd.DataFrame]:
    """Subjects 1 to 3 have Drug first, 4 and 5 Placebo; 3 and 5 have no second period, which 1, 2 and 4 change for.

    So Drug has subjects 1, 2, 3, 4 and Placebo 1, 2, 4, 5; in the second period Drug has 4 and Placebo 1 and 2.
    """
    data = frames()
    data["ADSL"]["TRT02P"] = ["Placebo", "Placebo", None, "Drug", None, None]
    data["ADSL"]["TRT02PN"] = [2.0, 2, None, 1, None, None]
    first = data["ADTTE"].assign(APERIOD=1.0)
    second = first[first["USUBJID"].isin(["1", "2", "4"]) & (first["AELNKID"] == "a")].assign(APERIOD=2.0)
    second["TRTP"] = second["TRTP"].map({"Drug": "Placebo", "Placebo": "Drug"})
    second["TRTPN"] = 3 - second["TRTPN"]
    data["ADTTE"] = pd.concat([first, second], ignore_index=True)
    return data


def spec_of(folder: Path, *results: str, calls: tuple[str, ...] = ("TTE|1||subjects()",)) -> Spec:
    return study(folder, results=results, statistics=calls)


def sizes(spec: Spec, data: dict[str, pd.DataFrame]) -> dict[str, object]:
    found = [row for row in run(spec, data) if row.context == "population"]
    return {", ".join(level for _, level in row.groups): row.stat for row in found}


def test_subject_of_two_treatments_counts_in_both_columns(tmp_path: Path) -> None:
    spec, data = spec_of(tmp_path, WHOLE), crossover()
    assert sizes(spec, data) == {"Drug": 4, "Placebo": 4}
    counts = {row.groups[0][1]: (row.stat_name, row.stat) for row in run(spec, data) if row.stat_name == "n"}
    assert counts == {"Drug": ("n", 4), "Placebo": ("n", 4)}
    shares = {row.groups[0][1]: row.stat for row in run(spec, data) if row.stat_name == "pct"}
    assert shares == {"Drug": 100.0, "Placebo": 100.0}


def test_selected_period_counts_alone(tmp_path: Path) -> None:
    assert sizes(spec_of(tmp_path, SECOND), crossover()) == {"Drug": 1, "Placebo": 2}


def test_condition_of_the_size_gives_it_again(tmp_path: Path) -> None:
    data = crossover()
    found = [row for row in run(spec_of(tmp_path, WHOLE), data) if row.context == "population"]
    assert [row.records_where for row in found] == [
        "(TRT01P == 'Drug' or TRT02P == 'Drug')", "(TRT01P == 'Placebo' or TRT02P == 'Placebo')",
    ]  # fmt: skip
    inside = data["ADSL"].query("FASFL == 'Y'")
    assert [len(inside.query(row.records_where)) for row in found] == [row.stat for row in found]


def test_dataset_without_periods_is_of_the_first(tmp_path: Path) -> None:
    data = crossover()
    data["ADTTE"] = data["ADTTE"].query("APERIOD == 1").drop(columns="APERIOD")
    assert sizes(spec_of(tmp_path, WHOLE), data) == {"Drug": 3, "Placebo": 2}


def test_treatment_of_the_second_period_without_aperiod_is_refused(tmp_path: Path) -> None:
    data = crossover()
    data["ADTTE"] = data["ADTTE"].drop(columns="APERIOD")
    message = (
        r"\[Group\] 3 subject\(s\) have records in ADTTE with a TRTP that is not their TRT01P in ADSL, the "
        r"first 1 with 'Placebo'; the treatments of later periods count where ADTTE has APERIOD"
    )
    with pytest.raises(DataError, match=message):
        run(spec_of(tmp_path, WHOLE), data)


def test_treatment_that_only_a_later_period_has_is_a_column(tmp_path: Path) -> None:
    data = crossover()
    data["ADSL"].loc[4, ["TRT02P", "TRT02PN"]] = ["High", 3.0]
    assert sizes(spec_of(tmp_path, WHOLE), data) == {"Drug": 4, "Placebo": 4, "High": 1}


def test_files_are_read_with_the_treatments_of_all_periods(tmp_path: Path) -> None:
    spec, data = spec_of(tmp_path / "study", WHOLE), crossover()
    files = AdamFiles(spec, written(tmp_path, data))
    found = columns(compute(spec, files, files.present))
    assert [(column.label, column.subjects) for column in found] == [("Drug", 4), ("Placebo", 4)]


def test_page_shows_the_size_over_all_periods(tmp_path: Path) -> None:
    of_second = SECOND.replace("|TTE|", "|TTE2|", 1)
    spec = spec_of(tmp_path, WHOLE, of_second, calls=("TTE|1||subjects()", "TTE2|1||subjects()"))
    (size,) = populations(spec, run(spec, crossover()))
    assert size.subjects == {"Drug": 4, "Placebo": 4}


def test_reporting_event_names_the_treatments_of_all_periods(tmp_path: Path) -> None:
    spec, data = spec_of(tmp_path, WHOLE), crossover()
    said = json.dumps(event(spec, compute(spec, data), run(spec, data), ()))
    for name in ("TRT01P", "TRT02P"):
        assert json.dumps({"dataset": "ADSL", "variable": name, "comparator": "EQ", "value": ["Drug"]}) in said


@pytest.mark.parametrize(("variable", "periods", "found"), [
    ("TRTP", (), ("TRT01P", "TRT02P")),
    ("TRTP", ("02",), ("TRT02P",)),
    ("TRTPN", (), ("TRT01PN",)),
    ("TRTPG1", (), ("TR01PG1",)),
    ("SEX", (), ("SEX",)),
    ("AGE", (), ()),
])  # fmt: skip
def test_name_in_adsl(variable: str, periods: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert in_adsl(variable, ("TRT02P", "TRT01P", "TRT01PN", "TRT01A", "TR01PG1", "SEX"), periods) == found


TESTED = "TTE|1||t_test(AVAL, reference='Placebo')"


def test_comparison_of_levels_that_share_subjects_is_said(tmp_path: Path) -> None:
    """Subjects 1, 2 and 4 have both treatments."""
    assert notices(compute(spec_of(tmp_path, WHOLE, calls=(TESTED,)), crossover())) == [
        "TTE: 3 subject(s) have records at several levels of TRTP, which t_test compares as if they were of different "
        "subjects."
    ]


@pytest.mark.parametrize(("result", "call"), [
    (WHOLE, "TTE|1|APERIOD|t_test(AVAL, reference='Placebo')"),
    (WHOLE, "TTE|1||cox(AVAL, CNSR, reference='Placebo', variance='robust')"),
    (WHOLE, "TTE|1||cmh(AVAL > 5, reference='Placebo', strata=USUBJID)"),
    (WHOLE, "TTE|1||summary(AVAL)"),
    (SECOND, TESTED),
])  # fmt: skip
def test_comparison_that_knows_its_subjects_or_shares_none(tmp_path: Path, result: str, call: str) -> None:
    assert notices(compute(spec_of(tmp_path, result, calls=(call,)), crossover())) == []
