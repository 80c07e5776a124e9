"""A define.xml as tables that `build spec import` writes."""

from __future__ import annotations

from pathlib import Path

from define import read, read_items, read_lists, read_rest, read_results
from specs.read_csv import RawTable
from specs.workbook_import import Imported, import_tables
from specs.workbook_read import ReadSheet
from specs.workbook_sheets import Table

_STANDARDS = "Standards of the define.xml"


def import_define(path: Path, stage: str = "") -> Imported:
    """The tables of the define.xml at `path` (version 2.0 or 2.1, with or without analysis results).

    Nothing is written. Raises DataError for a file that is no XML or holds a document type declaration, SpecError
    for one that is no define.xml.
    """
    document = read.read_define(Path(path))
    sheets = {
        "Define": read.define_rows(document),
        "Datasets": read.dataset_rows(document),
        "Variables": read_items.variable_rows(document),
        "ValueLevel": read_items.value_rows(document),
        "WhereClauses": read_items.where_rows(document),
        "Codelists": read_lists.codelist_rows(document),
        "Dictionaries": read_lists.dictionary_rows(document),
        "Methods": read_lists.method_rows(document),
        "Comments": read_lists.comment_rows(document),
        "Documents": read_lists.document_rows(document),
        "Analysis Displays": read_results.display_rows(document),
        "Analysis Results": read_results.result_rows(document),
    }
    tables = [read.table(document, name, list(rows)) for name, rows in sheets.items()]
    tables = [table for table in tables if table.table.rows or table.title in ("Datasets", "Variables")]
    kept = _standards(document)
    tables += [Table(sheet.title, None, RawTable(document.name, (), ())) for sheet in kept]
    result = import_tables(
        document.name, kept, tables, stage or read.stage_of(document), {}, read.created(document)
    )
    result.remarks += [*document.remarks, *read_rest.unread(document)]
    result.faults += dict.fromkeys(document.faults)
    return result


def _standards(document: read.Document) -> list[ReadSheet]:
    rows = dict(enumerate(read_lists.standard_rows(document), start=1))
    return [ReadSheet(_STANDARDS, rows, {}, (), ())] if rows else []
