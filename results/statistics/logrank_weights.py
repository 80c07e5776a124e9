"""Weights of the event times in tests that compare survival curves."""

from __future__ import annotations

import numpy as np

from results.statistics.registry import option
from results.statistics.risk_sets import RiskSets
from results.statistics.survival_records import Floats

WEIGHTS = ("logrank", "gehan", "tarone_ware", "peto", "modified_peto", "fleming_harrington")


def weights(risk: RiskSets, name: str, rho: float = 0.0, gamma: float = 0.0) -> Floats:
    """The weight of each event time, n of its d events being at risk.

    logrank: 1. gehan: n, the generalised Wilcoxon test of PROC LIFETEST. tarone_ware: the root of n. peto: the
    product over times up to this one of 1 - d / (n + 1). modified_peto: that times n / (n + 1). Gehan EA.
    Biometrika 1965;52:203-223; Tarone RE, Ware J. Biometrika 1977;64:156-160; Peto R, Peto J. J R Stat Soc A
    1972;135:185-207; Andersen PK, Borgan O, Gill R, Keiding N. Int Stat Rev 1982;50:219-258.

    fleming_harrington: S^rho (1 - S)^gamma with S the Kaplan-Meier estimate of all levels together just before
    the time; rho = 1 alone is `rho=1` of R survival::survdiff. Fleming TR, Harrington DP. Counting Processes and
    Survival Analysis, 1991, section 7.5. Each stratum has its own n and S.
    """
    option("weights", name, WEIGHTS)
    if rho < 0 or gamma < 0 or not np.isfinite(rho + gamma):
        raise ValueError(f"rho={rho!r} and gamma={gamma!r} must be 0 or greater")
    if (rho or gamma) and name != "fleming_harrington":
        raise ValueError(f"rho and gamma belong to weights='fleming_harrington', not to {name!r}")
    at_risk, deaths = risk.at_risk.astype(float), risk.deaths
    if name == "logrank":
        return np.ones(len(at_risk))
    if name == "gehan":
        return at_risk
    if name == "tarone_ware":
        return np.sqrt(at_risk)
    if name == "fleming_harrington":
        survival = _before(risk, 1 - deaths / at_risk)
        return np.asarray(survival**rho * (1 - survival) ** gamma)
    product = risk.until(1 - deaths / (at_risk + 1), np.multiply)
    return np.asarray(product if name == "peto" else product * at_risk / (at_risk + 1))


def _before(risk: RiskSets, factor: Floats) -> Floats:
    """Product of the factors of the earlier event times of the stratum, 1 at the first of them."""
    last = np.append(risk.first[1:], True)[: len(factor)]
    return np.asarray(risk.until(np.where(last, 1.0, np.roll(factor, -1)), np.multiply))
