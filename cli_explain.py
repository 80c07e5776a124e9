"""`build explain` and `build impact`: their options and what they say of themselves."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pipeline import Request

EXPLAIN_HELP = """Explain a value of a built dataset: the rules, rows and cells behind it, down to the raw data.

    \b
      build explain ADTTE.AVAL --where "USUBJID == 'NCT06178146-01-0001' and PARAMCD == 'TTG1E'"
      build explain ADSL.TRTSDT --where "SUBJID == '0001'" --html why.html              as a page
      build explain AE --where "USUBJID == 'NCT06178146-01-0001' and AESEQ == 2"        a whole record
      build explain SUPPAE.QVAL --where "USUBJID == 'NCT06178146-01-0001' and QNAM == 'AEBLGR'"
      build explain ADCM._DOSEMG --where "USUBJID == 'NCT06178146-01-0001' and CMSEQ == 1"
                                                               a working variable, which no file holds
      build explain DM.RFSTDTC --where "SUBJID == '004'" --study my-study --out delivery --raw export

    EXPR is a condition on the variables of the dataset, as in a Where cell; it has to find one record. If it finds
    several, their keys are listed. With USUBJID in it only the records of that subject are read.

    Each line is a value with its place: the cell of the specification that holds its rule, the record of an SDTM
    file, or file, line and column of the raw data. What it was made from stands below it, indented:

    \b
      = ...             the rule as it is written
      because ...       a condition that decided, with the values that it asked about
      not where ...     a rule that was asked before and did not hold
      J is ...          the row that the join J picked, and how many it was picked from
      step 2: ...       the row of Events that gave the date, after the steps without a candidate
      3 of 7 rows       the rows that an aggregate counted; the first are explained, the rest listed or counted
      line 12: ...      a version of the raw row that was left out

    The rules of the stage run again for the one subject; what they give is compared with the file. Where the two
    differ the page says so, with both values and the files that changed since the build.

    \b
    Exit code 0: explained. 1: no such name, no or several records, no build. 2: wrong usage.
    """

IMPACT_HELP = """What depends on a raw column, a variable, a term, a look-up table or a constant: the way forward.

    \b
      build impact raw_lb.LBRES                 a column of a raw table
      build impact raw_lb                       a whole raw or look-up table
      build impact DM.RFSTDTC                   a variable; of a parameter: ADTTE.TTG1E.AVAL
      build impact OUT.FATAL                    a term of the codelist OUT
      build impact HORIZON                      a constant of study.toml
      build impact OUT.FATAL --records          and how many records of the built data
      build impact raw_dm.SEX --depth 1         what reads it directly
      build impact raw_cs.CSDOSE --list         a table instead of a tree

    Says first how much depends on it, then how: variables, the records of a block, checks, results and displays, each
    with the cell of the specification that reads what stands above it. In brackets: the parameters or blocks, where
    they are not all of the dataset. What decides which records there are counts too. It follows the rules as they are
    written, so what it lists may change; a value that it does not list cannot.

    \b
    Exit code 0: followed. 1: no such name, or with --records no build. 2: wrong usage.
    """


def _study_options(function: click.decorators.FC) -> click.decorators.FC:
    options = [
        click.option("--study", metavar="STUDY", help="A study folder. Default: as for the other commands."),
        click.option("--out", metavar="DIR", help="Where the study was built. Default: output/<study id>."),
        click.option("--raw", metavar="DIR", help="Folder of the raw tables. Default: raw/ in the study."),
        click.option("--sdtm", metavar="DIR", help="Folder of the SDTM files. Default: sdtm/ of the output."),
        click.option("--set", "constants", multiple=True, metavar="NAME=VALUE",
                     help="A constant of study.toml. Default: those that the build was given."),
    ]  # fmt: skip
    for option in reversed(options):
        function = option(function)
    return function


def _request(
    study: str | None, out: str | None, raw: str | None, sdtm: str | None, constants: tuple[str, ...]
) -> Request:
    from pipeline import Request, find_study, need_folders

    pairs = {}
    for text in constants:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {text!r} is not NAME=VALUE")
        pairs[name.strip()] = value
    paths = [Path(part) if part else None for part in (out, raw, sdtm)]
    request = Request(find_study(study), paths[0], paths[1], paths[2], (), pairs)
    need_folders(request)
    return request


@contextmanager
def _without_collector() -> Iterator[None]:
    """A command that lives for a second makes much and drops little: looking for garbage costs a tenth of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def add_commands(group: click.Group) -> None:
    """Add both commands to `build`, as commands of its kind."""

    class Explaining(group.command_class or click.Command):  # type: ignore[misc]
        fault_means = "nothing was explained"

    @group.command("explain", cls=Explaining, help=EXPLAIN_HELP)
    @click.argument("target", metavar="DATASET[.VARIABLE]")
    @click.option("--where", default="", metavar="EXPR", help="The record: a condition on variables of the dataset.")
    @click.option("--depth", type=click.IntRange(min=1), metavar="N",
                  help="How many values deep. Default: down to the raw data; 1 for a whole record.")  # fmt: skip
    @click.option("--html", metavar="FILE", help="Write the explanation as a page whose steps fold out.")
    @_study_options
    def explain(
        target: str, where: str, depth: int | None, html: str | None, study: str | None, out: str | None,
        raw: str | None, sdtm: str | None, constants: tuple[str, ...],
    ) -> None:  # fmt: skip
        with _without_collector():
            from pipeline_explain import explained

            request = _request(study, out, raw, sdtm, constants)
            for line in explained(request, target, where, depth, Path(html) if html else None):
                click.echo(line)

    class Following(group.command_class or click.Command):  # type: ignore[misc]
        fault_means = "nothing was followed"

    @group.command("impact", cls=Following, help=IMPACT_HELP)
    @click.argument("target", metavar="NAME")
    @click.option("--records", is_flag=True, help="Say how many records of the built data are touched.")
    @click.option("--depth", type=click.IntRange(min=1), metavar="N", help="How many steps deep the tree goes.")
    @click.option("--list", "as_list", is_flag=True, help="A line for each thing, with how many steps lead to it.")
    @_study_options
    def impact(
        target: str, records: bool, depth: int | None, as_list: bool, study: str | None, out: str | None,
        raw: str | None, sdtm: str | None, constants: tuple[str, ...],
    ) -> None:  # fmt: skip
        from pipeline_explain import impacted

        for line in impacted(_request(study, out, raw, sdtm, constants), target, records, as_list, depth):
            click.echo(line)
