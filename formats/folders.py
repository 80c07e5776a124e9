"""Folders that are whole or not there: made beside their target, then put in its place."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from formats.whole_file import told

try:
    import fcntl
except ImportError:  # a system without POSIX locks: builds of one target must not overlap there
    fcntl = None  # type: ignore[assignment]


class FolderError(Exception):
    """A folder that cannot be written: the path and the reason that the system gives."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be written: {reason}")


@contextmanager
def replaced(target: Path, ours: tuple[str, ...] = ("*",)) -> Iterator[Path]:
    """A new folder that takes the place of `target` when the block ends well; else `target` is untouched.

    `ours` are the patterns of the files that an earlier build may have left there; a folder that holds any other
    file is not ours to replace.

    A build that is killed leaves its new folder behind, which the next one clears away; while a build runs it
    holds a lock on its new folder, and another of the same target is refused. Raises FolderError.
    """
    target = target.resolve()
    if target == Path.cwd():
        raise FolderError(str(target), "it is the current folder, which cannot be put in place as a whole")
    _refuse_foreign(target, ours)
    old = target.with_name(f".{target.name}.old")
    folder = _prepared(target)
    lock = _locked(folder)
    try:
        yield folder
        _swap(folder, target, old)
    finally:
        if lock is not None:
            os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_foreign(target: Path, ours: tuple[str, ...]) -> None:
    files = sorted(path for path in target.rglob("*") if not path.is_dir()) if target.is_dir() else []
    for path in files:
        if not any(path.relative_to(target).match(pattern) for pattern in ours):
            raise FolderError(str(target), f"it holds {path.relative_to(target)}, which no build wrote")


def _prepared(target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        cleared(target)
        if target.exists() and not (target.is_dir() and os.access(target, os.W_OK)):
            raise NotADirectoryError(20, "it is not a folder that may be written", str(target))
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.new-", dir=target.parent))
        folder.chmod(0o755)
    except OSError as error:
        raise FolderError(str(error.filename or target), error.strerror or str(error)) from None
    return folder


def cleared(target: Path) -> None:
    """Clear away what a killed build left beside a folder. Raises FolderError while another build writes it."""
    target = target.resolve()
    old = target.with_name(f".{target.name}.old")
    for left in sorted(target.parent.glob(f".{target.name}.new-*")):
        _clear(left, target)
    if old.exists() and not target.exists():
        old.rename(target)  # an earlier build was killed between the two renames of _swap
    shutil.rmtree(old, ignore_errors=True)


_ENDING = 2.0  # seconds that the processes of a killed build may take to end


def _clear(left: Path, target: Path) -> None:
    """Remove what a killed build left; one that still runs holds its lock, and one that is ending does for a moment."""
    lock, patience = _locked(left), time.monotonic() + _ENDING
    while lock is None and fcntl is not None and left.is_dir() and time.monotonic() < patience:
        time.sleep(0.05)
        lock = _locked(left)
    if lock is None and fcntl is not None and left.is_dir():
        raise FolderError(str(target), "another build is writing it now")
    shutil.rmtree(left, ignore_errors=True)
    if lock is not None:
        os.close(lock)


def _locked(folder: Path) -> int | None:
    """An open lock on a folder, None where another process holds it or the system has none."""
    if fcntl is None:
        return None
    try:
        lock = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:  # the other build has come to its end
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return None
    return lock


def _swap(folder: Path, target: Path, old: Path) -> None:
    try:
        if target.exists():
            target.rename(old)
        try:
            folder.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise FolderError(str(error.filename or target), error.strerror or str(error)) from None


def link(source: Path, copy: Path) -> None:
    """Put a file into a second folder, without copying it where the system can."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, copy)
    except OSError:
        shutil.copyfile(source, copy)


_SETTLED = 50_000_000  # nanoseconds: far more than the steps in which a system counts the time of a change
_SECOND = 1_000_000_000
_LARGE = 1 << 20
_BESIDE = 1 << 16  # bytes that are worth another thread
_known: dict[tuple[int, ...], str] = {}


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, "" where there is none.

    A file that this process has read for its hash before, and that the system says nobody has touched since, is not
    read again.
    """
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        state = _state_of(stream.fileno())
        if state in _known:
            return _known[state]
        settled = _is_settled(state)  # before it is read: a change during the reading could bear the time of the last
        found = hashlib.file_digest(stream, "sha256").hexdigest()
        if settled and _state_of(stream.fileno()) == state:
            _known[state] = found
    return found


def tell_hash(state: tuple[int, ...], found: str) -> None:
    """Say what the SHA-256 of a file is, for `file_hash`: it was found while the file was written (`Hashed`)."""
    if _is_settled(state):
        _known[state] = found


class Hashed:
    """A file that is written from beginning to end, and hashed on the way by a thread beside.

    state, found: after `close`, for `tell_hash`; they may be sent to another process.
    """

    state: tuple[int, ...] = ()
    found = ""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, path.open("wb", buffering=0)
        self._hash = hashlib.sha256()
        self._beside = ThreadPoolExecutor(1)

    def write(self, data: bytes | memoryview) -> int:
        """Write all of `data`; its number of bytes."""
        view = memoryview(data).cast("B")
        hashed = self._beside.submit(self._hash.update, view) if len(view) > _BESIDE else None
        done = 0
        with told(self._path):
            while done < len(view):
                done += self._file.write(view[done:]) or 0
        if hashed is not None:
            hashed.result()
        else:
            self._hash.update(view)
        return done

    def close(self) -> None:
        """Finish the file."""
        self._beside.shutdown()
        if not self._file.closed:
            self.state, self.found = _state_of(self._file.fileno()), self._hash.hexdigest()
            self._file.close()

    def __enter__(self) -> Hashed:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _state_of(file: int) -> tuple[int, ...]:
    """Which file it is, its size, and when it and its entry were changed last (nanoseconds)."""
    found = os.fstat(file)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _is_settled(state: tuple[int, ...]) -> bool:
    """Whether any change from now on would show in the times of a file.

    A change just after another may bear the same time, and some systems count in whole seconds.
    """
    *_, modified, changed = state
    return max(modified, changed) + _SETTLED < time.time_ns() and modified % _SECOND != 0


def file_hashes(paths: Iterable[Path]) -> dict[Path, str]:
    """As `file_hash` for several files; large ones are read side by side."""
    files = list(dict.fromkeys(paths))
    if sum(path.is_file() and path.stat().st_size > _LARGE for path in files) < 2:
        return {path: file_hash(path) for path in files}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(files, pool.map(file_hash, files)))


def hashes(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of every file below the named parts of a folder, by its path in the folder."""
    files: list[Path] = []
    for name in names:
        path = folder / name
        files += [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    found = {path.relative_to(folder).as_posix(): one for path, one in file_hashes(files).items()}
    return dict(sorted(found.items()))
