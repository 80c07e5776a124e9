"""`build sdtm`: raw tables to SDTM."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from engine.aside import Aside, Made, finish
from engine.issues import IssueLog
from engine.ledger import count_rows
from engine.outcome import Built, Output
from engine.partial import Earlier
from engine.progress import Progress, Say, reported
from engine.run import Run
from engine.table_use import unread_tables
from engine.tables import lookup_inputs, raw_input
from sdtm.intake import take_in
from sdtm.raw_tables import raw_headers, raw_rows
from sdtm.subjects import report_unknown_subjects, subjects_made
from specs.check import compile_stage
from specs.compiled import CompiledStage, InputTable
from specs.kept import Kept
from specs.model import Spec
from specs.problem import SpecError


def inputs(spec: Spec, raw: Path) -> dict[str, InputTable]:
    """The raw tables by their headers, and the look-up tables. Raises DataError for files that cannot be read."""
    found = raw_headers(spec, raw)
    return {row.table: raw_input(row, found[row.table]) for row in raw_rows(spec)} | lookup_inputs(spec)


def check(spec: Spec, raw: Path) -> CompiledStage:
    """The stage with every expression resolved against the headers.

    Raises SpecError, also for a raw table that nothing reads.
    """
    stage = compile_stage(spec, inputs(spec, raw))
    return _WHOLE.get(id(stage), lambda: _without_unread(stage))


# Stages of which every table is read, so that a stage that is resolved once is looked through once.
_WHOLE: Kept[CompiledStage] = Kept()


def _without_unread(stage: CompiledStage) -> CompiledStage:
    unread = unread_tables(stage)
    if unread:
        raise SpecError(unread)
    return stage


def build(spec: Spec, raw: Path, say: Say | None = None) -> Built:
    """Build every SDTM dataset; `say` is told about once a second what is being done.

    Raises SpecError or DataError; nothing is written.
    """
    with reported("sdtm", say) as progress:
        return build_stage(check(spec, raw), raw, progress)


def build_stage(stage: CompiledStage, raw: Path, progress: Progress, aside: Aside | None = None) -> Built:
    """Build every dataset of a compiled stage. aside: how two processes do it. Raises DataError."""
    found = made(stage, raw, progress, aside=aside)
    built = Built(stage, found.outputs, found.issues, found.counts, found.kept)
    _ = built.ledger  # raises for rows that reach no dataset
    return built


def build_some(earlier: Earlier, raw: Path, subjects: frozenset[str] | None, progress: Progress) -> Built:
    """Build what is to be built anew. subjects: those of DM, for where DM stays as it is. Raises DataError."""
    stage = earlier.restricted
    found = made(stage, raw, progress, subjects)
    return earlier.built(found.outputs, found.issues, found.counts)


def tables_in_order(stage: CompiledStage) -> tuple[str, ...]:
    """The tables of a stage in the order of the ledger."""
    return (*(row.table for row in raw_rows(stage.spec)), *stage.spec.lookups)


def made(
    stage: CompiledStage, raw: Path, progress: Progress, subjects: Collection[str] | None = None,
    aside: Aside | None = None,
) -> Made:  # fmt: skip
    """What a stage makes of the raw tables. subjects: those of DM, where it is not made. Raises DataError."""
    log = IssueLog(dict(stage.spec.study.rules))
    tables, names, intake = take_in(stage, raw, log, progress)
    run = Run(stage, tables, names, log)

    def check(found: dict[str, Output]) -> None:
        others = subjects if "DM" in found or "DM" not in stage.submitted else subjects_made(run)
        report_unknown_subjects(stage, found, run.tables, log, others)

    return finish(run, aside, check, progress, lambda run: count_rows(run, intake.read, intake.steps))
