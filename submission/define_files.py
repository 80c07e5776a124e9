"""The define.xml of a stage folder and the pages beside it: written, checked, compared with what is due."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from define.drift import differences
from define.finding import Finding
from define.lineage import lineage
from define.measured import Measured
from define.method_text import DocstringOf, method_texts
from define.page import write_page
from define.render import RENDERED, copy_stylesheet, render
from define.stated import attributes_only
from define.validate import validate
from define.write import write
from specs.model import Spec
from specs.problem import DataError, Place, Problem
from submission.define_data import read_data
from submission.stage_folder import created


def describe(
    spec: Spec, datasets: Path, folder: Path, docstring_of: DocstringOf, others: Sequence[Path], stated: bool,
    further: Sequence[Spec] = (),
) -> tuple[dict[str, Measured], list[Finding]]:  # fmt: skip
    """Write define.xml and its pages into a folder; the datasets, and what is of notice.

    datasets: the folder that holds them. others: the define.xml of the datasets that this stage reads. stated: the
    specification describes datasets only.
    further: the specifications of the other stages, for the lineage across them.
    Raises DataError for what breaks a rule.
    """
    data = read_data(spec, datasets)
    path = folder / "define.xml"
    _write(spec, data, path, docstring_of, stated)
    findings = validate(path, data, others=others)
    notices = [found for found in findings if found.advice or (stated and found.incomplete)]
    if wrong := [found for found in findings if found not in notices]:
        raise DataError([Problem(Place(f"{spec.stage}/define.xml"), str(finding)) for finding in wrong])
    copy_stylesheet(folder)
    render(path, folder / RENDERED)
    write_page(path, folder / "define.html", lineage([spec, *further]), RENDERED)
    return data, notices


def drift(spec: Spec, folder: Path, docstring_of: DocstringOf, others: Sequence[Path]) -> list[str]:
    """What in the define.xml of a stage folder is not as specification and data give it, or breaks a rule.

    Raises DataError if there is no define.xml.
    """
    path = folder / "define.xml"
    if not path.is_file():
        raise DataError([Problem(Place(str(path)), "is not there", "run: build define")])
    stated = attributes_only(spec)
    data = read_data(spec, folder)
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary, "define.xml")
        _write(spec, data, made, docstring_of, stated)
        found = differences(path, made)
    findings = validate(path, data, others=others)
    return found + [str(one) for one in findings if not (one.advice or (stated and one.incomplete))]


def _write(spec: Spec, data: Mapping[str, Measured], path: Path, docstring_of: DocstringOf, stated: bool) -> None:
    made = created(spec).isoformat()
    write(spec, data, path, created=made, methods=method_texts(spec, docstring_of), stated=stated)
