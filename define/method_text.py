"""The text of methods: how each derived variable comes about, from the rules that compute it.

A method that the study wrote itself (Methods) stands as written. Any other is made from the mapping: the
first paragraph of the docstring where a rule calls one derivation, then a sentence per rule. What runs, with
the working variables and joins that it uses, goes to the formal expression.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from define import event_text, rules
from define.formal import blocks_for, blocks_told, calls, formal_lines, functions_in, merged, one_line, rule_line
from define.origin import origin_of
from define.sentences import explanations, rule_sentences, said
from specs.model import Event, Method, Spec, Variable
from specs.problem import Problem, SpecError, nearest
from specs.rules import Instance

CONTEXT = "trialspec"
PARAMETER_VARIABLES = ("AVAL", "AVALC", "CNSR")
_IMPUTING = ("impute_date",)
_BY_PARAMETER = "Depends on the parameter: see the value-level metadata."


@dataclass(frozen=True)
class MethodText:
    """A MethodDef. `oid` is what it is called after `MT.`: `DM.AGE`, or the ID of a row of Methods."""

    oid: str
    name: str
    description: str
    type: str = "Computation"
    expression: str = ""
    context: str = CONTEXT
    document: str = ""
    pages: str = ""


DocstringOf = Callable[[str], str]


def no_docstring(name: str) -> str:
    return ""


def method_texts(spec: Spec, docstring_of: DocstringOf = no_docstring) -> dict[tuple[str, str], MethodText]:
    """The methods of a spec by (dataset, variable); value-level ones by (dataset, `AVAL.RELW1`).

    docstring_of: derivation name to the first paragraph of its docstring, "" for other functions.
    Raises SpecError for a Method that Methods does not have.
    """
    found: dict[tuple[str, str], MethodText] = {}
    problems: list[Problem] = []
    stated = [(v, v.variable) for v in spec.variables.values()]
    for variable, name in stated:
        if variable.method and variable.method not in spec.methods:
            problems.append(_unknown(variable, spec))
        elif variable.method:
            found[variable.dataset, name] = _written(spec, spec.methods[variable.method], docstring_of, variable)
        elif _needs_method(spec, variable):
            made = _made(spec, variable.dataset, name, docstring_of)
            if made:
                found[variable.dataset, name] = made
    if problems:
        raise SpecError(problems)
    _add_expressions(spec, found)
    found.update(_value_methods(spec, docstring_of))
    return found


def _add_expressions(spec: Spec, found: dict[tuple[str, str], MethodText]) -> None:
    """Give methods that the study wrote without an expression what runs, for each variable that has the method."""
    users: dict[str, list[tuple[str, str]]] = {}
    for key, text in found.items():
        if spec.variables[key].method and not text.expression:
            users.setdefault(text.oid, []).append(key)
    for keys in users.values():
        formal = {key: made.expression for key in keys if (made := _made(spec, *key, no_docstring)) and made.expression}
        shown = [f"# {'.'.join(key)}\n{text}" for key, text in formal.items()]
        code = "\n".join(shown) if len(set(formal.values())) > 1 else next(iter(formal.values()), "")
        for key in keys if code else ():
            found[key] = replace(found[key], expression=code, context=CONTEXT)


def _needs_method(spec: Spec, variable: Variable) -> bool:
    """True for derived variables, and for assigned ones whose value depends on a condition."""
    kind = origin_of(spec, variable).type
    found = rules.rules_of(spec, variable.dataset, variable.variable) if kind == "Assigned" else ()
    return kind == "Derived" or any(rule.where for rule in found)


def _unknown(variable: Variable, spec: Spec) -> Problem:
    hint = nearest(variable.method, spec.methods) or "add a row to Methods"
    return Problem(variable.at("Method"), f"'{variable.method}' is not in Methods", hint)


def method_of(method: Method) -> MethodText:
    """A row of Methods as it stands."""
    context = method.expression_context or (CONTEXT if method.expression_code else "")
    return MethodText(
        method.id, method.name or method.id, method.description, method.type or "Computation",
        method.expression_code, context, method.document, method.pages,
    )  # fmt: skip


def _written(spec: Spec, method: Method, docstring_of: DocstringOf, variable: Variable) -> MethodText:
    text = method_of(method)
    if text.description:
        return text
    made = _made(spec, variable.dataset, variable.variable, docstring_of)
    description = made.description if made else ""
    return MethodText(
        text.oid, text.name, description, text.type, text.expression, text.context, text.document, text.pages
    )


def _made(spec: Spec, dataset: str, variable: str, docstring_of: DocstringOf) -> MethodText | None:
    found = list(rules.rules_of(spec, dataset, variable))
    if variable in PARAMETER_VARIABLES and _by_parameter(spec, dataset):
        found = [rule for rule in found if rule.block not in rules.parameter_blocks(spec, dataset)]
        if not found:
            return MethodText("PARAMETER", "Derivation by parameter", _BY_PARAMETER)
    if found:
        return _method(spec, dataset, variable, f"{dataset}.{variable}", found, docstring_of)
    if variable == "USUBJID" and spec.stage == "sdtm":
        return _subject_key(spec)
    text, lines = event_text.variable_text(spec, dataset, variable)
    oid = f"{dataset}.{variable}"
    return MethodText(oid, f"Derivation of {oid}", text, expression="\n".join(lines)) if text else None


def _by_parameter(spec: Spec, dataset: str) -> bool:
    return any(row.dataset == dataset for row in spec.parameters) or bool(event_text.parameter_steps(spec, dataset))


def _subject_key(spec: Spec) -> MethodText | None:
    """How the subject key comes about, one method for all datasets: the Subject cells of Tables."""
    keys = dict.fromkeys(one_line(table.subject) for table in spec.tables.values() if table.subject)
    earlier = dict.fromkeys(one_line(table.previous) for table in spec.tables.values() if table.previous)
    if not keys:
        return None
    text = f"Computed as {' or, by source, '.join(said(spec, '', key) for key in keys)}."
    if earlier:
        shown = ", ".join(said(spec, "", key) for key in earlier)
        text += f" A person screened before keeps the key of the first screening ({shown})."
    formal = "\n".join(f"USUBJID = {key}" for key in keys)
    return MethodText("USUBJID", "Derivation of USUBJID", text, expression=formal)


def _method(
    spec: Spec, dataset: str, variable: str, oid: str, found: list[Instance], docstring_of: DocstringOf, block: str = ""
) -> MethodText:
    """The method of some rules; `block` is the one block that they are all for, if they are."""
    paragraphs = [docstring_of(name) for name in calls(found)]
    shown = [text for rule in found for text in (rule.expression, rule.where)]
    told = blocks_told(spec, dataset, found, block)
    behind = explanations(spec, dataset, shown, blocks_for(found, block), told)
    sentences = "\n".join([" ".join(rule_sentences(spec, dataset, merged(found), block)), *behind])
    description = "\n\n".join([text for text in paragraphs if text] + [sentences])
    functions = {name for rule in found for name in functions_in(rule.expression)}
    kind = "Imputation" if functions & set(_IMPUTING) else "Computation"
    formal = "\n".join(formal_lines(spec, dataset, variable, found, block))
    return MethodText(oid, f"Derivation of {oid}", description, kind, formal)


def _unwritten(spec: Spec, dataset: str, variable: str) -> bool:
    """True for a variable of the dataset whose method the study did not write itself."""
    return (dataset, variable) in spec.variables and not spec.variables[dataset, variable].method


def _value_methods(spec: Spec, docstring_of: DocstringOf) -> Mapping[tuple[str, str], MethodText]:
    """Methods of the values that Parameters and Events rows compute, one per parameter."""
    found: dict[tuple[str, str], MethodText] = {}
    for row in spec.parameters:
        for variable in PARAMETER_VARIABLES:
            own = _of_parameter(spec, row.dataset, variable, row.paramcd)
            if own and _unwritten(spec, row.dataset, variable):
                oid = f"{row.dataset}.{variable}.{row.paramcd}"
                method = _method(spec, row.dataset, variable, oid, own, docstring_of, row.paramcd)
                found[row.dataset, f"{variable}.{row.paramcd}"] = method
    for (dataset, paramcd), events in event_text.steps_of(spec).items():
        for variable in PARAMETER_VARIABLES:
            if _unwritten(spec, dataset, variable):
                found[dataset, f"{variable}.{paramcd}"] = _of_steps(spec, dataset, variable, paramcd, events)
    return found


def _of_parameter(spec: Spec, dataset: str, variable: str, paramcd: str) -> list[Instance]:
    """The rules of one parameter; those for every record too, if its own may leave a record open."""
    listed = rules.rules_of(spec, dataset, variable)
    own = [rules.without_block(rule) for rule in listed if rule.block == paramcd]
    if own and all(rule.where for rule in own):
        own += [rule for rule in listed if not rule.block]
    return own


def _of_steps(spec: Spec, dataset: str, variable: str, paramcd: str, events: list[Event]) -> MethodText:
    """The method of a value that the steps of a time-to-event parameter give."""
    listed = rules.rules_of(spec, dataset, variable)
    own = [rules.without_block(rule) for rule in listed if rule.block in ("", paramcd)]
    text, lines = event_text.value_text(spec, events, paramcd, [t for r in own for t in (r.expression, r.where)])
    text = "\n".join([*rule_sentences(spec, dataset, own, paramcd), text])
    oid = f"{dataset}.{variable}.{paramcd}"
    formal = "\n".join([*(rule_line(variable, rule) for rule in own), *lines])
    return MethodText(oid, f"Derivation of {oid}", text, expression=formal)
