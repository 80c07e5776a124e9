"""The manifest of a build: what went in and what came out, by hash, and the merged notes of its stages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from formats import safe_csv
from formats.folders import hashes, replaced

_SPECIFICATION = ("study.toml", "sdtm", "adam", "results")
_OUTPUTS = ("sdtm", "adam", "results", "qc")


def merge_notes(out: Path, stages: Sequence[str] = ("sdtm", "adam")) -> None:
    """Put the ledgers and the issues of the stages that were built together into `qc/`."""
    with replaced(out / "qc", ("ledger.csv", "issues.csv", "index.html")) as folder:
        for name in ("ledger.csv", "issues.csv"):
            paths = [out / stage / "qc" / name for stage in stages]
            safe_csv.join([path for path in paths if path.exists()], folder / name)


def _kept(out: Path) -> list[str]:
    """Datasets that `--only` left as an earlier build made them."""
    paths = [out / stage / "qc" / "kept.csv" for stage in ("sdtm", "adam")]
    return [name for path in paths if path.exists() for name in pd.read_csv(path)["Dataset"].tolist()]


def write(
    out: Path, study: str, folder: Path, raw: Path, constants: Mapping[str, str], sdtm: Path | None = None
) -> None:
    """Write `manifest.json`: the study, constants set for this build, SHA-256 of every input and output.

    `sdtm` is the folder of SDTM files that the build took from elsewhere.
    """
    manifest = {
        "study": study,
        "constants": dict(sorted(constants.items())),
        "specification": hashes(folder, _SPECIFICATION),
        "raw": hashes(raw, (".",)),
        **({"sdtm": hashes(sdtm, (".",))} if sdtm is not None else {}),
        "kept from an earlier build": _kept(out),
        "outputs": hashes(out, _OUTPUTS),
    }
    part = out / ".manifest.json.new"
    part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / "manifest.json")
