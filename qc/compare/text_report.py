"""The report of a comparison as plain text, in the shape of PROC COMPARE's listing."""

from __future__ import annotations

from collections.abc import Iterator

from qc.compare import text_dataset
from qc.compare.grid import WIDTH, grid, heading, note
from qc.compare.result import APPLIED, DIFFERENT, EQUAL, EXPIRED, FAILED, UNUSED, Comparison, DatasetResult
from qc.compare.shown import counted, printable

RESULTS = {EQUAL: "equal", DIFFERENT: "DIFFERENT", FAILED: "NOT COMPARED"}


def lines(found: Comparison, limit: int, brief: bool = False, full: bool = False) -> Iterator[str]:
    """The report. limit: how many differences were listed, 0 for all. brief: the summaries alone. full: datasets
    without a difference too. No line holds a control character, whatever names and values the files hold."""
    yield from map(printable, _lines(found, limit, brief, full))


def _lines(found: Comparison, limit: int, brief: bool, full: bool) -> Iterator[str]:
    yield "The COMPARE Command".center(WIDTH).rstrip()
    yield f"Comparison of {printable(found.base)} with {printable(found.compare)}".center(WIDTH).rstrip()
    yield f"(Method={found.method.upper()})".center(WIDTH).rstrip()
    yield from ([""] if found.said or found.notes else [])
    for text in (*(f"Option: {text}" for text in found.said), *map(printable, found.notes)):
        yield from note(text)
    several = len(found.datasets) > 1 or bool(found.only_datasets)
    if several:
        yield from _overview(found, full or brief)
    if not brief:
        for dataset in found.datasets:
            if full or not several or dataset.exit_code or dataset.accepted:
                yield from text_dataset.lines(dataset, limit)
    yield from _register(found)
    yield from summary(found)


def _overview(found: Comparison, every: bool) -> Iterator[str]:
    yield from heading("Datasets Summary")
    header = ("Dataset", "Result", "NObs Base", "NObs Compare", "Only Base", "Only Compare", "Dup", "Attr", "Var",
              "Ndif", "Accepted")  # fmt: skip
    rows = [_overview_row(dataset) for dataset in found.datasets]
    for only in found.only_datasets:
        state = "accepted" if only.accepted else f"{only.side.upper()} ONLY"
        rows.append((only.name, state, *[""] * 8, f"line {only.accepted}" if only.accepted else ""))
    yield from grid(header, rows, "llrrrrrrrrr")
    equal = [dataset.name for dataset in found.datasets if not dataset.exit_code and not dataset.accepted]
    if equal and not every:
        yield ""
        yield from note("Datasets without a difference are not detailed below; --full shows them too")


def _overview_row(dataset: DatasetResult) -> tuple[str, ...]:
    result = RESULTS[dataset.exit_code]
    if dataset.base is None or dataset.compare is None:
        return (dataset.name, result, *[""] * 9)
    counts = [
        dataset.base.subset, dataset.compare.subset, *dataset.only_counts, sum(dataset.repeated_counts),
        len(dataset.attributes), len(dataset.only_variables), dataset.unequal, dataset.accepted,
    ]  # fmt: skip
    return (dataset.name, result, *(str(count) if count else "0" if i < 2 else "" for i, count in enumerate(counts)))


def _register(found: Comparison) -> Iterator[str]:
    """The entries of the register: those that were applied, then those that need somebody's attention."""
    if not found.entries:
        return
    yield from heading(f"Accepted Differences: {printable(found.register)} as of {found.as_of}")
    header = ("Line", "State", "Covers", "Dataset", "Variable", "Kind", "Key or Condition", "Who", "Until", "Reason")
    rows = [
        (str(e.line), e.state, str(e.covered), e.dataset, e.variable, e.kind, e.condition, e.who, e.until, e.reason)
        for e in found.entries
    ]
    yield from grid(header, [tuple(map(printable, row)) for row in rows], "rlr")
    yield ""
    for state, what in ((UNUSED, "covers no difference any more; take it out of the register"),
                        (EXPIRED, "has expired; what it covers counts as different")):  # fmt: skip
        at = [str(entry.line) for entry in found.entries if entry.state == state]
        if at:
            yield f"WARNING: {'Entry' if len(at) == 1 else 'Each entry'} in line {', '.join(at)} {what}."


def summary(found: Comparison) -> Iterator[str]:
    """The last lines: what came out, in words and as the exit code."""
    yield from heading("Summary")
    datasets = found.datasets
    counts = [sum(dataset.exit_code == code for dataset in datasets) for code in (EQUAL, DIFFERENT, FAILED)]
    parts = [f"{count} {name}" for count, name in zip(counts, ("equal", "different", "not compared")) if count]
    if parts:
        yield f"NOTE: {counted(len(datasets), 'dataset')} in common: {', '.join(parts)}."
    for side in ("base", "compare"):
        names = [only.name for only in found.only_datasets if only.side == side]
        if names:
            yield f"NOTE: In {side} only: {', '.join(names)}."
    applied = sum(entry.state == APPLIED for entry in found.entries)
    if found.accepted:
        entries = counted(applied, "entry", "entries")
        yield f"NOTE: {counted(found.accepted, 'difference')} accepted by {entries} of {printable(found.register)}."
    for dataset in datasets:
        if dataset.failed:
            yield f"ERROR: {dataset.name} was not compared: {printable(dataset.failed)}"
    if len(datasets) == 1:
        yield f"NOTE: PROC COMPARE would leave SYSINFO={datasets[0].sysinfo}."
    yield f"{_verdict(found)} (exit code {found.exit_code})."


def _verdict(found: Comparison) -> str:
    if found.exit_code == FAILED:
        return "NOT COMPARED: something could not be compared"
    if found.exit_code == DIFFERENT:
        return f"DIFFERENT: {counted(found.open, 'difference')}" + (" not accepted" if found.accepted else "")
    return "EQUAL" + (": every difference is accepted" if found.accepted else ": no difference was found")
