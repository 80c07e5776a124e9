"""A define.xml as a specification: ours gives the same define.xml again, those of others state what they stated."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import needs_shared
from define_facts import Stated, differences, stated

import cli
import pipeline
from define.tables import import_define
from specs.load import load
from specs.model import Spec
from specs.problem import DataError, SpecError


def imported(source: Path, study: Path) -> list[str]:
    result = CliRunner().invoke(cli.main, ["spec", "import", str(source), str(study)])
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def again(source: Path, tmp_path: Path) -> Path:
    """The define.xml made from the specification that was imported from a define.xml."""
    imported(source, tmp_path / "study")
    pipeline.define(pipeline.Request(tmp_path / "study", tmp_path / "out"))
    return next((tmp_path / "out").glob("*/define.xml"))


# --- our own --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["sdtm", "adam"])
def test_our_define_imported_gives_the_same_define(golden_build: Path, stage: str, tmp_path: Path) -> None:
    source = golden_build / stage / "define.xml"
    assert again(source, tmp_path).read_bytes() == source.read_bytes()


@pytest.fixture(scope="module", params=["sdtm", "adam"])
def both(
    golden_build: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Spec, Spec]:
    """The specification of a stage of the reference study, and the one imported from its define.xml."""
    study = tmp_path_factory.mktemp(request.param)
    imported(golden_build / request.param / "define.xml", study)
    return load(pipeline.REFERENCE, request.param), load(study, request.param)


def bare(name: str) -> str:
    """An ID without the letters of its kind, which a define.xml always writes."""
    kind, point, rest = name.partition(".")
    return rest if point and kind in ("MT", "COM", "CL", "AR", "RD") else name


def test_datasets_are_those_of_the_sheets(both: tuple[Spec, Spec]) -> None:
    ours, theirs = both
    names = ("label", "dataset_class", "subclass", "structure", "key_variables", "standard", "repeating",
             "reference_data")  # fmt: skip
    assert len(theirs.datasets) > 5
    for name, dataset in theirs.datasets.items():
        known = ours.datasets[name]
        assert [getattr(dataset, each) for each in names] == [getattr(known, each) for each in names]


def test_variables_are_those_of_the_sheets(both: tuple[Spec, Spec]) -> None:
    """What the sheets state or take from the standard; lengths, digits and types of dates come from the data."""
    ours, theirs = both
    assert len(theirs.variables) > 300
    for key, variable in theirs.variables.items():
        known = ours.variables[key]
        for name in ("label", "codelist", "role"):
            assert getattr(variable, name) == getattr(known, name), (key, name)
        assert variable.format == known.format.replace("ISO 8601", ""), key
        assert variable.mandatory == known.mandatory, key
        # A variable without data gets a comment that says so.
        assert bare(variable.comment) == (bare(known.comment) or ("NODATA" if variable.has_no_data else "")), key
        if known.method and variable.origin:  # of mixed origins the values bear the methods
            assert bare(variable.method) == bare(known.method), key
        if known.predecessor:
            assert variable.predecessor == known.predecessor, key


def test_methods_and_comments_are_those_of_the_sheets(both: tuple[Spec, Spec]) -> None:
    ours, theirs = both
    written = {bare(name): method for name, method in ours.methods.items() if method.description}
    found = {bare(name): method.description for name, method in theirs.methods.items() if bare(name) in written}
    assert found == {name: written[name].description for name in found}
    assert len(found) > 5
    comments = {bare(name): comment.description for name, comment in theirs.comments.items()}
    for name, comment in ours.comments.items():
        assert comments.get(bare(name), comment.description) == comment.description


def test_codelists_are_those_of_the_sheets(both: tuple[Spec, Spec]) -> None:
    """Terms that the study lists itself are all there; of a published list, those that the data use."""
    ours, theirs = both
    for name, codelist in theirs.codelists.items():
        known = ours.codelists[name]
        assert (codelist.name, codelist.nci_code) == (known.name, known.nci_code)
        terms = {term.term: (term.nci_code, term.decode) for term in known.terms}
        decoded = any(term.decode for term in codelist.terms)
        for term in codelist.terms:
            code, decode = terms[term.term]
            assert (term.nci_code, term.decode) == (code, (decode or term.term) if decoded else "")


def test_results_are_those_of_the_sheets(both: tuple[Spec, Spec]) -> None:
    ours, theirs = both
    # Define-XML lists the displays that hold a result: figures of another display's result and listings hold none.
    with_results = {result.display for result in ours.results.values()}
    assert list(theirs.displays) == [name for name in ours.displays if name in with_results]
    for name, result in ours.results.items():
        found = theirs.results[bare(name)]
        for each in ("display", "description", "reason", "purpose", "dataset"):
            assert getattr(found, each) == getattr(result, each)


# --- those of others ------------------------------------------------------------------------------------

PARTS = ("datasets", "variables", "values", "codelists", "methods", "comments")


def compared(theirs: Stated, ours: Stated) -> dict[str, dict[str, int]]:
    found = {}
    for part in PARTS:
        different = differences(getattr(theirs, part), getattr(ours, part))
        if different:
            found[part] = {name: len(keys) for name, keys in different.items()}
    return found


def test_cdisc_example_of_adam_states_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = needs_shared("fixtures/define/examples/defineV21-ADaM.xml")
    theirs, ours = stated(source), stated(again(source, tmp_path))
    with capsys.disabled():
        print(f"\ndefineV21-ADaM.xml: {[len(getattr(ours, part)) for part in PARTS]} {PARTS}; {compared(theirs, ours)}")
    assert [len(getattr(ours, part)) for part in PARTS[:5]] == [3, 144, 6, 32, 54]
    # Comments that only standards and the join of a result have: kept in the tables, written under another OID.
    assert compared(theirs, ours) == {"comments": {"absent": 5}}
    assert ours.results == theirs.results
    assert sum(len(results) for *_, results in ours.results) == 3


def test_cdisc_example_of_sdtm_states_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = needs_shared("fixtures/define/examples/defineV21-SDTM.xml")
    lines = imported(source, tmp_path / "first")
    theirs, ours = stated(source), stated(again(source, tmp_path))
    with capsys.disabled():
        print(f"\ndefineV21-SDTM.xml: {[len(getattr(ours, part)) for part in PARTS]} {PARTS}; {compared(theirs, ours)}")
    assert [len(getattr(ours, part)) for part in PARTS[:5]] == [11, 155, 44, 40, 33]
    assert compared(theirs, ours) == {
        # 23 and 19 positions of lists that do not begin with 1 or leave a number out; the sequence is the same.
        "variables": {"order": 23, "comment": 3},
        # Items of values bear the name of their variable; ValueLevel has no Role.
        "values": {"name": 44, "order": 19, "role": 7},
        "codelists": {"terminology": 1},
        # An OID has no brackets; comments that nothing but a standard refers to stay in the tables.
        "comments": {"absent": 9},
    }
    for dataset in theirs.datasets:
        for one, other in ((theirs.variables, ours.variables), (theirs.values, ours.values)):
            assert [key for key in one if key[0] == dataset] == [key for key in other if key[0] == dataset]
    said = "\n".join(lines)
    for what in ("the role Record Qualifier of a value", "alias of context Sponsor is not taken over (18",
                 "the standard of the dictionary"):  # fmt: skip
        assert what in said


def test_define_2_0_and_the_workbook_that_it_was_made_from_give_the_same_variables(tmp_path: Path) -> None:
    for number, name in enumerate(("SpecSDTM_define20.xlsx", "tdf-sdtm-define20.xml")):
        source = needs_shared(f"fixtures/define/examples/{name}")
        CliRunner().invoke(cli.main, ["spec", "import", str(source), str(tmp_path / str(number))])
    workbook, document = (_variables(tmp_path / str(number)) for number in range(2))
    assert len(workbook) == 517
    assert workbook == document


def _variables(folder: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    with (folder / "sdtm" / "Variables.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = ("Label", "Data Type", "Length", "Significant Digits", "Format", "Mandatory", "Codelist", "Origin",
             "Source", "Method", "Role", "Comment")  # fmt: skip
    return {
        (row["Dataset"], row["Variable"]): tuple(row[name] if name != "Length" or "date" not in row["Data Type"] else ""
                                                 for name in names)
        for row in rows
    }  # fmt: skip


# --- what is no define.xml, and what one must not do -------------------------------------------------------

HEAD = (
    '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1">'
    '<Study OID="S"><GlobalVariables><StudyName>S1</StudyName></GlobalVariables><MetaDataVersion OID="M" Name="M">'
)
GROUP = (
    '<ItemGroupDef OID="IG.AE" Name="AE" Purpose="Tabulation" Repeating="Yes"><Description><TranslatedText>Adverse '
    'Events</TranslatedText></Description>{}<def:Class Name="EVENTS"/></ItemGroupDef>'
)
ITEM = '<ItemDef OID="IT.AE.AETERM" Name="AETERM" DataType="text" Length="200"/>'
TAIL = "</MetaDataVersion></Study></ODM>"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "define.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_external_entity_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("SECRET")
    text = f'<!DOCTYPE ODM [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>' + HEAD + TAIL.replace("</M", "&e;</M", 1)
    with pytest.raises(DataError, match="document type declaration"):
        import_define(written(tmp_path, text))


def test_other_xml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"define.xml:1 is no define.xml"):
        import_define(written(tmp_path, "<a/>"))


def test_reference_to_nothing_is_a_fault_at_its_line(tmp_path: Path) -> None:
    reference = '\n<ItemRef ItemOID="IT.AE.AETERM" Mandatory="Yes"/>\n<ItemRef ItemOID="IT.AE.NO" Mandatory="No"/>'
    found = import_define(written(tmp_path, HEAD + GROUP.format(reference) + ITEM + TAIL))
    assert [str(fault) for fault in found.faults] == [
        "define.xml:3 refers to IT.AE.NO, which is not defined; the variable is left out"
    ]
    assert b"AETERM" in found.files["sdtm/Variables.csv"]


def test_extension_of_a_vendor_is_said(tmp_path: Path) -> None:
    text = HEAD.replace("<Study ", '<v:Thing xmlns:v="urn:v"/><Study ') + GROUP.format("") + TAIL
    found = import_define(written(tmp_path, text))
    assert "element Thing is not taken over (1 times)" in [remark.message for remark in found.remarks]


def test_condition_on_another_dataset_bears_its_name(tmp_path: Path) -> None:
    text = (
        HEAD
        + '<def:ValueListDef OID="VL"><ItemRef ItemOID="IT.V" Mandatory="No"><def:WhereClauseRef WhereClauseOID="WC"/>'
        "</ItemRef></def:ValueListDef>"
        '<def:WhereClauseDef OID="WC"><RangeCheck Comparator="IN" SoftHard="Soft" def:ItemOID="IT.DM.COUNTRY">'
        "<CheckValue>USA</CheckValue><CheckValue>a b</CheckValue></RangeCheck></def:WhereClauseDef>"
        + GROUP.format('<ItemRef ItemOID="IT.AE.AETERM" Mandatory="Yes"/>')
        + GROUP.replace("AE", "DM").format('<ItemRef ItemOID="IT.DM.COUNTRY" Mandatory="No"/>')
        + ITEM.replace("/>", '><def:ValueListRef ValueListOID="VL"/></ItemDef>')
        + ITEM.replace("AE.AETERM", "DM.COUNTRY").replace("AETERM", "COUNTRY")
        + ITEM.replace("IT.AE.AETERM", "IT.V")
        + TAIL
    )
    found = import_define(written(tmp_path, text))
    assert "DM.COUNTRY IN (USA, 'a b')" in found.files["sdtm/ValueLevel.csv"].decode()


def test_predecessor_of_a_specification_that_only_describes_is_no_rule(tmp_path: Path) -> None:
    (tmp_path / "sdtm").mkdir()
    (tmp_path / "study.toml").write_text(
        'STUDYID = "S"\n[standards]\nsdtmig = "3.4"\nsdtmct = "2025-03-28"\ndefinect = "2025-03-28"\n'
    )
    (tmp_path / "sdtm" / "Datasets.csv").write_text('Dataset,Key Variables\nEC,"USUBJID"\nEX,"USUBJID"\n')
    (tmp_path / "sdtm" / "Variables.csv").write_text(
        "Dataset,Variable,Origin,Source,Predecessor\nEC,USUBJID,Assigned,Sponsor,\nEC,ECDOSFRM,Assigned,Sponsor,\n"
        "EX,USUBJID,Assigned,Sponsor,\nEX,EXDOSFRM,Predecessor,Sponsor,EC.ECDOSFRM\n"
    )
    found = CliRunner().invoke(cli.main, ["check", str(tmp_path)])
    assert (found.exit_code, found.output.splitlines()[-1]) == (0, "sdtm: 2 datasets, 4 variables, 0 rules: no faults")
