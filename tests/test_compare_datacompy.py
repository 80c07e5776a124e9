"""What `build compare` and datacompy both report is the same on random tables; skipped where it is not installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from compare_data import compare

datacompy = pytest.importorskip("datacompy", reason="datacompy is not installed (it is no dependency)")
pytest.importorskip("pyarrow")


def frame(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    values = {f"N{i}": np.where(rng.random(rows) < 0.1, np.nan, np.round(rng.normal(50, 9, rows), i)) for i in range(4)}
    texts = {f"T{i}": rng.choice(np.array(["a", "b", "cc", "d d", None], object), rows) for i in range(4)}
    key = {"USUBJID": [f"S-{i // 5}" for i in range(rows)], "LBSEQ": np.arange(rows) % 5}
    return pd.DataFrame({**key, **values, **texts})


def edited(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    other = table.copy()
    for name in rng.choice(table.columns[2:], 4, replace=False):
        at = rng.choice(len(table), rng.integers(1, 20), replace=False)
        column = other[name].to_numpy(dtype=object, copy=True)
        column[at] = "edited" if name.startswith("T") else [None if i % 5 == 0 else 1000.5 + i for i in at]
        other[name] = column if name.startswith("T") else column.astype(float)
    gone = rng.choice(len(table), rng.integers(0, 10), replace=False)
    kept = other.drop(index=gone).sample(frac=1, random_state=int(rng.integers(1 << 30)))
    added = kept.head(int(rng.integers(0, 5))).assign(LBSEQ=99)
    return pd.concat([kept, added.drop_duplicates(["USUBJID", "LBSEQ"])], ignore_index=True)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.filterwarnings("ignore")
def test_counts_agree(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = frame(rng, 400)
    other = edited(rng, base)
    paths = []
    for name, table in (("base", base), ("other", other)):
        paths.append(tmp_path / f"{name}.parquet")
        table.to_parquet(paths[-1], index=False)
    ours = compare(paths[0], paths[1], by=("USUBJID,LBSEQ",)).datasets[0]
    theirs = datacompy.PandasCompare(base, other, join_columns=["USUBJID", "LBSEQ"], cast_column_names_lower=False)
    assert (len(theirs.df1_unq_rows), len(theirs.df2_unq_rows)) == ours.only_counts
    assert len(theirs.intersect_rows) == ours.common
    assert theirs.count_matching_rows() == ours.common - ours.unequal_records
    counts = {stat["column"]: stat["unequal_cnt"] for stat in theirs.column_stats if stat["match_column"] != ""}
    assert {v.name: v.unequal for v in ours.variables} == {name: counts[name] for name in base.columns[2:]}
    largest = {stat["column"]: stat["max_diff"] for stat in theirs.column_stats}
    for variable in ours.variables:
        if variable.largest is not None and variable.how == "number":
            assert abs(variable.largest.difference or 0) == pytest.approx(largest[variable.name])
