"""The fixed effects of a linear model: factors, columns of the design, what an LS mean is a combination of.

Factors are coded so that the columns of each sum to 0 over its levels, covariates are taken from their mean. So
the test that all columns of a term are 0 is that of its marginal means with equal weights, at the means of the
covariates: the type III test where every combination of the levels that the model has occurs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Term = tuple[str, ...]
MARGINS = ("equal", "observed")
_EXACT = 1e-12


@dataclass(frozen=True, eq=False)
class ModelTerms:
    """What a call says of the model besides treatment and visit.

    covariates: names, with `numbers` a column for each, NaN missing. classes: names, with `codes` a column for each,
    the position of the level, -1 missing. interactions: the names of the factors of each. group, visit: what
    treatment and visit are called among them; blank where there is none.
    """

    covariates: tuple[str, ...]
    numbers: Floats
    classes: tuple[str, ...]
    codes: Ints
    interactions: tuple[Term, ...] = ()
    group: str = "group"
    visit: str = ""

    def known(self) -> Bools:
        """Whether a record has every covariate and every class."""
        return np.asarray(~np.isnan(self.numbers).any(axis=1) & (self.codes >= 0).all(axis=1))


def name_of(term: Term) -> str:
    """A term as it is written: `TRTP*BASE`."""
    return "*".join(term)


def refuse(terms: ModelTerms, crossed: bool) -> None:
    """ValueError for terms that the model has no place for. crossed: whether it has treatment by visit."""
    own = [name for name in (terms.group, terms.visit, *terms.classes, *terms.covariates) if name]
    twice = sorted({name for name in own if own.count(name) > 1})
    if twice:
        raise ValueError(f"{twice[0]} is in the model twice")
    seen: set[frozenset[str]] = {frozenset((terms.group, terms.visit))} if crossed else set()
    for term in terms.interactions:
        unknown = [name for name in term if name not in own]
        if unknown:
            raise ValueError(f"interaction {name_of(term)}: {unknown[0]} is no term of the model ({', '.join(own)})")
        numbers = [name for name in term if name in terms.covariates]
        if len(numbers) > 1:
            raise ValueError(f"interaction {name_of(term)} of two covariates: write their product as a covariate")
        if len(set(term)) < len(term) or len(term) < 2:
            raise ValueError(f"interaction {name_of(term)} is not of different terms")
        if frozenset(term) in seen:
            raise ValueError(f"interaction {name_of(term)} is in the model twice")
        parts = [part for size in range(2, len(term)) for part in combinations(term, size)]
        lacking = [part for part in parts if frozenset(part) not in seen]
        if lacking:
            raise ValueError(f"interaction {name_of(term)} needs {name_of(lacking[0])} before it")
        seen.add(frozenset(term))


def sum_coded(codes: Ints, size: int) -> Floats:
    """A column for each level but the last: 1 at the level, -1 at the last, 0 elsewhere.

    >>> sum_coded(np.array([0, 1, 2]), 3).tolist()
    [[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]]
    """
    table = np.vstack([np.eye(max(size - 1, 0)), -np.ones((min(size, 1), max(size - 1, 0)))])
    return table[codes]


def centred(values: Floats) -> Floats:
    """A covariate from its mean in units of its standard deviation; all 0 where it has no spread."""
    if not len(values):
        return values
    apart = values - values.mean()
    if np.abs(apart).max() <= _EXACT * np.abs(values).max():
        return np.zeros(len(values))
    apart = apart / np.abs(apart).max()  # whose squares are within the range of numbers
    return np.asarray(apart / np.sqrt((apart**2).mean()))


class Design:
    """The columns of a model over the records that it uses.

    terms: of these records. arms, visits: codes of treatment and visit; no visits where the model has none.
    crossed: whether treatment by visit is a term. The levels are those that have records.
    """

    def __init__(self, terms: ModelTerms, arms: Ints, visits: Ints | None = None, crossed: bool = False) -> None:
        refuse(terms, crossed)
        self.terms, self.records = terms, len(arms)
        self.levels: dict[str, Ints] = {}
        self.columns: dict[str, Floats] = {}
        self._factor(terms.group, arms)
        if visits is not None:
            self._factor(terms.visit, visits)
        for name, codes in zip(terms.classes, terms.codes.T):
            self._factor(name, codes)
        for name, values in zip(terms.covariates, terms.numbers.T):
            self.columns[name] = centred(values)[:, None]
        by_visit = [(terms.group, terms.visit)] if crossed else []
        self.effects: list[Term] = [(), *((name,) for name in self.columns), *by_visit, *terms.interactions]

    def _factor(self, name: str, codes: Ints) -> None:
        levels, places = np.unique(codes, return_inverse=True)
        self.levels[name] = levels
        self.columns[name] = sum_coded(places, len(levels))

    @cached_property
    def matrix(self) -> Floats:
        """The design, a row for each record."""
        return np.column_stack([self._product([self.columns[name] for name in term]) for term in self.effects])

    def _product(self, parts: Sequence[Floats]) -> Floats:
        found = np.ones((self.records, 1))
        for part in parts:
            found = (found[:, :, None] * part[:, None, :]).reshape(self.records, found.shape[1] * part.shape[1])
        return found

    def width(self, term: Term) -> int:
        """How many columns a term has."""
        return int(np.prod([self.columns[name].shape[1] for name in term], dtype=int))

    def tested(self, term: Term) -> Floats:
        """The rows whose test is that of a term: each level of its factors against the last."""
        start = sum(self.width(one) for one in self.effects[: self.effects.index(term)])
        found = np.zeros((self.width(term), sum(map(self.width, self.effects))))
        against: Floats = np.ones((1, 1))
        for name in term:
            size = self.columns[name].shape[1]
            against = np.asarray(np.kron(against, np.eye(size) + (name in self.levels)))
        found[:, start : start + self.width(term)] = against
        return found

    def mean(self, at: Mapping[str, int], margins: str) -> Floats | None:
        """The row of the LS mean at levels of some factors, by code; None where a level has no records.

        Covariates are at their means. Over the levels of the other factors the mean has equal weights, or those of
        the records (`observed`: the frequencies of their combinations).
        """
        fixed: dict[str, Floats] = {}
        for name, code in at.items():
            place = np.flatnonzero(self.levels[name] == code)
            if not len(place):
                return None
            fixed[name] = sum_coded(place, len(self.levels[name]))[0]
        return np.concatenate([self._averaged(term, fixed, margins) for term in self.effects])

    def _averaged(self, term: Term, fixed: Mapping[str, Floats], margins: str) -> Floats:
        over = [name for name in term if name not in fixed]
        if any(name in self.terms.covariates for name in over) or (over and margins == "equal"):
            return np.zeros(self.width(term))
        parts = [np.broadcast_to(fixed[name], (self.records, len(fixed[name]))) if name in fixed else self.columns[name]
                 for name in term]  # fmt: skip
        return np.asarray(self._product(parts).mean(axis=0)) if over else self._alone([fixed[name] for name in term])

    def _alone(self, parts: Sequence[Floats]) -> Floats:
        found = np.ones(1)
        for part in parts:
            found = np.outer(found, part).ravel()
        return found


class Estimable:
    """What of a design can be estimated: an orthonormal basis of its row space, columns in units of their length.

    Combinations whose coefficients lie outside of it, by more than 1e-7 of their length, have no estimate.
    """

    def __init__(self, matrix: Floats) -> None:
        length = np.sqrt((matrix**2).sum(axis=0))
        self._unit = np.where(length > 0, length, 1.0)
        # Of a tall matrix the singular values are those of its triangle.
        triangle = np.linalg.qr(matrix / self._unit, mode="r")
        _, values, vectors = np.linalg.svd(triangle, full_matrices=False)
        rank = int((values > 1e-8 * values.max(initial=0)).sum())
        self.basis = vectors[:rank].T
        self.reduced: Floats = matrix / self._unit @ self.basis

    @property
    def rank(self) -> int:
        """The number of independent columns."""
        return self.basis.shape[1]

    def combination(self, rows: Floats | None) -> Floats | None:
        """Rows of coefficients in terms of the basis; None where one of them, or none at all, can be estimated."""
        if rows is None or not rows.size:
            return None
        scaled = np.atleast_2d(rows) / self._unit
        found = scaled @ self.basis
        outside = np.linalg.norm(scaled - found @ self.basis.T, axis=1)
        return found if (outside <= 1e-7 * np.linalg.norm(scaled, axis=1)).all() else None
