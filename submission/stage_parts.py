"""The folder of a stage that is built in parts: each part writes its records into their place in the files.

The bytes are those that a build in one run writes (submission.stage_folder).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import partial, parts
from engine.columns import Text
from engine.joined import Joined, Workers, joined, results, settle
from engine.ledger import Counts
from engine.outcome import Output
from engine.parts import RUNNING, WRITING, Job, Part, faults_of, read_output
from engine.progress import Progress
from formats import safe_csv, xpt_parts
from formats.whole_file import told
from specs.fingerprints import digest
from submission import further_formats, stage_folder
from submission.stage_folder import Earlier, Written
from submission.stage_notes import Notes, coded, notes


@dataclass(frozen=True)
class Made:
    """A stage that was written: its datasets, the counts and notes, a hash of the subjects of DM."""

    written: list[Written]
    counts: Counts
    notes: Notes
    subjects: str


@dataclass(frozen=True)
class Member:
    """What the parts of a dataset have in common: the variables left out, the lengths of texts, records before each."""

    name: str
    dropped: frozenset[str]
    lengths: dict[str, int]
    before: tuple[int, ...]
    total: int


def build(
    job: Job, workers: Workers, folder: Path, target: Path, only: tuple[str, ...], say: Progress,
    formats: tuple[str, ...] = (), earlier: partial.Earlier | None = None, left: Earlier | None = None,
) -> Made:  # fmt: skip
    """Build the parts of a stage and write them into a folder that will take the place of `target`.

    formats: those besides XPT. earlier, left: what an earlier build made of the stage, and its folder, of which all
    stays that the job does not build. Raises SpecError, DataError and what `workers` raises.
    """
    stage = earlier.stage if earlier is not None else job.source.stage
    names = list(stage.spec.datasets)
    chosen = stage_folder.chosen_datasets(names, only)
    settle(job, workers, say)
    built = results(workers, finish, [(job, part) for part in range(job.source.parts)], say, "records")
    found = joined(job, workers, built, say, earlier)
    new = [name for name in job.source.stage.submitted if name in chosen]
    members = [_member(found, name) for name in new if _in_parts(found, name)]

    def encoded(part: int) -> None:
        """What was encoded leaves the disk, which has to hold the records once only."""
        for member in members:
            job.path("records", member.name, part).unlink()

    given = [(job, part, members, folder) for part in range(job.source.parts)]
    results(workers, encode, given, say, "writing", encoded)
    say("lineage and issues")
    kept = stage_folder.keep_others(target, folder, chosen) if only else []
    written = {one.name: one for one in _datasets(found, members, folder, new)}
    further_formats.write(stage.spec, folder, list(written), formats)
    sizes = {one.name: (one.count, one.variables) for one in written.values()}
    if left is not None:
        sizes = stage_folder.stay_beside(left, stage, folder, formats, sizes)
    stay = left.stay(stage) if left is not None else None
    with notes(folder / "qc", found.ledger, found.noted, stay, stage_folder.lineage_of_kept(target, kept)) as file:
        for name in [name for name in names if name in chosen]:
            if name in new:
                _lineage(found, name, file)
            else:
                file.carry_lineage(name)
    who: set[str] = set().union(*(part.subjects for part in found.parts))
    subjects = digest(sorted(who)) if "DM" in new else left.state.subjects if left is not None else ""
    every = [written.get(name) or Written(name, *size, False) for name, size in sizes.items()]
    return Made(every, found.counts, file, subjects)


@faults_of(RUNNING)
def finish(job: Job, part: int) -> Part:
    """Build a part. Its mistakes come back as a Fault."""
    encoding = stage_folder.encoding(job.source.stage.spec)

    def measured(output: Output) -> dict[str, int]:
        texts = [(v, column) for v, column in output.variables if isinstance(column, Text)]
        return {
            v.variable: stage_folder.stated_length(v) or xpt_parts.text_length(coded(column), encoding)
            for v, column in texts
        }

    return parts.finish(job, part, measured)


def _in_parts(found: Joined, name: str) -> bool:
    return name not in found.merged and found.count(name) > 0


def _member(found: Joined, name: str) -> Member:
    lengths: dict[str, int] = {}
    before = [0]
    for part in found.parts:
        for variable, length in part.lengths[name].items():
            lengths[variable] = max(length, lengths.get(variable, 1))
        before.append(before[-1] + part.datasets[name])
    return Member(name, frozenset(found.dropped[name]), lengths, tuple(before[:-1]), before[-1])


@faults_of(WRITING)
def encode(job: Job, part: int, members: list[Member], folder: Path) -> None:
    """Write the records of a part into the transport files of the stage, and their lineage beside."""
    for member in members:
        output = _without(read_output(job, member.name, part), member.dropped)
        if output.count:
            before = member.before[part]
            stage_folder.write_part(job.source.stage.spec, output, folder, member.lengths, before, member.total)
            lines = _lines(job, part, member.name)
            with told(lines), lines.open("wb") as file:
                safe_csv.append(stage_folder.lineage_of(output, before), file)


def _lines(job: Job, part: int, name: str) -> Path:
    """The file with the lineage of the records of a part."""
    return job.folder / f"lineage-{name}-{part}.csv"


def _without(output: Output, dropped: frozenset[str] | set[str]) -> Output:
    output.variables = [(v, column) for v, column in output.variables if v.variable not in dropped]
    return output


def _datasets(found: Joined, members: list[Member], folder: Path, names: list[str]) -> Iterator[Written]:
    """What was written of each dataset; those that were sorted anew, and those without records, are written now."""
    of_parts = {member.name: member for member in members}
    spec = found.job.source.stage.spec
    for name in names:
        if not stage_folder.has_file(name, found.count(name)):
            continue
        if name not in of_parts:
            output = found.merged.get(name) or _without(read_output(found.job, name, 0), found.dropped[name])
            stage_folder.write_dataset(spec, output, folder)
            yield Written(name, output.count, len(output.variables))
            continue
        listed = found.parts[0].variables[name] - of_parts[name].dropped
        yield Written(name, found.count(name), len(listed))


def _lineage(found: Joined, name: str, file: Notes) -> None:
    if name in found.merged:
        file.lineage(name, stage_folder.lineage_of(found.merged[name]))
        return
    for part, made in enumerate(found.parts):
        if made.datasets[name]:
            file.copy_lineage(name, _lines(found.job, part, name))
