"""The library: frames of polars and tables of Spark, each beside its yardstick in the same run.

A frame is judged from one Parquet file to another, beside a plain polars copy of its own output;
budget: a peak of at most 600 MB whatever the size, and at most 4.0 times the copy. A table of
Spark is judged by `mapInArrow`, beside its input and its result passed through a `mapInArrow` that
returns what it gets, so that what is ours is told from what is the engine's, and beside polars on
as many cores.
The session of Spark is started and warm before it is measured.

    python -m tools.benchmarks.library [ROWS [ROWS_IN_SPARK]]      (default: 10 M, 1 M)
"""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from tools.benchmarks.batch import Taken, taken
from tools.benchmarks.students import write_students

ROWS, SPARK_ROWS, ROUNDS = 10_000_000, 1_000_000, 3
MOST_MEMORY, MOST_TIMES = 600, 4.0
COPY = "import polars as pl, sys; pl.scan_parquet(sys.argv[1]).sink_parquet(sys.argv[2])"
JUDGE = """
import sys
from datetime import date
import polars as pl
from ami_cli import assess_frame
students = pl.scan_parquet(sys.argv[1])
assess_frame(students, today=date(2026, 11, 23)).sink_parquet(sys.argv[2])
"""
SPARK = """
import json, sys, time
from datetime import date
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType
from ami_cli import RESULT_DDL, assess_batches

source, copied, target, workers, rounds = sys.argv[1:]
builder = SparkSession.builder.master(f"local[{workers}]").config("spark.ui.enabled", "false")
builder = builder.config("spark.executorEnv.POLARS_MAX_THREADS", "1")
spark = builder.config("spark.driver.memory", "2g").getOrCreate()
spark.sparkContext.setLogLevel("OFF")

def seconds(path, function, added=()):
    table = spark.read.parquet(path).repartition(4 * int(workers))
    schema = StructType([*table.schema.fields, *added])
    begin = time.perf_counter()
    table.mapInArrow(function, schema).write.mode("overwrite").parquet(target)
    return time.perf_counter() - begin

def ours():
    results = StructType.fromDDL(RESULT_DDL).fields
    return seconds(source, lambda it: assess_batches(it, today=date(2026, 11, 23)), results)

def passed_through(path):
    return seconds(path, lambda it: it)

ours()
print(json.dumps([[ours(), *map(passed_through, (source, copied))] for _ in range(int(rounds))]))
"""


def write_parquet_students(path: Path, rows: int) -> None:
    """Write a Parquet file of students, all text, as a CSV of theirs is read."""
    table = path.with_suffix(".csv")
    million = min(rows, 1_000_000)
    write_students(table, million)
    students = pl.scan_csv(table, separator=";", infer_schema=False)
    pl.concat([students] * (rows // million)).sink_parquet(path)
    table.unlink()


def in_python(code: str, *arguments: Path, threads: int) -> Taken:
    """Run Python code in a process of its own, with some threads of polars."""
    environment = ("/usr/bin/env", f"POLARS_MAX_THREADS={threads}")
    return taken(*environment, sys.executable, "-c", code, *map(str, arguments))


def measured(rows: int, threads: int, folder: Path) -> bool:
    """Print a frame of one size; True when a budget is exceeded."""
    source, target = folder / "students.parquet", folder / "verdicts.parquet"
    write_parquet_students(source, rows)
    runs, copies = [], []
    for _ in range(ROUNDS if rows <= SPARK_ROWS else 1):
        runs.append(in_python(JUDGE, source, target, threads=threads))
        copies.append(in_python(COPY, target, folder / "copy.parquet", threads=threads))
    seconds = statistics.median(run.seconds for run in runs)
    copied = statistics.median(copy.seconds for copy in copies)
    memory = max(run.memory for run in runs)
    over = memory > MOST_MEMORY or (rows == ROWS and seconds / copied > MOST_TIMES)
    print(
        f"  {rows:>10,} rows, polars, {threads} cores  {seconds:6.1f} s  "
        f"{seconds / copied:5.2f} x the copy ({copied:.1f} s, "
        f"{max(copy.memory for copy in copies):.0f} MB)  "
        f"{rows / seconds:>9,.0f} rows/s  peak {memory:4.0f} MB{'  EXCEEDED' if over else ''}"
    )
    return over


def measured_in_spark(rows: int, workers: int, folder: Path) -> None:
    """Print Spark on the table that polars has just judged, with some workers."""
    files = [folder / name for name in ("students.parquet", "verdicts.parquet", "spark")]
    done = subprocess.run(
        [sys.executable, "-c", SPARK, *map(str, files), str(workers), str(ROUNDS)],
        env={**os.environ, "PYSPARK_PYTHON": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    ours, of_input, of_output = map(statistics.median, zip(*json.loads(done.stdout), strict=True))
    print(
        f"  {rows:>10,} rows, Spark, {workers} workers  {ours:6.1f} s  "
        f"{ours / of_input:5.2f} x a mapInArrow that returns its input ({of_input:.1f} s), "
        f"{ours / of_output:.2f} x one that returns the result ({of_output:.1f} s)  "
        f"{rows / ours:>9,.0f} rows/s"
    )


def main(rows: int = ROWS, spark_rows: int = SPARK_ROWS) -> int:
    """Print every measure; 1 when a budget is exceeded."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"the library, medians of paired runs, Python {sys.version.split()[0]}")
        exceeded = measured(rows, 2, folder)
        if importlib.util.find_spec("pyspark") is None:
            print("  Spark is not installed: make engines")
            return int(exceeded)
        for workers in (1, 2):
            exceeded |= measured(spark_rows, workers, folder)
            measured_in_spark(spark_rows, workers, folder)
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
