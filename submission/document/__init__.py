"""Documents for reviewers: one model, written as PDF, DOCX and HTML."""
