"""Compressed input, refused before it fills the memory: a small file can be made to unpack to any size."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from formats.delimited import TableError

MAX_BYTES = 4 << 30
FREE_BYTES = 64 << 20  # below this the ratio says nothing: a table of one repeated value packs very well
MAX_RATIO = 300  # clinical tables pack 5 to 50 times
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_CHUNK = 1 << 20
_HINT = "unpack it yourself if you trust it"


def check_size(packed: int, unpacked: int, path: str) -> None:
    """Raise TableError when so many bytes from so few are no table."""
    if unpacked > MAX_BYTES or (unpacked > FREE_BYTES and unpacked > MAX_RATIO * packed):
        raise TableError(path, f"{packed} bytes unpack to {unpacked} and more", hint=_HINT)


def gunzip(path: Path, limit: int | None = None) -> bytes:
    """The content of a gzip or zlib file, or about its first `limit` bytes. Raises TableError."""
    parts: list[bytes] = []
    packed = unpacked = 0
    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
    with open(path, "rb") as file:
        data = file.read(_CHUNK)
        while data and (limit is None or unpacked < limit):
            packed += len(data)
            while data:
                part = _inflate(decompressor, data, path)
                parts.append(part)
                unpacked += len(part)
                check_size(packed, unpacked, str(path))
                data = decompressor.unconsumed_tail
                if decompressor.eof:  # gzip files may be joined end to end
                    data = decompressor.unused_data.lstrip(b"\0")
                    decompressor = zlib.decompressobj(_GZIP_OR_ZLIB) if data else decompressor
            data = file.read(_CHUNK)
            if data and decompressor.eof:
                decompressor = zlib.decompressobj(_GZIP_OR_ZLIB)
    if limit is None and not decompressor.eof:
        message = "the file is empty" if not packed else "the compressed file ends early"
        raise TableError(str(path), message, hint="it may be truncated; export it again")
    return b"".join(parts)


def _inflate(decompressor: zlib._Decompress, data: bytes, path: Path) -> bytes:
    try:
        return decompressor.decompress(data, _CHUNK)
    except zlib.error as error:
        raise TableError(str(path), f"the file is not gzip or is damaged: {error}") from None


def open_zip(path: Path, what: str) -> zipfile.ZipFile:
    """The archive, its stated sizes checked (zipfile reads no more than those). Raises TableError."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        hint = "if it is protected by a password or of another version, save it anew"
        raise TableError(str(path), f"this is no {what}", hint=hint) from None
    entries = archive.infolist()
    for entry in entries:
        check_size(max(entry.compress_size, 1), entry.file_size, str(path))
    check_size(MAX_BYTES, sum(entry.file_size for entry in entries), str(path))
    return archive
