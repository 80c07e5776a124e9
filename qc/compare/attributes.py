"""Attributes of datasets and variables that differ: what their files, and a define.xml beside them, say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from qc.compare.described import Description, Item, Terms
from qc.compare.options import Options
from qc.compare.pairs import Pair
from qc.compare.result import Attribute
from qc.compare.table import Table

SHOWN_TERMS = 5


def differences(
    base: Table,
    compare: Table,
    pairs: Sequence[Pair],
    described: tuple[Description | None, Description | None],
    options: Options,
) -> list[Attribute]:
    """The attributes that differ and are not to be ignored: of the dataset, then by variable in the order of base.

    What one of the two formats cannot state is not compared.
    """
    found: list[Attribute] = []
    same_format = base.source != "" and base.source == compare.source
    found += _stated("", "label", base.label, compare.label, same_format)
    moved = {pair.name: places for pair, places in _moved(base, compare, pairs)}
    for pair in pairs:
        found += _of_pair(pair, same_format)
        found += _codelist(pair, described)
        if pair.name in moved:
            found.append(Attribute(pair.name, "order", *moved[pair.name]))
    return [one for one in found if one.attribute not in options.ignore]


def _of_pair(pair: Pair, same_format: bool) -> Iterator[Attribute]:
    b, c = pair.base, pair.compare
    if b.name != c.name:
        yield Attribute(b.name, "name", b.name, c.name)
    yield from _stated(b.name, "label", b.label, c.label, same_format)
    if pair.conflicting:  # length and format then differ as a matter of course
        yield Attribute(b.name, "type", b.type, c.type)
        return
    unformatted = b.format is None or c.format is None
    if b.numeric and c.numeric and b.kind != c.kind and unformatted and not same_format:
        yield Attribute(b.name, "type", _kind(b.kind), _kind(c.kind))
    elif same_format and b.storage is not None and c.storage is not None and b.storage != c.storage:
        yield Attribute(b.name, "storage", b.storage, c.storage)
    sizes = [None if size is None else str(size) for size in (b.length, c.length)]
    yield from _stated(b.name, "length", sizes[0], sizes[1], same_format)
    yield from _stated(b.name, "format", b.format, c.format, same_format, _format)
    yield from _stated(b.name, "informat", b.informat, c.informat, same_format, _format)


def _stated(
    variable: str, attribute: str, base: str | None, compare: str | None, same_format: bool,
    form: Callable[[str], str] = str,
) -> Iterator[Attribute]:  # fmt: skip
    """An attribute where it differs. Of files of one format that can state it, one that does not has none."""
    if same_format and (base is None) != (compare is None):
        base, compare = base or "", compare or ""
    if base is not None and compare is not None and form(base) != form(compare):
        yield Attribute(variable, attribute, base, compare)


def _kind(kind: str) -> str:
    return f"Num ({kind})" if kind else "Num"


def _format(text: str) -> str:
    """SAS tells formats by neither case nor the point at their end."""
    return text.upper().rstrip(".")


def _codelist(pair: Pair, described: tuple[Description | None, Description | None]) -> Iterator[Attribute]:
    if described[0] is None or described[1] is None:
        return
    base = described[0].items.get(pair.base.name, Item()).terms
    compare = described[1].items.get(pair.compare.name, Item()).terms
    if base != compare:
        yield Attribute(pair.name, "codelist", _terms(base, compare), _terms(compare, base))


def _terms(terms: Terms | None, others: Terms | None) -> str:
    """The size of a codelist and the terms that are its own: "3 terms, only here: A, B"."""
    if terms is None:
        return "none"
    own = [term if (term, "") in terms or not decode else f"{term} = {decode}" for term, decode in terms
           if (term, decode) not in (others or ())]  # fmt: skip
    shown = ", ".join(own[:SHOWN_TERMS]) + (f" and {len(own) - SHOWN_TERMS} more" if own[SHOWN_TERMS:] else "")
    count = f"{len(terms)} term{'s' if len(terms) != 1 else ''}"
    return f"{count}, only here: {shown}" if own and others is not None else count


def _moved(base: Table, compare: Table, pairs: Sequence[Pair]) -> Iterator[tuple[Pair, tuple[str, str]]]:
    """The fewest variables that would have to be moved for the variables in common to stand in one order."""
    places = {variable.name: place for place, variable in enumerate(compare.variables)}
    ranks = [places[pair.compare.name] for pair in pairs]
    stay = set(_longest_rising(ranks))
    own = {variable.name: place for place, variable in enumerate(base.variables, 1)}
    for pair, rank in zip(pairs, ranks):
        if rank not in stay:
            yield pair, (f"{own[pair.base.name]} of {len(base.variables)}", f"{rank + 1} of {len(compare.variables)}")


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """The numbers of the longest part of a sequence that rises.

    >>> _longest_rising([3, 0, 1, 2, 4])
    [0, 1, 2, 4]
    """
    best: list[list[int]] = []  # by length, the run with the smallest end
    for number in numbers:
        place = next((i for i, run in enumerate(best) if run[-1] > number), len(best))
        run = [*(best[place - 1] if place else []), number]
        best[place : place + 1] = [run]
    return best[-1] if best else []
