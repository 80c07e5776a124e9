"""The metadata of datasets as tables, so that a rule asks of attributes as it asks of data.

A row of Checks, or of the conformance rules, that names one of these tables in Dataset looks at its rows; a condition
may range over them too: `any(VARIABLES.VARIABLE == 'AESEQ', where=VARIABLES.DATASET == DATASET)`. `build validate`
fills them from the files, the define.xml (or the specification) and the standard; a build has no use for them.

Columns that begin with IG are of the implementation guide, those with DEF of the define.xml, where there is none of
the specification; the others are of the data. Columns of the numbers of things are numbers, all others texts.
"""

from __future__ import annotations

from dataclasses import dataclass

from language.tree import NUMBER, TEXT


@dataclass(frozen=True)
class MetadataTable:
    """A table of metadata; `columns` maps a column to what it holds and `types` to its type.

    `identity` are the columns that say which row it is, beside DATASET and VARIABLE.
    """

    name: str
    description: str
    columns: dict[str, str]
    types: dict[str, str]
    identity: tuple[str, ...] = ()


def _table(name: str, description: str, text: str, identity: str = "") -> MetadataTable:
    """`NAME | what it holds` per line; `NAME# | ...` is a number."""
    columns, types = {}, {}
    for line in text.strip().splitlines():
        head, said = (part.strip() for part in line.split("|", 1))
        columns[head.rstrip("#")] = said
        types[head.rstrip("#")] = NUMBER if head.endswith("#") else TEXT
    return MetadataTable(name, description, columns, types, tuple(identity.split()))


_OF_DATASET = """
    DATASET | Name of the dataset
    STANDARD | SDTM or ADAM
    CLASS | Observation class, in the words of Define-XML's terminology
    DOMAIN | Domain: the two letters of DOMAIN or RDOMAIN; the dataset's name where it has neither
    JUDGED | Y if the dataset is judged; blank if rules on others refer to it"""

_TABLES = (
    _table("STUDY", "One row for each standard to which datasets belong.", """
    STANDARD | SDTM or ADAM
    GUIDE | Implementation guide, such as SDTMIG 3.4
    DATASETS# | Number of datasets
    DEFINE | Y if there is a define.xml"""),
    _table("DATASETS", "One row for each dataset that there is, or that the define.xml describes.", f"""{_OF_DATASET}
    SUBCLASS | Subclass, such as TIME-TO-EVENT
    FILE | Name of the file
    LABEL | Label
    RECORDS# | Number of records
    VARIABLES# | Number of variables
    SIZE# | Size of the file in bytes
    DATA | Y if there are data
    DEFINE | Y if the define.xml describes it
    IG | Y if the implementation guide has it
    IGLABEL | Label in the implementation guide
    IGCLASS | Class in the implementation guide
    DEFLABEL | Label in the define.xml
    DEFCLASS | Class in the define.xml
    DEFFILE | File that the define.xml names
    DEFKEYS | Key variables in the define.xml, parted by blanks
    DEFNODATA | Y if the define.xml says that it is empty"""),
    _table("VARIABLES", "One row for each variable of the data or the define.xml, and for each that the implementation "
           "guide requires or expects of a dataset that is there.", f"""{_OF_DATASET}
    VARIABLE | Name of the variable
    GENERIC | Name by which the guide knows it: --SEQ, TRTxxP; else the name
    ORDER# | Position in the dataset
    TYPE | Char or Num
    LENGTH# | Length in bytes
    LABEL | Label
    FORMAT | Format
    LABELLED | Y if the file states labels
    FORMATTED | Y if the file states formats
    RECORDS# | Number of records of the dataset
    MISSING# | Number of records without a value
    DISTINCT# | Number of different values
    LONGEST# | Bytes of the longest value; digits of the longest number
    DECIMALS# | Decimals of the numbers; of texts, if all are numbers
    ISO | Narrowest type of Define-XML that holds every value as ISO 8601 text
    LEADING# | Number of records whose value begins with a blank
    DOTS# | Number of records whose value is a single point
    NONASCII# | Number of records whose value holds a character outside ASCII, or a control character
    MISSINGAT# | Number of the first record without a value
    ODDAT# | Number of the first record that LEADING, DOTS or NONASCII counts
    DATA | Y if the data have it
    DEFINE | Y if the define.xml describes it
    IG | Y if the implementation guide has it
    IGORDER# | Position in the guide
    IGLABEL | Label in the guide; blank where it leaves it to the sponsor
    IGTYPE | Char or Num in the guide
    IGCORE | Req, Exp, Perm or Cond
    IGROLE | Role in the guide
    IGCODELIST | NCI codes of the codelists in the guide, parted by ;
    IGVALUES | Described value domain in the guide, such as ISO 8601
    DEFORDER# | Position in the define.xml
    DEFLABEL | Label in the define.xml
    DEFTYPE | Data type in the define.xml: text, integer, float, date, ...
    DEFLENGTH# | Length in the define.xml
    DEFDIGITS# | Significant digits in the define.xml
    DEFFORMAT | Display format in the define.xml
    DEFMANDATORY | Yes or No
    DEFCODELIST | ID of the codelist in the define.xml
    DEFORIGIN | Origin in the define.xml
    DEFMETHOD | Y if the define.xml has a method for it
    DEFCOMMENT | Y if the define.xml has a comment for it
    DEFROLE | Role in the define.xml
    DEFKEY# | Position among the key variables
    DEFVALUES | Y if the define.xml has value-level metadata for it
    DEFNODATA | Y if the define.xml says that it is empty"""),
    _table("VALUES", "One row for each different value of a variable that has a codelist in the guide or the "
           "define.xml.", f"""{_OF_DATASET}
    VARIABLE | Name of the variable
    GENERIC | Name by which the guide knows it
    VALUE | The value, as text
    RECORDS# | Number of records with the value
    FIRST# | Number of the first of them
    IGCODELIST | IDs of the published codelists of the guide, parted by ;
    IGEXTENSIBLE | Y if one of them may be extended, else N
    INIG | Y if one of them has the value as a term
    IGCODE | NCI code of that term, which a code and the name that goes with it share
    IGOTHER | The term that the value may stand for: in other letters, or by a synonym
    DEFCODELIST | ID of the codelist in the define.xml
    INDEF | Y if that codelist has the value as a term""", "VALUE RECORDS FIRST"),
    _table("CODELISTS", "One row for each codelist of the define.xml.", """
    CODELIST | ID of the codelist
    NAME | Name
    CODE | NCI code; blank for one of the sponsor
    TYPE | Data type
    TERMS# | Number of terms
    EXTERNAL | Dictionary, for an external codelist
    KNOWN | Y if the NCI code is that of a published codelist
    EXTENSIBLE | Y or N, for a published codelist
    USED | Y if a variable or value-level item refers to it""", "CODELIST"),
    _table("TERMS", "One row for each term of the codelists of the define.xml.", """
    CODELIST | ID of the codelist
    TERM | Coded value
    DECODE | Decode
    CODE | NCI code of the term
    EXTENDED | Y if the define.xml marks it as an extension
    LISTCODE | NCI code of the codelist
    EXTENSIBLE | Y or N, for a published codelist
    PUBLISHED | Y if the published codelist has the term
    PUBLISHEDCODE | NCI code of the term there
    RECORDS# | Number of records that hold the term; missing where no variable of the data has the codelist""",
           "CODELIST TERM"),
    _table("VALUELEVEL", "One row for each value-level item of the define.xml.", """
    DATASET | Name of the dataset
    VARIABLE | Name of the variable
    ITEM | OID of the item
    CLAUSE | Where clause, in words
    RECORDS# | Number of records for which the clause holds; missing where the data lack a variable of it
    FILLED# | Number of these with a value
    LONGEST# | Bytes of the longest value; digits of the longest number
    DECIMALS# | Decimals of the numbers
    ISO | Narrowest type of Define-XML that holds every value as ISO 8601 text
    NUMBERS | Y if every value is a number
    OUTSIDE# | Number of records whose value the codelist does not have
    DEFTYPE | Data type
    DEFLENGTH# | Length
    DEFDIGITS# | Significant digits
    DEFCODELIST | ID of the codelist
    DEFORIGIN | Origin
    DEFMANDATORY | Yes or No
    DEFMETHOD | Y if it has a method""", "CLAUSE"),
    _table("DOCUMENT", "One row for each fault of the define.xml itself: against its schema, references that lead "
           "nowhere, definitions that nothing refers to.", """
    FAULT | SCHEMA, REFERENCE, ORPHAN, UNIQUE, SIZE, ORIGIN, METHOD or ORDER
    ELEMENT | OID, or line
    MESSAGE | What is wrong""", "ELEMENT MESSAGE"),
)  # fmt: skip

METADATA: dict[str, MetadataTable] = {table.name: table for table in _TABLES}
