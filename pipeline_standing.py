"""What of the output of a study is as a build would make it (stages, define.xml, results), what is stale, and why."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from engine.partial import Anew
from formats.folders import file_hash, hashes
from pipeline_found import EXPLAINS, SHOWN, STUDY, WHOLE_STATE, begun, changed
from specs.fingerprints import Fingerprints, digest, fingerprints, unit_of
from specs.load import STAGES
from specs.problem import ProblemError
from submission import output_state, stage_state
from submission.stage_folder import Written
from submission.stage_state import State

if TYPE_CHECKING:
    from pipeline import Request
    from specs.compiled import CompiledStage
    from specs.model import Spec

ROOT = Path(__file__).parent
PROGRAM = (
    "language", "derivations", "specs", "engine", "sdtm", "adam", "define", "results", "formats", "qc", "submission",
    "workers",
)  # fmt: skip
LIBRARIES = ("numpy", "pandas", "pyarrow", "openpyxl", "pyreadstat", "lxml", "jinja2", "matplotlib", "scipy")
_NO_CODE = ("__pycache__", ".pyc")
DEFINE_STATE, RESULTS_STATE = "qc/define.json", "state.json"
_OUTPUT = (*STAGES, "results", "qc", "manifest.json")
DEFINE_FILES = ("define.xml", "define.html", "define2-1.xsl", "define2-1.html")
_OF_RESULTS = (
    "study.toml", "adam", "results",
    *(f"sdtm/{name}.csv" for name in ("Define", "Datasets", "Variables", "Codelists", "Dictionaries")),
)  # fmt: skip


@dataclass(frozen=True)
class Inputs:
    """Where a stage reads and writes. source: the raw tables, or the SDTM files. formats: those besides XPT.

    full: an earlier build counts for nothing.
    """

    source: Path
    target: Path
    only: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    full: bool = False


@dataclass(frozen=True)
class Standing:
    """A compiled stage, what it is made from, the state of the earlier build, and what has to be built anew.

    is_whole: whether the earlier build is of the same datasets, blocks, tables and formats. added: files that it did
    not write.
    """

    stage: CompiledStage
    known: Fingerprints
    state: State | None
    anew: Anew
    is_whole: bool
    added: list[str]

    @property
    def is_current(self) -> bool:
        """Whether the folder of the stage is what a build would make."""
        return self.state is not None and self.is_whole and not self.anew and not self.added

    @property
    def lines(self) -> list[Written]:
        """The datasets of the earlier build."""
        return [Written(name, *size, False) for name, size in self.state.sizes.items()] if self.state else []


@cache
def program() -> str:
    """A hash of the program: its modules, templates and standards, and the versions of the libraries that it uses."""
    files = hashes(ROOT, (*PROGRAM, *(path.name for path in sorted(ROOT.glob("pipeline*.py")))))
    code = {name: found for name, found in files.items() if not any(part in name for part in _NO_CODE)}
    studies = tuple(f"{Path(name).parent.as_posix()}/" for name in code if Path(name).name == "study.toml")
    code = {name: found for name, found in code.items() if not name.startswith(studies)}
    return digest(code, sys.version_info[:3], [(name, metadata.version(name)) for name in LIBRARIES])


def standing(stage: CompiledStage, inputs: Inputs) -> Standing:
    """What of a stage has changed since the build whose files stand in its folder."""
    if stage.spec.stage == "sdtm":
        from sdtm.raw_tables import file_hashes

        files = file_hashes(stage.spec, inputs.source)
    else:
        from adam.inputs import file_hashes as of_datasets

        names = {name: table for name, table in stage.inputs.items() if name not in stage.spec.lookups}
        files = of_datasets(stage.spec, names, inputs.source)
    known = fingerprints(stage, files, program())
    state = None if inputs.full or inputs.only else stage_state.read(inputs.target)
    anew = stage_state.anew(state, stage, known, inputs.target, inputs.formats)
    is_whole = stage_state.is_whole(state, stage, known, inputs.formats)
    added = stage_state.added(state, inputs.target) if state is not None else []
    return Standing(stage, known, state, anew, is_whole, added)


def compiled(spec: Spec, before: Spec | None, source: Path) -> CompiledStage:
    """The stage with every expression resolved. before: the specification of SDTM. Raises SpecError and DataError."""
    if spec.stage == "sdtm":
        from sdtm.build import check as check_sdtm

        return check_sdtm(spec, source)
    from adam.build import check as check_adam

    return check_adam(spec, before, source)


def define_key(request: Request, spec: Spec, target: Path) -> str:
    """A hash of all that the define.xml of a stage is made from.

    The annotated form says on which page a column stands, so the headers of the raw tables belong to it.
    """
    data = hashes(target, sorted(path.name for path in target.glob("*.xpt")))
    before = file_hash(request.sdtm_folder / "define.xml") if spec.stage == "adam" else _headers(request, spec)
    return digest(program(), _specification(request, STUDY), dict(request.constants), data, before)


def _specification(request: Request, names: Sequence[str]) -> dict[str, str]:
    """The hashes of the tables of a study as the command found them, without those that only explain findings."""
    known = request.found.tables if request.found is not None else None
    tables = known if known is not None else hashes(request.study, names)
    found = {name: value for name, value in tables.items() if any(Path(name).is_relative_to(one) for one in names)}
    return {name: value for name, value in found.items() if Path(name).name != EXPLAINS}


def _headers(request: Request, spec: Spec) -> str:
    from sdtm.raw_tables import raw_headers

    try:
        return digest(raw_headers(spec, request.raw_folder))
    except ProblemError:
        return ""


def results_key(request: Request) -> str:
    """A hash of all that the results are made from."""
    data = hashes(request.folder, ["adam"])
    files = {name: found for name, found in data.items() if name.endswith(".xpt")}
    return digest(program(), _specification(request, _OF_RESULTS), dict(request.constants), files)


def _everything_key(request: Request) -> str:
    """A hash of all that a whole build is made from."""
    found = begun(request, raw=True, sdtm=True).found
    assert found is not None
    files = [found.tables, found.raw, found.sdtm or {}]
    return digest(program(), files, dict(request.constants), request.formats)


def everything_said(request: Request) -> list[tuple[str, str, int, int]] | None:
    """What the last whole build said of each output (stage, name, records, variables), where it would be the same.

    None where something has changed since then: specification, raw data, program, options, or a file of the output.
    """
    if request.full or request.only or request.data is not None or not (request.folder / WHOLE_STATE).is_file():
        return None
    found = output_state.kept(request.folder, WHOLE_STATE, _everything_key(request))
    if found is None:
        return None
    lines = [text.split("\t") for text in found.said]
    return [(stage, name, int(rows), int(variables)) for stage, name, rows, variables in lines]


def note_everything(request: Request, said: Sequence[tuple[str, str, int, int]]) -> None:
    """Leave for the next build what this one, of every stage, was made from (see `begun`) and said."""
    if not request.only and not changed(request):
        lines = ["\t".join(map(str, line)) for line in said]
        size = (len(lines), 0)
        output_state.note(request.folder, WHOLE_STATE, _everything_key(request), _OUTPUT, size, lines)


def inputs_of(request: Request, stage: str) -> Inputs:
    """Where a stage reads and writes."""
    source = request.raw_folder if stage == "sdtm" else request.sdtm_folder
    return Inputs(source, request.folder / stage, request.only, request.formats, request.full)


def status(request: Request, stages: Sequence[str] = STAGES) -> tuple[list[str], bool]:
    """What of the output is not as a build would make it, as text, and whether anything is. Raises SpecError.

    stages: those of SDTM and ADaM that are asked for. Where no formats are named, those of the last build count.
    """
    from pipeline import spec_of

    lines: list[str] = []
    request = replace(request, only=())
    stale: set[str] = set()  # SDTM datasets that ADaM would read anew
    specs = {stage: spec_of(request, stage) for stage in STAGES}
    built: dict[str, bool] = {}
    for stage, spec in specs.items():
        if spec is None or stage not in stages:
            continue
        target = request.folder / stage
        if not spec.sources and not spec.parameters:
            continue  # it describes datasets that something else builds
        try:
            inputs = _as_built(inputs_of(request, stage))
            found = standing(compiled(spec, specs["sdtm"], inputs.source), inputs)
        except ProblemError:
            if stage == "sdtm" or not stale:
                raise
            lines.append("adam: waits for sdtm")
            built[stage] = False
            continue
        why = _stale(found, stale if stage == "adam" else set())
        lines += _told(stage, found, why, any(target.glob("*.xpt")))
        built[stage] = found.is_current and not why
        if stage == "sdtm" and request.sdtm is None:
            stale = set(why) | ({"DM"} if found.state is None else set())
        key = define_key(request, spec, target)
        current = built[stage] and output_state.kept(target, DEFINE_STATE, key) is not None
        if stage == "adam" and request.sdtm is None:
            current = current and built.get("sdtm/define.xml", True)  # it is held against that
        lines.append(f"{stage}/define.xml: {_state_of(current, (target / 'define.xml').is_file())}")
        built[f"{stage}/define.xml"] = current
    if (request.study / "results").is_dir():
        folder = request.folder / "results"
        current = built.get("adam", True)
        current = current and output_state.kept(folder, RESULTS_STATE, results_key(request)) is not None
        lines.append(f"results: {_state_of(current, (folder / 'index.html').is_file())}")
        built["results"] = current
    return lines, not all(built.values())


def _as_built(inputs: Inputs) -> Inputs:
    state = stage_state.read(inputs.target)
    return replace(inputs, formats=inputs.formats or (state.formats if state is not None else ()))


def _state_of(current: bool, there: bool) -> str:
    return "current" if current else "stale" if there else "not built"


def _stale(found: Standing, before: set[str]) -> dict[str, list[str]]:
    """The datasets of a stage that would be built anew, each with the reasons; before: stale SDTM datasets."""
    known, state = found.known, found.state
    if state is None:
        return {name: ["not built"] for name in known.datasets}
    why: dict[str, list[str]] = {}
    for name, behind in known.datasets.items():
        waits = sorted(behind.tables & before)
        if waits:
            why[name] = [f"reads {', '.join(waits)}, which {'is' if len(waits) == 1 else 'are'} stale"]
        elif name in found.anew.datasets:
            why[name] = stage_state.reasons(state, known, name)
    for name in state.datasets:
        if name not in known.datasets:
            why[name] = ["is no longer in the specification"]
    return why


def _whole(found: Standing) -> str:
    """How a stage stands none of whose datasets is stale."""
    if found.added:
        return f"stale, the build did not write {', '.join(found.added)}"
    if found.is_current:
        return "current"
    return "stale, other tables or formats than were built, or blocks in another order"


def _told(stage: str, found: Standing, why: dict[str, list[str]], there: bool) -> list[str]:
    """The lines of a stage. there: whether its folder holds any dataset."""
    known = found.known
    if found.state is None:
        return [f"{stage}: {'stale, no whole build of it stands there' if there else 'not built'}"]
    if not why:
        return [f"{stage}: {_whole(found)}"]
    submitted = {unit_of(found.stage, name) for name in found.stage.spec.datasets}
    lines = [f"{stage}: {len(why)} of {len(known.datasets)} datasets stale"]
    for name, reasons in why.items():
        more = f"; {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
        kind = "" if name in submitted or name not in known.datasets else " (working)"
        lines.append(f"  {name}{kind}: {'; '.join(reasons[:SHOWN])}{more}")
    return lines
