"""Rows of the tables behind the documents of a submission, and the settings of its folder."""

from __future__ import annotations

from dataclasses import dataclass

from specs.model_record import Record


@dataclass(frozen=True)
class GuideText(Record):
    """A text of a reviewer's guide. `guide` is cSDRG, ADRG, both, or "" for that of the stage."""

    guide: str
    section: str
    order: float
    text: str


@dataclass(frozen=True)
class FormRow(Record):
    """A form of the case report form (`columns` empty) or a question of one."""

    form: str
    order: float
    columns: tuple[str, ...]
    text: str
    visits: tuple[str, ...]
    not_submitted: str


@dataclass(frozen=True)
class PackageSettings:
    """`[package]` of study.toml.

    folder: name of the study below m5/datasets, "" for one made of the identifier. split_above: bytes of a transport
    file above which it is split too. longest_path: characters. font, font_bold: TrueType files of the study for the
    PDF documents, "" for the ones that trialspec brings.
    """

    folder: str = ""
    split_above: int = 5_000_000_000
    longest_path: int = 150
    font: str = ""
    font_bold: str = ""
