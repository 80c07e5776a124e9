"""Forms: that each row names a raw table, its columns, and visits of the trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specs.model import FormRow
from specs.problem import Place, nearest

if TYPE_CHECKING:
    from specs.check import Compiler


def check_forms(compiler: Compiler) -> None:
    """Note every row of Forms that names no raw table or no column of it, and a column that stands in two rows."""
    raw = [name for name, table in compiler.inputs.items() if table.raw]
    seen: dict[tuple[str, str], Place] = {}
    for row in compiler.spec.forms:
        if row.form not in raw:
            compiler.add(row.at("Form"), f"{row.form!r} is no raw table", nearest(row.form, raw))
            continue
        _check_columns(compiler, row, seen)


def _check_columns(compiler: Compiler, row: FormRow, seen: dict[tuple[str, str], Place]) -> None:
    known = compiler.inputs[row.form].columns
    for name in row.columns or ("",):
        if name and name not in known:
            compiler.add(row.at("Columns"), f"{row.form} has no column {name!r}", nearest(name, known))
        elif (row.form, name) in seen:
            what = f"{row.form}.{name}" if name else f"the form {row.form}"
            compiler.add(
                row.at("Columns"), f"{what} stands here a second time", f"it stands first at {seen[row.form, name]}"
            )
        seen.setdefault((row.form, name), row.place)
