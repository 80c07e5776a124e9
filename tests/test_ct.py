"""Controlled terminology: the packages we hold, hints, pairs of code and name, and what a new package changes."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest
from conftest import needs_shared
from small_study import SDTM, faults, sdtm

from formats import xpt
from qc.ct_diff import Difference, ct_diff
from specs import ct, packages
from specs.ct_files import read_package
from specs.model import Spec
from specs.pairs import check_pairs
from specs.problem import DataError, SpecError
from specs.read_csv import Faults
from specs.terminology import term_hint

CT = "SDTM 2025-03-28"
COLUMNS = (
    "codelist_code", "codelist", "codelist_name", "extensible", "term_code", "term", "preferred_term", "synonyms",
)  # fmt: skip
NCI = (
    "Code\tCodelist Code\tCodelist Extensible (Yes/No)\tCodelist Name\tCDISC Submission Value\tCDISC Synonym(s)\t"
    "CDISC Definition\tNCI Preferred Term\n"
)
Rows = list[dict[str, str]]


# --- the packages that we hold --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("package", "file"), [(CT, "sdtmct"), ("ADaM 2025-03-28", "adamct"), ("DEFINE-XML 2025-03-28", "define-xmlct")]
)
def test_every_term_is_held_as_published(package: str, file: str) -> None:
    path = needs_shared(f"standards/{file}-2025-03-28.csv")
    with path.open(encoding="utf-8", newline="") as stream:
        published = sorted(tuple(" ".join(row[name].split()) for name in COLUMNS) for row in csv.DictReader(stream))
    held = sorted(
        (found.code, found.id, found.name, str(found.extensible), *term)
        for found in packages.codelists(package)
        for term in found.terms
    )
    assert held == published


def test_packages_are_small_and_quick_to_load() -> None:
    assert sum(path.stat().st_size for path in packages.FOLDER.glob("*ct-*.csv.gz")) < 1_000_000
    for cached in (packages._codelists, packages._terms, packages.codelist):
        cached.cache_clear()
    start = time.process_time()
    assert packages.codelist("LBTESTCD", CT) is not None
    assert time.process_time() - start < 0.3


def test_packages_are_found_by_the_names_of_their_files(tmp_path: Path) -> None:
    for name in ("sdtmct-2026-03-27", "sdtmct-2025-09-26", "adamct-2025-09-26", "other-2025-09-26", "sdtmct"):
        (tmp_path / f"{name}.terms.csv.gz").touch()
    assert packages.held(tmp_path) == {
        "SDTM 2025-09-26": "sdtmct-2025-09-26",
        "SDTM 2026-03-27": "sdtmct-2026-03-27",
        "ADaM 2025-09-26": "adamct-2025-09-26",
    }


@pytest.mark.parametrize(("name", "extensible"), [("NY", False), ("OUT", False), ("UNIT", True), ("LBTESTCD", True)])
def test_closed_and_extensible_lists_are_told_apart(name: str, extensible: bool) -> None:
    found = packages.codelist(name, CT)
    assert found is not None and found.extensible is extensible


def test_synonym_names_its_term() -> None:
    unit = packages.codelist("UNIT", CT)
    assert unit is not None
    assert unit.meant("sec") == ("s",)
    assert unit.meant("SEC") == ("s",) and unit.meant("SEC", exactly=True) == ()
    assert unit.meant("furlong") == ()


@pytest.mark.parametrize(
    ("codes", "names"),
    [("LBTESTCD", "LBTEST"), ("TSPARMCD", "TSPARM"), ("ONCRTSCD", "ONCRTS"), ("TENMW1TC", "TENMW1TN"), ("UNIT", "")],
)
def test_list_of_names_of_a_list_of_codes(codes: str, names: str) -> None:
    found = packages.codelist(codes, CT)
    assert found is not None and packages.names_of(found) == names
    if names:
        partner = packages.codelist(names, CT)
        assert partner is not None and {t.code for t in partner.terms} == {t.code for t in found.terms}


# --- terms of a study -----------------------------------------------------------------------------------


def terms(*rows: str) -> dict[str, str | bytes]:
    return {"sdtm/Codelists.csv": "ID,Term,NCI Term Code,Decoded Value\n" + "".join(f"{row}\n" for row in rows)}


def test_term_outside_a_closed_list_names_the_term_it_is_a_synonym_of(tmp_path: Path) -> None:
    assert faults(tmp_path, terms("SEX,Male,,")) == [
        "sdtm/Codelists.csv:2 [Term] 'Male' is not in the published SEX (C66731), which may not be extended; "
        "'Male' is a published synonym of 'M'"
    ]


def test_misspelt_term_of_a_closed_list_names_the_nearest(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, terms("OUT,FATALL,,"))
    assert fault.endswith("which may not be extended; did you mean 'FATAL'?")


def test_extension_that_is_a_synonym_is_refused(tmp_path: Path) -> None:
    assert faults(tmp_path, terms("UNIT,s,,", "UNIT,sec,,")) == [
        "sdtm/Codelists.csv:3 [Term] 'sec' extends the published UNIT (C71620), but has its meaning there already; "
        "'sec' is a published synonym of 's': use that, or write none as its NCI Term Code if it is something else"
    ]


def test_extension_that_is_said_to_be_another_thing_is_kept(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, terms("UNIT,sec,none,"))
    assert [(term.term, term.nci_code) for term in spec.codelists["UNIT"].terms] == [("sec", "")]


def test_extension_of_the_sponsor(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, terms("UNIT,s,,", "UNIT,FURLONG,,"))
    assert [(t.term, t.nci_code) for t in spec.codelists["UNIT"].terms] == [("s", "C42535"), ("FURLONG", "")]


def test_code_of_another_term(tmp_path: Path) -> None:
    assert faults(tmp_path, terms("SEX,M,C16576,", "OUT,DEAD,C48275,")) == [
        "sdtm/Codelists.csv:2 [NCI Term Code] 'C16576' is not the code of 'M' in the published SEX (C66731); "
        "leave it blank, or write C20197",
        "sdtm/Codelists.csv:3 [Term] C48275 is 'FATAL' in the published OUT (C66768), not 'DEAD'; write 'FATAL'",
    ]


def test_decoded_value_that_is_not_the_published_name(tmp_path: Path) -> None:
    assert faults(tmp_path, terms("LBTESTCD,HGB,,Haemoglobin")) == [
        "sdtm/Codelists.csv:2 [Decoded Value] 'Haemoglobin' is not the published name of HGB; "
        "leave it blank, or write 'Hemoglobin'"
    ]


def test_hint_for_a_value_in_the_data(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, terms("UNIT,s,,", "UNIT,mg,,", "ARMCD,TA1,,"))
    unit = spec.codelists["UNIT"]
    assert term_hint(unit, "sec") == "'sec' is a published synonym of 's'"
    assert term_hint(unit, "kg") == "'kg' is a term of the published UNIT: add it to Codelists"
    assert term_hint(unit, "furlong") == ""
    assert term_hint(spec.codelists["ARMCD"], "TA2") == "did you mean 'TA1'?"


# --- code and name --------------------------------------------------------------------------------------

FINDINGS: dict[str, str | bytes] = {
    "sdtm/Datasets.csv": "Dataset\nLB\nFAAE\nTS\n",
    "sdtm/Variables.csv": (
        "Dataset,Variable\nLB,LBTESTCD\nLB,LBTEST\nFAAE,FATESTCD\nFAAE,FATEST\nTS,TSPARMCD\nTS,TSPARM\n"
    ),
}


def pair_faults(folder: Path, changes: dict[str, str | bytes]) -> list[str]:
    """What loading says of a specification with a fault, else what the check itself says."""
    found = Faults()
    try:
        check_pairs(small(folder, {**FINDINGS, **changes}), found)
    except SpecError as error:
        return [str(problem) for problem in error.problems]
    return [str(problem) for problem in found.problems]


def small(folder: Path, tables: dict[str, str | bytes]) -> Spec:
    from specs.load import load

    for name, content in {"study.toml": SDTM["study.toml"], **tables}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load(folder, "sdtm")


def rows_of_tests(*rows: str) -> dict[str, str | bytes]:
    return {"sdtm/Tests.csv": "Dataset,Block,Collected,Test Code,Test\n" + "".join(f"{row}\n" for row in rows)}


def test_pair_with_one_code_is_right(tmp_path: Path) -> None:
    assert pair_faults(tmp_path, rows_of_tests("LB,lb,HB,HGB,Hemoglobin", "LB,lb,GLU,GLUC,Glucose")) == []


def test_pair_of_the_sponsor_is_left_alone(tmp_path: Path) -> None:
    assert pair_faults(tmp_path, rows_of_tests("LB,lb,X,MYTEST,My Own Marker of the Sponsor")) == []


def test_name_of_another_code(tmp_path: Path) -> None:
    assert pair_faults(tmp_path, rows_of_tests("LB,lb,HB,HGB,Glucose")) == [
        "sdtm/Tests.csv:2 [Test] 'Glucose' is not the published name of HGB (C64848); "
        "the name of HGB is 'Hemoglobin', 'Glucose' is the name of GLUC"
    ]


def test_name_that_is_not_published(tmp_path: Path) -> None:
    assert pair_faults(tmp_path, rows_of_tests("LB,lb,HB,HGB,Haemoglobin")) == [
        "sdtm/Tests.csv:2 [Test] 'Haemoglobin' is not the published name of HGB (C64848); "
        "the name of HGB is 'Hemoglobin'"
    ]


def test_code_that_is_not_published(tmp_path: Path) -> None:
    assert pair_faults(tmp_path, rows_of_tests("LB,lb,HB,HB,Hemoglobin")) == [
        "sdtm/Tests.csv:2 [Test] 'HB' is not the published code of 'Hemoglobin' (C64848); "
        "'Hemoglobin' is the name of HGB"
    ]


def test_pair_that_mapping_rows_assign(tmp_path: Path) -> None:
    rules = "Variable,Order,Expression\nFATESTCD,1,'TOXGR'\nFATEST,1,'Severity'\nFATESTCD,,'SEV'\nFATEST,,{}\n"
    right = rules.format("'Severity/Intensity'").replace("'Severity'", "'Toxicity Grade'")
    assert pair_faults(tmp_path / "right", {"sdtm/mapping/FAAE.csv": right}) == []
    (fault,) = pair_faults(tmp_path, {"sdtm/mapping/FAAE.csv": rules.format("'Severity/Intensity'")})
    assert fault.startswith("sdtm/mapping/FAAE.csv:3 [Expression] 'Severity' is not the published name of TOXGR (")
    assert fault.endswith("the name of TOXGR is 'Toxicity Grade'")


def test_pair_of_a_list_whose_id_is_not_that_of_the_variable(tmp_path: Path) -> None:
    tables: dict[str, str | bytes] = {
        "sdtm/Datasets.csv": "Dataset\nRS\n",
        "sdtm/Variables.csv": "Dataset,Variable\nRS,RSTESTCD\nRS,RSTEST\n",
        **rows_of_tests("RS,rs,A,TRGRESP,Target Response", "RS,rs,B,OVRLRESP,Target Response"),
    }
    (fault,) = pair_faults(tmp_path, tables)
    assert fault.startswith("sdtm/Tests.csv:3 [Test] 'Target Response' is not the published name of OVRLRESP (")
    assert "the name of OVRLRESP is 'Overall Response', 'Target Response' is the name of TRGRESP" in fault


def test_pair_in_a_lookup_table(tmp_path: Path) -> None:
    table = "TSPARMCD,TSPARM,TSVAL\nAGEMIN,Planned Minimum Age of Subjects,P18Y\nAGEMAX,Planned Minimum Age,\n"
    (fault,) = pair_faults(tmp_path, {"sdtm/tables/summary.csv": table})
    place, _, message = fault.partition(" [TSPARM] ")
    assert place == "sdtm/tables/summary.csv"
    assert message.startswith("'Planned Minimum Age' is not the published name of AGEMAX (")
    assert message.endswith("the name of AGEMAX is 'Planned Maximum Age of Subjects'")


# --- files ----------------------------------------------------------------------------------------------


def published(*names: str) -> Rows:
    rows = []
    for name in names:
        found = packages.codelist(name, CT)
        assert found is not None
        head = (found.code, found.id, found.name, str(found.extensible))
        rows += [dict(zip(COLUMNS, (*head, *term))) for term in found.terms]
    return rows


def write(path: Path, rows: Rows) -> str:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


NY_TEXT = (
    NCI + 'C66742\t\tNo\tNo Yes Response\tNY\tNo Yes Response\tA "term" used.\tCDISC No Yes Response Terminology\n'
    'C49487\tC66742\t\tNo Yes Response\tN\tNo\t"The" non-affirmative response.\tNo\n'
    "C48660\tC66742\t\tNo Yes Response\tNA\tNA; Not Applicable\tNot applicable.\tNot Applicable\n"
    "C17998\tC66742\t\tNo Yes Response\tU\tU; UNK; Unknown\tNot known.\tUnknown\n"
    "C49488\tC66742\t\tNo Yes Response\tY\tYes\tThe affirmative response.\tYes\n"
)
NY_XML = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:nciodm="http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC">
 <Study OID="S"><MetaDataVersion OID="M" Name="SDTM">
  <CodeList OID="CL.C66742.NY" Name="No Yes Response" nciodm:ExtCodeID="C66742" nciodm:CodeListExtensible="No">
   <EnumeratedItem CodedValue="N" nciodm:ExtCodeID="C49487"><nciodm:CDISCSynonym>No</nciodm:CDISCSynonym>
    <nciodm:PreferredTerm>No</nciodm:PreferredTerm></EnumeratedItem>
   <EnumeratedItem CodedValue="NA" nciodm:ExtCodeID="C48660"><nciodm:CDISCSynonym>NA</nciodm:CDISCSynonym>
    <nciodm:CDISCSynonym>Not Applicable</nciodm:CDISCSynonym>
    <nciodm:PreferredTerm>Not Applicable</nciodm:PreferredTerm></EnumeratedItem>
   <EnumeratedItem CodedValue="U" nciodm:ExtCodeID="C17998"><nciodm:CDISCSynonym>U</nciodm:CDISCSynonym>
    <nciodm:CDISCSynonym>UNK</nciodm:CDISCSynonym><nciodm:CDISCSynonym>Unknown</nciodm:CDISCSynonym>
    <nciodm:PreferredTerm>Unknown</nciodm:PreferredTerm></EnumeratedItem>
   <EnumeratedItem CodedValue="Y" nciodm:ExtCodeID="C49488"><nciodm:CDISCSynonym>Yes</nciodm:CDISCSynonym>
    <nciodm:PreferredTerm>Yes</nciodm:PreferredTerm></EnumeratedItem>
   <nciodm:CDISCSubmissionValue>NY</nciodm:CDISCSubmissionValue>
  </CodeList>
 </MetaDataVersion></Study>
</ODM>
"""


@pytest.mark.parametrize(("name", "text"), [("ny.txt", NY_TEXT), ("ny.xml", NY_XML)])
def test_files_of_nci_say_what_the_table_says(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    table = read_package(write(tmp_path / "ny.csv", published("NY")))
    found = read_package(str(tmp_path / name))
    assert ct.compare(table, found) == ()
    assert list(found.codelists) == ["C66742"] and found.terms == 4


def package_faults(path: Path, content: str) -> list[str]:
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        read_package(str(path))
    return [str(problem).removeprefix(f"{path.parent}/") for problem in caught.value.problems]


def test_package_that_is_neither_held_nor_a_file() -> None:
    with pytest.raises(SpecError, match="neither a terminology package that we hold nor a file; did you mean 'SDTM 20"):
        read_package("SDTM 2025-3-28")


def test_table_of_something_else(tmp_path: Path) -> None:
    (fault,) = package_faults(tmp_path / "x.csv", "USUBJID,AGE\n1,2\n")
    assert fault.startswith("x.csv:1 has no column Code, Codelist Code, ")


def test_line_that_lost_a_cell(tmp_path: Path) -> None:
    (fault,) = package_faults(tmp_path / "x.txt", NY_TEXT.replace("\tYes\tThe affirm", "\tThe affirm"))
    assert fault == "x.txt:6 7 cells where the header has 8"


def test_terms_without_their_codelist(tmp_path: Path) -> None:
    (fault,) = package_faults(tmp_path / "x.txt", NY_TEXT.replace("C66742\t\tNo\t", "C1\t\tNo\t"))
    assert fault == "x.txt terms of C66742, which has no row of its own"


def test_term_that_contradicts_itself(tmp_path: Path) -> None:
    (fault,) = package_faults(tmp_path / "x.txt", NY_TEXT + "C49488\tC66742\t\tNo Yes Response\tYES\t\t\tYes\n")
    assert fault == "x.txt:7 C49488 stands in C66742 a second time, with another term or synonyms"


def test_list_that_does_not_say_whether_it_is_extensible(tmp_path: Path) -> None:
    (fault,) = package_faults(tmp_path / "x.xml", NY_XML.replace('nciodm:CodeListExtensible="No"', ""))
    assert fault == "x.xml:4 '' does not say whether C66742 may be extended; write Yes or No"


@pytest.mark.parametrize("text", ["<ODM>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "<a/>"])
def test_xml_that_is_no_package(tmp_path: Path, text: str) -> None:
    (fault,) = package_faults(tmp_path / "x.xml", text)
    assert fault.startswith("x.xml") and "passwd" not in fault and "root:" not in fault


# --- comparison -----------------------------------------------------------------------------------------


def changes(tmp_path: Path, rows: Rows, edit: Callable[[Rows], Rows]) -> list[tuple[str, str, str, str, str]]:
    old = read_package(write(tmp_path / "old.csv", rows))
    new = read_package(write(tmp_path / "new.csv", edit([dict(row) for row in rows])))
    return [(c.kind, c.codelist, c.term, c.old, c.new) for c in ct.compare(old, new)]


def edited(in_list: str, of_term: str, **cells: str) -> Callable[[Rows], Rows]:
    """The rows with cells of one term, or ("") of all rows of a codelist, replaced."""

    def edit(rows: Rows) -> Rows:
        for row in rows:
            if row["codelist"] == in_list and of_term in ("", row["term"]):
                row.update(cells)
        return rows

    return edit


def without(codelist: str, term: str = "") -> Callable[[Rows], Rows]:
    return lambda rows: [row for row in rows if row["codelist"] != codelist or term not in ("", row["term"])]


NEW_TERM = ("C66768", "OUT", "Outcome of Event", "False", "C999999", "WORSE", "Worse", "Worsened")


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda rows: rows[::-1], []),
        (edited("OUT", "FATAL", term="DEATH"), [("term renamed", "OUT", "FATAL", "FATAL", "DEATH")]),
        (edited("OUT", "FATAL", term_code="C1"), [("NCI code changed", "OUT", "FATAL", "C48275", "C1")]),
        (without("OUT", "FATAL"), [("term removed", "OUT", "FATAL", "FATAL", "")]),
        (lambda rows: [*rows, dict(zip(COLUMNS, NEW_TERM))], [("term added", "OUT", "WORSE", "", "WORSE")]),
        (edited("NY", "U", synonyms="Unknown;UNK;?"), [("synonyms changed", "NY", "U", "U", "?")]),
        (edited("NY", "U", preferred_term="Open"), [("preferred term changed", "NY", "U", "Unknown", "Open")]),
        (without("NY"), [("codelist removed", "NY", "", "NY (No Yes Response)", "")]),
        (edited("NY", "", codelist_name="Yes No"), [("codelist renamed", "NY", "", "No Yes Response", "Yes No")]),
        (edited("NY", "", codelist="YN"), [("codelist ID changed", "YN", "", "NY", "YN")]),
        (edited("FREQ", "", extensible="False"), [("codelist closed", "FREQ", "", "extensible", "not extensible")]),
        (edited("NY", "", extensible="True"), [("codelist made extensible", "NY", "", "not extensible", "extensible")]),
    ],
    ids=lambda value: value[0][0] if isinstance(value, list) and value else "",
)
def test_change(tmp_path: Path, edit: Callable[[Rows], Rows], expected: list[tuple[str, ...]]) -> None:
    assert changes(tmp_path, published("OUT", "NY", "FREQ"), edit) == expected


def test_codelist_added(tmp_path: Path) -> None:
    found = changes(tmp_path, published("OUT"), lambda rows: rows + published("NY"))
    assert found == [("codelist added", "NY", "", "", "NY (No Yes Response)")]


def test_package_does_not_differ_from_itself() -> None:
    assert ct.compare(read_package(CT), read_package(CT)) == ()


# --- what it touches in a study -------------------------------------------------------------------------

STUDY: dict[str, str | bytes] = {
    "sdtm/Datasets.csv": "Dataset\nAE\nEX\nDS\n",
    "sdtm/Variables.csv": ("Dataset,Variable,Codelist\nAE,AEOUT,\nAE,AESER,\nEX,EXDOSU,\nDS,DSCAT,\nDS,DSDECOD,none\n"),
    "sdtm/Codelists.csv": (
        "ID,NCI Codelist Code,Term\nOUT,C66768,FATAL\nOUT,,UNKNOWN\nUNIT,C71620,mg\nUNIT,,PUFF OF MINE\n"
        "NCOMPLT,C66727,COMPLETED\nNCOMPLT,,DEATH\n"
    ),
    "sdtm/Collected.csv": "Codelist,Term,Collected Value\nOUT,FATAL,5\nOUT,UNKNOWN,6\n",
    "sdtm/ValueLevel.csv": "Dataset,Variable,Where Clause,Codelist\nDS,DSDECOD,DSCAT EQ 'DISPOSITION EVENT',NCOMPLT\n",
    "sdtm/mapping/AE.csv": "Variable,Where,Expression\nAESER,AEOUT == 'FATAL',flag(AEOUT == 'UNKNOWN')\n",
    "sdtm/mapping/EX.csv": "Variable,Expression\nEXDOSU,'mg' if X == '1' else 'PUFF OF MINE'\n",
}
DATA = {
    "ae": {"AEOUT": ["FATAL", "UNKNOWN", "FATAL", None], "AESER": ["Y", "N", "Y", "N"]},
    "ex": {"EXDOSU": ["mg", "PUFF OF MINE", "mg"]},
    "ds": {
        "DSCAT": ["DISPOSITION EVENT", "DISPOSITION EVENT", "PROTOCOL MILESTONE"],
        "DSDECOD": ["DEATH", "COMPLETED", "DEATH"],
    },
}
LISTS = ("OUT", "NY", "UNIT", "NCOMPLT", "FREQ", "DSCAT")


def in_study(tmp_path: Path, edit: Callable[[Rows], Rows], built: bool = True) -> Difference:
    spec = small(tmp_path / "study", STUDY)
    folder = tmp_path / "out" / "sdtm"
    folder.mkdir(parents=True)
    for name, columns in DATA.items() if built else ():
        frame = pd.DataFrame(columns, dtype=object)
        xpt.write_frame(folder / f"{name}.xpt", frame, dataset=name.upper(), created=datetime(2026, 1, 5))
    rows = published(*LISTS)
    old = write(tmp_path / "old.csv", rows)
    new = write(tmp_path / "new.csv", edit([dict(row) for row in rows]))
    return ct_diff(old, new, [spec], tmp_path / "out", tmp_path / "diff.csv")


def touches(found: Difference) -> list[tuple[str, str, int]]:
    """Place of the specification or variable, value, records."""
    return [
        (f"{t.use.dataset}.{t.use.variable}" if t.use.dataset else str(t.use.place), t.use.value, t.use.records)
        for t in found.touches
    ]


FATAL = [
    ("sdtm/Codelists.csv:2 [Term]", "FATAL", 0),
    ("sdtm/Collected.csv:2 [Term]", "FATAL", 0),
    ("sdtm/mapping/AE.csv:2 [Where]", "FATAL", 0),
    ("AE.AEOUT", "FATAL", 2),
]


def test_renamed_term_is_found_in_tables_rules_and_records(tmp_path: Path) -> None:
    found = in_study(tmp_path, edited("OUT", "FATAL", term="DEATH"))
    assert found.touched and touches(found) == FATAL


def test_removed_term_that_the_data_hold(tmp_path: Path) -> None:
    assert touches(in_study(tmp_path, without("OUT", "FATAL"))) == FATAL


def test_list_that_became_closed_touches_the_terms_of_the_sponsor(tmp_path: Path) -> None:
    assert touches(in_study(tmp_path, edited("UNIT", "", extensible="False"))) == [
        ("sdtm/Codelists.csv:5 [Term]", "PUFF OF MINE", 0),
        ("sdtm/mapping/EX.csv:2 [Expression]", "PUFF OF MINE", 0),
        ("EX.EXDOSU", "PUFF OF MINE", 1),
    ]


def test_term_of_the_sponsor_that_was_published(tmp_path: Path) -> None:
    unit = ("C71620", "UNIT", "Unit", "True", "C999999", "PUFF OF MINE", "Puff", "")
    found = in_study(tmp_path, lambda rows: [*rows, dict(zip(COLUMNS, unit))])
    assert [place for place, _, _ in touches(found)][-1] == "EX.EXDOSU"
    assert {touch.change.kind for touch in found.touches} == {"term added"}


def test_term_of_the_sponsor_that_became_a_synonym(tmp_path: Path) -> None:
    found = in_study(tmp_path, edited("UNIT", "mg", synonyms="PUFF OF MINE"))
    assert {value for _, value, _ in touches(found)} == {"PUFF OF MINE"}


def test_value_level_codelist_counts_its_records_only(tmp_path: Path) -> None:
    assert touches(in_study(tmp_path, without("NCOMPLT", "DEATH"))) == [
        ("sdtm/Codelists.csv:7 [Term]", "DEATH", 0),
        ("DS.DSDECOD", "DEATH", 1),
    ]


def test_list_that_is_taken_over_whole_is_placed_at_its_variable(tmp_path: Path) -> None:
    assert touches(in_study(tmp_path, edited("NY", "", codelist_name="Yes No"))) == [
        ("sdtm/Variables.csv:3 [Codelist]", "", 0)
    ]


def test_flag_of_a_rule_counts_as_its_value(tmp_path: Path) -> None:
    assert touches(in_study(tmp_path, edited("NY", "Y", term="YES"))) == [
        ("sdtm/mapping/AE.csv:2 [Expression]", "Y", 0),
        ("AE.AESER", "Y", 2),
    ]


@pytest.mark.parametrize(
    "edit",
    [
        without("FREQ"),
        without("OUT", "RECOVERED/RESOLVED"),
        edited("OUT", "", extensible="True"),
        edited("OUT", "FATAL", preferred_term="Death"),
        edited("OUT", "FATAL", synonyms="Died"),
    ],
    ids=["list not used", "term not used", "made extensible", "preferred term", "synonyms"],
)
def test_change_that_touches_nothing(tmp_path: Path, edit: Callable[[Rows], Rows]) -> None:
    found = in_study(tmp_path, edit)
    assert len(found.changes) == 1 and not found.touched
    assert "Nothing of this touches S1." in found.lines()


def test_text_of_the_comparison(tmp_path: Path) -> None:
    found = in_study(tmp_path, edited("OUT", "FATAL", term="DEATH"))
    lines = found.lines()
    assert lines[2] == "     1  term renamed"
    assert "term renamed  OUT (C66768)  FATAL (C48275)  FATAL  DEATH" in lines
    assert lines[-1] == "term renamed  OUT       FATAL  DEATH  2        AE.AEOUT"


def test_changes_of_other_lists_are_counted_not_hidden(tmp_path: Path) -> None:
    found = in_study(tmp_path, without("FREQ"))
    assert "1 changes are of codelists that S1 does not use; --csv FILE lists them." in found.lines()
    assert "codelist removed,C71113,FREQ" in (tmp_path / "diff.csv").read_text()


def test_table_has_a_row_per_place(tmp_path: Path) -> None:
    in_study(tmp_path, edited("OUT", "FATAL", term="DEATH"))
    table = pd.read_csv(tmp_path / "diff.csv", dtype=str, keep_default_na=False)
    assert len(table) == 4 and set(table["Change"]) == {"term renamed"}
    last = table.iloc[-1]
    assert (last["Dataset"], last["Variable"], last["Value"], last["Records"]) == ("AE", "AEOUT", "FATAL", "2")


def test_study_without_built_data_says_so(tmp_path: Path) -> None:
    found = in_study(tmp_path, edited("OUT", "FATAL", term="DEATH"), built=False)
    assert touches(found) == FATAL[:3]
    assert found.lines()[-1] == f"No sdtm datasets in {tmp_path}/out/sdtm: only the specification was looked at."


def test_file_that_is_no_transport_file(tmp_path: Path) -> None:
    spec = small(tmp_path / "study", STUDY)
    (tmp_path / "out" / "sdtm").mkdir(parents=True)
    (tmp_path / "out" / "sdtm" / "ae.xpt").write_bytes(b"no transport file")
    with pytest.raises(DataError, match=r"ae\.xpt"):
        ct_diff(CT, CT, [spec], tmp_path / "out")


def test_constant_of_variables_is_found_in_its_cell(tmp_path: Path) -> None:
    tables: dict[str, str | bytes] = {
        "sdtm/Datasets.csv": "Dataset\nAE\n",
        "sdtm/Variables.csv": "Dataset,Variable,Assigned Value\nAE,AEOUT,FATAL\n",
    }
    rows = published("OUT")
    old = write(tmp_path / "old.csv", rows)
    new = write(tmp_path / "new.csv", without("OUT", "FATAL")(rows))
    found = ct_diff(old, new, [small(tmp_path / "study", tables)])
    assert touches(found) == [("sdtm/Variables.csv:2 [Assigned Value]", "FATAL", 0)]


def test_control_characters_of_a_file_do_not_reach_the_screen(tmp_path: Path) -> None:
    old = write(tmp_path / "old.csv", published("NY"))
    new = write(tmp_path / "new.csv", edited("NY", "", codelist_name="\x1b[2JYes No")(published("NY")))
    assert ct_diff(old, new).lines()[-1].endswith("No Yes Response  \\x1b[2JYes No")


def test_packages_alone(tmp_path: Path) -> None:
    old = write(tmp_path / "old.csv", published("OUT", "NY"))
    found = ct_diff(old, write(tmp_path / "new.csv", published("OUT")))
    assert not found.touched
    assert found.lines()[-1] == "codelist removed  NY (C66742)        NY (No Yes Response)"
    assert ct_diff(old, old).lines()[-1] == "no change"


def test_table_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="its folder is not there"):
        ct_diff(CT, CT, csv=tmp_path / "none" / "diff.csv")
