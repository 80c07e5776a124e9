"""The raw tables that a study is started from: what each column holds, and which one names the subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from formats.coded import Coded
from sdtm.init_words import bare, words_of_name

_CODE_MARKS = ("_C", "_CD", "_CODE")
_PART_MARKS = (("_YY", "_MM", "_DD"), ("_YYYY", "_MM", "_DD"), ("_YEAR", "_MONTH", "_DAY"), ("YY", "MM", "DD"))
_DATE_END = re.compile(r"_?(DAT|DATE|DT)$")
_SUBJECT = ({"subject"}, {"subject", "number"}, {"subject", "identifier"}, {"subjid"}, {"usubjid"}, {"subject", "code"},
            {"subject", "key"})  # fmt: skip


@dataclass(frozen=True, eq=False)
class RawColumn:
    """A column: its table, its name, the distinct values that it holds.

    `code`: the column with the code of which this is the text. `parts`: the columns with year, month and day of the
    date that this is.
    """

    table: str
    name: str
    coded: Coded
    code: str = ""
    parts: tuple[str, ...] = ()

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The distinct values, missing ones left out, in the order of their first row."""
        used = np.unique(self.coded.codes[self.coded.codes >= 0])
        return tuple(str(self.coded.values[code]) for code in used)

    @property
    def empty(self) -> bool:
        return not self.values

    @property
    def constant(self) -> bool:
        """True for one value on every row."""
        return len(self.values) == 1 and bool((self.coded.codes >= 0).all())


@dataclass(frozen=True, eq=False)
class RawForm:
    """A raw table: its name in rules, its file, its columns by name, how many rows; its encoding, blank for UTF-8."""

    table: str
    file: str
    columns: Mapping[str, RawColumn]
    rows: int
    encoding: str = ""

    def distinct(self, names: Iterable[str]) -> int:
        """The number of different rows in some columns."""
        codes = [self.columns[name].coded.codes for name in names]
        return len(np.unique(np.column_stack(codes), axis=0)) if codes and self.rows else min(self.rows, 1)

    @property
    def repeated(self) -> int:
        """The number of rows that equal an earlier one in every column."""
        return self.rows - self.distinct(self.columns)

    @property
    def once(self) -> bool:
        """True where a subject has one row at most."""
        return bool(self.subject) and self.distinct([self.subject]) == self.rows

    def grouped(self) -> list[RawColumn]:
        """The columns to be placed: a text with its code as one, the parts of a date as one; no subject number.

        A name with a backtick has no place in an expression.
        """
        dates = {base: parts for base in self.columns for parts in [self._parts(base)] if parts}
        taken = {name for parts in dates.values() for name in parts}
        found = []
        for name, column in self.columns.items():
            code = next((name + mark for mark in _CODE_MARKS if name + mark in self.columns), "")
            if name == self.subject or name in taken or self._decoded(name) or "`" in name:
                continue
            found.append(replace(column, code=code, parts=dates.get(name, ())))
        return [*found, *self._dates_in_parts(dates)]

    def _parts(self, name: str) -> tuple[str, ...]:
        """The columns with the parts of a date column: AEST_YY, AEST_MM, AEST_DD of AESTDAT."""
        base = _DATE_END.sub("", name)
        for marks in _PART_MARKS if base != name else ():
            parts = tuple(base + mark for mark in marks)
            if all(part in self.columns for part in parts):
                return parts
        return ()

    def _dates_in_parts(self, dates: Mapping[str, tuple[str, ...]]) -> list[RawColumn]:
        """Dates of which only the parts are columns, under the name that the whole would have."""
        found = []
        for marks in _PART_MARKS:
            for name, column in self.columns.items():
                base = name.removesuffix(marks[0])
                parts = tuple(base + mark for mark in marks)
                known = parts in dates.values() or not base or base == name
                if not known and all(part in self.columns for part in parts):
                    found.append(RawColumn(self.table, f"{base}DAT", column.coded, parts=parts))
        return found

    def _decoded(self, name: str) -> bool:
        """True for a column with codes whose text is a column too."""
        return any(name.endswith(mark) and name.removesuffix(mark) in self.columns for mark in _CODE_MARKS)

    @cached_property
    def subject(self) -> str:
        """The column that names the subject, "" for none: by its name, that with the fewest words first."""
        found = [name for name, column in self.columns.items() if not column.empty and _names_subject(name)]
        return min(found, key=lambda name: (len(words_of_name(name)), list(self.columns).index(name)), default="")


def _names_subject(name: str) -> bool:
    return set(words_of_name(name)) in _SUBJECT or bare(name).upper() in ("USUBJID", "SUBJID", "SUBJECT")


def constant_of(forms: Iterable[RawForm], name: str) -> str:
    """The one value that a column such as STUDYID or STUDY has in all tables that have it; "" without one."""
    found = {
        value
        for form in forms
        for column in form.columns.values()
        if bare(column.name).upper() in (name, name.removesuffix("ID")) and column.constant
        for value in column.values
    }
    return found.pop() if len(found) == 1 else ""
