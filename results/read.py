"""Read the ADaM files that the results need: of them the variables that the results name, and the records they use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd

from formats import xpt
from formats.xpt_chosen import chosen
from formats.xpt_read import only_member
from results import records, variables
from results.chosen import Use, Wanted, uses_of
from results.ready import ADSL, with_header
from specs.model import Figure, Spec
from specs.problem import DataError, Place, Problem, SpecError


class AdamFiles(Mapping[str, pd.DataFrame]):
    """ADSL and the datasets of Analysis Results by name, each read anew when it is asked for, as far as it is used.

    Every variable is read when the results name one that no dataset has, so that the message about it can point to the
    nearest name. Of ADSL all records are read, and kept; of others those that are used. DataError for every file that
    is missing or is no transport file.
    """

    def __init__(self, spec: Spec, folder: Path) -> None:
        self.spec = spec
        self.paths = {name: folder / f"{name.lower()}.xpt" for name in _datasets(spec)}
        self.headers = _headers(spec, self.paths)
        present = {name: [column.name for column in header.columns] for name, header in self.headers.items()}
        self.present = _read_of(spec, present)
        self._adsl: pd.DataFrame | None = None

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A dataset with the records that results with statistics use."""
        return self._read(name, results=True, shown=False)

    def shown(self) -> dict[str, pd.DataFrame]:
        """ADSL, and the datasets of figures and listings with the records that these use."""
        wanted = [name for row in self.spec.figures for name in _of_figure(row, self.spec)]
        wanted += [row.dataset for row in self.spec.listings]
        names = [name for name in self.paths if name == ADSL or name in wanted]
        return {name: self._read(name, results=False, shown=True) for name in names}

    def _read(self, name: str, *, results: bool, shown: bool) -> pd.DataFrame:
        if name == ADSL and self._adsl is not None:
            return self._adsl
        try:
            found = self._chosen(name, uses_of(self.spec, name, ADSL in self.paths, results=results, shown=shown))
        except xpt.XptError as error:
            raise DataError([Problem(Place(error.path), error.message, error.hint)]) from None
        if name == ADSL:
            _need_subjects(found, self.paths[name])
            self._adsl = found
        return found

    def _chosen(self, name: str, uses: list[Use]) -> pd.DataFrame:
        """The records that are used; all of ADSL, and all where a condition is wrong, which the computing reports."""
        member, encoding = only_member(self.paths[name], encoding=self.spec.study.encoding), self.spec.study.encoding
        header = [column.name for column in self.headers[name].columns]
        if name != ADSL and "USUBJID" in header:
            with suppress(SpecError):
                wanted = Wanted(self.spec, uses, header, self.get(ADSL))
                found = chosen(member, self.present[name], wanted.names, wanted.of_block, encoding)
                return with_header(xpt.frame(found), header)
        return with_header(xpt.frame(chosen(member, self.present[name], [], None, encoding)), header)


def _need_subjects(adsl: pd.DataFrame, path: Path) -> None:
    """Raises DataError for an ADSL that does not have one record for each subject (ADaMIG 1.3, section 2.3.1)."""
    if "USUBJID" not in adsl.columns:
        problem = Problem(Place(path.as_posix()), "has no USUBJID, by which the results find the records of a subject")
        raise DataError([problem])
    again = adsl["USUBJID"].duplicated()
    if again.any():
        row = int(np.flatnonzero(again)[0])
        message = f"record {row + 1}: a second one of subject {adsl['USUBJID'].iloc[row]!r}"
        hint = "ADSL has one record per subject; build or deliver it again"
        raise DataError([Problem(Place(path.as_posix()), message, hint)])


def _headers(spec: Spec, paths: Mapping[str, Path]) -> dict[str, xpt.Dataset]:
    """Each dataset without its records."""
    problems: list[Problem] = []
    found: dict[str, xpt.Dataset] = {}
    for name, path in paths.items():
        if not path.is_file():
            hint = "run `build adam` first"
            problems.append(Problem(Place(path.as_posix()), f"there is no file of {name}", hint))
            continue
        try:
            found[name] = xpt.read(path, encoding=spec.study.encoding, max_rows=0)
        except xpt.XptError as error:
            problems.append(Problem(Place(path.as_posix()), error.message, error.hint))
    if problems:
        raise DataError(problems)
    return found


def _read_of(spec: Spec, present: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The variables of each dataset that are read, in the order of the file."""
    named = variables.Named(spec, present)
    if not all(named.known(name, named.texts_of(name)) for name in present if name != ADSL):
        return dict(present)
    identifying = records.identifying(spec)
    wanted = {name: variables.with_companions(named.of_dataset(name), present.get(ADSL, ())) for name in present}
    return {
        name: [column for column in columns if column in wanted[name] | identifying]
        for name, columns in present.items()
    }  # fmt: skip


def _datasets(spec: Spec) -> tuple[str, ...]:
    """ADSL and the datasets of results, figures and listings, without those that the specification does not have.

    A name that Datasets does not have is the specification's fault, which the computing reports with its place.
    """
    named = [result.dataset for result in spec.results.values()]
    named += [name for row in spec.figures for name in _of_figure(row, spec)]
    named += [row.dataset for row in spec.listings]
    names = dict.fromkeys((ADSL, *named))
    return tuple(name for name in names if not spec.datasets or name in spec.datasets)


def _of_figure(row: Figure, spec: Spec) -> tuple[str, ...]:
    """The datasets that a call of Figures names."""
    call = variables.call_of(row, spec)
    return call.datasets if call else ()
