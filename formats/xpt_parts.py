"""What a transport file needs that is written in parts (`formats.xpt_write.write_part`)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from formats.coded import Coded
from formats.xpt_layout import V5


def text_length(coded: Coded, encoding: str) -> int:
    """The length in bytes that a text variable needs for these values, at least 1, at most what a variable may have.

    Values that are not in the encoding do not count: writing refuses them.
    """
    values = coded.values[coded.used()]
    if encoding.lower().replace("_", "-") in ("ascii", "us-ascii", "utf-8"):
        try:
            longest = pc.max(pc.binary_length(pc.utf8_rtrim(pa.array(values, pa.string()), " "))).as_py()
            return min(max(1, longest or 0), V5.text)
        except UnicodeEncodeError:
            pass  # a lone surrogate
    lengths = (len(value.rstrip(" ").encode(encoding, "ignore")) for value in values.tolist())
    return min(max(1, max(lengths, default=0)), V5.text)
