"""`build qc`: the page of the lead says what is open, and why."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from test_qc_page import ISSUES, LEDGER, Read

import pipeline
import pipeline_quality
from cli import main
from qc import page
from qc.compare.result import Comparison, DatasetResult, OnlyDataset
from qc.lead import glance
from qc.lead.glance import DONE, NONE, OPEN, Bar, Card, Glance


def read(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["qc", *map(str, arguments)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


def test_a_ledger_that_accounts_for_every_row_is_done() -> None:
    raw = page.raw_accounts(read(LEDGER))
    card = glance.ledger_card(raw)
    assert (card.state, card.headline, card.lines[0]) == (DONE, "0 rows unaccounted", "1,212 raw rows read")
    lost = page.raw_accounts(read(LEDGER.replace("unaccounted,0", "unaccounted,2")))
    assert glance.ledger_card(lost).state == OPEN


def test_errors_among_the_issues_are_open() -> None:
    card = glance.issues_card(read(ISSUES))
    assert (card.state, card.headline, card.lines) == (OPEN, "2 errors", ("1 warning", "2 notes"))


def test_a_comparison_is_open_until_all_datasets_are_equal() -> None:
    equal = Comparison("a", "b", "exact", (DatasetResult("DM"),))
    assert glance.comparison_card("Drift", equal, "", "").state == DONE
    other = Comparison("a", "b", "exact", (DatasetResult("DM"),), (OnlyDataset("base", "AE", "ae.xpt"),))
    card = glance.comparison_card("Drift", other, "", "")
    assert (card.state, card.headline) == (OPEN, "1 difference open") and "1 on one side only" in card.lines
    assert glance.comparison_card("Drift", None, "build qc --before DIR", "").state == NONE


def test_what_changed_since_the_build_is_named() -> None:
    assert glance.build_card([], []).state == DONE
    card = glance.build_card(["sdtm/Variables.csv"], ["adam/adsl.xpt"])
    assert card.state == OPEN
    assert card.lines == ("changed since: sdtm/Variables.csv", "not as built: adam/adsl.xpt")


def test_bars_count_issues_by_rule_and_severity() -> None:
    figure = glance.issues_figure(read(ISSUES))
    assert figure.bars == (
        Bar("M-2", (("note", 2),)), Bar("M-9", (("error", 2),)), Bar("M-10", (("warning", 1),)),
    )  # fmt: skip
    assert figure.scale == 2


def test_issues_without_a_name_of_the_study_are_counted_by_kind() -> None:
    issues = read(ISSUES)
    figure = glance.issues_figure(issues.assign(Rule="", Kind=["a", "b", "a", "a", "b"]))
    assert {bar.label: sum(size for _, size in bar.parts) for bar in figure.bars} == {"a": 3, "b": 2}


def test_bars_show_what_became_of_rows_by_dataset() -> None:
    figure = glance.domains_figure(page.accounts(read(LEDGER)))
    parts = {bar.label: dict(bar.parts) for bar in figure.bars}
    assert parts["AE"] == {"kept": 5, "warning": 3, "soft": 1}
    assert parts["ADTTE"] == {"kept": 39, "warning": 1, "soft": 0}


def test_bars_count_the_rows_of_blocks_that_share_a_line() -> None:
    """CSCUM and CSDUR are offered 40 rows each."""
    (bar,) = [bar for bar in glance.domains_figure(page.accounts(read(LEDGER))).bars if bar.label == "ADCS"]
    assert dict(bar.parts) == {"kept": 80, "warning": 0, "soft": 0} and bar.total == 80


def test_the_page_shows_cards_and_figures_and_escapes_them() -> None:
    cards = (Card("Drift", OPEN, "<i>3</i> open", ("a & b",), "drift.html"),)
    seen = Glance(cards, (glance.issues_figure(read(ISSUES)),))
    text = page.render(read(LEDGER), read(ISSUES), "S-1", "A study", seen)
    assert "&lt;i&gt;3&lt;/i&gt; open" in text and "a &amp; b" in text and 'href="drift.html"' in text
    assert "Issues by rule" in text and Read(text).scripts == 1


@pytest.fixture(scope="module")
def output(golden_build: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("qc") / "out"
    shutil.copytree(golden_build, target)
    return target


def test_nothing_is_open_in_the_golden_build(output: Path) -> None:
    code, said = run("--out", output, "--before", output, "--double", output / "adam")
    assert code == 0, said
    files = {path.name for path in (output / "qc").iterdir()}
    assert {"index.html", "conformance.html", "conformance.xlsx", "double.html", "drift.html"} <= files
    text = (output / "qc" / "index.html").read_text()
    assert "up to date" in text and "0 differences open" in text and "0 errors, 0 warnings open" in text
    built = len(list((output / "adam").glob("*.xpt")))
    assert f"{built} of {built} datasets equal" in said


def test_a_dataset_that_was_changed_is_open(output: Path) -> None:
    path = output / "sdtm" / "dm.xpt"
    content = path.read_bytes()
    try:
        path.write_bytes(content.replace(b"WHITE", b"white", 1).replace(b"9001", b"9008", 1))
        code, said = run("--out", output)
        assert code == 1 and "not as built: sdtm/dm.xpt" in said
    finally:
        path.write_bytes(content)


def test_a_folder_without_a_build_is_a_fault(tmp_path: Path) -> None:
    code, said = run("--out", tmp_path)
    assert code == 1 and "holds no datasets; run: build all" in said


def test_ledger_and_issues_are_read_where_there_are_none(tmp_path: Path) -> None:
    ledger, issues = page.read(tmp_path)
    assert isinstance(ledger, pd.DataFrame) and not len(ledger) and not len(issues)


def test_results_of_another_adam_are_open(tmp_path: Path) -> None:
    """ADaM was built anew with another constant, and the results beside it were not."""
    study = Path(__file__).parent / "tiny_study"
    out = tmp_path / "out"
    pipeline.everything(pipeline.Request(study, out))
    assert pipeline_quality._stale(pipeline.Request(study, out)) == []
    pipeline.adam(pipeline.Request(study, out, constants={"RISE": "1"}))
    found = pipeline_quality._stale(pipeline.Request(study, out))
    assert {"adam/define.xml: not built", "results: stale"} <= set(found)
    assert not any(line.startswith(("sdtm: ", "adam: ")) for line in found)
    pipeline.sdtm(pipeline.Request(study, out, constants={"SITE": "99"}))
    assert any(line.startswith("adam: ") for line in pipeline_quality._stale(pipeline.Request(study, out)))
