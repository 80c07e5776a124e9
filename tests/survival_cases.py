"""A hundred small data sets with ties, strata, clusters and competing events, made by a rule, and R's answers."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

DATA = Path(__file__).parent / "data"
CASES = range(1, 101)
COLUMNS = ("time", "status", "x", "z", "group", "stratum", "id", "cause")
Case = dict[str, npt.NDArray[np.float64]]


@cache
def case(number: int) -> Case:
    """Case 1 to 100: every third one has times in whole days from 1 to 6, so that most are tied.

    status 1 an event; x 0 or 1; z one decimal; group 0 to 2; stratum 0 or 1; id of a cluster of records;
    cause 0 censored, 1, 2. `random.Random.random` gives the same numbers in every version of Python.
    """
    draw = random.Random(number).random
    size = 12 + int(draw() * 30)
    rows = [_row(draw, number % 3, size) for _ in range(size)]
    found = {name: np.array([row[name] for row in rows], dtype=float) for name in COLUMNS}
    found["status"][0] = 1.0
    return found


def _row(draw: Callable[[], float], kind: int, size: int) -> dict[str, float]:
    x = float(draw() < 0.5)
    z = round(4 * draw() - 2, 1)
    raw = -np.log(1 - draw()) * np.exp(-0.5 * x - 0.3 * z)
    time = (float(np.ceil(3 * raw).clip(1, 6)), float(np.ceil(12 * raw)), round(10 * raw + 0.01, 3))[kind]
    cause = int(draw() * 3)
    return {
        "time": time,
        "status": float(draw() < 0.7),
        "x": x,
        "z": z,
        "group": float(int(draw() * 3)),
        "stratum": float(draw() < 0.4),
        "id": float(int(draw() * size / 1.5)),
        "cause": float(cause),
    }


@cache
def calls() -> dict[str, str]:
    """The R expression of each call, by its name."""
    with (DATA / "survival_calls.csv").open(encoding="utf-8", newline="") as file:
        return {row["call"]: row["expression"] for row in csv.DictReader(file)}


@cache
def answers(path: Path = DATA / "survival_oracle.csv") -> dict[tuple[str, str], list[float]]:
    """R's numbers by case and call; NaN where R gave none."""
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["case"], row["call"]): [float(text) for text in row["values"].split()] for row in csv.DictReader(file)
        }


def written(folder: Path, numbers: Iterable[int] = CASES) -> Iterator[Path]:
    """Cases as CSV files for R, case_1.csv and so on."""
    for number in numbers:
        path = folder / f"case_{number}.csv"
        found = case(number)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(zip(*(found[name].tolist() for name in COLUMNS)))
        yield path
