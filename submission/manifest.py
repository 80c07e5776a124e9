"""The manifest of a build: what went in and what came out, by hash, and the merged notes of its stages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from formats import safe_csv
from formats.folders import hashes, replaced
from specs.outputs import STATES

_PARTS = ("sdtm", "adam", "results")
_OUTPUTS = (*_PARTS, "qc")
# Keys of the manifest.
BEFORE, CHANGED, ELSEWHERE = "made before with", "changed while it was made", "raw from elsewhere"
# What a build and `build validate`, `build qc` leave in the folder qc; a new build takes out what is of the old one.
QC_FILES = (
    "ledger.csv", "issues.csv", "index.html", "conformance.csv", "conformance.html", "conformance.xlsx", "double.html",
    "drift.html",
)  # fmt: skip


def merge_notes(out: Path, stages: Sequence[str] = ("sdtm", "adam")) -> None:
    """Put the ledgers and the issues of the stages that were built together into `qc/`."""
    with replaced(out / "qc", QC_FILES) as folder:
        for name in ("ledger.csv", "issues.csv"):
            paths = [out / stage / "qc" / name for stage in stages]
            safe_csv.join([path for path in paths if path.exists()], folder / name)


def _kept(out: Path) -> list[str]:
    """Datasets that `--only` left as an earlier build made them."""
    paths = [out / stage / "qc" / "kept.csv" for stage in ("sdtm", "adam")]
    return [name for path in paths if path.exists() for name in pd.read_csv(path)["Dataset"].tolist()]


@dataclass(frozen=True)
class Inputs:
    """What a command read: the hashes of the tables of the study, of the raw files and of SDTM files from elsewhere.

    raw, sdtm: None where it read none of them. made: the part of the output that it made: sdtm, adam, define, results.
    Of other parts the manifest keeps what the command said that made them. changed: the inputs of the part that changed
    while it ran; None where nothing of it was made anew. elsewhere: whether the raw files are not those of the study.
    """

    tables: Mapping[str, str]
    raw: Mapping[str, str] | None
    sdtm: Mapping[str, str] | None
    made: str
    changed: Sequence[str] | None
    elsewhere: bool


def write(out: Path, study: str, constants: Mapping[str, str], inputs: Inputs) -> None:
    """Write `manifest.json`: the study, constants set for this build, SHA-256 of every input and output."""
    before = read(out) or {}
    own = {"constants": dict(sorted(constants.items())), "study.toml": inputs.tables.get("study.toml", "")}
    # Of the parts that another command made: those that are there, and still in the study.
    within = {name.partition("/")[0] for name in inputs.tables}
    others = [part for part in _PARTS if part != inputs.made and part in within and (out / part).is_dir()]
    optional = {
        "sdtm": inputs.sdtm if inputs.made == "adam" else before.get("sdtm", inputs.sdtm),
        BEFORE: _earlier(before, others, own),
        CHANGED: _changed(before, inputs),
        ELSEWHERE: inputs.elsewhere if inputs.made == "sdtm" else before.get(ELSEWHERE),
    }
    manifest = {
        "study": study,
        "constants": own["constants"],
        "specification": _of_others(before, others, inputs.tables),
        "raw": before.get("raw", {}) if inputs.raw is None else dict(inputs.raw),
        **{name: value for name, value in optional.items() if value},
        "kept from an earlier build": _kept(out),
        "outputs": _outputs(out),
    }
    _put(out, manifest)


def _changed(before: Mapping[str, Any], inputs: Inputs) -> dict[str, list[str]]:
    """The inputs of each part that changed while it was made."""
    known = before.get(CHANGED)
    found = dict(known) if isinstance(known, dict) else {}
    if inputs.changed is not None:
        found[inputs.made] = list(inputs.changed)
    return {part: names for part, names in sorted(found.items()) if names}


def _earlier(before: Mapping[str, Any], others: Sequence[str], own: Mapping[str, Any]) -> dict[str, Any]:
    """The constants and the study.toml of the other parts that were made with others than those of this command."""
    stated, tables = before.get(BEFORE, {}), before.get("specification", {})
    if not isinstance(stated, dict) or not isinstance(tables, dict) or not tables:
        return {}
    whole = {"constants": before.get("constants", {}), "study.toml": tables.get("study.toml", "")}
    return {part: found for part in others if (found := stated.get(part, whole)) != own}


def _of_others(before: Mapping[str, Any], others: Sequence[str], now: Mapping[str, str]) -> dict[str, str]:
    """The tables of the specification, of the other parts as they were when those were made."""
    known = before.get("specification")
    kept = others if isinstance(known, dict) and known else []
    found = {name: value for name, value in now.items() if name.partition("/")[0] not in kept}
    if isinstance(known, dict):
        found |= {name: str(value) for name, value in known.items() if name.partition("/")[0] in kept}
    return dict(sorted(found.items()))


def read(out: Path) -> dict[str, Any] | None:
    """The manifest of the last build; None where there is none that can be read."""
    try:
        found = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def refresh(out: Path) -> None:
    """Write the hashes of the outputs anew, after quality control has added its reports; nothing without a manifest."""
    path = out / "manifest.json"
    if path.is_file():
        _put(out, {**json.loads(path.read_text(encoding="utf-8")), "outputs": _outputs(out)})


def _outputs(out: Path) -> dict[str, str]:
    return {name: found for name, found in hashes(out, _OUTPUTS).items() if name not in STATES}


def _put(out: Path, manifest: Mapping[str, object]) -> None:
    part = out / ".manifest.json.new"
    part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    part.replace(out / "manifest.json")
