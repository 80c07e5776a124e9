"""What a user may say of a comparison: keys, tolerances, which variables, what is not looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from specs.problem import DataError, Place, Problem, nearest

EXACT, ABSOLUTE, RELATIVE, PERCENT = "exact", "absolute", "relative", "percent"
METHODS = (EXACT, ABSOLUTE, RELATIVE, PERCENT)
CRITERION = 0.00001
"""The criterion of PROC COMPARE where a method is given without one."""
ATTRIBUTES = ("name", "type", "storage", "length", "label", "format", "informat", "order", "codelist")
POSITION = "_N_"
"""As the key: the number of the record, as SAS calls it."""
SIDES = ("base", "compare", "both")
_NUMBER = re.compile(r"\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Tolerance:
    """How far two numbers x (base) and y may differ and still count as equal; the methods of PROC COMPARE.

    absolute: |y - x| <= criterion. relative: |y - x| / ((|x| + |y|) / 2) <= criterion.
    percent: 100 |y - x| / |x| <= criterion. exact: y = x.
    """

    method: str = EXACT
    criterion: float = 0.0

    def __str__(self) -> str:
        return self.method if self.method == EXACT else f"{self.method} {self.criterion:g}"


@dataclass(frozen=True)
class Options:
    """What is compared and how.

    by: key variables by dataset, "" for every dataset. tolerances: by variable or DATASET.VARIABLE, which may
    hold `*`. only, drop: names of variables, likewise. ignore: attributes that are not compared.
    missing_equals: a missing value of this side ("base", "compare", "both") counts as equal to anything.
    listed: how many differences of a variable, and how many records, are listed; 0 for all.
    """

    by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tolerance: Tolerance = Tolerance()
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    where: str = ""
    ignore: frozenset[str] = frozenset()
    ignore_case: bool = False
    ignore_trailing_blanks: bool = False
    blank_is_missing: bool = False
    special_alike: bool = False
    missing_equals: str = ""
    listed: int = 50
    encoding: str | None = None

    def tolerance_of(self, dataset: str, variable: str) -> Tolerance:
        """The tolerance of a variable: the last one given for it, else the general one."""
        found = self.tolerance
        for pattern, tolerance in self.tolerances.items():
            if named(pattern, dataset, variable):
                found = tolerance
        return found

    def compares(self, dataset: str, variable: str) -> bool:
        """Do --only and --drop leave this variable in?"""
        if self.only and not any(named(pattern, dataset, variable) for pattern in self.only):
            return False
        return not any(named(pattern, dataset, variable) for pattern in self.drop)

    def key_of(self, dataset: str) -> tuple[str, ...]:
        """The key variables given for a dataset, none where none were."""
        return self.by.get(dataset.upper(), self.by.get("", ()))

    def said(self) -> list[str]:
        """The options that change what counts as a difference, in words."""
        words = {
            "ignore_case": "upper and lower case of texts are not told apart",
            "ignore_trailing_blanks": "trailing blanks of texts are not compared",
            "blank_is_missing": "a text without characters is a missing value",
            "special_alike": "special missing values (.A to .Z, ._) are missing values like any other",
        }
        said = [text for name, text in words.items() if getattr(self, name)]
        if self.missing_equals:
            side = "of either side" if self.missing_equals == "both" else f"of {self.missing_equals}"
            said.append(f"a missing value {side} counts as equal to anything")
        if self.ignore:
            said.append(f"not compared: {', '.join(name for name in ATTRIBUTES if name in self.ignore)}")
        for label, names in (("only", self.only), ("without", self.drop)):
            if names:
                said.append(f"{label} the variables {', '.join(names)}")
        said += [f"tolerance of {name}: {tolerance}" for name, tolerance in self.tolerances.items()]
        return [*said, *([f"records where {self.where}"] if self.where else [])]


def named(pattern: str, dataset: str, variable: str) -> bool:
    """Does a name of a variable, or DATASET.VARIABLE, with or without `*`, mean this variable?

    >>> named("adlb.aval", "ADLB", "AVAL"), named("*DTC", "AE", "AESTDTC"), named("AE.*", "DM", "SEX")
    (True, True, False)
    """
    wanted = pattern.upper()
    name = f"{dataset}.{variable}".upper() if "." in wanted else variable.upper()
    return fnmatchcase(name, wanted)


def fault(option: str, message: str, hint: str = "") -> DataError:
    """What is wrong with an option."""
    return DataError([Problem(Place(option), message, hint)])


def keys(texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The keys of `--by`: `USUBJID,AESEQ` for every dataset, `AE=USUBJID,AESEQ` for one. Raises DataError.

    >>> keys(["USUBJID", "ae=USUBJID, AESEQ"])
    {'': ('USUBJID',), 'AE': ('USUBJID', 'AESEQ')}
    """
    found: dict[str, tuple[str, ...]] = {}
    for text in texts:
        dataset, equals, variables = text.rpartition("=")
        names = tuple(name for name in re.split(r"[\s,]+", variables) if name)
        if not names or (equals and not dataset.strip()):
            raise fault("--by", f"{text!r} names no variables", "write USUBJID,AESEQ or AE=USUBJID,AESEQ")
        found[dataset.strip().upper()] = names
    return found


def general_tolerance(method: str | None, criterion: str | None) -> Tolerance:
    """The tolerance of `--method` and `--criterion`; one without the other is as in PROC COMPARE. Raises DataError."""
    if criterion is None:
        return Tolerance(method, CRITERION) if method and method != EXACT else Tolerance()
    if method == EXACT:
        raise fault("--criterion", "the method exact knows no criterion", "give another --method, or leave one out")
    return Tolerance(method or RELATIVE, _number("--criterion", criterion))


def tolerances(texts: Iterable[str], general: Tolerance) -> dict[str, Tolerance]:
    """The tolerances of `--tolerance`: `AVAL=1e-8`, `ADLB.AVAL=0.5:percent`, `AGE=exact`. Raises DataError.

    Without a method it is the general one, and relative where that is exact.

    >>> {name: str(found) for name, found in tolerances(["AVAL=1e-8", "AGE=exact"], Tolerance()).items()}
    {'AVAL': 'relative 1e-08', 'AGE': 'exact'}
    """
    found: dict[str, Tolerance] = {}
    for text in texts:
        name, equals, rest = (part.strip() for part in text.partition("="))
        criterion, _, method = (part.strip() for part in rest.partition(":"))
        if not name or not equals or not rest:
            raise fault("--tolerance", f"{text!r} is not NAME=NUMBER", "write AVAL=1e-8 or AVAL=0.5:percent")
        if rest.lower() == EXACT:
            found[name] = Tolerance()
            continue
        method = method.lower() or (RELATIVE if general.method == EXACT else general.method)
        if method not in METHODS or method == EXACT:
            hint = nearest(method, METHODS) or f"one of {', '.join(METHODS[1:])}"
            raise fault("--tolerance", f"{method!r} of {text!r} is no method that takes a number", hint)
        found[name] = Tolerance(method, _number("--tolerance", criterion))
    return found


def _number(option: str, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise fault(option, f"{text!r} is not a number from 0 upwards", "write 0.001 or 1e-8")
    return float(text)


def ignored(texts: Iterable[str]) -> frozenset[str]:
    """The attributes of `--ignore`, parted by commas; `attributes` means every one. Raises DataError."""
    names = {name.strip().lower() for text in texts for name in text.split(",") if name.strip()}
    if "attributes" in names:
        return frozenset(ATTRIBUTES)
    for name in sorted(names - set(ATTRIBUTES)):
        known = f"one of {', '.join(ATTRIBUTES)}, or attributes for all of them"
        raise fault("--ignore", f"{name!r} is no attribute", nearest(name, ATTRIBUTES) or known)
    return frozenset(names)


def names(texts: Iterable[str]) -> tuple[str, ...]:
    """Names parted by commas or blanks."""
    return tuple(name for text in texts for name in re.split(r"[\s,]+", text) if name)
