"""The command `build define`: what is its own beside the options of every stage. It is registered in cli.py."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline import Request

HELP = """Write define.xml and define.html for the datasets that were built.

    \b
      build define
      build define my-study --out delivery
      build define their-study --data their-xpt   datasets built elsewhere, described by an imported workbook
      build define --check                        is the define.xml what specification and data give?

    --check writes nothing. It prints what in define.xml differs from what would be written now, and what breaks a
    rule against the data. Exit code 1 if there is anything.
    """


def options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of this command alone."""
    function = click.option("--data", metavar="DIR", help="Datasets (XPT) that something else built.")(function)
    return click.option("--check", "only_check", is_flag=True, help="Write nothing; say what differs.")(function)


def check(request: Request) -> None:
    """Print what differs or breaks a rule, and end: exit code 1 if there is anything."""
    import pipeline

    drift = pipeline.define_drift(request)
    for line in drift:
        click.echo(line)
    sys.exit(1 if drift else 0)
