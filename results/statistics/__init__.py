"""Statistics as pure functions: arrays in, a frozen result out; one concept a file, with its reference."""

from results.statistics.categories import Categories, categories
from results.statistics.cluster_ratio import ClusterDifference, ClusterRatio, cluster_difference, cluster_ratio
from results.statistics.cmh import Cmh, cmh
from results.statistics.cmh_table import CmhTable, cmh_table
from results.statistics.difference import Difference, difference
from results.statistics.fisher import Fisher, fisher
from results.statistics.fisher_table import FisherTable, fisher_table
from results.statistics.geometric_mean import GeometricMean, geometric_mean
from results.statistics.hodges_lehmann import HodgesLehmann, hodges_lehmann
from results.statistics.incidence import Incidence, incidence
from results.statistics.incidence_rate import IncidenceRate, incidence_rate
from results.statistics.kaplan_meier import KaplanMeier, kaplan_meier
from results.statistics.odds_ratio import OddsRatio, odds_ratio
from results.statistics.pearson_chi_square import ChiSquare, chi_square, chi_square_table
from results.statistics.percentile import Percentiles, percentiles
from results.statistics.proportion import Proportion, proportion
from results.statistics.rate_comparison import RateComparison, rate_difference, rate_ratio
from results.statistics.registry import STATISTICS, Known, Value
from results.statistics.relative_risk import RelativeRisk, relative_risk
from results.statistics.shift_table import ShiftTable, shift_table
from results.statistics.subjects import Subjects, subjects
from results.statistics.summary import Summary, summary
from results.statistics.t_test import TTest, one_sample_t_test, paired_t_test, t_test
from results.statistics.van_elteren import KruskalWallis, VanElteren, kruskal_wallis, van_elteren
from results.statistics.wilcoxon import Wilcoxon, wilcoxon

__all__ = [
    "STATISTICS",
    "Categories",
    "ChiSquare",
    "ClusterDifference",
    "ClusterRatio",
    "Cmh",
    "CmhTable",
    "Difference",
    "Fisher",
    "FisherTable",
    "GeometricMean",
    "HodgesLehmann",
    "Incidence",
    "IncidenceRate",
    "KaplanMeier",
    "Known",
    "KruskalWallis",
    "OddsRatio",
    "Percentiles",
    "Proportion",
    "RateComparison",
    "RelativeRisk",
    "ShiftTable",
    "Subjects",
    "Summary",
    "TTest",
    "Value",
    "VanElteren",
    "Wilcoxon",
    "categories",
    "chi_square",
    "chi_square_table",
    "cluster_difference",
    "cluster_ratio",
    "cmh",
    "cmh_table",
    "difference",
    "fisher",
    "fisher_table",
    "geometric_mean",
    "hodges_lehmann",
    "incidence",
    "incidence_rate",
    "kaplan_meier",
    "kruskal_wallis",
    "odds_ratio",
    "one_sample_t_test",
    "paired_t_test",
    "percentiles",
    "proportion",
    "rate_difference",
    "rate_ratio",
    "relative_risk",
    "shift_table",
    "subjects",
    "summary",
    "t_test",
    "van_elteren",
    "wilcoxon",
]
