"""The report of a comparison for reading: one HTML file that needs no other."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from formats import html_templates
from qc.compare import shown
from qc.compare.result import DIFFERENT, EQUAL, FAILED, Comparison

TEMPLATES = Path(__file__).parents[1] / "templates"
RESULTS = {EQUAL: "equal", DIFFERENT: "different", FAILED: "not compared"}
SIDES = {"base": "base", "compare": "compare"}


def text(found: Comparison, title: str = "Comparison") -> str:
    """The comparison as HTML: every text of the data escaped, light or dark as the reader's system is."""
    environment = html_templates.environment(TEMPLATES, _printable)
    environment.filters["count"] = lambda value: f"{value:,d}"
    environment.filters["difference"] = shown.number
    environment.globals |= {"key": shown.key, "parts": parts, "results": RESULTS, "sides": SIDES}
    names = sorted({variable.name for dataset in found.datasets for variable in dataset.variables if variable.unequal})
    counts = {name: sum(dataset.exit_code == code for dataset in found.datasets) for code, name in RESULTS.items()}
    return environment.get_template("compare.html").render(found=found, title=title, names=names, counts=counts)


def _printable(value: object) -> object:
    """What a template puts out: texts of the data without control characters, its own mark-up as it is."""
    return shown.printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def parts(base: str | None, compare: str | None, numeric: bool) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Two values, each as what they begin with in common, what differs, and what they end with in common.

    >>> parts("left arm", "left leg", False)
    (('left ', 'arm', ''), ('left ', 'leg', ''))
    """
    left, right = shown.value(base, numeric), shown.value(compare, numeric)
    if numeric or base is None or compare is None:
        return ("", left, ""), ("", right, "")
    start = next((i for i, (a, b) in enumerate(zip(left, right)) if a != b), min(len(left), len(right)))
    most = min(len(left), len(right)) - start
    tail = zip(reversed(left), reversed(right))
    end = next((i for i, (a, b) in enumerate(tail) if a != b or i == most), most)
    return _split(left, start, end), _split(right, start, end)


def _split(text: str, start: int, end: int) -> tuple[str, str, str]:
    return text[:start], text[start : len(text) - end], text[len(text) - end :]
