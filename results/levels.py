"""The levels of Group and By: which there are, and in what order they are shown."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from language import tree
from language.errors import ExpressionError
from language.where_clause import parse_condition
from specs.problem import DataError, Place, Problem

# ADaMIG 1.3, 3.1.4: the treatment of a record, TRTP or pooled TRTPG1, which in ADSL has a variable for each period.
_TREATMENT = re.compile(r"TRT([PA])(G[0-9])?(N?)")
_OF_PERIOD = re.compile(r"TRT?[0-9]{2}[PA](G[0-9])?N?")
PERIOD = "APERIOD"
# The planned treatment, which every randomised subject has, and the flag of these (ADaMIG 1.3, 3.2.4).
PLANNED, RANDOMISED = ("TRTP", "TRTPN", "TRT01P", "TRT01PN"), "RANDFL"
# Variables whose numeric companion is not named by an added N.
COMPANIONS = {"PARAMCD": "PARAMN", "PARAM": "PARAMN", "AVISIT": "AVISITN", "VISIT": "VISITNUM"}
_MANY = 10_000
DECODES = {"PARAMCD": "PARAM"}


def blank(column: pd.Series) -> pd.Series:
    """True where a value is missing or an empty text."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.isna()
    found = pd.isna(column.array) | (column.to_numpy(dtype=object) == "")
    return pd.Series(found, index=column.index)


def shown(value: object) -> str:
    """A level as text; whole numbers without decimals, others with as many digits as tell them from all others.

    >>> shown(2.0), shown(0.5), shown(12345678.0), shown(0.1 + 0.2)
    ('2', '0.5', '12345678', '0.30000000000000004')
    """
    if not isinstance(value, float):
        return str(value)
    found = f"{value:.15g}"
    return found if float(found) == value or value != value else repr(float(value))


def texts(column: pd.Series) -> pd.Series:
    """A column of levels as text, missing where there is none."""
    codes, distinct = pd.factorize(column)
    names = pd.array([*(shown(value) for value in distinct), None], dtype="str")
    return pd.Series(names.take(codes), index=column.index, name=column.name)


def ordered(
    frame: pd.DataFrame, variable: str, first: tuple[str, ...] = (), terms: Sequence[str] = ()
) -> tuple[str, ...]:
    """The levels: those named first, then by the numeric companion, else by the terms, else by appearance.

    Levels named first are given whether they have records or not; a level that is no term comes after those that are.
    """
    number = companion(variable)
    inside = ~blank(frame[variable]).to_numpy(dtype=bool)
    values = frame[variable].to_numpy()[inside]
    if number in frame.columns:
        values = values[frame.loc[inside, number].reset_index(drop=True).sort_values(kind="stable").index]
    present = [shown(value) for value in pd.unique(values).tolist()]
    if number not in frame.columns:
        places = {term: place for place, term in enumerate(terms)}
        present = sorted(present, key=lambda level: places.get(level, len(places)))
    return (*first, *(level for level in present if level not in first))


def companion(variable: str) -> str:
    """The numeric companion of a variable of levels."""
    return COMPANIONS.get(variable, f"{variable}N")


def is_treatment(variable: str) -> bool:
    """Whether a variable is the treatment of a record: TRTP, TRTAN, TRTPG1."""
    return _TREATMENT.fullmatch(variable) is not None


def is_any_treatment(variable: str) -> bool:
    """Whether a variable is the treatment of a record, or of a subject in a period: TRTP, TRT01A, TR02PG1."""
    return is_treatment(variable) or _OF_PERIOD.fullmatch(variable) is not None


def in_adsl(variable: str, names: Collection[str], periods: Collection[str] = ()) -> tuple[str, ...]:
    """What ADSL calls a Group variable: itself where ADSL has it; of the treatment of a record one for each period.

    periods: those that count, such as `01`; all without any.

    >>> in_adsl("TRTA", ["TRT01A", "TRT02A", "TRT01P"]), in_adsl("TRTPG1N", ["TR01PG1N"]), in_adsl("SEX", ["AGE"])
    (('TRT01A', 'TRT02A'), ('TR01PG1N',), ())
    """
    if variable in names:
        return (variable,)
    found = _TREATMENT.fullmatch(variable)
    if not found:
        return ()
    kind, pool, number = found.groups(default="")
    wanted = re.compile(rf"TR{'' if pool else 'T'}([0-9]{{2}}){kind}{pool}{number}")
    matches = (wanted.fullmatch(name) for name in sorted(names))
    return tuple(match.group() for match in matches if match and (not periods or match.group(1) in periods))


def of_group(variable: str, frames: Sequence[pd.DataFrame]) -> tuple[str, ...]:
    """The levels of a Group variable in any of the frames, in one order over all; a frame without it adds none."""
    parts = []
    for frame in {id(frame): frame for frame in frames}.values():
        names = _with_companion(variable, frame)
        if names:
            parts.append(frame[names].astype(object).drop_duplicates())
    return ordered(pd.concat(parts, ignore_index=True), variable) if parts else ()


def of_variables(variables: Sequence[str], frame: pd.DataFrame) -> pd.DataFrame:
    """What `of_group` needs of a frame: the variables and the numbers that order their levels, of many records each
    combination once."""
    names = dict.fromkeys(name for variable in variables for name in _with_companion(variable, frame))
    return frame[list(names)].drop_duplicates() if len(frame) > _MANY else frame[list(names)]


def of_subjects(variables: Sequence[str], adsl: pd.DataFrame, periods: Collection[str]) -> pd.DataFrame:
    """The same of ADSL, with the names of the variables of records: the treatments of all periods below each other."""
    parts = []
    for variable in variables:
        for name in in_adsl(variable, adsl.columns, periods):
            renamed = {name: variable, companion(name): companion(variable)}
            part = of_variables([name], adsl).rename(columns=renamed)
            parts.append(part.astype(object).drop_duplicates())
    return pd.concat(parts, ignore_index=True) if parts else adsl.iloc[:, :0]


def _with_companion(variable: str, frame: pd.DataFrame) -> list[str]:
    """A variable and the number that orders its levels, as far as the frame has them; none without the variable."""
    names = dict.fromkeys((variable, companion(variable)))
    return [name for name in names if name in frame.columns] if variable in frame.columns else []


def selected(selection: str) -> Mapping[str, tuple[str, ...]]:
    """The levels that a selection names: `PARAMCD in ('A', 'B')` gives PARAMCD its levels and their order.

    >>> selected("PARAMCD in ('RELW1V', 'RELW1P') and FASFL == 'Y'")
    {'PARAMCD': ('RELW1V', 'RELW1P'), 'FASFL': ('Y',)}
    """
    if not selection.strip():
        return {}
    try:
        node = parse_condition(selection)
    except ExpressionError:
        return {}
    return dict(found for part in _parts(node) if (found := _named(part)))


def conditions(selection: str) -> int:
    """How many conditions a selection joins by `and`, those that name levels and others.

    >>> conditions("FASFL == 'Y' and AGE > 65"), conditions("")
    (2, 0)
    """
    if not selection.strip():
        return 0
    try:
        return len(_parts(parse_condition(selection)))
    except ExpressionError:
        return 1


def _parts(node: tree.Node) -> tuple[tree.Node, ...]:
    return node.items if isinstance(node, tree.Logic) and node.operator == "and" else (node,)


def _named(node: tree.Node) -> tuple[str, tuple[str, ...]] | None:
    """The variable and the levels of `X == 'A'` or `X in ('A', 'B')`, None for any other condition."""
    constants: tuple[tree.Node, ...]
    if isinstance(node, tree.Member):
        left, constants = node.left, node.items
    elif isinstance(node, tree.Compare) and node.operator == "==":
        left, constants = node.left, (node.right,)
    else:
        return None
    values = [part.value for part in constants if isinstance(part, tree.Constant) and part.value is not None]
    if not isinstance(left, tree.Name) or len(values) != len(constants):
        return None
    return left.name, tuple(shown(value) for value in values)


def complete(frame: pd.DataFrame, variable: str, dataset: str, place: Place) -> None:
    """DataError when records of the analysis have no level: they would leave the table unseen."""
    missing = int(blank(frame[variable]).sum())
    if missing:
        what = f"{missing} record(s) of {dataset} in this result have no {variable}"
        subject = frame.loc[blank(frame[variable]), "USUBJID"].iloc[0]
        message = f"{what}, the first of subject {subject}"
        raise DataError([Problem(place, message, "limit the Population, or fill the variable")])
