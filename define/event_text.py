"""What rows of Events state, in words: the steps of a time-to-event parameter and what each step gives."""

from __future__ import annotations

import re

from define.formal import definition_lines, one_line
from define.sentences import explanations, said, said_as_part
from define.words import listed
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


def value_text(spec: Spec, events: list[Event], paramcd: str, more: list[str]) -> tuple[str, list[str]]:
    """(description, formal lines) of a value that the deciding step gives.

    more: other expressions whose names are explained with those of the steps.
    """
    dataset = events[0].dataset
    formal = [_step_line(event) for event in events]
    texts = [*more, *(text for event in events for text in (event.date, event.where, event.cnsr))]
    formal += definition_lines(spec, dataset, texts, {paramcd}, [paramcd])
    steps = _numbered([_step_words(spec, event, paramcd) for event in events], "\n")
    return "\n".join([LEAD, steps, *explanations(spec, dataset, texts, {paramcd}, [paramcd])]), formal


def variable_text(spec: Spec, dataset: str, variable: str) -> tuple[str, list[str]]:
    """(description, formal lines) of a variable that the deciding step fills: a date, a text, its source.

    Two empty parts if Events has nothing for the dataset.
    """
    column = variable.lower()
    texts: list[str] = []
    formal: list[str] = []
    behind: list[str] = []
    used: list[str] = []
    for name, events in parameter_steps(spec, dataset).items():
        stated = [getattr(event, column, "") or event.expressions.get(variable, "") for event in events]
        if any(stated):
            values = [said(spec, dataset, text, name) if text else "missing" for text in stated]
            cases = [f"CNSR {event.cnsr}: {value}" for event, value in zip(events, values)]
        else:
            cases = [_step_words(spec, event, name) for event in events]
            stated = [text for event in events for text in (event.date, event.where)]
        used += stated
        behind += explanations(spec, dataset, stated, {name})
        texts.append(f"{name}: {_numbered(cases)}")
        formal += [f"{name}: {_step_line(event)}" for event in events]
    lead = f"Taken from the step that decides. {LEAD}"
    formal += definition_lines(spec, dataset, dict.fromkeys(used), set(parameter_steps(spec, dataset)))
    texts += dict.fromkeys(behind)
    return ("\n".join([lead, *texts]) if texts else ""), formal


def _numbered(lines: list[str], between: str = " ") -> str:
    return between.join(f"({number}) {line}." for number, line in enumerate(lines, start=1))


def _pick(event: Event) -> str:
    return event.pick or ("first" if re.fullmatch(r"0(\.0)?", event.cnsr) else "last")


def _step_words(spec: Spec, event: Event, paramcd: str) -> str:
    """One step in words, with the working variables put in."""
    date = said_as_part(spec, event.dataset, event.date, paramcd)
    text = f"CNSR {event.cnsr}: {_pick(event)} {date} of {event.source}"
    text += f" with the same {listed(event.by)}" if event.by else ""
    where = said(spec, event.dataset, event.where, paramcd) if event.where else ""
    return text + (f" where {where}" if where not in ("", "always") else "")


def _step_line(event: Event) -> str:
    """One step: what is looked for in which table, under which condition, and which candidate is taken."""
    parts = [f"CNSR {event.cnsr}: {_pick(event)} {one_line(event.date)} of {event.source}"]
    parts += [f"by {', '.join(event.by)}"] if event.by else []
    parts += [f"where {one_line(event.where)}"] if event.where else []
    return " ".join(parts)
