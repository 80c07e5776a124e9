"""The page of every function: those of the language, the derivations, the statistics; and the idioms."""

from __future__ import annotations

import csv
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

import derivations
from derivations.registry import SUBJECTS, Derivation
from docs import idiom_rows
from docs.markdown import cell, docstring
from engine.single import FrameScope
from language.errors import ExpressionError
from language.functions import UNWRITTEN
from language.parse import parse
from language.reference import AGGREGATES, FUNCTIONS, WINDOWS, Described
from language.resolve import resolve
from results.call import Call
from results.call_options import caller_options
from results.figures import FIGURES
from results.figures.registry import Known as KnownFigure
from results.statistics import STATISTICS
from results.statistics.registry import Known
from specs.problem import Place

DOCS = Path(__file__).resolve().parent
CASES = DOCS.parent / "tests" / "cases"
EXAMPLES, LONGEST = 8, 130
LONGEST_LINE = 92
ELSEWHERE = "Other"

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def page() -> str:
    """The whole page as Markdown."""
    by_subject = _by_subject()
    parts = [
        _HEAD,
        _finder(by_subject),
        *(_section(subject, entries) for subject, entries in by_subject.items()),
        "## Statistics\n",
        "A cell of Statistics is one call of these. Columns come first, options by name; a default is used where an "
        "option is not written.\n",
        *(_statistic(known) for known in STATISTICS.values()),
        "## Figures\n",
        "A cell of Figures is one call of these, every argument by its name. What has no default must be written. "
        "Expressions and variables are written as they are, texts in quotes; an option may name a constant of the "
        "study. `specs/nct06178146/results/Figures.csv` has rows.\n",
        *(_figure(known) for known in FIGURES.values()),
        idiom_rows.section(),
        _names(),
    ]
    return "\n".join(parts)


_HEAD = textwrap.dedent("""\
    # Functions

    This page is made from the code by `python docs/build.py --write`; edit the docstrings in `derivations/`,
    `results/statistics/` and `results/figures/`, `language/reference.py`, the cases in `tests/cases/` and the idioms
    in `docs/idioms/` instead.

    Every function that an expression may call, by subject; then the statistics, the figures, rows for what
    programmers know by a name ([Idioms](#idioms)), and the [names of other tools](#names-of-other-tools). The search
    on the left finds all of them: `derive_vars_dy`, `INTCK`, `AOCCPFL`.

    An argument may be written by its name; one in square brackets may be left out, dots stand for any number of them.
    Dates given as ISO 8601 texts are turned into days where a function says so. Units come from the specification and
    are not written; a codelist is that of the variable being filled, or the one that is named, `codelist='NY'`. A date
    under *Gives* stands for its number: days since 1960-01-01, or seconds where it has a time. What each function does
    first is also its method text in the define.xml. Examples are run as tests.
    """)


def _by_subject() -> Mapping[str, list[Described | Derivation]]:
    """Every function by subject, in the order of SUBJECTS and by name."""
    everything: list[Described | Derivation] = [*FUNCTIONS, *derivations.REGISTRY.values()]
    found = {subject: [entry for entry in everything if entry.subject == subject] for subject in SUBJECTS}
    found[ELSEWHERE] = [entry for entry in everything if entry.subject not in SUBJECTS]
    return {subject: sorted(entries, key=lambda entry: entry.name) for subject, entries in found.items() if entries}


def anchor(heading: str) -> str:
    """The anchor of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _finder(by_subject: Mapping[str, list[Described | Derivation]]) -> str:
    lines = ["| Subject | Functions |", "|---|---|"]
    for subject, entries in by_subject.items():
        links = " · ".join(f"[{entry.name}](#{entry.name})" for entry in entries)
        lines.append(f"| [{subject}](#{anchor(subject)}) | {links} |")
    links = " · ".join(f"[{name}](#{anchor(name)})" for name in idiom_rows.groups())
    return "\n".join([*lines, f"| [Idioms](#idioms) | {links} |", ""])


def _section(subject: str, entries: list[Described | Derivation]) -> str:
    parts = [f"## {subject}\n"]
    if subject == AGGREGATES:
        parts.append(_INTRODUCTION[AGGREGATES] + "\n" + _events())
    elif subject == WINDOWS:
        parts.append(_INTRODUCTION[WINDOWS])
    return "\n".join([*parts, *(_own(e) if isinstance(e, Described) else _derivation(e) for e in entries)])


_INTRODUCTION = {
    AGGREGATES: textwrap.dedent("""\
        An aggregate makes one value of the rows of a table that have the subject of the record. `where=` says which
        rows count, `by=X` that their X equals that of the record, `subjects='all'` that the rows of all subjects count;
        bare names alone mean the dataset's own records. [The expression language](language.md#aggregates) has the
        whole rule. The examples fill a variable of DM for the subjects 01, 02 and 03, from this dataset AE:
        """),
    WINDOWS: textwrap.dedent("""\
        A window numbers and compares a dataset's own records, always inside the subject, and inside `by=` if it is
        written. The examples fill a variable of the dataset AE [above](#aggregates), for its records in their order.
        """),
}


def _events() -> str:
    """The dataset AE of the examples, as the page of the language has it."""
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    found = re.search(r"^\| USUBJID \|.*\n(?:\|.*\n)+", text, flags=re.MULTILINE)
    assert found is not None
    return found[0]


def _own(entry: Described) -> str:
    """A function of the language."""
    head = f"### {entry.name}\n\n```text\n{entry.call} -> {entry.returns}\n```\n\n{cell(entry.rule)}\n"
    return "\n".join([head, f"*Missing:* {cell(entry.missing)}.\n", *_shown(entry), _footer(entry.source, entry.also)])


def _shown(entry: Described) -> Iterator[str]:
    heads = {
        AGGREGATES: ("Expression in DM", "01", "02", "03"),
        WINDOWS: ("Expression in AE", "01-1", "01-2", "01-3", "02-1"),
    }
    if entry.examples:
        rows = [[f"`{part}`" if "(" in part or " + " in part else part for part in row] for row in entry.examples]
        yield table(heads.get(entry.subject, ("With", "Expression", "Gives")), rows)
    if entry.shown:
        yield f"```text\n{entry.shown}\n```\n"


def table(heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(part.replace("|", "\\|") for part in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _footer(source: str, also: str) -> str:
    return f"*Source:* {cell(source)}.\n\n" + (f"Also: {cell(also)}\n" if also else "")


# --- derivations ----------------------------------------------------------------------------------------


def _derivation(known: Derivation) -> str:
    call = _call(known.name, _parameters(known.function), known.returns)
    head = f"### {known.name}\n\n```text\n{call}\n```\n"
    rows = _examples(known)
    shown = table(("Case", "Expression", "Gives"), rows) if rows else ""
    text = docstring(known.function, example=not rows)
    return "\n".join([head, text, shown, _footer(known.source, known.also)])


def _call(name: str, parts: list[str], returns: str) -> str:
    """A signature, its parameters in as many lines as they need."""
    gives = f" -> {returns}" if returns else ""
    call = f"{name}({', '.join(parts)}){gives}"
    if len(call) <= LONGEST_LINE:
        return call
    lines = textwrap.wrap(", ".join(parts), LONGEST_LINE - 4, break_long_words=False, break_on_hyphens=False)
    return "\n".join([f"{name}(", *(f"    {line}" for line in lines), f"){gives}"])


def _parameters(function: Callable[..., object]) -> list[str]:
    parts = []
    for item in inspect.signature(function).parameters.values():
        if str(item.annotation).split(" ")[0].strip("'\"") in UNWRITTEN or item.name == "items":
            continue
        if item.kind is inspect.Parameter.VAR_POSITIONAL:
            parts.append(f"{item.name} ...")
        elif item.default is None:
            parts.append(f"[{item.name}]")
        elif item.default is inspect.Parameter.empty:
            parts.append(item.name)
        else:
            parts.append(f"{item.name}={item.default!r}")
    return parts


def _examples(known: Derivation) -> list[list[str]]:
    """Cases of a derivation that can be written as expressions of constants, the first of every set of arguments."""
    with (CASES / f"{known.name}.csv").open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines))
    found: list[tuple[str, list[str]]] = []
    for row in cases:
        call = _written(known, row)
        if call is not None and len(call) <= LONGEST and _resolves(call):
            given = ",".join(name for name, value in row.items() if value and name not in ("case", "expected"))
            found.append((given, [cell(row["case"]), f"`{call}`", _gives(known, row["expected"])]))
    new = [place for place, (given, _) in enumerate(found) if given not in [other for other, _ in found[:place]]]
    kept = list(dict.fromkeys([*new, *range(len(found))]))[:EXAMPLES]
    return [found[place][1] for place in sorted(kept)]


def _written(known: Derivation, row: Mapping[str, str]) -> str | None:
    """A case as a call; None for one that needs a codelist or units."""
    parts: list[str] = []
    left_out = False
    for name, item in inspect.signature(known.function).parameters.items():
        annotation = str(item.annotation)
        if annotation in ("Codelist", "Units") or name == "items":
            return None
        if item.kind is item.VAR_POSITIONAL:
            parts += [_literal("Text", row[column]) for column in row if column.startswith(f"{name}.")]
            continue
        given = row.get(name, "")
        if not given and item.default is not item.empty:
            left_out = True
            continue
        value = _literal(annotation, "" if given == "." and item.default is None else given)
        parts.append(f"{name}={value}" if left_out or item.kind is item.KEYWORD_ONLY else value)
    return f"{known.name}({', '.join(parts)})"


def _literal(annotation: str, text: str) -> str:
    """A cell of a case as a constant of the language; dates and moments as calls that make their numbers."""
    word = annotation.split("|")[0].strip()
    if word in ("bool", "Condition"):
        return text
    if word in ("Text", "Iso", "str"):
        quoted = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{quoted}'" if text or word == "str" else "None"
    if _MOMENT.fullmatch(text):
        return f"datetime('{text}')"
    if _DAY.fullmatch(text):
        return f"'{text}'" if word == "Day" else f"date('{text}')"
    return text or "None"


def _resolves(call: str) -> bool:
    try:
        resolve(parse(call), FrameScope(pd.DataFrame(), {}))
    except ExpressionError:
        return False
    return True


def _gives(known: Derivation, expected: str) -> str:
    if known.returns == "condition":
        return expected.lower()
    if not expected:
        return "missing"
    if known.returns != "number":
        return f"'{cell(expected)}'"
    return f"{float(expected):.15g}" if re.fullmatch(r"-?\d+\.\d+", expected) else expected


def _statistic(known: Known) -> str:
    options = [f"{name}=..." for name in caller_options(known)]
    options += [f"{name}={value!r}" for name, value in known.constants.items()]
    head = f"### {known.name}\n\n```text\n{known.name}({', '.join([*known.columns, *options])})\n```\n"
    return f"{head}\n{docstring(known.function)}\n\n{_template_names(known)}\n"


def _template_names(known: Known) -> str:
    """The names that a template may use: those of the statistic, and those of a point of it."""
    named = {"at": (50.0,), "levels": ("A",), "tau": 50.0}
    options = {name: named.get(name, value) for name, value in known.constants.items()}
    call = Call(known, "", Place(known.name), dict.fromkeys(known.columns, "AVAL"), options)
    if call.modelled:
        call = replace(call, covariates=("BASE",))
    values = call.of_nothing().values()
    whole = dict.fromkeys(f"`{value.name}`" for value in values if value.level is None)
    at_point = dict.fromkeys(f"`{value.name}`" for value in values if value.level is not None)
    found = [f"*Names in Template:* {', '.join(whole)}." if whole else ""]
    found.append(f"*At a point, named in Statistic of Lines:* {', '.join(at_point)}." if at_point else "")
    return "\n\n".join(text for text in found if text)


def _figure(known: KnownFigure) -> str:
    needed = [f"{name}=..." for name in known.arguments if name not in known.defaults]
    options = [f"{name}={value!r}" for name, value in known.defaults.items()]
    call = _call(known.name, [*needed, *options], "")
    return f"### {known.name}\n\n```text\n{call}\n```\n\n{docstring(known.function)}"


# --- names of other tools -------------------------------------------------------------------------------


def names() -> Mapping[str, list[tuple[str, str]]]:
    """Every name under which something may be looked for, with the headings where it stands: (text, anchor)."""
    found: dict[str, list[tuple[str, str]]] = {}
    entries: list[Any] = [*FUNCTIONS, *derivations.REGISTRY.values()]
    pairs = [(entry.also, (entry.name, entry.name)) for entry in entries]
    pairs += [(also, (group, anchor(group))) for group, also in idiom_rows.groups().items()]
    for also, place in pairs:
        for name in also.split(","):
            if name.strip():
                found.setdefault(name.strip(), []).append(place)
    return dict(sorted(found.items(), key=lambda pair: (pair[0].lstrip("-").lower(), pair[0])))


def _names() -> str:
    rows = [[cell(name), " · ".join(f"[{text}](#{target})" for text, target in dict.fromkeys(places))]
            for name, places in names().items()]  # fmt: skip
    return (
        "## Names of other tools\n\nFunctions of admiral, sdtm.oak, SAS and R, variables of SDTM and ADaM, and words "
        "of the field, with what stands for them here.\n\n" + table(("Name", "Here"), rows)
    )
