"""Write a define.xml: Define-XML 2.1, for ADaM with Analysis Results Metadata 1.0."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import pandas as pd
from lxml import etree

from define import arm, datasets
from define.codelists import add_codelist
from define.content import Content, gather
from define.crf import annotated_crf
from define.datasets import comment_oid, method_oid, study_oid, version_oid
from define.measured import Measured, as_measured
from define.method_text import MethodText, method_texts
from define.odm import (
    ADDRESS,
    NAMESPACES,
    add,
    add_description,
    add_document_ref,
    add_text,
    attribute,
    leaf_id,
    split_references,
    tag,
)
from define.standards import Standard, standards_of
from specs.cells import names
from specs.define_sheet import LANGUAGE
from specs.model import Codelist, Comment, Spec
from specs.problem import Place, Problem, SpecError, nearest

# 2.1.9 is the release of the schema whose terminology is that of 2025-03-28.
DEFINE_VERSION = "2.1.9"
STYLESHEET = "define2-1.xsl"
SYSTEM = "trialspec"
_STAGES = {"sdtm": "SDTM", "adam": "ADaM"}


def write(
    spec: Spec,
    frames: Mapping[str, pd.DataFrame] | Mapping[str, Measured],
    path: Path,
    *,
    created: str,
    lengths: Mapping[tuple[str, str], int] | None = None,
    methods: Mapping[tuple[str, str], MethodText] | None = None,
    stated: bool = False,
) -> None:
    """Write the define.xml of one stage to `path`. Two writes of the same input are byte-identical.

    frames: dataset name to the data as submitted; texts missing as None or NaN, numbers float64.
    created: ISO 8601 date and time that the document says it was made. lengths: (dataset, variable) to the
    bytes of a text in the transport file, if the data do not come with their file. methods: as
    `define.method_text.method_texts` gives them (the default, then without docstrings). stated: datasets without a
    frame are described too, as the specification states them.

    Raises SpecError or DataError, with all faults of a kind together, for what cannot be described.
    """
    texts = method_texts(spec) if methods is None else methods
    data = as_measured(frames)
    content = gather(spec, data, _lengths(data) if lengths is None else lengths, texts, stated)
    results = arm.gather_results(spec, content)
    root = _document(spec, data, content, results, created)
    document = etree.ElementTree(root)
    instruction = etree.ProcessingInstruction("xml-stylesheet", f'type="text/xsl" href="{STYLESHEET}"')
    root.addprevious(instruction)
    path.write_bytes(etree.tostring(document, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _lengths(data: Mapping[str, Measured]) -> dict[tuple[str, str], int]:
    """The bytes of each text in its file."""
    return {(name, v): size for name, one in data.items() if one.file for v, size in one.file.lengths.items()}


def _document(
    spec: Spec, frames: Mapping[str, Measured], content: Content,
    results: Mapping[str, list[arm.ResultContent]], created: str,
) -> etree._Element:  # fmt: skip
    names = _names(spec)
    namespaces = NAMESPACES if results else {p: uri for p, uri in NAMESPACES.items() if p != "arm"}
    root = etree.Element(tag("ODM"), nsmap=namespaces)
    attributes = {
        "ODMVersion": "1.3.2", "FileType": "Snapshot", "FileOID": f"{spec.study.id}.{spec.stage}.define",
        "CreationDateTime": created, "Originator": names["Originator"], "SourceSystem": SYSTEM,
        "SourceSystemVersion": _version(),
        "def:Context": names["Context"],
    }  # fmt: skip
    for key, value in attributes.items():
        if value:
            root.set(attribute(key), value)
    study = add(root, "Study", {"OID": study_oid(spec)})
    variables = add(study, "GlobalVariables")
    for name in ("StudyName", "StudyDescription", "ProtocolName"):
        add_text(variables, name, names[name])
    described = f"Study {names['StudyName']}, {_STAGES.get(spec.stage, spec.stage)} Data Definitions"
    version = add(study, "MetaDataVersion", {
        "OID": version_oid(spec), "Name": described, "Description": described,
        "def:DefineVersion": DEFINE_VERSION,
    })  # fmt: skip
    _fill(version, spec, frames, content, results)
    if language := spec.define.get(LANGUAGE, ""):
        for text in root.iter(tag("TranslatedText")):
            text.set(attribute("xml:lang"), language)
    return root


@cache
def _version() -> str:
    """The version of trialspec; "" where it is not installed."""
    try:
        return metadata.version(SYSTEM)
    except metadata.PackageNotFoundError:
        return ""


def _names(spec: Spec) -> dict[str, str]:
    """The attributes of the Define sheet, with what stands for those that are blank."""
    found = {"StudyName": spec.study.id, "StudyDescription": "", "ProtocolName": "", "Originator": "",
             "Context": "Submission"}  # fmt: skip
    found |= {name: value for name, value in spec.define.items() if value}
    title = str(spec.study.settings.get("title") or "")
    found["ProtocolName"] = found["ProtocolName"] or found["StudyName"]
    found["StudyDescription"] = found["StudyDescription"] or title or found["StudyName"]
    return found


def _fill(
    version: etree._Element, spec: Spec, frames: Mapping[str, Measured], content: Content,
    results: Mapping[str, list[arm.ResultContent]],
) -> None:  # fmt: skip
    """The children of MetaDataVersion in the order of the schema."""
    lists = [used.codelist for used in content.codelists.values() if isinstance(used.codelist, Codelist)]
    standards = standards_of(spec, [d.dataset for d in content.datasets], lists)
    crf = annotated_crf(spec)
    _add_standards(version, standards)
    _add_documents(version, spec, crf)
    datasets.add_value_lists(version, content)
    comments = {oid: comment_oid(name) for oid, name in content.wheres.comments.items()}
    datasets.add_where_clauses(version, content.wheres, comments)
    for described in content.datasets:
        filled = described.dataset.dataset in frames or not (described.has_no_data or described.dataset.has_no_data)
        datasets.add_item_group(version, spec, described, filled)
    for described in content.datasets:
        for item in described.items:
            datasets.add_item(version, item, item.name in described.values, crf)
        for listed in described.values.values():
            for item in listed:
                datasets.add_item(version, item, False, crf)
    for used in content.codelists.values():
        add_codelist(version, used, comment_oid(getattr(used.codelist, "comment", "")))
    for method in content.methods.values():
        _add_method(version, spec, method)
    for comment in [*content.comments.values(), *_join_comments(results)]:
        _add_comment(version, spec, comment)
    _add_leaves(version, spec)
    arm.add_results(version, spec, content, results)


def _add_standards(version: etree._Element, standards: tuple[Standard, ...]) -> None:
    element = add(version, "def:Standards")
    for standard in standards:
        add(element, "def:Standard", {
            "OID": standard.oid, "Name": standard.name, "Type": standard.type,
            "PublishingSet": standard.publishing_set, "Version": standard.version, "Status": "Final",
        })  # fmt: skip


def _add_documents(version: etree._Element, spec: Spec, crf: str) -> None:
    if crf:
        add_document_ref(add(version, "def:AnnotatedCRF"), crf, "")
    others = [document.id for document in spec.documents.values() if document.id != crf]
    if others:
        element = add(version, "def:SupplementalDoc")
        for name in others:
            add_document_ref(element, name, "")


def _add_leaves(version: etree._Element, spec: Spec) -> None:
    """The documents. A link leads to a file of the submission; an address could run or load anything."""
    bad = [d for d in spec.documents.values() if not d.href or ADDRESS.match(d.href)]
    if bad:
        hint = "write it relative to the define.xml, such as csdrg.pdf"
        raise SpecError([Problem(d.at("Href"), f"'{d.href}' is no relative path", hint) for d in bad])
    for document in spec.documents.values():
        leaf = add(version, "def:leaf", {"ID": leaf_id(document.id), "xlink:href": document.href})
        add_text(leaf, "def:title", document.title or document.id)


def _add_method(version: etree._Element, spec: Spec, method: MethodText) -> None:
    attributes = {"OID": method_oid(method.oid), "Name": method.name, "Type": method.type}
    element = add(version, "MethodDef", attributes)
    add_description(element, method.description or method.name)
    if method.expression:
        add_text(element, "FormalExpression", method.expression, {"Context": method.context})
    _add_document_refs(element, spec, method.document, method.pages, f"Methods {method.oid}")


def _join_comments(results: Mapping[str, list[arm.ResultContent]]) -> list[Comment]:
    joined = [found.result for listed in results.values() for found in listed if len(found.datasets) > 1]
    return [Comment(row.place, {}, arm.join_comment(row), row.join_comment or arm.JOIN_TEXT, "", "") for row in joined]


def _add_comment(version: etree._Element, spec: Spec, comment: Comment) -> None:
    element = add(version, "def:CommentDef", {"OID": comment_oid(comment.id)})
    add_description(element, comment.description or comment.id)
    _add_document_refs(element, spec, comment.document, comment.pages, f"Comments {comment.id}")


def _add_document_refs(parent: etree._Element, spec: Spec, cell: str, pages: str, where: str) -> None:
    """The documents that a cell names, each with its part of the pages: `SAP, CSR` and `3 4; 12`."""
    parts = split_references(pages)
    for position, name in enumerate(names(cell)):
        page = parts[position] if position < len(parts) else ""
        add_document_ref(parent, _document_id(spec, name, where), page)


def _document_id(spec: Spec, name: str, where: str) -> str:
    if name not in spec.documents:
        hint = nearest(name, spec.documents) or "add it to Documents"
        raise SpecError([Problem(Place(f"{spec.stage}/{where}"), f"'{name}' is not in Documents", hint)])
    return name
