"""The define.xml of each stage, with its pages: written beside the datasets, and held against what it should be."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from define.stated import attributes_only
from derivations.registry import docstring
from formats.folders import replaced
from pipeline import Line, Request, needed, spec_of
from pipeline_found import settled
from pipeline_standing import DEFINE_FILES, DEFINE_STATE, define_key
from specs.problem import DataError, Place, Problem, ProblemError, SpecError
from submission import output_state, stage_folder

if TYPE_CHECKING:
    from specs.model import Spec


def define(request: Request) -> tuple[list[Line], list[str] | None]:
    """The define.xml of each stage that there is."""
    lines, is_new = [], False
    specs = [needed(request, stage) for stage in ("sdtm", "adam") if (request.study / stage).is_dir()]
    if request.data is not None and not any(attributes_only(spec) for spec in specs):
        what = "names datasets that something else built, but the specification builds its own"
        raise SpecError([Problem(Place("--data"), what, "take the option away")])
    for spec in specs:
        stage, stated = spec.stage, attributes_only(spec)
        target = request.folder / stage
        if not stated and not any(target.glob("*.xpt")):
            raise DataError([Problem(Place(str(target)), "holds no datasets", f"run: build {stage}")])
        source = stage_folder.given_data(request.data, spec) if stated and request.data else target
        if (earlier := _described(request, spec, stated)) is not None:
            lines.append(earlier)
            continue
        with replaced(target, stage_folder.STAGE_FILES) as folder:
            stage_folder.carry(source, folder, "*.xpt" if stated else "**/*")
            lines.append(_stage(request, spec, folder, stated))
            is_new = True
    if not is_new:
        return lines, None
    return lines, settled(request, "define", [f"{spec.stage}/{DEFINE_STATE}" for spec in specs])


def _described(request: Request, spec: Spec, stated: bool) -> Line | None:
    """What an earlier build said of the define.xml of a stage, where it would be the same again."""
    target = request.folder / spec.stage
    if request.full or stated:
        return None
    found = output_state.kept(target, DEFINE_STATE, define_key(request, spec, target))
    if found is None:
        return None
    for text in found.said:
        request.say(text)
    return Line(spec.stage, "define.xml", *found.size)


def drift(request: Request) -> list[str]:
    """What in the define.xml of each stage is not as specification and data give it, or breaks a rule."""
    from pipeline_submission import with_pages
    from submission.define_files import drift as of_stage

    lines = []
    for stage in ("sdtm", "adam"):
        if (request.study / stage).is_dir():
            spec = with_pages(request, needed(request, stage))
            found = of_stage(spec, request.folder / stage, docstring, _described_before(request, stage))
            lines += [f"{stage}/define.xml: {line}" for line in found]
    return lines


def _described_before(request: Request, stage: str) -> list[Path]:
    """The define.xml of the datasets that a stage reads, if it is there."""
    path = request.sdtm_folder / "define.xml"
    return [path] if stage == "adam" and path.is_file() else []


def _stage(request: Request, plain: Spec, folder: Path, stated: bool) -> Line:
    """Write the define.xml of a stage and its pages into the folder with its datasets, and say what is of notice."""
    from pipeline_submission import with_pages
    from submission.define_files import describe

    start, key = time.perf_counter(), "" if stated else define_key(request, plain, folder)
    spec = with_pages(request, plain)
    further = []
    with suppress(ProblemError):  # a fault of the other stage is told when that stage is built
        further = [one for stage in ("sdtm", "adam") if stage != spec.stage and (one := spec_of(request, stage))]
    others = _described_before(request, spec.stage)
    data, notices = describe(spec, folder, folder, docstring, others, stated, further)
    said = [f"notice: {spec.stage}/define.xml {found}" for found in notices]
    for text in said:
        request.say(text)
    size = (len(data), sum(len(one.names) for one in data.values()))
    if not stated:
        output_state.note(folder, DEFINE_STATE, key, DEFINE_FILES, size, said)
    return Line(plain.stage, "define.xml", *size, time.perf_counter() - start)
