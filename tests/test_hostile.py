"""Hostile files of at most 2 MB: each is answered, in five seconds and 400 MB of memory.

The usual run makes them twenty times smaller and runs them inside the test; `AMI_FULL=1` makes
them whole and measures a process.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.runner import AMI, DAY, FRENCH_ENV, LIMIT, ami

FULL = "AMI_FULL" in os.environ
SECONDS, MEGABYTES = 5, 400
LARGEST = 2_000_000  # bytes
# Prints the exit code, the seconds and the megabytes of a command. A child counts the memory of the
# process that starts it, so this one is small.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""


def marks(count: int) -> str:
    """Make a text of which composing the characters takes time: marks of two kinds."""
    return "e" + "\u0301" * (count // 2) + "\u0323" * (count // 2)


def parquet(kind: pl.DataType, cell: object, rows: int) -> bytes:
    file = io.BytesIO()
    cells = pl.Series("x", [cell], dtype=kind).new_from_index(0, rows)
    pl.DataFrame([pl.repeat(21, rows, eager=True).alias("age"), cells]).write_parquet(file)
    return file.getvalue()


def distinct(column: str, count: int) -> bytes:
    return f"age;{column}\n".encode() + b"".join(b"21;Lycee %x\n" % n for n in range(count))


# How to make each kind, of a size: the number of characters, cells or rows that make it hostile.
KINDS: dict[str, tuple[int, Callable[[int], bytes | str]]] = {
    "marks in a cell.csv": (900_000, lambda n: f"age;school\n21;{marks(n)}\n"),
    "marks in a header.csv": (900_000, lambda n: f"age;{marks(n)}\n21;x\n"),
    "marks in headers.csv": (900_000, lambda n: ";".join(["age", *[marks(180)] * (n // 180)])),
    "marks in a text.jsonl": (
        900_000,
        lambda n: json.dumps({"age": 21, "commune": marks(n)}, ensure_ascii=False),
    ),
    "marks in a key.jsonl": (
        900_000,
        lambda n: json.dumps({"age": 21, marks(n): 1}, ensure_ascii=False),
    ),
    "blank lines.csv": (1_990_000, lambda n: "\n" * n + "age;x\n21;1\n"),
    "blank rows.csv": (150_000, lambda n: "age;x\n" + "21;1\n\n" * n),
    "short rows.csv": (100_000, lambda n: ";".join(["age", *["c"] * 19_000]) + "\n1" * n),
    "separators.csv": (600_000, lambda n: ";,\t" * n + "\n1\n"),
    "totals.csv": (200_000, lambda n: "age;x\n" + "total;1\n" * n),
    "quotes.csv": (150_000, lambda n: "age;x\n" + '21;"a\n"\n' * n),
    "names.csv": (100_000, lambda n: distinct("school", n)),
    "communes.csv": (100_000, lambda n: distinct("commune", n)),
    "countries.csv": (100_000, lambda n: distinct("destination", n)),
    "a long key.jsonl": (1_000_000, lambda n: json.dumps({"age": 21, "k" * n: 1})),
    "long keys.jsonl": (
        1_900_000,
        lambda n: json.dumps({"age": 21, **{"k" * (n // 99) + str(k): 1 for k in range(99)}}),
    ),
    "many keys.jsonl": (19_000, lambda n: "".join(f'{{"k{k}":1}}\n' for k in range(n))),
    "deep.jsonl": (5_000, lambda n: f'{{"age":21,"x":{"[" * 190}{"]" * 190}}}\n' * n),
    "a text.parquet": (100_000, lambda n: parquet(pl.String(), "x" * 20_000, n)),
    "categories.parquet": (100_000, lambda n: parquet(pl.Categorical(), "x" * 20_000, n)),
    "bytes.parquet": (100_000, lambda n: parquet(pl.Binary(), b"\xff" * 20_000, n)),
    "lists.parquet": (100_000, lambda n: parquet(pl.List(pl.Int8), [1] * 500, n)),
}


@pytest.fixture(params=KINDS)
def hostile(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    size, make = KINDS[request.param]
    # A cell of the Parquet files is 20,000 characters.
    content = make(size if FULL else size // (400 if ".parquet" in request.param else 20))
    path = tmp_path / str(request.param)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert path.stat().st_size <= LARGEST
    return path


@pytest.mark.skipif(FULL, reason="measured as a process")
def test_a_small_hostile_file_is_answered(hostile: Path) -> None:
    form = ("csv", "parquet")[list(KINDS).index(hostile.name) % 2]
    started = time.process_time()
    done = ami("batch", str(hostile), "-q", "-o", str(hostile.with_name(f"o.{form}")), *DAY)
    assert done.returncode in (0, 3, 4), done.stderr
    assert time.process_time() - started < SECONDS
    assert len(done.stderr) < 2_000


@pytest.mark.process
@pytest.mark.skipif(not FULL, reason="AMI_FULL measures whole files")
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_hostile_file_takes_little_time_and_memory(
    hostile: Path, form: str, record_property: Callable[[str, object], None]
) -> None:
    target = str(hostile.with_name(f"o.{form}"))
    line = [AMI, "batch", str(hostile), "-q", "-o", target, *DAY]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *line],
        env=FRENCH_ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=LIMIT,
        check=True,
    )
    code, seconds, megabytes = map(float, done.stdout.split())
    record_property("used", f"{seconds:.1f} s, {megabytes:.0f} MB")
    assert code in (0, 3, 4)
    assert seconds < SECONDS
    assert megabytes < MEGABYTES
