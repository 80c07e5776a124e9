"""Pointwise confidence limits of a survival curve."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from results.statistics.registry import confidence, option

Floats = npt.NDArray[np.float64]
TRANSFORMS = ("log-log", "log", "plain", "arcsine", "logit")
# exp of it is still a number.
WIDEST = 700.0
# Scales on which S = 1 has no finite place, or no finite error.
OPEN_AT_ONE = ("log-log", "arcsine", "logit")


def limits(survival: Floats, relative_error: Floats, ci: str, level: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper limits of S(t), on the scale named by `ci`.

    survival: S(t). relative_error: Greenwood's standard error of S(t) divided by S(t), which is the standard
    error of log S(t). ci: `log-log` for limits symmetric in log(-log S), `log` in log S (the upper one at
    most 1), `plain` in S (cut to 0 and 1), `arcsine` in arcsin of the root of S (cut to 0 and 1), `logit` in
    log(S / (1 - S)); LOGLOG, LOG, LINEAR, ASINSQRT and LOGIT of PROC LIFETEST. Not defined, hence NaN: where S is
    0, and where S is 1 on the log-log, arcsine and logit scales. Kalbfleisch JD, Prentice RL. The Statistical
    Analysis of Failure Time Data, 2nd ed. 2002, section 1.4; Borgan O, Liestol K. Scand J Stat 1990;17:35-41;
    edges as in R survival::survfit.
    """
    option("ci", ci, TRANSFORMS)
    z = float(special.ndtri((1 + confidence(level)) / 2))
    defined = (survival > 0) & ((survival < 1) | (ci not in OPEN_AT_ONE))
    s, width = np.where(defined, survival, 0.5), z * np.where(defined, relative_error, 0.0)
    if ci == "plain":
        lower, upper = np.maximum(s - s * width, 0), np.minimum(s + s * width, 1)
    elif ci == "log":
        lower, upper = s * np.exp(-width), np.minimum(s * np.exp(width), 1)
    elif ci == "arcsine":
        angle, half = np.arcsin(np.sqrt(s)), width * np.sqrt(s / (1 - s)) / 2
        lower = np.sin(np.maximum(angle - half, 0)) ** 2
        upper = np.sin(np.minimum(angle + half, np.pi / 2)) ** 2
    elif ci == "logit":
        odds, factor = s / (1 - s), np.exp(np.minimum(width / (1 - s), WIDEST))
        lower, upper = odds / (odds + factor), odds * factor / (1 + odds * factor)
    else:
        # log S is negative: the greater exponent of S is the lower limit.
        width = np.minimum(width / np.abs(np.log(s)), WIDEST)
        lower, upper = s ** np.exp(width), s ** np.exp(-width)
    return np.where(defined, lower, np.nan), np.where(defined, upper, np.nan)
