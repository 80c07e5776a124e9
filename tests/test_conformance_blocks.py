"""Large transport files are judged block by block: what a block is, and that the findings are those of the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from compare_data import CREATED, Var, compare, write_xpt
from test_conformance import rule

from engine.columns import Text
from formats import xpt
from formats.coded import Coded
from qc.compare import raw, read
from qc.conformance import data, different, hits, reach, records, virtual
from qc.conformance.data import Dataset
from qc.conformance.description import Dataset as Described
from qc.conformance.facts import ColumnFacts, Distinct, NumberFacts, TextFacts
from qc.conformance.opening import Asked, opened
from qc.conformance.records import Records
from qc.conformance.result import FAULTY, FOUND, Validation
from qc.conformance.validate import validate
from specs.conformance_rules import ConformanceRule
from specs.problem import DataError

SUBJECTS, VISITS = 9, 4


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Seven records are a block, one column is read at a time, and nothing is small enough to be kept."""
    for module, name, value in (
        (records, "BLOCK_BYTES", 1), (records, "FEWEST", 7), (records, "MOST", 7), (hits, "WHOLE_BYTES", 1),
        (virtual, "_READ_BYTES", 1), (data, "SMALL", 0), (read, "HELD_BYTES", 0), (different, "LIMIT", 3),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    yield


def vital_signs() -> dict[str, list[object]]:
    """Four visits of nine subjects."""
    subjects = [f"S{number}" for number in range(1, SUBJECTS + 1) for _ in range(VISITS)]
    visits = [float(visit) for _ in range(SUBJECTS) for visit in range(1, VISITS + 1)]
    count = len(subjects)
    return {
        "STUDYID": ["S"] * count, "DOMAIN": ["VS"] * count, "USUBJID": list(subjects), "VSSEQ": list(visits),
        "VSTESTCD": ["PULSE"] * count, "VSTEST": ["Pulse Rate"] * count, "VSORRES": ["70"] * count,
        "VSSTRESN": [70.0 + visit for visit in visits], "VISITNUM": list(visits),
        "VSDTC": [f"2024-01-0{visit:.0f}" for visit in visits],
    }  # fmt: skip


def written(folder: Path, columns: dict[str, list[object]], encoding: str = "ascii") -> Path:
    """VS with these records, and DM with the subjects but for the last one."""
    made = [
        xpt.Column(name, np.array(values, float) if name in ("VSSEQ", "VSSTRESN", "VISITNUM") else
                   Coded.from_objects(values))
        for name, values in columns.items()
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    xpt.write(folder / "vs.xpt", made, dataset="VS", created=CREATED, encoding=encoding)
    names = [f"S{number}" for number in range(1, SUBJECTS)]
    write_xpt(folder / "dm.xpt", {
        "STUDYID": Var(["S"] * len(names)), "DOMAIN": Var(["DM"] * len(names)), "USUBJID": Var(names),
        "RFSTDTC": Var(["2024-01-02"] * len(names)),
    })  # fmt: skip
    return folder


def seeded() -> dict[str, list[object]]:
    """A repeated record, a repeated number, a missing value, a term that is none, a date that is none, blanks."""
    columns = vital_signs()
    for values in columns.values():
        values.insert(8, values[7])  # record 9 is record 8, the last one of S2
    columns["VSTEST"][20] = "Pulse"
    columns["VSORRES"][25] = None
    columns["VSORRES"][33] = " 70"
    columns["VSDTC"][30] = "2024-02-30"
    return columns


def judged(folder: Path, *rules: ConformanceRule) -> Validation:
    return validate(opened(Asked((folder,))), rules=rules or None, listed=0)


def broken(found: Validation, name: str = "X-1") -> list[int | None]:
    """The records of VS that break a rule."""
    return [
        finding.record for one in found.outcomes if one.rule.rule == name and one.dataset == "VS"
        for finding in one.findings
    ]  # fmt: skip


def asked(folder: Path, condition: str, where: str = "") -> list[int | None]:
    return broken(judged(folder, rule(condition, where=where, dataset="VS")))


# --- findings -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_blocks")
def test_the_findings_of_a_large_dataset_are_the_records_that_were_seeded(tmp_path: Path) -> None:
    folder = written(tmp_path, seeded())
    assert asked(folder, "not missing(VSORRES)") == [26]
    assert asked(folder, "VSTEST == 'Pulse Rate'") == [21]
    assert asked(folder, "is_iso8601(VSDTC)") == [31]
    assert asked(folder, "count(VSSEQ, by=VSSEQ) == 1") == [8, 9]
    assert asked(folder, "count(_COPY, by=_COPY, subjects='all') == 1") == [8, 9]
    assert asked(folder, "count_distinct(VSTEST, by=VSTESTCD, subjects='all') == 1") == [*range(1, 38)]
    assert asked(folder, "_RECORD < 37") == [37]


@pytest.mark.usefixtures("small_blocks")
def test_a_block_looks_at_the_rows_of_its_subjects_in_other_datasets(tmp_path: Path) -> None:
    folder = written(tmp_path, seeded())
    assert asked(folder, "count(DM.STUDYID) == 1") == [34, 35, 36, 37]
    assert asked(folder, "VSDTC >= DM.RFSTDTC", where="VISITNUM == 1 and not missing(DM.RFSTDTC)") == [
        1, 5, 10, 14, 18, 22, 26, 30,
    ]  # fmt: skip
    assert asked(folder, "count(VS.VSSEQ, where=VS.VSSEQ > VSSEQ) > 0") == [4, 8, 9, 13, 17, 21, 25, 29, 33, 37]


def test_all_rules_find_in_blocks_what_they_find_in_the_whole(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = written(tmp_path, seeded())
    whole = judged(folder)
    assert broken(whole, "SDTM-308") == [8, 9]  # alike but for --SEQ
    request.getfixturevalue("small_blocks")
    assert judged(folder) == whole


def test_a_dataset_that_is_not_ordered_by_subject_has_the_same_findings(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    order = np.random.default_rng(7).permutation(SUBJECTS * VISITS + 1)
    folder = written(tmp_path, {name: [values[row] for row in order] for name, values in seeded().items()})
    whole = judged(folder)
    request.getfixturevalue("small_blocks")
    assert judged(folder) == whole
    assert sorted(order[number - 1] + 1 for number in asked(folder, "count(VSSEQ, by=VSSEQ) == 1") if number) == [8, 9]


def test_a_rule_that_cannot_be_asked_of_one_record_says_so_once(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    columns = seeded()
    columns["VSDTC"][15] = columns["VSDTC"][16]  # the last two records of S4 are of one day
    folder = written(tmp_path, columns)
    last = rule("missing(last(VSSEQ, order=VSDTC))", where="VISITNUM == 99", dataset="VS")
    asked_of = rule("missing(last(VSSEQ, order=VSDTC))", where="VISITNUM == 1", dataset="VS")
    whole = [judged(folder, one).outcomes for one in (last, asked_of)]
    request.getfixturevalue("small_blocks")
    found = [judged(folder, one).outcomes for one in (last, asked_of)]
    assert found == whole
    (outcome,) = found[1]
    assert outcome.state == FAULTY and "'S4'" in outcome.reason and "two rows tie" in outcome.reason


@pytest.mark.usefixtures("small_blocks")
def test_a_byte_of_the_last_block_decides_how_a_column_is_read(tmp_path: Path) -> None:
    columns = vital_signs()
    columns["VSORRES"][35] = "70\u00b0"
    columns["VSTEST"][34] = "Pulse\u00b0"
    found = judged(written(tmp_path, columns, "latin-1"))
    (_, test), (_, result) = [
        (one.dataset, finding) for one in found.outcomes if one.rule.rule == "SDTM-123" for finding in one.findings
    ]
    assert (test.variable, result.variable) == ("VSTEST", "VSORRES")
    assert [note.partition(" ")[0] for note in found.notes] == ["VSTEST", "VSORRES"]


def test_outcomes_stand_in_the_order_of_the_rules(tmp_path: Path) -> None:
    folder = written(tmp_path, seeded())
    found = judged(folder)
    places = [one.rule.place for one in found.outcomes]
    assert len(set(places)) == sum(1 for before, after in zip([None, *places], places) if before != after)
    assert any(one.state == FOUND for one in found.outcomes)


# --- blocks ---------------------------------------------------------------------------------------------


def of_subjects(folder: Path, names: list[str]) -> Dataset:
    write_xpt(folder / "vs.xpt", {"USUBJID": Var(names), "VSSEQ": Var([1.0] * len(names))})
    found = opened(Asked((folder,)))
    found.find_subjects()
    return found.datasets["VS"]


@pytest.mark.usefixtures("small_blocks")
def test_blocks_end_where_a_subject_ends(tmp_path: Path) -> None:
    found, aligned = records.blocks(of_subjects(tmp_path, ["A"] * 5 + ["B"] * 4 + ["C"] * 2 + ["D"] * 9))
    assert found == [slice(0, 5), slice(5, 11), slice(11, 20)] and aligned  # D alone is more than a block


@pytest.mark.usefixtures("small_blocks")
def test_blocks_cut_through_subjects_that_do_not_stand_together(tmp_path: Path) -> None:
    found, aligned = records.blocks(of_subjects(tmp_path, ["A", "B"] * 5))
    assert found == [slice(0, 7), slice(7, 10)] and not aligned
    found, aligned = records.blocks(of_subjects(tmp_path, ["A"] * 40))
    assert [part.stop for part in found] == [7, 14, 21, 28, 35, 40] and not aligned


def test_a_small_dataset_is_one_block(tmp_path: Path) -> None:
    assert records.blocks(of_subjects(tmp_path, ["A", "B", "A"])) == ([slice(0, 3)], True)


# --- facts ----------------------------------------------------------------------------------------------


def test_facts_of_texts_in_two_blocks() -> None:
    facts = TextFacts("integer", dated=True)
    facts.add(Text.of(["2024", "2025", None, "2024"]))
    facts.add(Text.of(["2024", " 7", None, "."]), start=4)
    assert facts.made() == ColumnFacts(
        missing=2, distinct=4, longest=4, decimals=None, iso="", leading=1, dots=1, nonascii=0, numbers=False,
        missing_at=3, odd_at=6,
    )  # fmt: skip


def test_facts_of_texts_that_are_numbers_in_two_blocks() -> None:
    # The longest has three digits before the point and, with the others, two behind it.
    facts = TextFacts("float")
    facts.add(Text.of(["1.25", "10"]))
    facts.add(Text.of(["-300.5"]), start=2)
    found = facts.made()
    assert (found.numbers, found.decimals, found.longest, found.distinct) == (True, 2, 5, 3)


def test_facts_of_numbers_in_two_blocks() -> None:
    facts = NumberFacts()
    facts.add(np.array([1.5, 2.0, 0.0]))
    facts.add(np.array([-0.0, 1.5, np.nan]), start=3)
    found = facts.made()
    assert (found.distinct, found.longest, found.decimals, found.missing, found.missing_at) == (3, 2, 1, 1, 6)


def test_values_stand_in_the_order_in_which_they_are_met() -> None:
    values = Distinct()
    values.add(Text.of(["b", None, "a", "b"]))
    values.add(Text.of(["c", "a"]), start=4)
    assert list(values) == [("b", 2, 1), ("a", 2, 3), ("c", 1, 5)]


def test_very_many_different_texts_are_counted_without_being_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(different, "LIMIT", 10)
    found = different.Different()
    for start in range(0, 1000, 50):  # each block has half of the texts of the one before
        found.new([f"text {number}" for number in range(start, start + 100)])
    assert len(found) == 1050
    assert len(found.kept) == 100


# --- comparison -----------------------------------------------------------------------------------------


def test_a_comparison_in_small_blocks_finds_what_differs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base, other = written(tmp_path / "a", vital_signs()), written(tmp_path / "b", seeded())
    for module, name, value in ((raw, "BLOCK", 5), (raw, "HELD", 1), (read, "HELD_BYTES", 0)):
        monkeypatch.setattr(module, name, value)
    (found,) = compare(base / "vs.xpt", other / "vs.xpt", by=("USUBJID,VSSEQ",)).datasets
    unequal = {one.name: [(line.base, line.compare) for line in one.first] for one in found.variables if one.unequal}
    assert unequal == {
        "VSTEST": [("Pulse Rate", "Pulse")], "VSORRES": [("70", None), ("70", " 70")],
        "VSDTC": [("2024-01-02", "2024-02-30")],
    }  # fmt: skip
    assert (found.common, found.only_counts) == (36, (0, 1))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("names", [sorted, lambda found: sorted(found, reverse=True)])
def test_records_of_one_key_are_found_whatever_the_order_of_the_subjects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: Callable[[set[object]], list[object]]
) -> None:
    """Records 3 and 4, of the first subject, and the last two share subject, test and visit.

    Another table is looked through as a whole for each block, as one of up to two blocks is.
    """
    monkeypatch.setattr(reach, "_SMALL", 100)
    columns = vital_signs()
    columns["USUBJID"] = [name for name in names(set(columns["USUBJID"])) for _ in range(VISITS)]
    columns["VISITNUM"][3], columns["VISITNUM"][-1] = columns["VISITNUM"][2], columns["VISITNUM"][-2]
    found = opened(Asked((written(tmp_path, columns),)))
    found.datasets["VS"].described = Described("VS", keys=("USUBJID", "VSTESTCD", "VISITNUM"))
    condition = rule("not any(VS._KEY == _KEY and VS.VSSEQ != VSSEQ)", dataset="VS")
    assert broken(validate(found, rules=[condition], listed=0)) == [3, 4, 35, 36]


def test_a_large_transport_file_is_judged_beside_files_of_another_format(tmp_path: Path) -> None:
    """Of a file that is no transport file no block is read; here nothing is asked of it."""
    folder = written(tmp_path, vital_signs())
    dm = Records(opened(Asked((folder,))).datasets["DM"], slice(0, 2))
    dm.load(["USUBJID"])
    (folder / "dm.xpt").unlink()
    (folder / "dm.csv").write_text("STUDYID,DOMAIN,USUBJID\nS,DM,S1\nS,DM,S2\n", encoding="utf-8")
    other = Records(opened(Asked((folder,))).datasets["DM"], slice(0, 1))
    other.load(["USUBJID"])
    column, same = other.column("USUBJID"), dm.column("USUBJID")
    assert isinstance(column, Text) and isinstance(same, Text)
    assert (column.objects().tolist(), same.objects().tolist()) == (["S1"], ["S1", "S2"])


def test_a_source_without_subjects_links_no_record(tmp_path: Path) -> None:
    folder = written(tmp_path, vital_signs())
    write_xpt(folder / "ts.xpt", {"STUDYID": Var(["S"]), "DOMAIN": Var(["TS"]), "TSSEQ": Var([1.0])})
    write_xpt(folder / "adxx.xpt", {
        "STUDYID": Var(["S"]), "USUBJID": Var(["S1"]), "SRCDOM": Var(["TS"]), "SRCSEQ": Var([1.0]),
    })  # fmt: skip
    found = validate(opened(Asked((folder,))), rules=[rule("missing(_SOURCES)", dataset="ADXX")], listed=0)
    assert [one.found for one in found.outcomes if one.dataset == "ADXX"] == [0]


def test_a_file_named_as_a_table_of_metadata_is_left_out(tmp_path: Path) -> None:
    """A stray Variables.csv beside the datasets is not what rules on VARIABLES look at."""
    folder = written(tmp_path, vital_signs())
    (folder / "Variables.csv").write_text("Dataset,Data Type\nVS,text\n", encoding="utf-8")
    found = opened(Asked((folder,)))
    assert "VARIABLES" not in found.datasets
    assert any("Variables.csv is left out" in note for note in found.notes)
    assert validate(found, listed=0).outcomes


def test_a_study_folder_holds_no_datasets(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('STUDYID = "S"\n', encoding="utf-8")
    with pytest.raises(DataError, match="is a study folder, which holds no datasets; say where its datasets are"):
        opened(Asked((tmp_path,)))
