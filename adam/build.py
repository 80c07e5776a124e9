"""`build adam`: the SDTM files to ADaM."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from adam.inputs import files, inputs_from_files, inputs_from_spec, read_tables
from engine.issues import IssueLog
from engine.ledger import ledger
from engine.outcome import Built, outputs
from engine.run import Run
from engine.tables import lookup_inputs, lookup_tables
from engine.verify import verify
from specs.check import compile_stage
from specs.compiled import CompiledStage, InputTable
from specs.model import Spec


def inputs(spec: Spec, sdtm: Spec | None, folder: Path | None = None) -> dict[str, InputTable]:
    """The tables that ADaM reads: by the SDTM specification, else by the files of `folder`."""
    if sdtm is not None:
        found = inputs_from_spec(sdtm)
    else:
        found = inputs_from_files(folder) if folder is not None and files(folder) else {}
    return found | lookup_inputs(spec)


def check(spec: Spec, sdtm: Spec | None, folder: Path | None = None) -> CompiledStage:
    """The stage with every expression resolved. Raises SpecError."""
    return compile_stage(spec, inputs(spec, sdtm, folder))


def build(spec: Spec, sdtm: Spec | None, folder: Path) -> Built:
    """Build every ADaM dataset from the XPT files of `folder`. Raises SpecError or DataError."""
    stage = check(spec, sdtm, folder)
    rules = spec.study.settings.get("rules", {})
    log = IssueLog({str(key): str(value) for key, value in rules.items()} if isinstance(rules, Mapping) else {})
    wanted = {name: table for name, table in stage.inputs.items() if name not in spec.lookups}
    tables, names = read_tables(folder, wanted)
    run = Run(stage, {**tables, **lookup_tables(spec)}, np.asarray(names), log)
    run.all()
    found = outputs(run)
    verify(run, found)
    return Built(stage, found, log.frame(), ledger(run, {}, {}))
