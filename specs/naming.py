"""Names that clash, and names of blocks, variables and datasets that nothing makes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from language.errors import closest
from language.expanding import expanded_names
from specs.blocks import EVENT_VARIABLES, NONE_ROWS
from specs.problem import Place, Problem
from specs.rules import cells

if TYPE_CHECKING:
    from specs.names import Names


def name_faults(names: Names) -> Iterator[Problem]:
    """Every fault of names that shows without reading an expression."""
    yield from _tables_as_datasets(names)
    yield from _repeated_blocks(names)
    yield from _shared_names(names)
    yield from _blocks_that_are_not(names)
    yield from _datasets_without_records(names)
    yield from _unlisted_variables(names)


def _tables_as_datasets(names: Names) -> Iterator[Problem]:
    """Case does not tell two names apart: on disks, in SAS, and for readers."""
    folded = {name.casefold(): name for name in names.blocks.datasets}
    for name in names.inputs:
        dataset = folded.get(name.casefold())
        if dataset is None:
            continue
        table = names.spec.tables.get(name)
        place = Place(f"{names.spec.stage}/tables/{name}.csv")
        if table is not None:
            place = table.at("Table")
        elif name not in names.spec.lookups:
            known = names.spec.datasets.get(dataset)
            place = known.at("Dataset") if known else Place(names.spec.stage)
        yield Problem(place, f"table {name} bears the name of dataset {dataset}", f"call it raw_{name.lower()}")


def _repeated_blocks(names: Names) -> Iterator[Problem]:
    for draft, first in names.blocks.repeated:
        message = f"{draft.dataset} has two blocks named {draft.name!r}"
        hint = f"give each a name of its own; the other stands at {first.row.place}"
        yield Problem(draft.row.at(draft.column), message, hint)


def _shared_names(names: Names) -> Iterator[Problem]:
    """A block, a join and a table of one dataset bear different names."""
    tables = {*names.inputs, *names.blocks.datasets}
    for dataset, drafts in names.blocks.drafts.items():
        if dataset == NONE_ROWS:
            continue
        for draft in {draft.group: draft for draft in drafts.values()}.values():
            if draft.group in tables:
                yield Problem(draft.row.at(draft.column), f"block {draft.group} of {dataset} bears the name of a table",
                              "rename the block")  # fmt: skip
        yield from _groups(names, dataset, tables)
        for name, join in names.blocks.joins(dataset).items():
            if name != join.source and (name in tables or name in names.blocks.groups(dataset)):
                message = f"join {name} of {dataset} bears the name of a table from which it does not pick"
                if name not in tables:
                    message = f"join {name} bears the name of a block of {dataset} from which it does not pick"
                yield Problem(join.at("Name"), message, "rename the join")


def _groups(names: Names, dataset: str, tables: set[str]) -> Iterator[Problem]:
    """A group of blocks has a name of its own."""
    drafts = names.blocks.drafts[dataset]
    blocks = {name for draft in drafts.values() for name in (draft.name, draft.group)}
    for draft in {draft.together: draft for draft in reversed(drafts.values()) if draft.together}.values():
        if draft.together in tables | blocks:
            what = "a table" if draft.together in tables else "a block"
            message = f"group {draft.together} of {dataset} bears the name of {what}"
            yield Problem(draft.row.at("Group"), message, "rename the group")


def _blocks_that_are_not(names: Names) -> Iterator[Problem]:
    """Rules and tests for a block that neither Sources nor Parameters has."""
    for rule in names.spec.rules:
        if rule.block and not any(rule.block in names.blocks.groups(dataset) for dataset in rule.datasets):
            known = [name for dataset in rule.datasets for name in names.blocks.groups(dataset)]
            if rule.datasets or not rule.general:
                owner = ", ".join(rule.datasets)
                yield Problem(rule.at("Block"), f"{owner} has no block {rule.block!r}", closest(rule.block, known))
    sources = {(source.dataset, source.block) for source in names.spec.sources}
    for test in names.spec.tests:
        if (test.dataset, test.block) not in sources:
            known = [block for dataset, block in sources if dataset == test.dataset]
            yield Problem(test.at("Block"), f"{test.dataset} has no block {test.block!r}", closest(test.block, known))


def _datasets_without_records(names: Names) -> Iterator[Problem]:
    """Rules of a dataset that no row of Sources or Parameters makes records of.

    Of a specification that only describes datasets, a Predecessor is a statement and no rule.
    """
    found: set[str] = set()
    describes = not names.blocks.drafts
    for rule in names.spec.rules:
        if describes and rule.place.column == "Predecessor":
            continue
        for dataset in rule.datasets if not rule.general else ():
            if dataset in names.spec.datasets and dataset not in names.blocks.drafts and dataset not in found:
                found.add(dataset)
                yield Problem(rule.place, f"{dataset} has rules but no records", "add its rows to Sources")


def _unlisted_variables(names: Names) -> Iterator[Problem]:
    """Variables that Parameters, Tests, Keep or Expand fill and that would never be written.

    `specs.structure` asks the same of Mapping.
    """
    for dataset in names.blocks.datasets:
        if dataset not in names.spec.datasets:
            continue
        listed = {v for d, v in names.spec.variables if d in (dataset, f"SUPP{dataset}")}
        seen: set[str] = set()
        filled = [(row.variable, row.place) for row in cells(names.spec, dataset)]
        for draft in names.blocks.drafts.get(dataset, {}).values():
            filled += [(name, draft.row.at("Expand")) for name in expanded_names(draft.row.expand)]
        for name, place in filled:
            if name.startswith("_") or name in listed or name in seen or name in EVENT_VARIABLES:
                continue
            seen.add(name)
            hint = closest(name, listed) or "add a row, or begin the name with _"
            yield Problem(place, f"{dataset}.{name} is filled here but is not in Variables", hint)
