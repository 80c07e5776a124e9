"""Builds that many tests read: made once for a test run, from the spec tables and simulated raw data alone."""

from __future__ import annotations

from pathlib import Path

import pytest

import pipeline
import simulate

SHARED = Path(__file__).parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--explained 200`: how many random values of each dataset are computed again from their leaves."""
    parser.addoption("--explained", type=int, default=12, metavar="N", help="values per dataset in test_explain_again")


@pytest.fixture(scope="session")
def explained_values(request: pytest.FixtureRequest) -> int:
    """How many values of a dataset are computed again."""
    return int(request.config.getoption("--explained"))


def needs_shared(path: str) -> Path:
    """A folder or file of the shared material; the test is skipped, with the reason, where it is absent."""
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"../shared/{path} is not here (shared material is not part of the project)")
    return found


def _build(tmp_path_factory: pytest.TempPathFactory, mode: str) -> Path:
    folder = tmp_path_factory.mktemp(mode)
    simulate.write(mode, folder / "raw")
    pipeline.everything(pipeline.Request(pipeline.REFERENCE, folder / "out", folder / "raw"))
    return folder / "out"


@pytest.fixture(scope="session")
def golden_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference study built from the eight golden subjects."""
    return _build(tmp_path_factory, "golden")


@pytest.fixture(scope="session")
def study_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference study built from its simulated subjects with the messiness register."""
    return _build(tmp_path_factory, "study")
