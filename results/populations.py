"""The populations of the results: what each is called, its condition, its size; and what is missing from them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from results import levels
from results.ard import Row
from specs.model import Spec


@dataclass(frozen=True)
class Population:
    """A population: what it is called, its condition, and its number of subjects by level of Group."""

    name: str
    where: str
    subjects: Mapping[str, int]


def populations(spec: Spec, rows: Sequence[Row]) -> list[Population]:
    """The populations: what each is called, its condition, and the subjects at each level of Group.

    Where results count the treatments of one period and of all, the size is that of all.
    """
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.context == "population" and isinstance(row.stat, int):
            group = ", ".join(level for _, level in row.groups) or "All"
            sizes = found.setdefault(row.where, {})
            sizes[group] = max(row.stat, sizes.get(group, 0))
    return [Population(name_of(spec, where), where, sizes) for where, sizes in found.items()]


def name_of(spec: Spec, where: str) -> str:
    """The labels of the flags that a population asks for: Full Analysis Set, Safety Population."""
    labels = []
    for name, wanted in levels.selected(where).items():
        variable = spec.variables.get(("ADSL", name))
        if variable and wanted == ("Y",):
            labels.append(re.sub(r"(?<=Set) Population$", "", variable.label.removesuffix(" Flag")))
    return ", ".join(labels) or where or "All subjects"


def notices(sizes: Sequence[Population], frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """What the reader must know before the numbers: that there are no subjects, in all or in a population."""
    if "ADSL" in frames and frames["ADSL"].empty:
        return ["ADSL holds no subjects: there is nothing to analyse."]
    if "ADSL" in frames and not any(sum(size.subjects.values()) for size in sizes):
        count = f"None of the {len(frames['ADSL'])} subject(s) of ADSL"
        return [f"{count} is in a population of the results: there is nothing to analyse."]
    found = []
    for size in sizes:
        empty = [group for group, subjects in size.subjects.items() if not subjects]
        if empty:
            found.append(f"No subject in the population {size.name}: {', '.join(empty)}.")
    return found
