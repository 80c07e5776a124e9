"""Statistics as pure functions: arrays in, a frozen result out; one concept a file, with its reference."""

from results.statistics.ancova import ancova
from results.statistics.categories import Categories, categories
from results.statistics.cluster_ratio import ClusterDifference, ClusterRatio, cluster_difference, cluster_ratio
from results.statistics.cmh import Cmh, cmh
from results.statistics.cmh_table import CmhTable, cmh_table
from results.statistics.cox import Cox, cox
from results.statistics.cox_model import CoxModel, proportional_hazards
from results.statistics.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from results.statistics.difference import Difference, difference
from results.statistics.fisher import Fisher, fisher
from results.statistics.fisher_table import FisherTable, fisher_table
from results.statistics.geometric_mean import GeometricMean, geometric_mean
from results.statistics.gray import Gray, gray
from results.statistics.hodges_lehmann import HodgesLehmann, hodges_lehmann
from results.statistics.incidence import Incidence, incidence
from results.statistics.incidence_rate import IncidenceRate, incidence_rate
from results.statistics.kaplan_meier import KaplanMeier, kaplan_meier
from results.statistics.linear_model import LinearModel
from results.statistics.logrank import LogRank, logrank
from results.statistics.mmrm import crossover, mmrm
from results.statistics.odds_ratio import OddsRatio, odds_ratio
from results.statistics.pearson_chi_square import ChiSquare, chi_square, chi_square_table
from results.statistics.percentile import Percentiles, percentiles
from results.statistics.proportion import Proportion, proportion
from results.statistics.rate_comparison import RateComparison, rate_difference, rate_ratio
from results.statistics.registry import STATISTICS, Known, Value
from results.statistics.relative_risk import RelativeRisk, relative_risk
from results.statistics.rmst import RestrictedMean, rmst
from results.statistics.shift_table import ShiftTable, shift_table
from results.statistics.subjects import Subjects, subjects
from results.statistics.summary import Summary, summary
from results.statistics.t_test import TTest, one_sample_t_test, paired_t_test, t_test
from results.statistics.van_elteren import KruskalWallis, VanElteren, kruskal_wallis, van_elteren
from results.statistics.wilcoxon import Wilcoxon, wilcoxon
from results.statistics.zph import Proportionality, zph

__all__ = [
    "STATISTICS",
    "Categories",
    "ChiSquare",
    "ClusterDifference",
    "ClusterRatio",
    "Cmh",
    "CmhTable",
    "Cox",
    "CoxModel",
    "CumulativeIncidence",
    "Difference",
    "Fisher",
    "FisherTable",
    "GeometricMean",
    "Gray",
    "HodgesLehmann",
    "Incidence",
    "IncidenceRate",
    "KaplanMeier",
    "Known",
    "KruskalWallis",
    "LinearModel",
    "LogRank",
    "OddsRatio",
    "Percentiles",
    "Proportion",
    "Proportionality",
    "RateComparison",
    "RelativeRisk",
    "RestrictedMean",
    "ShiftTable",
    "Subjects",
    "Summary",
    "TTest",
    "Value",
    "VanElteren",
    "Wilcoxon",
    "ancova",
    "categories",
    "chi_square",
    "chi_square_table",
    "cluster_difference",
    "cluster_ratio",
    "cmh",
    "cmh_table",
    "cox",
    "crossover",
    "cumulative_incidence",
    "difference",
    "fisher",
    "fisher_table",
    "geometric_mean",
    "gray",
    "hodges_lehmann",
    "incidence",
    "incidence_rate",
    "kaplan_meier",
    "kruskal_wallis",
    "logrank",
    "mmrm",
    "odds_ratio",
    "one_sample_t_test",
    "paired_t_test",
    "percentiles",
    "proportion",
    "proportional_hazards",
    "rate_difference",
    "rate_ratio",
    "relative_risk",
    "rmst",
    "shift_table",
    "subjects",
    "summary",
    "t_test",
    "van_elteren",
    "wilcoxon",
    "zph",
]
