"""Workbooks of other layouts and of Define-XML 2.0, read as ours: names of sheets and columns, and words.

A word that Define-XML 2.1 has another for is put into it; the cell as it stood is kept in a further column of the
name `Origin (imported)`.
"""

from __future__ import annotations

from specs.columns import SHEETS, Sheet
from specs.origins import OLD_ORIGINS

IMPORTED = " (imported)"
_SHEETS = {"study": "Define", "value level": "ValueLevel", "where clauses": "WhereClauses",
           "analysisdisplays": "Analysis Displays", "analysisresults": "Analysis Results"}  # fmt: skip
_COLUMNS = {
    ("Datasets", "description"): "Label",
    ("Datasets", "sub class"): "SubClass",
    ("Datasets", "keys"): "Key Variables",
    ("Variables", "dataset name"): "Dataset",
    ("Variables", "variable name"): "Variable",
    ("Variables", "variable label"): "Label",
    ("Variables", "type"): "Data Type",
    ("ValueLevel", "value level comment"): "Comment",
    ("Codelists", "codelist code"): "NCI Codelist Code",
    ("Codelists", "term code"): "NCI Term Code",
    ("Codelists", "decode"): "Decoded Value",
}


def known_sheet(title: str) -> Sheet | None:
    """The sheet that a title means, in any case of letters and by the names of older layouts.

    >>> known_sheet("Study").name, known_sheet("valuelevel").name, known_sheet("visits")
    ('Define', 'ValueLevel', None)
    """
    folded = _folded(title)
    if folded in _SHEETS:
        return SHEETS[_SHEETS[folded]]
    return next((sheet for name, sheet in SHEETS.items() if _folded(name) == folded), None)


def known_column(sheet: Sheet, header: str) -> str:
    """Our name of a column of a sheet; the header itself where we have none.

    >>> known_column(SHEETS["Datasets"], "Description")
    'Label'
    """
    folded = _folded(header)
    name = _COLUMNS.get((sheet.name, folded), "")
    return name or next((name for name in sheet.names if _folded(name) == folded), header)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def in_words_of_2_1(sheet: Sheet, cells: dict[str, str]) -> dict[str, str]:
    """The cells of a row whose words Define-XML 2.1 replaced, by column, with what keeps the old ones.

    >>> in_words_of_2_1(SHEETS["Variables"], {"Origin": "CRF", "Source": ""})
    {'Origin': 'Collected', 'Source': 'Investigator', 'Origin (imported)': 'CRF'}
    """
    old = cells.get("Origin", "").strip()
    if old not in OLD_ORIGINS or sheet.column("Origin") is None:
        return {}
    origin, source = OLD_ORIGINS[old]
    return {"Origin": origin, "Source": cells.get("Source", "").strip() or source, f"Origin{IMPORTED}": old}
