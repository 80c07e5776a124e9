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
from results.listings import Listing
from results.statistics import KaplanMeier
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
    "kaplan_meier": "The limits of a quantile are the times at which the pointwise limits reach it.",
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


@dataclass(frozen=True)
class Population:
    """A population: what it is called, its condition, and its number of subjects by level of Group."""

    name: str
    where: str
    subjects: Mapping[str, int]


def render(
    spec: Spec,
    computed: Sequence[Computed],
    rows: Sequence[Row],
    figures: Sequence[Drawn],
    frames: Mapping[str, pd.DataFrame],
    listings: Sequence[Listing] = (),
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
    tables = _with_figures_alone(spec, layout.tables(spec, computed), figures, listings)
    main = _main(computed)
    answered = answers(main)
    sizes = populations(spec, rows)
    return environment.get_template("results.html").render(
        study=spec.study.id,
        title=_title(spec),
        question=str(question),
        notices=notices(sizes, frames),
        columns=layout.columns(main) if main else (),
        answers=answered,
        abbreviations=_abbreviations([text for answer in answered for cell in answer.cells for text in cell]),
        groups=tuple(dict.fromkeys(group for size in sizes for group in size.subjects)),
        populations=sizes,
        displays=[_display(table, figures, listings) for table in tables],
        size=len(rows),
        adsl=len(frames["ADSL"]) if "ADSL" in frames else None,
    )


def _with_figures_alone(
    spec: Spec, tables: Sequence[layout.Table], figures: Sequence[Drawn], listings: Sequence[Listing]
) -> list[layout.Table]:
    """The displays in their order, those without lines too that have a figure or a listing."""
    known = {table.id: table for table in tables}
    others = {*(figure.display for figure in figures), *(listing.display for listing in listings)}
    return [
        known.get(display.id) or layout.Table(display.id, display.title, (), (), ())
        for display in spec.displays.values()
        if display.id in known or display.id in others
    ]


def _title(spec: Spec) -> str:
    found = spec.study.settings.get("title") or spec.define.get("StudyDescription") or spec.study.id
    return str(found)


def _main(computed: Sequence[Computed]) -> list[Computed]:
    """The results that share the columns of the first with any: those the answers can set side by side."""
    kept = [one for one in computed if one.analysis.group_levels]
    same = [(one.analysis.groups, one.analysis.group_levels) for one in kept]
    return [one for one, columns in zip(kept, same) if columns == same[0]]


def answers(computed: Sequence[Computed]) -> list[Answer]:
    """The headline of every outcome measure of the protocol: the first statistic of its result.

    computed: calls that share their columns.
    """
    found, seen = [], set()
    for one in computed:
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
    return fill(figure, values, place), fill(explanation, values, place).replace("NE to NE", "NE")


def populations(spec: Spec, rows: Sequence[Row]) -> list[Population]:
    """The populations: what each is called, its condition, and the subjects at each level of Group."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.context == "population" and isinstance(row.stat, int):
            group = ", ".join(level for _, level in row.groups) or "All"
            found.setdefault(row.where, {})[group] = row.stat
    return [Population(_population_name(spec, where), where, sizes) for where, sizes in found.items()]


def notices(sizes: Sequence[Population], frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """What the reader must know before the numbers: that there are no subjects, in all or in a population."""
    if "ADSL" in frames and frames["ADSL"].empty:
        return ["ADSL holds no subjects: there is nothing to analyse."]
    if "ADSL" in frames and not any(sum(size.subjects.values()) for size in sizes):
        count = f"None of the {len(frames['ADSL'])} subject(s) of ADSL"
        return [f"{count} is in a population of the results: there is nothing to analyse."]
    found = []
    for size in sizes:
        empty = [group for group, subjects in size.subjects.items() if not subjects]
        if empty:
            found.append(f"No subject in the population {size.name}: {', '.join(empty)}.")
    return found


def _abbreviations(cells: Sequence[str]) -> str:
    """The abbreviations that the cells use, spelled out."""
    known = {"CI": "confidence interval", "NE": "not estimable"}
    words = {word for cell in cells for word in re.findall(r"\w+", cell)}
    return " ".join(f"{short}: {text}." for short, text in known.items() if short in words)


def _population_name(spec: Spec, where: str) -> str:
    """The labels of the flags that a population asks for, without the words that all end in."""
    labels = []
    for name, wanted in levels.selected(where).items():
        variable = spec.variables.get(("ADSL", name))
        if variable and wanted == ("Y",):
            labels.append(re.sub(r"( Population)? Flag$", "", variable.label))
    return ", ".join(labels) or where


def _display(table: layout.Table, figures: Sequence[Drawn], listings: Sequence[Listing]) -> dict[str, object]:
    results = {one.analysis.result.id: one.analysis.result for one in table.results}
    contexts = dict.fromkeys(one.call.known.name for one in table.results)
    mine = [figure for figure in figures if figure.display == table.id]
    shown = [cell for row in table.rows for cell in row.cells]
    # The legend of a figure gives the median, which may be NE.
    shown += [text for figure in mine for text in re.findall(r">([^<>]+)</text>", figure.svg)]
    return {
        "id": table.id,
        "title": table.title,
        "columns": table.columns,
        "rows": table.rows,
        "figures": [(figure, _inline(figure)) for figure in mine],
        "listings": [listing for listing in listings if listing.display == table.id],
        "abbreviations": _abbreviations([text for text in shown if re.search(r"\bNE\b", text)]),
        "notes": [(result.description, result.documentation) for result in results.values() if result.documentation],
        "conventions": [*(NOTES[name] for name in contexts if name in NOTES), *_not_followed(table)],
        "sources": [_source(table, result) for result in results.values()],
    }


def _not_followed(table: layout.Table) -> list[str]:
    """Why a curve has no value at a time: the times, and the levels of Group whose records end before them."""
    found: dict[str, list[str]] = {}
    for one in table.results:
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
