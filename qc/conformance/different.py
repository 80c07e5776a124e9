"""How many different texts there are, counted while they are met block by block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

LIMIT = 1 << 17
# Of two hashes of 64 bits with keys of their own: that two of 100 million texts have both alike has a chance of 1e-23.
_KEYS = ("conformance-one.", "conformance-two.")


class Different:
    """Different texts: up to `LIMIT` of them as they are, of more 128 bits of each."""

    def __init__(self) -> None:
        self.kept: set[str] = set()
        self.hashes = np.empty((2, 0), np.uint64)
        self.parts: list[np.ndarray] = []
        self.waiting = 0

    def new(self, values: Sequence[str]) -> list[str]:
        """Take the distinct values of a block; those that are not kept already."""
        found = [value for value in values if value not in self.kept]
        if len(self.kept) < LIMIT:
            self.kept.update(found)
        elif found:
            texts = np.array(found, object)
            self.parts.append(np.array([pd.util.hash_array(texts, hash_key=key, categorize=False) for key in _KEYS]))
            self.waiting += len(found)
            if self.waiting > self.hashes.shape[1]:
                self._together()
        return found

    def __len__(self) -> int:
        self._together()
        return len(self.kept) + self.hashes.shape[1]

    def _together(self) -> None:
        if self.parts:
            every = np.concatenate([self.hashes, *self.parts], axis=1)
            every = every[:, np.lexsort(every)]
            first = np.ones(every.shape[1], bool)
            first[1:] = (every[:, 1:] != every[:, :-1]).any(axis=0)
            self.hashes = every[:, first]
            self.parts, self.waiting = [], 0
