"""What is wrong with a define.xml, and the rules by which it is found."""

from __future__ import annotations

from dataclasses import dataclass

# The rules, and what each asks. The CDISC conformance rules for Define-XML 2.1 and the specification's business rules
# stand behind those of the document; those with data have no source but the data.
RULES = {
    "SCHEMA": "The file meets the XML schemas of Define-XML 2.1 and Analysis Results Metadata 1.0.",
    "REFERENCE": "What an element refers to is defined, and is of the kind that is meant.",
    "ORPHAN": "Something refers to every definition.",
    "UNIQUE": "No two definitions have the same OID; no dataset has two variables of one name.",
    "STANDARD": "A dataset follows an implementation guide, a codelist a terminology package, or says that it follows "
                "none; Domain and Purpose fit the guide.",
    "DATASET": "A dataset has label, class and structure, and a file that bears its name; one without data says so, "
               "with a comment. Trial design is reference data, and reference data do not repeat.",
    "VARIABLE": "A variable has a label of at most 40 bytes and a name of at most 8 letters, as in its file; one "
                "without data says so with a comment. Analysis datasets state no roles.",
    "ORDER": "The variables stand in the order of OrderNumber; keys are numbered from 1 without a gap.",
    "SIZE": "Texts and numbers have a Length, floats SignificantDigits, other types neither.",
    "ORIGIN": "Every variable or value says where it comes from, and from whom; a predecessor names its variable.",
    "METHOD": "What is derived has a method with a description; a predecessor or a value of the protocol has none.",
    "CRF": "What an investigator or subject entered says where it stands on the annotated CRF, if there is one.",
    "WHERE": "A condition compares with values of the variable's kind, as many as its comparator takes, and names "
             "variables of the dataset, or has a comment that says how datasets are joined.",
    "TERMS": "Terms of a codelist differ, are of its type, and are all decoded or none; terms beyond a published list "
             "are marked, and no others; a dictionary has a name and a version.",
    "DOCUMENT": "A document has a title and a file within the submission; pages are numbers or named destinations.",
    "RESULT": "Reason and purpose of a result are terms; its variables and conditions are of its datasets; several "
              "datasets have a comment that says how they are joined.",
    "LINK": "The files that the document leads to are there.",
    "PREDECESSOR": "The variable that a predecessor names is described, in this document or in that of the datasets "
                   "it was made from.",
    "COLUMNS": "With data: the variables and their order are those of the file, and every dataset is described.",
    "LABEL": "With data: labels of datasets and variables are those of the file.",
    "TYPE": "With data: the values are of the type that is stated.",
    "LENGTH": "With data: texts have the length of the file; no number is longer, or has more digits, than stated.",
    "CODELIST": "With data: no value is outside its codelist.",
    "EMPTY": "With data: what says that it has none has none, and the reverse; every value described "
             "by a condition is in some record.",
    "KEY": "With data: no two records have the same key variables.",
    "MANDATORY": "With data: what is mandatory has a value in every record.",
    "VALUES": "With data: of a variable with value-level metadata, each value is described once.",
}  # fmt: skip
# What a document leaves unsaid is an omission of those who describe data of others, not a contradiction.
_OMISSIONS = ("METHOD", "ORIGIN", "SIZE", "CRF", "STANDARD", "DATASET", "VARIABLE", "WHERE", "TERMS", "DOCUMENT",
              "RESULT", "PREDECESSOR", "VALUES")  # fmt: skip
# What is worth a look and keeps nobody from reading the document.
_ADVICE = ("CRF", "PREDECESSOR")


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong: the rule, the element (an OID, or `line 12`), and the message."""

    rule: str
    element: str
    message: str

    @property
    def incomplete(self) -> bool:
        """True for what a document does not say, such as a method: of a description by others it is their omission."""
        return self.rule in _OMISSIONS

    @property
    def advice(self) -> bool:
        """True for what does not keep a define.xml from being written."""
        return self.rule in _ADVICE

    def __str__(self) -> str:
        return f"{self.rule} {self.element}: {self.message}"
