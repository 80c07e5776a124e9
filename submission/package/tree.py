"""The tree of a submission folder: where each file of a stage stands.

Source: FDA, Study Data Technical Conformance Guide, section 7 (file directory structure of module 5).
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from specs.model import Study

ROOT = PurePosixPath("m5/datasets")
DATASETS = {"sdtm": "tabulations/sdtm", "adam": "analysis/adam/datasets"}
PROGRAMS = "analysis/adam/programs"
SPLIT = "split"
# What stands beside the datasets: the definition with its stylesheet, and the documents that it names, as PDF.
BESIDE = ("*.xpt", "define.xml", "define2-1.xsl", "acrf.pdf", "csdrg.pdf", "adrg.pdf")
MANIFEST, CHECKSUMS, CONFORMANCE = "manifest.json", "checksums.sha256", "conformance.csv"
# Everything that a package may hold; a folder with any other file is not replaced.
OURS = ("*.xpt", "*.xml", "*.xsl", "*.pdf", "*.txt", MANIFEST, CHECKSUMS, CONFORMANCE)


def study_folder(study: Study) -> PurePosixPath:
    """`m5/datasets/<study>`: the folder of `[package]`, else the identifier in lower case, its other signs hyphens."""
    return ROOT / (study.package.folder or re.sub(r"[^a-z0-9]+", "-", study.id.lower()).strip("-") or "study")


def files_of(folder: Path) -> dict[str, Path]:
    """Every file below a folder by its path in it, in order."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def stage_of(name: str) -> str:
    """The stage of a dataset file of a package, by its path; "" for any other file."""
    return next((stage for stage, part in DATASETS.items() if f"/{part}/" in f"/{name}" and name.endswith(".xpt")), "")
