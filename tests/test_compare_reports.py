"""The reports of a comparison: the sections that a SAS user knows, hostile texts, and what machines read."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from compare_data import Var, compare, write_csv, write_xpt
from compare_planted import LB

from qc.compare import html_report, json_report, text_report
from qc.compare.result import Comparison

HOSTILE = "<script>alert(1)</script>\x1b[2J'\"&"


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    other = {
        **LB,
        "LBSTRESN": LB["LBSTRESN"].put(0, 12.5).put(2, 1.0),
        "LBCOM": LB["LBCOM"].put(3, "late sample, not repeated"),
        "ADT": LB["ADT"].put(1, 23400.0),
    }
    base, changed = write_xpt(tmp_path / "1/lb.xpt", LB, label="Labs"), write_xpt(tmp_path / "2/lb.xpt", other)
    return compare(base, changed, by=("USUBJID,LBSEQ",))


def test_text_has_the_sections_of_proc_compare_in_order(found: Comparison) -> None:
    headings = [line.strip() for line in text_report.lines(found, 50) if re.match(r" {20,}\S", line)]
    assert [line for line in headings if not line.startswith(("Comparison of", "(Method"))] == [
        "The COMPARE Command", "Dataset LB", "Data Set Summary", "Variables Summary",
        "Listing of Common Variables with Differing Attributes", "Observation Summary", "Values Comparison Summary",
        "Variables with Unequal Values", "Value Comparison Results for Variables", "Summary",
    ]  # fmt: skip


def test_text_says_counts_maxima_and_first_differences(found: Comparison) -> None:
    lines = [" ".join(line.split()) for line in text_report.lines(found, 50)]
    for line in (
        "Number of Variables in Common: 10.",
        "ID: USUBJID, LBSEQ; given with --by.",
        "First Unequal 1 1 USUBJID=S-1; LBSEQ=1",
        "Last Unequal 4 4 USUBJID=S-2; LBSEQ=1",
        "Number of Observations with Some Compared Variables Unequal: 4.",
        "Total Number of Values which Compare Unequal: 4.",
        "Number of Variables with Missing Value Differences: 1.",
        "Maximum Difference: 2.5.",
        "LBSTRESN Num 8 2 2.5 25 1 exact Numeric Result",
        "S-1 1 || 10 12.5 2.5 25",
        "S-1 3 || . 1",
        "S-1 2 || 2024-01-06 2024-01-25 19",
        "NOTE: PROC COMPARE would leave SYSINFO=4097.",
        "DIFFERENT: 5 differences (exit code 1).",
    ):
        assert line in lines, line


def test_equal_datasets_say_so(tmp_path: Path) -> None:
    path = write_xpt(tmp_path / "lb.xpt", LB)
    lines = [" ".join(line.split()) for line in text_report.lines(compare(path, path, by=("USUBJID,LBSEQ",)), 50)]
    assert "NOTE: All values of the 8 variables compared are exactly equal." in lines
    assert lines[-1] == "EQUAL: no difference was found (exit code 0)."


def test_listing_is_cut_with_a_note(tmp_path: Path) -> None:
    other = {**LB, "LBTESTCD": Var(["X"] * 6, "Lab Test Short Name", length=8)}
    found = compare(
        write_xpt(tmp_path / "1/lb.xpt", LB), write_xpt(tmp_path / "2/lb.xpt", other), listed=2, by=("USUBJID,LBSEQ",)
    )
    text = "\n".join(text_report.lines(found, 2))
    assert "NOTE: 4 further differences of LBTESTCD are not listed; raise --max to see them." in text
    assert "4 more are not listed" in html_report.text(found)


def test_folders_have_an_overview_and_equal_datasets_no_details(tmp_path: Path) -> None:
    for side, value in (("1", 10.0), ("2", 11.0)):
        write_xpt(tmp_path / side / "lb.xpt", {**LB, "LBSTRESN": LB["LBSTRESN"].put(0, value)})
        write_xpt(tmp_path / side / "vs.xpt", LB)
    write_xpt(tmp_path / "1/ae.xpt", LB)
    found = compare(tmp_path / "1", tmp_path / "2")
    lines = [" ".join(line.split()) for line in text_report.lines(found, 50)]
    assert "LB DIFFERENT 6 6 1" in lines and "VS equal 6 6" in lines and "AE BASE ONLY" in lines
    assert "Dataset LB" in lines and "Dataset VS" not in lines
    assert "NOTE: In base only: AE." in lines
    full = [line.strip() for line in text_report.lines(found, 50, full=True)]
    assert "Dataset VS" in full and "Value Comparison Results for Variables" in full
    assert "Dataset LB" not in [line.strip() for line in text_report.lines(found, 50, brief=True)]


def test_noise_of_floating_point_is_named(tmp_path: Path) -> None:
    sides = [{**LB, "LBSTRESN": LB["LBSTRESN"].put(0, value)} for value in (0.3, 0.1 + 0.2)]
    paths = [write_xpt(tmp_path / str(i) / "lb.xpt", side) for i, side in enumerate(sides)]
    text = "\n".join(text_report.lines(compare(paths[0], paths[1], by=("USUBJID,LBSEQ",)), 50))
    assert "NOTE: 1 value of LBSTRESN differ by less than 1e-10 of their size" in text
    close = "\n".join(text_report.lines(compare(paths[0], paths[1], by=("USUBJID,LBSEQ",), criterion="1e-8"), 50))
    assert "Total Number of Values not EXACTLY Equal but within the Criterion: 1." in close
    assert "compared are within the criterion." in close


def test_sequence_that_differs_is_named_as_the_cause_of_unmatched_records(tmp_path: Path) -> None:
    other = {**LB, "LBSEQ": Var([11.0, 12.0, 13.0, 4.0, 5.0, 6.0], "Sequence Number")}
    found = compare(
        write_xpt(tmp_path / "1/lb.xpt", LB), write_xpt(tmp_path / "2/lb.xpt", other), by=("USUBJID,LBTESTCD,LBSEQ",)
    )
    assert found.datasets[0].notes == (
        "without LBSEQ in the key 6 of the 6 records in base only would match one of the 6 in compare only",
    )


def test_other_subjects_are_not_taken_for_a_wrong_key(tmp_path: Path) -> None:
    """Without USUBJID the key tells no records apart, so that nothing is to be said of it."""
    other = {**LB, "USUBJID": Var(["S-1"] * 3 + ["S-9"] * 3, "Unique Subject Identifier", length=10)}
    found = compare(
        write_xpt(tmp_path / "1/lb.xpt", LB), write_xpt(tmp_path / "2/lb.xpt", other), by=("USUBJID,LBSEQ",)
    )
    assert found.datasets[0].notes == () and found.datasets[0].only_counts == (3, 3)


# --- hostile texts --------------------------------------------------------------------------------------


class Page(HTMLParser):
    """The tags and addresses of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def hostile(tmp_path: Path) -> Comparison:
    def side(value: str) -> str:
        cells = (HOSTILE.replace('"', '""'), value.replace('"', '""'))
        return "ID,V\x1b[1m<b>\n" + ",".join(f'"{cell}"' for cell in cells) + "\n"

    base = write_csv(tmp_path / "<b>base&.csv", side("a"))
    return compare(base, write_csv(tmp_path / "other.csv", side(HOSTILE)), by=("ID",))


def test_text_sends_no_control_characters_to_a_terminal(tmp_path: Path) -> None:
    text = "\n".join(text_report.lines(hostile(tmp_path), 50))
    assert "\x1b" not in text and "\\x1b[2J" in text and "V\\x1b[1m<b>" in text


def test_html_escapes_every_text_and_loads_nothing(tmp_path: Path) -> None:
    text = html_report.text(hostile(tmp_path))
    page = Page(text)
    assert page.tags.count("script") == 1 and "b>base" not in "".join(page.tags)
    assert "\x1b" not in text and "<script>alert" not in text
    assert all(address.startswith("#") for address in page.addresses)
    assert "alert(1)" in "".join(page.words)
    assert not re.search(r"https?:|@import|url\(", text)


def test_html_marks_what_differs_within_a_text(found: Comparison) -> None:
    text = html_report.text(found)
    assert '<td class="value base" data-label="base">late sample, repeated</td>' in text
    assert '<td class="value compare" data-label="compare">late sample, <b>not </b>repeated</td>' in text
    assert 'data-variable="LBCOM"' in text and "prefers-color-scheme: dark" in text


def test_json_is_plain_and_holds_numbers_as_numbers(found: Comparison) -> None:
    content = json.loads(json_report.text(found))
    assert (content["format"], content["exit_code"], content["open"]) == ("trialspec-compare-1", 1, 5)
    dataset = content["datasets"][0]
    assert (dataset["name"], dataset["key"], dataset["sysinfo"]) == ("LB", ["USUBJID", "LBSEQ"], 4097)
    assert dataset["attributes"] == [
        {"variable": "", "attribute": "label", "base": "Labs", "compare": "", "accepted": 0}
    ]
    by_name = {variable["name"]: variable for variable in dataset["variables"]}
    assert by_name["LBSTRESN"]["first"][0] == {
        "key": ["S-1", "1"], "base_record": 1, "compare_record": 1, "base": 10.0, "compare": 12.5,
        "difference": 2.5, "percent": 25.0, "accepted": 0,
    }  # fmt: skip
    assert by_name["LBSTRESN"]["first"][1]["base"] is None
    assert by_name["ADT"]["first"][0]["compare"] == "2024-01-25" and by_name["ADT"]["unit"] == "days"
    assert by_name["LBDTC"]["unequal"] == 0


def test_reports_of_one_comparison_are_the_same_bytes(found: Comparison, tmp_path: Path) -> None:
    again = compare(tmp_path / "1/lb.xpt", tmp_path / "2/lb.xpt", by=("USUBJID,LBSEQ",))
    for made in (json_report.text, html_report.text, lambda one: "\n".join(text_report.lines(one, 50))):
        assert made(found) == made(again)
