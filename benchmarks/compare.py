"""`build compare` against datacompy on two tables of a million records and 30 variables, records in another order.

    python benchmarks/compare.py 1000000 5

Needs datacompy and pyarrow (`pip install datacompy pyarrow`; polars comes with datacompy). The contestants take turns,
each run in a process of its own: reading the two files, comparing by key, and making the report. Printed are medians
with their spread and the peak memory. What they find is checked to be the same.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
KEY = ("USUBJID", "LBSEQ")


def write(folder: Path, records: int) -> None:
    """Two tables as XPT and as Parquet: 12 numbers, 15 texts of 5 to 20,000 different values, and the key."""
    from datetime import datetime

    import numpy as np
    import pyarrow
    from pyarrow import parquet

    from formats import xpt
    from formats.coded import Coded

    rng = np.random.default_rng(20260105)
    subject = np.arange(records) // 100
    columns: dict[str, Any] = {
        "STUDYID": Coded(np.zeros(records, np.int32), np.array(["S-1"], object)),
        "USUBJID": Coded(subject.astype(np.int32), np.array([f"S-1-{i:06d}" for i in range(subject[-1] + 1)], object)),
        "LBSEQ": (np.arange(records) % 100 + 1).astype(float),
    }
    for i in range(12):
        numbers = np.round(rng.normal(100, 20, records), 2 + i % 3)
        columns[f"N{i}"] = np.where(rng.random(records) < 0.1, np.nan, numbers)
    for i in range(15):
        size = (5, 20, 100, 1000, 20000)[i % 5]
        codes = rng.integers(-1, size, records).astype(np.int32)
        columns[f"C{i}"] = Coded(codes, np.array([f"a text of some length {j}" for j in range(size)], object))
    order = rng.permutation(records)
    other: dict[str, Any] = {
        name: column.take(order) if isinstance(column, Coded) else column[order] for name, column in columns.items()
    }
    for name in ("N0", "N5"):
        other[name] = other[name] + np.bincount(rng.integers(0, records, 500), minlength=records).clip(0, 1)
    codes = other["C2"].codes
    other["C2"] = Coded(np.where(np.arange(records) < 300, (codes + 1) % 100, codes), other["C2"].values)
    for side, table in (("base", columns), ("compare", other)):
        made = [xpt.Column(name, column) for name, column in table.items()]
        xpt.write(folder / f"{side}.xpt", made, dataset="LB", created=datetime(2026, 1, 5))
        plain = {name: c.to_objects() if isinstance(c, Coded) else c for name, c in table.items()}
        arrays = {name: pyarrow.array(values, from_pandas=True) for name, values in plain.items()}
        parquet.write_table(pyarrow.table(arrays), folder / f"{side}.parquet")


def ours(folder: Path, suffix: str) -> int:
    """Unequal values that `build compare` finds."""
    from qc.compare import html_report, text_report
    from qc.compare.options import Options
    from qc.compare.run import compare_paths

    found = compare_paths(folder / f"base.{suffix}", folder / f"compare.{suffix}", Options(by={"": KEY}))
    assert "\n".join(text_report.lines(found, 50)) and html_report.text(found)
    return found.datasets[0].unequal


def with_pandas(folder: Path) -> int:
    """Unequal values that datacompy finds with pandas."""
    import datacompy
    import pandas as pd

    base, compare = (pd.read_parquet(folder / f"{side}.parquet") for side in ("base", "compare"))
    return _counted(datacompy.PandasCompare(base, compare, join_columns=list(KEY)))


def with_polars(folder: Path) -> int:
    """Unequal values that datacompy finds with polars."""
    import datacompy
    import polars

    base, compare = (polars.read_parquet(folder / f"{side}.parquet") for side in ("base", "compare"))
    return _counted(datacompy.PolarsCompare(base, compare, join_columns=list(KEY)))


def _counted(found: Any) -> int:
    assert found.report()
    return int(sum(stat["unequal_cnt"] for stat in found.column_stats))


CONTESTANTS: dict[str, Callable[[Path], int]] = {
    "build compare, XPT": lambda folder: ours(folder, "xpt"),
    "build compare, Parquet": lambda folder: ours(folder, "parquet"),
    "datacompy with pandas, Parquet": with_pandas,
    "datacompy with polars, Parquet": with_polars,
}


def timed(name: str, folder: Path) -> dict[str, float]:
    """One run in a process of its own: seconds, peak memory in MB, unequal values."""
    words = [sys.executable, __file__, "--run", name, str(folder)]
    answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main(words: list[str]) -> None:
    sys.path.insert(0, str(ROOT))
    if words[:1] == ["--write"]:
        write(Path(words[1]), int(words[2]))
        return
    if words[:1] == ["--run"]:
        start = time.perf_counter()
        unequal = CONTESTANTS[words[1]](Path(words[2]))
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak": peak, "unequal": unequal}))
        return
    records, times = int(words[0]) if words else 1_000_000, int(words[1]) if len(words) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: what a parent once held counts in the peak of its children.
        subprocess.run([sys.executable, __file__, "--write", name, str(records)], cwd=ROOT, check=True)  # noqa: S603
        runs: dict[str, list[dict[str, float]]] = {contestant: [] for contestant in CONTESTANTS}
        for _ in range(times):
            for contestant, done in runs.items():
                done.append(timed(contestant, folder))
    counts = {run["unequal"] for done in runs.values() for run in done}
    assert len(counts) == 1, f"they disagree: {counts}"
    print(f"{records:,} records x 30 variables, {times} runs each, taking turns; {int(counts.pop()):,} unequal values")
    for contestant, done in runs.items():
        measured = [run["seconds"] for run in done]
        spread = f"({min(measured):.1f} to {max(measured):.1f})"
        peak = max(run["peak"] for run in done)
        print(f"{contestant:32} median {statistics.median(measured):6.1f} s {spread:16} peak {peak:6.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
