"""Which codelists bound the values of a variable."""

from __future__ import annotations

from specs.model import Codelist, Spec, Variable
from specs.terminology import published_list


def variable_of(spec: Spec, dataset: str, name: str) -> Variable | None:
    """The row of a variable, or of the qualifier of that name; None if the dataset has neither."""
    return spec.variables.get((dataset, name)) or spec.variables.get((f"SUPP{dataset}", name))


def own_codelist(spec: Spec, dataset: str, name: str) -> str:
    """The ID in the Codelist cell of a variable, completed from the standard; "" for none."""
    variable = variable_of(spec, dataset, name)
    return variable.codelist if variable is not None else ""


def codelists_of(spec: Spec, dataset: str, name: str) -> list[Codelist]:
    """The codelists whose terms a variable may have: its own and, where ValueLevel gives others, those.

    None for a variable without a list of its own, of which a row of ValueLevel leaves the values open, and for one with
    a dictionary, such as MedDRA, whose terms are not here.
    """
    variable = variable_of(spec, dataset, name)
    if variable is None:
        return []
    rows = [row for row in spec.value_level if (row.dataset, row.variable) == (variable.dataset, variable.variable)]
    if not variable.codelist and not all(row.codelist for row in rows):
        return []
    names = dict.fromkeys(name for name in (variable.codelist, *(row.codelist for row in rows)) if name)
    if not names.keys() <= spec.codelists.keys():
        return []
    return [spec.codelists[name] for name in names]


def may_be_extended(codelist: Codelist) -> bool:
    """True for a published list to which a sponsor may add terms."""
    published = published_list(codelist)
    return bool(codelist.extensible or (published is not None and published.extensible))
