"""What an ItemDef and its ItemRef say: the attributes of a variable, or of one value of it, and its facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from define.facts import Facts
from define.origin import Origin, origin_of
from define.where_clause import RangeCheck
from specs.model import Record, Spec, Variable
from specs.problem import DataError, Place, Problem

NUMBERS = ("integer", "float")
DATES = (
    "date", "datetime", "time", "partialDate", "partialTime", "partialDatetime",
    "incompleteDate", "incompleteTime", "incompleteDatetime", "durationDatetime", "intervalDatetime",
)  # fmt: skip
NO_NUMBERS = Facts(np.array([], dtype="float64"), 1, 0)


@dataclass(frozen=True)
class Item:
    """A variable of a dataset, or with `where` the values of it that a clause picks.

    `oid` is what follows `IT.`: `LB.LBORRES`, `LB.LBORRES.ALT`. `method` is what follows `MT.`, `comment` the
    ID of a comment, `codelist` the ID of a codelist or dictionary. `length` 0 is not stated.
    """

    oid: str
    dataset: str
    name: str
    label: str
    data_type: str
    length: int
    digits: int
    format: str
    codelist: str
    origin: Origin
    comment: str
    method: str
    mandatory: bool
    role: str
    facts: Facts
    has_no_data: bool = False
    where: tuple[RangeCheck, ...] = ()


def columns_of(spec: Spec, dataset: str, names: Iterable[str]) -> tuple[Variable, ...]:
    """The variables of a dataset that its file has, `names`, in the order of the file.

    Raises DataError for a column that the specification does not have.
    """
    known = {variable.variable: variable for variable in spec.variables_of(dataset)}
    names = list(names)
    strange = [name for name in names if name not in known]
    if strange:
        hint = "add it to Variables or leave it out of the dataset"
        raise DataError([Problem(Place(dataset, 0, name), "is not in the specification", hint) for name in strange])
    return tuple(known[name] for name in names)


def variable_item(
    spec: Spec, variable: Variable, facts: Facts, byte_length: int, methods: Mapping[tuple[str, str], str]
) -> Item:
    """The item of a variable; `byte_length` is its length in the transport file, 0 if not known."""
    if facts.empty and variable.numeric:
        facts = NO_NUMBERS
    data_type = data_type_of(variable, variable.data_type, variable.format, facts)
    sized = facts if facts.numeric else replace(facts, length=max(byte_length, facts.length))
    length, digits = length_of(variable, data_type, sized)
    origin = origin_of(spec, variable)
    shown = variable.method or origin.type in ("Derived", "Assigned")
    return Item(
        oid=f"{variable.dataset}.{variable.variable}",
        dataset=variable.dataset,
        name=variable.variable,
        label=variable.label,
        data_type=data_type,
        length=length,
        digits=digits,
        format="" if variable.format == "ISO 8601" else variable.format,
        codelist=variable.codelist,
        origin=origin,
        comment=variable.comment,
        method=methods.get((variable.dataset, variable.variable), "") if shown else "",
        mandatory=variable.mandatory.casefold() == "yes",
        role=variable.role,
        facts=facts,
        has_no_data=facts.empty,
    )


def data_type_of(row: Record, declared: str, display_format: str, facts: Facts) -> str:
    """The Define-XML type of a column: what the row states where the data allow it, else what the data are.

    Dates kept as text take the narrowest ISO 8601 type that all values have. Dates kept as numbers are
    integers (datetimes too, unless they have fractions). Raises DataError if a stated integer has fractions, a
    text is kept as numbers, or a number as text.
    """
    stated = row.cells.get("Data Type", "")
    if not facts.empty and facts.numeric != (declared in NUMBERS) and declared in (*NUMBERS, "text"):
        message = f"is {declared}, the data are {'numbers' if facts.numeric else 'texts'} ({facts.values[0]!r})"
        raise DataError([Problem(row.at("Data Type"), message, "correct the type or the derivation")])
    if facts.numeric:
        if stated == "integer" and not facts.whole:
            message = f"the data hold {facts.fraction}, which is no integer"
            raise DataError([Problem(row.at("Data Type"), message, "write float, or correct the derivation")])
        return "float" if stated == "float" or (not facts.empty and not facts.whole) else "integer"
    if declared in DATES or display_format == "ISO 8601":
        return facts.iso or (declared if declared in DATES and facts.empty else "text" if facts.values else "datetime")
    return "text"


def length_of(row: Record, data_type: str, facts: Facts) -> tuple[int, int]:
    """Length and SignificantDigits as Define-XML wants them: none for dates, digits for floats only.

    A stated Length or Significant Digits counts where it is not less than what the data need.
    """
    if data_type not in (*NUMBERS, "text"):
        return 0, 0
    stated = row.cells.get("Length", "") if data_type in NUMBERS else ""
    length = max(facts.length, int(float(stated)) if stated else 1, 1)
    if data_type != "float":
        return length, 0
    stated = row.cells.get("Significant Digits", "")
    return length, max(facts.digits, int(float(stated)) if stated else 0)
