"""What every survival statistic asks of its records: a time, a censoring code, and codes of groups and strata."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def checked(time: npt.ArrayLike, censor: npt.ArrayLike) -> tuple[Floats, Bools]:
    """The times and whether each is that of an event; ValueError where one is missing, infinite or negative.

    time: time to event or censoring, >= 0. censor: CNSR of ADaM, 0 an event, anything else censored.
    """
    times, codes = np.asarray(time, dtype=float), np.asarray(censor, dtype=float)
    if times.shape != codes.shape:
        raise ValueError(f"{len(times)} times, but {len(codes)} censoring codes")
    if not np.isfinite(times).all():
        raise ValueError(f"the time of {int((~np.isfinite(times)).sum())} record(s) is missing")
    if np.isnan(codes).any():
        raise ValueError(f"the censoring code of {int(np.isnan(codes).sum())} record(s) is missing")
    if (times < 0).any():
        raise ValueError(f"a time is negative: {times.min():g}")
    return times, codes == 0


def codes(name: str, values: npt.ArrayLike, records: int) -> Ints:
    """Codes from 0, one for each record: of groups, of strata; ValueError for anything else."""
    found = np.asarray(values)
    if found.shape != (records,):
        raise ValueError(f"{records} times, but {len(found)} codes of {name}")
    if records == 0:
        return np.zeros(0, dtype=np.int64)
    whole = found.astype(np.int64)
    if (whole != found).any() or whole.min() < 0:
        raise ValueError(f"a code of {name} is no whole number from 0 on")
    return whole


def compared(group: npt.ArrayLike, records: int) -> Ints:
    """1 for the records of the level that is compared, 0 for those of the reference."""
    found = codes("group", group, records)
    if records and found.max() > 1:
        raise ValueError(f"group holds {found.max()}: it is 1 for the level that is compared, 0 for the reference")
    return found
