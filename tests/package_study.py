"""The invented study of the tests with the documents of a submission: guides, forms, references from define.xml."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pipeline
import pipeline_submission
from formats import xpt

Change = Callable[[list[xpt.Column], str], tuple[list[xpt.Column], str]]
TINY = Path(__file__).parent / "tiny_study"
GUIDE = '''Guide,Section,Order,Text
both,Protocol Design,1,"Three arms drink tea. Site {SITE}.

- **ginger**
- *mint*"
,AE,1,See [the form](acrf.pdf#raw_events) & the **notes** <of> `AETERM`.
'''
FORMS = '''Form,Order,Columns,Text,Visits,Not Submitted
raw_events,1,,Adverse Events,V1; V2,
raw_events,1,IT.AETERM,What happened?,,
raw_events,2,Line-No,Line of the form,,Operational
'''


def study_folder(folder: Path, /, **more: str) -> Path:
    """A copy of the invented study with documents; `more` is added to study.toml as `[package]`."""
    study = folder / "study"
    shutil.copytree(TINY, study)
    (study / "sdtm" / "Guide.csv").write_text(GUIDE, encoding="utf-8")
    (study / "sdtm" / "Forms.csv").write_text(FORMS, encoding="utf-8")
    documents = "ID,Title,Href\nacrf,Annotated CRF,acrf.pdf\ncsdrg,Reviewer's Guide,csdrg.pdf\n"
    (study / "sdtm" / "Documents.csv").write_text(documents, encoding="utf-8")
    (study / "adam" / "Documents.csv").write_text("ID,Title,Href\nadrg,Reviewer's Guide,adrg.pdf\n", encoding="utf-8")
    if more:
        settings = "".join(f"{name} = {value}\n" for name, value in more.items())
        with (study / "study.toml").open("a", encoding="utf-8") as stream:
            stream.write(f"\n[package]\n{settings}")
    return study


def package_of(study: Path, out: Path, **asked: Path) -> Path:
    """Build the package of a study; its folder."""
    return pipeline_submission.package(pipeline.Request(study, out), **asked).folder


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def rewritten(path: Path, change: Change) -> None:
    """Write a transport file again after `change`, a function of its columns, and perhaps its label, has seen it."""
    dataset = xpt.read(path)
    assert dataset.created is not None
    columns, label = change(list(dataset.columns), dataset.label)
    xpt.write(path, columns, dataset=dataset.name, label=label, created=dataset.created)
