"""`build explain` as a command: what it says of a value, exit codes, mistakes of a user, the page."""

from __future__ import annotations

import csv
import re
import shlex
import shutil
from pathlib import Path

import pyreadstat
import pytest
from click.testing import CliRunner
from impact_changes import with_change
from lxml import html

from cli import main
from cli_explain import EXPLAIN_HELP

FIRST = "USUBJID == 'NCT06178146-01-0001'"


@pytest.fixture(scope="module")
def built(study_build: Path) -> tuple[str, ...]:
    return "--out", str(study_build), "--raw", str(study_build.parent / "raw")


def run(*arguments: object) -> tuple[int, str]:
    found = CliRunner().invoke(main, ["explain", *map(str, arguments)])
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found.exit_code, found.output


def raw_line(folder: str, table: str, **wanted: str) -> int:
    """The line of the first row of a raw table with some values, counted from the header as line 1."""
    with (Path(folder) / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return next(line for line, row in enumerate(rows, 2) if all(row[name] == text for name, text in wanted.items()))


# --- what it says ---------------------------------------------------------------------------------------


def test_a_date_goes_down_to_the_cells_of_its_parts(built: tuple[str, ...]) -> None:
    code, output = run("ADSL.RANDDT", "--where", FIRST, *built)
    line = raw_line(built[3], "raw_rand", SUBJECT="0001")
    assert code == 0
    for part, expected in (("YY", "2024"), ("MM", "07"), ("DD", "07")):
        assert f"raw_rand.RAND_{part} = '{expected}'   [raw_rand.csv line {line}, column RAND_{part}" in output
    assert "ADSL.RANDDT = 23564 (2024-07-07)   [adam/mapping/ADSL.csv:25]" in output  # days from 1960-01-01
    assert "  = date(RAND.DSSTDTC)" in output


def test_a_condition_that_decided_is_named_with_the_values_it_asked_about(built: tuple[str, ...]) -> None:
    _, output = run("SUPPAE.QVAL", "--where", f"{FIRST} and QNAM == 'AEBLGR'", *built)
    assert "because AECAT == 'TARGET IRAE' is true   AE.AECAT (AESEQ 1) is 'TARGET IRAE'" in output


def test_a_flag_of_the_last_record_names_the_ones_it_was_chosen_from(built: tuple[str, ...]) -> None:
    records, _ = pyreadstat.read_xport(str(Path(built[1]) / "sdtm" / "lb.xpt"))
    first = pyreadstat.read_xport(str(Path(built[1]) / "sdtm" / "dm.xpt"))[0].set_index("USUBJID")["RFXSTDTC"]
    records["day"] = records["LBDTC"].str.slice(0, 10)
    counted = records[(records["LBSTRESC"] != "") & (records["day"] <= records["USUBJID"].map(first))]
    group = next(rows for _, rows in counted.groupby(["USUBJID", "LBTESTCD"]) if rows["LBDTC"].nunique() > 1)
    last, before = (int(number) for number in group.sort_values(["LBDTC", "VISITNUM", "LBSEQ"])["LBSEQ"].iloc[[-1, -2]])
    where = f"USUBJID == '{group['USUBJID'].iloc[0]}' and LBSEQ == "
    _, output = run("LB.LBLOBXFL", "--where", f"{where}{last}", *built)
    dated = group.set_index("LBSEQ")["LBDTC"]
    assert f"    LB LBSEQ {last} (this record)   LB.LBDTC '{dated[last]}'" in output
    assert f"    not LB LBSEQ {before}   LB.LBDTC '{dated[before]}'" in output
    _, output = run("LB.LBLOBXFL", "--where", f"{where}{before}", *built)
    assert f"    LB LBSEQ {last} (last)   LB.LBDTC '{dated[last]}'" in output
    assert f"    LB LBSEQ {before} (this record)   LB.LBDTC '{dated[before]}'" in output


def test_a_step_of_events_says_of_how_many_rows_it_took_one(built: tuple[str, ...]) -> None:
    events, _ = pyreadstat.read_xport(str(Path(built[1]) / "adam" / "adirae.xpt"))
    subject = "NCT06178146-01-0001"
    _, output = run("ADTTE.AVAL", "--where", f"USUBJID == '{subject}' and PARAMCD == 'TTG1E'", *built)
    taken = re.search(r"    step 1: the earliest of \d+ of (\d+) rows of ADIRAE", output)
    assert taken is not None
    assert int(taken[1]) == (events["USUBJID"] == subject).sum()


def test_a_whole_record_is_a_line_for_each_variable(built: tuple[str, ...]) -> None:
    code, output = run("DM", "--where", FIRST, *built)
    lines = [line for line in output.splitlines() if line.startswith("DM.")]
    assert code == 0 and "DM.SEX = " in output
    assert all(re.match(r"DM\.[A-Z0-9]+ = ", line) for line in lines[:-1])
    assert lines[-1].startswith("DM.VARIABLE explains one of them")


def test_depth_says_how_many_values_deep(built: tuple[str, ...]) -> None:
    one, two, whole = (run("ADSL.RANDDT", "--where", FIRST, *depth, *built)[1].count("\n")
                       for depth in (("--depth", 1), ("--depth", 2), ()))  # fmt: skip
    assert one < two < whole


def test_a_variable_that_no_file_holds_is_explained(built: tuple[str, ...]) -> None:
    for target, record in (("ADCM._DOSEMG", "CMSEQ == 1"), ("AE.AEBLGR", "AESEQ == 1")):
        code, output = run(target, "--where", f"{FIRST} and {record}", *built)
        assert code == 0 and f"{target} (" in output and "NOT AS BUILT" not in output


def test_small_letters_and_a_record_without_where(built: tuple[str, ...], tmp_path: Path) -> None:
    code, output = run("adsl.sex", "--where", FIRST, *built)
    assert code == 0 and "ADSL.SEX = " in output


def test_data_that_changed_since_the_build_are_named_with_both_values(built: tuple[str, ...], tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    line = raw_line(built[3], "raw_ae", SUBJECT="0001", AETERM_EN="Itchy skin")
    with_change(Path(built[3]), raw, "raw_ae", "AETERM_EN", line - 1, "Dry skin")
    code, output = run("AE.AETERM", "--where", f"{FIRST} and AESEQ == 2", *built[:2], "--raw", raw)
    assert code == 0
    assert "NOT AS BUILT: AETERM: the file holds 'Itchy skin', now it would be 'Dry skin'" in output
    assert "the raw data changed since the build: raw_ae.csv" in output


def test_a_record_that_the_data_no_longer_give_is_said_to_be_gone(built: tuple[str, ...], tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    line = raw_line(built[3], "raw_rand", SUBJECT="0001")
    with_change(Path(built[3]), raw, "raw_rand", "RAND_DD", line - 1, "08")
    where = f"{FIRST} and DSDECOD == 'RANDOMIZED'"
    code, output = run("DS.DSSTDTC", "--where", where, *built[:2], "--raw", raw)
    assert code == 0 and "no longer give a record with these keys: they changed since the build" in output
    code, output = run("ADSL.RANDDT", "--where", FIRST, *built[:2], "--raw", raw)
    assert code == 0 and "the specification and the raw data no longer give this record" in output


# --- mistakes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("ADTE.AVAL",), "ADTE is no dataset of the study; did you mean 'ADTTE'?"),
        (("ADTTE.AVL", "--where", FIRST), "ADTTE has no variable 'AVL'; did you mean 'AVAL'?"),
        (("ADSL._NOSUCHTHING", "--where", FIRST), "ADSL has no variable '_NOSUCHTHING'"),
        (("_CSDAY.DOSE",), "_CSDAY is a working dataset, which no file holds; explain a value that is made from it"),
        (("raw_dm.SEX",), "is a table that the study reads; build impact raw_dm.COLUMN says what is made from it"),
        (("ADSL.SEX", "--where", "USUBJID == '1'"), "no record of ADSL meets \"USUBJID == '1'\"; records look like"),
        (("ADSL.SEX", "--where", "SUBJ == '1'"), "--where SUBJ is no variable of the dataset; did you mean"),
        (("ADSL.SEX", "--where", "SUBJID ="), "--where"),
        (("ADSL.SEX", "--where", "SUBJID"), "--where"),
        (("ADSL.SEX", "--where", "__import__('os')"), "--where"),
        (("ADTTE", "--where", FIRST), "records of ADTTE meet"),
        (("ADSL.SEX",), "records, one at a time is explained; add USUBJID to --where"),
    ],
)  # fmt: skip
def test_mistakes_are_messages_with_exit_code_1(
    built: tuple[str, ...], arguments: tuple[str, ...], fault: str
) -> None:
    code, output = run(*arguments, *built)
    assert code == 1 and fault in output and "1 fault; nothing was explained." in output, output


def test_several_records_are_listed_as_conditions_that_find_one(built: tuple[str, ...]) -> None:
    _, output = run("ADTTE.AVAL", "--where", FIRST, *built)
    assert "add PARAMCD or ASEQ to --where:" in output
    conditions = [line.strip() for line in output.splitlines() if line.startswith("  USUBJID")]
    assert len(conditions) > 1
    code, output = run("ADTTE.AVAL", "--where", conditions[1], *built)
    assert code == 0, output


@pytest.mark.parametrize("arguments", [(), ("ADSL.SEX", "--depth", "0"), ("ADSL.SEX", "--set", "HORIZON")])
def test_wrong_usage_is_exit_code_2(built: tuple[str, ...], arguments: tuple[str, ...]) -> None:
    assert run(*arguments, *(built if arguments else ()))[0] == 2


def test_a_study_that_was_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    code, output = run("ADSL.SEX", "--where", FIRST, "--out", tmp_path)
    assert code == 1 and "holds no datasets; run: build adam" in output


def test_a_file_that_is_no_transport_file_is_a_fault(built: tuple[str, ...], tmp_path: Path) -> None:
    shutil.copytree(built[1], tmp_path / "out")
    (tmp_path / "out/adam/adsl.xpt").write_bytes(b"not a transport file" * 40)
    code, output = run("ADSL.SEX", "--where", FIRST, "--out", tmp_path / "out", *built[2:])
    assert code == 1 and "adsl.xpt" in output and "run: build adam" in output


# --- the page -------------------------------------------------------------------------------------------


def test_the_page_stands_alone_and_its_links_lead_somewhere(built: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "why.html"
    code, output = run("ADSL.RANDDT", "--where", FIRST, "--html", path, *built)
    assert code == 0 and f"written: {path}" in output
    text = path.read_text(encoding="utf-8")
    tree = html.fromstring(text)
    anchors = tree.xpath("//@id")
    assert len(anchors) == len(set(anchors))
    links = tree.xpath("//a/@href")
    assert all(link.startswith("#") and link[1:] in anchors for link in links)
    assert not re.search(r"(src|href)=\"(?!#)", text)
    cells = [" ".join(one.text_content().split()) for one in tree.xpath("//*[contains(@class, 'leaf raw')]")]
    line = raw_line(built[3], "raw_rand", SUBJECT="0001")
    assert any(f"raw_rand.RAND_YY = '2024' [raw_rand.csv line {line}, column RAND_YY" in cell for cell in cells)


def test_what_flows_into_the_value_is_explained_in_its_place(built: tuple[str, ...], tmp_path: Path) -> None:
    """STARTDT decides the event, too; the page explains it where it flows into AVAL, and there only."""
    path = tmp_path / "why.html"
    run("ADTTE.AVAL", "--where", f"{FIRST} and PARAMCD == 'TTG1E'", "--html", path, *built)
    tree = html.fromstring(path.read_text(encoding="utf-8"))
    (root,) = tree.xpath("//main/details[1]")
    parts = root.xpath("./div/*[self::details or self::div]")
    assert [part.xpath(".//code")[0].text.partition(" ")[0] for part in parts] == ["ADTTE.ADT", "ADTTE.STARTDT"]
    assert all(part.tag == "details" and not part.xpath("./summary/a") for part in parts)


def test_texts_of_the_data_are_escaped(built: tuple[str, ...], tmp_path: Path) -> None:
    raw, line = tmp_path / "raw", raw_line(built[3], "raw_ae", SUBJECT="0001")
    with_change(Path(built[3]), raw, "raw_ae", "AETERM_EN", line - 1, "<script>alert(1)</script>")
    path = tmp_path / "why.html"
    code, _ = run("AE.AETERM", "--where", f"{FIRST} and AESEQ == 1", "--html", path, *built[:2], "--raw", raw)
    text = path.read_text(encoding="utf-8")
    assert code == 0 and "alert(1)" in text and "<script>alert" not in text


# --- help -----------------------------------------------------------------------------------------------


EXAMPLES = re.findall(r'build explain (\S+) --where "(USUBJID[^"]+|SUBJID == \'0001\')"', EXPLAIN_HELP)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_help_run(built: tuple[str, ...], example: tuple[str, str]) -> None:
    code, output = run(example[0], "--where", example[1], *built)
    assert code == 0, output


PAGE = (Path(__file__).parents[1] / "docs/explain.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```text\n\$ build (explain|impact) ([^\n]+)\n(.*?)\n```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("command", "options", "output"), SHOWN, ids=[options for _, options, _ in SHOWN])
def test_the_page_shows_what_the_command_says(
    built: tuple[str, ...], command: str, options: str, output: str
) -> None:
    found = CliRunner().invoke(main, [command, *shlex.split(options), *built])
    assert found.output.rstrip() == output
