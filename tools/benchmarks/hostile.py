"""Hostile workbooks, each beside openpyxl reading an honest one of 2 MB, in one run.

Printed are the processor time of each file, read or refused, that time as a ratio to the honest
file's, and the peak memory. Budget: 5 seconds and 400 MB.

    python -m tools.benchmarks.hostile
"""

import sys
import tempfile
from pathlib import Path

import xlsxwriter

from tests.hostile import MEASURED, hostile, measured

YARDSTICK = """
import sys, time, openpyxl
book = openpyxl.load_workbook(sys.argv[1], read_only=True)
for row in book.active.iter_rows(values_only=True):
    pass
print("read", time.process_time(), 0)
"""
MOST_SECONDS, MOST_MEMORY = 5, 400


def honest(path: Path) -> None:
    """Write a workbook of 2 MB, of different texts and numbers."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for row in range(24_000):
            sheet.write_row(row, 0, [f"D{row:08}", "public", row % 8, "2027-01-15", row * 7919])


def main() -> int:
    """Print every file; 1 when a budget is exceeded."""
    exceeded = False
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "book.xlsx")
        honest(path)
        _, taken, _ = measured(YARDSTICK, path)
        print(f"an honest workbook, openpyxl alone   {float(taken):5.2f} s")
        for title, (make, _) in hostile().items():
            path.write_bytes(make().getvalue())
            end, seconds, memory = measured(MEASURED, path)
            over = float(seconds) > MOST_SECONDS or int(memory) > MOST_MEMORY
            exceeded |= over
            print(
                f"  {title:24} {end:18} {float(seconds):5.2f} s  "
                f"{float(seconds) / float(taken):5.2f} x  {memory:>4} MB"
                f"{'  EXCEEDED' if over else ''}"
            )
    return int(exceeded)


if __name__ == "__main__":
    sys.exit(main())
