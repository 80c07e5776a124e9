"""What each raw column becomes: the SDTM variables that take its value, under which condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from define.filled import filled
from define.origin import origin_of
from define.words import in_words
from language import tree
from specs.compiled import Block, CompiledRule, CompiledStage
from specs.model import Spec
from specs.rules import TEST_VARIABLES
from specs.wildcards import prefix
from submission.acrf.behind import Behind, RawColumn, never

COLLECTED, DERIVED, RECORD = "collected", "derived", "record"
_NAMES = ("TESTCD", "TEST")
ALL = ""
_SUBJECT = "USUBJID"
_LONGEST = 90
_LONG = "its method says so"


@dataclass(frozen=True, order=True)
class Annotation:
    """An SDTM variable that a raw column fills. `dataset` is "" for a variable of every dataset.

    value: the constant that it becomes, in quotes. test: the test code of the records. where: the condition in words.
    kind: `collected` where the define.xml gives the variable that origin, else `derived`; `record` (without variable)
    for a column that decides whether there is a record.
    """

    dataset: str
    variable: str
    value: str = ""
    test: str = ""
    where: str = ""
    kind: str = COLLECTED

    @property
    def target(self) -> str:
        """The variable as annotations and named destinations write it: `AE.AETERM`, `SUPPDM.RACEOTH`."""
        return f"{self.dataset}.{self.variable}" if self.dataset else self.variable

    @property
    def destination(self) -> str:
        """The named destination of the variable, of one test where it is for one."""
        return f"{self.target}.{self.test}" if self.test else self.target

    @property
    def text(self) -> str:
        """The annotation as it is written on the form."""
        tested = f"{prefix(self.dataset)}TESTCD = {self.test}" if self.test else ""
        given = f' = "{self.value}"' if self.value else ""
        if self.kind == RECORD:
            return f"{self.dataset}: record" + (f" when {self.where}" if self.where else "")
        conditions = " and ".join(filter(None, (tested, self.where)))
        return f"{self.target}{given}" + (f" when {conditions}" if conditions else "")


def annotated(stage: CompiledStage) -> dict[RawColumn, list[Annotation]]:
    """The annotations of every raw column, in the order of the datasets of the specification.

    Conditions under which one variable takes one column several times are one annotation, and so are the tests of a
    variable that takes the column for each of them. A column that fills nothing but decides whether there is a record
    is annotated with that.
    """
    found: dict[RawColumn, dict[Annotation, list[Annotation]]] = {}
    for column, annotation in _all(stage):
        bare = replace(annotation, where="", kind="")
        found.setdefault(RawColumn(column.table, column.column), {}).setdefault(bare, []).append(annotation)
    merged = {column: _collapsed([_merged(listed) for listed in each.values()]) for column, each in found.items()}
    for column, annotation in _records(stage):
        if all(known.kind == RECORD for known in merged.get(column, [])):
            merged.setdefault(column, []).append(annotation)
    return {column: list(dict.fromkeys(listed)) for column, listed in merged.items()}


def _merged(listed: list[Annotation]) -> Annotation:
    """One for all: collected if one is, without a condition where one has none; else with each condition once."""
    wheres = dict.fromkeys(annotation.where for annotation in listed)
    kind = COLLECTED if any(annotation.kind == COLLECTED for annotation in listed) else DERIVED
    where = "" if "" in wheres else "; or ".join(wheres)
    return replace(listed[0], kind=kind, where=where if len(where) <= _LONGEST else _LONG)


def _collapsed(listed: list[Annotation]) -> list[Annotation]:
    """Without test where the same stands for several tests."""
    counts = Counter(replace(annotation, test="") for annotation in listed)
    bare = [(annotation, replace(annotation, test="")) for annotation in listed]
    return list(dict.fromkeys(whole if counts[whole] > 1 else annotation for annotation, whole in bare))


def _all(stage: CompiledStage) -> Iterator[tuple[RawColumn, Annotation]]:
    for dataset in stage.spec.datasets:
        for block in stage.blocks.get(dataset, ()):
            if not never(block.where):
                yield from _of_block(stage, block)
    for name, table in stage.tables.items():
        for node in (table.subject, table.previous):
            for part in tree.walk(node) if node is not None else ():
                if isinstance(part, tree.Column) and part.table == name:
                    yield RawColumn(name, part.name), Annotation(ALL, _SUBJECT, kind=DERIVED)


def _records(stage: CompiledStage) -> Iterator[tuple[RawColumn, Annotation]]:
    """The columns that decide whether a row gives a record."""
    for dataset in stage.spec.datasets:
        for block in stage.blocks.get(dataset, ()):
            if never(block.where) or block.where is None:
                continue
            where = _words(stage.spec, dataset, block.row.where, block.name)
            for column in sorted(Behind(stage, dataset, block.name).columns(block.where)):
                found = Annotation(dataset, "", where=where if len(where) <= _LONGEST else _LONG, kind=RECORD)
                yield RawColumn(column.table, column.column), found


def _of_block(stage: CompiledStage, block: Block) -> Iterator[tuple[RawColumn, Annotation]]:
    behind = Behind(stage, block.dataset, block.name)
    yield from _test_names(stage, block)
    for owner, variable in stage.spec.variables:
        if owner.removeprefix("SUPP") != block.dataset:
            continue
        for rule in behind.rules(variable):
            yield from _of_rule(stage.spec, block, behind, owner, rule)


def _of_rule(
    spec: Spec, block: Block, behind: Behind, owner: str, rule: CompiledRule
) -> Iterator[tuple[RawColumn, Annotation]]:
    """The columns that a rule takes; of a constant, the columns that decide for it."""
    stated = spec.variables[owner, rule.variable]
    kind = COLLECTED if origin_of(spec, stated).type == "Collected" else DERIVED
    where = _words(spec, block.dataset, rule.where_text, block.name) if rule.where is not None else ""
    tests = [test.test_code for test in block.tests] if not block.test_column else []
    test = tests[0] if len(tests) == 1 and rule.variable != f"{prefix(block.dataset)}TESTCD" else ""
    value = ""
    if isinstance(rule.value, tree.Constant) and isinstance(rule.value.value, str):
        value = rule.value.value
    subject = behind.subject_columns
    deciding = rule.where
    if value and rule.where is None and kind == COLLECTED and not tests:
        # What the form collects is that the row is one of this block: a panel that was not done.
        deciding, where = block.where, _words(spec, block.dataset, block.row.where, block.name)
    for column in sorted(behind.columns(deciding if value else rule.value)):
        if column.looked_up and (column.table, column.column) in subject:
            continue  # the subject by which a row is looked up is no source of its values
        yield column, Annotation(owner, rule.variable, value, test, where, DERIVED if column.looked_up else kind)


def _words(spec: Spec, dataset: str, text: str, block: str) -> str:
    """A condition in words, without the parts that only ask whether a look-up found a row."""
    node = filled(spec, dataset, text, block.partition("/")[0])
    if node is None:
        return text
    parts = node.items if isinstance(node, tree.Logic) and node.operator == "and" else (node,)
    kept = tuple(part for part in parts if not _asks_for_row(part))
    if not kept:
        return ""
    found = in_words(kept[0] if len(kept) == 1 else tree.Logic("and", kept))
    return "" if found == "always" else found


def _asks_for_row(node: tree.Node) -> bool:
    inner = node.operand if isinstance(node, tree.Unary) and node.operator == "not" else node
    return isinstance(inner, tree.Call) and inner.function == "exists"


def _test_names(stage: CompiledStage, block: Block) -> Iterator[tuple[RawColumn, Annotation]]:
    """The column whose codes pick the row of Tests gives test code and test name."""
    if not block.test_column or block.source not in stage.inputs or not stage.inputs[block.source].raw:
        return
    for suffix in _NAMES:
        variable = prefix(block.dataset) + suffix
        if (block.dataset, variable) in stage.spec.variables and suffix in TEST_VARIABLES:
            yield RawColumn(block.source, block.test_column), Annotation(block.dataset, variable, kind=DERIVED)
