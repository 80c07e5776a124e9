"""What the define.xml of a dataset asks of its records, known from the specification before they are read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from define.distinct import Checks
from define.measured import Measured
from define.questions import InOrder, Kinds, Question, Slices, Values
from define.value_level import sliced_by
from define.where_clause import RangeCheck, parse_where
from specs.model import Spec
from specs.problem import SpecError


def ask(spec: Spec, dataset: str, data: Measured) -> None:
    """Answer together what writing and checking the define.xml will ask.

    Whatever else is asked later is answered then, in a further pass over the records.
    """
    data.complete = frozenset(_with_terms(spec, dataset))
    known = set(data.names)
    data.ask(question for question in _questions(spec, dataset, data) if known.issuperset(question.columns))


def _with_terms(spec: Spec, dataset: str) -> Iterator[str]:
    """The variables whose values are looked up among the terms of a codelist: all of them are needed."""
    for (owner, name), variable in spec.variables.items():
        if owner == dataset and variable.codelist:
            yield "QVAL" if variable.supplemental or dataset.startswith("SUPP") else name
    yield from (row.variable for row in spec.value_level if row.dataset == dataset and row.codelist)


def _questions(spec: Spec, dataset: str, data: Measured) -> Iterator[Question]:
    yield from (Values(name) for name in data.names)
    described = spec.datasets.get(dataset)
    if described and described.key_variables:
        yield InOrder(tuple(described.key_variables))
    sliced, clauses = sliced_by(spec, dataset), _clauses(spec, dataset)
    if sliced:
        key, variables, text = sliced
        yield from (Slices(key, name) for name in (*variables, text) if name)
        for name in variables:
            clauses.setdefault(name, []).append((RangeCheck(key, "EQ", ()),))
    for name, listed in clauses.items():
        yield from (data.about(name, checks) for checks in listed if checks[0].values)
        yield Kinds(name, data.named(listed))


def _clauses(spec: Spec, dataset: str) -> dict[str, list[Checks]]:
    """The conditions in ValueLevel by variable; one that cannot be stated is reported where it is written."""
    found: dict[str, list[Checks]] = {}
    for row in spec.value_level:
        if row.dataset == dataset:
            with suppress(SpecError):
                if checks := parse_where(row.where_clause, row.at("Where Clause")):
                    found.setdefault(row.variable, []).append(checks)
    return found
