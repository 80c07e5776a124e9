"""What the functions of the language itself do, for the reference page; a test keeps the list complete.

The examples of row-wise functions state the values of a record, an expression and its value; those of aggregates
range from DM over the dataset AE of the page, those of windows over AE itself.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMBERS, CONDITIONS = "Numbers", "Conditions and missing values"
DAYS, RESULTS = "Study days, durations, ages", "Results and units"
AGGREGATES, WINDOWS, RECORDS = "Aggregates", "Windows", "Records of a block"
SQL = "ISO/IEC 9075 (SQL): aggregate functions; SAS 9.4 SQL Procedure"
SQL_WINDOW = "ISO/IEC 9075 (SQL): window functions"
BY_GROUPS = "SAS 9.4 Statements: BY, FIRST.variable and LAST.variable"
OWN = "this language"
PICKED = "the value of the picked row, also if that is missing; missing if no row counts"


@dataclass(frozen=True)
class Described:
    """A function of the language: how it is called, its rule, what missing values give, where else it is known.

    shown: an example that only a specification can run, as it is written in a cell.
    """

    name: str
    call: str
    returns: str
    subject: str
    rule: str
    missing: str
    source: str
    also: str = ""
    examples: tuple[tuple[str, ...], ...] = ()
    shown: str = ""


FUNCTIONS = (
    Described(
        "missing", "missing(x)", "condition", CONDITIONS, "True if the value is missing; a blank text is missing.",
        "true", "SAS 9.4 Functions: MISSING", "MISSING, is.na, NMISS, IS NULL, blank",
        (("AVAL = missing", "missing(AVAL)", "true"), ("TERM = ''", "missing(TERM)", "true"),
         ("AVAL = 0", "missing(AVAL)", "false")),
    ),
    Described(
        "coalesce", "coalesce(a, b, ...)", "type of the arguments", CONDITIONS,
        "The first value that is not missing.", "missing if every value is", "SAS 9.4 Functions: COALESCE, COALESCEC",
        "COALESCE, COALESCEC, IFNULL, replace_na, dthcaus",
        (("A = missing; B = 3", "coalesce(A, B)", "3"), ("A = 1; B = 3", "coalesce(A, B)", "1"),
         ("A = missing; B = missing", "coalesce(A, B)", "missing")),
    ),
    Described(
        "flag", "flag(c)", "text", CONDITIONS, "'Y' where the condition holds, missing elsewhere.",
        "a condition is never missing", "ADaMIG 1.3, section 3.1.4: flags of Y and null",
        "derive_vars_crit_flag, CRITyFL, ABLFL, ANLzzFL, --BLFL, Y or null",
        (("AVAL = 3", "flag(AVAL > 1)", "'Y'"), ("AVAL = missing", "flag(AVAL > 1)", "missing")),
    ),
    Described(
        "yn", "yn(c)", "text", CONDITIONS, "'Y' where the condition holds, 'N' elsewhere.",
        "a condition is never missing; write `None if missing(X) else yn(...)` where a missing X gives neither",
        "ADaMIG 1.3, section 3.1.4: flags of Y and N", "values_yn, population flags, SAFFL, ITTFL, FASFL, Y or N",
        (("AVAL = 3", "yn(AVAL > 1)", "'Y'"), ("AVAL = missing", "yn(AVAL > 1)", "'N'")),
    ),
    Described(
        "exists", "exists(J)", "condition", CONDITIONS, "True if the join J of the sheet Joins picked a row.",
        "false if it picked none", OWN, "derive_var_merged_exist_flag, IN=, EXISTS", (), "flag(exists(HIT))",
    ),
    Described(
        "least", "least(a, b, ...)", "number or iso", NUMBERS,
        "The least of the values that are not missing: numbers, or dates, of which those without a day are skipped.",
        "missing values are skipped; missing if all are", "SAS 9.4 Functions: MIN", "MIN, pmin, earliest date",
        (("A = 2; B = missing; N = 7", "least(A, B, N)", "2"),
         ("ADTC = '2024-03'; BDTC = '2024-03-09'", "least(ADTC, BDTC)", "'2024-03-09'")),
    ),
    Described(
        "greatest", "greatest(a, b, ...)", "number or iso", NUMBERS,
        "The greatest of the values that are not missing: numbers, or dates, of which those without a day are skipped.",
        "missing values are skipped; missing if all are", "SAS 9.4 Functions: MAX", "MAX, pmax, latest date",
        (("A = 2; B = missing; N = 7", "greatest(A, B, N)", "7"),),
    ),
    Described(
        "total", "total(a, b, ...)", "number", NUMBERS, "The sum of the numbers that are not missing.",
        "missing numbers are skipped; missing if all are. `a + b` is missing if one is", "SAS 9.4 Functions: SUM",
        "SUM, rowSums, sum of columns",
        (("A = 2; B = missing; N = 7", "total(A, B, N)", "9"), ("A = 2; B = missing; N = 7", "A + B + N", "missing")),
    ),
    Described(
        "date_in", "date_in(d, start, end)", "condition", DAYS,
        "True if the date is not before the start and before the end.", "false if the date or the start is missing; "
        "a missing end is open", "SDTMIG 3.4, section 5.3: an element ends where the next begins",
        "EPOCH, SE, element, period, derive_vars_period, APERIOD",
        (("D = 23439; S = 23439; E = 23440", "date_in(D, S, E)", "true"),
         ("D = 23440; S = 23439; E = 23440", "date_in(D, S, E)", "false"),
         ("D = 23440; S = 23439; E = missing", "date_in(D, S, E)", "true")),
    ),
    Described(
        "criteria", "criteria('NAME')", "type of the values", RESULTS,
        "The value of the first row of the set NAME in the sheet Criteria whose condition holds.",
        "missing if no row holds", OWN,
        "derive_vars_cat, derive_var_atoxgr, derive_var_atoxgr_dir, CTCAE, toxicity grade, AVALCATy, cut points,"
        " CASE WHEN",
        (), "criteria('CTCAE5 HIGH')",
    ),
    Described(
        "domain", "domain()", "text", "Texts", "The two letters of the dataset's domain.", "never missing", OWN,
        "DOMAIN, RDOMAIN", (), "domain()",
    ),
    Described(
        "first", "first(x, order=, by=, where=)", "type of x", AGGREGATES,
        "The value of the first row in the stated order; rows that tie and differ are an error.", PICKED, BY_GROUPS,
        "derive_vars_merged, filter_extreme, FIRST., mode first, earliest",
        (("first(AE.AETERM, order=AE.AESTDTC)", "'RASH'", "'COUGH'", "missing"),
         ("first(AE.AETOXGR, order=desc(AE.AESEQ))", "3", "1", "missing")),
    ),
    Described(
        "last", "last(x, order=, by=, where=)", "type of x", AGGREGATES,
        "The value of the last row in the stated order; rows that tie and differ are an error.", PICKED, BY_GROUPS,
        "derive_var_base, derive_vars_merged, LAST., mode last, latest, BASE, LOCF",
        (("last(AE.AETERM, order=AE.AESTDTC)", "'RASH'", "'COUGH'", "missing"),
         ("last(AE.AETOXGR, order=AE.AESEQ, where=not missing(AE.AETOXGR))", "3", "1", "missing")),
    ),
    Described(
        "only", "only(x, by=, where=)", "type of x", AGGREGATES,
        "The one value that the rows have; two different ones are an error.", "missing values are skipped", OWN,
        "derive_vars_merged, derive_vars_merged_lookup, check_type error, MERGE, one-to-one",
        (("only(AE.AETOXGR, where=AE.AETERM == 'COUGH')", "missing", "1", "missing"),),
    ),
    Described(
        "min", "min(x, by=, where=)", "number or iso", AGGREGATES, "The least value, or the earliest date.",
        "missing values and dates without a day are skipped; missing over nothing", SQL, "MIN, RFXSTDTC, TRTSDT",
        (("min(AE.AESTDTC)", "'2024-03-01'", "'2024-04-02'", "missing"),),
    ),
    Described(
        "max", "max(x, by=, where=)", "number or iso", AGGREGATES, "The greatest value, or the latest date.",
        "missing values and dates without a day are skipped; missing over nothing", SQL,
        "MAX, RFXENDTC, TRTEDT, LSTALVDT, derive_vars_extreme_event, derive_var_extreme_dt",
        (("max(AE.AETOXGR)", "3", "1", "missing"),),
    ),
    Described(
        "sum", "sum(x, by=, where=)", "number", AGGREGATES, "The sum of the numbers.",
        "missing numbers are skipped; missing over nothing", SQL, "SUM, derive_summary_records, total dose",
        (("sum(AE.AETOXGR)", "5", "1", "missing"),),
    ),
    Described(
        "mean", "mean(x, by=, where=)", "number", AGGREGATES, "The arithmetic mean of the numbers.",
        "missing numbers are skipped; missing over nothing", SQL,
        "MEAN, AVG, derive_summary_records, DTYPE AVERAGE, average baseline",
        (("mean(AE.AETOXGR)", "2.5", "1", "missing"),),
    ),
    Described(
        "count", "count(T) or count(x, by=, where=)", "number", AGGREGATES,
        "The number of rows of the table, or of rows in which the value is not missing.", "0 over nothing", SQL,
        "COUNT, n(), derive_var_merged_summary",
        (("count(AE)", "3", "1", "0"), ("count(AE.AETOXGR)", "2", "1", "0")),
    ),
    Described(
        "count_distinct", "count_distinct(x, by=, where=)", "number", AGGREGATES, "The number of different values.",
        "missing values are skipped; 0 over nothing", SQL, "COUNT(DISTINCT), n_distinct, NLEVELS",
        (("count_distinct(AE.AETERM)", "2", "1", "0"),),
    ),
    Described(
        "any", "any(c, by=, where=)", "condition", AGGREGATES, "True if the condition holds for a row.",
        "false over nothing", SQL, "derive_var_merged_exist_flag, derive_var_joined_exist_flag, EXISTS, ever flag",
        (("any(AE.AETOXGR >= 3)", "true", "false", "false"),),
    ),
    Described(
        "all", "all(c, by=, where=)", "condition", AGGREGATES, "True if the condition holds for every row.",
        "true over nothing", SQL, "derive_var_relative_flag, EVERY",
        (("all(AE.AETOXGR >= 1)", "false", "true", "true"),),
    ),
    Described(
        "covered_days", "covered_days(start, end, by=, where=)", "number", AGGREGATES,
        "The number of different days that lie in one interval or several, both ends counted.",
        "an interval with a missing end is skipped, as is one that ends before it starts, which is reported; missing"
        " over nothing", OWN,
        "exposure days, days on treatment, union of intervals, TRTDURD",
        (("covered_days(date(AE.AESTDTC), date(AE.AESTDTC) + 4)", "13", "5", "missing"),),
    ),
    Described(
        "sequence", "sequence()", "number", WINDOWS,
        "Numbers the records of a subject from 1 by the Key Variables of the dataset, ties by source table and row.",
        "never missing", "SDTMIG 3.4, section 4.1.5: --SEQ", "derive_seq, derive_var_obs_number, --SEQ, ASEQ", (),
        "sequence()",
    ),
    Described(
        "row_number", "row_number(order=, by=, where=)", "number", WINDOWS,
        "Numbers the records of a subject from 1 in the stated order; a tie is an error.",
        "missing for a record for which `where` does not hold", SQL_WINDOW,
        "derive_var_obs_number, ROW_NUMBER, monotonic, ASEQ, AOBSNUM",
        (("row_number(by=AETERM, order=AESEQ)", "1", "1", "2", "1"),),
    ),
    Described(
        "is_first", "is_first(order=, by=, where=)", "condition", WINDOWS,
        "True for the first record of a subject in the stated order; a tie is an error.",
        "false for a record for which `where` does not hold; missing sorts first", BY_GROUPS,
        "derive_var_extreme_flag, restrict_derivation, AOCCFL, AOCCPFL, AOCCSFL, AOCCIFL, FIRST., worst flag",
        (("is_first(order=(AETOXGR, AESEQ))", "false", "true", "false", "true"),),
    ),
    Described(
        "is_last", "is_last(order=, by=, where=)", "condition", WINDOWS,
        "True for the last record of a subject in the stated order; a tie is an error.",
        "false for a record for which `where` does not hold; missing sorts first", BY_GROUPS,
        "derive_var_extreme_flag, derive_blfl, --BLFL, --LOBXFL, ABLFL, LAST., baseline flag",
        (("is_last(by=AETERM, order=AESEQ)", "false", "true", "true", "true"),),
    ),
    Described(
        "lag", "lag(x, order=, by=, where=)", "type of x", WINDOWS,
        "The value of the nearest earlier record of the subject, of those for which `where` holds.",
        "missing for the first record", "SAS 9.4 Functions: LAG; ISO/IEC 9075 (SQL): LAG",
        "LAG, previous record, LOCF, derive_locf_records, RETAIN",
        (("lag(AESTDTC, order=AESEQ)", "missing", "'2024-03-01'", "'2024-03-05'", "missing"),),
    ),
    Described(
        "lead", "lead(x, order=, by=, where=)", "type of x", WINDOWS,
        "The value of the nearest later record of the subject, of those for which `where` holds.",
        "missing for the last record", "ISO/IEC 9075 (SQL): LEAD", "LEAD, next record, NOCB",
        (("lead(AETERM, order=AESEQ)", "'COUGH'", "'RASH'", "missing", "missing"),),
    ),
    Described(
        "desc", "desc(x)", "only in an order", WINDOWS, "In `order=` and in Order cells: from high to low.",
        "missing sorts last", "SAS 9.4 Statements: BY DESCENDING", "DESCENDING, arrange(desc())",
        (("row_number(order=desc(AESTDTC))", "3", "2", "1", "1"),
         ("row_number(order=(desc(AETOXGR), AESEQ))", "2", "3", "1", "1")),
    ),
    Described(
        "dates", "dates(start, end, every=1)", "only in Expand", RECORDS,
        "In Expand of Sources: one record for each day from start to end, or for every so many days.",
        "no record if a date is missing, or the end before the start", OWN,
        "create_single_dose_dataset, one record per day, dose frequency expansion, DO loop, expand", (),
        "ADT in dates(ADCM.ASTDT, ADCM.AENDT, every=greatest(1, 1 / doses_per_day(ADCM.CMDOSFRQ)))",
    ),
    Described(
        "values", "values('A', 'B') or values(T.X)", "only in Expand", RECORDS,
        "In Expand of Sources: one record for each of the values, or for each value of a column of a look-up table.",
        "missing values make no record", OWN, "derive_expected_records, expected visits, crossing, OUTPUT", (),
        "AVISIT in values('WEEK 2', 'WEEK 4')",
    ),
)  # fmt: skip
