"""What a build of a stage leaves for the next one: hashes of what its datasets were made from, and of its files.

It stands in the folder of the stage, so the two are put in place together. Same specification, data and program give
the same state, however the stage was built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.ledger import Counts
from engine.partial import Anew, Segment, counts_read, counts_written
from formats.convert import WRITTEN
from formats.folders import hashes
from specs.compiled import CompiledStage
from specs.fingerprints import Fingerprints, unit_of

FILE = "qc/state.json"
NOTES = ("qc/issues.csv", "qc/ledger.csv", "qc/lineage.csv")
_VERSION = 1

Span = tuple[int, int]


@dataclass(frozen=True)
class State:
    """What an earlier build left of a stage.

    parts: hashes of the parts of the specification and of the files. datasets, tables: one hash for all that each is
    made from. sizes: records and variables of each written dataset. formats: those beside XPT. files: the SHA-256 of
    each file. issues, lineage: where in their files the lines of each stand (bytes). subjects: a hash of those of DM.
    blocks: of the datasets, in the order of the ledger.
    """

    parts: Mapping[str, str]
    datasets: Mapping[str, str]
    tables: Mapping[str, str]
    sizes: Mapping[str, Span]
    formats: tuple[str, ...]
    files: Mapping[str, str]
    issues: Mapping[Segment, Span]
    lineage: Mapping[str, Span]
    subjects: str
    blocks: tuple[str, ...] = ()
    counts: Counts = field(default_factory=Counts)


def read(folder: Path) -> State | None:
    """The state that an earlier build left in the folder of a stage; None where there is none that can be used."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if found.pop("version") != _VERSION:
            return None
        issues = {(d, v, t): (int(start), int(stop)) for d, v, t, start, stop in found.pop("issues")}
        return State(
            issues=issues,
            counts=counts_read(found.pop("counts")),
            sizes={name: (int(rows), int(wide)) for name, (rows, wide) in found.pop("sizes").items()},
            lineage={name: (int(start), int(stop)) for name, (start, stop) in found.pop("lineage").items()},
            formats=tuple(found.pop("formats")),
            blocks=tuple(str(block) for block in found.pop("blocks")),
            subjects=str(found.pop("subjects")),
            **{name: {str(key): str(one) for key, one in found[name].items()}
               for name in ("parts", "datasets", "tables", "files")},
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AssertionError):
        return None  # a state of another version, or one that was changed by hand, is as good as none


def write(
    folder: Path, known: Fingerprints, counts: Counts, formats: Sequence[str], subjects: str,
    sizes: Mapping[str, Span], issues: Mapping[Segment, Span], lineage: Mapping[str, Span],
) -> None:  # fmt: skip
    """Leave the state of a stage whose files stand in a folder. Arguments as in State."""
    state = {
        "version": _VERSION,
        "formats": list(formats),
        "subjects": subjects,
        "blocks": known.blocks,
        "parts": dict(sorted(known.parts.items())),
        "datasets": {name: known.of_dataset(name) for name in known.datasets},
        "tables": {name: known.of_table(name) for name in known.tables},
        "sizes": dict(sizes),
        "files": hashes(folder, (".",)),
        "issues": [[*segment, *span] for segment, span in issues.items()],
        "lineage": dict(lineage),
        "counts": counts_written(counts),
    }
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"))
    (folder / FILE).write_text(text + "\n", encoding="utf-8")


def anew(state: State | None, stage: CompiledStage, known: Fingerprints, folder: Path, formats: Sequence[str]) -> Anew:
    """What of a stage an earlier build does not give: its reasons have changed, or its files.

    Everything, where there is no state, or the notes of the earlier build are not those that it wrote.
    """
    every = Anew(frozenset(known.datasets), frozenset(known.tables))
    if state is None or _changed(state, folder, NOTES) or any(_owner(stage, one) == "" for one in state.issues):
        return every
    datasets = {name for name in known.datasets if state.datasets.get(name) != known.of_dataset(name)}
    tables = {name for name in known.tables if state.tables.get(name) != known.of_table(name)}
    if not set(formats) <= set(state.formats):
        return every
    for name, (rows, _) in state.sizes.items():
        if name in stage.spec.datasets and _changed(state, folder, files_of(name, rows, formats)):
            datasets.add(unit_of(stage, name))
    return Anew(frozenset(datasets), frozenset(tables))


def files_of(name: str, rows: int, formats: Sequence[str]) -> list[str]:
    """The files of a dataset; none of qualifiers without a record."""
    if name.startswith("SUPP") and not rows:
        return []
    return [f"{name.lower()}.{kind}" for kind in ("xpt", *formats)]


def _changed(state: State, folder: Path, names: Sequence[str]) -> bool:
    found = hashes(folder, [name for name in names if (folder / name).is_file()])
    return any(found.get(name) is None or found[name] != state.files.get(name) for name in names)


def _owner(stage: CompiledStage, segment: Segment) -> str:
    dataset, _, table = segment
    return dataset or table


def added(state: State, folder: Path) -> list[str]:
    """Files in the place of datasets and notes that the build did not write: the next stage would read them."""
    patterns = (*(f"*.{kind}" for kind in WRITTEN), "qc/*.csv")
    found = {path.relative_to(folder).as_posix() for pattern in patterns for path in folder.glob(pattern)}
    return sorted(found - state.files.keys())


def is_whole(state: State | None, stage: CompiledStage, known: Fingerprints, formats: Sequence[str]) -> bool:
    """Whether a state is of the same datasets, blocks and tables, in their order, and the same formats."""
    return (
        state is not None
        and list(state.datasets) == list(known.datasets)
        and list(state.tables) == list(known.tables)
        and list(state.blocks) == known.blocks
        and list(state.formats) == list(formats)
        and list(state.sizes) == [name for name in stage.spec.datasets if name in state.sizes]
    )


def reasons(state: State, known: Fingerprints, name: str) -> list[str]:
    """Why a dataset or table is not as an earlier build made it: the parts that were changed, added or taken away."""
    behind = known.datasets.get(name) or known.tables[name]
    found = []
    for part in sorted(behind.parts):
        if part not in state.parts:
            found.append(f"{part} is new")
        elif state.parts[part] != known.parts[part]:
            found.append(f"{part} has changed")
    return found or ["something that it was made from is gone"]
