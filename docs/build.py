"""Renders the documentation to one folder of static HTML: `python docs/build.py OUT`.

Nothing is fetched: the pages, their style and the search over headings work from the file system. A link that
leads nowhere is an error. `--write` writes the pages that are made from the code into docs/ and renders nothing.
"""

from __future__ import annotations

import json
import posixpath
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from markdown_it import MarkdownIt
from markdown_it.token import Token

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
THEME = DOCS / "theme"
ALSO = "Also: "
PAGES = (
    ("README.md", "index.html"),
    ("docs/getting-started.md", "getting-started.html"),
    ("docs/reference-study.md", "reference-study.html"),
    ("docs/your-own-study.md", "your-own-study.html"),
    ("docs/workbook.md", "workbook.html"),
    ("docs/record-rules.md", "record-rules.html"),
    ("docs/language.md", "language.html"),
    ("docs/derivations.md", "derivations.html"),
    ("docs/spec-tables.md", "spec-tables.html"),
    ("docs/criteria.md", "criteria.html"),
    ("docs/outputs.md", "outputs.html"),
    ("docs/linear-models.md", "linear-models.html"),
    ("docs/define.md", "define.html"),
    ("docs/formats.md", "formats.html"),
    ("docs/compare.md", "compare.html"),
    ("docs/conformance.md", "conformance.html"),
    ("docs/conformance-rules.md", "conformance-rules.html"),
    ("docs/explain.md", "explain.html"),
    ("docs/package.md", "package.html"),
    ("docs/oak.md", "oak.html"),
    ("docs/core-findings.md", "core-findings.html"),
    ("docs/architecture.md", "architecture.html"),
    ("CHANGELOG.md", "changelog.html"),
)


class BrokenLink(Exception):
    """One line per link that leads nowhere."""


@dataclass
class Page:
    """A page: its source (relative to the repository), its file, tokens, title and headings (level, anchor, text).

    also: by anchor, the further names under which a search finds the heading: those that a paragraph below it states
    behind "Also:", and the first cells of tables whose first column is headed "What".
    """

    source: str
    file: str
    tokens: list[Token]
    title: str = ""
    headings: list[tuple[int, str, str]] = field(default_factory=list)
    also: dict[str, str] = field(default_factory=dict)

    def name(self, names: str) -> None:
        """Further names of the last heading."""
        anchor = self.headings[-1][1]
        self.also[anchor] = ", ".join(filter(None, (self.also.get(anchor, ""), names)))

    @property
    def anchors(self) -> set[str]:
        return {anchor for _, anchor, _ in self.headings}


def anchor(text: str, taken: set[str]) -> str:
    """The anchor of a heading, as the forges make it: lower case, blanks to hyphens, other signs left out."""
    name = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    found, number = name, 0
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found


def read(source: str, file: str) -> Page:
    """A page as tokens, its headings numbered by anchors."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    page = Page(source, file, parser.parse((ROOT / source).read_text(encoding="utf-8")))
    for place, (token, inline) in enumerate(zip(page.tokens, page.tokens[1:], strict=False)):
        if token.type == "heading_open":
            text = "".join(part.content for part in inline.children or [])
            name = anchor(text, page.anchors)
            token.attrSet("id", name)
            page.headings.append((int(token.tag[1:]), name, text))
        elif token.type == "paragraph_open" and inline.content.startswith(ALSO) and page.headings:
            page.name("".join(part.content for part in inline.children or [])[len(ALSO) :])
            token.attrSet("class", "also")
        elif token.type == "table_open" and page.headings:
            page.name(", ".join(_titles(page.tokens[place:])))
    page.title = next((text for level, _, text in page.headings if level == 1), source)
    return page


def _titles(tokens: Sequence[Token]) -> list[str]:
    """The first cells of the table that begins here, if its first column is headed "What"."""
    end = next(place for place, token in enumerate(tokens) if token.type == "table_close")
    firsts = [tokens[place + 2].content for place in range(end) if tokens[place].type == "tr_open"]
    return [text for text in firsts[1:] if text] if firsts and firsts[0] == "What" else []


def relink(pages: Sequence[Page]) -> None:
    """Turn links between sources into links between pages; raises BrokenLink with all that lead nowhere."""
    by_source = {page.source: page for page in pages}
    broken = []
    for page in pages:
        for token in (part for inline in page.tokens for part in inline.children or []):
            target = str(token.attrGet("href") or "") if token.type == "link_open" else ""
            if not target or target.startswith("https://"):
                continue
            path, _, name = target.partition("#")
            source = posixpath.normpath(posixpath.join(posixpath.dirname(page.source), path)) if path else page.source
            found = by_source.get(source)
            if found is None or (name and name not in found.anchors):
                broken.append(f"{page.source}: the link {target!r} leads nowhere")
                continue
            token.attrSet("href", found.file + (f"#{name}" if name else ""))
    if broken:
        raise BrokenLink("\n".join(broken))


def _content(page: Page) -> str:
    renderer = MarkdownIt("commonmark", {"html": False}).enable("table").renderer
    html = str(renderer.render(page.tokens, _OPTIONS, {}))
    return html.replace("<table>", '<div class="table"><table>').replace("</table>", "</table></div>")


_OPTIONS: Any = MarkdownIt("commonmark", {"html": False}).options


def build(out: Path) -> list[Path]:
    """Write every page into `out`, and return the files. Raises BrokenLink."""
    pages = [read(source, file) for source, file in PAGES]
    relink(pages)
    out.mkdir(parents=True, exist_ok=True)
    loader = jinja2.FileSystemLoader(THEME)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    template = environment.get_template("page.html")
    written = []
    for page in pages:
        path = out / page.file
        path.write_text(template.render(page=page, pages=pages, content=_content(page)), encoding="utf-8")
        written.append(path)
    index = [
        {"page": page.title, "text": text, "url": f"{page.file}#{name}", "also": page.also.get(name, "")}
        for page in pages
        for _, name, text in page.headings
    ]
    (out / "search-index.js").write_text(f"const INDEX = {json.dumps(index, indent=0)};\n", encoding="utf-8")
    for name in ("style.css", "search.js"):
        shutil.copyfile(THEME / name, out / name)
    return [*written, out / "search-index.js", out / "style.css", out / "search.js"]


def write_generated() -> list[Path]:
    """Write the pages that are made from the code; the files that changed."""
    sys.path.insert(0, str(ROOT))
    from docs.generate import pages

    changed = []
    for name, text in pages().items():
        path = DOCS / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def main(arguments: Sequence[str]) -> int:
    if list(arguments) == ["--write"]:
        for path in write_generated():
            print(f"written: {path.relative_to(ROOT)}")
        return 0
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python docs/build.py OUT | --write", file=sys.stderr)
        return 2
    try:
        files = build(Path(arguments[0]))
    except BrokenLink as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(files)} files in {arguments[0]}; open {Path(arguments[0]) / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
