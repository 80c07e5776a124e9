"""The origins of Define-XML 2.1, and what became of those of 2.0 (Define-XML 2.1, 5.3.11.3)."""

from __future__ import annotations

ORIGINS = ("Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available", "Other")
# Who gave a value became an attribute of its own: Origin and Source.
OLD_ORIGINS = {"CRF": ("Collected", "Investigator"), "eDT": ("Collected", "Vendor"), "EDT": ("Collected", "Vendor")}
