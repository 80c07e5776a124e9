"""The manifest against the files: those of the package by hash and size, and the inputs that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from submission.package import manifest, tree
from submission.package.manifest import Manifest
from submission.verify.differences import Difference


def differences(stated: Manifest, study: Path, raw: Path, sdtm: Path | None, package: Path) -> list[Difference]:
    """Files that are not those of the manifest; inputs that are not those from which the package was made."""
    given = manifest.inputs(study, raw if "sdtm" in stated.stages else None, sdtm)
    found = list(_outputs(stated, package))
    for kind, word in (("specification", "specification"), ("raw", "raw data"), ("sdtm", "SDTM files")):
        found += _of_inputs(getattr(stated, kind) or {}, given[kind] or {}, word)
    return found


def _outputs(stated: Manifest, package: Path) -> Iterator[Difference]:
    there = tree.files_of(package)
    for name, known in stated.outputs.items():
        if name not in there:
            yield Difference(name, "", 0, "is not there, and the manifest lists it")
        elif (size := there[name].stat().st_size) != known["bytes"]:
            yield Difference(name, "", 0, f"has {size:,d} bytes, the manifest states {known['bytes']:,d}")
        elif manifest.sha256(there[name]) != known["sha256"]:
            yield Difference(name, "", 0, "has another SHA-256 than the manifest states")
    for name in there:
        if name not in stated.outputs and name not in (tree.MANIFEST, tree.CONFORMANCE):
            yield Difference(name, "", 0, "is there, and the manifest does not list it")
    report = there.get(tree.CONFORMANCE)
    if (manifest.sha256(report) if report else "") != stated.conformance:
        yield Difference(tree.CONFORMANCE, "", 0, "is not the conformance report that the manifest states")


def _of_inputs(stated: Mapping[str, str], given: Mapping[str, str], kind: str) -> Iterator[Difference]:
    for name in sorted({*stated, *given}):
        if name not in given:
            yield Difference(f"{kind}: {name}", "", 0, "is not there, and the package was made with it")
        elif name not in stated:
            yield Difference(f"{kind}: {name}", "", 0, "is new, and the package was made without it")
        elif stated[name] != given[name]:
            yield Difference(f"{kind}: {name}", "", 0, "is not the file that the package was made with")


def code_notes(stated: Manifest) -> list[str]:
    """How the code and the libraries here differ from those of the manifest."""
    here, there = manifest.code(), stated.code
    found = []
    if here["sha256"] != there.get("sha256"):
        made = f"{there.get('trialspec', '?')}, commit {str(there.get('commit') or 'unknown')[:12]}"
        found.append(f"the package was made with other code (trialspec {made}); differences may come from that")
    if here["python"] != there.get("python"):
        found.append(f"the package was made with Python {there.get('python')}, here runs {here['python']}")
    libraries = there.get("libraries")
    known = libraries if isinstance(libraries, dict) else {}
    for name in sorted({*known, *here["libraries"]}):
        if known.get(name) != here["libraries"].get(name):
            was, now = known.get(name, "none"), here["libraries"].get(name, "none")
            found.append(f"the package was made with {name} {was}, here is {now}")
    return found
