"""The results stage: from the ADaM files to analysis results data, figures and a page to read."""
