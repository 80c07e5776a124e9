"""Raw tables: what is read, on which line it stands, and which files are refused."""

from __future__ import annotations

import codecs
import csv
import doctest
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats import coded, delimited, delimited_read, ibm_float, tables, xpt, xpt_layout, xpt_text
from formats.tables import RawTable, TableError, headers, read_table
from formats.xpt import Coded, Column

FIXTURES = Path(__file__).parents[2] / "shared" / "fixtures" / "pharmaverse"
RAW = sorted(FIXTURES.glob("*/*.csv"))

Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Writes bytes, or text as UTF-8, to a file and returns its path."""

    def save_content(content: bytes | str, name: str = "raw_ae.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    return save_content


def texts(table: RawTable) -> dict[str, list[str | None]]:
    return {name: column.to_objects().tolist() for name, column in table.columns.items()}


def refused(path: Path, **options: Any) -> TableError:
    with pytest.raises(TableError) as caught:
        read_table(path, **options)
    assert caught.value.path == str(path)
    return caught.value


# --- what is read -------------------------------------------------------------------------------------------


def test_values_are_kept_as_they_stand(save: Save) -> None:
    table = read_table(save("SUBJECT,VALUE\n001,1.50\n002, a \n003,NA\n004,\n005,  \n006,null\n"))
    assert texts(table) == {
        "SUBJECT": ["001", "002", "003", "004", "005", "006"],
        "VALUE": ["1.50", " a ", "NA", None, None, "null"],
    }
    assert (table.rows, table.line_numbers.tolist()) == (6, [2, 3, 4, 5, 6, 7])


def test_each_distinct_value_is_stored_once(save: Save) -> None:
    column = read_table(save("A,B\nx,1\ny,1\nx,1\n")).columns["A"]
    assert (column.codes.dtype, column.codes.tolist()) == (np.int32, [0, 1, 0])
    assert column.values.tolist() == ["x", "y"]


def test_byte_order_mark_and_crlf(save: Save) -> None:
    table = read_table(save(codecs.BOM_UTF8 + "SUBJECT,TERM\r\n1,皮疹\r\n2,\r\n".encode()))
    assert texts(table) == {"SUBJECT": ["1", "2"], "TERM": ["皮疹", None]}


def test_quoted_delimiters_quotes_and_line_ends(save: Save) -> None:
    table = read_table(save('A,B\r\n"x,y","say ""no"""\r\n"two\r\nlines","\nfour\n\n"\r\nlast,""\r\n'))
    assert texts(table) == {"A": ["x,y", "two\r\nlines", "last"], "B": ['say "no"', "\nfour\n\n", None]}
    assert table.line_numbers.tolist() == [2, 3, 8]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_header_over_two_lines_counts_both(save: Save, end: str) -> None:
    table = read_table(save(f'"A{end}B",C{end}1,2{end}'))
    assert texts(table) == {f"A{end}B": ["1"], "C": ["2"]}
    assert table.line_numbers.tolist() == [3]


def test_last_line_without_line_end(save: Save) -> None:
    assert texts(read_table(save("A,B\n1,2\n3,4"))) == {"A": ["1", "3"], "B": ["2", "4"]}


def test_blank_lines_at_the_end_are_no_records(save: Save) -> None:
    assert read_table(save("A,B\r\n1,2\r\n\r\n\r\n")).rows == 1


def test_header_alone(save: Save) -> None:
    table = read_table(save("A,B\n"))
    assert (list(table.columns), table.rows, table.line_numbers.tolist()) == (["A", "B"], 0, [])


def test_one_column(save: Save) -> None:
    assert texts(read_table(save('TERM\nrash\n" "\n  \nitch\n'))) == {"TERM": ["rash", None, None, "itch"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(save: Save, delimiter: str) -> None:
    path = save(f"A{delimiter}B\n1{delimiter}2\n")
    assert texts(read_table(path)) == {"A": ["1"], "B": ["2"]}


def test_delimiter_is_the_one_that_divides_every_record_alike(save: Save) -> None:
    path = save("DOSE, planned;UNIT\n1,5;mg\n20;mg\n")
    assert list(read_table(path).columns) == ["DOSE, planned", "UNIT"]


def test_delimiter_that_cannot_be_told_must_be_stated(save: Save) -> None:
    path = save("A,B;C\n1,2;3\n")
    assert "the delimiter may be a comma or a semicolon" in str(refused(path))
    assert list(read_table(path, delimiter=";").columns) == ["A,B", "C"]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "，"])
def test_delimiter_that_is_none(save: Save, delimiter: str) -> None:
    assert "is not a delimiter" in str(refused(save("A,B\n"), delimiter=delimiter))


# --- encodings ----------------------------------------------------------------------------------------------


def test_gb18030_when_stated(save: Save) -> None:
    path = save("项目,结果\n白细胞,升高\n".encode("gb18030"))
    assert texts(read_table(path, encoding="gb18030")) == {"项目": ["白细胞"], "结果": ["升高"]}


def test_gb18030_character_that_holds_the_byte_of_a_bar(save: Save) -> None:
    assert "亅".encode("gb18030")[1:] == b"|"
    path = save("A|B\n亅|x\n".encode("gb18030"))
    assert texts(read_table(path, encoding="gb18030")) == {"A": ["亅"], "B": ["x"]}


def test_gb18030_read_as_utf8_is_an_error_and_never_nonsense(save: Save) -> None:
    error = refused(save("A,B\n1,2\n3,升高\n".encode("gb18030")))
    assert (error.line, error.column) == (3, "B")
    assert "byte 11 (C9) is not in utf-8, in '\ufffd\ufffd\ufffd\ufffd'; state its encoding" in str(error)
    assert error.hint.startswith("state its encoding; it would decode as gb18030")


def test_byte_that_is_no_text_is_told_with_its_column_and_value(save: Save) -> None:
    """The byte stands in the second line of a record that began on line 2, behind a quoted delimiter."""
    error = refused(save(b'A,B,C\r\n1,"x, y\r\nca\xe9f",3\r\n'))
    assert (error.line, error.column) == (3, "B")
    assert "in 'x, y\\r\\nca\ufffdf'" in error.message
    error = refused(save("A,B\n1,é\n".encode() + b"\xe9,2\n"))
    assert (error.line, error.column) == (3, "A") and "in '\ufffd'" in error.message


def test_byte_that_is_no_text_in_a_header_or_a_broken_record(save: Save) -> None:
    error = refused(save(b"A,B\xe9\n1,2\n"))
    assert (error.line, error.column) == (1, "") and "in 'B\ufffd'" in error.message
    error = refused(save(b"A,B\n1,2,3\xe9\n"))
    assert (error.line, error.column) == (2, "") and error.message == "byte 10 (E9) is not in utf-8"


def test_utf8_read_as_gb18030_is_an_error(save: Save) -> None:
    content = "A,B\n甲状腺炎,高血压病\n腹泻,肺炎\n"
    assert content.encode("utf-8").decode("gb18030") != content, "it would be read as nonsense"
    assert "the file is UTF-8, not gb18030" in str(refused(save(content), encoding="gb18030"))
    assert "the file is UTF-8" in str(refused(save(codecs.BOM_UTF8 + b"A,B\n"), encoding="gb18030"))


def test_utf16(save: Save) -> None:
    path = save("A,B\n1,2\n".encode("utf-16"))
    assert "state the encoding utf-16" in str(refused(path))
    assert texts(read_table(path, encoding="utf-16")) == {"A": ["1"], "B": ["2"]}


def test_unknown_encoding(save: Save) -> None:
    assert "the encoding 'utf-9' is unknown" in str(refused(save("A\n"), encoding="utf-9"))


def test_nul_is_no_text(save: Save) -> None:
    assert refused(save(b"A,B\n1,2\n\0,3\n")).line == 3


# --- refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 0, "the file is empty"),
        ("\n\n", 0, "the file is empty"),
        ("\nA,B\n", 1, "the first line, which names the columns, is blank"),
        ("A,B\n1,2\n3\n4,5\n", 3, "1 fields where the header has 2"),
        ("A,B\n1,2\n3,4,5\n", 3, "3 fields where the header has 2"),
        ('A,B\n"1\n\n",2\n3\n', 5, "1 fields where the header has 2"),
        ("A,B\n1,2\n\n3,4\n", 3, "the line is blank"),
        ("A\n1\n\n3\n", 3, "the line is blank"),
        ("A,B,C\n1,2,3\n4,5", 3, "the file ends after 2 of 3 fields"),
        ('A,B\n1,"two\n\n', 2, "the file ends within a quoted field"),
        ('A,B\n1,2\n3,5" nail\n', 3, "a quote stands inside a field"),
        ('A,B\n1,2\n3,"five" nails\n', 3, "a text follows a closing quote"),
        ("A,B\r1,2\r", 1, "a carriage return ends no line"),
        ("A,B\n1,\r2\n", 2, "a carriage return ends no line"),
        ("A,,B\n1,2,3\n", 1, "column 2 has no name"),
    ],
)
def test_fault_with_its_line(save: Save, content: str, line: int, message: str) -> None:
    error = refused(save(content))
    assert (error.line, message in str(error)) == (line, True), str(error)
    assert error.hint


def test_two_columns_of_one_name(save: Save) -> None:
    error = refused(save("SUBJECT,TERM,SUBJECT\n1,2,3\n"))
    assert (error.line, error.column) == (1, "SUBJECT")


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "there is no such file" in str(refused(tmp_path / "none.csv"))
    assert "there is no such file" in str(refused(tmp_path / "none.xpt"))
    assert "cannot be read" in str(refused(tmp_path))


def test_files_of_formats_that_are_not_read_say_what_to_do(save: Save) -> None:
    assert "save the workbook as .xlsx" in str(refused(save("A,B\n1,2\n", "raw.xls")))
    assert ".gz files are not read; unpack it" in str(refused(save("A,B\n1,2\n", "raw_ae.csv.gz")))


def test_only_workbooks_and_odm_files_have_parts(save: Save, tmp_path: Path) -> None:
    assert texts(read_table(save("A,B\n1,2\n", "visit#2.csv"))) == {"A": ["1"], "B": ["2"]}
    assert tables.split_part("raw/Book.XLSX#Visit #2") == (Path("raw/Book.XLSX"), "Visit #2")
    assert tables.split_part(tmp_path / "odm.xml#IG.AE") == (tmp_path / "odm.xml", "IG.AE")
    for name in ("book.xlsx#AE", "odm.xml#IG.AE", "ae.sas7bdat", "ae.json", "ae.parquet"):
        assert "there is no such file" in str(refused(tmp_path / name))
        with pytest.raises(TableError, match="there is no such file"):
            headers(tmp_path / name)


# --- at any size --------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.tuples(*[st.text("ab ,;\"'\n\r\té中", max_size=6)] * 3), min_size=1, max_size=8),
    st.integers(1, 40),
    st.integers(1, 60),
)
def test_reads_what_the_csv_module_writes(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], window: int, piece: int
) -> None:
    path = tmp_path_factory.mktemp("csv") / "raw.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerows([("A", "B", "C"), *rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "WINDOW", window)
        patch.setattr(delimited_read, "PIECE_BYTES", piece)
        table = read_table(path, delimiter=",")
    expected = [[value if value.strip() else None for value in row] for row in rows]
    assert [list(row) for row in zip(*texts(table).values())] == expected
    lengths = [sum(value.count("\n") for value in row) + 1 for row in rows]
    assert table.line_numbers.tolist() == (2 + np.cumsum([0, *lengths[:-1]])).tolist()


@pytest.mark.skipif(not RAW, reason=f"{FIXTURES} is absent")
@pytest.mark.parametrize("path", RAW, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_published_raw_tables_equal_the_csv_module(path: Path) -> None:
    with open(path, encoding="utf-8-sig", newline="") as file:
        names, *rows = list(csv.reader(file))
    table = read_table(path)
    assert list(table.columns) == headers(path) == names
    columns = list(zip(*rows, strict=True))
    for name, expected in zip(names, columns, strict=True):
        assert texts(table)[name] == [value if value.strip() else None for value in expected]


# --- headers and transport files ----------------------------------------------------------------------------


def test_headers_of_a_file_longer_than_its_beginning(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "HEADER_BYTES", 16)
    assert headers(save("A,B\n1,中文\n2,中文中文\n3\n")) == ["A", "B"]
    assert headers(save("A_LONG_NAME,ANOTHER_LONG_NAME\n1,2\n")) == ["A_LONG_NAME", "ANOTHER_LONG_NAME"]


def test_transport_file_as_text(tmp_path: Path) -> None:
    path = tmp_path / "raw_vs.xpt"
    columns = [
        Column("SUBJECT", Coded.from_objects(["001", None, "002", "003"])),
        Column("PULSE", np.array([64.0, np.nan, 0.1, np.nan]), special=np.frombuffer(b"\0\0\0A", np.uint8)),
    ]
    xpt.write(path, columns, dataset="VS", created=datetime(2026, 1, 5))
    table = read_table(path)
    assert texts(table) == {"SUBJECT": ["001", None, "002", "003"], "PULSE": ["64", None, "0.1", ".A"]}
    assert table.line_numbers.tolist() == [1, 2, 3, 4]
    assert headers(path) == ["SUBJECT", "PULSE"]


def test_transport_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "raw_ae.xpt"
    column = Column("AETERM", Coded.from_objects(["rash", "皮疹"]))
    xpt.write(path, [column], dataset="AE", created=datetime(2026, 1, 5), encoding="gb18030")
    assert texts(read_table(path, encoding="gb18030")) == {"AETERM": ["rash", "皮疹"]}
    error = refused(path)
    assert error.column == "AETERM" and "record 2" in str(error)


@pytest.mark.parametrize("module", [coded, ibm_float, xpt_layout, xpt_text], ids=lambda module: module.__name__)
def test_examples_of_the_docstrings(module: ModuleType) -> None:
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["A", "A,B"]),
    st.text('ab ,"\n\r', max_size=30),
    st.integers(1, 12),
    st.sampled_from(["utf-8", "utf-16"]),
)
def test_any_text_is_read_as_the_csv_module_does_or_refused_as_the_strict_reading_does(
    tmp_path_factory: pytest.TempPathFactory, head: str, body: str, piece: int, encoding: str
) -> None:
    path = tmp_path_factory.mktemp("csv") / "raw.csv"
    path.write_bytes((f"{head}\n" + body).encode(encoding))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited_read, "PIECE_BYTES", piece)
        patch.setattr(delimited_read, "BLOCK_BYTES", 4)
        try:
            text = delimited.to_utf8(path.read_bytes(), encoding, str(path))
            delimited.scan(text, ",", head.split(","), str(path))
        except TableError as error:
            assert str(refused(path, encoding=encoding, delimiter=",")) == str(error)
            return
        table = read_table(path, encoding=encoding, delimiter=",")
    _, *rows = list(csv.reader(io.StringIO(f"{head}\n" + body, newline="")))
    rows = [row for row in rows if row]
    assert [list(row) for row in zip(*texts(table).values())] == [[v if v.strip() else None for v in r] for r in rows]
    assert len(table.line_numbers) == table.rows == len(rows)


@pytest.mark.parametrize("block", range(1, 12))
def test_line_end_in_quotes_that_a_block_cuts_stays_whole(
    save: Save, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(delimited_read, "BLOCK_BYTES", block)
    assert texts(read_table(save(b'A\n"aa\r\n"\n"b\r\n\r\nc"\n'))) == {"A": ["aa\r\n", "b\r\n\r\nc"]}


def test_character_that_a_piece_cuts(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited_read, "PIECE_BYTES", 7)
    content = "项目,结果\n白细胞,升高\n"
    for encoding in ("utf-8", "gb18030"):
        path = save(content.encode(encoding))
        assert texts(read_table(path, encoding=encoding)) == {"项目": ["白细胞"], "结果": ["升高"]}


def test_blank_of_unicode_is_missing_and_a_letter_outside_ascii_is_not(save: Save) -> None:
    table = read_table(save("A,B\n\u3000,\u00a0\u2003\n中, 中\n"))
    assert texts(table) == {"A": [None, "中"], "B": [None, " 中"]}
