"""Rules as formal text: what runs, with the working variables and joins that it uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from define.explained import Explained, explained
from define.rules import parameter_blocks
from language import tree
from language.parse import parsed
from specs.model import Join, Parameter, Source, Spec
from specs.rules import Instance


def one_line(text: str) -> str:
    """The text with every run of blanks and line breaks as one blank."""
    return " ".join(text.split())


def functions_in(text: str) -> list[str]:
    node = parsed(text)
    return [part.function for part in tree.walk(node) if isinstance(part, tree.Call)] if node else []


def calls(found: Iterable[Instance]) -> list[str]:
    """The functions that whole rules are calls of, each once, in the order of the rules."""
    nodes = [parsed(rule.expression) for rule in found]
    return list(dict.fromkeys(node.function for node in nodes if isinstance(node, tree.Call)))


def rule_line(variable: str, rule: Instance) -> str:
    """`[BLOCK] X = expression where condition`."""
    block = f"[{rule.block}] " if rule.block else ""
    where = f" where {one_line(rule.where)}" if rule.where else ""
    return f"{block}{variable} = {one_line(rule.expression)}{where}"


def formal_lines(spec: Spec, dataset: str, variable: str, found: list[Instance], block: str = "") -> Iterator[str]:
    """A line per rule, then the working variables and joins that the rules use, each once.

    `block` is the one block that all the rules are for, if they are.
    """
    for rule in merged(found):
        yield rule_line(variable, rule)
    texts = [text for rule in found for text in (rule.expression, rule.where)]
    told = blocks_told(spec, dataset, found, block)
    yield from definition_lines(spec, dataset, texts, blocks_for(found, block), told)


def blocks_for(found: Iterable[Instance], block: str = "") -> set[str]:
    """The blocks that some rules are for, if there is none among them for all records."""
    named = {block} if block else {rule.block for rule in found}
    return set() if "" in named else named


def blocks_told(spec: Spec, dataset: str, found: Iterable[Instance], block: str = "") -> list[str]:
    """The blocks of which a method tells from what their records are made: the parameter that it is for, or the
    blocks of Sources that its rules name.
    """
    if block:
        return [block]
    named = dict.fromkeys(name for rule in found for name in rule.block.split(", ") if name)
    return [name for name in named if name not in parameter_blocks(spec, dataset)]


def definition_lines(
    spec: Spec, dataset: str, texts: Iterable[str], blocks: set[str], records: Iterable[str] = ()
) -> Iterator[str]:
    """What stands behind the names of some expressions of `dataset`, a line each; first from what some blocks are made.
    """
    for found in explained(spec, dataset, texts, blocks, lambda owner, text, of: parsed(text), records):
        yield from _lines(found)


def _lines(found: Explained) -> Iterator[str]:
    name = found.named.shown
    for rule in merged(found.rules):
        yield rule_line(name, rule)
    if found.absent:
        # Other parameters fill it; for these records it is missing.
        yield f"{name} = None"
    if found.constant is not None:
        yield f"{name} = {_constant(found.constant)}"
    if found.join:
        yield f"{name}: {_join_text(found.join)}"
    for source in found.sources:
        yield f"{name}: {_source_text(source)}"
    if found.members:
        yield f"{name}: {', '.join(found.members)}"


def _constant(value: str | float | bool) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


def _join_text(join: Join) -> str:
    parts = [f"{join.pick or 'the'} row of {join.source}"]
    parts += [f"by {', '.join(join.by)}"] if join.by else []
    parts += [f"where {one_line(join.where)}"] if join.where else []
    parts += [f"ordered by {one_line(join.order)}"] if join.order else []
    return " ".join(parts)


def _source_text(source: Source | Parameter) -> str:
    """The rows that a working dataset, or a block of a dataset, is made from."""
    parts = [f"rows of {source.source}"]
    parts += [f"where {one_line(source.where)}"] if source.where else []
    parts += [f"for each {one_line(source.expand)}"] if source.expand else []
    parts += [f"one per {one_line(source.one_per)}"] if source.one_per else []
    parts += [f"ordered by {one_line(source.order)}"] if source.order else []
    return " ".join([*parts, *([f"the {source.pick} one"] if source.pick else [])])


def merged(found: Iterable[Instance]) -> list[Instance]:
    """The rules, with those that differ in their block alone made one that names all the blocks."""
    groups: dict[tuple[str, str, float, bool], list[Instance]] = {}
    for rule in found:
        groups.setdefault((rule.expression, rule.where, rule.order, bool(rule.block)), []).append(rule)
    return [replace(same[0], block=", ".join(rule.block for rule in same)) for same in groups.values()]
