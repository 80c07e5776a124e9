"""Templates of the HTML pages: every text is escaped, and a name that a template asks for in vain is a fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2


def environment(folder: Path, finalize: Callable[[object], object] | None = None) -> jinja2.Environment:
    """The templates of a folder. finalize: what is done to each value before it is put out."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=finalize,
    )
