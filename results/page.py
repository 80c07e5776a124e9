"""The page of the results: one HTML file with the answers, the displays, the figures and the conventions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from results import layout, levels
from results.ard import Row
from results.compute import Computed
from results.figures import Drawn, typographic
from results.template import fill
from specs.model import Result, Spec
from specs.problem import Place

TEMPLATES = Path(__file__).parent / "templates"
PURPOSES = {
    "PRIMARY OUTCOME MEASURE": "Primary outcome",
    "SECONDARY OUTCOME MEASURE": "Secondary outcomes",
    "EXPLORATORY OUTCOME MEASURE": "Exploratory outcomes",
}
# How the first statistic of a result reads in the answers: the figure, and what stands below it.
HEADLINES = {
    "proportion": ("{pct:.1f}%", "{n} of {N}\n{conf_level:.0%} CI {conf_low:.1%} to {conf_high:.1%}"),
    "kaplan_meier": (
        "{median:.1f}",
        "median, event in {events} of {n}\n{conf_level:.0%} CI {median_low:.1f} to {median_high:.1f}",
    ),
    "summary": ("{mean:.1f}", "mean, n = {n}\nSD {sd:.1f}, median {median:.1f}"),
    "subjects": ("{n}", "of {N} subjects"),
}
NOTES = {
    "proportion": "A record that cannot be judged counts as not meeting the criterion.",
    "kaplan_meier": "The limits of a quantile are the times at which the pointwise limits reach it. "
    "After the last observation the curve is not estimable, unless it has come down to 0.",
    "summary": "SD has the divisor n - 1. Missing values are left out; n counts the others.",
    "subjects": "A subject counts once; subjects of the population without a record are in the denominator.",
}


@dataclass(frozen=True)
class Answer:
    """An outcome measure with its headline per level of Group: (figure, explanation)."""

    purpose: str
    measure: str
    level: str
    cells: tuple[tuple[str, str], ...]
    display: str


def render(
    spec: Spec,
    computed: Sequence[Computed],
    rows: Sequence[Row],
    figures: Sequence[Drawn],
    frames: Mapping[str, pd.DataFrame],
) -> str:
    """The page as HTML: self-contained, everything that comes from the study escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["typographic"] = typographic
    settings = spec.study.settings.get("results")
    question = settings.get("question", "") if isinstance(settings, Mapping) else ""
    tables = layout.tables(spec, computed)
    return environment.get_template("results.html").render(
        study=spec.study.id,
        title=_title(spec),
        question=str(question),
        columns=layout.columns(_main(computed)) if computed else (),
        answers=answers(computed),
        populations=populations(spec, rows),
        displays=[_display(table, figures) for table in tables],
        size=len(rows),
        adsl=len(frames["ADSL"]) if "ADSL" in frames else None,
    )


def _title(spec: Spec) -> str:
    found = spec.study.settings.get("title") or spec.define.get("StudyDescription") or spec.study.id
    return str(found)


def _main(computed: Sequence[Computed]) -> list[Computed]:
    """The results that share the columns of the first: those the answers can set side by side."""
    first = computed[0].analysis
    same = (first.groups, first.group_levels)
    return [one for one in computed if (one.analysis.groups, one.analysis.group_levels) == same]


def answers(computed: Sequence[Computed]) -> list[Answer]:
    """The headline of every outcome measure of the protocol: the first statistic of its result."""
    found, seen = [], set()
    for one in _main(computed) if computed else []:
        result = one.analysis.result
        name = one.call.known.name
        if result.id in seen or result.reason != "SPECIFIED IN PROTOCOL" or name not in HEADLINES:
            continue
        seen.add(result.id)
        for level in one.by_levels:
            cells = tuple(_headline(one, group, level) for group in one.analysis.group_levels)
            text = ", ".join(
                one.analysis.decodes.get((variable, at), at) for variable, at in zip(one.statistic.by, level)
            )
            purpose = PURPOSES.get(result.purpose, result.purpose)
            param = text or one.analysis.parameter
            found.append(Answer(purpose, result.description, param, cells, result.display))
    return found


def _headline(one: Computed, group: tuple[str, ...], level: tuple[str, ...]) -> tuple[str, str]:
    values = {value.name: value.value for value in one.estimates[group, level].values() if value.level is None}
    place = Place("results/page.py")
    figure, explanation = HEADLINES[one.call.known.name]
    return fill(figure, values, place), fill(explanation, values, place)


def populations(spec: Spec, rows: Sequence[Row]) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """The populations: what each is called, its condition, and the subjects at each level of Group."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row.context == "population":
            group = ", ".join(level for _, level in row.groups) or "All"
            found.setdefault(row.where, []).append((group, str(row.stat)))
    return [(_population_name(spec, where), where, tuple(sizes)) for where, sizes in found.items()]


def _population_name(spec: Spec, where: str) -> str:
    """The labels of the flags that a population asks for, without the words that all end in."""
    labels = []
    for name, wanted in levels.selected(where).items():
        variable = spec.variables.get(("ADSL", name))
        if variable and wanted == ("Y",):
            labels.append(re.sub(r"( Population)? Flag$", "", variable.label))
    return ", ".join(labels) or where


def _display(table: layout.Table, figures: Sequence[Drawn]) -> dict[str, object]:
    results = {one.analysis.result.id: one.analysis.result for one in table.results}
    contexts = dict.fromkeys(one.call.known.name for one in table.results)
    return {
        "id": table.id,
        "title": table.title,
        "columns": table.columns,
        "rows": table.rows,
        "figures": [(figure, _inline(figure)) for figure in figures if figure.display == table.id],
        "notes": [(result.description, result.documentation) for result in results.values() if result.documentation],
        "conventions": [NOTES[name] for name in contexts if name in NOTES],
        "sources": [_source(table, result) for result in results.values()],
    }


def _source(table: layout.Table, result: Result) -> tuple[object, ...]:
    """Id, description, dataset, condition, and the calls with their By."""
    mine = [one for one in table.results if one.analysis.result.id == result.id]
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
