"""What a long build is doing, said about once a second to whoever asked for it; never part of an output."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from engine.run import Run

Say = Callable[[str], None]
SECONDS = 1.0


class Progress:
    """Holds what is being done: `progress("reading raw_lb.csv")`, `progress("LB LBSTRESN", 4821)` with its rows."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self._doing = ""
        self._rows: int | None = None

    def __call__(self, what: str, rows: int | None = None) -> None:
        self._doing, self._rows = what, rows

    def text(self) -> str:
        """The stage, what is being done, the rows where they are known; "" before anything was."""
        rows = f" ({self._rows:,d} row{'' if self._rows == 1 else 's'})" if self._rows is not None else ""
        return f"{self.stage}: {self._doing}{rows}" if self._doing else ""


@contextmanager
def reported(stage: str, say: Say | None, seconds: float = SECONDS) -> Iterator[Progress]:
    """The progress of a stage, passed to `say` every so many seconds for as long as the block runs.

    `say` is called from a thread of its own, so that one step that takes long is named too; if anything was said, it
    gets "" at the end, to clear a line of a terminal. None: nothing is said.
    """
    progress = Progress(stage)
    if say is None:
        yield progress
        return
    done = Event()
    spoken = Event()

    def tell() -> None:
        while not done.wait(seconds):
            if text := progress.text():
                spoken.set()
                say(text)

    thread = Thread(target=tell, name="progress", daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()
        if spoken.is_set():
            say("")


def run_all(run: Run, progress: Progress) -> None:
    """Compute every step of a stage, each named before it begins. Raises DataError."""
    for step in run.stage.order:
        kind, dataset, block, *name = step
        if kind == "rows":
            progress(f"records of {dataset} {block}")
        elif kind in ("variable", "events") and block in run.blocks(dataset):
            progress(f"{dataset} {block} {' '.join(name)}".rstrip(), run.records(dataset, block).count)
        run.step(step)
