"""The datasets of a stage finished by two processes: by this one, and by a copy of it that has the same tables.

Which of the two makes a dataset changes nothing of it. Where something is wrong with the data, the stage is made once
more in one process, so that every fault is told, and in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from engine.columns import Column, Text, take
from engine.dictionary import Dictionary
from engine.issues import IssueLog, Issues
from engine.ledger import Counts
from engine.outcome import Output, outputs
from engine.progress import Progress, run_all, run_steps
from engine.run import Run
from engine.verify import broken_checks, broken_keys, broken_records, raised, verify
from specs.compiled import Step
from specs.fingerprints import unit_of, units
from specs.order import steps_behind

Check = Callable[[dict[str, Output]], None]
Kept = dict[str, Any]

# What half of a stage must cost before a second process is worth its start: measured as seconds of a step, of a cell.
_STEP, _CELL = 1e-3, 1e-7
_WORTH = 0.15
_LARGE = 1.0


@dataclass(frozen=True)
class Aside:
    """How a copy of the process does something, and what is done with a dataset that is whole.

    beside: as workers.beside, for a call that must have a copy. steps: what each dataset is made from. keep: writes a
    dataset; what it returns is sent to this process.
    """

    beside: Callable[[Callable[[], Any]], AbstractContextManager[Callable[[], Any]]]
    steps: Mapping[str, Collection[Step]]
    keep: Callable[[Output], Any]


@dataclass(frozen=True)
class Made:
    """What a run of a stage made: the datasets, or what `keep` gave for each; its issues; what became of the rows."""

    outputs: dict[str, Output]
    kept: Kept
    issues: Issues
    counts: Counts


@dataclass(frozen=True)
class _Half:
    """What a process made: what `keep` gave for each dataset, and its issues."""

    kept: Kept
    issues: Issues


def finish(
    run: Run, aside: Aside | None, check: Check, progress: Progress, count: Callable[[Run], Counts]
) -> Made:  # fmt: skip
    """Make and check every dataset of a stage. count: counts the rows. Raises as `in_two`."""
    kept = in_two(run, aside, check, progress) if aside is not None else None
    found: dict[str, Output] = {}
    if kept is None:
        run_all(run, progress)
        progress("sorting the datasets")
        found = outputs(run)
        progress("checking the datasets")
        verify(run, found)
        check(found)
    progress("ledger and issues")
    counts = count(run)
    run.close()
    return Made(found, kept or {}, run.log.table(), counts)


def in_two(run: Run, aside: Aside, check: Check, progress: Progress) -> Kept | None:
    """Make, check and keep every dataset of a stage; what `keep` gave for each. None where one process is as good.

    check: what a stage verifies beside the rules of its specification. Issues of the copy come into the log of the run.
    Raises DataError, and what `beside` raises without a copy; the run is of no use then.
    """
    stage = run.stage
    rows = steps_behind(stage, [step for step in stage.order if step[0] == "rows"])
    run_steps(run, rows, progress, total=len(stage.order))
    there, large = _there(run, aside, rows)
    if not there:
        return None
    here = frozenset(units(stage)) - there
    behind = [frozenset[Step]().union(*(aside.steps[unit] for unit in half)) for half in (there, here)]
    run_steps(run, (behind[0] & behind[1]) - rows, progress, len(rows), len(behind[1] | rows))
    done = rows | (behind[0] & behind[1])
    with ExitStack() as copies:
        with progress.silent():
            quiet = Progress(progress.stage)
            work = partial(_half, run, aside, there, behind[0], done, check, quiet)
            theirs = copies.enter_context(aside.beside(work))
        mine = _half(run, aside, here, behind[1], done, check, progress, large)
        progress("waiting for the other datasets")
        found: _Half = theirs()
    run.log.parts += [mine.issues, found.issues]
    kept = mine.kept | found.kept
    return {name: kept[name] for name in stage.submitted}


def _there(run: Run, aside: Aside, done: Collection[Step]) -> tuple[frozenset[str], str]:
    """The datasets that the copy makes, of about the half of what is to be done; none where they are not worth it.

    And of those that this process makes the one whose checks are worth a copy of their own, "" for none.
    """
    costs = {unit: _cost(run, aside, unit, done) for unit in units(run.stage)}
    halves: tuple[list[str], list[str]] = ([], [])
    spent = [0.0, 0.0]
    for unit in sorted(costs, key=lambda unit: -costs[unit]):
        lighter = spent.index(min(spent))
        halves[lighter].append(unit)
        spent[lighter] += costs[unit]
    if min(spent) <= _WORTH:
        return frozenset(), ""
    return frozenset(halves[1]), halves[0][0] if costs[halves[0][0]] > _LARGE else ""


def _cost(run: Run, aside: Aside, unit: str, done: Collection[Step]) -> float:
    spec = run.stage.spec
    wide = len(spec.variables_of(unit)) + len(spec.variables_of(f"SUPP{unit}"))
    cells = wide * sum(run.records(unit, block).count for block in run.blocks(unit))
    return _CELL * cells + _STEP * sum(step not in done for step in aside.steps[unit])


def _half(
    run: Run, aside: Aside, half: Collection[str], behind: frozenset[Step], done: frozenset[Step], check: Check,
    progress: Progress, large: str = "",
) -> _Half:  # fmt: skip
    """Make, check and keep some datasets, one after the other; the checks of a `large` one in a copy meanwhile.

    behind: what they are made from; done: the steps that were computed before.
    """
    before = len(run.log.parts)
    run_steps(run, behind - done, progress, len(done), len(behind | done))
    kept: Kept = {}
    for unit in units(run.stage):
        if unit in half and unit != large:
            progress(f"sorting, checking and writing {unit}")
            run.log.parts.append(_checked(run, unit))
            kept |= _kept(run, aside, unit, check)
    if large:
        progress(f"sorting, checking and writing {large}")
        with ExitStack() as copies:
            with progress.silent():
                checked: Callable[[], Issues] = copies.enter_context(aside.beside(lambda: _checked(run, large)))
            kept |= _kept(run, aside, large, check, last=True)
            run.log.parts.append(checked())
    return _Half(kept, _issues(run, half, before))


def _kept(run: Run, aside: Aside, unit: str, check: Check, last: bool = False) -> Kept:
    """Make a dataset and its qualifiers, check what needs no rule of Checks, and keep them."""
    stage = run.stage
    found = outputs(run, [name for name in stage.submitted if unit_of(stage, name) == unit], last=last)
    raised([*broken_records(run, found), *broken_keys(run, found)])
    check(found)
    return {name: aside.keep(output) for name, output in found.items()}


def _checked(run: Run, unit: str) -> Issues:
    """The issues of the checks of a dataset."""
    before = len(run.log.parts)
    raised(broken_checks(run, only={unit}))
    return _issues(run, {unit}, before)


def _issues(run: Run, half: Collection[str], before: int) -> Issues:
    """Take the issues of some datasets out of the log, from a place on.

    What is computed of a dataset for one that reads it is written down by both processes, and told by the one that
    makes it.
    """
    told = IssueLog(run.log.rules, run.log.parts[before:]).table()
    del run.log.parts[before:]
    of = told["Dataset"]
    assert isinstance(of, Text)
    mine = np.array([unit_of(run.stage, name) in half for name in of.dictionary.values] + [False])
    rows = np.flatnonzero(mine[of.codes])
    return {name: _alone(take(column, rows)) for name, column in told.items()}


def _alone(column: Column) -> Column:
    """A column that can be sent: the texts without what was found of them."""
    if not isinstance(column, Text):
        return column
    used = np.zeros(len(column.dictionary) + 1, bool)
    used[column.codes] = True
    table = np.append(np.cumsum(used[:-1]) - 1, -1).astype(np.int32)
    return Text(table[column.codes], Dictionary(column.dictionary.values[used[:-1]]))
