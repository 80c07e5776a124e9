"""Documents that a study gives itself: the file of a row of Documents, in the folder of its stage."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from specs.model import Document, Spec


def given_file(spec: Spec, document: Document) -> Path | None:
    """The file `adam/sap.pdf` of the study for the address `sap.pdf`; None where there is none.

    An address that leads out of the folder of the stage names no file of the study.
    """
    parts = PurePosixPath(document.href).parts
    home = spec.study.folder / spec.stage
    path = home.joinpath(*parts)
    if not parts or ".." in parts or not path.is_file() or not path.resolve().is_relative_to(home.resolve()):
        return None
    return path
