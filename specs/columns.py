"""Every table of a specification with its columns, in the order in which they are written.

The sheets of the Pinnacle 21 workbook keep its names and order; our columns stand after them, `Comment` last.
`kind` says what a cell holds:

- `text`, `number`, `name`, `names` (several, parted by blanks or commas; a name that holds a blank stands in
  backticks), `list` (parted by a comma and a blank, or by semicolons), `verbatim` (blanks around it count);
- `expression`, `condition` (an expression that is true or false), `columns` (expressions parted by commas);
- `reference:<Sheet>`: the ID of a row of that sheet.
"""

from __future__ import annotations

from specs.columns_results import RESULTS_SHEETS
from specs.sheet import Column as Column
from specs.sheet import Sheet as Sheet
from specs.sheet import sheet as _sheet

EXPRESSION_KINDS = ("expression", "condition", "columns")

_ATTRIBUTES = """
    Label | Label, at most 40 bytes; blank takes that of the standard
    Data Type | Type of Define-XML: text, integer, float, date, datetime, partialDate, durationDatetime, ...
    Length : number | Length in bytes; blank is measured from the data
    Significant Digits : number | Decimals of a float; blank is measured from the data
    Format | Display format such as DATE9.; `ISO 8601` needs none
    Mandatory | Yes if no record may lack it; blank is Yes for core Req"""
_ORIGIN = """
    Origin | Origin of Define-XML: Collected, Derived, Assigned, Protocol, Predecessor, Not Available
    Source | Who gave it: Investigator, Sponsor, Subject, Vendor
    Pages | Pages of the annotated CRF
    Method : reference:Methods | ID of the method that derives it"""
_NOTES = """
    Comment : reference:Comments | ID of the comment shown in the define.xml
    Developer Notes | Notes for the team; not part of any output"""

SPECIFICATION = (
    _sheet("Define", "Attributes of the study and of the define.xml.", """
        Attribute! | StudyName, StudyDescription, ProtocolName, Language, ...; FromStandard No lets blanks stay blank
        Value | Its value"""),
    _sheet("Datasets", "The datasets that are submitted.", """
        Dataset! : name | Name of the dataset
        Label | Label, at most 40 bytes; blank takes that of the standard
        Class | Observation class in the words of Define-XML's terminology; blank takes that of the standard
        SubClass | ADVERSE EVENT, TIME-TO-EVENT or another subclass of Define-XML's terminology; chooses the structure
        Structure | One record per ...; blank takes that of the standard
        Key Variables : list | Variables that tell records apart and sort them
        Standard | Standard with version such as SDTMIG 3.4; blank is the one of study.toml
        Has No Data | Yes for a dataset that is described but empty
        Repeating | Yes if a subject has several records; blank takes that of the standard
        Reference Data | Yes for data that is not about subjects; blank takes that of the standard
        Comment : reference:Comments | ID of the comment shown in the define.xml
        Developer Notes | Notes for the team; not part of any output
        +
        Sequence : name | Variable behind SRCSEQ where it is not --SEQ or ASEQ"""),
    _sheet("Variables", "The variables of each dataset; a row states what the standard does not.", f"""
        Order : number | Position in the dataset; blank takes the order of the standard
        Dataset! : name | Dataset, or SUPP-- for a supplemental qualifier
        Variable! : name | Name of the variable or, in SUPP--, the QNAM{_ATTRIBUTES}
        Assigned Value | The one value of every record: a mapping
        Codelist | ID of a codelist or dictionary; blank takes that of the standard, `none` switches it off
        Common | Yes for a variable of ADSL that every dataset listing it copies: a mapping{_ORIGIN}
        Predecessor | Variable that is copied, such as DM.AGE: a mapping
        Role | Role in SDTM; blank takes that of the standard
        Has No Data | Yes for a variable that is described but empty{_NOTES}
        +
        Drop When Empty | Yes if the variable is left out when no record has a value"""),
    _sheet("ValueLevel", "Attributes of a variable that hold only where a clause is true.", f"""
        Order : number | Position among the rows of the variable
        Dataset! : name | Dataset
        Variable! : name | Variable
        Where Clause! : condition | Condition that picks the records, such as PARAMCD EQ RELW1{_ATTRIBUTES}
        Assigned Value | The one value of the records
        Codelist | ID of a codelist or dictionary{_ORIGIN}
        Predecessor | Variable that is copied{_NOTES}"""),
    _sheet("WhereClauses", "Where clauses with an ID; optional: ValueLevel may state the condition.", """
        ID! | ID that ValueLevel names
        Dataset! : name | Dataset of the variable
        Variable! : name | Variable that is compared
        Comparator! | EQ, NE, LT, LE, GT, GE, IN or NOTIN
        Value | Value, or values parted by commas
        Comment : reference:Comments | ID of a comment"""),
    _sheet("Codelists", "Codelists, one row per term; a published code brings name and codes.", """
        ID! | ID of the codelist; that of a published one (NY) takes its name and codes
        Name | Name; blank takes the published one
        NCI Codelist Code | Code of the published codelist; blank for one of the sponsor
        Data Type | text, integer, float or string; blank is text
        Terminology | Terminology package; blank takes the one the code was found in
        Comment : reference:Comments | ID of a comment
        Order : number | Position of the term; blank is the order of the rows
        Term | Submission value; blank in a list's only row takes all published terms
        NCI Term Code | Code of the term; blank takes the published one
        Decoded Value | What the term stands for"""),
    _sheet("Dictionaries", "External dictionaries such as MedDRA.", """
        ID! | ID that Codelist cells name
        Name | Name
        Data Type | text, integer, float or string: type of the coded values; blank is text
        Dictionary | Name in the words of Define-XML's terminology
        Version | Version that was used"""),
    _sheet("Methods", "How derived variables come about.", """
        ID! | ID that Method cells name
        Name | Name
        Type | Computation, Imputation, Transpose or Other; blank is Computation
        Description | Text shown in the define.xml; blank is made from the mapping
        Expression Context | Language of the expression; blank with a code is ours
        Expression Code | Formal expression; blank is made from the mapping
        Document : reference:Documents | ID of a document
        Pages | Pages or named destinations in it"""),
    _sheet("Comments", "Comments of the define.xml.", """
        ID! | ID that Comment cells name
        Description | Text of the comment
        Document : reference:Documents | ID of a document
        Pages | Pages or named destinations in it"""),
    _sheet("Documents", "Documents that the define.xml links to.", """
        ID! | ID that Document cells name
        Title | Title
        Href | File, relative to the define.xml"""),
    _sheet("Analysis Displays", "Tables, figures and listings.", """
        ID! | ID of the display
        Title | Title
        Document : reference:Documents | ID of the document that holds it
        Pages | Pages or named destinations in it
        +
        Type | Table, Figure or Listing; blank is Table
        Section | Heading under which it stands on the page; sections come in the order in which they are first named
        Population Label | How the population reads below the title; blank is made from the labels of its flags
        Subtitle | Further line below the title
        Footnote | Notes below the display, parted by line breaks; blank gives the Documentation of its results
        Columns Heading | Text above the columns, such as Treatment Group"""),
    _sheet("Analysis Results", "Results shown in the displays.", """
        Display! | ID of its display
        ID! | ID of the result
        Description | What the result is
        Variables : names | Analysis variables
        Reason | Reason in the words of the terminology: SPECIFIED IN SAP, ...
        Purpose | Purpose in the words of the terminology: PRIMARY OUTCOME MEASURE, ...
        Selection Criteria : condition | Records that enter, with the comparisons that Define-XML knows
        Join Comment | How the datasets are joined, when there are several
        Documentation | Text on the analysis
        Documentation Refs | Documents and pages that describe it
        Programming Context | Language of the code; blank is ours
        Programming Code | Code; blank is made from Statistics
        Programming Document | Document that holds the code
        Pages | Pages in it
        +
        Dataset : name | Dataset that is analysed
        Population : condition | Subjects that enter, a condition on ADSL
        Group : names | Variables whose levels become columns; of TRTP ADSL counts the subjects by TRTxxP
        Total | Name of a further column over all levels of Group; blank for none"""),
)

EXECUTABLE = (
    _sheet("Tables", "Raw and look-up tables. Row `*` holds defaults, `none` switches one off.", """
        Table! : name | Name of the table in rules; `*` for the defaults of all
        File | File in the raw folder, for ADaM in that of the SDTM files; `book.xlsx#Sheet` for a sheet
        Encoding | Encoding of the text; blank is UTF-8
        Subject : expression | Expression that gives USUBJID; none for a table without subjects
        Previous : expression | Earlier number of the same person
        Record : name | Column that identifies the record in the source system
        System : names | Columns that do not count when two rows are compared; `*` never compares rows
        Missing | Values that mean missing, parted by blanks, or by semicolons where they hold blanks
        Where : condition | Rows that are taken
        Key : names | Columns that tell records apart, for re-entry
        Version : columns | Of the rows with one Key the greatest is kept
        Comment | For readers"""),
    _sheet("Sources", "Blocks of records of a dataset.", """
        Dataset! : name | Dataset, a working dataset, or none for rows that are left out on purpose
        Block : name | Name of the block within the dataset
        Group : name | Name for several blocks together, as Block, as From and in expressions
        From! : name | Table, dataset, block or group that the records come from
        Where : condition | Records that are taken; it may name what Expand fills
        Tests | Raw column whose code picks a row of Tests; blank where a row holds every test of the block
        Expand : expression | One record per value: ADT in dates(start, end), (X, Y) in values(T.X, T.Y, where=...)
        One Per : columns | One record per value of these
        Order : columns | Order inside One Per
        Pick | first, last or distinct
        Keep : names | Variables taken over from the block that is the source
        Comment | For readers"""),
    _sheet("Joins", "Named rows of other tables; a join adds columns, never records.", """
        Dataset! : names | Datasets that use it
        Name! : name | Name in rules
        From! : name | Table, dataset or block that is picked from
        By : names | Variables that must agree beside the subject
        Where : condition | Rows that are candidates
        Order : columns | Order of the candidates; without it there may be only one
        Pick | first or last
        Comment | For readers"""),
    _sheet("Mapping", "Rules that fill variables.", """
        Dataset : names | Dataset; in all.csv a class, several datasets, or blank for all
        Variable! : names | Variables that are filled; QNAM in SUPP-- files
        Block : name | Block whose records the rule is for; blank is all
        Order : number | Lower comes before higher, blank last
        Where : condition | Records that the rule is for
        Expression! : expression | What fills the variable
        Comment | For readers"""),
    _sheet("Tests", "Findings: how tests arise from collected values.", """
        Dataset! : name | Dataset
        Block : name | Block that the row belongs to
        Collected : list | Collected codes, parted by semicolons
        Where : condition | Records that the row is for
        Test Code! | --TESTCD
        Test | --TEST
        Category | --CAT
        Subcategory | --SCAT
        Specimen | --SPEC
        Method | --METHOD
        LOINC | --LOINC
        Standard Unit | --STRESU
        Decimals : number | Decimals of converted results
        Comment | For readers""", open_=True),
    _sheet("Parameters", "Blocks of a BDS dataset, one per parameter.", """
        Dataset! : name | Dataset
        PARAMCD! : name | Parameter code, the name of the block
        PARAM | Parameter
        PARAMN : number | Number of the parameter
        PARCAT1 | Category of the parameter
        PARCAT1N : number | Number of the category
        PARAMTYP | DERIVED for a parameter that is not collected
        Group : name | Name for several parameters together, as Block, as From and in expressions
        From : name | Table, dataset, block or group that the records come from
        Where : condition | Records that are taken; it may name what Expand fills
        Expand : expression | One record per value, as in Sources
        One Per : columns | One record per value of these
        Order : columns | Order inside One Per
        Pick | first, last or distinct
        Keep : names | Variables taken over from the source
        Comment | For readers""", open_=True),
    _sheet("Events", "Time to event: candidates, first step with one wins.", """
        Dataset! : name | Dataset
        PARAMCD! : names | Parameters the step is for
        Step! : number | Steps are tried in this order
        Order : columns | Breaks ties of equal dates; blank is the sequence of From; rows without one must say the same
        CNSR! : expression | 0 for an event, else the censoring code
        From! : name | Table, dataset or block that holds the candidates
        By : names | Variables that must agree beside the subject
        Where : condition | Rows that are candidates
        Date! : expression | Date of the candidate
        Pick | first or last; blank is first for CNSR 0, else last
        EVNTDESC : expression | Event or Censoring Description
        CNSDTDSC : expression | Censor Date Description
        SRCVAR | Source variable; blank is that of Date
        Comment | For readers""", open_=True),
    _sheet("Criteria", "Graded criteria, called by criteria('NAME').", """
        Criteria! | Name of the set of criteria
        Order : number | The first row that holds gives the value
        Where : condition | When the row holds
        Value : expression | Value that it gives; blank is missing
        Issue | What the issue says of each record that takes the row; blank is no issue
        Reference | Where the criterion stands
        Comment | For readers"""),
    _sheet("Units", "Conversions to standard units.", """
        Test Code | Test; blank is any
        Collected Unit | Unit as collected
        Standard Unit! | Unit that is wanted
        Factor! | A number, a fraction kept exact, or a formula in x
        Exact | Yes if the factor is exact
        Comment | For readers"""),
    _sheet("Collected", "Collected values of codelists.", """
        Codelist! | ID of the codelist
        Term! | Term that the value means
        Collected Value! | Value as collected
        Item | Raw column (raw_cs.CSRTE_C) that the row is limited to
        Comment | For readers"""),
    _sheet("Statistics", "Calls that compute a result.", """
        Result! | ID of the row of Analysis Results
        Order : number | Order among the calls of the result
        By : names | Variables whose levels are kept apart
        Statistic! : expression | Call of a statistic
        Denominator : condition | Subjects or records that count, where it is not the population
        Missing | Name of the level of records without a value of By; blank: such a record is an error
        Comment | For readers"""),
    _sheet("Lines", "Layout of a display, line by line.", """
        Display! | ID of the display
        Order : number | Position in the display
        Label : verbatim | Text at the left; leading blanks indent
        Result | ID of the result that fills the line
        Statistic | Order or name of the call in Statistics, then a level of each By, then a point: `1 15`
        Template : verbatim | How the cells read: {n}/{N} ({pct:.1f})
        Under : number | Order of the line under each of whose levels this line's levels stand
        Sort | Order of levels: a statistic, greatest first, or `label`; blank: by N variable, else codelist, else data
        Comment | For readers"""),
    *RESULTS_SHEETS,
    _sheet("Data Cut", "What a data cut leaves out or changes; DCUTDTC is the cut-off date of the subject.", """
        Dataset! | SDTM dataset, several, or a class; rows of a dataset replace those of its class
        Where : condition | Records that are cut: AESTDTC > DCUTDTC; blank keeps every record
        Variable : names | Variables that are changed; blank leaves the record out
        Expression : expression | What they become; blank is missing
        Comment | For readers"""),
    _sheet("Checks", "Conditions that data must meet.", """
        Rule! | ID of the rule
        Dataset! | Dataset, class or raw table
        Where : condition | Records that are looked at
        Condition! : condition | What must hold where Where holds
        Message! | What is wrong where it does not
        Action! | stop, error, reject (raw rows only) or issue
        Severity | Error, Warning or Note, as reports show it; blank is Warning
        Reference | Where the rule stands
        Comment | For readers"""),
    _sheet("Explanations", "Findings of conformance rules, or of Checks, that are as they should be.", """
        Rule! | ID of a conformance rule or of a row of Checks
        Dataset : name | Dataset; blank is any that the rule looks at
        Where : condition | Findings that are explained: records of the dataset, or rows of the rule's table of metadata
        Explanation! | Why the data are right as they are
        Who! | Who looked into it
        Comment | For readers"""),
)

DOCUMENTS = (
    _sheet("Guide", "What a reviewer's guide says beside what it takes from the build.", """
        Guide | cSDRG, ADRG or both; blank is the guide of the stage
        Section! | Title of a section of the guide, or a dataset that has one
        Order : number | Position among the texts of the section
        Text! | The text: paragraphs, lists, tables, emphasis, links, {CONSTANT}; docs/package.md has an example
        Comment | For readers"""),
    _sheet("Forms", "The case report form, for the annotated CRF; columns without a row stand alone.", """
        Form! : name | Raw table of the form
        Order : number | Position of the form, or of the question in the form
        Columns : names | Raw columns of a question; blank for the row of the form itself
        Text | Title of the form, or the question
        Visits : list | Visits at which the form is filled, parted by semicolons; blank for a form of no visit
        Not Submitted | Why the answer to a question is not submitted
        Comment | For readers"""),
)

SHEETS: dict[str, Sheet] = {sheet.name: sheet for sheet in (*SPECIFICATION, *EXECUTABLE, *DOCUMENTS)}
RESULTS = ("Analysis Displays", "Analysis Results", "Statistics", "Lines", "Figures", "Flow", "Listings")
