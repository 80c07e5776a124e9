"""The treatments of a subject that count in a result: of one period, or of all periods of a crossover."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from results import levels
from specs.model import Result
from specs.problem import DataError, Problem

_FIRST = ("01",)


def periods_of(result: Result, own: Collection[str]) -> tuple[str, ...]:
    """The periods xx of TRTxxP that count for TRTP of a result: the first, those that it selects, or () for all.

    own: the variables of its dataset. Records without APERIOD are of the first period; with it a subject has the
    treatment of each period (ADaMIG 1.3, 3.1.4), of which the selection may name some: `APERIOD == 2`.
    """
    if levels.PERIOD not in own:
        return _FIRST
    named = levels.selected(result.selection_criteria).get(levels.PERIOD, ())
    return tuple(f"{int(level):02d}" for level in named if level.isdecimal())


def of_every_subject(variable: str, adsl: Collection[str], periods: tuple[str, ...]) -> tuple[str, ...]:
    """The variables of ADSL that give every subject its level of a Group variable.

    The treatment of a later period is none of them: a subject that left before has no such treatment.
    """
    names = levels.in_adsl(variable, adsl, periods)
    return tuple(names) if variable in names or periods == _FIRST else ()


def agree(result: Result, variable: str, records: pd.DataFrame, adsl: pd.DataFrame, periods: Collection[str]) -> None:
    """DataError where a record has a treatment that the subject does not have in ADSL.

    Subjects are counted in ADSL, records by their own treatment: such a record would stand in a column whose number of
    subjects does not include its subject.
    """
    names = levels.in_adsl(variable, adsl.columns, periods)
    if variable in names or not names:
        return
    pairs = records[["USUBJID", variable]].drop_duplicates()
    rows = pd.Index(adsl["USUBJID"]).get_indexer(pd.Index(pairs["USUBJID"]))
    own, same = levels.texts(pairs[variable]).to_numpy(dtype=object), np.zeros(len(pairs), dtype=bool)
    for name in names:
        same |= (levels.texts(adsl[name]).to_numpy(dtype=object)[rows] == own) & (rows >= 0)
    if same.all():
        return
    first = pairs.loc[~same].iloc[0]
    known = f"{len(pairs) - int(same.sum())} subject(s) have records in {result.dataset} with a {variable} that is not"
    message = f"{known} their {' or '.join(names)} in ADSL, the first {first['USUBJID']} with {first[variable]!r}"
    later = f"the treatments of later periods count where {result.dataset} has {levels.PERIOD}"
    hint = f"{later}; or group by a variable of ADSL"
    raise DataError([Problem(result.at("Group"), message, hint)])
