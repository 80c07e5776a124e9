"""docs/oak.md: every function of sdtm.oak has a row, and every row stands in the study that the tests build."""

from __future__ import annotations

import csv
import inspect
import re
from pathlib import Path

from oak_cases import STUDY

from derivations.assign_datetime import assign_datetime

DOCS = Path(__file__).parents[1] / "docs" / "oak.md"


def _documented() -> list[list[str]]:
    lines = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_every_row_of_the_page_stands_in_the_study() -> None:
    shown = [cells for cells in _documented() if cells[1].endswith(".csv`")]
    assert len(shown) > 10
    for _, file, row in shown:
        lines = (STUDY / "sdtm" / file.strip("`")).read_text(encoding="utf-8").splitlines()
        assert next(csv.reader([row.strip("`")])) in list(csv.reader(lines)), row


def test_every_function_of_sdtm_oak_is_on_the_page() -> None:
    exported = """assign_ct assign_datetime assign_no_ct cal_min_max_date condition_add create_iso8601 ct_map
        derive_blfl derive_seq derive_study_day generate_oak_id_vars generate_sdtm_supp hardcode_ct hardcode_no_ct
        oak_cal_ref_dates problems read_ct_spec fmt_cmp"""
    named = " ".join(cells[0] for cells in _documented())
    assert [name for name in exported.split() if f"`{name}`" not in named] == []


def test_options_of_the_page_exist() -> None:
    page = DOCS.read_text(encoding="utf-8")
    options = set(inspect.signature(assign_datetime).parameters) - {"text", "format", "time"}
    assert all(f"`{option}" in page for option in options)
