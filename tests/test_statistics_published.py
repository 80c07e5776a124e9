"""Statistics against values printed elsewhere, to the printed digits."""

from __future__ import annotations

import pytest
from statistic_cases import found, rows

PRINTED = rows("statistics_published.csv")


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: f"{row['statistic']}-{row['data'][:20]}-{row['name']}")
def test_value_equals_the_printed_one(row: dict[str, str]) -> None:
    digits = len(row["value"].partition(".")[2])
    value = found(row["statistic"], row["data"], row["options"])[row["name"]].value
    assert isinstance(value, float | int)
    assert f"{value + 0.0:.{digits}f}".replace("-0.0000", "0.0000") == f"{float(row['value']):.{digits}f}"
