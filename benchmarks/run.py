"""All figures of benchmarks/RESULTS.md by one command: builds against peers that do the same work, taking turns.

    python benchmarks/run.py                        10,000 subjects, five turns
    python benchmarks/run.py --subjects 1000 --turns 7
    python benchmarks/run.py --large 100000         also so many subjects with two processes: peak memory, time

Every run is a process of its own. A table holds the median and the spread of each contestant, and the ratio of the
medians. A benchmark is a measurement, not a test: figures of a busy machine are noisy, and its load is written down.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


def parsing(raw: Path, out: Path) -> None:
    """Parse every raw file as text with pyarrow and write as many bytes as the build wrote."""
    import numpy as np
    import pyarrow.csv as arrow

    for path in sorted(raw.glob("*.csv")):
        with path.open(encoding="utf-8-sig") as file:
            names = file.readline().rstrip("\r\n").split(",")
        options = arrow.ConvertOptions(column_types=dict.fromkeys(names, "string"))
        arrow.read_csv(path, convert_options=options, parse_options=arrow.ParseOptions(newlines_in_values=True))
    size = sum(path.stat().st_size for path in out.rglob("*.xpt"))
    np.zeros(size, np.uint8).tofile(out.with_name("bytes"))


def building(raw: Path, out: Path, jobs: int = 1) -> None:
    """SDTM and ADaM of the reference study."""
    import pipeline
    from workers.memory import ready_for_large_columns

    ready_for_large_columns()  # as the command does
    request = pipeline.Request(pipeline.REFERENCE, out, raw, cut=pipeline.Cut(jobs), full=True)
    pipeline.sdtm(request)
    pipeline.adam(request)


def profile(raw: Path, out: Path) -> list[tuple[str, float]]:
    """Seconds of the processor in each part of a build, which one process makes."""
    import adam.build
    import pipeline_stages
    import sdtm.build
    from engine import aside
    from sdtm import intake
    from submission import stage_folder

    spent: dict[str, float] = {}
    inner = [0.0]

    def charged(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            start = time.process_time()
            inner.append(0.0)
            try:
                return work(*given, **named)
            finally:
                took = time.process_time() - start
                stage = {"sdtm": "SDTM", "adam": "ADaM"}.get(given[0].stage.spec.stage) if name == "rules" else None
                what = f"rules of {stage}" if stage else name
                spent[what] = spent.get(what, 0.0) + took - inner.pop()
                inner[-1] += took

        return timed

    pipeline_stages.can_copy = lambda: False
    for module, name, what in (
        (intake, "read_raw", "reading raw files"), (sdtm.build, "take_in", "intake: duplicates, versions, subjects"),
        (adam.build, "read_tables", "reading SDTM files"), (aside, "run_all", "rules"), (aside, "outputs", "sorting"),
        (aside, "verify", "checks, keys, codelists"), (sdtm.build, "count_rows", "ledger"),
        (adam.build, "count_rows", "ledger"), (stage_folder, "write_dataset", "writing and hashing transport files"),
        (stage_folder, "notes", "issues"), (stage_folder.safe_csv, "append", "lineage"),
    ):  # fmt: skip
        setattr(module, name, charged(what, getattr(module, name)))
    charged("everything else", building)(raw, out)
    return sorted(spent.items(), key=lambda item: -item[1])


def measured(work: Callable[[], object]) -> dict[str, Any]:
    """Seconds of the clock and of the processor, and the greatest memory of any process in MB."""
    start = time.perf_counter()
    found = work()
    seconds = time.perf_counter() - start
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    processor = sum(one.ru_utime + one.ru_stime for one in used)
    return {"seconds": seconds, "cpu": processor, "peak": max(one.ru_maxrss / 1024 for one in used), "found": found}


def _alone(*words: object) -> dict[str, Any]:
    command = [sys.executable, __file__, "--alone", *(str(word) for word in words)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def _fresh(raw: Path, out: Path) -> dict[str, Any]:
    """A build into a folder that is not there yet."""
    shutil.rmtree(out, ignore_errors=True)
    return _alone("building", raw, out, 1)


def _command(*words: str) -> dict[str, Any]:
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(words, cwd=ROOT, capture_output=True, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": time.perf_counter() - start, "cpu": processor, "peak": 0.0}


def turns(contestants: dict[str, Callable[[], dict[str, Any]]], count: int) -> dict[str, list[dict[str, Any]]]:
    """So many runs of each contestant, taking turns."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in contestants}
    for _ in range(count):
        for name, run in contestants.items():
            found[name].append(run())
    return found


def table(title: str, runs: dict[str, list[dict[str, Any]]], note: str = "") -> list[str]:
    """The first contestant against the others."""
    middle = {name: statistics.median(run["seconds"] for run in done) for name, done in runs.items()}
    first = next(iter(middle))
    head = "| | median s | least | greatest | processor s | peak MB | ratio | ratio of processor s |"
    lines = [f"## {title}", "", head, "|---|---|---|---|---|---|---|---|"]
    used = {name: statistics.median(run["cpu"] for run in done) for name, done in runs.items()}
    for name, done in runs.items():
        seconds = [run["seconds"] for run in done]
        peak = max(run["peak"] for run in done)
        cells = [f"{value:.2f}" for value in (middle[name], min(seconds), max(seconds), used[name])]
        cells.append(f"{peak:.0f}" if peak else "")
        cells += [] if name == first else [f"{middle[first] / middle[name]:.1f}", f"{used[first] / used[name]:.1f}"]
        lines.append(f"| {' | '.join([name, *cells, *([''] * (7 - len(cells)))])} |")
    return [*lines, "", *([note, ""] if note else [])]


def described() -> list[str]:
    """The machine and its load."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpu = next((line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if "model name" in line), "")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    machine = f"{cpu or platform.machine()}, {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()}"
    return [f"Machine: {machine}, Python {platform.python_version()}. Load before (1, 5, 15 minutes): {load}.", ""]


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


def main(given: argparse.Namespace) -> None:
    lines = ["# Results", "", "Made by `python benchmarks/run.py`. Ratio: the first line against the others.", ""]
    lines += described()
    python, build = sys.executable, str(Path(sys.executable).with_name("build"))
    with tempfile.TemporaryDirectory() as name:
        raw, out = Path(name, "raw"), Path(name, "out")
        _command(build, "simulate", "--mode", "bench", "--subjects", str(given.subjects), "--out", str(raw))
        runs = turns(
            {
                "build sdtm + adam": lambda: _fresh(raw, out),
                "pyarrow parses, numpy writes": lambda: _alone("parsing", raw, out, 1),
            },
            given.turns,
        )
        spent = _alone("profile", raw, out, 1)["found"]
        total = sum(seconds for _, seconds in spent)
        shares = ", ".join(f"{what} {100 * seconds / total:.0f} %" for what, seconds in spent)
        note = f"Made by one process, of the processor's time: {shares}."
        lines += table(f"{given.subjects:,} subjects", runs, note)
        demo = ["all", "--quiet", "--out", str(Path(name, "demo"))]
        _command(build, *demo)
        help_ = turns(
            {"build --help": lambda: _command(build, "--help"),
             "import click": lambda: _command(python, "-c", "import click")}, given.turns,
        )  # fmt: skip
        lines += table("Help", help_)
        shown = turns(
            {"build all --full, reference study": lambda: _command(build, *demo, "--full"),
             "build all, nothing changed": lambda: _command(build, *demo),
             "import pandas": lambda: _command(python, "-c", "import pandas")}, given.turns,
        )  # fmt: skip
        lines += table("Demonstration", shown)
        if given.large:
            lines += large(given.large, runs["build sdtm + adam"], given.subjects, Path(name))
    RESULTS.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))


def large(subjects: int, small: list[dict[str, Any]], few: int, folder: Path) -> list[str]:
    """One build of many subjects by two processes."""
    raw, out = folder / "large-raw", folder / "large-out"
    build = str(Path(sys.executable).with_name("build"))
    _command(build, "simulate", "--mode", "bench", "--subjects", str(subjects), "--out", str(raw), "--jobs", "2")
    run = _alone("building", raw, out, 2)
    each = 1000 * run["seconds"] / subjects
    before = 1000 * statistics.median(one["seconds"] for one in small) / few
    return [
        f"## {subjects:,} subjects, --jobs 2", "",
        f"{run['seconds']:.0f} s, {each:.2f} ms a subject ({few:,} subjects in one process: {before:.2f} ms);"
        f" {run['cpu']:.0f} s of the processor, {1000 * run['cpu'] / subjects:.2f} ms a subject (one process:"
        f" {1000 * statistics.median(one['cpu'] for one in small) / few:.2f} ms);"
        f" greatest memory of a process {run['peak']:.0f} MB.", "",
    ]  # fmt: skip


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    if sys.argv[1:2] == ["--alone"]:
        kind, raw_, out_, jobs_ = sys.argv[2:6]
        paths = (Path(raw_), Path(out_))
        work: dict[str, Callable[[], object]] = {
            "building": lambda: building(*paths, int(jobs_)),
            "parsing": lambda: parsing(*paths),
            "profile": lambda: profile(*paths),
        }
        print(json.dumps(measured(work[kind])))
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--subjects", type=int, default=10_000)
        parser.add_argument("--turns", type=int, default=5)
        parser.add_argument("--large", type=int, default=0)
        main(parser.parse_args())
