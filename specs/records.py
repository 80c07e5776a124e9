"""Rows of the executable tables as the records of `specs.model`."""

from __future__ import annotations

from collections.abc import Mapping

from specs.cells import LAST, choice, folded, items, names, number, whole, yes
from specs.closed_words import CODED_TYPES, DATA_TYPES, METHOD_TYPES, SEVERITIES, SOURCES
from specs.columns import SHEETS
from specs.model import (
    Box,
    Check,
    Collected,
    Comment,
    Criterion,
    Cut,
    Dictionary,
    Display,
    Document,
    Event,
    Explanation,
    Figure,
    FormRow,
    GuideText,
    Join,
    Line,
    ListingRow,
    Method,
    Parameter,
    Result,
    Source,
    Statistic,
    Test,
    Unit,
    ValueLevel,
)
from specs.read_csv import Faults, Row, is_variable_column

PICKS = ("first", "last")
DISPLAYS = ("Table", "Figure", "Listing")
GUIDES = ("cSDRG", "ADRG", "both")
ACTIONS = ("stop", "error", "reject", "issue")


def expressions(row: Row, sheet: str) -> Mapping[str, str]:
    """The further columns of an open table: variable to expression, empty cells left out."""
    known = SHEETS[sheet].names
    further = {name: cell.strip() for name, cell in row.cells.items() if name not in known and cell.strip()}
    return {name: cell for name, cell in further.items() if is_variable_column(name)}


def source(row: Row, faults: Faults) -> Source:
    return Source(
        row.place, row.cells, row.get("Dataset"), row.get("Block"), row.get("Group"), row.get("From"), row.get("Where"),
        row.get("Tests"), row.get("Expand"), row.get("One Per"), row.get("Order"),
        choice(row, "Pick", (*PICKS, "distinct"), faults), names(row.get("Keep")),
    )  # fmt: skip


def join(row: Row, faults: Faults) -> Join:
    return Join(
        row.place, row.cells, names(row.get("Dataset")), row.get("Name"), row.get("From"),
        names(row.get("By")),
        row.get("Where"), row.get("Order"), choice(row, "Pick", PICKS, faults),
    )  # fmt: skip


def test(row: Row, faults: Faults) -> Test:
    whole(row, "Decimals", faults, 0)
    return Test(
        row.place, row.cells, row.get("Dataset"), row.get("Block"), items(row.get("Collected")),
        row.get("Where"), row.get("Test Code"), row.get("Test"), row.get("Category"), row.get("Subcategory"),
        row.get("Specimen"), row.get("Method"), row.get("LOINC"), row.get("Standard Unit"),
        row.get("Decimals"),
        expressions(row, "Tests"),
    )  # fmt: skip


def parameter(row: Row, faults: Faults) -> Parameter:
    for column in ("PARAMN", "PARCAT1N"):
        number(row, column, faults, 0)
    return Parameter(
        row.place, row.cells, row.get("Dataset"), row.get("PARAMCD"), row.get("PARAM"), row.get("PARAMN"),
        row.get("PARCAT1"), row.get("PARCAT1N"), row.get("PARAMTYP"), row.get("Group"), row.get("From"),
        row.get("Where"), row.get("Expand"), row.get("One Per"), row.get("Order"),
        choice(row, "Pick", (*PICKS, "distinct"), faults), names(row.get("Keep")), expressions(row, "Parameters"),
    )  # fmt: skip


def event(row: Row, faults: Faults) -> Event:
    return Event(
        row.place, row.cells, row.get("Dataset"), names(row.get("PARAMCD")), whole(row, "Step", faults, 0),
        row.get("Order"), row.get("CNSR"), row.get("From"), names(row.get("By")), row.get("Where"),
        row.get("Date"), choice(row, "Pick", PICKS, faults), row.get("EVNTDESC"), row.get("CNSDTDSC"),
        row.get("SRCVAR"), expressions(row, "Events"),
    )  # fmt: skip


def criterion(row: Row, faults: Faults) -> Criterion:
    order = number(row, "Order", faults, LAST)
    return Criterion(
        row.place, row.cells, row.get("Criteria"), order, row.get("Where"), row.get("Value"), row.get("Issue"),
        row.get("Reference"),
    )  # fmt: skip


def unit(row: Row, faults: Faults) -> Unit:
    return Unit(
        row.place, row.cells, row.get("Test Code"), row.get("Collected Unit"), row.get("Standard Unit"),
        row.get("Factor"), row.get("Exact"),
    )  # fmt: skip


def collected(row: Row, faults: Faults) -> Collected:
    return Collected(
        row.place, row.cells, row.get("Codelist"), row.get("Term"), row.get("Collected Value"),
        row.get("Item")
    )  # fmt: skip


def check(row: Row, faults: Faults) -> Check:
    action = choice(row, "Action", ACTIONS, faults)
    return Check(
        row.place, row.cells, row.get("Rule"), row.get("Dataset"), row.get("Where"), row.get("Condition"),
        row.get("Message"), action, folded(row, "Severity", SEVERITIES, faults), row.get("Reference"),
    )  # fmt: skip


def explanation(row: Row, faults: Faults) -> Explanation:
    return Explanation(
        row.place, row.cells, row.get("Rule"), row.get("Dataset"), row.get("Where"), row.get("Explanation"),
        row.get("Who"), row.file.partition("/")[0],
    )  # fmt: skip


def cut(row: Row, faults: Faults) -> Cut:
    variables, expression = names(row.get("Variable")), row.get("Expression")
    if expression and not variables:
        faults.add(row.at("Expression"), "fills no variable", "name it in Variable, or leave Expression blank")
    if variables and not row.get("Where"):
        faults.add(row.at("Where"), "is blank, so nothing is changed", "say where: AEENDTC > DCUTDTC")
    return Cut(row.place, row.cells, row.get("Dataset"), row.get("Where"), variables, expression)


def statistic(row: Row, faults: Faults) -> Statistic:
    return Statistic(
        row.place, row.cells, row.get("Result"), number(row, "Order", faults, LAST), names(row.get("By")),
        row.get("Statistic"), row.get("Denominator"), row.get("Missing"),
    )  # fmt: skip


def line(row: Row, faults: Faults) -> Line:
    # Leading blanks of a label indent it, so label and template are taken as they stand.
    return Line(
        row.place, row.cells, row.get("Display"), number(row, "Order", faults, LAST), row.cells.get("Label",
        ""),
        row.get("Result"), row.get("Statistic"), row.cells.get("Template", ""), row.get("Under"), row.get("Sort"),
    )  # fmt: skip


def figure(row: Row, faults: Faults) -> Figure:
    return Figure(
        row.place, row.cells, row.get("Display"), number(row, "Order", faults, LAST), row.get("Figure"),
        row.get("Title"), row.get("Footnote"),
    )  # fmt: skip


def box(row: Row, faults: Faults) -> Box:
    return Box(
        row.place, row.cells, row.get("Display"), row.get("Box"), number(row, "Order", faults, LAST),
        row.get("From"), yes(row, "Side", faults), row.get("Label"), row.get("Where"),
        yes(row, "Group", faults), row.get("Reasons"),
    )  # fmt: skip


def listing(row: Row, faults: Faults) -> ListingRow:
    return ListingRow(
        row.place, row.cells, row.get("Display"), row.get("Dataset"), row.get("Where"), row.get("Order"),
        row.get("Columns"), names(row.get("Group By")), row.get("Footnote"),
    )  # fmt: skip


def result(row: Row, faults: Faults) -> Result:
    return Result(
        row.place, row.cells, row.get("Display"), row.get("ID"), row.get("Description"),
        names(row.get("Variables")), row.get("Reason"), row.get("Purpose"), row.get("Selection Criteria"),
        row.get("Join Comment"), row.get("Documentation"), row.get("Documentation Refs"),
        row.get("Programming Context"), row.get("Programming Code"), row.get("Dataset"),
        row.get("Population"),
        row.get("Group"), row.get("Total"),
    )  # fmt: skip


def value_level(row: Row, faults: Faults) -> ValueLevel:
    number(row, "Order", faults, 0)
    for column in ("Length", "Significant Digits"):
        whole(row, column, faults, 0)
    return ValueLevel(
        row.place, row.cells, row.get("Order"), row.get("Dataset"), row.get("Variable"),
        row.get("Where Clause"),
        row.get("Label"), choice(row, "Data Type", DATA_TYPES, faults), row.get("Length"),
        row.get("Significant Digits"),
        row.get("Format"), row.get("Mandatory"), row.get("Assigned Value"), row.get("Codelist"),
        row.get("Origin"), choice(row, "Source", SOURCES, faults), row.get("Pages"), row.get("Method"),
        row.get("Predecessor"),
        row.get("Comment"),
    )  # fmt: skip


def dictionary(row: Row, faults: Faults) -> Dictionary:
    return Dictionary(
        row.place, row.cells, row.get("ID"), row.get("Name"),
        choice(row, "Data Type", CODED_TYPES, faults) or "text", row.get("Dictionary"),
        row.get("Version"),
    )  # fmt: skip


def method(row: Row, faults: Faults) -> Method:
    return Method(
        row.place, row.cells, row.get("ID"), row.get("Name"), choice(row, "Type", METHOD_TYPES, faults),
        row.get("Description"),
        row.get("Expression Context"), row.get("Expression Code"), row.get("Document"), row.get("Pages"),
    )  # fmt: skip


def comment(row: Row, faults: Faults) -> Comment:
    return Comment(
        row.place, row.cells, row.get("ID"), row.get("Description"), row.get("Document"), row.get("Pages")
    )  # fmt: skip


def document(row: Row, faults: Faults) -> Document:
    return Document(row.place, row.cells, row.get("ID"), row.get("Title"), row.get("Href"))


def display(row: Row, faults: Faults) -> Display:
    footnotes = tuple(line.strip() for line in row.cells.get("Footnote", "").splitlines() if line.strip())
    return Display(
        row.place, row.cells, row.get("ID"), row.get("Title"), row.get("Document"), row.get("Pages"),
        choice(row, "Type", DISPLAYS, faults) or DISPLAYS[0], row.get("Section"), row.get("Population Label"),
        row.get("Subtitle"), footnotes, row.get("Columns Heading"),
    )  # fmt: skip


def guide_text(row: Row, faults: Faults) -> GuideText:
    return GuideText(
        row.place, row.cells, choice(row, "Guide", GUIDES, faults), row.get("Section"),
        number(row, "Order", faults, LAST), row.get("Text"),
    )  # fmt: skip


def form_row(row: Row, faults: Faults) -> FormRow:
    return FormRow(
        row.place, row.cells, row.get("Form"), number(row, "Order", faults, LAST), names(row.get("Columns")),
        row.get("Text"), items(row.get("Visits")), row.get("Not Submitted"),
    )  # fmt: skip
