"""Spark: what `mapInArrow` gives is what `ami batch` gives. `make engines` installs it."""

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ami_cli import RESULT_DDL, assess_batches, assess_frame, doubted_columns
from ami_cli.batch.formats import RESULTS
from tests.batch.probes import PROBES
from tests.conftest import HERE, TODAY
from tests.runner import PLAIN_ENV

sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed: make engines")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java", allow_module_level=True)
StructType = pytest.importorskip("pyspark.sql.types").StructType

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]
# Types that Spark does not read from Arrow, or reads as another type.
NOT_IN_SPARK = (pl.Enum, pl.Categorical, pl.Time, pl.UInt64, pl.Datetime("ns"), pl.Null)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    variables = {**PLAIN_ENV, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        builder = sql.SparkSession.builder.master("local[2]")
        for option, value in {
            "spark.ui.enabled": "false",
            "spark.sql.session.timeZone": "Europe/Paris",
            "spark.sql.shuffle.partitions": "2",
        }.items():
            builder = builder.config(option, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


def judged(table: Any, doubted: frozenset[str] = frozenset()) -> Any:
    results: Any = StructType.fromDDL(RESULT_DDL)
    schema = StructType(table.schema.fields + results.fields)
    return table.mapInArrow(
        lambda batches: assess_batches(batches, today=TODAY, doubted=doubted), schema
    )


def test_every_probe(spark: Any) -> None:
    tried = 0
    for name, frame in PROBES.items():
        if name == "start time of Greenwich" or {*frame.dtypes} & {*NOT_IN_SPARK}:
            continue
        numbered = frame.with_row_index("k").with_columns(pl.col("k").cast(pl.Int32))
        arrow = numbered.to_arrow(compat_level=pl.CompatLevel.oldest())
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


def test_no_exception_holds_a_value(spark: Any) -> None:
    table = spark.createDataFrame([("Zoé", 21)], "name string, `Age` int").selectExpr(
        "name", "Age", "Age `age `"
    )
    with pytest.raises(Exception, match="answer_twice") as caught:
        judged(table).collect()
    assert "Zoé" not in str(caught.value)


def test_the_example_of_the_manual_runs(
    spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    manual = (HERE.parent / "docs" / "library.md").read_text("utf-8")
    codes = re.findall(r"```python\n(.*?)```", manual, re.DOTALL)
    (code,) = (code for code in codes if "pyspark" in code)
    (tmp_path / "docs").mkdir()
    shutil.copy(HERE.parent / "docs" / "etudiants.csv", tmp_path / "docs")
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert "eligible" in capfd.readouterr().out
