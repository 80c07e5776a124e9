"""The stages behind a submission: annotated CRF and reviewer's guides, the folder, and the proof of it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formats.folders import replaced
from pipeline import Line, Request, docstring, needed, spec_of
from specs.load import STAGES, load_study
from specs.problem import DataError, Place, Problem, ProblemError, SpecError

if TYPE_CHECKING:
    from specs.compiled import CompiledStage
    from specs.model import Spec
    from submission.acrf.forms import Form
    from submission.guide.facts import Facts, Split
    from submission.package.manifest import Manifest
    from submission.verify.differences import Difference

CONFORMANCE = Path("qc") / "conformance.csv"


def forms(request: Request, spec: Spec | None) -> list[Form]:
    """The forms of the annotated CRF; none without an SDTM specification that runs."""
    from submission.acrf.forms import forms_of

    stage = _compiled(request, "sdtm") if spec is not None and spec.sources else None
    return forms_of(stage) if stage is not None else []


def with_pages(request: Request, spec: Spec) -> Spec:
    """The SDTM specification with the places of the annotated CRF that we write in blank Pages cells; else as it is.

    Without the headers of the raw tables there are no places, and the define.xml is written without them.
    """
    from submission.acrf.forms import with_pages as filled
    from submission.guide.write import ACRF

    if spec.stage != "sdtm" or all(document.href != ACRF for document in spec.documents.values()):
        return spec
    try:
        return filled(spec, forms(request, spec))
    except ProblemError:
        request.say("notice: the raw tables cannot be read; define.xml does not refer to places of the annotated CRF")
        return spec


def guides(
    request: Request, conformance: Path | None = None, splits: Sequence[Split] = (), stages: Sequence[str] = STAGES
) -> list[Line]:
    """Write the annotated CRF and the reviewer's guides beside the datasets that were built.

    conformance: the findings of a conformance check as CSV; blank is qc/conformance.csv of the output, if it is there.
    """
    from submission import stage_folder
    from submission.guide.write import write_guide

    lines = []
    for stage in stages:
        if not (request.study / stage).is_dir():
            continue
        start = time.perf_counter()
        target = request.folder / stage
        if not any(target.glob("*.xpt")):
            raise DataError([Problem(Place(str(target)), "holds no datasets", f"run: build {stage}")])
        facts = _facts(request, stage, conformance, splits)
        with replaced(target, stage_folder.STAGE_FILES) as folder:
            stage_folder.carry_all(target, folder)
            written, silent = write_guide(facts, folder)
        for section in silent:
            request.say(f"notice: {stage}/Guide.csv has no text for section {section} of the {facts.guide}")
        lines += [Line(stage, name, 0, 0, 0.0) for name in written[:-1]]
        lines.append(Line(stage, written[-1], 0, 0, time.perf_counter() - start))
    return lines


def _no_report(path: Path) -> SpecError:
    return SpecError([Problem(Place("--conformance"), f"{path} is not there", "give the CSV table of the findings")])


def _facts(request: Request, stage: str, conformance: Path | None, splits: Sequence[Split]) -> Facts:
    from define.method_text import method_texts
    from specs.guide_sections import OF_STAGE
    from submission import stage_folder
    from submission.guide import conformance as findings
    from submission.guide.data import StageData
    from submission.guide.facts import Facts
    from submission.package.software import software

    specs = {name: spec for name in STAGES if (spec := spec_of(request, name)) is not None}
    spec = specs[stage]
    path = conformance or request.folder / CONFORMANCE
    if conformance is not None and not path.is_file():
        raise _no_report(path)
    data = StageData(request.folder / stage, stage_folder.encoding(spec))
    found = findings.read(path) if path.is_file() else None
    compiled = _compiled(request, stage) if spec.sources or spec.parameters else None
    crf = forms(request, spec) if stage == "sdtm" else []
    mine = [split for split in splits if split.dataset in spec.datasets]
    return Facts(
        OF_STAGE[stage], specs, data, method_texts(spec, docstring), compiled, crf, found, software(), mine
    )  # fmt: skip


def _compiled(request: Request, stage: str) -> CompiledStage:
    """A stage with every expression resolved."""
    spec = needed(request, stage)
    if stage == "sdtm":
        from sdtm.build import check as check_sdtm

        return check_sdtm(spec, request.raw_folder)
    from adam.build import check as check_adam

    return check_adam(spec, spec_of(request, "sdtm"), request.sdtm_folder)


# --- the folder -----------------------------------------------------------------------------------------


def package(request: Request, target: Path | None = None, conformance: Path | None = None) -> Packaged:
    """Build a study anew and put the submission folder in its place: tree, checksums, manifest.

    target: the folder; by default `package` in the output. conformance: the findings of a conformance check; by default
    those in the output, where its datasets are the ones that are built here.
    """
    from pipeline_found import begun, changed
    from submission.package import assemble, tree

    target = target or request.folder / "package"
    assemble.refuse_foreign(target)
    start, request = time.perf_counter(), begun(request, raw=True, sdtm=True)
    with replaced(target, tree.OURS) as folder:
        built = folder / _BUILT
        lines = _built(request, built, folder / tree.CONFORMANCE, conformance)
        _put_together(request, built, folder)
        if names := changed(request, "package"):
            hint = "build the package again when nobody saves anything there"
            raise DataError([Problem(Place(name), "changed while the package was made", hint) for name in names])
        shutil.rmtree(built)
    return Packaged(target, lines, time.perf_counter() - start)


_BUILT = "built"


@dataclass(frozen=True)
class Packaged:
    """A package that was written, the lines of its summary, and the seconds."""

    folder: Path
    lines: list[Line]
    seconds: float


def _specs(request: Request) -> dict[str, Spec]:
    """The specifications of the stages that are built. Raises SpecError for one that only describes datasets."""
    from define.stated import attributes_only

    found = {stage: spec for stage in STAGES if (spec := spec_of(request, stage)) is not None}
    for stage, spec in found.items():
        if attributes_only(spec):
            hint = "a package is made from tables that run: Sources, Mapping"
            raise SpecError([Problem(Place(str(request.study / stage)), "only describes datasets", hint)])
    if not found:
        raise SpecError([Problem(Place(str(request.study)), "has no tables of SDTM or ADaM", "add the folder sdtm")])
    return found


def _built(request: Request, built: Path, kept: Path, conformance: Path | None) -> list[Line]:
    """Build every stage, define.xml and guides into a folder; the report that the guides use is copied to `kept`."""
    import pipeline
    from submission.package import assemble

    specs = _specs(request)
    inner = replace(request, out=built, only=(), data=None)
    pipeline.check(inner)
    lines: list[Line] = []
    for stage, build in (("sdtm", pipeline.sdtm), ("adam", pipeline.adam)):
        if stage in specs:
            request.say(f"{stage} ...")
            lines += build(inner)
    splits = assemble.splits_of(specs, built)
    _keep_conformance(request, specs, built, kept, conformance)
    request.say("guides and define.xml ...")
    lines += guides(inner, kept if kept.is_file() else None, splits, tuple(specs))
    return lines + pipeline.define(inner)


def _keep_conformance(
    request: Request, specs: Mapping[str, Spec], built: Path, kept: Path, given: Path | None
) -> None:
    """Copy the conformance report that is given, or that of the output where it speaks of the same datasets."""
    from formats.folders import hashes

    path = given or request.folder / CONFORMANCE
    if not path.is_file():
        if given is not None:
            raise _no_report(given)
        request.say(f"notice: there is no {path}; the guides say that no conformance check was run")
    elif given is None and any(_xpt(hashes(request.folder, (s,))) != _xpt(hashes(built, (s,))) for s in specs):
        request.say(f"notice: {path} is about other datasets than are built now; the guides do not use it")
    else:
        shutil.copyfile(path, kept)


def _xpt(found: Mapping[str, str]) -> dict[str, str]:
    return {name: number for name, number in found.items() if name.endswith(".xpt")}


def _put_together(request: Request, built: Path, folder: Path) -> None:
    from submission import links
    from submission.package import assemble, manifest, rejection, tree

    specs = _specs(request)
    splits = assemble.splits_of(specs, built)
    assemble.assemble(specs, built, folder, splits)
    if problems := links.broken(folder / "m5", folder):
        raise DataError(problems)
    for stage, name in _unnamed(specs, built):
        request.say(f"notice: {stage}/define.xml does not refer to {name}; add it to {stage}/Documents.csv")
    study = next(iter(specs.values())).study
    for reason in rejection.rejections(folder / tree.study_folder(study), specs):
        request.say(f"notice: {reason}")
    report = folder / tree.CONFORMANCE
    found = request.found
    assert found is not None
    given: dict[str, Any] = {
        "specification": dict(found.tables or {}), "raw": dict(found.raw or {}) if "sdtm" in specs else {},
        "sdtm": dict(found.sdtm) if found.sdtm is not None else None,
    }  # fmt: skip
    written = manifest.Manifest(
        manifest.VERSION, study.id, tree.study_folder(study).as_posix(), list(specs),
        constants=dict(sorted(request.constants.items())), **given,
        conformance=manifest.sha256(report) if report.is_file() else "", code=manifest.code(),
        outputs={k: v for k, v in manifest.outputs(folder).items() if not k.startswith(f"{_BUILT}/")},
    )  # fmt: skip
    (folder / tree.MANIFEST).write_bytes(written.bytes())


def _unnamed(specs: Mapping[str, Spec], built: Path) -> list[tuple[str, str]]:
    """Stage and name of the documents that no define.xml names."""
    found = []
    for stage, spec in specs.items():
        named = {document.href for document in spec.documents.values()}
        found += [(stage, path.name) for path in sorted((built / stage).glob("*.pdf")) if path.name not in named]
    return found


# --- the proof ------------------------------------------------------------------------------------------


def verify(request: Request, given: Path, progress: Callable[[str], None] = lambda text: None) -> Verified:
    """Prove that a package is what specification and raw data give: hashes, then a build of its own, then file by file.

    Raises DataError for a folder that is no package, SpecError for another study than that of the manifest.
    """
    from submission.package import manifest, tree
    from submission.verify import inputs
    from submission.verify.files import differences

    stated = manifest.read(given)
    constants = {name: str(value) for name, value in stated.constants.items()} | dict(request.constants)
    request = replace(request, constants=constants)
    own = load_study(request.study, request.constants).id
    if own != stated.study:
        hint = "name its study folder with --study"
        raise SpecError([Problem(Place(str(given)), f"is of study {stated.study}, not of {own}", hint)])
    found = inputs.differences(stated, request.study, request.raw_folder, request.sdtm, given)
    with tempfile.TemporaryDirectory() as work:
        fresh = Path(work) / "package"
        quiet = replace(request, out=Path(work) / "out", say=lambda text: None, progress=None)
        progress(f"building {stated.study} again ...")
        report = given / tree.CONFORMANCE
        package(quiet, fresh, report if stated.conformance and report.is_file() else None)
        progress("comparing ...")
        found += differences(given, fresh)
        count = len(tree.files_of(fresh))
    return Verified(found, inputs.code_notes(stated), stated, count)


@dataclass(frozen=True)
class Verified:
    """What `build verify` found. notes: other versions of code and libraries than those of the manifest."""

    differences: list[Difference]
    notes: list[str]
    manifest: Manifest
    files: int
