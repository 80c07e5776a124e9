"""ItemGroupDef, ItemRef, ItemDef, ValueListDef and WhereClauseDef elements."""

from __future__ import annotations

from lxml import etree

from define import standards
from define.codelists import codelist_oid
from define.content import Content, DatasetContent, WhereClauses
from define.items import Item
from define.odm import add, add_description, add_document_ref, add_text, leaf_id
from define.where_clause import RangeCheck
from specs.model import Dataset, Spec
from specs.oids import prefixed
from specs.standards import dataset as standard_dataset
from specs.wildcards import prefix as domain

# Datasets of relationships and pools, whose names are no two letters of a domain with more behind them.
_RELATING = ("RELREC", "RELSUB", "RELSPEC", "RELREF", "POOLDEF")


def item_oid(dataset: str, variable: str) -> str:
    return f"IT.{dataset}.{variable}"


def dataset_oid(dataset: str) -> str:
    return f"IG.{dataset}"


def study_oid(spec: Spec) -> str:
    return f"STDY.{spec.study.id}"


def version_oid(spec: Spec) -> str:
    return f"MDV.{spec.study.id}.{spec.stage.upper()}"


def comment_oid(comment: str) -> str:
    return prefixed("COM", comment)


def method_oid(method: str) -> str:
    return prefixed("MT", method)


def add_value_lists(parent: etree._Element, content: Content) -> None:
    """A def:ValueListDef per variable with value-level items."""
    for described in content.datasets:
        for variable, items in described.values.items():
            oid = f"VL.{described.dataset.dataset}.{variable}"
            element = add(parent, "def:ValueListDef", {"OID": oid})
            for position, item in enumerate(items, start=1):
                reference = _add_item_ref(element, item, position, 0)
                where = content.wheres.add(item.dataset, item.where)
                add(reference, "def:WhereClauseRef", {"WhereClauseOID": where})


def add_where_clauses(parent: etree._Element, wheres: WhereClauses, comments: dict[str, str]) -> None:
    """A def:WhereClauseDef per condition; `comments` gives the comment of those that join datasets."""
    for oid in sorted(wheres.checks):
        clause = add(parent, "def:WhereClauseDef", {"OID": oid, "def:CommentOID": comments.get(oid, "")})
        for check in wheres.checks[oid]:
            _add_range_check(clause, check, wheres.datasets[oid])


def _add_range_check(parent: etree._Element, check: RangeCheck, dataset: str) -> None:
    element = add(parent, "RangeCheck", {
        "Comparator": check.comparator, "SoftHard": "Soft",
        "def:ItemOID": item_oid(check.dataset or dataset, check.variable),
    })  # fmt: skip
    for value in check.values:
        add_text(element, "CheckValue", value)


def add_item_group(parent: etree._Element, spec: Spec, described: DatasetContent, has_file: bool) -> None:
    """The ItemGroupDef of a dataset."""
    dataset, name = described.dataset, described.dataset.dataset
    group = add(parent, "ItemGroupDef", _group_attributes(spec, described, has_file))
    add_description(group, dataset.label)
    keys = {key: position for position, key in enumerate(dataset.key_variables, start=1)}
    for position, item in enumerate(described.items, start=1):
        _add_item_ref(group, item, position, keys.get(item.name, 0))
    about = _domain_description(spec, dataset)
    if about:
        add(group, "Alias", {"Context": "DomainDescription", "Name": about})
    if dataset.dataset_class:
        observed = add(group, "def:Class", {"Name": dataset.dataset_class})
        if dataset.subclass:
            add(observed, "def:SubClass", {"Name": dataset.subclass})
    if has_file:
        leaf = add(group, "def:leaf", {"ID": leaf_id(name), "xlink:href": f"{name.lower()}.xpt"})
        add_text(leaf, "def:title", f"{name.lower()}.xpt")


def _group_attributes(spec: Spec, described: DatasetContent, has_file: bool) -> dict[str, str]:
    dataset, name = described.dataset, described.dataset.dataset
    tabulation = spec.stage == "sdtm"
    followed = standards.guide(dataset)
    return {
        "OID": dataset_oid(name),
        "Domain": domain_of(name) if tabulation else "",
        "Name": name,
        "Repeating": dataset.repeating or "Yes",
        "IsReferenceData": dataset.reference_data or "No",
        "SASDatasetName": name,
        "Purpose": "Tabulation" if tabulation else "Analysis",
        "def:StandardOID": followed.oid if followed else "",
        "def:IsNonStandard": "" if followed else "Yes",
        "def:Structure": dataset.structure,
        "def:HasNoData": "Yes" if described.has_no_data else "",
        "def:ArchiveLocationID": leaf_id(name) if has_file else "",
        "def:CommentOID": comment_oid(dataset.comment),
    }


def domain_of(name: str) -> str:
    """The Domain of a dataset of SDTM: that of which it is a part or whose qualifiers it holds.

    >>> domain_of("FAAE"), domain_of("SUPPAE"), domain_of("APDM"), domain_of("SUPPAPDM"), domain_of("RELSUB")
    ('FA', 'AE', 'APDM', 'APDM', 'RELSUB')
    """
    if name in _RELATING:
        return name
    letters = domain(name)
    return f"AP{letters}" if name.removeprefix("SUPP").startswith(f"AP{letters}") else letters


def _domain_description(spec: Spec, dataset: Dataset) -> str:
    """What the domain of a split or supplemental dataset is called: Findings About for FAAE; else ""."""
    name = dataset.dataset
    if spec.stage != "sdtm" or name == domain_of(name):
        return ""
    found = standard_dataset(dataset.standard, domain_of(name))
    return found.label if found else ""


def _add_item_ref(parent: etree._Element, item: Item, position: int, key: int) -> etree._Element:
    return add(parent, "ItemRef", {
        "ItemOID": f"IT.{item.oid}",
        "OrderNumber": str(position),
        "Mandatory": "Yes" if item.mandatory else "No",
        "KeySequence": str(key) if key else "",
        "MethodOID": method_oid(item.method),
        "Role": item.role,
        "def:HasNoData": "Yes" if item.has_no_data else "",
    })  # fmt: skip


def add_item(parent: etree._Element, item: Item, has_values: bool, crf: str) -> None:
    """The ItemDef of an item; `crf` is the ID of the annotated CRF, to which Pages refers."""
    element = add(parent, "ItemDef", {
        "OID": f"IT.{item.oid}",
        "Name": item.name,
        "DataType": item.data_type,
        "Length": str(item.length) if item.length else "",
        "SignificantDigits": str(item.digits) if item.data_type == "float" else "",
        "SASFieldName": item.name,
        "def:DisplayFormat": item.format,
        "def:CommentOID": comment_oid(item.comment),
    })  # fmt: skip
    add_description(element, item.label)
    if item.codelist:
        add(element, "CodeListRef", {"CodeListOID": codelist_oid(item.codelist)})
    _add_origin(element, item, crf)
    if has_values:
        add(element, "def:ValueListRef", {"ValueListOID": f"VL.{item.oid}"})


def _add_origin(parent: etree._Element, item: Item, crf: str) -> None:
    if not item.origin.type:
        return
    element = add(parent, "def:Origin", {"Type": item.origin.type, "Source": item.origin.source})
    add_description(element, item.origin.predecessor)
    if item.origin.pages and crf:
        add_document_ref(element, crf, item.origin.pages)
