"""Names of raw columns and labels of standard variables as words that can be compared.

The words are plain English; the pieces of names are those that data management systems and CDASH use. Nothing is
learned from data: the same names give the same words.
"""

from __future__ import annotations

import re
from functools import cache

_PARTS = re.compile(r"[A-Za-z]+|\d+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PREFIX = re.compile(r"^(?:IT|ITEM|RAW|CRF|F|ITM)[._]", re.IGNORECASE)
_STOP = frozenset(
    ["of", "the", "for", "in", "or", "and", "to", "with", "is", "a", "an", "on", "per", "by", "from", "within", "study"]
)
_WEAK = frozenset(
    ["name", "description", "value", "text", "result", "reported", "term", "identifier", "sponsor", "defined"]
)
# Pieces of names, and the words that they stand for.
_PIECES = {
    "ACN": "action", "ACT": "actual", "ACTUAL": "actual", "AE": "", "ARM": "arm", "BIRTH": "birth", "BRTH": "birth",
    "CAT": "category", "CD": "code", "CODE": "code", "COL": "collection", "COLL": "collection",
    "COLLECTED": "collection", "CONS": "consent", "CONSENT": "informed consent", "CTRY": "country", "DAT": "date",
    "DATE": "date", "DEATH": "death", "DESC": "description", "DIS": "disability", "DISAB": "disability",
    "DOB": "birth date", "DOS": "dose", "DOSE": "dose", "DRUG": "treatment", "DT": "date", "DTC": "date",
    "DTH": "death", "DUR": "duration", "EN": "end", "END": "end", "FM": "form", "FREQ": "frequency",
    "FRM": "form", "FRQ": "frequency", "GENDER": "sex", "IC": "informed consent", "ICF": "informed consent",
    "ID": "identifier", "INDC": "indication", "INSTANCE": "visit", "INV": "investigator", "LOC": "location",
    "LOT": "lot", "MED": "treatment", "NAME": "name", "NM": "name", "NO": "number", "NUM": "number",
    "OUT": "outcome", "PAT": "subject", "PATIENT": "subject", "PLAN": "planned", "PLANNED": "planned",
    "PT": "subject", "REAS": "reason", "REL": "causality", "ROUTE": "route", "RSN": "reason", "SCAT": "subcategory",
    "SER": "serious", "SEV": "severity", "SITE": "site", "ST": "start", "START": "start", "STOP": "end",
    "STUDY": "study", "SUBJ": "subject", "SUBJECT": "subject", "TIM": "time", "TIME": "time", "TM": "time",
    "TRT": "treatment", "TXT": "text", "UNIT": "unit", "UNITS": "unit", "U": "unit", "VIS": "visit",
    "VISIT": "visit", "VST": "visit",
}  # fmt: skip
_SHORTEST = 2


def bare(name: str) -> str:
    """A column's name without what a system puts before it.

    >>> bare("IT.AETERM"), bare("PLANNED_ARM")
    ('AETERM', 'PLANNED_ARM')
    """
    return _PREFIX.sub("", name)


def tokens(name: str) -> tuple[str, ...]:
    """The parts of a name in capitals, parted by signs, digits and changes from small to capital letters.

    >>> tokens("IC_DT"), tokens("birthDate")
    (('IC', 'DT'), ('BIRTH', 'DATE'))
    """
    return tuple(part.upper() for piece in _PARTS.findall(name) for part in _HUMP.split(piece))


@cache
def words_of_name(name: str, prefix: str = "") -> frozenset[str]:
    """The words of a column's name; a domain's prefix in front says nothing.

    >>> sorted(words_of_name("AEDTCOL", "AE")), sorted(words_of_name("PLANNED_ARMCD"))
    (['collection', 'date'], ['arm', 'code', 'planned'])
    """
    found: list[str] = []
    for number, token in enumerate(tokens(bare(name))):
        own = number == 0 and prefix and token.startswith(prefix) and len(token) > len(prefix)
        found += _words(token[len(prefix) :] if own else token)
    return frozenset(_one(word) for word in found) - _STOP - _WEAK


def _words(token: str) -> list[str]:
    """The words of one part of a name: known, a chain of known pieces, or itself."""
    if token in _PIECES:
        return _PIECES[token].split()
    chain = _chain(token)
    return [word for piece in chain for word in _PIECES[piece].split()] if chain else [token.lower()]


@cache
def _chain(token: str) -> tuple[str, ...]:
    """The fewest known pieces that make up a part, the longest first; none if there is no such chain."""
    best: tuple[str, ...] = ()
    for length in range(len(token), _SHORTEST - 1, -1):
        if token[:length] in _PIECES:
            rest = _chain(token[length:]) if length < len(token) else ()
            if (rest or length == len(token)) and (not best or len(rest) + 1 < len(best)):
                best = (token[:length], *rest)
    return best


@cache
def words_of_label(label: str, subject: str = "") -> frozenset[str]:
    """The words of a variable's label, without those of the dataset's own label.

    >>> sorted(words_of_label("Start Date/Time of Adverse Event", "Adverse Events"))
    ['date', 'start']
    """
    text = label.replace("Date/Time", "date").replace("Organ/", "organ ")
    own = {_one(word) for word in re.findall(r"[A-Za-z]+", subject.lower())}
    found = {_one(word) for word in re.findall(r"[A-Za-z]+", text.lower())}
    return frozenset(found - own) - _STOP - _WEAK


def _one(word: str) -> str:
    """A word without the s of its plural, and one spelling for the same thing."""
    same = {"ethnicity": "ethnic", "units": "unit", "dosing": "dose", "end": "end"}
    return same.get(word, word[:-1] if word.endswith("s") and len(word) > 4 and not word.endswith("ss") else word)


def abbreviates(short: str, long: str) -> bool:
    """True if the letters of `short` stand in `long` in that order, the first being the first.

    >>> abbreviates("AEDIS", "AESDISAB"), abbreviates("DOSFM", "DOSFRM"), abbreviates("COUNTRY", "CONTRY")
    (True, True, False)
    """
    letters = iter(long)
    return short[:1] == long[:1] and len(short) >= 4 and all(letter in letters for letter in short)
