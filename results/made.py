"""What the results stage makes: its files, and the folder that they are written into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# What a build of this stage writes into its folder, which it may replace.
FILES = (
    "index.html", "ard.csv", "ard.json", "ard.parquet", "ars.json", "tables.rtf", "tables/*", "records/*", "figures/*",
    "listings/*",
)  # fmt: skip


@dataclass(frozen=True)
class Summary:
    """What a build wrote: the number of rows of analysis results data, and its files in `out`."""

    rows: int
    files: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """What a build will write: the number of rows of analysis results data, and the content of each file."""

    rows: int
    files: Mapping[str, bytes]


def write(made: Made, out: Path) -> Summary:
    """Write the files of the results stage into `out`, which is made where it is missing and should be empty."""
    for name, content in made.files.items():
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return Summary(made.rows, tuple(sorted(made.files)))
