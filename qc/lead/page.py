"""Writes the page of the lead: runs what the other parts of quality control need, and shows what is open."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from formats.folders import hashes
from qc import page
from qc.compare import accepted, report
from qc.compare.accepted import Register
from qc.compare.described import of_specs
from qc.compare.options import Options
from qc.compare.places import sources
from qc.compare.result import Comparison
from qc.compare.run import compare_paths
from qc.conformance.asked import validated
from qc.conformance.asked import write as write_conformance
from qc.conformance.opening import NO_DATASETS
from qc.lead import glance
from qc.lead.glance import Card, Glance
from specs.model import Spec
from specs.outputs import STATES
from specs.problem import DataError, Place, Problem

REGISTER = "accepted.csv"
_SPECIFICATION = ("study.toml", "sdtm", "adam", "results")
_OF_NO_DATA = "Explanations.csv"  # what is written there changes no dataset
Say = Callable[[str], None]


def write(
    out: Path, stages: Sequence[Path], specs: Sequence[Spec], study: str, title: str, asked: Mapping[str, Any],
    progress: Say | None = None, stale: Sequence[str] = (),
) -> tuple[list[str], bool]:  # fmt: skip
    """Write `qc/index.html` and the reports behind it; what it says in short, and whether anything is open.

    out: the output of the study; stages: the folders of its datasets; stale: as in glance.build_card. Raises DataError.
    """
    folder = out / "qc"
    found, _, _ = validated(stages, {}, specs, progress)
    reports = {kind: folder / f"conformance.{kind}" for kind in ("csv", "html", "xlsx")}
    write_conformance(found, reports, f"{study}: conformance")
    double = _compared(asked.get("double"), out, stages, specs, folder / "double.html", progress)
    before = _compared(asked.get("before"), out, stages, specs, folder / "drift.html", progress)
    ledger, issues = page.read(folder)
    raw = page.raw_accounts(ledger)
    cards = (
        glance.build_card(*_changes(out, specs), stale),
        glance.ledger_card(raw),
        glance.issues_card(issues),
        glance.conformance_card(found, "conformance.html"),
        glance.comparison_card("Double programming", double, "build qc --double DIR", "double.html"),
        glance.comparison_card("Drift", before, "build qc --before DIR", "drift.html"),
    )
    seen = Glance(cards, tuple(glance.figures(page.accounts(ledger), issues, found)))
    page.write(folder, study, title, seen)
    return [*map(_line, cards), f"written: {folder / 'index.html'}"], seen.open


def _line(card: Card) -> str:
    return f"{card.state:5} {card.title:20} {card.headline}" + (f" ({'; '.join(card.lines)})" if card.lines else "")


def _compared(
    given: str | None, out: Path, stages: Sequence[Path], specs: Sequence[Spec], target: Path, progress: Say | None
) -> Comparison | None:
    """The output compared with other datasets, as base; None where none were named. The report is written."""
    if not given:
        target.unlink(missing_ok=True)
        return None
    other = Path(given)
    if not other.is_dir():
        raise DataError([Problem(Place(given), "there is no such folder")])
    say = progress or (lambda text: None)
    base = _counterpart(other, out, stages)
    options = Options(drop=(), datasets=tuple(sorted(_names(base) | _names(other))))
    found = compare_paths(
        base, other, options, of_specs(specs), _register(specs), lambda name: say(f"comparing {name} ...")
    )
    say("")
    report.write(found, options.listed, None, str(target), None)
    return found


def _names(folder: Path) -> set[str]:
    """The names of the datasets below a folder; the tables of results are none."""
    return {source.name for source in sources(folder, []).values() if source.folder not in NO_DATASETS}


def _counterpart(other: Path, out: Path, stages: Sequence[Path]) -> Path:
    """The output as a whole for a folder of stages, else the stage that has most datasets of the same names."""
    if any((other / stage.name).is_dir() for stage in stages):
        return out
    names = {path.stem.upper() for path in other.iterdir() if path.is_file()}
    return max(stages, key=lambda stage: len(names & {path.stem.upper() for path in stage.glob("*.xpt")}))


def _register(specs: Sequence[Spec]) -> Register:
    """The accepted differences of the study."""
    path = specs[0].study.folder / REGISTER if specs else None
    return accepted.read(path, date.today()) if path is not None and path.is_file() else Register()


def _changes(out: Path, specs: Sequence[Spec]) -> tuple[list[str], list[str]]:
    """What changed in the specification since the build, and the outputs that are not as the build left them."""
    path = out / "manifest.json"
    if not path.is_file() or not specs:
        return [], []
    manifest = json.loads(path.read_text(encoding="utf-8"))
    now = hashes(specs[0].study.folder, _SPECIFICATION)
    outputs = {name: one for name, one in hashes(out, ("sdtm", "adam", "results")).items() if name not in STATES}
    built = {name: value for name, value in manifest["outputs"].items() if not name.startswith("qc/")}
    changed = [name for name in _different(manifest["specification"], now) if Path(name).name != _OF_NO_DATA]
    return changed, _different(built, outputs)


def _different(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
