"""Reports as files, each whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def put(path: Path, content: str | bytes) -> Path:
    """Write a text as UTF-8, or bytes as they are, and put the file in its place when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return path
