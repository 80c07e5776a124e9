"""From the text of an expression to its tree. Python's syntax, read with `ast`; nothing is ever executed."""

from __future__ import annotations

import ast
import re
import warnings
from functools import lru_cache

from language import tree
from language.errors import ExpressionError
from language.habits import damage, habits
from language.reader import Reader

__all__ = ["ExpressionError", "parse", "parse_list", "with_prefix"]

# a text in quotes, a name in backticks, `--` that begins a name (the prefix of the dataset), or a comment
_TOKENS = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`([^`]+)`|(?<![\w)\]])--(?=[A-Z])|\#""")
_TWO_TEXTS = re.compile(r"""['"]\s*['"]""")
_LIMIT = 10_000


def with_prefix(text: str, prefix: str) -> str:
    """Put the two letters of a domain for `--` in every name of an expression.

    >>> with_prefix("study_day(--STDTC, DM.RFSTDTC) if X == '--' else 0", "AE")
    "study_day(AESTDTC, DM.RFSTDTC) if X == '--' else 0"
    """
    return _TOKENS.sub(lambda found: found.group(0) if found.group(0) != "--" else prefix, text)


@lru_cache(maxsize=20_000)
def parse(text: str) -> tree.Node:
    """The tree of an expression.

    Raises ExpressionError for text that is no expression, or that uses Python beyond the language.

    >>> parse("AGE >= 65")
    Compare(operator='>=', left=Name(name='AGE'), right=Constant(value=65.0, type='number'), type='condition')
    """
    if not text.strip():
        raise ExpressionError("the expression is empty")
    if len(text) > _LIMIT:
        raise ExpressionError(f"the expression is longer than {_LIMIT} characters", "use working variables")
    source, names = _plain(text.strip())
    try:
        with warnings.catch_warnings():
            # a text such as '\\d+' is a pattern; Python would warn of its backslash
            warnings.simplefilter("ignore")
            body = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        detail = getattr(error, "msg", "") or "not an expression"
        raise ExpressionError(f"cannot be read: {detail}: {_short(text)!r}", _hint(text)) from None
    try:
        return Reader(names).node(body)
    except RecursionError:
        raise ExpressionError("the expression is nested too deeply", "use working variables") from None


def parse_list(text: str) -> tree.Sequence:
    """The trees of expressions parted by commas, as in Order and One Per.

    >>> [type(item).__name__ for item in parse_list("AESTDTC, desc(AESEQ)").items]
    ['Name', 'Call']
    """
    node = parse(text)
    return node if isinstance(node, tree.Sequence) else tree.Sequence((node,))


def _plain(text: str) -> tuple[str, dict[str, str]]:
    """The text on one line with identifiers in the place of names in backticks, and the names behind them."""
    names: dict[str, str] = {}
    stem = "quoted_"
    while stem in text:
        stem += "_"

    def quote(found: re.Match[str]) -> str:
        part = found.group(0)
        if part == "#":
            hint = damage(text) or "remarks belong into the Comment column"
            raise ExpressionError("'#' is not part of the language", hint)
        if part == "--":
            raise ExpressionError(
                "'--' stands for the prefix of a dataset, and this cell belongs to none",
                "it works in mapping files, Tests and Checks; write the name in full",
            )
        if found.group(2) is None:
            _check_single(text, found)
            return part
        name = f"{stem}{len(names)}_"
        names[name] = found.group(2)
        return name

    return re.sub(r"[\r\n\t]+", " ", _TOKENS.sub(quote, text)), names


def parsed(text: str) -> tree.Node | None:
    """The tree of an expression, None for one that cannot be read: the compilation of the stage tells of it."""
    try:
        return parse(text)
    except ExpressionError:
        return None


def _check_single(text: str, found: re.Match[str]) -> None:
    """Python would silently join texts that stand side by side; a forgotten comma or SAS's '' is meant."""
    if _TWO_TEXTS.match(text, found.end() - 1):
        raise ExpressionError(
            f"two texts stand side by side: {_short(text[found.start() :])}",
            "put a comma or + between them; an apostrophe inside a text is written \\' or the text in double quotes",
        )


def _hint(text: str) -> str:
    if text.count("`") % 2:
        return "a name in backticks ends with a backtick"
    return habits(text)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
