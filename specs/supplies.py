"""What the engine hands to derivations: codelists with their collected values, conversions of units, criteria."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from derivations.assign_ct import fold
from derivations.registry import Codelist, Units
from derivations.unit_factors import converted
from language.errors import ExpressionError, closest
from specs.criteria_sets import CRITERIA, published_criteria
from specs.model import Criterion, Spec
from specs.problem import Problem, nearest
from specs.study import standard


class Supplies:
    """Codelists, units and criteria of a specification in the form that expressions use."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._codelists: dict[str, Codelist] = {}
        self._units: Units | None = None

    def units(self) -> Units:
        """The rows of Units and the decimals of Tests."""
        if self._units is None:
            factors = {
                (row.test_code, row.collected_unit, row.standard_unit): row.factor or row.exact
                for row in self.spec.units
            }
            decimals = {row.test_code: int(row.decimals) for row in self.spec.tests if row.decimals.strip()}
            self._units = Units(factors, decimals)
        return self._units

    def unit_faults(self) -> list[Problem]:
        """Factors that are neither a number nor a fraction nor a formula in x."""
        found = []
        for row in self.spec.units:
            try:
                converted(Fraction(1), row.factor or row.exact)
            except ValueError as error:
                hint = "write a number, a fraction such as 20/3, or a formula in x such as (x - 32) * 5 / 9"
                found.append(Problem(row.at("Factor"), str(error), hint))
        return found

    def codelist(self, name: str) -> Codelist:
        """A codelist by its ID. Raises ExpressionError with the nearest one."""
        found = self.spec.codelists.get(name)
        if found is None:
            raise ExpressionError(f"there is no codelist {name!r}", nearest(name, self.spec.codelists))
        if name not in self._codelists:
            rows = [row for row in self.spec.collected if row.codelist == name]
            items: dict[str, dict[str, str]] = {}
            for row in rows:
                if row.item:
                    items.setdefault(row.item, {})[fold(row.value)] = row.term
            general = {fold(row.value): row.term for row in rows if not row.item}
            terms = tuple(term.term for term in found.terms)
            self._codelists[name] = Codelist(name, terms, found.decodes(), general, items)
        return self._codelists[name]

    def criteria(self, name: str) -> Sequence[Criterion]:
        """The rows of a set of criteria by Order: those of the study, then those of the standard that it names.

        The first row that holds counts, so a row of the study comes before every published one. Raises ExpressionError
        with the nearest set.
        """
        published = published_criteria(standard(self.spec.study, "ctcae"))
        found = [
            row
            for rows in (self.spec.criteria, published)
            for row in sorted(rows, key=lambda row: row.order)
            if row.criteria == name
        ]
        if not found:
            known = {row.criteria for row in (*self.spec.criteria, *published)}
            raise ExpressionError(f"there are no criteria {name!r}", _other_set(name) or closest(name, known))
        return found


def _other_set(name: str) -> str:
    """What to do about the name of a published set that the study does not use."""
    known = next((key for key in CRITERIA if any(row.criteria == name for row in published_criteria(key))), "")
    key, _, version = known.lower().partition(" ")
    return f'write {key} = "{version}" below [standards] in study.toml' if known else ""
