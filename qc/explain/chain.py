"""Explains a value through the stages: from the record of a file to the run of its subject and on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.run import Run
from engine.trace import locate
from engine.trace.expansion import record
from engine.trace.node import CONSTANT, VALUE, VARIABLE, Node
from engine.trace.tracer import Tracer
from language.tree import TEXT
from qc.explain.files import KEY, StageFiles, Value
from specs.rules import prefix

Open = Callable[[str | None], Tracer]
SUPP = "SUPP"


@dataclass
class Explained:
    """A record of a built dataset, and the steps behind its variables (or behind the one that was asked for).

    values: what the file holds of each that it has. origin: how the record came to be. changed: what differs between
    the file and what the specification and the data give now, in words.
    """

    stage: str
    dataset: str
    record: int
    keys: Mapping[str, Value]
    values: dict[str, Value] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    origin: Node | None = None
    changed: list[str] = field(default_factory=list)


class Chain:
    """The stages of a study: their files, and for each what opens the run of one subject."""

    def __init__(self, files: Mapping[str, StageFiles], openers: Mapping[str, Open]) -> None:
        self.files, self._openers = files, openers
        self._tracers: dict[tuple[str, str | None], Tracer] = {}
        self._orders: dict[tuple[int, str], list[tuple[str, int]]] = {}

    def tracer(self, stage: str, subject: str | None) -> Tracer:
        """The run of a subject in a stage."""
        key = (stage, subject)
        if key not in self._tracers:
            self._tracers[key] = self._openers[stage](subject)
        return self._tracers[key]

    def beyond(self, dataset: str, number: int, variable: str) -> Node | None:
        """What is behind a variable of a record (from 1) of an SDTM file; None where the study does not make it."""
        if "sdtm" not in self._openers or "sdtm" not in self.files:
            return None
        files = self.files["sdtm"]
        if dataset not in files.spec.datasets:
            return None
        place = self.locate("sdtm", dataset, number - 1)
        if place is None:
            note = "the specification and the raw data no longer give this record"
            return Node(VARIABLE, f"{dataset}.{variable}", None, TEXT, note=note)
        return self.tracer("sdtm", self._subject(files, dataset, number - 1)).value(dataset, *place, variable)

    # --- records ---------------------------------------------------------------------------------------

    def explain(self, stage: str, dataset: str, row: int, keys: Mapping[str, Value], names: list[str]) -> Explained:
        """Some variables of the record at a position (from 0) of a file."""
        files = self.files[stage]
        found = Explained(stage, dataset, row + 1, keys)
        stored = files.records(dataset).names  # not working variables, qualifiers, and those that were empty
        found.values = {name: files.value(dataset, row, name) for name in names if name in stored}
        place = self.locate(stage, dataset, row)
        if place is None:
            found.changed.append(
                "the specification and the data no longer give a record with these keys: they changed since the build"
            )
            return found
        tracer = self.tracer(stage, self._subject(files, dataset, row))
        parent = dataset.removeprefix(SUPP)
        found.origin = record(tracer, parent, *place)
        for name in names:
            node = self._node(tracer, files, dataset, row, place, name)
            found.nodes[name] = node
            if name in found.values and not same(node.value, found.values[name]):
                found.changed.append(f"{name}: the file holds {found.values[name]!r}, now it would be {node.value!r}")
        return found

    def _subject(self, files: StageFiles, dataset: str, row: int) -> str | None:
        if KEY not in files.records(dataset).names:
            return None
        value = files.value(dataset, row, KEY)
        return value if isinstance(value, str) else None

    def locate(self, stage: str, dataset: str, row: int) -> tuple[str, int] | None:
        """The record of the run (block, row) behind a record of a file: for SUPP-- that of the parent."""
        files = self.files[stage]
        subject = self._subject(files, dataset, row)
        run = self.tracer(stage, subject).run
        if dataset.startswith(SUPP):
            return self._parent(run, files, dataset, row)
        rows = self._rows(files, dataset, subject)
        names = [name for name in locate.key_variables(run, dataset) if name in files.records(dataset).names]
        keys = {name: files.value(dataset, row, name) for name in names}
        return locate.find(run, dataset, int(np.searchsorted(rows, row)), keys, self._order(run, dataset))

    def _rows(self, files: StageFiles, dataset: str, subject: str | None) -> np.ndarray:
        if subject is not None:
            return files.records(dataset, subject).rows
        everything = files.records(dataset)
        if KEY not in everything.names:
            return everything.rows
        return np.flatnonzero(everything.column(KEY).texts.codes < 0)

    def _order(self, run: Run, dataset: str) -> list[tuple[str, int]]:
        key = (id(run), dataset)
        if key not in self._orders:
            self._orders[key] = locate.in_order(run, dataset)
        return self._orders[key]

    # --- supplemental qualifiers -----------------------------------------------------------------------

    def _parent(self, run: Run, files: StageFiles, dataset: str, row: int) -> tuple[str, int] | None:
        """The parent record to which IDVAR and IDVARVAL of a supplemental record point."""
        parent = dataset.removeprefix(SUPP)
        pointer = files.value(dataset, row, "IDVAR")
        for block, at in self._order(run, parent):
            if pointer is None:
                return block, at
            value = locate.cell(run.value(parent, block, str(pointer)), at)
            shown = f"{value:.15g}" if isinstance(value, float) else value
            if shown == files.value(dataset, row, "IDVARVAL"):
                return block, at
        return None

    def _node(
        self, tracer: Tracer, files: StageFiles, dataset: str, row: int, place: tuple[str, int], name: str
    ) -> Node:
        if not dataset.startswith(SUPP):
            return tracer.value(dataset, *place, name)
        parent = dataset.removeprefix(SUPP)
        qualifier = str(files.value(dataset, row, "QNAM"))
        if name == "QVAL":
            node = tracer.value(parent, *place, qualifier)
            return _as_text(node)
        if name in ("STUDYID", "USUBJID"):
            return tracer.value(parent, *place, name)
        if name == "IDVARVAL" and files.value(dataset, row, "IDVAR") is not None:
            return _as_text(tracer.value(parent, *place, str(files.value(dataset, row, "IDVAR"))))
        known = files.spec.variables.get((dataset, qualifier))
        letters = prefix(parent)
        fixed = {"RDOMAIN": letters, "IDVAR": files.value(dataset, row, "IDVAR"), "QNAM": qualifier}
        if known is not None:
            fixed |= {"QLABEL": known.label or qualifier, "QORIG": known.origin or None}
        place_of = known.place if known is not None else None
        return Node(CONSTANT, f"{dataset}.{name}", fixed.get(name), TEXT, place=place_of)


def _as_text(node: Node) -> Node:
    """A value as a supplemental record holds it: as text."""
    if not isinstance(node.value, float):
        return node
    return Node(
        VARIABLE, node.name, f"{node.value:.15g}", TEXT, note="as text", make=lambda: [node.named("value", VALUE)]
    )


def same(one: object, other: object) -> bool:
    """Whether a value is the one in the file, which holds no truth values and no blanks at the end of a text."""
    if isinstance(one, str) and isinstance(other, str):
        return one.rstrip() == other.rstrip()
    return one == other or (one is None and other is None)
