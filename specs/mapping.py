"""Rules: rows of the Mapping files, and the mappings that cells of Variables state."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath

from derivations.decimals import plain_float
from specs.cells import LAST, names, number
from specs.model import Dataset, Rule, Variable
from specs.problem import Place, nearest
from specs.read_csv import Faults, Row
from specs.standards import CLASSES
from specs.wildcards import prefix

GENERAL = "all"
_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.(?:[A-Za-z_][A-Za-z0-9_]*|`[^`]+`)")
_TARGET = re.compile(r"\*|(--)?[A-Za-z_][A-Za-z0-9_]*")


def stem(row: Row) -> str:
    """The dataset that a mapping file is named for."""
    return PurePath(row.file).stem


def classes_or_datasets(cell: str) -> tuple[str, ...]:
    """The classes and datasets of a cell; classes may hold blanks.

    >>> classes_or_datasets("EVENTS FINDINGS ABOUT, SV")
    ('EVENTS', 'FINDINGS ABOUT', 'SV')
    """
    found: list[str] = []
    words = names(cell)
    while words:
        width = next((n for n in (4, 3, 2, 1) if " ".join(words[:n]).upper() in CLASSES), 0)
        found.append(" ".join(words[:width]).upper() if width else words[0])
        words = words[max(width, 1) :]
    return tuple(found)


def read_rules(
    rows: Iterable[Row], datasets: Mapping[str, Dataset], working: set[str], faults: Faults
) -> list[Rule]:
    """The rules of all mapping files; `working` holds the names of working datasets."""
    rules = []
    for row in rows:
        general = stem(row) == GENERAL
        supplemental = not general and stem(row).startswith("SUPP")
        rule = _rule(row, general, supplemental, faults)
        if rule.datasets or general:
            _check_datasets(rule, row, datasets, working, faults)
        rules.append(rule)
    return rules


def _rule(row: Row, general: bool, supplemental: bool, faults: Faults) -> Rule:
    given = row.get("Dataset")
    if general:
        targets = classes_or_datasets(given)
    else:
        targets = names(given) or (stem(row),)
    if supplemental:
        targets = tuple(name.removeprefix("SUPP") for name in targets)
    variables = names(row.get("Variable"))
    for name in variables:
        if not _TARGET.fullmatch(name):
            faults.add(
                row.at("Variable"), f"{name!r} is not a name for a variable", "part several names by blanks"
            )
        elif supplemental and not name.startswith("_") and not re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", name):
            faults.add(row.at("Variable"), f"{name!r} is not a QNAM", "up to 8 capital letters and digits")
    return Rule(
        row.place,
        row.cells,
        targets,
        variables,
        row.get("Block"),
        number(row, "Order", faults, LAST),
        row.get("Where"),
        row.get("Expression"),
        supplemental,
        general,
    )


def _check_datasets(
    rule: Rule, row: Row, datasets: Mapping[str, Dataset], working: set[str], faults: Faults
) -> None:
    if not datasets:
        return
    for name in rule.datasets:
        valid = name in datasets or name in working or (rule.general and name in CLASSES)
        if not valid and "Dataset" in row.cells and row.get("Dataset"):
            hint = nearest(name, [*datasets, *sorted(working), *(CLASSES if rule.general else ())])
            faults.add(row.at("Dataset"), f"{name!r} is not in Datasets", hint)


def check_file(file: str, datasets: Mapping[str, Dataset], working: set[str], faults: Faults) -> None:
    """A mapping file must bear the name of a dataset, of a working dataset, of SUPP-- or `all`."""
    name = PurePath(file).stem
    parent = name.removeprefix("SUPP")
    valid = [*datasets, *sorted(working), GENERAL]
    if name not in valid and datasets:
        hint = nearest(name, valid) or f"add {name} to Datasets"
        faults.add(Place(file), f"{name!r} is not in Datasets", hint)
    elif name != parent and parent not in datasets and datasets:
        faults.add(
            Place(file), f"{parent!r}, the parent of {name}, is not in Datasets", nearest(parent, datasets)
        )


def cell_rules(
    variables: Mapping[tuple[str, str], Variable], faults: Faults, complete: bool = False
) -> list[Rule]:
    """The mappings that Predecessor, Assigned Value and Common state.

    complete: tables of others, whose Predecessor may be a text for readers; such a one is no mapping.
    """
    rules = []
    for (dataset, name), variable in variables.items():
        if complete and variable.predecessor and not _REFERENCE.fullmatch(variable.predecessor):
            continue
        stated = dict(_stated(variable, faults))
        if len(set(stated.values())) > 1:
            faults.add(
                variable.at(next(iter(stated))),
                f"{dataset}.{name} is mapped by {' and by '.join(stated)}",
                "keep one",
            )
        for column, expression in list(stated.items())[:1]:
            target = dataset.removeprefix("SUPP") if variable.supplemental else dataset
            rules.append(
                Rule(
                    variable.at(column),
                    variable.cells,
                    (target,),
                    (name,),
                    "",
                    LAST,
                    "",
                    expression,
                    variable.supplemental,
                )
            )
    return rules


def _stated(variable: Variable, faults: Faults) -> Iterable[tuple[str, str]]:
    if variable.predecessor:
        column = "Predecessor" if variable.cells.get("Predecessor", "").strip() else "Common"
        if not _REFERENCE.fullmatch(variable.predecessor):
            faults.add(
                variable.at(column),
                f"{variable.predecessor!r} is not a variable of a dataset",
                "write DM.AGE; a qualifier of SUPPAE is AE.QNAM; anything else belongs into a mapping row",
            )
        yield column, variable.predecessor
    if variable.assigned_value:
        yield "Assigned Value", literal(variable, faults)


def literal(variable: Variable, faults: Faults) -> str:
    """The Assigned Value as an expression: a number for a numeric variable, else a quoted text."""
    value = variable.assigned_value
    if not variable.numeric:
        return repr(value)
    if plain_float(value) is None:
        faults.add(
            variable.at("Assigned Value"),
            f"{value!r} is not a number, which {variable.variable} needs",
            "write a plain number",
        )
    return value


def expanded(name: str, dataset: str) -> str:
    """`--STDTC` in AE is AESTDTC."""
    return name.replace("--", prefix(dataset), 1) if name.startswith("--") else name


def without_repeats(mapped: list[Rule], stated: list[Rule], faults: Faults) -> list[Rule]:
    """All rules, cells last; a cell that repeats a row is dropped, one that contradicts it is a fault."""
    plain: dict[tuple[str, str, bool], list[Rule]] = {}
    for rule in mapped:
        if not rule.general and not rule.block and not rule.where:
            for dataset in rule.datasets:
                for name in rule.variables:
                    plain.setdefault((dataset, expanded(name, dataset), rule.supplemental), []).append(rule)
    kept = []
    for rule in stated:
        rivals = plain.get((rule.datasets[0], rule.variables[0], rule.supplemental), [])
        for rival in rivals:
            if _normal(rival.expression) != _normal(rule.expression):
                faults.add(
                    rule.place,
                    f"{rule.datasets[0]}.{rule.variables[0]} is filled by {rule.expression} here "
                    f"and otherwise at {rival.at('Expression')}",
                    "keep one of the two",
                )
        if not rivals:
            kept.append(rule)
    return [*mapped, *kept]


def _normal(expression: str) -> str:
    return re.sub(r"\s+", "", expression).replace('"', "'")
