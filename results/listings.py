"""Listings: records of an ADaM dataset as a display, from the rows of sheet Listings."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from formats import sas_values
from formats.safe_csv import safe
from results.evaluate import condition, known_name, order, text_values
from results.names import file_name
from results.ready import with_subject_variables
from results.template import formatted
from specs.model import ListingRow, Spec, Variable
from specs.problem import Problem, SpecError

_LABELLED = re.compile(r"\s*('(?:[^'\\]|\\.)*')\s*:(?!=)\s*(.*)", re.DOTALL)
_DECIMALS = re.compile(r"[Ff]?\d+\.([1-9]\d*)")


@dataclass(frozen=True)
class Listing:
    """A listing as texts.

    id: ID of its display; of a further listing of the display with a number behind it. columns: the heads. rows: the
    cells, one tuple a record. notes: what stands below. groups: the first so many columns part the records; where
    they repeat those of the row above, they may be left blank, as `shown` does.
    """

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    groups: int = 0
    display: str = ""

    @property
    def name(self) -> str:
        """The listing as the name of a file."""
        return file_name(self.id)

    @property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The rows, with the cells of the groups blank where they and those before them repeat the row above."""
        found = []
        above: tuple[str, ...] = ()
        for row in self.rows:
            same = next((place for place in range(self.groups) if row[: place + 1] != above[: place + 1]), self.groups)
            found.append((*[""] * same, *row[same:]) if above else row)
            above = row
        return tuple(found)

    def csv(self) -> str:
        """Every record in full as CSV; a text that a spreadsheet would run as a formula has an apostrophe before it."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([safe(head) for head in self.columns])
        writer.writerows([[safe(cell) for cell in row] for row in self.rows])
        return out.getvalue()


def listings(spec: Spec, frames: Mapping[str, pd.DataFrame]) -> tuple[Listing, ...]:
    """The listings in the order of their displays. SpecError with the faults of all rows."""
    problems: list[Problem] = []
    found: list[Listing] = []
    places = {display: place for place, display in enumerate(spec.displays)}
    for row in sorted(spec.listings, key=lambda row: places.get(row.display, len(places))):
        number = 1 + sum(one.display == row.display for one in found)
        try:
            found.append(_listing(spec, row, frames, number))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return tuple(found)


def _listing(spec: Spec, row: ListingRow, frames: Mapping[str, pd.DataFrame], number: int) -> Listing:
    known_name(row.display, spec.displays, "display", row.at("Display"))
    known_name(row.dataset, frames, "dataset", row.at("Dataset"))
    frame = with_subject_variables(frames[row.dataset], frames.get("ADSL"))
    constants = spec.study.constants
    columns = list(_columns(row))
    groups = _groups(row, columns)
    heads = tuple(label or _label(spec, row.dataset, text) for label, text in columns)
    chosen = frame.loc[condition(row.where, frame, constants, row.at("Where"))]
    if row.order:
        chosen = chosen.iloc[order(row.order, chosen, constants, row.at("Order"))]
    chosen = chosen.reset_index(drop=True)
    cells = [_cells(spec, row, text, chosen) for _, text in columns]
    source = f"Source: {row.dataset}, {row.where or 'all records'}."
    count = f"{len(chosen)} record{'' if len(chosen) == 1 else 's'}."
    return Listing(
        row.display + (f"-{number}" if number > 1 else ""),
        spec.displays[row.display].title,
        heads,
        tuple(zip(*cells)) if len(chosen) else (),
        tuple(note for note in (row.footnote, count, source) if note),
        groups,
        row.display,
    )


# --- columns --------------------------------------------------------------------------------------------


def _columns(row: ListingRow) -> Iterator[tuple[str, str]]:
    """Label (blank for none) and expression of each column."""
    for part in parted(row.columns):
        found = _LABELLED.fullmatch(part)
        label = ast.literal_eval(found[1]) if found else ""
        text = (found[2] if found else part).strip()
        if not text:
            hint = "write variables parted by commas: USUBJID, 'Days': AVAL"
            raise SpecError([Problem(row.at("Columns"), f"{row.columns!r} has an empty column", hint)])
        yield str(label), text


def parted(text: str) -> Iterator[str]:
    """The parts of a text between the commas that stand in no quotes and no brackets.

    >>> list(parted("USUBJID, 'Days, counted': AVAL, substr(X, 1, 2)"))
    ['USUBJID', "'Days, counted': AVAL", 'substr(X, 1, 2)']
    """
    depth, quote, start = 0, "", 0
    for place, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote and text[place - 1] != "\\" else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()


def _groups(row: ListingRow, columns: list[tuple[str, str]]) -> int:
    """How many columns Group By names: they have to be the first ones."""
    first = [text for _, text in columns[: len(row.group_by)]]
    if list(row.group_by) != first:
        hint = f"the columns begin with {', '.join(text for _, text in columns[:3])}"
        raise SpecError([Problem(row.at("Group By"), f"{' '.join(row.group_by)} are not the first columns", hint)])
    return len(first)


def _variable(spec: Spec, dataset: str, text: str) -> Variable | None:
    return spec.variables.get((dataset, text)) or spec.variables.get(("ADSL", text))


def _label(spec: Spec, dataset: str, text: str) -> str:
    """The label of a variable; an expression without one of its own stands as it is written."""
    known = _variable(spec, dataset, text)
    return known.label if known and known.label else text


# --- records --------------------------------------------------------------------------------------------


def _cells(spec: Spec, row: ListingRow, text: str, frame: pd.DataFrame) -> list[str]:
    """One column: dates in ISO 8601, numbers in the format of the variable, texts as they are."""
    known = _variable(spec, row.dataset, text)
    if known and known.numeric and text in frame.columns:
        return _numbers(frame[text].to_numpy(dtype=float), known)
    return [str(cell) for cell in text_values(text, frame, spec.study.constants, row.at("Columns"))]


def _numbers(values: npt.NDArray[np.float64], variable: Variable) -> list[str]:
    """Numbers as text: as dates and times where the format says so, with its decimals where it has any."""
    decimals = _DECIMALS.fullmatch(variable.format)
    if decimals:
        distinct = {value: formatted(value, f".{decimals[1]}f") for value in np.unique(values[~np.isnan(values)])}
        return [distinct.get(value, "") for value in values]
    coded, _ = sas_values.as_text(values, None, variable.format, variable.variable)
    return [text or "" for text in coded.to_objects()]
