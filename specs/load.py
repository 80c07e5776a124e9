"""Load the specification of one stage of a study from its folder of CSV tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from specs import datasets as dataset_rows
from specs import inherit, mapping, records, standards, structure, where_clauses
from specs.columns import RESULTS, SHEETS
from specs.define_sheet import attributes, complete
from specs.guide_sections import check_guide
from specs.kept import Kept, digest
from specs.model import Dataset, Record, Rule, Spec, Study, Variable
from specs.pairs import check_pairs
from specs.problem import Place, Problem, SpecError, nearest
from specs.read_csv import Faults, RawTable, Row, check_columns, needed_cells, read_table
from specs.study import FILE, load_study, standard
from specs.tables import raw_files, read_tables
from specs.terminology import read_codelists

__all__ = ["load", "load_study", "raw_files"]

STAGES = ("sdtm", "adam")
MAPPING = "Mapping"
Built = TypeVar("Built", bound=Record)
_KEPT: Kept[Spec] = Kept()


@dataclass
class Tables:
    """The rows of every table of a stage: by sheet, the mapping files together, the look-up files."""

    sheets: dict[str, list[Row]] = field(default_factory=dict)
    mapping_files: list[str] = field(default_factory=list)
    lookups: list[RawTable] = field(default_factory=list)

    def rows(self, sheet: str) -> list[Row]:
        return self.sheets.get(sheet, [])


def load(folder: Path, stage: str, overrides: Mapping[str, str] | None = None) -> Spec:
    """The specification of `stage` (`sdtm` or `adam`) of the study in `folder`.

    The tables are `<folder>/<stage>/*.csv`, its `mapping/` and `tables/`; those of `<folder>/results/` belong
    to `adam`. What the rows leave blank is filled from the standards that `study.toml` names. `overrides`
    replaces constants (`--set`).

    What was loaded before is given again as long as no byte of the tables has changed; nobody changes a Spec.

    Raises SpecError with every fault found, each with its file, line and column.
    """
    folder = Path(folder)
    key = (folder, folder.resolve(), stage, tuple(sorted((overrides or {}).items())), _content(folder))
    return _KEPT.get(key, lambda: _load(folder, stage, overrides))


def _content(folder: Path) -> str:
    """A hash over the files that a specification may be made of."""
    paths = [path for part in (*STAGES, "results") for path in (folder / part).rglob("*.csv") if path.is_file()]
    return digest(folder, [*paths, *(path for path in [folder / FILE] if path.is_file())])


def _load(folder: Path, stage: str, overrides: Mapping[str, str] | None) -> Spec:
    if stage not in STAGES:
        raise SpecError([Problem(Place(stage), "is not a stage", f"choose {' or '.join(STAGES)}")])
    study = load_study(folder, overrides)
    faults = Faults()
    packages = _packages(study, stage, faults)
    tables = _read_all(folder, stage, faults)
    if dataset_rows.guide_of(study, stage) not in standards.GUIDES:
        raise SpecError(faults.problems)
    sources = _sources(folder, study) if stage == "adam" else None
    spec = _build(tables, study, stage, packages, sources, faults)
    structure.check_structure(spec, faults)
    check_pairs(spec, faults)
    check_guide(spec, faults)
    if faults.problems:
        raise SpecError(faults.problems)
    return spec


def _packages(study: Study, stage: str, faults: Faults) -> tuple[str, ...]:
    """The terminology packages of the study, the stage's own first; a missing standard is a fault."""
    needed = ("sdtmig", "sdtmct") if stage == "sdtm" else ("adamig", "adamct", "sdtmct")
    for key in needed:
        if not standard(study, key):
            held = [*standards.GUIDES, *standards.PACKAGES]
            faults.add(Place(FILE, 0, f"standards.{key}"), "is missing", f"specs/standards holds {', '.join(held)}")
    keys = ("sdtmct",) if stage == "sdtm" else ("adamct", "sdtmct")
    return tuple(name for name in (standard(study, key) for key in keys) if name in standards.PACKAGES)


def _read_all(folder: Path, stage: str, faults: Faults) -> Tables:
    tables = Tables()
    stage_folder = folder / stage
    if not stage_folder.is_dir():
        faults.add(Place(stage), f"{folder} has no folder {stage}", "make it, with Datasets.csv and Variables.csv")
        raise SpecError(faults.problems)
    _read_sheets(folder, stage, tuple(SHEETS), tables, faults)
    if stage == "adam":
        _read_sheets(folder, "results", RESULTS, tables, faults)
    for path in _files(stage_folder / "mapping"):
        file = f"{stage}/mapping/{path.name}"
        tables.mapping_files.append(file)
        _read_sheet(path, file, MAPPING, tables, faults)
    for path in _files(stage_folder / "tables"):
        lookup = read_table(path, f"{stage}/tables/{path.name}", faults)
        if lookup:
            tables.lookups.append(lookup)
            structure.check_damage(lookup, None, faults)
    for name in ("Datasets", "Variables"):
        if name not in tables.sheets:
            faults.add(Place(f"{stage}/{name}.csv"), "is missing", "add it")
    return tables


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.csv") if path.is_file() and path.name[0] not in ".~")


def _read_sheets(folder: Path, part: str, known: Iterable[str], tables: Tables, faults: Faults) -> None:
    names = [name for name in known if name != MAPPING]
    for path in _files(folder / part):
        file = f"{part}/{path.name}"
        if path.stem not in names:
            hint = nearest(path.stem, names) or "a look-up table belongs into tables/"
            faults.add(Place(file), f"{path.stem!r} is not a table of a specification", hint)
        else:
            _read_sheet(path, file, path.stem, tables, faults)


def _read_sheet(path: Path, file: str, name: str, tables: Tables, faults: Faults) -> None:
    table = read_table(path, file, faults)
    if table is None:
        return
    sheet = SHEETS[name]
    check_columns(table, sheet, faults)
    structure.check_damage(table, sheet, faults)
    tables.sheets.setdefault(name, []).extend(needed_cells(table.rows, sheet, faults))


def _each(tables: Tables, sheet: str, build: Callable[[Row, Faults], Built], faults: Faults) -> tuple[Built, ...]:
    return tuple(build(row, faults) for row in tables.rows(sheet))


def _by_id(tables: Tables, sheet: str, build: Callable[[Row, Faults], Built], faults: Faults) -> dict[str, Built]:
    rows = tables.rows(sheet)
    structure.check_ids(rows, faults)
    return {row.get("ID"): build(row, faults) for row in rows}


def _build(
    tables: Tables,
    study: Study,
    stage: str,
    packages: tuple[str, ...],
    sources: inherit.Sources | None,
    faults: Faults,
) -> Spec:
    whole = complete(tables.rows("Define"), faults)
    datasets = dataset_rows.read_datasets(tables.rows("Datasets"), study, stage, faults, whole)
    terminology = read_codelists(tables.rows("Codelists"), packages, faults, whole)
    terminology.dictionaries = _by_id(tables, "Dictionaries", records.dictionary, faults)
    variables = inherit.read_variables(tables.rows("Variables"), datasets, study, stage, terminology, faults, sources)
    clauses = where_clauses.read_where_clauses(tables.rows("WhereClauses"), variables, faults)
    value_level = tuple(
        where_clauses.resolved(records.value_level(row, faults), clauses) for row in tables.rows("ValueLevel")
    )
    for row in value_level:
        if row.codelist:
            terminology.named(row.codelist, row.at("Codelist"), faults)
    return Spec(
        study,
        stage,
        attributes(tables.rows("Define"), faults, whole, dataset_rows.guide_of(study, stage)),
        dataset_rows.with_sequences(datasets, variables),
        variables,
        value_level,
        terminology.codelists,
        terminology.dictionaries,
        _by_id(tables, "Methods", records.method, faults),
        _by_id(tables, "Comments", records.comment, faults),
        _by_id(tables, "Documents", records.document, faults),
        read_tables(tables.rows("Tables"), tables.lookups, datasets, faults),
        rules=_rules(tables, datasets, variables, faults, whole),
        where_comments={name: clause.comment for name, clause in clauses.items() if clause.comment},
        lookups={Path(t.file).stem: tuple(_stripped(row) for row in t.rows) for t in tables.lookups},
        **_executable(tables, faults),
    )


def _sources(folder: Path, study: Study) -> inherit.Sources | None:
    """The SDTM variables that ADaM may copy. Faults of the SDTM tables are reported by their own stage."""
    if not (folder / "sdtm" / "Variables.csv").is_file() or dataset_rows.guide_of(study, "sdtm") not in (
        standards.GUIDES
    ):
        return None
    ignored, tables = Faults(), Tables()
    for name in ("Define", "Datasets", "Variables", "Codelists", "Dictionaries"):
        path = folder / "sdtm" / f"{name}.csv"
        if path.is_file():
            _read_sheet(path, f"sdtm/{path.name}", name, tables, ignored)
    whole = complete(tables.rows("Define"), ignored)
    datasets = dataset_rows.read_datasets(tables.rows("Datasets"), study, "sdtm", ignored, whole)
    terminology = read_codelists(tables.rows("Codelists"), _packages(study, "sdtm", ignored), ignored, whole)
    terminology.dictionaries = _by_id(tables, "Dictionaries", records.dictionary, ignored)
    found = inherit.read_variables(tables.rows("Variables"), datasets, study, "sdtm", terminology, ignored)
    parents = {(key[0].removeprefix("SUPP") if v.supplemental else key[0], key[1]): v for key, v in found.items()}
    return inherit.Sources(parents, terminology)


def _executable(tables: Tables, faults: Faults) -> dict[str, Any]:
    return {
        "sources": _each(tables, "Sources", records.source, faults),
        "joins": _each(tables, "Joins", records.join, faults),
        "tests": _each(tables, "Tests", records.test, faults),
        "parameters": _each(tables, "Parameters", records.parameter, faults),
        "events": _each(tables, "Events", records.event, faults),
        "criteria": _each(tables, "Criteria", records.criterion, faults),
        "units": _each(tables, "Units", records.unit, faults),
        "collected": _each(tables, "Collected", records.collected, faults),
        "checks": _each(tables, "Checks", records.check, faults),
        "explanations": _each(tables, "Explanations", records.explanation, faults),
        "cuts": _each(tables, "Data Cut", records.cut, faults),
        "displays": _by_id(tables, "Analysis Displays", records.display, faults),
        "results": _by_id(tables, "Analysis Results", records.result, faults),
        "statistics": _each(tables, "Statistics", records.statistic, faults),
        "lines": _each(tables, "Lines", records.line, faults),
        "guide": _each(tables, "Guide", records.guide_text, faults),
        "forms": _each(tables, "Forms", records.form_row, faults),
        "figures": _each(tables, "Figures", records.figure, faults),
        "boxes": _each(tables, "Flow", records.box, faults),
        "listings": _each(tables, "Listings", records.listing, faults),
    }


def _rules(
    tables: Tables,
    datasets: Mapping[str, Dataset],
    variables: Mapping[tuple[str, str], Variable],
    faults: Faults,
    whole: bool,
) -> tuple[Rule, ...]:
    made = ("Sources", "Parameters", "Tests", "Events")
    working = {row.get("Dataset") for sheet in made for row in tables.rows(sheet)}
    working = {name for name in working if name.startswith("_")}
    for file in tables.mapping_files:
        mapping.check_file(file, datasets, working, faults)
    mapped = mapping.read_rules(tables.rows(MAPPING), datasets, working, faults)
    return tuple(mapping.without_repeats(mapped, mapping.cell_rules(variables, faults, whole), faults))


def _stripped(row: Row) -> dict[str, str]:
    return {name: cell.strip() for name, cell in row.cells.items()}
