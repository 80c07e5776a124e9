"""The Clinical Study Data Reviewer's Guide: the sections of the PHUSE template, filled from the SDTM stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from define.crf import annotated_crf, has_own
from define.sentences import said
from qc.page import TableAccount
from specs.markup import Run
from specs.model import Dataset
from specs.standards import dataset as standard_dataset
from specs.wildcards import prefix
from submission.acrf.behind import never
from submission.acrf.forms import HEADER
from submission.acrf.pdf import not_submitted, shown_title
from submission.document.model import Document, Paragraph
from submission.guide.common import (
    Guide,
    code,
    conformance,
    dataset_anchor,
    decisions,
    introduction,
    issues,
    link_to,
    protocol,
    questions,
    splits,
)
from submission.guide.data import shown
from submission.guide.facts import Facts

_TRIAL_DESIGN = ("TA", "TE", "TV", "TI", "TS")
_MOST_CATEGORIES = 40


def csdrg(facts: Facts) -> tuple[Document, list[str]]:
    """The guide, and the sections for which the study has no text where it should."""
    guide = Guide(facts)
    introduction(guide)
    protocol(guide, "2.2")
    _trial_design(guide)
    guide.section("3")
    guide.own(guide.titles["3"])
    _overview(guide)
    _traceability(guide)
    _annotated_crf(guide)
    _domains(guide)
    decisions(guide, "3.5")
    guide.section("4")
    conformance(guide, "4.1", "4.2")
    guide.section("4.3")
    guide.own_or_say("4.3", "There is nothing to add.")
    _criteria(guide)
    issues(guide, "Appendix II")
    return guide.document, guide.silent


# --- 2.3: trial design ----------------------------------------------------------------------------------


def _trial_design(guide: Guide) -> None:
    guide.section("2.3")
    held = [name for name in _TRIAL_DESIGN if name in guide.facts.data]
    answer = f"Yes: {', '.join(held)}" if held else "No"
    questions(guide, [("Are trial design datasets included in the submission?", answer)])
    guide.own(guide.titles["2.3"])
    show: dict[str, Callable[[Guide], None]] = {
        "TA": _arms, "TE": _elements, "TV": _visits, "TI": _kinds, "TS": _summary,
    }  # fmt: skip
    for number, name in enumerate(held, 1):
        dataset = guide.facts.spec.datasets[name]
        guide.document.heading(3, f"2.3.{number}", f"{name} - {dataset.label}", dataset_anchor(name))
        show[name](guide)
        _comment(guide, dataset)
        guide.own(name)


def _texts(guide: Guide, dataset: str, *names: str) -> list[tuple[str, ...]]:
    """The records of a small dataset, as texts; variables that it does not have are blank."""
    frame = guide.facts.data.frame(dataset, names)
    columns = [[shown(value) for value in _plain(frame[n])] if n in frame else [""] * len(frame) for n in names]
    return list(zip(*columns)) if columns else []


def _plain(column: pd.Series) -> list[object]:
    return list(column.astype(object).where(column.notna(), None))


def _arms(guide: Guide) -> None:
    arms: dict[tuple[str, str], list[str]] = {}
    for code_, arm, element, epoch in _texts(guide, "TA", "ARMCD", "ARM", "ELEMENT", "EPOCH"):
        arms.setdefault((code_, arm), []).append(f"{element} ({epoch})" if epoch else element)
    rows = [(code_, arm, ", then ".join(elements)) for (code_, arm), elements in arms.items()]
    guide.document.table(("ARMCD", "ARM", "Elements in order"), rows, (0.7, 1.6, 2.7))


def _elements(guide: Guide) -> None:
    rows = _texts(guide, "TE", "ETCD", "ELEMENT", "TESTRL", "TEENRL", "TEDUR")
    guide.document.table(("ETCD", "Element", "Starts", "Ends", "Duration"), rows, (0.6, 1, 1.7, 1.7, 0.7))


def _visits(guide: Guide) -> None:
    rows = _texts(guide, "TV", "VISITNUM", "VISIT", "VISITDY", "TVSTRL")
    guide.document.table(("VISITNUM", "VISIT", "VISITDY", "Start rule"), rows, (0.8, 1.2, 0.8, 3))


def _kinds(guide: Guide) -> None:
    counts = guide.facts.data.counts("TI", ["IECAT", "TIVERS"])
    rows = [(*values, *[""] * (2 - len(values)), records) for values, records, _ in counts]
    guide.document.table(("IECAT", "TIVERS", "Criteria"), rows, (2, 1, 1))
    guide.document.say("The criteria are listed in Appendix I.")


def _summary(guide: Guide) -> None:
    found = _texts(guide, "TS", "TSPARMCD", "TSPARM", "TSVAL", "TSVALNF")
    rows = [(name, label, value or (f"({null})" if null else "")) for name, label, value, null in found]
    guide.document.table(("TSPARMCD", "Parameter", "Value"), rows, (0.9, 1.8, 3.3))


# --- 3: the subjects' data ------------------------------------------------------------------------------


def _overview(guide: Guide) -> None:
    facts = guide.facts
    guide.section("3.1")
    empty = [name for name, dataset in facts.spec.datasets.items() if name not in facts.data or dataset.has_no_data]
    empty += [name for name in facts.datasets if name not in empty and not facts.data.rows(name)]
    adam = "adam" in facts.specs
    reasons = facts.data.counts("DM", ["ARMNRS"])
    screened = sum(records for (reason,), records, _ in reasons if reason == "SCREEN FAILURE")
    source = "Yes" if adam else "There are no analysis datasets"
    subjects = facts.data.subjects("DM") or 0
    questions(guide, [
        ("How many subjects do the datasets hold?", f"{subjects:,d}"),
        ("Are subjects included who failed screening?", f"Yes: {screened:,d}" if screened else "No"),
        ("Are the data those of an ongoing study, or cut at a date?", _cut_text(facts)),
        ("Were the SDTM datasets the source of the analysis datasets?", source),
        ("Are there planned datasets without data?", f"Yes: {', '.join(empty)}" if empty else "No"),
    ])  # fmt: skip
    _subjects(guide)
    splits(guide)
    guide.own(guide.titles["3.1"])


def _cut_text(facts: Facts) -> str:
    if not facts.cutoff:
        return "No data cut: all data of the export are included"
    return f"The analysis datasets are cut at {facts.cutoff}; the tabulations are those of the whole export"


def _subjects(guide: Guide) -> None:
    rows = [
        (arm or "(none)", actual or "(none)", reason, subjects)
        for (arm, actual, reason), _, subjects in _padded(guide.facts, "DM", "ARM", "ACTARM", "ARMNRS")
    ]
    guide.document.table(("Planned arm", "Actual arm", "Reason without arm", "Subjects"), rows, (2, 2, 1.4, 0.8))


def _padded(facts: Facts, dataset: str, *names: str) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Counts by variables, blank for one that the dataset does not have."""
    held = [name for name in names if name in facts.data.columns(dataset)]
    for values, records, subjects in facts.data.counts(dataset, held):
        known = dict(zip(held, values))
        yield tuple(known.get(name, "") for name in names), records, subjects


def _traceability(guide: Guide) -> None:
    guide.section("3.2")
    guide.document.say(
        "Raw tables (case report form and external data) -> SDTM datasets -> ADaM datasets -> displays. Each arrow is "
        "the mapping of the specification; there is no other program. Every raw row is accounted for:"
    )
    rows = [_account(account) for account in guide.facts.accounts if account.intake.rows >= 0]
    guide.document.table(
        ("Raw table", "Rows read", "Left out by intake", "Rows kept", "Records made"), rows, (0.9, 0.6, 2, 0.6, 2.2)
    )
    guide.own(guide.titles["3.2"])


def _account(account: TableAccount) -> tuple[object, ...]:
    left = "; ".join(f"{rule}: {count:,d}" for rule, count in account.intake.left_out) or "none"
    made = ", ".join(f"{block.name}: {block.records:,d}" for block in account.blocks if block.records)
    return account.intake.name, account.intake.rows, left, account.intake.used, made or account.note or "none"


def _annotated_crf(guide: Guide) -> None:
    guide.section("3.3")
    forms = [form for form in guide.facts.forms if form.questions]
    name = "acrf.pdf"
    text = "shows each raw form with the SDTM variables that its columns fill. It is made from the mapping."
    own = guide.facts.spec.documents.get(annotated_crf(guide.facts.spec))
    if own is not None and has_own(guide.facts.spec):
        text, name = "is a document of the study; define.xml refers to its pages.", own.href
    link = Run(name, link=name)
    guide.document.blocks.append(Paragraph((Run("The annotated CRF, "), link, Run(f", {text}"))))
    rows = [
        (shown_title(form), " ".join(question.columns), question.text, question.reason)
        for form, question in not_submitted(forms) if form.name != HEADER
    ]  # fmt: skip
    system = [" ".join(question.columns) for form, question in not_submitted(forms) if form.name == HEADER]
    if system:
        shown = ", ".join(system)
        guide.document.say(f"Items of the data capture system itself, on every form, are not submitted: {shown}.")
    if rows:
        guide.document.say("These collected items are not submitted:")
        guide.document.table(("Form", "Columns", "Question", "Reason"), rows, (1.4, 1.2, 1.5, 1.9))
    guide.own(guide.titles["3.3"])


def _domains(guide: Guide) -> None:
    facts = guide.facts
    guide.section("3.4")
    related = {value for (value,), _, _ in facts.data.counts("RELREC", ["RDOMAIN"])}
    rows = []
    for name in facts.datasets:
        dataset = facts.spec.datasets[name]
        supplement = f"SUPP{name}"
        rows.append((
            link_to(name) if _has_section(name) else name, dataset.label, dataset.dataset_class, facts.data.rows(name),
            _count(facts.data.subjects(name)), supplement if supplement in facts.data else "",
            "Yes" if {name, prefix(name)} & related else "",
        ))  # fmt: skip
    head = ("Dataset", "Label", "Class", "Records", "Subjects", "SUPP--", "RELREC")
    guide.document.table(head, rows, (0.85, 1.9, 1.2, 0.7, 0.75, 0.8, 0.7))
    guide.own(guide.titles["3.4"])
    described = [name for name in facts.datasets if _has_section(name) and name not in _TRIAL_DESIGN]
    for number, name in enumerate(described, 1):
        _domain(guide, f"3.4.{number}", facts.spec.datasets[name])


def _has_section(name: str) -> bool:
    """Supplemental qualifiers are described with their parent."""
    return not name.startswith("SUPP")


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,d}"


def _domain(guide: Guide, number: str, dataset: Dataset) -> None:
    facts, name = guide.facts, dataset.dataset
    guide.document.heading(3, number, f"{name} - {dataset.label}", dataset_anchor(name))
    subjects = facts.data.subjects(name)
    about = f"{facts.data.rows(name):,d} records" + (f" of {subjects:,d} subjects" if subjects is not None else "")
    guide.document.say(f"{about}. {dataset.structure or 'Structure as in the standard'}. "
                       f"Keys: {', '.join(dataset.key_variables) or 'none stated'}.")  # fmt: skip
    if standard_dataset(dataset.standard, name) is None:
        split = name != prefix(name) and standard_dataset(dataset.standard, prefix(name)) is not None
        kind = f"a part of the domain {prefix(name)} (DOMAIN {prefix(name)})" if split else "a domain of the sponsor"
        guide.document.say(f"The dataset is {kind}.")
    _comment(guide, dataset)
    guide.document.table(("Records come from", "Condition"), list(_sources(guide, name)), (1.2, 4))
    _categories(guide, name)
    _qualifiers(guide, f"SUPP{name}")
    guide.own(name)


def _comment(guide: Guide, dataset: Dataset) -> None:
    comment = guide.facts.spec.comments.get(dataset.comment)
    if comment:
        guide.document.say(comment.description)


def _sources(guide: Guide, name: str) -> Iterator[tuple[object, ...]]:
    """From what the records are made, without blocks that no record can come from."""
    stage = guide.facts.compiled
    for block in stage.blocks.get(name, ()) if stage else ():
        if never(block.where) or "/" in block.name:
            continue
        where = said(guide.facts.spec, name, block.row.where, block.name) if block.row.where else ""
        by_code = f"one record per test, by {block.test_column}" if block.test_column else ""
        yield code(block.source), "; ".join(filter(None, (where, by_code)))
    wide: Mapping[str, list[str]] = _wide(guide, name)
    for source, tests in wide.items():
        yield code(source), f"one record per test: {', '.join(tests)}"


def _wide(guide: Guide, name: str) -> dict[str, list[str]]:
    stage, found = guide.facts.compiled, dict[str, list[str]]()
    for block in stage.blocks.get(name, ()) if stage else ():
        if "/" in block.name and block.tests:
            found.setdefault(block.source, []).append(block.tests[0].test_code)
    return found


def _categories(guide: Guide, name: str) -> None:
    """Records and subjects by category and test, where there are few of them."""
    letters = prefix(name)
    held = [n for n in (f"{letters}CAT", f"{letters}SCAT") if n in guide.facts.data.columns(name)]
    counts = guide.facts.data.counts(name, held)
    if held and 1 < len(counts) <= _MOST_CATEGORIES:
        rows = [(*(value or "(none)" for value in values), records, subjects) for values, records, subjects in counts]
        guide.document.table((*held, "Records", "Subjects"), rows, (*[2] * len(held), 0.8, 0.8))


def _qualifiers(guide: Guide, name: str) -> None:
    rows = [
        (qnam, label, origin, records, subjects)
        for (qnam, label, origin), records, subjects in _padded(guide.facts, name, "QNAM", "QLABEL", "QORIG")
    ]
    if rows:
        guide.document.say(f"Supplemental qualifiers in {name}:")
        guide.document.table(("QNAM", "QLABEL", "QORIG", "Records", "Subjects"), rows, (0.9, 2.4, 1, 0.7, 0.8))
        comment = guide.facts.spec.datasets[name].comment
        if comment in guide.facts.spec.comments:
            guide.document.say(guide.facts.spec.comments[comment].description)
    guide.own(name)


def _criteria(guide: Guide) -> None:
    guide.section("Appendix I")
    rows = _texts(guide, "TI", "IETESTCD", "IECAT", "IETEST")
    if rows:
        guide.document.table(("IETESTCD", "IECAT", "IETEST"), rows, (0.8, 0.9, 4))
    else:
        guide.document.say("The tabulations hold no criteria (TI).")
    guide.own(guide.titles["Appendix I"])
