"""The commands behind a submission: `build guide`, `build package`, `build verify`. They are registered in cli.py."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli_stages import cut_of, parts_options

if TYPE_CHECKING:
    from pipeline import Request
    from pipeline_submission import Packaged, Verified

Decorator = Callable[[Callable[..., None]], Callable[..., None]]
GUIDE_HELP = """Write the annotated CRF and the reviewer's guides of the datasets that were built.

    \b
      build guide                              beside the datasets, of the reference study
      build guide my-study --out delivery
      build guide my-study --conformance findings.csv

    sdtm/ gets acrf.pdf, csdrg.pdf, csdrg.html and csdrg.docx; adam/ gets adrg.pdf, adrg.html and adrg.docx. What the
    build knows fills the sections of the PHUSE templates; what only people know (design of the protocol, reasons) are
    rows of the sheet Guide. A notice names each section that has no text.

    The findings of conformance come from qc/conformance.csv of the output, or from the file that is given: a CSV table
    with the columns Rule, Severity, Dataset, Message, Explanation. Without one the guides say that none was given.
    """

PACKAGE_HELP = """Build a study anew and write its submission folder: the tree of module 5 of an eCTD.

    \b
      build package                            the reference study, in output/<study>/package
      build package my-study --raw export --to delivery
      build package my-study --conformance findings.csv
      build package big-study --jobs 2         parts of the subjects in two processes: memory is bounded by the parts

    \b
      m5/datasets/<study>/tabulations/sdtm      SDTM, define.xml, acrf.pdf, csdrg.pdf
      m5/datasets/<study>/analysis/adam/datasets  ADaM, define.xml, adrg.pdf
      m5/datasets/<study>/analysis/adam/programs  the rules of each dataset and display as text
      manifest.json, checksums.sha256           what went in, what made it, what came out

    Names of files, sizes, ASCII and every link are checked; with a fault nothing is written. A dataset above the limit
    (5 GB, split_above below [package] in study.toml) also stands in parts in the folder split.

    Exit code 0: written. 1: a fault, nothing was written. 2: wrong usage.
    """

VERIFY_HELP = """Prove that a package is what its specification and the raw data give.

    \b
      build verify output/nct06178146/package
      build verify delivery --study my-study --raw export

    Every file is held against the manifest by its hash, specification and raw tables too. Then the study is built
    again, and every file is compared: a difference is named by file, dataset, variable and record.

    Exit code 0: the package is what they give. 1: it is not; every difference is listed. 2: it could not be proved.
    """


_CONFORMANCE = click.option("--conformance", metavar="FILE", help="Findings of a conformance check (CSV).")


def add_submission(
    main: click.Group, command: type[click.Command], stage_options: Decorator, request_of: Callable[..., Request]
) -> None:
    """Register the three commands. stage_options adds the options of a build, request_of reads them."""
    kinds = {"fault_code": 2, "fault_means": "nothing was proved"}  # 1 says that something differs
    proving = type("VerifyCommand", (command,), kinds)

    @main.command("guide", cls=command, help=GUIDE_HELP)
    @stage_options
    @_CONFORMANCE
    def guide(conformance: str | None, **options: Any) -> None:
        _guide(request_of(**options), _path(conformance), bool(options["quiet"]))

    @main.command("package", cls=command, help=PACKAGE_HELP)
    @stage_options
    @parts_options
    @_CONFORMANCE
    @click.option("--to", metavar="DIR", help="The folder to write. Default: package/ of the output.")
    def package(
        conformance: str | None, to: str | None,
        jobs: int | None, partitions: int | None, scheduler: str | None, **options: Any,
    ) -> None:  # fmt: skip
        from pipeline_submission import package as write

        request = request_of(**options)
        request.cut = cut_of(jobs, partitions, scheduler)
        _show_package(write(request, _path(to), _path(conformance)), bool(options["quiet"]))

    @main.command("verify", cls=proving, help=VERIFY_HELP)
    @click.argument("package", metavar="PACKAGE")
    @click.option("--study", metavar="STUDY", help="The study folder. Default: as for the other commands.")
    @click.option("--raw", metavar="DIR", help="Folder of the raw tables. Default: raw/ in the study.")
    @click.option("--sdtm", metavar="DIR", help="Folder of the SDTM files, for a study without tables for SDTM.")
    @parts_options
    @click.option("-q", "--quiet", is_flag=True, help="Print differences and faults only.")
    def verify(
        package: str, study: str | None, raw: str | None, sdtm: str | None, quiet: bool,
        jobs: int | None, partitions: int | None, scheduler: str | None,
    ) -> None:  # fmt: skip
        from pipeline_submission import verify as prove

        request = request_of(study, None, raw, sdtm, (), quiet)
        request.cut = cut_of(jobs, partitions, scheduler)
        sys.exit(_show_verified(prove(request, Path(package), request.say), Path(package), quiet))


def _path(given: str | None) -> Path | None:
    return Path(given) if given else None


def _guide(request: Request, conformance: Path | None, quiet: bool) -> None:
    from pipeline_submission import guides

    for line in guides(request, conformance):
        if not quiet:
            click.echo(f"written: {request.folder / line.stage / line.name}")


def _show_package(found: Packaged, quiet: bool) -> None:
    """The summary of `build package`."""
    if quiet:
        return
    from submission.package import manifest
    from submission.package.tree import CONFORMANCE, MANIFEST

    stated = manifest.read(found.folder)
    folders: dict[str, list[int]] = {}
    for name, one in stated.outputs.items():
        folders.setdefault(name.rpartition("/")[0] or ".", []).append(int(one["bytes"]))
    click.echo(f"{'folder':60} {'files':>6} {'bytes':>15}")
    for folder, sizes in sorted(folders.items()):
        click.echo(f"{folder:60} {len(sizes):6d} {sum(sizes):15,d}")
    click.echo(f"{CONFORMANCE}: {'used by the guides' if stated.conformance else 'none was given'}")
    click.echo(f"{found.folder / MANIFEST}  what went in, what made it, what came out")
    click.echo(f"{found.folder}  written in {found.seconds:.1f} s; to prove it: build verify {found.folder}")


def _show_verified(found: Verified, package: Path, quiet: bool) -> int:
    """What `build verify` found, as lines; the exit code."""
    for note in found.notes:
        if not quiet or found.differences:
            click.echo(f"notice: {note}")
    for difference in found.differences:
        click.echo(str(difference))
    study, inputs = found.manifest.study, len(found.manifest.specification) + len(found.manifest.raw)
    if found.differences:
        click.echo(f"{package}: {len(found.differences)} differences from what study {study} gives")
        return 1
    what = f"the {inputs} files of specification and raw data of study {study}"
    if not quiet:
        click.echo(f"{package}: {found.files} files are what {what} give")
    return 0
