"""Whether the tables of a stage are complete in themselves.

As a rule a blank cell takes what the standard says. Tables that came from a workbook or a define.xml of others say
themselves what they mean, blank cells too: their Define sheet has the attribute `FromStandard` with the value No.
"""

from __future__ import annotations

from specs.cells import choice
from specs.read_csv import Faults, Row

FROM_STANDARD = "FromStandard"


def complete(rows: list[Row], faults: Faults) -> bool:
    """True where the rows of Define say that nothing is to be taken from the standard."""
    found = [row for row in rows if row.get("Attribute") == FROM_STANDARD]
    return any(choice(row, "Value", ("Yes", "No"), faults) == "No" for row in found)
