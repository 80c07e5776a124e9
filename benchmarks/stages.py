"""Times every stage of a build on simulated subjects: seconds, peak memory, and the rules that cost most.

    python benchmarks/stages.py 1000 10000

Simulates the subjects (the same for the same number), builds all stages in one process each, and prints a table.
A benchmark is a measurement, not a test: figures of one run on a busy machine are noisy.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
STAGES = ("sdtm", "adam", "define", "results")


def run_stage(stage: str, raw: Path, out: Path) -> dict[str, Any]:
    """Build one stage in this process; seconds, peak memory in MB, and the slowest rules."""
    import pipeline
    from engine.run import Run

    spent: dict[str, float] = defaultdict(float)
    inner: list[float] = [0.0]
    compute = Run._compute

    def timed(self: Run, dataset: str, block: str, name: str) -> Any:
        # what a rule asks for while it runs is charged to the rule that computes it
        start, before = time.perf_counter(), inner[-1]
        inner.append(0.0)
        found = compute(self, dataset, block, name)
        took = time.perf_counter() - start
        spent[f"{dataset}.{name}"] += took - inner.pop()
        inner[-1] = before + took
        return found

    Run._compute = timed  # type: ignore[method-assign]
    start = time.perf_counter()
    getattr(pipeline, stage)(pipeline.Request(pipeline.REFERENCE, out, raw))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    slowest = sorted(spent.items(), key=lambda item: -item[1])[:3]
    return {"seconds": seconds, "peak": peak, "slowest": slowest}


def measure(subjects: int) -> None:
    """Simulate and build; each stage in a process of its own, so that its peak memory is its own."""
    import simulate

    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder, "raw"), Path(folder, "out")
        start = time.perf_counter()
        rows = sum(simulate.write("bench", raw, subjects=subjects).values())
        print(f"\n{subjects:,} subjects, {rows:,} raw rows (simulated in {time.perf_counter() - start:.1f} s)")
        print(f"{'stage':8} {'seconds':>8} {'peak MB':>8}  slowest rules (seconds)")
        for stage in STAGES:
            words = [sys.executable, __file__, "--stage", stage, str(raw), str(out)]
            answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
            found = json.loads(answer.stdout.splitlines()[-1])
            rules = ", ".join(f"{name} {seconds:.2f}" for name, seconds in found["slowest"])
            print(f"{stage:8} {found['seconds']:8.1f} {found['peak']:8.0f}  {rules}", flush=True)


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
