"""Identifiers of define.xml as they are made from names: the writer of define.xml and the links to its page agree."""

from __future__ import annotations

import re


def oid_part(text: str) -> str:
    """A text as a part of an OID or xs:ID: anything but letters, digits, `_`, `-` and `.` becomes `_`.

    >>> oid_part("Week 1 (Day 8)")
    'Week_1__Day_8_'
    """
    return re.sub(r"[^\w.-]", "_", text, flags=re.ASCII)


def prefixed(prefix: str, name: str) -> str:
    """An OID of its kind: a name that bears the prefix already keeps it alone; "" for an empty name.

    >>> prefixed("MT", "DM.AGE"), prefixed("MT", "MT.TTE"), prefixed("AR", "Week 1")
    ('MT.DM.AGE', 'MT.TTE', 'AR.Week_1')
    """
    part = oid_part(name)
    return part if not name or part.startswith(f"{prefix}.") else f"{prefix}.{part}"


def result_oid(name: str) -> str:
    """The identifier of a result.

    >>> result_oid("AR.1"), result_oid("Week 1")
    ('AR.1', 'AR.Week_1')
    """
    return prefixed("AR", name)
