"""The little markup of texts that reviewers read: paragraphs, lists, tables, emphasis, links, constants.

    Paragraphs are parted by a blank line.
    - a line that begins with a hyphen is an item of a list

    # a line that begins with # is a heading
    | Acronym | Meaning |
    | irAE | immune-related adverse event |

Within a text: **bold**, *italic*, `code`, [a link](csdrg.pdf), {CONSTANT}; a backslash takes its meaning from the
sign behind it. Everything else is text: HTML is shown as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from specs.problem import nearest

_INLINE = re.compile(
    r"\\(?P<escaped>[^\w\s])|\*\*(?P<bold>[^*]+)\*\*|\*(?P<italic>[^*\s](?:[^*]*[^*\s])?)\*|`(?P<code>[^`]+)`"
    r"|\[(?P<shown>[^\]]+)\]\((?P<target>[^)\s]+)\)|\{(?P<name>[A-Za-z_]\w*)\}"
)
_TARGET = re.compile(r"#[\w.:-]+|(?!/)[\w.-]+(/[\w.-]+)*(#[\w.:-]+)?", re.ASCII)
_CELL = re.compile(r"(?<!\\)\|")


class MarkupError(Exception):
    """A text that cannot be shown: what is wrong, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = message, hint
        super().__init__(message)


@dataclass(frozen=True)
class Run:
    """A piece of a line that looks the same throughout. `link` is a file, or an anchor behind `#`."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


Inline = tuple[Run, ...]


@dataclass(frozen=True)
class Text:
    """A paragraph, or (`heading`) a heading inside a section."""

    runs: Inline
    heading: bool = False


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Grid:
    """A table; the first line is its head."""

    lines: tuple[tuple[Inline, ...], ...]


Piece = Text | Items | Grid


def parse(text: str, constants: Mapping[str, object] | None = None) -> tuple[Piece, ...]:
    """The pieces of a text. Raises MarkupError for an unknown constant and a link that leads elsewhere.

    >>> parse("Up to {CUTOFF}.", {"CUTOFF": "2025-04-30"})[0].runs
    (Run(text='Up to 2025-04-30.', bold=False, italic=False, code=False, link=''),)
    """
    return tuple(_pieces(text, constants or {}))


def _pieces(text: str, constants: Mapping[str, object]) -> Iterator[Piece]:
    kind, lines = "", list[str]()
    for line in [*text.replace("\r\n", "\n").split("\n"), ""]:
        found = _kind(line)
        if lines and (found != kind or kind == "heading"):
            yield _piece(kind, lines, constants)
            lines = []
        kind = found
        if line.strip():
            lines.append(line.strip())


def _kind(line: str) -> str:
    begin = line.lstrip()[:2]
    return {"- ": "items", "# ": "heading"}.get(begin, "grid" if begin[:1] == "|" else "text" if begin.strip() else "")


def _piece(kind: str, lines: list[str], constants: Mapping[str, object]) -> Piece:
    if kind == "items":
        return Items(tuple(inline(line[2:].strip(), constants) for line in lines))
    if kind == "grid":
        return Grid(tuple(_cells(line, constants) for line in lines))
    if kind == "heading":
        return Text(inline(lines[0][2:].strip(), constants), heading=True)
    return Text(inline(" ".join(lines), constants))


def _cells(line: str, constants: Mapping[str, object]) -> tuple[Inline, ...]:
    parts = _CELL.split(line.strip())
    inner = parts[1:-1] if parts[-1].strip() == "" else parts[1:]
    return tuple(inline(part.strip(), constants) for part in inner)


def inline(text: str, constants: Mapping[str, object] | None = None) -> Inline:
    """The runs of one line. Raises MarkupError."""
    found: list[Run] = []
    position = 0
    for match in _INLINE.finditer(text):
        found.append(Run(text[position : match.start()]))
        found += _runs(match, constants or {})
        position = match.end()
    found.append(Run(text[position:]))
    return _joined(run for run in found if run.text)


def _runs(match: re.Match[str], constants: Mapping[str, object]) -> Inline:
    kind = match.lastgroup or ""
    if kind == "target":
        if not _TARGET.fullmatch(match["target"]) or ".." in match["target"]:
            raise MarkupError(
                f"the link {match['target']!r} leads out of the submission",
                "link to a file of the same folder, or to an anchor behind #",
            )
        return tuple(replace(run, link=match["target"]) for run in inline(match["shown"], constants))
    if kind == "name":
        return (Run(_constant(match["name"], constants)),)
    if kind == "escaped":
        return (Run(match["escaped"]),)
    if kind == "code":
        return (Run(match["code"], code=True),)
    inner = inline(match[kind], constants)
    return tuple(replace(run, bold=run.bold or kind == "bold", italic=run.italic or kind == "italic") for run in inner)


def _constant(name: str, constants: Mapping[str, object]) -> str:
    if name not in constants:
        hint = nearest(name, constants) or "name a constant of study.toml, or write \\{ for the sign"
        raise MarkupError(f"{{{name}}} is no constant of the study", hint)
    value = constants[name]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _joined(runs: Iterator[Run]) -> Inline:
    """Runs that look alike as one."""
    found: list[Run] = []
    for run in runs:
        if found and replace(found[-1], text="") == replace(run, text=""):
            found[-1] = replace(run, text=found[-1].text + run.text)
        else:
            found.append(run)
    return tuple(found)


def plain(runs: Inline) -> str:
    """The text without its looks."""
    return "".join(run.text for run in runs)
