"""Hashes of files: the same as those of hashlib, and never one of what a file held before."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli import main
from formats import folders
from formats.folders import Hashed, file_hash, file_hashes, hashes


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _settled(path: Path, data: bytes) -> str:
    """Write a file, wait until any further change would show in its times, and take its hash."""
    path.write_bytes(data)
    time.sleep(0.08)
    return file_hash(path)


def test_file_that_stays_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xpt"
    assert _settled(path, b"first") == _sha256(b"first")
    monkeypatch.setattr(folders.hashlib, "file_digest", lambda *_: pytest.fail("it was read again"))
    assert file_hash(path) == _sha256(b"first")


def test_change_of_the_same_size_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    _settled(path, b"first")
    path.write_bytes(b"other")
    assert file_hash(path) == _sha256(b"other")


def test_change_whose_time_was_set_back_shows(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    _settled(path, b"first")
    before = path.stat()
    path.write_bytes(b"other")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file_hash(path) == _sha256(b"other")


def test_file_put_in_its_place_shows(tmp_path: Path) -> None:
    path, other = tmp_path / "a.xpt", tmp_path / "b.xpt"
    _settled(path, b"first")
    _settled(other, b"other")
    os.replace(other, path)
    assert file_hash(path) == _sha256(b"other")


def test_changes_just_after_each_other_show(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    for number in range(300):
        data = b"%08d" % number
        path.write_bytes(data)
        assert file_hash(path) == _sha256(data)


def test_time_in_whole_seconds_is_not_trusted(tmp_path: Path) -> None:
    path = tmp_path / "a.xpt"
    path.write_bytes(b"first")
    os.utime(path, ns=(0, 5_000_000_000))
    time.sleep(0.08)
    file_hash(path)
    with path.open("rb") as stream:  # an earlier file may have had the same number
        assert folders._state_of(stream.fileno()) not in folders._known


def test_large_files_side_by_side_have_their_own_hashes(tmp_path: Path) -> None:
    data = {f"{number}.xpt": bytes([number]) * ((1 << 20) + number) for number in (3, 1, 2)}
    for name, content in data.items():
        (tmp_path / name).write_bytes(content)
    expected = {name: _sha256(data[name]) for name in sorted(data)}
    assert list(hashes(tmp_path, ["."]).items()) == list(expected.items())
    gone = tmp_path / "gone.xpt"
    assert file_hashes([gone, tmp_path / "1.xpt"]) == {gone: "", tmp_path / "1.xpt": expected["1.xpt"]}


def test_file_is_hashed_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[bytes | memoryview] = [b"head", bytes(range(256)) * 4096, memoryview(b"tail")]
    with folders.Hashed(tmp_path / "a.xpt") as file:
        assert [file.write(piece) for piece in pieces] == [4, 1 << 20, 4]
    whole = b"".join(pieces)
    assert (tmp_path / "a.xpt").read_bytes() == whole
    assert file.found == _sha256(whole)
    time.sleep(0.08)
    folders.tell_hash(file.state, file.found)
    monkeypatch.setattr(folders.hashlib, "file_digest", lambda *_: pytest.fail("it was read again"))
    assert file_hash(tmp_path / "a.xpt") == _sha256(whole)


def test_file_that_was_changed_after_it_was_written_is_read(tmp_path: Path) -> None:
    with folders.Hashed(tmp_path / "a.xpt") as file:
        file.write(b"first")
    (tmp_path / "a.xpt").write_bytes(b"other")
    time.sleep(0.08)
    folders.tell_hash(file.state, file.found)
    assert file_hash(tmp_path / "a.xpt") == _sha256(b"other")


def test_hash_of_a_file_that_may_still_change_unseen_is_not_believed(tmp_path: Path) -> None:
    with folders.Hashed(tmp_path / "a.xpt") as file:
        file.write(b"first")
    folders.tell_hash(file.state, _sha256(b"wrong"))  # at once: another change could bear the same time
    assert file_hash(tmp_path / "a.xpt") == _sha256(b"first")


def test_a_disk_that_is_full_is_told_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "lb.xpt"
    file = Hashed(path)
    file._file.close()
    file._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115
    with pytest.raises(OSError, match="No space left") as error, file:
        file.write(b"x" * 100)
    assert error.value.filename == str(path)


def test_a_hash_is_not_kept_of_a_file_that_changed_just_before_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a large file is read, a second change may bear the time of the first: what counts is the time before."""
    path = tmp_path / "a"
    path.write_bytes(b"one")
    changed, digest, read = os.stat(path).st_ctime_ns, hashlib.file_digest, list[str]()
    clock = [changed + 10**6, changed + 10**10]  # a millisecond later it is read, which takes ten seconds
    monkeypatch.setattr(time, "time_ns", lambda: clock[bool(read)])

    def slow(stream: Any, name: str) -> Any:
        read.append(name)
        return digest(stream, name)

    monkeypatch.setattr(hashlib, "file_digest", slow)
    assert file_hash(path) == file_hash(path) == _sha256(b"one")
    assert len(read) == 1 + 1, "the second time it is read again"


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_delivered_datasets_in_the_folder_of_a_stage_are_not_replaced(stage: str, tmp_path: Path) -> None:
    """They stand there before any build; the ledger that a build leaves says that its own may be replaced."""
    study, out = Path(__file__).parent / "tiny_study", tmp_path / "out"
    build = ["--out", str(out), "--quiet"]
    if stage == "adam":
        assert CliRunner().invoke(main, ["sdtm", str(study), *build]).exit_code == 0
    (out / stage).mkdir(parents=True)
    (out / stage / "pk.xpt").write_bytes(b"delivered")
    result = CliRunner().invoke(main, [stage, str(study), *build])
    assert result.exit_code == 1 and "it holds pk.xpt and no qc/ledger.csv of a build that wrote it" in result.output
    assert [path.name for path in (out / stage).iterdir()] == ["pk.xpt"]
    (out / stage / "pk.xpt").unlink()
    for _ in range(2):
        assert CliRunner().invoke(main, [stage, str(study), *build, "--full"]).exit_code == 0
