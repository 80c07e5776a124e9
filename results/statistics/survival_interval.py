"""Pointwise confidence limits of a survival curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from results.statistics.registry import confidence, option

Floats = npt.NDArray[np.float64]
TRANSFORMS = ("log-log", "log", "plain")


def limits(survival: Floats, relative_error: Floats, ci: str, level: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper limits of S(t), on the scale named by `ci`.

    survival: S(t). relative_error: Greenwood's standard error of S(t) divided by S(t), which is the standard
    error of log S(t). ci: `log-log` for limits symmetric in log(-log S), `log` in log S (the upper one at
    most 1), `plain` in S (cut to 0 and 1). Not defined, hence NaN: where S is 0, and on the log-log scale
    where S is 1. Kalbfleisch JD, Prentice RL. The Statistical Analysis of Failure Time Data, 2nd ed. 2002,
    section 1.4; edges as in R survival::survfit.
    """
    option("ci", ci, TRANSFORMS)
    z = float(stats.norm.ppf((1 + confidence(level)) / 2))
    defined = (survival > 0) & ((survival < 1) | (ci != "log-log"))
    s, error = np.where(defined, survival, 0.5), np.where(defined, relative_error, 0.0)
    if ci == "plain":
        lower, upper = np.maximum(s - z * s * error, 0), np.minimum(s + z * s * error, 1)
    elif ci == "log":
        lower, upper = s * np.exp(-z * error), np.minimum(s * np.exp(z * error), 1)
    else:
        # log S is negative: the greater exponent of S is the lower limit.
        width = z * error / np.abs(np.log(s))
        lower, upper = s ** np.exp(width), s ** np.exp(-width)
    return np.where(defined, lower, np.nan), np.where(defined, upper, np.nan)
