"""Rules as formal text: what runs, with the working variables and joins that it uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from define import rules
from language import tree
from language.parse import ExpressionError, parse
from specs.model import Join, Rule, Spec

_QUOTED_OR_NAME = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|(?<![\w.])_[A-Za-z]\w*""")
_DEEPEST = 5
_LONGEST = 300


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())


def parsed(text: str) -> tree.Node | None:
    """The tree of an expression, None for one that cannot be read (`build check` reports it)."""
    try:
        return parse(text)
    except ExpressionError:
        return None


def functions_in(text: str) -> list[str]:
    node = parsed(text)
    return [part.function for part in tree.walk(node) if isinstance(part, tree.Call)] if node else []


def calls(found: Iterable[Rule]) -> list[str]:
    """The functions that whole rules are calls of, each once, in the order of the rules."""
    nodes = [parsed(rule.expression) for rule in found]
    return list(dict.fromkeys(node.function for node in nodes if isinstance(node, tree.Call)))


def rule_line(variable: str, rule: Rule) -> str:
    """`[BLOCK] X = expression where condition`."""
    block = f"[{rule.block}] " if rule.block else ""
    where = f" where {one_line(rule.where)}" if rule.where else ""
    return f"{block}{variable} = {one_line(rule.expression)}{where}"


def formal_lines(spec: Spec, dataset: str, variable: str, found: list[Rule], block: str = "") -> Iterator[str]:
    """A line per rule, then the working variables and joins that the rules use, each once.

    `block` is the one block that all the rules are for, if they are.
    """
    for rule in merged(found):
        yield rule_line(variable, rule)
    blocks = {block} if block else {rule.block for rule in found if rule.block}
    yield from definition_lines(spec, dataset, [text for r in found for text in (r.expression, r.where)], blocks)


def definition_lines(spec: Spec, dataset: str, texts: Iterable[str], blocks: set[str]) -> Iterator[str]:
    """The working variables and joins of `dataset` that some expressions use, directly or through others."""
    waiting = [name for text in texts for name in _names(text)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for line, texts in _definitions(spec, dataset, name, blocks):
            yield line
            waiting += [inner for text in texts for inner in _names(text)]


def _names(text: str) -> list[str]:
    """The bare names and the tables of an expression: working variables and joins are among them."""
    node = parsed(text) if text else None
    found: list[str] = []
    for part in tree.walk(node) if node else ():
        if isinstance(part, tree.Name):
            found.append(part.name)
        elif isinstance(part, tree.Attribute):
            found.append(part.table)
    return found


def _definitions(spec: Spec, dataset: str, name: str, blocks: set[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    own = _working_rules(spec, dataset, name, blocks)
    for rule in merged(own):
        yield rule_line(name, rule), (rule.expression, rule.where)
    if not own and name.startswith("_") and rules.rules_of(spec, dataset, name):
        # Other parameters fill it; for these records it is missing.
        yield f"{name} = None", ()
    if name in spec.study.constants and (dataset, name) not in spec.variables:
        yield f"{name} = {_constant(spec.study.constants[name])}", ()
    for join in _joins(spec, dataset, name):
        yield f"{name}: {_join_text(join, join.where)}", (join.where, join.order)


def _constant(value: str | float | bool) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _joins(spec: Spec, dataset: str, name: str) -> list[Join]:
    return [join for join in spec.joins if join.name == name and dataset in join.datasets]


def _join_text(join: Join, where: str) -> str:
    parts = [f"{join.pick or 'the'} row of {join.source}"]
    parts += [f"by {', '.join(join.by)}"] if join.by else []
    parts += [f"where {one_line(where)}"] if where else []
    parts += [f"ordered by {one_line(join.order)}"] if join.order else []
    return " ".join(parts)


def join_sentences(spec: Spec, dataset: str, texts: Iterable[str], block: str) -> list[str]:
    """What each join is that some expressions name, with its working variables put in."""
    names = dict.fromkeys(name for text in texts for name in _names(text))
    return [
        f"{name} is the {_join_text(join, with_working_names(spec, dataset, join.where, block))}.".replace(
            "the the", "the"
        )
        for name in names
        for join in _joins(spec, dataset, name)
    ]


def merged(found: Iterable[Rule]) -> list[Rule]:
    """The rules, with those that differ in their block alone made one that names all the blocks."""
    groups: dict[tuple[str, str, float, bool], list[Rule]] = {}
    for rule in found:
        groups.setdefault((rule.expression, rule.where, rule.order, bool(rule.block)), []).append(rule)
    return [replace(same[0], block=", ".join(rule.block for rule in same)) for same in groups.values()]


def _working_rules(spec: Spec, dataset: str, name: str, blocks: set[str]) -> list[Rule]:
    """The rules of a working variable in some blocks; where there is one block its name is left out."""
    if not name.startswith("_"):
        return []
    found = [
        rule for rule in rules.rules_of(spec, dataset, name) if not rule.block or not blocks or rule.block in blocks
    ]
    return [rules.without_block(rule) if blocks == {rule.block} else rule for rule in found]


def with_working_names(spec: Spec, dataset: str, text: str, block: str = "", depth: int = 0) -> str:
    """The text with the expression of each working variable put in, where it has one that always holds.

    A text that would become longer than a reader can take in keeps its working names; the formal expression
    defines them.
    """

    def put(match: re.Match[str]) -> str:
        name = match[0]
        found = _working_rules(spec, dataset, name, {block} if block else set())
        if not name.startswith("_") or len(found) != 1 or found[0].where or (found[0].block and not block):
            return name
        inner = with_working_names(spec, dataset, one_line(found[0].expression), block, depth + 1)
        return (
            inner if isinstance(parsed(inner), tree.Name | tree.Attribute | tree.Call | tree.Constant) else f"({inner})"
        )

    if depth > _DEEPEST:
        return text
    result = _QUOTED_OR_NAME.sub(put, one_line(text))
    return result if len(result) <= _LONGEST else one_line(text)
