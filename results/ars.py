"""The results as a reporting event of the CDISC Analysis Results Standard 1.0, in JSON.

The classes and slots are those of the model published in March 2024. An analysis is a call of Statistics, or the
count of a population; its results are the rows of the analysis results data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from results import levels, where
from results.analysis import Level
from results.ard import Row, exact, shown_format
from results.ars_parts import (
    CONTEXT,
    Item,
    Numbered,
    Parts,
    at_level,
    home_of,
    operation_key,
    row_operation,
    values_of_parameters,
)
from results.compute import keys_of
from results.computed import Computed
from results.shown import Shown
from results.template import formatted
from specs.model import Spec

VERSION = "1.0"
_DEFINE = "DOC.DEFINE"


def to_json(spec: Spec, computed: Sequence[Computed], rows: Sequence[Row], shown: Sequence[Shown]) -> str:
    """The reporting event of a study as text; the same for the same results."""
    found = event(spec, computed, rows, shown)
    return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def event(spec: Spec, computed: Sequence[Computed], rows: Sequence[Row], shown: Sequence[Shown]) -> Item:
    """The reporting event. rows: the analysis results data; those that no call gives become analyses of their own."""
    parts = Parts(spec)
    calls = {one.analysis.result.id for one in computed}
    analyses = [*_of_rows(parts, rows, calls), *(_analysis(parts, one) for one in computed)]
    outputs = [_output(parts, one) for one in shown]
    title = str(spec.study.settings.get("title") or spec.define.get("StudyDescription") or spec.study.id)
    found: Item = {
        "id": spec.study.id,
        "name": title,
        "description": f"Analyses and results of {spec.study.id}, Analysis Results Standard {VERSION}.",
        "version": 1,
        "mainListOfContents": _contents(shown, computed),
        "referenceDocuments": _documents(spec),
        "terminologyExtensions": _extensions(parts.terms),
        "analysisSets": list(parts.sets.items.values()),
        "dataSubsets": list(parts.subsets.items.values()),
        "analysisGroupings": list(parts.groupings.items.values()),
        "methods": list(parts.methods.items.values()),
        "analyses": analyses,
        "outputs": outputs,
    }
    return {name: value for name, value in found.items() if value != []}


def _analysis(parts: Parts, one: Computed) -> Item:
    """A call of Statistics with its results."""
    result, statistic = one.analysis.result, one.statistic
    by = dict.fromkeys(value for at in one.estimates for value in one.values(*at))
    values = list(by) or list(one.call.of_nothing().values())
    groupings = {} if one.call.overall else {name: _levels(one, name) for name in one.analysis.groups}
    named = levels.selected(result.selection_criteria)
    groupings |= {name: named.get(name, ()) for name in statistic.by}
    ids = {name: parts.grouping(home_of(one.analysis, parts.spec, name), (name,), at) for name, at in groupings.items()}
    if any(at_level(one, value) for value in values):
        ids["level"] = parts.grouping(home_of(one.analysis, parts.spec, one.call.variable), (one.call.variable,), ())
    method = parts.method(one, values)
    subset = where.conditions(one)
    return {
        "id": analysis_id(one),
        "name": f"{result.description or result.id}: {one.call.known.name}",
        "description": _description(one),
        "version": 1,
        "reason": parts.term("AnalysisReasonEnum", result.reason),
        "purpose": parts.term("AnalysisPurposeEnum", result.purpose),
        **_document_refs(parts.spec, result.documentation_refs),
        "dataset": result.dataset,
        "variable": one.call.variable,
        **({"analysisSetId": parts.analysis_set(result.population)} if result.population else {}),
        **({"dataSubsetId": parts.data_subset(result.dataset, subset)} if subset else {}),
        "orderedGroupings": _ordered(ids.values()),
        "methodId": method,
        **_referenced(parts, method, analysis_id(one)),
        "programmingCode": {"context": CONTEXT, "code": one.call.text, "parameters": values_of_parameters(one)},
        "results": [item for group, level in one.estimates for item in _results(parts, one, group, level, ids, method)],
    }


def analysis_id(one: Computed) -> str:
    """The identifier of the analysis of a call."""
    return f"AN.{one.analysis.result.id}.{one.order}"


def _levels(one: Computed, variable: str) -> tuple[str, ...]:
    """The levels of a Group variable, and the total, in their order."""
    place = one.analysis.groups.index(variable)
    return tuple(dict.fromkeys(level[place] for level in one.analysis.group_levels))


def _ordered(ids: Iterable[str]) -> list[Item]:
    return [{"order": place, "groupingId": name, "resultsByGroup": True} for place, name in enumerate(ids, 1)]


def _description(one: Computed) -> str:
    """What no slot of the standard holds: reference, strata, denominator of subjects, name of missing levels."""
    found = [one.analysis.result.documentation]
    if one.call.reference:
        found.append(f"Each level of {' '.join(one.analysis.groups)} is compared with {one.call.reference}.")
    if one.call.overall:
        found.append(f"Over all levels of {' '.join(one.analysis.groups)}.")
    if one.call.modelled:
        found.append(_of_model(one))
    if one.call.strata:
        found.append(f"Strata: {' '.join(one.call.strata)}.")
    if one.statistic.denominator and one.call.counts_subjects:
        found.append(f"The denominator is the subjects of ADSL with {one.statistic.denominator}.")
    if one.analysis.total:
        found.append(f"Results without a group of {' '.join(one.analysis.groups)} are over all levels.")
    if one.statistic.missing:
        found.append(f"{one.statistic.missing}: records without a value.")
    return " ".join(text for text in found if text) or one.analysis.result.id


def _of_model(one: Computed) -> str:
    call = one.call
    terms = [*one.analysis.groups, *([call.visit] if call.visit else []), *call.classes, *call.covariates]
    return f"One model of all levels, with the terms {', '.join([*terms, *map('*'.join, call.interactions)])}."


def _results(
    parts: Parts, one: Computed, group: Level, level: Level, ids: dict[str, str], method: str
) -> Iterable[Item]:
    """The operation results of an estimate. A value that is not estimable has no rawValue."""
    operations = _operations_of(parts, method)
    head = [parts.result_group(ids[name], at) for name, at in keys_of(one, group, level)]
    for value in one.values(group, level):
        name, point = operation_key(one, value)
        category = at_level(one, value)
        groups = [*head, *([parts.result_group(ids["level"], category)] if category else [])]
        yield {
            "operationId": operations[name + (f" {point}" if point else "")],
            "resultGroups": groups,
            **({} if value.value is None else {"rawValue": exact(value.value)}),
            "formattedValue": formatted(value.value, shown_format(value.name, value.fmt)),
        }


def _operations_of(parts: Parts, method: str) -> dict[str, str]:
    item = next(item for item in parts.methods.items.values() if item["id"] == method)
    return {operation["name"]: operation["id"] for operation in item["operations"]}


def _referenced(parts: Parts, method: str, analysis: str) -> Item:
    """Numerators and denominators stand in the same analysis."""
    item = next(item for item in parts.methods.items.values() if item["id"] == method)
    found = [
        {"referencedOperationRelationshipId": relation["id"], "analysisId": analysis}
        for operation in item["operations"]
        for relation in operation.get("referencedOperationRelationships", ())
    ]
    return {"referencedAnalysisOperations": found} if found else {}


def _of_rows(parts: Parts, rows: Sequence[Row], calls: set[str]) -> Iterable[Item]:
    """What no call gives, an analysis for each result, population and Group: the sizes of the populations first."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row.result not in calls:
            names = tuple(name for variable, _ in row.groups for name in (variable, *_own_names(variable, row)))
            found.setdefault((row.context, row.display, row.result, row.population, *names), []).append(row)
    for number, mine in enumerate(found.values(), 1):
        yield _of_row(parts, mine, f"AN.{mine[0].context.upper()}.{number:02d}")


def _of_row(parts: Parts, mine: Sequence[Row], name: str) -> Item:
    first = mine[0]
    every = {variable: dict.fromkeys(dict(row.groups)[variable] for row in mine) for variable, _ in first.groups}
    ids = {
        variable: parts.grouping(first.dataset, _own_names(variable, first), tuple(known))
        for variable, known in every.items()
    }
    method = parts.counts(first.context, mine)
    operations = _operations_of(parts, method)
    return {
        "id": name,
        "name": " ".join(text for text in (first.display, first.result, first.context) if text),
        "version": 1,
        "reason": parts.term("AnalysisReasonEnum", ""),
        "purpose": parts.term("AnalysisPurposeEnum", ""),
        "dataset": first.dataset,
        "variable": first.variable,
        **({"analysisSetId": parts.analysis_set(first.population)} if first.population else {}),
        "orderedGroupings": _ordered(ids.values()),
        "methodId": method,
        "results": [
            {
                "operationId": operations[row_operation(row)],
                "resultGroups": [parts.result_group(ids[variable], at) for variable, at in row.groups],
                **({} if row.stat is None else {"rawValue": exact(row.stat)}),
                "formattedValue": row.stat_fmt,
            }
            for row in mine
        ],
    }


def _own_names(variable: str, row: Row) -> tuple[str, ...]:
    """What the dataset of a row calls a variable of Group: for TRTP the variables of ADSL that its condition names."""
    outside_texts = re.sub(r"'[^']*'|\"[^\"]*\"", "", row.records_where)
    return levels.in_adsl(variable, set(re.findall(r"\w+", outside_texts))) or (variable,)


def _output(parts: Parts, one: Shown) -> Item:
    """A display as an output with its files, titles and notes."""
    files = [("rtf", f"tables/{one.name}.rtf")]
    files += [(kind, f"figures/{figure.name}.{kind}") for figure in one.figures for kind in ("svg", "png")]
    titles = [text for text in (one.number, one.title, one.subtitle, one.population) if text]
    texts = {"Title": titles, "Abbreviation": [one.abbreviations], "Footnote": one.notes, "Footer": [one.source]}
    sections = [_section(one.id, kind, [text for text in found if text]) for kind, found in texts.items()]
    display = {
        "id": f"DISP.{one.id}",
        "name": one.number,
        "version": 1,
        "displayTitle": one.title,
        "displaySections": [section for section in sections if section["orderedSubSections"]],
    }
    return {
        "id": f"OUT.{one.id}",
        "name": f"{one.number} {one.title}",
        "version": 1,
        "fileSpecifications": [
            {"name": place.rpartition("/")[2], "fileType": parts.term("OutputFileTypeEnum", kind), "location": place}
            for kind, place in files
        ],
        "displays": [{"order": 1, "display": display}],
        **_document_refs(parts.spec, parts.spec.displays[one.id].document if one.id in parts.spec.displays else ""),
    }


def _section(display: str, kind: str, texts: Sequence[str]) -> Item:
    items = [
        {"order": place, "subSection": {"id": f"DISP.{display}.{kind}.{place}", "text": text}}
        for place, text in enumerate(texts, 1)
    ]
    return {"sectionType": kind, "orderedSubSections": items}


def _contents(shown: Sequence[Shown], computed: Sequence[Computed]) -> Item:
    """The list of contents: the displays, and below each its analyses."""
    items = []
    for order, one in enumerate(shown, 1):
        mine = [call for call in computed if call.analysis.result.display == one.id]
        inner = [
            {"name": _item_name(call), "level": 2, "order": place, "analysisId": analysis_id(call)}
            for place, call in enumerate(mine, 1)
        ]
        item: Item = {"name": f"{one.number} {one.title}", "level": 1, "order": order, "outputId": f"OUT.{one.id}"}
        items.append({**item, **({"sublist": {"listItems": inner}} if inner else {})})
    return {"name": "Displays and their analyses", "label": "List of contents", "contentsList": {"listItems": items}}


def _item_name(one: Computed) -> str:
    result = one.analysis.result
    return f"{result.id} {result.description}: {one.call.known.name}".strip()


def _documents(spec: Spec) -> list[Item]:
    """The documents of the specification, and the define.xml of the datasets."""
    found: list[Item] = [
        {"id": document.id, "name": document.title or document.id, "location": document.href}
        for document in spec.documents.values()
    ]
    return [*found, {"id": _DEFINE, "name": "define.xml of the analysis datasets", "location": "../adam/define.xml"}]


def _document_refs(spec: Spec, cell: str) -> Item:
    """The documents that a cell names, those that the specification has."""
    known = [name for name in cell.replace(",", " ").split() if name in spec.documents]
    return {"documentRefs": [{"referenceDocumentId": name} for name in known]} if known else {}


def _extensions(terms: dict[str, Numbered]) -> list[Item]:
    return [
        {"id": f"TE.{place:02d}", "enumeration": name, "sponsorTerms": list(found.items.values())}
        for place, (name, found) in enumerate(terms.items(), 1)
    ]
