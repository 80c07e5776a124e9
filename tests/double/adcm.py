"""ADCM, one record per record of CM (4.7)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from double.source import carry, flag, greatest, least, relative_day
from double.steroids import WINDOW_DAYS, courses, window_days
from double.subjects import dates

FOLLOW_UP_DAYS = 30
ADJUSTED = ["AADJEDT", "CSADJFL", "CSFACT", "CSDDOSE", "CSWSDT", "CSWEDT", "CSWDAYS", "CSWDOSE"]


def adcm(sdtm: Path, adsl: pd.DataFrame) -> pd.DataFrame:
    """The dataset; the variables of the window belong to systemic corticosteroids and other immunosuppressants."""
    cm = courses(sdtm, dates(sdtm))
    carry(cm, adsl)
    cm["ASTDY"] = relative_day(cm["ASTDT"], cm["RANDDT"])
    cm["AENDY"] = relative_day(cm["AENDT"], cm["RANDDT"])
    cm["ONTRTFL"] = flag((cm["ASTDT"] <= cm["TRTEDT"] + FOLLOW_UP_DAYS) & (cm["AENDT"] >= cm["TRTSDT"]))
    cm["PREFL"] = flag(cm["ASTDT"] < cm["TRTSDT"])
    cm["ANL01FL"], cm["ANL02FL"] = flag(cm["irae_steroid"]), flag(cm["steroid"])
    first = greatest(cm["ASTDT"], cm["RANDDT"])
    last = least(cm["AADJEDT"], cm["RANDDT"] + WINDOW_DAYS - 1)
    inside = (first <= last) & cm["ASTDT"].notna() & cm["AADJEDT"].notna()
    cm["CSWSDT"], cm["CSWEDT"] = first.where(inside), last.where(inside)
    cm["CSWDAYS"] = cm["CSWEDT"] - cm["CSWSDT"] + 1
    doses = window_days(cm[cm["steroid"]])
    cm["CSWDOSE"] = doses.groupby(level=0)["dose"].sum(min_count=1).reindex(cm.index)
    cm[ADJUSTED] = cm[ADJUSTED].where(cm["steroid"] | (cm["CMSCAT"] == "OTHER IMMUNOSUPPRESSANT"))
    return cm.drop(columns=["conventional", "steroid", "irae_steroid", "start", "mg"])
