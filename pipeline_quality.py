"""Quality control of what was built, and of what others deliver: conformance rules, the page of the lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import Request, find_study, spec_of
from specs.load import load_study
from specs.problem import DataError, Place, Problem

if TYPE_CHECKING:
    from specs.model import Spec

CONFORMANCE = "conformance"
_STAGES = ("sdtm", "adam")


def validated(
    folders: tuple[str, ...], asked: Mapping[str, Any], progress: Callable[[str], None] | None = None
) -> tuple[list[str], int]:
    """Datasets held against the conformance rules: the report as text, and the exit code (0 nothing open of the
    severity of `--fail-on`, 1 something, 2 not validated).

    Without folders the output of the study is validated, and the reports are written into its folder `qc`. asked:
    the options of the command by name.
    """
    from qc.conformance.asked import validated as run

    study = asked.get("study")
    request = Request(find_study(study), out=Path(asked["out"]) if asked.get("out") else None)
    own = not folders
    specs = specs_of(request) if own or study else []
    if own:
        folders = tuple(str(folder) for folder in built(request))
        title = f"{load_study(request.study, request.constants).id}: conformance"
        asked = {**_reports(request), "title": title, **{name: value for name, value in asked.items() if value}}
    _, lines, code = run([Path(folder) for folder in folders], asked, specs, progress)
    if own:
        _refresh(request)
    return lines, code


def specs_of(request: Request) -> list[Spec]:
    """The specifications of the study, of both stages."""
    return [spec for stage in _STAGES if (spec := spec_of(request, stage)) is not None]


def built(request: Request) -> list[Path]:
    """The folders of the stages that were built. Raises DataError where none was."""
    found = [request.folder / stage for stage in _STAGES if any((request.folder / stage).glob("*.xpt"))]
    if not found:
        hint = "run: build all; or name the folder of the datasets"
        raise DataError([Problem(Place(str(request.folder)), "holds no datasets", hint)])
    return found


def _reports(request: Request) -> dict[str, str]:
    return {kind: str(request.folder / "qc" / f"{CONFORMANCE}.{kind}") for kind in ("csv", "html", "xlsx")}


def _refresh(request: Request) -> None:
    from submission import manifest

    manifest.refresh(request.folder)


def _stale(request: Request) -> list[str]:
    """The stages that were not made from what stands before them, with the constants of the last build.

    Raw data and SDTM files that the build took from another folder are not asked for.
    """
    from pipeline_standing import status
    from submission import manifest

    known = manifest.read(request.folder)
    if known is None:
        return []
    constants = {str(name): str(value) for name, value in known.get("constants", {}).items()}
    asked = replace(request, constants=constants)
    stages = [
        stage for stage, there in (("sdtm", not known.get(manifest.ELSEWHERE)), ("adam", "sdtm" not in known)) if there
    ]  # fmt: skip
    lines, _ = status(asked, stages)
    return [line for line in lines if not line.startswith(" ") and not line.endswith(": current")]


def quality(
    request: Request, asked: Mapping[str, Any], progress: Callable[[str], None] | None = None
) -> tuple[list[str], int]:
    """The page of the lead, `qc/index.html`: ledger, issues, conformance, an independent programming, drift.

    asked: the options of `build qc` by name. Gives what it says in short, and the exit code: 0 nothing is open, 1
    something is.
    """
    from qc.lead.page import write

    study = load_study(request.study, request.constants)
    title = str(study.settings.get("title") or study.id)
    stages = built(request)
    specs = specs_of(request)
    lines, is_open = write(request.folder, stages, specs, study.id, title, asked, progress, _stale(request))
    _refresh(request)
    return lines, int(is_open)


def ct_difference(old: str, new: str, request: Request | None, csv: Path | None) -> tuple[list[str], bool]:
    """Two terminology packages compared, as text; with a study also what touches it, and whether anything does."""
    from qc.ct_diff import ct_diff

    stages = ("sdtm", "adam") if request is not None else ()
    specs = [spec for stage in stages if request and (spec := spec_of(request, stage)) is not None]
    found = ct_diff(old, new, specs, request.folder if request is not None else None, csv)
    return found.lines(), found.touched
