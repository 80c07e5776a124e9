"""The define.xml of each stage, with its pages: written beside the datasets, and held against what it should be."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from define.stated import attributes_only
from derivations.registry import docstring
from formats.folders import replaced
from pipeline import Line, Request, needed, spec_of
from pipeline_standing import DEFINE_FILES, DEFINE_STATE, define_key
from specs.problem import DataError, Place, Problem, ProblemError, SpecError
from submission import output_state, stage_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from specs.model import Spec


@dataclass(frozen=True)
class Described:
    """What was said of the datasets of a stage: how many there are, with how many variables, and the notices.

    before: what else there was to say. files: what was written elsewhere and is still to be put into the folder of the
    stage, by name.
    """

    size: tuple[int, int]
    said: list[str]
    before: list[str] = field(default_factory=list)
    files: Mapping[str, bytes] = field(default_factory=dict)


def define(request: Request, made: Callable[[], Described] | None) -> list[Line]:
    """The define.xml of each stage that there is. made: waits for that of SDTM, where it was begun before."""
    lines = []
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
            lines += _stage(request, spec, folder, stated, made if stage == "sdtm" else None)
    return lines


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


def _stage(
    request: Request, plain: Spec, folder: Path, stated: bool, made: Callable[[], Described] | None
) -> list[Line]:  # fmt: skip
    start = time.perf_counter()
    found = made() if made is not None else _describe(request, plain, folder, stated)
    for name, content in found.files.items():
        (folder / name).write_bytes(content)
    for text in (*found.before, *found.said):
        request.say(text)
    if not stated:
        key = define_key(request, plain, folder)
        output_state.note(folder, DEFINE_STATE, key, DEFINE_FILES, found.size, found.said)
    return [Line(plain.stage, "define.xml", *found.size, time.perf_counter() - start)]


def _describe(request: Request, plain: Spec, folder: Path, stated: bool, source: Path | None = None) -> Described:
    """Write the define.xml of a stage and its pages into a folder; source: that with the datasets, if another."""
    from pipeline_submission import with_pages
    from submission.define_files import describe

    spec = with_pages(request, plain)
    further = []
    with suppress(ProblemError):  # a fault of the other stage is told when that stage is built
        further = [one for stage in ("sdtm", "adam") if stage != spec.stage and (one := spec_of(request, stage))]
    others = _described_before(request, spec.stage)
    data, notices = describe(spec, source or folder, folder, docstring, others, stated, further)
    said = [f"notice: {spec.stage}/define.xml {found}" for found in notices]
    return Described((len(data), sum(len(one.names) for one in data.values())), said)


def described_apart(request: Request, stage: str) -> Described:
    """The define.xml of a stage and its pages as content of files: the folder of the stage is read, nothing else."""
    before: list[str] = []
    quiet = replace(request, say=before.append)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = _describe(quiet, needed(request, stage), folder, False, request.folder / stage)
        files = {name: (folder / name).read_bytes() for name in DEFINE_FILES}
    return replace(found, before=before, files=files)
