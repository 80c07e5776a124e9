"""Tables of cases of the statistics: data written as a short text, options as in a call, expected values."""

from __future__ import annotations

import ast
import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from results.statistics import STATISTICS
from results.statistics.registry import Value

DATA = Path(__file__).parent / "data"
Arguments = dict[str, Any]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a table of tests/data."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def found(statistic: str, data: str, options: str = "") -> dict[str, Value]:
    """The values of a statistic by name, for data and options as written in a table of cases."""
    call = ast.parse(f"f({options})", mode="eval").body
    assert isinstance(call, ast.Call)
    given = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    arguments = READERS[statistic](data)
    values = STATISTICS[statistic].function(**arguments, **given).values()
    # A NumPy scalar would be written as `np.float64(0.75)`.
    assert all(type(value.value) in (int, float, str, type(None)) for value in values), values
    return {value.name: value for value in values}


def parts(text: str, mark: str | None = None) -> list[str]:
    return [part.strip() for part in text.split(mark)]


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split()]


def counts(text: str) -> list[tuple[int, int]]:
    """`3/4 1/4` as pairs."""
    return [tuple(map(int, part.split("/"))) for part in text.split()]  # type: ignore[misc]


def proportion(data: str) -> Arguments:
    """`81/263`."""
    ((count, total),) = counts(data)
    return {"condition": np.arange(total) < count}


def fourfold(data: str) -> Arguments:
    """`56/70 48/80`: compared and reference group; strata parted by a semicolon."""
    condition, group, strata = [], [], []
    for stratum, text in enumerate(parts(data, ";")):
        for side, (count, total) in zip((1, 0), counts(text)):
            condition += [True] * count + [False] * (total - count)
            group += [side] * total
            strata += [stratum] * total
    found: Arguments = {"condition": np.array(condition, dtype=bool), "group": np.array(group, dtype=np.int64)}
    return found | ({"strata": np.array(strata)} if ";" in data else {})


def samples(data: str) -> Arguments:
    """`1 2 3 | 4 5`: values of the compared and of the reference group; strata parted by a semicolon."""
    values, group, strata = [], [], []
    for stratum, text in enumerate(parts(data, ";")):
        for side, part in zip((1, 0), parts(text, "|")):
            values += numbers(part)
            group += [side] * len(part.split())
            strata += [stratum] * len(part.split())
    found: Arguments = {"values": np.array(values), "group": np.array(group, dtype=np.int64)}
    return found | ({"strata": np.array(strata)} if ";" in data else {})


def groups(data: str) -> Arguments:
    """`1 2 | 3 4 | 5`: values of each group."""
    texts = parts(data, "|")
    codes = np.repeat(np.arange(len(texts)), [len(text.split()) for text in texts])
    return {"values": np.array(numbers(" ".join(texts))), "groups": codes}


def table(data: str) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """`1 2 | 3 4`: counts of groups (rows) by levels; the level, group and stratum of each record."""
    level, group, strata = [], [], []
    for stratum, text in enumerate(parts(data, ";")):
        for row, part in enumerate(parts(text, "|")):
            for column, count in enumerate(numbers(part)):
                level += [column + 1] * int(count)
                group += [row] * int(count)
                strata += [stratum] * int(count)
    return level, group, strata


def text_table(data: str) -> Arguments:
    level, group, _ = table(data)
    return {"value": pd.Categorical([f"L{number:02d}" for number in level]), "groups": np.array(group)}


def number_table(data: str) -> Arguments:
    level, group, strata = table(data)
    found: Arguments = {"value": np.array(level, dtype=float), "groups": np.array(group)}
    return found | ({"strata": np.array(strata)} if ";" in data else {})


def clusters(data: str) -> Arguments:
    """`2/3 0/1 | 1/1`: for each subject the events that meet the condition and all its events."""
    condition, subject, group = [], [], []
    for side, text in zip((1, 0), parts(data, "|")):
        for number, (count, total) in enumerate(counts(text)):
            condition += [True] * count + [False] * (total - count)
            subject += [f"{side}-{number}"] * total
            group += [side] * total
    return {
        "condition": np.array(condition, dtype=bool),
        "subject": np.array(subject, dtype=object),
        "group": np.array(group, dtype=np.int64),
    }


def rate(data: str) -> Arguments:
    """`5/12.5`: events and exposure of each subject."""
    pairs = np.array([[float(part) for part in text.split("/")] for text in data.split()]).reshape(-1, 2)
    return {"events": pairs[:, 0], "exposure": pairs[:, 1]}


def rates(data: str) -> Arguments:
    """`11/800 23/3011`: events and exposure of the compared and of the reference group."""
    return rate(data) | {"group": np.array([1, 0])}


def values(data: str) -> Arguments:
    return {"values": np.array(numbers(data))}


def pairs(data: str) -> Arguments:
    first, second = parts(data, "|")
    return {"first": np.array(numbers(first)), "second": np.array(numbers(second))}


READERS: dict[str, Callable[[str], Arguments]] = {
    "proportion": proportion,
    **dict.fromkeys(("difference", "relative_risk", "odds_ratio", "fisher", "chi_square", "cmh"), fourfold),
    **dict.fromkeys(("wilcoxon", "hodges_lehmann", "van_elteren", "t_test"), samples),
    **dict.fromkeys(("chi_square_table", "fisher_table"), text_table),
    **dict.fromkeys(("summary", "percentiles", "geometric_mean", "one_sample_t_test"), values),
    **dict.fromkeys(("rate_difference", "rate_ratio"), rates),
    "cmh_table": number_table,
    "cluster_difference": clusters,
    "kruskal_wallis": groups,
    "paired_t_test": pairs,
    "incidence_rate": rate,
}
