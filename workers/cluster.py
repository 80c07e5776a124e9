"""Parts run on a Dask cluster that the user has (the extra `dask`).

Its workers need this version of trialspec and must see the study, the raw tables and the output under the paths that
this process uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from workers.here import WorkersError


class Cluster:
    """The cluster whose scheduler has an address such as `tcp://10.0.0.5:8786`."""

    def __init__(self, address: str, timeout: float = 20) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise WorkersError("--scheduler needs Dask: pip install 'trialspec[dask]'") from None
        try:
            self._client = Client(address, timeout=timeout, set_as_default=False)
        except (OSError, ValueError) as error:
            raise WorkersError(f"the scheduler {address} does not answer: {error}") from None
        self.count = sum(self._client.nthreads().values())
        if not self.count:
            self.close()
            raise WorkersError(f"the scheduler {address} has no workers")

    def run(self, work: Callable[..., Any], given: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Call `work` with each of the arguments; which of them, and its result, in the order in which they end.

        Raises WorkersError when a worker or the cluster is gone.
        """
        from distributed import CancelledError, KilledWorker, as_completed
        from distributed.comm.core import CommClosedError

        places = {self._client.submit(work, *arguments, pure=False): place for place, arguments in enumerate(given)}
        try:
            for future in as_completed(list(places), loop=self._client.loop):
                yield places.pop(future), future.result()
        except (KilledWorker, CancelledError, CommClosedError) as error:
            raise WorkersError(f"the cluster lost a part of the build: {error}") from None
        finally:
            for future in places:
                future.cancel()

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()
