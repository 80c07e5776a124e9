"""Mappings that a real submission needs beside the plain ones, each said by spec rows alone."""

from __future__ import annotations

from pathlib import Path

from engine_study import rules, sdtm

HEAD = "Dataset,Label,Class,Structure,Key Variables\n"
LISTED = "Dataset,Variable,Label,Data Type,Mandatory\n"


def test_visit_by_the_window_in_which_a_date_lies(tmp_path: Path) -> None:
    """No folder in the export: the window of the study day names the visit; a day between windows has none."""
    files = {
        "raw/a.csv": "SUBJ,DAY\n1,2024-03-04\n1,2024-03-12\n1,2024-03-30\n",
        "sdtm/tables/windows.csv": "VISITNUM,VISIT,LOW,HIGH\n1,DAY 1,1,1\n2,WEEK 1,6,11\n",
        "sdtm/Joins.csv": "Dataset,Name,From,Where\nZZ,WIN,windows,windows.LOW <= _DY <= windows.HIGH\n",
        "sdtm/mapping/ZZ.csv": rules(
            "_DY | study_day(assign_datetime(DAY, 'y-m-d'), '2024-03-04')", "_VISIT | WIN.VISIT"
        ),
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("_DY") == [1, 9, 27]
    assert ran.values("_VISIT") == ["DAY 1", "WEEK 1", None]


def test_log_line_gives_a_record_per_filled_column(tmp_path: Path) -> None:
    """One line of a log with three medications: three blocks of one table, empty ones give no record."""
    files = {
        "raw/a.csv": "SUBJ,MED1,MED2,MED3\n1,aspirin,,heparin\n2,,,\n",
        "sdtm/Sources.csv": "Dataset,Block,From,Where\nZZ,m1,raw_a,not missing(MED1)\n"
        "ZZ,m2,raw_a,not missing(MED2)\nZZ,m3,raw_a,not missing(MED3)\n"
        "none,,raw_a,missing(MED1) and missing(MED2) and missing(MED3)\n",
        "sdtm/mapping/ZZ.csv": "Variable,Block,Expression\n_TRT,m1,MED1\n_TRT,m2,MED2\n_TRT,m3,MED3\n_NTH,,"
        '"row_number(order=_TRT)"\n',
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("_TRT") == ["aspirin", "heparin"]
    assert ran.values("_NTH") == [1, 2]
    assert ("raw_a", "", "", "unaccounted", 0) in ran.ledger()


def test_comments_of_two_forms_become_one_dataset_that_points_to_its_parents(tmp_path: Path) -> None:
    files = {
        "raw/a.csv": "SUBJ,TERM,NOTE\n1,rash,seen at home\n1,cough,\n2,fever,by phone\n",
        "sdtm/Datasets.csv": HEAD + 'ZZ,Parent,EVENTS,One record per row,"USUBJID, ZZTERM"\n'
        'YY,Comments,EVENTS,One record per comment,"USUBJID, YYVAL"\n',
        "sdtm/Variables.csv": LISTED + "ZZ,USUBJID,Subject,text,No\nZZ,ZZTERM,T,text,No\nZZ,ZZSEQ,S,integer,No\n"
        "YY,USUBJID,Subject,text,No\nYY,YYVAL,Comment,text,No\n",
        "sdtm/Sources.csv": "Dataset,Block,From,Where\nZZ,a,raw_a,\nYY,n,ZZ,not missing(_NOTE)\n",
        "sdtm/mapping/ZZ.csv": "Variable,Expression\nZZTERM,TERM\nZZSEQ,sequence()\n_NOTE,NOTE\n",
        "sdtm/mapping/YY.csv": "Variable,Expression\nYYVAL,_NOTE\n_RDOMAIN,'ZZ'\n_IDVAR,'ZZSEQ'\n"
        "_IDVARVAL,text(ZZSEQ)\n",
    }
    ran = sdtm(tmp_path, files)
    names = ("YYVAL", "_RDOMAIN", "_IDVAR", "_IDVARVAL")
    assert list(zip(*(ran.values(name, "YY") for name in names))) == [
        ("seen at home", "ZZ", "ZZSEQ", "2"),
        ("by phone", "ZZ", "ZZSEQ", "1"),
    ]


def test_sequence_runs_on_across_the_parts_of_a_split_domain(tmp_path: Path) -> None:
    """FA-- datasets share one numbering per subject: the second goes on where the first ended."""
    files = {
        "raw/a.csv": "SUBJ,KIND,TERM\n1,ae,b\n1,ae,a\n1,cm,c\n2,cm,d\n",
        "sdtm/Datasets.csv": HEAD + 'FAAE,About events,FINDINGS ABOUT,One record per row,"USUBJID, FAOBJ"\n'
        'FACM,About medication,FINDINGS ABOUT,One record per row,"USUBJID, FAOBJ"\n',
        "sdtm/Variables.csv": LISTED
        + "".join(
            f"{name},USUBJID,Subject,text,No\n{name},FASEQ,Sequence Number,integer,No\n{name},FAOBJ,Object,text,No\n"
            for name in ("FAAE", "FACM")
        ),
        "sdtm/Sources.csv": "Dataset,Block,From,Where\nFAAE,ae,raw_a,KIND == 'ae'\nFACM,cm,raw_a,KIND == 'cm'\n",
        "sdtm/mapping/FAAE.csv": "Variable,Expression\nFAOBJ,TERM\nFASEQ,sequence()\n",
        "sdtm/mapping/FACM.csv": "Variable,Expression\nFAOBJ,TERM\nFASEQ,count(FAAE) + sequence()\n",
    }
    ran = sdtm(tmp_path, files)
    assert ran.values("FASEQ", "FAAE") == [2, 1]
    assert ran.values("FASEQ", "FACM") == [3, 1]
