"""Where the time and the memory of a stage go: by rule and by dataset."""

from __future__ import annotations

import os
import resource
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATM = Path("/proc/self/statm")
SAMPLED_EVERY = 0.005  # seconds


def resident() -> float:
    """Memory of this process in MB: now where the system tells, else its peak so far."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Meter:
    """Charges processor seconds to what runs, without what it asks for, and the peak of memory to its dataset."""

    def __init__(self) -> None:
        self.rules: dict[str, float] = defaultdict(float)
        self.datasets: dict[str, float] = defaultdict(float)
        self.peaks: dict[str, float] = defaultdict(float)
        self.counts: dict[str, int] = {}
        self._inner = [0.0]
        self._running: list[str] = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self._note()
            time.sleep(SAMPLED_EVERY)

    def _note(self) -> None:
        running = self._running[-1:]
        for dataset in running:
            self.peaks[dataset] = max(self.peaks[dataset], resident())

    def charged(self, work: Callable[..., Any], dataset_of: Callable[..., str]) -> Callable[..., Any]:
        """`work`, metered; `dataset_of` gets its arguments and says for which dataset it is, `AE` or `AE.AESEQ`."""

        def metered(*given: Any, **named: Any) -> Any:
            what = dataset_of(*given, **named)
            dataset = what.partition(".")[0]
            start, before = time.process_time(), self._inner[-1]
            self._inner.append(0.0)
            self._running.append(dataset)
            found = work(*given, **named)
            took = time.process_time() - start
            self._note()
            self._running.pop()
            own = took - self._inner.pop()
            self._inner[-1] = before + took
            self.rules[what] += own
            self.datasets[dataset] += own
            return found

        return metered


def watched() -> Meter:
    """A meter that watches every build of this process from now on."""
    from engine import outcome
    from engine.run import Run
    from submission import stage_folder

    meter = Meter()
    compute, records = Run._compute, Run.records
    sort, write = outcome._output, stage_folder.write_dataset
    Run._compute = meter.charged(compute, lambda run, dataset, block, name: f"{dataset}.{name}")  # type: ignore[method-assign]
    Run.records = meter.charged(records, lambda run, dataset, block: dataset)  # type: ignore[method-assign]
    outcome._output = meter.charged(sort, lambda run, name: name)
    metered = meter.charged(write, lambda spec, output, *more: output.name)

    def counted(spec: Any, output: Any, *more: Any) -> None:
        meter.counts[output.name] = output.count
        metered(spec, output, *more)

    stage_folder.write_dataset = counted  # type: ignore[assignment]
    return meter
