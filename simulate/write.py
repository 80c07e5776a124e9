"""Write the raw EDC export of the reference study: modes golden, study, clean and bench."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulate import events, forms, golden, grades, logs, messiness, steroids, subjects, visits
from simulate.cohort import Cohort
from simulate.rng import Draws, Ints, Texts
from simulate.soil import soil
from simulate.table import Table

SEED = 20230901
MODES = ("golden", "study", "clean", "bench")
GENERATED = 38
"""Generated subjects of study and clean mode: 33 randomised and 5 screen failures, which the 8 golden complete."""
FORMS = {"DM": forms.dm, "IC": forms.ic, "RAND": forms.rand, "ICI": forms.ici, "IRAE": visits.irae, "AE": logs.ae,
         "SD": logs.sd, "CS": logs.cs, "CM": logs.cm, "LB": visits.lb, "VS": visits.vs, "SV": visits.sv,
         "MH": forms.mh, "DS": forms.ds, "DD": forms.dd}
DEFAULT_MESSINESS = {"golden": 0.0, "study": 1.0, "clean": 0.0, "bench": 0.5}
LARGEST = 100_000

Columns = dict[str, Texts]


@dataclass(frozen=True)
class Part:
    """Columns of a file, and per row the position of its subject."""

    columns: Columns
    position: Ints


class SimulateError(ValueError):
    """A parameter of the simulation that cannot be met."""


@dataclass(frozen=True)
class Plan:
    """The parameters of one export; `messiness` multiplies every rate of the register (messiness.RATES)."""

    mode: str
    subjects: int
    seed: int
    messiness: float
    encoding_lb: str

    @property
    def digits(self) -> int:
        """Length of the subject numbers."""
        return 6 if self.mode == "bench" else 4


def generate(plan: Plan, index: Ints) -> Cohort:
    """The model: everything true of the subjects with these indices."""
    draws = Draws(plan.seed)
    people = subjects.screen(draws, index, plan.digits)
    rates = messiness.scaled(plan.messiness)
    subjects.plan_visits(draws, people, rates["M-15"])
    baseline = grades.start_events(draws, people)
    chain = grades.run_chain(draws, people, baseline)
    planted = np.where((index == messiness.PLANTED_DEATH) & (plan.mode in ("study", "clean")), 40, 0)
    grades.end_study(draws, people, chain, planted)
    subjects.attend(draws, people, rates["M-13"], rates["M-14"])
    grades.observe(people, chain)
    people.steroids = steroids.treat(draws, people, baseline)
    people.injections = events.inject(draws, people)
    people.adverse = events.adverse_events(draws, people)
    people.medications = events.medicate(draws, people)
    return people


def _fill(plan: Plan, people: Cohort) -> dict[str, Table]:
    draws = Draws(plan.seed)
    return {form: build(draws, people) for form, build in FORMS.items()}


def _finish(plan: Plan, people: Cohort, tables: dict[str, Table], order: Ints) -> dict[str, Part]:
    """Columns of each file and, per row, the place in the file of its subject."""
    draws = Draws(plan.seed)
    finished = {}
    for form, table in tables.items():
        columns, position = table.finish(draws)
        finished[f"raw_{form.lower()}"] = Part(columns, order[position])
    return finished | {"raw_alloc": Part(forms.allocation_list(people), order[np.nonzero(people.randomised)[0]])}


def golden_tables(plan: Plan) -> dict[str, Columns]:
    """The columns of each file for the golden subjects."""
    people = golden.subjects()
    tables = _fill(plan, people)
    golden.edit(tables)
    return {name: part.columns for name, part in _finish(plan, people, tables, np.arange(people.size)).items()}


def generated_tables(plan: Plan, first: int, after: int) -> dict[str, Columns]:
    """The columns of each file for the subjects first, first + 1, ..., after - 1; an earlier screening of a person
    stands before the person's own rows."""
    people = generate(plan, np.arange(first, after))
    rescreened = messiness.rescreen(Draws(plan.seed), people, plan.messiness, plan.mode == "study", plan.digits)
    tables = _fill(plan, people)
    soil(Draws(plan.seed), people, tables, plan.messiness, certain=plan.mode == "study")
    finished = _finish(plan, people, tables, np.arange(people.size))
    earlier = messiness.earlier_screenings(people, rescreened, plan.digits)
    if earlier.size:
        before = _finish(plan, earlier, _fill(plan, earlier), rescreened)
        return {name: _merge(before[name], part) for name, part in finished.items()}
    return {name: part.columns for name, part in finished.items()}


def _merge(before: Part, part: Part) -> Columns:
    order = np.argsort(np.concatenate([before.position, part.position]), kind="stable")
    return {name: np.concatenate([before.columns[name], column])[order] for name, column in part.columns.items()}


def csv_text(columns: Columns) -> str:
    """Lines of a CSV file with CRLF, without the header; a cell is quoted only where it must be."""
    cells = [_quoted(column.tolist()) for column in columns.values()]
    lines = list(map(",".join, zip(*cells, strict=True)))
    return "\r\n".join(lines) + "\r\n" if lines else ""


def _quoted(cells: list[str]) -> list[str]:
    joined = "".join(cells)
    if not any(mark in joined for mark in ',"\r\n'):
        return cells
    return ['"' + cell.replace('"', '""') + '"' if any(m in cell for m in ',"\r\n') else cell for cell in cells]


Piece = dict[str, tuple[list[str], int, str]]
"""For each file: header, number of rows, text."""


def _piece(tables: dict[str, Columns]) -> Piece:
    return {name: (list(columns), len(next(iter(columns.values()))), csv_text(columns))
            for name, columns in tables.items()}


def _chunk(task: tuple[Plan, int, int]) -> Piece:
    plan, first, after = task
    return _piece(generated_tables(plan, first, after))


def _pieces(plan: Plan, chunk: int, jobs: int) -> Iterator[Piece]:
    if plan.mode != "golden":
        # A study is one chunk: each symptom of the register must occur at least once in the whole.
        size = chunk if plan.mode == "bench" else plan.subjects
        tasks = [(plan, first, min(first + size, plan.subjects)) for first in range(0, plan.subjects, size)]
        if jobs > 1 and len(tasks) > 1:
            with multiprocessing.get_context("spawn").Pool(jobs) as pool:
                yield from pool.imap(_chunk, tasks)
        else:
            yield from map(_chunk, tasks)
    if plan.mode != "bench":
        yield _piece(golden_tables(plan))


def _plan(mode: str, count: int | None, seed: int, rate: float | None, encoding_lb: str) -> Plan:
    if mode not in MODES:
        raise SimulateError(f"mode {mode!r} is not one of {', '.join(MODES)}")
    fixed = {"golden": 0, "study": GENERATED, "clean": GENERATED}.get(mode)
    if fixed is not None and count is not None:
        raise SimulateError(f"mode {mode} has a fixed number of subjects; use mode bench for {count} subjects")
    number = fixed if fixed is not None else 1000 if count is None else count
    if not (number == 0 and mode == "golden") and not 1 <= number <= LARGEST:
        raise SimulateError(f"{number} subjects: from 1 to {LARGEST} are possible")
    if not 0 <= seed < 2**63:
        raise SimulateError(f"seed {seed}: a whole number from 0 to 2**63 - 1 is needed")
    amount = DEFAULT_MESSINESS[mode] if rate is None else rate
    if not 0 <= amount <= 20 or (mode in ("golden", "clean") and amount > 0):
        raise SimulateError(f"messiness {amount} in mode {mode}: 0 to 20 in study and bench, else 0")
    return Plan(mode, number, seed, amount, encoding_lb)


def write(
    mode: str, folder: Path, *, subjects: int | None = None, seed: int = SEED, messiness: float | None = None,
    chunk: int = 500, jobs: int = 1, encoding_lb: str = "utf-8-sig",
) -> dict[str, int]:
    """Write the raw tables of a mode into `folder` and return the number of rows of each file.

    mode: golden (G1 to G8), study (40 randomised, 6 screen failures, one of them all with the messiness register),
    clean (the same people without messiness), bench (`subjects` generated subjects with 6-digit numbers).
    messiness: factor on every rate of the register, default 1 in study and 0.5 in bench.
    chunk: subjects per chunk of bench; chunk and jobs (worker processes) never change the output.
    encoding_lb: encoding of raw_lb.csv, for example gb18030; all other files are UTF-8 with BOM.
    Raises SimulateError for parameters out of range.
    """
    plan = _plan(mode, subjects, seed, messiness, encoding_lb)
    if chunk < 1 or jobs < 1:
        raise SimulateError("chunk and jobs must be at least 1")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    names = [*(f"raw_{form.lower()}" for form in FORMS), "raw_alloc"]
    rows = dict.fromkeys((f"{name}.csv" for name in names), 0)
    encodings = {name: encoding_lb if name == "raw_lb" else "utf-8-sig" for name in names}
    for name in names:
        (folder / f"{name}.csv").write_bytes(b"")
    for piece in _pieces(plan, chunk, jobs):
        for name in names:
            header, count, text = piece[name]
            path = folder / f"{name}.csv"
            new = path.stat().st_size == 0
            head = ",".join(header) + "\r\n" if new else ""
            encoding = encodings[name] if new else encodings[name].removesuffix("-sig")
            with path.open("ab") as stream:
                stream.write((head + text).encode(encoding))
            rows[path.name] += count
    return rows
