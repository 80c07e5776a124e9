"""Analysis results data: one statistic a row, in the shape of the data frames of R's package cards."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from formats.safe_csv import safe
from results.statistics.registry import Statistic
from results.template import formatted

_HEAD = ("display", "result", "statistic", "dataset", "where")
_TAIL = (
    "reference", "variable", "variable_level", "context", "stat_name", "stat_label", "stat", "stat_fmt", "fmt_fun",
    "warning", "error", "population", "denominator", "records_where", "records", "subjects",
)  # fmt: skip
_head_of, _tail_of = attrgetter(*_HEAD), attrgetter(*_TAIL)
_P_VALUE = re.compile(r"(.*_)?p(_value)?|p_(less|greater)")
_ALIAS = re.compile(r"\.(\d)([f%])")


@dataclass(frozen=True)
class Row:
    """One statistic with all that says what it is.

    statistic: Order of the row of Statistics it comes from. where: population and selection. groups: variable and
    level of Group, then of By. reference: the level of Group with which the level is compared. variable: the
    expression that was analysed, or `time` with the time as variable_level for the points of a curve. context: name
    of the statistic that was called. stat: None where it is not estimable, and then warning says why. fmt: format in
    which it is shown. population: condition on ADSL. denominator: the narrower condition that counts, if any.
    records_where: condition on the dataset that, inside the population, gives the records; records, subjects: how
    many these are.
    """

    display: str
    result: str
    statistic: str
    dataset: str
    where: str
    groups: tuple[tuple[str, str], ...]
    variable: str
    variable_level: str
    context: str
    stat_name: str
    stat_label: str
    stat: Statistic
    fmt: str
    reference: str = ""
    warning: str = ""
    error: str = ""
    population: str = ""
    denominator: str = ""
    records_where: str = ""
    records: int | None = None
    subjects: int | None = None

    @property
    def stat_fmt(self) -> str:
        """The statistic as it is shown where no template says otherwise."""
        return formatted(self.stat, shown_format(self.stat_name, self.fmt))

    @property
    def fmt_fun(self) -> str:
        """The format in the spelling that cards knows: `xx.x`, `xx.x%`; empty for a text."""
        return alias(shown_format(self.stat_name, self.fmt))

    def cells(self, width: int) -> dict[str, Statistic]:
        """The row as columns, with `width` pairs of group columns."""
        out: dict[str, Statistic] = dict(zip(_HEAD, _head_of(self)))
        for position in range(width):
            variable, level = self.groups[position] if position < len(self.groups) else ("", "")
            out |= {f"group{position + 1}": variable, f"group{position + 1}_level": level}
        out.update(zip(_TAIL, _tail_of(self)))
        return out


def shown_format(name: str, fmt: str) -> str:
    """The format of a statistic; that of p-values for those that its name calls one.

    >>> shown_format("p_value", ".4f"), shown_format("pct", ".1f")
    ('p', '.1f')
    """
    return "p" if fmt.startswith(".") and _P_VALUE.fullmatch(name) else fmt


def alias(fmt: str) -> str:
    """A format in the spelling of cards.

    >>> alias("d"), alias(".1f"), alias(".2%"), alias("p"), alias("")
    ('xx', 'xx.x', 'xx.xx%', 'xx.xxxx', '')
    """
    if fmt in ("d", "p"):
        return "xx" if fmt == "d" else "xx.xxxx"
    found = _ALIAS.fullmatch(fmt)
    if not found:
        return ""
    digits = int(found.group(1))
    return "xx" + (f".{'x' * digits}" if digits else "") + ("%" if found.group(2) == "%" else "")


Cells = list[dict[str, Statistic]]


def table(rows: Sequence[Row]) -> Cells:
    """The rows as columns, all with the same ones."""
    width = max((len(row.groups) for row in rows), default=1)
    return [row.cells(width) for row in rows]


def columns(rows: Sequence[Row]) -> tuple[str, ...]:
    """The names of the columns, of no rows too."""
    width = max((len(row.groups) for row in rows), default=1)
    groups = [f"group{position}{part}" for position in range(1, width + 1) for part in ("", "_level")]
    return (*_HEAD, *groups, *_TAIL)


def files(rows: Sequence[Row], study: str) -> dict[str, bytes]:
    """The table as CSV, JSON and Parquet, by name of the file."""
    cells = table(rows)
    return {
        "ard.csv": to_csv(rows, cells).encode("utf-8"),
        "ard.json": to_json(rows, study, cells).encode("utf-8"),
        "ard.parquet": to_parquet(rows, cells),
    }


def to_csv(rows: Sequence[Row], cells: Cells | None = None) -> str:
    """The table as CSV: floats in their shortest exact form, an empty cell where not estimable.

    A text that a spreadsheet would run as a formula has an apostrophe before it; the JSON keeps it as it is.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns(rows))
    texts = _Texts()
    writer.writerows(
        [texts[value] if type(value) is str else safe(exact(value)) for value in row.values()]
        for row in cells or table(rows)
    )
    return out.getvalue()


class _Texts(dict[str, object]):
    """Texts as they stand in a cell of a CSV; most stand in many cells."""

    def __missing__(self, text: str) -> object:
        found = self[text] = safe(text)
        return found


def exact(value: Statistic) -> str:
    """A statistic as text that loses nothing: the shortest form of a float; empty for None."""
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def to_json(rows: Sequence[Row], study: str, cells: Cells | None = None) -> str:
    """The table as JSON, one row a line; null where not estimable."""
    written = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    lines = (written(row) for row in cells or table(rows))
    return f'{{"study": {json.dumps(study)}, "rows": [\n' + ",\n".join(lines) + "\n]}\n"


def to_parquet(rows: Sequence[Row], cells: Cells | None = None) -> bytes:
    """The table as Parquet. A column has one type there: statistics that are texts stand in `stat_text`."""
    from formats.parquet import write

    found: dict[str, list[Statistic]] = {name: [] for name in columns(rows)}
    for row in cells or table(rows):
        for name, value in row.items():
            found[name].append(value)
    stats = found["stat"]
    kinds = dict.fromkeys(found, "text") | {"stat": "number", "records": "whole", "subjects": "whole"}
    out: dict[str, tuple[str, list[Statistic]]] = {}
    for name, values in found.items():
        out[name] = (kinds[name], values)
        if name == "stat":
            out["stat"] = ("number", [None if isinstance(value, str) else value for value in stats])
            out["stat_text"] = ("text", [value if isinstance(value, str) else None for value in stats])
    return write(out)
