"""The tables of the displays: the rows of Lines filled with the statistics of their results."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from results import levels
from results.analysis import Level
from results.compute import Computed, read_calls
from results.evaluate import known_name
from results.statistics.registry import Estimated
from results.statistics.registry import Statistic as Content
from results.template import fields, fill
from specs.model import Line, Spec
from specs.problem import Place, Problem, SpecError, nearest


@dataclass(frozen=True)
class TableRow:
    """A line of a display: the label at the left and a cell per level of Group; a heading has no cells."""

    label: str
    cells: tuple[str, ...] = ()
    indent: int = 0


@dataclass(frozen=True)
class Column:
    """A level of Group as a column: its text and the number of subjects, None where it is not known."""

    label: str
    subjects: int | None


@dataclass(frozen=True)
class Table:
    """A display as a table."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    results: tuple[Computed, ...]


def tables(spec: Spec, computed: Sequence[Computed]) -> tuple[Table, ...]:
    """The displays in their order, laid out by Lines; SpecError with every line that cannot be filled."""
    check_lines(spec)
    found = []
    for display in spec.displays.values():
        mine = tuple(one for one in computed if one.analysis.result.display == display.id)
        lines = sorted((line for line in spec.lines if line.display == display.id), key=lambda line: line.order)
        if mine and lines:
            rows = tuple(row for line in _indented(lines) for row in _rows(line[0], line[1], mine))
            found.append(Table(display.id, display.title, columns(mine), rows, mine))
    return tuple(found)


def columns(computed: Sequence[Computed]) -> tuple[Column, ...]:
    """The columns of a display: the levels of the Group that its results share."""
    first = computed[0].analysis
    for one in computed:
        if one.analysis.groups != first.groups:
            message = f"the results of {first.result.display} differ in Group, so they share no columns"
            hint = f"{first.result.id} has {' '.join(first.groups) or 'none'}; put them in two displays"
            raise SpecError([Problem(one.analysis.result.at("Group"), message, hint)])
    place = first.result.at("Population")
    known = first.subjects is not None
    return tuple(
        Column(", ".join(group) or "All", first.subjects_at(group, "", place) if known else None)
        for group in first.group_levels
    )


def check_lines(spec: Spec) -> None:
    """Every line names a display, a result and its statistic, and its template statistics that there are."""
    calls = read_calls(spec)
    problems: list[Problem] = []
    for line in spec.lines:
        try:
            known_name(line.display, spec.displays, "display", line.at("Display"))
            if not line.result:
                continue
            known_name(line.result, spec.results, "result", line.at("Result"))
            mine = {
                (call.known.name, levels.shown(float(row.order))): (row, call)
                for row, call in calls
                if row.result == line.result
            }
            row, call = mine[_named(line, tuple(mine))]
            words = _words(line)[1:]
            point = words[len(row.by) if len(words) >= len(row.by) else 0 :]
            known = _values(call.of_nothing(), point, line.at("Statistic"))
            fill(line.template, known, line.at("Template"))
            _fill_label(line, _names(row.by, {}, ("",) * len(row.by)))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)


def _indented(lines: Sequence[Line]) -> list[tuple[Line, int]]:
    """Each line with its indent: one step below a heading (a line without Result), another by leading blanks."""
    found, under = [], 0
    for line in lines:
        blanks = len(line.label) - len(line.label.lstrip(" "))
        found.append((line, (under if line.result else 0) + min(blanks, 1)))
        under = under if line.result else 1
    return found


def _words(line: Line) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(line.statistic))
    except ValueError as error:
        raise SpecError([Problem(line.at("Statistic"), f"{line.statistic!r} cannot be read: {error}")]) from None


def _named(line: Line, known: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The call that a line means, by the name of its statistic or by its Order."""
    words, place = _words(line), line.at("Statistic")
    word = words[0] if words else ""
    found = [key for key in known if word in key or (not word and len(known) == 1)]
    if not found:
        hint = nearest(word, {name for name, _ in known}) or f"it has {', '.join(name for name, _ in known)}"
        raise SpecError([Problem(place, f"{line.result} has no statistic {word!r}", hint)])
    if len(found) > 1:
        hint = f"write the Order: {', '.join(order for _, order in found)}"
        raise SpecError([Problem(place, f"{line.result} has {word!r} {len(found)} times", hint)])
    return found[0]


def _rows(line: Line, indent: int, computed: Sequence[Computed]) -> list[TableRow]:
    if not line.result:
        return [TableRow(line.label.strip(), (), indent)]
    mine = {(one.call.known.name, one.order): one for one in computed if one.analysis.result.id == line.result}
    if not mine:
        message = f"{line.result} belongs to another display"
        raise SpecError([Problem(line.at("Result"), message, "the Display of a line is that of its result")])
    one = mine[_named(line, tuple(mine))]
    by, words = one.statistic.by, _words(line)[1:]
    wanted = words[: len(by)] if by and len(words) >= len(by) else ()
    point = words[len(wanted) :]
    if wanted and wanted not in one.by_levels:
        hint = nearest(" ".join(wanted), {" ".join(level) for level in one.by_levels})
        raise SpecError([Problem(line.at("Statistic"), f"{line.result} has no level {' '.join(wanted)!r}", hint)])
    return [
        TableRow(_label(line, one, level), _cells(line, one, level, point), indent)
        for level in ((wanted,) if wanted else one.by_levels)
    ]


def _label(line: Line, one: Computed, level: Level) -> str:
    known = _names(one.statistic.by, one.analysis.decodes, level)
    if line.label:
        return _fill_label(line, known)
    return ", ".join(str(known.get(levels.DECODES.get(name, name), at)) for name, at in zip(one.statistic.by, level))


def _fill_label(line: Line, known: Mapping[str, Content]) -> str:
    named = [name for _, name, _ in fields(line.label, line.at("Label")) if name]
    if named and not known:
        message = f"a label names variables of By, and {line.statistic or line.result} of {line.result} has no By"
        hint = f"write the label without {{{named[0]}}}; statistics stand in Template"
        raise SpecError([Problem(line.at("Label"), message, hint)])
    return fill(line.label.strip(), known, line.at("Label"), "By variable")


def _names(by: tuple[str, ...], decodes: Mapping[tuple[str, str], str], level: Level) -> dict[str, Content]:
    """What a label may name: the By variables and the texts behind their codes."""
    found: dict[str, Content] = dict(zip(by, level))
    for variable, at in zip(by, level):
        if variable in levels.DECODES:
            found[levels.DECODES[variable]] = decodes.get((variable, at), at)
    return found


def _cells(line: Line, one: Computed, level: Level, point: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        fill(
            line.template,
            _values(one.estimates[group, level], point, line.at("Statistic")),
            line.at("Template"),
        )
        for group in one.analysis.group_levels
    )


def _values(estimated: Estimated, point: tuple[str, ...], place: Place) -> dict[str, Content]:
    """The statistics by name: those of the whole, and those of the point that a line names."""
    values = estimated.values()
    points = {levels.shown(value.level): None for value in values if value.level is not None}
    for word in point:
        known_name(word, points, "point", place)
    wanted = ("", *point[:1])
    return {
        value.name: value.value
        for value in values
        if ("" if value.level is None else levels.shown(value.level)) in wanted
    }
