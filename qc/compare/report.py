"""The reports of a comparison as files, each whole or not there."""

from __future__ import annotations

from pathlib import Path

from qc.compare import json_report, text_report
from qc.compare.result import Comparison
from qc.files import put


def write(found: Comparison, limit: int, text: str | None, html: str | None, json: str | None) -> list[Path]:
    """Write the reports that are asked for, each to its file; the files. limit: as in the options."""
    wanted = {
        text: lambda: "\n".join(text_report.lines(found, limit, full=True)) + "\n",
        html: lambda: _html(found),
        json: lambda: json_report.text(found),
    }
    return [put(Path(name), made()) for name, made in wanted.items() if name]


def _html(found: Comparison) -> str:
    from qc.compare import html_report

    return html_report.text(found)
