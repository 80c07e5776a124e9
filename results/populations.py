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
    """A population: what it is called, its condition, its number of subjects by level of Group, and the variables."""

    name: str
    where: str
    subjects: Mapping[str, int]
    variables: tuple[str, ...] = ()


def populations(spec: Spec, rows: Sequence[Row]) -> list[Population]:
    """The populations: what each is called, its condition, and the subjects at each level of Group.

    Where results count the treatments of one period and of all, the size is that of all.
    """
    found: dict[str, dict[str, int]] = {}
    variables: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.context == "population" and isinstance(row.stat, int):
            group = ", ".join(level for _, level in row.groups) or "All"
            sizes = found.setdefault(row.where, {})
            sizes[group] = max(row.stat, sizes.get(group, 0))
            variables.setdefault(row.where, {}).update(dict.fromkeys(name for name, _ in row.groups))
    return [Population(name_of(spec, where), where, sizes, tuple(variables[where])) for where, sizes in found.items()]


def name_of(spec: Spec, where: str) -> str:
    """The labels of the flags that a population asks for, Full Analysis Set or Safety Population; what else it asks
    for stands behind them in brackets."""
    labels, others = [], []
    for name, wanted in levels.selected(where).items():
        variable = spec.variables.get(("ADSL", name))
        if variable and wanted == ("Y",):
            labels.append(re.sub(r"(?<=Set) Population$", "", variable.label.removesuffix(" Flag")))
        else:
            others.append(f"{name} {' or '.join(wanted)}")
    if not labels or len(labels) + len(others) < levels.conditions(where):
        return where or "All subjects"
    return ", ".join(labels) + (f" ({', '.join(others)})" if others else "")


def _without_subjects(spec: Spec, sizes: Sequence[Population], adsl: pd.DataFrame) -> list[str]:
    """Treatments of the codelist that no subject has: an arm whose column would be missing without a word."""
    found: dict[str, None] = {}
    for name in dict.fromkeys(name for size in sizes for name in size.variables):
        for variable in levels.in_adsl(name, adsl.columns) if levels.is_any_treatment(name) else ():
            known = spec.variables.get(("ADSL", variable))
            codelist = spec.codelists.get(known.codelist) if known else None
            held = set(map(levels.shown, adsl[variable].dropna().unique().tolist()))
            empty = [term.term for term in codelist.terms if term.term not in held] if codelist else []
            if empty:
                found[f"ADSL has no subject of {variable} {' or '.join(empty)}: no display has a column for it."] = None
    return list(found)


def notices(spec: Spec, sizes: Sequence[Population], frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """What the reader must know before the numbers: that there are no subjects, in all, in a population or an arm."""
    if "ADSL" in frames and frames["ADSL"].empty:
        return ["ADSL holds no subjects: there is nothing to analyse."]
    if "ADSL" in frames and not any(sum(size.subjects.values()) for size in sizes):
        count = f"None of the {len(frames['ADSL'])} subject(s) of ADSL"
        return [f"{count} is in a population of the results: there is nothing to analyse."]
    found = _without_subjects(spec, sizes, frames["ADSL"]) if "ADSL" in frames else []
    for size in sizes:
        empty = [group for group, subjects in size.subjects.items() if not subjects]
        if empty:
            found.append(f"No subject in the population {size.name}: {', '.join(empty)}.")
    return found
