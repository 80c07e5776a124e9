"""`build check` of analysis datasets: Parameters, Events, datasets that refer to each other, worked rows."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from language_study import ISO, NUMBER, TEXT, Rows, mapping, table
from language_study import build as build_sdtm
from small_study import TOML, study
from test_scope import columns

from language import functions, rowwise
from language.errors import ExpressionError
from language.parse import parse, parse_list, with_prefix
from language.resolve import resolve
from language.tree import Aggregate, Attribute, Constant, Member, walk
from language.types import WORDS, type_of
from specs.check import Compiler, compile_stage
from specs.compiled import CompiledStage, InputTable
from specs.load import load
from specs.problem import SpecError
from specs.scopes import RecordScope
from specs.suggestions import long_cells

SDTM = {
    "DM": InputTable("DM", {"USUBJID": TEXT, "RFSTDTC": ISO}, True, True),
    "FA": InputTable("FA", {"USUBJID": TEXT, "FATERM": TEXT, "FASTRESN": NUMBER, "FADTC": ISO, "FASEQ": NUMBER}),
}
PARAMETERS = ("Dataset", "PARAMCD", "PARAM", "From", "Where", "AVAL", "ADT", "_GOAL")
EVENTS = ("Dataset", "PARAMCD", "Step", "Order", "CNSR", "From", "By", "Where", "Date", "Pick", "EVNTDESC", "_WHY")
SHEETS: dict[str, Rows] = {
    "Datasets": [
        ("Dataset", "Label", "Class", "Structure", "Key Variables"),
        ("ADSL", "", "", "", "USUBJID"),
        ("ADFA", "Findings", "BASIC DATA STRUCTURE", "One record per grade", "USUBJID, PARAMCD, ADT"),
        ("ADTTE", "Time", "BASIC DATA STRUCTURE", "One record per parameter", "USUBJID, PARAMCD"),
    ],
    "Variables": [
        ("Dataset", "Variable"),
        *[("ADSL", v) for v in ("USUBJID", "TRTSDT", "DTHDT")],
        *[("ADFA", v) for v in ("USUBJID", "PARAMCD", "PARAM", "AVAL", "ADT", "BASE")],
        *[("ADTTE", v) for v in ("USUBJID", "PARAMCD", "PARAM", "AVAL", "ADT", "CNSR", "STARTDT", "EVNTDESC")],
    ],
    "Sources": [("Dataset", "Block", "From"), ("ADSL", "SUBJECT", "DM")],
    "Parameters": [
        PARAMETERS,
        ("ADFA", "GRADE", "Grade", "FA", "not missing(FA.FASTRESN)", "FA.FASTRESN", "date(FA.FADTC)", "1"),
        ("ADFA", "WORST", "Worst", "ADSL", "", "max(GRADE.AVAL)", "", "2"),
        ("ADTTE", "TTG", "Time to grade", "ADSL", "", "ADT - STARTDT", "", ""),
    ],
    "mapping/ADSL": mapping(("TRTSDT", "date(DM.RFSTDTC)"), ("DTHDT", "max(ADFA.ADT)")),
    "mapping/ADTTE": mapping(("STARTDT", "ADSL.TRTSDT")),
    "Events": [
        EVENTS,
        (
            "ADTTE",
            "TTG",
            "1",
            "ADFA.AVAL",
            "0",
            "ADFA",
            "",
            "ADFA.PARAMCD == 'GRADE' and STARTDT < ADFA.ADT",
            "ADFA.ADT",
            "",
            "'Event'",
            "ADFA.AVAL",
        ),
        ("ADTTE", "TTG", "2", "", "1", "ADSL", "", "not missing(STARTDT)", "ADSL.DTHDT", "", "'Death'", ""),
    ],
}


def build(folder: Path, sheets: dict[str, Rows] | None = None) -> CompiledStage:
    files = {f"adam/{name}.csv": table(rows) for name, rows in {**SHEETS, **(sheets or {})}.items()}
    return compile_stage(load(study(folder, {"study.toml": TOML}, {**files}), "adam"), SDTM)


def faults(folder: Path, sheets: dict[str, Rows]) -> list[str]:
    with pytest.raises(SpecError) as caught:
        build(folder, sheets)
    return [str(problem) for problem in caught.value.problems]


def event(**cells: str) -> dict[str, Rows]:
    base = dict(zip(EVENTS, SHEETS["Events"][1]))
    return {"Events": [EVENTS, tuple((base | cells).values())]}


def test_datasets_of_adam_may_refer_to_each_other(tmp_path: Path) -> None:
    stage = build(tmp_path, {"mapping/ADFA": mapping(("BASE", "min(GRADE.AVAL, where=GRADE.ADT <= ADSL.TRTSDT)"))})
    order = list(stage.order)
    assert order.index(("variable", "ADFA", "GRADE", "ADT")) < order.index(("variable", "ADSL", "SUBJECT", "DTHDT"))
    assert order.index(("variable", "ADSL", "SUBJECT", "TRTSDT")) < order.index(("variable", "ADFA", "GRADE", "BASE"))


def test_parameter_is_a_block_that_others_refer_to(tmp_path: Path) -> None:
    found = build(tmp_path).rules["ADFA", "WORST", "AVAL"][0].value
    assert isinstance(found, Aggregate) and found.match is not None and found.match.table == "GRADE"


def test_parameter_from_a_one_row_table_is_one_row(tmp_path: Path) -> None:
    stage = build(tmp_path, {"mapping/ADFA": mapping(("BASE", "WORST.AVAL"))})
    assert columns(stage.rules["ADFA", "GRADE", "BASE"][0].value) == [("subject", "WORST", "AVAL")]


def test_fixed_cells_have_the_type_of_their_variable(tmp_path: Path) -> None:
    rules = build(tmp_path).rules
    assert rules["ADFA", "GRADE", "PARAMCD"][0].value == Constant("GRADE", TEXT)
    assert rules["ADFA", "WORST", "_GOAL"][0].value == Constant(2.0, NUMBER)


def test_events_first_for_an_event_and_last_for_a_censoring(tmp_path: Path) -> None:
    first, second = build(tmp_path).events["ADTTE", "TTG"]
    assert (first.pick, second.pick) == ("first", "last")
    assert (first.srcvar, second.srcvar) == ("ADT", "DTHDT")
    assert len(first.match.filters) == 1 and len(first.match.residual) == 1
    assert [columns(part) for part in second.match.residual] == [[("own", "ADTTE", "STARTDT")]]


def test_further_variable_of_events_has_the_type_of_its_cell(tmp_path: Path) -> None:
    assert build(tmp_path).types["ADTTE", "_WHY"] == NUMBER


EVENT_FAULTS = [
    (event(PARAMCD="TTX"), "[PARAMCD] ADTTE has no parameter 'TTX'"),
    (event(From="ADXX"), "[From] 'ADXX' is no table, dataset or block"),
    (event(By="AELNKID"), "[By] ADFA has no column 'AELNKID'"),
    (event(Where="ADFA.PARMCD == 'X'"), "[Where] ADFA has no column 'PARMCD'; did you mean 'PARAMCD'?"),
    (event(Date="ADFA.PARAMCD"), "[Date] Date needs a number, but ADFA.PARAMCD is a text"),
    (event(Order="AVALL"), "[Order] unknown name 'AVALL'"),
    (event(CNSR="'no'"), "[CNSR] CNSR needs a number, but 'no' is a text"),
    (event(EVNTDESC="3"), "[EVNTDESC] EVNTDESC is a text, the expression gives a number"),
    (event(_WHY="ADFA.AVALX"), "[_WHY] ADFA has no column 'AVALX'; did you mean 'AVAL'?"),
]


@pytest.mark.parametrize(("sheets", "message"), EVENT_FAULTS)
def test_faults_of_events(tmp_path: Path, sheets: dict[str, Rows], message: str) -> None:
    (found,) = faults(tmp_path, sheets)
    assert found.startswith(f"adam/Events.csv:2 {message}")


def test_faults_of_parameters(tmp_path: Path) -> None:
    rows = [PARAMETERS, ("ADFA", "GRADE", "Grade", "FA", "FA.FASTRESN", "FA.FATERM", "FA.FADTC", ""),
            *SHEETS["Parameters"][2:]]  # fmt: skip
    assert [text.split(";")[0] for text in faults(tmp_path, {"Parameters": rows})] == [
        "adam/Parameters.csv:2 [ADT] ADT is a number, the expression gives an ISO 8601 date",
        "adam/Parameters.csv:2 [AVAL] AVAL is a number, the expression gives a text",
        "adam/Parameters.csv:2 [Where] a condition cell needs a condition, but FA.FASTRESN is a number",
    ]


def test_dataset_of_adam_with_the_name_of_an_input(tmp_path: Path) -> None:
    names = {
        "Datasets": [*SHEETS["Datasets"], ("DM", "Demographics", "ADAM OTHER", "One record per subject", "USUBJID")],
        "Variables": [*SHEETS["Variables"], ("DM", "USUBJID")],
    }
    assert any(
        "adam/Datasets.csv:5 [Dataset] table DM bears the name of dataset DM" in text
        for text in faults(tmp_path, {**names})
    )


def test_long_cells_are_suggestions_not_faults(tmp_path: Path) -> None:
    long = " + ".join(["date(DM.RFSTDTC)"] * 8)
    spec = build(tmp_path, {"mapping/ADSL": mapping(("TRTSDT", long))}).spec
    (found,) = long_cells(spec)
    assert str(found).startswith("adam/mapping/ADSL.csv:2 [Expression] the cell has 149 characters")


# --- the whole vocabulary -----------------------------------------------------------------------------------


def test_every_row_wise_function_is_listed() -> None:
    assert sorted(functions.ROWWISE) == sorted(rowwise.CALLS)


WORKED = """not missing(LB.LBORRES)
ADCM.ANL02FL == "Y"
2 <= _TARGET.BTOXGRN <= 4
IRAEGR.AVAL <= _GOAL and _ANCHOR < IRAEGR.ADT <= _ENDDT
sequence()
study_day(--STDTC, DM.RFSTDTC)
only(SE.EPOCH, where=date_in(--STDTC, SE.SESTDTC, SE.SEENDTC))
flag(is_last(by=(USUBJID, --TESTCD), order=(--DTC, --SEQ), where=not missing(--STRESC) and --DTC <= DM.RFSTDTC))
count(raw_dd) > 0 or any(AE.AEOUT == "FATAL")
assign_ct(SEX_C, SEX, otherwise="U")
coalesce(_PLANNED, _BEFORE + 0.01 * _NTH)
flag(TRTSDT <= ASTDT <= TRTEDT + TEAE_DAYS)
flag(is_first(by=AEDECOD, order=(ASTDT, AESEQ), where=TRTEMFL == "Y"))"""


# What each row is, and the tables whose columns it names, in the order of WORKED.
READ_AS = [
    ("not", {"LB"}), ("==", {"ADCM"}), ("and", {"_TARGET"}), ("and", {"IRAEGR"}), ("sequence", set()),
    ("study_day", {"DM"}), ("only", {"SE"}), ("flag", {"DM"}), ("or", {"AE"}), ("assign_ct", set()),
    ("coalesce", set()), ("flag", set()), ("flag", set()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "read"), list(zip(WORKED.splitlines(), READ_AS, strict=True)))
def test_worked_rows_are_read(text: str, read: tuple[str, set[str]]) -> None:
    node = parse(with_prefix(text, "LB"))
    head = getattr(node, "operator", "") or getattr(node, "function", "")
    assert (head, {part.table for part in walk(node) if isinstance(part, Attribute)}) == read


def test_expand_and_order_cells_are_read() -> None:
    assert isinstance(parse("ADT in dates(ADCM.ASTDT, ADCM.AADJEDT, every=greatest(1, 1 / ADCM.ADFRQN))"), Member)
    assert len(parse_list("desc(_TARGET.BTOXGRN), _TARGET.ASTDT, _TARGET.AESEQ").items) == 3


@cache
def _scope() -> RecordScope:
    stage = build_sdtm(Path(mkdtemp()), {"mapping/AE": mapping(("AESTDTC", "iso8601(ST_YY, ST_MM, ST_DD)"))})
    return RecordScope(Compiler(stage.spec, stage.inputs), "AE", "ae")


_LEAVES = st.sampled_from(["OUT", "AESEQ", "AESTDTC", "DM.SEX", "DS.DSSEQ", "LB.LBDTC", "drugs.CODE", "DS", "1", "'A'",
                           "'2024'", "None", "True", "DOSE", "USUBJID", "(OUT, 'A')"])  # fmt: skip
_CALLS = st.sampled_from(sorted({*functions.names(), "desc", "nothing"}))
_OPTIONS = st.sampled_from(["where", "by", "order", "subjects", "rule", "codelist", "otherwise"])


def _combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "*", "==", "!=", "<", "and", "or", "in"])
    option = st.tuples(_OPTIONS, parts).map(lambda p: f"{p[0]}={p[1]}")
    arguments = st.tuples(st.lists(parts, max_size=3), st.lists(option, max_size=2)).map(
        lambda p: ", ".join(p[0] + p[1])
    )
    return st.one_of(
        st.tuples(parts, operators, parts).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(_CALLS, arguments).map(lambda p: f"{p[0]}({p[1]})"),
        parts.map(lambda p: f"(not {p})"),
        st.tuples(parts, parts, parts).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(_LEAVES, _combined, max_leaves=6))
def test_what_is_read_has_a_type_or_is_an_expression_error(text: str) -> None:
    try:
        found = resolve(parse(text), _scope())
    except ExpressionError as fault:
        assert fault.message
    else:
        assert type_of(found) in WORDS


def test_source_variable_of_an_event_is_a_variable_of_its_table(tmp_path: Path) -> None:
    rows = event()["Events"]
    rows = [(*rows[0], "SRCVAR"), (*rows[1], "AVALL")]
    found = faults(tmp_path, {"Events": rows})
    assert found == ["adam/Events.csv:2 [SRCVAR] ADFA has no column 'AVALL'; did you mean 'AVAL'?"]
