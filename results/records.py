"""The ADaM records behind each result: what tells them apart, what was analysed, and where they come from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from formats.safe_csv import safe
from results.analysis import Analysis
from results.computed import Computed
from results.names import file_name
from specs.model import Spec

# ADaMIG 1.3, 3.3.4: the SDTM record that a record of analysis comes from.
SOURCE = ("SRCDOM", "SRCVAR", "SRCSEQ")
# Results with more records have no file of them, and those with more than fit on the page are not on it.
MOST, MOST_ON_PAGE = 50_000, 500
_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_DATE = re.compile(r"DATE\d|YYMMDD|E8601DA|IS8601DA|DDMMYY|MMDDYY", re.IGNORECASE)
_NAME = re.compile(r"\b[A-Z_][A-Z0-9_]*\b")


@dataclass(frozen=True, eq=False)
class Records:
    """The records of a result in the order of the dataset, with the variables that are shown of them."""

    result: str
    dataset: str
    frame: pd.DataFrame

    @property
    def name(self) -> str:
        """The result as the name of a file."""
        return file_name(self.result)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The values as text, empty where missing; numbers lose nothing."""
        return self.rows_of(list(self.frame.columns))

    def rows_of(self, names: Sequence[str]) -> list[tuple[str, ...]]:
        """The values of some variables as text, empty where missing; numbers lose nothing."""
        columns = [[_text(value) for value in self.frame[name].tolist()] for name in names]
        return list(zip(*columns, strict=True)) if columns else []


def names_in(text: str) -> tuple[str, ...]:
    """The variables and constants that an expression names, each once.

    >>> names_in("AVAL <= 1 and PARAMCD == 'AGE'")
    ('AVAL', 'PARAMCD')
    """
    return tuple(dict.fromkeys(_NAME.findall(_QUOTED.sub("", text))))


def words_in(text: str) -> frozenset[str]:
    """All words of an expression that might name a variable, those in constants too: none is missed in any spelling.

    In the spelling of the P21 workbook a constant has no quotes, so an apostrophe in it opens none.

    >>> sorted(words_in("PARAM EQ Pt's AGE and SEX NE M"))
    ['AGE', 'EQ', 'M', 'NE', 'PARAM', 'SEX']
    """
    return frozenset(_NAME.findall(text))


def wanted(spec: Spec) -> bool:
    """True unless `records = false` under [results] of study.toml: single subjects are then in no file of the stage."""
    settings = spec.study.settings.get("results")
    return not isinstance(settings, Mapping) or settings.get("records", True) is not False


def identifying(spec: Spec) -> set[str]:
    """The variables that tell the records of the results apart, and those that name their source."""
    if not wanted(spec):
        return set()
    named = {result.dataset for result in spec.results.values()}
    datasets = [spec.datasets[name] for name in sorted(named & set(spec.datasets))]
    keys = {name for one in datasets for name in (*one.key_variables, one.sequence) if name}
    return keys | (set(SOURCE) if datasets else set())


def gather(spec: Spec, computed: Sequence[Computed]) -> dict[str, Records]:
    """The records of each result that has not too many of them, by its ID."""
    found: dict[str, Records] = {}
    if not wanted(spec):
        return found
    for one in computed:
        result = one.analysis.result
        if result.id not in found and len(one.analysis.records) <= MOST:
            mine = [other for other in computed if other.analysis.result.id == result.id]
            columns = _columns(spec, one.analysis, mine)
            frame = _as_dates(spec, result.dataset, one.analysis.records[columns])
            found[result.id] = Records(result.id, result.dataset, frame)
    return found


def _columns(spec: Spec, analysis: Analysis, computed: Sequence[Computed]) -> list[str]:
    """Subject, keys, levels, what the calls and the selection name, and the source; those that there are."""
    dataset = spec.datasets.get(analysis.result.dataset)
    keys = (*dataset.key_variables, dataset.sequence) if dataset else ()
    texts = [analysis.result.selection_criteria]
    for one in computed:
        texts += [one.statistic.denominator, *one.call.columns.values(), *one.call.strata]
        texts += [*one.call.covariates, *one.call.classes, one.call.visit]
    by = [name for one in computed for name in one.statistic.by]
    named = [name for text in texts for name in names_in(text)]
    present = analysis.records.columns
    wanted = dict.fromkeys(("USUBJID", *keys, *analysis.groups, *by, *named, *SOURCE))
    return [name for name in wanted if name in present and name != "STUDYID"]


def _text(value: object) -> str:
    """A value as text: whole numbers without decimals, others in their shortest exact form, empty where missing."""
    if value is None or value != value:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _as_dates(spec: Spec, dataset: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The records with the variables that have a date format as ISO 8601 dates. SAS counts days from 1960-01-01."""
    found = frame.copy()
    for name in frame.columns:
        variable = spec.variables.get((dataset, name))
        if variable and _DATE.match(variable.format) and pd.api.types.is_numeric_dtype(frame[name].dtype):
            days = pd.to_datetime(frame[name], unit="D", origin="1960-01-01")
            found[name] = days.dt.strftime("%Y-%m-%d").astype(object).where(days.notna(), None)
    return found


def to_csv(records: Records) -> str:
    """The records as CSV, a text that a spreadsheet would run as a formula with an apostrophe before it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(records.frame.columns)
    writer.writerows([safe(value) for value in row] for row in records.rows)
    return out.getvalue()


def filled(records: Records) -> list[str]:
    """The columns that hold a value in any record."""
    return [name for name in records.frame.columns if any(map(_text, records.frame[name].tolist()))]
