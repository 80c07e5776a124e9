"""The page of the quality notes: the ledger as a person reads it, and the issues, in one HTML file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

from formats import html_templates, safe_csv
from qc.compare.shown import printable
from specs.kept import Kept, digest

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 2000
SEVERITIES = ("error", "warning", "note")
STAGES = {"sdtm": "SDTM", "adam": "ADaM"}
ON_PURPOSE = "none"
_ISSUE_COLUMNS = (
    "Rule", "Kind", "Severity", "Dataset", "Variable", "USUBJID", "Table", "File", "Row", "Record", "Column", "Value",
    "Message",
)  # fmt: skip
_LEDGER_COLUMNS = ("Stage", "Table", "Dataset", "Block", "Step", "Rows")
_LEFT_OUT = "left out: "
_MERGED = "merged"


@dataclass(frozen=True)
class Account:
    """What became of the rows of a table, or of those of them that one block was offered.

    `left_out` names the rules that left rows out, with their counts; rules that left out none are not listed.
    `merged` rows stand for another (One Per); `rows` = left out + merged + `used`. `on_purpose`: rows that Sources
    names as left out, which feed nothing. `blocks`: of how many blocks these are the numbers, those of each.
    """

    name: str
    rows: int
    left_out: tuple[tuple[str, int], ...]
    merged: int
    used: int
    records: int | None = None
    on_purpose: bool = False
    blocks: int = 1

    @property
    def lost(self) -> int:
        """How many rows the named rules left out."""
        return sum(count for _, count in self.left_out)


@dataclass(frozen=True)
class TableAccount:
    """A table with its intake and its blocks; `unaccounted` is None where no block reads it, `note` says so."""

    stage: str
    intake: Account
    blocks: tuple[Account, ...] = ()
    unaccounted: int | None = None
    note: str = ""


@dataclass
class _Steps:
    """The steps of one table or block, in the order of the ledger."""

    counts: dict[str, int] = field(default_factory=dict)

    def left_out(self) -> tuple[tuple[str, int], ...]:
        return tuple(
            (step.removeprefix(_LEFT_OUT), count)
            for step, count in self.counts.items()
            if step.startswith(_LEFT_OUT) and count and not step.startswith(_LEFT_OUT + _MERGED)
        )

    def merged(self) -> int:
        return sum(count for step, count in self.counts.items() if step.startswith(_LEFT_OUT + _MERGED))


@dataclass(frozen=True)
class Group:
    """Issues of one rule, kind and severity that say the same: how many, and the words that they share."""

    rule: str
    kind: str
    severity: str
    message: str
    count: int


def write(folder: Path, study: str, title: str, glance: Any = None) -> None:
    """Write `index.html` from the `ledger.csv` and `issues.csv` of `folder`; nothing where it has neither.

    glance: what stands above them (`qc.lead.glance.Glance`).
    """
    if glance is None and not any((folder / name).exists() for name in _FILES):
        return
    made = render(*read(folder), study, title, glance) if glance is not None else _plain(folder, study, title)
    (folder / "index.html").write_text(made, encoding="utf-8", newline="\n")


_FILES = {"ledger.csv": _LEDGER_COLUMNS, "issues.csv": _ISSUE_COLUMNS}
_KEPT: Kept[str] = Kept(1)


def _plain(folder: Path, study: str, title: str) -> str:
    """The page without a glance, rendered once for the stages of a build that note nothing more."""
    noted = digest(folder, [folder / name for name in _FILES if (folder / name).exists()])
    return _KEPT.get((noted, study, title, SHOWN), lambda: render(*read(folder), study, title))


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ledger and the issues of a folder; without rows where it has none."""
    ledger, issues = (_read(folder / name, columns) for name, columns in _FILES.items())
    return ledger, issues


def _read(path: Path, columns: Iterable[str]) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame(columns=list(columns), dtype=str)
    found = pd.read_csv(path, dtype=str, keep_default_na=False).reindex(columns=list(columns), fill_value="")
    # The page runs nothing, so a value stands on it as it was collected.
    return found.apply(lambda column: column.map({text: safe_csv.plain(text) for text in column.unique()}))


def raw_accounts(ledger: pd.DataFrame) -> list[TableAccount]:
    """The raw tables of a ledger."""
    return [account for account in accounts(ledger) if _is_raw(account)]


@cache
def _template() -> jinja2.Template:
    environment = html_templates.environment(TEMPLATES)
    environment.filters |= {"number": lambda value: f"{value:,d}", "printable": printable}
    return environment.get_template("quality.html")


def render(ledger: pd.DataFrame, issues: pd.DataFrame, study: str, title: str, glance: Any = None) -> str:
    """The page as HTML: self-contained, every text of the study escaped."""
    found = accounts(ledger)
    raw = [account for account in found if _is_raw(account)]
    made = [account for account in found if not _is_raw(account)]
    ordered = _by_severity(issues)
    shown, most = _shown(ordered)
    return _template().render(
        study=study,
        title=title,
        raw=raw,
        made=[
            (STAGES.get(stage, stage), [one for one in made if one.stage == stage])
            for stage in dict.fromkeys(one.stage for one in made)
        ],
        totals=_totals(raw, issues),
        severities=SEVERITIES,
        groups=groups(issues),
        glance=glance,
        issues=shown.to_dict("records"),
        more=len(ordered) - len(shown),
        most=most,
        size=len(ordered),
        choices={name: _distinct(shown, name) for name in ("Severity", "Rule", "Kind", "Table")},
    )


# --- the ledger -----------------------------------------------------------------------------------------


def accounts(ledger: pd.DataFrame) -> list[TableAccount]:
    """The ledger by stage and table, in its own order."""
    steps: dict[tuple[str, str], dict[tuple[str, str], _Steps]] = {}
    for stage, table, dataset, block, step, rows in ledger[list(_LEDGER_COLUMNS)].itertuples(index=False):
        blocks = steps.setdefault((stage, table), {})
        blocks.setdefault((dataset, block), _Steps()).counts[step] = int(rows)
    return [_account(stage, table, blocks) for (stage, table), blocks in steps.items()]


def _account(stage: str, table: str, blocks: Mapping[tuple[str, str], _Steps]) -> TableAccount:
    own = blocks.get(("", ""), _Steps())
    kept = own.counts.get("rows kept", 0)
    total = own.counts.get("rows read", -1)
    intake = Account(table, total, own.left_out(), own.merged(), kept)
    fed = tuple(_block(dataset, block, steps) for (dataset, block), steps in blocks.items() if dataset)
    note = next((step for step in own.counts if step.startswith("rows read ")), "")
    return TableAccount(stage, intake, _joined(fed), own.counts.get("unaccounted"), note.removeprefix("rows "))


def _block(dataset: str, block: str, steps: _Steps) -> Account:
    used = steps.counts.get("rows used", 0)
    if dataset == ON_PURPOSE:
        return Account("named as left out on purpose", used, (), 0, 0, on_purpose=True)
    rows = used + steps.merged() + sum(count for _, count in steps.left_out())
    name = f"{dataset} {block}" if block != dataset else dataset
    return Account(name, rows, steps.left_out(), steps.merged(), used, steps.counts.get("records", 0))


def _joined(blocks: Iterable[Account]) -> tuple[Account, ...]:
    """Blocks of one dataset that follow each other with the same numbers as one line: `ADCS CSCUM, CSDUR`."""
    found: list[Account] = []
    for account in blocks:
        dataset, _, block = account.name.partition(" ")
        before = found[-1] if found and block else account
        same = before is not account and before.name.startswith(f"{dataset} ")
        if same and replace(before, name=account.name, blocks=1) == account:
            found[-1] = replace(before, name=f"{before.name}, {block}", blocks=before.blocks + 1)
        else:
            found.append(account)
    return tuple(found)


def _is_raw(account: TableAccount) -> bool:
    """True for a table of which intake said how many rows it read."""
    return account.intake.rows >= 0


def _totals(raw: Sequence[TableAccount], issues: pd.DataFrame) -> dict[str, int]:
    counted = issues["Severity"].str.lower().value_counts()
    return {
        "tables": len(raw),
        "read": sum(one.intake.rows for one in raw),
        "left out": sum(one.intake.lost for one in raw),
        "kept": sum(one.intake.used for one in raw),
        "unaccounted": sum(one.unaccounted or 0 for one in raw),
        **{severity: int(counted.get(severity, 0)) for severity in SEVERITIES},
    }


# --- the issues -----------------------------------------------------------------------------------------


def groups(issues: pd.DataFrame) -> list[Group]:
    """Issues counted by rule, kind, severity and what they say, errors first.

    A message may end in facts of its row (`...; line 23 was kept`): those that begin alike are one group, whose
    message is what they share.
    """
    table = issues.assign(Begin=issues["Message"].str.split("; ", n=1).str[0])
    found = []
    for (rule, kind, severity, _), part in table.groupby(["Rule", "Kind", "Severity", "Begin"], sort=True):
        found.append(Group(rule, kind, severity, _shared(part["Message"].unique().tolist()), len(part)))
    return sorted(found, key=lambda one: (_weight(one.severity), _natural(one.rule), one.kind, one.message))


def _shared(messages: Sequence[str]) -> str:
    """The leading parts, between semicolons, that all messages have."""
    parts = [message.split("; ") for message in messages]
    same = 0
    while all(len(part) > same and part[same] == parts[0][same] for part in parts):
        same += 1
        if same == len(parts[0]):
            break
    return "; ".join(parts[0][:same])


def _by_severity(issues: pd.DataFrame) -> pd.DataFrame:
    """Errors first, then warnings, then notes; within each in the order of the file."""
    return issues.iloc[issues["Severity"].map(_weight).argsort(kind="stable")]


def _shown(ordered: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """At most SHOWN issues, and up to how many of each rule, kind and severity: none hides another kind of finding."""
    if len(ordered) <= SHOWN:
        return ordered, len(ordered)
    kinds = ordered.groupby(["Rule", "Kind", "Severity"], sort=False)
    sizes = kinds.size()
    most = 1
    while int(sizes.clip(upper=most + 1).sum()) <= SHOWN:
        most += 1
    return ordered[kinds.cumcount() < most].head(SHOWN), most


def _weight(severity: str) -> int:
    return SEVERITIES.index(severity.lower()) if severity.lower() in SEVERITIES else 0


def _distinct(issues: pd.DataFrame, name: str) -> list[str]:
    key = _weight if name == "Severity" else _natural
    return sorted((value for value in issues[name].unique() if value), key=key)


def _natural(text: str) -> tuple[tuple[str, int], ...]:
    """The order of names that hold numbers: M-2 before M-10."""
    return tuple((word, int(digits or 0)) for word, digits in re.findall(r"(\D*)(\d*)", text) if word or digits)
