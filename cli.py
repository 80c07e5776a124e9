"""The `build` command. It holds the commands and nothing else; what they do stands in pipeline.py."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import cli_define
from cli_compare import COMPARE_HELP, compare_options
from cli_convert import convert, format_option
from cli_ct import add_ct
from cli_explain import add_commands
from cli_quality import add_quality
from cli_spec import SPEC_COMMANDS, init
from cli_stages import cut_of, ended_by_reader, full_option, parts_options, progress, status, summary
from cli_submission import add_submission

if TYPE_CHECKING:
    from pipeline import Request


STOPPED = 130  # as a shell reports a command that Ctrl-C ended


class Command(click.Command):
    """Shows a user's mistakes as messages with exit code 1; our own faults keep their traceback."""

    fault_code = 1
    fault_means = "nothing of this stage was written"

    def invoke(self, context: click.Context) -> Any:
        from workers.memory import ready_for_large_columns

        ready_for_large_columns()  # before the large imports, in which garbage would be looked for
        from pipeline import FolderError, WorkersError
        from specs.problem import ProblemError

        try:
            return super().invoke(context)
        except ProblemError as error:
            faults = [str(problem) for problem in error.problems]
        except FolderError as error:
            faults = [f"{error}; choose another folder with --out"]
        except WorkersError as error:
            faults = [str(error)]
        except OSError as error:
            ended_by_reader(error)
            faults = [f"{error.filename or 'the system'}: {error.strerror or error}"]
        except KeyboardInterrupt:
            click.echo("stopped; stages that were whole by then are in place: see build status", err=True)
            sys.exit(STOPPED)
        for fault in faults:
            click.echo(fault, err=True)
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        click.echo(f"{count}; {self.fault_means}.", err=True)
        sys.exit(self.fault_code)


class Question(Command):
    """A command that writes nothing of a study."""

    fault_means = "there is no answer before they are mended"


class Group(click.Group):
    command_class = Command

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        from difflib import get_close_matches

        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = get_close_matches(args[0], self.commands, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            context.fail(f"There is no command '{args[0]}'.{hint}")
        return super().resolve_command(context, args)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="trialspec", prog_name="build")
def main() -> None:
    """Build clinical trial data from a specification: raw tables, SDTM, ADaM, define.xml, endpoints.

    \b
    STUDY is a folder with study.toml. Without it the current folder is used if it is one,
    else the reference study NCT06178146 that comes with trialspec.

    \b
      build all                        everything, of the reference study
      build init my-study --raw export a new study from its raw tables, as proposals
      build check my-study             is the specification free of faults?
      build sdtm my-study --raw export SDTM from the raw tables in the folder export
      build show ADIRAE RELW1          how a variable or parameter is made

    Exit code 0: built. 1: the specification or the data is at fault, nothing half-written. 2: wrong usage.
    """


def _only_option(function: Callable[..., None]) -> Callable[..., None]:
    return click.option("--only", metavar="DM,AE", help="Write these datasets only; the others stay.")(function)


def _stage_options(function: Callable[..., None]) -> Callable[..., None]:
    options = [
        click.argument("study", required=False, metavar="[STUDY]"),
        click.option("--out", metavar="DIR", help="Where to write. Default: output/<study id>."),
        click.option("--raw", metavar="DIR", help="Folder of the raw tables. Default: raw/ in the study."),
        click.option("--sdtm", metavar="DIR", help="Folder of the SDTM files for ADaM. Default: sdtm/ of the output."),
        click.option("--set", "constants", multiple=True, metavar="NAME=VALUE", help="Set a constant of study.toml."),
        click.option("-q", "--quiet", is_flag=True, help="Print faults only."),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _request(
    study: str | None, out: str | None, raw: str | None, sdtm: str | None, constants: tuple[str, ...], quiet: bool,
    only: str | None = None,
) -> Request:  # fmt: skip
    from pipeline import Request, find_study, need_folders

    pairs = {}
    for text in constants:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--set {text!r} is not NAME=VALUE")
        pairs[name.strip()] = value
    names = tuple(part.strip().upper() for part in (only or "").split(",") if part.strip())
    if only is not None and not names:
        raise click.UsageError("--only names no dataset")
    request = Request(
        find_study(study),
        Path(out) if out else None,
        Path(raw) if raw else None,
        Path(sdtm) if sdtm else None,
        names,
        pairs,
        (lambda text: None) if quiet else (lambda text: click.echo(text, err=True)),
        progress(quiet),
    )
    need_folders(request)
    return request


def _stage(name: str) -> Callable[..., None]:
    def run(
        data: str | None = None, only_check: bool = False, formats: tuple[str, ...] = (), jobs: int | None = None,
        partitions: int | None = None, scheduler: str | None = None, full: bool = False, **options: Any,
    ) -> None:  # fmt: skip
        import pipeline

        request = _request(**options)
        request.data, request.formats, request.full = Path(data) if data else None, formats, full
        if only_check:
            cli_define.check(request)
        request.cut = cut_of(jobs, partitions, scheduler)
        lines = getattr(pipeline, "everything" if name == "all" else name)(request)
        if not options["quiet"]:
            summary(request.folder, lines)

    return run


_HELP = {
    "sdtm": """Build SDTM (XPT) from the raw tables.

    \b
      build sdtm                             the reference study
      build sdtm my-study --raw export-0412  another cut of the raw data
      build sdtm --only DM,AE                these datasets only
      build sdtm --set SOC_IN_EX=true        another value of a constant
      build sdtm big --jobs 8                eight processes; memory is bounded by the parts, the bytes are the same
      build sdtm --format xpt,json,parquet   also as Dataset-JSON 1.1 and Parquet

    Without --jobs two processors share the work, and a study that the free memory does not hold is built in parts.

    Beside the datasets in <out>/sdtm: qc/ledger.csv (every raw row accounted for), qc/issues.csv (every value
    that was cut, converted or left out, with file and line) and qc/lineage.csv (the raw row of each record).
    """,
    "adam": """Build ADaM (XPT) from the SDTM files of `build sdtm`.

    \b
      build adam
      build adam my-study --out delivery
      build adam my-study --sdtm delivered   SDTM files that stand elsewhere

    A study without tables for SDTM names the folder of its SDTM files so.
    """,
    "define": cli_define.HELP,
    "results": """Compute the endpoints from the ADaM files: results/index.html, ard.csv, figures.

    \b
      build results
      build results my-study --out delivery
    """,
    "all": """Build everything: SDTM, ADaM, define.xml, results.

    \b
      build all
      build all my-study --raw export --out delivery
      build all --full                     also what has not changed

    What has not changed since the last build stays as it is (build status says what has): the files are the same.
    """,
}

for _name, _text in _HELP.items():
    _function = full_option(_stage_options(_stage(_name)))
    if _name in ("sdtm", "adam", "all"):
        _function = format_option(parts_options(_only_option(_function)))
    if _name == "define":
        _function = cli_define.options(_function)
    main.command(_name, help=_text)(_function)


@main.command("check", cls=Question)
@_stage_options
def check(**options: Any) -> None:
    """Check the specification before any data are read: names, types, references, cycles.

    \b
      build check
      build check my-study --raw export      the headers of these raw tables

    All faults are shown together, each with file, line, column and the nearest valid name.
    """
    import pipeline

    for line in pipeline.check(_request(**options)):
        if not options["quiet"]:
            click.echo(line)


@main.command("status", cls=Question)
@_stage_options
@format_option
def build_status(formats: tuple[str, ...], **options: Any) -> None:
    """Say which datasets, define.xml and results are stale, and why; nothing is built.

    \b
      build status
      build status my-study --raw export-0412    what would this export change?

    A build makes anew what is stale and what depends on it, by the content of files and the references of the
    specification. Exit code 0: everything is as a build would make it. 1: something is stale, or there is a fault.
    """
    request = _request(**options)
    request.formats = formats
    status(request, options["quiet"])


@main.command("simulate")
@click.option("--mode", type=click.Choice(["golden", "study", "clean", "bench"]), default="study", show_default=True)
@click.option("--subjects", type=int, metavar="N", help="Subjects of mode bench, up to 100,000.")
@click.option("--seed", type=int, metavar="S", help="Another seed gives other people.")
@click.option("--messiness", type=float, metavar="RATE", help="Factor on the rates of faults; 0 for none.")
@click.option("--out", required=True, metavar="DIR", help="Where to write the raw tables.")
@click.option("--jobs", type=int, default=1, show_default=True, metavar="K", help="Processes; never changes the data.")
@click.option("--force", is_flag=True, help="Replace simulated tables that were changed after they were written.")
def simulate(
    mode: str, subjects: int | None, seed: int | None, messiness: float | None, out: str, jobs: int, force: bool
) -> None:
    """Write simulated raw tables of the reference study, the same for the same seed.

    \b
      build simulate --out raw                              46 subjects with the faults of real exports
      build simulate --mode golden --out raw                the eight subjects worked by hand
      build simulate --mode bench --subjects 10000 --out raw

    Files of DIR are replaced only where an earlier build simulate wrote them, as its file .simulated says.
    """
    from pipeline import simulated

    for name, rows in simulated(mode, Path(out), subjects, seed, messiness, jobs, force).items():
        click.echo(f"{name:16} {rows:10,d} rows")


@main.command("show", cls=Question)
@click.argument("dataset")
@click.argument("name")
@click.option("--study", metavar="STUDY", help="A study folder.")
def show(dataset: str, name: str, study: str | None) -> None:
    """Print how a variable or a parameter is made, with its working variables.

    \b
      build show DM RFPENDTC
      build show ADIRAE RELW1
    """
    from pipeline import Request, find_study
    from pipeline_explain import shown

    for line in shown(Request(find_study(study)), dataset if dataset.startswith("_") else dataset.upper(), name):
        click.echo(line)


class CompareCommand(Command):
    """A fault is exit code 2, for 1 says that something differs."""

    fault_code = 2
    fault_means = "nothing was compared"


@main.command("compare", cls=CompareCommand, help=COMPARE_HELP)
@click.argument("base")
@click.argument("compare")
@compare_options
def compare(base: str, compare: str, quiet: bool, **options: Any) -> None:
    from pipeline import compared

    lines, exit_code = compared(base, compare, options, progress(quiet))
    if not quiet:
        for line in lines:
            click.echo(line)
    sys.exit(exit_code)


@main.group("spec", cls=Group)
def spec() -> None:
    """The tables of a specification.

    \b
      build spec format my-study                    the CSV tables in their canonical form
      build spec export my-study spec.xlsx          one stage as an Excel workbook
      build spec import spec.xlsx my-study          a workbook as the tables of a stage
    """


for _name, _command in SPEC_COMMANDS.items():
    spec.command(_name, cls=Command)(_command)
main.command("init")(init)
add_quality(main, Command, progress)
add_commands(main)
add_submission(main, Command, _stage_options, _request)
main.command("convert")(convert)
add_ct(main, Question)


if __name__ == "__main__":
    main()
