"""Columns that no file holds and that rules ask for: the number of a record, its key, what it points to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from engine.columns import Array, Column, Text, as_text, group_codes, missing, paired_codes, take
from language.tree import NUMBER
from qc.conformance.classify import ADAM
from qc.conformance.data import KEY, Data, Dataset

RECORD, KEYED, COPY, PARENTS, SOURCES = "_RECORD", "_KEY", "_COPY", "_PARENTS", "_SOURCES"
DESCRIPTIONS = {
    RECORD: "number of the record in its file, from 1",
    KEYED: "number of the combination of the key variables (of the define.xml or the specification); records with the "
    "same key have the same",
    COPY: "number of the combination of all values but --SEQ and ASEQ",
    PARENTS: "in SUPP--, RELREC and CO: number of records to which RDOMAIN, IDVAR and IDVARVAL point; missing where "
    "they point to a dataset as a whole, or to one that is not there",
    SOURCES: "in ADaM: number of records to which SRCDOM and SRCSEQ point; missing where that dataset is not there",
}


def add(data: Data) -> None:
    """Give every dataset its virtual columns."""
    for own in data.datasets.values():
        found: dict[str, Callable[[], Column]] = {RECORD: partial(_numbered, own)}
        if own.keys:
            found[KEYED] = partial(_combined, own, own.keys)
        names = tuple(name for name in own.types if not (name.endswith("SEQ") and len(name) in (4, 5)))
        if len(names) < len(own.types):
            found[COPY] = partial(_combined, own, names)
        if {"RDOMAIN", "IDVAR", "IDVARVAL"} <= set(own.types):
            found[PARENTS] = partial(_parents, data, own)
        if {"SRCDOM", "SRCSEQ"} <= set(own.types):
            found[SOURCES] = partial(_sources, data, own)
        own.virtual |= {name: (NUMBER, work) for name, work in found.items()}


def _numbered(dataset: Dataset) -> Array:
    return np.arange(1.0, dataset.count + 1)


def _combined(dataset: Dataset, names: tuple[str, ...]) -> Array:
    dataset.load(names)
    codes, _ = group_codes([dataset.column(name) for name in names], dataset.count)
    return codes.astype(float)


def _parents(data: Data, own: Dataset) -> Array:
    """How many records each pointer finds (SDTMIG 3.4, sections 8.2 to 8.4)."""
    domains, variables = as_text(own.column("RDOMAIN")), as_text(own.column("IDVAR"))
    values = as_text(own.column("IDVARVAL"))
    found = np.full(own.count, np.nan)
    groups, size = group_codes([domains, variables], own.count)
    for group in range(size):
        rows = np.flatnonzero(groups == group)
        if not len(rows):
            continue
        domain, variable = domains.objects()[rows[0]], variables.objects()[rows[0]]
        parents = [one for one in data.datasets.values() if one.kind.standard != ADAM and _named(one, domain)]
        if variable is None:
            keys = None
        else:
            rows = rows[~missing(take(values, rows))]
            parents = [one for one in parents if variable in one.types]
            keys = take(values, rows)
        if parents and len(rows):
            found[rows] = sum(_pointed(own, rows, one, variable, keys) for one in parents)
    return found


def _named(dataset: Dataset, domain: str | None) -> bool:
    """A pointer names a dataset, or the domain of a split one."""
    return domain in (dataset.name, dataset.domain) and not dataset.name.startswith("SUPP")


def _pointed(own: Dataset, rows: Array, parent: Dataset, variable: str | None, keys: Column | None) -> Array:
    pairs: list[tuple[Column, Column]] = []
    if KEY in own.types and KEY in parent.types:
        pairs.append((parent.column(KEY), take(own.column(KEY), rows)))
    if variable is not None and keys is not None:
        column = parent.column(variable)
        if isinstance(column, Text):
            pairs.append((column, keys))
        else:
            pairs.append((column, _numbers(keys)))
    left, right, size = paired_codes(pairs, parent.count, len(rows))
    return np.bincount(left, minlength=size)[right].astype(float)


def _numbers(column: Column) -> Array:
    texts = as_text(column)
    table = np.array([*map(_number, texts.dictionary.values.tolist()), np.nan])
    return table[texts.codes]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return -1.0  # no sequence number, so it points to nothing


def _sources(data: Data, own: Dataset) -> Array:
    """How many records SRCDOM and SRCSEQ find (ADaMIG 1.3, section 3.3.9)."""
    domains, numbers = as_text(own.column("SRCDOM")), own.column("SRCSEQ")
    found = np.full(own.count, np.nan)
    for code, domain in enumerate(domains.dictionary.values.tolist()):
        source = data.datasets.get(domain)
        sequence = _sequence(source) if source is not None else ""
        rows = np.flatnonzero((domains.codes == code) & ~missing(numbers))
        if source is not None and sequence and len(rows) and not isinstance(numbers, Text):
            pairs = [
                (source.column(KEY), take(own.column(KEY), rows)), (source.column(sequence), take(numbers, rows)),
            ]  # fmt: skip
            left, right, size = paired_codes(pairs, source.count, len(rows))
            found[rows] = np.bincount(left, minlength=size)[right]
    return found


def _sequence(dataset: Dataset) -> str:
    """The variable by which a record is pointed to: ASEQ, else --SEQ."""
    names = ("ASEQ", f"{dataset.kind.letters}SEQ")
    return next((name for name in names if dataset.types.get(name) == NUMBER), "")
