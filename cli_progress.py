"""The progress of a build as a line of the terminal: stage, dataset, rows, how much is done, time left."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column


class Shown:
    """Called with what a stage is doing (engine.progress.Doing, or any text), and with "" when it ends.

    The time left is that of the steps, or parts, of which `total` are known; rich reckons it from their pace.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._progress: Progress | None = None
        self._of = ""

    def __call__(self, doing: str) -> None:
        if not doing:
            self._end()
            return
        total = getattr(doing, "total", 0) or None
        of = str(getattr(doing, "of", ""))
        if self._progress is None:
            self._progress = _bar(self.console)
            self._progress.add_task("", total=total)
            self._progress.start()
        task = self._progress.task_ids[0]
        if of != self._of:
            self._of = of
            self._progress.reset(task)
        done = getattr(doing, "done", 0)
        self._progress.update(task, description=str(doing), total=total, completed=done, refresh=True)

    def _end(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _bar(console: Console) -> Progress:
    room = Column(ratio=1, no_wrap=True, overflow="ellipsis")
    what = TextColumn("{task.description}", markup=False, table_column=room)
    columns = (what, BarColumn(20), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, expand=True, auto_refresh=False)
