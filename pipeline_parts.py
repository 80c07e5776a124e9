"""SDTM and ADaM built in parts of the subjects: by several processes, on a cluster, or one part after the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from formats.folders import replaced
from specs.crossing import crossing
from workers.here import Here
from workers.memory import free_memory

if TYPE_CHECKING:
    from engine.joined import Workers
    from engine.partial import Earlier
    from engine.parts import Source
    from engine.progress import Progress
    from specs.compiled import CompiledStage
    from specs.fingerprints import Fingerprints
    from submission import stage_folder
    from submission.stage_folder import Written

PART_BYTES = 96 << 20  # of the files that a part is made from: a part needs some ten times as much memory
# What a stage needs as a whole for each byte of its files, and a process that builds parts (of 10,000 subjects).
NEEDED = {"sdtm": 10, "adam": 4}
OF_PROCESS = 3 << 30
SHARE = 0.7  # of the free memory, which the cache of files needs too
SPILL = ".parts"  # within the new folder of the stage, so that nothing is left behind by a build that is killed


@dataclass(frozen=True)
class Cut:
    """How a stage is to be cut: processes, parts (0: by the size of the input), the address of a Dask scheduler.

    alone: one process at a time, also where the memory does not hold a stage as a whole.
    """

    jobs: int = 1
    partitions: int = 0
    scheduler: str = ""
    formats: tuple[str, ...] = ()
    alone: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether the stage is built in one run."""
        return self.jobs == 1 and self.partitions <= 1 and not self.scheduler


def fitting(cut: Cut, stage: CompiledStage, source: Path) -> tuple[Cut, str]:
    """The cut that the memory allows, and a notice where it is another one: a stage in one run may be too large.

    source: the raw tables, or the SDTM files.
    """
    name, size, free = stage.spec.stage, sum(sizes_of(stage, source).values()), free_memory()
    needed = NEEDED[name] * size
    if not cut.is_whole or cut.partitions or free is None or needed <= SHARE * free:
        return cut, ""
    jobs = 1 if cut.alone else max(1, min(processors(), int(SHARE * free) // OF_PROCESS))
    parts = max(2, -(-size // PART_BYTES))
    how = f"{parts} parts of the subjects" + (f" by {jobs} processes" if jobs > 1 else "")
    message = f"about {_gigabytes(needed)} would be needed as a whole, {_gigabytes(free)} are free"
    return replace(cut, jobs=jobs, partitions=parts), f"notice: {name} is built in {how}: {message}"


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gigabytes(size: int) -> str:
    return f"{size / (1 << 30):.1f} GB of memory"


def sizes_of(stage: CompiledStage, source: Path) -> dict[str, int]:
    """The bytes of the files that a stage reads, by table."""
    if stage.spec.stage == "adam":
        return {path.stem: path.stat().st_size for path in source.glob("*.xpt")}
    from formats.tables import split_part
    from sdtm.raw_tables import raw_rows

    return {row.table: split_part(source / row.file)[0].stat().st_size for row in raw_rows(stage.spec)}


@dataclass(frozen=True)
class Before:
    """An earlier build of a stage: what is built anew of it, its folder, and the subjects of DM if that stays."""

    earlier: Earlier
    left: stage_folder.Earlier
    subjects: frozenset[str] | None


class OtherSubjects(Exception):
    """DM was built anew and has other subjects: records of every dataset may have lost theirs."""


def sdtm(
    cut: Cut, stage: CompiledStage, known: Fingerprints, raw: Path, target: Path, only: tuple[str, ...],
    progress: Progress, before: Before | None = None,
) -> list[Written] | str:  # fmt: skip
    """Build SDTM from raw tables in parts; a text says why it cannot be cut. Raises SpecError and DataError.

    before: an earlier build, of which all stays that has not changed. Raises OtherSubjects.
    """
    from engine.joined import results
    from sdtm import parts

    stage = before.earlier.restricted if before is not None else stage
    if why := parts.whole_only(stage):
        return why
    sizes = sizes_of(stage, raw)

    def source(workers: Workers, folder: Path, count: int) -> Source:
        found = parts.cutting(stage, raw, count)
        tables = sorted(sizes, key=lambda name: -sizes[name])
        given = [(stage, raw, folder, table, found) for table in tables]
        files = results(workers, parts.cut_table, given, progress, "reading raw tables")
        others = before.subjects if before is not None else None
        return parts.RawParts(stage, folder, len(found.starts) + 1, {one.table: one for one in files}, others)

    return _built(cut, stage, known, sum(sizes.values()), source, target, only, progress, before)


def adam(
    cut: Cut, stage: CompiledStage, known: Fingerprints, folder: Path, target: Path, only: tuple[str, ...],
    progress: Progress, before: Before | None = None,
) -> list[Written] | str:  # fmt: skip
    """Build ADaM from SDTM files in parts, as `sdtm`."""
    from adam import parts
    from engine.joined import results

    stage = before.earlier.restricted if before is not None else stage
    size = sum(sizes_of(stage, folder).values())

    def source(workers: Workers, spill: Path, count: int) -> Source:
        firsts = parts.starts(stage, folder, count)
        names = parts.tables_to_cut(stage, folder)
        given = [(stage, folder, spill, name, firsts) for name in names]
        rows = results(workers, parts.cut_table, given, progress, "reading SDTM files")
        return parts.FileParts(stage, folder, len(firsts) + 1, {one.table: one for one in rows})

    return _built(cut, stage, known, size, source, target, only, progress, before)


def _built(
    cut: Cut,
    stage: CompiledStage,
    known: Fingerprints,
    size: int,
    source: Callable[[Workers, Path, int], Source],
    target: Path,
    only: tuple[str, ...],
    progress: Progress,
    before: Before | None,
) -> list[Written] | str:
    from engine.parts import Job
    from submission import stage_parts, stage_state
    from submission.stage_folder import STAGE_FILES

    crosses = crossing(stage)
    if crosses.whole:
        return crosses.whole
    with replaced(target, STAGE_FILES) as folder, _workers(cut) as workers:
        spill = folder / SPILL
        spill.mkdir()
        count = cut.partitions or max(workers.count, -(-size // PART_BYTES))
        job = Job(source(workers, spill, count), spill, crosses)
        earlier, left = (before.earlier, before.left) if before is not None else (None, None)
        made = stage_parts.build(job, workers, folder, target, only, progress, cut.formats, earlier, left)
        if left is not None and made.subjects != left.state.subjects:
            raise OtherSubjects
        shutil.rmtree(spill)
        if not only:
            sizes = {one.name: (one.count, one.variables) for one in made.written}
            notes = made.notes
            stage_state.write(
                folder, known, made.counts, cut.formats, made.subjects, sizes, notes.issues, notes.spans
            )
    return made.written


@contextmanager
def _workers(cut: Cut) -> Iterator[Workers]:
    if cut.scheduler:
        from workers.cluster import Cluster

        cluster = Cluster(cut.scheduler)
        try:
            yield cluster
        finally:
            cluster.close()
    elif cut.jobs > 1:
        from workers.processes import Processes

        processes = Processes(cut.jobs)
        try:
            yield processes
        finally:
            processes.close()
    else:
        yield Here()
