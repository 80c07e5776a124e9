"""The rows of a display from its lines: labels, cells, levels in their order, levels under levels."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from results import levels
from results.analysis import Level
from results.computed import Computed
from results.evaluate import known_name
from results.statistics.registry import Estimated
from results.statistics.registry import Statistic as Content
from results.template import DECODE, fields, fill
from specs.model import Line
from specs.problem import Place, Problem, SpecError, nearest


@dataclass(frozen=True, eq=False)
class Behind:
    """What a cell shows: an estimate, the point of it that the line names, and the statistics of its template."""

    one: Computed
    group: Level
    level: Level
    point: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class TableRow:
    """A line of a display: the label at the left and a cell per column; a heading has no cells.

    behind: for each cell where its numbers come from, None for an empty one. whole: the cells in full, of a row of a
    listing that leaves blank what repeats the row above; a page that begins with it shows them.
    """

    label: str
    cells: tuple[str, ...] = ()
    indent: int = 0
    behind: tuple[Behind | None, ...] = ()
    whole: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Placed:
    """A line with its indent, the call that fills it (None for a heading) and the lines under it."""

    line: Line
    indent: int
    one: Computed | None
    under: tuple[_Placed, ...]


def laid_out(lines: Sequence[Line], computed: Sequence[Computed], columns: Sequence[Level]) -> Iterator[TableRow]:
    """The rows of a display; `lines` in order, `computed` the calls of its results."""
    for placed in _placed(_indented(lines), computed):
        yield from _rows(placed, columns, ())


def _indented(lines: Sequence[Line]) -> list[tuple[Line, int]]:
    """Each line with its indent: a step below a heading (a line without Result), a step per two leading blanks."""
    found, under = [], 0
    for line in lines:
        blanks = len(line.label) - len(line.label.lstrip(" "))
        found.append((line, (under if line.result else 0) + (blanks + 1) // 2))
        under = under if line.result else 1
    return found


def _placed(lines: Sequence[tuple[Line, int]], computed: Sequence[Computed], above: str = "") -> tuple[_Placed, ...]:
    return tuple(
        _Placed(
            line,
            indent,
            _filled_by(line, computed) if line.result else None,
            _placed(lines, computed, levels.shown(line.order)) if line.result else (),
        )
        for line, indent in lines
        if line.under == above
    )


def _filled_by(line: Line, computed: Sequence[Computed]) -> Computed:
    mine = {(one.call.known.name, one.order): one for one in computed if one.analysis.result.id == line.result}
    if not mine:
        message = f"{line.result} belongs to another display"
        raise SpecError([Problem(line.at("Result"), message, "the Display of a line is that of its result")])
    return mine[which_call(line, tuple(mine))]


def _rows(placed: _Placed, columns: Sequence[Level], outer: Level) -> Iterator[TableRow]:
    """The rows of a line and of those under it, for the levels that begin with `outer`."""
    line, one = placed.line, placed.one
    if one is None:
        yield TableRow(line.label.strip(), (), placed.indent)
        return
    by, words = one.statistic.by, line_words(line)[1:]
    wanted = words[: len(by)] if by and len(words) >= len(by) else ()
    point = words[len(wanted) :]
    if wanted and wanted not in one.by_levels:
        hint = nearest(" ".join(wanted), {" ".join(level) for level in one.by_levels})
        raise SpecError([Problem(line.at("Statistic"), f"{line.result} has no level {' '.join(wanted)!r}", hint)])
    found = (wanted,) if wanted else one.by_levels
    for level in _sorted(line, one, [level for level in found if level[: len(outer)] == outer], point):
        cells, behind = _cells(line, one, columns, level, point)
        yield TableRow(_label(line, one, level, len(outer)), cells, placed.indent, behind)
        for below in placed.under:
            yield from _rows(below, columns, level)


def _sorted(line: Line, one: Computed, found: list[Level], point: tuple[str, ...]) -> list[Level]:
    """Levels as in the data, by label, or by a statistic summed over the columns, greatest first, then by label."""
    if not line.sort:
        return found
    if line.sort == "label":
        return sorted(found)
    total = one.analysis.total
    groups = (total,) if total else one.analysis.group_levels

    def size(level: Level) -> float:
        cells = [one.estimates[group, level] for group in groups if (group, level) in one.estimates]
        values = [put_values(cell, point, line.at("Statistic")).get(line.sort) for cell in cells]
        return sum(value for value in values if isinstance(value, int | float))

    return sorted(found, key=lambda level: (-size(level), level))


def line_words(line: Line) -> tuple[str, ...]:
    """The words of the cell Statistic: the statistic, then the level of By, then the point."""
    try:
        return tuple(shlex.split(line.statistic))
    except ValueError as error:
        raise SpecError([Problem(line.at("Statistic"), f"{line.statistic!r} cannot be read: {error}")]) from None


def which_call(line: Line, known: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The call that a line means, by the name of its statistic or by its Order."""
    words, place = line_words(line), line.at("Statistic")
    word = words[0] if words else ""
    found = [key for key in known if word in key or (not word and len(known) == 1)]
    if not found:
        hint = nearest(word, {name for name, _ in known}) or f"it has {', '.join(name for name, _ in known)}"
        raise SpecError([Problem(place, f"{line.result} has no statistic {word!r}", hint)])
    if len(found) > 1:
        hint = f"write the Order: {', '.join(order for _, order in found)}"
        raise SpecError([Problem(place, f"{line.result} has {word!r} {len(found)} times", hint)])
    return found[0]


def _label(line: Line, one: Computed, level: Level, outer: int) -> str:
    """The label of a level; of one that stands under another, without what it shares with that."""
    known = names_of(one.statistic.by, one.analysis.decodes, level)
    if line.label.strip():
        return put_label(line, known)
    parts = list(zip(one.statistic.by, level))[outer:]
    return ", ".join(str(known.get(levels.DECODES.get(name, name), at)) for name, at in parts)


def put_label(line: Line, known: Mapping[str, Content]) -> str:
    """The text of the cell Label with the levels of By put in."""
    named = [name for _, name, _ in fields(line.label, line.at("Label")) if name]
    if named and not known:
        message = f"a label names variables of By, and {line.statistic or line.result} of {line.result} has no By"
        hint = f"write the label without {{{named[0]}}}; statistics stand in Template"
        raise SpecError([Problem(line.at("Label"), message, hint)])
    return fill(line.label.strip(), known, line.at("Label"), "By variable")


def names_of(by: tuple[str, ...], decodes: Mapping[tuple[str, str], str], level: Level) -> dict[str, Content]:
    """What a label may name: the By variables and the texts behind their codes."""
    found: dict[str, Content] = dict(zip(by, level))
    for variable, at in zip(by, level):
        found[f"{variable}:{DECODE}"] = decodes.get((variable, at), at)
        if variable in levels.DECODES:
            found[levels.DECODES[variable]] = decodes.get((variable, at), at)
    return found


def _cells(
    line: Line, one: Computed, columns: Sequence[Level], level: Level, point: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[Behind | None, ...]]:
    """A cell for each column; empty where the statistic is not of that column, as a comparison at its reference."""
    names = tuple(dict.fromkeys(name for _, name, _ in fields(line.template, line.at("Template")) if name))
    cells: list[str] = []
    behind: list[Behind | None] = []
    for group in columns:
        estimated = one.estimates.get((group, level))
        if estimated is None:
            cells.append("")
            behind.append(None)
        else:
            values = put_values(estimated, point, line.at("Statistic"))
            if one.call.modelled and not values.keys() >= {name for name in names if f":{DECODE}" not in name}:
                cells.append("")  # the reference has no difference
                behind.append(None)
                continue
            cells.append(fill(line.template, values, line.at("Template")))
            behind.append(Behind(one, group, level, point[0] if point else "", names))
    return tuple(cells), tuple(behind)


def put_values(estimated: Estimated, point: tuple[str, ...], place: Place) -> dict[str, Content]:
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
