"""Comparisons of levels of Group that share subjects, as in a crossover, computed as of independent records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from results.computed import Computed


def notices(computed: Sequence[Computed]) -> list[str]:
    """What the reader must know of a comparison whose levels have records of the same subjects.

    A comparison within subjects (strata=USUBJID) and a robust variance know whose records they are.
    """
    found: dict[str, None] = {}
    for one in computed:
        repeated = _repeated(one)
        if repeated:
            said = f"{repeated} subject(s) have several records in one model of {one.call.known.name}"
            found[f"{one.analysis.result.id}: {said}, which takes them as of different subjects."] = None
            continue
        shared = _shared(one)
        if shared:
            group = " ".join(one.analysis.groups)
            said = (
                f"{shared} subject(s) have records at several levels of {group}, which {one.call.known.name} compares"
            )
            found[f"{one.analysis.result.id}: {said} as if they were of different subjects."] = None
    return list(found)


def _repeated(one: Computed) -> int:
    """The subjects with several records in one model that takes records as independent."""
    if not one.call.modelled or one.call.visit:
        return 0
    codes = one.analysis.subject_codes
    each = {id(used): used for used in one.used.values()}
    twice = [np.flatnonzero(np.bincount(codes[used]) > 1) for used in each.values() if len(used)]
    return len(np.unique(np.concatenate(twice))) if twice else 0


def _shared(one: Computed) -> int:
    """The subjects with records at several levels of Group, at one level of By."""
    analysis, call = one.analysis, one.call
    if not (call.compares or call.overall) or not analysis.groups:
        return 0
    if "USUBJID" in call.strata or call.constants.get("variance") == "robust":
        return 0
    within = list(dict.fromkeys(["USUBJID", *one.statistic.by]))
    levels = analysis.records[list(dict.fromkeys([*within, *analysis.groups]))].drop_duplicates()
    return int(levels.loc[levels.duplicated(within, keep=False), "USUBJID"].nunique())
