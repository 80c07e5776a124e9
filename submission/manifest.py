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
_SPECIFICATION = ("study.toml", *_PARTS)
_OUTPUTS = (*_PARTS, "qc")
# Keys of the manifest.
CHANGED, ELSEWHERE = "changed while it was made", "raw from elsewhere"
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
    """The hashes of what a command read: tables of the study, raw files, SDTM files from elsewhere; None for none.

    made: the part of the output that it made: sdtm, adam, define, results. Of other parts the manifest keeps what the
    command said that made them. changed: the inputs of the part that changed while it ran; None where nothing of it was
    made anew. elsewhere: whether the raw files are not those in the folder of the study.
    """

    tables: Mapping[str, str] | None = None
    raw: Mapping[str, str] | None = None
    sdtm: Mapping[str, str] | None = None
    made: str = ""
    changed: Sequence[str] | None = None
    elsewhere: bool = False


def write(
    out: Path, study: str, folder: Path, raw: Path, constants: Mapping[str, str], sdtm: Path | None = None,
    inputs: Inputs | None = None,
) -> None:  # fmt: skip
    """Write `manifest.json`: the study, constants set for this build, SHA-256 of every input and output.

    `sdtm` is the folder of SDTM files that the build took from elsewhere. inputs: None for those that are there now.
    """
    before = (read(out) or {}) if inputs is not None else {}
    inputs = inputs or Inputs()
    tables = hashes(folder, _SPECIFICATION) if inputs.tables is None else inputs.tables
    files = hashes(raw, (".",)) if inputs.raw is None else inputs.raw
    own = {"constants": dict(sorted(constants.items())), "study.toml": tables.get("study.toml", "")}
    earlier = _earlier(out, inputs.made, before, own, tables)
    changed = _changed(inputs, before)
    elsewhere = inputs.elsewhere if inputs.made == "sdtm" or not before else bool(before.get(ELSEWHERE))
    manifest = {
        "study": study,
        "constants": own["constants"],
        "specification": _of_others(out, inputs.made, before.get("specification"), tables),
        "raw": before["raw"] if inputs.raw is None and isinstance(before.get("raw"), dict) else dict(files),
        **({"sdtm": hashes(sdtm, (".",)) if inputs.sdtm is None else dict(inputs.sdtm)} if sdtm is not None else {}),
        **({"made before with": earlier} if earlier else {}),
        **({CHANGED: changed} if changed else {}),
        **({ELSEWHERE: True} if elsewhere else {}),
        "kept from an earlier build": _kept(out),
        "outputs": _outputs(out),
    }
    _put(out, manifest)


def _changed(inputs: Inputs, before: Mapping[str, Any]) -> dict[str, list[str]]:
    """The inputs of each part that changed while it was made."""
    known = before.get(CHANGED, {})
    found = dict(known) if isinstance(known, dict) else {}
    if inputs.changed is not None:
        found[inputs.made] = list(inputs.changed)
    return {part: names for part, names in sorted(found.items()) if names}


def _earlier(
    out: Path, made: str, before: Mapping[str, Any], own: Mapping[str, Any], tables: Mapping[str, str]
) -> dict[str, Any]:
    """The constants and the study.toml of the parts that an earlier command made with others than those of this one."""
    stated, tables = before.get("made before with", {}), before.get("specification", {})
    if not isinstance(stated, dict) or not isinstance(tables, dict):
        return {}
    whole = {"constants": before.get("constants", {}), "study.toml": tables.get("study.toml", "")}
    there = {name.partition("/")[0] for name in tables}
    parts = [part for part in _PARTS if part != made and part in there and (out / part).is_dir()] if before else []
    return {part: found for part in parts if (found := stated.get(part, whole)) != own}


def _of_others(out: Path, made: str, before: object, now: Mapping[str, str]) -> dict[str, str]:
    """The tables of the specification, of the parts that an earlier command made as they were then."""
    if not isinstance(before, dict):
        return dict(now)
    there = {name.partition("/")[0] for name in now}
    kept = [part for part in _PARTS if part != made and part in there and (out / part).is_dir()]
    found = {name: value for name, value in now.items() if name.partition("/")[0] not in kept}
    found |= {name: str(value) for name, value in before.items() if name.partition("/")[0] in kept}
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
