"""The stages in order. Each is made in a folder beside its target and put in its place when it is whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derivations.registry import docstring as docstring
from formats.folders import FolderError as FolderError
from formats.folders import replaced
from pipeline_parts import Cut as Cut
from specs.load import load, load_study
from specs.problem import DataError, Place, Problem, SpecError
from workers.here import WorkersError as WorkersError

if TYPE_CHECKING:
    from pipeline_aside import Ahead
    from pipeline_found import Found
    from results.made import Made
    from specs.model import Spec
    from submission.output_state import Kept

REFERENCE = Path(__file__).parent / "specs" / "nct06178146"


@dataclass
class Request:
    """What a user asked for: a study, where to write, which raw and SDTM folders, which datasets, which constants.

    `progress` is told about once a second what a long stage is doing, and "" when it ends. `data` holds datasets that
    something else built, for a specification without tables that run. `cut`: the parts in which stages are built.
    `formats` are those beside XPT. full: everything is built anew, also what has not changed. found: what the
    command found before it read anything (`pipeline_found.begun`); what is saved while it runs is another input.
    """

    study: Path
    out: Path | None = None
    raw: Path | None = None
    sdtm: Path | None = None
    only: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = lambda text: None
    progress: Callable[[str], None] | None = None
    data: Path | None = None
    cut: Cut = field(default_factory=Cut)
    formats: tuple[str, ...] = ()
    full: bool = False
    found: Found | None = None

    @property
    def folder(self) -> Path:
        return self.out if self.out is not None else Path("output") / load_study(self.study, self.constants).folder_name

    @property
    def raw_folder(self) -> Path:
        return self.raw if self.raw is not None else self.study / "raw"

    @property
    def sdtm_folder(self) -> Path:
        """The folder of the SDTM files that ADaM reads: the one given, else that of `build sdtm`."""
        return self.sdtm if self.sdtm is not None else self.folder / "sdtm"


@dataclass
class Line:
    """A line of the summary: what was made, how many records, how many seconds."""

    stage: str
    name: str
    rows: int
    variables: int
    seconds: float = 0.0


def find_study(given: str | None) -> Path:
    """The study folder: the one given, else the current folder if it holds study.toml, else the reference study."""
    if given is not None:
        folder = Path(given)
        if not (folder / "study.toml").is_file():
            raise SpecError([Problem(Place(str(folder)), "is no study folder", "a study folder holds study.toml")])
        return folder
    return Path(".") if Path("study.toml").is_file() else REFERENCE


def need_folders(request: Request) -> None:
    """Raises SpecError for a folder of raw tables or SDTM files that was named and is none.

    The folder of the output into which `build all` writes SDTM may be named before it is there.
    """
    given = [("--raw", request.raw, "raw tables"), ("--sdtm", request.sdtm, "SDTM files")]
    for option, folder, what in given:
        made = option == "--sdtm" and folder is not None and folder.resolve() == (request.folder / "sdtm").resolve()
        if folder is not None and not folder.is_dir() and not made:
            message = "is no folder" if folder.exists() else "there is no such folder"
            raise SpecError([Problem(Place(str(folder)), message, f"say with {option} DIR where the {what} are")])


def spec_of(request: Request, stage: str) -> Spec | None:
    """The specification of a stage; None where the study has no folder for it."""
    if not (request.study / stage).is_dir():
        return None
    return load(request.study, stage, request.constants)


def needed(request: Request, stage: str) -> Spec:
    found = spec_of(request, stage)
    if found is None:
        raise SpecError([Problem(Place(str(request.study / stage)), "there is no such folder", "add its tables")])
    return found


# --- stages ---------------------------------------------------------------------------------------------


def check(request: Request, of_results: Callable[[], object] | None = None) -> list[str]:
    """Check both specifications against the headers of the raw tables and against each other; what there is to say.

    of_results: checks the tables of the results, where that was begun before. Raises SpecError.
    """
    from pipeline_check import check as check_all

    return check_all(request, of_results)


def sdtm(request: Request) -> list[Line]:
    """Raw tables to SDTM, with ledger, issues and lineage."""
    return _stage(request, "sdtm")


def adam(request: Request) -> list[Line]:
    """SDTM files to ADaM."""
    return _stage(request, "adam")


def _stage(request: Request, name: str) -> list[Line]:
    from pipeline_found import begun, settled
    from pipeline_stages import stage

    start, request = time.perf_counter(), begun(request, raw=name == "sdtm", sdtm=name == "adam")
    written = stage(request, needed(request, name))
    lines = [Line(name, one.name, one.count, one.variables) for one in written]
    is_new = any(one.new for one in written)
    _finish(request, name, settled(request, name, [f"{name}/qc/state.json"]) if is_new else None)
    return [*lines, Line(name, "total", sum(line.rows for line in lines), 0, time.perf_counter() - start)]


def define(request: Request) -> list[Line]:
    """define.xml and define.html beside the datasets of each stage; of one that only describes them also alone."""
    from pipeline_define import define as described
    from pipeline_found import begun

    request = begun(request)
    lines, changed = described(request)
    _finish(request, "define", changed)
    return lines


def define_drift(request: Request) -> list[str]:
    """What in the define.xml of each stage is not as specification and data give it, or breaks a rule."""
    from pipeline_define import drift

    return drift(request)


def results(request: Request, made: Callable[[], Made] | None = None) -> list[Line]:
    """Endpoints from the ADaM files alone. made: waits for what was begun before."""
    from pipeline_found import begun, settled
    from pipeline_standing import RESULTS_STATE, results_key
    from results.made import FILES, write
    from submission import output_state

    start, request, target = time.perf_counter(), begun(request), request.folder / "results"
    needed(request, "adam")
    key = results_key(request)
    if (found := results_kept(request)) is not None:
        request.say("results: nothing that they are made from has changed")
        return [Line("results", "index.html", *found.size)]
    with replaced(target, (*FILES, RESULTS_STATE)) as folder:
        summary = write(made() if made else _make_results(request), folder)
        size = (summary.rows, len(summary.files))
        output_state.note(folder, RESULTS_STATE, key, (".",), size)
    _finish(request, "results", settled(request, "results", [f"results/{RESULTS_STATE}"]))
    return [Line("results", "index.html", *size, time.perf_counter() - start)]


def _make_results(request: Request) -> Made:
    from results.run import make

    return make(needed(request, "adam"), request.folder / "adam")


def results_kept(request: Request) -> Kept | None:
    """The results of an earlier build, where they would be the same again."""
    from pipeline_standing import RESULTS_STATE, results_key
    from submission import output_state

    if request.full:
        return None
    return output_state.kept(request.folder / "results", RESULTS_STATE, results_key(request))


def everything(request: Request) -> list[Line]:
    """Every stage that the study has a specification for; what `check` finds stops it before anything is written."""
    from pipeline_aside import ahead
    from pipeline_found import begun
    from pipeline_stages import known_names
    from pipeline_standing import everything_said, note_everything

    request = begun(request, raw=True, sdtm=True)
    known_names(request)
    if (said := everything_said(request)) is not None:
        request.say("nothing has changed since the last build")
        return [Line(*line) for line in said]
    with ahead(request) as copy:
        for line in check(request, copy.check):
            if line.startswith("warning: "):
                request.say(line)
        lines = _every_stage(request, copy)
        note_everything(request, [(line.stage, line.name, line.rows, line.variables) for line in lines])
    return lines


def _every_stage(request: Request, copy: Ahead) -> list[Line]:
    from pipeline_stages import of_stage

    lines: list[Line] = []
    for name, stage in (("sdtm", sdtm), ("adam", adam)):
        if (request.study / name).is_dir():
            request.say(f"{name} ...")
            lines += stage(of_stage(request, name))
            if name == "adam":
                copy.begin_results()
    request.say("define ...")
    lines += define(request)
    if (request.study / "results").is_dir():
        if copy.made is not None:
            request.say("results ...")
        lines += results(request, copy.made)
    return lines


def simulated(
    mode: str, folder: Path, subjects: int | None, seed: int | None, messiness: float | None, jobs: int,
    force: bool = False,
) -> dict[str, int]:
    """Write simulated raw tables; the rows of each file.

    Only what an earlier `build simulate` wrote is replaced, with `force` also what was changed since. Raises DataError
    for options that do not fit, FolderError for a folder that holds other files.
    """
    import simulate

    seed = simulate.SEED if seed is None else seed
    try:
        _refuse_collected(folder, force)
        with replaced(folder) as new:
            rows = simulate.write(mode, new, subjects=subjects, seed=seed, messiness=messiness, jobs=jobs)
            simulate.note(new, {"mode": mode, "subjects": subjects, "seed": seed, "messiness": messiness})
            _refuse_collected(folder, force)  # a table may have been saved there meanwhile
        return rows
    except simulate.SimulateError as error:
        raise DataError([Problem(Place("build simulate"), str(error))]) from None


def _refuse_collected(folder: Path, force: bool) -> None:
    import simulate

    name, why = simulate.not_ours(folder, force)
    if name:
        raise FolderError(str(folder), f"it holds {name}, {why}")


def compared(
    base: str, compare: str, asked: Mapping[str, Any], progress: Callable[[str], None] | None = None
) -> tuple[list[str], int]:
    """Two datasets, folders or outputs compared: the report as text, and the exit code (0 equal, 1 different, 2 not
    compared). asked: the options of the command by name. The reports that are asked for are written."""
    from qc.compare.asked import compared as run

    request = Request(find_study(asked["study"])) if asked.get("study") else None
    stages = ("sdtm", "adam") if request is not None else ()
    specs = [spec for stage in stages if request and (spec := spec_of(request, stage)) is not None]
    return run(base, compare, asked, specs, request.study if request else None, progress)


def _finish(request: Request, made: str, changed: Sequence[str] | None) -> None:
    """Merge the ledgers and issues of the stages, and write the manifest.

    made: the part of the output. changed: its inputs that changed meanwhile, None where nothing of it was made anew.
    """
    from qc import page
    from submission import manifest

    study = load_study(request.study, request.constants)
    manifest.merge_notes(request.folder)
    page.write(request.folder / "qc", study.id, str(study.settings.get("title") or study.id))
    found = request.found
    assert found is not None and found.tables is not None
    own = request.raw_folder.resolve() == (request.study / "raw").resolve()
    inputs = manifest.Inputs(found.tables, found.raw, found.sdtm, made, changed, not own)
    manifest.write(request.folder, study.id, request.constants, inputs)
