"""A validation: the rules of the standards and of the study, run over what was opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from qc.conformance.classify import GUIDES
from qc.conformance.data import Data
from qc.conformance.explained import Explanations
from qc.conformance.result import Judged, Validation
from qc.conformance.run import LISTED, Runner
from qc.conformance.terminology import Terminology
from specs.conformance_rules import ConformanceRule, conformance_rules, date_of, held
from specs.model import Check, Explanation, Spec

__all__ = ["GUIDES", "validate"]


def validate(
    data: Data,
    specs: Sequence[Spec] = (),
    listed: int = LISTED,
    only: Sequence[str] = (),
    say: Callable[[str], None] = lambda text: None,
    rules: Sequence[ConformanceRule] | None = None,
    own: Sequence[ConformanceRule] = (),
) -> Validation:
    """Run the rules over the data.

    specs: the specification of the study: its Checks are rules too, its Explanations explain findings. listed: how
    many findings of a rule and dataset are kept, 0 for all. only: IDs of rules, or of categories. rules: instead of
    those of the standards. own: those of a sponsor, beside them.
    """
    constants: Mapping[str, Any] = specs[0].study.constants if specs else {}
    chosen = [*(conformance_rules() if rules is None else rules), *own, *study_rules(specs)]
    if only:
        chosen = [rule for rule in chosen if {rule.rule, rule.category} & set(only)]
    terminology = Terminology(_packages(specs))
    explanations = Explanations(data, _explanations(specs, chosen, data), constants)
    runner = Runner(data, chosen, explanations, terminology, constants, listed, say)
    outcomes = runner.run()
    judged = tuple(
        Judged(one.name, one.table.path, one.kind.guide, one.kind.dataset_class, one.count, len(one.types))
        for one in data.judged()
    )
    return Validation(
        tuple(outcomes), judged, explanations.result(), data.description.source,
        (
            *(f"{name} rules of {date_of(path)}" for name, path in held().items()),
            *dict.fromkeys(f"rules of {rule.place.file}" for rule in own),
        ),
        tuple(dict.fromkeys(terminology.used.values())), tuple(_notes(data)),
    )  # fmt: skip


def _notes(data: Data) -> list[str]:
    """What the readers had to say, and what of files without types could not be read as the guide has it."""
    notes = [*data.notes, *(note for dataset in data.datasets.values() for note in dataset.table.notes)]
    for dataset in data.datasets.values():
        for name, count in dataset.unread.items():
            if count:
                notes.append(f"{dataset.name}.{name}: {count:,d} values are no numbers and were taken as missing")
    return list(dict.fromkeys(notes))


def _explanations(specs: Sequence[Spec], rules: Sequence[ConformanceRule], data: Data) -> list[Explanation]:
    """Those of rules that are run over datasets that are judged: of others nobody can say that they explain nothing."""
    known = {rule.rule for rule in rules}
    judged = {"", *(dataset.name for dataset in data.judged())}
    rows = [row for spec in specs for row in spec.explanations]
    return [row for row in rows if row.rule in known and row.dataset in judged]


def _packages(specs: Sequence[Spec]) -> dict[str, str]:
    """The terminology packages that the study names."""
    found = {}
    for spec in specs:
        for key, name in (("sdtmct", "SDTM"), ("adamct", "ADaM")):
            if version := spec.study.standards.get(key):
                found[name] = f"{name} {version}"
    return found


def study_rules(specs: Sequence[Spec]) -> list[ConformanceRule]:
    """The rows of Checks as rules; those on raw tables have nothing to look at in a validation."""
    return [_rule(check) for spec in specs for check in spec.checks]


def _rule(check: Check) -> ConformanceRule:
    severity = check.severity or "Warning"
    return ConformanceRule(
        check.place, check.cells, check.rule, "study", "Study", check.dataset, check.where, check.condition, (),
        check.message, "See the specification of the study.", severity, check.reference or str(check.place), (),
    )  # fmt: skip
