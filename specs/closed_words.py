"""The words of closed lists of Define-XML and ODM that cells of a specification may hold.

Sources: Define-XML 2.1 with its terminology of 2025-03-28 (codelist ORIGINS; BDSSC, MDBDSSC and OCCSC for subclasses;
none of them extensible) and its def:Context; ODM 1.3.2, types DataType, MethodType and CLDataType. Severities are those
of the reports of trialspec.
"""

from __future__ import annotations

SOURCES = ("Investigator", "Sponsor", "Subject", "Vendor")
SUBCLASSES = (
    "ADVERSE EVENT",
    "MEDICAL DEVICE TIME-TO-EVENT",
    "NON-COMPARTMENTAL ANALYSIS",
    "POPULATION PHARMACOKINETIC ANALYSIS",
    "TIME-TO-EVENT",
)
METHOD_TYPES = ("Computation", "Imputation", "Transpose", "Other")
CODED_TYPES = ("text", "integer", "float", "string")
DATA_TYPES = (
    "text", "integer", "float", "date", "datetime", "time", "partialDate", "partialTime", "partialDatetime",
    "incompleteDate", "incompleteTime", "incompleteDatetime", "durationDatetime", "intervalDatetime",
)  # fmt: skip
SEVERITIES = ("Error", "Warning", "Note")
CONTEXTS = ("Submission", "Other")
