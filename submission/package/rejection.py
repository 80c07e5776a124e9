"""What a gateway rejects unread: datasets that a study has to have.

Source: FDA, Technical Rejection Criteria for Study Data (1734: ts.xpt with the start date of the study; 1736: dm.xpt
with tabulations, adsl.xpt with analyses, and a define.xml with each, which the package always has).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from formats.xpt_read import blocks, members
from submission.package.tree import DATASETS

_START = "SSTDTC"
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?(T.*)?")
_NEEDED = {"sdtm": "dm.xpt", "adam": "adsl.xpt"}


def rejections(home: Path, stages: Collection[str]) -> Iterator[str]:
    """Why the gateway of the FDA would reject the datasets below `home`, the folder of the study in a package."""
    for stage, name in _NEEDED.items():
        if stage in stages and not (home / DATASETS[stage] / name).is_file():
            yield f"there is no {name}, without which the FDA rejects a study (criterion 1736)"
    if "sdtm" in stages:
        path = home / DATASETS["sdtm"] / "ts.xpt"
        if not path.is_file():
            yield f"there is no ts.xpt with the start date of the study ({_START}), for which the FDA rejects it (1734)"
        elif not any(map(_DATE.fullmatch, _starts(path))):
            yield f"ts.xpt has no {_START} with a date of ISO 8601, for which the FDA rejects the study (1734)"


def _starts(path: Path) -> Iterator[str]:
    """The values of the start date in TS."""
    names = {variable.column.name for variable in members(path, encoding="latin-1")[0].variables}
    if not {"TSPARMCD", "TSVAL"} <= names:
        return
    for codes, values in blocks(path, encoding="latin-1", columns=["TSPARMCD", "TSVAL"]):
        texts = [[*column.texts.values.tolist(), ""] for column in (codes, values)]
        for code, value in zip(codes.texts.codes, values.texts.codes):
            if texts[0][code] == _START:
                yield texts[1][value]
