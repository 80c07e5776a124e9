"""Messiness of the person, grade, laboratory and vital signs forms, and repeated entries of all forms."""

from __future__ import annotations

from functools import partial

import numpy as np

from simulate.calendar import date_item
from simulate.catalogue import SUBJECT_REASONS
from simulate.messiness import Soil
from simulate.rng import Ints
from simulate.visits import SLOTS_PER_PANEL

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
_SPELLINGS = ("{} ", "\u3000{}", "{}\u00a0", "{}")
OPERATORS = {"ALT": ("<5", "↓"), "AST": ("<5", "↓"), "DBIL": ("<1.0", ""), "GGT": (">1000", "↑"), "ALP": ("≥200", "↑")}
SUPERSCRIPT = {"10^9/L": "×10⁹/L", "umol/L": "μmol/L"}
REFERRAL = {"g/L": ("g/dL", 10.0, 1), "TBIL": ("mg/dL", 17.1, 2), "DBIL": ("mg/dL", 17.1, 2),
            "CREA": ("mg/dL", 88.4, 2), "U/L": ("IU/L", 1.0, 0), "s": ("sec", 1.0, 1), "INR": ("RATIO", 1.0, 2)}
"""Units of a referral report by local unit or code: unit, divisor, decimals."""
COUNT_SPELLINGS = ("10*9/L", "G/L", "10^3/uL")


def persons(hand: Soil) -> None:
    """Spellings of the sex; decode and code that disagree."""
    rows = hand.hits("M-03", "blanks and case", "DM")
    hand.edit("DM", rows, "SEX", lambda cell: f"{cell.lower()} ")
    rows = hand.hits("M-04", "decode and code disagree", "DM")
    hand.edit("DM", rows, "SEX", lambda cell: "Female" if cell == "Male" else "Male")


def grades(hand: Soil) -> None:
    """Corrected grades, grades not done, spellings of grades."""
    folder = hand.column("IRAE", "FOLDER")
    rows = hand.hits("M-12", "grade not done", "IRAE", ~np.isin(folder, ["SCR", "D1"]))
    reasons = np.array((SUBJECT_REASONS[0], "研究者未评估"), dtype=object)[hand.tables["IRAE"].slot[rows] % 2]
    hand.put("IRAE", rows, GRADE="ND", GRADE_C="ND", NDREAS=reasons)
    for symptom in ("inactive", "superseded"):
        rows = hand.hits("M-01", symptom, "IRAE")
        hand.reenter("IRAE", rows)
        wrong = np.where(hand.column("IRAE", "GRADE_C")[rows] == "1", "2", "1")
        hand.put("IRAE", rows, GRADE_C=wrong.astype(object), GRADE=("Grade " + wrong.astype(object)))
        if symptom == "inactive":
            hand.put("IRAE", rows, ACTIVE="0")
    rows = hand.hits("M-03", "blanks and case", "IRAE")
    spelling = [_SPELLINGS[slot % 4].format(cell if slot % 4 < 3 else cell.upper()) for slot, cell in
                zip(hand.tables["IRAE"].slot[rows].tolist(), hand.column("IRAE", "GRADE")[rows].tolist(), strict=True)]
    hand.put("IRAE", rows, GRADE=np.array(spelling, dtype=object))
    rows = hand.hits("M-03", "decode only", "IRAE")
    hand.put("IRAE", rows, GRADE=hand.column("IRAE", "GRADE_C")[rows] + "级", GRADE_C="")
    rows = hand.hits("M-03", "full-width code", "IRAE")
    hand.edit("IRAE", rows, "GRADE_C", lambda cell: cell.translate(_WIDE))
    rows = hand.hits("M-04", "decode and code disagree", "IRAE")
    hand.edit("IRAE", rows, "GRADE", lambda cell: "Grade 4" if cell != "Grade 4" else "Grade 3")


def laboratory(hand: Soil) -> None:
    """Units, operators, separators, panels not done, dates, and results reported twice."""
    table = hand.tables["LB"]
    panel = table.key * 100 + (table.slot - 300) // SLOTS_PER_PANEL
    first = np.r_[True, panel[1:] != panel[:-1]] if len(panel) else np.zeros(0, dtype=bool)
    _not_done(hand, panel, first)
    table = hand.tables["LB"]
    panel = table.key * 100 + (table.slot - 300) // SLOTS_PER_PANEL
    first = (np.r_[True, panel[1:] != panel[:-1]] if len(panel) else first) & (table.columns["LBCODE"] != "")
    _referral(hand, panel, first)
    code, unit = hand.column("LB", "LBCODE"), hand.column("LB", "LBUNIT")
    rows = np.nonzero(np.isin(panel, panel[hand.hits("M-07", "unit with superscripts", "LB", first, keep=True)]))[0]
    rows = rows[np.isin(unit[rows], list(SUPERSCRIPT))]
    hand.edit("LB", rows, "LBUNIT", lambda cell: SUPERSCRIPT[cell])
    normal = hand.column("LB", "LBFLAG") == ""
    rows = hand.hits("M-08", "operator in result", "LB", np.isin(code, list(OPERATORS)) & normal & (unit != "mg/dL"))
    odd = [OPERATORS[name] for name in code[rows].tolist()]
    hand.put("LB", rows, LBRES=np.array([text for text, _ in odd], dtype=object),
             LBFLAG=np.array([flag for _, flag in odd], dtype=object))
    hand.put("LB", hand.hits("M-09", "unknown unit", "LB", code == "CREA"), LBUNIT="mg%")
    counts = np.isin(code, ["WBC", "NE", "LY"]) & np.isin(unit, ["10^9/L", "×10⁹/L"])
    rows = hand.hits("M-10", "thousands separator", "LB", counts)
    for name in ("LBRES", "LBLO", "LBHI"):
        hand.edit("LB", rows, name, lambda cell: f"{round(float(cell) * 1000):,}")
    hand.put("LB", rows, LBUNIT="/uL")
    _other_dates(hand, "LB", "LBDAT", "LB", panel, first, -1)
    rows = hand.hits("M-21", "specimen reported twice", "LB", np.isin(code, ["HB", "PLT", "ALP", "ALT"]))
    hand.reenter("LB", rows)
    hand.edit("LB", rows, "LBRES", lambda cell: f"{float(cell) * 1.1:.1f}")


def _not_done(hand: Soil, panel: Ints, first: np.ndarray) -> None:
    """M-12: one row stands for the panel, the others are not there."""
    heads = hand.hits("M-12", "panel not done", "LB", first & (hand.column("LB", "FOLDER") != "SCR"))
    blank = dict.fromkeys(("LBTIM", "LBCODE", "LBNAME", "LBRES", "LBUNIT", "LBLO", "LBHI", "LBFLAG"), "")
    reason = np.array((SUBJECT_REASONS[0], "标本溶血"), dtype=object)[hand.tables["LB"].slot[heads] % 2]
    hand.put("LB", heads, **blank, LBND="Yes", LBND_C="1", LBNDREAS=reason)
    gone = np.isin(panel, panel[heads])
    gone[heads] = False
    hand.drop("LB", np.nonzero(gone)[0])


def _referral(hand: Soil, panel: Ints, first: np.ndarray) -> None:
    """M-09: a panel from another hospital's laboratory, in its units."""
    heads = hand.hits("M-09", "referral report", "LB", first, keep=True)
    rows = np.nonzero(np.isin(panel, panel[heads]))[0]
    code, unit = hand.column("LB", "LBCODE")[rows], hand.column("LB", "LBUNIT")[rows]
    for name, (new_unit, divisor, decimals) in REFERRAL.items():
        chosen = rows[(code == name) | (unit == name)]
        for column in ("LBRES", "LBLO", "LBHI") if divisor != 1 else ():
            hand.edit("LB", chosen, column, partial(_divided, divisor=divisor, decimals=decimals))
        hand.put("LB", chosen, LBUNIT=new_unit)
    counts = rows[unit == "10^9/L"]
    spelling = np.array(COUNT_SPELLINGS, dtype=object)[panel[counts] % len(COUNT_SPELLINGS)]
    hand.put("LB", counts, LBUNIT=spelling)


def _divided(cell: str, divisor: float, decimals: int) -> str:
    return f"{float(cell) / divisor:.{decimals}f}"


def _other_dates(hand: Soil, form: str, item: str, parts: str, visit: Ints, first: np.ndarray, shift: int) -> None:
    """M-15: the form's date is a day before or after the visit's."""
    folder = hand.column(form, "FOLDER")
    heads = hand.hits("M-15", "form date is not visit date", form, first & ~np.isin(folder, ["SCR", "D1", "FU"]),
                      keep=True)
    rows = np.nonzero(np.isin(visit, visit[heads]))[0]
    table = hand.tables[form]
    hand.put(form, rows, **date_item(item, parts, table.save_day[rows] + shift))


def vital_signs(hand: Soil) -> None:
    """Height in metres, weight missing on Day 1, a date after the visit, corrected weights."""
    height = hand.column("VS", "HT") != ""
    rows = hand.hits("M-09", "height in metres", "VS", height)
    hand.edit("VS", rows, "HT", lambda cell: f"{int(cell) / 100:.2f}")
    hand.put("VS", hand.hits("M-12", "weight missing", "VS", hand.column("VS", "FOLDER") == "D1"), WT="")
    table = hand.tables["VS"]
    each = np.arange(len(table))
    before_end = table.save_day < hand.people.last_contact()[table.position]
    _other_dates(hand, "VS", "VSDAT", "VS", each, before_end, 1)


def repeats(hand: Soil) -> None:
    """M-01 of persons and weights, M-02 exact duplicates."""
    for symptom in ("inactive", "superseded"):
        people = hand.hits("M-01", symptom, "DM")
        hand.reenter("DM", people)
        flipped = {"1": ("2", "Female"), "2": ("1", "Male")}
        wrong = [flipped[code] for code in hand.column("DM", "SEX_C")[people].tolist()]
        hand.put("DM", people, SEX_C=np.array([code for code, _ in wrong], dtype=object),
                 SEX=np.array([text for _, text in wrong], dtype=object))
        weights = hand.hits("M-01", symptom, "VS", hand.column("VS", "WT") != "")
        hand.reenter("VS", weights)
        hand.edit("VS", weights, "WT", lambda cell: cell.replace(".", ""))
        if symptom == "inactive":
            hand.put("DM", people, ACTIVE="0")
            hand.put("VS", weights, ACTIVE="0")
    for form in ("LB", "VS", "CM", "CS"):
        hand.reenter(form, hand.hits("M-02", "exact duplicate", form))
