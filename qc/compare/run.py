"""Compares two files or two folders: every dataset that both have, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from formats.raw_table import TableError
from language.parse import ExpressionError
from qc.compare.accepted import DATASET, Register
from qc.compare.dataset import Given, compare_tables
from qc.compare.described import Description, beside, filled
from qc.compare.options import Options, fault, named
from qc.compare.places import Source, chosen, paired, sources
from qc.compare.result import Comparison, DatasetResult, OnlyDataset
from qc.compare.subset import holds, names_in
from qc.compare.table import Table
from specs.problem import DataError, Place, Problem, ProblemError, nearest


def compare_paths(
    base: Path,
    compare: Path,
    options: Options,
    specified: Mapping[str, Description] | None = None,
    register: Register | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Comparison:
    """Compare two files or two folders.

    specified: what the specification says of the datasets. register: the accepted differences. `say` is told the
    name of each dataset as it is read. What is wrong with one dataset is kept in its result; raises DataError for
    what is wrong with the options, the register or the paths.
    """
    return _Run(options, specified or {}, register or Register(), say).result(base, compare)


@dataclass
class _Run:
    options: Options
    specified: Mapping[str, Description]
    register: Register
    say: Callable[[str], None]
    notes: list[str] = field(default_factory=list)
    seen: dict[str, set[str]] = field(default_factory=dict)

    def result(self, base: Path, compare: Path) -> Comparison:
        self._check_where()
        try:
            own = self.register.path
            found = sources(base, self.notes, own), sources(compare, self.notes, own)
        except TableError as error:
            raise DataError([Problem(Place(error.path, error.line, error.column), error.message, error.hint)]) from None
        for pattern in self.options.datasets:
            if not any(chosen(side, [pattern]) for side in found):
                known = [source.name for side in found for source in side.values()]
                raise fault("--datasets", f"there is no dataset {pattern!r}", nearest(pattern.upper(), known))
        left, right = (chosen(side, self.options.datasets) for side in found)
        both, *alone = paired(left, right, (base.is_file(), compare.is_file()))
        if not both:
            hint = "compare two files, or two folders whose files bear the same names"
            raise DataError([Problem(Place(str(compare)), f"has no dataset in common with {base}", hint)])
        results = [self._dataset(*pair, alone=len(both) == 1) for pair in both]
        datasets = [result for result in results if result is not None]
        self._check_names(any(dataset.failed for dataset in datasets))
        if not datasets:
            raise fault("--where", f"no dataset has all that {self.options.where!r} names", "; ".join(self.notes))
        return Comparison(
            str(base), str(compare), str(self.options.tolerance), tuple(datasets), tuple(self._only(*alone)),
            self.register.path, self.register.as_of.isoformat() if self.register.as_of else "",
            self.register.entries(), tuple(self.options.said()), tuple(dict.fromkeys(self.notes)),
        )  # fmt: skip

    def _only(self, base: Sequence[Source], compare: Sequence[Source]) -> Iterable[OnlyDataset]:
        for side, found in (("base", base), ("compare", compare)):
            for source in found:
                self.register.seen(source.name)
                line = self.register.attribute(source.name, "", DATASET)
                yield OnlyDataset(side, source.title, str(source.path), line)

    def _dataset(self, base: Source, compare: Source, *, alone: bool) -> DatasetResult | None:
        self.say(base.title)
        try:
            tables = base.read(self.options.encoding), compare.read(self.options.encoding)
            for table in tables:
                self.seen.setdefault(base.name.upper(), set()).update(table.by_name)
            return self._compared(base, tables, alone)
        except TableError as error:
            place = Place(error.path, error.line, error.column)
            return DatasetResult(base.title, failed=str(Problem(place, error.message, error.hint)))
        except ProblemError as error:
            return DatasetResult(base.title, failed="; ".join(map(str, error.problems)))

    def _compared(self, source: Source, tables: tuple[Table, Table], alone: bool) -> DatasetResult | None:
        sizes = tables[0].rows, tables[1].rows
        described = tuple(self._described(table, source.name) for table in tables)
        left, right = (filled(table, description) for table, description in zip(tables, described))
        if self.options.where:
            lacking = {name for t in (left, right) for name in names_in(self.options.where) if name not in t.by_name}
            if lacking and not alone:
                self.notes.append(f"{source.title} is left out: it has no {', '.join(sorted(lacking))} (--where)")
                return None
            left, right = (_subset(table, self.options.where) for table in (left, right))
        name = tables[0].name if alone and self._one_name(tables) else source.name
        specified = self.specified.get(name.upper())
        given = Given((described[0], described[1]), specified, self.register, sizes, alone)
        result = compare_tables(name, left, right, self.options, given)
        if not self._one_name(tables) and all(table.source in _NAMED for table in tables):
            note = f"the datasets are named {tables[0].name} in base and {tables[1].name} in compare"
            result = replace(result, notes=(note, *result.notes))
        return replace(result, name=source.title if not alone or source.folder else name)

    @staticmethod
    def _one_name(tables: tuple[Table, Table]) -> bool:
        return tables[0].name.upper() == tables[1].name.upper()

    def _described(self, table: Table, name: str) -> Description | None:
        found, wrong = beside(table.path)
        if wrong:
            self.notes.append(wrong)
        return found.get(name.upper()) or found.get(table.name.upper())

    # --- what the options name --------------------------------------------------------------------------

    def _check_where(self) -> None:
        try:
            names_in(self.options.where) if self.options.where.strip() else set()
        except ExpressionError as error:
            raise fault("--where", error.message, error.hint) from None

    def _check_names(self, failed: bool) -> None:
        """A name of a variable that no dataset has would be an option without effect. failed: a result says why."""
        given = [("--only", self.options.only), ("--drop", self.options.drop), ("--tolerance", self.options.tolerances)]
        for option, patterns in given:
            for pattern in patterns:
                if not any(named(pattern, d, variable) for d, names in self.seen.items() for variable in names):
                    known = {variable for names in self.seen.values() for variable in names}
                    hint = nearest(pattern.rpartition(".")[2].upper(), known)
                    raise fault(option, f"{pattern!r} is no variable of the datasets compared", hint)
        for name in sorted(names_in(self.options.where)) if self.options.where.strip() and not failed else []:
            if not any(name in names for names in self.seen.values()):
                known = {variable for names in self.seen.values() for variable in names}
                raise fault("--where", f"{name!r} is no variable of the datasets compared", nearest(name, known))
        for dataset in self.options.by:
            if dataset and dataset not in self.seen:
                message = f"there is no dataset {dataset!r} among those compared"
                raise fault("--by", message, nearest(dataset, self.seen))


# Formats in which a dataset has a name of its own, which need not be that of its file.
_NAMED = ("xpt", "sas7bdat", "dataset-json")


def _subset(table: Table, where: str) -> Table:
    """The records for which --where holds. Raises DataError."""
    try:
        found: np.ndarray = holds(where, table)
    except ExpressionError as error:
        raise fault("--where", f"{table.path}: {error.message}", error.hint) from None
    return table.subset(found)
