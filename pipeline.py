"""The stages in order. Each is made in a folder beside its target and put in its place when it is whole."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formats.folders import FolderError as FolderError
from formats.folders import replaced
from specs.load import load, load_study
from specs.problem import DataError, Place, Problem, ProblemError, SpecError

if TYPE_CHECKING:
    import pandas as pd

    from engine.outcome import Built
    from specs.model import Spec

REFERENCE = Path(__file__).parent / "specs" / "nct06178146"


@dataclass
class Request:
    """What a user asked for: a study, where to write, which raw and SDTM folders, which datasets, which constants.

    `progress` is told about once a second what a long stage is doing, and "" when it ends. `data` holds datasets that
    something else built, for the define.xml of a specification without tables that run; `formats` are those beside XPT.
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
    formats: tuple[str, ...] = ()

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


def check(request: Request) -> list[str]:
    """Check both specifications against the headers of the raw tables and against each other."""
    problems: list[Problem] = []
    said: list[str] = []
    specs: dict[str, Spec | None] = {}
    for stage in ("sdtm", "adam"):
        with _collected(problems):
            specs[stage] = spec_of(request, stage)
    for stage in ("sdtm", "adam"):
        if stage == "adam" and "sdtm" not in specs:
            break  # without the SDTM specification every name of ADaM's rules would be a fault
        with _collected(problems):
            said += _check_stage(request, stage, specs)
    if problems:
        raise SpecError(problems)
    return said


@contextmanager
def _collected(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except ProblemError as error:
        problems += error.problems


def _check_stage(request: Request, stage: str, specs: Mapping[str, Spec | None]) -> list[str]:
    spec = specs.get(stage)
    if spec is None:
        return []
    if stage == "sdtm":
        from sdtm.build import check as check_sdtm

        compiled = check_sdtm(spec, request.raw_folder)
    else:
        from adam.build import check as check_adam
        from results.run import check as check_results

        compiled = check_adam(spec, specs.get("sdtm"), request.sdtm_folder)
        check_results(spec)
    from specs.incomplete import missing_required
    from specs.suggestions import long_cells
    from specs.unfilled import unfilled_problems

    rules = sum(len(found) for found in compiled.rules.values())
    found = [*missing_required(spec), *unfilled_problems(compiled), *long_cells(spec)]
    notices = [f"notice: {problem}" for problem in sorted(found)]
    size = f"{len(spec.datasets)} datasets, {len(spec.variables)} variables, {rules} rules"
    return [*notices, f"{stage}: {size}: no faults"]


def sdtm(request: Request) -> list[Line]:
    """Raw tables to SDTM, with ledger, issues and lineage."""
    from sdtm.build import build

    spec = needed(request, "sdtm")
    return _write_stage(request, spec, *_timed(lambda: build(spec, request.raw_folder, request.progress)))


def adam(request: Request) -> list[Line]:
    """SDTM files to ADaM."""
    from adam.build import build

    spec = needed(request, "adam")
    source = request.sdtm_folder
    return _write_stage(request, spec, *_timed(lambda: build(spec, spec_of(request, "sdtm"), source, request.progress)))


def define(request: Request) -> list[Line]:
    """define.xml and define.html beside the datasets of each stage; of one that only describes them also alone."""
    from define.stated import attributes_only
    from submission import stage_folder

    lines = []
    for stage in ("sdtm", "adam"):
        target = request.folder / stage
        if not (request.study / stage).is_dir():
            continue
        stated = attributes_only(spec := needed(request, stage))
        if not stated and not any(target.glob("*.xpt")):
            raise DataError([Problem(Place(str(target)), "holds no datasets", f"run: build {stage}")])
        source = stage_folder.given_data(request.data, spec) if stated and request.data else target
        with replaced(target, stage_folder.STAGE_FILES) as folder:
            stage_folder.carry(source, folder, "*.xpt" if stated else "**/*")
            lines += _define_stage(spec, folder, stated, request.say)
    _finish(request)
    return lines


def _define_stage(spec: Spec, folder: Path, stated: bool, say: Callable[[str], None]) -> list[Line]:
    from define.method_text import method_texts
    from define.render import copy_stylesheet, render
    from define.validate import validate
    from define.write import write
    from formats import xpt
    from submission import stage_folder

    start = time.perf_counter()
    frames: dict[str, pd.DataFrame] = {}
    lengths: dict[tuple[str, str], int] = {}
    for name in spec.datasets:
        path = folder / f"{name.lower()}.xpt"
        if path.exists():
            try:
                dataset = xpt.read(path, encoding=stage_folder.encoding(spec))
            except xpt.XptError as error:
                place = Place(f"{spec.stage}/{path.name}")
                raise DataError([Problem(place, error.message, f"run: build {spec.stage}")]) from None
            frames[name] = xpt.frame(dataset, text="category")
            lengths |= {(name, column.name): column.length for column in dataset.columns}
    path = folder / "define.xml"
    made = stage_folder.created(spec).isoformat()
    write(spec, frames, path, created=made, lengths=lengths, methods=method_texts(spec, docstring), stated=stated)
    findings = validate(path, frames)
    if wrong := [found for found in findings if not (stated and found.incomplete)]:
        raise DataError([Problem(Place(f"{spec.stage}/define.xml"), str(finding)) for finding in wrong])
    for found in findings:
        say(f"notice: {spec.stage}/define.xml {found}")
    copy_stylesheet(folder)
    render(path, folder / "define.html")
    return [Line(spec.stage, "define.xml", len(frames), len(lengths), time.perf_counter() - start)]


def docstring(name: str) -> str:
    """The first paragraph of a derivation's docstring, which is the text of its method."""
    import inspect

    import derivations

    known = derivations.REGISTRY.get(name)
    text = inspect.getdoc(known.function) if known else None
    return " ".join((text or "").partition("\n\n")[0].split())


def results(request: Request) -> list[Line]:
    """Endpoints from the ADaM files alone."""
    from results.run import FILES, build

    spec = needed(request, "adam")
    start = time.perf_counter()
    with replaced(request.folder / "results", FILES) as folder:
        summary = build(spec, request.folder / "adam", folder)
    _finish(request)
    return [Line("results", "index.html", summary.rows, len(summary.files), time.perf_counter() - start)]


def everything(request: Request) -> list[Line]:
    """Every stage that the study has a specification for; what `check` finds stops it before anything is written."""
    check(request)
    lines: list[Line] = []
    for name, stage in (("sdtm", sdtm), ("adam", adam), ("define", define), ("results", results)):
        if name in ("sdtm", "adam") and not (request.study / name).is_dir():
            continue
        if name == "results" and not (request.study / "results").is_dir():
            continue
        request.say(f"{name} ...")
        lines += stage(request)
    return lines


def simulated(
    mode: str, folder: Path, subjects: int | None, seed: int | None, messiness: float | None, jobs: int
) -> dict[str, int]:
    """Write simulated raw tables; the rows of each file. Raises DataError for options that do not fit."""
    import simulate

    try:
        with replaced(folder, ("raw_*.csv",)) as new:
            return simulate.write(
                mode, new, subjects=subjects, seed=simulate.SEED if seed is None else seed,
                messiness=messiness, jobs=jobs,
            )  # fmt: skip
    except simulate.SimulateError as error:
        raise DataError([Problem(Place("build simulate"), str(error))]) from None


def shown(request: Request, dataset: str, name: str) -> list[str]:
    """How a variable or a parameter is made: its rules in order, and those of the working names they use."""
    from specs.show import show_rules

    stages = [spec for stage in ("sdtm", "adam") if (spec := spec_of(request, stage)) is not None]
    return show_rules(stages, dataset, name)


def ct_difference(old: str, new: str, request: Request | None, csv: Path | None) -> tuple[list[str], bool]:
    """Two terminology packages compared, as text; with a study also what touches it, and whether anything does."""
    from qc.ct_diff import ct_diff

    stages = ("sdtm", "adam") if request is not None else ()
    specs = [spec for stage in stages if request and (spec := spec_of(request, stage)) is not None]
    found = ct_diff(old, new, specs, request.folder if request is not None else None, csv)
    return found.lines(), found.touched


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


def opened(request: Request) -> list[str]:
    """The files that a user would open next, those that exist."""
    out = request.folder
    wanted = {
        "results/index.html": "the endpoints",
        "adam/define.html": "ADaM, described",
        "sdtm/define.html": "SDTM, described",
        "qc/index.html": "every raw row accounted for; what was cut, converted or left out",
        "qc/issues.csv": "the same as a table",
        "sdtm": "SDTM datasets (XPT)",
        "adam": "ADaM datasets (XPT)",
    }
    return [f"{out / name}  {what}" for name, what in wanted.items() if (out / name).exists()]


def issue_counts(request: Request) -> str:
    """How many issues the build wrote down, by severity."""
    path = request.folder / "qc" / "issues.csv"
    if not path.exists():
        return ""
    with path.open(encoding="utf-8", newline="") as stream:
        found = Counter(row["Severity"] for row in csv.DictReader(stream))
    known = ("error", "warning", "note")
    return "issues: " + ", ".join(f"{found[name]} {name}s" for name in known) + f" ({path.parent / 'index.html'})"


def _timed(work: Callable[[], Built]) -> tuple[Built, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def _write_stage(request: Request, spec: Spec, built: Built, seconds: float) -> list[Line]:
    from engine.progress import reported
    from submission import stage_folder

    start = time.perf_counter()
    with reported(spec.stage, request.progress) as progress:
        progress("writing the datasets", sum(output.count for output in built.outputs.values()))
        written = stage_folder.write(spec, built, request.folder / spec.stage, request.only, request.formats)
    _finish(request)
    lines = [Line(spec.stage, output.name, output.count, len(output.variables)) for output in written]
    seconds += time.perf_counter() - start
    return [*lines, Line(spec.stage, "total", sum(line.rows for line in lines), 0, seconds)]


def _finish(request: Request) -> None:
    """Merge the ledgers and issues of the stages, and write the manifest."""
    from qc import page
    from submission import manifest

    study = load_study(request.study, request.constants)
    manifest.merge_notes(request.folder)
    page.write(request.folder / "qc", study.id, str(study.settings.get("title") or study.id))
    manifest.write(request.folder, study.id, request.study, request.raw_folder, request.constants, request.sdtm)
