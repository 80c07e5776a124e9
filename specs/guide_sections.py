"""The sections of the reviewer's guides, and the texts of a study for them.

Source of the numbering: PHUSE, Clinical Study Data Reviewer's Guide and Analysis Data Reviewer's Guide, templates.
Ours are "Decisions and Assumptions", at the end of section 3, and the software of section 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from specs.markup import MarkupError, parse
from specs.model import GuideText, Spec
from specs.problem import nearest
from specs.read_csv import Faults

CSDRG, ADRG, BOTH = "cSDRG", "ADRG", "both"
OF_STAGE = {"sdtm": CSDRG, "adam": ADRG}
SECTIONS: Mapping[str, Mapping[str, str]] = {
    CSDRG: {
        "1": "Introduction",
        "1.1": "Purpose",
        "1.2": "Acronyms",
        "1.3": "Study Data Standards and Dictionary Inventory",
        "2": "Protocol Description",
        "2.1": "Protocol Number and Title",
        "2.2": "Protocol Design",
        "2.3": "Trial Design Datasets",
        "3": "Subject Data Description",
        "3.1": "Overview",
        "3.2": "Traceability Flow Diagram",
        "3.3": "Annotated CRFs",
        "3.4": "SDTM Subject Domains",
        "3.5": "Decisions and Assumptions",
        "4": "Data Conformance Summary",
        "4.1": "Conformance Inputs",
        "4.2": "Issues Summary",
        "4.3": "Additional Conformance Details",
        "Appendix I": "Inclusion/Exclusion Criteria",
        "Appendix II": "Conformance Issues Details",
    },
    ADRG: {
        "1": "Introduction",
        "1.1": "Purpose",
        "1.2": "Acronyms",
        "1.3": "Study Data Standards and Dictionary Inventory",
        "1.4": "Source Data Used for Analysis Dataset Creation",
        "2": "Protocol Description",
        "2.1": "Protocol Number and Title",
        "2.2": "Protocol Design in Relation to ADaM Concepts",
        "3": "Analysis Considerations Related to Multiple Analysis Datasets",
        "3.1": "Core Variables",
        "3.2": "Treatment Variables",
        "3.3": "Subject Issues that Require Special Analysis Rules",
        "3.4": "Use of Visit Windowing, Unscheduled Visits, and Record Selection",
        "3.5": "Imputation/Derivation Methods",
        "3.6": "Decisions and Assumptions",
        "4": "Analysis Data Creation and Processing Issues",
        "4.1": "Split Datasets",
        "4.2": "Data Dependencies",
        "4.3": "Intermediate Datasets",
        "5": "Analysis Dataset Descriptions",
        "5.1": "Overview",
        "5.2": "Analysis Datasets",
        "6": "Data Conformance Summary",
        "6.1": "Conformance Inputs",
        "6.2": "Issues Summary",
        "7": "Submission of Programs",
        "7.1": "ADaM Programs",
        "7.2": "Analysis Output Programs",
        "7.3": "Software",
        "Appendix I": "Conformance Issues Details",
    },
}
# A text for both guides may use the title that the cSDRG has.
_ALSO = {(ADRG, "Protocol Design"): "Protocol Design in Relation to ADaM Concepts"}


def guides_of(row: GuideText, stage: str) -> tuple[str, ...]:
    """The guides in which a row stands."""
    return (CSDRG, ADRG) if row.guide == BOTH else (row.guide or OF_STAGE[stage],)


def section_of(guide: str, row: GuideText) -> str:
    """The title of the section of a guide, or the dataset, that a row is for."""
    title = next((t for t in SECTIONS[guide].values() if t.casefold() == row.section.casefold()), "")
    return title or _ALSO.get((guide, row.section), row.section)


def texts_of(specs: Iterable[Spec], guide: str) -> dict[str, list[GuideText]]:
    """The rows of a guide by section title or dataset, in order; those of the guide's own stage last."""
    found: dict[str, list[GuideText]] = {}
    for spec in specs:
        for row in sorted(spec.guide, key=lambda row: row.order):
            if guide in guides_of(row, spec.stage):
                found.setdefault(section_of(guide, row), []).append(row)
    return found


def check_guide(spec: Spec, faults: Faults) -> None:
    """Rows of Guide for a section that no guide has, and texts that cannot be shown."""
    for row in spec.guide:
        if row.guide not in ("", BOTH, *SECTIONS):
            continue  # which is told where the row is read
        titles = [set(SECTIONS[guide].values()) for guide in guides_of(row, spec.stage)]
        known = set.intersection(*titles) | ({"Protocol Design"} if row.guide == BOTH else set())
        if row.section.casefold() not in {title.casefold() for title in known} and row.section not in spec.datasets:
            hint = nearest(row.section, [*known, *spec.datasets]) or "name a section of the template, or a dataset"
            faults.add(row.at("Section"), f"{row.section!r} is no section of {' and '.join(_shown(row, spec))}", hint)
        try:
            parse(row.text, spec.study.constants)
        except MarkupError as error:
            faults.add(row.at("Text"), error.message, error.hint)


def _shown(row: GuideText, spec: Spec) -> list[str]:
    return [f"the {guide}" for guide in guides_of(row, spec.stage)]
