"""A stage whose rules are resolved when they are first asked for: what explains a few values needs few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from specs import candidates
from specs.check import Compiler
from specs.checks import compile_checks, compile_tables
from specs.compile_blocks import compile_blocks
from specs.compile_cuts import compile_cutoff, compile_cuts
from specs.compile_events import compile_events
from specs.compiled import CompiledJoin, CompiledRule, CompiledStage, InputTable
from specs.model import Spec
from specs.problem import SpecError

RuleKey = tuple[str, str, str]
JoinKey = tuple[str, str, str, bool]


def compile_lazily(spec: Spec, inputs: Mapping[str, InputTable]) -> CompiledStage:
    """The stage without its order of computing and without checks of datasets; its rules are resolved when asked for.

    Raises SpecError, now or when a rule is asked for, with the faults of what was resolved.
    """
    compiler = Compiler(spec, inputs)
    compiler.types.settle()
    tables = compile_tables(compiler)
    blocks = candidates.complete(compiler, compile_blocks(compiler))
    events = compile_events(compiler)
    cutoff, cuts = compile_cutoff(compiler), compile_cuts(compiler)
    types = {
        (dataset, name): compiler.variable_type(dataset, name)
        for dataset in compiler.blocks.datasets
        for name in compiler.own_variables(dataset)
    }
    checks = compile_checks(compiler, raw_only=True)
    _no_faults(compiler)
    rules, joins = _Rules(compiler, types), _Joins(compiler)
    return CompiledStage(
        spec, compiler.inputs, tables, blocks, rules, joins, events, checks, types, (), cutoff=cutoff, cuts=cuts
    )


def _no_faults(compiler: Compiler) -> None:
    if compiler.problems:
        raise SpecError(compiler.problems)


class _Rules(Mapping[RuleKey, tuple[CompiledRule, ...]]):
    """The rules of each (dataset, block, variable)."""

    def __init__(self, compiler: Compiler, types: Mapping[tuple[str, str], str]) -> None:
        self._compiler, self._types = compiler, types

    def __getitem__(self, key: RuleKey) -> tuple[CompiledRule, ...]:
        dataset, block, name = key
        if (dataset, name) not in self._types or block not in self._compiler.blocks.names.get(dataset, ()):
            raise KeyError(key)
        found = self._compiler.rules(*key)
        _no_faults(self._compiler)
        return found

    def __iter__(self) -> Iterator[RuleKey]:
        names = self._compiler.blocks.names
        return ((dataset, block, name) for dataset, name in self._types for block in names.get(dataset, ()))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Joins(Mapping[JoinKey, CompiledJoin]):
    """The joins that the rules resolved so far ask for; others are resolved when they are asked for."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler

    def __getitem__(self, key: JoinKey) -> CompiledJoin:
        found = self._compiler.need_join(*key)
        _no_faults(self._compiler)
        if found is None:
            raise KeyError(key)
        return found

    def __iter__(self) -> Iterator[JoinKey]:
        return iter([key for key, join in self._compiler.found_joins.items() if join is not None])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, key: Any) -> bool:
        return self._compiler.found_joins.get(key) is not None
