"""Tables as RTF: texts escaped, pages counted, headings kept with what they head; LibreOffice agrees on the pages."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_results import STUDY, golden, study

from formats import rtf
from results import figures, pages, rtf_tables, shown
from results.compute import compute
from results.layout import Column
from results.lines import TableRow
from results.pages import Broken
from results.shown import Shown
from specs.load import load

COLUMNS = (Column("Drug", 40), Column("Placebo", 38))


def unescaped(content: str) -> str:
    """The text of RTF content, read as a word processor does: escapes, UTF-16 numbers, line and tab words."""
    units: list[int] = []
    for part in re.finditer(r"\\u(-?\d+)\?|\\(line|tab) |\\([\\{}])|([^\\{}])", content):
        number, word, sign, plain = part.groups()
        text = {"line": "\n", "tab": "\t"}.get(word, sign or plain or "")
        units += [int(number) % 65536] if number else [ord(text)]
    return struct.pack(f"<{len(units)}H", *units).decode("utf-16-le")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_every_text_comes_back(text: str) -> None:
    written = rtf.escaped(text)
    assert written.isascii()
    assert unescaped(written) == text


def test_signs_of_the_format_and_breaks() -> None:
    assert rtf.escaped("a\\b{c}\nd\te\x07") == r"a\\b\{c\}\line d\tab e"
    assert rtf.escaped("≥ µ 中 😀") == r"\u8805? \u181? \u20013? \u-10179?\u-8704?"


def row(label: str, indent: int = 0, lines: int = 1, heading: bool = False) -> Broken:
    return Broken(label, () if heading else ("1", "2"), indent, lines, heading)


def labels(found: list[list[Broken]]) -> list[list[str]]:
    return [[one.label for one in page] for page in found]


def test_page_ends_before_a_heading_that_would_stand_last() -> None:
    rows = [row("a"), row("b"), row("SKIN", heading=True), row("RASH", 1)]
    assert labels(pages.paged(rows, 4)) == [["a", "b"], ["SKIN", "RASH"]]


def test_class_without_its_terms_is_not_the_last_row() -> None:
    rows = [row("GUT"), row("NAUSEA", 1), row("SKIN"), row("RASH", 1), row("ITCH", 1)]
    assert labels(pages.paged(rows, 3)) == [["GUT", "NAUSEA"], ["SKIN", "RASH", "ITCH"]]


def test_page_inside_a_class_repeats_it_as_continued() -> None:
    rows = [row("SKIN"), *(row(f"T{place}", 1) for place in range(5))]
    found = pages.paged(rows, 3)
    assert labels(found) == [["SKIN", "T0", "T1"], ["SKIN (continued)", "T2", "T3"], ["SKIN (continued)", "T4"]]
    assert found[1][0].cells == ()


def test_every_level_above_is_repeated() -> None:
    rows = [row("Events", heading=True), row("SKIN", 1), row("RASH", 2), row("ITCH", 2), row("Other", 0)]
    assert labels(pages.paged(rows, 3)) == [
        ["Events", "SKIN", "RASH"],
        ["Events (continued)", "SKIN (continued)", "ITCH"],
        ["Other"],
    ]


def test_blank_line_before_a_heading_counts() -> None:
    rows = [row("A", heading=True), row("a", 1), row("B", heading=True), row("b", 1)]
    assert labels(pages.paged(rows, 5)) == [["A", "a", "", "B", "b"]]
    assert labels(pages.paged(rows, 4)) == [["A", "a"], ["B", "b"]]


def test_row_that_is_longer_than_a_page_stands_alone() -> None:
    assert labels(pages.paged([row("a"), row("long", lines=9), row("b")], 3)) == [["a"], ["long"], ["b"]]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.booleans()), max_size=40), st.integers(6, 12))
def test_no_row_is_lost_and_none_moves(shape: list[tuple[int, int, bool]], most: int) -> None:
    rows = [row(f"r{place}", indent, lines, heading) for place, (indent, lines, heading) in enumerate(shape)]
    found = pages.paged(rows, most)
    kept = [one.label for page in found for one in page if one.label and pages.CONTINUED not in one.label]
    assert kept == [one.label for one in rows]


def test_lines_are_broken_between_words_and_wide_signs_count_twice() -> None:
    assert pages.broken("neoplasms benign, malignant", 12) == ["neoplasms", "benign,", "malignant"]
    assert pages.broken("中文术语", 4) == ["中文", "术语"]
    assert pages.broken("one\ntwo", 10) == ["one", "two"]
    assert pages.width_of("e\u0301") == 1


def table(rows: tuple[TableRow, ...], columns: tuple[Column, ...] = COLUMNS, **more: object) -> Shown:
    given: dict[str, object] = {
        "id": "T14.3.1", "kind": "Table", "number": "Table 14.3.1", "title": "Adverse Events",
        "population": "Safety Set", "columns": columns, "rows": rows, "notes": ("A subject counts once.",),
        "source": "Source: ADAE.",
    }  # fmt: skip
    return Shown(**(given | more))  # type: ignore[arg-type]


def test_widths_fill_the_page_and_columns_that_need_less_share_the_rest() -> None:
    found = table((TableRow("Any event", ("40 (100.0%)", "38 (100.0%)")),))
    widths = pages.widths(found, 120)
    assert 118 <= sum(widths) <= 120
    assert widths[1] == widths[2]


def test_dates_and_words_are_not_broken_while_texts_can_be() -> None:
    columns = tuple(Column(name, None) for name in ("Subject", "Start", "End", "Text", "Outcome"))
    text = "a long text of the investigator that goes on and on and has to be broken into lines"
    row = TableRow("", ("9004", "2024-05-24", "2024-05-31", text, "NOT RECOVERED/NOT RESOLVED"))
    found = table((row, row), columns, kind="Listing")
    room = pages.widths(found, 60)
    assert sum(room) <= 60
    lines = [line for cell in pages.rows(found, room)[0].cells for line in cell.split("\n")]
    assert {"9004", "2024-05-24", "2024-05-31"} <= set(lines)
    assert set(" ".join(lines).split()) <= {*text.split(), "9004", "2024-05-24", "2024-05-31", "NOT", "RECOVERED/NOT",
                                            "RESOLVED"}  # fmt: skip


def test_table_that_is_too_wide_for_one_size_is_set_smaller() -> None:
    columns = tuple(Column(f"Group {place}", 10) for place in range(9))
    found = table((TableRow("Any", ("10 (100.0%)",) * 9),), columns)
    built, count = rtf_tables.section(found, study().study)
    assert count == 1
    assert r"\fs16" in built.body or r"\fs14" in built.body
    assert r"\fs18" in rtf_tables.section(table((TableRow("Any", ("1", "2")),)), study().study)[0].body


def long_table() -> Shown:
    """313 rows of classes and terms, with signs that RTF and a font of one width have to be careful with."""
    rows = [TableRow("Any adverse event", ("40 (100.0%)", "38 (100.0%)"))]
    for place in range(26):
        rows.append(TableRow(f"Class {place} {{of}} \\organs: neoplasms benign, malignant and unspecified", ("9", "8")))
        rows += [TableRow(f"Term {term} é µ α 中文 {'very ' * (term % 9)}long", ("1", "0"), 1) for term in range(11)]
    return table(tuple(rows), heading="Treatment Group")


def test_long_table_repeats_its_head_on_every_page() -> None:
    built, count = rtf_tables.section(long_table(), study().study)
    assert count == built.body.count(r"\pagebb") + 1
    assert built.body.count("Treatment Group") == count
    assert built.body.count(r"\trhdr") == 2 * count
    assert "Table 14.3.1 (continued)" in built.head
    assert "(continued)" not in built.first_head
    assert r"\{of\} \\organs" in built.body
    assert built.body.count(r"(continued)\cell") > 3


def test_notes_that_are_too_many_for_the_foot_stand_after_the_table() -> None:
    notes = tuple(f"Note {place}: {'it goes on. ' * 12}" for place in range(9))
    built, count = rtf_tables.section(table((TableRow("Any", ("1", "2")),), notes=notes), study().study)
    assert count == 1
    assert "Note 8" in built.body and "Note 8" not in built.foot
    assert "Source: ADAE." in built.foot


@dataclass(frozen=True)
class Listed:
    """A listing as the stage gives it."""

    id: str = "T14.2.1"
    title: str = "Deaths"
    columns: tuple[str, ...] = ("Subject", "Day")
    rows: tuple[tuple[str, ...], ...] = (("9004", "12"),)
    notes: tuple[str, ...] = ("Day 1 is randomisation.",)


def test_listing_is_a_display_without_labels() -> None:
    spec = study()
    found = shown.gather(spec, compute(spec, golden()), (), (Listed(),))
    listing = next(one for one in found if one.kind == "Listing")
    assert (listing.id, listing.number) == ("T14.2.1-listing", "Listing 14.2.1")
    assert len({one.id for one in found}) == len(found) == 5
    built, _ = rtf_tables.section(listing, spec.study)
    assert re.findall(r" ([^\\]*)\\cell", built.body) == ["Subject", "Day", "9004", "12"]
    assert r"Day 1 is randomisation." in built.foot


def test_head_has_study_page_and_titles(golden_build: Path) -> None:
    text = (golden_build / "results" / "tables" / "T14.2.1.rtf").read_text(encoding="ascii")
    assert r"NCT06178146\tab Page {\field{\*\fldinst PAGE}{\fldrslt 1}} of {\field{\*\fldinst NUMPAGES}" in text
    for title in ("Table 14.2.1", "Symptoms Relieving Rate Within 1 Week", "Full Analysis Set"):
        assert rf"\qc {title}\par" in text
    assert r"Thymosin Alpha-1 + CT\line (N=4)\cell" in text
    assert r" 3/4 (75.0%)\cell" in text
    assert r"Source: ADIRAE. Program: trialspec" in text


def test_files_are_one_for_each_display_and_one_of_all(golden_build: Path) -> None:
    names = {path.stem for path in (golden_build / "results" / "tables").iterdir()}
    assert {"T14.2.1", "T14.2.2", "T14.2.3", "T14.2.4"} <= names <= set(load(STUDY, "adam").displays)
    whole = (golden_build / "results" / "tables.rtf").read_text(encoding="ascii")
    assert whole.count(r"\sectd") == len(names)
    assert whole.count("{") - whole.count(r"\{") == whole.count("}") - whole.count(r"\}")


def test_same_tables_are_the_same_bytes() -> None:
    spec = study()
    frames = golden()
    computed = compute(spec, frames)
    drawn = figures.draw(spec, computed, frames)
    first, second = (rtf_tables.files(shown.gather(spec, computed, drawn), spec.study) for _ in range(2))
    assert first == second


def test_picture_keeps_its_shape() -> None:
    header = struct.pack(">IIBBBBB", 400, 200, 8, 2, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + header
    assert r"\picw400\pich200\picwgoal2880\pichgoal1440" in rtf.picture(png, 2880, 9000)


@pytest.mark.skipif(not (shutil.which("soffice") and shutil.which("pdfinfo")), reason="needs LibreOffice and Poppler")
def test_libreoffice_makes_the_pages_that_were_counted(tmp_path: Path) -> None:
    if not list(Path("/usr/lib/libreoffice/program").glob("libswlo.so")):
        pytest.skip("LibreOffice has no word processor here")
    made = rtf_tables.files([long_table(), table((TableRow("Any", ("1", "2")),), id="T2")], study().study)
    (tmp_path / "tables.rtf").write_bytes(made["tables.rtf"])
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), "tables.rtf"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    told = subprocess.run(["pdfinfo", "tables.pdf"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    counted = rtf_tables.section(long_table(), study().study)[1] + 1
    assert re.search(r"Pages:\s+(\d+)", told).group(1) == str(counted)  # type: ignore[union-attr]
