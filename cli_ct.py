"""`build ct`: controlled terminology."""

from __future__ import annotations

import sys
from pathlib import Path

import click


def add_ct(main: click.Group, command: type[click.Command]) -> None:
    """Add `build ct` to the commands. command: the class that shows a user's mistakes."""
    group = main.group("ct", cls=type(main))(ct)
    group.command("diff", cls=command)(ct_diff)


def ct() -> None:
    """Controlled terminology.

    \b
      build ct diff "SDTM 2025-03-28" new.txt my-study    what would a newer package change?
    """


@click.argument("old")
@click.argument("new")
@click.argument("study", required=False, metavar="[STUDY]")
@click.option("--out", metavar="DIR", help="Where the study was built. Default: output/<study id>.")
@click.option("--csv", metavar="FILE", help="Write every change, a row per place that it touches, as CSV.")
def ct_diff(old: str, new: str, study: str | None, out: str | None, csv: str | None) -> None:
    """Compare two packages of controlled terminology, and what changes for a study.

    \b
      build ct diff "SDTM 2025-03-28" "SDTM Terminology.txt"
      build ct diff "SDTM 2025-03-28" new.odm.xml my-study
      build ct diff old.csv new.csv my-study --out delivery --csv changes.csv

    OLD and NEW are packages that trialspec holds ("SDTM 2025-03-28") or files as NCI EVS publishes them: text
    parted by tabs, CSV, or ODM XML. With STUDY: the cells of its tables and the records of its built datasets
    that hold a term which was removed or renamed, or which its list no longer allows.

    Exit code 0: nothing touches the study (or none was given). 1: something does, or there is a fault.
    2: wrong usage.
    """
    from pipeline import Request, find_study
    from pipeline_quality import ct_difference

    request = Request(find_study(study), Path(out) if out else None) if study else None
    lines, touched = ct_difference(old, new, request, Path(csv) if csv else None)
    for line in lines:
        click.echo(line)
    sys.exit(1 if touched else 0)
