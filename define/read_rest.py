"""What a define.xml holds that the tables of a specification have no place for: said, not passed over."""

from __future__ import annotations

from lxml import etree

from define.odm import ARM, ODM, XLINK, XML
from define.read import Document
from specs.problem import Place, Problem

# Element: the attributes that are read, or that writing gives again (OIDs, SASFieldName equal to Name, ...).
_READ = {
    "ODM": "FileOID ODMVersion FileType CreationDateTime AsOfDateTime Originator SourceSystem SourceSystemVersion "
           "Context",
    "Study": "OID",
    "GlobalVariables": "", "StudyName": "", "StudyDescription": "", "ProtocolName": "",
    "MetaDataVersion": "OID Name Description DefineVersion StandardName StandardVersion",
    "Standards": "", "Standard": "OID Name Type PublishingSet Version Status CommentOID",
    "AnnotatedCRF": "", "SupplementalDoc": "", "DocumentRef": "leafID",
    "PDFPageRef": "Type PageRefs FirstPage LastPage",
    "ValueListDef": "OID", "WhereClauseDef": "OID CommentOID", "WhereClauseRef": "WhereClauseOID",
    "RangeCheck": "Comparator SoftHard ItemOID", "CheckValue": "",
    "ItemGroupDef": "OID Domain Name Repeating IsReferenceData SASDatasetName Purpose Structure Class StandardOID "
                    "IsNonStandard HasNoData ArchiveLocationID CommentOID",
    "Class": "Name", "SubClass": "Name",
    "ItemRef": "ItemOID OrderNumber Mandatory KeySequence MethodOID Role HasNoData",
    "ItemDef": "OID Name DataType Length SignificantDigits SASFieldName DisplayFormat CommentOID",
    "Description": "", "TranslatedText": "lang", "CodeListRef": "CodeListOID", "ValueListRef": "ValueListOID",
    "Origin": "Type Source",
    "CodeList": "OID Name DataType StandardOID IsNonStandard CommentOID",
    "CodeListItem": "CodedValue OrderNumber Rank ExtendedValue",
    "EnumeratedItem": "CodedValue OrderNumber Rank ExtendedValue",
    "Decode": "", "Alias": "Context Name", "ExternalCodeList": "Dictionary Version href ref",
    "MethodDef": "OID Name Type", "FormalExpression": "Context", "CommentDef": "OID",
    "leaf": "ID href", "title": "",
    "AnalysisResultDisplays": "", "ResultDisplay": "OID Name",
    "AnalysisResult": "OID ParameterOID AnalysisReason AnalysisPurpose",
    "AnalysisDatasets": "CommentOID", "AnalysisDataset": "ItemGroupOID", "AnalysisVariable": "ItemOID",
    "Documentation": "", "ProgrammingCode": "Context", "Code": "",
}  # fmt: skip
_ALIASES = ("nci:ExtCodeID", "DomainDescription")
_KNOWN = {element: frozenset(names.split()) for element, names in _READ.items()}


def unread(document: Document) -> list[Problem]:
    """A remark per kind of element or attribute that was not read, with its first line and how often it stands."""
    found: dict[str, list[int]] = {}
    known = {ODM, ARM, XLINK, XML, document.define, ""}
    for element in document.root.iter(etree.Element):
        name = etree.QName(element)
        line = element.sourceline or 0
        if name.namespace not in known or name.localname not in _KNOWN:
            found.setdefault(f"element {name.localname}", []).append(line)
            continue
        for attribute in element.attrib:
            local = etree.QName(attribute)
            if (local.namespace or "") not in known or local.localname not in _KNOWN[name.localname]:
                found.setdefault(f"attribute {local.localname} of {name.localname}", []).append(line)
        context = element.get("Context", "")
        if name.localname == "Alias" and context not in _ALIASES:
            found.setdefault(f"alias of context {context}", []).append(line)
        if name.localname == "TranslatedText" and _other_language(element):
            found.setdefault("texts in a further language", []).append(line)
    return [
        Problem(Place(document.name, lines[0]), f"{what} is not taken over ({len(lines)} times)")
        for what, lines in found.items()
    ]


def _other_language(element: etree._Element) -> bool:
    """True for all but the first TranslatedText of a description, of which the sheets hold one."""
    previous = element.getprevious()
    return previous is not None and etree.QName(previous).localname == "TranslatedText"
