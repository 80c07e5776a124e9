"""The Analysis Data Reviewer's Guide: the sections of the PHUSE template, filled from the ADaM stage."""

from __future__ import annotations

import re
from collections.abc import Iterable

from specs.markup import Run
from specs.model import Dataset, Variable
from specs.wildcards import matches
from submission.document.model import Document, Paragraph
from submission.guide.common import (
    Guide,
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
from submission.guide.dependencies import dependencies, order_of
from submission.guide.facts import Facts
from submission.guide.sets import analysis_sets
from submission.package.programs import dataset_program, display_program

_SUBJECT_LEVEL = "ADSL"
_TREATMENTS = ("TRTxxP", "TRTxxA", "TRTSEQP", "TRTSEQA", "TRTP", "TRTA", "TRxxPGy", "TRxxAGy")
_FLAGS = re.compile(r"ANL\d\dFL|ABLFL|DTYPE")
_MOST = 60


def adrg(facts: Facts) -> tuple[Document, list[str]]:
    """The guide, and the sections for which the study has no text where it should."""
    guide = Guide(facts)
    introduction(guide)
    _source(guide)
    protocol(guide, "2.2")
    guide.section("3")
    _core(guide)
    _treatments(guide)
    guide.section("3.3")
    guide.own_or_say("3.3", "The specification states no subject that needs a rule of its own.")
    _visits(guide)
    _imputation(guide)
    decisions(guide, "3.6")
    guide.section("4")
    guide.section("4.1")
    splits(guide)
    _dependencies(guide)
    guide.section("5")
    _overview(guide)
    _datasets(guide)
    guide.section("6")
    conformance(guide, "6.1", "6.2")
    _programs(guide)
    issues(guide, "Appendix I")
    return guide.document, guide.silent


def _source(guide: Guide) -> None:
    guide.section("1.4")
    cut = guide.facts.cutoff
    when = f" Records after {cut} are cut as the sheet Data Cut says." if cut else " No data cut was applied."
    guide.document.say(
        "The analysis datasets were made from the SDTM datasets of this submission, read from their transport files, "
        "and from look-up tables of the specification; no other data were used." + when
    )
    guide.own(guide.titles["1.4"])


# --- 3: what concerns several datasets ------------------------------------------------------------------


def _variables(guide: Guide, dataset: str) -> list[Variable]:
    held = guide.facts.data.columns(dataset)
    return [variable for variable in guide.facts.spec.variables_of(dataset) if variable.variable in held]


def _core(guide: Guide) -> None:
    guide.section("3.1")
    common = [v for v in _variables(guide, _SUBJECT_LEVEL) if v.cells.get("Common", "").strip() == "Yes"]
    if common:
        guide.document.say(
            f"Variables of {_SUBJECT_LEVEL} that other datasets copy, with the datasets that have them:"
        )
        rows = [(v.variable, v.label, ", ".join(_holders(guide, v.variable))) for v in common]
        guide.document.table(("Variable", "Label", "Datasets"), rows, (0.9, 2, 2.6))
    guide.own(guide.titles["3.1"])


def _holders(guide: Guide, variable: str) -> list[str]:
    others = [name for name in guide.facts.datasets if name != _SUBJECT_LEVEL]
    return [name for name in others if variable in guide.facts.data.columns(name)]


def _treatments(guide: Guide) -> None:
    facts = guide.facts
    guide.section("3.2")
    found: dict[tuple[str, str], list[str]] = {}
    for name in facts.datasets:
        for v in _variables(guide, name):
            if any(matches(pattern, v.variable) is not None for pattern in _TREATMENTS):
                found.setdefault((v.variable, v.label), []).append(name)
    planned, actual = (any(name.endswith(last) for name, _ in found) for last in "PA")
    questions(guide, [
        ("Are planned treatments used?", "Yes" if planned else "No"),
        ("Are actual treatments used?", "Yes" if actual else "No"),
        *_equivalence(guide, "ARM", "TRT01P"),
        *_equivalence(guide, "ACTARM", "TRT01A"),
    ])  # fmt: skip
    _treatment_counts(guide)
    rows = [(variable, label, ", ".join(names)) for (variable, label), names in found.items()]
    guide.document.table(("Variable", "Label", "Datasets"), rows, (0.9, 2, 2.6))
    guide.own(guide.titles["3.2"])


def _equivalence(guide: Guide, arm: str, treatment: str) -> list[tuple[str, str]]:
    """Whether an arm and a treatment variable of the subject-level dataset stand for the same."""
    counts = guide.facts.data.counts(_SUBJECT_LEVEL, [arm, treatment])
    if not counts or len(counts[0][0]) < 2:
        return []
    pairs = {values for values, _, _ in counts}
    alike = len({one for one, _ in pairs}) == len(pairs) == len({other for _, other in pairs})
    answer = "Yes, one to one; the words are in the table below" if alike else "No, see the table below"
    return [(f"Are the values of {arm} equivalent in meaning to those of {treatment}?", answer)]


def _treatment_counts(guide: Guide) -> None:
    names = [n for n in ("ARM", "ACTARM", "TRT01P", "TRT01A") if n in guide.facts.data.columns(_SUBJECT_LEVEL)]
    counts = guide.facts.data.counts(_SUBJECT_LEVEL, names)
    rows = [(*(value or "(none)" for value in values), subjects) for values, _, subjects in counts]
    guide.document.table((*names, "Subjects"), rows, (*[1.5] * len(names), 0.8))


def _visits(guide: Guide) -> None:
    facts = guide.facts
    guide.section("3.4")
    windowed = [name for name in facts.datasets if "AVISIT" in facts.data.columns(name)]
    questions(guide, [
        ("Was windowing used in one or more analysis datasets?", f"Yes: {', '.join(windowed)}" if windowed else "No"),
    ])  # fmt: skip
    for name in windowed:
        counts = facts.data.counts(name, ["AVISITN", "AVISIT"])
        rows = [(*(value or "(none)" for value in values), records, subjects) for values, records, subjects in counts]
        if 0 < len(rows) <= _MOST:
            rows.sort(key=lambda row: (row[0] == "(none)", _number(str(row[0]))))
            guide.document.say(f"Analysis visits of {name}; records without one are not windowed:")
            guide.document.table(("AVISITN", "AVISIT", "Records", "Subjects")[-len(rows[0]) :], rows)
    flags = [
        (name, v.variable, v.label, _method(guide, v)) for name in facts.datasets for v in _variables(guide, name)
        if _FLAGS.fullmatch(v.variable)
    ]  # fmt: skip
    guide.document.table(("Dataset", "Variable", "Label", "How it is set"), flags, (0.7, 0.8, 1.3, 3.2))
    guide.own_or_say("3.4", "The specification states nothing further on visits.")


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _method(guide: Guide, variable: Variable) -> str:
    method = guide.facts.methods.get((variable.dataset, variable.variable))
    return " ".join(method.description.split()) if method else ""


def _imputation(guide: Guide) -> None:
    """Methods that impute, each once with its variables, and the conventions that the study wrote as Methods."""
    guide.section("3.5")
    imputing: dict[str, list[str]] = {}
    for (dataset, name), method in guide.facts.methods.items():
        if method.type == "Imputation":
            imputing.setdefault(" ".join(method.description.split()), []).append(f"{dataset}.{name}")
    if imputing:
        guide.document.say("Dates and values that are imputed:")
        rows = [(", ".join(names), text) for text, names in imputing.items()]
        guide.document.table(("Variables", "Rule"), rows, (1.4, 4))
    derived = [(name, *rest) for name in guide.facts.datasets for rest in _derivation_types(guide, name)]
    if derived:
        guide.document.say("Records that were derived or imputed, by DTYPE:")
        guide.document.table(("Dataset", "DTYPE", "Records", "Subjects"), derived, (1, 2, 1, 1))
    _conventions(guide)
    guide.own(guide.titles["3.5"])


def _derivation_types(guide: Guide, name: str) -> Iterable[tuple[str, int, int]]:
    for (value,), records, subjects in guide.facts.data.counts(name, ["DTYPE"]):
        if value:
            yield value, records, subjects


def _conventions(guide: Guide) -> None:
    spec = guide.facts.spec
    used: dict[str, list[str]] = {}
    for variable in spec.variables.values():
        used.setdefault(variable.method, []).append(f"{variable.dataset}.{variable.variable}")
    for row in spec.value_level:
        used.setdefault(row.method, []).append(f"{row.dataset}.{row.variable} ({row.where_clause})")
    rows = [(m.name, m.description, ", ".join(used[m.id][:8])) for m in spec.methods.values() if m.id in used]
    if rows:
        guide.document.say("Conventions that the specification states as methods:")
        guide.document.table(("Convention", "Rule", "Variables"), rows, (1.2, 3, 1.3))


# --- 4: processing --------------------------------------------------------------------------------------


def _dependencies(guide: Guide) -> None:
    stage = guide.facts.compiled
    guide.section("4.2")
    found = dependencies(stage) if stage else {}
    rows = []
    for name in guide.facts.datasets:
        given, own, _ = order_of(found, name)
        rows.append((name, ", ".join(own) or "none", ", ".join(given) or "none"))
    guide.document.table(("Dataset", "Analysis datasets it reads", "SDTM datasets it reads"), rows, (0.7, 2, 3))
    guide.own(guide.titles["4.2"])
    guide.section("4.3")
    working = sorted(name for name in found if name.startswith("_"))
    if working:
        guide.document.say(
            "These are made while the datasets are built and are not submitted; their rules stand in the program "
            "working-datasets.txt."
        )
        made = [(name, ", ".join(sorted(found[name])), ", ".join(_users(found, name))) for name in working]
        guide.document.table(("Working dataset", "Made from", "Used by"), made, (1, 2.4, 2))
    else:
        guide.document.say("There are no intermediate datasets.")
    guide.own(guide.titles["4.3"])


def _users(found: dict[str, set[str]], name: str) -> list[str]:
    return sorted(user for user, tables in found.items() if name in tables)


# --- 5: the datasets ------------------------------------------------------------------------------------


def _overview(guide: Guide) -> None:
    facts = guide.facts
    guide.section("5.1")
    failed = sum(n for (text,), n, _ in facts.data.counts(_SUBJECT_LEVEL, ["ARMNRS"]) if text)
    failed = failed or sum(n for (text,), n, _ in facts.data.counts(_SUBJECT_LEVEL, ["ARM"]) if not text)
    subjects = facts.data.subjects(_SUBJECT_LEVEL) or 0
    questions(guide, [
        (f"How many subjects does {_SUBJECT_LEVEL} hold?", f"{subjects:,d}"),
        ("Are data of screen failures included?", f"Yes: {failed:,d} subjects without an arm" if failed else "No"),
        ("Are data taken from an ongoing study, or cut at a date?", facts.cutoff or "No data cut"),
    ])  # fmt: skip
    guide.document.pieces(analysis_sets(guide))
    guide.own_or_say("5.1", "The specification states nothing further on objectives.")


def _displays(guide: Guide, dataset: str) -> list[str]:
    spec = guide.facts.spec
    used = dict.fromkeys(result.display for result in spec.results.values() if result.dataset == dataset)
    return [name for name in used if name in spec.displays]


def _datasets(guide: Guide) -> None:
    facts = guide.facts
    guide.section("5.2")
    rows = []
    for name in facts.datasets:
        dataset = facts.spec.datasets[name]
        kind = dataset.dataset_class + (f", {dataset.subclass}" if dataset.subclass else "")
        rows.append((
            link_to(name), dataset.label, kind, dataset.structure, facts.data.rows(name),
            facts.data.subjects(name) or "", ", ".join(_displays(guide, name)),
        ))  # fmt: skip
    head = ("Dataset", "Label", "Class", "Structure", "Records", "Subjects", "Displays")
    guide.document.table(head, rows, (0.75, 1.3, 1.3, 1.5, 0.75, 0.8, 0.9))
    guide.own(guide.titles["5.2"])
    for number, name in enumerate(facts.datasets, 1):
        _dataset(guide, f"5.2.{number}", facts.spec.datasets[name])


def _dataset(guide: Guide, number: str, dataset: Dataset) -> None:
    facts, name = guide.facts, dataset.dataset
    guide.document.heading(3, number, f"{name} - {dataset.label}", dataset_anchor(name))
    subjects = facts.data.subjects(name) or 0
    guide.document.say(
        f"{facts.data.rows(name):,d} records of {subjects:,d} subjects. {dataset.structure}. "
        f"Keys: {', '.join(dataset.key_variables)}."
    )
    if dataset.comment in facts.spec.comments:
        guide.document.say(facts.spec.comments[dataset.comment].description)
    program = dataset_program(name)
    guide.document.blocks.append(Paragraph((Run("Its rules are in the program "), Run(program, code=True), Run("."))))
    counts = facts.data.counts(name, ["PARCAT1", "PARAMCD", "PARAM"])
    if counts and "PARAMCD" in facts.data.columns(name):
        held = [n for n in ("PARCAT1", "PARAMCD", "PARAM") if n in facts.data.columns(name)]
        rows = [(*values, records, subjects) for values, records, subjects in counts]
        widths = (*(2.6 if n == "PARAM" else 1.1 for n in held), 0.7, 0.8)
        guide.document.table((*held, "Records", "Subjects"), rows, widths)
    shown = [(f"{code} {facts.spec.displays[code].title}",) for code in _displays(guide, name)]
    guide.document.table(("Displays made from it",), shown)
    guide.own(name)


# --- 7: programs ----------------------------------------------------------------------------------------


def _programs(guide: Guide) -> None:
    facts = guide.facts
    guide.section("7")
    guide.document.say(
        "The datasets and displays were made by running the specification itself. Its rules are submitted as text, one "
        "file per dataset and display; readme.txt in the folder of the programs says how to read and to run them."
    )
    guide.section("7.1")
    guide.document.table(
        ("Program", "Output"), [(dataset_program(name), f"{name.lower()}.xpt") for name in facts.datasets], (1, 1)
    )
    guide.own(guide.titles["7.1"])
    guide.section("7.2")
    rows = []
    for display in facts.spec.displays.values():
        results = [result for result in facts.spec.results.values() if result.display == display.id]
        listed = [row.dataset for row in facts.spec.listings if row.display == display.id]
        used = ", ".join(dict.fromkeys(filter(None, [*(result.dataset for result in results), *listed])))
        rows.append((display_program(display.id), f"{display.id} {display.title}", used))
    guide.document.table(("Program", "Display", "Datasets"), rows, (1.2, 3, 1.2))
    if not rows:
        guide.document.say("The specification has no displays.")
    guide.own(guide.titles["7.2"])
    guide.section("7.3")
    guide.document.table(("Software", "Version", "Purpose"), facts.software, (1, 1, 2.4))
    guide.own(guide.titles["7.3"])
