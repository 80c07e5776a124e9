"""Values that a result selects and that its variable cannot have: no record would be selected, and nothing be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from derivations.decimals import plain_float
from language import tree
from language.errors import ExpressionError
from language.where_clause import parse_condition
from specs.codelists_in_use import codelists_of, is_published, may_be_extended, own_codelist
from specs.model import Spec
from specs.problem import Place, Problem, nearest
from specs.terminology import term_hint

PARAMETER, ADSL = "PARAMCD", "ADSL"
_HINT = "write one that is, or list it"


def selection_notices(spec: Spec) -> list[Problem]:
    """Values in conditions of the results that are no parameter or term of the variable compared with them."""
    return [problem for problem, _ in _findings(spec)]


def selection_faults(spec: Spec) -> list[Problem]:
    """Those among them that no record can have: no parameter of the dataset, no term of a closed codelist."""
    return [problem for problem, closed in _findings(spec) if closed]


def _findings(spec: Spec) -> Iterator[tuple[Problem, bool]]:
    for dataset, text, place in _conditions(spec):
        for name, value in _compared(text):
            known, what, hint = values_of(spec, dataset, name, value)
            if known and value not in known:
                problem = Problem(place, f"{value!r} is no {what}: no record has it", hint or _HINT)
                yield problem, not _possible(spec, dataset, name, value)


def _possible(spec: Spec, dataset: str, name: str, value: str) -> bool:
    """Whether records may have a value all the same: other values are allowed, or the study has left out the term."""
    if name == PARAMETER:
        return False
    home = dataset if (dataset, name) in spec.variables else ADSL
    return may_be_others(spec, dataset, name) or any(is_published(one, value) for one in codelists_of(spec, home, name))


def _conditions(spec: Spec) -> Iterator[tuple[str, str, Place]]:
    """Dataset, condition and place of each condition that selects."""
    for result in spec.results.values():
        yield result.dataset, result.selection_criteria, result.at("Selection Criteria")
        yield ADSL, result.population, result.at("Population")
    for row in spec.statistics:
        if row.result in spec.results:
            dataset = spec.results[row.result].dataset
            yield dataset, row.statistic, row.at("Statistic")
            yield dataset, row.denominator, row.at("Denominator")
    for box in spec.boxes:
        yield ADSL, box.where, box.at("Where")
    for listing in spec.listings:
        yield listing.dataset, listing.where, listing.at("Where")


def _compared(text: str) -> Iterator[tuple[str, str]]:
    """Variable and text of every comparison for equality with a text; the checker reports what cannot be read."""
    if not text.strip():
        return
    try:
        node = parse_condition(text)
    except ExpressionError:
        return
    for part in tree.walk(node):
        sides: tuple[tree.Node, ...]
        if isinstance(part, tree.Compare) and part.operator == "==":
            sides = (part.left, part.right)
        elif isinstance(part, tree.Member):
            sides = (part.left, *part.items)
        else:
            continue
        if isinstance(sides[0], tree.Name):
            yield from (
                (sides[0].name, side.value)
                for side in sides[1:]
                if isinstance(side, tree.Constant) and isinstance(side.value, str) and side.value
            )


def values_of(spec: Spec, dataset: str, name: str, value: str) -> tuple[set[str], str, str]:
    """The values that a variable may have (none: any), what they are called, and which may be meant by `value`."""
    home = dataset if (dataset, name) in spec.variables else ADSL
    if name == PARAMETER and home == dataset and not _made_otherwise(spec, dataset):
        codes = {row.paramcd for row in spec.parameters if row.dataset == dataset}
        return codes, f"parameter of {dataset}", nearest(value, codes)
    lists = codelists_of(spec, home, name)
    if not lists:
        return set(), "", ""
    terms = {term.term for codelist in lists for term in codelist.terms}
    named = f"codelist{'s' if len(lists) > 1 else ''} {', '.join(codelist.id for codelist in lists)}"
    hint = next((hint for codelist in lists if (hint := term_hint(codelist, value))), "")
    return terms, f"term of the {named} of {home}.{name}", hint


def is_one_of(word: str, known: Iterable[str]) -> bool:
    """Whether a text is one of some, or a number that one of them writes in another way (1 and 1.0)."""
    number = plain_float(word)
    return any(word == one or (number is not None and number == plain_float(one)) for one in known)


def may_be_others(spec: Spec, dataset: str, name: str) -> bool:
    """Whether a variable may have values outside its codelist: it may be extended, or ValueLevel has others."""
    home = dataset if (dataset, name) in spec.variables else ADSL
    lists = codelists_of(spec, home, name)
    only = len(lists) == 1 and lists[0].id == own_codelist(spec, home, name)
    return bool(lists) and (not only or may_be_extended(lists[0]))


def _made_otherwise(spec: Spec, dataset: str) -> bool:
    """Whether records of the dataset may get their PARAMCD elsewhere than from a row of Parameters."""
    parameters = [row for row in spec.parameters if row.dataset == dataset]
    sources = [row for row in spec.sources if row.dataset == dataset]
    own = {name for row in parameters for name in (row.paramcd, row.group)}
    rules = [rule for rule in spec.rules if PARAMETER in rule.variables and not rule.parameter]
    expands = [*(row.expand for row in parameters), *(row.expand for row in sources)]
    return (
        any(not rule.datasets or dataset in rule.datasets or not {*rule.datasets} <= {*spec.datasets} for rule in rules)
        or any(PARAMETER in cell for cell in expands)
        or any(PARAMETER in row.keep and row.source not in own for row in sources)
    )
