"""Deterministic raw EDC tables of the reference study NCT06178146, from 8 hand-worked subjects to 100,000."""

from simulate.marker import MARKER, not_ours, note
from simulate.write import MODES, SEED, SimulateError, write

__all__ = ["MARKER", "MODES", "SEED", "SimulateError", "not_ours", "note", "write"]
