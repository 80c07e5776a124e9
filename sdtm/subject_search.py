"""What the columns of a raw table must hold for its row to belong to a subject, read backwards from Subject."""

from __future__ import annotations

from collections.abc import Iterator

from language.tree import Binary, Column, Constant, Node

MOST = 50


def columns_of(node: Node, key: str) -> list[dict[str, str]] | None:
    """The column texts for which an expression gives a key: each way to divide the key among its columns.

    None where the expression is more than texts and columns joined by `+`, or where the ways are many.

    >>> site, number = Column("source", "raw_dm", "SITENO", "text"), Column("source", "raw_dm", "SUBJECT", "text")
    >>> columns_of(Binary("+", Binary("+", site, Constant("-")), number), "01-9004")
    [{'SITENO': '01', 'SUBJECT': '9004'}]
    """
    parts = _parts(node)
    if parts is None or not any(isinstance(part, Column) for part in parts):
        return None
    found: list[dict[str, str]] = []
    for way in _ways(parts, key):
        if len(found) == MOST:
            return None
        if way not in found:
            found.append(way)
    return found


def _parts(node: Node) -> list[Column | str] | None:
    if isinstance(node, Column) and node.kind == "source":
        return [node]
    if isinstance(node, Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, Binary) and node.operator == "+":
        left, right = _parts(node.left), _parts(node.right)
        return [*left, *right] if left is not None and right is not None else None
    return None


def _ways(parts: list[Column | str], key: str) -> Iterator[dict[str, str]]:
    if not parts:
        if not key:
            yield {}
        return
    first, rest = parts[0], parts[1:]
    if isinstance(first, str):
        if key.startswith(first):
            yield from _ways(rest, key[len(first) :])
        return
    # what follows decides where the column ends, so that few of its lengths are tried
    for end in range(1, len(key) + 1):
        if rest and isinstance(rest[0], str) and not key.startswith(rest[0], end):
            continue
        for way in _ways(rest, key[end:]):
            if way.get(first.name, key[:end]) == key[:end]:
                yield {first.name: key[:end], **way}
