"""Every example of docs/language.md gives what is written there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from markdown_tables import tables

from engine.aggregates import over_own, over_table, over_window
from engine.columns import Array, Column, Text
from engine.evaluate import evaluate
from engine.single import FrameContext, FrameScope, column_type
from engine.views import View
from language.parse import ExpressionError, parse
from language.resolve import resolve
from language.tree import CONDITION, Aggregate, Window
from language.tree import Column as ColumnNode

LANGUAGE = (Path(__file__).parents[1] / "docs" / "language.md").read_text(encoding="utf-8")
SUBJECTS = np.array(["01", "02", "03"], dtype=object)


def _value(text: str) -> object:
    words = {"missing": None, "true": True, "false": False}
    if text in words:
        return words[text]
    return text[1:-1] if text.startswith("'") else float(text)


def _cells(text: str) -> dict[str, str]:
    return dict(part.strip().split(" = ", 1) for part in text.split(";"))


def _record(cell: str, texts: set[str]) -> pd.DataFrame:
    """The frame of one With cell; a missing value is a text where the same table gives the name a text."""
    kinds = {name: object if name in texts else float for name in _cells(cell)}
    return pd.DataFrame({name: pd.Series([_value(text)], dtype=kinds[name]) for name, text in _cells(cell).items()})


def _given() -> Iterator[tuple[pd.DataFrame, str, str]]:
    for header, rows in tables(LANGUAGE):
        if header == ["With", "Expression", "Gives"]:
            written = [(name, text) for row in rows for name, text in _cells(row[0]).items()]
            texts = {name for name, text in written if text.startswith("'")} | {"STAT"}
            for row in rows:
                yield _record(row[0], texts), row[1], row[2]


GIVEN = list(_given())


def _same(found: object, wanted: object) -> bool:
    if wanted is None:
        return found is None or found != found
    return bool(found == wanted) and isinstance(found, str) == isinstance(wanted, str)


@pytest.mark.parametrize(("record", "expression", "gives"), GIVEN, ids=[f"{g[1]} -> {g[2]}" for g in GIVEN])
def test_example_gives_what_is_written(record: pd.DataFrame, expression: str, gives: str) -> None:
    node = resolve(parse(expression), FrameScope(record, {}))
    assert _same(_listed(evaluate(node, FrameContext(record)))[0], _value(gives))


def _listed(column: Column) -> list[object]:
    return list(column.objects()) if isinstance(column, Text) else column.tolist()


class _Scope(FrameScope):
    """Records of a frame, and beside them the dataset AE with several rows per subject."""

    def __init__(self, frame: pd.DataFrame, table: pd.DataFrame) -> None:
        super().__init__(frame, {})
        self.table = table

    def is_table(self, name: str) -> bool:
        return name == "AE"

    def many(self, table: str) -> bool:
        return True

    def is_source(self, name: str) -> bool:
        return False

    def inner(self, table: str, name: str) -> ColumnNode:
        return ColumnNode("inner", table, name, column_type(self.table, name))

    def attribute(self, table: str, name: str) -> ColumnNode:
        return self.inner(table, name)


class _Context(FrameContext):
    def __init__(self, frame: pd.DataFrame, table: pd.DataFrame) -> None:
        super().__init__(frame)
        self.table = table

    def _view(self) -> View:
        def column(name: str) -> Column:
            return FrameContext(self.table).column(ColumnNode("own", "", name, column_type(self.table, name)))

        return View("AE", len(self.table), _codes(self.table), column)

    def aggregate(self, node: Aggregate) -> Column:
        subject = _codes(self.frame)
        if node.match is None:
            return over_own(node, self, subject, SUBJECTS)
        return over_table(node, self._view(), self, subject, SUBJECTS)

    def window(self, node: Window) -> Column:
        return over_window(node, self, _codes(self.frame), SUBJECTS, [np.arange(self.count, dtype=float)])


def _codes(frame: pd.DataFrame) -> Array:
    return np.array([SUBJECTS.tolist().index(name) for name in frame["USUBJID"]], dtype=np.int32)


def _events() -> pd.DataFrame:
    header, rows = next(item for item in tables(LANGUAGE) if item[0][0] == "USUBJID")
    frame = pd.DataFrame(rows, columns=header, dtype=object).replace("missing", None)
    return frame.assign(AESEQ=frame["AESEQ"].astype(float), AETOXGR=frame["AETOXGR"].astype(float))


def _ranging() -> Iterator[tuple[str, str, list[str]]]:
    for header, rows in tables(LANGUAGE):
        if header[0].startswith("Expression in "):
            for row in rows:
                yield header[0].rpartition(" ")[2], row[0], row[1:]


@pytest.mark.parametrize(("dataset", "expression", "gives"), list(_ranging()), ids=[item[1] for item in _ranging()])
def test_aggregate_and_window_give_what_is_written(dataset: str, expression: str, gives: list[str]) -> None:
    events = _events()
    frame = events if dataset == "AE" else pd.DataFrame({"USUBJID": SUBJECTS})
    node = resolve(parse(expression), _Scope(frame, events))
    found = _listed(evaluate(node, _Context(frame, events)))
    assert [_same(value, _value(text)) for value, text in zip(found, gives, strict=True)] == [True] * len(gives), found


def _faulty() -> list[list[str]]:
    return next(rows for header, rows in tables(LANGUAGE) if header == ["Expression", "Fault"])


@pytest.mark.parametrize(("expression", "fault"), _faulty(), ids=[row[0] for row in _faulty()])
def test_fault_reads_as_written(expression: str, fault: str) -> None:
    frame = pd.DataFrame({"AGE": pd.Series([70.0]), "SEX": pd.Series(["M"], dtype=object)})
    with pytest.raises(ExpressionError) as caught:
        node = resolve(parse(expression), FrameScope(frame, {}))
        assert getattr(node, "type", "") == CONDITION
    assert f"{caught.value.message}; {caught.value.hint}".endswith(fault) or caught.value.message == fault
