"""The raw generator: golden literals, determinism, the messiness register, and consistency of the clean data."""

from __future__ import annotations

import csv
import hashlib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import simulate
from simulate.messiness import RATES
from simulate.rng import Draws

REPOSITORY = Path(__file__).parent.parent
SHIPPED = REPOSITORY / "specs" / "nct06178146" / "raw"
SYSTEM = ["STUDY", "SITENO", "SUBJECT", "FOLDER", "FOLDERSEQ", "FORM", "RECID", "RECPOS", "ACTIVE", "SAVETS"]
FORMS = ["dm", "ic", "rand", "ici", "irae", "ae", "sd", "cs", "cm", "lb", "vs", "sv", "mh", "ds", "dd", "alloc"]
DIGESTS = {
    # SHA-256 of every raw file of study mode with seed 20230901, reviewed
    "raw_ae.csv": "1a9ea7453877321a3842d85981a24bb97b84f1b3197d6898d5c6c3efafc9d754",
    "raw_alloc.csv": "f4de6642cc0c22b14f266c26ebd6992910b676883c67716c615e8af4fb99920e",
    "raw_cm.csv": "4a16713269a429dd0eeb7a7cac8053b9470325dff1bc6a4c56edfa824124601c",
    "raw_cs.csv": "65b7eae54271c219b5775bdcba8d72b7b9c20aabda251b00552f7c91ce5fd3f8",
    "raw_dd.csv": "2a1fe0a46926553a46a6b866ac604096f2363f6447cc4318c3523499bf037e53",
    "raw_dm.csv": "c6c64dc7c299fb0d60bdee1c36e114e68684c7086ec77177aa0fbff228987a22",
    "raw_ds.csv": "97e52d10feaa0e913bed657340375ad0edef2fd6341eb19df95d2dc30c4ba1fa",
    "raw_ic.csv": "e14da267868d0e098cf94e209d0e50327cde23a4d1f4b95862dabb1f091356c0",
    "raw_ici.csv": "ddbffe41b2ccd15d29e2987aa8c25e744ea7b2c2ccfe2a2571e94907e5bb90f6",
    "raw_irae.csv": "5b0808de2acabbe662cab3bae3a1769eee5aa51acdfcce78e35d150b527da0d8",
    "raw_lb.csv": "d8320137f5f1ca1627e987772b9809c2d35aa2b6bf2c5d6a1f872e5d84f5a21f",
    "raw_mh.csv": "976d82d3b18a4d89bd322cc5b853aa2becbad6fd6b3ba87c1916091b0ed33af7",
    "raw_rand.csv": "68fa528168a525057b7e7da48cf05cdb093bb26f70bf2bb8fabdfae516b7bb77",
    "raw_sd.csv": "595bb86066857b448e4e0fb028778db66f5b41a90af1406c969f9d189ae0e13d",
    "raw_sv.csv": "809f8d967285c4cb7bb979a960d75ef99246bd8fc046f9613a284b564f5d2e3e",
    "raw_vs.csv": "62955b1f277c2766619395a78550adffe194f3fcae210fb406450a1f4349ea6a",
}

Tables = dict[str, pd.DataFrame]


def read(folder: Path, encoding: str = "utf-8-sig") -> Tables:
    return {
        form: pd.read_csv(folder / f"raw_{form}.csv", dtype=str, keep_default_na=False, encoding=encoding)
        for form in FORMS
    }


def export(folder: Path, mode: str, **options: object) -> Tables:
    simulate.write(mode, folder, **options)  # type: ignore[arg-type]
    return read(folder)


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return export(tmp_path_factory.mktemp("golden"), "golden")


@pytest.fixture(scope="module")
def study_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    simulate.write("study", folder)
    return folder


@pytest.fixture(scope="module")
def study(study_folder: Path) -> Tables:
    return read(study_folder)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return export(tmp_path_factory.mktemp("clean"), "clean")


def day(row: pd.Series, parts: str) -> date | None:
    texts = [row[f"{parts}_{part}"] for part in ("YY", "MM", "DD")]
    return date(*map(int, texts)) if all(text.isdigit() for text in texts) else None


def of(table: pd.DataFrame, subject: str, **values: str) -> pd.DataFrame:
    chosen = table[(table["SUBJECT"] == subject) & (table.get("ACTIVE", "1") == "1")]
    for name, value in values.items():
        chosen = chosen[chosen[name] == value]
    return chosen


# ---------------------------------------------------------------- golden subjects, study design section 6.1

RANDOMISED = {
    "9001": ("2024-03-04", "A"),
    "9002": ("2024-03-11", "B"),
    "9003": ("2024-04-01", "A"),
    "9004": ("2024-04-08", "B"),
    "9005": ("2024-05-06", "A"),
    "9006": ("2024-05-13", "B"),
    "9007": ("2024-06-03", "A"),
}
GRADES = {
    ("9001", "1"): {1: 3, 4: 3, 8: 2, 15: 1, 22: 1, 29: 0, 43: 0, 57: 0},
    ("9002", "1"): {1: 2, 4: 2, 8: 1, 15: 1, 22: 1, 29: 0, 43: 0, 57: 0},
    ("9002", "2"): {1: 3, 4: 3, 8: 3, 15: 3, 22: 2, 29: 2, 43: 1, 57: 1},
    ("9003", "1"): {1: 3, 3: 2, 8: 2, 15: 1, 22: 2, 29: 1, 43: 0, 57: 0},
    ("9004", "1"): {1: 4, 4: 4, 8: 4},
    ("9005", "1"): {1: 2, 9: 1},
    ("9006", "1"): {1: 2, 4: 3, 8: 3, 15: 3, 22: 2, 29: 2, 43: 2, 57: 2},
    ("9007", "1"): {1: 3, 4: 2, 8: 3, 15: 2, 22: 2},
}


def test_golden_randomisation_agrees_with_the_allocation_list(golden: Tables) -> None:
    found = {row["SUBJECT"]: (str(day(row, "RAND")), row["ARM_C"]) for _, row in golden["rand"].iterrows()}
    assert found == RANDOMISED
    listed = golden["alloc"].set_index("SUBJECT")
    assert {subject: (row["ALLOCDAT"], row["ARM_C"]) for subject, row in listed.iterrows()} == RANDOMISED


def test_golden_grades_by_study_day(golden: Tables) -> None:
    for (subject, event), expected in GRADES.items():
        start = date.fromisoformat(RANDOMISED[subject][0])
        rows = of(golden["irae"], subject, AENO=event)
        found = {(day(row, "AS") - start).days + 1: int(row["GRADE_C"]) for _, row in rows.iterrows()}  # type: ignore[operator]
        assert found == expected, (subject, event)
    assert len(golden["irae"]) == sum(map(len, GRADES.values())) + 1  # the inactivated row of G6


def test_golden_inactivated_grade_of_g6(golden: Tables) -> None:
    rows = golden["irae"].query("SUBJECT == '9006' and FOLDER == 'W1'").sort_values("RECID")
    assert list(rows["ACTIVE"]) == ["0", "1"]
    assert list(rows["GRADE_C"]) == ["1", "3"]
    assert list(rows["GRADE"]) == ["Grade 1", "Grade 3"]
    assert rows["SAVETS"].is_monotonic_increasing


def test_golden_injections(golden: Tables) -> None:
    sd = golden["sd"]
    first = [day(row, "SD") for _, row in of(sd, "9001").iterrows()]
    planned = [1, 4, 8, 11, 15, 18, 22, 25, 29, 32, 36, 39, 43, 46, 50, 53]
    assert first == [date(2024, 3, 4) + timedelta(days=n - 1) for n in planned]
    assert max(first) == date(2024, 4, 25)  # type: ignore[type-var]
    assert min(day(row, "SD") for _, row in of(sd, "9003").iterrows()) == date(2024, 4, 3)  # type: ignore[type-var]
    assert of(sd, "9007").empty
    assert set(sd["SUBJECT"]) == {"9001", "9003", "9005"}
    assert set(sd["SDDOSE"] + sd["SDDOSU"]) == {"1.6mg"}


FACTORS = {"10": 1.0, "12": 1.25, "14": 20 / 3}
ADMINISTRATIONS = {"1": 1.0, "2": 2.0, "5": 0.5, "6": 2.0, "7": 1.0}


def cumulative_dose(rows: pd.DataFrame, last: date) -> float:
    """Prednisone equivalent of a golden course, added up day by day; the last row of a shared day wins (A-20)."""
    total: dict[date, float] = {}
    for _, row in rows[rows["CSRTE_C"].isin(["1", "2"]) & rows["CSTRT_C"].isin(FACTORS)].iterrows():
        start, end = day(row, "CSST"), min(day(row, "CSEN") or last, last)
        assert start is not None
        daily = float(row["CSDOSE"]) * ADMINISTRATIONS[row["CSFRQ_C"]] * FACTORS[row["CSTRT_C"]]
        for n in range((end - start).days + 1):
            total[start + timedelta(days=n)] = daily
    return sum(total.values())


def test_golden_cumulative_corticosteroid_doses(golden: Tables) -> None:
    last = {"9004": date(2024, 4, 19), "9005": date(2024, 5, 20)}
    target = golden["cs"][golden["cs"]["CSPURP_C"] == "1"]
    found = {s: cumulative_dose(of(target, s), last.get(s, date(2025, 1, 1))) for s in RANDOMISED}
    assert found == {"9001": 1410, "9002": 1370, "9003": 1960, "9004": 3225, "9005": 750, "9006": 1400, "9007": 1065}


def test_golden_special_steroid_rows(golden: Tables) -> None:
    cs = golden["cs"]
    shared = of(cs, "9002")
    assert day(shared.iloc[1], "CSEN") == day(shared.iloc[2], "CSST") == date(2024, 4, 7)
    ongoing = of(cs, "9004", CSDOSE="120").iloc[0]
    assert (ongoing["CSONGO_C"], ongoing["CSENDAT"]) == ("1", "")
    assert of(cs, "9004", CSTRT_C="22").iloc[0][["CSDOSE", "CSDOSU", "CSRTE_C", "CSFRQ_C", "CSSTDAT"]].tolist() == [
        "400",
        "mg",
        "1",
        "7",
        "15 APR 2024",
    ]
    partial = of(cs, "9005").iloc[0]
    assert partial[["CSENDAT", "CSEN_YY", "CSEN_MM", "CSEN_DD"]].tolist() == ["UN MAY 2024", "2024", "05", "UN"]
    assert of(cs, "9006", CSTRT_C="13").iloc[0]["CSRTE_C"] == "4"
    premedication = of(cs, "9007", CSTRT_C="14").iloc[0]
    assert premedication[["CSDOSE", "CSRTE_C", "CSFRQ_C", "CSPURP_C", "AENO"]].tolist() == ["8", "1", "7", "2", ""]


def test_golden_events_and_ends(golden: Tables) -> None:
    ae, ds = golden["ae"], golden["ds"]
    first = of(ae, "9001", AENO="1").iloc[0]
    assert (first["AESTDAT"], first["AEENDAT"], first["AEOUT_C"]) == ("20 FEB 2024", "01 APR 2024", "1")
    fatal = of(ae, "9004", AENO="1").iloc[0]
    assert (fatal["AEENDAT"], fatal["AEOUT_C"], fatal["SDTH_C"], fatal["AEGR_C"]) == ("19 APR 2024", "5", "1", "5")
    assert of(golden["dd"], "9004").iloc[0]["DTHDAT"] == of(ds, "9004").iloc[0]["EOSDAT"] == "19 APR 2024"
    assert of(ae, "9005", AENO="1").iloc[0][["AESTDAT", "AEST_MM", "AEST_DD"]].tolist() == ["UN APR 2024", "04", "UN"]
    assert of(ds, "9005").iloc[0][["EOSDAT", "EOSREAS_C"]].tolist() == ["20 MAY 2024", "4"]
    assert of(golden["sv"], "9005", FOLDER="D4").iloc[0]["VISYN_C"] == "0"
    assert of(golden["sv"], "9005", FOLDER="W1").iloc[0]["VISDAT"] == "14 MAY 2024"
    never = of(ae, "9006", AENO="1").iloc[0]
    assert (never["AEENDAT"], never["AEONGO_C"], never["AEGR_C"], never["AEOUT_C"]) == ("", "1", "3", "3")
    assert of(ds, "9007").iloc[0][["EOSDAT", "EOSSTAT_C", "EOSREAS_C"]].tolist() == ["24 JUN 2024", "2", "3"]
    assert (of(golden["lb"], "9006", LBCODE="ALT")["LBRES"] == "<5").sum() == 1


def test_golden_screen_failure(golden: Tables) -> None:
    consent = of(golden["ic"], "9008").iloc[0]
    assert consent[["ICDAT", "IEDAT", "IEYN_C", "IETESTCD"]].tolist() == ["10 JUN 2024", "12 JUN 2024", "0", "INCL06B"]
    person = of(golden["dm"], "9008").iloc[0]
    assert (person["SEX"], person["SEX_C"]) == ("Female  ", "2")
    assert (date(2024, 6, 10) - (day(person, "BRTH") or date.max)).days // 365.25 == 58
    assert of(golden["vs"], "9008")["WT"].tolist() == ["52.0"]
    lab = of(golden["lb"], "9008").set_index("LBCODE")
    assert lab.loc["HB", ["LBRES", "LBUNIT"]].tolist() == ["12.1", "g/dL"]
    assert lab.loc["NE", ["LBRES", "LBUNIT", "LBFLAG"]].tolist() == ["0.80", "×10⁹/L", "↓"]
    assert lab.loc["CREA", ["LBRES", "LBUNIT"]].tolist() == ["0.8", "mg/dL"]
    for form in ("rand", "sd", "irae", "ds", "cs"):
        assert of(golden[form], "9008").empty


def test_golden_injection_follows_randomisation(golden: Tables) -> None:
    randomised = golden["rand"].set_index("SUBJECT")["RANDTIM"]
    day1 = golden["sd"][golden["sd"]["SDDAT"] == "04 MAR 2024"].iloc[0]
    assert randomised["9001"] < day1["SDTIM"]


# ---------------------------------------------------------------- determinism and file format


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("raw_*.csv"))}


def test_study_has_the_recorded_digests(study_folder: Path) -> None:
    assert digests(study_folder) == DIGESTS


def test_shipped_raw_tables_are_the_study_export(study_folder: Path) -> None:
    assert digests(SHIPPED) == digests(study_folder)


def test_chunk_size_does_not_change_the_export(tmp_path: Path) -> None:
    for name, chunk in (("one", 90), ("many", 13)):
        simulate.write("bench", tmp_path / name, subjects=90, chunk=chunk, messiness=3)
    assert digests(tmp_path / "one") == digests(tmp_path / "many")


def test_three_workers_write_what_one_writes(tmp_path: Path) -> None:
    for name, jobs in (("one", 1), ("three", 3)):
        simulate.write("bench", tmp_path / name, subjects=60, chunk=20, jobs=jobs)
    assert digests(tmp_path / "one") == digests(tmp_path / "three")


def test_first_subjects_are_the_same_for_every_number_of_subjects(tmp_path: Path) -> None:
    few = export(tmp_path / "50", "bench", subjects=50)
    many = export(tmp_path / "120", "bench", subjects=120)
    for form in FORMS:
        people = set(few["dm"]["SUBJECT"])
        same = many[form][many[form]["SUBJECT"].isin(people)].reset_index(drop=True)
        pd.testing.assert_frame_equal(few[form], same)


def test_another_seed_gives_other_data(tmp_path: Path) -> None:
    one, two = (export(tmp_path / str(seed), "bench", subjects=5, seed=seed) for seed in (1, 2))
    assert not one["lb"].equals(two["lb"])


def test_draws_do_not_depend_on_their_neighbours() -> None:
    draws = Draws(7)
    together = draws.uniform(np.arange(100), "age", np.arange(100))
    alone = [draws.uniform([n], "age", n)[0] for n in range(100)]
    assert together.tolist() == alone
    assert len(set(alone)) == 100
    assert all(0 < value < 1 for value in alone)


def test_files_have_bom_and_crlf(study_folder: Path) -> None:
    for form in FORMS:
        data = (study_folder / f"raw_{form}.csv").read_bytes()
        assert data.startswith(b"\xef\xbb\xbf") and not data[3:].startswith(b"\xef\xbb\xbf")
        assert data.endswith(b"\r\n")
        assert data.count(b"\n") == data.count(b"\r\n")


def test_rows_are_counted_as_a_csv_reader_counts_them(tmp_path: Path) -> None:
    counts = simulate.write("golden", tmp_path)
    for name, count in counts.items():
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as stream:
            lines = list(csv.reader(stream))
        assert len(lines) == count + 1
        assert {len(line) for line in lines} == {len(lines[0])}


def test_system_columns_stand_first(study: Tables) -> None:
    for form in FORMS[:-1]:
        assert list(study[form].columns)[:10] == SYSTEM
        assert set(study[form]["FORM"]) == {form.upper()}
    assert list(study["alloc"].columns) == ["RANDNO", "SUBJECT", "ARM_C", "ALLOCDAT"]


def test_record_numbers_are_unique_over_the_export(study: Tables) -> None:
    numbers = pd.concat([study[form]["RECID"] for form in FORMS[:-1]])
    assert numbers.is_unique
    assert numbers.str.len().max() <= 10


def test_laboratory_file_in_gb18030(tmp_path: Path) -> None:
    simulate.write("study", tmp_path, encoding_lb="gb18030")
    lab = pd.read_csv(tmp_path / "raw_lb.csv", dtype=str, keep_default_na=False, encoding="gb18030")
    assert {"血红蛋白"} <= set(lab["LBNAME"])
    assert "μmol/L" in set(lab["LBUNIT"])


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("stress", {}),
        ("study", {"subjects": 10}),
        ("bench", {"subjects": 0}),
        ("bench", {"subjects": 100_001}),
        ("clean", {"messiness": 1.0}),
        ("bench", {"messiness": -1.0}),
        ("bench", {"chunk": 0}),
        ("golden", {"seed": -1}),
    ],
)
def test_parameters_out_of_range_are_refused(tmp_path: Path, mode: str, options: dict[str, int]) -> None:
    with pytest.raises(simulate.SimulateError):
        simulate.write(mode, tmp_path / "none", **options)  # type: ignore[arg-type]
    assert not (tmp_path / "none").exists()


# ---------------------------------------------------------------- the study


def test_study_has_40_randomised_and_6_screen_failures(study: Tables) -> None:
    earlier = set(study["dm"]["PREVSUBJ"]) - {""}
    persons = set(study["dm"]["SUBJECT"]) - earlier
    assert len(study["rand"]) == 40
    assert len(persons) == 46 and len(earlier) == 1
    assert {f"{n}" for n in range(9001, 9009)} <= persons


def test_blocks_of_four_are_balanced(tmp_path: Path) -> None:
    listed = export(tmp_path, "bench", subjects=96)["alloc"].sort_values("RANDNO")
    arms = listed["ARM_C"].tolist()
    assert all(sorted(arms[n : n + 4]) == ["A", "A", "B", "B"] for n in range(0, len(arms) - 3, 4))


def test_allocation_list_and_edc_agree(study: Tables) -> None:
    edc = study["rand"].set_index("RANDNO")[["SUBJECT", "ARM_C"]].sort_index()
    pd.testing.assert_frame_equal(edc, study["alloc"].set_index("RANDNO")[["SUBJECT", "ARM_C"]].sort_index())


def test_bench_numbers_have_six_digits(tmp_path: Path) -> None:
    assert set(export(tmp_path, "bench", subjects=20)["dm"]["SUBJECT"].str.len()) == {6}


def twice(table: pd.DataFrame, *key: str, active: bool = True) -> pd.DataFrame:
    rows = table[table["ACTIVE"] == "1"] if active else table
    return rows[rows.duplicated(list(key), keep=False)]


def symptom_counts(study: Tables) -> dict[str, int]:
    """How often each line of the register shows in the raw tables, seen from the tables alone."""
    dm, ae, cs, cm, lb, irae = (study[form] for form in ("dm", "ae", "cs", "cm", "lb", "irae"))
    same = [name for name in lb.columns if name not in ("RECID", "SAVETS")]
    sexes = dm["SEX"].str.strip().str.casefold().map({"male": "1", "female": "2"})
    fatal = set(ae.loc[ae["AEOUT_C"] == "5", "SUBJECT"])
    dead = set(study["dd"]["SUBJECT"])
    visits = study["sv"].set_index(["SUBJECT", "FOLDER", "FOLDERSEQ"])["VISDAT"]
    forms = study["vs"].join(visits, on=["SUBJECT", "FOLDER", "FOLDERSEQ"])
    specimens = twice(lb, "SUBJECT", "LBSPID", "LBCODE")
    steroid = cs[cs["SUBJECT"].str[0] == "0"]
    after = steroid.shift(-1)
    joined = (steroid["SUBJECT"] == after["SUBJECT"]) & (steroid["CSTRT_C"] == after["CSTRT_C"])
    ended = cs.merge(study["ds"][["SUBJECT", "EOS_YY", "EOS_MM", "EOS_DD"]], on="SUBJECT")
    ended = ended[ended["CSEN_DD"].str.isdigit()]
    stop = ended["CSEN_YY"] + ended["CSEN_MM"] + ended["CSEN_DD"]
    twins = ae[ae.duplicated(["SUBJECT", "PT", "AESTDAT", "AEENDAT"], keep=False)]
    return {
        "M-01": len(twice(irae, "SUBJECT", "AENO", "FOLDER", "FOLDERSEQ")) + (irae["ACTIVE"] == "0").sum(),
        "M-02": int(lb.duplicated(same).sum()),
        "M-03": int((dm["SEX"] != dm["SEX"].str.strip()).sum() + (irae["GRADE"].str.endswith("级")).sum()),
        "M-04": int((sexes != dm["SEX_C"]).sum()),
        "M-05": int((ae["AEST_DD"] == "UN").sum() + (cm["CMST_MM"] == "UNK").sum()),
        "M-06": int((cm["CMSTDAT"].str.startswith("31 FEB")).sum()),
        "M-07": int((~cm["CMTRT"].map(str.isascii) & (cm["CMTRT_EN"] == "")).sum()),
        "M-08": int(lb["LBRES"].str.match("[<>≥]").sum()),
        "M-09": int((lb["LBUNIT"] == "mg/dL").sum()),
        "M-10": int((lb["LBRES"].str.contains(",")).sum() + study["sd"]["SDDOSE"].str.endswith("mg").sum()),
        "M-11": int(cm["CMDOSE"].isin(["0.5–1", "1片"]).sum()),
        "M-12": int((irae["GRADE_C"] == "ND").sum()),
        "M-13": int((study["sv"]["VISYN_C"] == "0").sum()),
        "M-14": int((study["sv"]["FOLDER"] == "UNSCH").sum()),
        "M-15": int((forms["VSDAT"] != forms["VISDAT"]).sum()),
        "M-16": int((~dm["SUBJECT"].isin(study["rand"]["SUBJECT"])).sum()),
        "M-17": int((dm["PREVSUBJ"] != "").sum()),
        "M-18": int(((ae["AEONGO_C"] == "1") & (ae["AEENDAT"] != "")).sum()),
        "M-19": len(twins) // 2,
        "M-20": len(fatal ^ dead),
        "M-21": int((specimens.groupby(["SUBJECT", "LBSPID", "LBCODE"])["LBRES"].nunique() > 1).sum()),
        "M-23": int((joined & (steroid["CSENDAT"] == after["CSSTDAT"])).sum()),
        "M-24": int((stop > ended["EOS_YY"] + ended["EOS_MM"] + ended["EOS_DD"]).sum()),
    }


@pytest.mark.parametrize("rule", [f"M-{n:02d}" for n in range(1, 25) if n != 22])
def test_symptom_of_the_register_occurs_in_the_study(study: Tables, rule: str) -> None:
    assert symptom_counts(study)[rule] > 0


def test_fatal_event_without_death_form_and_reverse(study: Tables) -> None:
    fatal = set(study["ae"].loc[study["ae"]["AEOUT_C"] == "5", "SUBJECT"])
    dead = set(study["dd"]["SUBJECT"])
    assert fatal - dead and dead - fatal and fatal & dead


def test_clean_data_have_no_symptom_but_those_of_the_golden_subjects(clean: Tables) -> None:
    generated = {form: table[table["SUBJECT"].str[0] != "9"].reset_index(drop=True) for form, table in clean.items()}
    found = {rule: count for rule, count in symptom_counts(generated).items() if count}
    assert found == {"M-16": 5}


def test_every_symptom_has_a_rate() -> None:
    registered = {rate.rule for rate in RATES}
    assert registered >= {f"M-{n:02d}" for n in range(1, 25)} - {"M-16", "M-22"}
    assert "M-22" not in registered
    assert all(0 < rate.rate < 1 for rate in RATES)


def test_messiness_zero_gives_a_bench_without_reentries(tmp_path: Path) -> None:
    tables = export(tmp_path, "bench", subjects=30, messiness=0.0)
    for form in FORMS[:-1]:
        assert (tables[form]["RECID"].astype(int) % 2 == 0).all()
        assert set(tables[form]["ACTIVE"]) <= {"1"}


# ---------------------------------------------------------------- consistency of the clean data


def stamp(table: pd.DataFrame, parts: str) -> pd.Series:
    return table[f"{parts}_YY"] + table[f"{parts}_MM"] + table[f"{parts}_DD"]


def test_seriousness_has_a_reason_and_only_then(clean: Tables) -> None:
    ae = clean["ae"]
    boxes = (ae[["SDTH_C", "SLIFE_C", "SHOSP_C", "SDISAB_C", "SCONG_C", "SMIE_C"]] == "1").any(axis=1)
    assert ((ae["AESER_C"] == "1") == boxes).all()


def test_recovered_events_end_and_others_do_not(clean: Tables) -> None:
    ae = clean["ae"]
    assert (ae["AEOUT_C"].isin(["1", "5"]) == (ae["AEENDAT"] != "")).all()
    assert ((ae["AEONGO_C"] == "1") == (ae["AEENDAT"] == "")).all()


def test_deaths_agree_over_the_forms(clean: Tables) -> None:
    dead = {row["SUBJECT"]: row["DTHDAT"] for _, row in clean["dd"].iterrows()}
    ds = clean["ds"][clean["ds"]["EOSREAS_C"] == "2"]
    fatal = clean["ae"][clean["ae"]["AEOUT_C"] == "5"]
    assert dead == dict(zip(ds["SUBJECT"], ds["EOSDAT"], strict=True))
    assert dead == dict(zip(fatal["SUBJECT"], fatal["AEENDAT"], strict=True))
    assert (fatal["SDTH_C"] == "1").all() and (fatal["AEGR_C"] == "5").all()


def test_no_visit_and_no_injection_after_death_or_end_of_study(clean: Tables) -> None:
    end = clean["ds"].set_index("SUBJECT")
    for form, parts in (("sv", "VIS"), ("sd", "SD"), ("lb", "LB"), ("irae", "AS")):
        rows = clean[form][clean[form]["SUBJECT"].isin(end.index)]
        assert (stamp(rows, parts) <= rows["SUBJECT"].map(stamp(end, "EOS"))).all(), form
    assert (end["EOS_YY"] + end["EOS_MM"] + end["EOS_DD"] <= "20250430").all()


def test_only_arm_a_is_injected_and_dates_are_in_order(clean: Tables) -> None:
    rand = clean["rand"].set_index("SUBJECT")
    assert (clean["sd"]["SUBJECT"].map(rand["ARM_C"]) == "A").all()
    ic = clean["ic"].set_index("SUBJECT").loc[rand.index]
    assert (stamp(ic, "IC") < stamp(rand, "RAND")).all()
    assert (stamp(ic, "IE") <= stamp(rand, "RAND")).all()
    target = clean["ae"].query("TARGET_C == '1' and AEST_DD != 'UN'")
    assert (stamp(target, "AEST") < target["SUBJECT"].map(stamp(rand, "RAND"))).all()


def test_preferred_terms_and_codes_are_one_to_one(study: Tables) -> None:
    for level in ("LLT", "PT", "HLT", "HLGT", "SOC"):
        pairs = study["ae"][[level, f"{level}CD"]].drop_duplicates()
        assert pairs[level].is_unique and pairs[f"{level}CD"].is_unique
        assert pairs[f"{level}CD"].str.fullmatch(r"99\d{6}").all()


def test_eligible_subjects_meet_the_laboratory_criteria_at_screening(clean: Tables) -> None:
    lab = clean["lb"].query("FOLDER == 'SCR' and SUBJECT not in ('9008',)")
    lab = lab[lab["SUBJECT"].isin(clean["rand"]["SUBJECT"])]
    for code, least in (("HB", 90), ("NE", 1.0), ("LY", 0.5), ("PLT", 75)):
        assert (lab.loc[lab["LBCODE"] == code, "LBRES"].astype(float) >= least).all()


def test_steroid_rows_of_one_drug_do_not_overlap_in_clean_data(clean: Tables) -> None:
    cs = clean["cs"][(clean["cs"]["SUBJECT"] < "9") & clean["cs"]["CSTRT_C"].isin(["10", "12"])]
    ends, starts = stamp(cs, "CSEN"), stamp(cs, "CSST").shift(-1)
    same = (cs["SUBJECT"] == cs["SUBJECT"].shift(-1)) & (ends != "")
    assert (ends[same] < starts[same]).all()
    dated = ends != ""
    assert (ends[dated] >= stamp(cs, "CSST")[dated]).all()


def test_hepatitis_raises_alanine_aminotransferase_with_the_grade(clean: Tables) -> None:
    grades = clean["irae"].query("ORGAN_C == '4' and SUBJECT < '9'")
    alt = clean["lb"].query("LBCODE == 'ALT'")
    both = grades.merge(alt, on=["SUBJECT", "FOLDER", "FOLDERSEQ"])
    ratio = both["LBRES"].astype(float) / both["LBHI"].astype(float)
    for grade, low, high in (("1", 1, 3), ("2", 3, 5), ("3", 5, 20), ("4", 20, 60)):
        chosen = ratio[both["GRADE_C"] == grade]
        assert chosen.between(low * 0.8, high * 1.2).all(), (grade, chosen.tolist())
