"""Messiness of the event, medication and injection forms."""

from __future__ import annotations

import numpy as np

from simulate.calendar import NONE, date_item
from simulate.messiness import Soil, blank_date_parts
from simulate.rng import Ints
from simulate.table import coded, count_within, numbers

_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def _partial(hand: Soil, form: str, display: str, parts: str, able: np.ndarray, *, year: bool = True) -> None:
    table = hand.tables[form]
    full = able & (table.columns[display] != "")
    blank_date_parts(table, hand.hits("M-05", "day unknown", form, full, keep=True), display, parts, month=False)
    if year:
        full &= table.columns[f"{parts}_DD"] != "UN"
        rows = hand.hits("M-05", "month and day unknown", form, full, keep=True)
        blank_date_parts(table, rows, display, parts, month=True)


def _set_end(hand: Soil, form: str, rows: Ints, item: str, days: Ints) -> None:
    hand.put(form, rows, **date_item(f"{item}DAT", item, days))


def deaths(hand: Soil) -> None:
    """M-20 in both directions, and a death of which only the month is known (M-05)."""
    events = hand.tables["AE"]
    without = hand.hits("M-20", "death form missing", "DD")
    fatal = events.columns["AEOUT_C"] == "5"
    left = ~np.isin(events.position, hand.tables["DD"].position[hand.used["DD"]])
    rows = hand.hits("M-20", "fatal event missing", "AE", fatal & left)
    hand.put("AE", rows, **coded("AEOUT", np.full(len(rows), 3), "AEOUT"), **coded("AEONGO", np.ones_like(rows), "YN"),
             **coded("SDTH", np.zeros_like(rows), "YN"), **coded("SHOSP", np.ones_like(rows), "YN"),
             **coded("AEGR", np.full(len(rows), 4), "GRADE"))
    _set_end(hand, "AE", rows, "AEEN", np.full(len(rows), NONE))
    deaths_left = ~np.isin(hand.tables["DD"].position, events.position[rows])
    month_only = hand.hits("M-05", "day unknown", "DD", deaths_left)
    blank_date_parts(hand.tables["DD"], month_only, "DTHDAT", "DTH", month=False)
    same = fatal & np.isin(events.position, hand.tables["DD"].position[month_only])
    blank_date_parts(events, np.nonzero(same)[0], "AEENDAT", "AEEN", month=False)
    hand.used["AE"] |= events.columns["AEOUT_C"] == "5"
    hand.drop("DD", without)


def steroids(hand: Soil) -> None:
    """M-23 and M-24 on stop dates, M-09 to M-11 on doses, M-07 full-width digits, M-05 stop day unknown."""
    rows, people = hand.people.steroids, hand.people
    same = np.zeros(len(rows["s"]), dtype=bool)
    same[:-1] = (rows["s"][1:] == rows["s"][:-1]) & (rows["drug"][1:] == rows["drug"][:-1])
    same[:-1] &= (rows["route"][1:] == rows["route"][:-1]) & (rows["start"][1:] == rows["end"][:-1] + 1)
    touching = hand.hits("M-23", "stop is next start", "CS", same)
    _set_end(hand, "CS", touching, "CSEN", rows["end"][touching] + 1)
    overlap = hand.hits("M-23", "overlap", "CS", same)
    _set_end(hand, "CS", overlap, "CSEN", rows["end"][overlap] + 3)
    died = people.death[rows["s"]] != NONE
    late = hand.hits("M-24", "stop after last contact", "CS", (rows["end"] == NONE) & ~died)
    _set_end(hand, "CS", late, "CSEN", people.eos[rows["s"][late]] + 7)
    after = hand.hits("M-24", "stop after death", "CS", died & (rows["end"] == people.death[rows["s"]]))
    _set_end(hand, "CS", after, "CSEN", rows["end"][after] + 2)
    for chosen in (late, after):
        hand.put("CS", chosen, **coded("CSONGO", np.zeros_like(chosen), "YN"))
    dose = rows["dose"]
    free = (hand.column("CS", "CSDOSE") != "") & (rows["purpose"] == 1)
    grams = hand.hits("M-09", "dose in g", "CS", free & (dose >= 500))
    hand.put("CS", grams, CSDOSE=np.array([f"{mg / 1000:g}" for mg in dose[grams].tolist()], dtype=object), CSDOSU="g")
    glued = hand.hits("M-10", "unit in dose", "CS", free & (rows["frequency"] <= 2))
    often = hand.column("CS", "CSFRQ")[glued]
    text = [f"{mg:g}mg {f.lower()}" for mg, f in zip(dose[glued].tolist(), often.tolist(), strict=True)]
    hand.put("CS", glued, CSDOSE=np.array(text, dtype=object), CSDOSU="", CSFRQ="", CSFRQ_C="")
    hand.put("CS", hand.hits("M-11", "dose is a range or text", "CS", free), CSDOSE="遵医嘱", CSDOSU="")
    wide = hand.hits("M-07", "full-width dose", "CS", free)
    hand.edit("CS", wide, "CSDOSE", lambda cell: cell.translate(_WIDE))
    _partial(hand, "CS", "CSENDAT", "CSEN", ~hand.used["CS"], year=False)


def adverse_events(hand: Soil) -> None:
    """Terms without English text, ends that contradict, spellings, partial dates, events reported twice."""
    other = hand.column("AE", "TARGET_C") == "0"
    ended = other & (hand.column("AE", "AEOUT_C") == "1")
    light = other & (hand.column("AE", "AESER_C") == "0")
    chinese = np.array([not cell.isascii() for cell in hand.column("AE", "AETERM").tolist()], dtype=bool)
    hand.put("AE", hand.hits("M-07", "no English term", "AE", light & chinese), AETERM_EN="")
    rows = hand.hits("M-18", "ongoing with end date", "AE", ended)
    hand.put("AE", rows, **coded("AEONGO", np.ones_like(rows), "YN"))
    rows = hand.hits("M-06", "end before start", "AE", ended)
    start = hand.column("AE", "AEST_YY")[rows]
    hand.put("AE", rows, AEEN_YY=np.array([str(int(year) - 1) for year in start.tolist()], dtype=object))
    display = [f"{cell[:7]}{int(cell[7:]) - 1}" for cell in hand.column("AE", "AESTDAT")[rows].tolist()]
    for part in ("MM", "DD"):
        hand.put("AE", rows, **{f"AEEN_{part}": hand.column("AE", f"AEST_{part}")[rows]})
    hand.put("AE", rows, AEENDAT=np.array(display, dtype=object))
    rows = hand.hits("M-04", "decode and code disagree", "AE", other)
    unlikely = hand.column("AE", "AEREL_C")[rows] == "4"
    hand.put("AE", rows, AEREL=np.where(unlikely, "Not related", "Unlikely related").astype(object))
    hand.edit("AE", hand.hits("M-03", "blanks and case", "AE"), "AESER", lambda cell: f" {cell.upper()}\u00a0")
    _reported_twice(hand, ended & light)
    first = hand.tables["AE"].entry == 0
    free = first & ~hand.used["AE"]
    _partial(hand, "AE", "AESTDAT", "AEST", free)
    untouched = hand.column("AE", "AEST_DD") != "UN"
    ended = (hand.column("AE", "AEOUT_C") == "1") & (hand.column("AE", "TARGET_C") == "0")
    _partial(hand, "AE", "AEENDAT", "AEEN", free & ended & untouched, year=False)


def _reported_twice(hand: Soil, able: np.ndarray) -> None:
    """M-19: the same event again, as the subject's last AENO, from one day later on."""
    table = hand.tables["AE"]
    one_each = np.zeros(len(table), dtype=bool)
    one_each[np.unique(np.where(able & ~hand.used["AE"], table.position, -1), return_index=True)[1]] = True
    rows = hand.hits("M-19", "reported twice", "AE", able & one_each)
    events = np.bincount(table.position, minlength=hand.people.size)[table.position[rows]]
    copies = hand.reenter("AE", rows)
    hand.put("AE", copies, AENO=numbers(events + 1), RECPOS=numbers(events + 1))
    term = hand.column("AE", "AETERM_EN")[rows]
    hand.put("AE", copies, AETERM=term)


def medications(hand: Soil) -> None:
    """Partial, impossible, contradicting and future dates; doses that are no numbers; no English name."""
    prior = hand.column("CM", "CMPRIOR_C") == "1"
    ended = hand.column("CM", "CMENDAT") != ""
    rows = hand.hits("M-05", "start unknown", "CM", prior & ~ended)
    _set_end(hand, "CM", rows, "CMST", np.full(len(rows), NONE))
    rows = hand.hits("M-06", "31 February", "CM")
    hand.edit("CM", rows, "CMSTDAT", lambda cell: f"31 FEB {cell[7:]}")
    hand.put("CM", rows, CMST_MM="02", CMST_DD="31")
    rows = hand.hits("M-06", "end before start", "CM", ended)
    hand.edit("CM", rows, "CMENDAT", lambda cell: f"{cell[:7]}{int(cell[7:]) - 3}")
    hand.edit("CM", rows, "CMEN_YY", lambda cell: str(int(cell) - 3))
    rows = hand.hits("M-06", "future date", "CM", ended)
    hand.edit("CM", rows, "CMENDAT", lambda cell: f"{cell[:7]}2042")
    hand.put("CM", rows, CMEN_YY="2042")
    chinese = np.array([not cell.isascii() for cell in hand.column("CM", "CMTRT").tolist()], dtype=bool)
    hand.put("CM", hand.hits("M-07", "no English term", "CM", chinese), CMTRT_EN="")
    tablets = np.array(["tablet" in cell for cell in hand.column("CM", "CMTRT_EN").tolist()], dtype=bool)
    rows = hand.hits("M-11", "dose is a range or text", "CM", tablets)
    odd = hand.tables["CM"].slot[rows] % 2 == 1
    hand.put("CM", rows, CMDOSE=np.where(odd, "0.5–1", "1片").astype(object),
             CMDOSU=np.where(odd, "mg", "").astype(object))
    dated = ~hand.used["CM"] & (hand.column("CM", "CMSTDAT") != "")
    rows = hand.hits("M-05", "month unknown, day known", "CM", dated)
    hand.edit("CM", rows, "CMSTDAT", lambda cell: f"{cell[:2]} UNK {cell[7:]}")
    hand.put("CM", rows, CMST_MM="UNK")
    _partial(hand, "CM", "CMSTDAT", "CMST", prior & ~hand.used["CM"])


def histories(hand: Soil) -> None:
    """Partial dates of diagnosis and of checkpoint inhibitors; re-consent."""
    _partial(hand, "MH", "MHDXDAT", "MHDX", np.ones(len(hand.tables["MH"]), dtype=bool))
    _partial(hand, "ICI", "ICISTDAT", "ICIST", np.ones(len(hand.tables["ICI"]), dtype=bool))
    people, consent = hand.people, hand.tables["IC"]
    again = people.consent[consent.position] + 40
    rows = hand.hits("form", "re-consent", "IC", again < people.eos[consent.position])
    copies = hand.reenter("IC", rows)
    consent.save_day[copies] = again[rows]
    hand.put("IC", copies, **date_item("ICDAT", "IC", again[rows]), ICVER="V2.0", IEYN="", IEYN_C="", RECPOS="2",
             **date_item("IEDAT", "IE", np.full(len(copies), NONE)))


def injections(hand: Soil) -> None:
    """M-10 in doses; two injections on one day."""
    given = hand.column("SD", "GIVEN_C") == "1"
    hand.edit("SD", hand.hits("M-10", "unit in dose", "SD", given), "SDDOSE", lambda cell: f"{cell}mg")
    hand.edit("SD", hand.hits("M-10", "decimal comma", "SD", given), "SDDOSE", lambda cell: cell.replace(".", ","))
    table = hand.tables["SD"]
    rows = hand.hits("form", "second injection on a day", "SD", given)
    total = np.bincount(table.position, minlength=hand.people.size)[table.position[rows]]
    extra = count_within(table.position[rows])
    copies = hand.reenter("SD", rows)
    hand.put("SD", copies, RECPOS=numbers(total + 1 + extra), SDTIM="20:30")
    hand.put("SD", copies, SDLOC=hand.column("SD", "SDLOC")[rows])
