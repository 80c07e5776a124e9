"""IDs of displays and results as names of files."""

from __future__ import annotations

import re

from specs.model import Spec
from specs.problem import Problem, SpecError


def file_name(name: str) -> str:
    """An ID as the name of a file.

    >>> file_name("T 14/2")
    'T_14_2'
    """
    return re.sub(r"[^\w.-]", "_", name)


def check_names(spec: Spec) -> None:
    """No two displays, and no two results, have the same name of a file; SpecError with those that do."""
    problems: list[Problem] = []
    for what, found in (("display", spec.displays), ("result", spec.results)):
        seen: dict[str, str] = {}
        for name, record in found.items():
            first = seen.setdefault(file_name(name).casefold(), name)
            if first != name:
                message = f"{what} {name!r} would have the files of {first!r}"
                problems.append(Problem(record.at("ID"), message, "let the IDs differ in letters or digits"))
    if problems:
        raise SpecError(problems)
