"""Per-protocol set: the first of the five rules of 4.8 that a subject fails."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.compliance import TA1, WINDOW_DAYS, end_of_treatment, exposure, percent_given
from double.grades import EVENT
from double.source import least, of_subject, read, relative_day

REASONS = {
    1: "Eligibility criterion not met",
    2: "No target irAE with baseline grade 2-4",
    3: "No grade of a target irAE on Day 2 to 9",
    4: "Study treatment not given as planned",
    5: "Other immunomodulator through Day 8",
}


def per_protocol(
    sdtm: Path, subjects: pd.DataFrame, cm: pd.DataFrame, fa: pd.DataFrame, events: pd.DataFrame
) -> pd.DataFrame:
    """PPEXRS, missing where every rule is met. The design words no reasons; these name the rules."""
    failed = {
        1: _has_criterion(sdtm, subjects),
        2: ~subjects["USUBJID"].isin(events["USUBJID"]),
        3: _not_graded(subjects, fa, events),
        4: _treatment(sdtm, subjects, cm, fa, events),
        5: _immunomodulator(subjects, cm),
    }
    rule = pd.Series(float("nan"), index=subjects.index)
    for number in sorted(failed, reverse=True):
        rule = rule.where(~failed[number], number)
    return pd.DataFrame({"USUBJID": subjects["USUBJID"], "PPEXRS": rule.map(REASONS)})


def _has_criterion(sdtm: Path, subjects: pd.DataFrame) -> pd.Series:
    """(1) no IE record: read as it stands, those of an earlier screening included."""
    return subjects["USUBJID"].isin(read(sdtm, "ie", "USUBJID")["USUBJID"])


def _not_graded(subjects: pd.DataFrame, fa: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """(3) a grade for every target irAE with 2 <= ADY <= 9."""
    graded = fa.loc[fa["ADY"].between(2, 9), EVENT].drop_duplicates().assign(graded=True)
    missing = events.merge(graded, how="left", on=EVENT)
    return subjects["USUBJID"].isin(missing.loc[missing["graded"].isna(), "USUBJID"])


def _treatment(
    sdtm: Path, subjects: pd.DataFrame, cm: pd.DataFrame, fa: pd.DataFrame, events: pd.DataFrame
) -> pd.Series:
    """(4) thymosin arm: both planned days to Day 7, and >= 80% to min(Day 56, first <= G1); control: no thymosin.

    The planned days end with treatment or death too, as in TRCMP. First <= G1: of any target irAE.
    """
    ex = exposure(sdtm, subjects)
    early = ex[ex["day"].isin([1, 4])].drop_duplicates(["USUBJID", "day"]).groupby("USUBJID").size()
    both = subjects["USUBJID"].map(early).fillna(0) >= 2
    resolved = fa.merge(events[EVENT], on=EVENT)
    resolved = resolved[(resolved["ADY"] >= 2) & (resolved["AVAL"] <= 1)].groupby("USUBJID")["ADY"].min()
    limit = least(
        end_of_treatment(sdtm, subjects),
        subjects["USUBJID"].map(resolved),
        pd.Series(WINDOW_DAYS, index=subjects.index),
    )
    compliant = percent_given(ex, subjects, limit) >= 80
    product = (cm["CMTRT"] + " " + cm["CMDECOD"].fillna("")).str.upper().str.contains("THYMALFASIN|THYMOSIN")
    thymosin = subjects["USUBJID"].isin([*ex["USUBJID"], *cm.loc[product, "USUBJID"]])
    return ((subjects["ARMCD"] == TA1) & ~(both & compliant)) | ((subjects["ARMCD"] == "CTRL") & thymosin)


def _immunomodulator(subjects: pd.DataFrame, cm: pd.DataFrame) -> pd.Series:
    """(5) no other immunomodulator through Day 8: concomitant immunostimulants (ATC L03) on Day 1 to 8.

    Immunosuppressants are conventional therapy, which both arms may have (F-04).
    """
    randomisation = of_subject(cm, subjects, "RANDDT")
    first, last = relative_day(cm["ASTDT"], randomisation), relative_day(cm["AENDT"], randomisation)
    taken = cm["CMCLASCD"].str.startswith("L03").fillna(False).astype(bool) & (first <= 8) & ~(last < 1)
    return subjects["USUBJID"].isin(cm.loc[taken, "USUBJID"])
