"""`ami batch`, beside a plain polars copy of its own output file, in one run.

For each size both run in turn, round after round; printed are the ratio of the medians, the rows
per second and the peak memory of each process. Budget: 1 M rows at most 2.0 times the copy and
450 MB, at most 3.5 times with a school and a commune in every row, a peak of at most 600 MB
whatever the size; 300,000 JSON Lines at most 4.1 times a polars copy of the output; XLSX, 50,000
rows in and out, at most 1.5 times XlsxWriter writing the same cells out of memory; `--pages`: at
least 200 pages a second.

    python -m tools.benchmarks.batch [SIZE ...]      (default: 10 k, 100 k, 1 M, 5 M)
"""

import json
import os
import pickle
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import openpyxl
import polars as pl

from tools.benchmarks.students import write_students

AMI = str(Path(sys.executable).with_name("ami"))
COPY = (
    "import polars as pl, sys; "
    "pl.read_csv(sys.argv[1], separator=';', infer_schema=False)"
    ".write_csv(sys.argv[2], separator=';', include_bom=True)"
)
COPY_JSON = (
    "import polars as pl, sys; "
    "pl.read_ndjson(sys.argv[1], infer_schema_length=None).write_ndjson(sys.argv[2])"
)
# The cells as Python objects, so that only their writing is measured.
WRITE_SHEET = (
    "import pickle, sys, xlsxwriter; "
    "rows = pickle.load(open(sys.argv[1] + '.pickle', 'rb'))"
    "; options = {'constant_memory': True, 'default_date_format': 'dd/mm/yyyy'}"
    "; book = xlsxwriter.Workbook(sys.argv[2], options)"
    "; sheet = book.add_worksheet()"
    "; [sheet.write_row(line, 0, cells) for line, cells in enumerate(rows)]"
    "; book.close()"
)
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
ROUNDS = {5_000_000: 2, 1_000_000: 5}
MOST_TIMES, MOST_TIMES_NAMED, MOST_TIMES_JSON, MOST_TIMES_SHEET = 2.0, 3.5, 4.1, 1.5
MOST_MEMORY, MOST_MEMORY_MILLION = 600, 450
FEWEST_PAGES = 200  # a second


class Taken(NamedTuple):
    """What one process took: seconds, and megabytes at its peak."""

    seconds: float
    memory: float


def taken(*command: str) -> Taken:
    """Run a process and measure it. Raises OSError when it fails."""
    begin = time.perf_counter()
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 4):
        raise OSError(f"{command[0]} failed")
    return Taken(time.perf_counter() - begin, usage.ru_maxrss / 1024)


def batch(source: Path, target: Path) -> Taken:
    """One run of `ami batch`."""
    return taken(AMI, "batch", str(source), "-o", str(target), "--force", "--quiet")


def paired(source: Path, target: Path, copy: str, rounds: int) -> tuple[list[Taken], float]:
    """Runs, and the median seconds of a program that copies their output, in turn."""
    runs, copies = [], []
    for _ in range(rounds):
        runs.append(batch(source, target))
        copied = target.with_stem("copy")
        copies.append(taken(sys.executable, "-c", copy, str(target), str(copied)))
    return runs, statistics.median(each.seconds for each in copies)


def measured(rows: int, folder: Path, *, names: bool = False) -> bool:
    """Print one size; True when a budget is exceeded."""
    source, target = folder / "students.csv", folder / "verdicts.csv"
    write_students(source, rows, names=names)
    runs, copied = paired(source, target, COPY, ROUNDS.get(rows, 7))
    seconds = statistics.median(run.seconds for run in runs)
    memory = max(run.memory for run in runs)
    most = MOST_TIMES_NAMED if names else MOST_TIMES
    over = memory > MOST_MEMORY
    if rows == 1_000_000:
        over |= seconds / copied > most or memory > MOST_MEMORY_MILLION
    print(
        f"  {rows:>9,} rows{' with names' if names else ''}  "
        f"{seconds:6.2f} s  {seconds / copied:5.2f} x the copy "
        f"({copied:.2f} s)  {rows / seconds:>9,.0f} rows/s  peak {memory:4.0f} MB"
        f"{'  EXCEEDED' if over else ''}"
    )
    return over


def measured_json(rows: int, folder: Path) -> bool:
    """Print JSON Lines in and out; True when over the budget."""
    table, source = folder / "students.csv", folder / "students.jsonl"
    write_students(table, rows)
    frame = pl.read_csv(table, separator=";", infer_schema=False)
    with source.open("w", encoding="utf-8") as file:
        for row in frame.iter_rows(named=True):
            known = {name: value for name, value in row.items() if value}
            file.write(json.dumps(known, ensure_ascii=False) + "\n")
    target = folder / "verdicts.jsonl"
    runs, copied = paired(source, target, COPY_JSON, 3)
    seconds = statistics.median(run.seconds for run in runs)
    memory = max(run.memory for run in runs)
    over = seconds / copied > MOST_TIMES_JSON or memory > MOST_MEMORY
    print(
        f"  {rows:>9,} JSON Lines  {seconds:6.2f} s  {seconds / copied:5.2f} x the copy "
        f"({copied:.2f} s)  {rows / seconds:>9,.0f} rows/s  "
        f"peak {memory:4.0f} MB{'  EXCEEDED' if over else ''}"
    )
    return over


def measured_sheet(rows: int, folder: Path) -> bool:
    """Print XLSX in and out; True when over the budget."""
    table, source = folder / "students.csv", folder / "students.xlsx"
    write_students(table, rows)
    pl.read_csv(table, separator=";", infer_schema=False).write_excel(source)
    target = folder / "verdicts.xlsx"
    batch(source, target)
    cells = openpyxl.load_workbook(target, read_only=True).worksheets[0].iter_rows(values_only=True)
    target.with_name("verdicts.xlsx.pickle").write_bytes(pickle.dumps(list(cells)))
    runs, copied = paired(source, target, WRITE_SHEET, 3)
    seconds = statistics.median(run.seconds for run in runs)
    memory = max(run.memory for run in runs)
    over = seconds / copied > MOST_TIMES_SHEET
    print(
        f"  {rows:>9,} rows of XLSX  {seconds:6.2f} s  {seconds / copied:5.2f} x XlsxWriter "
        f"({copied:.2f} s)  peak {memory:4.0f} MB"
        f"{'  EXCEEDED' if over else ''}"
    )
    return over


def measured_pages(rows: int, folder: Path) -> bool:
    """Print a page per student; True when under the budget."""
    source, target = folder / "students.csv", folder / "verdicts.csv"
    write_students(source, rows)
    numbered = pl.read_csv(source, separator=";", infer_schema=False).with_row_index("numero")
    numbered.write_csv(source, separator=";")
    pages = folder / "pages"
    run = taken(
        *(AMI, "batch", str(source), "-o", str(target), "--force", "--quiet"),
        *("--pages", str(pages), "--name-by", "numero"),
    )
    written = len(list(pages.iterdir()))
    over = written / run.seconds < FEWEST_PAGES
    print(
        f"  {written:>9,} pages  {run.seconds:6.2f} s  {written / run.seconds:>9,.0f} pages/s"
        f"  peak {run.memory:4.0f} MB{'  EXCEEDED' if over else ''}"
    )
    return over


def main(sizes: tuple[int, ...]) -> int:
    """Print every measure; 1 when a budget is exceeded."""
    exceeded = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"ami batch, medians of paired runs, Python {sys.version.split()[0]}")
        for rows in sizes:
            exceeded |= measured(rows, folder)
        exceeded |= measured(1_000_000, folder, names=True)
        exceeded |= measured_json(300_000, folder)
        exceeded |= measured_sheet(50_000, folder)
        exceeded |= measured_pages(2_000, folder)
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main(tuple(int(size) for size in sys.argv[1:]) or SIZES))
