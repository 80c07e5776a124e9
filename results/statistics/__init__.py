"""Statistics as pure functions: arrays in, a frozen result out; one concept a file, with its reference."""

from results.statistics.kaplan_meier import KaplanMeier, kaplan_meier
from results.statistics.proportion import Proportion, proportion
from results.statistics.registry import STATISTICS, Known, Value
from results.statistics.subjects import Subjects, subjects
from results.statistics.summary import Summary, summary

__all__ = [
    "STATISTICS",
    "KaplanMeier",
    "Known",
    "Proportion",
    "Subjects",
    "Summary",
    "Value",
    "kaplan_meier",
    "proportion",
    "subjects",
    "summary",
]
