"""What a gateway rejects unread: the FDA's technical rejection criteria 1734 and 1736."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from formats import xpt
from submission.package.rejection import rejections

NO_TS = "there is no ts.xpt with the start date of the study (SSTDTC), for which the FDA rejects it (1734)"
NO_START = "ts.xpt has no SSTDTC with a date of ISO 8601, for which the FDA rejects the study (1734)"


def put(folder: Path, name: str, **columns: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    xpt.write_frame(
        folder / f"{name.lower()}.xpt", pd.DataFrame(columns), dataset=name, created=datetime(2025, 1, 1)
    )


@pytest.mark.parametrize(("codes", "values", "expected"), [
    (["TITLE", "SSTDTC"], ["A title", "2024-01-08"], []),
    (["SSTDTC"], ["2024-01"], []),
    (["SSTDTC"], [""], [NO_START]),
    (["SSTDTC"], ["08JAN2024"], [NO_START]),
    (["TITLE"], ["2024-01-08"], [NO_START]),
])  # fmt: skip
def test_trial_summary_needs_the_start_of_the_study(
    tmp_path: Path, codes: list[str], values: list[str], expected: list[str]
) -> None:
    folder = tmp_path / "tabulations" / "sdtm"
    put(folder, "DM", USUBJID=["1"])
    put(folder, "TS", TSPARMCD=codes, TSVAL=values)
    assert list(rejections(tmp_path, ("sdtm",))) == expected


def test_datasets_that_a_study_needs(tmp_path: Path) -> None:
    found = list(rejections(tmp_path, ("sdtm", "adam")))
    assert found == [
        "there is no dm.xpt, without which the FDA rejects a study (criterion 1736)",
        "there is no adsl.xpt, without which the FDA rejects a study (criterion 1736)",
        NO_TS,
    ]
    put(tmp_path / "analysis" / "adam" / "datasets", "ADSL", USUBJID=["1"])
    assert list(rejections(tmp_path, ("adam",))) == []
