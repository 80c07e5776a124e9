"""Parts run one after the other in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any


class WorkersError(Exception):
    """A process that ran a part of the build is gone: what happened, and what to do."""


class Here:
    """One part at a time."""

    count = 1

    def run(self, work: Callable[..., Any], given: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Call `work` with each of the arguments; which of them, and its result."""
        for place, arguments in enumerate(given):
            yield place, work(*arguments)
