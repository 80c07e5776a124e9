"""`build sdtm` against a baseline that only parses the same raw files and writes the same number of bytes.

    python benchmarks/sdtm_against_parsing.py 10000 3

The two take turns, each in a process of its own; printed are medians with their spread, the ratio, the peak memory
and the datasets that cost most. The baseline parses with pyarrow (two threads) and writes with `ndarray.tofile`.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def baseline(raw: Path, size: int, out: Path) -> dict[str, Any]:
    """Parse every raw file as text and write `size` bytes."""
    import numpy as np
    import pyarrow.csv as arrow

    start = time.perf_counter()
    for path in sorted(raw.glob("*.csv")):
        names = path.read_bytes().partition(b"\r\n")[0].decode("utf-8-sig").split(",")
        options = arrow.ConvertOptions(column_types=dict.fromkeys(names, "string"))
        arrow.read_csv(path, convert_options=options, parse_options=arrow.ParseOptions(newlines_in_values=True))
    np.zeros(size, np.uint8).tofile(out)
    return _measured(start, {})


def build(raw: Path, out: Path) -> dict[str, Any]:
    """Build SDTM; seconds by dataset."""
    import pipeline
    from engine.run import Run

    spent: dict[str, float] = defaultdict(float)
    depth = [0]
    compute = Run._compute

    def timed(self: Run, dataset: str, block: str, name: str) -> Any:
        start = time.perf_counter()
        depth[0] += 1
        try:
            return compute(self, dataset, block, name)
        finally:
            depth[0] -= 1
            if not depth[0]:  # what another dataset needs on the way is charged to the one that asked first
                spent[dataset] += time.perf_counter() - start

    Run._compute = timed  # type: ignore[method-assign]
    start = time.perf_counter()
    pipeline.sdtm(pipeline.Request(pipeline.REFERENCE, out, raw, full=True))
    return _measured(start, spent)


def _measured(start: float, spent: dict[str, float]) -> dict[str, Any]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.perf_counter() - start, "peak": peak, "spent": spent}


def _run(*words: object) -> dict[str, Any]:
    command = [sys.executable, __file__, *(str(word) for word in words)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def main(words: list[str]) -> None:
    sys.path.insert(0, str(ROOT))
    if words[:1] == ["--baseline"]:
        print(json.dumps(baseline(Path(words[1]), int(words[2]), Path(words[3]))))
        return
    if words[:1] == ["--build"]:
        print(json.dumps(build(Path(words[1]), Path(words[2]))))
        return
    import simulate

    subjects, times = int(words[0]) if words else 1000, int(words[1]) if len(words) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder, "raw"), Path(folder, "out")
        simulate.write("bench", raw, subjects=subjects)
        builds, baselines = [], []
        for _ in range(times):
            builds.append(_run("--build", raw, out))
            size = sum(path.stat().st_size for path in (out / "sdtm").glob("*.xpt"))
            baselines.append(_run("--baseline", raw, size, Path(folder, "bytes")))
        print(f"{subjects:,} subjects, {size / 1e6:.0f} MB of XPT, {times} runs each, taking turns")
        for name, runs in (("build sdtm", builds), ("baseline", baselines)):
            seconds = [run["seconds"] for run in runs]
            peak = max(run["peak"] for run in runs)
            spread = f"({min(seconds):.1f} to {max(seconds):.1f})"
            print(f"{name:12} median {statistics.median(seconds):7.1f} s {spread}, peak {peak:.0f} MB")
        ratio = statistics.median(run["seconds"] for run in builds) / statistics.median(
            run["seconds"] for run in baselines
        )
        spent = sorted(builds[-1]["spent"].items(), key=lambda item: -item[1])[:5]
        print(f"ratio {ratio:.1f}; variables of: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in spent))


if __name__ == "__main__":
    main(sys.argv[1:])
