"""A run on the rows of one subject, which takes from all subjects what a rule with subjects='all' asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from engine.columns import Array, Column, take
from engine.issues import IssueLog
from engine.run import Run
from engine.views import Table, View
from language.tree import Aggregate, Match, Window
from specs.blocks import NONE_ROWS
from specs.compiled import CompiledStage


class SubjectRun(Run):
    """The run of one subject.

    built: the rows of a dataset that was built, of all subjects, or None where there is no file of it. whole: the run
    on all subjects, for what stands in no file; it is made when a rule first needs it.
    """

    def __init__(
        self,
        stage: CompiledStage,
        tables: Mapping[str, Table],
        names: Array,
        log: IssueLog,
        built: Callable[[str], View | None] = lambda name: None,
        whole: Callable[[], Run] | None = None,
    ) -> None:
        super().__init__(stage, tables, names, log)
        self._built, self._make_whole = built, whole
        self._all: Run | None = None

    def range_of(self, dataset: str, match: Match) -> View:
        """The rows that an aggregate ranges over: those of all subjects where it says so."""
        if not match.subjects_all or not self._has_subject(dataset, match.table, frozenset()):
            return self.view(dataset, match.table)
        if not self.own_blocks(dataset, match.table):
            found = self._built(match.table)
            if found is not None:
                return found
        return self.everyone().view(dataset, match.table)

    def everyone(self) -> Run:
        """The run on all subjects."""
        if self._all is None:
            assert self._make_whole is not None
            self._all = self._make_whole()
        return self._all

    def whole(self, dataset: str, node: Aggregate | Window) -> Column:
        """A window or aggregate over all records of a dataset: of this subject, or of everyone."""
        if not node.subjects_all:
            return super().whole(dataset, node)
        everyone = self.everyone()
        mine = int(np.searchsorted(everyone.names, self.names[0])) if len(self.names) else -1
        subject = [everyone.records(dataset, block).subject for block in everyone.blocks(dataset)]
        rows = np.flatnonzero(np.concatenate(subject) == mine) if subject else np.empty(0, np.int64)
        return take(everyone.whole(dataset, node), rows)

    def _has_subject(self, dataset: str, table: str, seen: frozenset[tuple[str, str]]) -> bool:
        """False for look-up tables and for what is made of them alone."""
        own = self.own_blocks(dataset, table)
        owner = dataset if own else table
        if not own and (table not in self.stage.blocks or table == NONE_ROWS):
            found = self.stage.inputs.get(table)
            return found is None or found.has_subject
        if (owner, table) in seen:
            return False
        sources = {self.block(owner, name).source for name in own or self.blocks(owner)}
        return any(self._has_subject(owner, source, seen | {(owner, table)}) for source in sources)
