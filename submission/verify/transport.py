"""Two transport files: attributes, variables, records and values that differ, each named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from formats.xpt_layout import XptError
from formats.xpt_read import members, read
from qc.compare.options import POSITION, Options
from qc.compare.result import Compared, DatasetResult
from qc.compare.run import compare_paths
from submission.verify.differences import Difference

_SUBJECT = "USUBJID"
_LISTED = 20
_ENCODING = "latin-1"  # every byte has a character, so that bytes of any encoding can be told apart


def differences(name: str, there: Path, given: Path) -> Iterator[Difference]:
    """What the file that is there has otherwise than the one that specification and raw data give.

    Records are matched by their number where there are as many, else by the keys of the define.xml.
    """
    try:
        counts = [[member.rows for member in members(path, encoding=_ENCODING)] for path in (there, given)]
    except XptError as error:
        yield Difference(name, there.stem.upper(), 0, f"cannot be read: {error.message}")
        return
    by = {"": (POSITION,)} if counts[0] == counts[1] else {}
    options = Options(by=by, listed=_LISTED, encoding=_ENCODING, ignore=frozenset({"codelist"}))
    for result in compare_paths(given, there, options).datasets:
        yield from _of_result(name, there, result)


def _of_result(name: str, there: Path, result: DatasetResult) -> Iterator[Difference]:
    dataset = there.stem.upper()
    if result.failed:
        yield Difference(name, dataset, 0, result.failed)
    for one in result.attributes:
        item = f"{dataset}.{one.variable}" if one.variable else dataset
        yield Difference(name, item, 0, f"{one.attribute} is {one.compare!r}, would be {one.base!r}")
    for only in result.only_variables:
        message = "the variable is missing" if only.side == "base" else "no such variable is specified"
        yield Difference(name, f"{dataset}.{only.name}", 0, message)
    yield from _records(name, dataset, result)
    subjects = _subjects(there) if result.variables else []
    for variable in result.variables:
        yield from _values(name, dataset, variable, subjects, result.key)


def _records(name: str, dataset: str, result: DatasetResult) -> Iterator[Difference]:
    for record in result.only_records:
        key = ", ".join(f"{variable} {value}" for variable, value in zip(result.key, record.key))
        if record.side == "base":
            yield Difference(name, dataset, 0, f"a record is missing: {key}")
        else:
            yield Difference(name, dataset, record.record, f"specification and raw data do not give it: {key}")
    if (more := sum(result.only_counts) - len(result.only_records)) > 0:
        yield Difference(name, dataset, 0, f"{more:,d} more records are missing or not given")


def _values(
    name: str, dataset: str, variable: Compared, subjects: list[object], key: tuple[str, ...]
) -> Iterator[Difference]:
    item = f"{dataset}.{variable.name}"
    for one in variable.first:
        whose = ", ".join(f"{n} {value}" for n, value in zip(key, one.key))
        if not whose and one.compare_record <= len(subjects):
            whose = f"{_SUBJECT} {subjects[one.compare_record - 1]}"
        shown = f"{one.compare!r}, would be {one.base!r}" + (f" ({whose})" if whose else "")
        yield Difference(name, item, one.compare_record, f"the value is {shown}")
    if (more := variable.unequal - len(variable.first)) > 0:
        yield Difference(name, item, 0, f"{more:,d} more values differ")


def _subjects(path: Path) -> list[object]:
    found = read(path, encoding=_ENCODING, columns=[_SUBJECT]).columns
    return list(found[0].texts.to_objects()) if found else []
