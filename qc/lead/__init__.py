"""The page of the lead: what was built, and what is open."""
