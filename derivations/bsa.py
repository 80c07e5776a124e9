"""Body surface area."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from derivations.columns import Floats, finite_column, floats, number_column
from derivations.registry import Number, derivation

__all__ = ["bsa", "number_column"]


def _boyd(height: Floats, weight: Floats) -> Floats:
    grams = weight * 1000
    return np.asarray(0.0003207 * height**0.3 * grams ** (0.7285 - 0.0188 * np.log10(grams)))


FORMULAS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "Mosteller": lambda height, weight: np.sqrt(height * weight / 3600),
    "DuBois-DuBois": lambda height, weight: 0.007184 * height**0.725 * weight**0.425,
    "Haycock": lambda height, weight: 0.024265 * height**0.3964 * weight**0.5378,
    "Gehan-George": lambda height, weight: 0.0235 * height**0.42246 * weight**0.51456,
    "Boyd": _boyd,
    "Fujimoto": lambda height, weight: 0.008883 * height**0.663 * weight**0.444,
    "Takahira": lambda height, weight: 0.007241 * height**0.725 * weight**0.425,
}


@derivation(
    source="Mosteller, N Engl J Med 1987;317:1098; DuBois and DuBois, Arch Intern Med 1916;17:863; Haycock et al.,"
    " J Pediatr 1978;93:62; Gehan and George, Cancer Chemother Rep 1970;54:225; Boyd, Univ. of Minnesota Press 1935;"
    " Fujimoto et al., Nippon Eiseigaku Zasshi 1968;23:443; Takahira 1925; admiral: compute_bsa()",
    subject="Vital signs, ECG, kidney",
    also="compute_bsa, derive_param_bsa, BSA, body surface area, Mosteller, DuBois, Haycock, Gehan-George, Boyd,"
    " Fujimoto, Takahira",
)
def bsa(height: Number, weight: Number, method: str) -> Number:
    """The body surface area in m2 from the height in cm and the weight in kg, by the formula that is named.
    Mosteller: sqrt(height * weight / 3600). DuBois-DuBois: 0.007184 * height^0.725 * weight^0.425. Haycock: 0.024265
    * height^0.3964 * weight^0.5378. Gehan-George: 0.0235 * height^0.42246 * weight^0.51456. Boyd: 0.0003207 *
    height^0.3 * grams^(0.7285 - 0.0188 * log10(grams)). Fujimoto: 0.008883 * height^0.663 * weight^0.444. Takahira:
    0.007241 * height^0.725 * weight^0.425.

    Args:
        height: height in cm.
        weight: weight in kg.
        method: one of those names.

    Missing: missing if the height or the weight is missing or not above 0.

    Example:
        >>> bsa(number_column([180, None]), number_column([80, 75]), "Mosteller").tolist()
        [2.0, nan]
    """
    if method not in FORMULAS:
        raise ValueError(f"bsa: method is one of {', '.join(FORMULAS)}, but it is {method!r}")
    tall, heavy = floats(height), floats(weight)
    with np.errstate(all="ignore"):
        found = np.where((tall > 0) & (heavy > 0), FORMULAS[method](tall, heavy), np.nan)
    return finite_column(found, height.index)
