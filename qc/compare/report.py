"""The reports of a comparison as files, each whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from qc.compare import json_report, text_report
from qc.compare.result import Comparison


def write(found: Comparison, limit: int, text: str | None, html: str | None, json: str | None) -> list[Path]:
    """Write the reports that are asked for, each to its file; the files. limit: as in the options."""
    wanted = {
        text: lambda: "\n".join(text_report.lines(found, limit, full=True)) + "\n",
        html: lambda: _html(found),
        json: lambda: json_report.text(found),
    }
    written = []
    for name, made in wanted.items():
        if name:
            _put(Path(name), made())
            written.append(Path(name))
    return written


def _html(found: Comparison) -> str:
    from qc.compare import html_report

    return html_report.text(found)


def _put(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(content)
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
