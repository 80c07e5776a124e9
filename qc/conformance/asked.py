"""A validation as the command line asks for it: options as texts, reports as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from formats.raw_table import TableError
from qc.compare.shown import printable
from qc.conformance import html_report, tables
from qc.conformance.classify import GUIDES
from qc.conformance.opening import Asked, opened, standard_of
from qc.conformance.result import FAULTY, Outcome, Validation
from qc.conformance.validate import validate
from qc.files import put
from specs.closed_words import SEVERITIES
from specs.conformance_rules import ConformanceRule, by_id, own_rules, rules_of_study
from specs.model import Spec
from specs.problem import DataError, Place, Problem, nearest

REPORTS = ("csv", "html", "xlsx")


def validated(
    folders: Sequence[Path],
    asked: Mapping[str, Any],
    specs: Sequence[Spec] = (),
    progress: Callable[[str], None] | None = None,
) -> tuple[Validation, list[str], int]:
    """Validate the datasets of some folders and write the reports asked for.

    Gives the validation, the report as text, and the exit code: 0 nothing open of `--fail-on` or above, 1 something.
    asked: the options of `build validate` by name; one that is absent has its default. Raises DataError for what is
    wrong with the options, and for data that cannot be read.
    """
    say = progress or (lambda text: None)
    only = _names(asked.get("rules", ()))
    own = _own(asked.get("rules_table", ()) or (), specs)
    _check_rules(only, specs, own)
    standard = standard_of(asked.get("standard") or "", asked.get("version") or "", GUIDES)
    references = tuple(Path(folder) for folder in asked.get("sdtm", ()) or ())
    define = Path(asked["define"]) if asked.get("define") else None
    datasets = tuple(name.upper() for name in _names(asked.get("datasets", ())))
    data = opened(Asked(tuple(folders), references, define, standard, tuple(specs), asked.get("encoding"), datasets))
    try:
        found = validate(
            data, specs, int(asked.get("listed", 100)), only, lambda what: say(f"validating {what} ..."), own=own
        )
    except TableError as error:
        raise DataError([Problem(Place(error.path, error.line, error.column), error.message, error.hint)]) from None
    say("")
    written = write(found, {name: asked.get(name) for name in REPORTS}, str(asked.get("title") or "Conformance"))
    fail_on = str(asked.get("fail_on") or "warning").capitalize()
    lines = [*text(found), *(f"written: {path}" for path in written)]
    return found, lines, found.exit_code(fail_on)


def write(found: Validation, wanted: Mapping[str, str | Path | None], title: str = "Conformance") -> list[Path]:
    """Write the reports that are wanted, each to its file; the files."""
    made: dict[str, Callable[[], str | bytes]] = {
        "csv": lambda: tables.csv(found),
        "html": lambda: html_report.text(found, title),
        "xlsx": lambda: tables.xlsx(found),
    }
    return [put(Path(path), made[name]()) for name in REPORTS if (path := wanted.get(name))]


def _names(given: Sequence[str]) -> list[str]:
    return [part.strip() for text in given or () for part in text.split(",") if part.strip()]


def _own(tables: Sequence[str], specs: Sequence[Spec]) -> list[ConformanceRule]:
    """The rules of the sponsor: those of the study, and those of the tables that were named."""
    found = list(rules_of_study(specs[0].study.folder)) if specs else []
    for path in tables:
        found += own_rules(Path(path))
    seen: dict[str, ConformanceRule] = {}
    for rule in found:
        before = seen.setdefault(rule.rule, rule)
        if before is not rule:
            raise DataError([Problem(rule.place, f"{rule.rule!r} stands at {before.place} too", "number it anew")])
    return found


def _check_rules(only: Sequence[str], specs: Sequence[Spec], own: Sequence[ConformanceRule]) -> None:
    rules = [*by_id().values(), *own]
    known = {*(rule.rule for rule in rules), *(rule.category for rule in rules), "Study"}
    known |= {check.rule for spec in specs for check in spec.checks}
    for name in only:
        if name not in known:
            hint = nearest(name, known) or "docs/conformance.md lists the rules and their categories"
            raise DataError([Problem(Place("--rules"), f"there is no rule or category {name!r}", hint)])


def text(found: Validation) -> Iterator[str]:
    """The findings as lines: a line for each rule and dataset, the gravest first; then what is open."""
    rows = found.with_findings()
    if rows:
        yield f"{'Severity':8} {'Rule':10} {'Dataset':8} {'Open':>7} {'Expl.':>6}  What is wrong, and the first of them"
    for outcome in rows:
        yield printable(_line(outcome))
    for outcome in found.outcomes:
        if outcome.state == FAULTY:
            yield printable(f"not run  {outcome.rule.rule:10} {outcome.dataset:8} {outcome.reason}")
    for one in found.stale():
        yield f"stale    {one.row.rule:10} {one.row.dataset:8} {one.row.place} explains nothing"
    yield _summary(found)


def _line(outcome: Outcome) -> str:
    rule = outcome.rule
    first = next((one for one in outcome.findings if one.explained is None), None)
    shown = ""
    if first is not None:
        place = f"record {first.record} {first.subject}".rstrip() if first.record is not None else first.variable
        shown = f"  [{': '.join(part for part in (place, tables.values(first)) if part)[:110]}]"
    state = f"{outcome.open:7,d} {outcome.explained or '':>6}"
    return f"{rule.severity:8} {rule.rule:10} {outcome.dataset:8} {state}  {rule.message}{shown}"


def _summary(found: Validation) -> str:
    counts: Counter[str] = found.open()
    open_ = ", ".join(f"{counts[name]:,d} {name.lower()}{'' if counts[name] == 1 else 's'}" for name in SEVERITIES)
    records = sum(one.records for one in found.datasets)
    rules = len({one.rule.place for one in found.outcomes})
    size = f"{len(found.datasets)} datasets, {records:,d} records, {rules} rules"
    return f"{size}: {open_} open, {found.covered():,d} explained"
