"""The recorded cases of admiral about records: baseline, flags, LOCF, queries, doses, summaries, merges, periods ...

Each is said in spec rows, run by the engine and compared. A case passes (with the recorded records, or with a fault
where admiral has one), differs on purpose with what we give and why, or is none of ours. `-s` prints the table.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from record_case_rows import FAULTS, SAID, Fault
from record_cases import ABSENT, Said, cases, compared, found_rows, run, wanted_rows

from specs.problem import ProblemError

CASES = cases()

DIFFERENT: dict[str, tuple[Any, str]] = {
    "derive_joined.8": (
        [(15.0, None), (17.0, None), (17.0, None), (20.0, 0.0)],
        "a warning there; here a tie is a fault where it matters, and the two records that tie have one value",
    ),
    "derive_vars_joined_summary.1": (
        [("Fatigue", 10.0), ("Fatigue", 40.0), ("Influenza", 30.0), ("Parasomnia", None), ("Theft", 40.0),
         ("Truancy", None)],
        "an error there, for a variable that is there already; here the rule fills it, and CUMDOSE of the source is"
        " another column",
    ),
}  # fmt: skip

RETIRED = "a message that the function is retired"
ARGUMENTS = "checks R arguments; here cells and names are checked by `build check`, which has tests of its own"
NAMES = "both tables have STUDYID; here T.X says which is meant"
NOT_OURS: dict[str, str] = {
    "derive_vars_query.7": "GRPID is of R's type character; a look-up table has cells, and `2` is a number",
    "derive_var_extreme_date.0": RETIRED,
    "derive_var_extreme_date.2": RETIRED,
    "create_single_dose_dataset.3": "a name that does not end in DT; here dates are known by their type",
    "derive_summary_records.1": ARGUMENTS,
    "derive_param_extreme_record.0": RETIRED,
    "derive_merged.2": NAMES,
    "derive_merged.8": "relationship= of the call; here a join gives each record one row, which several may share",
    "derive_merged.18": RETIRED,
    "derive_vars_transposed.1": "prints an R object; no values are recorded",
    "period_dataset.2": ARGUMENTS,
    "period_dataset.5": ARGUMENTS,
    "derive_var_dthcaus.0": RETIRED,
}


@pytest.mark.skipif(not CASES, reason=ABSENT)
@pytest.mark.parametrize("name", [name for name in SAID if name not in DIFFERENT])
def test_recorded_records_are_made_by_spec_rows(tmp_path: Path, name: str) -> None:
    case, said = CASES[name], SAID[name]
    ran = run(case, said, tmp_path)
    if "columns" in case["expected"]:
        names = compared(case, said)
        assert found_rows(ran, names) == wanted_rows(case, said, names)
    ran.ledger()  # every row is accounted for, or this raises


@pytest.mark.skipif(not CASES, reason=ABSENT)
@pytest.mark.parametrize("name", FAULTS)
def test_what_is_refused_there_is_refused_here(tmp_path: Path, name: str) -> None:
    fault: Fault = FAULTS[name]
    with pytest.raises(ProblemError) as caught:
        run(CASES[name], fault.said, tmp_path)
    assert re.search(fault.message, "\n".join(map(str, caught.value.problems)))


@pytest.mark.skipif(not CASES, reason=ABSENT)
@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_on_purpose(tmp_path: Path, name: str) -> None:
    said: Said = SAID[name]
    assert found_rows(run(CASES[name], said, tmp_path), said.only) == DIFFERENT[name][0]


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_every_recorded_case_is_accounted_for() -> None:
    ours = {*SAID, *FAULTS}
    assert not ours & set(NOT_OURS) and not set(SAID) & set(FAULTS)
    assert ours | set(NOT_OURS) == set(CASES)
    groups: dict[str, Counter[str]] = {}
    for name in CASES:
        what = "not ours" if name in NOT_OURS else "differ" if name in DIFFERENT else "pass"
        groups.setdefault(name.rpartition(".")[0], Counter())[what] += 1
    groups["together"] = sum(groups.values(), Counter())
    print(f"\n{'':30}{'recorded':>9}{'apply':>7}{'pass':>6}{'differ':>8}{'not ours':>10}")
    for group, count in groups.items():
        apply = count["pass"] + count["differ"]
        print(f"{group:30}{count.total():9}{apply:7}{count['pass']:6}{count['differ']:8}{count['not ours']:10}")
    for name, reason in {**{name: f"differs: {why}" for name, (_, why) in DIFFERENT.items()}, **NOT_OURS}.items():
        print(f"  {name}: {reason}")
