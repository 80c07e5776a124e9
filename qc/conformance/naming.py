"""Names in rules that stand for several: `--SEQ`, `TRTxxP`, `*DTF`; what they are in one dataset."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from language.parse import with_prefix
from language.tree import Attribute, Name, Node, walk

_TOKENS = {"xx": r"[0-9]{2}", "zz": r"[0-9]{2}", "y": r"[1-9][0-9]?", "w": r"[1-9]", "*": r"[A-Z][A-Z0-9]*"}
_GROUPS = {"*": "stem"}
_SPLIT = re.compile(r"(xx|zz|y|w|\*)")
_TABLE = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<![\w)\]])--(?=\.)""")

Binding = Mapping[str, str]


def with_letters(text: str, letters: str) -> str:
    """The letters of a domain for `--`, in names (`--SEQ`) and as the name of the domain (`--.--SEQ`).

    >>> with_letters("any(--.--SEQ == --SEQ)", "AE")
    'any(AE.AESEQ == AESEQ)'
    """
    named = _TABLE.sub(lambda found: found.group(0) if found.group(1) else letters, text)
    return with_prefix(with_prefix(named, letters).replace("`--", f"`{letters}"), letters)


def is_wild(name: str) -> bool:
    """Does a name hold a wildcard?

    >>> is_wild("TRTxxP"), is_wild("*DT"), is_wild("ANL01FL")
    (True, True, False)
    """
    return any(letter.islower() or letter == "*" for letter in name)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    seen: set[str] = set()
    text = ""
    for part in _SPLIT.split(pattern):
        if part not in _TOKENS:
            text += re.escape(part)
            continue
        group = _GROUPS.get(part, part)
        text += f"(?P={group})" if group in seen else f"(?P<{group}>{_TOKENS[part]})"
        seen.add(group)
    return re.compile(text)


def _filled(pattern: str, values: Mapping[str, str]) -> str | None:
    """The name that a pattern is with some values; None where it has a wildcard without a value."""
    parts = []
    for part in _SPLIT.split(pattern):
        if part not in _TOKENS:
            parts.append(part)
        elif _GROUPS.get(part, part) in values:
            parts.append(values[_GROUPS.get(part, part)])
        else:
            return None
    return "".join(parts)


def bindings(wild: Sequence[str], variables: Iterable[str]) -> Iterator[Binding]:
    """What the names with wildcards are in a dataset: every way in which it has all of them.

    >>> [sorted(found.items()) for found in bindings(["TRTxxP", "TRTxxPN"], ["TRT01P", "TRT01PN", "TRT02P"])]
    [[('TRTxxP', 'TRT01P'), ('TRTxxPN', 'TRT01PN')]]
    """
    known = list(variables)
    yield from _bound(sorted(wild, key=lambda name: (-len(_SPLIT.findall(name)), -len(name))), known, {}, {})


def _bound(
    wild: Sequence[str], variables: Sequence[str], values: dict[str, str], found: dict[str, str]
) -> Iterator[Binding]:
    if not wild:
        yield found
        return
    first, *rest = wild
    whole = _filled(first, values)
    for variable in [whole] if whole is not None else variables:
        match = _compiled(first).fullmatch(variable)
        if variable in variables and match is not None:
            taken = {name: text for name, text in match.groupdict().items() if text is not None}
            if all(values.get(name, text) == text for name, text in taken.items()):
                yield from _bound(rest, variables, values | taken, found | {first: variable})


def renamed(node: Any, names: Binding) -> Any:
    """The tree with names, bare ones and those behind a table, replaced."""
    if isinstance(node, Name):
        return replace(node, name=names.get(node.name, node.name))
    if isinstance(node, Attribute):
        return replace(node, name=names.get(node.name, node.name))
    if isinstance(node, tuple):
        return tuple(renamed(item, names) for item in node)
    if isinstance(node, Mapping):
        return {key: renamed(item, names) for key, item in node.items()}
    if isinstance(node, Node) and is_dataclass(node):
        return replace(node, **{item.name: renamed(getattr(node, item.name), names) for item in fields(node)})
    return node


def own_names(nodes: Iterable[Node]) -> list[str]:
    """The bare names of expressions, each once, in the order in which they are written."""
    found = [part.name for node in nodes for part in walk(node) if isinstance(part, Name)]
    return list(dict.fromkeys(found))


def other_names(nodes: Iterable[Node]) -> list[tuple[str, str]]:
    """The (table, column) of names behind a table, each once."""
    found = [(part.table, part.name) for node in nodes for part in walk(node) if isinstance(part, Attribute)]
    return list(dict.fromkeys(found))
