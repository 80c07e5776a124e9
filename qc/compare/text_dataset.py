"""The part of the text report about one dataset, in the sections of PROC COMPARE's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from formats.xpt_layout import timestamp
from qc.compare.grid import cut, grid, heading, note, ruled, wrapped
from qc.compare.result import Attribute, Compared, DatasetResult, Difference, Edge, OnlyRecord, Side
from qc.compare.shown import counted, key, number, printable, value, windows

VALUE_WIDTH = 32
KEY_WIDTH = 24
SIDES = {"base": "Base", "compare": "Compare"}


def lines(result: DatasetResult, limit: int) -> Iterator[str]:
    """Everything about a dataset. limit: how many differences were listed, 0 for all."""
    yield from heading(f"Dataset {result.name}")
    if result.failed or result.base is None or result.compare is None:
        yield f"ERROR: not compared: {result.failed}"
        return
    yield from _datasets(result.base, result.compare)
    for text in result.notes:
        yield from note(printable(text))
    yield from _variables(result)
    yield from _records(result)
    yield from _values(result, limit)


# --- datasets and variables -----------------------------------------------------------------------------


def _datasets(base: Side, compare: Side) -> Iterator[str]:
    yield from heading("Data Set Summary")
    rows = [
        (name, side.dataset, _when(side.created), _when(side.modified), str(side.variables), str(side.records),
         side.label or "")
        for name, side in (("Base", base), ("Compare", compare))
    ]  # fmt: skip
    yield from grid(("", "Dataset", "Created", "Modified", "NVar", "NObs", "Label"), rows, "llllrrl")
    yield ""
    yield from (f"  {name:8} {printable(side.path)}" for name, side in (("Base", base), ("Compare", compare)))
    if base.subset != base.records or compare.subset != compare.records:
        yield ""
        yield from note(
            f"--where keeps {base.subset} of {base.records} records of base and {compare.subset} of {compare.records}"
            " of compare; the others are not compared"
        )


def _when(moment: datetime | None) -> str:
    try:
        return timestamp(moment) if moment is not None else ""
    except ValueError:
        return moment.isoformat(sep=" ") if moment is not None else ""


def _variables(result: DatasetResult) -> Iterator[str]:
    yield from heading("Variables Summary")
    only = {side: [one for one in result.only_variables if one.side == side] for side in SIDES}
    attributes = {one.variable for one in result.attributes if one.variable and one.attribute != "type"}
    types = [one for one in result.attributes if one.attribute == "type"]
    yield f"  Number of Variables in Common: {result.in_common}."
    for side, other in (("base", "Compare"), ("compare", "Base")):
        if only[side]:
            yield f"  Number of Variables in {SIDES[side]} but not in {other}: {len(only[side])}."
    if types:
        yield f"  Number of Variables with Conflicting Types: {len(types)}."
    if attributes:
        yield f"  Number of Variables with Differing Attributes: {len(attributes)}."
    yield f"  Number of ID Variables: {len(result.key)}."
    yield from wrapped(f"  ID: {', '.join(result.key) or 'none'}; {result.key_said}.")
    for side, other in (("base", "Compare"), ("compare", "Base")):
        if only[side]:
            yield from heading(f"Listing of Variables in {SIDES[side]} but not in {other}")
            listed = [(v.name, v.type, str(v.length or ""), printable(v.label), _mark(v.accepted)) for v in only[side]]
            yield from grid(("Variable", "Type", "Length", "Label", "Accepted"), listed, "llr")
    yield from _attributes("Listing of Common Variables with Conflicting Types", types)
    yield from _attributes(
        "Listing of Common Variables with Differing Attributes",
        [one for one in result.attributes if one.attribute != "type"],
    )


def _attributes(title: str, found: Sequence[Attribute]) -> Iterator[str]:
    if not found:
        return
    yield from heading(title)
    rows = [
        (one.variable or "(dataset)", one.attribute, value(one.base, False), value(one.compare, False),
         _mark(one.accepted))
        for one in found
    ]  # fmt: skip
    yield from grid(("Variable", "Attribute", "Base", "Compare", "Accepted"), rows)


def _mark(line: int) -> str:
    return f"line {line}" if line else ""


# --- records --------------------------------------------------------------------------------------------


def _records(result: DatasetResult) -> Iterator[str]:
    assert result.base is not None and result.compare is not None
    yield from heading("Observation Summary")
    if result.edges:
        rows = [_edge(edge, result.key) for edge in result.edges]
        yield from grid(("Observation", "Base", "Compare", "ID"), rows, "lrrl")
        yield ""
    yield f"  Number of Observations in Common: {result.common}."
    for side, other, count in (("Base", "Compare", result.only_counts[0]), ("Compare", "Base", result.only_counts[1])):
        if count:
            yield f"  Number of Observations in {side} but not in {other}: {count}."
    for side, count in zip(("Base", "Compare"), result.repeated_counts):
        if count:
            yield f"  Number of Duplicate Observations found in {side}: {count}."
    yield f"  Total Number of Observations Read from Base: {result.base.subset}."
    yield f"  Total Number of Observations Read from Compare: {result.compare.subset}."
    yield ""
    yield f"  Number of Observations with Some Compared Variables Unequal: {result.unequal_records}."
    yield f"  Number of Observations with All Compared Variables Equal: {result.common - result.unequal_records}."
    yield from _only(result)
    if result.repeated:
        yield from heading("Listing of Keys that Several Observations Share")
        keys = [(key(result.key, one.key), str(one.base), str(one.compare)) for one in result.repeated]
        yield from grid(("Key", "Base", "Compare"), keys, "lrr")
        yield from _more(len(result.repeated), result.repeated_keys, "keys")
        yield from note(
            "Observations of one key that agree in every variable were compared with each other, the others in the"
            " order of the files"
        )


def _edge(edge: Edge, names: Sequence[str]) -> tuple[str, str, str, str]:
    return edge.name, str(edge.base or ""), str(edge.compare or ""), key(names, edge.key)


def _only(result: DatasetResult) -> Iterator[str]:
    for side, other, count in (("base", "Compare", result.only_counts[0]), ("compare", "Base", result.only_counts[1])):
        found = [one for one in result.only_records if one.side == side]
        if count:
            yield from heading(f"Listing of Observations in {SIDES[side]} but not in {other}")
            yield from grid(("Obs", "Key", "Accepted"), [_only_row(one, result.key) for one in found], "rl")
            yield from _more(len(found), count, "observations")


def _only_row(one: OnlyRecord, names: Sequence[str]) -> tuple[str, str, str]:
    return str(one.record), key(names, one.key), _mark(one.accepted)


def _more(listed: int, count: int, what: str) -> Iterator[str]:
    if listed < count:
        yield f"NOTE: {count - listed} further {what} are not listed; raise --max to see them."


# --- values ---------------------------------------------------------------------------------------------


def _values(result: DatasetResult, limit: int) -> Iterator[str]:
    yield from heading("Values Comparison Summary")
    unequal = [variable for variable in result.variables if variable.unequal]
    equal = len(result.variables) - len(unequal)
    yield f"  Number of Variables Compared with All Observations Equal: {equal}."
    yield f"  Number of Variables Compared with Some Observations Unequal: {len(unequal)}."
    gaps = sum(bool(variable.missing) for variable in unequal)
    if gaps:
        yield f"  Number of Variables with Missing Value Differences: {gaps}."
    yield f"  Total Number of Values which Compare Unequal: {result.unequal}."
    accepted = sum(variable.accepted for variable in unequal)
    if accepted:
        yield f"  Number of These that are Accepted: {accepted}."
    within = sum(variable.within for variable in result.variables)
    if within:
        most = max(variable.largest_within for variable in result.variables)
        yield f"  Total Number of Values not EXACTLY Equal but within the Criterion: {within}."
        yield f"  Maximum Difference within the Criterion: {number(most)}."
    largest = [abs(v.largest.difference or 0) for v in unequal if v.largest is not None and not v.unit]
    if largest:
        yield f"  Maximum Difference: {number(max(largest))}."
    yield from _notes(result)
    if unequal:
        yield from heading("Variables with Unequal Values")
        header = ("Variable", "Type", "Len", "Ndif", "MaxDif", "Max%Dif", "MissDif", "Accepted", "Criterion", "Label")
        yield from grid(header, [_summary(variable) for variable in unequal], "llrrrrrrl")
        yield from heading("Value Comparison Results for Variables")
    for variable in unequal:
        yield from _listing(variable, result.key, limit)


def _notes(result: DatasetResult) -> Iterator[str]:
    yield ""
    if not result.variables:
        yield "NOTE: No values were compared."
    elif not result.unequal:
        within = any(variable.within for variable in result.variables)
        how = "within the criterion" if within else "exactly equal"
        yield from note(f"All values of the {counted(len(result.variables), 'variable')} compared are {how}")
    for variable in result.variables:
        if variable.noise:
            yield from note(
                f"{counted(variable.noise, 'value')} of {variable.name} differ by less than 1e-10 of their size, which"
                " the order of floating-point operations can leave; --criterion sets a tolerance"
            )


def _summary(variable: Compared) -> tuple[str, ...]:
    largest = variable.largest.difference if variable.largest is not None else None
    percent = variable.largest_percent.percent if variable.largest_percent is not None else None
    unit = {"days": " d", "seconds": " s"}.get(variable.unit, "")
    return (
        variable.name, variable.type, str(variable.length or ""), str(variable.unequal),
        number(abs(largest)) + unit if largest is not None else "",
        number(abs(percent)) if percent is not None else "", str(variable.missing),
        str(variable.accepted or ""), variable.tolerance, printable(variable.label),
    )  # fmt: skip


def _listing(variable: Compared, names: Sequence[str], limit: int) -> Iterator[str]:
    for title, found, total in (
        ("", variable.first, variable.open),
        (" (accepted)", variable.first_accepted, variable.accepted),
    ):
        if found:
            yield ""
            yield f"  {variable.name}{title}{': ' if variable.label else ''}{printable(variable.label)}"
            yield from _differences(variable, names, found)
            yield from _more(len(found), total, f"differences of {variable.name}")


def _differences(variable: Compared, names: Sequence[str], found: Sequence[Difference]) -> list[str]:
    numeric = variable.how != "text"
    measured = any(one.difference is not None for one in found)
    ratio = any(one.percent is not None for one in found)
    marked = any(one.accepted for one in found)
    keys = len(names) or 2
    unit = {"days": "(days)", "seconds": "(seconds)"}.get(variable.unit, "")
    first = [*([""] * keys), "Base", "Compare", *(["Diff."] * measured), *(["% Diff"] * ratio)]
    first += ["Accepted"] * marked
    second = [*(names or ("Base Obs", "Compare Obs")), variable.name, variable.name, *([unit] * measured)]
    second += [""] * (len(first) - len(second))
    rows = [_row(one, names, numeric, measured, ratio, marked) for one in found]
    sides = ("l" if names else "r") * keys + ("rr" if numeric else "ll") + "r" * (measured + ratio) + "l" * marked
    return ruled((first, second), rows, keys, sides)


def _row(
    one: Difference, names: Sequence[str], numeric: bool, measured: bool, ratio: bool, marked: bool
) -> list[str]:
    left, right = windows(value(one.base, numeric), value(one.compare, numeric), VALUE_WIDTH)
    labels = [cut(printable(text), KEY_WIDTH) for text in one.key]
    labels = labels if names else [str(one.base_record), str(one.compare_record)]
    amounts = [*([number(one.difference)] * measured), *([number(one.percent)] * ratio)]
    return [*labels, left, right, *amounts, *([_mark(one.accepted)] * marked)]
