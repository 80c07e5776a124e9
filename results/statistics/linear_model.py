"""What every linear model of a treatment tells: LS means, their differences, tests of its terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import exp, log, sqrt
from typing import Protocol

import numpy as np
from scipy import special

from results.statistics.interval import level_value
from results.statistics.model_terms import Bools, Design, Estimable, Floats, Ints, ModelTerms, Term, name_of
from results.statistics.registry import Value, option

SCALES = ("identity", "log")
NO_RECORDS = "no records of this level in the model"
NO_REFERENCE = "no records of the reference level in the model"
NOT_ESTIMABLE = "not estimable: the records do not tell it apart from other terms of the model"
NO_VARIANCE = "the residual variance is not known: no degrees of freedom are left"
NO_SPREAD = "the residuals are all 0"
NOTHING = "no records with the response and all covariates and classes"
NOT_POSITIVE = "a value is not positive, and has no logarithm"


@dataclass(frozen=True)
class Estimate:
    """A combination of coefficients with its limits and its test against 0; None where not estimable."""

    estimate: float | None = None
    std_error: float | None = None
    degrees: float | None = None
    lower: float | None = None
    upper: float | None = None
    statistic: float | None = None
    p_value: float | None = None
    note: str = ""


@dataclass(frozen=True)
class FTest:
    """A test that combinations are all 0, with its degrees of freedom; None where it is not estimable."""

    statistic: float | None = None
    numerator: float | None = None
    denominator: float | None = None
    p_value: float | None = None

    def values(self, what: str, point: tuple[str, str | None] = ("", None)) -> tuple[Value, ...]:
        """F, degrees of freedom and p-value, for the analysis results data."""
        return (
            Value("f", f"F statistic, {what}", self.statistic, ".4f", *point),
            Value("f_df1", f"Numerator degrees of freedom, {what}", self.numerator, "d", *point),
            Value("f_df2", f"Denominator degrees of freedom, {what}", self.denominator, ".1f", *point),
            Value("f_p", f"P-value, {what}", self.p_value, ".4f", *point),
        )


class Fitted(Protocol):
    """A fitted model, of combinations in terms of the basis of its design."""

    def moments(self, row: Floats) -> tuple[float, float | None, float | None, str]:
        """Estimate, standard error, degrees of freedom of one combination; why there is no error."""

    def test(self, rows: Floats) -> FTest:
        """The test that several combinations are all 0."""


def tested(estimate: float, error: float | None, degrees: float | None, level: float, note: str) -> Estimate:
    """An estimate with its limits by Student's t; no limits and no test without an error."""
    if error is None or degrees is None or not error > 0:
        return Estimate(estimate, note=note or NO_SPREAD)
    half = float(special.stdtrit(degrees, (1 + level) / 2)) * error
    t = estimate / error
    p_value = float(2 * special.stdtr(degrees, -abs(t)))
    return Estimate(estimate, error, degrees, estimate - half, estimate + half, t, p_value, note)


def f_test(statistic: float, numerator: int, denominator: float) -> FTest:
    """The upper tail of the F distribution; one with an endless denominator is that of a chi-square."""
    return FTest(statistic, numerator, denominator, float(special.fdtrc(numerator, denominator, statistic)))


@dataclass(frozen=True, eq=False)
class Used:
    """The records of a model. used: True for those that it takes; left out are those without a value of something."""

    values: Floats
    arms: Ints
    visits: Ints | None
    used: Bools
    terms: ModelTerms

    @property
    def left_out(self) -> int:
        """Records without response, covariate or class."""
        return int((~self.used).sum())


def records(values: Floats, arms: Ints, visits: Ints | None, terms: ModelTerms) -> Used:
    """The records with a response, a covariate and a class each; ValueError for an infinite one."""
    if np.isinf(values).any() or np.isinf(terms.numbers).any():
        raise ValueError("a value or a covariate is infinite")
    return Used(values, arms, visits, ~np.isnan(values) & terms.known(), terms)


def of_used(taken: Used, crossed: bool) -> Design:
    """The design of the records that are used."""
    keep, terms = taken.used, taken.terms
    own = replace(terms, numbers=terms.numbers[keep], codes=terms.codes[keep])
    return Design(own, taken.arms[keep], None if taken.visits is None else taken.visits[keep], crossed)


def logs(values: Floats, scale: str) -> tuple[Floats, int]:
    """The response as it is modelled, and how many values have no logarithm; those are NaN."""
    option("scale", scale, SCALES)
    if scale == "identity":
        return values, 0
    low = values <= 0
    return np.log(np.where(low, np.nan, values)), int(low.sum())


@dataclass(frozen=True, eq=False)
class LinearModel:
    """A model of which a cell is asked: a level of treatment, at a visit or over all of them.

    fitted: None where there is no model, and then `note` says why. facts: what else is told of the whole model.
    """

    taken: Used
    design: Design | None
    estimable: Estimable | None
    fitted: Fitted | None
    reference: int
    level: float
    margins: str
    scale: str
    method: str
    facts: tuple[Value, ...]
    note: str = ""
    tests: dict[str, FTest] = field(default_factory=dict)

    def cell(self, arm: int, visit: int | None = None) -> Cell:
        """The LS mean of a level of treatment, and how it differs from the reference."""
        at = {self.taken.terms.group: arm} | ({} if visit is None else {self.taken.terms.visit: visit})
        mean, note = self._estimate(at, None)
        difference = None
        if arm != self.reference:
            difference, why = self._estimate(at, self.reference)
            note = note or why
        return Cell(self, *self._counts(arm, visit), mean, difference, self._test_of_arms(visit), note)

    def _counts(self, arm: int, visit: int | None) -> tuple[int, int]:
        mine = self.taken.arms == arm
        if visit is not None and self.taken.visits is not None:
            mine = mine & (self.taken.visits == visit)
        return int((mine & self.taken.used).sum()), int(mine.sum())

    def _estimate(self, at: dict[str, int], reference: int | None) -> tuple[Estimate, str]:
        """An LS mean, or its difference from that of the reference; with the reason where it has none."""
        if self.design is None or self.estimable is None or self.fitted is None:
            return Estimate(), self.note
        row = self.design.mean(at, self.margins)
        if row is None:
            return Estimate(), NO_RECORDS
        if reference is not None:
            other = self.design.mean(at | {self.taken.terms.group: reference}, self.margins)
            if other is None:
                return Estimate(), NO_REFERENCE
            row = row - other
        found = self.estimable.combination(row)
        if found is None:
            return Estimate(), NOT_ESTIMABLE
        estimate, error, degrees, why = self.fitted.moments(found[0])
        made = tested(estimate, error, degrees, self.level, why)
        return made, made.note

    def _test_of_arms(self, visit: int | None) -> FTest:
        """The test that all levels of treatment that have records have the same LS mean with equal weights."""
        if self.design is None or self.estimable is None or self.fitted is None:
            return FTest()
        group = self.taken.terms.group
        at = {} if visit is None else {self.taken.terms.visit: visit}
        rows = [self.design.mean({group: int(arm), **at}, "equal") for arm in self.design.levels[group]]
        known = [row for row in rows if row is not None]
        if len(known) < 2:
            return FTest()
        return self._tested(np.array(known[:-1]) - known[-1])

    def _tested(self, rows: Floats) -> FTest:
        assert self.estimable is not None and self.fitted is not None
        found = self.estimable.combination(rows)
        return FTest() if found is None else self.fitted.test(found)

    def of_terms(self) -> tuple[Value, ...]:
        """The tests of the other terms, each a point by its name."""
        terms = self.taken.terms
        names: list[Term] = [*((name,) for name in (terms.visit, *terms.classes, *terms.covariates) if name)]
        names += [*([(terms.group, terms.visit)] if self._crossed else []), *terms.interactions]
        if not self.tests and self.design is not None and self.fitted is not None:
            self.tests.update({name_of(term): self._tested(self.design.tested(term)) for term in names})
        tests = [(name, self.tests.get(name, FTest())) for name in map(name_of, names)]
        return tuple(value for name, one in tests for value in one.values("term of the model", ("term", name)))

    @property
    def _crossed(self) -> bool:
        terms = self.taken.terms
        return self.design is not None and (terms.group, terms.visit) in self.design.effects


@dataclass(frozen=True, eq=False)
class Cell:
    """A level of treatment, at a visit or over all: `count` of its `total` records are in the model."""

    model: LinearModel
    count: int
    total: int
    mean: Estimate
    difference: Estimate | None
    test: FTest
    note: str

    def values(self) -> tuple[Value, ...]:
        """One value per statistic, for the analysis results data; the reference has no difference."""
        model = self.model
        back = _back if model.scale == "log" else _same
        mean = "Geometric LS mean" if model.scale == "log" else "LS mean"
        one = self.mean
        return (
            Value("n", "Number of records in the model", self.count, "d"),
            Value("N", "Number of records", self.total, "d"),
            Value("N_left_out", "Records without response, covariate or class, left out", self.total - self.count, "d"),
            Value("lsmean", mean, back(one.estimate), ".2f"),
            Value("lsmean_se", f"Standard error of the LS mean{_logs(model)}", one.std_error, ".3f"),
            Value("lsmean_df", "Degrees of freedom of the LS mean", one.degrees, ".1f"),
            Value("lsmean_low", f"{mean}, lower confidence limit", back(one.lower), ".2f"),
            Value("lsmean_high", f"{mean}, upper confidence limit", back(one.upper), ".2f"),
            *(self._of_difference() if self.difference else ()),
            *self.test.values("treatment"),
            *model.facts,
            level_value(model.level),
            Value("margins", "Weights of class covariates in LS means", model.margins, ""),
            Value("method", "Method", model.method, ""),
            Value("note", "Why not estimable", self.note or None, ""),
            *model.of_terms(),
        )

    def _of_difference(self) -> tuple[Value, ...]:
        model, one = self.model, self.difference
        assert one is not None
        back = _back if model.scale == "log" else _same
        what = "Ratio of geometric LS means" if model.scale == "log" else "LS mean difference"
        return (
            Value("estimate", what, back(one.estimate), ".2f"),
            Value("std_error", f"Standard error of the difference{_logs(model)}", one.std_error, ".3f"),
            Value("conf_low", f"{what}, lower confidence limit", back(one.lower), ".2f"),
            Value("conf_high", f"{what}, upper confidence limit", back(one.upper), ".2f"),
            Value("statistic", "t statistic", one.statistic, ".4f"),
            Value("parameter", "Degrees of freedom", one.degrees, ".1f"),
            Value("p_value", "P-value, two-sided", one.p_value, ".4f"),
        )


def _logs(model: LinearModel) -> str:
    return " of logarithms" if model.scale == "log" else ""


def _same(value: float | None) -> float | None:
    return value


def _back(value: float | None) -> float | None:
    """A logarithm as the value itself; None beyond the range of numbers."""
    return None if value is None or abs(value) > log(1e300) else exp(value)


def shared(values: Sequence[Value], taken: Used) -> tuple[Value, ...]:
    """What is told of the whole model: how many records it has, how many it leaves out, and more."""
    return (
        Value("n_model", "Number of records in the whole model", int(taken.used.sum()), "d"),
        Value("N_model_left_out", "Records left out of the whole model", taken.left_out, "d"),
        *values,
    )


def error_of(variance: float) -> float:
    """A standard error from a variance that rounding may have made negative."""
    return sqrt(max(variance, 0.0))
