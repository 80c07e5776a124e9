"""The report of a validation for reading: one HTML file that needs no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from formats import html_templates
from qc.compare.shown import printable
from qc.conformance.result import ABSENT, FAULTY, PASSED, Finding, Outcome, Validation
from specs.closed_words import SEVERITIES
from specs.conformance_rules import ConformanceRule

TEMPLATES = Path(__file__).parents[1] / "templates"
SHOWN = 10


@dataclass(frozen=True)
class Line:
    """A finding as a line of a table."""

    record: int | None
    subject: str
    sequence: str
    variable: str
    shown: Mapping[str, str]
    explanation: str


@dataclass(frozen=True)
class Part:
    """The findings of a rule in a dataset; what no finding has gets no column."""

    dataset: str
    checked: int
    found: int
    explained: int
    findings: tuple[Line, ...]
    columns: tuple[str, ...]

    @property
    def records(self) -> bool:
        return any(one.record is not None for one in self.findings)

    @property
    def subjects(self) -> bool:
        return any(one.subject for one in self.findings)

    @property
    def sequences(self) -> bool:
        return any(one.sequence for one in self.findings)

    @property
    def variables(self) -> bool:
        return any(one.variable for one in self.findings)


@dataclass(frozen=True)
class Group:
    """A rule that something breaks."""

    rule: ConformanceRule
    parts: tuple[Part, ...]

    @property
    def open(self) -> int:
        return sum(part.found - part.explained for part in self.parts)

    @property
    def explained(self) -> int:
        return sum(part.explained for part in self.parts)


@dataclass(frozen=True)
class DatasetLine:
    """A dataset: its open findings by severity, and how many rules of each severity it breaks."""

    name: str
    records: int | None
    open: Counter[str]
    rules: tuple[int, ...]
    explained: int


def text(found: Validation, title: str = "Conformance") -> str:
    """The validation as HTML: every text of the data escaped, light or dark as the reader's system is."""
    environment = html_templates.environment(TEMPLATES, _printable)
    environment.filters["count"] = lambda value: f"{value:,d}"
    groups = list(_groups(found))
    datasets = _datasets(found)
    absent = found.rules_in(ABSENT)
    return environment.get_template("conformance.html").render(
        title=title,
        facts=_facts(found),
        severities=SEVERITIES,
        open=found.open(),
        explained=found.covered(),
        rules=groups,
        datasets=datasets,
        most=max((sum(one.rules) for one in datasets), default=1) or 1,
        categories=list(dict.fromkeys(group.rule.category for group in groups)),
        explanations=found.explanations,
        passed=[rule for rule in found.rules_in(PASSED, ABSENT) if rule not in absent],
        absent=absent,
        faulty=[one for one in found.outcomes if one.state == FAULTY],
    )


def _printable(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _facts(found: Validation) -> list[tuple[str, str]]:
    folders = dict.fromkeys(str(Path(one.path).parent) for one in found.datasets if one.path)
    facts = [
        ("Datasets", ", ".join(folders)),
        ("Described by", found.described or "nothing: there is no define.xml and no specification"),
        ("Guides", ", ".join(dict.fromkeys(one.guide for one in found.datasets))),
        ("Rules", "; ".join(found.rules)),
        ("Terminology", "; ".join(found.terminology)),
    ]
    return [fact for fact in facts if fact[1]] + [("Note", note) for note in found.notes]


def _groups(found: Validation) -> Iterator[Group]:
    """The rules with findings, open ones first, the gravest first."""
    by_rule: dict[object, list[Outcome]] = {}
    for outcome in found.with_findings():
        by_rule.setdefault(outcome.rule.place, []).append(outcome)
    groups = [Group(parts[0].rule, tuple(_part(found, one) for one in parts)) for parts in by_rule.values()]
    yield from sorted(groups, key=lambda group: (not group.open, SEVERITIES.index(group.rule.severity)))


def _part(found: Validation, outcome: Outcome) -> Part:
    chosen = [one for one in outcome.findings if one.explained is None][:SHOWN]
    chosen += [one for one in outcome.findings if one.explained is not None][: SHOWN - len(chosen)]
    columns = dict.fromkeys(name for one in chosen for name, _ in one.values)
    lines = tuple(_line(found, one) for one in chosen)
    return Part(outcome.dataset, outcome.checked, outcome.found, outcome.explained, lines, tuple(columns))


def _line(found: Validation, one: Finding) -> Line:
    why = found.explanations[one.explained].row.explanation if one.explained is not None else ""
    return Line(one.record, one.subject, one.sequence, one.variable, dict(one.values), why)


def _datasets(found: Validation) -> list[DatasetLine]:
    known: dict[str, int | None] = {one.name: one.records for one in found.datasets}
    for outcome in found.with_findings():
        known.setdefault(outcome.dataset, None)
    return [_dataset(name, records, found.outcomes) for name, records in known.items()]


def _dataset(name: str, records: int | None, outcomes: Sequence[Outcome]) -> DatasetLine:
    mine = [one for one in outcomes if one.dataset == name]
    count: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    for one in mine:
        count[one.rule.severity] += one.open
        rules[one.rule.severity] += bool(one.open)
    return DatasetLine(
        name, records, count, tuple(rules[severity] for severity in SEVERITIES), sum(one.explained for one in mine)
    )
