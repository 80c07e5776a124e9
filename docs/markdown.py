"""Docstrings and texts as Markdown, for the pages that are made from the code."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Iterator


def cell(text: str) -> str:
    """A text in which Markdown finds nothing to interpret."""
    for mark in ("|", "<"):
        text = text.replace(mark, "\\" + mark)
    parts = text.split("`")
    step = 2 if len(parts) % 2 else 1  # inside of code a star is a star
    parts[::step] = [part.replace("*", "\\*") for part in parts[::step]]
    return "`".join(parts)


def docstring(function: Callable[..., object], example: bool = True) -> str:
    """The docstring as Markdown: prose, arguments as a list, the example (unless it is left out) as code."""
    return "\n".join(_blocks(inspect.getdoc(function) or "", example)) + "\n"


def _blocks(text: str, example: bool) -> Iterator[str]:
    lines = text.splitlines()
    position = 0
    while position < len(lines):
        line = lines[position]
        if line.startswith(("Args:", "Example:", "Examples:")):
            stop = position + 1
            while stop < len(lines) and (not lines[stop] or lines[stop].startswith(" ")):
                stop += 1
            if example or not line.startswith("Example"):
                yield from _section(line, textwrap.dedent("\n".join(lines[position + 1 : stop])).strip())
            position = stop
        elif line.startswith(">>>"):
            stop = next((i for i in range(position, len(lines)) if not lines[i].strip()), len(lines))
            yield from _section("Example", "\n".join(lines[position:stop]))
            position = stop
        else:
            head, colon, rest = line.partition(":")
            yield f"*{head}:*{cell(rest)}" if colon and head in ("Missing", "Returns", "Raises") else cell(line)
            position += 1


def _section(title: str, body: str) -> Iterator[str]:
    if title.startswith("Example"):
        yield f"```python\n{body}\n```\n"
        return
    entries: list[str] = []
    for line in body.splitlines():
        if line.startswith(" ") and entries:
            entries[-1] += " " + line.strip()
        elif line.strip():
            entries.append(line.strip())
    for entry in entries:
        name, _, meaning = entry.partition(":")
        yield f"- `{name}`: {cell(meaning.strip())}"
    yield ""
