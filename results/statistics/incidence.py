"""Subjects with at least one event, and the number of events."""

from __future__ import annotations

from dataclasses import dataclass

from results.statistics.proportion import Proportion, of_counts
from results.statistics.registry import Population, Subject, Value, statistic
from results.statistics.subjects import subjects


@dataclass(frozen=True)
class Incidence:
    """The proportion of subjects with an event, with its limits, and the number of events."""

    subjects: Proportion
    events: int

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data."""
        return (*self.subjects.values(), Value("events", "Number of events", self.events, "d"))


@statistic
def incidence(
    subject: Subject, population: Population, *, ci: str = "clopper_pearson", level: float = 0.95
) -> Incidence:
    """Subjects with at least one record, of the subjects of the population, with limits, and the records.

    For datasets with a record for each event, such as ADAE: n counts a subject once, events counts every
    record, N is the number of subjects of ADSL. ci, level: as `proportion`. Without subjects in the population
    nothing is estimable; more subjects than the population has are an error.

    Clopper CJ, Pearson ES. Biometrika 1934;26:404-413.

    >>> found = incidence(["01", "01", "02"], 4)
    >>> found.subjects.count, found.subjects.estimate, found.events
    (2, 0.5, 3)
    """
    counted = subjects(subject, population)
    return Incidence(of_counts(counted.count, counted.total, ci, level), len(subject))
