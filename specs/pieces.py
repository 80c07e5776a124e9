"""Which piece of a long text is the last that a rule asks for: what comes after it is in no variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from derivations.registry import Pieces
from language.tree import Call, Constant, Node, rebuilt, walk
from specs.compiled import CompiledRule

Rules = Mapping[tuple[str, str, str], tuple[CompiledRule, ...]]
_FUNCTION = "split_text"
_Cut = tuple[str, str, str, str]


def with_last_pieces(rules: Rules) -> dict[tuple[str, str, str], tuple[CompiledRule, ...]]:
    """The rules, each call of split_text told the greatest number by which its block cuts the same text.

    A piece that Where looks at is not kept, so calls there do not count.
    """
    last: dict[_Cut, int] = {}
    cutting: set[tuple[str, str, str]] = set()
    for key, found in rules.items():
        for call in (call for rule in found for call in _calls(rule.value)):
            cutting.add(key)
            cut = _cut(key, call)
            last[cut] = max(last.get(cut, 0), _part(call))

    def told(key: tuple[str, str, str], rule: CompiledRule) -> CompiledRule:
        def change(node: Node) -> Node:
            if isinstance(node, Call) and node.function == _FUNCTION:
                return replace(node, supplied={"asked": Pieces(last[_cut(key, node)])})
            return node

        return replace(rule, value=rebuilt(rule.value, change))

    return dict(rules) | {key: tuple(told(key, rule) for rule in rules[key]) for key in cutting}


def _calls(node: Node) -> Iterator[Call]:
    return (part for part in walk(node) if isinstance(part, Call) and part.function == _FUNCTION)


def _cut(key: tuple[str, str, str], call: Call) -> _Cut:
    """What two calls share that cut the same text of the same records in the same way."""
    dataset, block, _ = key
    return dataset, block, repr(call.options["text"]), repr(call.options.get("length"))


def _part(call: Call) -> int:
    part = call.options["part"]
    return int(part.value) if isinstance(part, Constant) and isinstance(part.value, (int, float)) else 0
