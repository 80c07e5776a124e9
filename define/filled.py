"""Expressions with the working variables put in, as far as one expression stands for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from define import rules
from define.words import in_words
from language import tree
from language.parse import parsed
from specs.model import Spec
from specs.rules import Instance

_DEEPEST = 5
# A text that would become longer than a reader can take in keeps its working names, which are then explained.
_LONGEST = 300
_MISSING = tree.Constant(None)


def blocks_of(block: str) -> set[str]:
    """The blocks that `A, B` names."""
    return set(filter(None, block.split(", ")))


def working_rules(spec: Spec, dataset: str, name: str, blocks: set[str]) -> list[Instance]:
    """The rules of a working variable in some blocks; where there is one block its name is left out."""
    if not (name.startswith("_") or dataset.startswith("_")):
        return []
    found = [r for r in rules.rules_of(spec, dataset, name) if not r.block or not blocks or r.block in blocks]
    return [rules.without_block(rule) if blocks == {rule.block} else rule for rule in found]


def absent(spec: Spec, dataset: str, name: str, blocks: set[str]) -> bool:
    """True for a working variable that other parameters fill, none of these; here it is missing."""
    if not name.startswith("_") or not blocks or working_rules(spec, dataset, name, blocks):
        return False
    return bool(rules.rules_of(spec, dataset, name))


def filled(spec: Spec, dataset: str, text: str, block: str) -> tree.Node | None:
    """The tree of a text with its working variables put in; None for a text that cannot be read.

    A working variable that is missing in these blocks is left out of conditions: nothing equals it.
    """
    known = rules.found_of(spec).filled
    if (dataset, text, block) not in known:
        known[dataset, text, block] = _filled(spec, dataset, text, block)
    return known[dataset, text, block]


def _filled(spec: Spec, dataset: str, text: str, block: str) -> tree.Node | None:
    node = parsed(text)
    if node is None:
        return None
    blocks = blocks_of(block)
    whole = _put_in(spec, dataset, node, blocks, 0)
    if len(in_words(whole)) <= _LONGEST:
        return whole
    return tree.rebuilt(node, lambda part: _without_absent(spec, dataset, part, blocks))


def filled_node(spec: Spec, dataset: str, node: tree.Node) -> tree.Node:
    """As `filled`, for a tree, in all blocks."""
    return _put_in(spec, dataset, node, set(), 0)


def _put_in(spec: Spec, dataset: str, node: tree.Node, blocks: set[str], depth: int) -> tree.Node:
    def change(part: tree.Node) -> tree.Node:
        if not isinstance(part, tree.Name) or depth > _DEEPEST:
            return _settled(part)
        found = _the_one(spec, dataset, part.name, blocks, depth)
        return found if found is not None else _without_absent(spec, dataset, part, blocks)

    return tree.rebuilt(node, change)


def _the_one(spec: Spec, dataset: str, name: str, blocks: set[str], depth: int) -> tree.Node | None:
    """What a working variable is in the blocks, if one rule always holds there; the category of a parameter."""
    if name == "PARCAT1":
        return _category(spec, dataset, blocks)
    found = working_rules(spec, dataset, name, blocks) if name.startswith("_") else []
    if not found or len({(rule.expression, rule.where) for rule in found}) > 1:
        return None
    if not (any(not rule.block for rule in found) or {rule.block for rule in found} == blocks):
        return None
    where = parsed(found[0].where) if found[0].where else _truth(True)
    inner = parsed(found[0].expression)
    if inner is None or where is None or _known(_put_in(spec, dataset, where, blocks, depth + 1)) is not True:
        return None
    return _put_in(spec, dataset, inner, blocks, depth + 1)


def _category(spec: Spec, dataset: str, blocks: set[str]) -> tree.Node | None:
    rows = [row for row in spec.parameters if row.dataset == dataset and row.paramcd in blocks]
    found = {row.parcat1 for row in rows}
    if len(found) != 1 or len(rows) != len(blocks) or rules.rules_of(spec, dataset, "PARCAT1"):
        return None
    text = found.pop()
    return tree.Constant(text, tree.TEXT) if text else None


def _without_absent(spec: Spec, dataset: str, part: tree.Node, blocks: set[str]) -> tree.Node:
    if isinstance(part, tree.Name) and absent(spec, dataset, part.name, blocks):
        return _MISSING
    return _settled(part)


def _settled(node: tree.Node) -> tree.Node:
    """The part without what a missing value decides (a comparison with it holds only as `!=`)."""
    if isinstance(node, tree.Compare) and _MISSING in (node.left, node.right):
        return _truth(node.operator == "!=")
    if isinstance(node, tree.Compare) and node.operator in ("==", "!=") and _are_texts(node.left, node.right):
        return _truth((node.left == node.right) is (node.operator == "=="))
    if isinstance(node, tree.Binary) and node.operator in ("+", "-"):
        return _summed(node)
    if isinstance(node, tree.Member) and node.left == _MISSING:
        return _truth(False)
    if isinstance(node, tree.Call) and node.function == "missing" and node.arguments == (_MISSING,):
        return _truth(True)
    if isinstance(node, tree.Call) and node.function == "coalesce":
        return _first_present(node)
    if isinstance(node, tree.Unary) and node.operator == "not" and _known(node.operand) is not None:
        return _truth(not _known(node.operand))
    if isinstance(node, tree.Choice) and _known(node.condition) is not None:
        return node.yes if _known(node.condition) else node.no
    return _joined(node) if isinstance(node, tree.Logic) else node


def _are_texts(*nodes: tree.Node) -> bool:
    return all(isinstance(node, tree.Constant) and node.type == tree.TEXT for node in nodes)


def _summed(node: tree.Binary) -> tree.Node:
    """`A + 8 - 1` as `A + 7`."""
    inner, last = node.left, _number(node.right)
    if last is None or not isinstance(inner, tree.Binary) or inner.operator not in ("+", "-"):
        return node
    first = _number(inner.right)
    if first is None:
        return node
    whole = (first if inner.operator == "+" else -first) + (last if node.operator == "+" else -last)
    if not whole:
        return inner.left
    return tree.Binary("+" if whole > 0 else "-", inner.left, tree.Constant(abs(whole), tree.NUMBER))


def _number(node: tree.Node) -> float | None:
    """A whole number that stands by itself; sums of fractions would depend on their order."""
    if isinstance(node, tree.Constant) and isinstance(node.value, float) and node.value.is_integer():
        return node.value
    return None


def _first_present(node: tree.Call) -> tree.Node:
    present = tuple(part for part in node.arguments if part != _MISSING)
    if not present:
        return _MISSING
    return replace(node, arguments=present) if len(present) > 1 else present[0]


def _joined(node: tree.Logic) -> tree.Node:
    decisive = node.operator == "or"
    if any(_known(item) is decisive for item in node.items):
        return _truth(decisive)
    open_items = tuple(item for item in node.items if _known(item) is None)
    if not open_items:
        return _truth(not decisive)
    return replace(node, items=open_items) if len(open_items) > 1 else open_items[0]


def _truth(value: bool) -> tree.Constant:
    return tree.Constant(value, tree.CONDITION)


def _known(node: tree.Node) -> bool | None:
    """The truth of a condition that is decided."""
    return node.value if isinstance(node, tree.Constant) and isinstance(node.value, bool) else None


def names_in(nodes: Iterable[tree.Node | None]) -> list[str]:
    """The bare names and the tables of some expressions, each once: working variables and joins are among them."""
    parts = [part for node in nodes if node for part in tree.walk(node)]
    found = [part.name if isinstance(part, tree.Name) else part.table for part in parts
             if isinstance(part, tree.Name | tree.Attribute)]  # fmt: skip
    return list(dict.fromkeys(found))
