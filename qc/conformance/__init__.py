"""Conformance: rules in the expression language, run over datasets and their metadata."""
