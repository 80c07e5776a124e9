"""The rules of each variable of each dataset: mapping rows, parameter and test cells, rules for many datasets."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from language.parse import with_prefix
from specs.model import Rule, Spec, Test
from specs.problem import Place, Problem, nearest
from specs.wildcards import prefix as prefix

LAST = math.inf
_COPY = ".*"
_EVERY_BLOCK = 9
TEST_VARIABLES = {
    "TESTCD": "test_code",
    "TEST": "test",
    "CAT": "category",
    "SCAT": "subcategory",
    "SPEC": "specimen",
    "METHOD": "method",
    "LOINC": "loinc",
    "STRESU": "standard_unit",
}
TEST_COLUMNS = {
    "test_code": "Test Code",
    "test": "Test",
    "category": "Category",
    "subcategory": "Subcategory",
    "specimen": "Specimen",
    "method": "Method",
    "loinc": "LOINC",
    "standard_unit": "Standard Unit",
}


@dataclass(frozen=True)
class Instance:
    """One rule for one variable of one dataset, as text. `fixed` is a constant, `test` a cell of Tests.

    `distance` is 1 where Block is the block's own name, 2 or more where it is one that the block shares with others.
    """

    variable: str
    block: str
    order: float
    where: str
    expression: str
    place: Place
    where_place: Place
    fixed: str | None = None
    test: str = ""
    general: bool = False
    distance: int = 1

    @property
    def rank(self) -> tuple[int, float, int]:
        """Rows with Block first, of these the nearest name; then by Order, blank last, then those with Where."""
        return (self.distance if self.block else _EVERY_BLOCK, self.order, 0 if self.where else 1)

    def seen_from(self, distance: int) -> Instance:
        """The rule as one of several for a block that its cell Block calls by a name of that distance."""
        return replace(self, distance=distance) if distance > 1 else self


def wide(spec: Spec, dataset: str, block: str) -> dict[str, Test]:
    """The Tests rows of a block that are expressions on one source row, by the name of the block each makes.

    A test that stands in several rows, such as one per location, makes several blocks.
    """
    found: dict[str, Test] = {}
    for row in spec.tests:
        if row.dataset == dataset and row.block == block and not row.collected:
            name = f"{block}/{row.test_code}"
            again = sum(1 for known in found if known == name or known.startswith(f"{name}#"))
            found[f"{name}#{again + 1}" if again else name] = row
    return found


def groups(spec: Spec, dataset: str) -> dict[str, tuple[str, ...]]:
    """The names for several blocks of a dataset together (Group), and the blocks that each stands for."""
    found: dict[str, list[str]] = {}
    for source in spec.sources:
        if source.dataset == dataset and source.group:
            found.setdefault(source.group, []).append(source.block)
    for parameter in spec.parameters:
        if parameter.dataset == dataset and parameter.group:
            found.setdefault(parameter.group, []).append(parameter.paramcd)
    return {name: tuple(blocks) for name, blocks in found.items()}


def by_block(spec: Spec, dataset: str, rows: Iterable[Instance]) -> list[Instance]:
    """Rows by rank, those for a group as one for each block of it that has no rule of its own for every record."""
    known = groups(spec, dataset)
    found = [
        replace(row, block=block).seen_from(2 if row.block in known else 1)
        for row in rows
        for block in known.get(row.block, (row.block,))
    ]
    whole = {(row.variable, row.block) for row in found if row.distance == 1 and row.block and not row.where}
    kept = [row for row in found if row.distance == 1 or (row.variable, row.block) not in whole]
    return sorted(kept, key=lambda row: row.rank)


def instances(spec: Spec, dataset: str) -> Iterator[Instance]:
    """Every rule of a dataset, from every table that states one; `--` and `T.*` are filled in."""
    own: set[str] = set()
    for instance in _specific(spec, dataset):
        own.add(instance.variable)
        yield instance
    for rule in spec.rules:
        if rule.general and _applies(spec, rule, dataset):
            for name in rule.variables:
                variable = name.replace("--", prefix(dataset))
                working = dataset in rule.datasets and (variable.startswith("_") or dataset.startswith("_"))
                listed = (dataset, variable) in spec.variables
                if variable not in own and (listed or working):
                    yield _instance(rule, variable, dataset)


def matching_nothing(spec: Spec) -> list[Problem]:
    """A finding for each variable of a rule for many datasets (`mapping/all.csv`) that none of them lists."""
    found = []
    generic = {name.replace(prefix(dataset), "--", 1) for dataset, name in spec.variables} | {
        name for _, name in spec.variables
    }
    for rule in spec.rules:
        datasets = [dataset for dataset in spec.datasets if _applies(spec, rule, dataset)]
        working = any(name.startswith("_") for name in (*rule.datasets, *rule.variables))
        for name in rule.variables if rule.general and not working else ():
            if not any((dataset, name.replace("--", prefix(dataset))) in spec.variables for dataset in datasets):
                whose = f"dataset of {', '.join(rule.datasets)}" if rule.datasets else "dataset"
                hint = nearest(name, generic) or "list the variable, or take the row out"
                found.append(Problem(rule.at("Variable"), f"no {whose} has {name}: the rule fills nothing", hint))
    return found


def _specific(spec: Spec, dataset: str) -> Iterator[Instance]:
    stars: list[Rule] = []
    found: list[Instance] = []
    for rule in spec.rules:
        if rule.general or dataset not in rule.datasets:
            continue
        for name in rule.variables:
            if name == "*":
                stars.append(rule)
            else:
                found.append(_instance(rule, name.replace("--", prefix(dataset)), dataset))
    found += cells(spec, dataset)
    yield from found
    known = {instance.variable for instance in found}
    for rule in stars:
        for variable in spec.variables_of(dataset):
            if variable.variable not in known:
                yield _instance(rule, variable.variable, dataset, "*")


def _instance(rule: Rule, variable: str, dataset: str, text: str = "") -> Instance:
    letters = prefix(dataset)
    copies = rule.expression.endswith(_COPY)
    expression = with_prefix(rule.expression if copies else text or rule.expression, letters)
    if expression == "*":
        expression = f"`{variable}`"
    elif expression.endswith(_COPY):
        expression = f"{expression[: -len(_COPY)]}.`{variable}`"
    return Instance(
        variable, rule.block, rule.order, with_prefix(rule.where, letters), expression,
        rule.at("Expression"), rule.at("Where"), general=rule.general,
    )  # fmt: skip


def _applies(spec: Spec, rule: Rule, dataset: str) -> bool:
    if dataset in rule.datasets:
        return True
    known = spec.datasets.get(dataset)
    if known is None:
        return False
    return not rule.datasets or known.dataset_class in rule.datasets


def cells(spec: Spec, dataset: str) -> Iterator[Instance]:
    """The rules that stand in cells of Parameters, Tests and Sources (Keep)."""
    yield from _parameters(spec, dataset)
    yield from _tests(spec, dataset)
    yield from _kept(spec, dataset)


def _parameters(spec: Spec, dataset: str) -> Iterator[Instance]:
    for row in spec.parameters:
        if row.dataset != dataset:
            continue
        fixed = {"PARAMCD": row.paramcd, "PARAM": row.param, "PARAMN": row.paramn}
        fixed |= {"PARCAT1": row.parcat1, "PARCAT1N": row.parcat1n, "PARAMTYP": row.paramtyp}
        for name, value in fixed.items():
            if value:
                yield Instance(name, row.paramcd, LAST, "", "", row.at(name), row.at(name), fixed=value)
        for name, text in row.expressions.items():
            if text:
                yield Instance(name, row.paramcd, LAST, "", text, row.at(name), row.at(name))
        for name in row.keep:
            text = f"{row.source}.`{name}`"
            yield Instance(name, row.paramcd, LAST, "", text, row.at("Keep"), row.at("Keep"))


def _kept(spec: Spec, dataset: str) -> Iterator[Instance]:
    for row in spec.sources:
        if row.dataset == dataset:
            for name in row.keep:
                text = f"{row.source}.`{name}`"
                yield Instance(name, row.block, LAST, "", text, row.at("Keep"), row.at("Keep"))


def _tests(spec: Spec, dataset: str) -> Iterator[Instance]:
    letters = prefix(dataset)
    rows = [row for row in spec.tests if row.dataset == dataset]
    for block in dict.fromkeys(row.block for row in rows):
        of_block = [row for row in rows if row.block == block]
        for name, field in TEST_VARIABLES.items():
            if any(getattr(row, field) for row in of_block):
                column = TEST_COLUMNS[field]
                place = of_block[0].at(column)
                yield Instance(letters + name, block, LAST, "", "", place, place, test=field)
    for block in dict.fromkeys(row.block for row in rows):
        for own, row in wide(spec, dataset, block).items():
            for name, text in row.expressions.items():
                if text:
                    variable = name.replace("--", letters)
                    yield Instance(variable, own, LAST, "", with_prefix(text, letters), row.at(name), row.at(name))
