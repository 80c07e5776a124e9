"""To which standard a dataset belongs, and what it is there: class, subclass, domain, the letters for `--`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from qc.conformance.description import Dataset as Described
from specs import standards
from specs.wildcards import prefix

SDTM, ADAM = "SDTM", "ADAM"
GUIDES = {SDTM: "SDTMIG 3.4", ADAM: "ADaMIG 1.3"}
SUBJECT_LEVEL, BDS = "SUBJECT LEVEL ANALYSIS DATASET", "BASIC DATA STRUCTURE"
OCCDS, OTHER = "OCCURRENCE DATA STRUCTURE", "ADAM OTHER"
# Names of ADaM that are numbers by their ending (ADaMIG 1.3, section 3.1).
NUMERIC_NAMES = re.compile(r".+(DT|DTM|TM|DY|FN|N|SEQ)")
_SEQUENCE = re.compile(r"(?!AS)[A-Z][A-Z0-9]SEQ")
# Older words of Define-XML's terminology for the classes of ADaM.
_FORMER = {"ADVERSE EVENTS ANALYSIS DATASET": OCCDS, "ADAE": OCCDS, "ADSL": SUBJECT_LEVEL, "BDS": BDS, "OCCDS": OCCDS}


@dataclass(frozen=True)
class Kind:
    """standard: SDTM or ADAM. letters: what stands for `--`. structure: that of ADaM which `specs.standards` knows."""

    standard: str
    guide: str
    dataset_class: str
    subclass: str
    letters: str
    structure: str

    @property
    def names(self) -> set[str]:
        """The words by which a rule calls datasets of this kind."""
        return {self.dataset_class, self.subclass} - {""}


def classify(name: str, variables: Iterable[str], described: Described | None, standard: str = "") -> Kind:
    """What a dataset is, by what describes it, else by the guide, else by its variables.

    variables: those of the data. standard: SDTM or ADAM where the user said so, else "".
    """
    listed = list(variables)
    found = standard or _standard(name, described)
    if found == SDTM:
        return _tabulation(name, listed, described)
    return _analysis(name, listed, described)


def _standard(name: str, described: Described | None) -> str:
    stated = described.standard.upper() if described else ""
    if stated.startswith(("ADAM", "BDS", "OCCDS")):
        return ADAM
    if stated.startswith(("SDTM", "SEND")):
        return SDTM
    return ADAM if name.startswith("AD") else SDTM


def _tabulation(name: str, names: list[str], described: Described | None) -> Kind:
    guide = GUIDES[SDTM]
    letters = prefix(name)
    known = standards.dataset(guide, name)
    stated = described.dataset_class if described else ""
    kind = known.dataset_class if known else stated if stated in standards.CLASSES else _by_topic(letters, names)
    if stated in standards.OBSERVATION_CLASSES and kind in standards.OBSERVATION_CLASSES:
        kind = stated
    return Kind(SDTM, guide, kind, described.subclass if described else "", letters, "")


def _by_topic(letters: str, names: list[str]) -> str:
    topics = (("TESTCD", "FINDINGS"), ("TERM", "EVENTS"), ("TRT", "INTERVENTIONS"))
    found = next((kind for topic, kind in topics if f"{letters}{topic}" in names), "")
    return "FINDINGS ABOUT" if found == "FINDINGS" and f"{letters}OBJ" in names else found


def _analysis(name: str, names: list[str], described: Described | None) -> Kind:
    stated = described.dataset_class if described else ""
    stated = _FORMER.get(stated, stated)
    kind = stated if stated in standards.CLASSES and stated != OTHER else _by_structure(name, names)
    subclass = described.subclass if described else ""
    if kind == BDS and "CNSR" in names:
        subclass = subclass or "TIME-TO-EVENT"
    if kind == OCCDS and "AETERM" in names:
        subclass = subclass or "ADVERSE EVENT"
    sequence = next((variable for variable in names if _SEQUENCE.fullmatch(variable) and variable != "SRCSEQ"), "")
    letters = sequence[:2] or (name[2:4] if name.startswith("AD") else name[:2])
    return Kind(ADAM, GUIDES[ADAM], kind, subclass, letters, standards.structure(name, kind, subclass))


def _by_structure(name: str, names: list[str]) -> str:
    if name == "ADSL":
        return SUBJECT_LEVEL
    if "PARAMCD" in names:
        return BDS
    topics = [variable for variable in names if re.fullmatch(r"[A-Z][A-Z0-9](TERM|TRT|DECOD)", variable)]
    return OCCDS if topics else OTHER
