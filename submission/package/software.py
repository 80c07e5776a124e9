"""What made the outputs: the version of trialspec, a hash of its installed code, and the libraries it runs on."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "adam", "define", "derivations", "engine", "formats", "language", "qc", "results", "sdtm", "simulate", "specs",
    "submission",
)  # fmt: skip
_MODULES = ("cli*.py", "pipeline*.py")
_SUFFIXES = (".csv", ".gz", ".html", ".js", ".json", ".py", ".toml", ".xsl")
_STUDIES = ("specs/nct06178146/",)
_PURPOSES = {
    "lxml": "XML", "numpy": "arrays", "pandas": "tables", "scipy": "distributions", "matplotlib": "figures, fonts",
    "reportlab": "PDF", "python-docx": "DOCX", "pypdf": "reading PDF", "pyreadstat": "reading SAS datasets",
    "openpyxl": "workbooks", "jinja2": "HTML", "markupsafe": "escaping", "click": "command line",
    "defineutils": "schema and stylesheet of Define-XML",
}  # fmt: skip


def code_files() -> dict[str, Path]:
    """The files of the installed code by their path; studies that come with it are no code."""
    paths = [path for pattern in _MODULES for path in ROOT.glob(pattern)]
    paths += [path for name in PACKAGES for path in (ROOT / name).rglob("*")]
    found = {path.relative_to(ROOT).as_posix(): path for path in paths if path.is_file()}
    return {n: p for n, p in sorted(found.items()) if p.suffix in _SUFFIXES and not n.startswith(_STUDIES)}


@cache
def code_hash() -> str:
    """One SHA-256 for the names and contents of all files of the code."""
    whole = hashlib.sha256()
    for name, path in code_files().items():
        whole.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def own_version() -> str:
    """The version of trialspec."""
    try:
        return version("trialspec")
    except PackageNotFoundError:
        return "unknown"


def libraries() -> dict[str, str]:
    """The libraries that trialspec needs, with the versions that are installed."""
    try:
        needed = requires("trialspec") or []
    except PackageNotFoundError:
        needed = []
    names = {line.split(";")[0].strip() for line in needed if "extra ==" not in line}
    bare = sorted({name.split(">")[0].split("=")[0].split("<")[0].split("!")[0].strip().lower() for name in names})
    return {name: _version(name) for name in bare}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def software() -> list[tuple[str, str, str]]:
    """Name, version and purpose, for the guides."""
    system = f"{platform.python_version()} on {platform.system()}"
    own = [("trialspec", own_version(), f"all datasets, define.xml, guides; code {code_hash()[:12]}")]
    used = [(name, number, _PURPOSES.get(name, "")) for name, number in libraries().items()]
    return [*own, ("Python", system, "runs it"), *used]


def commit() -> str:
    """The commit of a working copy; "" for an installed package."""
    git = ROOT / ".git"
    try:
        if git.is_file():
            git = (ROOT / git.read_text(encoding="utf-8").partition("gitdir:")[2].strip()).resolve()
        head = (git / "HEAD").read_text(encoding="utf-8").strip()
        if not head.startswith("ref:"):
            return head
        return _reference(git, head.partition(":")[2].strip())
    except OSError:
        return ""


def _reference(git: Path, name: str) -> str:
    shared = git / "commondir"
    homes = [git] + ([(git / shared.read_text(encoding="utf-8").strip()).resolve()] if shared.is_file() else [])
    for home in homes:
        if (home / name).is_file():
            return (home / name).read_text(encoding="utf-8").strip()
        packed = home / "packed-refs"
        for line in packed.read_text(encoding="utf-8").splitlines() if packed.is_file() else ():
            if line.endswith(f" {name}"):
                return line.split()[0]
    return ""
