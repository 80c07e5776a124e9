"""A stage whose rules are resolved when they are first asked for: what explains a few values needs few of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from language.tree import NONE
from specs import candidates
from specs.check import Compiler
from specs.checks import compile_checks, compile_tables
from specs.compile_blocks import compile_blocks
from specs.compile_cuts import compile_cutoff, compile_cuts
from specs.compile_events import compile_events
from specs.compiled import CompiledJoin, CompiledRule, CompiledStage, InputTable
from specs.model import Spec
from specs.problem import SpecError
from specs.variables import VariableTypes

RuleKey = tuple[str, str, str]
JoinKey = tuple[str, str, str, bool]


def compile_lazily(spec: Spec, inputs: Mapping[str, InputTable]) -> CompiledStage:
    """The stage without its order of computing and without checks of datasets; its rules are resolved when asked for.

    Raises SpecError, now or when a rule is asked for, with the faults of what was resolved.
    """
    compiler = Compiler(spec, inputs)
    compiler.types = _FoundTypes(compiler)
    types = _Types(compiler)
    tables = compile_tables(compiler)
    blocks = candidates.complete(compiler, compile_blocks(compiler))
    events = compile_events(compiler)
    cutoff, cuts = compile_cutoff(compiler), compile_cuts(compiler)
    checks = compile_checks(compiler, raw_only=True)
    _no_faults(compiler)
    rules, joins = _Rules(compiler, types), _Joins(compiler)
    return CompiledStage(
        spec, compiler.inputs, tables, blocks, rules, joins, events, checks, types, (), cutoff=cutoff, cuts=cuts
    )


def _no_faults(compiler: Compiler) -> None:
    if compiler.problems:
        raise SpecError(compiler.problems)


class _FoundTypes(VariableTypes):
    """The types of variables, each found when it is asked for.

    A type that hangs on one that is being found may come out as none; where one does, all of them are found.
    """

    def __init__(self, compiler: Compiler) -> None:
        super().__init__(compiler)
        self._asking = 0
        self._settled = False

    def of(self, dataset: str, name: str) -> str:
        """The type of a variable; `none` where every rule gives a missing value."""
        self._asking += 1
        try:
            found = super().of(dataset, name)
        finally:
            self._asking -= 1
        if found != NONE or self._asking or self._settled:
            return found
        self._settled = True
        self.settle()
        return super().of(dataset, name)


class _Types(Mapping[tuple[str, str], str]):
    """The type of each (dataset, variable)."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._keys = dict.fromkeys(
            (dataset, name) for dataset in compiler.blocks.datasets for name in compiler.own_variables(dataset)
        )

    def __getitem__(self, key: tuple[str, str]) -> str:
        if key not in self._keys:
            raise KeyError(key)
        return self._compiler.variable_type(*key)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys


class _Rules(Mapping[RuleKey, tuple[CompiledRule, ...]]):
    """The rules of each (dataset, block, variable)."""

    def __init__(self, compiler: Compiler, types: _Types) -> None:
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
