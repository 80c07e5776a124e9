"""What a user means by `raw_lb.LBRES`, `ADTTE.TTG1E.AVAL`, `AEOUT.FATAL` or `HORIZON`: the things of an impact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from specs.compiled import CompiledStage
from specs.impact import CODELIST, COLUMN, CONSTANT, CRITERIA, RECORDS, ROWS, Impact, Thing, variables
from specs.impact_terms import naming
from specs.problem import Place, Problem, SpecError, nearest

TERM = "term"


@dataclass
class Target:
    """title: what it is, in words. things: where the way forward begins. holders: (stage, dataset, variable) that hold
    the term. said: what else to know.
    """

    title: str
    things: list[Thing]
    term: str | None = None
    holders: list[tuple[str, str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def target(text: str, stages: Mapping[str, CompiledStage], impact: Impact) -> Target:
    """The things that a name stands for. Raises SpecError, with the nearest name, for one that stands for nothing."""
    name, _, rest = text.partition(".")
    for found in (_dataset, _table, _codelist, _named):
        made = found(name, rest, stages, impact)
        if made is not None:
            return made
    message = "is no dataset, table, codelist or constant of the study"
    known = [row for stage in stages.values() for row in stage.spec.variables.values()]
    lists = [row.codelist for row in known if row.variable == name and row.codelist]
    hint = f"the terms of {name} are those of {lists[0]}: {lists[0]}.TERM" if lists else nearest(name, _known(stages))
    raise SpecError([Problem(Place(text), message, hint)])


def _unknown(text: str, message: str, name: str, known: Sequence[str]) -> SpecError:
    """A name that is none of those known: the nearest, or a few of them."""
    some = f"{', '.join(known[:12])}{', ...' if len(known) > 12 else ''}"
    return SpecError([Problem(Place(text), message, nearest(name, known) or f"there are: {some}")])


def _known(stages: Mapping[str, CompiledStage]) -> list[str]:
    found: dict[str, None] = {}
    for stage in stages.values():
        found |= dict.fromkeys([*stage.blocks, *stage.inputs, *stage.spec.codelists, *stage.spec.study.constants])
    return list(found)


def _dataset(name: str, rest: str, stages: Mapping[str, CompiledStage], impact: Impact) -> Target | None:
    """A variable of a dataset, of one of its parameters or blocks, or which records it has."""
    stage = next((stage for stage in stages.values() if name in stage.blocks), None)
    if stage is None:
        return _qualifiers(name, rest, stages, impact) if name.startswith("SUPP") else None
    label = stage.spec.stage
    blocks = [block.name for block in stage.blocks[name]]
    first, _, last = rest.partition(".")
    if not rest or rest in blocks:
        wanted = [rest] if rest else blocks
        return Target(f"which records {name} has{f' for {rest}' if rest else ''}",
                      [Thing(RECORDS, label, name, block) for block in wanted])  # fmt: skip
    column, within = (last, [first]) if last and first in blocks else (rest, blocks)
    if (name, column) not in stage.types:
        valid = [*(v for d, v in stage.types if d == name), *blocks]
        raise _unknown(f"{name}.{rest}", f"{name} has no variable {column!r}", column, valid)
    supplemental = (f"SUPP{name}", column) in stage.spec.variables
    title = f"{name}.{column}{f' of {first}' if last else ''}{f', a qualifier in SUPP{name}' if supplemental else ''}"
    return Target(title, variables(stage, name, column, within))


def _qualifiers(name: str, rest: str, stages: Mapping[str, CompiledStage], impact: Impact) -> Target | None:
    parent = name.removeprefix("SUPP")
    return _dataset(parent, rest, stages, impact) if any(parent in stage.blocks for stage in stages.values()) else None


def _table(name: str, rest: str, stages: Mapping[str, CompiledStage], impact: Impact) -> Target | None:
    """A column of a raw or look-up table, or the whole of it."""
    owners = [stage for stage in stages.values() if name in stage.inputs]
    if not owners:
        return None
    columns = list(dict.fromkeys(column for stage in owners for column in stage.inputs[name].columns))
    what = "look-up table" if any(name in stage.spec.lookups for stage in owners) else "raw table"
    if rest and rest not in columns:
        raise _unknown(f"{name}.{rest}", f"{name} has no column {rest!r}", rest, columns)
    if rest:
        things = [Thing(COLUMN, stage.spec.stage, name, "", rest) for stage in owners]
        return Target(f"{name}.{rest}, column of a {what}", things)
    things = [Thing(ROWS, stage.spec.stage, name) for stage in owners]
    things += [Thing(COLUMN, stage.spec.stage, name, "", column) for stage in owners for column in columns]
    return Target(f"{name}, a {what}", things)


def _named(name: str, rest: str, stages: Mapping[str, CompiledStage], impact: Impact) -> Target | None:
    """A constant of study.toml, or a set of criteria."""
    if rest:
        return None
    if any(name in stage.spec.study.constants for stage in stages.values()):
        return Target(f"{name}, a constant of study.toml", [Thing(CONSTANT, "", "", "", name)])
    if Thing(CRITERIA, "", "", "", name) in impact.affects:
        return Target(f"{name}, a set of Criteria", [Thing(CRITERIA, "", "", "", name)])
    return None


# --- codelists and terms --------------------------------------------------------------------------------


def _codelist(name: str, rest: str, stages: Mapping[str, CompiledStage], impact: Impact) -> Target | None:
    owners = [stage for stage in stages.values() if name in stage.spec.codelists]
    if not owners:
        return None
    holders = [
        (stage.spec.stage, variable.dataset, variable.variable)
        for stage in owners
        for variable in stage.spec.variables.values()
        if variable.codelist == name
    ]
    if not rest:
        return Target(f"{name}, a codelist", [Thing(CODELIST, "", "", "", name)], None, holders)
    terms = list(dict.fromkeys(term.term for stage in owners for term in stage.spec.codelists[name].terms))
    if rest not in terms:
        raise _unknown(f"{name}.{rest}", f"the codelist {name} has no term {rest!r}", rest, terms)
    found = Target(f"{rest!r}, a term of the codelist {name}", [], rest, holders)
    term = Thing(TERM, "", "", name, rest)
    for thing in naming(stages, name, rest):
        impact.add(term, thing)
    for stage in owners:
        found.said += [
            f"collected as {row.value!r}{f' in {row.item}' if row.item else ''} ({row.place})"
            for row in stage.spec.collected
            if row.codelist == name and row.term == rest
        ]
    found.things = [term]
    return found
