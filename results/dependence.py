"""Comparisons of levels of Group that share subjects, as in a crossover, computed as of independent records."""

from __future__ import annotations

from collections.abc import Sequence

from results.computed import Computed


def notices(computed: Sequence[Computed]) -> list[str]:
    """What the reader must know of a comparison whose levels have records of the same subjects.

    A comparison within subjects (strata=USUBJID) and a robust variance know whose records they are.
    """
    found: dict[str, None] = {}
    for one in computed:
        shared = _shared(one)
        if shared:
            group = " ".join(one.analysis.groups)
            said = (
                f"{shared} subject(s) have records at several levels of {group}, which {one.call.known.name} compares"
            )
            found[f"{one.analysis.result.id}: {said} as if they were of different subjects."] = None
    return list(found)


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
