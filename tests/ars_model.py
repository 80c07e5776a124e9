"""The classes of the CDISC Analysis Results Standard 1.0 (model of March 2024) as a table, and a check against it.

A line is a class and its slots: `slot!` is required, `slot*` holds several, `slot:Class` an object of a class,
`slot>Class` the identifier of one, `slot=a|b` one of these texts, `slot#` a whole number, `slot?` true or false; any
other slot is a text. `A/B` is an object of either class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_WHERE = "level#! order#! condition:WhereClauseCondition compoundExpression:CompoundExpression"
MODEL = f"""
ReportingEvent id! name! description label version# mainListOfContents:ListOfContents! \
otherListsOfContents*:ListOfContents referenceDocuments*:ReferenceDocument \
terminologyExtensions*:TerminologyExtension analysisOutputCategorizations*:Categorization analysisSets*:AnalysisSet \
dataSubsets*:DataSubset analysisGroupings*:GroupingFactor methods*:AnalysisMethod analyses*:Analysis \
globalDisplaySections*:GlobalDisplaySection outputs*:Output
ListOfContents name! description label contentsList:NestedList!
NestedList listItems*:OrderedListItem
OrderedListItem name! description label level#! order#! analysisId>Analysis outputId>Output sublist:NestedList
ReferenceDocument id! name! description label location
TerminologyExtension id! sponsorTerms*:SponsorTerm! \
enumeration=AnalysisReasonEnum|AnalysisPurposeEnum|OperationRoleEnum|OutputFileTypeEnum
SponsorTerm id! submissionValue! description
WhereClause {_WHERE}
WhereClauseCondition dataset variable comparator=EQ|NE|GT|GE|LT|LE|IN|NOTIN value*
CompoundExpression logicalOperator=AND|OR|NOT! whereClauses*:WhereClause/ReferencedWhereClause
ReferencedWhereClause level#! order#! subClauseId>AnalysisSet|DataSubset|Group!
AnalysisSet id! name! description label {_WHERE}
DataSubset id! name! description label {_WHERE}
GroupingFactor id! name! description label groupingDataset groupingVariable dataDriven?! groups*:Group
Group id! name! description label {_WHERE}
AnalysisMethod id! name! description label documentRefs*:DocumentReference operations*:Operation! \
codeTemplate:CodeTemplate
Operation id! name! description label order#! referencedOperationRelationships*:Relationship resultPattern
Relationship id! referencedOperationRole:OperationRole/SponsorOperationRole! operationId>Operation! \
analysisId>Analysis description
OperationRole controlledTerm=NUMERATOR|DENOMINATOR!
SponsorOperationRole sponsorTermId>SponsorTerm!
CodeTemplate context! code documentRef:DocumentReference parameters*:TemplateParameter
TemplateParameter name! description label valueSource value*
Analysis id! name! description label version# reason:Reason/SponsorTermRef! purpose:Purpose/SponsorTermRef! \
documentRefs*:DocumentReference categoryIds*>Category dataset variable analysisSetId>AnalysisSet \
dataSubsetId>DataSubset orderedGroupings*:OrderedGroupingFactor methodId>AnalysisMethod! \
referencedAnalysisOperations*:ReferencedAnalysisOperation programmingCode:ProgrammingCode results*:OperationResult
Reason controlledTerm=SPECIFIED IN PROTOCOL|SPECIFIED IN SAP|DATA DRIVEN|REQUESTED BY REGULATORY AGENCY!
Purpose controlledTerm=PRIMARY OUTCOME MEASURE|SECONDARY OUTCOME MEASURE|EXPLORATORY OUTCOME MEASURE!
SponsorTermRef sponsorTermId>SponsorTerm!
DocumentReference referenceDocumentId>ReferenceDocument! pageRefs*:PageRef
OrderedGroupingFactor order#! groupingId>GroupingFactor! resultsByGroup?!
ReferencedAnalysisOperation referencedOperationRelationshipId>Relationship! analysisId>Analysis!
ProgrammingCode context! code documentRef:DocumentReference parameters*:CodeParameter
CodeParameter name! description label value*!
OperationResult operationId>Operation! resultGroups*:ResultGroup rawValue formattedValue
ResultGroup groupingId>GroupingFactor! groupId>Group groupValue
Output id! name! description label version# fileSpecifications*:OutputFile displays*:OrderedDisplay! \
categoryIds*>Category documentRefs*:DocumentReference programmingCode:ProgrammingCode
OutputFile name! description label fileType:FileType/SponsorTermRef location style
FileType controlledTerm=pdf|rtf|txt!
OrderedDisplay order#! display:OutputDisplay!
OutputDisplay id! name! description label version# displayTitle displaySections*:DisplaySection
DisplaySection sectionType=Header|Title|Rowlabel Header|Legend|Abbreviation|Footnote|Footer \
orderedSubSections*:OrderedSubSection/OrderedSubSectionRef
OrderedSubSection order#! subSection:DisplaySubSection!
OrderedSubSectionRef order#! subSectionId>DisplaySubSection!
DisplaySubSection id! text!
"""
_SLOT = re.compile(r"(?P<name>\w+)(?P<marks>[#?*]*)(?P<kind>[:>=])?(?P<range>[^!]*)(?P<needed>!?)")


@dataclass(frozen=True)
class Slot:
    """A slot: `kind` is `:` for objects, `>` for identifiers, `=` for texts of a list, else empty."""

    name: str
    marks: str
    kind: str
    range: str
    needed: bool


def _parsed() -> dict[str, dict[str, Slot]]:
    found = {}
    for line in MODEL.strip().splitlines():
        name, _, rest = line.partition(" ")
        # A text of a list may hold blanks: only a blank before a name of a slot parts two slots.
        parts = re.split(r" (?=[a-z]\w*[#?*!:>=]|[a-z]\w*(?: |$))", rest)
        slots = [match for part in parts if (match := _SLOT.fullmatch(part.strip()))]
        assert len(slots) == len(parts), (name, parts)
        found[name] = {
            slot["name"]: Slot(slot["name"], slot["marks"], slot["kind"] or "", slot["range"], bool(slot["needed"]))
            for slot in slots
        }
    return found


CLASSES = _parsed()


@dataclass
class Checker:
    """Walks a reporting event and collects what is wrong with it."""

    problems: list[str] = field(default_factory=list)
    known: dict[str, set[str]] = field(default_factory=dict)
    references: list[tuple[str, str, str]] = field(default_factory=list)

    def check(self, event: dict[str, Any]) -> list[str]:
        """What is wrong: slots that are missing, unknown or of the wrong kind, identifiers that lead nowhere."""
        self._object("ReportingEvent", event, "event")
        for path, classes, name in self.references:
            if not any(name in self.known.get(kind, ()) for kind in classes.split("|")):
                self.problems.append(f"{path}: {name!r} is no {classes}")
        return self.problems

    def _object(self, kind: str, found: Any, path: str) -> None:
        if not isinstance(found, dict):
            self.problems.append(f"{path}: is no object")
            return
        slots = CLASSES[kind]
        self.problems += [f"{path}: {kind} has no slot {name!r}" for name in found if name not in slots]
        self.problems += [
            f"{path}: {kind} lacks {slot.name}" for slot in slots.values() if slot.needed and slot.name not in found
        ]
        if "id" in found and "id" in slots:
            if found["id"] in self.known.setdefault(kind, set()):
                self.problems.append(f"{path}: {kind} {found['id']!r} stands twice")
            self.known[kind].add(found["id"])
        for name, value in found.items():
            if name in slots:
                self._slot(slots[name], value, f"{path}.{name}")
        self.problems += [f"{path}: {text}" for text in _rules(kind, found)]

    def _slot(self, slot: Slot, value: Any, path: str) -> None:
        if "*" in slot.marks:
            if not isinstance(value, list):
                self.problems.append(f"{path}: is no list")
                return
            for place, item in enumerate(value):
                self._item(slot, item, f"{path}[{place}]")
        else:
            self._item(slot, value, path)

    def _item(self, slot: Slot, value: Any, path: str) -> None:
        if slot.kind == ":":
            self._object(_of_class(slot.range.split("/"), value), value, path)
            return
        wanted = int if "#" in slot.marks else bool if "?" in slot.marks else str
        if type(value) is not wanted:
            self.problems.append(f"{path}: {value!r} is no {wanted.__name__}")
        elif slot.kind == "=" and value not in slot.range.split("|"):
            self.problems.append(f"{path}: {value!r} is not one of {slot.range}")
        elif slot.kind == ">":
            self.references.append((path, slot.range, str(value)))


def _of_class(kinds: list[str], value: Any) -> str:
    """The class among several whose slots an object has."""
    named = set(value) if isinstance(value, dict) else set()
    return next((kind for kind in kinds if named <= set(CLASSES[kind])), kinds[0])


def _rules(kind: str, found: dict[str, Any]) -> Iterator[str]:
    """What the model says in words: how many values and clauses, and either of two slots."""
    if kind == "WhereClauseCondition":
        several = found.get("comparator") in ("IN", "NOTIN")
        count = len(found.get("value", ()))
        if (several and count < 2) or (not several and count != 1):
            yield f"{found.get('comparator')} with {count} value(s)"
    if kind == "CompoundExpression":
        count = len(found.get("whereClauses", ()))
        if (found.get("logicalOperator") == "NOT") != (count == 1):
            yield f"{found.get('logicalOperator')} of {count} clause(s)"
    if "condition" in found and "compoundExpression" in found:
        yield "a condition and a compound expression"
    if kind == "ResultGroup" and ("groupId" in found) == ("groupValue" in found):
        yield "either groupId or groupValue"
