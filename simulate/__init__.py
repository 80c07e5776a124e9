"""Deterministic raw EDC tables of the reference study NCT06178146, from 8 hand-worked subjects to 100,000."""

from simulate.write import MODES, SEED, SimulateError, write

__all__ = ["MODES", "SEED", "SimulateError", "write"]
