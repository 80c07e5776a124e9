"""SDTM and ADaM: what of a stage has changed since it was built, built anew, as a whole or in parts of the subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.partial import Earlier, counted
from engine.progress import reported
from formats import xpt
from formats.folders import cleared
from pipeline_standing import DEFINE_STATE, Inputs, Standing, compiled, define_key, inputs_of, standing
from specs.problem import Place, Problem, SpecError
from submission import output_state, stage_folder
from submission.stage_folder import Written

if TYPE_CHECKING:
    from engine.outcome import Built
    from engine.progress import Progress
    from pipeline import Request
    from specs.compiled import CompiledStage
    from specs.model import Spec

_DM = "DM"


def stage(request: Request, spec: Spec) -> list[Written]:
    """Build of a stage what has changed since it was built; its datasets. Raises SpecError and DataError."""
    from pipeline import spec_of

    name, inputs = spec.stage, inputs_of(request, spec.stage)
    _apart(request)
    cleared(inputs.target)
    before = spec_of(request, "sdtm") if name == "adam" else None
    found = standing(compiled(spec, before, inputs.source), inputs)
    if found.is_current:
        if not _is_described(request, spec):
            stage_folder.without_pages(inputs.target)
        request.say(f"{name}: nothing that it is made from has changed")
        return found.lines
    written = None if request.cut.is_whole else _in_parts(request, found, inputs)
    if written is None:
        written = _write(found, inputs, request.progress)
    new = [one.name for one in written if one.new]
    if len(new) < len(written):
        request.say(f"{name}: built anew {', '.join(new) or 'ledger and issues'}; the rest has not changed")
    return written


def known_names(request: Request) -> None:
    """Raises SpecError for datasets of --only that no stage has."""
    from pipeline import spec_of

    if request.only:
        known = [name for stage in ("sdtm", "adam") if (spec := spec_of(request, stage)) for name in spec.datasets]
        if unknown := sorted(set(request.only) - set(known)):
            problem = Problem(Place("--only"), f"{', '.join(unknown)}: no such dataset", f"one of {', '.join(known)}")
            raise SpecError([problem])


def of_stage(request: Request, stage: str) -> Request:
    """The request as it is for one of all stages: of --only the datasets that are its own, else all of them."""
    if not request.only or stage not in ("sdtm", "adam"):
        return request
    from pipeline import needed

    return replace(request, only=tuple(name for name in request.only if name in needed(request, stage).datasets))


def _apart(request: Request) -> None:
    """Outputs do not go into the folder of the raw data, which later builds would take them for."""
    out, raw = request.folder.resolve(), request.raw_folder.resolve()
    if out == raw or raw in out.parents:
        hint = "choose a folder outside of the raw tables"
        raise SpecError([Problem(Place("--out"), f"{request.folder} is the folder of the raw tables, or in it", hint)])


def _is_described(request: Request, spec: Spec) -> bool:
    """Whether the define.xml of a stage, and what else stands beside its datasets, is of the same specification."""
    target = request.folder / spec.stage
    return output_state.kept(target, DEFINE_STATE, define_key(request, spec, target)) is not None


def _in_parts(request: Request, found: Standing, given: Inputs) -> list[Written] | None:
    """A stage built in parts of the subjects; None where it cannot be, which is said."""
    import pipeline_parts

    stage, cut = found.stage, replace(request.cut, formats=request.formats)
    with reported(stage.spec.stage, request.progress) as progress:
        build = pipeline_parts.sdtm if stage.spec.stage == "sdtm" else pipeline_parts.adam
        made = build(cut, stage, found.known, given.source, given.target, request.only, progress)
    if isinstance(made, str):
        request.say(f"notice: {stage.spec.stage} is built as a whole: {made}")
        return None
    return made


def _write(found: Standing, inputs: Inputs, say: Callable[[str], None] | None) -> list[Written]:
    """Build what has changed, and put the folder of the stage in place. Raises SpecError and DataError."""
    with reported(found.stage.spec.stage, say) as progress:
        built, earlier = _built(found, inputs, progress)
        progress("writing the datasets", sum(output.count for output in built.outputs.values()))
        return stage_folder.write(built, inputs.target, found.known, inputs.only, inputs.formats, earlier)


def _built(found: Standing, inputs: Inputs, progress: Progress) -> tuple[Built, stage_folder.Earlier | None]:
    state, every = found.state, set(found.known.datasets)
    if state is None or found.anew.datasets >= every or (_DM in every) != (_DM in state.datasets):
        return _build_all(found.stage, inputs, progress), None
    anew = counted(found.stage, found.anew)
    earlier = Earlier(found.stage, found.known, anew, state.counts)
    built = _build_some(earlier, inputs, progress)
    left = stage_folder.Earlier(inputs.target, state, anew)
    if stage_folder.subjects_of(built, left) != state.subjects:
        return _build_all(found.stage, inputs, progress), None  # records of every dataset may have lost their DM
    return built, left


def _build_all(stage: CompiledStage, inputs: Inputs, progress: Progress) -> Built:
    if stage.spec.stage == "sdtm":
        from sdtm.build import build_stage as build_sdtm

        return build_sdtm(stage, inputs.source, progress)
    from adam.build import build_stage as build_adam

    return build_adam(stage, inputs.source, progress)


def _build_some(earlier: Earlier, inputs: Inputs, progress: Progress) -> Built:
    if earlier.stage.spec.stage == "sdtm":
        from sdtm.build import build_some as some_sdtm

        return some_sdtm(earlier, inputs.source, _subjects(inputs.target, earlier.stage.spec.study.encoding), progress)
    from adam.build import build_some as some_adam

    return some_adam(earlier, inputs.source, progress)


def _subjects(folder: Path, encoding: str) -> frozenset[str] | None:
    """The subjects of DM as it was written."""
    path = folder / f"{_DM.lower()}.xpt"
    if not path.is_file():
        return None
    names = xpt.read(path, encoding=encoding, columns=["USUBJID"])["USUBJID"].values
    assert isinstance(names, xpt.Coded)
    return frozenset(names.values[names.used()].tolist())
