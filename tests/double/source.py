"""Reading SDTM files and working with dates, for the independent programming.

Dates are SAS dates: days since 1 January 1960, as numbers, missing where there is no complete date.
Blank text is missing.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd
import pyreadstat

SAS_EPOCH = pd.Timestamp("1960-01-01")
SUBJECT_LEVEL = (
    "STUDYID SUBJID SITEID AGE AGEGR1 SEX RACE TRT01P TRT01PN TRT01A TRT01AN RANDDT TRTSDT TRTEDT FASFL SAFFL"
)


def read(folder: Path, name: str, columns: str) -> pd.DataFrame:
    """Columns of a dataset.

    A dataset or a column that was not written because it holds nothing is read as one without records or values.
    """
    path, wanted = folder / f"{name}.xpt", columns.split()
    if not path.exists():
        return pd.DataFrame({column: pd.Series(dtype="str") for column in wanted})
    data = _file(path, path.stat().st_mtime_ns)
    return pd.DataFrame({name: data[name] if name in data else pd.Series(dtype="str") for name in wanted})


@lru_cache(maxsize=32)
def _file(path: Path, changed: int) -> pd.DataFrame:
    """The file, read once in each of its states."""
    data = pyreadstat.read_xport(str(path), disable_datetime_conversion=True)[0]
    return data.replace("", None)


def qualifiers(folder: Path, name: str) -> pd.DataFrame:
    """Supplemental qualifiers by USUBJID and --SEQ (column `seq`), one column for each QNAM."""
    supp = read(folder, f"supp{name}", "USUBJID IDVARVAL QNAM QVAL")
    supp["seq"] = supp["IDVARVAL"].astype(float)
    wide = supp.pivot(index=["USUBJID", "seq"], columns="QNAM", values="QVAL").reset_index()
    return wide.rename_axis(columns=None)


def _sas(text: pd.Series) -> pd.Series:
    return (pd.to_datetime(text, format="%Y-%m-%d") - SAS_EPOCH).dt.days.astype(float)


def day(dtc: pd.Series) -> pd.Series:
    """SAS date of a complete ISO 8601 date (with or without time); missing for a partial one."""
    return _sas(dtc.where(dtc.str.len() >= 10).str[:10])


def first_day(dtc: pd.Series) -> pd.Series:
    """The date; of a partial one the first day of its month, or 1 January of its year (4.1)."""
    return _sas(dtc.str[:10].where(dtc.str.len() >= 10, dtc + dtc.str.len().map({7: "-01", 4: "-01-01"})))


def last_day(dtc: pd.Series) -> pd.Series:
    """The date; of a partial one the last day of its month, or 31 December of its year (4.1)."""
    first = SAS_EPOCH + pd.to_timedelta(first_day(dtc), unit="D")
    month_end = (first + pd.offsets.MonthEnd(0) - SAS_EPOCH).dt.days.astype(float)
    year_end = (first + pd.offsets.YearEnd(0) - SAS_EPOCH).dt.days.astype(float)
    length = dtc.str.len()
    return day(dtc).where(length >= 10, month_end.where(length == 7, year_end))


def imputed_part(dtc: pd.Series) -> pd.Series:
    """Highest part that has to be imputed: D the day, M month and day; missing where none has (4.1)."""
    return dtc.str.len().map({7: "D", 4: "M"}).astype(object)


def same_month(dtc: pd.Series, date: pd.Series) -> pd.Series:
    """Whether year and month of `dtc` are those of a SAS date."""
    return (dtc.str[:7] == (SAS_EPOCH + pd.to_timedelta(date, unit="D")).dt.strftime("%Y-%m")) & date.notna()


def same_year(dtc: pd.Series, date: pd.Series) -> pd.Series:
    """Whether the year of `dtc` is that of a SAS date."""
    return (dtc.str[:4] == (SAS_EPOCH + pd.to_timedelta(date, unit="D")).dt.strftime("%Y")) & date.notna()


def relative_day(date: pd.Series, reference: pd.Series) -> pd.Series:
    """Day 1 is the reference date, the day before is Day -1: there is no Day 0 (3.2, 4.3)."""
    difference = date - reference
    return difference.where(difference < 0, difference + 1)


def of_subject(data: pd.DataFrame, subjects: pd.DataFrame, variable: str) -> pd.Series:
    """A subject's value on each of that subject's records."""
    return data["USUBJID"].map(subjects.set_index("USUBJID")[variable])


def carry(data: pd.DataFrame, adsl: pd.DataFrame, variables: str = SUBJECT_LEVEL) -> None:
    """Variables of ADSL on each record, with TRTP, TRTPN, TRTA and TRTAN (section 4)."""
    for variable in variables.split():
        data[variable] = of_subject(data, adsl, variable)
    for variable in ("TRT01P", "TRT01PN", "TRT01A", "TRT01AN"):
        data[variable.replace("01", "")] = data[variable]


def least(*columns: pd.Series) -> pd.Series:
    """The smallest of the values that are there, row by row."""
    return pd.concat(columns, axis=1).min(axis=1)


def greatest(*columns: pd.Series) -> pd.Series:
    """The largest of the values that are there, row by row."""
    return pd.concat(columns, axis=1).max(axis=1)


def flag(condition: pd.Series, otherwise: str | None = None) -> pd.Series:
    """Y where the condition holds, else `otherwise` (N for population flags, missing for others)."""
    return condition.fillna(False).astype(bool).map({True: "Y", False: otherwise}).astype(object)
