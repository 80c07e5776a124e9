"""The blocks of records of each dataset: rows of Sources and Parameters, one more for each wide test."""

from __future__ import annotations

from dataclasses import dataclass

from language.expanding import expanded_names
from language.tree import NUMBER, TEXT
from specs.model import Join, Parameter, Source, Spec, Test
from specs.rules import wide

NONE_ROWS = "none"
EVENT_VARIABLES = {
    "ADT": NUMBER,
    "CNSR": NUMBER,
    "EVNTDESC": TEXT,
    "CNSDTDSC": TEXT,
    "SRCDOM": TEXT,
    "SRCVAR": TEXT,
    "SRCSEQ": NUMBER,
}


@dataclass(frozen=True)
class Draft:
    """What is known of a block before its expressions are resolved.

    `group` is the name that rules call it by: for a wide test that of its row in Sources.
    """

    row: Source | Parameter
    dataset: str
    name: str
    group: str
    source: str
    test: Test | None = None

    @property
    def column(self) -> str:
        """The column of `row` that names the block."""
        return "Block" if isinstance(self.row, Source) else "PARAMCD"

    @property
    def together(self) -> str:
        """The name that stands for this block and others."""
        return self.row.group

    @property
    def names(self) -> tuple[str, ...]:
        """The names that stand for the block, alone or with others, the nearest first."""
        return tuple(dict.fromkeys(name for name in (self.name, self.group, self.together) if name))


class Blocks:
    """The blocks of a stage by dataset and name; asked by the scopes while expressions are resolved."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.repeated: list[tuple[Draft, Draft]] = []
        self.drafts: dict[str, dict[str, Draft]] = {}
        for source in spec.sources:
            for draft in self._of_source(source):
                self._add(draft)
        for parameter in spec.parameters:
            code = parameter.paramcd
            self._add(Draft(parameter, parameter.dataset, code, code, parameter.source))
        self.datasets = [name for name in self.drafts if name != NONE_ROWS]
        self.datasets += [name for name in spec.datasets if name not in self.drafts and not name.startswith("SUPP")]
        self.names = {name: tuple(self.drafts.get(name, ())) for name in self.datasets}
        self._filled: dict[str, dict[str, str]] = {}
        self._groups = {
            dataset: dict.fromkeys(name for draft in drafts.values() for name in draft.names)
            for dataset, drafts in self.drafts.items()
        }

    def _of_source(self, row: Source) -> list[Draft]:
        if row.dataset == NONE_ROWS:
            name = f"{row.source}#{len(self.drafts.get(NONE_ROWS, ()))}"
            return [Draft(row, NONE_ROWS, name, name, row.source)]
        tests = wide(self.spec, row.dataset, row.block)
        found = [Draft(row, row.dataset, name, row.block, row.source, test) for name, test in tests.items()]
        if row.tests or not tests:
            found.insert(0, Draft(row, row.dataset, row.block, row.block, row.source))
        return found

    def _add(self, draft: Draft) -> None:
        blocks = self.drafts.setdefault(draft.dataset, {})
        if draft.name in blocks:
            self.repeated.append((draft, blocks[draft.name]))
        blocks[draft.name] = draft

    def names_of(self, dataset: str, block: str) -> tuple[str, ...]:
        """The names by which rules and expressions call a block, the nearest first."""
        found = self.drafts.get(dataset, {}).get(block)
        return found.names if found else (block,)

    def expanded(self, dataset: str, block: str) -> tuple[str, ...]:
        """The variables that Expand fills in a block."""
        found = self.drafts.get(dataset, {}).get(block)
        return expanded_names(found.row.expand) if found else ()

    def groups(self, dataset: str) -> dict[str, None]:
        """The names by which rules and expressions of a dataset call its blocks."""
        return self._groups.get(dataset, {})

    def of_group(self, dataset: str, name: str) -> list[Draft]:
        """The blocks of a dataset that a name stands for."""
        return [draft for draft in self.drafts.get(dataset, {}).values() if name in draft.names]

    def of_rule(self, dataset: str, block: str) -> list[str]:
        """The blocks that a rule with this Block cell is for; all of them for a blank cell."""
        return [name for name, draft in self.drafts.get(dataset, {}).items() if block in ("", *draft.names)]

    def source(self, dataset: str, block: str) -> tuple[str, bool]:
        """The From of a block, and whether it is a block of the same dataset."""
        draft = self.drafts.get(dataset, {}).get(block)
        if draft is None:
            return "", False
        own = dataset != NONE_ROWS and draft.source in self.groups(dataset) and draft.source != block
        return draft.source, own

    def joins(self, dataset: str) -> dict[str, Join]:
        """The joins of a dataset by name."""
        found: dict[str, Join] = {}
        for join in self.spec.joins:
            if dataset in join.datasets:
                found.setdefault(join.name, join)
        return found

    def filled(self, dataset: str) -> dict[str, str]:
        """Variables that no rule fills but the making of records (Expand, Events), with their types where known."""
        if dataset not in self._filled:
            found: dict[str, str] = {}
            for draft in self.drafts.get(dataset, {}).values():
                found |= dict.fromkeys(expanded_names(draft.row.expand), "")
            events = [event for event in self.spec.events if event.dataset == dataset]
            if events:
                found |= EVENT_VARIABLES
            for event in events:
                found |= dict.fromkeys([name for name in event.expressions if name not in found], "")
            self._filled[dataset] = found
        return self._filled[dataset]
