"""Analysis Results Metadata 1.0: the displays, their results, and the records and variables behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from lxml import etree

from define.content import Content
from define.datasets import comment_oid, item_oid
from define.method_text import CONTEXT
from define.odm import add, add_description, add_document_ref, add_text, split_references
from define.where_clause import RangeCheck, parse_where
from language import tree
from language.parse import ExpressionError, parse
from specs.model import Display, Result, Spec
from specs.oids import oid_part, prefixed, result_oid
from specs.problem import Problem, SpecError, nearest

_SUBJECT_LEVEL = "ADSL"
_TERM_HINT = "use a term of Define-XML's terminology"


@dataclass(frozen=True)
class ResultContent:
    """A result and, per dataset, the OID of its where clause ("" for all records) and its variables."""

    result: Result
    datasets: Mapping[str, tuple[str, tuple[str, ...]]]
    code: str


def gather_results(spec: Spec, content: Content) -> dict[str, list[ResultContent]]:
    """Display to its results, of the datasets that are described; the where clauses go to `content.wheres`.

    Raises SpecError for a condition that Define-XML cannot state, an unknown variable,
    a blank reason or purpose.
    """
    described = {d.dataset.dataset for d in content.datasets}
    found: dict[str, list[ResultContent]] = {}
    problems: list[Problem] = []
    for result in spec.results.values():
        result = replace(result, dataset=result.dataset or _qualified(result))
        if result.dataset not in described:
            continue
        try:
            found.setdefault(result.display, []).append(_content(spec, content, result))
        except SpecError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return {name: found[name] for name in spec.displays if name in found}


def result_faults(spec: Spec) -> list[Problem]:
    """What Define-XML will not be able to state of the results, as far as the specification alone shows it."""
    problems: list[Problem] = []
    for result in spec.results.values():
        result = replace(result, dataset=result.dataset or _qualified(result))
        if result.dataset not in spec.datasets:
            continue
        problems += _blank(result)
        for column, text in _conditions(result):
            try:
                parse_where(text, result.at(column))
            except SpecError as error:
                problems += error.problems
        for variable in result.variables:
            name, dataset = _split(variable)
            homes = (dataset,) if dataset else (result.dataset, _SUBJECT_LEVEL)
            if not any((home, name) in spec.variables for home in homes):
                known = [known for home, known in spec.variables if home in homes]
                message = f"{dataset or result.dataset} has no variable {name}"
                problems.append(Problem(result.at("Variables"), message, nearest(name, known)))
    return problems


def _blank(result: Result) -> list[Problem]:
    """Reason and Purpose, which analysis results metadata need."""
    needed = (("Reason", result.reason), ("Purpose", result.purpose))
    blank = [column for column, value in needed if not value]
    return [Problem(result.at(column), f"{column} of {result.id} is blank", _TERM_HINT) for column in blank]


def _conditions(result: Result) -> tuple[tuple[str, str], ...]:
    """Column and text of what selects the records of a result."""
    return ("Population", result.population), ("Selection Criteria", result.selection_criteria)


def _qualified(result: Result) -> str:
    """The dataset of `ADAE.AEDECOD` among the variables of a result, for sheets that have no Dataset; "" without."""
    return next((name for name in (_split(variable)[1] for variable in result.variables) if name), "")


def _content(spec: Spec, content: Content, result: Result) -> ResultContent:
    problems = _blank(result)
    clauses: dict[str, list[RangeCheck]] = {result.dataset: []}
    for column, text in _conditions(result):
        for check in parse_where(text, result.at(column)):
            home = _home(content, result, check.variable, check.dataset)
            if home:
                clauses.setdefault(home, []).append(check)
            else:
                problems.append(_unknown(result, column, check.variable, content))
    variables = result.variables or tuple(_analysed(spec, content, result))
    wanted = [(variable, _home(content, result, *_split(variable))) for variable in variables]
    problems += [_unknown(result, "Variables", variable, content) for variable, home in wanted if not home]
    if problems:
        raise SpecError(problems)
    datasets = {}
    for home, checks in clauses.items():
        oid = content.wheres.add(home, tuple(checks)) if checks else ""
        datasets[home] = (oid, tuple(_split(variable)[0] for variable, owner in wanted if owner == home))
    return ResultContent(result, datasets, result.programming_code or _statistics(spec, result))


def _split(variable: str) -> tuple[str, str]:
    """(name, dataset) of `ADSL.AGE` or `AGE`."""
    dataset, _, name = variable.rpartition(".")
    return name, dataset


def _home(content: Content, result: Result, variable: str, dataset: str = "") -> str:
    """The dataset that holds a variable: the analysed one before ADSL; "" if neither does."""
    candidates = (dataset,) if dataset else (result.dataset, _SUBJECT_LEVEL)
    return next((name for name in candidates if content.has_item(name, variable)), "")


def _unknown(result: Result, column: str, variable: str, content: Content) -> Problem:
    known = [i.name for d in content.datasets if d.dataset.dataset in (result.dataset, _SUBJECT_LEVEL) for i in d.items]
    return Problem(result.at(column), f"{result.dataset} has no variable {variable}", nearest(variable, known))


def _analysed(spec: Spec, content: Content, result: Result) -> Iterator[str]:
    """The variables that the statistics of a result name, each once."""
    seen: set[str] = set()
    for statistic in spec.statistics:
        if statistic.result != result.id:
            continue
        try:
            parts = list(tree.walk(parse(statistic.statistic)))
        except ExpressionError:
            continue
        for part in parts:
            if isinstance(part, tree.Name) and part.name not in seen and _home(content, result, part.name):
                seen.add(part.name)
                yield part.name


def _statistics(spec: Spec, result: Result) -> str:
    rows = sorted((row for row in spec.statistics if row.result == result.id), key=lambda row: row.order)
    return "\n".join(
        row.statistic + (f" by {', '.join(row.by)}" if row.by else "")
        + (f" denominator {row.denominator}" if row.denominator else "")
        for row in rows
    )  # fmt: skip


def add_results(
    parent: etree._Element, spec: Spec, content: Content, results: Mapping[str, list[ResultContent]]
) -> None:
    """Append arm:AnalysisResultDisplays, if there are any."""
    if not results:
        return
    element = add(parent, "arm:AnalysisResultDisplays")
    for name, listed in results.items():
        _add_display(element, spec, content, spec.displays[name], listed)


def _add_display(
    parent: etree._Element, spec: Spec, content: Content, display: Display, results: list[ResultContent]
) -> None:
    element = add(parent, "arm:ResultDisplay", {"OID": prefixed("RD", display.id), "Name": display.id})
    add_description(element, display.title or display.id)
    if display.document in spec.documents:
        add_document_ref(element, display.document, display.pages)
    for result in results:
        _add_result(element, spec, content, result)


def _add_result(parent: etree._Element, spec: Spec, content: Content, found: ResultContent) -> None:
    result = found.result
    parameter = item_oid(result.dataset, "PARAMCD") if content.has_item(result.dataset, "PARAMCD") else ""
    element = add(parent, "arm:AnalysisResult", {
        "OID": result_oid(result.id), "ParameterOID": parameter,
        "AnalysisReason": result.reason, "AnalysisPurpose": result.purpose,
    })  # fmt: skip
    add_description(element, result.description or result.id)
    joined = comment_oid(join_comment(result)) if len(found.datasets) > 1 else ""
    datasets = add(element, "arm:AnalysisDatasets", {"def:CommentOID": joined})
    for name, (where, variables) in found.datasets.items():
        dataset = add(datasets, "arm:AnalysisDataset", {"ItemGroupOID": f"IG.{name}"})
        if where:
            add(dataset, "def:WhereClauseRef", {"WhereClauseOID": where})
        for variable in variables:
            add(dataset, "arm:AnalysisVariable", {"ItemOID": item_oid(name, variable)})
    _add_documentation(element, spec, result)
    _add_program(element, spec, result, found.code)


def _add_documentation(parent: etree._Element, spec: Spec, result: Result) -> None:
    references = list(documentation_refs(spec, result))
    if not result.documentation and not references:
        return
    element = add(parent, "arm:Documentation")
    add_description(element, result.documentation or "See the referenced document.")
    for document, pages in references:
        add_document_ref(element, document, pages)


def _add_program(parent: etree._Element, spec: Spec, result: Result, code: str) -> None:
    """The program as text, or the document that holds it."""
    document, pages = result.cells.get("Programming Document", "").strip(), result.cells.get("Pages", "")
    if not code and document not in spec.documents:
        return
    element = add(parent, "arm:ProgrammingCode", {"Context": result.programming_context or CONTEXT})
    if document in spec.documents:
        add_document_ref(element, document, pages)
    if code:
        add_text(element, "arm:Code", code)


def documentation_refs(spec: Spec, result: Result) -> Iterator[tuple[str, str]]:
    """(document, pages) of `sap 12 13; csr`. Raises SpecError for a document that Documents does not have."""
    for part in filter(None, split_references(result.documentation_refs)):
        document, _, pages = part.partition(" ")
        if document not in spec.documents:
            hint = nearest(document, spec.documents) or "add it to Documents"
            raise SpecError([Problem(result.at("Documentation Refs"), f"'{document}' is not in Documents", hint)])
        yield document, pages


def join_comment(result: Result) -> str:
    """The name of the comment that says how the datasets of a result are joined."""
    return f"JOIN.{oid_part(result.id.removeprefix('AR.'))}"


JOIN_TEXT = "Records are joined to ADSL by USUBJID."
