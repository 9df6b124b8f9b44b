"""Spark: what `mapInArrow` gives is what `ami batch` gives. `make engines` installs it."""

import contextlib
import os
import shutil
import sys
import unittest.mock
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ami_cli import RESULT_DDL, assess_batches, assess_frame, doubted_columns
from ami_cli.batch import frames
from ami_cli.batch.formats import RESULTS
from tests.batch.probes import PROBES, drawn_dossiers, numbered
from tests.conftest import HERE, TODAY
from tests.runner import PLAIN_ENV
from tests.test_docs import python_codes

sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed: make engines")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)
StructType = pytest.importorskip("pyspark.sql.types").StructType

pytestmark = [pytest.mark.process, pytest.mark.timeout(1800)]
# Types that Spark does not read from Arrow, or reads as another type.
NOT_IN_SPARK = (pl.Float16, pl.Enum, pl.Categorical, pl.Time, pl.UInt64, pl.Datetime("ns"), pl.Null)


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start Spark in a folder with the file of the manual; Java keeps the folder it starts in."""
    folder = tmp_path_factory.mktemp("spark")
    (folder / "docs").mkdir()
    shutil.copy(HERE.parent / "docs" / "etudiants.csv", folder / "docs")
    variables = {**PLAIN_ENV, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in variables.items():
            patch.setenv(name, value)
        builder = sql.SparkSession.builder.master("local[2]")
        for option, value in {
            "spark.ui.enabled": "false",
            "spark.sql.session.timeZone": "Europe/Paris",
            "spark.sql.shuffle.partitions": "2",
        }.items():
            builder = builder.config(option, value)
        with _errors_to(folder / "log"):
            session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@contextlib.contextmanager
def _errors_to(path: Path) -> Iterator[None]:
    """Let processes that are started write their errors to a file."""
    before = os.dup(2)
    with path.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)


def judged(table: Any, doubted: frozenset[str] = frozenset(), **replaced: Any) -> Any:
    """Judge a table of Spark; `replaced` are parts of the product, in the workers."""
    results: Any = StructType.fromDDL(RESULT_DDL)
    schema = StructType(table.schema.fields + results.fields)

    def judge(batches: Iterator[Any]) -> Iterator[Any]:
        with unittest.mock.patch.dict(vars(frames), replaced):
            yield from assess_batches(batches, today=TODAY, doubted=doubted)

    return table.mapInArrow(judge, schema)


def test_every_probe(spark: Any) -> None:
    tried = 0
    for name, frame in PROBES.items():
        if name == "start time of Greenwich" or {*frame.dtypes} & {*NOT_IN_SPARK}:
            continue
        arrow = numbered(frame).to_arrow(compat_level=pl.CompatLevel.oldest())
        doubted = doubted_columns(arrow.to_batches())
        table = judged(spark.createDataFrame(arrow), doubted)
        rows = table.select("k", *RESULTS).toArrow()
        verdicts = pl.DataFrame(pl.from_arrow(rows)).sort("k").drop("k")
        expected = assess_frame(frame, today=TODAY).select(*RESULTS)
        assert verdicts.to_dicts() == expected.to_dicts(), name
        tried += 1
    assert tried > 30


def test_a_partitioned_folder_with_other_types_and_empty_partitions(
    spark: Any, tmp_path: Path
) -> None:
    table = spark.sql(
        "select id, int(20 + id) age, array('a') tags, map('a', 1) map, struct(1 x) place,"
        " interval 3 days took, id % 2 part from range(6)"
    )
    table.repartition(8).write.partitionBy("part").parquet(str(tmp_path / "students"))
    table = spark.read.parquet(str(tmp_path / "students")).repartition(8)
    judged(table).write.parquet(str(tmp_path / "verdicts"))
    rows = spark.read.parquet(str(tmp_path / "verdicts")).orderBy("id").collect()
    ages = [row["age"] for row in rows]
    assert ages == [20, 21, 22, 23, 24, 25]
    assert {row["ami_verdict"] for row in rows} == {"undetermined"}
    assert rows[0]["tags"] == ["a"]
    assert rows[0]["map"] == {"a": 1}
    assert judged(table.limit(0)).count() == 0


def test_random_dossiers(spark: Any, tmp_path: Path) -> None:
    _, frame = drawn_dossiers()
    frame = numbered(frame)
    expected = assess_frame(frame, today=TODAY).select("k", *RESULTS)
    for form, cells in (("typed", frame), ("text", frame.cast(pl.String))):
        cells.write_parquet(tmp_path / f"{form}.parquet")
        table = spark.read.parquet(str(tmp_path / f"{form}.parquet")).repartition(3)
        judged(table).selectExpr("int(k) k", *RESULTS).write.parquet(str(tmp_path / form))
        verdicts = pl.read_parquet(tmp_path / form / "*.parquet").sort("k")
        assert_frame_equal(verdicts, expected)


def _fail(*_arguments: object, **_names: object) -> None:
    raise KeyError("a bug")


@pytest.mark.parametrize(
    ("second", "code", "replaced"),
    [
        ("`Start `", "answer_twice", {}),
        ("other", "doubted_later", {"CHUNK_ROWS": 1}),
        ("other", "a bug", {"with_totals": _fail}),
    ],
)
def test_no_exception_and_no_log_holds_a_value(
    spark: Any, second: str, code: str, replaced: dict[str, Any]
) -> None:
    rows = [("Zoé", "01/02/2027", "x"), ("Zoé", "01/15/2027", "x")]
    table = spark.createDataFrame(rows, f"name string, start string, {second} string").coalesce(1)
    log = Path("log")
    start = log.stat().st_size
    spark.sparkContext.setLogLevel("INFO")
    with pytest.raises(Exception, match=code) as caught:
        judged(table, **replaced).collect()
    spark.sparkContext.setLogLevel("OFF")
    logged = log.read_bytes()[start:].decode()
    assert logged.count(code) > 1
    for text in (str(caught.value), logged):
        assert "Zoé" not in text
        assert "01/15/2027" not in text


def test_the_example_of_the_manual_runs(spark: Any, capfd: pytest.CaptureFixture[str]) -> None:
    manual = (HERE.parent / "docs" / "library.md").read_text("utf-8")
    (code,) = (code for code in python_codes(manual) if "pyspark" in code)
    exec(code, {})
    assert "eligible" in capfd.readouterr().out
