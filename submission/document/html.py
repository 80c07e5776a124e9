"""Writes a document as one HTML file that opens from disk; every text is escaped."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup, escape

from formats import html_templates
from specs.markup import Inline, Run
from submission.document.model import Document

TEMPLATES = Path(__file__).parents[1] / "templates"


def html_bytes(document: Document) -> bytes:
    """The document as HTML: style inside, nothing fetched, no script."""
    environment = html_templates.environment(TEMPLATES)
    environment.filters["shown"] = shown
    blocks = [(type(block).__name__, block) for block in document.blocks]
    return environment.get_template("document.html").render(document=document, blocks=blocks).encode()


def shown(runs: Inline) -> Markup:
    """Runs as HTML.

    >>> shown((Run("A < B", bold=True),))
    Markup('<strong>A &lt; B</strong>')
    """
    return Markup("").join(_run(run) for run in runs)


def _run(run: Run) -> Markup:
    text = Markup("<br>").join(escape(line) for line in run.text.split("\n"))
    for wanted, tag in ((run.code, "code"), (run.italic, "em"), (run.bold, "strong")):
        if wanted:
            text = Markup("<{0}>{1}</{0}>").format(tag, text)
    return Markup('<a href="{}">{}</a>').format(run.link, text) if run.link else text
