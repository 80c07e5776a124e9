"""Names of ADaM with an index: `TRTxxP`, `ANLzzFL`, `CRITyFL`, `PxxSw`, and `--TERM` of OCCDS.

ADaMIG 1.3 section 3.1.5: xx and zz are two digits, y and w a number without a leading zero. `--` stands for
the two letters of the SDTM domain.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

_TOKENS = {"xx": r"[0-9]{2}", "zz": r"[0-9]{2}", "y": r"[1-9][0-9]?", "w": r"[1-9]"}


@dataclass(frozen=True)
class Index:
    """The index that a name puts in the place of each wildcard."""

    values: Mapping[str, str]

    def fill(self, label: str) -> str:
        """`label` with each wildcard replaced; one that ends in an ellipsis is left to the sponsor: empty.

        >>> Index({"zz": "01"}).fill("Analysis Flag zz")
        'Analysis Flag 01'
        """
        if label.endswith("...") or "{" in label:
            return ""
        return re.sub(r"\b(xx|zz|y|w)\b", lambda found: self.values.get(found[0], found[0]), label)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    seen: set[str] = set()
    text = ""
    for part in re.split(r"(xx|zz|y|w|--)", pattern):
        if part == "--":
            text += "[A-Z][A-Z0-9]"
        elif part in _TOKENS:
            text += f"(?P={part})" if part in seen else f"(?P<{part}>{_TOKENS[part]})"
            seen.add(part)
        else:
            text += re.escape(part)
    return re.compile(text)


def matches(pattern: str, name: str) -> Index | None:
    """The index of `name` under `pattern`, or None when it does not fit.

    >>> matches("TRxxAGy", "TR01AG2").values
    {'xx': '01', 'y': '2'}
    >>> matches("TRTxxP", "TRTSDT") is None
    True
    """
    if not name.startswith(_head(pattern)):
        return None
    found = _compiled(pattern).fullmatch(name)
    return Index(found.groupdict()) if found else None


@cache
def _head(pattern: str) -> str:
    """What a pattern begins with before its first wildcard: most names that do not fit differ there."""
    return re.split(r"xx|zz|y|w|--", pattern, maxsplit=1)[0]


def prefix(dataset: str) -> str:
    """The two letters for `--`: those after AP or SUPP where the name has them.

    >>> prefix("FAAE"), prefix("SUPPAE"), prefix("APDM"), prefix("_AEX"), prefix("AE")
    ('FA', 'AE', 'DM', 'AE', 'AE')
    """
    name = dataset.lstrip("_")
    for start in ("SUPP", "AP"):
        if name.startswith(start) and len(name) >= len(start) + 2:
            name = name[len(start) :]
    return name[:2]
