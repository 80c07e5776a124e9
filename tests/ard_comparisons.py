"""The comparisons of analysis results data computed again by pandas, NumPy and SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from scipy import optimize, stats

Two = tuple[pd.DataFrame, pd.DataFrame]


def two(frame: pd.DataFrame, row: dict[str, str]) -> Two:
    """The records of the compared level and of the reference."""
    of_reference = frame[row["group1"]] == row["reference"]
    return frame[~of_reference], frame[of_reference]


def _counts(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, part in enumerate(two(frame, row), start=1):
        n, total = len(part.query(row["variable"])), len(part)
        found |= {f"n{place}": n, f"N{place}": total, f"estimate{place}": n / total if total else None}
    return found


def difference(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    found = _counts(frame, row)
    known = found["N1"] and found["N2"]
    return found | {"estimate": found["estimate1"] - found["estimate2"] if known else None, "conf_level": 0.95}


def fisher(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    found = _counts(frame, row)
    if not (found["N1"] and found["N2"]):
        return found | {"p_value": None, "p_less": None, "p_greater": None}
    table = [[found[f"n{place}"], found[f"N{place}"] - found[f"n{place}"]] for place in (1, 2)]
    sides = {"p_value": "two-sided", "p_less": "less", "p_greater": "greater"}
    return found | {name: float(stats.fisher_exact(table, side)[1]) for name, side in sides.items()}


def cluster_ratio(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    """Cochran's ratio estimate over subjects: s2 = n / (n - 1) sum (a - r x)^2 / (sum x)^2."""
    hits = frame.assign(hit=frame.index.isin(frame.query(row["variable"]).index)).groupby("USUBJID")["hit"]
    events, records = hits.sum(), hits.size()
    n, total = int(events.sum()), int(records.sum())
    ratio, count = (n / total if total else None), len(events)
    error = None
    if count > 1 and ratio is not None:
        error = math.sqrt(count / (count - 1) * float(((events - ratio * records) ** 2).sum())) / total
    return {"n": n, "N": total, "subjects": count, "estimate": ratio, "pct": ratio and 100 * ratio, "std_error": error}


def cluster_difference(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    one, other = (cluster_ratio(part, row) for part in two(frame, row))
    if one["std_error"] is None or other["std_error"] is None:
        return {}
    found = {f"{name}{place}": part[name] for place, part in enumerate((one, other), start=1)
             for name in ("n", "N", "subjects", "estimate", "std_error")}  # fmt: skip
    error = math.hypot(one["std_error"], other["std_error"])
    return found | {"estimate": one["estimate"] - other["estimate"], "std_error": error}


def incidence(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    return {"n": frame["USUBJID"].nunique(), "events": len(frame)}


def logrank(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    """Observed less expected over the hypergeometric variance, of the first of two levels."""
    if row["stat_name"] in ("n", "events", "expected"):
        mine = frame[frame[row["group1"]] == row["group1_level"]]
        return {"n": len(mine), "events": int((mine["CNSR"] == 0).sum()), "expected": _expected(frame, mine)}
    parts = [part for _, part in frame.groupby("TRTP")]
    if len(parts) < 2:
        return {}
    variance = sum(_variance(frame, parts[0], moment) for moment in _moments(frame))
    observed = int((parts[0]["CNSR"] == 0).sum())
    statistic = (observed - _expected(frame, parts[0])) ** 2 / variance if variance > 0 else None
    p_value = None if statistic is None else float(stats.chi2.sf(statistic, 1))
    return {"statistic": statistic, "p_value": p_value, "parameter": 1}


def _moments(frame: pd.DataFrame) -> Any:
    return np.unique(frame.loc[frame["CNSR"] == 0, "AVAL"])


def _at(frame: pd.DataFrame, moment: float) -> tuple[int, int]:
    """At risk, and with an event, at a moment."""
    return int((frame["AVAL"] >= moment).sum()), int(((frame["AVAL"] == moment) & (frame["CNSR"] == 0)).sum())


def _expected(frame: pd.DataFrame, mine: pd.DataFrame) -> float:
    found = 0.0
    for moment in _moments(frame):
        total, events = _at(frame, moment)
        found += events * _at(mine, moment)[0] / total
    return found


def _variance(frame: pd.DataFrame, mine: pd.DataFrame, moment: float) -> float:
    (total, events), at_risk = _at(frame, moment), _at(mine, moment)[0]
    share = at_risk / total
    return events * share * (1 - share) * (total - events) / (total - 1) if total > 1 else 0.0


def cox(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    """The coefficient that makes Efron's partial likelihood greatest."""
    found: dict[str, Any] = {"n": len(frame), "events": int((frame["CNSR"] == 0).sum())}
    if not row["stat"] and row["stat_name"] in ("estimate", "coef"):
        return found | {row["stat_name"]: None}  # monotone: reasons are tested elsewhere
    treated = (frame[row["group1"]] != row["reference"]).to_numpy(dtype=float)
    time, event = frame["AVAL"].to_numpy(), (frame["CNSR"] == 0).to_numpy()

    def negative(beta: float) -> float:
        risk, total = np.exp(beta * treated), 0.0
        for moment in np.unique(time[event]):
            tied = (time == moment) & event
            at_risk, of_tied = risk[time >= moment].sum(), risk[tied].sum()
            total += beta * treated[tied].sum()
            total -= sum(math.log(at_risk - step / tied.sum() * of_tied) for step in range(int(tied.sum())))
        return -float(total)

    if row["stat_name"] in ("estimate", "coef"):
        beta = float(optimize.minimize_scalar(negative, bounds=(-8, 8), method="bounded", options={"xatol": 1e-10}).x)
        found |= {"coef": beta, "estimate": math.exp(beta)}
    return found


def wilcoxon(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    one, other = (part[row["variable"]].dropna().to_numpy() for part in two(frame, row))
    if not (len(one) and len(other)):
        return {"n1": len(one), "n2": len(other)}
    ranks = float(stats.rankdata(np.concatenate([one, other]))[: len(one)].sum())
    return {"n1": len(one), "n2": len(other), "rank_sum": ranks, "statistic": ranks - len(one) * (len(one) + 1) / 2}


def hodges_lehmann(frame: pd.DataFrame, row: dict[str, str]) -> dict[str, Any]:
    one, other = (part[row["variable"]].dropna().to_numpy() for part in two(frame, row))
    shifts = [a - b for a, b in product(one, other)]
    return {"n1": len(one), "n2": len(other), "estimate": float(np.median(shifts)) if shifts else None}


AGAIN: dict[str, Callable[[pd.DataFrame, dict[str, str]], dict[str, Any]]] = {
    "difference": difference,
    "fisher": fisher,
    "cluster_ratio": cluster_ratio,
    "cluster_difference": cluster_difference,
    "incidence": incidence,
    "logrank": logrank,
    "cox": cox,
    "wilcoxon": wilcoxon,
    "hodges_lehmann": hodges_lehmann,
}
