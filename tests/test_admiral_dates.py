"""The recorded cases of admiral for numeric dates and times, their imputation and its flags.

A case passes, or is none of ours for the reason that is given. What admiral refuses, we refuse before data are read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest
from admiral_cases import ABSENT, cases, number, outcome, table
from oak_cases import Case, listed, rows, texts

from derivations.columns import number_column, text_column
from derivations.date import date as date_of
from derivations.date_flag import date_flag
from derivations.datetime import datetime as datetime_of
from derivations.impute_date import impute_date
from derivations.impute_datetime import impute_datetime
from derivations.time_flag import time_flag

DAY = 86_400

LENGTH = "columns of one table have one length"
INNER = "tests an inner function that has no counterpart here"
NOT_OURS = {
    "derive_vars_dt.8": LENGTH,
    "derive_vars_dt.9": LENGTH,
    "derive_vars_dt.11": "a warning; a --DTC is checked where it is made",
    "derive_vars_dt.21": INNER,
    "derive_vars_dt.34": "a message that a variable is there already; two rules for a variable are a fault of the spec",
    "derive_vars_dtm.6": LENGTH,
    "derive_vars_dtm.11": "ignore_seconds is said per call, a study with seconds does not say it",
    **{f"derive_vars_dt_dtm_utils.{n}": INNER for n in range(2, 20)},
}


CASES = cases("derive_vars_dt", "derive_vars_dtm", "derive_vars_dt_dtm_utils")


def _bounds(given: Any, last: bool, seconds: bool) -> list[pd.Series]:
    """Bounds as numbers; a date that bounds a moment is its first or its last second."""
    found = []
    for bound in given or []:
        days = bound["type"] == "Date"
        numbers = number_column([number(text, seconds and not days) for text in listed(bound)])
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
    return _imputed(dtc, args, seconds).tolist(), [number(moment, seconds) for moment in wanted]


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
        recorded[name] = [number(moment, seconds) for moment in recorded[name]]
    return [found[name] for name in names or found], [recorded[name] for name in names]


def _one(case: Case, name: str) -> tuple[Any, Any]:
    args, call = case["actual"]["args"], case["actual"]["call"]
    if call == "compute_dtf":
        days = number_column([number(text, False) for text in listed(args["dt"])])
        return date_flag(text_column(texts(args["dtc"])), days).tolist(), listed(case["expected"])
    if call == "convert_dtc_to_dt":
        return date_of(text_column([args["dtc"]])).tolist(), [number(listed(case["expected"])[0], False)]
    if call == "convert_dtc_to_dtm":
        # The recording shows whole seconds.
        return datetime_of(text_column([args["#1"]])).floordiv(1).tolist(), [number(listed(case["expected"])[0], True)]
    if call == "convert_date_to_dtm":
        dtc = text_column(listed(args["#1"]))
        found = impute_datetime(dtc, "first", args.get("time_imputation", "first"))
        return found.tolist(), [number(listed(case["expected"])[0], True)]
    seconds = not name.startswith("derive_vars_dt.")
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
    if isinstance(case["expected"], Mapping) and case["expected"].get("error"):
        with pytest.raises(ValueError, match=r"^impute_date"):
            _one(case, name)
    else:
        found, recorded = _one(case, name)
        assert _same(found, recorded), (found, recorded)


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_table_of_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(NOT_OURS) <= set(CASES)
    counts = outcome(CASES, (), NOT_OURS)
    with capsys.disabled():
        print("\n" + table(counts))
    assert {name: (row["recorded"], row["pass"], row["not ours"]) for name, row in counts.items()} == {
        "derive_vars_dt": (39, 34, 5),
        "derive_vars_dtm": (21, 19, 2),
        "derive_vars_dt_dtm_utils": (20, 2, 18),
    }
