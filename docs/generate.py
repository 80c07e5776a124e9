"""The pages that are made from the code: every sheet and column, every function.

`python docs/build.py --write` puts them beside the pages written by hand; a test keeps the two equal.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from docs import criteria_page, function_page
from docs.markdown import cell
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


def spec_tables() -> str:
    """The page of the tables of a specification."""
    parts = [
        "# Tables of a specification\n",
        NOTE.format(where="`specs/columns.py`"),
        textwrap.dedent("""\
            A stage of a study (`sdtm`, `adam`) is a folder of CSV files. The file of a sheet bears its name:
            `sdtm/Variables.csv`. Mapping has one file per dataset, `sdtm/mapping/AE.csv`, and `sdtm/mapping/all.csv`
            for rules of many datasets; look-up tables with columns of your own stand in `sdtm/tables/`. Analysis
            Displays, Analysis Results, Statistics, Lines, Figures, Flow and Listings stand in `results/`. A column that
            no row fills may be left out, and so may a sheet that is not needed; only Datasets and Variables must exist.

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
    lines = [f"### {sheet.name}\n", f"{cell(sheet.description)}\n"]
    if sheet.open:
        lines.append("Further columns are named for a variable or a working name; their cells are expressions.\n")
    lines += ["| Column | Holds | Kind of cell |", "|---|---|---|"]
    return "\n".join([*lines, *(_column(column) for column in sheet.columns)]) + "\n"


def _column(column: Column) -> str:
    kind, _, sheet = column.kind.partition(":")
    shown = f"ID of a row of [{sheet}](#{sheet.lower()})" if kind == "reference" else _KINDS[kind]
    notes = [shown, *(["*needed*"] if column.needed else []), *(["ours"] if column.ours else [])]
    return f"| {column.name} | {cell(column.description)} | {', '.join(notes)} |"


def pages() -> Mapping[str, str]:
    """File name to text of every page made from the code."""
    return {
        "spec-tables.md": spec_tables(),
        "derivations.md": function_page.page(),
        "criteria.md": criteria_page.page(NOTE.format(where="the files of `specs/standards/`")),
    }
