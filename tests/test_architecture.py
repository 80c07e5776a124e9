"""Who may import whom: the table of docs/architecture.md, held by the code's own imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ALLOWED: dict[str, set[str]] = {
    "derivations": set(),
    "formats": set(),
    "simulate": set(),
    "language": {"derivations"},
    "specs": {"language", "derivations"},
    "engine": {"specs", "language", "derivations"},
    "sdtm": {"engine", "specs", "language", "derivations", "formats"},
    "adam": {"engine", "specs", "language", "derivations", "formats"},
    "results": {"engine", "specs", "language", "formats", "workers"},
    "define": {"formats", "specs", "language"},
    "qc": {"engine", "specs", "language", "formats", "define"},
    "submission": {"engine", "specs", "language", "formats", "define", "qc"},
    "workers": set(),
    "pipeline_parts": {"adam", "engine", "formats", "sdtm", "specs", "submission", "workers"},
    "pipeline_found": {"formats", "pipeline", "specs"},
    "pipeline_standing": {"adam", "engine", "formats", "pipeline", "pipeline_found", "sdtm", "specs", "submission"},
    "pipeline_stages": {
        "adam", "engine", "formats", "pipeline", "pipeline_parts", "pipeline_standing", "sdtm", "specs", "submission",
        "workers",
    },
    "pipeline_aside": {"pipeline", "results", "specs", "workers"},
    "pipeline_check": {"adam", "define", "engine", "pipeline", "results", "sdtm", "specs"},
    "pipeline_define": {
        "define", "derivations", "formats", "pipeline", "pipeline_found", "pipeline_standing", "pipeline_submission",
        "specs", "submission",
    },
    "pipeline": {
        "adam", "define", "derivations", "engine", "formats", "language", "pipeline_aside", "pipeline_check",
        "pipeline_define", "pipeline_found", "pipeline_parts", "pipeline_stages",
        "pipeline_standing", "pipeline_submission", "qc", "results", "sdtm", "simulate", "specs", "submission",
        "workers",
    },
    "pipeline_explain": {"adam", "engine", "formats", "pipeline", "qc", "sdtm", "specs"},
    "pipeline_quality": {"formats", "pipeline", "pipeline_standing", "qc", "specs", "submission"},
    "pipeline_submission": {
        "adam", "define", "formats", "pipeline", "pipeline_found", "sdtm", "specs", "submission",
    },
    "cli": {
        "cli_compare", "cli_convert", "cli_ct", "cli_define", "cli_explain", "cli_quality", "cli_spec", "cli_stages",
        "cli_submission", "pipeline", "pipeline_explain", "specs", "workers",
    },
    "cli_compare": set(),
    "cli_convert": {"formats"},
    "cli_ct": {"pipeline", "pipeline_quality"},
    "cli_define": {"pipeline"},
    "cli_explain": {"pipeline", "pipeline_explain"},
    "cli_quality": {"pipeline", "pipeline_quality"},
    "cli_stages": {"cli_progress", "pipeline", "pipeline_standing"},
    "cli_progress": set(),
    "cli_spec": {"pipeline", "sdtm", "specs", "submission"},
    "cli_submission": {"cli_stages", "pipeline", "pipeline_submission", "submission"},
}  # fmt: skip
FILES = (
    "cli", "cli_compare", "cli_convert", "cli_ct", "cli_define", "cli_explain", "cli_progress", "cli_quality",
    "cli_spec", "cli_stages", "cli_submission", "pipeline", "pipeline_aside", "pipeline_check",
    "pipeline_define", "pipeline_explain", "pipeline_found",
    "pipeline_parts", "pipeline_quality", "pipeline_stages", "pipeline_standing", "pipeline_submission",
)  # fmt: skip
MODULES = sorted(
    path
    for package in ALLOWED
    for path in ([ROOT / f"{package}.py"] if package in FILES else (ROOT / package).rglob("*.py"))
)


def _package(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found & set(ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_layers(path: Path) -> None:
    package = _package(path)
    assert _imported(path) - {package} <= ALLOWED[package]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_from_a_specification_is_executed(path: Path) -> None:
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "compile", "__import__"}
    assert not _imported_anything(path) & {"pickle", "subprocess", "marshal", "shelve"}


def _imported_anything(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("package", ["engine", "language", "derivations", "specs", "formats", "define", "results"])
def test_the_engine_knows_no_study(package: str) -> None:
    """Rules, arms, visits and drugs of the reference study stand in its tables only."""
    words = ("NCT06178146", "THYMALFASIN", "TARGET IRAE", 'RELW1"', "Thymosin", "CORTICOSTEROID")
    for path in (ROOT / package).rglob("*.py"):
        text = _without_docstrings(path)
        assert not [word for word in words if word in text], path


def _without_docstrings(path: Path) -> str:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    """About 300 lines a file; a file that grows past it holds two concerns."""
    assert path.read_text(encoding="utf-8").count("\n") <= 360
