"""Every example of docs/language.md gives what is written there."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from documented import events, given, of_dataset, of_record, ranging, same, value
from markdown_tables import tables

from engine.single import FrameScope
from language.parse import ExpressionError, parse
from language.resolve import resolve
from language.tree import CONDITION

LANGUAGE = (Path(__file__).parents[1] / "docs" / "language.md").read_text(encoding="utf-8")
GIVEN, RANGING = list(given(LANGUAGE)), list(ranging(LANGUAGE))


@pytest.mark.parametrize(("record", "expression", "gives"), GIVEN, ids=[f"{g[1]} -> {g[2]}" for g in GIVEN])
def test_example_gives_what_is_written(record: pd.DataFrame, expression: str, gives: str) -> None:
    assert same(of_record(record, expression), value(gives))


@pytest.mark.parametrize(("dataset", "expression", "gives"), RANGING, ids=[item[1] for item in RANGING])
def test_aggregate_and_window_give_what_is_written(dataset: str, expression: str, gives: list[str]) -> None:
    found = of_dataset(dataset, expression, events(LANGUAGE))
    assert [same(each, value(text)) for each, text in zip(found, gives, strict=True)] == [True] * len(gives), found


def _faulty() -> list[list[str]]:
    return next(rows for header, rows in tables(LANGUAGE) if header == ["Expression", "Fault"])


@pytest.mark.parametrize(("expression", "fault"), _faulty(), ids=[row[0] for row in _faulty()])
def test_fault_reads_as_written(expression: str, fault: str) -> None:
    frame = pd.DataFrame({"AGE": pd.Series([70.0]), "SEX": pd.Series(["M"], dtype=object)})
    with pytest.raises(ExpressionError) as caught:
        node = resolve(parse(expression), FrameScope(frame, {}))
        assert getattr(node, "type", "") == CONDITION
    assert f"{caught.value.message}; {caught.value.hint}".endswith(fault) or caught.value.message == fault
