"""Dask: partitions of pandas are judged as one table is. `make engines` installs it."""

from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ami_cli import assess_frame, doubted_columns
from ami_cli.batch.formats import RESULTS
from tests.batch.probes import PROBES, numbered
from tests.conftest import HERE, TODAY
from tests.test_docs import python_codes

dd: Any = pytest.importorskip("dask.dataframe", reason="Dask is not installed: make engines")


def test_partitions_of_random_rows_go_to_a_folder(tmp_path: Path) -> None:
    names = ("age text", "start of American order", "échelon word", "French headers", "totals")
    for rank, frame in enumerate(PROBES[name] for name in names):
        students = numbered(frame).to_pandas()
        doubted = doubted_columns(frame.to_arrow().to_batches())

        def judge(part: pd.DataFrame, doubted: frozenset[str] = doubted) -> pd.DataFrame:
            judged = assess_frame(pl.from_pandas(part), today=TODAY, doubted=doubted)
            return judged.to_pandas(use_pyarrow_extension_array=True)

        folder = tmp_path / str(rank)
        dd.from_pandas(students, npartitions=3).map_partitions(judge).to_parquet(folder)
        verdicts = pl.read_parquet(folder / "*.parquet").sort("k").select(*RESULTS)
        assert_frame_equal(verdicts, assess_frame(frame, today=TODAY).select(*RESULTS))


def test_the_example_of_the_manual_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HERE.parent)
    manual = (HERE.parent / "docs" / "library.md").read_text("utf-8")
    (code,) = (code for code in python_codes(manual) if "dask" in code)
    exec(code, {})
    assert "eligible" in capsys.readouterr().out
