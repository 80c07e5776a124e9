"""The parts of a stage put together: what crosses them is settled; counts, issues, faults are those of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pandas as pd

from engine import spill
from engine.broken import Broken, BrokenRules
from engine.columns import Column, Text, concat, take
from engine.issues import IssueLog, Issues
from engine.late_checks import hits_of_parts, late_checks
from engine.ledger import Counts, ledger_of
from engine.outcome import Output
from engine.partial import Earlier
from engine.parts import Fault, Job, Part, ask, key_columns, read_output, tell_late
from engine.progress import Progress
from engine.sorting import sorted_rows
from engine.verify import repeated_keys
from engine.views import faults_at
from engine.wide import together as rows_together
from engine.wide import whole_records
from specs.crossing import RecordsNeed
from specs.crossing_places import place_of
from specs.problem import DataError, SpecError


class Workers(Protocol):
    """What runs the parts: this process, several, a cluster; `count` at a time."""

    count: int

    def run(self, work: Callable[..., Any], given: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Call `work` with each of the arguments; which of them, and its result, in the order in which they end."""


def results(
    workers: Workers, work: Callable[..., Any], given: Sequence[tuple[Any, ...]], progress: Progress, what: str,
    then: Callable[[int], None] | None = None,
) -> list[Any]:
    """The result of each call; `then` is told its place as soon as it has arrived, when no worker will repeat it.

    Raises DataError or SpecError with the faults that the parts found.
    """  # fmt: skip
    found: list[Any] = [None] * len(given)
    progress.parts(what, 0, len(given))
    for done, (place, result) in enumerate(workers.run(work, given), 1):
        found[place] = result
        if then is not None:
            then(place)
        progress.parts(what, done, len(given))
    progress.steps("", 0, 0)
    raise_faults([result for result in found if isinstance(result, Fault)])
    return found


def raise_faults(faults: Sequence[Fault]) -> None:
    """Raise what one run would: the faults of the earliest phase; of rules that rows break those of all parts.

    Of other faults, which end a run, those of the first part that has one.
    """
    if not faults:
        return
    phase = min(fault.phase for fault in faults)
    mine = [fault for fault in faults if fault.phase == phase]
    plain = [fault for fault in mine if not fault.broken]
    if plain:
        raise (SpecError if plain[0].specification else DataError)(plain[0].problems)
    raise BrokenRules(rule for fault in mine for rule in fault.broken)


def settle(job: Job, workers: Workers, progress: Progress) -> None:
    """Find what crosses subjects, level by level, so that every part can be built. Raises DataError."""
    parts = range(job.source.parts)
    for level, needs in enumerate(job.levels):
        if not needs:
            continue
        results(workers, ask, [(job, part, level) for part in parts], progress, "what ranges over all subjects")
        for number, need in enumerate(needs):
            found = [spill.read(job.path("asked", level, number, part)) for part in parts]
            if isinstance(need, RecordsNeed):
                with faults_at(place_of(job.source.stage, need)):
                    columns = whole_records(need, found)
                for part, column in zip(parts, columns):
                    spill.write(job.path("told", level, number, part), {"value": column})
            else:
                spill.write(job.path("told", level, number), rows_together(found)[0])


@dataclass
class Joined:
    """A stage built in parts: each dataset with its parts in order, the issues and the ledger.

    merged: the datasets whose parts do not follow each other, put together. dropped: the variables that are empty.
    """

    job: Job
    parts: list[Part]
    noted: Issues
    ledger: pd.DataFrame
    counts: Counts = field(default_factory=Counts)
    merged: dict[str, Output] = field(default_factory=dict)
    dropped: dict[str, set[str]] = field(default_factory=dict)

    def count(self, name: str) -> int:
        """The number of records of a dataset."""
        return sum(part.datasets[name] for part in self.parts)


def joined(
    job: Job, workers: Workers, parts: list[Part], progress: Progress, earlier: Earlier | None = None
) -> Joined:
    """Put finished parts together. Raises BrokenRules and DataError as one run would.

    earlier: of which the parts made what is built anew; its counts are put beside theirs.
    """
    log = IssueLog(dict(job.source.stage.spec.study.rules))
    broken = _late(job, workers, progress)
    log.parts += [spill.read(job.path("late-issues", part)) for part in _with_file(job, "late-issues")]
    found = Joined(job, parts, {}, pd.DataFrame())
    for name in job.source.stage.submitted:
        filled = set().union(*(part.filled[name] for part in parts))
        gone = [v for v in job.source.stage.spec.variables_of(name) if v.drop_when_empty and v.variable not in filled]
        found.dropped[name] = {variable.variable for variable in gone}
        if _in_order(parts, name):
            log.parts += [spill.read(job.path("keys", name, part)) for part in range(len(parts))]
            broken += [rule for part in parts for rule in part.keys[name]]
        else:
            found.merged[name] = _merged(job, name, found.dropped[name])
            broken += repeated_keys(job.source.stage, parts[0].files, name, found.merged[name], log)
    progress("ledger and issues")
    for number, part in enumerate(parts):
        broken += [_placed(rule, number) for rule in part.broken if not _is_dropped(job, rule, found.dropped)]
    if broken:
        raise BrokenRules(broken)
    log.parts += _apart(job, parts)
    log.parts += [spill.read(job.path("issues", part)) for part in range(len(parts))]
    found.noted, found.counts = log.table(), _counts(job, parts)
    if earlier is not None:
        found.noted, found.counts = earlier.issues_of(found.noted), earlier.counts_with(found.counts)
    found.ledger = ledger_of(earlier.stage if earlier is not None else job.source.stage, found.counts)
    return found


def _with_file(job: Job, kind: str) -> list[int]:
    return [part for part in range(job.source.parts) if job.path(kind, part).exists()]


def _late(job: Job, workers: Workers, progress: Progress) -> list[Broken]:
    """Settle the checks that were left; the parts whose records break one write them down."""
    hits: dict[int, dict[int, Any]] = {}
    for check in late_checks(job.source.stage, job.crossing.late):
        progress(f"check over all subjects, {check.dataset}")
        columns = [spill.read(job.path("late", check.number, part)) for part in range(job.source.parts)]
        for part, rows in hits_of_parts(check, columns).items():
            hits.setdefault(part, {})[check.number] = rows
    given = [(job, part, of_part) for part, of_part in sorted(hits.items())]
    told = results(workers, tell_late, given, progress, "checks over all subjects") if given else []
    return [rule for broken in told for rule in broken]


def _in_order(parts: Sequence[Part], name: str) -> bool:
    """Whether the records of each part stand before those of the next."""
    ends = [part.ends[name] for part in parts if part.datasets[name]]
    return all(before[1] < after[0] for before, after in pairwise(ends))


def _merged(job: Job, name: str, dropped: set[str]) -> Output:
    """A dataset whose records are sorted anew, with those of all parts in memory."""
    found = [read_output(job, name, part) for part in range(job.source.parts)]
    count = sum(output.count for output in found)
    keys: list[Column] = [concat(list(columns)) for columns in zip(*(key_columns(job.source.stage, o) for o in found))]
    orders = [output.order for output in found if output.order is not None]
    if orders:
        width = max(order.shape[1] for order in orders)
        padded = [np.pad(order, ((0, 0), (0, width - order.shape[1]))) for order in orders]
        keys += list(np.concatenate(padded).T)
    order = sorted_rows([(key, False) for key in keys], count)
    variables = [variable for variable, _ in found[0].variables]
    columns = zip(*([column for _, column in output.variables] for output in found))
    listed = [(variable, take(concat(list(parts)), order)) for variable, parts in zip(variables, columns)]
    tables = take(concat([output.source_table for output in found]), order)
    assert isinstance(tables, Text)
    lines = np.concatenate([output.source_line for output in found])[order]
    rows = np.concatenate([output.source_row for output in found])[order]
    kept = [(variable, column) for variable, column in listed if variable.variable not in dropped]
    return Output(name, found[0].label, kept, count, tables, lines, rows)


def _placed(rule: Broken, part: int) -> Broken:
    """A rule on records of a dataset, whose rows are numbered in the part, with the part before them."""
    if rule.order[0] == 0:
        return rule
    first = tuple(((part, *place), problem) for place, problem in rule.first)
    return Broken(rule.order, rule.shown, rule.count, first, rule.rest, rule.rows, rule.one, rule.stops)


def _is_dropped(job: Job, rule: Broken, dropped: dict[str, set[str]]) -> bool:
    """Whether a rule asks for values of a variable that is left out because it is empty in every part."""
    if rule.order[0] != 1 or rule.order[2] != 0:
        return False
    spec = job.source.stage.spec
    name = job.source.stage.submitted[rule.order[1]]
    listed = [v.variable for v in spec.variables_of(name)]
    return listed[rule.order[3]] in dropped[name]


def _apart(job: Job, parts: Sequence[Part]) -> list[Issues]:
    """The issues that a part could only suspect, without those that another part explains."""
    known: set[str] = set().union(*(part.subjects for part in parts))
    found = []
    for part in range(len(parts)):
        issues = spill.read(job.path("apart", part))
        who = issues["USUBJID"]
        assert isinstance(who, Text)
        stays = np.flatnonzero(~job.source.taken_back(who, known))
        found.append({name: take(column, stays) for name, column in issues.items()})
    return found


def _counts(job: Job, parts: Sequence[Part]) -> Counts:
    counts = Counts()
    for part in parts:
        counts.add(part.counts)
    job.source.in_order(counts)
    return counts
