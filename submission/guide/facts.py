"""What a guide is filled from: the specification, the built data, the notes of the build, conformance, software."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from define.method_text import MethodText
from qc.page import Group, TableAccount, accounts, groups
from specs.compiled import CompiledStage
from specs.guide_sections import CSDRG
from specs.model import Spec
from submission.acrf.forms import Form
from submission.guide.conformance import Found
from submission.guide.data import StageData


@dataclass(frozen=True)
class Split:
    """A dataset that is submitted in parts as well: the parts, with the records of each and what divides them."""

    dataset: str
    parts: tuple[tuple[str, int, str], ...]
    size: int


@dataclass(frozen=True)
class Facts:
    """Everything that one guide tells.

    specs: the specifications of the study by stage. methods: of this stage. compiled: this stage with its references
    resolved, None for one that only describes. conformance: None where no check was made. software: name, version,
    purpose. splits: datasets that are also submitted in parts.
    """

    guide: str
    specs: Mapping[str, Spec]
    data: StageData
    methods: Mapping[tuple[str, str], MethodText]
    compiled: CompiledStage | None
    forms: Sequence[Form]
    conformance: Sequence[Found] | None
    software: Sequence[tuple[str, str, str]]
    splits: Sequence[Split] = ()

    @property
    def spec(self) -> Spec:
        """The specification of the stage that the guide is about."""
        return self.specs["sdtm" if self.guide == CSDRG else "adam"]

    @property
    def datasets(self) -> list[str]:
        """The datasets that are submitted, in the order of the specification."""
        return [name for name in self.spec.datasets if name in self.data]

    @property
    def accounts(self) -> list[TableAccount]:
        """What became of the rows of every table that the stage read."""
        ledger = _notes(self.data.folder / "qc" / "ledger.csv")
        return accounts(ledger) if len(ledger) else []

    @property
    def issues(self) -> list[Group]:
        """The issues of the stage by what they say."""
        found = _notes(self.data.folder / "qc" / "issues.csv")
        return groups(found) if len(found) else []

    @property
    def cutoff(self) -> str:
        """The data cut-off: a date, an expression, or "" for none."""
        text = self.spec.study.cutoff.strip()
        value = self.spec.study.constants.get(text, text)
        return str(value).strip("'\"") if value is not None else ""


def _notes(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else pd.DataFrame()
