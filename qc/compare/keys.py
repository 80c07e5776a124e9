"""Finds the smallest set of variables that identifies the records of both tables, where nobody names the key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from qc.compare import hitting
from qc.compare.codes import combined, combined_of_both, comparable, joint_codes
from qc.compare.options import Options
from qc.compare.pairs import Pair
from qc.compare.table import Numbers, Table

SAMPLE = 20_000
"""Records at the start of each table in which most sets that do not identify are found out."""
CHUNK = 5_000
WITNESSES = 200
TRIED = 8
"""Sets of the smallest size that are compared by how many records they match."""
ROUNDS = 6
ENOUGH = 0.5
"""A key that matches fewer of the records than this is not believed while another may do better."""


@dataclass(frozen=True)
class Found:
    """The key, how it was found, in words, and the codes of its variables on both sides, by name."""

    pairs: tuple[Pair, ...]
    said: str
    codes: Mapping[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)


def find_key(base: Table, compare: Table, pairs: Sequence[Pair], options: Options) -> Found:
    """The smallest set of variables in common that identifies every record of base, and of compare.

    Numbers with fractions are measurements and are left out unless nothing else identifies the records. Of
    several smallest sets the one that matches most records is taken, then the one whose variables come first; a
    set that matches fewer than half gives way to one that matches more. Records that agree in every variable
    cannot be told apart, and are matched among themselves.
    """
    base, compare = base.cached(), compare.cached()
    candidates = [pair for pair in pairs if not pair.conflicting]
    if not candidates:
        return Found((), "none: there is no variable in common that could be one")
    sample = base.columns((p.base.name for p in candidates), np.arange(min(SAMPLE, base.rows)))
    measured = [p for p in candidates if _fractions(sample[p.base.name])]
    plain = [pair for pair in candidates if pair not in measured]
    found = _Search(base, compare, plain, candidates, options).best()
    if found is None and measured:
        found = _Search(base, compare, candidates, candidates, options).best()
    return found or Found((), "none: no set of variables tells the records apart")


def _fractions(values: object) -> bool:
    if not isinstance(values, Numbers):
        return False
    known = values.values[np.isfinite(values.values)]
    return bool((known != np.rint(known)).any())


@dataclass(eq=False)
class _Search:
    """A search among `candidates`; `everything` is what two records may differ in.

    A set of candidates is the bits of an int. witnesses: for pairs of records the candidates in which they
    differ. alike: there are records that agree in every variable. proven: the set found is the smallest.
    """

    base: Table
    compare: Table
    candidates: Sequence[Pair]
    everything: Sequence[Pair]
    options: Options
    known: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)
    witnesses: set[int] = field(default_factory=set)
    alike: bool = False
    proven: bool = True
    banned: int = 0

    def best(self) -> Found | None:
        """The best key, None where the candidates cannot tell the records apart."""
        choices: list[tuple[float, int, int]] = []
        for _ in range(ROUNDS):
            found = self._round()
            if found is None:
                break
            verified, share = found
            choices.append((share, -len(choices), verified))
            if share >= ENOUGH or not verified or not self.base.rows or not self.compare.rows:
                break
            self.banned |= self._weakest(verified)
        if not choices:
            return None
        share, place, chosen = max(choices)
        passed_over = [self._pairs(bits) for _, other, bits in choices if other > place]
        codes = {pair.name: self._codes(pair) for pair in self._pairs(chosen)}
        return Found(self._pairs(chosen), self._said(chosen, share, passed_over), codes)

    def _round(self) -> tuple[int, float] | None:
        """Of the smallest keys without a banned variable the one that matches most, and the share it matches."""
        verified: list[int] = []
        while len(verified) < TRIED:
            try:
                sets = self._smallest()
            except ValueError:  # some records differ in nothing that is not banned
                break
            if verified and sets[0].bit_count() > verified[0].bit_count():
                break
            untried = next((found for found in sets if found not in verified), None)
            if untried is None:
                break
            if not self._tell_apart(untried):
                verified.append(untried)
        shares = [self._share(found) for found in verified]
        best = int(np.argmax(shares)) if shares else 0
        return (verified[best], shares[best]) if verified else None

    def _smallest(self) -> list[int]:
        wanted = [found & ~self.banned for found in self.witnesses]
        try:
            return hitting.smallest(wanted)
        except hitting.TooHard:
            self.proven = False
            return [hitting.greedy(wanted)]

    def _pairs(self, bits: int) -> tuple[Pair, ...]:
        return tuple(pair for place, pair in enumerate(self.candidates) if bits >> place & 1)

    def _codes(self, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
        if pair.name not in self.known:
            left = self.base.columns([pair.base.name])[pair.base.name]
            right = self.compare.columns([pair.compare.name])[pair.compare.name]
            sides = comparable(pair, left, right, self.options)
            self.known[pair.name] = joint_codes(*sides, self.options.special_alike)
        return self.known[pair.name]

    def _share(self, bits: int) -> float:
        """The share of the records that have a record of the same key on the other side, of the side with fewer."""
        codes = [self._codes(pair) for pair in self._pairs(bits)]
        left, right, size = combined_of_both(codes, self.base.rows, self.compare.rows)
        both = _in_both(left, right, size)
        return min((float(both[side].mean()) for side in (left, right) if len(side)), default=0.0)

    def _weakest(self, bits: int) -> int:
        """The variable of a key whose values the two sides share least, as a bit."""
        overlap = {}
        for place, pair in enumerate(self.candidates):
            if bits >> place & 1:
                left, right, size = combined_of_both([self._codes(pair)], self.base.rows, self.compare.rows)
                overlap[place] = float(_in_both(left, right, size).mean())
        return 1 << min(overlap, key=lambda place: overlap[place])

    def _tell_apart(self, bits: int) -> bool:
        """Add pairs of records that a set takes for one; False where there are none, so that it is a key."""
        pairs = self._pairs(bits)
        for side, table in enumerate((self.base, self.compare)):
            # Most sets that do not identify are found out in the first records.
            parts = [np.arange(SAMPLE)] if table.rows > 2 * SAMPLE else []
            for rows in [*parts, np.arange(table.rows)]:
                codes = [self._part(pair, side, rows, len(rows) == table.rows) for pair in pairs]
                if self._add_witnesses(side, rows, combined(codes, len(rows))[0]):
                    return True
        return False

    def _part(self, pair: Pair, side: int, rows: np.ndarray, whole: bool) -> np.ndarray:
        if whole or pair.name in self.known:
            return self._codes(pair)[side][rows]
        return self._row_codes(pair, side, rows)

    def _row_codes(self, pair: Pair, side: int, rows: np.ndarray) -> np.ndarray:
        """As `_codes`, of some records of one side. The other side is there without records: what it holds decides in
        which form both are compared, and two forms would tell apart what is one value, or the reverse."""
        tables = (self.base, pair.base), (self.compare, pair.compare)
        values = [
            table.columns([variable.name], rows if at == side else rows[:0])[variable.name]
            for at, (table, variable) in enumerate(tables)
        ]
        found = comparable(pair, values[0], values[1], self.options)[side]
        return joint_codes(found, found, self.options.special_alike)[0]

    def _add_witnesses(self, side: int, rows: np.ndarray, keys: np.ndarray) -> bool:
        order = np.argsort(keys, kind="stable")
        same = np.flatnonzero(keys[order][1:] == keys[order][:-1])
        parts = [same[start : start + CHUNK] for start in range(0, len(same), CHUNK)]
        if len(same) > WITNESSES:
            parts.insert(0, same[np.linspace(0, len(same) - 1, WITNESSES).astype(int)])
        return any(self._differing(side, rows[order[part]], rows[order[part + 1]]) for part in parts)

    def _differing(self, side: int, first: np.ndarray, second: np.ndarray) -> bool:
        """Remember in which candidates the records of each pair of rows differ; False if none differ in any."""
        both = np.concatenate([first, second])
        found = np.zeros(len(first), object)
        other = np.zeros(len(first), bool)
        places = {pair.name: place for place, pair in enumerate(self.candidates)}
        for pair in self.everything:
            codes = self._row_codes(pair, side, both)
            differ = codes[: len(first)] != codes[len(first) :]
            if pair.name in places:
                found[differ] |= 1 << places[pair.name]
            else:
                other |= differ
        known = np.array([bits != 0 for bits in found], bool) | other
        self.alike |= not known.all()
        self.witnesses |= set(found[known].tolist())
        return bool(known.any())

    def _said(self, bits: int, share: float, passed_over: Sequence[Sequence[Pair]]) -> str:
        pairs = self._pairs(bits)
        if not pairs:
            return "none is needed: all records of a side agree" if self.alike else "none is needed for so few records"
        what = "the records, but for those that agree in every variable," if self.alike else "every record"
        smallest = "the smallest set" if self.proven else "a set, perhaps not the smallest,"
        of = f"{len(pairs)} of {len(self.candidates)} variables"
        left_out = len(self.everything) - len(self.candidates)
        of += f"; {left_out} with fractions left out" if left_out else ""
        others = "; ".join(", ".join(pair.name for pair in other) for other in passed_over)
        others = f"; {others} would do too but matches fewer" if others else ""
        return f"found as {smallest} that identifies {what} of base and of compare ({of}{others})"


def _in_both(left: np.ndarray, right: np.ndarray, size: int) -> np.ndarray:
    """For each code below `size`: do both sides have it?"""
    both = np.zeros((2, size), bool)
    both[0][left] = True
    both[1][right] = True
    return np.asarray(both.all(axis=0))
