"""What results and displays read: the variables that their rows name, and which records there are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from specs.compiled import CompiledStage
from specs.impact import CONSTANT, DISPLAY, RECORDS, RESULT, Impact, Thing, variables
from specs.model import Result, Spec

SUBJECTS = "ADSL"
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")


def results(found: Impact, stage: CompiledStage) -> None:
    """The references of the results of a stage, and of the displays that read data themselves."""
    spec = stage.spec
    for result in spec.results.values():
        target = Thing(RESULT, "", result.dataset, "", result.id)
        found.places.setdefault(target, result.place)
        _reads(found, stage, target, result.dataset, _texts_of(spec, result), result.selection_criteria)
        found.add(target, _display(found, spec, result.display))
    for row in spec.listings:
        texts = [row.where, row.order, row.columns, " ".join(row.group_by)]
        _reads(found, stage, _display(found, spec, row.display), row.dataset, texts, row.where)
    _figures(found, stage)


def _display(found: Impact, spec: Spec, name: str) -> Thing:
    target = Thing(DISPLAY, "", "", "", name)
    if name in spec.displays:
        found.places.setdefault(target, spec.displays[name].place)
    return target


def _figures(found: Impact, stage: CompiledStage) -> None:
    """A figure reads the results that its call names, records of the dataset that it names, and those of subjects."""
    spec = stage.spec
    for row in spec.figures:
        target = _display(found, spec, row.display)
        quoted = _quoted(row.figure)
        named = [result for result in spec.results.values() if result.id in quoted]
        for result in named:
            found.add(Thing(RESULT, "", result.dataset, "", result.id), target)
        datasets = {result.dataset for result in named} | {name for name in stage.blocks if name in quoted}
        texts = [row.figure, *(f"{box.where} {box.reasons}" for box in spec.boxes if box.display == row.display)]
        for dataset in sorted(datasets or {SUBJECTS}):
            _reads(found, stage, target, dataset, texts, row.figure)


def naming_text(stage: CompiledStage, term: str, names: set[str]) -> Iterator[Thing]:
    """The results and displays that name a term together with a variable that may hold it."""
    spec = stage.spec

    def both(texts: Iterable[str]) -> bool:
        return any(term in _quoted(text) and names & words_of([text]) for text in texts)

    for result in spec.results.values():
        if both(_texts_of(spec, result)):
            yield Thing(RESULT, "", result.dataset, "", result.id)
    for row in spec.listings:
        if both([row.where, row.columns]):
            yield Thing(DISPLAY, "", "", "", row.display)
    for figure in spec.figures:
        if both([figure.figure, *(box.where for box in spec.boxes if box.display == figure.display)]):
            yield Thing(DISPLAY, "", "", "", figure.display)


def _texts_of(spec: Spec, result: Result) -> list[str]:
    texts = [result.population, result.selection_criteria, result.group, " ".join(result.variables)]
    for row in spec.statistics:
        if row.result == result.id:
            texts += [row.statistic, row.denominator, " ".join(row.by)]
    return texts


def _reads(
    found: Impact, stage: CompiledStage, target: Thing, dataset: str, texts: Iterable[str], selection: str
) -> None:
    """What texts name: variables of a dataset, in the parameters that are selected, variables of ADSL, constants."""
    words = sorted(words_of(texts) | {"USUBJID"})
    for source in _variables(stage, dataset, words, selected(stage, dataset, selection)):
        found.add(source, target)
    for name in words:
        if name in stage.spec.study.constants:
            found.add(Thing(CONSTANT, "", "", "", name), target)


def _variables(stage: CompiledStage, dataset: str, words: Iterable[str], blocks: list[str]) -> Iterator[Thing]:
    label = stage.spec.stage
    for name in blocks:
        yield Thing(RECORDS, label, dataset, name)
    for word in words:
        if (dataset, word) in stage.types:
            yield from variables(stage, dataset, word, blocks)
        if dataset != SUBJECTS and (SUBJECTS, word) in stage.types:
            yield from variables(stage, SUBJECTS, word)
    for block in stage.blocks.get(SUBJECTS, ()):
        yield Thing(RECORDS, label, SUBJECTS, block.name)


def words_of(texts: Iterable[str]) -> set[str]:
    """The names in expressions, without what stands in quotes.

    >>> sorted(words_of(["AVAL == 1 and PARAMCD == 'TTG1E'"]))
    ['AVAL', 'PARAMCD', 'and']
    """
    return {word for text in texts for word in _WORD.findall(_TEXT.sub(" ", text))}


def _quoted(text: str) -> set[str]:
    return {found[1:-1] for found in _TEXT.findall(text)}


def selected(stage: CompiledStage, dataset: str, condition: str) -> list[str]:
    """The blocks of a dataset that a selection names by PARAMCD; all where it names none."""
    names = [block.name for block in stage.blocks.get(dataset, ())]
    named = [name for name in names if name in _quoted(condition)]
    return named if named and "PARAMCD" in words_of([condition]) else names
