"""A specification exchanged with others: a stage as a workbook, and a workbook or define.xml as a stage.

An import replaces the tables of its stage as a whole, or nothing; what else stands in the folder stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from define.tables import import_define
from formats.folders import link, replaced
from formats.raw_table import TableError
from formats.unpack import open_zip
from specs.load import STAGES, load, load_study
from specs.problem import Place, Problem, ProblemError, SpecError
from specs.workbook_import import Imported, import_workbook
from specs.workbook_tables import stage_sheets
from specs.workbook_write import workbook_bytes

_TOML = "study.toml"
_PARTS = ("", "mapping", "tables", "other")


@dataclass
class Report:
    """What an import did: lines to read, and the faults of the tables that it wrote, at their place in the source."""

    lines: list[str] = field(default_factory=list)
    faults: list[Problem] = field(default_factory=list)


def stages_of(study: Path) -> list[str]:
    """The stages that a study has tables for."""
    return [stage for stage in STAGES if (study / stage / "Datasets.csv").is_file()]


def export_workbook(study: Path, target: Path, stage: str = "", force: bool = False) -> Report:
    """Write the tables of a stage as a workbook.

    A workbook that stands there is replaced only if the study has all that it says (or with `force`).
    Raises SpecError for a stage that is not there, tables that cannot be read, and a workbook with changes.
    """
    stage = stage or _only_stage(study)
    if target.suffix.lower() != ".xlsx":
        raise SpecError([Problem(Place(str(target)), "is no name of a workbook", "name it .xlsx")])
    content = workbook_bytes(stage_sheets(study, stage), stage, load_study(study).created)
    part = target.with_name(f".{target.name}.new")
    part.write_bytes(content)
    try:
        if target.exists() and not force and target.read_bytes() != content:
            _refuse_changes(part, target, stage)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Report([f"{target}: stage {stage}"])


def _only_stage(study: Path) -> str:
    found = stages_of(study)
    if len(found) != 1:
        message = f"the study has {' and '.join(found)}" if found else "the study has no tables"
        raise SpecError([Problem(Place(str(study)), message, "one workbook holds one stage: add --stage adam")])
    return found[0]


def _refuse_changes(new: Path, target: Path, stage: str) -> None:
    """Raise SpecError where the workbook that is there says something that the new one does not."""
    hint = "import it first, choose another name, or add --force"
    try:
        known = _read_workbook(target, stage).files == _read_workbook(new, stage).files
    except ProblemError:
        known = False
    if not known:
        raise SpecError([Problem(Place(target.name), "holds what the tables of the study do not", hint)])


def _tables(study: Path, stage: str) -> dict[str, bytes]:
    folders = [study / stage / part for part in _PARTS] + ([study / "results"] if stage == "adam" else [])
    return {path.relative_to(study).as_posix(): path.read_bytes() for f in folders for path in sorted(f.glob("*.csv"))}


def _read_workbook(source: Path, stage: str) -> Imported:
    """The workbook, refused before it is unpacked if it would fill the memory."""
    try:
        open_zip(source, "Excel workbook").close()
    except TableError as error:
        raise SpecError([Problem(Place(source.name), error.message, error.hint)]) from None
    return import_workbook(source, stage)


def import_spec(source: Path, study: Path, stage: str = "", keep_damaged: bool = False) -> Report:
    """Write the tables that a workbook or a define.xml holds into a study, a new one if it is not there.

    Raises SpecError, and writes nothing, for cells that Excel damaged (unless `keep_damaged`).
    """
    if not source.is_file():
        raise SpecError([Problem(Place(str(source)), "is not there", "give a workbook or a define.xml")])
    found = import_define(source, stage) if source.suffix.lower() == ".xml" else _read_workbook(source, stage)
    if found.damaged and not keep_damaged:
        hint = "mend the workbook, or add --damaged to import the cells as they stand"
        raise SpecError([*found.damaged, Problem(Place(source.name), "was not imported", hint)])
    report = Report([f"notice: {remark}" for remark in dict.fromkeys(found.remarks)])
    report.lines += _write(found, study)
    report.faults += [*found.damaged, *found.faults]
    try:
        load(study, found.stage)
    except ProblemError as error:
        report.faults += sorted({found.in_workbook(problem) for problem in error.problems})
    return report


def _write(found: Imported, study: Path) -> list[str]:
    """Write the files of an import; a line per file that differs from what was there, and one that counts."""
    before = _tables(study, found.stage)
    with ExitStack() as stack:
        for part in found.parts:
            folder = stack.enter_context(replaced(study / part))
            for path in _others(study / part):
                link(path, folder / path.relative_to(study / part))
            _write_files(folder, part, found.files)
    lines = _differences(before, found.files, found.parts)
    if not (study / _TOML).exists():
        (study / _TOML).write_text(found.study, encoding="utf-8")
        lines.append(f"written: {_TOML}, with versions of standards to confirm")
    return [*lines, f"{study}: {len(found.files)} tables of stage {found.stage}"]


def _others(folder: Path) -> Iterator[Path]:
    """Files of a folder that are no tables: they stay."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not (path.suffix == ".csv" and path.parent in {folder / part for part in _PARTS}):
            yield path


def _write_files(folder: Path, part: str, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        if name.startswith(f"{part}/"):
            path = folder / name.removeprefix(f"{part}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _differences(before: Mapping[str, bytes], after: Mapping[str, bytes], parts: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    if not before:
        return lines
    for name in sorted({*before, *after}):
        if name not in after:
            if name.partition("/")[0] in parts:
                lines.append(f"removed: {name}")
        elif before.get(name) != after[name]:
            lines.append(f"{'changed' if name in before else 'new'}: {name}")
    return lines
