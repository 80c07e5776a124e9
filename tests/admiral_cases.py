"""The recorded cases of admiral: where they are, their R objects as columns, and the table of their outcome."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from oak_cases import Case, listed, rows

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "cases"
ABSENT = "../shared/fixtures/cases is not here (shared material is not part of the project)"


def cases(*groups: str) -> dict[str, Case]:
    """Every recorded case of some groups by group and place; none where the shared material is absent."""
    if not SHARED.exists():
        return {}
    dates, others = (
        json.loads((SHARED / name).read_text(encoding="utf-8"))
        for name in ("admiral_dt_imputation.json", "admiral_other.json")
    )
    found = {"derive_vars_dt": dates, **others}
    return {f"{name}.{place}": case for name in groups for place, case in enumerate(found[name]["cases"])}


def number(moment: str | None, seconds: bool) -> float:
    """Days or seconds since 1960 by Python's calendar."""
    if moment is None:
        return math.nan
    if not seconds:
        return float((date.fromisoformat(moment[:10]) - date(1960, 1, 1)).days)
    return (datetime.fromisoformat(moment) - datetime(1960, 1, 1)).total_seconds()


def column(values: Iterable[Any], kind: str) -> pd.Series:
    """A column of a recorded data frame: dates as days, date-times as seconds, R's missing as ours."""
    if kind in ("Date", "POSIXct"):
        return pd.Series([number(value, kind == "POSIXct") for value in values], dtype=float)
    if kind in ("numeric", "integer"):
        return pd.Series(list(values), dtype=float)
    return pd.Series([None if value is None else str(value) for value in values], dtype=object)


def frame(table: Mapping[str, Any]) -> pd.DataFrame:
    """A recorded data frame; a call that only turns blanks to missing is looked through."""
    if "call" in table:
        return frame(table["args"]["#1"])
    kinds = dict(zip(listed(table["columns"]), listed(table["types"]), strict=True))
    found = rows(table)
    return pd.DataFrame({name: column([row[name] for row in found], kind) for name, kind in kinds.items()})


def vector(value: Any) -> pd.Series:
    """A recorded vector or scalar."""
    if isinstance(value, Mapping):
        return column(value["values"], value["type"])
    kind = "numeric" if all(isinstance(cell, (int, float)) for cell in listed(value)) else "character"
    return column(listed(value), kind)


def plain(values: Iterable[Any]) -> list[Any]:
    """Values as Python's own, None for every missing one."""
    return [None if value is None or value != value else value for value in values]


def same(found: Iterable[Any], wanted: Iterable[Any], digits: int | None = None) -> bool:
    """Equality as testthat has it: numbers within 1.5e-8 of their size; `digits` where R's test rounds."""
    left, right = plain(found), plain(wanted)
    return len(left) == len(right) and all(_equal(a, b, digits) for a, b in zip(left, right, strict=True))


def _equal(left: Any, right: Any, digits: int | None) -> bool:
    if isinstance(left, str) or left is None or right is None:
        return bool(left == right)
    return bool(np.isclose(left if digits is None else round(left, digits), right, rtol=1.5e-8, atol=1e-12))


def table(counts: Mapping[str, Mapping[str, int]]) -> str:
    """The outcome by group as text: recorded, apply, pass, differ on purpose, not ours."""
    heads = ("recorded", "apply", "pass", "differ", "not ours")
    total = {head: sum(row[head] for row in counts.values()) for head in heads}
    lines = [f"{'group':26}" + "".join(f"{head:>10}" for head in heads)]
    lines += [
        f"{name:26}" + "".join(f"{row[head]:>10}" for head in heads) for name, row in [*counts.items(), ("all", total)]
    ]
    return "\n".join(lines)


def outcome(names: Iterable[str], differ: Iterable[str], not_ours: Iterable[str]) -> dict[str, dict[str, int]]:
    """The counts of the table; what is neither different nor none of ours passes, or its test fails."""
    differ, not_ours = set(differ), set(not_ours)
    counts: dict[str, dict[str, int]] = {}
    for name in names:
        row = counts.setdefault(name.rpartition(".")[0], dict.fromkeys(("recorded", "apply", "pass", "differ"), 0))
        row.setdefault("not ours", 0)
        row["recorded"] += 1
        row["not ours"] += name in not_ours
        row["apply"] += name not in not_ours
        row["differ"] += name in differ
        row["pass"] += name not in not_ours | differ
    return counts
