"""What stands behind the numbers of the page, as data that its script shows: statistics, conditions, records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from results import levels, populations, where
from results.analysis import Level
from results.ard import exact, shown_format
from results.computed import Computed
from results.lines import Behind
from results.reasons import reason
from results.records import MOST_ON_PAGE, Records, filled
from results.template import formatted
from specs.model import Spec
from specs.oids import result_oid

# define.html marks datasets and results by the OIDs of the define.xml.
DATASET, RESULT = "../adam/define.html#IG.{}", "../adam/define.html#{}"


@dataclass
class Numbers:
    """The cells of a page that are numbers; `cell` gives the place of one in the data.

    A cell is [estimate, [[label, exact value, as shown, why not estimable], ...]]; an estimate is [call, condition,
    records, subjects, positions of the records]; labels stand in a list of their own, by position.
    """

    spec: Spec
    records: Mapping[str, Records]
    labels: dict[str, int] = field(default_factory=dict)
    calls: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)
    estimates: dict[tuple[int, Level, Level], int] = field(default_factory=dict)
    held: list[list[Any]] = field(default_factory=list)
    cells: list[list[Any]] = field(default_factory=list)

    def cell(self, behind: Behind) -> int:
        """The number of a cell, which is kept."""
        self.cells.append([self._estimate(behind), self._statistics(behind)])
        return len(self.cells) - 1

    def _statistics(self, behind: Behind) -> list[list[Any]]:
        one = behind.one
        values = one.values(behind.group, behind.level)
        whole = {value.name: value.value for value in values if value.level is None}
        count = len(one.used[behind.group, behind.level])
        found = []
        for value in values:
            at = "" if value.level is None else levels.shown(value.level)
            if value.name in behind.names and at in ("", behind.point):
                label = value.label + (f", {value.variable} {at}" if at else "")
                shown = formatted(value.value, shown_format(value.name, value.fmt))
                why = reason(one.call.known.name, value, whole, count)
                found.append([self._label(label), exact(value.value), shown, *([why] if why else [])])
        return found

    def _label(self, text: str) -> int:
        return self.labels.setdefault(text, len(self.labels))

    def _estimate(self, behind: Behind) -> int:
        one, group, level = behind.one, behind.group, behind.level
        key = (id(one), group, level)
        if key not in self.estimates:
            self.estimates[key] = len(self.held)
            used = one.used[group, level]
            positions = [ranges(used)] if self._on_page(one) else []
            condition = where.of_records(one, group, level)
            self.held.append([self._call(one), condition, len(used), one.analysis.subjects_of(used), *positions])
        return self.estimates[key]

    def _call(self, one: Computed) -> int:
        if id(one) not in self.calls:
            self.calls[id(one)] = (len(self.calls), self._described(one))
        return self.calls[id(one)][0]

    def _described(self, one: Computed) -> dict[str, Any]:
        result = one.analysis.result
        name = populations.name_of(self.spec, result.population)
        found = {
            "result": result.id,
            "what": result.description,
            "call": one.call.text,
            "by": " ".join(one.statistic.by),
            "dataset": result.dataset,
            "population": result.population,
            "called": name if name != result.population else "",
            "denominator": one.statistic.denominator,
            "define": RESULT.format(result_oid(result.id)),
            "set": DATASET.format(result.dataset),
            "file": f"records/{self.records[result.id].name}.csv" if result.id in self.records else "",
        }
        return {key: text for key, text in found.items() if text}

    def _on_page(self, one: Computed) -> bool:
        return one.analysis.result.id in self.records and len(one.analysis.records) <= MOST_ON_PAGE

    def json(self) -> str:
        """All of it as JSON that may stand inside an element of the page."""
        shown = {call["result"] for _, call in self.calls.values()}
        listed = {
            name: _listed(records)
            for name, records in self.records.items()
            if name in shown and len(records.frame) <= MOST_ON_PAGE
        }
        data = {
            "labels": list(self.labels),
            "calls": [call for _, call in self.calls.values()],
            "estimates": self.held,
            "cells": self.cells,
            "records": listed,
        }
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return re.sub("[<>&\u2028\u2029]", lambda sign: f"\\u{ord(sign.group()):04x}", text)


def _listed(records: Records) -> dict[str, Any]:
    names = filled(records)
    return {"columns": names, "rows": records.rows_of(names)}


def ranges(positions: npt.NDArray[np.integer]) -> str:
    """Positions in ascending order, neighbours as a range.

    >>> ranges(np.array([0, 1, 2, 7]))
    '0-2,7'
    """
    if not len(positions):
        return ""
    gaps = np.flatnonzero(np.diff(positions) != 1)
    firsts, lasts = positions[np.append(0, gaps + 1)].tolist(), positions[np.append(gaps, -1)].tolist()
    return ",".join(f"{first}-{last}" if last > first else f"{first}" for first, last in zip(firsts, lasts))
