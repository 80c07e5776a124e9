"""The page of the results: one HTML file with the answers, the displays, the figures and the conventions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from formats import html_templates
from results import answers, conventions, dependence, graphic, layout, levels, populations
from results.answers import Answer
from results.ard import Row
from results.behind import Numbers
from results.computed import Computed
from results.figures import Drawn, typographic
from results.lines import TableRow
from results.records import Records
from results.shown import Shown, cutoff
from results.statistics import KaplanMeier
from specs.model import Result, Spec
from specs.oids import result_oid

TEMPLATES = Path(__file__).parent / "templates"
# Tables of more rows are closed when the page is opened.
ROWS_OPEN = 120
# Rows of a listing that stand on the page; its files have all.
ROWS_LISTED = 2000
ELSEWHERE = "Displays"
_LS_MEANS = (
    "LS means are at the mean of each covariate over the records of the model; levels of class variables weigh "
    "equally, or with margins='observed' as the records have them."
)
NOTES = {
    "ancova": _LS_MEANS,
    "mmrm": _LS_MEANS,
    "crossover": _LS_MEANS,
    "proportion": "A record that cannot be judged counts as not meeting the criterion.",
    "kaplan_meier": "The limits of a quantile are the times at which the pointwise limits reach it.",
    "summary": "SD has the divisor n - 1. Missing values are left out; n counts the others.",
    "subjects": "A subject counts once; subjects of the population without a record are in the denominator.",
}


def render(
    spec: Spec,
    computed: Sequence[Computed],
    rows: Sequence[Row],
    shown: Sequence[Shown],
    records: Mapping[str, Records],
    frames: Mapping[str, pd.DataFrame],
) -> str:
    """The page as HTML: self-contained, everything that comes from the study escaped."""
    settings = spec.study.settings.get("results")
    question = settings.get("question", "") if isinstance(settings, Mapping) else ""
    main = answers.main(computed)
    labels = {key: variable.label for key, variable in spec.variables.items() if variable.label}
    answered = answers.answers(main, labels)
    sizes = populations.populations(spec, rows)
    numbers = Numbers(spec, records)
    measures = _measures(answered, numbers)
    sections = _sections(shown, numbers)
    return (
        _environment()
        .get_template("results.html")
        .render(
            study=spec.study.id,
            title=_title(spec),
            question=str(question),
            cutoff=cutoff(spec.study),
            notices=[*populations.notices(spec, sizes, frames), *dependence.notices(computed)],
            columns=layout.columns(main) if main else (),
            measures=measures,
            groups=tuple(dict.fromkeys(group for size in sizes for group in size.subjects)),
            populations=sizes,
            sections=sections,
            rules=conventions.RULES,
            notes=[NOTES[name] for name in dict.fromkeys(one.call.known.name for one in computed) if name in NOTES],
            abbreviations=conventions.abbreviations(
                _texts(answered, shown), conventions.own_abbreviations(spec.study.settings)
            ),
            size=len(rows),
            files=_files(shown, records),
            adsl=len(frames["ADSL"]) if "ADSL" in frames else None,
            data=Markup(numbers.json()),  # noqa: S704
        )
    )


def get_ready() -> None:
    """Compile the templates."""
    for name in _environment().list_templates():
        _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    environment = html_templates.environment(TEMPLATES)
    environment.filters |= {"typographic": typographic, "result_oid": result_oid}
    return environment


def _title(spec: Spec) -> str:
    found = spec.study.settings.get("title") or spec.define.get("StudyDescription") or spec.study.id
    return str(found)


def _texts(answered: Sequence[Answer], shown: Sequence[Shown]) -> list[str]:
    """The texts of the page that may hold an abbreviation."""
    found = [text for answer in answered for cell in answer.cells for text in cell]
    found += [one.text for answer in answered for one in answer.comparisons]
    return [*found, *(one.abbreviations for one in shown)]


def _files(shown: Sequence[Shown], records: Mapping[str, Records]) -> dict[str, object]:
    return {"tables": [(one.number, f"tables/{one.name}.rtf") for one in shown], "records": len(records)}


def _measures(answered: Sequence[Answer], numbers: Numbers) -> list[dict[str, object]]:
    """The answers, those of one result together."""
    found = []
    for _, group in itertools.groupby(answered, key=lambda answer: answer.result):
        mine = list(group)
        first = mine[0]
        rows = [
            {
                "level": answer.level,
                "cells": [
                    (figure, below, numbers.cell(behind))
                    for (figure, below), behind in zip(answer.cells, answer.behind, strict=True)
                ],
                "comparisons": answer.comparisons,
                "graphic": graphic.intervals(answer.intervals, answer.headline.share, answer.headline.drawn),
                "sentence": answer.sentence,
            }
            for answer in mine
        ]
        compared = any(answer.comparisons for answer in mine)
        found.append(
            {
                "purpose": first.purpose,
                "measure": first.measure,
                "display": first.display,
                "drawn": first.headline.drawn,
                "compared": compared,
                "many": len(first.cells) > 2,
                "rows": rows,
            }
        )
    return found


def _sections(shown: Sequence[Shown], numbers: Numbers) -> list[tuple[str, list[dict[str, Any]]]]:
    """The displays under their headings; those without one stand last."""
    found: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(shown, key=lambda one: not one.section):
        found.setdefault(one.section or ELSEWHERE, []).append(_display(one, numbers))
    return list(found.items())


def _display(one: Shown, numbers: Numbers) -> dict[str, Any]:
    results = {call.analysis.result.id: call.analysis.result for call in one.results}
    rows = one.rows[:ROWS_LISTED] if one.is_listing else one.rows
    return {
        "shown": one,
        "rows": [_row(row, numbers) for row in rows],
        "size": len(one.rows),
        "open": len(one.rows) <= ROWS_OPEN,
        "figures": [(figure, _inline(figure)) for figure in one.figures],
        "notes": _notes(one, list(results.values())),
        "not_followed": _not_followed(one),
        "sources": [_source(one, result) for result in results.values()],
    }


def _row(row: TableRow, numbers: Numbers) -> dict[str, object]:
    behind = row.behind or (None,) * len(row.cells)
    cells = [(text, None if at is None else numbers.cell(at)) for text, at in zip(row.cells, behind, strict=True)]
    return {"label": row.label, "indent": min(row.indent, 4), "cells": cells, "whole": row.whole}


def _notes(one: Shown, results: Sequence[Result]) -> list[tuple[str, str]]:
    """The notes of a display; where these are the documentation of its results, each with what it is about."""
    documented = {result.documentation: result.description for result in results if result.documentation}
    return [(documented.get(note, ""), note) for note in one.notes]


def _not_followed(shown: Shown) -> list[str]:
    """Why a curve has no value at a time: the times, and the levels of Group whose records end before them."""
    found: dict[str, list[str]] = {}
    for one in shown.results:
        for (group, level), curve in one.estimates.items():
            if isinstance(curve, KaplanMeier) and curve.records:
                where = f"{', '.join((*group, *level)) or 'all records'}, {one.analysis.result.id}"
                for point in curve.points:
                    if point.survival is None:
                        found.setdefault(levels.shown(point.time), []).append(where)
    times: dict[str, list[str]] = {}
    for time, curves in found.items():
        times.setdefault("; ".join(curves), []).append(time)
    return [
        f"Not estimable at time {', '.join(at)} ({where}): no record is followed to then, and the curve has not "
        "come down to 0. R's survfit gives no value there either, unless summary() is told to extend."
        for where, at in times.items()
    ]


def _source(shown: Shown, result: Result) -> tuple[object, ...]:
    """Id, description, dataset, condition, and the calls with their By."""
    mine = [one for one in shown.results if one.analysis.result.id == result.id]
    calls = [(one.call.text, " ".join(one.statistic.by)) for one in mine]
    return result.id, result.description, result.dataset, mine[0].analysis.where, calls


def _inline(figure: Drawn) -> Markup:
    """The figure as an element of the page: our own drawing, whose texts matplotlib has escaped.

    Its ids are made the figure's own, since several figures share one page.
    """
    svg = figure.svg[figure.svg.index("<svg") :]
    name = re.sub(r"[^\w-]", "-", figure.name)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="|url\()#', rf"\1#{name}-", svg)
    return Markup(svg)  # noqa: S704
