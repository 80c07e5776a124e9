"""The records behind a statistic as one condition of the expression language, on the variables of its dataset."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from language import tree
from language.errors import ExpressionError
from language.parse import parse
from language.where_clause import parse_condition
from results import levels
from results.analysis import Level
from results.computed import Computed
from results.evaluate import joined


def of_records(one: Computed, group: Level, level: Level) -> str:
    """The condition on the dataset that, inside the population, gives the records of an estimate.

    Selection, Denominator where it narrows the records, the levels of Group that enter, the levels of By.
    """
    if (group, level) not in one.conditions:
        parts = [conditions(one), of_groups(one, group), *_of_by(one, level)]
        one.conditions[group, level] = joined(parts)
    return one.conditions[group, level]


def conditions(one: Computed) -> str:
    """The selection of a call, and its Denominator where that narrows the records, as one condition."""
    records = one.analysis.records
    parts = [in_language(one.analysis.result.selection_criteria, records)]
    if not one.call.counts_subjects:
        parts.append(in_language(one.statistic.denominator, records))
    return joined(parts)


def of_groups(one: Computed, group: Level) -> str:
    """The condition of the levels of Group: one, two for a comparison, none for a total, a test over all or a model."""
    analysis = one.analysis
    if group == analysis.total or one.call.overall or one.call.modelled or not analysis.groups:
        return ""
    chosen = [group]
    if one.call.compares:
        reference = [level for level in analysis.group_levels if ", ".join(level) == one.call.reference]
        chosen = [level for level in analysis.group_levels if level == group or level in reference]
    if len(analysis.groups) == 1:
        (variable,) = analysis.groups
        return is_level(analysis.is_number(variable), variable, [level for (level,) in chosen])
    alternatives = [
        " and ".join(is_level(analysis.is_number(name), name, [at]) for name, at in zip(analysis.groups, level))
        for level in chosen
    ]
    return alternatives[0] if len(alternatives) == 1 else " or ".join(alternatives).join("()")


def _of_by(one: Computed, level: Level) -> Iterable[str]:
    missing, analysis = one.statistic.missing, one.analysis
    for variable, at in zip(one.statistic.by, level):
        if variable == one.call.visit:
            continue  # a model is of the records of all visits
        if not missing or at != missing:
            yield is_level(analysis.is_number(variable), variable, [at])
        elif (levels.texts(analysis.records[variable]) == at).any():
            yield f"({is_level(analysis.is_number(variable), variable, [at])} or missing({variable}))"
        else:
            yield f"missing({variable})"


def is_level(numeric: bool, variable: str, chosen: Sequence[str]) -> str:
    """`X == 'A'`, or `X in ('A', 'B')` for several levels; numbers without quotes."""
    constants = [level if numeric else repr(level) for level in chosen]
    if len(constants) == 1:
        return f"{variable} == {constants[0]}"
    return f"{variable} in ({', '.join(constants)})"


def in_language(condition: str, frame: pd.DataFrame) -> str:
    """A condition in the spelling of the expression language, where it is written as in the P21 workbook.

    >>> in_language("PARAMCD EQ RELW1 and AVISITN IN (2, 4)", pd.DataFrame({"PARAMCD": ["A"], "AVISITN": [2.0]}))
    "PARAMCD == 'RELW1' and AVISITN in (2, 4)"
    """
    if not condition.strip():
        return ""
    try:
        parse(condition)
    except ExpressionError:
        return _written(parse_condition(condition), frame)
    return condition.strip()


def _written(node: tree.Node, frame: pd.DataFrame) -> str:
    """The text of a condition that the spelling of the workbook can give."""
    if isinstance(node, tree.Logic):
        return f" {node.operator} ".join(_written(part, frame) for part in node.items)
    if isinstance(node, tree.Unary):
        return f"not {_written(node.operand, frame)}"
    if isinstance(node, tree.Call):
        return f"{node.function}({', '.join(_name(part) for part in node.arguments)})"
    assert isinstance(node, tree.Compare | tree.Member), node
    name = _name(node.left)
    numeric = name in frame.columns and pd.api.types.is_numeric_dtype(frame[name].dtype)
    parts = node.items if isinstance(node, tree.Member) else (node.right,)
    constants = [_constant(part, numeric) for part in parts]
    if isinstance(node, tree.Member):
        return f"{name} in ({', '.join(constants)}{',' if len(constants) == 1 else ''})"
    return f"{name} {node.operator} {constants[0]}"


def _name(node: tree.Node) -> str:
    return node.name if isinstance(node, tree.Name | tree.Attribute) else ""


def _constant(node: tree.Node, numeric: bool) -> str:
    value = node.value if isinstance(node, tree.Constant) else ""
    return str(value) if numeric else repr(str(value))
