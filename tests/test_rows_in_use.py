"""Rows of Collected, Units, Tests and Tables that would hold for nothing are found before any data are read."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import SDTM, faults, write

from sdtm.build import check
from specs.collected_items import uncollected_codes, unread_items
from specs.compiled import CompiledStage
from specs.literals import literal_notices
from specs.load import load
from specs.units_in_use import unused_units

LISTS = (
    "ID,Name,NCI Codelist Code,Data Type,Order,Term\nOWN,Own list,,text,1,CHEMISTRY\nOWN,,,,2,HAEMATOLOGY\n"
    "UNIT,,C71620,,1,mg\nUNIT,,,,2,g/L\n"
)
HEAD = "Dataset,Variable,Label,Data Type,Mandatory,Codelist\nZZ,USUBJID,Unique Subject Identifier,text,No,\n"
VARIABLES = (
    f"{HEAD}ZZ,ZZORRES,Result,text,No,\nZZ,ZZTESTCD,Code,text,No,\nZZ,ZZTEST,Test,text,No,\n"
    "ZZ,ZZCAT,Category,text,No,OWN\nZZ,ZZSTRESU,Unit,text,No,UNIT\n"
)
TESTS = "Dataset,Block,Test Code,Test,Category,Standard Unit,Collected\nZZ,a,ONE,First,{category},{unit},1\n"


def stage(folder: Path, category: str = "CHEMISTRY", unit: str = "mg", **more: str) -> CompiledStage:
    files = {
        "raw/a.csv": "SUBJ,TEST,X\n1,1,2\n",
        "sdtm/Sources.csv": "Dataset,Block,From,Tests\nZZ,a,raw_a,TEST\n",
        "sdtm/Codelists.csv": LISTS,
        "sdtm/Variables.csv": VARIABLES,
        "sdtm/Tests.csv": TESTS.format(category=category, unit=unit),
        "sdtm/mapping/ZZ.csv": "Variable,Expression\nZZORRES,X\n",
    }
    files |= {f"sdtm/{name}.csv": text for name, text in more.items()}
    return check(load(write(folder, {**SDTM, **files}), "sdtm"), folder / "raw")


def test_cell_of_a_collected_test_that_is_no_term_is_a_fault(tmp_path: Path) -> None:
    found = faults(tmp_path, lambda: stage(tmp_path, category="CHEMITSRY"))
    assert found == [
        "sdtm/Tests.csv:2 [Category] 'CHEMITSRY' is no term of the codelist OWN of ZZ.ZZCAT; did you mean 'CHEMISTRY'?"
    ]


def test_unit_of_a_collected_test_outside_a_list_that_may_be_extended_is_a_notice(tmp_path: Path) -> None:
    (found,) = literal_notices(stage(tmp_path, unit="kg"))
    assert str(found) == (
        "sdtm/Tests.csv:2 [Standard Unit] 'kg' is no term of the codelist UNIT of ZZ.ZZSTRESU; "
        "'kg' is a term of the published UNIT: add it to Codelists"
    )


def test_rows_of_units_for_no_test_and_no_standard_unit_are_told(tmp_path: Path) -> None:
    units = "Test Code,Collected Unit,Standard Unit,Factor\nONE,g,mg,1000\n,ug,mg,0.001\nONEE,g,mg,1000\nONE,g,g/L,1\n"
    found = unused_units(stage(tmp_path, Units=units))
    assert [str(problem) for problem in found] == [
        "sdtm/Units.csv:4 [Test Code] no row of Tests has the test 'ONEE'; did you mean 'ONE'?",
        "sdtm/Units.csv:5 [Standard Unit] 'g/L' is no standard unit of the test ONE; one of mg",
    ]


MAPPED = "Variable,Expression\nZZORRES,X\nZZCAT,assign_ct(X)\n"
COLLECTED = "Codelist,Term,Collected Value,Item\nOWN,CHEMISTRY,2,{item}\n"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("raw_a.Y", "raw_a has no column 'Y'"),
        ("raw_aa.X", "'raw_aa.X': there is no table 'raw_aa'; did you mean 'raw_a'?"),
    ],
)
def test_item_that_is_no_column_is_a_fault(tmp_path: Path, item: str, said: str) -> None:
    more = {"mapping/ZZ": MAPPED, "Collected": COLLECTED.format(item=item)}
    (found,) = faults(tmp_path, lambda: stage(tmp_path, category="", **more))
    assert found.startswith(f"sdtm/Collected.csv:2 [Item] {said}")


def test_item_that_no_rule_maps_is_told(tmp_path: Path) -> None:
    more = {"mapping/ZZ": MAPPED, "Collected": COLLECTED.format(item="raw_a.X")}
    assert unread_items(stage(tmp_path, category="", **more)) == []
    more["Collected"] = COLLECTED.format(item="raw_a.TEST")
    (found,) = unread_items(stage(tmp_path / "2", category="", **more))
    assert str(found).startswith("sdtm/Collected.csv:2 [Item] no rule maps raw_a.TEST to OWN")


def test_units_of_rules_that_convert_to_another_unit_are_not_judged(tmp_path: Path) -> None:
    units = "Test Code,Collected Unit,Standard Unit,Factor\n,lb,kg,0.45359237\n"
    assert len(unused_units(stage(tmp_path, Units=units))) == 1
    rules = "Variable,Expression\nZZORRES,X\n_N,\"convert(1, 'lb', 'kg')\"\n"
    assert unused_units(stage(tmp_path / "2", Units=units, **{"mapping/ZZ": rules})) == []


def test_item_of_a_column_that_a_rule_reads_through_a_join_is_no_fault(tmp_path: Path) -> None:
    more = {
        "Joins": "Dataset,Name,From,Order,Pick\nZZ,J,raw_a,X,first\n",
        "mapping/ZZ": "Variable,Expression\nZZORRES,X\nZZCAT,assign_ct(J.X)\n",
        "Collected": COLLECTED.format(item="J.X"),
    }
    assert unread_items(stage(tmp_path, category="", **more)) == []
    more["Collected"] = COLLECTED.format(item="J.XX")
    (found,) = faults(tmp_path / "2", lambda: stage(tmp_path / "2", category="", **more))
    assert found.startswith("sdtm/Collected.csv:2 [Item] J has no column 'XX'")


def test_look_up_table_takes_no_cells_of_raw_tables(tmp_path: Path) -> None:
    tables = (
        "Table,File,Subject,Where,Key\nraw_a,a.csv,SUBJ,,\nvisits,table/*.csv,SUBJ,none,VISIT\narms,tables/*.csv,none,,\n"
    )
    more = {"tables/visits": "VISIT\n1\n", "tables/arms": "ARM\nA\n", "Tables": tables}
    assert faults(tmp_path, lambda: stage(tmp_path, **more)) == [
        "sdtm/Tables.csv:3 [File] the look-up table visits is tables/visits.csv, not table/visits.csv; "
        "write tables/*.csv",
        "sdtm/Tables.csv:3 [Subject] the look-up table visits has no Subject; write none, or leave it blank",
    ]


def test_code_that_is_not_collected_is_told_where_a_rule_compares_with_it(tmp_path: Path) -> None:
    """A check on 'Fatal' where the column holds 1 or 2 would never fire."""
    collected = "Codelist,Term,Collected Value,Item\nOWN,CHEMISTRY,1,raw_a.X\nOWN,HAEMATOLOGY,2,raw_a.X\n"
    checks = "Rule,Dataset,Where,Condition,Message,Action\nR,raw_a,X == 'Fatal',TEST == '9',m,issue\n"
    more = {"mapping/ZZ": MAPPED, "Collected": collected, "Checks": checks}
    (found,) = uncollected_codes(stage(tmp_path, category="", **more))
    assert str(found) == (
        "sdtm/Checks.csv:2 [Where] 'Fatal', with which raw_a.X is compared, is no Collected Value of it; "
        "write one of 1, 2, or add it to Collected"
    )
    more["Checks"] = checks.replace("Fatal", "2")
    assert uncollected_codes(stage(tmp_path / "2", category="", **more)) == []
