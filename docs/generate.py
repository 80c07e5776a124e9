"""The pages that are made from the code: every sheet and column, every derivation, every statistic.

`python docs/build.py --write` puts them beside the pages written by hand; a test keeps the two equal.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping

import derivations
from docs.generate_criteria import criteria_page
from results.statistics import STATISTICS
from results.statistics.registry import Known
from specs.columns import EXECUTABLE, SPECIFICATION, Column, Sheet

NOTE = "This page is made from the code by `python docs/build.py --write`; edit {where} instead.\n"
_KINDS = {
    "text": "text",
    "number": "number",
    "name": "name",
    "names": "names, parted by blanks or commas",
    "list": "list, parted by `, ` or `;`",
    "verbatim": "text, blanks count",
    "expression": "expression",
    "condition": "condition",
    "columns": "expressions, parted by commas",
}
_SECTIONS = ("Args:", "Returns", "Missing:", "Example:")


def spec_tables() -> str:
    """The page of the tables of a specification."""
    parts = [
        "# Tables of a specification\n",
        NOTE.format(where="`specs/columns.py`"),
        textwrap.dedent("""\
            A stage of a study (`sdtm`, `adam`) is a folder of CSV files. The file of a sheet bears its name:
            `sdtm/Variables.csv`. Mapping has one file per dataset, `sdtm/mapping/AE.csv`, and `sdtm/mapping/all.csv`
            for rules of many datasets; look-up tables with columns of your own stand in `sdtm/tables/`. Analysis
            Displays, Analysis Results, Statistics and Lines stand in `results/`. A column that no row fills may be
            left out, and so may a sheet that is not needed; only Datasets and Variables must exist.

            Sheets and columns named as in the Pinnacle 21 workbook keep that meaning; columns of ours stand after them.
            *Needed* marks cells that every row must fill. Expressions and conditions are written in the
            [expression language](language.md).
            """),
        "## Sheets of the Pinnacle 21 workbook\n",
        *(_sheet(sheet) for sheet in SPECIFICATION),
        "## Sheets that run\n",
        *(_sheet(sheet) for sheet in EXECUTABLE),
    ]
    return "\n".join(parts)


def _sheet(sheet: Sheet) -> str:
    lines = [f"### {sheet.name}\n", f"{_cell(sheet.description)}\n"]
    if sheet.open:
        lines.append("Further columns are named for a variable or a working name; their cells are expressions.\n")
    lines += ["| Column | Holds | Kind of cell |", "|---|---|---|"]
    return "\n".join([*lines, *(_column(column) for column in sheet.columns)]) + "\n"


def _column(column: Column) -> str:
    kind, _, sheet = column.kind.partition(":")
    shown = f"ID of a row of [{sheet}](#{sheet.lower()})" if kind == "reference" else _KINDS[kind]
    notes = [shown, *(["*needed*"] if column.needed else []), *(["ours"] if column.ours else [])]
    return f"| {column.name} | {_cell(column.description)} | {', '.join(notes)} |"


def _cell(text: str) -> str:
    """A text in which Markdown finds nothing to interpret."""
    for mark in ("|", "<", "*"):
        text = text.replace(mark, "\\" + mark)
    return text


def derivations_page() -> str:
    """The page of the derivations and the statistics."""
    names = sorted(derivations.REGISTRY)
    parts = [
        "# Derivations and statistics\n",
        NOTE.format(where="the docstrings in `derivations/` and `results/statistics/`"),
        textwrap.dedent("""\
            ## Derivations

            A derivation is a function that an expression calls for each row. Dates given as ISO 8601 texts are
            turned into days where a day is asked for. An argument may be written by its name; one in square
            brackets may be left out, dots stand for any number of them. Units come from the specification and are
            not written; a codelist is that of the variable being filled, or the one that is named, `codelist='NY'`.
            Examples show columns, as the tests run them. The first paragraph of each is also the method text of the
            define.xml. The functions that belong to the language itself stand in [The expression
            language](language.md#functions-of-the-language).
            """),
        " · ".join(f"[{name}](#{name})" for name in names) + "\n",
        *(_derivation(name) for name in names),
        "## Statistics\n",
        "A cell of Statistics is one call of these. Columns come first, options by name; a default is used where an "
        "option is not written.\n",
        *(_statistic(known) for known in STATISTICS.values()),
    ]
    return "\n".join(parts)


def _derivation(name: str) -> str:
    known = derivations.REGISTRY[name]
    given, returns = _signature(known.function), known.returns
    head = f"### {name}\n\n```text\n{name}({given}) -> {returns}\n```\n"
    return f"{head}\n{_docstring(known.function)}\nSource of the rule: {_cell(known.source)}.\n"


def _signature(function: Callable[..., object]) -> str:
    parts = []
    for item in inspect.signature(function).parameters.values():
        if str(item.annotation).strip("'\"") == "Units" or item.name == "items":
            continue
        if item.kind is inspect.Parameter.VAR_POSITIONAL:
            parts.append(f"{item.name} ...")
        elif item.default is None:
            parts.append(f"[{item.name}]")
        elif item.default is inspect.Parameter.empty:
            parts.append(item.name)
        else:
            parts.append(f"{item.name}={item.default!r}")
    return ", ".join(parts)


def _statistic(known: Known) -> str:
    options = [f"{name}={value!r}" for name, value in known.constants.items()]
    head = f"### {known.name}\n\n```text\n{known.name}({', '.join([*known.columns, *options])})\n```\n"
    return f"{head}\n{_docstring(known.function)}"


def _docstring(function: Callable[..., object]) -> str:
    """The docstring as Markdown: prose, arguments as a list, the example as code."""
    return "\n".join(_blocks(inspect.getdoc(function) or "")) + "\n"


def _blocks(text: str) -> Iterator[str]:
    lines = text.splitlines()
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.startswith(("Args:", "Example:", "Examples:")):
            stop = position + 1
            while stop < len(lines) and (not lines[stop] or lines[stop].startswith(" ")):
                stop += 1
            yield from _section(line, textwrap.dedent("\n".join(lines[position + 1 : stop])).strip())
            position = stop
        elif line.startswith(">>>"):
            stop = next((i for i in range(position, len(lines)) if not lines[i].strip()), len(lines))
            yield from _section("Example", "\n".join(lines[position:stop]))
            position = stop
        else:
            head, colon, rest = line.partition(":")
            yield f"*{head}:*{_cell(rest)}" if colon and head in ("Missing", "Returns", "Raises") else _cell(line)
            position += 1


def _section(title: str, body: str) -> Iterator[str]:
    if title.startswith("Example"):
        yield f"```python\n{body}\n```\n"
        return
    entries: list[str] = []
    for line in body.splitlines():
        if line.startswith(" ") and entries:
            entries[-1] += " " + line.strip()
        elif line.strip():
            entries.append(line.strip())
    for entry in entries:
        name, _, meaning = entry.partition(":")
        yield f"- `{name}`: {_cell(meaning.strip())}"
    yield ""


def pages() -> Mapping[str, str]:
    """File name to text of every page made from the code."""
    return {
        "spec-tables.md": spec_tables(),
        "derivations.md": derivations_page(),
        "criteria.md": criteria_page(NOTE.format(where="the files of `specs/standards/`")),
    }
