"""SDTM and ADaM: what of a stage has changed since it was built, built anew, as a whole or in parts of the subjects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.aside import Aside
from engine.partial import Earlier, counted
from engine.progress import Progress, Say, reported
from formats import xpt
from formats.folders import cleared, replaced
from pipeline_parts import Before, OtherSubjects, fitting
from pipeline_standing import DEFINE_STATE, Inputs, Standing, compiled, define_key, inputs_of, standing
from specs.problem import Place, Problem, ProblemError, SpecError
from submission import output_state, stage_folder
from submission.stage_folder import Filing, Written
from workers.beside import NoCopyError, can_copy, copied

if TYPE_CHECKING:
    from engine.outcome import Built
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
    stage_folder.refuse_others(inputs.target)
    sdtm = spec_of(request, "sdtm") if name == "adam" else None
    found = standing(compiled(spec, sdtm, inputs.source), inputs)
    if found.is_current:
        if not is_described(request, spec):
            stage_folder.without_pages(inputs.target)
        request.say(f"{name}: nothing that it is made from has changed")
        return found.lines
    before = _before(found, inputs)
    cut, notice = fitting(request.cut, found.stage, inputs.source)
    if notice:
        request.say(notice)
    written = None if cut.is_whole else _in_parts(replace(request, cut=cut), found, inputs, before)
    if written is None:
        written = _write(found, inputs, before, request.progress)
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
    for part in ("sdtm", "adam", "results"):
        tables = (request.study / part).resolve()
        if out == tables or tables in out.parents:
            hint = "choose a folder outside of the tables"
            raise SpecError([Problem(Place("--out"), f"{request.folder} is a folder of tables, or in it", hint)])
    if out == raw or raw in out.parents:
        hint = "choose a folder outside of the raw tables"
        raise SpecError([Problem(Place("--out"), f"{request.folder} is the folder of the raw tables, or in it", hint)])


def is_described(request: Request, spec: Spec) -> bool:
    """Whether the define.xml of a stage, and what else stands beside its datasets, is of the same specification."""
    target = request.folder / spec.stage
    return output_state.kept(target, DEFINE_STATE, define_key(request, spec, target)) is not None


def _before(found: Standing, inputs: Inputs) -> Before | None:
    """What of the earlier build stays; None where everything is built anew."""
    state, stage, every = found.state, found.stage, set(found.known.datasets)
    if state is None or found.anew.datasets >= every or (_DM in every) != (_DM in state.datasets):
        return None
    anew = counted(stage, found.anew)
    tables = _of(stage, "tables_in_order")(stage)
    left = stage_folder.Earlier(inputs.target, state, anew)
    subjects = _subjects(inputs.target, stage.spec.study.encoding) if stage.spec.stage == "sdtm" else None
    return Before(Earlier(stage, found.known, anew, state.counts, tables), left, subjects)


def _in_parts(request: Request, found: Standing, given: Inputs, before: Before | None) -> list[Written] | None:
    """A stage built in parts of the subjects; None where it cannot be, which is said."""
    import pipeline_parts

    stage, cut = found.stage, replace(request.cut, formats=request.formats)
    build = pipeline_parts.sdtm if stage.spec.stage == "sdtm" else pipeline_parts.adam
    with reported(stage.spec.stage, request.progress) as progress:
        try:
            made = build(cut, stage, found.known, given.source, given.target, request.only, progress, before)
        except OtherSubjects:
            made = build(cut, stage, found.known, given.source, given.target, request.only, progress)
    if isinstance(made, str):
        request.say(f"notice: {stage.spec.stage} is built as a whole: {made}")
        return None
    return made


def _write(found: Standing, inputs: Inputs, before: Before | None, say: Say | None) -> list[Written]:
    """Build what has changed, and put the folder of the stage in place. Raises SpecError and DataError."""
    stage = found.stage
    chosen = stage_folder.chosen_datasets(list(stage.spec.datasets), inputs.only)
    left = before.left if before is not None else None
    with (
        reported(stage.spec.stage, say) as progress,
        replaced(inputs.target, stage_folder.STAGE_FILES) as folder,
    ):
        filing = stage_folder.Filing(stage.spec, folder, frozenset(chosen))
        if before is None:
            built = _whole(found, inputs, filing, progress)
        elif stage.spec.stage == "sdtm":
            built = _of(stage, "build_some")(before.earlier, inputs.source, before.subjects, progress)
        else:
            built = _of(stage, "build_some")(before.earlier, inputs.source, progress)
        if left is not None and stage_folder.subjects_of(built, left) != left.state.subjects:
            built, left = _whole(found, inputs, filing, progress), None
        progress("writing the datasets", sum(output.count for output in built.outputs.values()) or None)
        return stage_folder.complete(built, filing, inputs.target, found.known, inputs.formats, left)


def _whole(found: Standing, inputs: Inputs, filing: Filing, progress: Progress) -> Built:
    """Build every dataset of a stage: in two processes where a second one is to be had, else in this one."""
    build = _of(found.stage, "build_stage")
    with progress.silent():
        copies = can_copy()
    if copies:
        steps = {name: behind.steps for name, behind in found.known.datasets.items()}
        try:
            return build(found.stage, inputs.source, progress, Aside(copied, steps, filing.keep))
        except (ProblemError, NoCopyError):  # every fault is told, in its order; a copy that was killed is made up for
            filing.clear()
    return build(found.stage, inputs.source, progress)


def _of(stage: CompiledStage, name: str) -> Callable[..., Any]:
    """A function of the package that builds a stage."""
    if stage.spec.stage == "sdtm":
        from sdtm import build as of_sdtm

        return getattr(of_sdtm, name)
    from adam import build as of_adam

    return getattr(of_adam, name)


def _subjects(folder: Path, encoding: str) -> frozenset[str] | None:
    """The subjects of DM as it was written."""
    path = folder / f"{_DM.lower()}.xpt"
    if not path.is_file():
        return None
    names = xpt.read(path, encoding=encoding, columns=["USUBJID"])["USUBJID"].values
    assert isinstance(names, xpt.Coded)
    return frozenset(names.values[names.used()].tolist())
