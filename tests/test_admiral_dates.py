"""The recorded cases of admiral for numeric dates and times, their imputation and its flags.

As in test_oak_cases: a case passes, differs on purpose with what we give and why, or is none of ours.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from oak_cases import Case, listed, rows, texts

from derivations.columns import number_column, text_column
from derivations.date import date as date_of
from derivations.date_flag import date_flag
from derivations.datetime import datetime as datetime_of
from derivations.impute_date import impute_date
from derivations.impute_datetime import impute_datetime
from derivations.time_flag import time_flag

SHARED = Path(__file__).parents[2] / "shared" / "fixtures" / "cases"
ABSENT = "../shared/fixtures/cases is not here (shared material is not part of the project)"
DAY = 86_400

NO_BOUND = "a missing year without the bound of its rule stays missing: whether a record has one is known in the data"
DIFFERENT: dict[str, tuple[Any, str]] = {
    "dt.10": ([21748.0, math.nan, 21550.0, 21731.0, 21550.0], NO_BOUND),
    **{f"dt.{n}": ([[math.nan] * 2, [None] * 2], NO_BOUND) for n in (27, 29, 30)},
    "dtm.18": ([[math.nan] * 2, [None] * 2, [None] * 2], NO_BOUND),
}
LENGTH = "columns of one table have one length"
INNER = "tests an inner function that has no counterpart here"
NOT_OURS = {
    "dt.8": LENGTH,
    "dt.9": LENGTH,
    "dt.11": "a warning; a --DTC is checked where it is made",
    "dt.21": INNER,
    "dt.34": "a message that a variable is there already; two rules for a variable are a fault of the spec",
    "dtm.6": LENGTH,
    "dtm.11": "ignore_seconds is said per call, a study with seconds does not say it",
    **{f"utils.{n}": INNER for n in range(2, 20)},
}


def _cases() -> dict[str, Case]:
    if not SHARED.exists():
        return {}
    dates, others = (
        json.loads((SHARED / name).read_text(encoding="utf-8"))
        for name in ("admiral_dt_imputation.json", "admiral_other.json")
    )
    found = {"dt": dates, "dtm": others["derive_vars_dtm"], "utils": others["derive_vars_dt_dtm_utils"]}
    return {f"{name}.{place}": case for name, part in found.items() for place, case in enumerate(part["cases"])}


CASES = _cases()


def _number(moment: str | None, seconds: bool) -> float:
    """Days or seconds since 1960 by Python's calendar."""
    if moment is None:
        return math.nan
    if not seconds:
        return float((date.fromisoformat(moment[:10]) - date(1960, 1, 1)).days)
    return (datetime.fromisoformat(moment) - datetime(1960, 1, 1)).total_seconds()


def _bounds(given: Any, last: bool, seconds: bool) -> list[pd.Series]:
    """Bounds as numbers; a date that bounds a moment is its first or its last second."""
    found = []
    for bound in given or []:
        days = bound["type"] == "Date"
        numbers = number_column([_number(text, seconds and not days) for text in listed(bound)])
        found.append(numbers * DAY + (DAY - 1 if last else 0) if seconds and days else numbers)
    return found


def _imputed(dtc: pd.Series, options: Mapping[str, Any], seconds: bool) -> pd.Series:
    """The date or the moment; of several bounds the one that acts most, each by a call of its own."""
    rule = options.get("date_imputation", "first").lower()
    rules = [rule, options.get("time_imputation", "first").lower()] if seconds else [rule]
    impute: Callable[..., pd.Series] = impute_datetime if seconds else impute_date
    same = {
        "highest": options.get("highest_imputation", "h" if seconds else "n"),
        "preserve": options.get("preserve", False),
    }
    lower = _bounds(options.get("min_dates"), False, seconds) or [None]
    upper = _bounds(options.get("max_dates"), True, seconds) or [None]
    found = pd.DataFrame(
        {(low, high): impute(dtc, *rules, least, most, **same)
         for low, least in enumerate(lower) for high, most in enumerate(upper)}
    )  # fmt: skip
    return found.min(axis=1) if len(upper) > 1 else found.max(axis=1)


def _impute(case: Case, seconds: bool) -> tuple[list[float], list[float]]:
    args = case["actual"]["args"]
    dtc = text_column(texts(args.get("dtc", args.get("#1"))))
    wanted = listed(case["expected"]) if "values" in case["expected"] else []
    return _imputed(dtc, args, seconds).tolist(), [_number(moment, seconds) for moment in wanted]


def _derive(case: Case, seconds: bool) -> tuple[list[Any], list[Any]]:
    """The variables that the recorded data frame gains: --DT or --DTM, and the flags."""
    args = dict(case["actual"]["args"])
    given = rows(args["#1"])
    for name in ("min_dates", "max_dates"):
        if name in args:
            variable = args[name]["1"]["expr"]
            args[name] = [{"type": "moment", "values": [row[variable] for row in given]}]
    dtc = text_column([row[args["dtc"]["expr"]] for row in given])
    imputed = _imputed(dtc, args, seconds)
    highest = args.get("highest_imputation", "h" if seconds else "n")
    found = {
        "DTM" if seconds else "DT": imputed.tolist(),
        "DTF": date_flag(dtc, imputed, highest=highest).tolist(),
    }
    if seconds:
        kept = args.get("preserve", False)
        found["TMF"] = time_flag(dtc, imputed, highest=highest, preserve=kept).tolist()
    prefix, text = args["new_vars_prefix"], args["dtc"]["expr"]
    wanted = rows(case["expected"]) if "columns" in case["expected"] else []
    # A flag that the data frame had before is not derived again.
    names = [name for name in found if wanted and f"{prefix}{name}" in set(wanted[0]) - set(given[0])]
    by_text = {row[text]: row for row in wanted}
    in_order = wanted if len(by_text) < len(wanted) else [by_text[value] for value in dtc if wanted]
    recorded = {name: [row[f"{prefix}{name}"] for row in in_order] for name in names}
    for name in {"DT", "DTM"} & set(names):
        recorded[name] = [_number(moment, seconds) for moment in recorded[name]]
    return [found[name] for name in names or found], [recorded[name] for name in names]


def _one(case: Case, name: str) -> tuple[Any, Any]:
    args, call = case["actual"]["args"], case["actual"]["call"]
    if call == "compute_dtf":
        days = number_column([_number(text, False) for text in listed(args["dt"])])
        return date_flag(text_column(texts(args["dtc"])), days).tolist(), listed(case["expected"])
    if call == "convert_dtc_to_dt":
        return date_of(text_column([args["dtc"]])).tolist(), [_number(listed(case["expected"])[0], False)]
    if call == "convert_dtc_to_dtm":
        # The recording shows whole seconds.
        return datetime_of(text_column([args["#1"]])).floordiv(1).tolist(), [_number(listed(case["expected"])[0], True)]
    if call == "convert_date_to_dtm":
        dtc = text_column(listed(args["#1"]))
        found = impute_datetime(dtc, "first", args.get("time_imputation", "first"))
        return found.tolist(), [_number(listed(case["expected"])[0], True)]
    seconds = not name.startswith("dt.")
    return _derive(case, seconds) if call.startswith("derive_vars") else _impute(case, seconds)


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right) or (left != left and right != right)


RUN: list[Any] = [name for name in CASES if name not in NOT_OURS] or [
    pytest.param("", marks=pytest.mark.skip(reason=ABSENT), id="absent")
]


@pytest.mark.parametrize("name", RUN)
def test_recorded_case(name: str) -> None:
    case = CASES[name]
    if name in DIFFERENT:
        ours, reason = DIFFERENT[name]
        found, recorded = _one(case, name)
        assert _same(found, ours) and not _same(found, recorded) and reason
    elif isinstance(case["expected"], Mapping) and case["expected"].get("error"):
        with pytest.raises(ValueError, match=r"^impute_date"):
            _one(case, name)
    else:
        found, recorded = _one(case, name)
        assert _same(found, recorded), (found, recorded)


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_table_of_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(DIFFERENT) | set(NOT_OURS) <= set(CASES)
    counts = {"cases": len(CASES), "differ": len(DIFFERENT), "not ours": len(NOT_OURS)}
    counts["pass"] = len(CASES) - len(DIFFERENT) - len(NOT_OURS)
    with capsys.disabled():
        print("\nadmiral dates:", counts)
    assert counts == {"cases": 80, "differ": 5, "not ours": 25, "pass": 50}
