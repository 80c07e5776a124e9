"""def:Standards: the implementation guides and terminology packages that a define.xml refers to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from specs import guide_names
from specs.guide_names import DEFINE_CT
from specs.model import Codelist, Dataset, Spec
from specs.problem import Place, Problem, SpecError
from specs.standards import PACKAGES
from specs.study import standard

_PACKAGE = re.compile(r"(?:CDISC/NCI )?(?P<set>SDTM|ADaM|SEND|CDASH|DEFINE-XML)(?: CT)? (?P<version>\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class Standard:
    """def:Standard. `publishing_set` is empty for an implementation guide."""

    name: str
    type: str
    version: str
    publishing_set: str = ""

    @property
    def oid(self) -> str:
        """Says which standard it is, so that adding one renames no other."""
        return (
            f"STD.CT.{self.publishing_set}.{self.version}" if self.type == "CT" else f"STD.{self.name}.{self.version}"
        )


def guide(dataset: Dataset) -> Standard | None:
    """The implementation guide of a dataset (`SDTMIG 3.4`), None if it follows none.

    Raises SpecError for a name that Define-XML's terminology does not have, which `build check` has told before.
    """
    if not dataset.standard:
        return None
    message, hint = guide_names.fault(dataset.standard)
    if message:
        raise SpecError([Problem(dataset.at("Standard"), message, hint)])
    name, version = guide_names.parts(dataset.standard)
    return Standard(name, "IG", version)


def package(published: Codelist) -> Standard | None:
    """The terminology package of a codelist, None for one of the sponsor. Raises SpecError if not known."""
    if not (published.nci_code or published.terminology):
        return None
    found = _PACKAGE.fullmatch(published.terminology)
    if found is None:
        place = Place(published.place.file, published.place.row, "Terminology")
        message = f"'{published.terminology}' is no terminology package"
        raise SpecError([Problem(place, message, "write it as CDISC/NCI SDTM 2025-03-28")])
    return Standard("CDISC/NCI", "CT", found["version"], found["set"])


def standards_of(spec: Spec, datasets: Iterable[Dataset], codelists: Iterable[Codelist]) -> tuple[Standard, ...]:
    """The standards in use, guides first, each once; the terminology of Define-XML itself is always one."""
    guides = [guide(dataset) for dataset in datasets]
    packages = [package(codelist) for codelist in codelists]
    own = standard(spec.study, "definect") or max(name for name in PACKAGES if name.startswith(DEFINE_CT))
    packages.append(Standard("CDISC/NCI", "CT", own.rpartition(" ")[2], DEFINE_CT))
    # The stage's own guide names the document, so it stands first; the rest is in the order of the alphabet.
    first = [found for found in guides if found][:1]
    rest = {found for found in guides if found} - set(first)
    sets = {found for found in packages if found}
    return (*first, *sorted(rest, key=lambda s: s.oid), *sorted(sets, key=lambda s: s.oid))
