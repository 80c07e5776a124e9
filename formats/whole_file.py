"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Target = str | os.PathLike[str] | BinaryIO


@contextmanager
def opened(target: Target) -> Iterator[BinaryIO]:
    """The target for writing; a path is replaced only by a file that was written to its end."""
    if not isinstance(target, (str, os.PathLike)):
        yield target
        return
    path = Path(target)
    temporary = beside(path)
    try:
        with open(temporary, "wb") as file:
            yield file
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Name the file in an error of the system that does not say which it is, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename:
            raise
        message = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(error.errno or errno.EIO, message, str(path)) from None


def beside(path: Path) -> Path:
    """Where a file is written before it takes its place."""
    return path.with_name(f".{path.name}.{os.getpid()}")
