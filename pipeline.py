"""The stages in order. Each is made in a folder beside its target and put in its place when it is whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from formats.folders import FolderError as FolderError
from formats.folders import hashes, link, replaced
from specs.load import load, load_study
from specs.problem import DataError, Place, Problem, ProblemError, SpecError

if TYPE_CHECKING:
    import pandas as pd

    from engine.outcome import Built, Output
    from specs.model import Spec

REFERENCE = Path(__file__).parent / "specs" / "nct06178146"
STAGES = ("sdtm", "adam", "define", "results")
_CREATED = "1960-01-01T00:00:00"


@dataclass
class Request:
    """What a user asked for: a study, where to write, which raw folder, which datasets, which constants."""

    study: Path
    out: Path | None = None
    raw: Path | None = None
    only: tuple[str, ...] = ()
    constants: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str], None] = lambda text: None

    @property
    def folder(self) -> Path:
        return self.out if self.out is not None else Path("output") / load_study(self.study, self.constants).id

    @property
    def raw_folder(self) -> Path:
        return self.raw if self.raw is not None else self.study / "raw"


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

        compiled = check_adam(spec, specs.get("sdtm"), request.folder / "sdtm")
        check_results(spec)
    rules = sum(len(found) for found in compiled.rules.values())
    return [f"{stage}: {len(spec.datasets)} datasets, {len(spec.variables)} variables, {rules} rules: no faults"]


def sdtm(request: Request) -> list[Line]:
    """Raw tables to SDTM, with ledger, issues and lineage."""
    from sdtm.build import build

    spec = needed(request, "sdtm")
    built, seconds = _timed(lambda: build(spec, request.raw_folder))
    lines = _write_stage(request, spec, built)
    _finish(request)
    return [*lines, Line("sdtm", "time", 0, 0, seconds)]


def adam(request: Request) -> list[Line]:
    """SDTM files to ADaM."""
    from adam.build import build

    spec = needed(request, "adam")
    source = request.folder / "sdtm"
    built, seconds = _timed(lambda: build(spec, spec_of(request, "sdtm"), source))
    lines = _write_stage(request, spec, built)
    _finish(request)
    return [*lines, Line("adam", "time", 0, 0, seconds)]


def define(request: Request) -> list[Line]:
    """define.xml and define.html beside the datasets of each stage that was built."""
    lines = []
    for stage in ("sdtm", "adam"):
        target = request.folder / stage
        if not (request.study / stage).is_dir():
            continue
        if not any(target.glob("*.xpt")):
            raise DataError([Problem(Place(str(target)), "holds no datasets", f"run: build {stage}")])
        spec = needed(request, stage)
        with replaced(target) as folder:
            for path in sorted(target.rglob("*")):
                if path.is_file() and not path.name.startswith("define"):
                    copy = folder / path.relative_to(target)
                    link(path, copy)
            lines += _define_stage(spec, folder)
    _finish(request)
    return lines


def _define_stage(spec: Spec, folder: Path) -> list[Line]:
    from define.method_text import method_texts
    from define.render import copy_stylesheet, render
    from define.validate import validate
    from define.write import write
    from formats import xpt

    start = time.perf_counter()
    frames: dict[str, pd.DataFrame] = {}
    lengths: dict[tuple[str, str], int] = {}
    for name in spec.datasets:
        path = folder / f"{name.lower()}.xpt"
        if path.exists():
            dataset = xpt.read(path, encoding=_encoding(spec))
            frames[name] = xpt.frame(dataset, text="category")
            lengths |= {(name, column.name): column.length for column in dataset.columns}
    path = folder / "define.xml"
    write(spec, frames, path, created=_created(spec).isoformat(), lengths=lengths, methods=method_texts(spec, docstring))
    findings = validate(path, frames)
    if findings:
        raise DataError([Problem(Place(f"{spec.stage}/define.xml"), str(finding)) for finding in findings])
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
    from results.run import build

    spec = needed(request, "adam")
    start = time.perf_counter()
    with replaced(request.folder / "results") as folder:
        summary = build(spec, request.folder / "adam", folder)
    _finish(request)
    return [Line("results", "index.html", summary.rows, len(summary.files), time.perf_counter() - start)]


def everything(request: Request) -> list[Line]:
    """Every stage that the study has a specification for."""
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

    others = [path.name for path in sorted(folder.glob("*")) if not path.match("raw_*.csv")] if folder.is_dir() else []
    if others:
        problem = Problem(Place(str(folder)), f"holds other files ({others[0]} ...)", "choose a new or empty folder")
        raise DataError([problem])
    try:
        with replaced(folder) as new:
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


def opened(request: Request) -> list[str]:
    """The files that a user would open next, those that exist."""
    out = request.folder
    wanted = {
        "results/index.html": "the endpoints",
        "adam/define.html": "ADaM, described",
        "sdtm/define.html": "SDTM, described",
        "qc/issues.csv": "what was cut, converted or left out",
        "qc/ledger.csv": "every raw row accounted for",
        "sdtm": "SDTM datasets (XPT)",
        "adam": "ADaM datasets (XPT)",
    }
    return [f"{out / name}  {what}" for name, what in wanted.items() if (out / name).exists()]


# --- writing --------------------------------------------------------------------------------------------


def _timed(work: Callable[[], Built]) -> tuple[Built, float]:
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def _created(spec: Spec) -> datetime:
    output = spec.study.settings.get("output", {})
    text = output.get("created", _CREATED) if isinstance(output, Mapping) else _CREATED
    return datetime.fromisoformat(str(text))


def _encoding(spec: Spec) -> str:
    output = spec.study.settings.get("output", {})
    return str(output.get("encoding", "ascii")) if isinstance(output, Mapping) else "ascii"


def _write_stage(request: Request, spec: Spec, built: Built) -> list[Line]:
    """Write the datasets of a stage and its ledger, issues and lineage; all or nothing."""
    chosen = set(request.only)
    unknown = sorted(chosen - set(built.outputs))
    if unknown:
        known = ", ".join(built.outputs)
        raise SpecError([Problem(Place("--only"), f"{', '.join(unknown)}: no such dataset", f"one of {known}")])
    target = request.folder / spec.stage
    lines = []
    with replaced(target) as folder:
        if chosen and target.is_dir():
            _keep_others(target, folder, chosen)
        for name, output in built.outputs.items():
            if name.startswith("SUPP") and output.count == 0:
                continue  # a file of qualifiers exists only where there is a qualifier
            if not chosen or name in chosen:
                _write_dataset(spec, output, folder)
                lines.append(Line(spec.stage, name, output.count, len(output.variables)))
        _write_notes(built, folder / "qc")
    return lines


def _keep_others(target: Path, folder: Path, chosen: set[str]) -> None:
    """With --only the datasets that are not asked for stay as they are."""
    for path in sorted(target.glob("*.xpt")):
        if path.stem.upper() not in chosen:
            link(path, folder / path.name)


def _write_dataset(spec: Spec, output: Output, folder: Path) -> None:
    from engine.columns import Text
    from formats import xpt
    from formats.coded import Coded

    columns = []
    for variable, column in output.variables:
        values = Coded(column.codes, column.dictionary.values) if isinstance(column, Text) else column
        length = int(variable.length) if variable.length.strip().isdigit() and isinstance(column, Text) else 0
        shown = variable.format if not isinstance(column, Text) else ""
        columns.append(xpt.Column(variable.variable, values, label=variable.label, length=length, format=shown))
    try:
        xpt.write(
            folder / f"{output.name.lower()}.xpt", columns, dataset=output.name, label=output.label,
            created=_created(spec), encoding=_encoding(spec),
        )  # fmt: skip
    except xpt.XptError as error:
        hint = error.hint or "shorten or transliterate the value in its mapping"
        raise DataError([Problem(Place(f"{spec.stage}/{output.name.lower()}.xpt"), str(error.message), hint)]) from None


def _write_notes(built: Built, folder: Path) -> None:
    import pandas as pd

    from formats import safe_csv

    folder.mkdir()
    safe_csv.write(built.ledger, folder / "ledger.csv")
    safe_csv.write(built.issues, folder / "issues.csv")
    parts = []
    for name, output in built.outputs.items():
        rows = range(1, output.count + 1)
        columns = {"Dataset": name, "Record": rows, "Table": output.source_table, "Row": output.source_line}
        parts.append(pd.DataFrame(columns, index=range(output.count)))
    safe_csv.write(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(), folder / "lineage.csv")


def _finish(request: Request) -> None:
    """Merge the ledgers and issues of the stages, and write the manifest."""
    import pandas as pd

    out = request.folder
    with replaced(out / "qc") as folder:
        for name in ("ledger.csv", "issues.csv"):
            paths = [out / stage / "qc" / name for stage in ("sdtm", "adam")]
            tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths if path.exists()]
            if tables:
                pd.concat(tables, ignore_index=True).to_csv(folder / name, index=False, lineterminator="\n")
    manifest = {
        "study": load_study(request.study, request.constants).id,
        "constants": dict(sorted(request.constants.items())),
        "specification": hashes(request.study, ("study.toml", "sdtm", "adam", "results")),
        "raw": hashes(request.raw_folder, (".",)),
        "outputs": hashes(out, (*STAGES, "qc")),
    }
    part = out / ".manifest.json.new"
    part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / "manifest.json")
