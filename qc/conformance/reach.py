"""How far a rule looks: at one record, at the records of a subject, or at all records of a dataset."""

from __future__ import annotations

from collections.abc import Iterator

from language.tree import Aggregate, Call, Column, Node, Window, walk
from qc.conformance.compiled import Bound
from qc.conformance.data import KEY, Data, Dataset
from qc.conformance.records import rows_at_once
from qc.conformance.virtual import PARENTS, SOURCES

# So many times a block, another table may be looked through for each block.
_SMALL = 2


def nodes_of(item: Bound) -> Iterator[Node]:
    """All parts of the expressions of a rule."""
    for node in (item.where, item.condition):
        if node is not None:
            yield from walk(node)


def in_blocks(item: Bound, data: Data, own: Dataset, aligned: bool) -> bool:
    """Whether a rule may be asked of a block of records at a time. aligned: no subject is in two blocks."""
    return all(_in_blocks(node, data, own, aligned) for node in nodes_of(item))


def _in_blocks(node: Node, data: Data, own: Dataset, aligned: bool) -> bool:
    if isinstance(node, Window) or (isinstance(node, Aggregate) and node.match is None):
        return aligned and (not node.subjects_all or any(_of_subject(part, own) for part in node.by))
    if isinstance(node, Aggregate) and node.match is not None:
        other = data.datasets.get(node.match.table)
        if other is not None and _asks_alike(node, other) and not (other is own and own.by_subject and aligned):
            return False  # its records are numbered otherwise than those of the block
        return _is_near(other, own, node.match.subjects_all)
    if isinstance(node, Column) and node.kind == "own" and node.name in own.virtual:
        if node.name in (PARENTS, SOURCES):
            return all(_is_near(other, own, False) for other in data.datasets.values())
        return not own.virtual[node.name].alike or (aligned and own.virtual[node.name].subject)
    return True


def _asks_alike(node: Aggregate, other: Dataset) -> bool:
    """Whether an aggregate over a table asks which of its records are alike: numbers that mean something together."""
    inner = (part.name for part in walk(node) if isinstance(part, Column) and part.kind == "inner")
    return any(name in other.virtual and other.virtual[name].alike for name in inner)


def _of_subject(node: Node, own: Dataset) -> bool:
    """Whether records that agree in a column are of one subject."""
    if not isinstance(node, Column) or node.kind != "own":
        return False
    return own.virtual[node.name].subject if node.name in own.virtual else node.name == KEY


def _is_near(other: Dataset | None, own: Dataset, everyone: bool) -> bool:
    """Whether the rows of another table that a block may ask for are found without looking through many."""
    return other is None or (other.by_subject and not everyone) or other.count <= _SMALL * rows_at_once(own)


def may_fault(node: Node) -> bool:
    """Whether values may make it impossible to evaluate a condition, which has to be known of all records."""
    return any(
        (isinstance(part, Call) and part.function != "missing")
        or isinstance(part, Aggregate | Window)
        or (isinstance(part, Column) and part.kind == "subject")
        for part in walk(node)
    )


def looks_further(node: Node, own: Dataset) -> bool:
    """Whether a condition looks at other records than its own, of its dataset or of others."""
    return any(
        isinstance(part, Aggregate | Window)
        or (isinstance(part, Column) and part.kind == "own" and part.name in own.virtual)
        for part in walk(node)
    )
