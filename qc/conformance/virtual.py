"""Columns that no file holds and that rules ask for: the number of a record, its key, what it points to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from engine.columns import Array, Column, Text, as_text, group_codes, missing, paired_codes, take
from language.tree import NUMBER, TEXT
from qc.conformance.classify import ADAM
from qc.conformance.data import KEY, Data, Dataset, Virtual
from qc.conformance.records import Records

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


# Of columns that are read together, and the share of the records that is few enough to read single ones.
_READ_BYTES, _FEW = 1 << 26, 1 / 16


def add(data: Data) -> None:
    """Give every dataset its virtual columns."""
    for own in data.datasets.values():
        found: dict[str, Virtual] = {RECORD: Virtual(_numbered)}
        if own.keys:
            found[KEYED] = Virtual(partial(_combined, names=own.keys), True, KEY in own.keys)
        names = tuple(name for name in own.types if not (name.endswith("SEQ") and len(name) in (4, 5)))
        if len(names) < len(own.types):
            found[COPY] = Virtual(partial(_copies, names=names, keys=own.keys), True, KEY in names)
        if {"RDOMAIN", "IDVAR", "IDVARVAL"} <= set(own.types):
            found[PARENTS] = Virtual(partial(_parents, data))
        if {"SRCDOM", "SRCSEQ"} <= set(own.types):
            found[SOURCES] = Virtual(partial(_sources, data))
        own.virtual |= found


def _numbered(own: Dataset | Records) -> Array:
    return own.numbers() if isinstance(own, Records) else np.arange(1.0, own.count + 1)


def _combined(own: Dataset | Records, names: tuple[str, ...]) -> Array:
    """The number of the combination of some columns, which are read one after the other."""
    codes: Array = np.zeros(own.count, np.int64)
    for column in _columns(own, names):
        codes, _ = group_codes([codes, column], own.count)
    return codes.astype(float)


def _copies(own: Dataset | Records, names: tuple[str, ...], keys: tuple[str, ...]) -> Array:
    """As `_combined` for all columns: of a record that differs from all others in the first ones no more is read."""
    first = [name for name in keys if name in names]
    rows, codes = _alike(own, first, np.arange(own.count))
    found = np.arange(float(own.count))
    if len(rows):
        rows, codes = _alike(own, [name for name in names if name not in first], rows, codes)
        found[rows] = codes + float(own.count)
    return found


def _alike(
    own: Dataset | Records, names: Sequence[str], rows: Array, codes: Array | None = None
) -> tuple[Array, Array]:
    """Those of some records that are not alone with their values, and the number of their combination.

    codes: that of their combination so far.
    """
    codes = np.zeros(len(rows), np.int64) if codes is None else codes
    for start in range(0, len(names), _at_once(own)):
        chosen, held = rows, np.arange(len(rows))
        for column in _columns(own, names[start : start + _at_once(own)], chosen):
            codes, size = group_codes([codes, take(column, held)], len(held))
            shared = np.bincount(codes, minlength=size)[codes] > 1
            held, codes = held[shared], codes[shared]
            if not len(held):
                break
        rows = chosen[held]
        if not len(rows):
            break
    return rows, codes


def _at_once(own: Dataset | Records) -> int:
    """So many columns are read together."""
    return max(1, _READ_BYTES // (8 * max(own.count, 1)))


def _columns(own: Dataset | Records, names: Sequence[str], rows: Array | None = None) -> Iterator[Column]:
    """Columns, or some of their values; those of a whole dataset are not kept for others."""
    rows = None if rows is None or len(rows) == own.count else rows
    if isinstance(own, Records):
        own.load(names)
        yield from (own.column(name) if rows is None else take(own.column(name), rows) for name in names)
        return
    few = rows is not None and len(rows) < _FEW * own.count
    for start in range(0, len(names), _at_once(own)):
        some = names[start : start + _at_once(own)]
        read = own.read([name for name in some if not own.holds(name)], rows if few else None)
        for name in some:
            column = read.pop(name, None)
            if column is None:
                yield own.column(name) if rows is None else take(own.column(name), rows)
            else:
                yield column if rows is None or few else take(column, rows)


def _near(own: Dataset | Records, other: Dataset) -> Dataset | Records:
    """The records of another dataset to which those of a subject may point."""
    named = own.types.get(KEY) == other.types.get(KEY) == TEXT
    return own.near(other) if isinstance(own, Records) and named else other


def _parents(data: Data, own: Dataset | Records) -> Array:
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
            found[rows] = sum(_pointed(own, rows, _near(own, one), variable, keys) for one in parents)
    return found


def _named(dataset: Dataset, domain: str | None) -> bool:
    """A pointer names a dataset, or the domain of a split one."""
    return domain in (dataset.name, dataset.domain) and not dataset.name.startswith("SUPP")


def _pointed(
    own: Dataset | Records, rows: Array, parent: Dataset | Records, variable: str | None, keys: Column | None
) -> Array:
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


def _sources(data: Data, own: Dataset | Records) -> Array:
    """How many records SRCDOM and SRCSEQ find (ADaMIG 1.3, section 3.3.9)."""
    domains, numbers = as_text(own.column("SRCDOM")), own.column("SRCSEQ")
    found = np.full(own.count, np.nan)
    for code, domain in enumerate(domains.dictionary.values.tolist()):
        source = data.datasets.get(domain)
        sequence = _sequence(source) if source is not None else ""
        rows = np.flatnonzero((domains.codes == code) & ~missing(numbers))
        linked = source is not None and KEY in source.types and KEY in own.types and bool(sequence)
        if source is not None and linked and len(rows) and not isinstance(numbers, Text):
            near = _near(own, source)
            pairs = [(near.column(KEY), take(own.column(KEY), rows)), (near.column(sequence), take(numbers, rows))]
            left, right, size = paired_codes(pairs, near.count, len(rows))
            found[rows] = np.bincount(left, minlength=size)[right]
    return found


def _sequence(dataset: Dataset) -> str:
    """The variable by which a record is pointed to: ASEQ, else --SEQ."""
    names = ("ASEQ", f"{dataset.kind.letters}SEQ")
    return next((name for name in names if dataset.types.get(name) == NUMBER), "")
