"""The functions that an expression may call for each row, one rule per file.

Importing the package fills `registry.REGISTRY`: every module of this folder is imported, so a new rule is a
new file and nothing else.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from derivations.registry import REGISTRY, Derivation

for _module in sorted(found.name for found in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_module}")


def all_derivations() -> Mapping[str, Derivation]:
    """Every registered derivation by its name.

    >>> sorted(all_derivations())[:2]
    ['abs', 'add_days']
    """
    return REGISTRY
