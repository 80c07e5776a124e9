"""A text with which a rule compares a variable, and which it cannot have, is found before any data are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import SDTM, TOML, faults, write

from language.tree import TEXT
from sdtm.build import check
from specs.check import compile_stage
from specs.codelists_in_use import unused_lists
from specs.comparisons import comparison_faults, comparison_notices
from specs.compiled import CompiledStage, InputTable
from specs.load import load

LISTS = (
    "ID,Name,NCI Codelist Code,Data Type,Order,Term\nOWN,Own list,,text,1,HIGH\nOWN,,,,2,LOW\n"
    "UNIT,,C71620,,1,mg\nND,,C66789,,1,NOT DONE\n"
)
VARIABLES = (
    "Dataset,Variable,Label,Data Type,Mandatory,Codelist\nZZ,USUBJID,Unique Subject Identifier,text,No,\n"
    "ZZ,ZZRES,Result,text,No,OWN\nZZ,ZZUNIT,Unit,text,No,UNIT\nZZ,ZZFL,Flag,text,No,none\n"
)
RULES = "Variable,Where,Expression\nZZRES,,X\nZZUNIT,,X\n"


def stage(folder: Path, rules: str = "", **more: str) -> CompiledStage:
    files = {
        "raw/a.csv": "SUBJ,X\n1,HIGH\n",
        "sdtm/Codelists.csv": LISTS,
        "sdtm/Variables.csv": VARIABLES,
        "sdtm/mapping/ZZ.csv": RULES + rules,
    }
    files |= {f"sdtm/{name}.csv": text for name, text in more.items()}
    return check(load(write(folder, {**SDTM, **files}), "sdtm"), folder / "raw")


SAID = "'HIHG', with which ZZ.ZZRES is compared, is no term of its codelist OWN; did you mean 'HIGH'?"


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ("ZZFL,ZZRES == 'HIHG','Y'\n", "[Where]"),
        ("ZZFL,'HIHG' != ZZRES,'Y'\n", "[Where]"),
        ("ZZFL,\"ZZRES in ('LOW', 'HIHG')\",'Y'\n", "[Where]"),
        ("ZZFL,,'Y' if not (X == '1' and ZZRES == 'HIHG') else None\n", "[Expression]"),
        ("ZZFL,,\"'Y' if count(ZZ, where=ZZ.ZZRES == 'HIHG') > 0 else None\"\n", "[Expression]"),
        ("ZZFL,,\"'Y' if count(where=ZZRES == 'HIHG') > 0 else None\"\n", "[Expression]"),
    ],
)
def test_comparison_with_no_term_of_a_closed_list_is_a_fault(tmp_path: Path, rule: str, place: str) -> None:
    found = faults(tmp_path, lambda: stage(tmp_path, rule))
    assert found == [f"sdtm/mapping/ZZ.csv:4 {place} {SAID}"]


def test_comparison_in_a_join_and_in_a_check_names_its_cell(tmp_path: Path) -> None:
    joins = "Dataset,Name,From,Where\nZZ,J,ZZ,ZZ.ZZRES == 'HIHG' and ZZ.ZZUNIT == 'mg'\n"
    checks = (
        "Rule,Dataset,Where,Condition,Message,Action\nC1,ZZ,ZZRES == 'HIHG',ZZUNIT == 'mg',m,issue\n"
        "C2,ZZ,,ZZRES != 'HIHG',m,issue\n"
    )
    found = faults(tmp_path, lambda: stage(tmp_path, "ZZFL,,'Y' if exists(J) else None\n", Joins=joins, Checks=checks))
    assert found == [
        f"sdtm/Checks.csv:2 [Where] {SAID}",
        f"sdtm/Checks.csv:3 [Condition] {SAID}",
        f"sdtm/Joins.csv:2 [Where] {SAID}",
    ]


def test_criteria_of_the_study_are_looked_at(tmp_path: Path) -> None:
    criteria = "Criteria,Order,Where,Value\nS,1,ZZRES == 'HIHG','Y'\n"
    found = faults(tmp_path, lambda: stage(tmp_path, "ZZFL,,criteria('S')\n", Criteria=criteria))
    assert found == [f"sdtm/mapping/ZZ.csv:4 [Expression] {SAID}"]


def test_terms_raw_values_and_variables_without_a_list_are_no_faults(tmp_path: Path) -> None:
    rules = "ZZFL,ZZRES == 'LOW' or X == 'none','Y'\nZZFL,ZZUNIT == 'mg' and ZZRES != 'HIGH','N'\n_A,,ZZFL\n"
    checks = "Rule,Dataset,Condition,Message,Action\nC1,ZZ,ZZFL != 'Q',m,issue\n"
    found = stage(tmp_path, rules, Checks=checks)
    assert comparison_notices(found) == comparison_faults(found) == []


def test_variable_of_sdtm_is_bound_by_its_codelist_in_adam_too(tmp_path: Path) -> None:
    made_by = stage(tmp_path).spec
    tables = {
        "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nADSL,,,,USUBJID\n",
        "adam/Variables.csv": "Dataset,Variable,Label,Data Type\nADSL,USUBJID,,\nADSL,ZFL,Flag,text\n",
        "adam/Sources.csv": "Dataset,Block,From,Where,One Per,Pick\nADSL,S,ZZ,ZZ.ZZRES == 'HIHG',USUBJID,distinct\n",
        "adam/Joins.csv": "Dataset,Name,From,Where\nADSL,J,ZZ,ZZ.ZZRES == 'HIGH'\n",
        "adam/mapping/ADSL.csv": "Variable,Expression\nZFL,'Y' if J.ZZRES == 'LOWW' else None\n",
    }
    spec = load(write(tmp_path, tables), "adam")
    inputs = {"ZZ": InputTable("ZZ", {"USUBJID": TEXT, "ZZRES": TEXT})}
    assert compile_stage(spec, inputs).spec is spec  # of SDTM that others made, no codelist is known
    found = faults(tmp_path, lambda: compile_stage(spec, inputs, made_by))
    assert found == [
        f"adam/Sources.csv:2 [Where] {SAID}",
        "adam/mapping/ADSL.csv:2 [Expression] 'LOWW', with which ZZ.ZZRES is compared, is no term of its codelist OWN; "
        "did you mean 'LOW'?",
    ]


def test_value_that_the_data_cut_gives_is_a_term_of_the_variable_of_sdtm(tmp_path: Path) -> None:
    made_by = stage(tmp_path).spec
    tables = {
        "study.toml": f"{TOML}[datacut]\ndate = '2024-06-30'\n",
        "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\nADSL,,,,USUBJID\n",
        "adam/Variables.csv": "Dataset,Variable,Label,Data Type\nADSL,USUBJID,,\n",
        "adam/Sources.csv": "Dataset,Block,From\nADSL,S,DM\n",
        "adam/Data Cut.csv": "Dataset,Where,Variable,Expression\nZZ,ZZRES == 'LOWW',ZZRES,\"'HIHG' if ZZRES == 'LOWW' "
        "else 'LOW'\"\nDM,,,\n",
    }
    spec = load(write(tmp_path, tables), "adam")
    inputs = {"DM": InputTable("DM", {"USUBJID": TEXT}, True, True), "ZZ": InputTable("ZZ", {"ZZRES": TEXT})}
    compared = "'LOWW', with which ZZ.ZZRES is compared, is no term of its codelist OWN; did you mean 'LOW'?"
    assert faults(tmp_path, lambda: compile_stage(spec, inputs, made_by)) == [
        "adam/Data Cut.csv:2 [Expression] 'HIHG' is no term of the codelist OWN of ZZ.ZZRES; did you mean 'HIGH'?",
        f"adam/Data Cut.csv:2 [Expression] {compared}",
        f"adam/Data Cut.csv:2 [Where] {compared}",
    ]


def test_text_outside_a_list_that_may_be_extended_is_a_notice(tmp_path: Path) -> None:
    (found,) = comparison_notices(stage(tmp_path, "ZZFL,ZZUNIT == 'kg','Y'\n"))
    assert str(found) == (
        "sdtm/mapping/ZZ.csv:4 [Where] 'kg', with which ZZ.ZZUNIT is compared, is no term of its codelist UNIT; "
        "'kg' is a term of the published UNIT: add it to Codelists"
    )


def test_published_term_that_the_study_left_out_is_a_notice(tmp_path: Path) -> None:
    """A rule that serves several studies asks for terms that one of them has not: NY of ZZFL lists Y alone here."""
    lists = f"{LISTS}NY,,C66742,,1,Y\n"
    variables = VARIABLES.replace("ZZFL,Flag,text,No,none", "ZZFL,Flag,text,No,NY")
    more = {"Codelists": lists, "Variables": variables}
    checks = "Rule,Dataset,Condition,Message,Action\nC1,ZZ,\"ZZFL in ('Y', 'N')\",m,issue\n"
    (found,) = comparison_notices(stage(tmp_path, "ZZFL,,'Y'\n", Checks=checks, **more))
    assert str(found) == (
        "sdtm/Checks.csv:2 [Condition] 'N', with which ZZ.ZZFL is compared, is no term of its codelist NY; "
        "'N' is a term of the published NY: add it to Codelists"
    )
    checks = checks.replace("'N'", "'NO'")
    (said,) = faults(tmp_path / "2", lambda: stage(tmp_path / "2", "ZZFL,,'Y'\n", Checks=checks, **more))
    assert said.startswith("sdtm/Checks.csv:2 [Condition] 'NO', with which ZZ.ZZFL is compared")


def test_constant_of_the_study_that_is_no_term_is_a_notice(tmp_path: Path) -> None:
    """It may be a switch, such as a region ALL; blank it switches off."""
    (found,) = comparison_notices(stage(tmp_path, "ZZFL,ZZRES == STUDYID or STUDYID == 'ALL','Y'\n"))
    assert str(found) == (
        "sdtm/mapping/ZZ.csv:4 [Where] STUDYID of study.toml, 'S', with which ZZ.ZZRES is compared, is no term of its "
        "codelist OWN; write a term of it, or add the term to Codelists"
    )


def test_number_that_is_no_term_is_a_notice(tmp_path: Path) -> None:
    lists = f"{LISTS}ONE,Numbers,,integer,1,1\nONE,,,,2,2.0\n"
    variables = f"{VARIABLES}ZZ,ZZN,Number,integer,No,ONE\n"
    rules = "ZZN,,1\nZZFL,\"ZZN in (1, 2)\",'Y'\nZZFL,ZZN == 3,'N'\nZZFL,ZZN > 3,'U'\n"
    (found,) = comparison_notices(stage(tmp_path, rules, Codelists=lists, Variables=variables))
    assert str(found) == (
        "sdtm/mapping/ZZ.csv:6 [Where] 3, with which ZZ.ZZN is compared, is no term of its codelist ONE; "
        "write a term of it, or add the term to Codelists"
    )


def test_terms_of_a_published_list_whose_package_is_not_held_are_not_known(tmp_path: Path) -> None:
    """Complete tables may name an older package: whether a sponsor may add to its lists, nothing here says."""
    lists = (
        "ID,Name,NCI Codelist Code,Data Type,Terminology,Order,Term,NCI Term Code\n"
        "OWN,Own list,C71620,text,CDISC/NCI SDTM 2011-01-01,1,HIGH,C25228\nUNIT,Unit,,text,,1,mg,\nND,Not,,text,,1,X,\n"
    )
    variables = "Dataset,Variable,Label,Data Type,Length,Mandatory,Codelist,Origin\n" + (
        "ZZ,USUBJID,Unique Subject Identifier,text,10,No,,Derived\nZZ,ZZRES,Result,text,10,No,OWN,Derived\n"
        "ZZ,ZZUNIT,Unit,text,10,No,UNIT,Derived\nZZ,ZZFL,Flag,text,1,No,,Derived\n"
    )
    define = "Attribute,Value\nFromStandard,No\n"
    rule = "ZZFL,ZZRES == 'LOW','Y'\n"
    (found,) = comparison_notices(stage(tmp_path, rule, Codelists=lists, Variables=variables, Define=define))
    assert "'LOW', with which ZZ.ZZRES is compared, is no term of its codelist OWN" in str(found)


def test_term_of_a_value_level_list_is_no_fault(tmp_path: Path) -> None:
    levels = "Dataset,Variable,Where Clause,Data Type,Codelist\nZZ,ZZRES,ZZUNIT EQ mg,text,ND\n"
    found = stage(tmp_path, "ZZFL,ZZRES == 'NOT DONE','Y'\n", ValueLevel=levels)
    assert comparison_notices(found) == comparison_faults(found) == []
    said = faults(tmp_path, lambda: stage(tmp_path, "ZZFL,ZZRES == 'NOT DON','Y'\n", ValueLevel=levels))
    assert said == [
        "sdtm/mapping/ZZ.csv:4 [Where] 'NOT DON', with which ZZ.ZZRES is compared, is no term of its codelists "
        "OWN, ND; did you mean 'NOT DONE'?"
    ]


def test_codelist_that_nothing_names_is_a_notice(tmp_path: Path) -> None:
    """UNIT and OWN are named by variables, MAP by a rule, ND by a row of ValueLevel; ONW is nobody's."""
    lists = f"{LISTS}ONW,Own list,,text,3,MIDDLE\nMAP,Mapped,,text,1,Y\n"
    levels = "Dataset,Variable,Where Clause,Data Type,Codelist\nZZ,ZZRES,ZZUNIT EQ mg,text,ND\n"
    dictionaries = "ID,Name,Data Type,Dictionary,Version\nCTC,CTCAE,text,CTCAE,5.0\n"
    rules = "ZZFL,,\"assign_ct(X, codelist='MAP')\"\n"
    found = stage(tmp_path, rules, Codelists=lists, ValueLevel=levels, Dictionaries=dictionaries)
    hint = "name it in Codelist of a variable, or take its rows out"
    assert [str(problem) for problem in unused_lists(found, [found.spec])] == [
        f"sdtm/Codelists.csv:6 the codelist ONW is used by nothing; {hint}",
        f"sdtm/Dictionaries.csv:2 the dictionary CTC is used by nothing; {hint}",
    ]
