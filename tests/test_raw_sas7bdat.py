"""Raw SAS datasets: texts, numbers, dates by format, special missing values, encodings, damaged files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from readstat_writer import write

from formats import xpt
from formats.sas_values import kind
from formats.tables import RawTable, TableError, headers, read_table

DAY = 23435  # 29 February 2024: 64 years of 365 days, 16 leap days, 31 days of January and 28 of February
SECOND = DAY * 86400 + 6 * 3600 + 7 * 60 + 8


def texts(table: RawTable) -> dict[str, list[str | None]]:
    return {name: column.to_objects().tolist() for name, column in table.columns.items()}


def test_texts_lose_trailing_blanks_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "ae.sas7bdat", [("SUBJ", "$10"), ("TERM", "$20")], [(b"001  ", b" rash "), (b"", b"a")])
    table = read_table(path)
    assert texts(table) == {"SUBJ": ["001", None], "TERM": [" rash", "a"]}
    assert (table.rows, table.line_numbers.tolist(), table.problems) == (2, [1, 2], ())
    assert headers(path) == ["SUBJ", "TERM"]


def test_numbers_are_the_shortest_text(tmp_path: Path) -> None:
    rows = [(5.0,), (0.1,), (-2.5,), (1e-5,), (None,), (123456789012.0,), (0.1 + 0.2,)]
    table = read_table(write(tmp_path / "lb.sas7bdat", [("N", "8.2")], rows))
    assert texts(table)["N"] == ["5", "0.1", "-2.5", "1e-05", None, "123456789012", "0.30000000000000004"]


def test_special_missing_values_keep_their_letter(tmp_path: Path) -> None:
    columns = [("N", ""), ("D", "DATE9.")]
    table = read_table(write(tmp_path / "lb.sas7bdat", columns, [("A", "Z"), (None, "_"), (1.0, DAY)]))
    assert texts(table) == {"N": [".A", None, "1"], "D": [".Z", "._", "2024-02-29"]}


@pytest.mark.parametrize(
    ("sas_format", "value", "expected"),
    [
        ("DATE9.", DAY, "2024-02-29"),
        ("YYMMDD10.", -1, "1959-12-31"),
        ("E8601DA10.", 0, "1960-01-01"),
        ("DDMMYYP10.", DAY, "2024-02-29"),
        ("DATETIME20.", SECOND, "2024-02-29T06:07:08"),
        ("E8601DT23.3", SECOND + 0.25, "2024-02-29T06:07:08.25"),
        ("DTDATE9.", SECOND, "2024-02-29T06:07:08"),
        ("TIME8.", 6 * 3600 + 7 * 60 + 8, "06:07:08"),
        ("TIME8.", 108900, "30:15:00"),
        ("TOD8.", 0, "00:00:00"),
        ("8.1", DAY, "23435"),
        ("BEST12.", DAY, "23435"),
        ("", DAY, "23435"),
    ],
)
def test_formats_say_what_a_number_is(tmp_path: Path, sas_format: str, value: float, expected: str) -> None:
    table = read_table(write(tmp_path / "vs.sas7bdat", [("X", sas_format)], [(value,)]))
    assert (texts(table)["X"], table.problems) == ([expected], ())


def test_formats_of_users_and_prefixes_of_names_are_no_dates() -> None:
    assert [kind(name) for name in ("SEXF.", "DATED.", "$DATE9.", "TIMEPT.", "date9")] == ["", "", "", "", "date"]


def test_part_of_a_day_under_a_date_format_is_not_cut(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "vs.sas7bdat", [("X", "DATE9.")], [(DAY,), (DAY + 0.5,)]))
    assert texts(table)["X"] == ["2024-02-29", "2024-02-29T12:00:00"]
    assert [(problem.line, problem.column) for problem in table.problems] == [(2, "X")]
    assert "part of a day" in table.problems[0].message


def test_number_beyond_the_calendar_stays_and_is_a_problem(tmp_path: Path) -> None:
    table = read_table(write(tmp_path / "vs.sas7bdat", [("X", "DATE9.")], [(99999999.0,)]))
    assert texts(table)["X"] == ["99999999"]
    assert "99999999 is no date" in table.problems[0].message


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "shift_jis"])
def test_encoding_that_the_file_states(tmp_path: Path, encoding: str) -> None:
    text = "発疹" if encoding == "shift_jis" else "皮疹"
    path = write(tmp_path / "ae.sas7bdat", [("TERM", "$20")], [(text.encode(encoding),)], encoding=encoding)
    assert texts(read_table(path)) == {"TERM": [text]}


def test_encoding_that_the_study_states_takes_its_place(tmp_path: Path) -> None:
    path = write(tmp_path / "ae.sas7bdat", [("TERM", "$20")], [("皮疹".encode("gbk"),)], encoding="latin-1")
    assert texts(read_table(path, encoding="gb18030")) == {"TERM": ["皮疹"]}
    assert texts(read_table(path)) == {"TERM": ["Æ¤Õî"]}  # the bytes C6 A4 D5 EE in Latin-1


def test_byte_outside_the_encoding_has_its_place(tmp_path: Path) -> None:
    rows = [(b"rash", 1.0), ("naïve".encode("latin-1"), 2.0)]
    table = read_table(write(tmp_path / "ae.sas7bdat", [("TERM", "$20"), ("N", "")], rows))
    assert texts(table)["TERM"] == ["rash", "na\ufffdve"]
    assert table.problems == ((2, "TERM", "na\ufffdve", "the bytes EF are not in utf-8"),)


def test_text_cut_within_a_character_is_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "ae.sas7bdat", [("TERM", "$5")], [("皮疹".encode()[:5],)])
    table = read_table(path)
    assert texts(table)["TERM"] == ["皮\ufffd"] and len(table.problems) == 1


@pytest.mark.parametrize("compressed", [False, True])
def test_many_pages_as_pandas_reads_them(tmp_path: Path, compressed: bool) -> None:
    rows = [(f"{row:04} text".encode(), row / 8) for row in range(5000)]
    path = write(tmp_path / "lb.sas7bdat", [("A", "$40"), ("B", "")], rows, compressed=compressed)
    table = read_table(path)
    other = pd.read_sas(path, encoding="utf-8")
    assert texts(table)["A"] == other["A"].tolist() == [row[0].decode() for row in rows]
    assert np.array(texts(table)["B"], float).tolist() == other["B"].tolist() == [row[1] for row in rows]


def test_dataset_without_records(tmp_path: Path) -> None:
    path = write(tmp_path / "ae.sas7bdat", [("A", "$4"), ("B", "DATE9.")], [])
    table = read_table(path)
    assert (texts(table), table.rows, table.line_numbers.tolist()) == ({"A": [], "B": []}, 0, [])


def test_damaged_files(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.sas7bdat", [("A", "$40")], [(b"x" * 40,)] * 20000).read_bytes()
    for name, content in (("empty", b""), ("text", b"A,B\n1,2\n" * 500), ("cut", whole[: len(whole) * 2 // 3])):
        path = tmp_path / f"{name}.sas7bdat"
        path.write_bytes(content)
        with pytest.raises(TableError) as caught:
            read_table(path)
        assert caught.value.path == str(path) and caught.value.message


def test_transport_file_gives_the_same_dates(tmp_path: Path) -> None:
    path = tmp_path / "vs.xpt"
    columns = [
        xpt.Column("D", np.array([float(DAY), np.nan]), format="DATE9."),
        xpt.Column("T", np.array([SECOND, np.nan]), format="DATETIME20.", special=np.frombuffer(b"\0B", np.uint8)),
    ]
    xpt.write(path, columns, dataset="VS", created=datetime(2026, 1, 5))
    assert texts(read_table(path)) == {"D": ["2024-02-29", None], "T": ["2024-02-29T06:07:08", ".B"]}
