"""`build adam`: the SDTM files to ADaM."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from adam.cut import cut
from adam.inputs import inputs_from_files, inputs_from_spec, inputs_of_tables, read_tables
from adam.parts import wanted
from adam.tables import table_rows
from adam.transport import files
from engine.aside import Aside, Made, finish
from engine.iso_texts import report_inputs
from engine.issues import IssueLog
from engine.ledger import count_rows
from engine.outcome import Built
from engine.partial import Earlier
from engine.progress import Progress, Say, reported
from engine.run import Run
from engine.tables import lookup_inputs, lookup_tables
from specs.check import compile_stage
from specs.compile_cuts import with_cutoff
from specs.compiled import CompiledStage, InputTable
from specs.model import Spec
from specs.problem import DataError, Place, Problem


def inputs(spec: Spec, sdtm: Spec | None, folder: Path | None = None) -> dict[str, InputTable]:
    """The tables that ADaM reads: by the SDTM specification, else by the files of `folder`; and those of Tables.

    Raises DataError where there is neither a specification nor a file, SpecError for rows of Tables with faults.
    """
    if sdtm is not None:
        found = inputs_from_spec(sdtm)
    elif folder is not None and (files(folder) or table_rows(spec)):
        found = inputs_from_files(folder, spec.study.encoding)
    else:
        hint = "the study has no tables for SDTM; say with --sdtm DIR where its files are"
        raise DataError([Problem(Place(str(folder or "")), "holds no SDTM datasets (*.xpt)", hint)])
    found |= inputs_of_tables(spec, folder) if folder is not None else {}
    if spec.cuts or spec.study.cutoff:
        found = with_cutoff(found)
    return found | lookup_inputs(spec)


def check(spec: Spec, sdtm: Spec | None, folder: Path | None = None) -> CompiledStage:
    """The stage with every expression resolved. Raises SpecError."""
    return compile_stage(spec, inputs(spec, sdtm, folder), sdtm)


def build(spec: Spec, sdtm: Spec | None, folder: Path, say: Say | None = None) -> Built:
    """Build every ADaM dataset from the XPT files of `folder`; `say` is told about once a second what is being done.

    Raises SpecError or DataError.
    """
    with reported("adam", say) as progress:
        return build_stage(check(spec, sdtm, folder), folder, progress)


def build_stage(stage: CompiledStage, folder: Path, progress: Progress, aside: Aside | None = None) -> Built:
    """Build every dataset of a compiled stage. aside: how two processes do it. Raises DataError."""
    found = made(stage, folder, progress, aside)
    built = Built(stage, found.outputs, found.issues, found.counts, found.kept)
    _ = built.ledger  # raises for rows that do not add up
    return built


def build_some(earlier: Earlier, folder: Path, progress: Progress) -> Built:
    """Build what is to be built anew. Raises DataError."""
    found = made(earlier.restricted, folder, progress)
    return earlier.built(found.outputs, found.issues, found.counts)


def tables_in_order(stage: CompiledStage) -> tuple[str, ...]:
    """The tables of a stage in the order of the ledger."""
    return (*wanted(stage), *stage.spec.lookups)


def made(stage: CompiledStage, folder: Path, progress: Progress, aside: Aside | None = None) -> Made:
    """What a stage makes of the SDTM files. Raises DataError."""
    spec = stage.spec
    log = IssueLog(dict(spec.study.rules))
    progress("reading the SDTM files")
    tables, names = read_tables(folder, wanted(stage), spec.study.encoding, spec)
    left = cut(stage, tables, np.asarray(names), log)
    report_inputs(left.tables, stage.inputs, left.names, log)
    run = Run(stage, {**left.tables, **lookup_tables(spec)}, left.names, log)
    return finish(run, aside, lambda _: None, progress, lambda run: count_rows(run, left.read, left.steps))
