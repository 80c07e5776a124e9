"""Make the data files of `specs/standards` from a folder of published tables.

Run `python -m specs.make_standards FOLDER`, where FOLDER holds the variable tables of the implementation
guides and the complete controlled terminology packages as CSV (see `specs/standards/README.md`). The result
is the same bytes each time: rows keep their order, gzip carries no time.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

TARGET = Path(__file__).parent / "standards"
GUIDES = {
    "sdtmig-3-4-variables.csv": "sdtmig-3.4.csv",
    "adamig-1-3-variables.csv": "adamig-1.3.csv",
    "adam-occds-1-1-variables.csv": "adam-occds-1.1.csv",
    "adam-tte-1-0-variables.csv": "adam-tte-1.0.csv",
}
PACKAGES = ("sdtmct-2025-03-28", "adamct-2025-03-28", "define-xmlct-2025-03-28")
LIST_COLUMNS = ("codelist_code", "codelist", "codelist_name", "extensible")
TERM_COLUMNS = ("codelist_code", "term_code", "term", "preferred_term", "synonyms")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _text(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def make_guide(source: Path, target: Path) -> None:
    """Write the facts of one variable table: every column but the guide's prose (`description`)."""
    rows = _rows(source)
    columns = [name for name in rows[0] if name != "description"]
    target.write_bytes(_text(columns, ([row[name].strip() for name in columns] for row in rows)))


def make_package(source: Path, target: Path) -> None:
    """Write one terminology package as two files: its codelists, and all terms sorted by codelist code."""
    rows = sorted(_rows(source), key=lambda row: row["codelist_code"])
    lists = {tuple(row[name].strip() for name in LIST_COLUMNS): None for row in rows}
    terms = ([" ".join(row[name].split()) for name in TERM_COLUMNS] for row in rows)
    for name, content in (("codelists", _text(LIST_COLUMNS, lists)), ("terms", _text(TERM_COLUMNS, terms))):
        path = target.with_name(f"{target.name}.{name}.csv.gz")
        path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def main(folder: Path) -> None:
    """Write every data file of `specs/standards` from the tables in `folder`."""
    for source, target in GUIDES.items():
        make_guide(folder / source, TARGET / target)
    for package in PACKAGES:
        make_package(folder / f"{package}.csv", TARGET / package)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
