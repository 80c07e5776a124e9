"""Rules and what stands behind their names as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from define.explained import Explained, explained
from define.filled import blocks_of, filled, filled_node
from define.formal import merged, one_line
from define.words import as_part, constant, in_words, keys, listed
from language import tree
from language.expanding import Expander, expanders
from language.parse import ExpressionError, parse_list
from specs.model import Join, Parameter, Source, Spec
from specs.rules import Instance


def said(spec: Spec, dataset: str, text: str, block: str = "") -> str:
    """An expression in words, with the working variables put in."""
    node = filled(spec, dataset, text, block)
    return one_line(text) if node is None else in_words(node)


def said_as_part(spec: Spec, dataset: str, text: str, block: str = "") -> str:
    """As `said`, in brackets where the words would run into those around them."""
    node = filled(spec, dataset, text, block)
    return one_line(text) if node is None else as_part(node)


@dataclass(frozen=True)
class _Case:
    """A rule in words: in which records, under which condition ("" for every one), what value; its rank."""

    records: str
    where: str
    value: str
    rank: tuple[int, float, int]

    def after(self, others: Iterable[_Case]) -> bool:
        """True if a rule of a better rank may have filled the same records."""
        mine = blocks_of(self.records)
        return any(other.rank != self.rank and (not mine or mine & blocks_of(other.records)) for other in others)

    def sentence(self, otherwise: bool) -> str:
        """The rule as a sentence; `otherwise` if another is tried before it."""
        if self.records and self.where:
            return f"In {self.records} records, {'else ' if otherwise else ''}where {self.where}: {self.value}."
        if self.records:
            return f"In {self.records} records{' otherwise' if otherwise else ''}: {self.value}."
        if self.where:
            return f"{'Else, where' if otherwise else 'Where'} {self.where}: {self.value}."
        return f"Otherwise: {self.value}." if otherwise else f"Computed as {self.value}."


def rule_sentences(spec: Spec, dataset: str, found: Iterable[Instance], block: str = "") -> list[str]:
    """A sentence per rule, in order; a rule whose condition cannot hold in the block has none."""
    cases = [_Case(rule.block, *_case(spec, dataset, rule, block), rule.rank) for rule in found]
    cases = [case for case in cases if case.where != "never"]
    return [case.sentence(case.after(cases[:position])) for position, case in enumerate(cases)]


def _case(spec: Spec, dataset: str, rule: Instance, block: str) -> tuple[str, str]:
    """(condition, value) in words; the condition is "" where it always holds."""
    where = said(spec, dataset, rule.where, block or rule.block) if rule.where else ""
    return ("" if where == "always" else where), said(spec, dataset, rule.expression, block or rule.block)


def explanations(
    spec: Spec, dataset: str, texts: Iterable[str], blocks: set[str], records: Iterable[str] = ()
) -> list[str]:
    """What stands behind the names that remain in the words of some expressions, a sentence each.

    records: blocks of which it is told first from what their records are made.
    """

    def read(owner: str, text: str, blocks: set[str]) -> tree.Node | None:
        return filled(spec, owner, text, ", ".join(sorted(blocks)))

    found = explained(spec, dataset, texts, blocks, read, records)
    return [sentence for one in found if (sentence := _sentence(spec, one))]


def _sentence(spec: Spec, found: Explained) -> str:
    named = found.named
    block = ", ".join(sorted(named.blocks))
    if found.constant is not None:
        return f"{named.shown} is {constant(found.constant)}."
    if found.join:
        return f"{named.shown} is {_join(spec, named.dataset, found.join, block)}."
    if found.sources:
        return f"{named.shown} has {listed([_source(spec, source) for source in found.sources])}."
    if found.members:
        return f"{named.shown} stands for {listed(found.members)}."
    cases = [(rule.block, *_case(spec, named.dataset, rule, block)) for rule in merged(found.rules)]
    cases = [case for case in cases if case[1] != "never"]
    if len(cases) == 1 and not any(cases[0][:2]):
        return f"{named.shown} is {cases[0][2]}."
    parts = []
    for records, where, expression in cases:
        given = [f"in {records} records"] if records else []
        given += [f"where {where}"] if where else []
        parts.append(f"{' '.join(given) or 'otherwise'}, {expression}")
    return f"{named.shown} is: {'; '.join(parts)}." if parts else ""


def _join(spec: Spec, dataset: str, join: Join, block: str) -> str:
    text = f"the {join.pick + ' ' if join.pick else ''}row of {join.source}"
    text += _order(join.order) + (f" with the same {listed(join.by)}" if join.by else "")
    where = said(spec, dataset, join.where, block) if join.where else ""
    return text + (f" where {where}" if where not in ("", "always") else "")


def _source(spec: Spec, row: Source | Parameter) -> str:
    text = f"the rows of {row.source}"
    text += f" where {said(spec, row.dataset, row.where)}" if row.where else ""
    text += f", one record for {_expand(spec, row)}" if row.expand else ""
    if row.one_per:
        which = "one record" if row.pick == "distinct" else f"the {row.pick or 'first'} one"
        text += f", {which} per {_list(row.one_per)}"
    return text + _order(row.order)


def _expand(spec: Spec, row: Source | Parameter) -> str:
    """`each ADT from S to E and each AVISITN of plan where ...`."""
    try:
        return " and ".join(_expander(spec, row.dataset, part) for part in expanders(row.expand))
    except ExpressionError:
        return f"each {one_line(row.expand)}"


def _expander(spec: Spec, dataset: str, part: Expander) -> str:
    def words(node: tree.Node) -> str:
        return as_part(filled_node(spec, dataset, node))

    names, call = listed(part.names), part.call
    if call.function == "dates" and len(call.arguments) == 2:
        every = f" in steps of {words(call.options['every'])}" if "every" in call.options else ""
        return f"each {names} from {words(call.arguments[0])} to {words(call.arguments[1])}{every}"
    given = listed([words(item) for item in call.arguments], "or" if len(part.names) == 1 else "and")
    text = f"each different {names} of {given}" if _of_table(call) else f"{names} = {given}"
    text += f" with the same {keys(call.options['by'])}" if "by" in call.options else ""
    where = in_words(filled_node(spec, dataset, call.options["where"])) if "where" in call.options else ""
    return text + (f" where {where}" if where else "")


def _of_table(call: tree.Call) -> bool:
    return all(isinstance(item, tree.Attribute) for item in call.arguments)


def _list(text: str) -> str:
    try:
        return listed([in_words(item) for item in parse_list(text).items])
    except ExpressionError:
        return one_line(text)


def _order(text: str) -> str:
    """` ordered by A, B descending`."""
    if not text:
        return ""
    try:
        return f" ordered by {keys(parse_list(text))}"
    except ExpressionError:
        return f" ordered by {one_line(text)}"
