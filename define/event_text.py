"""What rows of Events state, in words: the steps of a time-to-event parameter and what each step gives."""

from __future__ import annotations

import re

from define.formal import one_line
from specs.model import Event, Spec

LEAD = "The first of these steps that has a candidate decides:"


def steps_of(spec: Spec) -> dict[tuple[str, str], list[Event]]:
    """(dataset, PARAMCD) to its steps in order."""
    steps: dict[tuple[str, str], list[Event]] = {}
    for event in sorted(spec.events, key=lambda event: event.step):
        for paramcd in event.paramcds:
            steps.setdefault((event.dataset, paramcd), []).append(event)
    return steps


def parameter_steps(spec: Spec, dataset: str) -> dict[str, list[Event]]:
    """PARAMCD to its steps, of one dataset."""
    return {name: events for (owner, name), events in steps_of(spec).items() if owner == dataset}


def value_text(events: list[Event]) -> tuple[str, list[str]]:
    """(description, formal lines) of a value that the deciding step gives."""
    lines = [step_line(event) for event in events]
    return f"{LEAD} {_numbered(lines)}", lines


def variable_text(spec: Spec, dataset: str, variable: str) -> tuple[str, list[str]]:
    """(description, formal lines) of a variable that the deciding step fills: a date, a text, its source.

    Two empty parts if Events has nothing for the dataset.
    """
    column = variable.lower()
    texts: list[str] = []
    formal: list[str] = []
    for name, events in parameter_steps(spec, dataset).items():
        stated = [getattr(event, column, "") or event.expressions.get(variable, "") for event in events]
        if any(stated):
            cases = [f"CNSR {event.cnsr}: {text or 'missing'}" for event, text in zip(events, stated)]
        else:
            cases = [step_line(event) for event in events]
        texts.append(f"{name}: {_numbered(cases)}")
        formal += [f"{name}: {step_line(event)}" for event in events]
    lead = f"Taken from the step that decides. {LEAD}"
    return ("\n".join([lead, *texts]) if texts else ""), formal


def _numbered(lines: list[str]) -> str:
    return " ".join(f"({number}) {line}." for number, line in enumerate(lines, start=1))


def step_line(event: Event) -> str:
    """One step: what it is looked for in, under which condition, and which candidate is taken."""
    pick = event.pick or ("first" if re.fullmatch(r"0(\.0)?", event.cnsr) else "last")
    parts = [f"CNSR {event.cnsr}: {pick} {event.date} of {event.source}"]
    parts += [f"by {', '.join(event.by)}"] if event.by else []
    parts += [f"where {one_line(event.where)}"] if event.where else []
    return " ".join(parts)
