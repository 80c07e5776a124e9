"""The commands of `build spec` and `build init`: options and what is printed. The commands are registered in cli.py."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from submission.spec_exchange import Report

_STAGE = click.option("--stage", type=click.Choice(["sdtm", "adam"]), help="Needed only where it is not clear.")


@click.argument("study", required=False)
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit code 1 if a table would change.")
def format_(study: str | None, only_check: bool) -> None:
    """Write the CSV tables of a study in their canonical form: order of columns, quotes, line ends.

    \b
      build spec format my-study
      build spec format my-study --check
    """
    from pipeline import find_study
    from specs.format import format_study

    changed = format_study(find_study(study), write=not only_check)
    for path in changed:
        click.echo(f"{'would change' if only_check else 'written'}: {path}")
    if only_check and changed:
        sys.exit(1)


@click.argument("study")
@click.argument("workbook", metavar="WORKBOOK")
@_STAGE
@click.option("--force", is_flag=True, help="Replace a workbook that holds changes.")
def export(study: str, workbook: str, stage: str | None, force: bool) -> None:
    """Write the tables of one stage as an Excel workbook.

    \b
      build spec export my-study spec.xlsx --stage adam

    The sheets of the Pinnacle 21 workbook stand first, then the tables that run, then look-up tables. Every cell
    is text. `build spec import` gives the same CSV tables back, byte for byte.
    """
    from pipeline import find_study
    from submission.spec_exchange import export_workbook

    _show(export_workbook(find_study(study), Path(workbook), stage or "", force))


@click.argument("source", metavar="SOURCE")
@click.argument("study")
@_STAGE
@click.option("--damaged", is_flag=True, help="Import cells that Excel damaged as they stand.")
def import_(source: str, study: str, stage: str | None, damaged: bool) -> None:
    """Write what a workbook or a define.xml says as the tables of a study, a new one if STUDY is not there.

    \b
      build spec import spec.xlsx my-study
      build spec import theirs.xlsx new-study --stage sdtm
      build spec import define.xml new-study

    The tables of that stage are replaced as a whole. Workbooks of others are read too: older names of sheets and
    columns, words of Define-XML 2.0; every cell is kept. Faults are shown at sheet, row and column (of a define.xml
    at the line).

    Exit code 0: no faults. 1: faults; cells that Excel damaged stop the import, other faults do not. 2: wrong usage.
    """
    from submission.spec_exchange import import_spec

    _show(import_spec(Path(source), Path(study), stage or "", damaged))


def _show(report: Report) -> None:
    for line in report.lines:
        click.echo(line)
    for fault in report.faults:
        click.echo(str(fault), err=True)
    if report.faults:
        count = f"{len(report.faults)} fault{'s' if len(report.faults) != 1 else ''}"
        click.echo(f"{count}; the tables were written as they stand.", err=True)
        sys.exit(1)


@click.argument("study")
@click.option("--raw", required=True, metavar="DIR", help="Folder of the raw tables.")
@click.option("--encoding", default="", metavar="NAME", help="Encoding of text tables that are not UTF-8.")
def init(study: str, raw: str, encoding: str) -> None:
    """Start a new study from its raw tables: a folder of proposals, each to be confirmed.

    \b
      build init my-study --raw export
      build init my-study --raw export --encoding cp1252
      build check my-study --raw export

    Names of columns are compared with the names and labels of the SDTMIG, their values with dates, numbers and
    controlled terminology, by rules alone; every row says in Comment or Developer Notes why it was proposed and how
    sure that is (high, medium, low). What could not be placed is printed and listed in sdtm/other, files that are not
    read are printed with the reason. A folder that holds anything is never written to.
    """
    from sdtm.init_study import start

    for line in start(Path(study), Path(raw), encoding):
        click.echo(line)


SPEC_COMMANDS: dict[str, Callable[..., None]] = {"format": format_, "export": export, "import": import_}
