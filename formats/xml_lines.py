"""XML read element by element with the line of each, however long the file; no document type, nothing fetched.

libxml2 counts lines to 65,535 only, so expat reads here; the elements are those of lxml.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from lxml import etree

from formats.xml_stream import DOCTYPE, XmlFault

_CHUNK = 1 << 16
_DEEPEST = 256
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""")
_OF_EXPAT = ("utf-8", "ascii", "utf-16", "iso8859-1")

Event = tuple[str, etree._Element, int]
Skip = Callable[[str, dict[str, str]], bool]


def events(file: IO[bytes], skip: Skip | None = None) -> Iterator[Event]:
    """("start" or "end", element, the line on which it starts). Raises XmlFault.

    At its start an element has its attributes, at its end also its children and, if it has none, its text.
    skip: told the name (`namespace}name`) and the attributes of an element, whether to pass it over with all
    that it holds.
    """
    data = file.read(_CHUNK)
    decoder = _decoder(data)
    builder = _Builder("utf-8" if decoder else None, skip)
    line = 1
    try:
        while data:
            text = decoder.decode(data).encode() if decoder else data
            yield from builder.feed(text)
            line = builder.parser.CurrentLineNumber
            data = file.read(_CHUNK)
        yield from builder.feed(b"", last=True)
    except expat.ExpatError as error:
        raise XmlFault(expat.ErrorString(error.code) or "it is no XML", error.lineno) from None
    except UnicodeDecodeError as error:
        raise XmlFault(f"a byte is not in the encoding {error.encoding}", line) from None
    except ValueError as error:  # a name that lxml does not take
        raise XmlFault(str(error), builder.parser.CurrentLineNumber) from None


def _decoder(start: bytes) -> codecs.IncrementalDecoder | None:
    """For an encoding that expat does not know."""
    found = _DECLARED.match(start)
    if not found:
        return None
    declared = found[1].decode("ascii")
    try:
        codec = codecs.lookup(declared)
    except LookupError:
        raise XmlFault(f"the encoding {declared!r} is unknown", 1) from None
    return None if codec.name in _OF_EXPAT else codec.incrementaldecoder()


class _Builder:
    """Makes elements of what expat reports."""

    def __init__(self, encoding: str | None, skip: Skip | None) -> None:
        self.skip, self.skipped = skip, 0
        self.parser = expat.ParserCreate(encoding, namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.open: list[tuple[etree._Element, int, list[str]]] = []
        self.found: list[Event] = []

    def feed(self, data: bytes, *, last: bool = False) -> list[Event]:
        self.found = []
        self.parser.Parse(data, last)
        return self.found

    def _doctype(self, *_: object) -> None:
        raise XmlFault(DOCTYPE, self.parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self.skipped or (self.skip is not None and self.skip(name, attributes)):
            self.skipped += 1
            return
        line = self.parser.CurrentLineNumber
        if len(self.open) >= _DEEPEST:
            raise XmlFault(f"elements are nested more than {_DEEPEST} deep", line)
        stated = {"{" + key if "}" in key else key: value for key, value in attributes.items()}
        tag = "{" + name if "}" in name else name
        if self.open:
            parent, _, pieces = self.open[-1]
            pieces.clear()
            element = etree.SubElement(parent, tag, stated)
        else:
            element = etree.Element(tag, stated)
        self.open.append((element, line, []))
        self.found.append(("start", element, line))

    def _end(self, _: str) -> None:
        if self.skipped:
            self.skipped -= 1
            return
        element, line, pieces = self.open.pop()
        if pieces and not len(element):
            element.text = "".join(pieces)
        self.found.append(("end", element, line))

    def _text(self, text: str) -> None:
        if not self.skipped:
            self.open[-1][2].append(text)
