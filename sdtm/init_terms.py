"""Codelists with the terms that the raw values stand for, and the collected values that are no terms themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from derivations.assign_ct import fold
from sdtm.init_columns import RawForm
from sdtm.init_match import PACKAGE
from sdtm.init_propose import Proposal
from specs import standards

Cells = Mapping[str, str]


def codelist_rows(rules: Sequence[Proposal]) -> list[Cells]:
    """The terms in use of each codelist that a proposal maps to, under the published ID and code."""
    used: dict[str, set[str]] = {}
    for proposal in rules:
        if proposal.match and proposal.match.fit and proposal.match.codelist:
            used.setdefault(proposal.match.codelist, set()).update(proposal.match.fit.terms.values())
    rows: list[Cells] = []
    for name, terms in used.items():
        published = standards.codelist(name, PACKAGE)
        listed = [term.term for term in published.terms if term.term in terms] if published else []
        for number, term in enumerate(listed):
            code = published.code if published and not number else ""
            rows.append({"ID": name, "NCI Codelist Code": code, "Term": term})
    return rows


def collected_rows(rules: Sequence[Proposal], forms: Mapping[str, RawForm]) -> list[Cells]:
    """Collected values that are no terms: texts by a published synonym, codes by the text beside them."""
    rows: dict[tuple[str, str, str], Cells] = {}
    for proposal in rules:
        match = proposal.match
        if match is None or match.fit is None:
            continue
        for value, term in match.fit.terms.items():
            if fold(value) != fold(term):
                seen = f"{match.column.table}.{match.column.name}"
                why = f"proposal (medium): published synonym of {term}; seen in {seen}"
                _add(rows, match.codelist, term, value, "", why)
        form = forms.get(proposal.block)
        for code, value in _pairs(form, match.column.code, match.column.name) if form else ():
            term = match.fit.terms.get(value, "")
            if term and fold(code) != fold(term):
                item = f"{form.table}.{match.column.code}" if form else ""
                _add(rows, match.codelist, term, code, item, f"proposal (high): stands beside {value!r}")
    return list(rows.values())


def _add(rows: dict[tuple[str, str, str], Cells], codelist: str, term: str, value: str, item: str, why: str) -> None:
    cells = {"Codelist": codelist, "Term": term, "Collected Value": value, "Item": item, "Comment": why}
    rows.setdefault((codelist, fold(value), item), cells)


def _pairs(form: RawForm, code: str, text: str) -> Iterable[tuple[str, str]]:
    """(code, text) pairs of the rows, a code that stands beside two texts left out."""
    if not code or code not in form.columns:
        return []
    one, other = form.columns[code].coded, form.columns[text].coded
    both = (one.codes >= 0) & (other.codes >= 0)
    pairs = np.unique(np.column_stack([one.codes[both], other.codes[both]]), axis=0)
    codes, counts = np.unique(pairs[:, 0], return_counts=True)
    single = set(codes[counts == 1].tolist())
    return [(str(one.values[a]), str(other.values[b])) for a, b in pairs.tolist() if a in single]
