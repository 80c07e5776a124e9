"""The ledger: every raw row is kept, left out by a named rule, or merged; a row that none accounts for is an error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from engine.columns import Array
from engine.run import Run
from specs.problem import DataError, Problem

COLUMNS = ("Stage", "Table", "Dataset", "Block", "Step", "Rows")


def ledger(run: Run, read: Mapping[str, int], steps: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """The ledger of a stage. `read` and `steps` count the rows of intake; blocks are counted here.

    Raises DataError for rows of a table that feed no dataset, are not merged and stand in no `none` row.
    """
    rows: list[tuple[str, str, str, str, str, int]] = []
    problems: list[Problem] = []
    for name, table in run.tables.items():
        if not table.raw:
            continue
        total = read.get(name, table.count)
        rows.append((run.stage.spec.stage, name, "", "", "rows read", total))
        for step, count in steps.get(name, {}).items():
            rows.append((run.stage.spec.stage, name, "", "", f"left out: {step}", count))
        rows.append((run.stage.spec.stage, name, "", "", "rows kept", table.count))
        dropped = sum(steps.get(name, {}).values())
        if total != table.count + dropped:
            problems.append(Problem(run.stage.spec.tables[name].place, f"{name}: {total} rows read, {table.count} kept"))
        rows += _blocks(run, name, problems)
    if problems:
        raise DataError(problems)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _blocks(run: Run, name: str, problems: list[Problem]) -> list[tuple[str, str, str, str, str, int]]:
    stage, table = run.stage.spec.stage, run.tables[name]
    found: list[tuple[str, str, str, str, str, int]] = []
    accounted = np.zeros(table.count, bool)
    used = False
    for dataset, blocks in run.stage.blocks.items():
        for group in dict.fromkeys(block.group for block in blocks if block.source == name and not block.own_source):
            used = True
            parts = [run.records(dataset, b.name) for b in blocks if b.group == group and b.source == name]
            fed = np.logical_or.reduce([part.fed for part in parts])
            left = _left_out([part.dropped for part in parts], fed)
            label = group.partition("#")[0] if dataset == "none" else group
            for step, rows in left.items():
                found.append((stage, name, dataset, label, f"left out: {step}", int(rows.sum())))
                if step != "Where":
                    accounted |= rows
            found.append((stage, name, dataset, label, "rows used", int(fed.sum())))
            found.append((stage, name, dataset, label, "records", sum(part.count for part in parts)))
            accounted |= fed
    if not used:
        found.append((stage, name, "", "", "rows read through joins and aggregates only", table.count))
        return found
    lost = np.flatnonzero(~accounted)
    found.append((stage, name, "", "", "unaccounted", len(lost)))
    if len(lost):
        lines = ", ".join(str(int(line)) for line in table.lines[lost[:5]])
        problems.append(
            Problem(
                run.stage.spec.tables[name].place,
                f"{len(lost)} rows of {table.file} reach no dataset (lines {lines}{' ...' if len(lost) > 5 else ''})",
                f"map them, or name them in Sources: Dataset none, From {name}, Where ...",
            )
        )
    return found


def _left_out(parts: list[dict[str, Array]], fed: Array) -> dict[str, Array]:
    """Rows that no block of a group used, by the rule of the last block that left them out."""
    found: dict[str, Array] = {}
    seen = fed.copy()
    for part in parts:
        for step, rows in part.items():
            new = rows & ~seen
            if step not in found:
                found[step] = new
            else:
                found[step] = found[step] | new
            seen |= new
    return found
