"""The spec rows in which the recorded cases of admiral about records are said, as `record_cases` reads them."""

from __future__ import annotations

from dataclasses import dataclass

from record_cases import Said


@dataclass(frozen=True)
class Fault:
    """A case that admiral refuses: how it is said, and a part of what we say."""

    said: Said
    message: str


def _same(said: Said, group: str, *places: int) -> dict[str, Said]:
    return {f"{group}.{place}": said for place in places}


COPY = "Sources | AD | OBS | IN\nMap | AD | {} | OBS | | IN.*\n"


def _flagged(expression: str, variable: str, *copied: str, **more: object) -> Said:
    """One table, its columns copied, one variable added."""
    text = COPY.format(" ".join(copied)) + f"Map | AD | {variable} | OBS | | {expression}"
    return Said({"IN": "#1"}, text, **more)  # type: ignore[arg-type]


BASELINE = ("STUDYID", "USUBJID", "PARAMCD", "ASEQ", "AVAL", "ABLFL", "BASETYPE")
BASE = "only(AVAL, by=(PARAMCD, BASETYPE), where=ABLFL == 'Y')"
EXTREME = ("STUDYID", "USUBJID", "ADTM", "AVISITN", "BASETYPE", "PARAM")
FIRST = "is_first(order=(AVISITN, desc(AVAL)))"

FLAGS = {
    "derive_var_base.0": _flagged(BASE, "BASE", *BASELINE),
    "derive_var_base.1": _flagged(BASE, "BASE", *BASELINE, "ANL01FL"),
    "derive_var_extreme_flag.0": _flagged(f"flag({FIRST})", "FIRSTFL", "USUBJID", "AVISITN", "AVAL"),
    "derive_var_extreme_flag.1": _flagged(
        "flag(sequence(by=(BASETYPE, AVISITN), order=ADTM) == 1)", "FIRSTFL", *EXTREME
    ),
    "derive_var_extreme_flag.2": Said(
        {"IN": "#1"},
        COPY.format(" ".join(EXTREME))
        + """Map | AD | _NTH | | | sequence(by=(BASETYPE, AVISITN), order=ADTM)
             Map | AD | LASTFL | | | flag(_NTH == max(_NTH, by=(BASETYPE, AVISITN)))""",
    ),
    "derive_var_extreme_flag.3": _flagged(
        "flag(is_first(order=(missing(AVISITN), AVISITN, desc(AVAL))))", "FIRSTFL", "USUBJID", "AVISITN", "AVAL"
    ),
    "derive_var_extreme_flag.4": _flagged(f"'Yes' if {FIRST} else 'No'", "FIRSTFL", "USUBJID", "AVISITN", "AVAL"),
    **_same(
        _flagged("row_number(by=VSTESTCD, order=(VISITNUM, VSTPTNUM))", "ASEQ", "STUDYID", "USUBJID", "VSTESTCD",
                 "VISITNUM", "VSTPTNUM"),
        "derive_var_obs_number", 0,
    ),
    **_same(
        _flagged("row_number(by=VSTESTCD, order=(VISITNUM, VSTPTNUM))", "ASEQ1", "STUDYID", "USUBJID", "VSTESTCD",
                 "VISITNUM", "VSTPTNUM"),
        "derive_var_obs_number", 1,
    ),
    "derive_var_relative_flag.0": Said(
        {"IN": "#1"},
        """
        Sources | AD | OBS | IN
        Map | AD | USUBJID AVISITN AVALC | | | IN.*
        Map | AD | _PD | | | min(AVISITN, where=AVALC == 'PD')
        Map | AD | ANL02FL | | | flag(missing(_PD) or AVISITN <= _PD)
        """,
    ),
}  # fmt: skip


def _relative(keep: str, found: str) -> Said:
    """filter_relative: the records before or after the one that meets the condition."""
    return Said(
        {"IN": "#1"},
        f"""
        Sources | _ALL | OBS | IN
        Map | _ALL | AVISITN AVALC | | | IN.*
        Map | _ALL | _REF | | | {found}
        Sources | AD | KEPT | _ALL | {keep}
        Map | AD | USUBJID AVISITN AVALC | | | _ALL.*
        """,
    )


RELATIVE = {
    "filter_relative.0": _relative(
        "missing(_ALL._REF) or _ALL.AVISITN <= _ALL._REF", "min(AVISITN, where=AVALC == 'PD')"
    ),
    "filter_relative.1": _relative("_ALL.AVISITN >= _ALL._REF", "min(AVISITN, where=AVALC == 'PD')"),
    "filter_relative.2": _relative("_ALL.AVISITN <= _ALL._REF", "max(AVISITN, where=AVALC == 'SD')"),
    "filter_relative.3": _relative("_ALL.AVISITN >= _ALL._REF", "max(AVISITN, where=AVALC == 'SD')"),
}

# --- LOCF, expected records -----------------------------------------------------------------------------

NEXT = "(AVISITN, AVISIT) in values(plan.AVISITN, plan.AVISIT, where=plan.PARAMCD == OBS.PARAMCD and plan.AVISITN > OBS.AVISITN)"  # noqa: E501
OPEN = "not missing(OBS.AVAL) and not any(not missing(OBS.AVAL), by=(PARAMCD, AVISITN))"
CARRIED = f"""
Sources | AD | LOCF | OBS | {OPEN} | {NEXT} | PARAMCD, AVISITN | OBS.AVISITN | last | USUBJID PARAMCD AVAL
Map | AD | DTYPE | LOCF | | 'LOCF'
"""


def _locf(table: str, *copied: str, dtype: bool = False) -> Said:
    """LOCF records for planned visits without a value: the value before them is carried forward."""
    rows = [
        "Sources | AD | OBS | IN",
        f"Map | AD | USUBJID PARAMCD AVAL AVISITN AVISIT {' '.join(copied)} | OBS | | IN.*",
        f"Map | AD | {' '.join(copied)} | LOCF | | OBS.*",
    ]
    rows += ["Map | AD | DTYPE | OBS | | IN.DTYPE"] if dtype else []
    return Said({"IN": table}, CARRIED + "\n".join(rows), {"plan": "dataset_ref"})


PREVIOUS = "Joins | AD | PREV | IN | PARAMCD | IN.AVISITN < AVISITN and not missing(IN.AVAL) | IN.AVISITN | last\n"
LOCF = {
    "derive_locf_records.0": _locf("#1", "STUDYID", "PARAM"),
    "derive_locf_records.1": _locf("#1", "STUDYID", "PARAM", dtype=True),
    "derive_locf_records.2": _locf("#1", "STUDYID", "PARAM"),
    "derive_locf_records.3": Said(
        {"IN": "#1"},
        f"""{PREVIOUS}
        Sources | AD | OBS | IN
        Map | AD | USUBJID PARAMCD AVISITN AVISIT ADY | OBS | | IN.*
        Map | AD | AVAL | OBS | | coalesce(IN.AVAL, PREV.AVAL)
        Map | AD | DTYPE | OBS | missing(IN.AVAL) and exists(PREV) | 'LOCF'
        Sources | AD | LOCF | OBS | count(OBS, by=(PARAMCD, AVISITN)) == 0 | (AVISITN, AVISIT, ADY) in values(plan.AVISITN, plan.AVISIT, plan.ADY, where=plan.PARAMCD == OBS.PARAMCD and plan.AVISITN > OBS.AVISITN) | PARAMCD, AVISITN | OBS.AVISITN | last | USUBJID PARAMCD AVAL
        Map | AD | DTYPE | LOCF | | 'LOCF'
        """,  # noqa: E501
        {"plan": "dataset_ref"},
    ),
    "derive_locf_records.4": Said(
        {"IN": "dataset"},
        f"""{PREVIOUS}
        Sources | AD | OBS | IN
        Map | AD | USUBJID PARAMCD PARAMN AVAL AVISITN AVISIT DATEC DAY | OBS | | IN.*
        Sources | AD | AGAIN | IN | missing(IN.AVAL) and exists(PREV)
        Map | AD | USUBJID PARAMCD PARAMN AVISITN AVISIT DATEC DAY | AGAIN | | IN.*
        Map | AD | AVAL | AGAIN | | PREV.AVAL
        Sources | AD | LOCF | OBS | count(OBS, by=(PARAMCD, AVISITN)) == 0 | {NEXT} | PARAMCD, AVISITN | OBS.AVISITN | last | USUBJID PARAMCD PARAMN AVAL DATEC DAY
        Map | AD | DTYPE | AGAIN | | 'LOCF'
        Map | AD | DTYPE | LOCF | | 'LOCF'
        """,  # noqa: E501
        {"plan": "dataset_ref"},
    ),
}
EXPECTED = {
    "derive_expected_records.0": Said(
        {"IN": "dataset"},
        """
        Sources | AD | OBS | IN
        Map | AD | USUBJID PARAMCD AVISITN AVISIT AVAL | OBS | | IN.*
        Sources | _WHO | WHO | IN | | | USUBJID | | distinct
        Sources | AD | EXPECTED | _WHO | count(OBS, by=(PARAMCD, AVISITN)) == 0 | (PARAMCD, AVISITN, AVISIT) in values(plan.PARAMCD, plan.AVISITN, plan.AVISIT)
        Map | AD | USUBJID | EXPECTED | | _WHO.USUBJID
        Map | AD | DTYPE | EXPECTED | | 'DERIVED'
        """,  # noqa: E501
        {"plan": "dataset_ref"},
    ),
    "derive_expected_records.1": Said(
        {"IN": "dataset"},
        """
        Sources | AD | OBS | IN
        Map | AD | USUBJID PARAMCD AVISITN AVISIT AVAL | OBS | | IN.*
        Sources | _WHAT | WHAT | IN | | | PARAMCD | | distinct | PARAMCD
        Sources | AD | EXPECTED | _WHAT | count(OBS, by=(PARAMCD, AVISITN)) == 0 | (AVISITN, AVISIT) in values(plan.AVISITN, plan.AVISIT)
        Map | AD | USUBJID PARAMCD | EXPECTED | | _WHAT.*
        Map | AD | DTYPE | EXPECTED | | 'DERIVED'
        """,  # noqa: E501
        {"plan": "dataset_ref"},
    ),
}

# --- queries --------------------------------------------------------------------------------------------


def _query(prefix: str, *variables: str, kinds: tuple[str, ...] = ("AEDECOD", "AELLT"), code: str = "") -> str:
    """A query as a join: its term or code is that of the record. NAM, CD, SC, SCN are columns of the query table."""
    terms = [f"queries.SRCVAR == '{v}' and upper(queries.TERMCHAR) == upper({v})" for v in kinds]
    terms += [f"queries.SRCVAR == '{code}' and queries.TERMNUM == {code}"] if code else []
    columns = {"NAM": "GRPNAME", "CD": "GRPID", "SC": "SCOPE", "SCN": "SCOPEN"}
    lines = [f"Joins | AD | {prefix} | queries | | queries.PREFIX == '{prefix}' and ({' or '.join(terms)})"]
    lines += [f"Map | AD | {prefix}{v} | | | {prefix}.{columns[v]}" for v in variables]
    return "\n".join(lines) + "\n"


EVENTS = "USUBJID ASTDTM AETERM AESEQ AEDECOD AELLT"
CHECKED = """
Sources | _QUERY | Q | queries
Map | _QUERY | PREFIX GRPNAME GRPID SRCVAR TERMCHAR TERMNUM | | | queries.*
Sources | AD | NONE | queries | queries.PREFIX == 'X'
"""


def _bad_query(condition: str, table: str, scope: bool = False) -> Fault:
    """A query table that a row of Checks refuses."""
    rows = CHECKED + ("Map | _QUERY | SCOPEN | | | queries.SCOPEN\n" if scope else "")
    return Fault(Said({}, f"{rows}Checks | _QUERY | {condition}", {"queries": table}), re_escaped(condition))


def re_escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "().+*?[]|" else c for c in text)


QUERIES = {
    "derive_vars_query.0": Said(
        {"IN": "#1"},
        COPY.format(EVENTS)
        + _query("SMQ03", "NAM", "CD", "SC", "SCN")
        + _query("SMQ05", "NAM", "SC", "SCN")
        + _query("CQ01", "NAM", "CD", "SC", "SCN")
        + _query("CQ06", "NAM", "CD"),
        {"queries": "#2"},
    ),
    "derive_vars_query.1": Said(
        {"IN": "#1"},
        COPY.format("USUBJID ASTDY AEDECOD AELLT") + _query("CQ40", "NAM", "CD") + _query("CQ42", "NAM", "CD"),
        {"queries": "dataset_queries"},
    ),
    "derive_vars_query.2": Said(
        {"IN": "#1"},
        COPY.format("USUBJID ASTDY AEDECOD AELLT AELLTCD")
        + _query("CQ40", "NAM", "CD")
        + _query("CQ42", "NAM", "CD", code="AELLTCD"),
        {"queries": "dataset_queries"},
    ),
    "derive_vars_query.4": Said(
        {"IN": "#1"},
        COPY.format("USUBJID ASTDY AEDECOD AELLT AELLTCD") + _query("CQ42", "NAM", "CD", kinds=(), code="AELLTCD"),
        {"queries": "dataset_queries"},
    ),
    "derive_vars_query.5": Said(
        {"IN": "#1"},
        "Sources | AD | OBS | IN | exists(CQ40)\nMap | AD | USUBJID ASTDY | | | IN.*\n"
        + _query("CQ40", "NAM", "CD", kinds=("AEDECOD",)),
        {"queries": "dataset_queries"},
    ),
}

# --- single doses, summary and extreme records ----------------------------------------------------------

EVERY = """
Joins | AD | FRQ | frequencies | | frequencies.CDISC_VALUE == EXDOSFRQ
Map | AD | _EVERY | | | 1 if EX.EXDOSFRQ == 'ONCE' else round_half_up(1 / (FRQ.DOSE_COUNT * FRQ.CONVERSION_FACTOR), 6)
Map | AD | EXDOSFRQ | | | 'ONCE'
"""
DOSES = EVERY + "Sources | AD | DOSE | EX | | ASTDT in dates(EX.ASTDT, EX.AENDT, every=_EVERY)\n"
MOMENTS = """
Map | AD | ASTDTM | | | 86400 * ASTDT + EX.ASTDTM % 86400
Map | AD | AENDTM | | | ASTDTM
Map | AD | AENDT | | | ASTDT
"""
FREQUENCIES = {"frequencies": "create_single_dose_dataset.5:lookup_table"}
SINGLE = {
    "create_single_dose_dataset.0": Said(
        {"EX": "#1"}, DOSES + "Map | AD | STUDYID USUBJID | | | EX.*\nMap | AD | AENDT | | | ASTDT", FREQUENCIES
    ),
    "create_single_dose_dataset.1": Said(
        {"EX": "#1"}, DOSES + MOMENTS + "Map | AD | STUDYID USUBJID EXTRT | | | EX.*", FREQUENCIES
    ),
    "create_single_dose_dataset.5": Said(
        {"EX": "dataset"},
        DOSES
        + MOMENTS
        + """Map | AD | STUDYID USUBJID | | | EX.*
             Map | AD | NFRLT | | | EX.NFRLT + 24 * (ASTDT - EX.ASTDT)""",
        FREQUENCIES,
    ),
}


def _summary(source: str, copied: str, *rows: str) -> Said:
    """The observations, and one record for each visit."""
    text = f"Sources | AD | OBS | IN\nMap | AD | USUBJID {copied} | OBS | | IN.*\n"
    text += f"Sources | AD | MEAN | {source} | | | VISIT | | distinct | USUBJID VISIT\n"
    tables = {"IN": "#1", "ADD": "dataset_add"} if source == "ADD" else {"IN": "#1"}
    return Said(tables, text + "\n".join(rows) + "\nMap | AD | TYPE | MEAN | | 'AVERAGE'", rename={"SUBJ": "USUBJID"})


SUMMARY = {
    "derive_summary_records.0": _summary(
        "OBS", "VISIT VAL SEQ", "Map | AD | VAL | MEAN | | mean(OBS.VAL, by=VISIT)",
        "Map | AD | SEQ | MEAN | | max(OBS.SEQ, by=VISIT)",
    ),
    "derive_summary_records.2": _summary(
        "ADD", "VISIT VAL SEQ", "Map | AD | VAL | MEAN | | mean(ADD.ADD_VAL, by=VISIT)"
    ),
    "derive_summary_records.3": _summary(
        "OBS", "VISIT AVAL SEQ PARAM", "Map | AD | AVAL | MEAN | | mean(OBS.AVAL, by=VISIT)",
        "Map | AD | PARAM | MEAN | | 'RESULT'",
    ),
}  # fmt: skip
CUMULATIVE = """
Sources | AD | EVENT | AE
Map | AD | USUBJID ADY AEDECOD | | | AE.*
Map | AD | CUMDOSE | | | sum(DOSE.AVAL, where=DOSE.ADY <= ADY)
"""
LAST = "Sources | AD | LOV | OBS | | | USUBJID | OBS.AVISITN, OBS.LBSEQ | last | {}\nMap | AD | DTYPE | LOV | | 'LOV'\n"
OBSERVED = "AVISITN AVAL LBSEQ"
EXTREMES = {
    **_same(
        Said({"AE": "dataset", "DOSE": "dataset_add"}, CUMULATIVE, only=("AEDECOD", "CUMDOSE")),
        "derive_vars_joined_summary", 0, 1,
    ),
    "derive_param_extreme_record.2": Said(
        {"LB": "dataset", "PR": "source_datasets.pr"},
        """
        Sources | AD | OBS | LB
        Map | AD | STUDYID USUBJID LBSTDTC PARAMCD PARAM | OBS | | LB.*
        Sources | AD | FIRSTACT | PR | PR.PRDECOD == 'ACS' | | USUBJID | PR.PRSTDTC | first
        Map | AD | STUDYID USUBJID | FIRSTACT | | PR.*
        Map | AD | PARAMCD | FIRSTACT | | 'FIRSTACT'
        Map | AD | PARAM | FIRSTACT | | 'First Anti-Cancer Therapy'
        Map | AD | ADT | FIRSTACT | | date(PR.PRSTDTC)
        Map | AD | AVALC | FIRSTACT | | PR.PRDECOD
        """,
    ),
    "derive_extreme_records.0": Said(
        {"IN": "#1"}, COPY.format(f"USUBJID {OBSERVED}") + LAST.format(f"USUBJID {OBSERVED}")
    ),
    "derive_extreme_records.1": Said(
        {"REF": "dataset_ref"},
        """
        Sources | AD | DEATH | REF
        Map | AD | USUBJID STUDYID DTHDT | | | REF.*
        Map | AD | ADT | | | REF.DTHDT
        Map | AD | AVAL | | | 1 if not missing(REF.DTHDT) else 0
        Map | AD | PARAMCD | | | 'DEATH'
        Map | AD | ANL01FL | | | 'Y'
        """,
    ),
    "derive_extreme_records.2": Said(
        {"IN": "dataset", "REF": "dataset_ref"},
        """
        Sources | AD | OBS | IN
        Map | AD | USUBJID AVALC PARAMCD STUDYID ADT | OBS | | IN.*
        Joins | AD | LAST | IN | | IN.PARAMCD == 'OVR' and IN.AVALC != 'NE' | IN.ADT | last
        Sources | AD | LSTEVLDT | REF
        Map | AD | USUBJID STUDYID | LSTEVLDT | | REF.*
        Map | AD | AVALC ADT | LSTEVLDT | | LAST.*
        Map | AD | PARAMCD | LSTEVLDT | | 'LSTEVLDT'
        Map | AD | ANL01FL | LSTEVLDT | | 'Y'
        """,
    ),
    "derive_extreme_records.3": Said(
        {"IN": "#1"}, COPY.format(f"USUBJID {OBSERVED}") + LAST.format("USUBJID AVISITN AVAL")
    ),
    "derive_extreme_records.4": Said(
        {"REF": "dataset_ref", "ADD": "dataset_add"},
        """
        Joins | AD | A | ADD
        Sources | AD | PARAM1 | REF
        Map | AD | USUBJID STUDYID | | | REF.*
        Map | AD | AVALC | | | coalesce(A.AVALC, 'N')
        Map | AD | AVAL | | | coalesce(A.AVAL, 0)
        Map | AD | PARAMCD | | | 'PARAM1'
        """,
    ),
}  # fmt: skip

# --- extreme events -------------------------------------------------------------------------------------

CHOSEN = (
    "Sources | AD | {0} | _EVENT | | | USUBJID | _EVENT._NR, {1} | first | {2}\nMap | AD | PARAMCD | {0} | | '{0}'\n"
)


def _event(number: int, where: str, *values: str, of: str = "IN", per: str = "") -> str:
    """One event: its records, its place among the events, what it sets."""
    lines = [f"Sources | _EVENT | E{number} | {of} | {where}{per}", f"Map | _EVENT | _NR | E{number} | | {number}"]
    return (
        "\n".join([*lines, *(f"Map | _EVENT | {value.replace('=', f'| E{number} | |', 1)}" for value in values)]) + "\n"
    )


EXTREME_EVENTS = {
    "derive_extreme_event.0": Said(
        {"IN": "#1"},
        COPY.format("USUBJID PARAMCD AVALC ADY")
        + "Map | _EVENT | ADY | | | IN.ADY\n"
        + _event(1, "IN.PARAMCD == 'NO SLEEP' and IN.AVALC == 'Y'", "AVALC = 'No sleep'", "AVAL = 1")
        + _event(
            2, "IN.PARAMCD == 'WAKE UP' and IN.AVALC == 'Y'", "AVALC = 'Waking up more than three times'", "AVAL = 2"
        )
        + _event(
            3, "IN.PARAMCD == 'FALL ASLEEP' and IN.AVALC == 'Y'", "AVALC = 'More than 30 mins to fall asleep'",
            "AVAL = 3",
        )
        + _event(4, "all(IN.AVALC == 'N')", "AVALC = 'No sleeping problems'", "AVAL = 4")
        + _event(5, "", "AVALC = 'Missing'", "AVAL = 99")
        + CHOSEN.format("WSP", "_EVENT.ADY", "USUBJID AVALC AVAL ADY"),
    ),
    "derive_extreme_event.1": Said(
        {"IN": "#1"},
        COPY.format("USUBJID AVISITN CRIT1FL PARAMCD PARAM")
        + "Map | _EVENT | AVISITN | | | IN.AVISITN\n"
        + _event(1, "missing(IN.CRIT1FL)", "AVALC = 'N'")
        + _event(2, "IN.CRIT1FL == 'Y'", "AVALC = 'Y'", per=" | | USUBJID | IN.AVISITN | last")
        + CHOSEN.format("ALK2", "_EVENT.AVISITN", "USUBJID AVALC AVISITN")
        + "Map | AD | PARAM | ALK2 | | 'ALKPH <= 2 times ULN'",
    ),
    "derive_extreme_event.2": Said(
        {"IN": "source_datasets.mydata"},
        """
        Sources | AD | FIRST | IN | IN.CRIT1FL == 'Y' | | USUBJID | IN.ADY | first
        Map | AD | USUBJID CRIT1FL ADY | | | IN.*
        """,
    ),
    "derive_extreme_event.3": Said(
        {"IN": "#1"},
        COPY.format("USUBJID AVISITN AVALC PARAMCD")
        + """
        Map | AD | _NEXT | OBS | not missing(AVISITN) | lead(AVALC, order=AVISITN, where=not missing(AVISITN))
        Sources | AD | CONFRESP | OBS
        Map | AD | USUBJID AVISITN | CONFRESP | | OBS.*
        Map | AD | AVALC | CONFRESP | OBS.AVALC == 'Y' and OBS._NEXT == 'Y' | 'Y'
        Map | AD | AVALC | CONFRESP | not missing(OBS.AVISITN) and not (OBS.AVALC == 'Y' and OBS._NEXT == 'Y') | 'N'
        Map | AD | PARAMCD | CONFRESP | | 'CONFRESP'
        """,
    ),
}  # fmt: skip
TWICE = Said(
    {"AD1": "source_datasets.ad1", "AD2": "source_datasets.ad2"},
    """
    Sources | _EVENT | E1 | AD1 | AD1.AVALC == 'Y'
    Sources | _EVENT | E2 | AD2 | AD2.AVALC == 'Y'
    Map | _EVENT | ADY AVALC | E1 | | AD1.*
    Map | _EVENT | ADY AVALC | E2 | | AD2.*
    Sources | AD | RESP | _EVENT | | | USUBJID | _EVENT.ADY | first
    """,
)

# --- merges and joins -----------------------------------------------------------------------------------

SUBJECTS = "Sources | AD | S | DM\nMap | AD | USUBJID SEX COUNTRY STUDYID | | | DM.*\n"
WEIGHTS = {"DM": "#1", "ADD": "dataset_add"}
CODED = """
Sources | AD | OBS | VS
Joins | AD | P | lookup | | lookup.{} == VSTESTCD and lookup.VSTEST == VSTEST
Map | AD | _PARAMCD | | | P.PARAMCD
Map | AD | _PARAM | | | P.DESCRIPTION
Map | AD | USUBJID VSTESTCD VSTEST | | | VS.*
Checks | AD | {}
"""
UNMAPPED = Said({"VS": "#1"}, CODED.format("VSTESTCD", "not missing(_PARAMCD)"), {"lookup": "dataset_add"})
MEAN = "Map | AD | MEANVIS | | | mean({}.AVAL, where={}.{} == AVISIT)\n"
BY_ID = """
Sources | AD | OBS | VS
Map | AD | USUBJID | | | VS.USUBJID
Joins | AD | D | DM | | | {}
Map | AD | STUDYID | | | D.STUDYID
"""


def _not_unique(order: str, message: str) -> Fault:
    said = Said({"VS": "#1", "DM": "dataset_add"}, BY_ID.format(order), rename={"ID": "USUBJID"})
    return Fault(said, message)


MERGED = {
    "derive_merged.0": Said(
        {"VS": "#1", "DM": "dataset_add"},
        """
        Sources | AD | OBS | VS
        Map | AD | USUBJID PARAMCD AVISIT AVAL STUDYID | | | VS.*
        Map | AD | SEX COUNTRY | | | DM.*
        """,
    ),
    "derive_merged.1": Said(
        WEIGHTS,
        SUBJECTS
        + """
        Joins | AD | W | ADD | | | ADD.AVAL | last
        Map | AD | WEIGHTBL | | | W.AVAL
        Map | AD | MATCHED | | | flag(exists(W))
        """,
    ),
    "derive_merged.3": Said(
        WEIGHTS,
        SUBJECTS
        + """
        Joins | AD | W | ADD | | | ADD.AVISIT | last
        Map | AD | LASTVIS | | | coalesce(upper(W.AVISIT), 'UNKNOWN')
        """,
    ),
    "derive_merged.4": Said(
        {"DM": "#1", "EX": "dataset_add"},
        """
        Sources | AD | S | DM
        Joins | AD | E | EX | | not missing(date(EX.EXSTDTC)) | date(EX.EXSTDTC) | last
        Map | AD | USUBJID STUDYID | | | DM.*
        Map | AD | TRTSDT | | | date(E.EXSTDTC)
        Map | AD | TRTSSEQ | | | E.EXSEQ
        """,
    ),
    "derive_merged.9": Said(
        {"DM": "#1", "ADD": "#2"}, SUBJECTS + "Map | AD | VSEVALFL | | | flag(any(ADD.AVISIT == 'BASELINE'))"
    ),
    "derive_merged.11": UNMAPPED,
    **_same(
        Said({"IN": "#1"}, COPY.format("AVISIT ASEQ AVAL") + MEAN.format("IN", "IN", "AVISIT")), "derive_merged", 14, 16
    ),
    **_same(
        Said(
            {"IN": "#1", "ADD": "dataset_add"},
            COPY.format("AVISIT ASEQ AVAL") + MEAN.format("ADD", "ADD", "VISIT"),
        ),
        "derive_merged", 15, 17,
    ),
}  # fmt: skip
WINDOW = """
Sources | AD | OBS | IN
Joins | AD | W | windows | | windows.AWLO <= ADY and ADY <= windows.AWHI
Map | AD | USUBJID ADY | | | IN.*
Map | AD | AVISIT AWLO AWHI | | | W.*
"""
POSITIVE = """
Sources | AD | OBS | IN
Map | AD | USUBJID DAY VAL | | | IN.*
Map | AD | PREVVAL | | | lag(VAL, order=DAY, where=VAL >= 0)
"""
JOINED = {
    **_same(Said({"IN": "#1"}, WINDOW, {"windows": "dataset_add"}), "derive_joined", 0, 6),
    "derive_joined.1": Said(
        {"AE": "#1", "FA": "dataset_add"},
        """
        Sources | AD | OBS | AE
        Joins | AD | F | FA | | FA.FAGRPID == AEGRPID and 86400 * FA.FADT < TRTSDTM | FA.FADT | last
        Map | AD | AEGRPID TRTSDTM | | | AE.*
        Map | AD | PREGR | | | F.FAORRES
        """,
        rename={"ATOXGR_PRE": "PREGR"},
    ),
    "derive_joined.2": Said(
        {"IN": "#1", "TR": "dataset_add"},
        """
        Sources | AD | OBS | IN
        Map | AD | USUBJID ADT | | | IN.*
        Map | AD | AVAL | | | min(TR.TRSTRESN, where=date(TR.TRDTC) <= ADT)
        """,
    ),
    "derive_joined.3": Said(
        {"AE": "#1", "EX": "dataset_add"},
        """
        Sources | AD | OBS | AE
        Map | AD | USUBJID ASTDT AESEQ | | | AE.*
        Map | AD | LSTDSDUR | | | ASTDT - max(date(EX.EXSDTC), where=date(EX.EXSDTC) <= ASTDT) + 1
        """,
    ),
    "derive_joined.4": Said(
        {"IN": "#1", "ADD": "dataset_add"},
        """
        Sources | AD | OBS | IN
        Joins | AD | T | ADD | | IN.ADT <= ADD.ADT | ADD.ADTM, ADD.ASEQ | first
        Map | AD | ADT ASEQ STUDYID USUBJID ADTM | | | IN.*
        Map | AD | TBILIADT | | | T.ADT
        """,
        rename={"TBILI_ADT": "TBILIADT"},
    ),
    "derive_joined.5": Said(
        {"IN": "#1"}, WINDOW + "Map | AD | FLAG | | | 'Yes' if exists(W) else 'No'", {"windows": "dataset_add"}
    ),
    "derive_joined.7": Said({"IN": "#1"}, POSITIVE, rename={"SUBJ": "USUBJID", "PREVPOSVAL": "PREVVAL"}),
    "derive_joined.8": Said(
        {"IN": "#1"}, POSITIVE.replace("PREVVAL", "_PREV"), rename={"SUBJ": "USUBJID"}, only=("DAY", "_PREV")
    ),
    "derive_joined.9": Said(
        {"IN": "dataset"},
        """
        Sources | AD | OBS | IN
        Joins | AD | PREV | IN | | IN.ADTM // 86400 < ADTM // 86400 | IN.ADTM // 86400, IN.AVAL | last
        Map | AD | USUBJID ADTM AVAL | | | IN.*
        Map | AD | LASTAVAL | | | PREV.AVAL
        """,
    ),
    "derive_vars_transposed.0": Said(
        {"IN": "#1", "M": "#2"},
        """
        Sources | AD | OBS | IN
        Map | AD | STUDYID USUBJID VAR1 | | | IN.*
        Map | AD | T01 | | | only(M.VALUE, where=M.TESTCD == 'T01')
        Map | AD | T02 | | | only(M.VALUE, where=M.TESTCD == 'T02')
        """,
    ),
}  # fmt: skip

# --- periods, cause of death, last date alive -----------------------------------------------------------

PERIODS = "(APERIOD, APERSDT, APEREDT) in values((1, SL.AP01SDT, SL.AP01EDT), (2, SL.AP02SDT, SL.AP02EDT))"
SUBPERIODS = (
    "(APERIOD, ASPER, ASPRSDT, ASPREDT) in values((1, 1, SL.P01S1SDT, SL.P01S1EDT), (1, 2, SL.P01S2SDT, SL.P01S2EDT),"
    " (2, 1, SL.P02S1SDT, SL.P02S1EDT))"
)


def _by_period(*names: str) -> Said:
    """Variables of ADSL from one record per period: AP01SDT is APERSDT of period 1."""
    lines = ["Sources | AD | S | IN", "Map | AD | STUDYID USUBJID | | | IN.*"]
    for name in names:
        kind = "S" if "SDT" in name else "E"
        if name.startswith("AP"):
            value = f"only(REF.APER{kind}DT, where=REF.APERIOD == {int(name[2:4])})"
        else:
            value = f"only(REF.ASPR{kind}DT, where=REF.APERIOD == {int(name[1:3])} and REF.ASPER == {name[4]})"
        lines.append(f"Map | AD | {name} | | | {value}")
    return Said({"IN": "#1", "REF": "dataset_ref"}, "\n".join(lines))


PERIOD = {
    "period_dataset.0": Said(
        {"SL": "#1"},
        f"Sources | AD | P | SL | not missing(APERSDT) | {PERIODS}\nMap | AD | STUDYID USUBJID | | | SL.*",
    ),
    "period_dataset.1": Said(
        {"SL": "#1"},
        f"Sources | AD | P | SL | not missing(ASPRSDT) | {SUBPERIODS}\nMap | AD | STUDYID USUBJID | | | SL.*",
    ),
    "period_dataset.3": _by_period("AP01SDT", "AP01EDT", "AP02SDT", "AP02EDT"),
    "period_dataset.4": _by_period("P01S1SDT", "P01S1EDT", "P01S2SDT", "P01S2EDT", "P02S1SDT", "P02S1EDT"),
    "period_dataset.6": _by_period("AP01SDT", "AP01EDT"),
}
DIED = "DS.DSDECOD == 'DEATH' and contains(DS.DSTERM, 'DEATH DUE TO')"


def _death(ae: str, ds: str, cause: str = "AE.AEDECOD", where: str = DIED, per: str = "", more: str = "") -> Said:
    """The cause of death: candidates from AE and DS in a working dataset, the earliest is picked, AE before DS."""
    return Said(
        {"IN": "#1", "AE": "source_datasets.ae", "DS": "source_datasets.ds"},
        f"""
        Sources | _DTH | AE | AE | AE.AEOUT == 'FATAL'
        Sources | _DTH | DS | DS | {where}{per}
        """.replace("| _DTH | AE |", "| _DTH | EVENT |").replace("| _DTH | DS |", "| _DTH | END |")
        + f"""
        Map | _DTH | _DT | EVENT | | {ae}
        Map | _DTH | _DT | END | | date(DS.DSSTDTC)
        Map | _DTH | _NR | EVENT | | 1
        Map | _DTH | _NR | END | | 2
        Map | _DTH | _SEQ | EVENT | | AE.AESEQ
        Map | _DTH | _SEQ | END | | DS.DSSEQ
        Map | _DTH | CAUSE | EVENT | | {cause}
        Map | _DTH | CAUSE | END | | {ds}
        Sources | AD | S | IN
        Joins | AD | DEATH | _DTH | | | _DTH._DT, _DTH._NR, _DTH._SEQ | first
        Map | AD | STUDYID USUBJID | | | IN.*
        Map | AD | DTHCAUS | | | DEATH.CAUSE
        {more}""",
    )


DEATHS = {
    "derive_var_dthcaus.1": _death("AE.AEDTHDT", "upper(DS.DSTERM)"),
    "derive_var_dthcaus.2": _death(
        "AE.AEDTHDT",
        "DS.DSTERM",
        more="""
        Map | _DTH | DOM | EVENT | | 'AE'
        Map | _DTH | DOM | END | | 'DS'
        Map | AD | DTHDOM | | | DEATH.DOM
        Map | AD | DTHSEQ | | | DEATH._SEQ""",
    ),
    "derive_var_dthcaus.3": _death("AE.AEDTHDT", "DS.DSTERM", where=""),
    "derive_var_dthcaus.4": _death(
        "AE.AEDTHDT", "DS.DSTERM", "'Adverse Event'", per=" | | USUBJID | DS.DSSTDTC, DS.DSSEQ | last"
    ),
    "derive_var_dthcaus.5": _death("date(AE.AEDTHDTC)", "DS.DSTERM"),
    "derive_var_extreme_date.1": Said(
        {"IN": "#1"},
        """
        Sources | AD | S | IN
        Map | AD | STUDYID USUBJID TRTEDTM | | | IN.*
        Map | AD | LSTALVDT | | | max(IN.TRTEDTM)
        """,
    ),
}

SAID: dict[str, Said] = {
    **FLAGS, **RELATIVE, **LOCF, **EXPECTED, **QUERIES, **SINGLE, **SUMMARY, **EXTREMES, **EXTREME_EVENTS, **MERGED,
    **JOINED, **PERIOD, **DEATHS,
}  # fmt: skip

FAULTS: dict[str, Fault] = {
    "derive_var_obs_number.2": Fault(
        _flagged("row_number(by=VSTESTCD, order=(VISITNUM, VSTPTNUM))", "_ASEQ", "STUDYID", "USUBJID", "VSTESTCD",
                 "VISITNUM", "VSTPTNUM"),
        "row_number cannot tell two records apart",
    ),
    "derive_vars_query.3": _bad_query("not missing(TERMCHAR) or not missing(TERMNUM)", "#2"),
    "derive_vars_query.6": _bad_query("starts_with(PREFIX, 'SMQ') or starts_with(PREFIX, 'CQ')", "#1"),
    "derive_vars_query.8": _bad_query("SCOPEN in (1, 2)", "#1", scope=True),
    "derive_vars_query.9": _bad_query("count_distinct(GRPID, by=PREFIX) == 1", "#1"),
    "derive_vars_query.10": _bad_query("count(by=(PREFIX, SRCVAR, TERMCHAR, TERMNUM)) == 1", "queries"),
    "derive_var_extreme_date.3": Fault(
        Said(
            {"IN": "#1", "AE": "source_datasets.ae"},
            "Sources | AD | S | IN\nMap | AD | TRTEDTM | | | max(AE.AESTDTC)",
        ),
        r"TRTEDTM is a number, the expression gives an ISO 8601 date; date\(X\) turns",
    ),
    "create_single_dose_dataset.2": Fault(Said({"EX": "#1"}, DOSES, FREQUENCIES), "every= is missing"),
    "create_single_dose_dataset.4": Fault(
        Said({"EX": "#1"}, DOSES + "Checks | AD | _EVERY >= 1", FREQUENCIES), "_EVERY >= 1"
    ),
    "derive_summary_records.4": Fault(
        Said(
            {"IN": "dataset_add"},
            """
            Sources | AD | MEAN | IN | | | AVISIT | | distinct
            Map | AD | AVAL | | | IN.AVAL / 2
            """,
        ),
        "IN.AVAL differs between rows that One Per",
    ),
    "derive_param_extreme_record.1": Fault(
        Said({"CM": "source_datasets.cm"}, "Sources | AD | FIRSTACT | CM | | | USUBJID | CM.ADT2 | first"),
        "CM has no column 'ADT2'",
    ),
    "derive_extreme_event.4": Fault(TWICE, "two rows claim one record of subject '1'"),
    "derive_merged.5": _not_unique("DM.USUBJID | last", "has two matching rows of DM"),
    "derive_merged.6": _not_unique("", "has two matching rows of DM"),
    "derive_merged.7": _not_unique("", "has two matching rows of DM"),
    "derive_merged.10": Fault(UNMAPPED, r"not missing\(_PARAMCD\)"),
    "derive_merged.12": Fault(
        Said({"VS": "#1"}, CODED.format("TESTCD", "not missing(_PARAMCD)"), {"lookup": "dataset_add"}),
        r"not missing\(_PARAMCD\)",
    ),
    "derive_merged.13": Fault(UNMAPPED, r"not missing\(_PARAMCD\)"),
    "derive_vars_transposed.2": Fault(
        Said(
            {"CM": "#1", "FA": "#2"},
            """
            Sources | AD | OBS | CM
            Map | AD | CMREFID | | | CM.CMREFID
            Map | AD | _ATC1 | | | only(FA.FASTRESC, where=FA.FAREFID == CMREFID and FA.FATESTCD == 'CMATC1CD')
            """,
        ),
        r"only\(\) found two values where there should be one",
    ),
}  # fmt: skip
