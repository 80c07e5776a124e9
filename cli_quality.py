"""The commands of quality control: `build validate` and `build qc`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

VALIDATE_HELP = """Validate datasets against the conformance rules of SDTM, ADaM and Define-XML.

    \b
      build validate                              what was built of the study here
      build validate delivered/sdtm               anybody's datasets, with the define.xml beside them
      build validate delivered/adam --sdtm delivered/sdtm --xlsx findings.xlsx
      build validate export --standard sdtmig --define define.xml --study my-study
      build validate --rules "Adverse events",SDTM-405

    Files: XPT, SAS7BDAT, Parquet, Dataset-JSON and NDJSON, CSV. Rules that look at attributes look at those that the
    format states. Without a define.xml the specification of --study says what the datasets should be.

    With --study the rows of its Checks and of its rules.csv are rules too, and findings that its Explanations cover
    are explained. Without a folder the output of the study is validated, and qc/conformance.csv, .html and .xlsx are
    written there.

    Exit code 0: nothing is open of the severity of --fail-on or above. 1: something is. 2: cannot validate.
    """

_VALIDATE = [
    click.option("--study", metavar="STUDY", help="A study folder: its specification, Checks and Explanations."),
    click.option("--out", metavar="DIR", help="Where the study was built. Default: output/<study id>."),
    click.option("--standard", metavar="NAME", help="sdtmig or adamig. Default: by the define.xml, else by the names."),
    click.option("--version", metavar="V", help="Version of the standard: 3.4 of SDTMIG, 1.3 of ADaMIG."),
    click.option("--define", metavar="FILE", help="A define.xml. Default: that beside the datasets."),
    click.option("--sdtm", multiple=True, metavar="DIR", help="SDTM datasets that ADaM is held against; not judged."),
    click.option("--datasets", multiple=True, metavar="AE,DM", help="Judge these datasets only."),
    click.option("--rules", multiple=True, metavar="ID,...", help="Run these rules or categories only."),
    click.option("--rules-table", multiple=True, metavar="FILE",
                 help="Rules of your own: a CSV with the columns of the tables of rules. With a study its rules.csv is "
                      "read without being named."),
    click.option("--fail-on", type=click.Choice(["error", "warning", "note"]), default="warning", show_default=True,
                 help="The least severity that gives exit code 1."),
    click.option("--encoding", metavar="NAME", help="Of texts in SAS files and CSV. Default: utf-8."),
    click.option("--max", "listed", type=click.IntRange(min=0), default=100, show_default=True, metavar="N",
                 help="Findings listed for each rule and dataset; 0 for all."),
    click.option("--csv", metavar="FILE", help="Write the findings as CSV."),
    click.option("--html", metavar="FILE", help="Write the report as one HTML page."),
    click.option("--xlsx", metavar="FILE", help="Write the report as a workbook."),
    click.option("-q", "--quiet", is_flag=True, help="Print faults only."),
]  # fmt: skip

QC_HELP = """Write the page of the lead, qc/index.html: what was built, and what is open.

    \b
      build qc
      build qc my-study --out delivery
      build qc --double validation/adam            an independent programming
      build qc --before ../last-week/output/S-1    what changed since then

    The ledger and the issues of the build, the findings of the conformance rules, the comparison with an independent
    programming and with an earlier build, and whether the specification changed since the build. The reports behind
    it stand beside it: conformance.html, double.html, drift.html.

    Exit code 0: nothing is open. 1: something is, or there is a fault. 2: wrong usage.
    """

_QC = [
    click.option("--out", metavar="DIR", help="Where the study was built. Default: output/<study id>."),
    click.option("--double", metavar="DIR", help="Datasets of an independent programming, or an output of them."),
    click.option("--before", metavar="DIR", help="An earlier output of the study."),
    click.option("-q", "--quiet", is_flag=True, help="Print faults only."),
]


def add_quality(main: click.Group, command: type[click.Command], progress: Callable[[bool], Any]) -> None:
    """Give `build` the commands of quality control. command: the class of commands that show a user's mistakes."""

    class ValidateCommand(command):  # type: ignore[misc, valid-type]
        """A fault is exit code 2, for 1 says that something was found."""

        fault_code = 2
        fault_means = "nothing was validated"

    class QualityCommand(command):  # type: ignore[misc, valid-type]
        """A fault leaves the page as it was."""

        fault_means = "the page was not written"

    @main.command("validate", cls=ValidateCommand, help=VALIDATE_HELP)
    @click.argument("folders", nargs=-1, metavar="[FOLDER]...")
    @_with(_VALIDATE)
    def validate(folders: tuple[str, ...], quiet: bool, **options: Any) -> None:
        from pipeline_quality import validated

        _say(*validated(folders, options, progress(quiet)), quiet)

    @main.command("qc", cls=QualityCommand, help=QC_HELP)
    @click.argument("study", required=False, metavar="[STUDY]")
    @_with(_QC)
    def qc(study: str | None, quiet: bool, **options: Any) -> None:
        from pipeline import Request, find_study
        from pipeline_quality import quality

        request = Request(find_study(study), Path(options["out"]) if options["out"] else None)
        _say(*quality(request, options, progress(quiet)), quiet)


def _with(options: list[Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _say(lines: list[str], code: int, quiet: bool) -> None:
    if not quiet:
        for line in lines:
            click.echo(line)
    sys.exit(code)
