"""The sections that both guides have: purpose, acronyms, standards, protocol, decisions, conformance, issues."""

from __future__ import annotations

import re
from collections.abc import Iterable

from specs.guide_sections import ADRG, CSDRG, SECTIONS, texts_of
from specs.markup import Grid, Inline, Piece, Run, parse, plain
from specs.model import Spec
from specs.study import standard
from submission.document.model import Document
from submission.guide.conformance import Found
from submission.guide.facts import Facts

TITLES = {CSDRG: "Clinical Study Data Reviewer's Guide", ADRG: "Analysis Data Reviewer's Guide"}
_MODELS = {"SDTMIG 3.4": "SDTM 2.0", "SDTMIG 3.3": "SDTM 1.7", "SDTMIG 3.2": "SDTM 1.4", "ADaMIG 1.3": "ADaM 2.1"}
_ACRONYMS = {
    "aCRF": "Annotated Case Report Form",
    "ADaM": "Analysis Data Model",
    "ADaMIG": "Analysis Data Model Implementation Guide",
    "ADRG": "Analysis Data Reviewer's Guide",
    "CDISC": "Clinical Data Interchange Standards Consortium",
    "cSDRG": "Clinical Study Data Reviewer's Guide",
    "CT": "Controlled Terminology",
    "NCI": "National Cancer Institute",
    "SDTM": "Study Data Tabulation Model",
    "SDTMIG": "Study Data Tabulation Model Implementation Guide",
    "SUPP--": "Supplemental qualifiers dataset of a domain",
    "XPT": "SAS transport file, version 5",
}
_PURPOSE = {
    CSDRG: "This guide describes the tabulation datasets of the study beyond what define.xml says: how they came about "
    "from the collected data, which decisions they rest on, and which conformance findings remain and why.",
    ADRG: "This guide describes the analysis datasets of the study beyond what define.xml says: how they came about "
    "from the tabulation datasets, which decisions they rest on, which displays use them, and which conformance "
    "findings remain and why.",
}
_NOT_RUN = "No conformance check was run on these data"
_ID = re.compile(r"^COM\.")


class Guide:
    """A guide that is being written: the document, and the study's own texts for its sections."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.titles = SECTIONS[facts.guide]
        lines = (f"Protocol {define(facts.spec, 'ProtocolName')}: {title_of(facts.spec)}",)
        study = facts.spec.study
        self.document = Document(TITLES[facts.guide], study.id, lines, study.created)
        self.texts = texts_of(facts.specs.values(), facts.guide)
        self.silent: list[str] = []

    def section(self, number: str) -> bool:
        """Write the heading of a section; True if the study has a text for it."""
        level = number.count(".") + 1
        shown = number.replace("Appendix ", "Appendix ")
        self.document.heading(level, shown if shown[0].isdigit() else f"{shown}:", self.titles[number], _anchor(number))
        return self.titles[number] in self.texts

    def own(self, section: str) -> bool:
        """Write the texts of the study for a section or dataset; False without any."""
        rows = self.texts.get(section, [])
        for row in rows:
            self.document.pieces(parse(row.text, self.facts.spec.study.constants))
        return bool(rows)

    def own_or_say(self, number: str, otherwise: str) -> None:
        """The texts of the study for a section; without any a sentence, and the section is noted as silent."""
        title = self.titles[number]
        if not self.own(title):
            self.document.say(otherwise)
            self.silent.append(f"{number} {title}")


def _anchor(number: str) -> str:
    return f"sec-{number}" if number[0].isdigit() else number.replace(" ", "-")


def define(spec: Spec, attribute: str) -> str:
    """An attribute of the sheet Define; the identifier of the study where it is blank."""
    return spec.define.get(attribute, "") or spec.study.id


def title_of(spec: Spec) -> str:
    """The title of the study."""
    return spec.define.get("StudyDescription", "") or str(spec.study.settings.get("title") or spec.study.id)


def code(text: str) -> Run:
    """A name or expression as code."""
    return Run(text, code=True)


def link_to(dataset: str) -> Run:
    """The name of a dataset, which leads to its section."""
    return Run(dataset, link=f"#{dataset_anchor(dataset)}")


def dataset_anchor(dataset: str) -> str:
    """The named destination of the section of a dataset."""
    return f"dataset.{dataset}"


def introduction(guide: Guide) -> None:
    """Sections 1 to 1.3."""
    guide.section("1")
    guide.section("1.1")
    guide.document.say(_PURPOSE[guide.facts.guide])
    guide.own(guide.titles["1.1"])
    guide.section("1.2")
    _acronyms(guide)
    guide.section("1.3")
    guide.document.table(("Standard or dictionary", "Version used"), standards(guide.facts), (1.2, 1))
    guide.own(guide.titles["1.3"])


def _acronyms(guide: Guide) -> None:
    """Ours and the study's in one table; what else the study says of them follows."""
    rows: dict[str, Inline] = {name: (Run(meaning),) for name, meaning in _ACRONYMS.items()}
    rest: list[Piece] = []
    for row in guide.texts.get(guide.titles["1.2"], []):
        for piece in parse(row.text, guide.facts.spec.study.constants):
            if isinstance(piece, Grid) and all(len(line) == 2 for line in piece.lines):
                rows |= {plain(line[0]): line[1] for line in piece.lines[1:]}
            else:
                rest.append(piece)
    order = sorted(rows, key=str.casefold)
    guide.document.table(("Acronym", "Translation"), [(name, rows[name]) for name in order], (1, 3))
    guide.document.pieces(rest)


def standards(facts: Facts) -> list[tuple[str, str]]:
    """Standards, terminology and dictionaries with the versions used, each once."""
    study = facts.spec.study
    own = ("sdtmig",) if facts.guide == CSDRG else ("adamig", "occds", "tte", "sdtmig")
    found: list[tuple[str, str]] = []
    for key in own:
        if name := standard(study, key):
            model = _MODELS.get(name)
            kind = "Tabulation model" if key == "sdtmig" else "Analysis data model"
            found.append((kind, f"{model}, {name}" if model else name))
    for key in ("sdtmct", "adamct", "definect") if facts.guide == ADRG else ("sdtmct", "definect"):
        if name := standard(study, key):
            found.append(("Controlled terminology", f"CDISC/NCI {name}"))
    if name := standard(study, "define"):
        found.append(("Data definitions", name))
    if facts.guide == ADRG and (name := standard(study, "ctcae")):
        found.append(("Toxicity grades of laboratory results", name))
    for row in facts.spec.dictionaries.values():
        found.append((row.name.split(",")[0], f"{row.dictionary or row.id} {row.version}".strip()))
    return list(dict.fromkeys(found))


def protocol(guide: Guide, design: str) -> None:
    """Sections 2 to 2.2; `design` is the number of the section on the design."""
    spec = guide.facts.spec
    guide.section("2")
    guide.section("2.1")
    guide.document.table(
        ("", ""),
        [("Protocol number", define(spec, "ProtocolName")), ("Protocol title", title_of(spec))],
        (1, 3),
    )
    guide.own(guide.titles["2.1"])
    guide.section(design)
    guide.own_or_say(design, "The specification states no text on the design of the protocol.")


def questions(guide: Guide, rows: Iterable[tuple[str, str]]) -> None:
    """Questions of the template with their answers."""
    guide.document.table(("Question", "Answer"), rows, (1.2, 1.6))


def decisions(guide: Guide, number: str) -> None:
    """The comments of the define.xml: what was decided or assumed, and where it applies."""
    guide.section(number)
    spec = guide.facts.spec
    guide.own(guide.titles[number])
    used: dict[str, list[str]] = {}
    for dataset in spec.datasets.values():
        if dataset.dataset in guide.facts.data:
            used.setdefault(dataset.comment, []).append(dataset.dataset)
    for variable in spec.variables.values():
        used.setdefault(variable.comment, []).append(f"{variable.dataset}.{variable.variable}")
    for row in spec.value_level:
        used.setdefault(row.comment, []).append(f"{row.dataset}.{row.variable} ({row.where_clause})")
    rows = [
        (_ID.sub("", name), comment.description, _abridged(used.get(name, [])))
        for name, comment in spec.comments.items() if used.get(name)
    ]  # fmt: skip
    if rows:
        guide.document.say(
            "What define.xml states as comments, with the datasets and variables that it applies to. Identifiers are "
            "those of the specification."
        )
        guide.document.table(("ID", "Decision or assumption", "Applies to"), rows, (0.7, 3, 1.3))


def _abridged(names: list[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def conformance(guide: Guide, first: str, second: str) -> None:
    """What was checked with what, and the findings with their explanations."""
    facts = guide.facts
    guide.section(first)
    tool = next((version for name, version, _ in facts.software if name == "trialspec"), "")
    checked = _NOT_RUN if facts.conformance is None else f"the findings are those of section {second}"
    rows = [
        ("Software that made the datasets and the define.xml", f"trialspec {tool}"),
        ("Define.xml", "valid against the schema of Define-XML 2.1, all references resolved, and equal to the data in "
         "variables, types, lengths and codelists: the define.xml is not written otherwise"),
        ("Conformance report", checked),
    ]  # fmt: skip
    guide.document.table(("Input", "What was used"), rows, (1, 2))
    guide.own(guide.titles[first])
    guide.section(second)
    _findings(guide)
    guide.own(guide.titles[second])


def _findings(guide: Guide) -> None:
    found = guide.facts.conformance
    if found is None:
        guide.document.say(f"{_NOT_RUN}. No findings are listed, which does not mean that there are none.")
        return
    mine = [one for one in found if one.dataset in guide.facts.spec.datasets or not one.dataset]
    if not mine:
        guide.document.say("The conformance report has no finding on these datasets.")
        return
    if open_ones := [one for one in mine if one.open]:
        guide.document.say(f"{len(open_ones)} of the {len(mine)} lines below hold findings without an explanation.")
    guide.document.table(
        ("Dataset", "Diagnostic message", "Severity", "Count", "Explanation"),
        [(one.dataset, f"{one.rule}: {one.message}", one.severity, one.count, _explanation(one)) for one in mine],
        (0.7, 2, 0.8, 0.55, 2.2),
    )


def _explanation(one: Found) -> str:
    """The explanation, and how many findings have none."""
    if not one.open:
        return one.explanation
    return f"{one.explanation} {one.open:,d} listed without an explanation." if one.explanation else "None yet."


def issues(guide: Guide, number: str) -> None:
    """The issues of the build, counted by what they say."""
    guide.section(number)
    found = guide.facts.issues
    if found:
        guide.document.say(
            "Values and rows that the build cut, converted, left out or doubts. Each is listed with its place in the "
            "source in issues.csv, which is not part of the submission; here they are counted."
        )
        rows = [(one.rule, one.severity, one.kind.replace("_", " "), one.count, one.message) for one in found]
        guide.document.table(("Rule", "Severity", "Kind", "Count", "Message"), rows, (0.6, 0.7, 0.9, 0.5, 3.3))
    else:
        guide.document.say("The build wrote down no issue.")
    guide.own(guide.titles[number])


def splits(guide: Guide) -> None:
    """The datasets that are submitted in parts as well."""
    if not guide.facts.splits:
        guide.document.say("No dataset is split for its size.")
        return
    guide.document.say(
        "These datasets are larger than the limit. The whole dataset stands beside the others and is the one that "
        "define.xml describes; the folder split holds the same records in parts: consecutive records, and no subject "
        "is divided where the records of each subject stand together."
    )
    rows = [
        (split.dataset, f"{split.size:,d} bytes", name, records, what)
        for split in guide.facts.splits for name, records, what in split.parts
    ]  # fmt: skip
    guide.document.table(("Dataset", "Size", "Part", "Records", "Subjects"), rows, (0.7, 1, 0.8, 0.7, 2.4))


