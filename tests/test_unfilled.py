"""A variable that is listed and that no rule fills is said, by `build check` and as an issue."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from click.testing import CliRunner

from cli import main

TINY = Path(__file__).parent / "tiny_study"


def test_listed_variable_without_a_rule_is_said_with_its_place(tmp_path: Path) -> None:
    study = Path(shutil.copytree(TINY, tmp_path / "study"))
    table = study / "sdtm" / "Variables.csv"
    lines = table.read_text(encoding="utf-8").splitlines()
    names = lines[0].split(",")
    cells = dict.fromkeys(names, "") | {"Dataset": "AE", "Variable": "AEMODIFY"}
    lines.append(",".join(cells[name] for name in names))
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = CliRunner().invoke(main, ["check", str(study)])
    assert found.exit_code == 0
    assert f"sdtm/Variables.csv:{len(lines)} [Variable] AE.AEMODIFY is listed, but no rule fills it" in found.output
    built = CliRunner().invoke(main, ["sdtm", str(study), "--out", str(tmp_path / "out")])
    assert built.exit_code == 0, built.output
    with (tmp_path / "out" / "qc" / "issues.csv").open(encoding="utf-8", newline="") as stream:
        issues = [(row["Kind"], row["Dataset"], row["Variable"]) for row in csv.DictReader(stream)]
    assert ("unfilled", "AE", "AEMODIFY") in issues


def test_the_value_none_says_that_a_column_is_meant_to_be_empty() -> None:
    """DM.ACTARMUD of the reference study has the rule None and is no finding."""
    assert "ACTARMUD" not in CliRunner().invoke(main, ["check"]).output
