"""Which codelists bound the values of a variable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations import registry
from language.tree import Call, Node, walk
from specs.compiled import CompiledStage
from specs.model import Codelist, Spec, Variable
from specs.order import step_nodes
from specs.problem import Problem
from specs.terminology import published_list


def unused_lists(stage: CompiledStage, specs: Iterable[Spec | None]) -> list[Problem]:
    """Codelists and dictionaries that no variable, value or rule names, nor the other stage: misspelled, perhaps."""
    used = {name for spec in specs if spec is not None for name in _named(spec)} | mapped(stage).keys()
    hint = "name it in Codelist of a variable, or take its rows out"
    lists = [(f"the codelist {one.id}", one.id, one.place) for one in stage.spec.codelists.values()]
    lists += [(f"the dictionary {one.id}", one.id, one.place) for one in stage.spec.dictionaries.values()]
    return [
        Problem(place, f"{what} is used by nothing", hint)
        for what, name, place in lists
        if name not in used and place.file.startswith(f"{stage.spec.stage}/")
    ]


def _named(spec: Spec) -> Iterator[str]:
    yield from (variable.codelist for variable in spec.variables.values())
    yield from (row.codelist for row in spec.value_level)


def mapped(stage: CompiledStage) -> dict[str, set[str]]:
    """The codelists that functions map to, each with the columns (`raw_cs.CSRTE_C`) that are mapped to it."""
    nodes: list[Node] = [node for step in stage.reads for node in step_nodes(stage, step)]
    nodes += [node for check in stage.checks for node in (check.where, check.condition) if node is not None]
    nodes += [node for cut in stage.cuts for node in (cut.where, *cut.values.values())]
    found: dict[str, set[str]] = {}
    for part in (part for node in nodes for part in walk(node)):
        if isinstance(part, Call):
            for one in part.supplied.values():
                if isinstance(one, registry.Codelist):
                    found.setdefault(one.id, set()).update(part.supplied.get("items", ()))
    return found


def variable_of(spec: Spec, dataset: str, name: str) -> Variable | None:
    """The row of a variable, or of the qualifier of that name; None if the dataset has neither."""
    return spec.variables.get((dataset, name)) or spec.variables.get((f"SUPP{dataset}", name))


def own_codelist(spec: Spec, dataset: str, name: str) -> str:
    """The ID in the Codelist cell of a variable, completed from the standard; "" for none."""
    variable = variable_of(spec, dataset, name)
    return variable.codelist if variable is not None else ""


def codelists_of(spec: Spec, dataset: str, name: str) -> list[Codelist]:
    """The codelists whose terms a variable may have: its own and, where ValueLevel gives others, those.

    None for a variable without a list of its own, of which a row of ValueLevel leaves the values open, and for one with
    a dictionary, such as MedDRA, whose terms are not here.
    """
    variable = variable_of(spec, dataset, name)
    if variable is None:
        return []
    rows = [row for row in spec.value_level if (row.dataset, row.variable) == (variable.dataset, variable.variable)]
    if not variable.codelist and not all(row.codelist for row in rows):
        return []
    names = dict.fromkeys(name for name in (variable.codelist, *(row.codelist for row in rows)) if name)
    if not names.keys() <= spec.codelists.keys():
        return []
    return [spec.codelists[name] for name in names]


def may_be_extended(codelist: Codelist) -> bool:
    """True for a published list to which a sponsor may add terms, or of which nothing is known here but its code."""
    published = published_list(codelist)
    if published is None:
        return bool(codelist.extensible or codelist.nci_code)
    return bool(codelist.extensible or published.extensible)


def is_published(codelist: Codelist, term: str) -> bool:
    """True for a term of the published list behind a codelist, whether the study lists it or not."""
    published = published_list(codelist)
    return published is not None and term in published.codes
