"""Statistics as pure functions: arrays in, a frozen result out; one concept a file, with its reference."""

from results.statistics.cox import Cox, cox
from results.statistics.cox_model import CoxModel, proportional_hazards
from results.statistics.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from results.statistics.gray import Gray, gray
from results.statistics.kaplan_meier import KaplanMeier, kaplan_meier
from results.statistics.logrank import LogRank, logrank
from results.statistics.proportion import Proportion, proportion
from results.statistics.registry import STATISTICS, Known, Value
from results.statistics.rmst import RestrictedMean, rmst
from results.statistics.subjects import Subjects, subjects
from results.statistics.summary import Summary, summary
from results.statistics.zph import Proportionality, zph

__all__ = [
    "STATISTICS",
    "Cox",
    "CoxModel",
    "CumulativeIncidence",
    "Gray",
    "KaplanMeier",
    "Known",
    "LogRank",
    "Proportion",
    "Proportionality",
    "RestrictedMean",
    "Subjects",
    "Summary",
    "Value",
    "cox",
    "cumulative_incidence",
    "gray",
    "kaplan_meier",
    "logrank",
    "proportion",
    "proportional_hazards",
    "rmst",
    "subjects",
    "summary",
    "zph",
]
