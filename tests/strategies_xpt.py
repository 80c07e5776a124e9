"""Transport files in memory for the tests, and hypothesis strategies for columns that they can hold."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from formats import xpt
from formats.xpt import Coded, Column, Dataset, XptError

CREATED = datetime(2026, 4, 5, 6, 7, 8)
LARGEST, SMALLEST = float.fromhex("0x1.fffffffffffffp251"), 2.0**-260


def numbers() -> st.SearchStrategy[float]:
    """Doubles within the range of the format, zero and NaN (missing) among them."""
    positive = st.floats(SMALLEST, LARGEST, allow_subnormal=False)
    return st.one_of(st.just(float("nan")), st.just(0.0), positive, positive.map(lambda x: -x))


def texts() -> st.SearchStrategy[str | None]:
    """Printable ASCII of up to 200 bytes without trailing blanks; None is missing."""
    printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=200)
    return st.one_of(st.none(), printable.map(lambda text: text.rstrip(" ") or None))


def moments() -> st.SearchStrategy[datetime]:
    """Time stamps that two digits of a year can tell."""
    window = st.datetimes(datetime(1960, 1, 1), datetime(2059, 12, 31))
    return window.map(lambda moment: moment.replace(microsecond=0))


@st.composite
def columns(draw: st.DrawFn) -> list[Column]:
    """One to four columns of equal length; the last is a number, so that no record is blank."""
    rows = draw(st.integers(0, 12))
    found = []
    for number in range(draw(st.integers(0, 3))):
        values = draw(st.lists(texts(), min_size=rows, max_size=rows))
        found.append(Column(f"T{number}", Coded.from_objects(values), draw(st.sampled_from(["", "A label"]))))
    drawn = draw(st.lists(numbers(), min_size=rows, max_size=rows))
    return [*found, Column("N", np.array(drawn, np.float64))]


def text(*values: str | None) -> Coded:
    return Coded.from_objects(list(values))


def written(*columns: Column, **options: Any) -> bytes:
    target = io.BytesIO()
    xpt.write(target, columns, **{"dataset": "DM", "created": CREATED, **options})
    return target.getvalue()


def reread(*columns: Column, **options: Any) -> Dataset:
    return xpt.read(io.BytesIO(written(*columns, **options)))


def rejected(*columns: Column, **options: Any) -> XptError:
    target = io.BytesIO()
    with pytest.raises(XptError) as caught:
        xpt.write(target, columns, **{"dataset": "DM", "created": CREATED, **options})
    assert target.getvalue() == b"", "something was written before the fault was found"
    return caught.value
