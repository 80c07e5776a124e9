"""What `build compare` says of itself, and its options."""

from __future__ import annotations

from collections.abc import Callable

import click

COMPARE_HELP = """Compare two datasets, two folders of datasets, or the outputs of two builds.

    \b
      build compare production/adsl.xpt validation/adsl.sas7bdat
      build compare production/adam validation/adam --study my-study --html compare.html
      build compare output/S-1 ../before/output/S-1 --brief
      build compare base.csv compare.csv --by USUBJID,LBSEQ --tolerance LBSTRESN=1e-8
      build compare old new --accepted accepted.csv --json compare.json

    Files: XPT (version 5 and 8), SAS7BDAT, Parquet, Dataset-JSON and NDJSON, CSV; the two need not be of one format.
    In folders the datasets are matched by the names of their files.

    Records are matched by the key: that of --by, of the specification (--study), of a define.xml beside the data or
    of Dataset-JSON; else the smallest set of variables that identifies the records of both sides is found, and
    stated. Sort order does not matter. Numbers are compared as PROC COMPARE does (--method, --criterion, as METHOD=
    and CRITERION=), dates as dates whether they are SAS numbers or ISO 8601 texts.

    A register of accepted differences is a CSV with the columns Dataset, Variable, Key or Condition, Reason, Who,
    Until: what it covers is reported as accepted, and what no longer applies is listed.

    Exit code 0: equal, or all differences are accepted. 1: different. 2: cannot compare.
    """

_OPTIONS = [
    click.option("--by", multiple=True, metavar="KEY",
                 help="Key variables: USUBJID,AESEQ, or AE=USUBJID,AESEQ for one dataset; _N_: the record number."),
    click.option("--study", metavar="STUDY", help="A study folder: its Key Variables, its accepted.csv."),
    click.option("--method", type=click.Choice(["exact", "absolute", "relative", "percent"]),
                 help="How numbers are compared. Default: exact; with --criterion, relative."),
    click.option("--criterion", metavar="NUMBER", help="How far numbers may differ. Default with a method: 0.00001."),
    click.option("--tolerance", multiple=True, metavar="NAME=NUMBER[:METHOD]",
                 help="The same for one variable: AVAL=1e-8, ADLB.AVAL=0.5:percent, AGE=exact."),
    click.option("--datasets", multiple=True, metavar="AE,DM", help="These datasets of the folders only."),
    click.option("--only", multiple=True, metavar="AVAL,CHG", help="These variables only; also ADLB.AVAL, *DTC."),
    click.option("--drop", multiple=True, metavar="ASEQ", help="All variables but these."),
    click.option("--where", default="", metavar="EXPR", help="Records for which EXPR holds, on both sides."),
    click.option("--ignore", multiple=True, metavar="LABEL,LENGTH",
                 help="Attributes not compared: name, type, storage, length, label, format, informat, order, codelist; "
                 "or attributes, for all."),
    click.option("--ignore-case", is_flag=True, help="Texts: upper and lower case are alike."),
    click.option("--ignore-trailing-blanks", is_flag=True, help="Texts: trailing blanks do not count."),
    click.option("--blank-is-missing", is_flag=True, help="Texts: one without characters is missing."),
    click.option("--special-alike", is_flag=True, help="Numbers: .A to .Z and ._ are missing like any other."),
    click.option("--missing-equals", type=click.Choice(["base", "compare", "both"]),
                 help="A missing value of this side is equal to anything."),
    click.option("--accepted", metavar="FILE", help="Register of accepted differences (CSV)."),
    click.option("--as-of", metavar="DATE", help="The day on which the register is read. Default: today."),
    click.option("--encoding", metavar="NAME", help="Of texts in SAS files and CSV. Default: utf-8."),
    click.option("--max", "listed", type=click.IntRange(min=0), default=50, show_default=True, metavar="N",
                 help="Differences listed for each variable, and records; 0 for all."),
    click.option("--brief", is_flag=True, help="Print the summaries only."),
    click.option("--full", is_flag=True, help="Print datasets without a difference too."),
    click.option("--text", metavar="FILE", help="Write the report as text."),
    click.option("--html", metavar="FILE", help="Write the report as one HTML page."),
    click.option("--json", metavar="FILE", help="Write the report as JSON."),
    click.option("-q", "--quiet", is_flag=True, help="Print faults only."),
]  # fmt: skip


def compare_options(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a comparison."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function
