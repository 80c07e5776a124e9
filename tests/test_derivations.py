"""Every derivation against its table of named cases, `tests/cases/<name>.csv`.

The values of the tables were worked by hand, taken from published guideline text, or are facts of the
recorded cases of sdtm.oak and admiral. A cell is read as its parameter's annotation says; days may be
written as dates, moments as dates with times; `values.1`, `values.2` are the columns of a `*values`
parameter; a blank cell is a missing value, for a constant or an optional column that it is left out; `.` is a
missing value of an optional column.
"""

from __future__ import annotations

import csv
import inspect
import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import derivations
from derivations.columns import condition_column, number_column, text_column
from derivations.registry import PROBLEM_KINDS, Codelist, Derivation, Units

CASES = Path(__file__).parent / "cases"
ALL = dict(derivations.all_derivations())

CODELISTS = {
    "SEX": Codelist(
        "SEX",
        terms=("F", "M", "U"),
        decodes={"F": "Female", "M": "Male", "U": "Unknown"},
        collected={"1": "M", "2": "F", "male": "M", "female": "F", "男": "M", "女": "F"},
    ),
    "ROUTE": Codelist(
        "ROUTE",
        terms=("INTRAVENOUS", "ORAL", "SUBCUTANEOUS"),
        collected={"1": "ORAL", "iv": "INTRAVENOUS"},
        item_collected={"raw_cs.CSRTE_C": {"1": "INTRAVENOUS"}},
    ),
    "UNIT": Codelist("UNIT", terms=("10^9/L", "g/L", "mg", "Mg", "s"), collected={"×10⁹/l": "10^9/L", "秒": "s"}),
}
UNITS = {
    "LAB": Units(
        factors={
            ("", "g/dL", "g/L"): "10",
            ("", "/uL", "10^9/L"): "0.001",
            ("", "ukat/L", "U/L"): "60",
            ("BILI", "mg/dL", "umol/L"): "17.1",
            ("CREAT", "mg/dL", "umol/L"): "88.4",
            ("INR", "", "RATIO"): "1",
            ("", "F", "C"): "(x - 32) * 5 / 9",
            ("", "mg", "PRED"): "20/3",
            ("", "s", "Hz"): "1 / x",
        },
        decimals={"TEMP": 1},
    )
}


def _rows(name: str) -> list[dict[str, str]]:
    with (CASES / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _named_cases() -> list[Any]:
    return [
        pytest.param(name, row, id=f"{name}: {row['case']}")
        for name in sorted(ALL)
        if (CASES / f"{name}.csv").exists()
        for row in _rows(name)
    ]


def _number(cell: str) -> float:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return float((date.fromisoformat(cell) - date(1960, 1, 1)).days)
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", cell):
        return (datetime.fromisoformat(cell) - datetime(1960, 1, 1)).total_seconds()
    return math.nan if cell == "" else float(cell)


def _cell(annotation: str, cells: list[str], index: list[int]) -> Any:
    if annotation in ("Text", "Iso", "Texts"):
        return text_column(cells, index=pd.Index(index))
    if annotation in ("Number", "Day"):
        return number_column([_number(cell) for cell in cells], index=pd.Index(index))
    if annotation == "Condition":
        return condition_column([cell == "True" for cell in cells], index=pd.Index(index))
    constant = cells[0]
    if annotation == "Codelist":
        return CODELISTS[constant]
    if annotation == "Units":
        return UNITS[constant]
    if annotation.startswith("tuple"):
        return tuple("" if item == "-" else item for item in constant.split())
    if annotation == "bool":
        return {"True": True, "False": False}[constant]
    read: Any = {"int": int, "float": float}.get(annotation, str)
    return read(constant)


def _arguments(known: Derivation, rows: list[dict[str, str]]) -> tuple[list[Any], dict[str, Any]]:
    """Positional and keyword arguments made of the cells of rows that share their constants."""
    index = list(range(10, 10 + len(rows)))
    positional: list[Any] = []
    keywords: dict[str, Any] = {}
    for name, parameter in inspect.signature(known.function).parameters.items():
        annotation = str(parameter.annotation)
        if parameter.kind is parameter.VAR_POSITIONAL:
            for column in (header for header in rows[0] if header.startswith(f"{name}.")):
                cells = [row[column] for row in rows]
                if annotation == "Texts":
                    positional.append(_cell(annotation, cells, index))
            continue
        if name not in rows[0]:
            continue
        cells = [row[name] for row in rows]
        if not any(cells) and parameter.default is not parameter.empty:
            value: Any = parameter.default
        else:
            cells = ["" if cell == "." and parameter.default is None else cell for cell in cells]
            value = _cell(annotation, cells, index)
        if parameter.kind is parameter.KEYWORD_ONLY:
            keywords[name] = value
        else:
            positional.append(value)
    return positional, keywords


def _check(known: Derivation, rows: list[dict[str, str]]) -> None:
    positional, keywords = _arguments(known, rows)
    before = [argument.copy() if isinstance(argument, pd.Series) else argument for argument in positional]
    result = known.function(*positional, **keywords)
    expected = [row["expected"] for row in rows]
    if known.returns == "number":
        assert result.dtype == "float64"
        assert result.tolist() == pytest.approx([_number(cell) for cell in expected], nan_ok=True, rel=1e-13, abs=0)
    elif known.returns == "condition":
        assert result.dtype == bool
        assert result.tolist() == [cell == "True" for cell in expected]
    else:
        assert result.dtype == object
        assert result.tolist() == [cell or None for cell in expected]
    assert result.index.tolist() == list(range(10, 10 + len(rows)))
    for argument, unchanged in zip(positional, before, strict=True):
        if isinstance(argument, pd.Series):
            pd.testing.assert_series_equal(argument, unchanged)
    if known.problems is not None:
        found: Mapping[str, pd.Series] = known.problems(*positional, **keywords)
        assert set(found) <= set(PROBLEM_KINDS)
        for position, row in enumerate(rows):
            kinds = {kind for kind, hits in found.items() if hits.tolist()[position]}
            assert kinds == set(row.get("problem", "").split()), row["case"]


@pytest.mark.parametrize(("name", "row"), _named_cases())
def test_case(name: str, row: dict[str, str]) -> None:
    _check(ALL[name], [row])


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_whole_column_gives_what_its_rows_give(name: str) -> None:
    signature = inspect.signature(ALL[name].function).parameters
    columns = {"Text", "Iso", "Texts", "Number", "Day", "Condition"}
    constants = {key for key, parameter in signature.items() if str(parameter.annotation) not in columns}
    optional = {key for key, parameter in signature.items() if parameter.default is None}
    together: dict[tuple[Any, ...], list[dict[str, str]]] = {}
    for row in _rows(name):
        given = tuple(sorted((key, cell) for key, cell in row.items() if key.split(".")[0] in constants))
        absent = tuple(sorted(key for key in optional if not row.get(key)))
        together.setdefault((given, absent), []).append(row)
    for rows in together.values():
        _check(ALL[name], rows)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_derivation_has_source_method_text_doctest_and_cases(name: str) -> None:
    known = ALL[name]
    documented = inspect.getdoc(known.function) or ""
    method = documented.split("\n\n")[0]
    assert known.source.strip()
    assert method.endswith("."), "the first paragraph is the method text: whole sentences"
    assert "Missing:" in documented, "the docstring says what a missing value gives"
    assert ">>> " in documented, "the docstring has an example"
    assert (CASES / f"{name}.csv").exists()
    names = [row["case"] for row in _rows(name)]
    assert len(names) == len(set(names)) >= 3


@pytest.mark.parametrize("name", sorted(ALL))
def test_one_rule_per_file_of_its_name(name: str) -> None:
    assert ALL[name].function.__module__ == f"derivations.{name}"


def test_every_table_of_cases_belongs_to_a_derivation() -> None:
    assert {path.stem for path in CASES.glob("*.csv")} <= set(ALL)


@pytest.mark.parametrize("name", sorted(ALL))
def test_an_empty_column_gives_an_empty_column(name: str) -> None:
    rows = _rows(name)
    positional, keywords = _arguments(ALL[name], rows[:1])
    empty = [argument.iloc[:0] if isinstance(argument, pd.Series) else argument for argument in positional]
    assert len(ALL[name].function(*empty, **keywords)) == 0
