"""What a format does not state is not judged; what ADaM lists for one domain is asked of no other."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
from pyarrow import parquet as pq

from formats import parquet_dataset
from formats.coded import Coded
from formats.dataset import Column, Dataset
from qc.conformance.opening import Asked, opened
from qc.conformance.validate import validate


def found(folder: Path, *rules: str) -> dict[str, list[str]]:
    """The variables that rules find, by rule."""
    validation = validate(opened(Asked((folder,))), only=rules)
    return {
        outcome.rule.rule: [finding.variable for finding in outcome.findings]
        for outcome in validation.outcomes if outcome.found
    }  # fmt: skip


def bare(folder: Path, name: str, columns: dict[str, pa.Array]) -> None:
    """A Parquet file that states types and nothing else."""
    pq.write_table(pa.table(columns), folder / f"{name}.parquet")


def test_lengths_labels_and_formats_that_parquet_does_not_state_are_not_judged(tmp_path: Path) -> None:
    bare(tmp_path, "ae", {"STUDYID": pa.array(["S1"]), "USUBJID": pa.array(["S1-1"]), "AETERM": pa.array(["RASH"])})
    dated = pa.array([23377], pa.int32()).cast(pa.date32())
    bare(tmp_path, "adsl", {"STUDYID": pa.array(["S1"]), "USUBJID": pa.array(["S1-1"]), "TRTSDT": dated})
    assert found(tmp_path, "SDTM-116", "SDTM-119", "ADAM-114", "ADAM-116", "ADAM-119") == {}


def test_a_text_of_more_than_200_bytes_is_found_where_no_length_is_stated(tmp_path: Path) -> None:
    bare(tmp_path, "ae", {"USUBJID": pa.array(["S1-1", "S1-1"]), "AETERM": pa.array(["x" * 201, "RASH"])})
    assert found(tmp_path, "SDTM-119") == {"SDTM-119": ["AETERM"]}


def test_labels_that_parquet_states_are_judged(tmp_path: Path) -> None:
    columns = [("USUBJID", "Unique Subject Identifier"), ("AETERM", "Event"), ("AESER", "")]
    values = {"USUBJID": ["S1-1"], "AETERM": ["RASH"], "AESER": ["N"]}
    made = tuple(Column(name, Coded.from_objects(values[name]), label=label, length=4) for name, label in columns)
    with (tmp_path / "ae.parquet").open("wb") as file:
        parquet_dataset.write(file, Dataset("AE", made, "Adverse Events"))
    assert found(tmp_path, "SDTM-116") == {"SDTM-116": ["AETERM", "AESER"]}
    assert found(tmp_path, "SDTM-106", "SDTM-119") == {}


def test_medical_history_needs_no_cmtrt(tmp_path: Path) -> None:
    texts = {"STUDYID": "S1", "USUBJID": "S1-1", "MHTERM": "GOUT"}
    bare(tmp_path, "admh", {name: pa.array([value]) for name, value in texts.items()} | {"MHSEQ": pa.array([1.0])})
    assert found(tmp_path, "ADAM-106") == {}
    bare(tmp_path, "adcm", {"STUDYID": pa.array(["S1"]), "USUBJID": pa.array(["S1-1"]), "CMDECOD": pa.array(["X"])})
    assert found(tmp_path, "ADAM-106") == {"ADAM-106": ["CMTRT"]}
