"""A call made by a copy of the process: same result, same errors, nothing left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import workers.beside
from workers.beside import beside, in_turn

ROOT = Path(__file__).parents[1]
copies = pytest.mark.skipif(sys.platform != "linux", reason="processes are copied on Linux only")


def _alone(code: str) -> str:
    """What a program prints in a process of one thread, on a machine that is said to have two processors."""
    program = "import os\nos.sched_getaffinity = lambda who: {0, 1}\nfrom workers.beside import beside, in_turn\n"
    program += code
    found = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert not found.stderr, found.stderr
    return found.stdout


@copies
def test_result_comes_from_a_copy() -> None:
    code = "with beside(lambda: (os.getpid(), bytes(10_000_000))) as made:\n"
    code += "    process, content = made()\nprint(process != os.getpid(), len(content))"
    assert _alone(code) == "True 10000000\n"


@copies
def test_error_of_the_copy_is_raised_here() -> None:
    code = "def work():\n    raise ValueError('row 7')\n"
    code += "try:\n    with beside(work) as made:\n        print('before')\n        made()\n"
    code += "except ValueError as error:\n    print(error, error.__traceback__.tb_next is not None)"
    assert _alone(code) == "before\nrow 7 True\n"


@copies
def test_copy_that_is_killed_is_made_up_for() -> None:
    code = (
        "here = os.getpid()\ndef work():\n    if os.getpid() != here:\n        os.kill(os.getpid(), 9)\n    return 5\n"
    )
    assert _alone(f"{code}with beside(work) as made:\n    print(made())") == "5\n"


@copies
def test_result_that_cannot_be_passed_on_is_made_here() -> None:
    assert _alone("with beside(lambda: (lambda: 3)) as made:\n    print(made()())") == "3\n"


@copies
def test_copy_is_ended_when_nobody_asks() -> None:
    code = "import time\nstart = time.monotonic()\n"
    code += "try:\n    with beside(lambda: time.sleep(60)):\n        raise OSError('full')\nexcept OSError as error:\n"
    code += "    print(error, time.monotonic() - start < 20)\n"
    code += "try:\n    os.waitpid(-1, 0)\nexcept ChildProcessError:\n    print('none left')"
    assert _alone(code) == "full True\nnone left\n"


@pytest.mark.parametrize(("name", "value"), [("platform", "darwin"), ("threads", 2), ("processors", {0})])
def test_without_a_copy_it_is_made_when_asked_for(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    if name == "platform":
        monkeypatch.setattr(sys, "platform", value)
    elif name == "threads":
        monkeypatch.setattr(workers.beside.threading, "active_count", lambda: value)
    else:
        monkeypatch.setattr(os, "sched_getaffinity", lambda who: value, raising=False)
    said: list[str] = []
    with beside(lambda: said.append("made")) as made:
        said.append("begun")
        made()
    assert said == ["begun", "made"]


@copies
def test_build_with_copies_has_the_bytes_of_one_without(tmp_path: Path) -> None:
    code = "import pipeline\nfrom pathlib import Path\nstudy, out, count = {}\n"
    code += "os.sched_getaffinity = lambda who: set(range(count))\n"
    code += "said = []\nlines = pipeline.everything(pipeline.Request(study, out, say=said.append))\n"
    code += "print(said, [(line.stage, line.name, line.rows, line.variables) for line in lines])"
    study = f"Path({str(ROOT / 'tests' / 'tiny_study')!r})"
    shown = [_alone(code.replace("{}", f"{study}, Path({str(tmp_path / str(n))!r}), {n}")) for n in (1, 2)]
    assert shown[0] == shown[1]
    trees = [
        {p.relative_to(at): p.read_bytes() for p in at.rglob("*") if p.is_file()} for at in sorted(tmp_path.iterdir())
    ]
    assert trees[0] == trees[1]
    assert Path("results/index.html") in trees[0]


@copies
def test_copy_ends_with_the_process_that_made_it() -> None:
    code = "import signal, time\ndef work():\n    time.sleep(60)\n"
    code += "with beside(work):\n    time.sleep(1)\n    os.kill(os.getpid(), signal.SIGKILL)"
    start = time.monotonic()
    assert _alone(code) == ""  # at the end of the output, which both processes hold open
    assert time.monotonic() - start < 20


@copies
def test_calls_of_a_copy_are_made_when_they_are_begun() -> None:
    code = "seen = []\ndef call(name):\n    seen.append(name)\n    return os.getpid() != here, list(seen)\n"
    code += "here = os.getpid()\nwith in_turn(lambda: call('a'), lambda: call('b'), lambda: call('c')) as turns:\n"
    code += "    turns.begin(2)\n    turns.begin(0)\n    print(turns.result(0), turns.result(2), seen)\n"
    code += "    print(turns.result(1), seen)"  # was not begun: it is made here
    assert _alone(code) == "(True, ['c', 'a']) (True, ['c']) []\n(False, ['b']) ['b']\n"


@copies
def test_calls_after_one_that_failed_in_the_copy_are_made_here() -> None:
    code = "here = os.getpid()\ndef wrong():\n    raise ValueError(f'row 7, {os.getpid() == here}')\n"
    code += "with in_turn(wrong, lambda: os.getpid() == here) as turns:\n"
    code += "    turns.begin(0)\n    turns.begin(1)\n    print(turns.result(1))\n"
    code += "    try:\n        turns.result(0)\n    except ValueError as error:\n        print(error)"
    assert _alone(code) == "True\nrow 7, True\n"


@copies
def test_copy_that_was_killed_begins_nothing() -> None:
    code = "import signal, time\nwith in_turn(os.getpid, lambda: 5) as turns:\n    turns.begin(0)\n"
    code += "    os.kill(turns.result(0), signal.SIGKILL)\n    time.sleep(0.5)\n    turns.begin(1)\n"
    code += "    print(turns.result(1))"
    assert _alone(code) == "5\n"


def test_calls_are_made_here_without_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers.beside, "can_copy", lambda: False)
    said: list[str] = []
    with in_turn(lambda: said.append("first"), lambda: said.append("second")) as turns:
        turns.begin(0)
        turns.begin(1)
        assert said == []
        turns.result(1)
    assert said == ["second"]


_BUILD = """
import pathlib, pipeline, pipeline_aside
from specs.problem import SpecError
here, made = os.getpid(), pipeline_aside.{call}
def wrong(*given):
    if os.getpid() != here:
        os.kill(os.getpid(), 9)
    return made(*given)
pipeline_aside.{call} = wrong
pipeline.everything(pipeline.Request(pathlib.Path({study!r}), pathlib.Path({out!r})))
"""


@copies
@pytest.mark.parametrize("call", ["_check", "_ready", "_make"])
def test_build_whose_copy_is_killed_is_whole(tmp_path: Path, call: str) -> None:
    study = str(ROOT / "tests" / "tiny_study")
    plain = "import pathlib, pipeline\nos.sched_getaffinity = lambda who: {0}\n"
    plain += f"pipeline.everything(pipeline.Request(pathlib.Path({study!r}), pathlib.Path({str(tmp_path / 'one')!r})))"
    _alone(plain)
    _alone(_BUILD.format(call=call, study=study, out=str(tmp_path / "two")))
    one, two = (
        {p.relative_to(tmp_path / at): p.read_bytes() for p in (tmp_path / at).rglob("*") if p.is_file()}
        for at in ("one", "two")
    )
    assert one == two
    assert Path("sdtm/define.xml") in one
    assert Path("results/index.html") in one


REFUSED = """
import errno
def fork():
    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
os.fork = fork
"""
DEAD = """
import time, workers.beside, multiprocessing.context as made
workers.beside._answer = lambda *given: os._exit(1)
start = made.ForkProcess.start
def started(self):
    start(self)
    time.sleep(0.1)
made.ForkProcess.start = started
"""


@copies
@pytest.mark.parametrize("system", [REFUSED, DEAD])
def test_without_a_further_process_all_is_made_here(system: str) -> None:
    """The system refuses a process (so many are allowed, so much memory is left), or kills it as it begins."""
    code = system + "with beside(os.getpid) as made:\n    print(made() == os.getpid())\n"
    code += "with in_turn(os.getpid) as turns:\n    turns.begin(0)\n    print(turns.result(0) == os.getpid())"
    assert _alone(code) == "True\nTrue\n"


@copies
@pytest.mark.parametrize("system", [REFUSED, DEAD])
def test_stage_is_built_without_a_further_process(tmp_path: Path, system: str) -> None:
    study, out = str(ROOT / "tests" / "tiny_study"), str(tmp_path / "out")
    code = system + "import engine.aside, pipeline, pathlib\nengine.aside._WORTH = 0\n"
    code += f"print(len(pipeline.sdtm(pipeline.Request(pathlib.Path({study!r}), pathlib.Path({out!r})))) > 1)"
    assert _alone(code) == "True\n"
