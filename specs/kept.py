"""Results that a process keeps for the next stage that asks for the same."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Kept(Generic[Made]):
    """The last few results of a function whose result depends on a key alone. Nobody may change what is kept."""

    def __init__(self, most: int = 4) -> None:
        self._most = most
        self._made: OrderedDict[Hashable, Made] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for the key, else made now; a call that raises leaves nothing behind."""
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = make()
            if len(self._made) > self._most:
                self._made.popitem(last=False)
        return made


def digest(folder: Path, paths: Iterable[Path]) -> str:
    """A hash over names and content of files."""
    found = blake2b()
    for path in sorted(paths):
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode(errors="surrogateescape"))
        found.update(content)
    return found.hexdigest()
