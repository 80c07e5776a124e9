"""The page of the conformance rules, made from their tables."""

from __future__ import annotations

from collections.abc import Iterator

from docs.markdown import cell
from specs.conformance_rules import ConformanceRule, conformance_rules, date_of, held

_TITLES = {"sdtm": "SDTM", "adam": "ADaM", "define": "Define-XML"}


def page(note: str) -> str:
    """The text of the page. note: the sentence that says from what it is made."""
    parts = [
        "# Conformance rules\n",
        note,
        "What each rule asks, of which datasets, how grave it is, and where it stands. How they are written, run and\n"
        "explained: [Conformance](conformance.md). The expressions stand in the tables of `specs/standards/rules`,\n"
        "and in the report beside every finding.\n",
    ]
    for group, path in held().items():
        rules = [rule for rule in conformance_rules() if rule.group == group]
        parts.append(f"## Rules of {_TITLES[group]}\n")
        parts.append(f"{len(rules)} rules of {date_of(path)}.\n")
        for category in dict.fromkeys(rule.category for rule in rules):
            parts.append("\n".join(_category(group, category, [one for one in rules if one.category == category])))
    return "\n".join(parts)


def _category(group: str, category: str, rules: list[ConformanceRule]) -> Iterator[str]:
    yield f"### {_TITLES[group]}: {category}\n"
    yield "| Rule | Datasets | Finds | Severity | Source |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        source = "; ".join([rule.reference, *([", ".join(rule.core)] if rule.core else [])])
        said = (rule.rule, rule.dataset, rule.message, rule.severity, source)
        yield f"| {' | '.join(cell(text) for text in said)} |"
    yield ""
