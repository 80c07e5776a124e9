"""The report of a comparison for machines: one JSON object, the same for the same comparison."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from datetime import datetime
from typing import Any

from qc.compare.result import Compared, Comparison, DatasetResult, Difference

FORMAT = "trialspec-compare-1"


def text(found: Comparison) -> str:
    """The comparison as JSON. Missing values are null; numbers are numbers, dates and texts are texts."""
    content = {
        "format": FORMAT,
        "exit_code": found.exit_code,
        "open": found.open,
        "accepted": found.accepted,
        **_plain(asdict(found)),
    }
    content["datasets"] = [_dataset(dataset) for dataset in found.datasets]
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _dataset(dataset: DatasetResult) -> dict[str, Any]:
    content = {
        "exit_code": dataset.exit_code,
        "sysinfo": dataset.sysinfo,
        "open": dataset.open,
        "unequal": dataset.unequal,
        **_plain(asdict(dataset)),
    }
    content["variables"] = [_variable(variable) for variable in dataset.variables]
    return content


def _variable(variable: Compared) -> dict[str, Any]:
    content: dict[str, Any] = {"open": variable.open, **_plain(asdict(variable))}
    numeric = variable.how == "number"
    for name in ("largest", "largest_percent"):
        one = getattr(variable, name)
        content[name] = None if one is None else _difference(one, numeric)
    for name in ("first", "first_accepted"):
        content[name] = [_difference(one, numeric) for one in getattr(variable, name)]
    return content


def _difference(one: Difference, numeric: bool) -> dict[str, Any]:
    content: dict[str, Any] = _plain(asdict(one))
    if numeric:
        content |= {name: _number(content[name]) for name in ("base", "compare")}
    return content


def _number(shown: str | None) -> str | float | None:
    """The number that a shown value is; a special missing value and a text that is none stay text."""
    try:
        number = float(shown) if shown is not None else None
    except ValueError:
        return shown
    return number if number is None or math.isfinite(number) else shown


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
