"""The way forward from a thing: what it reaches, as a tree and as a list, and how many records that is."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qc.explain.files import StageFiles
from qc.explain.said import place as said_place
from qc.explain.targets import Target
from specs.compiled import CompiledStage
from specs.impact import CHECK, DISPLAY, EVENTS, RECORDS, RESULT, ROWS, VARIABLE, Impact, Thing
from specs.model import Spec

NAMED = 6  # blocks that a line names; more are counted
_ORDER = (ROWS, RECORDS, VARIABLE, EVENTS, CHECK, RESULT, DISPLAY)


@dataclass(frozen=True)
class Touched:
    """Things of one name: a variable in some blocks of a dataset. steps: how many references lead to it."""

    kind: str
    stage: str
    owner: str
    name: str
    blocks: tuple[str, ...]
    things: tuple[Thing, ...]
    steps: int = 0

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it one line."""
        return self.kind, self.stage, self.owner, self.name


def _place_in_list(one: Touched) -> tuple[int, bool, str, int, str]:
    return _ORDER.index(one.kind), one.stage != "sdtm", one.owner, one.steps, one.name


class Report:
    """The impact of one target."""

    def __init__(self, target: Target, impact: Impact, stages: Mapping[str, CompiledStage]) -> None:
        self.target, self.impact, self.stages = target, impact, stages
        self.specs: Mapping[str, Spec] = {name: stage.spec for name, stage in stages.items()}

    # --- what is reached -------------------------------------------------------------------------------

    def reached(self) -> list[Touched]:
        """Everything that depends on the target, directly or through others, by kind and name."""
        steps: dict[Thing, int] = {}
        near, distance = list(self.target.things), 0
        known = set(near)
        while near:
            distance += 1
            after = [thing for one in near for thing in self.impact.of(one) if thing not in known]
            near = list(dict.fromkeys(after))
            known.update(near)
            steps |= dict.fromkeys(near, distance)
        found = [self._with_steps(one, steps) for one in self.grouped(steps)]
        return sorted(found, key=_place_in_list)

    @staticmethod
    def _with_steps(one: Touched, steps: Mapping[Thing, int]) -> Touched:
        nearest = min(steps[thing] for thing in one.things)
        return Touched(one.kind, one.stage, one.owner, one.name, one.blocks, one.things, nearest)

    def grouped(self, things: Iterable[Thing]) -> list[Touched]:
        """Things of one name together."""
        groups: dict[tuple[str, str, str, str], list[Thing]] = {}
        for thing in things:
            groups.setdefault((thing.kind, thing.stage, thing.owner, thing.name), []).append(thing)
        return [Touched(*key, tuple(thing.block for thing in found), tuple(found)) for key, found in groups.items()]

    # --- as text ---------------------------------------------------------------------------------------

    def lines(
        self, records: Mapping[tuple[str, str], int] | None = None, held: Sequence[str] = (), depth: int | None = None
    ) -> Iterator[str]:
        """How much it is, then the tree, `depth` steps deep (None: to its end)."""
        yield self.target.title
        yield from (f"  {text}" for text in self._summary())
        yield from (f"  {text}" for text in self.target.said)
        if self.target.holders:
            names = [f"{dataset}.{name}" for _, dataset, name in self.target.holders]
            yield f"  it is the codelist of {', '.join(names)}"
        yield from (f"  {text}" for text in held)
        yield ""
        seen: set[Thing] = set(self.target.things)
        yield from self._below(self.target.things, 1, seen, records, depth)

    def _below(
        self, things: Iterable[Thing], indent: int, seen: set[Thing], records: Mapping[tuple[str, str], int] | None,
        depth: int | None,
    ) -> Iterator[str]:  # fmt: skip
        if depth is not None and indent > depth:
            return
        dependents = list(dict.fromkeys(found for thing in things for found in self.impact.of(thing)))
        for one in sorted(self.grouped(dependents), key=lambda one: (_ORDER.index(one.kind), one.owner, one.name)):
            new = [thing for thing in one.things if thing not in seen]
            again = "" if new else "   (see above)"
            more = any(self.impact.of(thing) for thing in one.things)
            yield f"{'  ' * indent}{self.line(one, records)}{again if more else ''}"
            seen.update(new)
            yield from self._below(new, indent + 1, seen, records, depth)

    def line(self, one: Touched, records: Mapping[tuple[str, str], int] | None) -> str:
        """What is touched, where its rule stands, and in how many records."""
        where = said_place(self.impact.places.get(one.things[0]))
        count = self.count(one, records) if records is not None else None
        shown = "" if count is None else f", {count:,d} records"
        return f"{self.name(one)}{self.blocks(one)}{shown}{f'   [{where}]' if where else ''}"

    def name(self, one: Touched) -> str:
        """What is touched, in words."""
        if one.kind == RECORDS:
            return f"which records {one.owner} has"
        if one.kind == ROWS:
            return f"which rows of {one.owner} count"
        if one.kind == EVENTS:
            return f"{one.owner}: date, CNSR and texts of Events"
        if one.kind == CHECK:
            return f"check {one.name} of {one.owner}"
        if one.kind == RESULT:
            return f"result {one.name}: {self._description(one.name)}"
        if one.kind == DISPLAY:
            known = next((spec.displays[one.name] for spec in self.specs.values() if one.name in spec.displays), None)
            return f"display {one.name}{f': {known.title}' if known else ''}"
        spec = self.specs[one.stage]
        return f"{'SUPP' if (f'SUPP{one.owner}', one.name) in spec.variables else ''}{one.owner}.{one.name}"

    def _description(self, name: str) -> str:
        found = next((spec.results[name] for spec in self.specs.values() if name in spec.results), None)
        return found.description if found else ""

    def blocks(self, one: Touched) -> str:
        """The blocks, where they are not all of the dataset."""
        known = [block.name for block in self.stages[one.stage].blocks.get(one.owner, ())] if one.stage else []
        if not one.blocks[0] or set(one.blocks) == set(known):
            return ""
        more = f" and {len(one.blocks) - NAMED} more" if len(one.blocks) > NAMED else ""
        return f" [{', '.join(one.blocks[:NAMED])}{more}]"

    def count(self, one: Touched, records: Mapping[tuple[str, str], int] | None) -> int | None:
        """How many records of the built data it is in; None for what has no records."""
        if records is None or one.kind not in (VARIABLE, EVENTS, RECORDS):
            return None
        groups = {_group(self.stages[one.stage], one.owner, block) for block in one.blocks}
        found = [records[one.owner, group] for group in groups if (one.owner, group) in records]
        return sum(found) if found else None

    def _summary(self) -> Iterator[str]:
        reached = self.reached()
        if not reached:
            yield "nothing depends on it"
            return
        kinds = ((VARIABLE, "variable"), (EVENTS, "parameter with events"), (CHECK, "check"), (RESULT, "result"),
                 (DISPLAY, "display"))  # fmt: skip
        parts = []
        for kind, word in kinds:
            found = [one for one in reached if one.kind == kind]
            number = sum(len(one.blocks) for one in found) if kind == EVENTS else len(found)
            if number:
                parts.append(f"{number} {word.replace(' ', 's ', 1) if number > 1 and ' ' in word else word}"
                             f"{'s' if number > 1 and ' ' not in word else ''}")  # fmt: skip
        filled = [one for one in reached if one.kind in (VARIABLE, EVENTS, RECORDS)]
        datasets = dict.fromkeys(one.owner for one in sorted(filled, key=lambda one: (one.stage != "sdtm", one.owner)))
        yield f"reaches {', '.join(parts)}" + (f" in {', '.join(datasets)}" if datasets else "")
        which = dict.fromkeys(one.owner for one in reached if one.kind == RECORDS)
        if which:
            names = ", ".join(which)
            yield f"it decides which records there are in {names}: every variable of these comes or goes with them"

    def table(self, records: Mapping[tuple[str, str], int] | None = None) -> Iterator[tuple[str, ...]]:
        """The list: kind, what, blocks, steps, place, and records where they are counted."""
        head = ("Kind", "What", "Blocks", "Steps", "Place")
        yield (*head, "Records") if records is not None else head
        for one in self.reached():
            where = said_place(self.impact.places.get(one.things[0]))
            cells = (one.kind, self.name(one), self.blocks(one).strip(" []"), str(one.steps), where)
            count = self.count(one, records)
            yield (*cells, "" if count is None else str(count)) if records is not None else cells


def _group(stage: CompiledStage, dataset: str, block: str) -> str:
    """The name under which the ledger counts the records of a block."""
    return next(found.group for found in stage.blocks[dataset] if found.name == block)


# --- records of the built data --------------------------------------------------------------------------


def record_counts(ledgers: Iterable[Path]) -> dict[tuple[str, str], int]:
    """How many records each block of each dataset has, by the ledgers of the build."""
    found: dict[tuple[str, str], int] = {}
    for path in ledgers:
        if path.exists():
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    if row["Step"] == "records":
                        key = (row["Dataset"], row["Block"])
                        found[key] = found.get(key, 0) + int(row["Rows"])
    return found


def holding(target: Target, files: Mapping[str, StageFiles]) -> list[str]:
    """How many built records hold a term, by variable."""
    found = []
    for stage, dataset, name in target.holders:
        if target.term is None or stage not in files:
            continue
        one = files[stage]
        supplemental = dataset.startswith("SUPP")
        if not one.built(dataset):
            continue
        records = one.records(dataset)
        column = "QVAL" if supplemental else name
        if column not in records.names:
            continue
        read = records.column(column)
        if read.numeric:
            continue
        same = read.texts.values == target.term
        hits = np.append(same, False)[read.texts.codes]
        if supplemental:
            names = records.column("QNAM").texts
            hits &= np.append(names.values == name, False)[names.codes]
        if hits.any():
            found.append(f"{int(hits.sum()):,d} records of {dataset} hold it in {name}")
    return found or ["no built record holds it"]
