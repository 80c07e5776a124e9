"""Files of an output that are no result: what a build leaves for the next one."""

from __future__ import annotations

# From what a stage, define.xml and the results were made. It depends on the versions of program and libraries, which
# the outputs do not: neither the manifest nor quality control asks for it.
STATES = frozenset(
    (
        "state.json", "sdtm/qc/state.json", "sdtm/qc/define.json", "adam/qc/state.json", "adam/qc/define.json",
        "results/state.json",
    )
)  # fmt: skip
