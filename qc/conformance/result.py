"""What a validation found: for each rule and dataset what was looked at, what breaks it, and its first records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from specs.closed_words import SEVERITIES
from specs.conformance_rules import ConformanceRule
from specs.model import Explanation

PASSED, FOUND, ABSENT, FAULTY = "passed", "findings", "not applicable", "could not be run"


@dataclass(frozen=True)
class Finding:
    """A record that breaks a rule. record: its number in the file, None for a finding about metadata.

    sequence: its --SEQ or ASEQ, "" without one. values: the columns that the rule looks at, with their values as
    text. explained: the position of the explanation that covers it, None for none.
    """

    record: int | None
    subject: str
    sequence: str
    variable: str
    values: tuple[tuple[str, str], ...]
    explained: int | None = None


@dataclass(frozen=True)
class Outcome:
    """A rule in a dataset. checked: the records that it looked at. reason: why it was not run.

    table: the table that it looked at, the dataset itself or one of metadata. findings: the first of them.
    """

    rule: ConformanceRule
    dataset: str
    state: str
    table: str = ""
    checked: int = 0
    found: int = 0
    explained: int = 0
    findings: tuple[Finding, ...] = ()
    reason: str = ""

    @property
    def open(self) -> int:
        """Findings that nothing explains."""
        return self.found - self.explained


@dataclass(frozen=True)
class Explained:
    """An explanation of the specification, and how many findings it covers."""

    row: Explanation
    covered: int


@dataclass(frozen=True)
class Judged:
    """A dataset that was looked at."""

    name: str
    path: str
    guide: str
    dataset_class: str
    records: int
    variables: int


@dataclass(frozen=True)
class Validation:
    """A validation. described: what said what the datasets should be. rules: the tables of rules, with their dates."""

    outcomes: tuple[Outcome, ...]
    datasets: tuple[Judged, ...]
    explanations: tuple[Explained, ...] = ()
    described: str = ""
    rules: tuple[str, ...] = ()
    terminology: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def with_findings(self) -> list[Outcome]:
        """Those that found something, the gravest first, then in the order of the rules."""
        found = [outcome for outcome in self.outcomes if outcome.state == FOUND]
        return sorted(found, key=lambda one: (SEVERITIES.index(one.rule.severity), not one.open))

    def open(self) -> Counter[str]:
        """Findings without an explanation, by severity."""
        found: Counter[str] = Counter()
        for outcome in self.outcomes:
            found[outcome.rule.severity] += outcome.open
        return found

    def covered(self) -> int:
        """Findings that an explanation covers."""
        return sum(outcome.explained for outcome in self.outcomes)

    def stale(self) -> list[Explained]:
        """Explanations that explain nothing."""
        return [one for one in self.explanations if not one.covered]

    def rules_in(self, *states: str) -> list[ConformanceRule]:
        """The rules whose outcomes are all in one of some states, each once."""
        by_rule: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            by_rule.setdefault(outcome.rule.rule, []).append(outcome)
        return [found[0].rule for found in by_rule.values() if all(one.state in states for one in found)]

    def exit_code(self, fail_on: str) -> int:
        """0: nothing open of that severity or above; 1: something is."""
        grave: Sequence[str] = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        return int(any(self.open()[severity] for severity in grave))
