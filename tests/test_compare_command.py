"""`build compare` as a command: exit codes, faults, files, keys from a specification."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from compare_data import Columns, Var, write_csv, write_xpt
from compare_planted import LB
from small_study import SDTM, study

from cli import main

AE: Columns = {
    "USUBJID": Var(["1", "1", "2"], length=2), "AEDECOD": Var(["Nausea", "Rash", "Rash"], length=8),
    "AESEV": Var(["MILD", "MILD", "SEVERE"], length=8),
}  # fmt: skip


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["compare", *map(str, arguments)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


def sides(folder: Path, base: Columns, other: Columns, name: str = "lb") -> tuple[Path, Path]:
    return write_xpt(folder / f"1/{name}.xpt", base), write_xpt(folder / f"2/{name}.xpt", other)


def test_exit_code_is_0_for_equal_and_1_for_different(tmp_path: Path) -> None:
    base, other = sides(tmp_path, LB, {**LB, "LBSTRESN": LB["LBSTRESN"].put(0, 11.0)})
    assert run(base, base)[0] == 0
    code, output = run(base, other)
    assert code == 1 and "DIFFERENT: 1 difference (exit code 1)." in output
    assert run(base, other, "-q") == (1, "")


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--by", "LBSEK"), "LBSEK is no variable of base and of compare; did you mean 'LBSEQ'?"),
        (("--by", "VS=LBSEQ"), "--by there is no dataset 'VS' among those compared"),
        (("--tolerance", "LBSTRESM=1"), "--tolerance 'LBSTRESM' is no variable of the datasets compared; did you mean"),
        (("--tolerance", "LBSTRESN"), "'LBSTRESN' is not NAME=NUMBER"),
        (("--tolerance", "LBSTRESN=1:percentage"), "is no method that takes a number; did you mean 'percent'?"),
        (("--criterion", "-1"), "--criterion '-1' is not a number from 0 upwards"),
        (("--method", "exact", "--criterion", "1"), "the method exact knows no criterion"),
        (("--only", "LBTEST"), "--only 'LBTEST' is no variable of the datasets compared"),
        (("--ignore", "lable"), "'lable' is no attribute; did you mean 'label'?"),
        (("--datasets", "VS"), "--datasets there is no dataset 'VS'"),
        (("--where", "LBSTRESN >"), "--where"),
        (("--where", "LBSTRESM > 1"), "unknown name 'LBSTRESM'"),
        (("--where", "LBSTRESN"), "is not a condition"),
        (("--as-of", "yesterday"), "--as-of 'yesterday' is no date"),
        (("--accepted", "nowhere.csv"), "nowhere.csv there is no such file"),
        (("--study", "nowhere"), "nowhere is no study folder"),
        (("--max", "-1"), "-1 is not in the range"),
        (("--method", "near"), "'near' is not one of"),
    ],
)
def test_what_cannot_be_compared_is_exit_code_2_with_a_message(
    tmp_path: Path, arguments: tuple[str, ...], fault: str
) -> None:
    base, other = sides(tmp_path, LB, LB)
    code, output = run(base, other, *arguments)
    assert code == 2 and fault in " ".join(output.split()), output


def test_paths_that_hold_nothing_are_faults(tmp_path: Path) -> None:
    base, _ = sides(tmp_path, LB, LB)
    (tmp_path / "empty").mkdir()
    assert run(base, tmp_path / "nothing.xpt") == (
        2, f"{tmp_path}/nothing.xpt there is no such file or folder\n1 fault; nothing was compared.\n"
    )  # fmt: skip
    code, output = run(base, tmp_path / "empty")
    assert code == 2 and "holds no datasets" in output
    code, output = run(tmp_path / "1", write_xpt(tmp_path / "3/vs.xpt", LB).parent)
    assert code == 2 and "has no dataset in common with" in output


def test_reports_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    base, other = sides(tmp_path, LB, LB)
    out = tmp_path / "reports"
    code, output = run(base, other, "--html", out / "c.html", "--json", out / "c.json", "--text", out / "c.txt")
    assert code == 0 and f"written: {out / 'c.html'}" in output
    assert sorted(path.name for path in out.iterdir()) == ["c.html", "c.json", "c.txt"]
    assert json.loads((out / "c.json").read_text())["exit_code"] == 0
    assert (out / "c.txt").read_text().splitlines()[-1] == "EQUAL: no difference was found (exit code 0)."


def test_key_is_that_of_the_specification(tmp_path: Path) -> None:
    folder = study(tmp_path / "study", SDTM, {})
    base, other = sides(tmp_path, AE, {**AE, "AESEV": AE["AESEV"].put(1, "SEVERE")}, "ae")
    code, output = run(base, other, "--study", folder)
    words = " ".join(output.split())
    assert code == 1 and "ID: USUBJID, AEDECOD; Key Variables of the specification (sdtm/Datasets.csv:3)." in words


def test_register_of_the_study_is_used(tmp_path: Path) -> None:
    folder = study(tmp_path / "study", SDTM, {})
    base, other = sides(tmp_path, AE, {**AE, "AESEV": AE["AESEV"].put(1, "SEVERE")}, "ae")
    write_csv(folder / "accepted.csv", "Dataset,Variable,Key or Condition,Reason,Who\nAE,AESEV,,agreed,AB\n")
    code, output = run(base, other, "--study", folder)
    assert code == 0 and "EQUAL: every difference is accepted (exit code 0)." in output


def test_key_of_a_specification_that_does_not_fit_is_said(tmp_path: Path) -> None:
    folder = study(tmp_path / "study", SDTM, {})
    without = {name: var for name, var in AE.items() if name != "AEDECOD"}
    base, other = sides(tmp_path, {**AE, "AESEQ": Var([1, 2, 3])}, {**without, "AESEQ": Var([1, 2, 3])}, "ae")
    code, output = run(base, other, "--study", folder)
    words = " ".join(output.split())
    assert code == 1 and "was not used: AEDECOD is not a variable of both" in words and "ID: AESEQ; found" in words


def test_key_given_for_every_dataset_gives_way_where_a_dataset_lacks_it(tmp_path: Path) -> None:
    for side in ("1", "2"):
        write_xpt(tmp_path / side / "ae.xpt", AE)
        write_xpt(tmp_path / side / "ta.xpt", {"ARMCD": Var(["A", "B"], length=2)})
    code, output = run(tmp_path / "1", tmp_path / "2", "--by", "USUBJID,AEDECOD", "--full")
    words = " ".join(output.split())
    assert code == 0 and "ID: USUBJID, AEDECOD; given with --by." in words
    assert "the key given with --by was not used: USUBJID, AEDECOD is not a variable of both" in words


def test_subset_leaves_datasets_out_that_lack_its_variables(tmp_path: Path) -> None:
    for side in ("1", "2"):
        write_xpt(tmp_path / side / "ae.xpt", AE)
        write_xpt(tmp_path / side / "ta.xpt", {"ARMCD": Var(["A", side], length=2)})
    code, output = run(tmp_path / "1", tmp_path / "2", "--where", "USUBJID == '1'", "--full")
    words = " ".join(output.split())
    assert code == 0 and "TA is left out: it has no USUBJID (--where)" in words
    assert "--where keeps 2 of 3 records of base and 2 of 3 of compare" in words


def test_file_beside_a_folder_is_compared_with_its_namesake(tmp_path: Path) -> None:
    base, _ = sides(tmp_path, LB, LB)
    write_xpt(tmp_path / "2/ae.xpt", AE)
    code, output = run(base, tmp_path / "2")
    assert code == 0 and "1 dataset in common: 1 equal." in output


def test_example_of_the_documentation_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[1] / "docs/compare.md").read_text(encoding="utf-8")
    base, other = re.findall(r"```csv\n(USUBJID,LBSEQ.*?)```", page, re.DOTALL)
    report = re.search(r"```text\n\$ build compare base.csv compare.csv --by USUBJID,LBSEQ\n(.*?)```", page, re.DOTALL)
    write_csv(tmp_path / "base.csv", base)
    write_csv(tmp_path / "compare.csv", other)
    monkeypatch.chdir(tmp_path)
    code, output = run("base.csv", "compare.csv", "--by", "USUBJID,LBSEQ")
    assert report is not None and output == report[1] and code == 1


def test_every_option_is_documented() -> None:
    page = (Path(__file__).parents[1] / "docs/compare.md").read_text(encoding="utf-8")
    options = [option for parameter in main.commands["compare"].params for option in parameter.opts]
    assert [option for option in options if option.startswith("--") and f"`{option}" not in page] == []


def test_help_teaches(tmp_path: Path) -> None:
    code, output = run("--help")
    assert code == 0 and "build compare production/adsl.xpt validation/adsl.sas7bdat" in output
    assert "Exit code 0: equal" in output
