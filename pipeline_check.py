"""`build check`: the specifications of both stages, with the results, before any data but headers are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline import Request, spec_of
from specs.problem import Problem, ProblemError, SpecError

WARNING = "warning: "

if TYPE_CHECKING:
    from specs.compiled import CompiledStage
    from specs.model import Spec


def check(request: Request, of_results: Callable[[], object] | None = None) -> list[str]:
    """Check both specifications against the headers of the raw tables and against each other.

    of_results: checks the tables of the results, where that was begun before.
    """
    problems: list[Problem] = []
    said: list[str] = []
    specs: dict[str, Spec | None] = {}
    for stage in ("sdtm", "adam"):
        with _collected(problems):
            specs[stage] = spec_of(request, stage)
    for stage in ("sdtm", "adam"):
        if stage == "adam" and "sdtm" not in specs:
            break  # without the SDTM specification every name of ADaM's rules would be a fault
        with _collected(problems):
            said += _check_stage(request, stage, specs, of_results)
    if problems:
        raise SpecError(problems)
    return said


@contextmanager
def _collected(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except ProblemError as error:
        problems += error.problems


def _check_stage(
    request: Request, stage: str, specs: Mapping[str, Spec | None], of_results: Callable[[], object] | None
) -> list[str]:
    spec = specs.get(stage)
    if spec is None:
        return []
    if stage == "sdtm":
        compiled, unread = _sdtm(request, spec)
        other = None
    else:
        from adam.build import check as check_adam

        other = specs.get("sdtm")
        compiled, unread = check_adam(spec, other, request.sdtm_folder), []
    if of_results is not None:
        from specs.fingerprints import of_rules

        of_rules(compiled)  # the stage will need them; here there is nothing to do but to wait
    if stage == "adam":
        _check_results(spec, of_results)
    said = [f"{WARNING}{problem}" for problem in sorted(_doubts(compiled, other, specs.values()))]
    said += [f"notice: {problem}" for problem in sorted([*unread, *_notices(compiled)])]
    rules = sum(len(found) for found in compiled.rules.values())
    size = f"{len(spec.datasets)} datasets, {len(spec.variables)} variables, {rules} rules"
    return [*said, f"{stage}: {size}: no faults"]


def _sdtm(request: Request, spec: Spec) -> tuple[CompiledStage, list[Problem]]:
    """The stage, and what of the raw tables nothing reads."""
    from engine.table_use import unread_columns
    from sdtm.build import check as check_sdtm
    from sdtm.raw_tables import unnamed_files

    compiled = check_sdtm(spec, request.raw_folder)
    return compiled, [*unread_columns(compiled), *unnamed_files(spec, request.raw_folder)]


def _notices(compiled: CompiledStage) -> list[Problem]:
    """What a reader should know, and may leave as it is."""
    from specs.incomplete import missing_required
    from specs.suggestions import long_cells
    from specs.unfilled import unfilled_problems

    return [*missing_required(compiled.spec), *unfilled_problems(compiled), *long_cells(compiled.spec)]


def _doubts(compiled: CompiledStage, other: Spec | None, specs: Collection[Spec | None]) -> list[Problem]:
    """What is no fault, and yet hardly meant: a build says it too.

    other: the specification of the tables that the stage reads.
    """
    from engine.table_use import unread_variables
    from specs.codelists_in_use import unused_lists
    from specs.collected_items import uncollected_codes, unread_items
    from specs.comparisons import comparison_notices
    from specs.literals import literal_notices
    from specs.near_terms import near_terms
    from specs.rules import matching_nothing
    from specs.selections import selection_notices
    from specs.units_in_use import unused_units

    spec = compiled.spec
    found = [*literal_notices(compiled, other), *comparison_notices(compiled, other), *unused_lists(compiled, specs)]
    found += [*selection_notices(spec), *near_terms(spec), *unread_variables(compiled)]
    found += matching_nothing(spec)
    return [*found, *unread_items(compiled), *uncollected_codes(compiled), *unused_units(compiled)]


def _check_results(spec: Spec, of_results: Callable[[], object] | None) -> None:
    """The tables of the results, and whether Define-XML can state them. Raises SpecError."""
    from define.arm import result_faults
    from specs.selections import selection_faults

    problems = [*result_faults(spec), *selection_faults(spec)]
    with _collected(problems):
        if of_results is not None:
            of_results()
        else:
            from results.run import check as check_results

            check_results(spec)
    if problems:
        raise SpecError(problems)
