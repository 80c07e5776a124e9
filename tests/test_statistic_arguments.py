"""What a call passes to a statistic and what it gets back: texts and their levels, options, names of values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_results import CTRL, TA1, golden, study, values

from results.call import read_call
from results.evaluate import text_levels
from results.run import run
from results.statistics import STATISTICS
from specs.problem import Place, SpecError

PLACE = Place("results/Statistics.csv", 2, "Statistic")
FRAME = pd.DataFrame(
    {
        "USUBJID": list("12345"),
        "AESEV": ["SEVERE", "MILD", None, "", "MILD"],
        "AESEVN": [3.0, 1.0, np.nan, np.nan, 1.0],
        "TOXGR": [2.0, 10.0, np.nan, 0.0, 2.5],
        "AGE": [70.0, 50.0, 60.0, np.nan, 66.0],
    }
)


def levels(text: str) -> tuple[list[str], list[str | None]]:
    found = text_levels(text, FRAME, {}, PLACE)
    return list(found.categories), [None if pd.isna(value) else value for value in found]


def test_levels_of_a_variable_stand_in_the_order_of_its_numbers_and_blank_is_missing() -> None:
    assert levels("AESEV") == (["MILD", "SEVERE"], ["SEVERE", "MILD", None, None, "MILD"])


def test_levels_of_a_number_are_ascending_and_whole_ones_have_no_decimals() -> None:
    assert levels("TOXGR") == (["0", "2", "2.5", "10"], ["2", "10", None, "0", "2.5"])


def test_levels_of_an_expression_are_ascending() -> None:
    assert levels("'>=65' if AGE >= 65 else '<65'")[0] == ["<65", ">=65"]


def test_condition_is_no_text() -> None:
    with pytest.raises(SpecError, match=r"Statistics.csv:2 \[Statistic\] 'AGE > 65' is a condition, not a text"):
        levels("AGE > 65")


def test_wrong_name_in_a_text_names_the_nearest() -> None:
    with pytest.raises(SpecError, match="AESEV"):
        levels("AESEVV")


def test_categories_of_every_arm_have_the_levels_of_all() -> None:
    spec = study()
    first = replace(spec.statistics[0], statistic="categories('met' if AVAL == 1 else 'not met', levels=('met',))")
    rows = run(replace(spec, statistics=(first,)), golden())
    assert values(rows, "AR.1", TA1)["N"] == 4
    assert [values(rows, "AR.1", TA1, at=level)["n"] for level in ("met", "not met", "Missing")] == [3, 1, 0]
    assert {row.variable for row in rows if row.variable_level == "met"} == {"level"}


COMPARISONS = [
    ("AR.1", "difference(AVAL == 1, reference='{}')", {"estimate": 0.5, "conf_low": -0.222, "conf_high": 0.868}),
    ("AR.1", "cluster_difference(AVAL == 1, reference='{}')", {"std_error1": 0.25, "std_error2": 0.1875}),
    ("AR.1", "cluster_difference(AVAL == 1, reference='{}')", {"std_error": 0.3125}),
    ("AR.1", "fisher(AVAL == 1, reference='{}')", {"p_value": 0.4857}),
    ("AR.2", "difference(AVAL == 1, reference='{}', ci='newcombe')", {"conf_low": 0.031, "conf_high": 0.954}),
    ("AR.2", "fisher(AVAL == 1, reference='{}')", {"p_value": 0.1429}),
    ("AR.9", "wilcoxon(AVAL, reference='{}')", {"statistic": 4, "p_value": 0.6286}),
    ("AR.9", "hodges_lehmann(AVAL, reference='{}')", {"estimate": -477.5, "conf_low": -2475, "conf_high": 590}),
    ("AR.10", "wilcoxon(AVAL, reference='{}')", {"p_value": 0.8571}),
    ("AR.10", "hodges_lehmann(AVAL, reference='{}')", {"estimate": -7.5, "conf_low": -41, "conf_high": 37}),
]


@pytest.mark.parametrize(("result", "text", "expected"), COMPARISONS)
def test_golden_arms_are_compared_as_the_study_design_says(result: str, text: str, expected: dict[str, float]) -> None:
    """Section 6.1, from the call in Statistics: the treated arm less the control arm."""
    spec = study()
    row = replace(spec.statistics[0], result=result, statistic=text.format(CTRL))
    found = values(run(replace(spec, statistics=(row,)), golden()), result, TA1)
    for name, value in expected.items():
        digits = len(str(value).partition(".")[2])
        assert isinstance(found[name], float | int)
        assert round(float(str(found[name])), digits) == value, name


@pytest.mark.parametrize(
    ("text", "constants"),
    [
        ("categories(SEX, levels=('F', 'M'))", {"levels": ("F", "M")}),
        ("categories(SEX, levels='F')", {"levels": ("F",)}),
        ("wilcoxon(AVAL, reference='Placebo', correct=False)", {"correct": False}),
        ("percentiles(AVAL, at=50)", {"at": (50,)}),
    ],
)
def test_options_may_be_texts_and_true_or_false(text: str, constants: dict[str, object]) -> None:
    assert read_call(text, PLACE).constants == constants


def test_interval_without_a_form_for_strata_is_found_without_data() -> None:
    text = "difference(AVAL == 1, reference='Placebo', ci='wald_cc', {})"
    assert read_call(text.format("level=0.9"), PLACE).strata == ()
    with pytest.raises(SpecError, match="ci='wald_cc' has no form for strata"):
        read_call(text.format("strata=SEX"), PLACE)


@pytest.mark.parametrize(
    "text",
    [
        "categories(SEX, levels=(1, 2))",
        "wilcoxon(AVAL, reference='Placebo', correct='no')",
        "wilcoxon(AVAL, reference='Placebo', correct=1)",
        "proportion(AVAL == 1, level=True)",
        "percentiles(AVAL, at=('a',))",
        "percentiles(AVAL, at=(True,))",
        "incidence_rate(AVAL, AVAL, per='100')",
    ],
)
def test_option_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="is of the wrong kind"):
        read_call(text, PLACE)


# The names that templates in Lines and readers of the analysis results data rely on.
VOCABULARY = {
    "categories": "N N_obs method n estimate pct",
    "chi_square": "N statistic parameter p_value least_expected method",
    "chi_square_table": "N statistic parameter p_value least_expected method",
    "cluster_difference": (
        "n1 N1 subjects1 estimate1 std_error1 n2 N2 subjects2 estimate2 std_error2 estimate std_error "
        "statistic parameter p_value conf_low conf_high conf_level method"
    ),
    "cluster_ratio": "n N subjects estimate std_error pct parameter conf_low conf_high conf_level method",
    "cmh": (
        "n1 N1 estimate1 n2 N2 estimate2 statistic parameter p_value estimate conf_low conf_high conf_level "
        "method breslow_day breslow_day_p tarone tarone_p homogeneity_parameter strata N_left_out"
    ),
    "cmh_table": (
        "N N_left_out correlation_statistic correlation_parameter correlation_p row_means_statistic "
        "row_means_parameter row_means_p general_statistic general_parameter general_p method"
    ),
    "difference": (
        "n1 N1 estimate1 n2 N2 estimate2 estimate std_error conf_low conf_high conf_level method strata N_left_out"
    ),
    "fisher": "n1 N1 estimate1 n2 N2 estimate2 p_value p_less p_greater method",
    "fisher_table": "N p_value method",
    "geometric_mean": "n N n_not_positive estimate geo_sd geo_cv conf_low conf_high conf_level method",
    "hodges_lehmann": "n1 n2 estimate conf_low conf_high conf_level method conf_level_attained",
    "incidence": "n N estimate pct conf_low conf_high conf_level method events",
    "incidence_rate": "n N events exposure estimate per conf_low conf_high conf_level method",
    "kruskal_wallis": "n statistic parameter p_value method",
    "odds_ratio": (
        "n1 N1 estimate1 n2 N2 estimate2 estimate estimate_conditional conf_low conf_high conf_level method "
        "strata N_left_out"
    ),
    "one_sample_t_test": "n estimate std_error statistic parameter p_value conf_low conf_high conf_level method",
    "paired_t_test": "n estimate std_error statistic parameter p_value conf_low conf_high conf_level method",
    "percentiles": "n method percentile",
    "proportion": "n N estimate pct conf_low conf_high conf_level method",
    "rate_difference": (
        "n1 N1 events1 exposure1 estimate1 n2 N2 events2 exposure2 estimate2 per estimate conf_low conf_high "
        "conf_level method p_value"
    ),
    "rate_ratio": (
        "n1 N1 events1 exposure1 estimate1 n2 N2 events2 exposure2 estimate2 per estimate conf_low conf_high "
        "conf_level method p_value"
    ),
    "relative_risk": (
        "n1 N1 estimate1 n2 N2 estimate2 estimate conf_low conf_high conf_level method strata N_left_out"
    ),
    "shift_table": "N_obs method n N estimate pct",
    "subjects": "n N estimate pct",
    "summary": "n N N_miss mean sd se conf_low conf_high conf_level cv skewness median q1 q3 min max",
    "t_test": (
        "n1 n2 estimate1 estimate2 estimate std_error statistic parameter p_value conf_low conf_high conf_level method"
    ),
    "van_elteren": "n1 n2 statistic parameter p_value strata N_left_out method",
    "wilcoxon": "n1 N1 n2 N2 statistic rank_sum z p_value method",
}


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_statistics_keep_their_names(name: str) -> None:
    known, columns = STATISTICS[name], {"condition": "AVAL == 1", "number": "AVAL", "text": "SEX"}
    arguments = [columns[kind] for kind in known.columns.values()]
    arguments += ["reference='Placebo'"] if "group" in known.passed.values() else []
    call = read_call(f"{name}({', '.join(arguments)})", PLACE)
    assert list(dict.fromkeys(value.name for value in call.of_nothing().values())) == VOCABULARY[name].split()
