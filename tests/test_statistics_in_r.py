"""Statistics against R: values frozen with the commands that made them, and made again where R is at hand."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess

import pytest
from statistic_cases import DATA, found, rows

CASES: dict[tuple[str, str, str], dict[str, list[float]]] = {}
for row in rows("statistics_in_r.csv"):
    case = CASES.setdefault((row["statistic"], row["data"], row["options"]), {})
    case.setdefault(row["name"], []).append(float(row["value"]))
PACKAGES = "coin e1071 exactRankTests metafor survey vcdExtra"


@pytest.mark.parametrize("statistic", sorted({statistic for statistic, _, _ in CASES}))
def test_values_equal_those_of_r(statistic: str) -> None:
    """To 1e-8, relative or absolute."""
    wrong = []
    for (name, data, options), expected in CASES.items():
        if name != statistic:
            continue
        values = found(name, data, options)
        for value, numbers in expected.items():
            for number in numbers:
                if values[value].value != pytest.approx(number, rel=1e-8, abs=1e-10):
                    wrong.append((data, options, value, values[value].value, number))
    assert not wrong


def test_r_still_gives_these_values() -> None:
    script = shutil.which("Rscript")
    if script is None:
        pytest.skip("R is not installed")
    wanted = f"q(status = any(!sapply(strsplit('{PACKAGES}', ' ')[[1]], requireNamespace, quietly = TRUE)))"
    if subprocess.run([script, "-e", wanted], capture_output=True, check=False).returncode:
        pytest.skip(f"not all of R's packages {PACKAGES} are installed")
    done = subprocess.run([script, str(DATA / "statistics_in_r.R")], capture_output=True, text=True, check=True)
    again = list(csv.DictReader(io.StringIO(done.stdout)))
    frozen = rows("statistics_in_r.csv")
    assert [list(row.values())[:4] for row in again] == [list(row.values())[:4] for row in frozen]
    for new, old in zip(again, frozen):
        assert float(new["value"]) == pytest.approx(float(old["value"]), rel=1e-9, abs=1e-12), old
