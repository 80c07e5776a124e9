"""Rows of Tables in ADaM: SDTM datasets that are no plain transport files, and tables of other kinds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from engine_study import ADAM, faults, listed, write

from adam.build import build, check
from engine.outcome import Built
from engine.views import Table
from formats import xpt
from formats.coded import Coded
from specs.load import load

STUDY = {
    **ADAM,
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nADSL,Subjects,,,USUBJID\n",
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nADSL,USUBJID,,text,No\n"
    "ADSL,WEIGHTBL,Weight,float,No\nADSL,COUNTRY,Country,text,No\n",
    "adam/Tables.csv": "Table,File\nVS,vs.csv\n",
    "adam/Sources.csv": "Dataset,Block,From\nADSL,s,DM\n",
    "adam/mapping/ADSL.csv": "Variable,Expression\nUSUBJID,USUBJID\n"
    "WEIGHTBL,\"first(VS.VSSTRESN, order=VS.VSDTC, where=VS.VSDTC <= '2024-03-02')\"\n",
}
VS = "USUBJID,VSTESTCD,VSSTRESN,VSDTC\n1,WEIGHT,70.5,2024-03-01\n1,WEIGHT,71,2024-03\n2,WEIGHT,,2024-03-01\n"


def transport(folder: Path, name: str, encoding: str = "ascii", **data: list[str]) -> None:
    columns = [xpt.Column(column, Coded.from_objects(values), label=column) for column, values in data.items()]
    path = folder / f"{name.lower()}.xpt"
    xpt.write(path, columns, dataset=name, label=name, created=datetime(2024, 1, 1), encoding=encoding)


def built(folder: Path, files: dict[str, str] | None = None, vs: str = VS) -> Built:
    write(folder, {**STUDY, "sdtm-files/vs.csv": vs, **(files or {})})
    transport(folder / "sdtm-files", "DM", USUBJID=["1", "2"])
    return build(load(folder, "adam"), None, folder / "sdtm-files")


def values(found: Built, name: str) -> list[object]:
    columns = {variable.variable: column for variable, column in found.outputs["ADSL"].variables}
    return listed(columns[name])


def test_columns_of_a_csv_file_have_the_types_of_the_implementation_guide(tmp_path: Path) -> None:
    assert values(built(tmp_path), "WEIGHTBL") == [70.5, None]
    table = check(load(tmp_path, "adam"), None, tmp_path / "sdtm-files").inputs["VS"]
    assert table.columns == {"USUBJID": "text", "VSTESTCD": "text", "VSSTRESN": "number", "VSDTC": "iso"}
    assert table.has_subject and not table.one_row


@pytest.mark.parametrize("text", ["ND", "7_0", "inf", "nan", "1e400"])
def test_a_text_where_a_number_is_needed_is_an_error_with_its_place(tmp_path: Path, text: str) -> None:
    found = faults(tmp_path, lambda: built(tmp_path, vs=VS.replace("70.5", text)))
    assert found == [
        f"vs.csv:2 [VSSTRESN] '{text}' is no number, which VS.VSSTRESN is; correct the file, or name the value in"
        " Missing of Tables"
    ]


def test_values_that_mean_missing_are_missing(tmp_path: Path) -> None:
    tables = {"adam/Tables.csv": "Table,File,Missing\nVS,vs.csv,ND\n"}
    assert values(built(tmp_path, tables, VS.replace("70.5", "ND")), "WEIGHTBL") == [None, None]


def test_a_table_of_another_kind_is_text_and_its_key_may_make_it_one_row(tmp_path: Path) -> None:
    files = {
        "adam/Tables.csv": "Table,File,Subject,Key\nVS,vs.csv,,\nraw_country,countries.csv,PATIENT,USUBJID\n",
        "adam/mapping/ADSL.csv": STUDY["adam/mapping/ADSL.csv"] + "COUNTRY,raw_country.COUNTRY\n",
        "sdtm-files/countries.csv": "PATIENT,COUNTRY\n2,CHN\n1,FRA\n",
    }
    assert values(built(tmp_path, files), "COUNTRY") == ["FRA", "CHN"]


def test_a_transport_file_in_another_encoding(tmp_path: Path) -> None:
    files = {
        "adam/Tables.csv": "Table,File,Encoding\nVS,vs.csv,\nTS,ts.xpt,windows-1252\n",
        "adam/mapping/ADSL.csv": STUDY["adam/mapping/ADSL.csv"] + "COUNTRY,only(TS.TSVAL)\n",
    }
    (tmp_path / "sdtm-files").mkdir()
    transport(tmp_path / "sdtm-files", "TS", "windows-1252", TSPARMCD=["TITLE"], TSVAL=["50 \N{MICRO SIGN}g"])
    assert values(built(tmp_path, files), "COUNTRY") == ["50 \N{MICRO SIGN}g"] * 2
    write(tmp_path, {"adam/Tables.csv": "Table,File,Encoding\nVS,vs.csv,\n"})
    said = faults(tmp_path, lambda: build(load(tmp_path, "adam"), None, tmp_path / "sdtm-files"))
    assert "a row of Tables may name its encoding (windows-1252)" in said[0]


def test_files_that_nothing_reads_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "sdtm-files").mkdir()
    transport(tmp_path / "sdtm-files", "TS", "windows-1252", TSPARMCD=["TITLE"], TSVAL=["50 \N{MICRO SIGN}g"])
    assert values(built(tmp_path), "WEIGHTBL") == [70.5, None]


FAULTS = [
    ("Table,File,Where\nVS,vs.csv,VSTESTCD == 'X'\n", "adam/Tables.csv:2 [Where] Where has no meaning in ADaM"),
    ("Table,File,Subject\nVS,vs.csv,STUDYID + SUBJID\n", "adam/Tables.csv:2 [Subject] is not the name of a column"),
    ("Table,File\nVS,vital.csv\n", "vital.csv there is no such file; adam/Tables.csv:2 names it; --sdtm DIR says"),
]


@pytest.mark.parametrize(("table", "message"), FAULTS)
def test_faults_of_tables(tmp_path: Path, table: str, message: str) -> None:
    (found,) = faults(tmp_path, lambda: built(tmp_path, {"adam/Tables.csv": table}))
    assert message in found


def test_without_any_sdtm_the_check_says_where_they_are_looked_for(tmp_path: Path) -> None:
    write(tmp_path, {**STUDY, "adam/Tables.csv": "Table,File\n"})
    (found,) = faults(tmp_path, lambda: check(load(tmp_path, "adam"), None, tmp_path / "nowhere"))
    assert "nowhere holds no SDTM datasets (*.xpt)" in found and "--sdtm DIR" in found


def test_lines_of_the_file_stand_behind_the_rows(tmp_path: Path) -> None:
    from adam.inputs import inputs_of_tables, read_tables

    built(tmp_path)
    spec = load(tmp_path, "adam")
    folder = tmp_path / "sdtm-files"
    found: Table = read_tables(folder, inputs_of_tables(spec, folder), spec=spec)[0]["VS"]
    assert (found.lines.tolist(), found.file) == ([2, 3, 4], "vs.csv")
