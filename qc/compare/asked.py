"""A comparison as the command line asks for it: options as texts, reports as files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from qc.compare import accepted, options, report, text_report
from qc.compare.accepted import Register
from qc.compare.described import of_specs
from qc.compare.options import Options, fault
from qc.compare.run import compare_paths
from specs.model import Spec

REGISTER = "accepted.csv"


def compared(
    base: str,
    compare: str,
    asked: Mapping[str, Any],
    specs: Sequence[Spec] = (),
    study: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[list[str], int]:
    """Compare, write the reports asked for, and give the report as text and the exit code.

    asked: the options of `build compare` by name; one that is absent has its default. specs: the specification of
    the study in the folder `study`. Raises DataError for what is wrong with the options.
    """
    say = progress or (lambda text: None)
    chosen = options_of(asked)
    register = _register(asked, study)
    found = compare_paths(
        Path(base), Path(compare), chosen, of_specs(specs), register, lambda name: say(f"comparing {name} ...")
    )
    say("")
    written = report.write(found, chosen.listed, asked.get("text"), asked.get("html"), asked.get("json"))
    lines = list(text_report.lines(found, chosen.listed, bool(asked.get("brief")), bool(asked.get("full"))))
    return [*lines, *(f"written: {path}" for path in written)], found.exit_code


def options_of(asked: Mapping[str, Any]) -> Options:
    """The options as they are meant. Raises DataError."""
    general = options.general_tolerance(asked.get("method"), asked.get("criterion"))
    return Options(
        by=options.keys(asked.get("by", ())),
        tolerance=general,
        tolerances=options.tolerances(asked.get("tolerance", ()), general),
        datasets=options.names(asked.get("datasets", ())),
        only=options.names(asked.get("only", ())),
        drop=options.names(asked.get("drop", ())),
        where=asked.get("where") or "",
        ignore=options.ignored(asked.get("ignore", ())),
        ignore_case=bool(asked.get("ignore_case")),
        ignore_trailing_blanks=bool(asked.get("ignore_trailing_blanks")),
        blank_is_missing=bool(asked.get("blank_is_missing")),
        special_alike=bool(asked.get("special_alike")),
        missing_equals=asked.get("missing_equals") or "",
        listed=int(asked.get("listed", 50)),
        encoding=asked.get("encoding") or None,
    )


def _register(asked: Mapping[str, Any], study: Path | None) -> Register:
    """The register that is named, else that of the study, else none."""
    given = asked.get("as_of")
    try:
        as_of = date.fromisoformat(given) if given else date.today()
    except ValueError:
        raise fault("--as-of", f"{given!r} is no date", "write it as 2026-12-31") from None
    if asked.get("accepted"):
        return accepted.read(Path(asked["accepted"]), as_of)
    if study is not None and (study / REGISTER).is_file():
        return accepted.read(study / REGISTER, as_of)
    return Register()
