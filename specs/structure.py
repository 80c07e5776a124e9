"""Faults between tables: names that another table should have, names given twice, damaged cells."""

from __future__ import annotations

import re
from collections.abc import Iterable

from derivations.assign_ct import fold
from language.habits import damage
from specs.cells import duplicates, names
from specs.columns import EXPRESSION_KINDS, Sheet
from specs.mapping import expanded
from specs.model import Box, Event, Figure, ListingRow, Parameter, Record, Source, Spec, Test, ValueLevel, Variable
from specs.origins import OLD_ORIGINS, ORIGINS
from specs.problem import nearest
from specs.read_csv import Faults, RawTable, Row
from specs.terminology import term_hint

NONE = "none"
# What is no path relative to another file. An address could run or load anything.
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|[/\\]")
# Not #N/A, which data may hold as a collected value.
LOST = ("#NAME?", "#REF!", "#VALUE!")
Owned = Source | Parameter | Test | Event | ValueLevel


def check_damage(table: RawTable, sheet: Sheet | None, faults: Faults) -> None:
    """Cells that Excel has damaged: lost formulas anywhere, the rest where an expression should stand."""
    for name in table.columns:
        column = sheet.column(name) if sheet else None
        executable = column.kind in EXPRESSION_KINDS if column else bool(sheet and sheet.open)
        for row in table.rows:
            cell = row.get(name)
            hint = damage(cell) if cell and (executable or cell in LOST) else ""
            if hint:
                faults.add(row.at(name), f"{cell!r} is damaged", hint)


def check_structure(spec: Spec, faults: Faults) -> None:
    """Every reference between the tables of a loaded specification."""
    for check in (
        _references,
        _datasets_of_tables,
        _duplicates,
        _decimals,
        _mapped_variables,
        _keys,
        _codelist_cells,
        _origins,
        _results,
        _documents,
    ):
        check(spec, faults)


def _known(name: str, record: Record, column: str, valid: Iterable[str], where: str, faults: Faults) -> None:
    valid = list(valid)
    if name not in valid:
        faults.add(record.at(column), f"{name!r} is not in {where}", nearest(name, valid))


def _documents(spec: Spec, faults: Faults) -> None:
    """A link leads to a file of the submission; an address could run or load anything."""
    for document in spec.documents.values():
        if ADDRESS.match(document.href):
            hint = "write it relative to the define.xml, such as csdrg.pdf"
            faults.add(document.at("Href"), f"'{document.href}' is no relative path", hint)


def _references(spec: Spec, faults: Faults) -> None:
    """Method, Comment and Document cells."""
    described: list[Record] = [*spec.datasets.values(), *spec.variables.values(), *spec.value_level]
    for record in described:
        for column, valid in (("Method", spec.methods), ("Comment", spec.comments)):
            cell = record.cells.get(column, "").strip()
            if cell:
                _known(cell, record, column, valid, f"{column}s", faults)
    documented: list[Record] = [*spec.methods.values(), *spec.comments.values(), *spec.displays.values()]
    for record in documented:
        for cell in names(record.cells.get("Document", "")):
            _known(cell, record, "Document", spec.documents, "Documents", faults)
    for codelist in spec.codelists.values():
        if codelist.comment and codelist.comment not in spec.comments:
            faults.add(
                codelist.place,
                f"{codelist.comment!r} is not in Comments",
                nearest(codelist.comment, spec.comments),
            )


def working_datasets(spec: Spec) -> set[str]:
    """Names with `_` that Sources, Parameters, Tests or Events make records of."""
    made: list[Owned] = [*spec.sources, *spec.parameters, *spec.tests, *spec.events]
    return {record.dataset for record in made if record.dataset.startswith("_")}


def _datasets_of_tables(spec: Spec, faults: Faults) -> None:
    """Dataset cells; a name with `_` is a working dataset, which Sources declares by using it."""
    if not spec.datasets:
        return
    owned: list[Owned] = [*spec.sources, *spec.parameters, *spec.tests, *spec.events, *spec.value_level]
    for record in owned:
        if not record.dataset.startswith("_") and record.dataset != NONE:
            _known(record.dataset, record, "Dataset", spec.datasets, "Datasets", faults)
    working = working_datasets(spec)
    for join in spec.joins:
        for name in join.datasets:
            _known(name, join, "Dataset", [*spec.datasets, *working], "Datasets", faults)
    for row in spec.value_level:
        listed = [variable for dataset, variable in spec.variables if dataset == row.dataset]
        if listed:
            _known(row.variable, row, "Variable", listed, f"the variables of {row.dataset}", faults)


def _duplicates(spec: Spec, faults: Faults) -> None:
    """Rows given twice. Blocks, parameters and joins that share a name are found by `specs.naming`."""
    joins = [((name, join.name), join) for join in spec.joins for name in join.datasets]
    duplicates([*joins], "join", "Name", faults)
    steps = [((e.dataset, code, e.step, e.source, e.where), e) for e in spec.events for code in e.paramcds]
    duplicates(steps, "step", "Step", faults)
    collected = [((c.codelist, fold(c.value), c.item), c) for c in spec.collected]
    duplicates(collected, "collected value", "Collected Value", faults)
    units = [((u.test_code, u.collected_unit, u.standard_unit), u) for u in spec.units]
    duplicates(units, "conversion", "Collected Unit", faults)
    tests = [
        ((test.dataset, test.block, code, test.where, *sorted(test.expressions.items())), test)
        for test in spec.tests
        for code in test.collected
    ]  # a code may be that of two tests whose results stand in different columns or under different conditions
    first: dict[object, Test] = {}
    for key, test in tests:
        other = first.setdefault(key, test)
        if other is not test:
            said = f"{key[2]} is collected for {test.test_code} here and for {other.test_code} at {other.place}"
            hint = "each row with the code would be two records; let Where or the cells of the result tell them apart"
            faults.add(test.at("Collected"), said, hint)


def _origins(spec: Spec, faults: Faults) -> None:
    """Origins that Define-XML 2.1 does not have; the define.xml could not hold them."""
    records: list[Variable | ValueLevel] = [*spec.variables.values(), *spec.value_level]
    for record in records:
        if record.origin and record.origin not in ORIGINS:
            old = OLD_ORIGINS.get(record.origin)
            now = f"in Define-XML 2.1 it is {old[0]} with the Source {old[1]}" if old else ""
            hint = now or nearest(record.origin, ORIGINS)
            said = f"{record.origin!r} is not one of {', '.join(ORIGINS)}"
            faults.add(record.at("Origin"), said, hint)


def _decimals(spec: Spec, faults: Faults) -> None:
    """Results are rounded by test code, wherever the test stands: one code, one Decimals."""
    first: dict[str, Test] = {}
    for test in spec.tests:
        known = first.setdefault(test.test_code, test) if test.decimals else test
        if known.decimals != test.decimals:
            message = f"{test.test_code} has {test.decimals} decimals here and {known.decimals} at {known.place}"
            faults.add(test.at("Decimals"), message, "write the same number in both rows")


def _mapped_variables(spec: Spec, faults: Faults) -> None:
    """Rules fill variables that Variables lists, or working names; SUPP-- rules declare listed QNAMs."""
    listed: dict[str, list[str]] = {}
    for dataset, variable in spec.variables:
        listed.setdefault(dataset, []).append(variable)
    for rule in spec.rules:
        if rule.general:
            continue
        for dataset in rule.datasets:
            owner = f"SUPP{dataset}" if rule.supplemental else dataset
            if owner not in spec.datasets:
                continue
            for name in (expanded(name, dataset) for name in rule.variables):
                if name != "*" and not name.startswith("_") and name not in listed.get(owner, []):
                    faults.add(
                        rule.at("Variable"),
                        f"{owner}.{name} is filled here but is not in Variables",
                        nearest(name, listed.get(owner, [])) or "add a row, or begin the name with _",
                    )


def _keys(spec: Spec, faults: Faults) -> None:
    for dataset in spec.datasets.values():
        listed = [variable for name, variable in spec.variables if name == dataset.dataset]
        if not listed:
            faults.add(dataset.at("Dataset"), f"{dataset.dataset} has no row in Variables", "list its variables")
            continue
        if dataset.dataset.startswith("SUPP") and dataset.dataset.removeprefix("SUPP") not in spec.datasets:
            faults.add(dataset.at("Dataset"), f"the parent of {dataset.dataset} is not in Datasets", "add it")
        for key in dataset.key_variables:
            _known(key, dataset, "Key Variables", listed, f"the variables of {dataset.dataset}", faults)
        if dataset.sequence:
            _known(dataset.sequence, dataset, "Sequence", listed, f"the variables of {dataset.dataset}", faults)


def _codelist_cells(spec: Spec, faults: Faults) -> None:
    for row in spec.collected:
        codelist = spec.codelists.get(row.codelist)
        if codelist is None:
            _known(row.codelist, row, "Codelist", spec.codelists, "Codelists", faults)
        else:
            if row.term not in [term.term for term in codelist.terms]:
                message = f"{row.term!r} is not in the terms of {row.codelist}"
                faults.add(row.at("Term"), message, term_hint(codelist, row.term))


def _results(spec: Spec, faults: Faults) -> None:
    for result in spec.results.values():
        _known(result.display, result, "Display", spec.displays, "Analysis Displays", faults)
        if result.dataset:
            _known(result.dataset, result, "Dataset", spec.datasets, "Datasets", faults)
    for statistic in spec.statistics:
        _known(statistic.result, statistic, "Result", spec.results, "Analysis Results", faults)
    for line in spec.lines:
        _known(line.display, line, "Display", spec.displays, "Analysis Displays", faults)
        if line.result:
            _known(line.result, line, "Result", spec.results, "Analysis Results", faults)
    rows: list[Figure | Box | ListingRow] = [*spec.figures, *spec.boxes, *spec.listings]
    for row in rows:
        _known(row.display, row, "Display", spec.displays, "Analysis Displays", faults)
    for listing in spec.listings:
        _known(listing.dataset, listing, "Dataset", spec.datasets, "Datasets", faults)
    duplicates([((box.display, box.box), box) for box in spec.boxes], "box", "Box", faults)
    for box in spec.boxes:
        if box.parent:
            boxes = [other.box for other in spec.boxes if other.display == box.display]
            _known(box.parent, box, "From", boxes, f"the boxes of {box.display}", faults)


def check_ids(rows: list[Row], faults: Faults) -> None:
    """Report IDs that stand in several rows."""
    duplicates(((row.get("ID"), row) for row in rows), "ID", "ID", faults)
