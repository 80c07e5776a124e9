"""The recorded cases of admiral that derive values row by row, said in expressions and in rows of a specification.

A case passes, differs on purpose with the reason, or is none of ours with the reason: checks of R's arguments,
messages, and what tests only that a condition of R is raised.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from admiral_cases import ABSENT, cases, frame, outcome, plain, same, table, vector
from engine_study import Ran, adam
from oak_cases import Case, listed

from derivations.convert_age import problems as problems_of_age
from derivations.timepoint_hours import problems as problems_of_timepoints
from engine.single import evaluate_on
from language.errors import ExpressionError

GROUPS = (
    "compute_duration", "derive_vars_duration", "derive_vars_dy", "derive_var_trtemfl", "derive_var_ontrtfl",
    "derive_var_anrind", "derive_var_chg", "derive_var_shift", "derive_vars_aage", "compute_age_years",
    "derive_param_bmi", "derive_param_bsa", "derive_param_map", "derive_param_qtc", "compute_kidney",
    "compute_qual_imputation", "derive_vars_cat", "derive_vars_crit_flag", "convert_xxtpt_to_hours",
)  # fmt: skip
CASES = cases(*GROUPS)

ARGUMENT = "checks the type or the length of an R argument; here it is a column, or a fault of the spec"
UNIT = "reads units out of data or labels; a unit here is an argument, or stands in Units of the spec"
MESSAGE = "states that R gives a message, not which values come out"
CLASSES = "checks the class of an R object that defines the categories; here they are rows of the spec"
NOT_OURS = {
    "derive_var_trtemfl.5": "asks for the subject key; windows and aggregates always stay inside the subject",
    "derive_var_ontrtfl.7": MESSAGE,
    "derive_vars_aage.3": MESSAGE,
    "compute_age_years.1": ARGUMENT,
    **dict.fromkeys(("derive_param_bmi.2", "derive_param_bsa.11", "derive_param_bsa.12"), UNIT),
    **dict.fromkeys(("derive_param_map.3", "derive_param_map.4"), UNIT),
    "derive_param_bmi.3": "asks for PARAMCD, which every row of Parameters has",
    **dict.fromkeys((f"derive_vars_cat.{n}" for n in (2, 4, 6)), CLASSES),
    "derive_vars_cat.1": MESSAGE,
    **dict.fromkeys((f"convert_xxtpt_to_hours.{n}" for n in (3, 8, 40)), ARGUMENT),
}
DIFFERENT = {
    "derive_vars_aage.2": "an unknown unit of age is an issue of its record and its age missing; R stops",
}
REFUSED = ("derive_var_trtemfl.3", "derive_var_trtemfl.4", "derive_vars_crit_flag.2")
Args = Mapping[str, Any]
Outcome = tuple[list[Any], list[Any]]


def _on(data: pd.DataFrame, expression: str) -> list[Any]:
    return plain(evaluate_on(expression, data, {}))


def _flat(columns: list[list[Any]]) -> list[Any]:
    return list(chain.from_iterable(columns))


def _call(function: str, *positional: str, **options: Any) -> str:
    """A call as it is written in a spec."""
    return f"{function}({', '.join([*positional, *(f'{name}={value}' for name, value in options.items())])})"


def _is_moment(kinds: Mapping[str, Any], name: str) -> bool:
    return dict(zip(listed(kinds["columns"]), listed(kinds["types"]), strict=True))[name] == "POSIXct"


def _wanted(case: Case, *names: str) -> list[Any]:
    """Columns of the recorded result, in the order of the recorded input."""
    given, found = frame(case["actual"]["args"]["#1"]), frame(case["expected"])
    if len(given) == len(found):
        shared = [name for name in found if name in given]
        found = given[shared].merge(found, on=shared, how="left") if not _same_order(given, found, shared) else found
    return [plain(found[name]) for name in names]


def _same_order(left: pd.DataFrame, right: pd.DataFrame, names: list[str]) -> bool:
    return all(same(left[name], right[name]) for name in names)


# --- durations, days, ages ------------------------------------------------------------------------------


def _length(args: Args, start: str, end: str, moment: bool) -> str:
    words = ("in_unit", "type")
    options = {name: repr(args[name]) for name in words if name in args}
    options |= {name: args[name] for name in ("floor_in", "add_one", "trunc_out") if name in args}
    return _call("duration", start, end, repr(args.get("out_unit", "days")), **options, datetime=moment)


def _compute_duration(case: Case) -> Outcome:
    def of(call: Case) -> list[Any]:
        args = call["args"]
        data = pd.DataFrame({"A": vector(args["#1"]), "B": vector(args["#2"])})
        return _on(data, _length(args, "A", "B", args["#1"]["type"] == "POSIXct"))

    expected = case["expected"]
    return of(case["actual"]), of(expected) if isinstance(expected, Mapping) else [expected]


def _vars_duration(case: Case) -> Outcome:
    args = case["actual"]["args"]
    start, end, name, unit = (args[key]["expr"] for key in ("start_date", "end_date", "new_var", "new_var_unit"))
    data = frame(args["#1"])
    data[name] = evaluate_on(_length(args, start, end, _is_moment(args["#1"], start)), data, {})
    units = _on(data, f"None if missing({name}) else {args['out_unit'].upper()!r}")
    return [*plain(data[name]), *units], _flat(_wanted(case, name, unit))


def _vars_dy(case: Case) -> Outcome:
    args = case["actual"]["args"]
    given = args["#1"]

    def day(name: str) -> str:
        return f"floor({name} / 86400)" if _is_moment(given, name) else name

    named = {key: source["expr"] for key, source in args["source_vars"].items()}
    named = {key if key.isalpha() else re.sub(r"DTM?$", "DY", source): source for key, source in named.items()}
    reference = day(args["reference_date"]["expr"])
    found = [_on(frame(given), f"study_day({day(source)}, {reference})") for source in named.values()]
    return _flat(found), _flat(_wanted(case, *named))


def _aage(case: Case) -> Outcome:
    args, call = case["actual"]["args"], case["actual"]["call"]
    data = frame(args["#1"])
    if call == "derive_vars_aage":
        age = "duration(BRTHDT, RANDDT, 'years', add_one=False, trunc_out=True, type='interval')"
        return _on(data, age), _wanted(case, "AAGE")[0]
    if "age_unit" in args and "AGEU" not in data:
        strange = problems_of_age(data["AGE"], pd.Series([args["age_unit"]] * len(data), dtype=object))
        assert strange["unit_without_factor"].all()
        return _on(data, f"convert_age(AGE, {args['age_unit']!r})"), ["an error of R"] * len(data)
    found = _on(data, "convert_age(AGE, AGEU)")
    if "call" in case["expected"]:
        return found, _on(frame(case["expected"]["args"]["#1"]), "convert_age(AGE, AGEU)")
    return found, _wanted(case, "AAGE")[0]


def _age_years(case: Case) -> Outcome:
    args = case["actual"]["args"]
    found = _on(pd.DataFrame({"AGE": vector(args["#1"])}), f"convert_age(AGE, {args['#2']!r})")
    return found, plain(vector(case["expected"]))


# --- treatment ------------------------------------------------------------------------------------------


def _trtemfl(case: Case) -> Outcome:
    args = case["actual"]["args"]
    if "group_var" in args:
        return _emergent_in_groups(case)
    options = {name: args[name]["expr"] for name in ("initial_intensity", "intensity") if name in args}
    options = {name: f"number({variable})" for name, variable in options.items()}
    call = _call("treatment_emergent", "ASTDTM", "AENDTM", "TRTSDTM", **options, datetime=True)
    return _on(frame(args["#1"]), f"flag({call})"), _wanted(case, "TRTEMFL")[0]


EPISODES = """Variable,Expression
USUBJID,AE.USUBJID
_START,AE.ASTDTM
_END,AE.AENDTM
_FIRST,AE.TRTSDTM
_GRADE,number(AE.AETOXGR)
_GROUP,AE.AEGRPID
ASEQ,AE.AESEQ
_NEW,"not any(_START < _FIRST, by=_GROUP)"
_WORSE,"_START >= _FIRST and _GRADE > lag(_GRADE, by=_GROUP, order=(_START, ASEQ))"
_WORSENED,"any(ADAE._WORSE, by=_GROUP, where=ADAE._START <= _START)"
_EMERGES,"treatment_emergent(_START, _END, _FIRST, AE.TRTEDTM, {options}, datetime=True)"
_OPEN,not missing(_FIRST) and not _END < _FIRST
_FLAG,flag(_OPEN and (missing(_START) or _NEW and _EMERGES or _WORSENED))
"""


def _emergent_in_groups(case: Case) -> Outcome:
    """An episode of several records: new, or worse than the record before; from there on every record is flagged."""
    args = case["actual"]["args"]
    options = f"end_window={args['end_window']}"
    if "ignore_time_for_trt_end" in args:
        options += f", ignore_time_for_trt_end={args['ignore_time_for_trt_end']}"
    files = {**ADAE, "adam/mapping/ADAE.csv": EPISODES.format(options=options)}
    ran = _ran({"AE": _csv(frame(args["#1"]), "AESEQ")}, files)
    return ran.values("_FLAG", "ADAE"), _wanted(case, args["new_var"]["expr"])[0]


def _ontrtfl(case: Case) -> Outcome:
    args = case["actual"]["args"]
    names = {key: args[key]["expr"] for key in ("ref_end_date", "end_date") if key in args}
    options: dict[str, Any] = {name: args[name] for name in ("ref_end_window", "span_period") if name in args}
    if "filter_pre_timepoint" in args:
        options["pre_timepoint"] = args["filter_pre_timepoint"]["expr"]
    start, first = args["start_date"]["expr"], args["ref_start_date"]["expr"]
    data = frame(args["#1"])
    if "end_date" in names and data[names["end_date"]].dtype == object:
        data[names["end_date"]] = np.nan
    return _on(data, f"flag({_call('on_treatment', start, first, **names, **options)})"), _wanted(case, "ONTRTFL")[0]


# --- values and categories ------------------------------------------------------------------------------


def _anrind(case: Case) -> Outcome:
    args = case["actual"]["args"]
    wider = ", A1LO, A1HI" if args.get("use_a1hia1lo") else ""
    found = _on(frame(args["#1"]), f"analysis_reference_indicator(AVAL, ANRLO, ANRHI{wider})")
    return found, _wanted(case, "ANRIND")[0]


def _chg(case: Case) -> Outcome:
    call = {"derive_var_chg": "AVAL - BASE", "derive_var_pchg": "100 * (AVAL - BASE) / abs(BASE)"}
    found = _on(frame(case["actual"]["args"]["#1"]), call[case["actual"]["call"]])
    return found, plain(vector(case["expected"]))


def _shift(case: Case) -> Outcome:
    args = case["actual"]["args"]
    data = frame(args["#1"])
    parts = [args[key]["expr"] for key in ("from_var", "to_var")]
    texts = [f"coalesce({f'text({name})' if data[name].dtype == float else name}, 'NULL')" for name in parts]
    name = args["new_var"]["expr"]
    expected = frame(case["expected"])
    assert len(expected) == len(data)
    return _on(data, " + ' to ' + ".join(texts)), plain(expected[name])


HEIGHTS = "({} if AVAL >= 160 else {} if AVAL < 160 else None) if VSTEST == 'Height' else None"


def _cat(case: Case) -> Outcome:
    data = frame(case["actual"]["args"]["#1"])
    if "AVAL < 0" in str(case["actual"]["args"]["#2"]):
        rule = "{} if VSTEST == 'Height' and AVAL < 0 else None"
        found = [_on(data, rule.format(value)) for value in ("'<0'", "1")]
        return _flat(found), _flat(_wanted(case, "AVALCAT1", "AVALCA1N"))
    found = [_on(data, HEIGHTS.format(*values)) for values in (("'>=160'", "'<160'"), ("1", "2"))]
    names = ["AVALCAT1", "AVALCA1N"]
    if "extra_var" in listed(case["expected"]["columns"]):
        found.append(_on(data, HEIGHTS.format("'True'", "'False'")))
        names.append("extra_var")
    return _flat(found), _flat(_wanted(case, *names))


def _crit(case: Case) -> Outcome:
    args = case["actual"]["args"]
    data = frame(args["#1"])
    if not args.get("values_yn"):
        found = [_on(data, "flag(AVAL > 40)"), _on(data, "'AVAL > 40' if AVAL > 40 else None")]
        return _flat(found), _flat(_wanted(case, "CRIT1FL", "CRIT1"))
    rules = ("None if missing(AVAL) else yn(AVAL > 40)", "None if missing(AVAL) else 1 if AVAL > 40 else 0")
    found = [_on(data, rule) for rule in (*rules, "PARAMCD + ' > 40'")]
    return _flat(found), _flat(_wanted(case, "CRIT2FL", "CRIT2FN", "CRIT2"))


def _qual(case: Case) -> Outcome:
    args = case["actual"]["args"]
    given = [str(args.get("imputation_type", 1)), *([str(args["factor"])] if "factor" in args else [])]
    found = _on(pd.DataFrame({"X": vector(args["#1"])}), _call("impute_result", "X", *given))
    return found, plain(vector(case["expected"]))


def _timepoints(case: Case) -> Outcome:
    def of(args: Args) -> list[Any]:
        data = pd.DataFrame({"TPT": vector(args["#1"]).astype(object)})
        given = ["TPT"]
        if "treatment_duration" in args:
            lengths = vector(args["treatment_duration"])
            data["LENGTH"] = lengths if len(lengths) == len(data) else float(lengths[0])
            given.append("LENGTH")
        method = args.get("range_method", "midpoint")
        return _on(data, _call("timepoint_hours", *given, range_method=repr(method)))

    args, expected = case["actual"]["args"], case["expected"]
    if case["kind"] == "expect_no_warning":
        return plain(problems_of_timepoints(vector(args["#1"]))["no_match"]), [False] * len(listed(args["#1"]))
    return of(args), of(expected["args"]) if "call" in str(expected)[:8] else plain(vector(expected))


# --- vital signs, ECG, kidney ---------------------------------------------------------------------------


def _formula(function: str, args: Args, *names: str) -> list[Any]:
    """A compute function of admiral: its vectors as columns of a frame."""
    lengths = max(len(listed(args[name])) for name in names)
    data = pd.DataFrame({name: list(vector(args[name])) * (1 if len(listed(args[name])) == lengths else lengths)
                         for name in names}).astype(float)  # fmt: skip
    method = [repr(args["method"])] if "method" in args else []
    return _on(data, _call(function, *names, *method))


VITALS: dict[str, tuple[str, str, str]] = {
    "derive_param_bmi": ("BMI", "WEIGHT", "bmi({HEIGHT}, VS.AVAL)"),
    "derive_param_bsa": ("BSA", "WEIGHT", "bsa({HEIGHT}, VS.AVAL, '{method}')"),
    "derive_param_map": ("MAP", "DIABP", "mean_arterial_pressure(VS.AVAL, {SYSBP}, {PULSE})"),
    "derive_param_qtc": ("QTC", "QT", "qtc(VS.AVAL, {RR}, '{method}')"),
}
OTHER = "only(VS.AVAL, where=VS.PARAMCD == '{name}'{visit})"


def _parameter(call: Case, one_height: bool) -> tuple[pd.DataFrame, list[tuple[Any, ...]]]:
    """A parameter made from parameters of the same visit; what is missing makes no record."""
    args = call["args"]
    code, source, rule = VITALS[call["call"]]
    names = ("HEIGHT", "SYSBP", "PULSE", "RR")
    visit = "" if one_height else " and VS.VISIT == AVISIT"
    parts = {name: OTHER.format(name=name, visit=visit) for name in names}
    value = rule.format(**parts, method=args.get("method", ""))
    known = f"VS.PARAMCD == '{source}' and not missing({value.replace('AVISIT', 'VISIT')})"
    files = {
        **ADVS,
        "adam/Parameters.csv": f'Dataset,PARAMCD,PARAM,From,Where,AVAL\nADVS,{code},{code},VS,"{known}","{value}"\n',
    }
    data = frame(args["#1"]).drop(columns=["PARAM", "AVALU", "VSSTRESU"], errors="ignore")
    ran = _ran({"VS": _csv(data)}, files)
    return data, list(zip(*(ran.values(name, "ADVS") for name in ("USUBJID", "AVISIT", "AVAL")), strict=True))


def _vitals(case: Case) -> Outcome:
    call, args = case["actual"]["call"], case["actual"]["args"]
    functions = {"compute_bmi": "bmi", "compute_bsa": "bsa", "compute_map": "mean_arterial_pressure"}
    if call in functions:
        names = [name for name in ("height", "weight", "diabp", "sysbp", "hr") if name in args]
        return _formula(functions[call], args, *names), plain(vector(case["expected"]))
    if call == "derive_param_computed":  # AVAL.WEIGHT / (AVAL.HEIGHT / 100)^2 worked out here
        data, found = _parameter(case["expected"], one_height=True)
        heights = dict(data[data["PARAMCD"] == "HEIGHT"][["USUBJID", "AVAL"]].itertuples(index=False, name=None))
        weights = data[data["PARAMCD"] == "WEIGHT"]
        wanted = [weight / (heights[subject] / 100) ** 2 for subject, weight in weights[["USUBJID", "AVAL"]].to_numpy()]
        return [value for *_, value in found], wanted
    data, found = _parameter(case["actual"], one_height=False)
    if case["kind"] == "expect_snapshot":
        return found, []
    recorded = frame(case["expected"])
    new = recorded[~recorded["PARAMCD"].isin(data["PARAMCD"])]
    wanted = sorted(new[["USUBJID", "VISIT", "AVAL"]].itertuples(index=False, name=None))
    assert [row[:2] for row in sorted(found)] == [row[:2] for row in wanted]
    return [row[2] for row in sorted(found)], [row[2] for row in wanted]


METHODS = {
    "CKD-EPI": "egfr({creat}, {creatu!r}, {age}, {sex!r}, 'CKD-EPI 2021')",
    "CRCL": "creatinine_clearance({creat}, {creatu!r}, {age}, {weight}, {sex!r})",
    "MDRD": "egfr({creat}, {creatu!r}, {age}, {sex!r}, 'MDRD', {race!r})",
}


def _kidney(case: Case) -> Outcome:
    args = case["actual"]["args"]
    one = pd.DataFrame({"ONE": [1.0]})
    return _on(one, METHODS[args["method"]].format(**args)), [case["expected"]]


# --- the small stages -----------------------------------------------------------------------------------

ADAE = {
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
    'ADAE,Test,OCCURRENCE DATA STRUCTURE,One record per event,"USUBJID, ASEQ"\n',
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nADAE,USUBJID,,text,No\nADAE,ASEQ,,integer,No\n",
    "adam/Sources.csv": "Dataset,Block,From\nADAE,ae,AE\n",
}
ADVS = {
    "adam/Datasets.csv": "Dataset,Label,Class,Structure,Key Variables\n"
    'ADVS,Test,BASIC DATA STRUCTURE,One record per visit,"USUBJID, PARAMCD, AVISIT"\n',
    "adam/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nADVS,USUBJID,,text,No\nADVS,PARAMCD,,text,No\n"
    "ADVS,PARAM,,text,No\nADVS,AVISIT,,text,No\nADVS,AVAL,,float,No\n",
    "adam/mapping/ADVS.csv": "Variable,Expression\nUSUBJID,VS.USUBJID\nAVISIT,VS.VISIT\n",
}


def _ran(tables: Mapping[str, str], files: Mapping[str, str]) -> Ran:
    with TemporaryDirectory() as folder:
        return adam(Path(folder), tables, files)


def _csv(data: pd.DataFrame, sequence: str = "") -> str:
    """A frame as text with the heads that `adam` reads: `n:` before numbers."""
    if sequence:
        data = data.assign(**{sequence: np.arange(1.0, len(data) + 1)})
    return data.rename(columns={name: f"n:{name}" for name in data if data[name].dtype == float}).to_csv(index=False)


RUNNERS: dict[str, Callable[[Case], Outcome]] = {
    "compute_duration": _compute_duration, "derive_vars_duration": _vars_duration, "derive_vars_dy": _vars_dy,
    "derive_var_trtemfl": _trtemfl, "derive_var_ontrtfl": _ontrtfl, "derive_var_anrind": _anrind,
    "derive_var_chg": _chg, "derive_var_shift": _shift, "derive_vars_aage": _aage, "compute_age_years": _age_years,
    "derive_param_bmi": _vitals, "derive_param_bsa": _vitals, "derive_param_map": _vitals,
    "derive_param_qtc": _vitals, "compute_kidney": _kidney, "compute_qual_imputation": _qual, "derive_vars_cat": _cat,
    "derive_vars_crit_flag": _crit, "convert_xxtpt_to_hours": _timepoints,
}  # fmt: skip
RUN: list[Any] = [name for name in CASES if name not in NOT_OURS] or [
    pytest.param("", marks=pytest.mark.skip(reason=ABSENT), id="absent")
]


def _digits(case: Case) -> int | None:
    """The digits to which the test of R rounds."""
    found = re.match(r"round\((\d+)L\)", " ".join(case["actual"]["post"]))
    return int(found[1]) if found else None


@pytest.mark.parametrize("name", RUN)
def test_recorded_case(name: str) -> None:
    case = CASES[name]
    run = RUNNERS[name.rpartition(".")[0]]
    if name in REFUSED:
        with pytest.raises(ExpressionError):
            run(case)
        return
    found, wanted = run(case)
    assert same(found, wanted, _digits(case)) != (name in DIFFERENT), (found, wanted)


@pytest.mark.skipif(not CASES, reason=ABSENT)
def test_table_of_the_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert {*DIFFERENT, *NOT_OURS, *REFUSED} <= set(CASES)
    counts = outcome(CASES, DIFFERENT, NOT_OURS)
    with capsys.disabled():
        print("\n" + table(counts))
    total = [sum(row[head] for row in counts.values()) for head in ("recorded", "apply", "pass", "differ", "not ours")]
    assert total == [157, 140, 139, 1, 17]
