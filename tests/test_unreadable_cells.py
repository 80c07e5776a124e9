"""Cells that are looked at before the specification is compiled, and cannot be read: told with their place."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import pipeline
from specs.problem import SpecError


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("sdtm/Tables.csv", "STUDYID + '-' + SITENO", "STUDYID + '-' + `SITENO",
         r"sdtm/Tables\.csv:\d+ \[Subject\] cannot be read: .* a name in backticks ends with a backtick"),
        ("sdtm/Guide.csv", "both,", "boht,", r"sdtm/Guide\.csv:2 \[Guide\] 'boht' is not one of .*'both'"),
        ("study.toml", 'date = "DATACUT"', "date = \"date(\"", r"cannot be read"),
    ],
)  # fmt: skip
def test_cell_that_cannot_be_read_is_told_with_its_place(
    tmp_path: Path, file: str, old: str, new: str, said: str
) -> None:
    study = tmp_path / "study"
    shutil.copytree(pipeline.REFERENCE, study)
    path = study / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecError) as raised:
        pipeline.check(pipeline.Request(study, tmp_path / "out", study / "raw"))
    assert re.search(said, str(raised.value))
