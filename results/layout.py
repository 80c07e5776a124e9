"""The tables of the displays: the rows of Lines filled with the statistics of their results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from results import levels
from results.analysis import Level
from results.call import Call
from results.compute import Computed, read_calls
from results.evaluate import known_name
from results.lines import TableRow, laid_out, line_words, names_of, put_label, put_values, which_call
from results.template import fill
from specs.model import Line, Spec, Statistic
from specs.problem import Problem, SpecError, nearest
from specs.selections import is_one_of, may_be_others, values_of


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
            shown = all_columns(mine)
            rows = tuple(laid_out(lines, mine, shown))
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
        for group in all_columns(computed)
    )


def all_columns(computed: Sequence[Computed]) -> tuple[Level, ...]:
    """The levels of Group of a display, then the totals that its results ask for."""
    totals = dict.fromkeys(one.analysis.total for one in computed if one.analysis.total)
    return (*computed[0].analysis.group_levels, *(total for total in totals if total))


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
            _check_line(line, calls, spec)
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)


def _check_line(line: Line, calls: Sequence[tuple[Statistic, Call]], spec: Spec) -> None:
    row, call = _call_of(line, calls)
    words = line_words(line)[1:]
    named = words[: len(row.by)] if len(words) >= len(row.by) else ()
    point = words[len(named) :]
    for variable, word in zip(row.by, named):
        _check_level(line, row, variable, word, spec)
    known = put_values(call.of_nothing(), point, line.at("Statistic"))
    fill(line.template, known, line.at("Template"))
    put_label(line, names_of(row.by, {}, ("",) * len(row.by)))
    if line.sort and line.sort != "label":
        known_name(line.sort, known, "statistic to sort by", line.at("Sort"))
    if line.under:
        _check_under(line, row, calls, spec)


def _check_level(line: Line, row: Statistic, variable: str, word: str, spec: Spec) -> None:
    """A level of By is a parameter or a term of its variable, or what Missing calls the rest.

    Where the values may be others too, of a list that may be extended or of ValueLevel, the data say which there are.
    """
    dataset = spec.results[line.result].dataset
    if may_be_others(spec, dataset, variable):
        return
    known, what, hint = values_of(spec, dataset, variable, word)
    if known and word != row.missing and not is_one_of(word, known):
        message = f"{line.result} has no level {word!r}: it is no {what}"
        raise SpecError([Problem(line.at("Statistic"), message, hint or f"write one of {', '.join(sorted(known))}")])


def _call_of(line: Line, calls: Sequence[tuple[Statistic, Call]]) -> tuple[Statistic, Call]:
    mine = {
        (call.known.name, levels.shown(float(row.order))): (row, call)
        for row, call in calls
        if row.result == line.result
    }
    return mine[which_call(line, tuple(mine))]


def _check_under(line: Line, row: Statistic, calls: Sequence[tuple[Statistic, Call]], spec: Spec) -> None:
    """A line under another has the By variables of that one, and more."""
    orders = {levels.shown(other.order): other for other in spec.lines if other.display == line.display}
    above = orders.get(line.under)
    if above is None or not above.result or above is line:
        known = [order for order, other in orders.items() if other.result and other is not line]
        hint = nearest(line.under, known) or f"lines with a result are {', '.join(known)}"
        raise SpecError([Problem(line.at("Under"), f"{line.under!r} is no other line of {line.display}", hint)])
    outer, _ = _call_of(above, calls)
    if row.by[: len(outer.by)] != outer.by or len(row.by) <= len(outer.by):
        message = f"stands under line {line.under}, which is by {' '.join(outer.by) or 'nothing'}"
        raise SpecError([Problem(line.at("Under"), message, "its By begins with these variables and has one more")])
