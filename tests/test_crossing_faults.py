"""A fault in what ranges over all subjects is told in the same words, with its place, whether a study is cut or not."""

from __future__ import annotations

from pathlib import Path

import pytest
from engine_study import SDTM, faults, rules, write

import pipeline
from pipeline import Cut, Request

RAW = "SUBJ,N,V,R\n1,1,a,1\n2,1,b,2\n3,1,a,3\n3,2,b,3\n"
TIE = "subject '1': only() found two values where there should be one ('a' and 'b')"
CHECK = "Rule,Dataset,Where,Condition,Message,Action\nR1,{},,\"only({}, subjects='all') == 'a'\",wrong,issue\n"


def said(folder: Path, rule: str, parts: int, checks: str = "") -> list[str]:
    files = {
        **SDTM,
        "raw/a.csv": RAW,
        "sdtm/Variables.csv": "Dataset,Variable,Label,Data Type,Mandatory\nZZ,USUBJID,,text,No\nZZ,ZZV,Value,text,No\n",
        "sdtm/mapping/ZZ.csv": rules(rule),
    }
    study = write(folder, {**files, **({"sdtm/Checks.csv": checks} if checks else {})})
    request = Request(study, folder / "out", say=lambda _: None, full=True, cut=Cut(partitions=parts))
    return faults(folder, lambda: pipeline.sdtm(request))


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ZZV | only(V, subjects='all')", TIE),
        (
            "ZZV | first(V, order=number(N), subjects='all')",
            "subject '1': two rows tie on order= and have different values ('a' and 'b')",
        ),
        (
            "ZZV | text(row_number(order=number(N), subjects='all'))",
            "subject '1': row_number cannot tell two records apart that tie on order= (end it with a column that"
            " differs, such as --SEQ)",
        ),
        (
            "ZZV | text(count(V, where=only(V) == 'a', subjects='all'))",
            "subject '3': only() found two values where there should be one ('a' and 'b')",
        ),
    ],
)
def test_rule(tmp_path: Path, rule: str, message: str, parts: int) -> None:
    assert said(tmp_path, rule, parts) == [f"sdtm/mapping/ZZ.csv:2 [Expression] {message}"]


@pytest.mark.parametrize("parts", [1, 2])
@pytest.mark.parametrize("asked", [("ZZ", "ZZV"), ("raw_a", "V")])
def test_check(tmp_path: Path, asked: tuple[str, str], parts: int) -> None:
    assert said(tmp_path, "ZZV | V", parts, CHECK.format(*asked)) == [f"sdtm/Checks.csv:2 {TIE}"]
