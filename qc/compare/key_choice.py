"""Which variables are the key of two tables: given, from a specification or a define.xml, from the files, or found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from qc.compare.described import Description
from qc.compare.keys import find_key
from qc.compare.options import POSITION, Options, fault
from qc.compare.pairs import Pair, find
from qc.compare.table import Table
from specs.problem import nearest

GIVEN = "given with --by"


@dataclass(frozen=True)
class Key:
    """The key variables, where they come from, and what had to be said of keys that could not be used.

    position: records are matched by their number. codes: of the variables on both sides, where they are known.
    """

    pairs: tuple[Pair, ...]
    said: str
    notes: tuple[str, ...] = ()
    position: bool = False
    codes: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


def choose(
    name: str,
    base: Table,
    compare: Table,
    pairs: Sequence[Pair],
    descriptions: Sequence[Description | None],
    options: Options,
    alone: bool = True,
) -> Key:
    """The key of a dataset. descriptions: the first that names a key decides. alone: no other dataset is compared.

    Raises DataError where a key of --by, given for this dataset alone, names a variable that is not on both sides.
    """
    given = options.key_of(name)
    if given == (POSITION,):
        return Key((), "records are matched by their number (--by _N_)", position=True)
    stated = [*([(GIVEN, given)] if given else []), *_stated(base, compare, descriptions)]
    notes: list[str] = []
    for source, names in stated:
        found, absent = find(pairs, names)
        if not absent:
            return Key(tuple(found), source, tuple(notes))
        if names is given and (alone or name.upper() in options.by):
            raise _absent(name, absent[0], base, compare)
        source = source if names is given else f"of {source}"
        notes.append(f"the key {source} was not used: {', '.join(absent)} is not a variable of both")
    result = find_key(base, compare, pairs, options)
    return Key(result.pairs, result.said, tuple(notes), codes=result.codes)


def _stated(
    base: Table, compare: Table, descriptions: Sequence[Description | None]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for description in descriptions:
        if description is not None and description.keys:
            yield description.source, description.keys
    for table in (base, compare):
        if table.keys:
            yield f"keySequence in {table.path}", table.keys


def _absent(dataset: str, variable: str, base: Table, compare: Table) -> Exception:
    sides = [side for side, table in (("base", base), ("compare", compare)) if not _has(table, variable)]
    known = [v for v in base.by_name if _has(compare, v)]
    return fault("--by", f"{dataset}: {variable} is no variable of {' and of '.join(sides)}", nearest(variable, known))


def _has(table: Table, variable: str) -> bool:
    return variable.upper() in {name.upper() for name in table.by_name}
