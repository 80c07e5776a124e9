"""What the commands that build stages share: options on the parts of a build, progress while it runs, the summary."""

from __future__ import annotations

import csv
import os
import select
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from pipeline import Cut, Line, Request

READER_GONE = 141  # what a shell reports of a program that SIGPIPE ended: 128 + 13


def parts_options(function: Callable[..., None]) -> Callable[..., None]:
    """How a stage is cut into parts of its subjects; the result is the same for any cutting."""
    many = click.IntRange(min=1)
    options = [
        click.option("--jobs", type=many, metavar="N", help="Processes that build parts of the subjects."),
        click.option("--partitions", type=many, metavar="K", help="Parts, if other than the size of the data says."),
        click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster that builds the parts (tcp://host:8786)."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def cut_of(jobs: int | None, partitions: int | None, scheduler: str | None) -> Cut:
    """What the options on parts ask for; without any, a stage is cut where the memory does not hold it as a whole."""
    from pipeline import Cut

    return Cut(jobs or 1, partitions or 0, scheduler or "", alone=jobs == 1)


def full_option(function: Callable[..., None]) -> Callable[..., None]:
    """Whether what has not changed is built anew too."""
    return click.option("--full", is_flag=True, help="Build everything anew, also what has not changed.")(function)


def status(request: Request, quiet: bool) -> None:
    """Print what is stale and why; ends with exit code 1 where anything is."""
    from pipeline_standing import status as found

    lines, stale = found(request)
    for line in lines if not quiet else ():
        click.echo(line)
    sys.exit(1 if stale else 0)


def ended_by_reader(error: OSError) -> None:
    """End without a word where the reader of what we print has gone (`build ... | head`), as other programs do.

    Any other pipe that broke is a fault of the system: this returns, and the fault is told.
    """
    if isinstance(error, BrokenPipeError) and (gone := [one for one in (sys.stdout, sys.stderr) if _unread(one)]):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in gone:
            os.dup2(nowhere, stream.fileno())  # what is left in the buffer is written at the end of the process
        sys.exit(READER_GONE)


def _unread(stream: TextIO) -> bool:
    """Whether nobody reads what is printed any more; taken to be so where the system has no way to ask."""
    if not hasattr(select, "poll"):
        return True
    asked = select.poll()
    try:
        asked.register(stream.fileno(), 0)
    except OSError:
        return False  # no file of the system, as in a test
    return any(events & (select.POLLERR | select.POLLHUP) for _, events in asked.poll(0))


def progress(quiet: bool) -> Callable[[str], None] | None:
    """What shows the progress of a long build on a terminal; None where there is none or nothing is to be shown."""
    if quiet or not sys.stderr.isatty():
        return None
    from cli_progress import Shown

    return Shown()


def summary(folder: Path, lines: list[Line]) -> None:
    """Print what was made, with rows and seconds, how many issues there are, and what a user would open next."""
    click.echo(f"{'stage':8} {'dataset':12} {'records':>10} {'variables':>10} {'seconds':>8}")
    for line in lines:
        seconds = f"{line.seconds:8.2f}" if line.seconds else " " * 8
        rows = f"{line.rows:10,d}" if line.rows or line.variables else " " * 10
        variables = f"{line.variables:10d}" if line.variables else " " * 10
        click.echo(f"{line.stage:8} {line.name:12} {rows} {variables} {seconds}")
    click.echo(_issue_counts(folder))
    for text in _opened(folder):
        click.echo(text)


def _opened(out: Path) -> list[str]:
    """The files that a user would open next, those that exist."""
    wanted = {
        "results/index.html": "the endpoints",
        "adam/define.html": "ADaM, described",
        "sdtm/define.html": "SDTM, described",
        "qc/index.html": "every raw row accounted for; what was cut, converted or left out",
        "qc/issues.csv": "the same as a table",
        "sdtm": "SDTM datasets (XPT)",
        "adam": "ADaM datasets (XPT)",
    }
    return [f"{out / name}  {what}" for name, what in wanted.items() if (out / name).exists()]


def _issue_counts(out: Path) -> str:
    """How many issues the build wrote down, by severity."""
    path = out / "qc" / "issues.csv"
    if not path.exists():
        return ""
    with path.open(encoding="utf-8", newline="") as stream:
        found = Counter(row["Severity"] for row in csv.DictReader(stream))
    known = ("error", "warning", "note")
    return "issues: " + ", ".join(f"{found[name]} {name}s" for name in known) + f" ({path.parent / 'index.html'})"
