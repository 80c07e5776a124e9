"""Where a study uses the terms of published codelists: cells of its specification, records of its datasets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from define.value_level import matching
from define.where_clause import RangeCheck, parse_where
from formats import xpt
from language.parse import ExpressionError, parse_list, with_prefix
from language.tree import Attribute, Call, Choice, Compare, Constant, Member, Name, Node, walk
from specs.columns import EXPRESSION_KINDS, SHEETS
from specs.model import Record, Spec
from specs.problem import DataError, Place, Problem
from specs.rules import TEST_VARIABLES, instances, prefix

_TEST_CELLS = {
    "TESTCD": "Test Code", "TEST": "Test", "CAT": "Category", "SCAT": "Subcategory", "SPEC": "Specimen",
    "METHOD": "Method", "LOINC": "LOINC", "STRESU": "Standard Unit",
}  # fmt: skip
_FLAGS = {"flag": ("Y",), "yn": ("Y", "N")}


@dataclass(frozen=True)
class Use:
    """A value of the codelist with that NCI code, "" for the codelist itself, and where it stands.

    records: how many records hold it; 0 for a cell of the specification.
    """

    codelist: str
    stage: str
    value: str
    place: Place
    dataset: str = ""
    variable: str = ""
    records: int = 0


class Lists:
    """The NCI codes of the published codelists that variables of a study have."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.of: dict[tuple[str, str], set[str]] = {}
        self._named: dict[str, set[str]] = {}
        for spec in specs:
            given = [(*key, variable.codelist) for key, variable in spec.variables.items()]
            given += [(row.dataset, row.variable, row.codelist) for row in spec.value_level]
            for dataset, name, codelist in given:
                code = spec.codelists[codelist].nci_code if codelist in spec.codelists else ""
                if code:
                    self.of.setdefault((dataset, name), set()).add(code)
                    for known in (name, f"--{name[2:]}"):
                        self._named.setdefault(known, set()).add(code)

    def named(self, name: str) -> set[str]:
        """The codelists of all variables of that name (`AEOUT`, or `--OUT` for any domain's)."""
        return self._named.get(name, set())


def spec_uses(spec: Spec, lists: Lists) -> Iterator[Use]:
    """Every place of the specification that names a term, or a codelist by its ID."""
    found = [*_codelists(spec), *_tests(spec, lists), *_assigned(spec, lists), *_compared(spec, lists)]
    found += [*_lookups(spec, lists), *_units(spec, lists)]
    for code, value, place in dict.fromkeys(found):
        # ADaM takes codelists over from SDTM; they stand in the tables of SDTM.
        yield Use(code, place.file.partition("/")[0], value, place)


_Found = tuple[str, str, Place]


def _codelists(spec: Spec) -> Iterator[_Found]:
    """Rows of Codelists and Collected; a list that is taken over whole stands at the variable that has it."""
    users = {variable.codelist: variable for variable in reversed([*spec.variables.values()])}
    for name, codelist in spec.codelists.items():
        if not codelist.nci_code:
            continue
        listed = [term for term in codelist.terms if term.cells]
        if codelist.place.row:
            yield codelist.nci_code, "", Place(codelist.place.file, codelist.place.row, "ID")
        elif name in users:
            yield codelist.nci_code, "", users[name].at("Codelist")
        for term in listed:
            yield codelist.nci_code, term.term, term.at("Term")
        for row in spec.collected:
            if row.codelist == name:
                yield codelist.nci_code, row.term, row.at("Term")


def _tests(spec: Spec, lists: Lists) -> Iterator[_Found]:
    for row in spec.tests:
        for variable, field in TEST_VARIABLES.items():
            for code in sorted(lists.of.get((row.dataset, prefix(row.dataset) + variable), ())):
                if value := getattr(row, field):
                    yield code, value, row.at(_TEST_CELLS[variable])


def _lookups(spec: Spec, lists: Lists) -> Iterator[_Found]:
    """Columns of look-up tables that are named like a variable with a codelist."""
    for table, rows in spec.lookups.items():
        for column in rows[0] if rows else ():
            place = Place(f"{spec.stage}/tables/{table}.csv", 0, column)
            for code in sorted(lists.named(column)):
                yield from ((code, row[column], place) for row in rows if row[column])


def _units(spec: Spec, lists: Lists) -> Iterator[_Found]:
    for row in spec.units:
        for code in sorted(lists.named("--ORRESU")):
            yield code, row.collected_unit, row.at("Collected Unit")
        for code in sorted(lists.named("--STRESU")):
            yield code, row.standard_unit, row.at("Standard Unit")


# --- expressions ----------------------------------------------------------------------------------------


def _assigned(spec: Spec, lists: Lists) -> Iterator[_Found]:
    """Texts that a rule of any table gives to a variable with a codelist."""
    for dataset in spec.datasets:
        for rule in instances(spec, dataset):
            owners = (dataset, f"SUPP{dataset}")
            codes = {code for owner in owners for code in lists.of.get((owner, rule.variable), ())}
            if codes and not rule.test:
                parsed = _parsed(rule.expression) if rule.fixed is None else ()
                texts = {text for node in parsed for text in _results(node)} | {rule.fixed or ""} - {""}
                place = rule.place
                if place.file.endswith("/Variables.csv"):
                    place = Place(place.file, place.row, "Assigned Value")
                yield from ((code, text, place) for code in sorted(codes) for text in sorted(texts))


def _results(node: Node) -> Iterator[str]:
    """The texts that an expression may have as its value."""
    if isinstance(node, Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, Choice):
        yield from (*_results(node.yes), *_results(node.no))
    elif isinstance(node, Call):
        yield from _FLAGS.get(node.function, ())
        parts: list[Node] = [*node.arguments] if node.function == "coalesce" else []
        if node.function == "assign_ct" and "otherwise" in node.options:
            parts = [node.options["otherwise"]]
        for part in parts:
            yield from _results(part)


def _compared(spec: Spec, lists: Lists) -> Iterator[_Found]:
    """Texts with which an expression compares a variable that has a codelist."""
    for sheet, records in _tables(spec).items():
        known = SHEETS[sheet]
        for record in records:
            for header, cell in record.cells.items():
                column = known.column(header)
                if cell.strip() and (column.kind in EXPRESSION_KINDS if column else known.open):
                    for node in _parsed(cell):
                        for name, text in _comparisons(node, spec):
                            place = record.at(header)
                            yield from ((code, text, place) for code in sorted(lists.named(name)))


def _tables(spec: Spec) -> Mapping[str, Iterable[Record]]:
    rules = [rule for rule in spec.rules if not rule.place.column]
    return {
        "Tables": spec.tables.values(), "Sources": spec.sources, "Joins": spec.joins, "Mapping": rules,
        "Tests": spec.tests, "Parameters": spec.parameters, "Events": spec.events, "Criteria": spec.criteria,
        "Checks": spec.checks, "Statistics": spec.statistics, "Analysis Results": spec.results.values(),
        "Figures": spec.figures, "Flow": spec.boxes, "Listings": spec.listings,
    }  # fmt: skip


def _parsed(text: str) -> tuple[Node, ...]:
    # `--STAT` stands for a variable of any domain; "__" makes it an identifier.
    try:
        return parse_list(with_prefix(text.strip(), "__")).items if text.strip() else ()
    except ExpressionError:
        return ()  # a text cell of an open table; what should be an expression was checked when it was loaded


def _comparisons(node: Node, spec: Spec) -> Iterator[tuple[str, str]]:
    for part in walk(node):
        if isinstance(part, Compare):
            pairs = [(part.left, part.right), (part.right, part.left)]
        elif isinstance(part, Member):
            pairs = [(part.left, item) for item in part.items]
        else:
            continue
        for side, other in pairs:
            raw = isinstance(side, Attribute) and side.table in spec.tables
            text = other.value if isinstance(other, Constant) else None
            if isinstance(side, (Name, Attribute)) and not raw and isinstance(text, str):
                yield (f"--{side.name[2:]}" if side.name.startswith("__") else side.name), text


# --- data -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Field:
    """A variable whose values are of a codelist, in the records where the checks hold."""

    variable: str
    codelist: str
    column: str
    where: tuple[RangeCheck, ...]


def data_uses(spec: Spec, folder: Path) -> Iterator[Use]:
    """The values in the datasets of a stage that were built into `folder`, with the number of their records.

    Raises DataError for a file that is no transport file.
    """
    for dataset in spec.datasets:
        path, fields = folder / f"{dataset.lower()}.xpt", _fields(spec, dataset)
        if not path.is_file() or not fields:
            continue
        frame = _read(path, fields, spec.study.encoding)
        narrower = {name: [f.where for f in fields if f.column == name and f.where] for name in frame.columns}
        for field in fields:
            if not field.codelist or field.column not in frame.columns:
                continue
            mask = matching(frame, field.where)
            for where in narrower[field.column] if not field.where else ():
                mask &= ~matching(frame, where)  # these records have the codelist of their value level
            for value, count in _counts(frame.loc[mask, field.column]).items():
                yield Use(field.codelist, spec.stage, value, Place(str(path)), dataset, field.variable, count)


def _fields(spec: Spec, dataset: str) -> list[_Field]:
    found = []

    def add(variable: str, codelist: str, column: str, where: tuple[RangeCheck, ...]) -> None:
        code = spec.codelists[codelist].nci_code if codelist in spec.codelists else ""
        if code or where:
            found.append(_Field(variable, code, column, where))

    for (owner, name), variable in spec.variables.items():
        if owner == dataset:
            checks = (RangeCheck("QNAM", "EQ", (name,)),) if variable.supplemental else ()
            add(name, variable.codelist, "QVAL" if checks else name, checks)
    for row in spec.value_level:
        if row.dataset == dataset and row.codelist:
            add(row.variable, row.codelist, row.variable, parse_where(row.where_clause, row.at("Where Clause")))
    return found


def _read(path: Path, fields: list[_Field], encoding: str) -> pd.DataFrame:
    needed = {field.column for field in fields} | {check.variable for field in fields for check in field.where}
    try:
        held = [column.name for column in xpt.read(path, encoding=encoding, max_rows=0).columns]
        wanted = [name for name in held if name in needed]
        return xpt.frame(xpt.read(path, encoding=encoding, columns=wanted), text="category")
    except xpt.XptError as error:
        raise DataError([Problem(Place(str(path)), error.message, error.hint or "build the stage again")]) from None


def _counts(column: pd.Series) -> dict[str, int]:
    """Records per distinct value, missing values left out, in the order of the values."""
    counts = column.value_counts()
    counts = counts[counts > 0]
    texts = {_text(value): int(count) for value, count in counts.items()}
    return dict(sorted(texts.items()))


def _text(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
