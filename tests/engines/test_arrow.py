"""DuckDB and datasets of Arrow: what they hand out is judged as `ami batch` judges a file."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from ami_cli import RESULT_SCHEMA, assess_batches, assess_frame
from ami_cli.batch.formats import RESULTS
from tests.batch.probes import PROBES
from tests.conftest import TODAY

# DuckDB reads these types of Parquet as others: its own time zone, whole numbers.
_OTHER_TYPES = {"start time of Greenwich", "start duration"}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/Paris'")
        yield connection


@pytest.mark.parametrize("name", sorted(PROBES.keys() - _OTHER_TYPES))
def test_duckdb(name: str, connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    frame = PROBES[name]
    frame.write_parquet(tmp_path / "students.parquet")
    students = connection.read_parquet(str(tmp_path / "students.parquet"))
    judged = pa.Table.from_batches(assess_batches(students.to_arrow_reader(2), today=TODAY))
    connection.register("judged", judged)
    verdicts = connection.table("judged").select(*RESULTS).pl()
    assert verdicts.equals(assess_frame(frame, today=TODAY).select(*RESULTS))


def test_a_partitioned_folder_of_arrow_in_and_out(tmp_path: Path) -> None:
    frame = PROBES["age whole"].with_row_index("dossier")
    for rank in range(3):
        folder = tmp_path / "students" / f"part={rank}"
        folder.mkdir(parents=True)
        frame.filter(pl.col("dossier") % 3 == rank).write_parquet(folder / "0.parquet")
    students = ds.dataset(tmp_path / "students", partitioning="hive")
    judged = assess_batches(students.to_batches(), today=TODAY)
    schema = pa.schema([*students.schema, *RESULT_SCHEMA])
    ds.write_dataset(judged, tmp_path / "verdicts", schema=schema, format="parquet")
    verdicts = pl.read_parquet(tmp_path / "verdicts" / "*.parquet").sort("dossier")
    assert verdicts.drop("part").equals(assess_frame(frame, today=TODAY))
