"""What a comparison found, as records; the reports write them down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

EQUAL, DIFFERENT, FAILED = 0, 1, 2
"""Exit codes: all equal, something differs, something could not be compared."""


@dataclass(frozen=True)
class Attribute:
    """An attribute that differs: of a variable, or of the dataset where `variable` is blank.

    accepted: the line of the accepted difference that covers it, 0 where none does; so in all records here.
    """

    variable: str
    attribute: str
    base: str
    compare: str
    accepted: int = 0


@dataclass(frozen=True)
class OnlyVariable:
    """A variable of one side."""

    side: str
    name: str
    type: str
    length: int | None
    label: str
    accepted: int = 0


@dataclass(frozen=True)
class OnlyRecord:
    """A record of one side: its number in the file, from 1, and its key."""

    side: str
    record: int
    key: tuple[str, ...]
    accepted: int = 0


@dataclass(frozen=True)
class RepeatedKey:
    """A key that several records of a side share."""

    key: tuple[str, ...]
    base: int
    compare: int


@dataclass(frozen=True)
class Difference:
    """Two values that are unequal; None is missing. Records count from 1 in their files."""

    key: tuple[str, ...]
    base_record: int
    compare_record: int
    base: str | None
    compare: str | None
    difference: float | None
    percent: float | None
    accepted: int = 0


@dataclass(frozen=True)
class Compared:
    """A variable whose values were compared.

    how: the form (number, date, datetime, time, text). compared: values. unequal: values, of which `accepted` are
    accepted, `missing` have a missing side and `noise` differ by no more than floating-point arithmetic leaves.
    within: not exactly equal, but within the tolerance. first: the first unequal values that are not accepted;
    first_accepted: those that are. largest, largest_percent: of all that are unequal. mean: of the differences.
    """

    name: str
    type: str
    length: int | None
    label: str
    how: str
    tolerance: str
    unit: str
    compared: int
    unequal: int
    accepted: int
    missing: int
    noise: int
    within: int
    largest_within: float
    mean: float | None
    largest: Difference | None
    largest_percent: Difference | None
    first: tuple[Difference, ...]
    first_accepted: tuple[Difference, ...]

    @property
    def open(self) -> int:
        """Unequal values that nobody accepted."""
        return self.unequal - self.accepted


@dataclass(frozen=True)
class Edge:
    """A line of the observation summary: what it is, the records and their key."""

    name: str
    base: int | None
    compare: int | None
    key: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """One of the two tables."""

    path: str
    dataset: str
    label: str | None
    created: datetime | None
    modified: datetime | None
    variables: int
    records: int
    subset: int
    """Records that --where kept; all records where there is no subset."""


@dataclass(frozen=True)
class DatasetResult:
    """Two tables compared. `failed` says why they could not be; everything else is then empty.

    common: records in common; unequal_records: those with an unequal value; open_records: with one that nobody
    accepted. only_counts: records of base and of compare alone.
    """

    name: str
    base: Side | None = None
    compare: Side | None = None
    failed: str = ""
    key: tuple[str, ...] = ()
    key_said: str = ""
    notes: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    only_variables: tuple[OnlyVariable, ...] = ()
    only_counts: tuple[int, int] = (0, 0)
    only_accepted: int = 0
    only_records: tuple[OnlyRecord, ...] = ()
    repeated_counts: tuple[int, int] = (0, 0)
    repeated: tuple[RepeatedKey, ...] = ()
    repeated_keys: int = 0
    common: int = 0
    unequal_records: int = 0
    open_records: int = 0
    in_common: int = 0
    edges: tuple[Edge, ...] = ()
    variables: tuple[Compared, ...] = ()

    @property
    def unequal(self) -> int:
        """Values that are unequal."""
        return sum(variable.unequal for variable in self.variables)

    @property
    def open(self) -> int:
        """Differences of every kind that nobody accepted."""
        listed: list[Attribute | OnlyVariable] = [*self.attributes, *self.only_variables]
        records = sum(self.only_counts) - self.only_accepted
        return sum(not one.accepted for one in listed) + records + sum(variable.open for variable in self.variables)

    @property
    def accepted(self) -> int:
        """Differences that were accepted."""
        listed: list[Attribute | OnlyVariable] = [*self.attributes, *self.only_variables]
        values = sum(variable.accepted for variable in self.variables)
        return sum(bool(one.accepted) for one in listed) + self.only_accepted + values

    @property
    def exit_code(self) -> int:
        """EQUAL, DIFFERENT or FAILED."""
        return FAILED if self.failed else DIFFERENT if self.open else EQUAL

    @property
    def sysinfo(self) -> int:
        """The return code that PROC COMPARE would leave in SYSINFO; accepted differences count."""
        return sum(_SYSINFO[name] for name in set(self._conditions()))

    def _conditions(self) -> Iterator[str]:
        if self.failed:
            yield "error"
        for one in self.attributes:
            yield one.attribute if one.variable else "dataset label"
        for only in self.only_variables:
            yield f"variable in {only.side}"
        for side, count in zip(("base", "compare"), self.only_counts):
            if count:
                yield f"record in {side}"
        if self.unequal:
            yield "value"


# The bits of SYSINFO; attributes that PROC COMPARE does not know have none.
_SYSINFO = {
    "dataset label": 1, "informat": 4, "format": 8, "length": 16, "label": 32, "record in base": 64,
    "record in compare": 128, "variable in base": 1024, "variable in compare": 2048, "value": 4096, "type": 8192,
    "error": 32768, "order": 0, "codelist": 0, "storage": 0, "name": 0,
}  # fmt: skip


@dataclass(frozen=True)
class OnlyDataset:
    """A dataset of one side."""

    side: str
    name: str
    path: str
    accepted: int = 0


@dataclass(frozen=True)
class Entry:
    """What became of an accepted difference: APPLIED, UNUSED, EXPIRED or NOT_COMPARED, and how many it covered."""

    line: int
    dataset: str
    variable: str
    kind: str
    condition: str
    reason: str
    who: str
    until: str
    state: str
    covered: int


APPLIED, UNUSED, EXPIRED, NOT_COMPARED = "applied", "no longer applies", "expired", "dataset not compared"


@dataclass(frozen=True)
class Comparison:
    """Two files or folders compared. said: the options that change what counts as a difference."""

    base: str
    compare: str
    method: str
    datasets: tuple[DatasetResult, ...] = ()
    only_datasets: tuple[OnlyDataset, ...] = ()
    register: str = ""
    as_of: str = ""
    entries: tuple[Entry, ...] = ()
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def exit_code(self) -> int:
        """FAILED where a dataset could not be compared, else DIFFERENT where something differs, else EQUAL."""
        codes = [dataset.exit_code for dataset in self.datasets]
        codes += [DIFFERENT for only in self.only_datasets if not only.accepted]
        return max(codes, default=EQUAL)

    @property
    def open(self) -> int:
        """Differences of every kind that nobody accepted."""
        return sum(dataset.open for dataset in self.datasets) + sum(not one.accepted for one in self.only_datasets)

    @property
    def accepted(self) -> int:
        """Differences that were accepted."""
        return sum(dataset.accepted for dataset in self.datasets) + sum(bool(o.accepted) for o in self.only_datasets)
