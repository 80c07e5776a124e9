"""Times every stage of a build on simulated subjects: seconds, peak memory, the rules that cost most, each dataset.

    python benchmarks/stages.py 1000 10000

Simulates the subjects (the same for the same number), builds all stages in one process each, and prints a table; the
datasets of a stage stand below it, each with the seconds of its rules, its sorting and its writing, and with the peak
of memory while it was at work. What a stage does for all datasets together (reading, checks, ledger) is not theirs.
Seconds of a stage are those of the clock and of the processor, those of rules and datasets of the processor. A
benchmark is a measurement, not a test: on a busy machine the clock is noisy.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STAGES = ("sdtm", "adam", "define", "results")


def run_stage(stage: str, raw: Path, out: Path) -> dict[str, Any]:
    """Build one stage in this process; seconds, peak memory in MB, the slowest rules, and every dataset."""
    from meter import watched

    import pipeline

    meter = watched()
    start, used = time.perf_counter(), time.process_time()
    getattr(pipeline, stage)(pipeline.Request(pipeline.REFERENCE, out, raw, full=True))
    seconds, used = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    slowest = sorted(((name, spent) for name, spent in meter.rules.items() if "." in name), key=lambda item: -item[1])
    datasets = [
        (name, meter.counts.get(name, 0), spent, meter.peaks[name])
        for name, spent in meter.datasets.items()
        if name in meter.counts or name.startswith("_")
    ]
    return {"seconds": seconds, "processor": used, "peak": peak, "slowest": slowest[:3], "datasets": datasets}


def measure(subjects: int) -> None:
    """Simulate and build; each stage in a process of its own, so that its peak memory is its own."""
    import simulate

    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder, "raw"), Path(folder, "out")
        start = time.perf_counter()
        rows = sum(simulate.write("bench", raw, subjects=subjects).values())
        print(f"\n{subjects:,} subjects, {rows:,} raw rows (simulated in {time.perf_counter() - start:.1f} s)")
        print(f"{'stage':10} {'clock':>7} {'processor':>9} {'peak MB':>8}  slowest rules (seconds)")
        for stage in STAGES:
            words = [sys.executable, __file__, "--stage", stage, str(raw), str(out)]
            answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
            found = json.loads(answer.stdout.splitlines()[-1])
            rules = ", ".join(f"{name} {seconds:.2f}" for name, seconds in found["slowest"])
            times = f"{found['seconds']:7.1f} {found['processor']:9.1f}"
            print(f"{stage:10} {times} {found['peak']:8.0f}  {rules}", flush=True)
            for name, count, seconds, peak in sorted(found["datasets"], key=lambda item: -item[2]):
                held = f"{count:,} records" if count else "working"
                print(f"  {name:8} {'':7} {seconds:9.2f} {peak:8.0f}  {held}", flush=True)


def main(words: list[str]) -> None:
    sys.path.insert(0, str(ROOT))
    if words[:1] == ["--stage"]:
        print(json.dumps(run_stage(words[1], Path(words[2]), Path(words[3]))))
        return
    print(f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}")
    for word in words or ["1000"]:
        measure(int(word))


if __name__ == "__main__":
    main(sys.argv[1:])
