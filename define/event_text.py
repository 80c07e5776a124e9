"""What rows of Events state, in words: the steps of a time-to-event parameter and what each step gives."""

from __future__ import annotations

import re

from define.formal import definition_lines, one_line, with_working_names
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


def value_text(spec: Spec, events: list[Event], paramcd: str) -> tuple[str, list[str]]:
    """(description, formal lines) of a value that the deciding step gives."""
    shown = [_step_line(event, *_shown(spec, event, paramcd)) for event in events]
    formal = [_step_line(event, event.date, event.where) for event in events]
    texts = [text for event in events for text in (event.date, event.where, event.cnsr)]
    formal += definition_lines(spec, events[0].dataset, texts, {paramcd})
    return f"{LEAD} {_numbered(shown)}", formal


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
            cases = [_step_line(event, *_shown(spec, event, name)) for event in events]
        texts.append(f"{name}: {_numbered(cases)}")
        formal += [f"{name}: {_step_line(event, event.date, event.where)}" for event in events]
    lead = f"Taken from the step that decides. {LEAD}"
    return ("\n".join([lead, *texts]) if texts else ""), formal


def _numbered(lines: list[str]) -> str:
    return " ".join(f"({number}) {line}." for number, line in enumerate(lines, start=1))


def _shown(spec: Spec, event: Event, paramcd: str) -> tuple[str, str]:
    """Date and condition of a step with the working variables put in."""
    date = with_working_names(spec, event.dataset, event.date, paramcd)
    return date, with_working_names(spec, event.dataset, event.where, paramcd) if event.where else ""


def _step_line(event: Event, date: str, where: str) -> str:
    """One step: what is looked for in which table, under which condition, and which candidate is taken."""
    pick = event.pick or ("first" if re.fullmatch(r"0(\.0)?", event.cnsr) else "last")
    parts = [f"CNSR {event.cnsr}: {pick} {one_line(date)} of {event.source}"]
    parts += [f"by {', '.join(event.by)}"] if event.by else []
    parts += [f"where {one_line(where)}"] if where else []
    return " ".join(parts)
