"""The results as a reporting event of the CDISC Analysis Results Standard: model, references, where clauses, values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ars_model import CLASSES, Checker
from test_results import golden, study
from test_results_columns import ADAE, ADSL, counting  # noqa: F401
from test_results_columns import study as small

from results import figures, shown
from results.ars import event, to_json
from results.ars_where import CannotSayError, clause
from results.compute import compute, rows
from specs.model import Spec

Item = dict[str, Any]


def event_of(spec: Spec, frames: dict[str, pd.DataFrame]) -> Item:
    computed = compute(spec, frames)
    displays = shown.gather(spec, computed, figures.draw(spec, computed, frames))
    return event(spec, computed, rows(computed), displays)


@pytest.fixture(scope="module")
def found(golden_build: Path) -> Item:
    text = (golden_build / "results" / "ars.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def by_id(items: list[Item]) -> dict[str, Item]:
    return {item["id"]: item for item in items}


def test_the_table_of_the_model_is_read_as_it_is_meant() -> None:
    assert CLASSES["Reason"]["controlledTerm"].range.split("|")[2] == "DATA DRIVEN"
    assert [slot.name for slot in CLASSES["OperationResult"].values()] == [
        "operationId",
        "resultGroups",
        "rawValue",
        "formattedValue",
    ]
    assert Checker().check({"id": "x", "name": "y"}) == ["event: ReportingEvent lacks mainListOfContents"]


def test_reporting_event_keeps_to_the_model_and_every_reference_leads_somewhere(found: Item) -> None:
    assert Checker().check(found) == []


def test_event_of_the_study_keeps_to_the_model(study_build: Path) -> None:
    text = (study_build / "results" / "ars.json").read_text(encoding="utf-8")
    assert Checker().check(json.loads(text)) == []


def test_every_row_of_the_results_data_is_a_result(found: Item, golden_build: Path) -> None:
    data = json.loads((golden_build / "results" / "ard.json").read_text(encoding="utf-8"))["rows"]
    results = [result for analysis in found["analyses"] for result in analysis["results"]]
    assert len(results) == len(data)
    values = [float(result["rawValue"]) for result in results if _is_number(result.get("rawValue", ""))]
    wanted = [float(row["stat"]) for row in data if isinstance(row["stat"], int | float)]
    assert sorted(values) == sorted(wanted)
    assert sum("rawValue" not in result for result in results) == sum(row["stat"] is None for row in data)


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False


def test_primary_result_by_hand(found: Item) -> None:
    """3 of 4 target irAEs relieved, 75.0%."""
    analysis = by_id(found["analyses"])["AN.AR.1.1"]
    grouping = by_id(found["analysisGroupings"])[analysis["orderedGroupings"][0]["groupingId"]]
    drug = next(group["id"] for group in grouping["groups"] if group["name"] == "Thymosin Alpha-1 + CT")
    names = {item["id"]: item["name"] for item in by_id(found["methods"])[analysis["methodId"]]["operations"]}
    values = {
        names[result["operationId"]]: (result["rawValue"], result["formattedValue"])
        for result in analysis["results"]
        if result["resultGroups"] == [{"groupingId": grouping["id"], "groupId": drug}]
    }
    assert (values["n"], values["N"], values["pct"]) == (("3", "3"), ("4", "4"), ("75.0", "75.0"))
    assert values["conf_low"][1] == "0.1941"
    assert (grouping["groupingDataset"], grouping["groupingVariable"]) == ("ADIRAE", "TRTP")
    subset = by_id(found["dataSubsets"])[analysis["dataSubsetId"]]
    assert subset["condition"] == {"dataset": "ADIRAE", "variable": "PARAMCD", "comparator": "EQ", "value": ["RELW1"]}
    assert by_id(found["analysisSets"])[analysis["analysisSetId"]]["name"] == "Full Analysis Set"


def test_percentage_refers_to_its_numerator_and_denominator(found: Item) -> None:
    code = "proportion({condition}, ci='clopper_pearson', level=0.95)"
    method = next(item for item in found["methods"] if item.get("codeTemplate", {}).get("code") == code)
    operations = by_id(method["operations"])
    pct = next(item for item in operations.values() if item["name"] == "pct")
    assert [
        (one["referencedOperationRole"]["controlledTerm"], operations[one["operationId"]]["name"])
        for one in pct["referencedOperationRelationships"]
    ] == [("NUMERATOR", "n"), ("DENOMINATOR", "N")]


def test_points_of_a_curve_are_operations(found: Item) -> None:
    method = next(item for item in found["methods"] if item["name"] == "kaplan_meier")
    names = [item["name"] for item in method["operations"]]
    assert {"median", "survival 15", "survival 57"} < set(names)
    assert len(names) == len(set(names))


def test_display_has_its_titles_notes_and_files(found: Item) -> None:
    output = by_id(found["outputs"])["OUT.T14.2.2"]
    places = [item["location"] for item in output["fileSpecifications"]]
    assert places[0] == "tables/T14.2.2.rtf"
    assert "figures/T14.2.2-AR.5.svg" in places
    display = output["displays"][0]["display"]
    texts = {
        part["sectionType"]: [item["subSection"]["text"] for item in part["orderedSubSections"]]
        for part in display["displaySections"]
    }
    assert texts["Title"] == ["Table 14.2.2", "Time to Grade <=1 of Target irAEs", "Full Analysis Set"]
    of_study = "CT: conventional therapy. irAE: immune-related adverse event."
    assert texts["Abbreviation"] == [f"CI: confidence interval. {of_study} NE: not estimable."]
    assert texts["Footer"][0].startswith("Source: ADTTE. Program: trialspec ")


def test_contents_list_the_displays_with_their_analyses(found: Item) -> None:
    items = {item["outputId"]: item for item in found["mainListOfContents"]["contentsList"]["listItems"]}
    assert list(items) == [output["id"] for output in found["outputs"]]
    inner = [item["analysisId"] for item in items["OUT.T14.2.2"]["sublist"]["listItems"]]
    assert {"AN.AR.5.1", "AN.AR.5.2", "AN.AR.6.1", "AN.AR.6.2"} <= set(inner)


def test_two_events_of_the_same_results_are_the_same_text() -> None:
    spec = study()
    computed = compute(spec, golden())
    displays = shown.gather(spec, computed, ())
    assert to_json(spec, computed, rows(computed), displays) == to_json(spec, computed, rows(computed), displays)


def test_reason_outside_the_terminology_is_a_term_of_the_sponsor() -> None:
    spec = study()
    result = replace(spec.results["AR.1"], reason="ASKED BY THE BOARD", purpose="")
    found = event_of(replace(spec, results={**spec.results, "AR.1": result}), golden())
    terms = {item["enumeration"]: item["sponsorTerms"] for item in found["terminologyExtensions"]}
    assert "ASKED BY THE BOARD" in [term["submissionValue"] for term in terms["AnalysisReasonEnum"]]
    assert "NOT STATED" in [term["submissionValue"] for term in terms["AnalysisPurposeEnum"]]
    assert Checker().check(found) == []


def test_condition_that_the_standard_cannot_say_stands_in_the_description() -> None:
    spec = study()
    result = replace(spec.results["AR.1"], selection_criteria="PARAMCD == 'RELW1' and AVAL + 1 > 0")
    found = event_of(replace(spec, results={**spec.results, "AR.1": result}), golden())
    subset = next(item for item in found["dataSubsets"] if "AVAL + 1 > 0" in item["name"])
    assert "condition" not in subset and "compoundExpression" not in subset
    assert "no form for this condition" in subset["description"] and "AVAL + 1 > 0" in subset["description"]
    assert Checker().check(found) == []


@pytest.mark.usefixtures("counting")
def test_comparison_total_and_missing_levels_are_said(tmp_path: Path) -> None:
    statistics = (
        "1|SEX|subjects()|Unknown",
        "2||counted(AESEQ > 0, reference='Placebo', strata=AEBODSYS)|",
        "3||over_all(AESEQ > 0)|",
    )
    spec = small(tmp_path, "ADAE||TRTA|", statistics)
    found = event_of(spec, {"ADSL": ADSL, "ADAE": ADAE})
    assert Checker().check(found) == []
    analyses = by_id(found["analyses"])
    assert "compared with Placebo" in analyses["AN.R1.2"]["description"]
    assert "Strata: AEBODSYS." in analyses["AN.R1.2"]["description"]
    assert analyses["AN.R1.2"]["programmingCode"]["parameters"][1:] == [
        {"name": "reference", "value": ["Placebo"]},
        {"name": "strata", "value": ["AEBODSYS"]},
    ]
    assert "Over all levels of TRTA." in analyses["AN.R1.3"]["description"]
    assert analyses["AN.R1.3"]["orderedGroupings"] == []
    assert "Unknown: records without a value." in analyses["AN.R1.1"]["description"]


def home(name: str) -> str:
    return {"SEX": "ADSL", "AGE": "ADSL", "PARAMCD": "ADX", "AVAL": "ADX"}.get(name, "")


def condition(dataset: str, variable: str, comparator: str, *value: str) -> Item:
    found = {"dataset": dataset, "variable": variable, "comparator": comparator, "value": list(value)}
    return {"condition": found}


SAID: list[tuple[str, Item]] = [
    ("PARAMCD == 'A'", condition("ADX", "PARAMCD", "EQ", "A")),
    ("PARAMCD EQ A", condition("ADX", "PARAMCD", "EQ", "A")),
    ("65 <= AGE", condition("ADSL", "AGE", "GE", "65")),
    ("AVAL <= LIMIT", condition("ADX", "AVAL", "LE", "57")),
    ("PARAMCD in ('A', 'B')", condition("ADX", "PARAMCD", "IN", "A", "B")),
    ("PARAMCD in ('A',)", condition("ADX", "PARAMCD", "EQ", "A")),
    ("not (PARAMCD in ('A', 'B'))", condition("ADX", "PARAMCD", "NOTIN", "A", "B")),
    ("PARAMCD NOTIN (A, B)", condition("ADX", "PARAMCD", "NOTIN", "A", "B")),
    ("not missing(AVAL)", condition("ADX", "AVAL", "NE", "")),
    ("missing(SEX)", condition("ADSL", "SEX", "EQ", "")),
]


@pytest.mark.parametrize(("text", "wanted"), SAID)
def test_condition_as_a_where_clause(text: str, wanted: Item) -> None:
    assert clause(text, home, {"LIMIT": 57.0}) == wanted


def test_conditions_joined_and_nested() -> None:
    found = clause("PARAMCD == 'A' and (AVAL > 1 or not (AVAL < 0.5))", home, {})
    outer = found["compoundExpression"]
    assert outer["logicalOperator"] == "AND"
    first, second = outer["whereClauses"]
    assert (first["level"], first["order"], second["level"], second["order"]) == (2, 1, 2, 2)
    inner = second["compoundExpression"]
    assert inner["logicalOperator"] == "OR"
    assert inner["whereClauses"][0] == {"level": 3, "order": 1, **condition("ADX", "AVAL", "GT", "1")}
    # A missing value is not below 0.5: GE would leave it out, NOT keeps it.
    negated = inner["whereClauses"][1]["compoundExpression"]
    assert negated["logicalOperator"] == "NOT"
    assert negated["whereClauses"] == [{"level": 4, "order": 1, **condition("ADX", "AVAL", "LT", "0.5")}]


@pytest.mark.parametrize("text", ["AVAL > AGE", "AVAL + 1 > 2", "upper(PARAMCD) == 'A'", "OTHER == 1", "PARAMCD =="])
def test_what_the_standard_cannot_say_is_refused(text: str) -> None:
    with pytest.raises(CannotSayError):
        clause(text, home, {})


def test_checker_finds_what_is_wrong(found: Item) -> None:
    def broken(change: Callable[[Item], object]) -> list[str]:
        copy = json.loads(json.dumps(found))
        change(copy)
        return Checker().check(copy)

    assert "'AS.99' is no AnalysisSet" in broken(lambda e: e["analyses"][0].update(analysisSetId="AS.99"))[0]
    assert "Analysis lacks methodId" in broken(lambda e: e["analyses"][0].pop("methodId"))[0]
    assert "has no slot 'colour'" in broken(lambda e: e["outputs"][0].update(colour="red"))[0]
    assert "is not one of" in broken(
        lambda e: e["dataSubsets"][0]["condition"].update(comparator="EQUALS")
    )[0]  # fmt: skip
    assert "IN with 1 value(s)" in broken(lambda e: e["dataSubsets"][0]["condition"].update(comparator="IN"))[0]
