"""Everything that a define.xml will state, gathered from specification and data before it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from define.asked import ask
from define.codelists import UsedCodelist, used_codelists
from define.items import Item, columns_of, variable_item
from define.measured import Measured, of_frame
from define.method_text import MethodText, method_of
from define.origin import Origin
from define.stated import stated_items, stated_values
from define.value_level import value_items
from define.where_clause import RangeCheck, digest, parse_where
from specs.model import Comment, Dataset, Spec
from specs.oids import oid_part, prefixed
from specs.problem import DataError, Place, Problem, ProblemError, SpecError, nearest

_CLASSES = (
    "TRIAL DESIGN", "STUDY REFERENCE", "SPECIAL PURPOSE", "INTERVENTIONS", "EVENTS", "FINDINGS",
    "FINDINGS ABOUT", "RELATIONSHIP", "SUBJECT LEVEL ANALYSIS DATASET", "OCCURRENCE DATA STRUCTURE",
    "BASIC DATA STRUCTURE", "ADAM OTHER",
)  # fmt: skip
NO_DATA = "NODATA"
_NO_DATA_TEXT = "Not populated: no record of the study has a value."
_LONGEST = 120


@dataclass(frozen=True)
class DatasetContent:
    """A dataset, the items of its variables in the order of the file, and their value-level items."""

    dataset: Dataset
    items: tuple[Item, ...]
    values: Mapping[str, list[Item]]
    has_no_data: bool


@dataclass
class WhereClauses:
    """The where clauses in use by OID; equal conditions share one. `comments`: the ID of a comment, by OID."""

    checks: dict[str, tuple[RangeCheck, ...]] = field(default_factory=dict)
    datasets: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    def add(self, dataset: str, checks: tuple[RangeCheck, ...]) -> str:
        """The OID of a condition on `dataset`: `WC.LB.LBTESTCD.ALT`."""
        text = "WC." + dataset + "".join(f".{_check_part(check, dataset)}" for check in checks)
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}.{digest(checks)}"
        # Two conditions may differ only in characters that an OID cannot show.
        oid = text if self.checks.get(text, checks) == checks else f"{text}.{digest(checks)}"
        self.checks[oid], self.datasets[oid] = checks, dataset
        return oid


def _check_part(check: RangeCheck, dataset: str) -> str:
    other = f"{check.dataset}." if check.dataset not in ("", dataset) else ""
    comparator = "" if check.comparator in ("EQ", "IN") else f"{check.comparator}."
    return f"{other}{check.variable}.{comparator}" + "-".join(oid_part(value) or "NULL" for value in check.values)


@dataclass
class Content:
    """The parts of the document, each only if something refers to it."""

    datasets: list[DatasetContent]
    codelists: Mapping[str, UsedCodelist]
    methods: dict[str, MethodText]
    comments: dict[str, Comment]
    wheres: WhereClauses

    def has_item(self, dataset: str, variable: str) -> bool:
        return any(d.dataset.dataset == dataset and any(i.name == variable for i in d.items) for d in self.datasets)


def gather(
    spec: Spec,
    frames: Mapping[str, Measured],
    lengths: Mapping[tuple[str, str], int],
    methods: Mapping[tuple[str, str], MethodText],
    stated: bool = False,
) -> Content:
    """Gather the content. Raises SpecError or DataError for what cannot be described.

    stated: datasets without a frame are described as the specification states them.
    """
    known = {key: text.oid for key, text in methods.items()}
    datasets: list[DatasetContent] = []
    problems: list[Problem] = []
    kinds: list[type[ProblemError]] = []
    for dataset in described(spec, frames, stated):
        alone = stated and dataset.dataset not in frames
        try:
            datasets.append(
                _stated_content(spec, dataset, known)
                if alone
                else _dataset_content(spec, dataset, frames, lengths, known)
            )
        except (SpecError, DataError) as error:
            problems += error.problems
            kinds.append(type(error))
    if problems:
        raise kinds[0](problems)
    return _referenced(spec, datasets, methods)


def _stated_content(spec: Spec, dataset: Dataset, methods: Mapping[tuple[str, str], str]) -> DatasetContent:
    items = stated_items(spec, dataset, methods)
    return DatasetContent(dataset, tuple(items.values()), stated_values(spec, dataset, items), dataset.has_no_data)


def _dataset_content(
    spec: Spec,
    dataset: Dataset,
    frames: Mapping[str, Measured],
    lengths: Mapping[tuple[str, str], int],
    methods: Mapping[tuple[str, str], str],
) -> DatasetContent:
    name = dataset.dataset
    data = frames.get(name)
    variables = spec.variables_of(name) if data is None else columns_of(spec, name, data.names)
    if data is None:
        data = of_frame(pd.DataFrame({variable.variable: pd.Series(dtype=object) for variable in variables}))
    ask(spec, name, data)
    no_data = not len(data)
    items: dict[str, Item] = {}
    problems: list[Problem] = []
    for variable in variables:
        length = lengths.get((name, variable.variable), 0)
        try:
            item = variable_item(spec, variable, data.facts(variable.variable), length, methods)
        except DataError as error:
            problems += error.problems
        else:
            items[item.name] = _no_data(item, item.has_no_data and not no_data)
    if problems:
        raise DataError(problems)
    values = value_items(spec, name, data, items, methods)
    shown = tuple(_without_mixed_origin(item, values.get(item.name, [])) for item in items.values())
    return DatasetContent(_dataset_no_data(dataset, no_data), shown, values, no_data)


def described(spec: Spec, frames: Mapping[str, Measured], stated: bool = False) -> list[Dataset]:
    """The datasets with a file, and those that the specification describes as empty (`stated`: all that it has), by
    class and name."""
    strange = [name for name in frames if name not in spec.datasets]
    if strange:
        hint = nearest(strange[0], spec.datasets) or "add a row to Datasets"
        raise DataError([Problem(Place(name), "is not in Datasets", hint) for name in strange])
    found = [d for name, d in spec.datasets.items() if stated or name in frames or d.has_no_data]
    return sorted(
        found,
        key=lambda d: (_CLASSES.index(d.dataset_class) if d.dataset_class in _CLASSES else 99, d.dataset),
    )


def _without_mixed_origin(item: Item, values: list[Item]) -> Item:
    """A variable whose values come from different places states no origin; its value-level items do."""
    if len({value.origin for value in values}) < 2:
        return item
    return replace(item, origin=Origin(""), method="")


def _no_data(item: Item, empty: bool) -> Item:
    return replace(item, has_no_data=empty, comment=item.comment or (NO_DATA if empty else ""))


def _dataset_no_data(dataset: Dataset, empty: bool) -> Dataset:
    return replace(dataset, comment=dataset.comment or (NO_DATA if empty else ""))


def _referenced(spec: Spec, datasets: list[DatasetContent], methods: Mapping[tuple[str, str], MethodText]) -> Content:
    values = [item for d in datasets for listed in d.values.values() for item in listed]
    items = [item for d in datasets for item in d.items]
    codelists = used_codelists(spec, [*items, *values])
    wheres = WhereClauses()
    for item in values:
        wheres.add(item.dataset, item.where)
    _add_where_comments(spec, wheres)
    comments = list(wheres.comments.values())
    comments += [d.dataset.comment for d in datasets] + [item.comment for item in (*items, *values)]
    comments += [getattr(used.codelist, "comment", "") for used in codelists.values()]
    oids = {item.method for item in (*items, *values) if item.method}
    return Content(
        datasets,
        codelists,
        _methods(spec, methods, oids),
        _comments(spec, [c for c in comments if c]),
        wheres,
    )


def _add_where_comments(spec: Spec, wheres: WhereClauses) -> None:
    """The comments of rows of WhereClauses whose condition is in use."""
    for row in spec.value_level:
        comment = spec.where_comments.get(row.cells.get("Where Clause", "").strip())
        checks = parse_where(row.where_clause, row.at("Where Clause")) if comment else ()
        if comment and checks in wheres.checks.values():
            wheres.comments[wheres.add(row.dataset, checks)] = comment


def _methods(spec: Spec, methods: Mapping[tuple[str, str], MethodText], oids: Iterable[str]) -> dict[str, MethodText]:
    by_oid = {text.oid: text for text in methods.values()}
    by_oid |= {name: method_of(row) for name, row in spec.methods.items() if name not in by_oid}
    wanted = sorted(oids, key=lambda oid: prefixed("MT", oid))
    problems = [
        Problem(Place(f"{spec.stage}/Methods"), f"'{oid}' is not in Methods", nearest(oid, by_oid))
        for oid in wanted if oid not in by_oid
    ]  # fmt: skip
    if problems:
        raise SpecError(problems)
    return {oid: by_oid[oid] for oid in wanted}


def _comments(spec: Spec, wanted: list[str]) -> dict[str, Comment]:
    own = Comment(Place("define.xml"), {}, NO_DATA, _NO_DATA_TEXT, "", "")
    known = {NO_DATA: own, **spec.comments}
    names = sorted(set(wanted), key=lambda name: prefixed("COM", name))
    problems = [
        Problem(Place(f"{spec.stage}/Comments"), f"'{name}' is not in Comments", nearest(name, known))
        for name in names if name not in known
    ]  # fmt: skip
    if problems:
        raise SpecError(problems)
    return {name: known[name] for name in names}
