"""`build adam`: the SDTM files to ADaM."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from adam.cut import cut
from adam.inputs import inputs_from_files, inputs_from_spec, inputs_of_tables, read_tables
from adam.tables import table_rows
from adam.transport import files
from engine.issues import IssueLog
from engine.ledger import ledger
from engine.outcome import Built, outputs
from engine.progress import Progress, Say, reported, run_all
from engine.run import Run
from engine.table_use import tables_read
from engine.tables import lookup_inputs, lookup_tables
from engine.verify import verify
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
    return compile_stage(spec, inputs(spec, sdtm, folder))


def build(spec: Spec, sdtm: Spec | None, folder: Path, say: Say | None = None) -> Built:
    """Build every ADaM dataset from the XPT files of `folder`; `say` is told about once a second what is being done.

    Raises SpecError or DataError.
    """
    with reported("adam", say) as progress:
        return _build(check(spec, sdtm, folder), folder, progress)


def _build(stage: CompiledStage, folder: Path, progress: Progress) -> Built:
    spec = stage.spec
    log = IssueLog(dict(spec.study.rules))
    used = tables_read(stage) if stage.cutoff is None else set(stage.inputs)  # a data cut may ask of any table
    wanted = {name: table for name, table in stage.inputs.items() if name in used and name not in spec.lookups}
    progress("reading the SDTM files")
    tables, names = read_tables(folder, wanted, spec.study.encoding, spec)
    left = cut(stage, tables, np.asarray(names), log)
    run = Run(stage, {**left.tables, **lookup_tables(spec)}, left.names, log)
    run_all(run, progress)
    progress("sorting the datasets")
    found = outputs(run)
    progress("checking the datasets")
    verify(run, found)
    progress("ledger and issues")
    return Built(stage, found, log.table(), ledger(run, left.read, left.steps))
