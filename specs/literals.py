"""Values that are written out in the rules of a variable with a codelist, and are no term of it."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.decimals import plain_float
from language.tree import Call, Choice, Constant, Criteria, Node
from specs.codelists_in_use import codelists_of, may_be_extended, own_codelist
from specs.compiled import CompiledStage
from specs.model import Codelist, Spec
from specs.problem import Place, Problem
from specs.rules import TEST_COLUMNS, TEST_VARIABLES, prefix
from specs.terminology import term_hint

Value = str | float
_PASSED_ON = ("coalesce", "least", "greatest")  # functions that give one of their arguments as it is


def literal_faults(stage: CompiledStage, made_by: Spec | None = None) -> list[Problem]:
    """Values outside a codelist to which no term may be added: faults of the specification.

    made_by: the specification of the tables that the stage reads, whose values the data cut may change.
    """
    return [problem for problem, closed in _findings(stage, made_by) if closed]


def literal_notices(stage: CompiledStage, made_by: Spec | None = None) -> list[Problem]:
    """Values outside a published list that may be extended, or outside every list that ValueLevel gives."""
    return [problem for problem, closed in _findings(stage, made_by) if not closed]


def _findings(stage: CompiledStage, made_by: Spec | None) -> Iterator[tuple[Problem, bool]]:
    """Each value that is no term with its place, and whether its codelist is closed."""
    for dataset, name, value, place in _literals(stage):
        spec = made_by if made_by is not None and dataset not in stage.spec.datasets else stage.spec
        lists = codelists_of(spec, dataset, name)
        if not lists or any(_has(codelist, value) for codelist in lists):
            continue
        named = ", ".join(codelist.id for codelist in lists)
        shown = repr(value) if isinstance(value, str) else f"{value:.15g}"
        said = f"{shown} is no term of the codelist {named} of {dataset}.{name}"
        hint = next((hint for codelist in lists if (hint := term_hint(codelist, str(value)))), "")
        closed = lists[0].id == own_codelist(spec, dataset, name) and not any(may_be_extended(one) for one in lists)
        yield Problem(place, said, hint or "write a term of it, or add the term to Codelists"), closed


def _has(codelist: Codelist, value: Value) -> bool:
    terms = (term.term for term in codelist.terms)
    return value in terms if isinstance(value, str) else value in [plain_float(term) for term in terms]


def _literals(stage: CompiledStage) -> Iterator[tuple[str, str, Value, Place]]:
    """Dataset, variable, value and place of every value that a rule, event, Expand or cut writes out; each once."""
    found: dict[tuple[str, str, Value, Place], None] = {}
    for (dataset, _, name), rules in stage.rules.items():
        for rule in rules:
            for value in _given(rule.value):
                found[dataset, name, value, _of_test(stage.spec, dataset, rule.place, value)] = None
    for (dataset, _), events in stage.events.items():
        for event in events:
            for name, node in event.texts.items():
                found |= dict.fromkeys((dataset, name, value, event.row.at(name)) for value in _given(node))
    for dataset, blocks in stage.blocks.items():
        for block in blocks:
            for part in block.expand if block.expand else ():
                width = len(part.variables)
                written = part.arguments if part.function == "values" and part.match is None else ()
                for position, node in enumerate(written):
                    name = part.variables[position % width]
                    place = block.row.at("Expand")
                    found |= dict.fromkeys((dataset, name, value, place) for value in _given(node))
    for cut in stage.cuts:
        for name, node in cut.values.items():
            found |= dict.fromkeys((cut.table, name, value, cut.row.at("Expression")) for value in _given(node))
    for row in stage.spec.tests:
        for suffix, attribute in TEST_VARIABLES.items():
            if value := getattr(row, attribute):
                found[row.dataset, f"{prefix(row.dataset)}{suffix}", value, row.at(TEST_COLUMNS[attribute])] = None
    return iter(found)


def _given(node: Node) -> Iterator[Value]:
    """The values written out that an expression may give, not those that it reads or compares with."""
    if isinstance(node, Constant):
        if isinstance(node.value, (str, float)) and node.value != "":
            yield node.value
    elif isinstance(node, Choice):
        yield from (value for branch in (node.yes, node.no) for value in _given(branch))
    elif isinstance(node, Criteria):
        yield from (value for row in node.rows for value in _given(row.value))
    elif isinstance(node, Call):
        parts = node.arguments if node.function in _PASSED_ON else ()
        otherwise = node.options.get("otherwise") if node.function == "assign_ct" else None
        yield from (value for part in (*parts, *([otherwise] if otherwise else [])) for value in _given(part))


def _of_test(spec: Spec, dataset: str, place: Place, value: Value) -> Place:
    """The cell of Tests that holds a value, where the rule stands for a column of that sheet."""
    rows = [row for row in spec.tests if row.dataset == dataset and row.place.file == place.file]
    return next((row.at(place.column) for row in rows if row.cells.get(place.column, "").strip() == value), place)
