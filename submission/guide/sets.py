"""The analysis sets: the population flags of the subject-level dataset with their counts by treatment."""

from __future__ import annotations

import re

import pandas as pd

from specs.markup import Grid, Piece, Run, Text
from submission.guide.common import Guide

_LEVEL, _SUBJECT = "ADSL", "USUBJID"
# ADaMIG 1.3 table 3.2.3 names these flags; others count where a result is limited to them.
_NAMED = ("FASFL", "SAFFL", "ITTFL", "PPROTFL", "COMPLFL", "RANDFL", "ENRLFL")
_COLUMNS = ("TRT01P", "TRT01A", "ARM")


def flags(guide: Guide) -> list[str]:
    """The population flags that the subject-level dataset has, in its order."""
    held = guide.facts.data.columns(_LEVEL)
    asked = " ".join(result.population for result in guide.facts.spec.results.values())
    return [n for n in held if n in _NAMED or (n.endswith("FL") and re.search(rf"\b{re.escape(n)}\b", asked))]


def analysis_sets(guide: Guide) -> list[Piece]:
    """The table of the analysis sets; nothing where there is no flag."""
    data, names = guide.facts.data, flags(guide)
    if not names:
        return []
    by = next((name for name in _COLUMNS if name in data.columns(_LEVEL)), "")
    frame = data.frame(_LEVEL, [*names, by] if by else names)
    groups = frame[by].astype(object).where(frame[by].notna(), "(none)") if by else pd.Series("All", index=frame.index)
    levels = list(dict.fromkeys(groups))
    labels = {v.variable: v.label for v in guide.facts.spec.variables_of(_LEVEL)}
    lines = [tuple((Run(text),) for text in ("Flag", "Analysis set", *levels, "Total"))]
    for name in names:
        held = frame[name].astype(object) == "Y"
        counts = [int((held & (groups == level)).sum()) for level in levels]
        texts = (name, labels.get(name, ""), *map(str, counts), str(int(held.sum())))
        lines.append(tuple((Run(text),) for text in texts))
    what = f"Analysis sets, subjects by {by}:" if by else "Analysis sets, subjects:"
    return [Text((Run(what),)), Grid(tuple(lines))]
