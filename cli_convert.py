"""What `build convert` says of itself, and what it prints. The command is registered in cli.py."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click


def _formats(context: click.Context, parameter: click.Parameter, stated: str) -> tuple[str, ...]:
    """The formats besides XPT, which is always written."""
    if not stated:
        return ()
    from formats.convert import WRITTEN

    names = tuple(dict.fromkeys(name.strip().lower() for name in stated.split(",") if name.strip()))
    unknown = [name for name in names if name not in WRITTEN]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: datasets are written as {', '.join(WRITTEN)}")
    return tuple(name for name in names if name != "xpt")


format_option = click.option(
    "--format", "formats", default="", metavar="xpt,json,parquet", callback=_formats,
    help="Formats of the datasets: json, ndjson, dsjc (Dataset-JSON 1.1), parquet; XPT is always written.",
)  # fmt: skip


@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
@click.option("--dataset", default="", metavar="NAME", help="Which dataset, of a transport file with several.")
@click.option("--encoding", default="ascii", show_default=True, metavar="NAME",
              help="Of the texts in a SAS file, read or written: utf-8, windows-1252.")
@click.option("--xpt-version", type=click.Choice(["5", "8"]), default="5", show_default=True,
              help="Of a transport file that is written; regulators accept 5.")
@click.option("--created", type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]),
              help="Time stamp of the file; default: that of the source.")
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def convert(
    source: str, target: str, dataset: str, encoding: str, xpt_version: str, created: datetime | None, quiet: bool
) -> None:  # fmt: skip
    """Write a dataset in another format, the one of the ending of TARGET.

    \b
      build convert adsl.xpt adsl.json
      build convert ae.json ae.xpt --encoding utf-8
      build convert lb.sas7bdat lb.parquet --created 2026-01-05
      build convert lb.xpt lb.dsjc

    \b
    .xpt       SAS transport file, version 5 or 8
    .json      Dataset-JSON 1.1; .ndjson with a line for each record; .dsjc the same compressed
    .parquet   Parquet, labels, lengths and formats in the metadata of the schema
    .sas7bdat  SAS dataset, read only

    A value that TARGET cannot hold stops the conversion with its record: a text of more than 200 bytes or a
    character outside the encoding in version 5, a special missing value (.A) outside of SAS files. Attributes that
    TARGET has no place for, such as an informat in Dataset-JSON, are named. Numbers with a format of dates or times
    become ISO 8601 texts with a target type in Dataset-JSON, and numbers again on the way back.

    Exit code 0: converted. 1: nothing was written. 2: wrong usage.
    """
    from formats.convert import convert as converted
    from formats.dataset import DatasetError

    try:
        left = converted(
            Path(source), Path(target), dataset=dataset, encoding=encoding, version=int(xpt_version), created=created
        )
    except (DatasetError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if not quiet:
        for attribute in left:
            click.echo(f"not carried over: {attribute}", err=True)
        click.echo(f"{target}  written")
