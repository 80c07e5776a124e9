"""A difference between a package and what specification and raw data give."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Difference:
    """One difference. item: dataset, or `DM.AGE`; "" where none is concerned. record: counted from 1, 0 for none."""

    file: str
    item: str
    record: int
    message: str

    def __str__(self) -> str:
        place = " ".join(filter(None, (self.item, f"record {self.record}" if self.record else "")))
        return f"{self.file}: {place + ': ' if place else ''}{self.message}"
