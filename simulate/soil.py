"""Put the whole messiness register on a set of tables."""

from __future__ import annotations

from simulate import soil_events, soil_findings
from simulate.cohort import Cohort
from simulate.messiness import Soil
from simulate.rng import Draws
from simulate.table import Table


def soil(draws: Draws, people: Cohort, tables: dict[str, Table], factor: float, *, certain: bool) -> None:
    """Change `tables`: every symptom of messiness.RATES at its rate times `factor`, with `certain` at least once."""
    if factor == 0:
        return
    hand = Soil(draws, people, tables, factor, certain)
    for step in (
        soil_events.deaths, soil_events.steroids, soil_events.adverse_events, soil_events.medications,
        soil_events.histories, soil_events.injections, soil_findings.persons, soil_findings.grades,
        soil_findings.laboratory, soil_findings.vital_signs, soil_findings.repeats,
    ):
        step(hand)
    tables.update(hand.tables)
