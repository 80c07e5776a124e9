"""The stages behind a submission: annotated CRF and reviewer's guides, the folder, and the proof of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from formats.folders import replaced
from pipeline import Line, Request, docstring, needed, spec_of
from specs.load import STAGES
from specs.problem import DataError, Place, Problem, ProblemError, SpecError

if TYPE_CHECKING:
    from specs.compiled import CompiledStage
    from specs.model import Spec
    from submission.acrf.forms import Form
    from submission.guide.facts import Facts, Split

CONFORMANCE = Path("qc") / "conformance.csv"


def forms(request: Request, spec: Spec | None) -> list[Form]:
    """The forms of the annotated CRF; none without an SDTM specification that runs."""
    from submission.acrf.forms import forms_of

    stage = _compiled(request, "sdtm") if spec is not None and spec.sources else None
    return forms_of(stage) if stage is not None else []


def with_pages(request: Request, spec: Spec) -> Spec:
    """The SDTM specification with the places of the annotated CRF in blank Pages cells; else as it is.

    Without the headers of the raw tables there are no places, and the define.xml is written without them.
    """
    from define.write import annotated_crf
    from submission.acrf.forms import with_pages as filled

    if spec.stage != "sdtm" or not annotated_crf(spec):
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
        raise SpecError([Problem(Place("--conformance"), f"{path} is not there", "give the CSV table of the findings")])
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
