"""The page of ledger and issues: what it says of a ledger and issues made by hand, and of hostile texts."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from qc import page
from qc.page import Account, Group, accounts, groups

LEDGER = """Stage,Table,Dataset,Block,Step,Rows
sdtm,raw_ae,,,rows read,12
sdtm,raw_ae,,,left out: Where: ACTIVE == '1',2
sdtm,raw_ae,,,left out: exact duplicate,0
sdtm,raw_ae,,,left out: superseded version,1
sdtm,raw_ae,,,rows kept,9
sdtm,raw_ae,AE,ae,left out: Where: AETERM != 'x',3
sdtm,raw_ae,AE,ae,left out: merged (One Per),1
sdtm,raw_ae,AE,ae,rows used,5
sdtm,raw_ae,AE,ae,records,10
sdtm,raw_ae,none,raw_ae,left out: Where: AETERM == 'x',6
sdtm,raw_ae,none,raw_ae,rows used,3
sdtm,raw_ae,none,raw_ae,records,3
sdtm,raw_ae,,,unaccounted,0
sdtm,raw_list,,,rows read,1200
sdtm,raw_list,,,rows kept,1200
sdtm,raw_list,,,rows read through joins and aggregates only,1200
adam,ADSL,ADCS,CSCUM,rows used,40
adam,ADSL,ADCS,CSCUM,records,40
adam,ADSL,ADCS,CSDUR,rows used,40
adam,ADSL,ADCS,CSDUR,records,40
adam,ADSL,ADTTE,TTE,left out: Where: X == 1,1
adam,ADSL,ADTTE,TTE,rows used,39
adam,ADSL,ADTTE,TTE,records,39
"""
HEAD = "Rule,Kind,Severity,Dataset,Variable,USUBJID,Table,File,Row,Record,Column,Value,Message\n"
ISSUES = (
    HEAD + "M-2,duplicate,note,,,S-1,raw_ae,ae.csv,3,11,,,it was left out; line 2 was kept\n"
    "M-2,duplicate,note,,,S-2,raw_ae,ae.csv,9,17,,,it was left out; line 8 was kept\n"
    "M-10,no_match,warning,CM,CMDOSE,S-1,raw_cm,cm.csv,4,5,DOSE,1?,the text does not fit\n"
    "M-9,check,error,DM,,S-2,raw_dm,dm.csv,2,1,,,two sites\n"
    "M-9,check,error,DM,,S-3,raw_dm,dm.csv,3,2,,,no sex\n"
)


class Read(HTMLParser):
    """The cells of each row of each table, the texts of the rest, the tags that load or run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.texts: list[str] = []
        self.addresses: list[str] = []
        self.scripts = 0
        self._cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        self.scripts += tag == "script"
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1].append(" ".join(" ".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        (self.texts if self._cell is None else self._cell).append(data)


def written(folder: Path, ledger: str | None = LEDGER, issues: str | None = ISSUES, title: str = "A study") -> Read:
    for name, text in (("ledger.csv", ledger), ("issues.csv", issues)):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    page.write(folder, "S", title)
    return Read((folder / "index.html").read_text(encoding="utf-8"))


def test_raw_table_shows_intake_blocks_and_rows_unaccounted(tmp_path: Path) -> None:
    rows = written(tmp_path).tables[0]
    assert rows[0] == ["Raw table", "Rows", "Left out by rule", "Merged", "Kept, used", "Records", "Unaccounted"]
    assert rows[1] == ["raw_ae", "12", "2 Where: ACTIVE == '1' 1 superseded version", "", "9", "", "0"]
    assert rows[2] == ["AE ae", "9", "3 Where: AETERM != 'x'", "1", "5", "10", ""]
    assert rows[3] == ["named as left out on purpose", "3", ""]


def test_table_that_no_block_reads_says_how_it_is_read(tmp_path: Path) -> None:
    rows = written(tmp_path).tables[0]
    assert rows[4:] == [["raw_list", "1,200", "", "", "1,200", "", ""], ["read through joins and aggregates only"]]


def test_blocks_of_a_dataset_with_the_same_numbers_are_one_line(tmp_path: Path) -> None:
    rows = written(tmp_path).tables[1]
    assert rows[1:] == [
        ["ADSL"],
        ["ADCS CSCUM, CSDUR (each)", "40", "", "0", "40", "40", ""],
        ["ADTTE TTE", "40", "1 Where: X == 1", "0", "39", "39", ""],
    ]


def test_rows_offered_to_a_block_are_those_left_out_merged_and_used(tmp_path: Path) -> None:
    written(tmp_path)
    block = accounts(pd.read_csv(tmp_path / "ledger.csv", keep_default_na=False))[0].blocks[0]
    assert block == Account("AE ae", 9, (("Where: AETERM != 'x'", 3),), 1, 5, 10)
    assert block.rows == block.lost + block.merged + block.used


def test_totals_are_of_raw_tables_and_of_severities(tmp_path: Path) -> None:
    texts = " ".join(" ".join(written(tmp_path).texts).split())
    for words in (
        "raw rows read 1,212",
        "left out by a rule 3",
        "kept 1,209",
        "unaccounted 0",
        "errors 2",
        "warning 1",
    ):
        assert words in texts


def test_rows_unaccounted_are_shown(tmp_path: Path) -> None:
    rows = written(tmp_path, LEDGER.replace("unaccounted,0", "unaccounted,4")).tables[0]
    assert rows[1][-1] == "4"


def test_issues_are_counted_by_what_they_say_errors_first(tmp_path: Path) -> None:
    written(tmp_path)
    assert groups(pd.read_csv(tmp_path / "issues.csv", dtype=str, keep_default_na=False)) == [
        Group("M-9", "check", "error", "no sex", 1),
        Group("M-9", "check", "error", "two sites", 1),
        Group("M-10", "no_match", "warning", "the text does not fit", 1),
        Group("M-2", "duplicate", "note", "it was left out", 2),
    ]


def test_issues_stand_one_by_one_errors_first(tmp_path: Path) -> None:
    rows = written(tmp_path).tables[3]
    assert [row[0] for row in rows[1:]] == ["error", "error", "warning", "note", "note"]
    assert rows[3] == [
        "warning", "M-10", "no_match", "S-1", "cm.csv", "4", "5", "CM.CMDOSE", "DOSE 1?", "the text does not fit",
    ]  # fmt: skip


def test_rules_are_offered_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    text = " ".join(" ".join(written(tmp_path).texts).split())
    assert "Rule: all M-2 M-9 M-10" in text


def test_of_more_issues_than_the_page_holds_each_kind_of_finding_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "SHOWN", 4)  # of two errors, a warning and two notes: two of each would be five
    found = written(tmp_path)
    assert [row[0] for row in found.tables[3][1:]] == ["error", "warning", "note"]
    text = " ".join(" ".join(found.texts).split())
    assert "3 of 5 stand here" in text and "severity the first 1. The other 2 are in issues.csv" in text


def test_as_many_issues_as_the_page_holds_are_all_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "SHOWN", 5)
    assert [row[0] for row in written(tmp_path).tables[3][1:]] == ["error", "error", "warning", "note", "note"]


def test_a_value_is_shown_as_it_was_collected(tmp_path: Path) -> None:
    values = ("'=1+1", "'80s", "a\x07b", "\u202eabc", "x\ny")  # the first is =1+1 made safe for a spreadsheet
    lines = [f'M-1,check,note,CM,CMTRT,S-1,raw_cm,cm.csv,4,5,,"{value}",said' for value in values]
    found = written(tmp_path, issues=HEAD + "\n".join(lines) + "\n")
    assert [row[8] for row in found.tables[-1][1:]] == ["=1+1", "'80s", "a\\x07b", "\\u202eabc", "x\\ny"]


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def test_texts_of_the_study_are_escaped(tmp_path: Path) -> None:
    cell = '"' + HOSTILE.replace('"', '""') + '"'
    issues = HEAD + ",".join([cell] * 13) + "\n"
    ledger = LEDGER.replace("AETERM != 'x'", "<b onclick=alert(3)>").replace("raw_list", "<i>raw")
    found = written(tmp_path, ledger, issues, HOSTILE)
    assert found.scripts == 1
    assert found.tables[-1][1][3] == HOSTILE
    assert [row[0] for row in found.tables[0] if "raw" in row[0]][-1] == "<i>raw"


def test_page_needs_no_other_file(tmp_path: Path) -> None:
    assert set(written(tmp_path).addresses) == {"#ledger", "#issues", "ledger.csv", "issues.csv"}


def test_study_without_issues(tmp_path: Path) -> None:
    found = written(tmp_path, issues=HEAD)
    assert len(found.tables) == 2
    assert "None." in " ".join(found.texts)


def test_adam_alone_has_no_raw_tables(tmp_path: Path) -> None:
    lines = [line for line in LEDGER.splitlines() if not line.startswith("sdtm")]
    found = written(tmp_path, "\n".join(lines) + "\n", HEAD)
    assert found.tables[0][1] == ["ADSL"]


def test_folder_without_notes_gets_no_page(tmp_path: Path) -> None:
    page.write(tmp_path, "S", "A study")
    assert list(tmp_path.iterdir()) == []


def test_same_notes_give_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path)
    first = (tmp_path / "index.html").read_bytes()
    written(tmp_path)
    assert (tmp_path / "index.html").read_bytes() == first


def test_page_that_was_rendered_before_follows_its_notes(tmp_path: Path) -> None:
    (tmp_path / "ledger.csv").write_text(LEDGER, encoding="utf-8")
    page.write(tmp_path, "S1", "One")
    first = (tmp_path / "index.html").read_text(encoding="utf-8")
    (tmp_path / "index.html").unlink()
    page.write(tmp_path, "S1", "One")
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == first
    (tmp_path / "ledger.csv").write_text(LEDGER.replace("rows read,12", "rows read,4321"), encoding="utf-8")
    page.write(tmp_path, "S1", "One")
    assert "4,321" in (tmp_path / "index.html").read_text(encoding="utf-8")
    page.write(tmp_path, "S1", "Two")
    assert "Two" in (tmp_path / "index.html").read_text(encoding="utf-8")
