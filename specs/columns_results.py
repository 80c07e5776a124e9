"""The tables of the results that are no tables: figures, flow diagrams, listings. See `specs/columns.py`."""

from __future__ import annotations

from specs.sheet import sheet

RESULTS_SHEETS = (
    sheet("Figures", "Figures of a display, one row each.", """
        Display! | ID of the display
        Order : number | Position among the figures of the display
        Figure! : expression | Call of a figure, its arguments by name: survival(result='AR.5')
        Title | Title; blank takes the description of the result, or the title of the display
        Footnote | First text below the figure; the figure adds what it does by itself
        Comment | For readers"""),
    sheet("Flow", "Boxes of a flow diagram (CONSORT), counted in ADSL.", """
        Display! | ID of the display, which has a row flow() in Figures
        Box! : name | Name of the box
        Order! : number | Level of the diagram, 1 the top; boxes of one level that come from one box divide it
        From : name | Box above, whose subjects are divided; blank for a box at the top
        Side | Yes for a box at the side: subjects who leave here
        Label! | Text of the box; the count is added
        Where : condition | Subjects of the box above who enter, a condition on ADSL; blank: all
        Group | Yes for one box per level of the group of flow(); below such a box every box is
        Reasons : name | Variable of ADSL whose levels are listed in the box with their counts
        Comment | For readers"""),
    sheet("Listings", "Records of an ADaM dataset as a display.", """
        Display! | ID of the display
        Dataset! : name | ADaM dataset; variables of ADSL that it lacks are added by subject
        Where : condition | Records that are listed; blank: all
        Order : columns | Order of the records; blank is that of the dataset
        Columns! : columns | Columns from the left; one that is named for itself reads `'Days': AVAL`
        Group By : names | The first of the columns, whose repeated values are shown once
        Footnote | Text below the listing
        Comment | For readers"""),
)
