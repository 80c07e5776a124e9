"""Puts a package together from the folders of the stages: tree, parts, programs, checks, checksums, manifest."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from formats.folders import link
from specs.model import Spec
from specs.problem import DataError, Place, Problem
from submission.guide.facts import Split
from submission.package import checks, documents, manifest, split, tree
from submission.package.programs import programs
from submission.package.software import software


def refuse_foreign(target: Path) -> None:
    """Raise DataError for a folder that holds something and is no package."""
    if target.is_dir() and any(target.iterdir()) and not (target / tree.MANIFEST).is_file():
        hint = "choose another folder with --to"
        raise DataError([Problem(Place(str(target)), "holds files and is no package", hint)])


def splits_of(specs: Mapping[str, Spec], built: Path) -> list[Split]:
    """The datasets of the built stages that are above the limit, with their parts."""
    found = []
    for stage, spec in specs.items():
        paths = sorted((built / stage).glob("*.xpt"))
        taken = {path.stem.upper() for path in paths} | set(spec.datasets)
        planned = (split.planned(path, spec.study.package.split_above, taken) for path in paths)
        found += [one for one in planned if one is not None]
    return found


def assemble(specs: Mapping[str, Spec], built: Path, folder: Path, splits: Sequence[Split]) -> None:
    """Put the files of the built stages into the tree below `folder`, with programs and checksums.

    Raises DataError with every fault of names, sizes, bytes and links; the folder is then not to be used.
    """
    study = next(iter(specs.values())).study
    home = folder / tree.study_folder(study)
    faults: list[Problem] = []
    for stage, spec in specs.items():
        target = home / tree.DATASETS[stage]
        own = documents.given(spec)
        made = {path.name: path for pattern in tree.BESIDE for path in sorted((built / stage).glob(pattern))}
        faults += documents.problems(spec, frozenset(made))
        for name, path in made.items():
            if name not in own:
                link(path, target / name)
        for name, path in own.items():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / name)  # no link: the study stays as it is, whatever becomes of the package
        for one in splits:
            path = built / stage / f"{one.dataset.lower()}.xpt"
            if one.dataset in spec.datasets and path.is_file():
                split.write(path, one, target / tree.SPLIT)
    if "adam" in specs:
        _write_programs(specs["adam"], built / "adam", home / tree.PROGRAMS)
    problems = faults or checks.check(folder, study)
    if problems:
        raise DataError(problems)
    _write_checksums(folder)


def _write_programs(spec: Spec, built: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    datasets = [name for name in spec.datasets if (built / f"{name.lower()}.xpt").is_file()]
    for name, content in programs(spec, datasets, software()).items():
        (folder / name).write_bytes(content)


def _write_checksums(folder: Path) -> None:
    """The file that `sha256sum --check` reads."""
    names = [name for name in tree.files_of(folder) if name.startswith("m5/")]
    lines = [f"{manifest.sha256(folder / name)}  {name}\n" for name in names]
    (folder / tree.CHECKSUMS).write_text("".join(lines), encoding="ascii", newline="\n")
