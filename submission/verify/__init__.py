"""Proves a package: what it holds against what its specification and raw data give."""
