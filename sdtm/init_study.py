"""`build init`: the folder of a new study from its raw tables, every row a proposal to be confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from formats.folders import replaced
from formats.safe_csv import safe
from sdtm.init_columns import RawForm, constant_of
from sdtm.init_files import read_forms
from sdtm.init_keys import key_variables
from sdtm.init_match import GUIDE, RULED
from sdtm.init_propose import (
    SUBJECT,
    Placed,
    Proposal,
    derived_rules,
    general_rules,
    place,
    reference,
    subject_rules,
)
from sdtm.init_terms import codelist_rows, collected_rows
from sdtm.init_words import bare
from specs import standards
from specs.columns import SHEETS
from specs.format import canonical, csv_bytes
from specs.problem import Place, Problem, SpecError
from specs.read_csv import RawTable, Row

_STAGE = "sdtm"
Cells = Mapping[str, str]


@dataclass
class Draft:
    """The files of a new study by their path, and what a person should read."""

    files: dict[str, bytes] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    placed: list[Placed] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)


def start(study: Path, raw: Path, encoding: str = "") -> list[str]:
    """A new study folder with proposals for its raw tables; lines for a reader. Never writes where anything is.

    encoding: of the text tables that are not UTF-8.

    Raises SpecError for a folder that is not empty, DataError for raw tables that cannot be read.
    """
    if study.exists() and (not study.is_dir() or any(study.iterdir())):
        raise SpecError([Problem(Place(str(study)), "is there already and not empty", "give the name of a new folder")])
    found = draft(raw, study.resolve().name, encoding)
    with replaced(study, ()) as folder:
        for name, content in found.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return [*found.lines, f"{study}: {len(found.files)} files; next: build check {study} --raw {raw}"]


def draft(raw: Path, name: str, encoding: str = "") -> Draft:
    """The proposals for the raw tables in `raw`. `name` is the study's, where no column says it.

    Raises DataError for a folder without tables and for files that cannot be read.
    """
    unread: list[str] = []
    placed = place(read_forms(raw, standards.dataset_names(GUIDE), encoding, unread))
    result = Draft(placed=placed)
    forms = [one.form for one in placed]
    study = constant_of(forms, "STUDYID") or name
    rules = _rules(placed, study)
    result.proposals = rules
    _add_tables(result, placed, study)
    _add_datasets(result, placed, rules)
    _add_mapping(result, placed, rules)
    _add(result, "Codelists", codelist_rows(rules))
    _add(result, "Collected", collected_rows(rules, {one.block: one.form for one in placed}))
    result.files["study.toml"] = _toml(study, raw).encode()
    for one in placed:
        if one.home and one.home.dataset == SUBJECT:
            own = (rule for rule in rules if rule.dataset == SUBJECT and rule.variable in RULED)
            one.read |= {name for rule in own for name in rule.columns}
    _add_unplaced(result, placed)
    _say(result, placed, rules)
    result.lines += [f"not read: {text}" for text in unread]
    return result


def _rules(placed: Sequence[Placed], study: str) -> list[Proposal]:
    """All proposals: from columns, from the subject number, by rules of the guide; none twice for a variable."""
    first = {one.home.dataset: one.form for one in placed if one.home}
    own = [p for one in placed for p in one.proposals]
    added = subject_rules(first[SUBJECT], study) if SUBJECT in first else []
    added += derived_rules(placed)
    known = {(p.dataset, p.variable) for p in own}
    own += [p for p in added if (p.dataset, p.variable) not in known]
    referenced = any(p.variable == "RFSTDTC" for p in own)
    return [*own, *general_rules(placed, referenced)]


def _add(result: Draft, sheet: str, rows: Iterable[Cells], file: str = "") -> None:
    """A table in canonical form; none without rows."""
    path = file or f"{_STAGE}/{sheet}.csv"
    known = SHEETS[sheet]
    listed = [Row(path, 0, {**dict.fromkeys(known.names, ""), **row}) for row in rows]
    if listed:
        result.files[path] = canonical(RawTable(path, known.names, tuple(listed)), known)


def _add_tables(result: Draft, placed: Sequence[Placed], study: str) -> None:
    tables, sources = [], []
    for one in placed:
        form = one.form
        subject, why = _subject(form, study)
        again = f"; rows that equal another: {form.repeated}; write * in System if each is a record of its own"
        repeated = again if form.repeated else ""
        comment = f"proposal {why}{repeated}"
        row = {"Table": form.table, "File": form.file, "Encoding": form.encoding, "Subject": subject}
        tables.append(row | {"Comment": comment})
        home = one.home
        why = f"proposal (high): {home.reason}" if home else "not placed: map it, or confirm that it is left out"
        dataset = home.dataset if home else "none"
        sources.append({"Dataset": dataset, "Block": one.block, "From": form.table, "Comment": why})
    _add(result, "Tables", tables)
    _add(result, "Sources", sources)


def _subject(form: RawForm, study: str) -> tuple[str, str]:
    """The expression for USUBJID and why."""
    if not form.subject:
        return "none", "(low): no column is called like a subject number"
    name = reference(form.subject)
    if bare(form.subject).upper() == "USUBJID":
        return name, "(high): the column bears the variable's name"
    if all(study in value for value in form.columns[form.subject].values):
        return name, f"(high): {form.subject} names the subject and holds the study"
    return f"STUDYID + '-' + {name}", f"(medium): {form.subject} names the subject; USUBJID may be made otherwise"


def _add_datasets(result: Draft, placed: Sequence[Placed], rules: Sequence[Proposal]) -> None:
    datasets, variables = [], []
    order = standards.dataset_names(GUIDE)
    for name in sorted({one.home.dataset for one in placed if one.home}, key=order.index):
        keys, why = key_variables(name, [one for one in placed if one.home and one.home.dataset == name])
        datasets.append({"Dataset": name, "Key Variables": ", ".join(keys), "Developer Notes": f"proposal {why}"})
        variables += _variables(name, rules, keys)
    _add(result, "Datasets", datasets)
    _add(result, "Variables", variables)


def _variables(dataset: str, rules: Sequence[Proposal], keys: Sequence[str]) -> list[Cells]:
    """The variables of a dataset: those with a proposal, and those that the guide requires."""
    filled = {p.variable: p for p in rules if p.dataset == dataset}
    general = {p.variable.replace("--", dataset): p for p in rules if not p.dataset}
    days = {name: p for name, p in general.items() if name.endswith("DY") and _dated(name) in filled}
    proposed = filled | days | {name: p for name, p in general.items() if name in RULED or name in keys}
    listed = {v.name: v for v in standards.variables(GUIDE, dataset)}
    required = {name for name, v in listed.items() if v.core == "Req" or name in proposed}
    names = [name for name in listed if name in required] + [name for name in proposed if name not in listed]
    rows: list[Cells] = []
    for name in names:
        plain = "to fill: the guide requires it, no column was found"
        found = proposed.get(name) or general.get(name)
        note = f"proposal ({found.confidence}){_unfit(found)}" if found else plain
        rows.append({"Dataset": dataset, "Variable": name, "Developer Notes": note})
    return rows


def _unfit(proposal: Proposal) -> str:
    """A remark for a variable with a published codelist whose values were not mapped to it."""
    match = proposal.match
    if match is None or match.codelist or not match.variable.codelist_code or not match.column.values:
        return ""
    return ": its values do not all fit the published codelist; choose one, or none"


def _dated(day: str) -> str:
    """The date behind a study day: AESTDTC of AESTDY."""
    return day.removesuffix("DY") + "DTC"


def _add_mapping(result: Draft, placed: Sequence[Placed], rules: Sequence[Proposal]) -> None:
    blocks: dict[str, list[str]] = {}
    for one in placed:
        if one.home:
            blocks.setdefault(one.home.dataset, []).append(one.block)
    for dataset in [*blocks, ""]:
        several = len(blocks.get(dataset, [])) > 1
        rows: list[Cells] = [
            {"Variable": p.variable, "Block": p.block if several else "", "Where": p.where, "Expression": p.expression,
             "Comment": p.comment}
            for p in rules if p.dataset == dataset
        ]  # fmt: skip
        _add(result, "Mapping", rows, f"{_STAGE}/mapping/{dataset or 'all'}.csv")


def _add_unplaced(result: Draft, placed: Sequence[Placed]) -> None:
    rows = [
        tuple(
            str(safe(text))
            for text in (one.form.table, column.name, str(len(column.values)), "; ".join(column.values[:3]))
        )
        for one in placed
        for column in one.unplaced
    ]
    if rows:
        header = ("Table", "Column", "Distinct Values", "Such As")
        result.files[f"{_STAGE}/other/not placed.csv"] = csv_bytes(header, rows)


def _toml(study: str, raw: Path) -> str:
    packages = {name.rpartition(" ")[0]: name.rpartition(" ")[2] for name in standards.PACKAGES}
    lines = [
        "# Made by `build init`: every row of the tables is a proposal; see the columns Comment and Developer Notes.",
        f"# Raw tables: build check --raw {' '.join(str(raw).split())}",
        f'STUDYID = "{_plain(study)}"',
        "",
        "[standards]",
        f'sdtmig = "{GUIDE.rpartition(" ")[2]}"',
    ]
    for key, name in (("sdtmct", "SDTM"), ("adamct", "ADaM"), ("definect", "DEFINE-XML")):
        lines.append(f'{key} = "{packages[name]}"')
    return "\n".join([*lines, 'define = "2.1"', ""])


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')


def _say(result: Draft, placed: Sequence[Placed], rules: Sequence[Proposal]) -> None:
    """What was proposed, table by table, and what was not placed."""
    if not any(one.home for one in placed):
        result.lines.append("no table was placed: Datasets and Variables are yours to write before a build can begin")
    for one in placed:
        if one.home is None:
            result.lines.append(f"{one.form.file}: not placed; it is left out until you map it")
            continue
        counts = {word: sum(p.confidence == word for p in one.proposals) for word in ("high", "medium", "low")}
        shown = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "none"
        result.lines.append(f"{one.form.file}: {one.home.dataset}, proposals {shown}")
        left = [column.name for column in one.unplaced]
        if left:
            result.lines.append(f"  not placed: {', '.join(left)}")
    required = [
        f"{name}.{v.name}" for name in sorted({one.home.dataset for one in placed if one.home})
        for v in standards.variables(GUIDE, name)
        if v.core == "Req" and v.name not in RULED and not v.name.endswith("SEQ")
        and not any(p.dataset == name and p.variable == v.name for p in rules)
    ]  # fmt: skip
    if required:
        result.lines.append(f"required and without a proposal: {', '.join(required)}")
