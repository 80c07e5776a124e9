"""What pages say of expressions, run: rows of `With | Expression | Gives`, and of aggregates and windows over AE."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from markdown_tables import tables

from engine.aggregates import over_own, over_table, over_window
from engine.columns import Array, Column, Text
from engine.evaluate import evaluate
from engine.single import FrameContext, FrameScope, column_type
from engine.views import View
from language.parse import parse
from language.resolve import resolve
from language.tree import Aggregate, Window
from language.tree import Column as ColumnNode

SUBJECTS = np.array(["01", "02", "03"], dtype=object)


def value(text: str) -> object:
    """A value as a page writes it: missing, true, false, a text in quotes, a number."""
    words = {"missing": None, "true": True, "false": False}
    if text in words:
        return words[text]
    return text[1:-1] if text.startswith("'") else float(text)


def _cells(text: str) -> dict[str, str]:
    return dict(part.strip().split(" = ", 1) for part in text.split(";"))


def record(cell: str, texts: set[str]) -> pd.DataFrame:
    """The frame of one With cell; a missing value is a text where the same table gives the name a text."""
    kinds = {name: object if name in texts else float for name in _cells(cell)}
    return pd.DataFrame({name: pd.Series([value(text)], dtype=kinds[name]) for name, text in _cells(cell).items()})


def given(text: str) -> Iterator[tuple[pd.DataFrame, str, str]]:
    """Record, expression and value of every row of such a table of a page."""
    for header, rows in tables(text):
        if header == ["With", "Expression", "Gives"]:
            written = [(name, cell) for row in rows for name, cell in _cells(row[0]).items()]
            texts = {name for name, cell in written if cell.startswith("'")} | {"STAT"}
            for row in rows:
                yield record(row[0], texts), row[1], row[2]


def of_record(record: pd.DataFrame, expression: str) -> object:
    """The value of an expression for the one record of a frame."""
    return listed(evaluate(resolve(parse(expression), FrameScope(record, {})), FrameContext(record)))[0]


def same(found: object, wanted: object) -> bool:
    """Equality of what was found and what is written; both texts or neither."""
    if wanted is None:
        return found is None or found != found
    return bool(found == wanted) and isinstance(found, str) == isinstance(wanted, str)


def listed(column: Column) -> list[object]:
    """A column as Python's values."""
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


def events(text: str) -> pd.DataFrame:
    """The dataset AE of a page."""
    header, rows = next(item for item in tables(text) if item[0][0] == "USUBJID")
    frame = pd.DataFrame(rows, columns=header, dtype=object).replace("missing", None)
    return frame.assign(AESEQ=frame["AESEQ"].astype(float), AETOXGR=frame["AETOXGR"].astype(float))


def ranging(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Dataset, expression and values of every row of a table of aggregates or windows."""
    for header, rows in tables(text):
        if header[0].startswith("Expression in "):
            for row in rows:
                yield header[0].rpartition(" ")[2], row[0], row[1:]


def of_dataset(dataset: str, expression: str, events: pd.DataFrame) -> list[object]:
    """The values of an expression for the records of AE, or of DM with one record for each of the subjects."""
    frame = events if dataset == "AE" else pd.DataFrame({"USUBJID": SUBJECTS})
    return listed(evaluate(resolve(parse(expression), _Scope(frame, events)), _Context(frame, events)))
