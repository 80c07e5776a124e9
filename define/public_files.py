"""Where the package `defineutils` keeps the public schema and stylesheet of Define-XML.

Its files are read, its code is not run: importing it would import a schema processor that is not used here.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path


def _folder() -> Path:
    found = find_spec("defineutils")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the package defineutils is not installed", name="defineutils")
    return Path(found.origin).parent


PUBLIC = _folder()
