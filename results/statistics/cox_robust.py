"""The robust variance of a Cox model: what each record, or each cluster of records, adds to the score."""

from __future__ import annotations

import numpy as np

from results.statistics.cox_likelihood import Sums
from results.statistics.survival_records import Floats, Ints


def score_residuals(sums: Sums) -> Floats:
    """The contribution of each of the n records at risk to the score, p x n; their sum is the score.

    The covariate less its mean over the risk set at the own event, less the same difference times the hazard at
    every event time at which the record is at risk. Lin DY, Wei LJ. J Am Stat Assoc 1989;84:1074-1078. Efron's
    ties: the mean at the own event is that over the d denominators, and a record with an event counts in the
    f-th of them by 1 - f, as in Therneau TM, Grambsch PM. Modeling Survival Data, 2000, section 4.6.2.
    """
    risk, x = sums.risk, sums.covariates
    # Sums over the event times up to the own one: of the hazard, and of hazard times mean.
    hazard = risk.until(sums.inverse[0])[risk.block]
    along = risk.until(sums.squared[0] * sums.first - sums.squared[1] * sums.dead_first)[:, risk.block]
    found = -sums.hazard * (x * hazard - along)
    tie, dead = risk.block[risk.dead], risk.dead
    own = (sums.mean() / risk.deaths)[:, tie]
    less = (sums.squared[1] * sums.first - sums.squared[2] * sums.dead_first)[:, tie]
    found[:, dead] += x[:, dead] - own + sums.hazard[dead] * (x[:, dead] * sums.inverse[1][tie] - less)
    return np.asarray(found)


def clustered(residuals: Floats, cluster: Ints | None) -> Floats:
    """Sum over clusters of the outer products of their contributions (p x p); each record its own without them.

    residuals: p x n. cluster: codes from 0 of the n records.
    """
    if cluster is not None:
        residuals = np.stack([np.bincount(cluster, weights=row) for row in residuals])
    return np.asarray(residuals @ residuals.T)
