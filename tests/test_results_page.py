"""The page of the results: answers with their comparisons, what stands behind a number, sections, escaping, access."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from test_results import CTRL, STUDY, TA1, golden, study
from test_results_rtf import Listed

from results import answers, comparisons, figures, graphic, page, populations, records, shown
from results.compute import compute, rows
from results.graphic import Interval, intervals
from results.names import check_names
from results.statistics.registry import STATISTICS, Condition, Group, Groups, Number, Value, statistic
from specs import records as rows_of_specs
from specs.load import load
from specs.model import Spec
from specs.problem import SpecError
from specs.read_csv import Faults, Row


@dataclass(frozen=True)
class Compared:
    """What the comparisons of these tests give."""

    estimate: float | None
    low: float | None
    high: float | None
    p: float | None

    def values(self) -> tuple[Value, ...]:
        return (
            Value("estimate", "Gap of the rates", self.estimate, ".4f"),
            Value("conf_low", "Lower confidence limit", self.low, ".4f"),
            Value("conf_high", "Upper confidence limit", self.high, ".4f"),
            Value("conf_level", "Confidence level", 0.95, ".2f"),
            Value("p_value", "P-value", self.p, ".4f"),
        )


@dataclass(frozen=True)
class RankTest:
    """A test alone."""

    p: float | None

    def values(self) -> tuple[Value, ...]:
        return (Value("chisq", "Chi-square", 1.5, ".4f"), Value("p_value", "p-value", self.p, ".4f"))


@pytest.fixture
def compared() -> Iterator[None]:
    """A comparison of two levels and a test over all; a gap of proportions with SciPy's Fisher test, Kruskal-Wallis."""

    @statistic
    def risk_gap(condition: Condition, group: Group) -> Compared:
        counts = [[int(condition[group == at].sum()), int((~condition[group == at]).sum())] for at in (1, 0)]
        sizes = [sum(row) for row in counts]
        if not all(sizes):
            return Compared(None, None, None, None)
        gap = counts[0][0] / sizes[0] - counts[1][0] / sizes[1]
        return Compared(gap, gap - 0.25, gap + 0.25, float(stats.fisher_exact(counts).pvalue))

    @statistic
    def rank_test(values: Number, groups: Groups) -> RankTest:
        parts = [values[groups == at] for at in sorted(set(groups))]
        return RankTest(float(stats.kruskal(*parts).pvalue) if len(parts) > 1 else None)

    yield
    for name in ("risk_gap", "rank_test"):
        del STATISTICS[name]


def with_calls(*calls: tuple[str, str, tuple[str, ...]]) -> Spec:
    """The reference study with further calls: result, statistic, By."""
    spec = study()
    first = spec.statistics[0]
    added = [
        replace(first, result=result, order=10.0 + place, statistic=text, by=by)
        for place, (result, text, by) in enumerate(calls)
    ]
    return replace(spec, statistics=(*spec.statistics, *added))


def gap(result: str, by: tuple[str, ...] = ()) -> tuple[str, str, tuple[str, ...]]:
    return result, f"risk_gap(AVAL == 1, reference={CTRL!r})", by


def answered(spec: Spec) -> dict[str, list[answers.Answer]]:
    found: dict[str, list[answers.Answer]] = {}
    for answer in answers.answers(answers.main(compute(spec, golden()))):
        found.setdefault(answer.result, []).append(answer)
    return found


@pytest.mark.usefixtures("compared")
def test_answer_gives_the_comparison_of_its_result() -> None:
    """Fisher's exact test of 3/4 against 1/4: 0.4857."""
    (answer,) = answered(with_calls(gap("AR.1")))["AR.1"]
    text = "gap of the rates 0.50 (95% CI 0.25 to 0.75), p = 0.4857 (risk gap)"
    assert [one.text for one in answer.comparisons] == [text]
    assert answer.sentence == (
        f"75.0% (3 of 4) with {TA1} and 25.0% (1 of 4) with {CTRL}; "
        "gap of the rates 0.50 (95% CI 0.25 to 0.75), p = 0.4857 (risk gap)."
    )


@pytest.mark.usefixtures("compared")
def test_effect_of_known_statistics_has_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparisons, "POINTS", ("risk_gap",))
    monkeypatch.setitem(comparisons.EFFECTS, "risk_gap", "difference")
    monkeypatch.setitem(comparisons.TESTS, "risk_gap", "Fisher's exact test")
    (answer,) = answered(with_calls(gap("AR.2")))["AR.2"]
    (one,) = answer.comparisons
    assert one.text == ("difference 75.0 percentage points (95% CI 50.0 to 100.0), p = 0.1429 (Fisher's exact test)")
    assert (one.level, one.reference) == (TA1, CTRL)


@pytest.mark.usefixtures("compared")
def test_comparison_by_parameter_stands_at_its_level() -> None:
    found = answered(with_calls(gap("AR.7", ("PARAMCD",))))["AR.7"]
    effects = [[one.effect for one in answer.comparisons] for answer in found]
    assert effects == [["0.50"], ["0.50"], ["0.25"], ["0.25"]]


@pytest.mark.usefixtures("compared")
def test_test_over_all_levels_has_a_p_value_alone() -> None:
    (answer,) = answered(with_calls(("AR.9", "rank_test(AVAL)", ())))["AR.9"]
    (one,) = answer.comparisons
    assert (one.effect, one.level, one.text) == ("", "", "p = 0.4795 (rank test)")


@pytest.mark.usefixtures("compared")
def test_comparison_that_is_not_estimable_says_ne() -> None:
    spec, frames = with_calls(gap("AR.1")), golden()
    frames["ADSL"]["RANDFL"] = frames["ADSL"]["FASFL"]
    frames["ADSL"].loc[frames["ADSL"]["TRT01P"] == TA1, "FASFL"] = "N"
    found = [answer for answer in answers.answers(answers.main(compute(spec, frames))) if answer.result == "AR.1"]
    assert [one.text for one in found[0].comparisons] == ["gap of the rates NE (CI NE), p NE (risk gap)"]


@pytest.mark.usefixtures("compared")
def test_comparison_of_another_variable_does_not_stand_beside_the_answer() -> None:
    """The mean of the value beside a test of its change would read as one answer."""
    (answer,) = answered(with_calls(("AR.9", "rank_test(AVAL / 2)", ())))["AR.9"]
    assert answer.comparisons == ()
    assert answer.sentence.startswith("Mean ") and ";" not in answer.sentence


def test_answers_are_those_of_the_protocol_and_all_of_the_primary_outcome() -> None:
    found = answered(study())
    assert list(found) == ["AR.1", "AR.2", "AR.5", "AR.7", "AR.9", "AR.10", "AR.11"]
    assert found["AR.1"][0].purpose == "Primary outcome"
    assert [len(found[name]) for name in ("AR.5", "AR.7")] == [1, 4]


def test_sentence_begins_with_a_capital() -> None:
    (answer,) = answered(study())["AR.5"]
    assert answer.sentence == (
        f"Median 15.0 (event in 3 of 4) with {TA1} and median 43.0 (event in 2 of 4) with {CTRL}."
    )


def test_drawing_says_what_it_shows() -> None:
    drawn = intervals((Interval("A", 0.75, 0.194, 0.994), Interval("<B>", None, None, None)), True, "estimate")
    assert 'aria-label="estimate: A 75.0% (19.4% to 99.4%); &lt;B&gt; NE"' in drawn
    assert ">0%</text>" in drawn and ">100%</text>" in drawn and ">NE</text>" in drawn
    assert intervals((Interval("A", None, None, None),), False, "median") == ""


def test_limit_that_is_missing_is_drawn_to_the_end_with_an_arrow() -> None:
    drawn = str(intervals((Interval("A", 15, 9, None),), False, "median"))
    assert f"H{graphic.RIGHT}.0" in drawn and drawn.count("<path") == 3
    assert ">-0<" not in drawn


# --- the page ---


def rendered(spec: Spec, frames: dict[str, Any], listings: tuple[Listed, ...] = ()) -> str:
    computed = compute(spec, frames)
    displays = shown.gather(spec, computed, figures.draw(spec, computed, frames), listings)
    return page.render(spec, computed, rows(computed), displays, records.gather(spec, computed), frames)


@pytest.fixture(scope="module")
def built(golden_build: Path) -> str:
    return (golden_build / "results" / "index.html").read_text(encoding="utf-8")


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    return dict(json.loads(found.group(1)))


def cell_of(text: str, label: str, column: int) -> int:
    """The number of a cell in the first row with a label."""
    start = text.index(f">{label}</th>")
    return int(re.findall(r'data-c="(\d+)"', text[start:])[column])


def test_number_leads_to_its_statistics_condition_and_records(built: str) -> None:
    data = data_of(built)
    estimate, statistics = data["cells"][cell_of(built, "Relieved by at least 1 grade", 0)]
    assert [(data["labels"][label], exact, shown) for label, exact, shown in statistics] == [
        ("Number with the characteristic", "3", "3"),
        ("Denominator", "4", "4"),
        ("Percentage", "75.0", "75.0"),
    ]
    call, condition, count, subjects, positions = data["estimates"][estimate]
    assert condition == f"PARAMCD == 'RELW1' and TRTP == '{TA1}'"
    assert (count, subjects) == (4, 4)
    told = data["calls"][call]
    assert (told["result"], told["dataset"], told["called"]) == ("AR.1", "ADIRAE", "Full Analysis Set")
    listed = data["records"]["AR.1"]
    rows = [listed["rows"][at] for part in positions.split(",") for at in _range(part)]
    at = {name: place for place, name in enumerate(listed["columns"])}
    assert sorted((row[at["USUBJID"]][-4:], row[at["AVAL"]]) for row in rows) == [
        ("9001", "1"),
        ("9003", "1"),
        ("9005", "0"),
        ("9007", "1"),
    ]
    # 9001 was relieved on Day 8: the grade of that day is the source.
    first = next(row for row in rows if row[at["USUBJID"]].endswith("9001"))
    assert (first[at["ADT"]], first[at["SRCDOM"]]) == ("2024-03-11", "FAAE")


def _range(part: str) -> range:
    first, _, last = part.partition("-")
    return range(int(first), int(last or first) + 1)


def test_number_that_is_not_estimable_says_why(built: str) -> None:
    data = data_of(built)
    _, statistics = data["cells"][cell_of(built, "Third quartile, days (95% CI)", 1)]
    assert statistics[0][2:] == ["NE", "the curve does not come down to 0.25"]


def test_every_number_of_a_table_has_what_is_behind_it(built: str) -> None:
    data = data_of(built)
    numbers = [int(number) for number in re.findall(r'data-c="(\d+)"', built)]
    assert sorted(numbers) == list(range(len(data["cells"])))
    tables = re.findall(r"<table>.*?</table>", built[built.index('id="section-1"') :], re.DOTALL)
    assert len(tables) >= 4
    assert not [cell for table in tables for cell in re.findall(r"<td>(?!<button)[^–<]", table)]


def test_records_behind_a_result_are_a_file(golden_build: Path) -> None:
    text = (golden_build / "results" / "records" / "AR.5.csv").read_text(encoding="utf-8").splitlines()
    assert text[0] == "USUBJID,PARAMCD,AELNKID,ASEQ,TRTP,AVAL,CNSR,SRCDOM,SRCVAR,SRCSEQ"
    assert len(text) == 9


def test_study_may_keep_its_subjects_out_of_the_results() -> None:
    spec = study()
    settings = {**spec.study.settings, "results": {"records": False}}
    spec = replace(spec, study=replace(spec.study, settings=settings))
    assert records.gather(spec, compute(spec, golden())) == {}
    text = rendered(spec, golden())
    assert "9001" not in text
    assert data_of(text)["records"] == {}
    assert "records/" not in text


def test_result_with_too_many_records_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST", 7)
    found = records.gather(study(), compute(study(), golden()))
    assert {"AR.2", "AR.9"} <= set(found) and "AR.1" not in found


def test_section_is_the_heading_of_its_displays(built: str, golden_spec: Spec) -> None:
    heads = re.findall(r'<h2 class="section">([^<]*)</h2>', built)
    assert heads == list(dict.fromkeys(display.section for display in golden_spec.displays.values()))
    start = built.index('<nav class="contents"')
    contents = built[start : built.index("</nav>", start)]
    listed = re.findall(r'href="#([^"]+)"', contents)
    assert sorted(listed) == sorted(re.findall(r'<section class="display" id="([^"]+)"', built))
    assert {"T14.2.1", "T14.2.2", "T14.2.3", "T14.2.4"} <= set(listed)
    assert 'href="tables/T14.2.3.rtf"' in contents


def test_words_of_a_display_reach_the_page() -> None:
    spec = study()
    display = replace(
        spec.displays["T14.2.1"],
        section="Efficacy & more",
        population_label="All randomised",
        subtitle="Target <irAEs>",
        footnotes=("First note.", "Second note."),
        columns_heading="Treatment",
    )
    text = rendered(replace(spec, displays={**spec.displays, "T14.2.1": display}), golden())
    for wanted in ("Efficacy &amp; more", "All randomised", "Target &lt;irAEs&gt;", "<li>First note.</li>"):
        assert wanted in text
    assert '<th scope="colgroup" colspan="2">Treatment</th>' in text
    # The notes of the display stand instead of the documentation of its results.
    part = text[text.index('id="T14.2.1"') : text.index('id="T14.2.2"')]
    assert "The unit is the target irAE" not in part


def test_listing_is_a_table_of_texts() -> None:
    text = rendered(study(), golden(), (Listed(rows=(("<9004>", "12"),)),))
    part = text[text.index('id="T14.2.1-listing"') : text.index('id="T14.2.2"')]
    assert "Listing 14.2.1" in part and '<th scope="col">Subject</th>' in part
    assert '<td class="short">&lt;9004&gt;</td><td class="short">12</td>' in part


def test_empty_listing_says_so() -> None:
    text = rendered(study(), golden(), (Listed(rows=()),))
    assert "No records." in text[text.index('id="T14.2.1-listing"') : text.index('id="T14.2.2"')]


class Structure(HTMLParser):
    """Headings in their order, header cells without scope, pictures without a text, buttons without one."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "th" and "scope" not in known:
            self.faults.append(f"th without scope: {attrs}")
        if known.get("role") == "img" and not known.get("aria-label"):
            self.faults.append("picture without a text")
        if tag in ("a",) and not known.get("href"):
            self.faults.append("link to nowhere")


def test_page_can_be_read_without_seeing_it(built: str) -> None:
    found = Structure()
    found.feed(built)
    assert found.faults == []
    assert found.levels[0] == 1 and found.levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(found.levels, found.levels[1:]))
    assert '<html lang="en">' in built and 'class="skip" href="#main"' in built


def test_page_asks_for_nothing_from_elsewhere(built: str) -> None:
    assert "default-src 'none'" in built
    assert not re.findall(r'(?:src|href|url)\s*[=(]\s*["\']?(?:https?:)?//', built)
    assert "@import" not in built and "fetch(" not in built


def test_page_has_a_dark_and_a_printed_form(built: str) -> None:
    assert "prefers-color-scheme: dark" in built and "@media print" in built
    assert "max-width: 44rem" in built


def test_text_of_the_data_cannot_end_the_element_of_the_data() -> None:
    frames = golden()
    arm = "</script><script>alert(1)</script>\u2028"
    for name, column in (("ADSL", "TRT01P"), ("ADIRAE", "TRTP"), ("ADTTE", "TRTP"), ("ADCS", "TRTP")):
        frames[name][column] = frames[name][column].replace(TA1, arm)
    text = rendered(study(), frames)
    assert text.count("<script") == 2
    assert any(arm.strip() in call[1] or repr(arm)[1:-1] in call[1] for call in data_of(text)["estimates"])


def test_conventions_are_said(built: str) -> None:
    part = built[built.index('id="conventions"') :]
    for wanted in ("halves away from zero", "&lt;0.0001", "NE: not estimable", "0 (0.0%)"):
        assert wanted in part


def test_golden_page_is_small(built: str) -> None:
    assert len(built) < 1_000_000


# --- cells of the sheet ---


def display_of(**cells: str) -> tuple[Any, list[str]]:
    faults = Faults()
    row = Row("results/Analysis Displays.csv", 2, {"ID": "T1", "Title": "t", **cells})
    return rows_of_specs.display(row, faults), [str(problem) for problem in faults.problems]


def test_cells_of_a_display_are_read() -> None:
    found, problems = display_of(Type="Figure", Section=" Safety ", Footnote="one\n\n  two \n", Subtitle="s")
    assert (found.kind, found.section, found.footnotes, found.subtitle) == ("Figure", "Safety", ("one", "two"), "s")
    assert problems == []
    assert display_of()[0].kind == "Table"


def test_unknown_type_of_a_display_is_a_fault() -> None:
    _, problems = display_of(Type="Tabel")
    assert problems == [
        "results/Analysis Displays.csv:2 [Type] 'Tabel' is not one of Table, Figure, Listing; did you mean 'Table'?"
    ]


def test_golden_comparisons_of_the_study_design_in_sentences() -> None:
    """Section 6.1: +75.0 (-5.2, 95.9) by Miettinen-Nurminen, Fisher 0.1429; Wilcoxon 0.6286, -477.5 (-2475, 590)."""
    against = f"reference={CTRL!r}"
    spec = with_calls(
        ("AR.2", f"difference(AVAL == 1, {against})", ()),
        ("AR.2", f"fisher(AVAL == 1, {against})", ()),
        ("AR.9", f"wilcoxon(AVAL, {against})", ()),
        ("AR.9", f"hodges_lehmann(AVAL, {against})", ()),
    )
    found = answered(spec)
    assert found["AR.2"][0].sentence.partition("; ")[2] == (
        "difference 75.0 percentage points (95% CI −5.2 to 95.9, Miettinen-Nurminen); p = 0.1429 (Fisher's exact test)."
    )
    assert found["AR.9"][0].sentence.partition("; ")[2] == (
        "p = 0.6286 (Wilcoxon rank-sum test); shift (Hodges-Lehmann) −477.50 (95% CI −2475.00 to 590.00)."
    )


@pytest.mark.parametrize(
    ("label", "shown_as"),
    [
        ("Full Analysis Set Population Flag", "Full Analysis Set"),
        ("Safety Population Flag", "Safety Population"),
        ("Week 1 Evaluable Flag", "Week 1 Evaluable"),
    ],
)
def test_population_is_called_by_the_label_of_its_flag(label: str, shown_as: str, golden_spec: Spec) -> None:
    variable = replace(golden_spec.variables["ADSL", "FASFL"], label=label)
    spec = replace(golden_spec, variables={**golden_spec.variables, ("ADSL", "FASFL"): variable})
    assert populations.name_of(spec, "FASFL == 'Y'") == shown_as


@pytest.fixture(scope="module")
def golden_spec() -> Spec:
    return load(STUDY, "adam")


def test_displays_and_results_with_one_name_of_a_file_are_a_fault() -> None:
    spec = study()
    displays = {**spec.displays, "t14.2.1": spec.displays["T14.2.1"]}
    again = replace(spec, displays=displays, results={**spec.results, "ar.1": spec.results["AR.1"]})
    with pytest.raises(SpecError) as caught:
        check_names(again)
    assert [problem.message for problem in caught.value.problems] == [
        "display 't14.2.1' would have the files of 'T14.2.1'",
        "result 'ar.1' would have the files of 'AR.1'",
    ]
    check_names(spec)
