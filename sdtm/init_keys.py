"""Key variables that tell the records of a dataset apart, as far as the raw rows show it."""

from __future__ import annotations

from collections.abc import Sequence

from sdtm.init_match import GUIDE
from sdtm.init_propose import SUBJECT, Placed
from specs import standards

# What names a record first: the topic, then when it was, in the order in which they are tried.
_PREFERRED = ("TESTCD", "TRT", "TERM", "DECOD", "STDTC", "DTC", "VISITNUM", "VISIT", "ENDTC")


def key_variables(dataset: str, placed: Sequence[Placed]) -> tuple[list[str], str]:
    """The key variables and why: the subject, then the variables that are needed until no two raw rows agree.

    A dataset whose rows are not told apart by its variables, and one from several tables, has --SEQ at the end.
    """
    keys = ["STUDYID", "USUBJID"]
    if dataset == SUBJECT:
        once = all(one.form.once for one in placed)
        return keys, "(high): one record per subject" if once else "(low): some subjects have several rows"
    one = placed[0]
    columns = {p.variable: p.columns for p in one.proposals if p.dataset == dataset}
    order = [dataset + name if len(name) < 6 or name == "TESTCD" else name for name in _PREFERRED]
    wanted = [name for name in order if name in columns]
    used = [one.form.subject] if one.form.subject else []
    for name in wanted:
        if used and one.form.distinct(used) == one.form.rows:
            break
        if one.form.distinct([*used, *columns[name]]) > one.form.distinct(used):
            keys.append(name)
            used += columns[name]
    unique = len(placed) == 1 and bool(used) and one.form.distinct(used) == one.form.rows
    if unique:
        return keys, f"(medium): no two of the {one.form.rows} raw rows agree in them"
    listed = [variable.name for variable in standards.variables(GUIDE, dataset)]
    if f"{dataset}SEQ" not in listed:
        return keys, "(low): raw rows agree in all of them; add what tells the records apart"
    return [*keys, f"{dataset}SEQ"], "(low): raw rows agree in the others; --SEQ tells the records apart"
