"""What a define.xml, or the specification of the study, says of datasets, variables, codelists and values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from define.where_clause import RangeCheck


@dataclass(frozen=True)
class Item:
    """A variable, or a value-level item; texts are blank and numbers None where nothing is said."""

    name: str
    order: int | None = None
    label: str = ""
    data_type: str = ""
    length: int | None = None
    digits: int | None = None
    format: str = ""
    mandatory: str = ""
    codelist: str = ""
    origin: str = ""
    method: bool = False
    comment: bool = False
    role: str = ""
    key: int | None = None
    values: bool = False
    no_data: bool = False
    roles: str = ""  # the codelist of the role


@dataclass(frozen=True)
class ValueItem:
    """A value-level item of a variable. Of its clauses one must hold; a clause holds where all its checks do."""

    dataset: str
    variable: str
    oid: str
    clauses: tuple[tuple[RangeCheck, ...], ...]
    item: Item

    @property
    def text(self) -> str:
        """The clauses in words."""
        return " or ".join(" and ".join(map(_in_words, checks)) for checks in self.clauses)


def _in_words(check: RangeCheck) -> str:
    values = ", ".join(check.values)
    return f"{check.variable} {check.comparator} {f'({values})' if len(check.values) > 1 else values}"


@dataclass(frozen=True)
class Dataset:
    """A dataset. `keys` are its key variables in their order, `standard` that of Define-XML 2.1, such as SDTMIG 3.4."""

    name: str
    label: str = ""
    dataset_class: str = ""
    subclass: str = ""
    file: str = ""
    keys: tuple[str, ...] = ()
    no_data: bool = False
    standard: str = ""
    items: Mapping[str, Item] = field(default_factory=dict)


@dataclass(frozen=True)
class Term:
    term: str
    decode: str = ""
    code: str = ""
    extended: bool = False


@dataclass(frozen=True)
class Codelist:
    """A codelist; `external` names its dictionary where it has no terms of its own."""

    id: str
    name: str = ""
    code: str = ""
    data_type: str = ""
    external: str = ""
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True)
class Fault:
    """A fault of the document itself, as `define.validate` finds it."""

    rule: str
    element: str
    message: str


@dataclass(frozen=True)
class Description:
    """Datasets and codelists by name and ID. source: what says it, in words; blank where nothing does.

    `define`: is it a define.xml, rather than a specification? `standard`: that of Define-XML 2.0, for all datasets.
    """

    source: str = ""
    define: bool = False
    standard: str = ""
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    codelists: Mapping[str, Codelist] = field(default_factory=dict)
    values: tuple[ValueItem, ...] = ()
    faults: tuple[Fault, ...] = ()

    def item(self, dataset: str, variable: str) -> Item | None:
        """What is said of a variable."""
        found = self.datasets.get(dataset)
        return found.items.get(variable) if found else None

    def used(self) -> set[str]:
        """The IDs of the codelists to which something refers."""
        items = [item for dataset in self.datasets.values() for item in dataset.items.values()]
        items += [value.item for value in self.values]
        return {name for item in items for name in (item.codelist, item.roles) if name}


def joined(found: Sequence[Description]) -> Description:
    """Several descriptions, of SDTM and of ADaM, as one; the IDs of codelists bear the number of theirs."""
    if len(found) < 2:
        return found[0] if found else Description()
    parts = [_numbered(one, f"{number}:") for number, one in enumerate(found, 1)]
    return Description(
        ", ".join(one.source for one in found),
        any(one.define for one in found),
        "",
        {name: dataset for one in parts for name, dataset in one.datasets.items()},
        {name: codelist for one in parts for name, codelist in one.codelists.items()},
        tuple(value for one in parts for value in one.values),
        tuple(fault for one in parts for fault in one.faults),
    )


def _numbered(found: Description, number: str) -> Description:
    """The description with the IDs of its codelists made different from those of others."""

    def item(known: Item) -> Item:
        return replace(known, codelist=other(known.codelist), roles=other(known.roles))

    def other(codelist: str) -> str:
        return f"{number}{codelist}" if codelist else ""

    datasets = {
        name: replace(
            dataset,
            standard=dataset.standard or found.standard,
            items={variable: item(known) for variable, known in dataset.items.items()},
        )
        for name, dataset in found.datasets.items()
    }
    codelists = {f"{number}{name}": replace(known, id=f"{number}{name}") for name, known in found.codelists.items()}
    values = tuple(replace(value, item=item(value.item)) for value in found.values)
    return replace(found, datasets=datasets, codelists=codelists, values=values)
