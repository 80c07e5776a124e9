"""The three Cochran-Mantel-Haenszel statistics of a table of groups by ordered or unordered responses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.registry import Groups, Number, Strata, Value, option, statistic
from results.statistics.two_by_two import stratum_codes

Floats = npt.NDArray[np.float64]
MOST_LEVELS = 100
SCORES = ("table", "rank", "ridit", "modified_ridit")
LABELS = {
    "correlation": "Nonzero correlation",
    "row_means": "Row mean scores differ",
    "general": "General association",
}


@dataclass(frozen=True)
class Part:
    """One of the statistics; None where it is not estimable."""

    statistic: float | None
    degrees: int | None

    @property
    def p_value(self) -> float | None:
        """The probability of a greater statistic."""
        return None if self.statistic is None else float(special.chdtrc(self.degrees, self.statistic))


@dataclass(frozen=True)
class CmhTable:
    """records: those with a value, in strata of two records or more; left_out: the others."""

    records: int
    left_out: int
    parts: dict[str, Part]
    scores: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        found = [
            Value("N", "Number of records", self.records, "d"),
            Value("N_left_out", "Records without value or alone in their stratum, left out", self.left_out, "d"),
        ]
        for name, part in self.parts.items():
            found += [
                Value(f"{name}_statistic", f"{LABELS[name]}, chi-square statistic", part.statistic, ".4f"),
                Value(f"{name}_parameter", f"{LABELS[name]}, degrees of freedom", part.degrees, "d"),
                Value(f"{name}_p", f"{LABELS[name]}, p-value", part.p_value, ".4f"),
            ]
        return (*found, Value("method", "Scores", self.scores, ""))


def _scores(counts: Floats, levels: Floats, scores: str) -> Floats:
    """The score of each level within one stratum, from its total in the stratum."""
    if scores == "table":
        return levels
    midranks = np.cumsum(counts) - (counts - 1) / 2
    divisor = {"rank": 1.0, "ridit": counts.sum(), "modified_ridit": counts.sum() + 1}[scores]
    return np.asarray(midranks / divisor)


def _quadratic(deviation: Floats, variance: Floats) -> Part:
    """The quadratic form of a deviation in the inverse of its variance, over the directions that vary."""
    values, vectors = np.linalg.eigh(variance)
    # A level or group that varies in no stratum leaves an eigenvalue of rounding errors.
    varies = values > 1e-9 * max(float(values.max(initial=0.0)), 1e-300)
    if not varies.any():
        return Part(None, None)
    along = vectors.T[varies] @ deviation
    return Part(float((along**2 / values[varies]).sum()), int(varies.sum()))


def of_table(tables: Floats, levels: Floats, scores: str = "table") -> dict[str, Part]:
    """The statistics of counts with axes stratum, group, level; strata of fewer than two records do not count."""
    groups = np.arange(1.0, tables.shape[1] + 1)
    height, width = max(tables.shape[1] - 1, 0), max(tables.shape[2] - 1, 0)
    correlation, row_means = np.zeros(2), (np.zeros(height), np.zeros((height, height)))
    general = (np.zeros(height * width), np.zeros((height * width, height * width)))
    for table in tables:
        total = table.sum()
        if total < 2:
            continue
        rows, columns = table.sum(axis=1), table.sum(axis=0)
        apart = table - np.outer(rows, columns) / total
        of_rows = np.diag(rows) - np.outer(rows, rows) / total
        of_columns = np.diag(columns) - np.outer(columns, columns) / total
        across, down = _scores(columns, levels, scores), _scores(rows, groups, scores)
        spread = across @ of_columns @ across / (total - 1)
        correlation += (down @ apart @ across, down @ of_rows @ down * spread)
        row_means[0][:] += (apart @ across)[:height]
        row_means[1][:] += of_rows[:height, :height] * spread
        general[0][:] += apart[:height, :width].ravel()
        general[1][:] += np.kron(of_rows[:height, :height], of_columns[:width, :width]) / (total - 1)
    return {
        "correlation": _quadratic(correlation[:1], correlation[1:, None]),
        "row_means": _quadratic(*row_means),
        "general": _quadratic(*general),
    }


@statistic
def cmh_table(value: Number, groups: Groups, strata: Strata = None, *, scores: str = "table") -> CmhTable:
    """The Cochran-Mantel-Haenszel statistics of the levels of Group by the values of a variable, over strata.

    value: a grade or other number of few distinct values; records without one are left out and counted, and
    so is a record alone in its stratum. Three tests: nonzero correlation takes groups (1, 2, 3 in their order)
    and values as ordered, with scores; row mean scores differ takes the values as ordered; general association
    takes neither. scores: `table` the values themselves, `rank` their midranks in the stratum, `ridit` these
    over the stratum's size, `modified_ridit` over its size and 1. With `modified_ridit`, row mean scores is the
    van Elteren test, without strata the Kruskal-Wallis test. Degrees of freedom are those of the directions
    that vary in some stratum. With one group or one value there is no test; more than 100 different values are
    refused.

    Landis JR, Heyman ER, Koch GG. Int Stat Rev 1978;46:237-254; scores as in PROC FREQ.

    >>> found = cmh_table(np.array([1.0, 2, 2, 3, 1, 1]), np.array([1, 1, 1, 0, 0, 0]))
    >>> round(found.parts["row_means"].statistic, 4), found.parts["row_means"].degrees
    (0.0, 1)
    """
    option("scores", scores, SCORES)
    known = np.asarray(value, dtype=float)
    rows = np.asarray(groups, dtype=np.int64)
    if rows.shape != known.shape:
        raise ValueError(f"{len(known)} records, but {len(rows)} groups")
    codes, _ = stratum_codes(strata, len(known))
    present = ~np.isnan(known)
    levels, columns = np.unique(known[present], return_inverse=True)
    names, rows = np.unique(rows[present], return_inverse=True)
    if len(levels) > MOST_LEVELS:
        raise ValueError(f"{len(levels)} different values are too many for a table; van_elteren() takes them")
    order, blocks = np.unique(codes[present], return_inverse=True)
    shape = (len(order), len(names), len(levels))
    cells = np.ravel_multi_index((blocks, rows, columns), shape) if present.any() else np.array([], dtype=int)
    tables = np.bincount(cells, minlength=int(np.prod(shape))).astype(float).reshape(shape)
    used = int(tables.sum(axis=(1, 2))[tables.sum(axis=(1, 2)) > 1].sum())
    return CmhTable(used, len(known) - used, of_table(tables, levels, scores), scores)
