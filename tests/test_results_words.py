"""Words of the results: what a population and strata are called, what is said of an arm without subjects, NE."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from test_results import CTRL, STUDY, TA1, golden, study
from test_results_page import rendered

from results import answers, page, populations, rtf_tables
from results.compute import compute, rows
from results.lines import TableRow
from results.listings import Listing
from results.pages import paged
from results.pages import rows as pages_rows
from results.shown import gather
from results.template import fill
from specs.load import load
from specs.model import Spec
from specs.problem import Place

HERE = Place("Lines.csv", 2)
CSS = Path(__file__).parents[1] / "results" / "templates" / "results.css"


@pytest.fixture(scope="module")
def spec() -> Spec:
    """The outcome measures with variables and codelists of the reference study."""
    whole = load(STUDY, "adam")
    return replace(study(), variables=whole.variables, codelists=whole.codelists)


@pytest.mark.parametrize(
    ("where", "called"),
    [
        ("SAFFL == 'Y'", "Safety Population"),
        ("SAFFL == 'Y' and TRT01PN == 1", "Safety Population (TRT01PN 1)"),
        ("SAFFL == 'Y' and SEX in ('F', 'M')", "Safety Population (SEX F or M)"),
        ("SAFFL == 'Y' and AGE >= 65", "SAFFL == 'Y' and AGE >= 65"),
        ("SAFFL == 'Y' or FASFL == 'Y'", "SAFFL == 'Y' or FASFL == 'Y'"),
        ("", "All subjects"),
    ],
)
def test_a_part_of_a_population_is_not_called_by_the_name_of_the_whole(where: str, called: str, spec: Spec) -> None:
    assert populations.name_of(spec, where) == called


@pytest.mark.parametrize(
    ("template", "values", "shown"),
    [
        ("{pct:.1f}% ({n} of {N})", {"pct": None, "n": 0, "N": 0}, "NE (0 of 0)"),
        ("{pct:.1f}% ({n} of {N})", {"pct": 0.0, "n": 0, "N": 3}, "0.0% (0 of 3)"),
        ("({low:.1f}% to {high:.1f}%)", {"low": 12.34, "high": None}, "(12.3% to NE)"),
        ("{n} % of {N}", {"n": None, "N": 2}, "NE % of 2"),
    ],
)
def test_what_is_not_estimable_bears_no_percent_sign(
    template: str, values: dict[str, float | None], shown: str
) -> None:
    assert fill(template, values, HERE) == shown


def test_strata_are_called_by_their_label_in_a_sentence() -> None:
    call = f"cmh(AVAL == 1, reference={CTRL!r}, strata=W1EVALFL)"
    first = study().statistics[0]
    spec = replace(study(), statistics=(first, replace(first, order=10.0, statistic=call)), lines=())
    labels = {("ADSL", "W1EVALFL"): "Week 1 Evaluable Flag"}
    for given, words in ((labels, "stratified by Week 1 Evaluable Flag (W1EVALFL)"), ({}, "stratified by W1EVALFL")):
        (found,) = answers.answers(answers.main(compute(spec, golden())), given)
        assert words in found.comparisons[0].text


def test_an_arm_without_subjects_is_named(spec: Spec) -> None:
    """Of the golden subjects those of one arm only; a screen failure has the third term of the codelist."""
    frames = golden()
    assert populations.notices(spec, populations.populations(spec, rows(compute(spec, frames))), frames) == []
    kept = frames["ADSL"].loc[frames["ADSL"]["TRT01P"] != TA1, "USUBJID"]
    frames = {name: frame[frame["USUBJID"].isin(kept)].reset_index(drop=True) for name, frame in frames.items()}
    assert populations.notices(spec, populations.populations(spec, rows(compute(spec, frames))), frames)[0] == (
        f"ADSL has no subject of TRT01P {TA1}: no display has a column for it."
    )


def test_what_is_said_but_not_shown_takes_no_room() -> None:
    """A long text that is moved aside reaches back into the page; it is cut to nothing where it stands."""
    text = CSS.read_text(encoding="utf-8")
    assert not re.search(r"left:\s*-", text)
    (rule,) = re.findall(r"\.unseen \{([^}]*)\}", text)
    assert "overflow: hidden" in rule and "width: 1px" in rule


def test_a_table_names_the_reference_of_its_comparisons() -> None:
    """AR.1 compares with conventional therapy in one display; the display of AR.5 has no comparison."""
    spec = study()
    first = next(row for row in spec.statistics if row.result == "AR.1")
    call = replace(first, order=10.0, statistic=f"difference(AVAL == 1, reference={CTRL!r})")
    spec = replace(spec, statistics=(*(row for row in spec.statistics if "reference" not in row.statistic), call))
    notes = {one.id: one.notes for one in gather(spec, compute(spec, golden()), ())}
    said = f"Comparisons are with {CTRL}, each in the column of what is compared with it."
    assert [name for name, found in notes.items() if said in found] == [spec.results["AR.1"].display]


def test_abbreviations_of_the_study_are_spelled_out_where_a_title_or_head_uses_them() -> None:
    spec = study()
    settings = {"results": {"abbreviations": {"CT": "conventional therapy", "XYZ": "not used"}}}
    spec = replace(spec, study=replace(spec.study, settings=settings))
    for one in gather(spec, compute(spec, golden()), ()):
        assert "CT: conventional therapy." in one.abbreviations and "XYZ" not in one.abbreviations


def test_a_page_of_a_listing_begins_with_the_subject_of_its_first_record() -> None:
    """Six records on pages of two: what the second and third page begin with stands on none of their own rows."""
    cells = (("A", "01", "x"), ("A", "01", "y"), ("A", "01", "z"), ("A", "02", "u"), ("A", "02", "v"), ("B", "03", "w"))
    listing = Listing("L1", "Events", ("Arm", "Subject", "Term"), cells, groups=2)
    rows_of = [TableRow("", short, whole=full) for short, full in zip(listing.shown, listing.rows)]
    (one, *_) = gather(study(), compute(study(), golden()), ())
    found = paged(pages_rows(replace(one, kind="Listing", rows=tuple(rows_of)), (0, 10, 10, 10)), 2)
    assert [[row.cells for row in page] for page in found] == [
        [("A", "01", "x"), ("", "", "y")],
        [("A", "01", "z"), ("", "02", "u")],
        [("A", "02", "v"), ("B", "03", "w")],
    ]


def test_what_a_listing_leaves_blank_is_read_out_and_found() -> None:
    listing = Listing("L1", "Events", ("Arm", "Term"), (("A", "x"), ("A", "y")), groups=1, display="T14.2.1")
    text = rendered(study(), golden(), (listing,))  # type: ignore[arg-type]
    second = text[text.index(">x</td></tr>") :].partition("</tr>\n")[2].partition("</tr>")[0]
    assert '<span class="unseen">A</span></td>' in second and ">y</td>" in second


def test_of_a_long_listing_the_first_rows_stand_on_the_page_which_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "ROWS_LISTED", 2)
    records = tuple((f"S{number}",) for number in range(1200))
    text = rendered(study(), golden(), (Listing("L1", "Events", ("Subject",), records, display="T14.2.1"),))  # type: ignore[arg-type]
    assert "Listing, 1,200 rows" in text and "The first 2 of 1,200 rows stand here" in text
    assert ">S1</td>" in text and ">S2</td>" not in text


def test_a_listing_shows_values_as_the_data_have_them_in_every_form() -> None:
    listing = Listing("L1", "Results <=5", ("Result <=",), (("<=5",),), display="T14.2.1")
    (one,) = [one for one in gather(study(), compute(study(), golden()), (), (listing,)) if one.is_listing]
    body = rtf_tables.section(one, study().study)[0].body
    assert "<=5" in body and r"\u8804?" in body  # the head of the column is ours, the value is not
    assert '<td class="short">&lt;=5</td>' in rendered(study(), golden(), (listing,))  # type: ignore[arg-type]
