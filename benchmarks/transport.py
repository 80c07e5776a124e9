"""The transport files of `formats.xpt` against pyreadstat, and against writing the same bytes with `ndarray.tofile`.

    python benchmarks/transport.py                     # 600,000 simulated laboratory records, 23 variables, 5 runs
    python benchmarks/transport.py lb.xpt 600000 9     # of a file that is there; records, runs

Without a file, laboratory data of 6,500 simulated subjects are built first, which takes a minute. All contestants run
in one process and take turns; printed are medians with their spread, and the ratios of the medians. What they read is
checked to be equal, and that pyreadstat reads what was written here.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
CREATED = datetime(2026, 1, 5)
VARIABLES = (
    "STUDYID", "DOMAIN", "USUBJID", "LBSEQ", "LBTESTCD", "LBTEST", "LBCAT", "LBORRES", "LBORRESU", "LBORNRLO",
    "LBORNRHI", "LBSTRESC", "LBSTRESN", "LBSTRESU", "LBSTNRLO", "LBSTNRHI", "LBNRIND", "LBBLFL", "VISITNUM", "VISIT",
    "EPOCH", "LBDTC", "LBDY",
)  # fmt: skip


def simulated(folder: Path) -> Path:
    """Laboratory data of 6,500 simulated subjects, built by the reference specification."""
    from click.testing import CliRunner

    import cli

    words = ["simulate", "--mode", "bench", "--subjects", "6500", "--out", str(folder / "raw")]
    for command in (words, ["sdtm", "--raw", str(folder / "raw"), "--out", str(folder), "--only", "LB"]):
        CliRunner().invoke(cli.main, command, catch_exceptions=False, standalone_mode=False)
    return folder / "sdtm" / "lb.xpt"


def contestants(folder: Path, dataset: Any, frames: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """What is measured, by its name."""
    import numpy as np
    import pyreadstat

    from formats import xpt

    ours, theirs = folder / "ours.xpt", folder / "theirs.xpt"
    labels = {column.name: column.label for column in dataset.columns}
    xpt.write(ours, dataset.columns, dataset="LB", created=CREATED)
    data = np.fromfile(ours, np.uint8)

    def ours_from(kind: str) -> Callable[[], Any]:
        return lambda: xpt.write_frame(ours, frames[kind], dataset="LB", created=CREATED, labels=labels)

    def theirs_from(kind: str) -> Callable[[], Any]:
        return lambda: pyreadstat.write_xport(
            frames[kind], str(theirs), table_name="LB", file_format_version=5, column_labels=list(labels.values())
        )

    return {
        "tofile, the same bytes": lambda: data.tofile(folder / "bytes"),
        "write, columns": lambda: xpt.write(ours, dataset.columns, dataset="LB", created=CREATED),
        "write, frame of str": ours_from("str"),
        "write, frame of object": ours_from("object"),
        "pyreadstat writes, frame of str": theirs_from("str"),
        "pyreadstat writes, frame of object": theirs_from("object"),
        "read, columns": lambda: xpt.read(ours),
        "read, frame of str": lambda: xpt.frame(xpt.read(ours), text="str"),
        "read, frame of object": lambda: xpt.frame(xpt.read(ours)),
        "pyreadstat reads": lambda: pyreadstat.read_xport(str(ours)),
    }


RATIOS = (
    ("pyreadstat writes, frame of str", "write, frame of str", "at least 20"),
    ("pyreadstat writes, frame of object", "write, frame of object", "at least 20"),
    ("write, columns", "tofile, the same bytes", "at most 15"),
    ("write, frame of str", "tofile, the same bytes", "at most 15"),
    ("write, frame of object", "tofile, the same bytes", "at most 15"),
    ("pyreadstat reads", "read, columns", "at least 10"),
    ("pyreadstat reads", "read, frame of str", "at least 10"),
    ("pyreadstat reads", "read, frame of object", "at least 10"),
)


def check(folder: Path, frame: Any) -> None:
    """pyreadstat reads from our file what the frame holds."""
    import numpy as np
    import pyreadstat

    found = pyreadstat.read_xport(str(folder / "ours.xpt"), disable_datetime_conversion=True)[0]
    for name in frame.columns:
        if frame[name].dtype == np.float64:
            np.testing.assert_array_equal(found[name], frame[name])
        else:
            assert found[name].tolist() == frame[name].fillna("").tolist(), name


def main(words: list[str]) -> None:
    sys.path.insert(0, str(ROOT))
    from formats import xpt

    records, runs = (int(word) for word in (*words[1:3], *("600000", "5")[len(words[1:3]) :]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = Path(words[0]) if words else simulated(folder)
        dataset = xpt.read(path, columns=VARIABLES, max_rows=records)
        kinds: tuple[Any, ...] = ("str", "object")
        frames = {kind: xpt.frame(dataset, text=kind) for kind in kinds}
        measured: dict[str, list[float]] = {}
        for _ in range(runs):
            for what, work in contestants(folder, dataset, frames).items():
                gc.collect()
                start = time.perf_counter()
                work()
                measured.setdefault(what, []).append(time.perf_counter() - start)
        check(folder, frames["object"])
        size = os.path.getsize(folder / "ours.xpt") / 2**20
    print(f"{dataset.rows:,} records x {len(dataset.columns)} variables, {size:,.0f} MB, {runs} runs taking turns")
    medians = {what: statistics.median(times) for what, times in measured.items()}
    for what, times in measured.items():
        print(f"{what:36} median {medians[what]:8.3f} s  ({min(times):.3f} to {max(times):.3f})")
    for above, below, goal in RATIOS:
        print(f"{above} / {below}: {medians[above] / medians[below]:.1f} ({goal})")


if __name__ == "__main__":
    main(sys.argv[1:])
