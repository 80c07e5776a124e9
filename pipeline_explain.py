"""Explanations of single values, through the stages of a study: the module that knows what opens each stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import Request, spec_of
from specs.problem import DataError, Place, Problem

if TYPE_CHECKING:
    from engine.trace.tracer import Tracer
    from qc.explain.chain import Chain
    from qc.explain.impact import Report
    from specs.compiled import CompiledStage
    from specs.model import Spec


def explained(request: Request, target: str, where: str, depth: int | None, html: Path | None) -> list[str]:
    """What is behind a value or a record, as lines of text; the page is written where one is asked for.

    Raises SpecError, DataError for what cannot be explained.
    """
    from qc.explain import asked

    built = _manifest(request)
    request, said = _as_built(request, built)
    question = asked.Asked(target, where, depth, html)
    found = asked.explained(chain(request, asked.dataset_of(target)), question)
    if found.changed:
        found.changed += _since(request, built)
    return [*said, *asked.report(found, question)]


def _manifest(request: Request) -> Mapping[str, Any]:
    """The manifest of the build; nothing where there is none."""
    path = request.folder / "manifest.json"
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _as_built(request: Request, built: Mapping[str, Any]) -> tuple[Request, list[str]]:
    """The request with the constants that the build was given, where it names none itself."""
    constants = {str(name): str(value) for name, value in built.get("constants", {}).items()}
    if not constants or request.constants:
        return request, []
    shown = ", ".join(f"{name}={value}" for name, value in constants.items())
    return replace(request, out=request.folder, constants=constants), [f"constants as in the build: {shown}"]


def _since(request: Request, built: Mapping[str, Any]) -> list[str]:
    """What changed since the build, by the hashes of its manifest."""
    from formats.folders import hashes

    parts = (
        ("specification", hashes(request.study, ("study.toml", "sdtm", "adam", "results")), "the specification"),
        ("raw", hashes(request.raw_folder, (".",)) if request.raw_folder.is_dir() else {}, "the raw data"),
    )
    said = []
    for key, now, what in parts:
        before = built.get(key, {})
        files = sorted({name for name in {*before, *now} if before.get(name) != now.get(name)})
        if before and files:
            more = f" and {len(files) - 5} more" if len(files) > 5 else ""
            said.append(f"{what} changed since the build: {', '.join(files[:5])}{more}")
    if any("the raw data" in text for text in said):
        said.append("if the build read its raw data elsewhere, say so with --raw DIR")
    return said or ["the specification and the raw data are those of the build; please report this as a fault of ours"]


def chain(request: Request, dataset: str) -> Chain:
    """The stages of the study with their files, and what opens a subject in each: those that a dataset needs."""
    from qc.explain.chain import Chain
    from qc.explain.files import StageFiles

    specs: dict[str, Spec] = {}
    for stage in ("sdtm", "adam"):
        spec = spec_of(request, stage) if not any(dataset in known.datasets for known in specs.values()) else None
        if spec is not None:
            specs[stage] = spec
    folders = {"sdtm": request.sdtm_folder, "adam": request.folder / "adam"}
    ours = {"sdtm": request.sdtm is None, "adam": True}
    files = {stage: StageFiles(spec, folders[stage], ours[stage]) for stage, spec in specs.items()}
    stages = _Stages(request, specs)
    openers = {"sdtm": stages.sdtm, "adam": stages.adam}
    chain = Chain(files, {stage: openers[stage] for stage in specs})
    stages.chain = chain
    return chain


class _Stages:
    """Opens the run of a subject; the rules of a stage are read once."""

    chain: Chain

    def __init__(self, request: Request, specs: Mapping[str, Spec]) -> None:
        self.request, self.specs = request, specs
        self._compiled: dict[str, CompiledStage] = {}

    def sdtm(self, subject: str | None) -> Tracer:
        """The run of a subject on the raw tables."""
        from sdtm import explain

        if "sdtm" not in self._compiled:
            self._compiled["sdtm"] = explain.compiled(self.specs["sdtm"], self.request.raw_folder)
        stage = self._compiled["sdtm"]
        return explain.open_subject(stage, self.request.raw_folder, subject, self.chain.files["sdtm"].view)

    def adam(self, subject: str | None) -> Tracer:
        """The run of a subject on the SDTM files."""
        from adam import explain

        folder, sdtm = self.request.sdtm_folder, self.specs.get("sdtm")
        if "adam" not in self._compiled:
            self._compiled["adam"] = explain.compiled(self.specs["adam"], sdtm, folder)
        stage = self._compiled["adam"]
        known = self.chain.files.get("sdtm")
        ordered = frozenset(name for name in known.spec.datasets if known.ordered(name)) if known else frozenset()
        return explain.open_subject(stage, folder, subject, self.chain.beyond, self.chain.files["adam"].view, ordered)


def impacted(
    request: Request, target: str, records: bool = False, as_list: bool = False, depth: int | None = None
) -> list[str]:
    """What depends on a column, a variable, a term, a table or a constant, as lines of text.

    Raises SpecError, with the nearest name, for what the study does not have.
    """
    request, said = _as_built(request, _manifest(request))
    report = impact_report(request, target)
    counts, held = _counted(request, report) if records else (None, [])
    if as_list:
        return _aligned(list(report.table(counts)))
    return [*said, *report.lines(counts, held, depth)]


def impact_report(request: Request, target: str) -> Report:
    """What depends on a column, a variable, a term, a table or a constant. Raises SpecError."""
    from adam.build import check as check_adam
    from qc.explain.impact import Report
    from qc.explain.targets import target as meant
    from sdtm.build import check as check_sdtm
    from specs.impact import impact_of

    specs = {stage: spec for stage in ("sdtm", "adam") if (spec := spec_of(request, stage)) is not None}
    stages: dict[str, CompiledStage] = {}
    if "sdtm" in specs:
        stages["sdtm"] = check_sdtm(specs["sdtm"], request.raw_folder)
    if "adam" in specs:
        stages["adam"] = check_adam(specs["adam"], specs.get("sdtm"), request.sdtm_folder)
    impact = impact_of(stages)
    return Report(meant(target, stages, impact), impact, stages)


def _counted(request: Request, report: Report) -> tuple[dict[tuple[str, str], int], list[str]]:
    """How many records the build has of each block, and how many hold the term. Raises DataError without a build."""
    from qc.explain.files import StageFiles
    from qc.explain.impact import holding, record_counts

    folders = {"sdtm": request.sdtm_folder, "adam": request.folder / "adam"}
    counts = record_counts(folder / "qc" / "ledger.csv" for folder in folders.values())
    if not counts:
        hint = "run: build all; or say with --out DIR where the study was built"
        raise DataError([Problem(Place(str(request.folder)), "holds no ledger of a build", hint)])
    files = {stage: StageFiles(spec, folders[stage]) for stage, spec in report.specs.items()}
    return counts, holding(report.target, files) if report.target.term is not None else []


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows of cells as columns of text."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def shown(request: Request, dataset: str, name: str) -> list[str]:
    """How a variable or a parameter is made: its rules in order, and those of the working names they use."""
    from specs.show import show_rules

    return show_rules([s for stage in ("sdtm", "adam") if (s := spec_of(request, stage)) is not None], dataset, name)
