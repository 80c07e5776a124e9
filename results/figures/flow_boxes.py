"""The boxes of a flow diagram with their counts: sheet Flow over ADSL, every subject accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from results import ard, levels
from results.evaluate import condition
from specs.model import Box, Spec
from specs.problem import DataError, Problem, SpecError, nearest

ADSL = "ADSL"
NOT_STATED = "Not stated"
Inside = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Counted:
    """A box at a level of the group (None for a box of all subjects).

    subjects: how many are in it. reasons: the levels of its variable with their counts, the greatest first; they add
    up to the box. remainders: for each level of the diagram that divides the box, the subjects in no box there.
    """

    row: Box
    group: str | None
    subjects: int
    reasons: tuple[tuple[str, int], ...] = ()
    remainders: tuple[tuple[float, int], ...] = ()

    @property
    def left(self) -> int:
        """The subjects that a division of the box leaves in no box: the most that one does."""
        return max((number for _, number in self.remainders), default=0)


@dataclass(frozen=True)
class Diagram:
    """The boxes in the order of the levels; groups: the levels of the group variable."""

    boxes: tuple[Counted, ...]
    groups: tuple[str, ...]
    variable: str

    def of(self, name: str, group: str | None) -> Counted | None:
        """The box of a name at a level of the group, or the one of all subjects."""
        found = [box for box in self.boxes if box.row.box == name]
        return next((box for box in found if box.group in (group, None)), None)


def rows_of(spec: Spec, display: str) -> list[Box]:
    """The boxes of a display, by level. SpecError for a box that is not below the one it comes from, and the like."""
    rows = sorted((box for box in spec.boxes if box.display == display), key=lambda box: box.order)
    known = {box.box: box for box in rows}
    problems: list[Problem] = []
    for box in rows:
        above = known.get(box.parent)
        if box.parent and above is None:
            problems.append(Problem(box.at("From"), f"there is no box {box.parent!r}", nearest(box.parent, known)))
        elif above is not None and above.order >= box.order:
            message = f"{box.box} comes from {above.box}, which is on level {levels.shown(above.order)}"
            problems.append(Problem(box.at("Order"), message, "give it a greater Order"))
        elif above is not None and above.side:
            hint = "let it come from a box that is not at the side"
            problems.append(Problem(box.at("From"), f"{above.box} stands at the side", hint))
        if box.side and not box.parent:
            problems.append(Problem(box.at("From"), f"{box.box} stands at the side of nothing", "name the box above"))
    if problems:
        raise SpecError(problems)
    return rows


def grouped(rows: Sequence[Box]) -> set[str]:
    """The names of the boxes that stand once per level of the group: those with Group, and all below them."""
    found: set[str] = set()
    for box in rows:
        if box.group or box.parent in found:
            found.add(box.box)
    return found


def count(spec: Spec, rows: Sequence[Box], adsl: pd.DataFrame, group: str) -> Diagram:
    """The boxes with their counts.

    rows: those of `rows_of`. group: the variable of ADSL that parts grouped boxes. SpecError for a variable that is
    not there; DataError for a subject in two boxes of one division, or one without a level of the group.
    """
    inside = _inside(spec, rows, adsl)
    split = grouped(rows)
    _check_variables(rows, adsl, group, split)
    level = levels.texts(adsl[group]) if split else pd.Series("", index=adsl.index)
    found: tuple[str, ...] = ()
    if split:
        any_of = np.any([inside[name] for name in split], axis=0) if len(adsl) else np.zeros(0, dtype=bool)
        subjects = adsl.loc[any_of]
        levels.complete(subjects, group, ADSL, next(box for box in rows if box.box in split).at("Group"))
        found = levels.of_group(group, [subjects])
    boxes = []
    for box in rows:
        for name in found if box.box in split else (None,):
            here = inside[box.box] if name is None else inside[box.box] & (level == name).to_numpy(dtype=bool)
            boxes.append(_counted(spec, rows, adsl, box, name, here, inside))
    return Diagram(tuple(boxes), found, group)


def _check_variables(rows: Sequence[Box], adsl: pd.DataFrame, group: str, split: set[str]) -> None:
    problems = []
    for box in rows:
        if box.reasons and box.reasons not in adsl.columns:
            hint = nearest(box.reasons, adsl.columns)
            problems.append(Problem(box.at("Reasons"), f"ADSL has no {box.reasons}", hint))
        if box.group and not group:
            hint = "such as flow(group=TRT01P)"
            problems.append(Problem(box.at("Group"), "the call of flow() names no group", hint))
        elif box.group and group not in adsl.columns:
            hint = nearest(group, adsl.columns)
            problems.append(Problem(box.at("Group"), f"ADSL has no {group}, the group of flow()", hint))
    if problems:
        raise SpecError(problems)


def _inside(spec: Spec, rows: Sequence[Box], adsl: pd.DataFrame) -> dict[str, Inside]:
    """Which subjects are in each box: those of the box above who meet its condition."""
    found: dict[str, Inside] = {}
    for box in rows:
        met = condition(box.where, adsl, spec.study.constants, box.at("Where"))
        found[box.box] = met & found[box.parent] if box.parent else met
    _check_once(rows, adsl, found)
    return found


def _check_once(rows: Sequence[Box], adsl: pd.DataFrame, inside: Mapping[str, Inside]) -> None:
    """DataError where a subject is in two boxes that divide one."""
    problems = []
    for above, order in _divisions(rows):
        seen: dict[str, Inside] = {}
        for box in (box for box in rows if (box.parent, box.order) == (above, order)):
            for name, other in seen.items():
                both = inside[box.box] & other
                if both.any():
                    subject = adsl.loc[both, "USUBJID"].iloc[0]
                    count = int(both.sum())
                    message = f"{count} subject(s) of {above} are in {name} and in {box.box}, the first {subject}"
                    hint = "change a condition, or give the box another level: it then divides the box above anew"
                    problems.append(Problem(box.at("Where"), message, hint))
            seen[box.box] = inside[box.box]
    if problems:
        raise DataError(problems)


def _divisions(rows: Sequence[Box]) -> list[tuple[str, float]]:
    """Each box that is divided, with the level at which it is."""
    return list(dict.fromkeys((box.parent, box.order) for box in rows if box.parent))


def _counted(
    spec: Spec,
    rows: Sequence[Box],
    adsl: pd.DataFrame,
    box: Box,
    group: str | None,
    here: Inside,
    inside: Mapping[str, Inside],
) -> Counted:
    remainders = []
    for above, order in _divisions(rows):
        if above == box.box:
            below = [inside[row.box] for row in rows if (row.parent, row.order) == (above, order)]
            remainders.append((order, _subjects(adsl, here & ~np.any(below, axis=0))))
    return Counted(box, group, _subjects(adsl, here), _reasons(spec, adsl, box, here), tuple(remainders))


def _subjects(adsl: pd.DataFrame, which: Inside) -> int:
    return int(adsl.loc[which, "USUBJID"].nunique())


def _reasons(spec: Spec, adsl: pd.DataFrame, box: Box, here: Inside) -> tuple[tuple[str, int], ...]:
    if not box.reasons:
        return ()
    variable = spec.variables.get((ADSL, box.reasons))
    codelist = spec.codelists.get(variable.codelist) if variable else None
    decodes = codelist.decodes() if codelist else {}
    column = adsl.loc[here, box.reasons]
    texts = levels.texts(column).where(~levels.blank(column), NOT_STATED).map(lambda text: decodes.get(text, text))
    sizes = adsl.loc[here, "USUBJID"].groupby(texts.to_numpy(dtype=object)).nunique()
    found = [(str(text), int(size)) for text, size in sizes.items()]
    return tuple(sorted(found, key=lambda pair: (pair[0] == NOT_STATED, -pair[1], pair[0])))


def ard_rows(diagram: Diagram, display: str) -> Iterator[ard.Row]:
    """The counts as analysis results data: a box is its own result, its context `flow`."""
    for box in diagram.boxes:
        head = (display, box.row.box, levels.shown(box.row.order), ADSL, _condition(diagram, box))
        groups = ((diagram.variable, box.group),) if box.group is not None else ()
        yield ard.Row(*head, groups, "USUBJID", "", "flow", "n", box.row.label, box.subjects, "d")
        for text, size in box.reasons:
            yield ard.Row(*head, groups, box.row.reasons, text, "flow", "n", f"{box.row.label}: {text}", size, "d")
        for order, size in box.remainders:
            label = f"{box.row.label}, in no box below"
            yield ard.Row(*head, groups, "level", levels.shown(order), "flow", "remainder", label, size, "d")


def _condition(diagram: Diagram, box: Counted) -> str:
    """The conditions of a box and of those above it."""
    found, row = [box.row.where], box.row
    while row.parent:
        above = next(other.row for other in diagram.boxes if other.row.box == row.parent)
        found, row = [above.where, *found], above
    kept = [text for text in dict.fromkeys(found) if text]
    return " and ".join(f"({text})" if " or " in text else text for text in kept)
