"""The table of dosing frequencies holds every term of the codelist, with the numbers that the terms state."""

from __future__ import annotations

import csv
import re

import pytest

from derivations.doses_per_day import PER_DAY, TABLE
from specs import packages

LENGTHS = {"DAY": 1.0, "D": 1.0, "WEEK": 7.0, "M": 30.4375, "MONTH": 30.4375, "YEAR": 365.25, "H": 1 / 24}
LENGTHS["MIN"] = LENGTHS["H"] / 60


def test_every_term_of_the_codelist_is_there() -> None:
    published = packages.codelist("FREQ", f"SDTM {TABLE.stem[-10:]}")
    assert published is not None
    with TABLE.open(encoding="utf-8", newline="") as lines:
        ours = {row["Term"]: row["NCI Code"] for row in csv.DictReader(lines)}
    assert ours == {term.term: term.code for term in published.terms}


@pytest.mark.parametrize("term", [term for term in PER_DAY if re.search(r"\d", term) and "CYCLE" not in term])
def test_a_term_with_a_number_states_it(term: str) -> None:
    """`3 TIMES PER WEEK`, `EVERY 2 WEEKS`, `Q8H`: the doses and the time that the term itself names."""
    often = re.fullmatch(r"(\d+) (?:TIMES?|DAYS) PER (\w+)", term)
    every = re.fullmatch(r"(?:EVERY |Q)(\d+) ?(H|MIN|D|M|WEEK|YEAR)S?", term)
    if often:
        expected = int(often[1]) / LENGTHS[often[2]]
    else:
        assert every
        expected = 1 / (int(every[1]) * LENGTHS[every[2]])
    assert PER_DAY[term] == pytest.approx(expected, rel=1e-14)
