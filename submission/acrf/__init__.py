"""The annotated case report form: raw columns with the SDTM variables that they become."""
