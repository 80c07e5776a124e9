"""What the lead sees first: one card for each part of quality control, and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from qc.compare.result import DIFFERENT, EQUAL, FAILED, Comparison
from qc.conformance.result import Validation
from qc.page import SEVERITIES, TableAccount, _natural
from specs.closed_words import SEVERITIES as RULE_SEVERITIES

OPEN, DONE, NONE = "open", "done", "none"
MOST_BARS = 20


@dataclass(frozen=True)
class Card:
    """A part of quality control: state OPEN, DONE, or NONE for what was not asked for; a headline, lines, a link."""

    title: str
    state: str
    headline: str
    lines: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True)
class Bar:
    """A line of a figure: parts of a kind, which is its colour, with their size."""

    label: str
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(size for _, size in self.parts)


@dataclass(frozen=True)
class Figure:
    """Bars of one measure. `kinds`: the words for the colours. `scale`: the size of the longest; 0: each is whole."""

    title: str
    kinds: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]
    scale: int
    more: int = 0


@dataclass(frozen=True)
class Glance:
    cards: tuple[Card, ...]
    figures: tuple[Figure, ...]

    @property
    def open(self) -> bool:
        """Is anything open?"""
        return any(card.state == OPEN for card in self.cards)


# --- cards ----------------------------------------------------------------------------------------------


def ledger_card(raw: Sequence[TableAccount]) -> Card:
    """Is every raw row accounted for?"""
    read = sum(one.intake.rows for one in raw)
    lost = sum(one.unaccounted or 0 for one in raw)
    if not raw:
        return Card("Ledger", NONE, "no raw tables", (), "#ledger")
    left = sum(one.intake.lost for one in raw)
    lines = (f"{read:,d} raw rows read", f"{left:,d} left out by a named rule")
    return Card("Ledger", OPEN if lost else DONE, f"{lost:,d} rows unaccounted", lines, "#ledger")


def issues_card(issues: pd.DataFrame) -> Card:
    """Errors are open; warnings and notes are written down."""
    found = issues["Severity"].str.lower().value_counts()
    errors = int(found.get("error", 0))
    lines = tuple(_plural(int(found.get(name, 0)), name) for name in SEVERITIES[1:])
    return Card("Issues", OPEN if errors else DONE, _plural(errors, "error"), lines, "#issues")


def conformance_card(found: Validation, link: str) -> Card:
    """Errors and warnings that nothing explains are open."""
    counts = found.open()
    grave = counts["Error"] + counts["Warning"]
    headline = f"{_plural(counts['Error'], 'error')}, {_plural(counts['Warning'], 'warning')} open"
    lines = [_plural(counts["Note"], "note"), f"{found.covered():,d} explained"]
    if found.stale():
        nothing = len(found.stale())
        lines.append(f"{_plural(nothing, 'explanation')} that explain{'s' if nothing == 1 else ''} nothing")
    return Card("Conformance", OPEN if grave else DONE, headline, tuple(lines), link)


def comparison_card(title: str, found: Comparison | None, without: str, link: str) -> Card:
    """Two sets of datasets compared."""
    if found is None:
        return Card(title, NONE, "not compared", (without,))
    counts = {code: sum(one.exit_code == code for one in found.datasets) for code in (EQUAL, DIFFERENT, FAILED)}
    state = DONE if found.exit_code == EQUAL else OPEN
    lines = [f"{counts[EQUAL]} of {len(found.datasets)} datasets equal", f"{found.accepted:,d} differences accepted"]
    if counts[FAILED]:
        lines.append(f"{counts[FAILED]} could not be compared")
    if found.only_datasets:
        lines.append(f"{len(found.only_datasets)} on one side only")
    return Card(title, state, f"{_plural(found.open, 'difference')} open", tuple(lines), link)


def build_card(changed: Sequence[str], touched: Sequence[str], stale: Sequence[str] = ()) -> Card:
    """Do specification, raw data and outputs still stand as the build left them, and are they of one build?

    stale: the stages that are made from something else than what stands before them.
    """
    if not changed and not touched and not stale:
        return Card("Build", DONE, "up to date", ("specification and outputs are those of the build",))
    lines = [*(f"changed since: {name}" for name in changed[:4]), *(f"not as built: {name}" for name in touched[:4])]
    more = len(changed) + len(touched) - len(lines)
    lines += [f"and {more} more"] if more else []
    lines += stale
    what = "are not as built" if touched else "are stale"
    headline = "the specification changed" if changed else f"outputs {what}"
    return Card("Build", OPEN, headline, tuple(lines), "../manifest.json")


def _plural(count: int, word: str) -> str:
    return f"{count:,d} {word}{'' if count == 1 else 's'}"


# --- figures --------------------------------------------------------------------------------------------


def rows_figure(raw: Sequence[TableAccount]) -> Figure:
    """What became of the rows of each raw table, as shares."""
    kinds = (("kept", "kept"), ("warning", "left out by a rule"), ("error", "unaccounted"))
    bars = tuple(
        Bar(one.intake.name, (("kept", one.intake.used), ("warning", one.intake.lost), ("error", one.unaccounted or 0)))
        for one in raw
    )
    return Figure("Rows of the raw tables", kinds, bars, 0)


def domains_figure(found: Sequence[TableAccount]) -> Figure:
    """What became of the rows that each dataset was offered, as shares; working datasets are left out."""
    counts: dict[str, list[int]] = {}
    for account in (block for one in found for block in one.blocks if not block.on_purpose):
        dataset = account.name.partition(" ")[0]
        parts = counts.setdefault(dataset, [0, 0, 0])
        for place, size in enumerate((account.used, account.lost, account.merged)):
            parts[place] += size * account.blocks
    kinds = (("kept", "used"), ("warning", "left out by a rule"), ("soft", "merged"))
    bars = [
        Bar(name, tuple((kind, size) for (kind, _), size in zip(kinds, parts, strict=True)))
        for name, parts in counts.items()
        if not name.startswith("_")
    ]
    return Figure("Rows offered to each dataset", kinds, tuple(bars), 0)


def issues_figure(issues: pd.DataFrame) -> Figure:
    """How many issues each rule has; where the study has no name for a kind of finding, the kind."""
    named = issues["Rule"].where(issues["Rule"].fillna("") != "", issues["Kind"])
    counted = issues.assign(Rule=named, S=issues["Severity"].str.lower()).groupby(["Rule", "S"]).size()
    by_rule: dict[str, dict[str, int]] = {}
    for (rule, severity), size in counted.items():
        by_rule.setdefault(str(rule), {})[str(severity)] = int(size)
    return _figure("Issues by rule", SEVERITIES, by_rule)


def conformance_figure(found: Validation) -> Figure:
    """How many rules each dataset breaks, by severity; those whose findings are all explained do not count."""
    by_dataset: dict[str, dict[str, int]] = {}
    for outcome in found.with_findings():
        if outcome.open:
            counts = by_dataset.setdefault(outcome.dataset or "(study)", {})
            severity = outcome.rule.severity.lower()
            counts[severity] = counts.get(severity, 0) + 1
    return _figure("Conformance rules broken by dataset", tuple(name.lower() for name in RULE_SEVERITIES), by_dataset)


def _figure(title: str, severities: Sequence[str], counts: Mapping[str, Mapping[str, int]]) -> Figure:
    bars = [Bar(name, tuple((s, parts[s]) for s in severities if parts.get(s))) for name, parts in counts.items()]
    bars.sort(key=lambda bar: (-bar.total, _natural(bar.label)))
    kinds = tuple((name, f"{name}s") for name in severities)
    shown = tuple(bars[:MOST_BARS])
    return Figure(title, kinds, shown, max((bar.total for bar in shown), default=0), len(bars) - len(shown))


def figures(tables: Sequence[TableAccount], issues: pd.DataFrame, found: Validation) -> Iterator[Figure]:
    """The figures of which there is something to see. tables: all of the ledger."""
    raw = [one for one in tables if one.intake.rows >= 0]
    made = [rows_figure(raw), domains_figure(tables), issues_figure(issues), conformance_figure(found)]
    yield from (figure for figure in made if figure.bars)
