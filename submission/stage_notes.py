"""The notes of a stage beside its datasets: ledger, issues, and the raw row of each record."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pandas as pd

from engine.columns import Text, as_text
from engine.issues import COLUMNS, Issues
from engine.partial import Segment, segments
from formats import safe_csv
from formats.coded import Coded
from formats.whole_file import told

if TYPE_CHECKING:
    from submission.stage_folder import Earlier
    from submission.stage_state import Span

Stay = tuple["Earlier", Mapping[Segment, "Span"]]
LINEAGE = ("Dataset", "Record", "Table", "Row")


class Notes:
    """Files that are being written; `issues` and `spans` (of the lineage) say where in them the lines of each stand."""

    def __init__(self, file: BinaryIO, issues: Mapping[Segment, Span], earlier: Earlier | None) -> None:
        self._file, self._earlier = file, earlier
        self.issues = issues
        self.spans: dict[str, Span] = {}

    def lineage(self, name: str, columns: Mapping[str, safe_csv.Column]) -> None:
        """Append the lineage of records of a dataset."""
        start = self._file.tell()
        safe_csv.append(columns, self._file)
        self._note(name, start)

    def copy_lineage(self, name: str, path: Path) -> None:
        """Append the lineage of records that stands in a file."""
        start = self._file.tell()
        with path.open("rb") as lines:
            shutil.copyfileobj(lines, self._file, 1 << 20)
        self._note(name, start)

    def carry_lineage(self, name: str) -> None:
        """Append the lineage of a dataset from the earlier build."""
        if self._earlier is None or name not in self._earlier.state.lineage:
            return
        start = self._file.tell()
        with (self._earlier.folder / "qc" / "lineage.csv").open("rb") as lines:
            _copy(lines, self._earlier.state.lineage[name], self._file)
        self._note(name, start)

    def _note(self, name: str, start: int) -> None:
        first, end = self.spans.get(name, (start, start))[0], self._file.tell()
        if end > first:
            self.spans[name] = (first, end)


@contextmanager
def notes(
    folder: Path, ledger: pd.DataFrame, noted: Issues, stay: Stay | None, kept: pd.DataFrame
) -> Iterator[Notes]:
    """Write ledger and issues, and give what the lineage is appended to.

    stay: the earlier build, and which of its issues stay. kept: the lineage of datasets that stay (--only).
    """
    folder.mkdir()
    if len(kept):
        names = pd.DataFrame({"Dataset": sorted(set(kept["Dataset"]))})
        safe_csv.write(names.assign(Message="kept from an earlier build (--only)"), folder / "kept.csv")
    safe_csv.write(ledger, folder / "ledger.csv")
    issues = _issues(folder / "issues.csv", noted, stay)
    path = folder / "lineage.csv"
    with told(path), path.open("wb") as file:
        file.write(safe_csv.header(LINEAGE))
        safe_csv.append({name: kept[name].to_numpy() for name in kept.columns}, file)
        yield Notes(file, issues, stay[0] if stay is not None else None)


def _issues(path: Path, noted: Issues, stay: Stay | None) -> dict[Segment, Span]:
    """Write the issues, those of the earlier build among them, in the order of dataset, variable and table."""
    if stay is None or not stay[1]:
        return _written(path, noted)
    earlier, old = stay
    added = path.with_name("issues.new")
    new = _written(added, noted)
    found: dict[Segment, Span] = {}
    with added.open("rb") as mine, (earlier.folder / "qc" / "issues.csv").open("rb") as theirs, path.open("wb") as file:
        file.write(safe_csv.header(COLUMNS))
        for segment in sorted({*new, *old}):
            start = file.tell()
            if segment in new:
                _copy(mine, new[segment], file)
            else:
                _copy(theirs, old[segment], file)
            found[segment] = (start, file.tell())
    added.unlink()
    return found


def _written(path: Path, noted: Issues) -> dict[Segment, Span]:
    columns = {name: coded(as_text(noted[name])) for name in COLUMNS}
    with told(path), path.open("wb") as file:
        head = file.write(safe_csv.header(COLUMNS))
        sizes = safe_csv.append_measured(columns, file)
    ends = np.concatenate([[head], head + np.cumsum(sizes)]).tolist()
    return {segment: (ends[rows.start], ends[rows.stop]) for segment, rows in segments(noted)}


def _copy(source: BinaryIO, span: Span, target: BinaryIO) -> None:
    source.seek(span[0])
    left = span[1] - span[0]
    while left > 0 and (piece := source.read(min(left, 1 << 20))):
        target.write(piece)
        left -= len(piece)


def coded(column: Text) -> Coded:
    """A text column as the formats take it."""
    return Coded(column.codes, column.dictionary.values)
