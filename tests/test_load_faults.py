"""Faults of files, columns, datasets, variables, codelists and references, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_study import SDTM, adam, faults, sdtm, study, variables

from specs.load import load
from specs.problem import SpecError


def test_unknown_sheet(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Codelist.csv": "ID\n"}) == [
        "sdtm/Codelist.csv 'Codelist' is not a table of a specification; did you mean 'Codelists'?"
    ]


def test_misspelt_column(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": "Variable,Expresion\nAESTDTC,X\n"}) == [
        "sdtm/mapping/AE.csv:1 [Expresion] column 'Expresion' is not known; did you mean 'Expression'?"
    ]


def test_unknown_column_is_kept(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, {"sdtm/mapping/AE.csv": "Variable,Expression,Reviewer\nAESTDTC,X,Ann\n"})
    assert spec.rules[0].cells["Reviewer"] == "Ann"


def test_missing_needed_column(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Sources.csv": "Dataset,Where\nAE,\n"}) == [
        "sdtm/Sources.csv:1 [From] column 'From' is missing; add it"
    ]


def test_missing_sheet(tmp_path: Path) -> None:
    study(tmp_path, SDTM, {})
    (tmp_path / "sdtm" / "Variables.csv").unlink()
    with pytest.raises(SpecError, match=r"sdtm/Variables.csv is missing; add it"):
        load(tmp_path, "sdtm")


def test_missing_stage(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="has no folder adam"):
        load(study(tmp_path, SDTM, {}), "adam")


def test_line_with_too_many_cells(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": "Variable,Expression\n_X,a\nAESTDTC,iso8601(Y, M)\n"}) == [
        "sdtm/mapping/AE.csv:3 3 cells where the header has 2; put a cell that holds a comma in double quotes"
    ]


def test_row_number_is_the_line_where_a_row_begins(tmp_path: Path) -> None:
    rows = 'Variable,Expression\nAESTDTC,"a\nb"\n\nAEXX,Y\n'
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": rows})[0].startswith("sdtm/mapping/AE.csv:5 [Variable]")


def test_byte_that_is_not_utf8(tmp_path: Path) -> None:
    content = "Variable,Expression\n_X,'Ã©'\n".encode("latin-1")
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": content.replace(b"\xc3\xa9", b"\xe9")}) == [
        "sdtm/mapping/AE.csv:2 byte 25 (0xE9) is not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)"
    ]


def test_open_quote(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"sdtm/mapping/AE.csv": 'Variable,Expression\nAESTDTC,"a\n'})
    assert fault.startswith("sdtm/mapping/AE.csv:2 not valid CSV: unexpected end of data")


def test_column_twice(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, {"sdtm/Define.csv": "Attribute,Value,Value\nStudyName,a,b\n"})
    assert fault == "sdtm/Define.csv:1 [Value] column 'Value' stands 2 times in the header; name each column once"


def test_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    content = "\ufeffVariable,Expression\r\nAESTDTC,X\r\n"
    assert sdtm(tmp_path, {"sdtm/mapping/AE.csv": content}).rules[0].expression == "X"


def test_excel_errors_and_curly_quotes(tmp_path: Path) -> None:
    rows = "Variable,Expression\nAESTDTC,#NAME?\nAEDECOD,upper(\u2018x\u2019)\n"
    assert faults(tmp_path, {"sdtm/mapping/AE.csv": rows}) == [
        "sdtm/mapping/AE.csv:2 [Expression] '#NAME?' is damaged; Excel took the cell for a formula and lost it; "
        "type it again in a cell formatted as text",
        "sdtm/mapping/AE.csv:3 [Expression] 'upper(\u2018x\u2019)' is damaged; "
        "write the straight quote ' instead of the curly \u2018",
    ]


def test_curly_quotes_inside_a_text_are_data(tmp_path: Path) -> None:
    rows = "Variable,Expression\nAESTDTC,'\u201cx\u201d'\n"
    assert sdtm(tmp_path, {"sdtm/mapping/AE.csv": rows}).rules[0].expression == "'\u201cx\u201d'"


def test_dataset_twice(tmp_path: Path) -> None:
    rows = "Dataset\nDM\nAE\nSUPPAE\nAE\n"
    assert faults(tmp_path, {"sdtm/Datasets.csv": rows}) == [
        "sdtm/Datasets.csv:5 [Dataset] dataset AE stands here a second time; it stands first at sdtm/Datasets.csv:3"
    ]


def test_variable_twice(tmp_path: Path) -> None:
    assert faults(tmp_path, variables("DM,USUBJID,,")) == [
        "sdtm/Variables.csv:11 [Variable] variable DM USUBJID stands here a second time; "
        "it stands first at sdtm/Variables.csv:3"
    ]


def test_variable_of_an_unknown_dataset(tmp_path: Path) -> None:
    assert faults(tmp_path, variables("SUPAE,SEX,,")) == [
        "sdtm/Variables.csv:11 [Dataset] 'SUPAE' is not in Datasets; did you mean 'SUPPAE'?"
    ]


@pytest.mark.parametrize("name", ["AEVERYLONG", "AE-X", "1AE", "aeterm"])
def test_illegal_variable_name(tmp_path: Path, name: str) -> None:
    assert faults(tmp_path, variables(f"AE,{name},L,text")) == [
        f"sdtm/Variables.csv:11 [Variable] {name!r} is not a name for a variable; "
        "up to 8 capital letters, digits and _, a letter first"
    ]


def test_variable_that_the_guide_does_not_have(tmp_path: Path) -> None:
    assert faults(tmp_path, variables("AE,AETREM,,")) == [
        "sdtm/Variables.csv:11 [Variable] AE.AETREM is not in SDTMIG 3.4 and has no Label and no Data Type; "
        "did you mean 'AETERM'?"
    ]


def test_data_type_that_does_not_exist(tmp_path: Path) -> None:
    assert faults(tmp_path, variables("AE,AEMINE,Mine,txt")) == [
        "sdtm/Variables.csv:11 [Data Type] 'txt' is not one of text, integer, float, date, datetime, time, "
        "partialDate, partialTime, partialDatetime, incompleteDate, incompleteTime, incompleteDatetime, "
        "durationDatetime, intervalDatetime; did you mean 'text'?"
    ]


def test_label_that_is_too_long(tmp_path: Path) -> None:
    assert faults(tmp_path, variables(f"AE,AEMINE,{'x' * 41},text")) == [
        "sdtm/Variables.csv:11 [Label] the label of AE.AEMINE has 41 bytes; shorten it to 40"
    ]


def test_key_variable_that_is_not_listed(tmp_path: Path) -> None:
    rows = 'Dataset,Key Variables\nDM,\nAE,"USUBJID, AETERM"\nSUPPAE,\n'
    assert faults(tmp_path, {"sdtm/Datasets.csv": rows}) == [
        "sdtm/Datasets.csv:3 [Key Variables] 'AETERM' is not in the variables of AE; did you mean 'AESER'?"
    ]


def test_dataset_that_the_standard_does_not_have(tmp_path: Path) -> None:
    rows = "Dataset,Label\nADSL,\nADAE,\n"
    assert faults(tmp_path, {"adam/Datasets.csv": rows}, "adam") == [
        f"adam/Datasets.csv:3 [{column}] {column} is blank and the standard has none for ADAE; fill the cell"
        for column in ("Class", "Label", "Structure")
    ]


def test_unknown_class(tmp_path: Path) -> None:
    rows = "Dataset,Label,Class,Structure\nADSL,,,\nADAE,x,OCCURENCE DATA STRUCTURE,x\n"
    assert faults(tmp_path, {"adam/Datasets.csv": rows}, "adam") == [
        "adam/Datasets.csv:3 [Class] 'OCCURENCE DATA STRUCTURE' is not a class; "
        "did you mean 'OCCURRENCE DATA STRUCTURE'?"
    ]


def test_codelist_that_does_not_exist(tmp_path: Path) -> None:
    rows = SDTM["sdtm/Variables.csv"].replace("Data Type\n", "Codelist\n").replace("AE,AESER,,", "AE,AESER,,NYX")
    assert faults(tmp_path, {"sdtm/Variables.csv": rows}) == [
        "sdtm/Variables.csv:6 [Codelist] 'NYX' is neither in Codelists nor published; did you mean 'NY'?"
    ]


def test_term_outside_a_list_that_may_not_be_extended(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Codelists.csv": "ID,Term\nSEX,M\nSEX,FEMALE\n"}) == [
        "sdtm/Codelists.csv:3 [Term] 'FEMALE' is not in the published SEX (C66731), which may not be extended; "
        "'FEMALE' is a published synonym of 'F'"
    ]


def test_term_added_to_a_list_that_may_be_extended(tmp_path: Path) -> None:
    spec = sdtm(tmp_path, {"sdtm/Codelists.csv": "ID,Term\nUNIT,mg\nUNIT,VIAL XXL\n"})
    assert [term.nci_code for term in spec.codelists["UNIT"].terms] == ["C28253", ""]


def test_term_twice(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Codelists.csv": "ID,Term\nARMCD,A\nARMCD,A\n"}) == [
        "sdtm/Codelists.csv:3 [Term] the term of ARMCD A stands here a second time; "
        "it stands first at sdtm/Codelists.csv:2"
    ]


def test_codelist_with_two_codes(tmp_path: Path) -> None:
    rows = "ID,NCI Codelist Code,Term\nYN,C66742,Y\nYN,C66731,N\n"
    assert faults(tmp_path, {"sdtm/Codelists.csv": rows}) == [
        "sdtm/Codelists.csv:3 [NCI Codelist Code] YN has 'C66742' in line 2; "
        "write the same on every row of the codelist, or leave it blank"
    ]


def test_code_that_is_not_published(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Codelists.csv": "ID,NCI Codelist Code,Term\nYN,C1,Y\n"}) == [
        "sdtm/Codelists.csv:2 [NCI Codelist Code] 'C1' is in no terminology package of the study; "
        "leave it blank for a list of yours"
    ]


def test_collected_value_of_an_unknown_term(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "sdtm/Codelists.csv": "ID,Term\nARMCD,TA1\n",
        "sdtm/Collected.csv": "Codelist,Term,Collected Value\nARMCD,TA2,A\n",
    }
    assert faults(tmp_path, changes) == [
        "sdtm/Collected.csv:2 [Term] 'TA2' is not in the terms of ARMCD; did you mean 'TA1'?"
    ]


def test_method_comment_and_document_that_do_not_exist(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "sdtm/Variables.csv": "Dataset,Variable,Method,Comment\nAE,AESTDTC,MT.X,C.1\nAE,USUBJID,,\nAE,AEDECOD,,\n"
        "DM,STUDYID,,\nDM,USUBJID,,\n",
        "sdtm/Methods.csv": "ID,Name,Document\nMT.Y,y,csdrg\n",
        "sdtm/mapping/SUPPAE.csv": "Variable,Expression\n",
    }
    assert faults(tmp_path, changes) == [
        "sdtm/Methods.csv:2 [Document] 'csdrg' is not in Documents",
        "sdtm/Variables.csv:2 [Comment] 'C.1' is not in Comments",
        "sdtm/Variables.csv:2 [Method] 'MT.X' is not in Methods; did you mean 'MT.Y'?",
    ]


def test_join_twice(tmp_path: Path) -> None:
    rows = "Dataset,Name,From\nAE DM,EOS,DS\nAE,EOS,DS\n"
    assert faults(tmp_path, {"sdtm/Joins.csv": rows}) == [
        "sdtm/Joins.csv:3 [Name] join AE EOS stands here a second time; it stands first at sdtm/Joins.csv:2"
    ]


def test_block_of_an_unknown_dataset(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Sources.csv": "Dataset,From\nSUPAE,raw_ae\nnone,raw_x\n"}) == [
        "sdtm/Sources.csv:2 [Dataset] 'SUPAE' is not in Datasets; did you mean 'SUPPAE'?"
    ]


def test_results_belong_to_the_analysis_stage(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "results/Analysis Displays.csv": "ID,Title\nT1,Title\n",
        "results/Analysis Results.csv": "Display,ID,Dataset,Variables\nT1,R1,ADAE,AETERM\n",
        "results/Statistics.csv": "Result,Order,By,Statistic\nR1,1,,subjects()\n",
        "results/Lines.csv": "Display,Order,Label,Result,Statistic,Template\nT1,1,  n,R1,n,{n}\n",
    }
    spec = adam(tmp_path, changes)
    assert spec.results["R1"].variables == ("AETERM",)
    assert (spec.statistics[0].statistic, spec.lines[0].label) == ("subjects()", "  n")


def test_line_of_an_unknown_result(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "results/Analysis Displays.csv": "ID,Title\nT1,Title\n",
        "results/Lines.csv": "Display,Order,Result\nT1,1,R1\n",
    }
    assert faults(tmp_path, changes, "adam") == ["results/Lines.csv:2 [Result] 'R1' is not in Analysis Results"]


def test_dataset_without_variables(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Datasets.csv": "Dataset\nDM\nAE\nSUPPAE\nVS\n"}) == [
        "sdtm/Datasets.csv:5 [Dataset] VS has no row in Variables; list its variables"
    ]


def test_qualifiers_of_a_dataset_that_is_not_listed(tmp_path: Path) -> None:
    assert faults(tmp_path, {"sdtm/Datasets.csv": "Dataset\nDM\nAE\nSUPPAE\nSUPPVS\n"}) == [
        "sdtm/Datasets.csv:5 [Dataset] the parent of SUPPVS is not in Datasets; add it"
    ]
