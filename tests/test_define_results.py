"""Analysis Results Metadata and the where clauses that it shares with value-level metadata."""

from __future__ import annotations

from pathlib import Path

import pytest
from define_study import ADAM, Described, N, adam_frames, at, described, spec_of, written

from define.odm import DEF
from define.where_clause import parse_where
from specs.problem import Place, SpecError


@pytest.fixture(scope="module")
def adam(tmp_path_factory: pytest.TempPathFactory) -> Described:
    return described(tmp_path_factory.mktemp("adam"), "adam")


# --- analysis results ---


def test_result_states_records_variables_and_reason(adam: Described) -> None:
    (result,) = adam[1].xpath("//a:AnalysisResult[@OID='AR.1']", namespaces=N)
    assert result.get("ParameterOID") == "IT.ADIRAE.PARAMCD"
    assert result.get("AnalysisReason") == "SPECIFIED IN SAP"
    assert at(result, ".//a:AnalysisVariable/@ItemOID") == ["IT.ADIRAE.AVAL"]
    assert at(result, ".//a:Code/text()") == ["proportion(AVAL == 1, ci='clopper_pearson')"]
    (clause,) = at(result, ".//@WhereClauseOID")
    checks = adam[1].xpath("//d:WhereClauseDef[@OID=$oid]/o:RangeCheck", namespaces=N, oid=clause)
    found = [(check.get(f"{{{DEF}}}ItemOID"), check[0].text) for check in checks]
    assert found == [("IT.ADIRAE.FASFL", "Y"), ("IT.ADIRAE.PARAMCD", "RELW1")]


def test_population_on_adsl_brings_the_dataset_and_a_join_comment(adam: Described) -> None:
    (result,) = adam[1].xpath("//a:AnalysisResult[@OID='AR.2']", namespaces=N)
    assert at(result, ".//a:AnalysisDataset/@ItemGroupOID") == ["IG.ADIRAE", "IG.ADSL"]
    assert at(result, "a:AnalysisDatasets/@d:CommentOID") == ["COM.JOIN.2"]


def test_result_without_a_reason_is_refused(tmp_path: Path) -> None:
    text = ADAM["results/Analysis Results.csv"].replace(",SPECIFIED IN SAP,", ",,", 1)
    spec = spec_of(tmp_path, "adam", {"results/Analysis Results.csv": text})
    with pytest.raises(SpecError, match=r"\[Reason\] Reason of AR.1 is blank"):
        written(spec, adam_frames(), tmp_path / "define.xml")


# --- where clauses ---

PLACE = Place("Analysis Results.csv", 2, "Selection Criteria")


@pytest.mark.parametrize(("text", "expected"), [
    ("PARAMCD == 'RELW1' and FASFL == 'Y'", [("PARAMCD", "EQ", ("RELW1",)), ("FASFL", "EQ", ("Y",))]),
    ("2 <= ADY <= 8", [("ADY", "GE", ("2",)), ("ADY", "LE", ("8",))]),
    ("AVISIT in ('Week 2', 'Week 4')", [("AVISIT", "IN", ("Week 2", "Week 4"))]),
    ("not AVISIT in ('Week 2',)", [("AVISIT", "NOTIN", ("Week 2",))]),
    ("not missing(ATOXGRH)", [("ATOXGRH", "NE", ("",))]),
    ("CHG > -1.5", [("CHG", "GT", ("-1.5",))]),
    ("PARAMCD EQ RELW1", [("PARAMCD", "EQ", ("RELW1",))]),
    ("AVISIT EQ Week 24 and FASFL EQ Y", [("AVISIT", "EQ", ("Week 24",)), ("FASFL", "EQ", ("Y",))]),
    ("PARAMCD IN (A, \"B, C\", 'D')", [("PARAMCD", "IN", ("A", "B, C", "D"))]),
    ("PARAMCD NOT IN (A)", [("PARAMCD", "NOTIN", ("A",))]),
    ("", []),
])  # fmt: skip
def test_where_clause_is_read_in_both_spellings(text: str, expected: list[tuple[str, str, tuple[str, ...]]]) -> None:
    assert [(check.variable, check.comparator, check.values) for check in parse_where(text, PLACE)] == expected


@pytest.mark.parametrize(("text", "part"), [
    ("A == 'x' or B == 'y'", "'or' has no RangeCheck"),
    ("f(A) == 1", "'f(A)': a RangeCheck tests a variable"),
    ("A == B", "'B': only a text or a number"),
    ("not A < 1", "only ==, in and missing() can be negated"),
    ("A in 'x'", "'in' needs a list in brackets"),
    ("A == True", "only a text or a number"),
    ("PARAMCD EQ", "cannot be read"),
    ("PARAMCD IN A", "needs its list in brackets"),
    ("PARAMCD EQ A or AVAL EQ 1", "where clauses know no 'or'"),
    ("__import__('os').system('x') == 1", "is not a function name"),
])  # fmt: skip
def test_where_clause_outside_the_subset_names_the_part(text: str, part: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_where(text, PLACE)
    assert part in str(caught.value)
    assert "Analysis Results.csv:2 [Selection Criteria]" in str(caught.value)


@pytest.mark.parametrize(("one", "other"), [
    ("PARAMCD == 'RELW1' and ADY <= 8", "PARAMCD EQ RELW1 and ADY LE 8"),
    ("AVISIT in ('Week 2', 'Week 4')", "AVISIT IN (Week 2, \"Week 4\")"),
    ("missing(ADT) and ADSL.FASFL != 'N'", "ADT EQ '' and ADSL.FASFL NE N"),
])  # fmt: skip
def test_both_spellings_give_the_same_checks(one: str, other: str) -> None:
    assert parse_where(one, PLACE) == parse_where(other, PLACE)
