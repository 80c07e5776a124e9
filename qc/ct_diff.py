"""What a change of controlled terminology means: the changes of the package, and what they touch in a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from formats import safe_csv
from qc.ct_uses import Lists, Use, data_uses, spec_uses
from specs import ct
from specs.ct import Change, compare
from specs.ct_files import Package, read_package
from specs.model import Spec
from specs.problem import Place, Problem, SpecError
from specs.standards import PACKAGES
from specs.study import standard

_CHANGE_COLUMNS = ("Change", "Codelist Code", "Codelist", "NCI Term Code", "Term", "Old", "New")
_USE_COLUMNS = ("Stage", "Place", "Dataset", "Variable", "Value", "Records")


@dataclass(frozen=True)
class Touch:
    """A change and a place of the study that it touches."""

    change: Change
    use: Use


@dataclass(frozen=True)
class Difference:
    """Two packages compared and, where `study` is not empty, what the changes touch in that study."""

    old: Package
    new: Package
    changes: tuple[Change, ...]
    study: str = ""
    used: frozenset[str] = frozenset()
    touches: tuple[Touch, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def touched(self) -> bool:
        """True if a change touches the study."""
        return bool(self.touches)

    def lines(self) -> list[str]:
        """The comparison as text. With a study the changes of codelists that it does not use are only counted."""
        lines = [f"{side}: {p.name}, {len(p.codelists)} codelists, {p.terms} terms" for side, p in self._sides()]
        lines += [f"{count:6d}  {kind}" for kind, count in _counted(self.changes).items()] or ["no change"]
        shown = [c for c in self.changes if not self.study or c.codelist_code in self.used]
        if shown:
            lines += ["", f"Changes of the codelists that {self.study} uses:" if self.study else "Changes:"]
            lines += _table(("change", "codelist", "term", "old", "new"), map(_change_cells, shown))
        if self.study:
            if len(shown) < len(self.changes):
                rest = len(self.changes) - len(shown)
                lines.append(f"{rest} changes are of codelists that {self.study} does not use; --csv FILE lists them.")
            lines += ["", *self._touch_lines(), *self.notes]
        return lines

    def _sides(self) -> tuple[tuple[str, Package], tuple[str, Package]]:
        return ("old", self.old), ("new", self.new)

    def _touch_lines(self) -> list[str]:
        if not self.touches:
            return [f"Nothing of this touches {self.study}."]
        header = ("change", "codelist", "value", "new", "records", "where")
        return [f"Touched in {self.study}:", *_table(header, map(_touch_cells, self.touches))]

    def table(self) -> pd.DataFrame:
        """Every change; one that touches the study has a row per place."""
        places: dict[Change, list[Touch]] = {}
        for touch in self.touches:
            places.setdefault(touch.change, []).append(touch)
        rows = []
        for change in self.changes:
            cells = (
                change.kind, change.codelist_code, change.codelist, change.term_code, change.term,
                change.old, change.new,
            )  # fmt: skip
            uses = [touch.use for touch in places.get(change, ())]
            rows += [(*cells, *_use_cells(use)) for use in uses] or [(*cells, "", "", "", "", "", "")]
        return pd.DataFrame(rows, columns=[*_CHANGE_COLUMNS, *_USE_COLUMNS])


def ct_diff(
    old: str, new: str, specs: Sequence[Spec] = (), out: Path | None = None, csv: Path | None = None
) -> Difference:
    """Compare two terminology packages, and look for what changes in a study.

    old, new: names of packages (`SDTM 2025-03-28`) or paths of files. specs: the stages of the study; none
    compares the packages alone. out: the folder of the study's output, whose `sdtm` and `adam` hold what was
    built. csv: where to write the table. Raises SpecError or DataError.
    """
    if csv is not None and not csv.parent.is_dir():
        raise SpecError([Problem(Place(str(csv)), "cannot be written: its folder is not there", "make the folder")])
    packages = read_package(old), read_package(new)
    found = Difference(*packages, compare(*packages))
    if specs:
        found = _in_study(found, specs, out)
    if csv is not None:
        safe_csv.write(found.table(), csv)
    return found


def _in_study(found: Difference, specs: Sequence[Spec], out: Path | None) -> Difference:
    lists = Lists(specs)
    uses: list[Use] = []
    notes = list(_other_package(found, specs[0]))
    for spec in specs:
        uses += spec_uses(spec, lists)
        folder = out / spec.stage if out is not None else None
        if folder is not None and any(folder.glob("*.xpt")):
            uses += data_uses(spec, folder)
        else:
            where = f" in {folder}" if folder else ""
            notes.append(f"No {spec.stage} datasets{where}: only the specification was looked at.")
    by_list: dict[str, list[Use]] = {}
    for use in dict.fromkeys(uses):
        by_list.setdefault(use.codelist, []).append(use)
    touches = tuple(
        Touch(change, use)
        for change in found.changes
        for use in by_list.get(change.codelist_code, ())
        if _touches(change, use, found.new)
    )
    used = frozenset(by_list)
    return Difference(found.old, found.new, found.changes, specs[0].study.id, used, touches, tuple(notes))


def _other_package(found: Difference, spec: Spec) -> Iterator[str]:
    named = [name for key in ("sdtmct", "adamct", "definect") if (name := standard(spec.study, key))]
    if found.old.name in PACKAGES and found.old.name not in named:
        yield f"{spec.study.id} does not use {found.old.name}; its study.toml names {', '.join(named)}."


def _touches(change: Change, use: Use, new: Package) -> bool:
    """Does a change concern a value of its codelist that the study uses (or, "", the codelist itself)?

    A list made extensible and another preferred term concern nothing. Other synonyms concern a term of the
    study's own that now is the synonym of a published one; a closed list concerns the study's own terms.
    """
    if change.kind == ct.LIST_REMOVED:
        return True
    if not use.value:
        return change.kind in (ct.LIST_RENAMED, ct.ID_CHANGED)
    if change.kind in (ct.TERM_REMOVED, ct.TERM_RENAMED, ct.CODE_CHANGED):
        return use.value == change.term
    if change.kind not in (ct.TERM_ADDED, ct.CLOSED, ct.SYNONYMS):
        return False
    codelist = new.codelists[change.codelist_code]
    published = any(term.term == use.value for term in codelist.terms)
    if change.kind == ct.CLOSED:
        return not published
    if change.kind == ct.SYNONYMS:
        return not published and use.value in change.new.split(";")
    return use.value == change.term or (not published and change.term in codelist.meant(use.value, exactly=True))


# --- text -----------------------------------------------------------------------------------------------


def _counted(changes: Iterable[Change]) -> Mapping[str, int]:
    kinds = [change.kind for change in changes]
    return {kind: kinds.count(kind) for kind in ct.KINDS if kind in kinds}


def _change_cells(change: Change) -> tuple[str, ...]:
    codelist = f"{change.codelist} ({change.codelist_code})"
    term = f"{change.term} ({change.term_code})" if change.term_code else ""
    if change.kind in (ct.TERM_ADDED, ct.TERM_REMOVED):
        return change.kind, codelist, term, "", ""
    return change.kind, codelist, term, change.old, change.new


def _touch_cells(touch: Touch) -> tuple[str, ...]:
    use = touch.use
    records = f"{use.records:,d}" if use.records else ""
    where = f"{use.dataset}.{use.variable}" if use.dataset else str(use.place)
    return touch.change.kind, touch.change.codelist, use.value, touch.change.new, records, where


def _use_cells(use: Use) -> tuple[str, str, str, str, str, str]:
    return use.stage, str(use.place), use.dataset, use.variable, use.value, str(use.records or "")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Columns under their headers, as wide as their widest cell; nothing is cut."""
    listed = [tuple(header), *(tuple(_printable(cell) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in listed) for place in range(len(header))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in listed]


def _printable(text: str) -> str:
    """The text with control characters, which a file may hold, in writing."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
