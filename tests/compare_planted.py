"""The reference table of planted differences: for each kind two sides made by a rule, and what is to be found.

Every case begins with the dataset LB below on both sides, plants one thing on a side, and lists all that a
comparison has to find. What is not listed must not be found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from compare_data import CREATED, Columns, Finding, Var, day, moment, write_csv, write_json, write_parquet, write_xpt

KEYS = [(subject, str(number)) for subject in ("S-1", "S-2") for number in (1, 2, 3)]
LB: Columns = {
    "USUBJID": Var([subject for subject, _ in KEYS], "Unique Subject Identifier", length=10),
    "LBSEQ": Var([float(number) for _, number in KEYS], "Sequence Number"),
    "LBTESTCD": Var(["ALT", "AST", "GLUC", "ALT", "AST", "GLUC"], "Lab Test Short Name", length=8),
    "LBSTRESN": Var([10.0, 20.5, None, 40.0, 0.0, -3.25], "Numeric Result", format="8.2"),
    "LBDTC": Var(["2024-01-05", "2024-01-05T08:30", "2024-01", None, "2024-02-01", "2024-02-02"], length=20),
    "LBCOM": Var([None, "haemolysed", "Late", "late sample, repeated", None, " indented"], length=40),
    "ADT": Var([*map(day, ("2024-01-05", "2024-01-06")), None, *map(day, ("2024-02-01", "2024-02-02")), None],
               format="DATE9."),
    "ADTM": Var([moment(f"2024-01-05T08:30:0{i}") for i in range(6)], format="DATETIME20."),
    "ATM": Var([28800.0, 30600.0, None, 0.0, 60.0, 86399.0], format="TIME8."),
    "LBREASN": Var([None, ".A", ".B", "._", 5.0, None], "Reason"),
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A kind of difference. make: writes both sides below a folder and gives their paths. exit_code: None means 1
    where something is to be found, else 0. notes: texts that the notes of the comparison must hold."""

    name: str
    make: Callable[[Path], tuple[Path, Path]]
    expected: frozenset[Finding]
    asked: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int | None = None
    notes: tuple[str, ...] = ()


CASES: list[Case] = []
BY = {"by": ("USUBJID,LBSEQ",)}


def _xpt(name: str, base: Columns, compare: Columns, expected: set[Finding], **more: Any) -> None:
    """A case of two transport files LB."""

    def make(folder: Path) -> tuple[Path, Path]:
        return write_xpt(folder / "base/lb.xpt", base), write_xpt(folder / "compare/lb.xpt", compare)

    _case(name, make, expected, **more)


def _case(
    name: str,
    make: Callable[[Path], tuple[Path, Path]],
    expected: set[Finding],
    *,
    exit_code: int | None = None,
    notes: tuple[str, ...] = (),
    **asked: Any,
) -> None:
    CASES.append(Case(name, make, frozenset(expected), {**BY, **asked}, exit_code, notes))


def _with(**changed: Var) -> Columns:
    return {**LB, **changed}


def _value(variable: str, row: int, base: str | None, compare: str | None) -> Finding:
    return ("value", "LB", variable, KEYS[row], base, compare)


def _attribute(variable: str, name: str, base: str, compare: str) -> Finding:
    return ("attribute", "LB", variable, name, base, compare)


def _taken(rows: list[int], columns: Columns = LB) -> Columns:
    return {name: replace(var, values=[var.values[row] for row in rows]) for name, var in columns.items()}


# --- values ---------------------------------------------------------------------------------------------

RESULT, REASON, COMMENT = LB["LBSTRESN"], LB["LBREASN"], LB["LBCOM"]
_xpt("nothing", LB, LB, set())
_xpt("records in another order", LB, _taken([5, 0, 3, 1, 4, 2]), set())
_xpt("number", LB, _with(LBSTRESN=RESULT.put(0, 10.25)), {_value("LBSTRESN", 0, "10", "10.25")})
_xpt("number where base is zero", LB, _with(LBSTRESN=RESULT.put(4, 1.0)), {_value("LBSTRESN", 4, "0", "1")})
_xpt("sign of a number", LB, _with(LBSTRESN=RESULT.put(5, 3.25)), {_value("LBSTRESN", 5, "-3.25", "3.25")})
_xpt("number that is missing in compare", LB, _with(LBSTRESN=RESULT.put(0, None)), {_value("LBSTRESN", 0, "10", None)})
_xpt("number that is missing in base", LB, _with(LBSTRESN=RESULT.put(2, 7.0)), {_value("LBSTRESN", 2, None, "7")})
_xpt("missing and special missing", LB, _with(LBREASN=REASON.put(0, ".A")), {_value("LBREASN", 0, None, ".A")})
_xpt("two special missings", LB, _with(LBREASN=REASON.put(1, ".C")), {_value("LBREASN", 1, ".A", ".C")})
_xpt("underscore and missing", LB, _with(LBREASN=REASON.put(3, None)), {_value("LBREASN", 3, "._", None)})
_xpt("special missing and number", LB, _with(LBREASN=REASON.put(1, 1.0)), {_value("LBREASN", 1, ".A", "1")})
_xpt("special missings alike", LB, _with(LBREASN=REASON.put(1, ".C").put(3, None)), set(), special_alike=True)
_xpt("text", LB, _with(LBTESTCD=LB["LBTESTCD"].put(1, "ALP")), {_value("LBTESTCD", 1, "AST", "ALP")})
_xpt("text that is missing in compare", LB, _with(LBCOM=COMMENT.put(1, None)), {_value("LBCOM", 1, "haemolysed", None)})
_xpt("text that is missing in base", LB, _with(LBCOM=COMMENT.put(0, "new")), {_value("LBCOM", 0, None, "new")})
_xpt("case of a text", LB, _with(LBCOM=COMMENT.put(2, "LATE")), {_value("LBCOM", 2, "Late", "LATE")})
_xpt("case that is ignored", LB, _with(LBCOM=COMMENT.put(2, "LATE")), set(), ignore_case=True)
_xpt("leading blank", LB, _with(LBCOM=COMMENT.put(5, "indented")), {_value("LBCOM", 5, " indented", "indented")})
_xpt(
    "end of a long text", LB, _with(LBCOM=COMMENT.put(3, "late sample, not repeated")),
    {_value("LBCOM", 3, "late sample, repeated", "late sample, not repeated")},
)  # fmt: skip
_xpt(
    "missing values that count as equal", LB, _with(LBSTRESN=RESULT.put(0, None).put(1, 21.0)),
    {_value("LBSTRESN", 1, "20.5", "21")}, missing_equals="compare",
)  # fmt: skip

# --- tolerances -----------------------------------------------------------------------------------------

NOISE = _with(LBSTRESN=replace(RESULT, values=[0.1 + 0.2, 20.5, None, 40.0, 0.0, -3.25]))
CLEAN = _with(LBSTRESN=replace(RESULT, values=[0.3, 20.5, None, 40.0, 0.0, -3.25]))
GAPS = _with(LBSTRESN=replace(RESULT, values=[10.001, 20.6, None, 44.0, 0.001, -3.25]))
_xpt("order of floating-point operations", CLEAN, NOISE, {_value("LBSTRESN", 0, "0.3", "0.30000000000000004")})
_xpt("relative criterion", CLEAN, NOISE, set(), criterion="1e-12")
_xpt(
    "absolute criterion", LB, GAPS, {_value("LBSTRESN", 1, "20.5", "20.6"), _value("LBSTRESN", 3, "40", "44")},
    method="absolute", criterion="0.001001",
)  # fmt: skip
_xpt(
    # 20.5 to 20.6 is 0.488 percent, 40 to 44 is 10 percent; of zero there is no percentage
    "percent criterion", LB, GAPS, {_value("LBSTRESN", 3, "40", "44"), _value("LBSTRESN", 4, "0", "0.001")},
    method="percent", criterion="5",
)  # fmt: skip
_xpt(
    # |y - x| over the mean of |x| and |y|: 0.0001, 0.00487, 0.0952, 2
    "relative criterion as in PROC COMPARE", LB, GAPS,
    {_value("LBSTRESN", 3, "40", "44"), _value("LBSTRESN", 4, "0", "0.001")}, method="relative", criterion="0.005",
)  # fmt: skip
_xpt(
    "tolerance of one variable", LB, {**GAPS, "ATM": LB["ATM"].put(0, 28801.0)},
    {_value("ATM", 0, "08:00:00", "08:00:01")}, tolerance=("LBSTRESN=5:absolute",),
)  # fmt: skip
_xpt("tolerance of a dataset's variable", LB, GAPS, set(), tolerance=("LB.LBSTRESN=5:absolute",))

# --- dates ----------------------------------------------------------------------------------------------

_xpt("date", LB, _with(ADT=LB["ADT"].put(0, day("2024-01-07"))), {_value("ADT", 0, "2024-01-05", "2024-01-07")})
_xpt(
    "datetime", LB, _with(ADTM=LB["ADTM"].put(0, moment("2024-01-05T08:31:00"))),
    {_value("ADTM", 0, "2024-01-05T08:30:00", "2024-01-05T08:31:00")},
)  # fmt: skip
_xpt("time", LB, _with(ATM=LB["ATM"].put(3, 1.0)), {_value("ATM", 3, "00:00:00", "00:00:01")})
_xpt(
    "date as text", LB, _with(LBDTC=LB["LBDTC"].put(4, "2024-02-03")),
    {_value("LBDTC", 4, "2024-02-01", "2024-02-03")},
)  # fmt: skip
ISO_DATES = Var(["2024-01-05", "2024-01-06", None, "2024-02-01", "2024-02-02", None], length=10)
_xpt(
    "date beside the same date as text", LB, _with(ADT=ISO_DATES), {_attribute("ADT", "type", "Num", "Char")},
    notes=("number on one side and text on the other; compared: ADT as dates",),
)  # fmt: skip
_xpt(
    "date beside another date as text", LB, _with(ADT=ISO_DATES.put(1, "2024-01-16").put(3, "01FEB2024")),
    {_attribute("ADT", "type", "Num", "Char"), _value("ADT", 1, "2024-01-06", "2024-01-16"),
     _value("ADT", 3, "2024-02-01", "01FEB2024")},
)  # fmt: skip
MIDNIGHT = Var([day("2024-01-05") * 86400, day("2024-01-06") * 86400 + 1, None, day("2024-02-01") * 86400,
                day("2024-02-02") * 86400, None], format="DATETIME20.")  # fmt: skip
_xpt(
    "date beside datetime", LB, _with(ADT=MIDNIGHT),
    {_attribute("ADT", "format", "DATE9.", "DATETIME20."), _value("ADT", 1, "2024-01-06", "2024-01-06T00:00:01")},
)  # fmt: skip
_xpt(
    "number beside text", LB, _with(LBSTRESN=Var(["10", "20.50", None, "4E1", "0", "low"], "Numeric Result", length=8)),
    {_attribute("LBSTRESN", "type", "Num", "Char"), _value("LBSTRESN", 5, "-3.25", "low")},
)  # fmt: skip

# --- variables and attributes ---------------------------------------------------------------------------

_xpt("variable in base only", LB, {k: v for k, v in LB.items() if k != "ATM"}, {("variable", "LB", "base", "ATM")})
_xpt("variable in compare only", LB, _with(ZZ=Var([1] * 6)), {("variable", "LB", "compare", "ZZ")})
_xpt(
    "label", LB, _with(LBSTRESN=replace(RESULT, label="Result")),
    {_attribute("LBSTRESN", "label", "Numeric Result", "Result")},
)  # fmt: skip
_xpt("length of a text", LB, _with(LBCOM=replace(COMMENT, length=60)), {_attribute("LBCOM", "length", "40", "60")})
_xpt("length of a number", LB, _with(ATM=replace(LB["ATM"], length=5)), {_attribute("ATM", "length", "8", "5")})
_xpt("format", LB, _with(LBSTRESN=replace(RESULT, format="8.3")), {_attribute("LBSTRESN", "format", "8.2", "8.3")})
_xpt("format in another spelling", LB, _with(ADT=replace(LB["ADT"], format="date9.")), set())
_xpt("informat", LB, _with(LBSEQ=replace(LB["LBSEQ"], informat="8.")), {_attribute("LBSEQ", "informat", "", "8.")})
_xpt(
    "order of variables", LB, {**{"ATM": LB["ATM"]}, **{k: v for k, v in LB.items() if k != "ATM"}},
    {_attribute("ATM", "order", "9 of 10", "1 of 10")},
)  # fmt: skip
_xpt(
    "attributes that are ignored", LB, _with(LBCOM=replace(COMMENT, length=60, label="Comment")), set(),
    ignore=("label,length",),
)  # fmt: skip


def _labels(folder: Path) -> tuple[Path, Path]:
    return write_xpt(folder / "1/lb.xpt", LB, label="Laboratory"), write_xpt(folder / "2/lb.xpt", LB, label="Labs")


_case("label of the dataset", _labels, {_attribute("", "label", "Laboratory", "Labs")})

# --- records --------------------------------------------------------------------------------------------

_xpt("record in base only", LB, _taken([0, 1, 2, 3, 5]), {("record", "LB", "base", KEYS[4])})
_xpt("record in compare only", _taken([1, 2, 3, 4, 5]), LB, {("record", "LB", "compare", KEYS[0])})
_xpt(
    "another key", LB, _with(LBSEQ=LB["LBSEQ"].put(5, 9.0)),
    {("record", "LB", "base", KEYS[5]), ("record", "LB", "compare", ("S-2", "9"))},
)  # fmt: skip
_xpt(
    "missing key", LB, _with(LBSEQ=LB["LBSEQ"].put(5, None)),
    {("record", "LB", "base", KEYS[5]), ("record", "LB", "compare", ("S-2", "."))},
)  # fmt: skip
_xpt(
    "record that base has twice", _taken([0, 1, 1, 2, 3, 4, 5]), LB,
    {("repeated", "LB", KEYS[1], 2, 1), ("record", "LB", "base", KEYS[1])},
)  # fmt: skip
TWICE = _taken([0, 0, 1, 2, 3, 4, 5])
_xpt(
    "key that both have twice", {**TWICE, "LBCOM": TWICE["LBCOM"].put(1, "second")},
    _taken([1, 0, 2, 3, 4, 5, 6], {**TWICE, "LBCOM": TWICE["LBCOM"].put(1, "second")}),
    {("repeated", "LB", KEYS[0], 2, 2)}, exit_code=0,
)  # fmt: skip
_xpt(
    "value within a key that both have twice", TWICE, {**TWICE, "LBCOM": TWICE["LBCOM"].put(0, "changed")},
    {("repeated", "LB", KEYS[0], 2, 2), _value("LBCOM", 0, None, "changed")},
)  # fmt: skip
_xpt(
    "matched by number", LB, _taken([1, 0, 2, 3, 4, 5]),
    {("value", "LB", "LBSTRESN", (), "10", "20.5"), ("value", "LB", "LBSTRESN", (), "20.5", "10")},
    by=("_N_",), only=("LBSTRESN",),
)  # fmt: skip

_xpt(
    "key that is a number beside a text", LB,
    _with(LBSEQ=Var([number for _, number in KEYS], "Sequence Number", length=8)),
    {_attribute("LBSEQ", "type", "Num", "Char")},
)  # fmt: skip

# --- what is looked at ----------------------------------------------------------------------------------

MANY = _with(LBSTRESN=RESULT.put(0, 1.0), LBCOM=COMMENT.put(4, "x"), LBTESTCD=LB["LBTESTCD"].put(5, "NA"))
_xpt("only some variables", LB, MANY, {_value("LBCOM", 4, None, "x")}, only=("LBCOM", "LBDTC"))
_xpt("without some variables", LB, MANY, {_value("LBSTRESN", 0, "10", "1")}, drop=("LBCOM,LBTEST*",))
_xpt("some records", LB, MANY, {_value("LBSTRESN", 0, "10", "1")}, where="USUBJID == 'S-1' and LBSEQ <= 2")


def _folders(folder: Path) -> tuple[Path, Path]:
    for side, names in (("base", ("ae", "lb")), ("compare", ("lb", "vs"))):
        for name in names:
            write_xpt(folder / side / f"{name}.xpt", LB)
    return folder / "base", folder / "compare"


_case("datasets on one side", _folders, {("dataset", "base", "AE"), ("dataset", "compare", "VS")})
_case("some datasets", _folders, set(), datasets=("LB",))


def _builds(folder: Path) -> tuple[Path, Path]:
    for side, other in (("base", LB), ("compare", _with(LBSTRESN=RESULT.put(0, 11.0)))):
        write_xpt(folder / side / "sdtm/lb.xpt", other)
        write_xpt(folder / side / "adam/lb.xpt", LB)
        write_csv(folder / side / "qc/issues.csv", f"Rule\n{side}\n")
        write_csv(folder / side / "manifest.json", "{}")
    return folder / "base", folder / "compare"


_case("outputs of two builds", _builds, {("value", "sdtm/LB", "LBSTRESN", KEYS[0], "10", "11")})


def _members(folder: Path) -> tuple[Path, Path]:
    from formats import xpt

    for side, columns in (("base", LB), ("compare", _with(LBSTRESN=RESULT.put(0, 11.0)))):
        made = [var.column(name) for name, var in columns.items()]
        (folder / side).mkdir(parents=True)
        datasets = [xpt.Dataset(name, tuple(made), created=CREATED) for name in ("LB", "VS")]
        xpt.write_all(folder / side / "all.xpt", datasets)
    return folder / "base/all.xpt", folder / "compare/all.xpt"


_case(
    "transport file with two datasets", _members,
    {_value("LBSTRESN", 0, "10", "11"), ("value", "VS", "LBSTRESN", KEYS[0], "10", "11")},
)  # fmt: skip

# --- define.xml -----------------------------------------------------------------------------------------

DEFINE = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.1"><Study OID="S">
<MetaDataVersion OID="M"><ItemGroupDef OID="IG" Name="LB">
<ItemRef ItemOID="IT.U" KeySequence="1"/><ItemRef ItemOID="IT.S" KeySequence="2"/><ItemRef ItemOID="IT.T"/>
</ItemGroupDef><ItemDef OID="IT.U" Name="USUBJID"/><ItemDef OID="IT.S" Name="LBSEQ"/>
<ItemDef OID="IT.T" Name="LBTESTCD"><CodeListRef CodeListOID="CL"/></ItemDef>
<CodeList OID="CL">{terms}</CodeList></MetaDataVersion></Study></ODM>
"""
TERM = '<CodeListItem CodedValue="{0}"><Decode><TranslatedText>{1}</TranslatedText></Decode></CodeListItem>'


def _defined(folder: Path) -> tuple[Path, Path]:
    for side, terms in (("base", ("ALT", "AST", "GLUC")), ("compare", ("ALT", "AST", "NA"))):
        write_xpt(folder / side / "lb.xpt", LB)
        text = DEFINE.format(terms="".join(TERM.format(term, term.lower()) for term in terms))
        write_csv(folder / side / "define.xml", text)
    return folder / "base", folder / "compare"


_case(
    "codelist of two define.xml", _defined,
    {_attribute("LBTESTCD", "codelist", "3 terms, only here: GLUC = gluc", "3 terms, only here: NA = na")}, by=(),
)  # fmt: skip

# --- other formats --------------------------------------------------------------------------------------


def _parquet(
    name: str, base: Mapping[str, Any], compare: Mapping[str, Any], expected: set[Finding], **more: Any
) -> None:
    """A case of two Parquet files with a key and a variable V."""

    def make(folder: Path) -> tuple[Path, Path]:
        keys = {"USUBJID": ["S-1", "S-1", "S-1"], "LBSEQ": [1, 2, 3]}
        return (
            write_parquet(folder / "1/lb.parquet", {**keys, **base}),
            write_parquet(folder / "2/lb.parquet", {**keys, **compare}),
        )

    _case(name, make, expected, **more)


def _arrow(values: list[Any], kind: str, *arguments: Any) -> Any:
    import pyarrow

    return pyarrow.array(values, getattr(pyarrow, kind)(*arguments))


_parquet("trailing blank", {"V": ["a", "b", None]}, {"V": ["a ", "b", None]}, {_value("V", 0, "a", "a ")})
_parquet(
    "trailing blank that is ignored", {"V": ["a", "b", ""]}, {"V": ["a ", "b", ""]}, set(), ignore_trailing_blanks=True,
)  # fmt: skip
_parquet(
    "blank and missing", {"V": ["a", "", None]}, {"V": ["a", None, ""]},
    {_value("V", 1, "", None), _value("V", 2, None, "")},
)  # fmt: skip
_parquet("blank that is missing", {"V": ["a", "", None]}, {"V": ["a", None, ""]}, set(), blank_is_missing=True)
_parquet("name in another case", {"V": [1.0, 2.0, 3.0]}, {"v": [1.0, 2.0, 4.0]},
         {_attribute("V", "name", "V", "v"), _value("V", 2, "3", "4")})  # fmt: skip
_parquet("type of storage", {"V": [1, 2, 3]}, {"V": [1.0, 2.0, 3.0]}, {_attribute("V", "storage", "int64", "double")})
_parquet("truth value", {"V": [True, False, None]}, {"V": [True, True, None]}, {_value("V", 1, "0", "1")})
_parquet(
    "whole numbers beyond 2**53", {"V": [2**53, 2**53 + 1, 5]}, {"V": [2**53, 2**53 + 2, 5]},
    {_value("V", 1, "9007199254740993", "9007199254740994")},
)  # fmt: skip
_parquet(
    "infinite number", {"V": [np.inf, 1.0, np.inf]}, {"V": [np.inf, 1.0, -np.inf]}, {_value("V", 2, "inf", "-inf")},
)  # fmt: skip
_parquet(
    "moments of nanoseconds", {"V": lambda: _arrow([1, 2000, None], "timestamp", "ns")},
    {"V": lambda: _arrow([2, 2000, None], "timestamp", "ns")},
    {_value("V", 0, "1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00.000000002")},
)  # fmt: skip
_parquet(
    "date and timestamp", {"V": lambda: _arrow([0, 1, None], "date32")},
    {"V": lambda: _arrow([0, 86_400_001, None], "timestamp", "ms")},
    {_attribute("V", "storage", "date32[day]", "timestamp[ms]"),
     _value("V", 1, "1970-01-02", "1970-01-02T00:00:00.001")},
)  # fmt: skip


def _csv(name: str, base: str, compare: str, expected: set[Finding], **more: Any) -> None:
    def make(folder: Path) -> tuple[Path, Path]:
        head = "USUBJID,LBSEQ,V\n"
        return write_csv(folder / "1/lb.csv", head + base), write_csv(folder / "2/lb.csv", head + compare)

    _case(name, make, expected, **more)


_csv(
    "number written otherwise", "S-1,1,10\nS-1,2,2.5\n", "S-1,1,10.0\nS-1,2,2.50\n", set(),
    notes=("read as numbers: LBSEQ, V",),
)  # fmt: skip
_csv("digits that are no number", "S-1,1,007\nS-1,2,5\n", "S-1,1,7\nS-1,2,5\n", {_value("V", 0, "007", "7")})
_csv("quoted trailing blank", 'S-1,1,"a "\nS-1,2,b\n', "S-1,1,a\nS-1,2,b\n", {_value("V", 0, "a ", "a")})


def _csv_and_xpt(folder: Path) -> tuple[Path, Path]:
    text = "USUBJID,LBSEQ,LBSTRESN,ADT,LBREASN\nS-1,1,10.0,2024-01-05,\nS-1,2,20.5,2024-01-09,.A\nS-1,3,.,,.B\n"
    names = ("USUBJID", "LBSEQ", "LBSTRESN", "ADT", "LBREASN")
    columns = {name: var for name, var in _taken([0, 1, 2]).items() if name in names}
    return write_csv(folder / "1/lb.csv", text), write_xpt(folder / "2/lb.xpt", columns)


_case(
    "CSV beside transport file", _csv_and_xpt, {_value("ADT", 1, "2024-01-09", "2024-01-06")},
    notes=("read as numbers: LBSEQ, LBSTRESN, LBREASN", "read as dates: ADT"),
)  # fmt: skip


def _json_and_xpt(folder: Path) -> tuple[Path, Path]:
    columns: list[dict[str, Any]] = [
        {"name": "USUBJID", "dataType": "string", "length": 10, "label": "Unique Subject Identifier", "keySequence": 1},
        {"name": "LBSEQ", "dataType": "integer", "label": "Sequence Number", "keySequence": 2},
        {"name": "LBSTRESN", "dataType": "float", "label": "Numeric Result", "displayFormat": "8.2"},
        {"name": "ADT", "dataType": "date", "targetDataType": "integer", "displayFormat": "DATE9."},
    ]
    rows = [["S-1", 1, 10, "2024-01-05"], ["S-1", 2, 20.5, "2024-01-06"], ["S-1", 3, 1, None]]
    names = [column["name"] for column in columns]
    base = {name: var for name, var in _taken([0, 1, 2]).items() if name in names}
    return write_xpt(folder / "1/lb.xpt", base), write_json(folder / "2/lb.json", columns, rows)


_case("Dataset-JSON beside transport file", _json_and_xpt, {_value("LBSTRESN", 2, None, "1")}, by=())


def _xpt_and_parquet(folder: Path) -> tuple[Path, Path]:
    import pyarrow

    days = pyarrow.array([19727, 19728, None, 19754, 19756, None], pyarrow.date32())
    columns = {
        "USUBJID": [subject for subject, _ in KEYS], "LBSEQ": [int(number) for _, number in KEYS],
        "LBCOM": ["", "haemolysed ", "Late", "late sample, repeated", None, " indented"], "ADT": days,
    }  # fmt: skip
    base = {name: LB[name] for name in columns}
    return write_xpt(folder / "1/lb.xpt", base), write_parquet(folder / "2/lb.parquet", columns)


_case(
    "blanks that one format does not hold", _xpt_and_parquet, {_value("ADT", 4, "2024-02-02", "2024-02-03")},
    notes=("trailing blanks of texts are not compared",),
)  # fmt: skip
