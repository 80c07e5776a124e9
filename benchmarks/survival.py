"""Times the survival statistics on simulated records, with continuous times and with times in whole days.

    python benchmarks/survival.py 1000000 3

Printed are medians of the runs in seconds. A benchmark is a measurement, not a test: figures of one run on a busy
machine are noisy.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from results.statistics import cox, cumulative_incidence, gray, kaplan_meier, logrank, rmst, zph


def records(size: int, whole: bool) -> dict[str, np.ndarray]:
    """Two arms with hazard ratio 0.7, a third of the records censored, ten strata, two records a subject."""
    draw = np.random.default_rng(20230901)
    group = draw.integers(0, 2, size)
    event, censor = draw.exponential(100 / 0.7**group), draw.exponential(200, size)
    moments = np.minimum(event, censor)
    return {
        "time": np.ceil(moments) if whole else moments,
        "censor": (event > censor).astype(float),
        "group": group,
        "strata": draw.integers(0, 10, size),
        "subject": np.arange(size) // 2,
        "age": draw.normal(60, 10, size),
        "competing": (event > censor) & (draw.random(size) < 0.3),
    }


def tasks(d: dict[str, np.ndarray]) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    head = (d["time"], d["censor"])
    grouped = (*head, d["group"])
    return {
        "kaplan_meier": lambda: kaplan_meier(*head, at=(15, 29, 57)),
        "logrank": lambda: logrank(*grouped),
        "logrank, stratified, Peto": lambda: logrank(*grouped, d["strata"], weights="peto"),
        "cox, Efron": lambda: cox(*grouped, d["subject"]),
        "cox, discrete ties": lambda: cox(*grouped, d["subject"], ties="discrete"),
        "cox, marginal ties": lambda: cox(*grouped, d["subject"], ties="marginal"),
        "cox, Efron, stratified, robust": lambda: cox(*grouped, d["subject"], d["strata"], variance="robust"),
        "cox, Efron, age, profile": lambda: cox(*grouped, d["subject"], covariates=d["age"], ci="profile"),
        "zph": lambda: zph(*grouped),
        "rmst": lambda: rmst(*grouped, tau=56),
        "cumulative_incidence": lambda: cumulative_incidence(*head, d["competing"]),
        "gray": lambda: gray(*head, d["competing"], d["group"]),
    }


def main(size: int, runs: int) -> None:
    """Print a table of medians."""
    both = [tasks(records(size, whole)) for whole in (False, True)]
    print(f"{size:,} records, median of {runs} run(s), seconds\n\n{'':32}{'continuous':>12}{'whole days':>12}")
    for name in both[0]:
        found = []
        for which in both:
            seconds = []
            for _ in range(runs):
                start = time.perf_counter()
                which[name]()
                seconds.append(time.perf_counter() - start)
            found.append(statistics.median(seconds))
        print(f"{name:32}{found[0]:12.2f}{found[1]:12.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
