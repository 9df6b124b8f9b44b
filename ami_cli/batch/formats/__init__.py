"""What the batch reads and writes, whatever the format: rows in chunks, results beside them.

A `Source` gives the rows of a file in its order, every cell as text; a `Sink` writes them back
unchanged with the `ami_…` columns behind them. What cannot be read at all is `UnreadableInput`, in
one line that says what it is and what to do; what is wrong with one row makes that row invalid.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import polars as pl

from ami_cli.answers import fold

CHUNK_ROWS = 100_000  # rows held at once, about
LONGEST_CELL = 32 * 1024 * 1024  # bytes; what is longer is no table of students
MOST_COLUMNS = 20_000

# The columns of a result, in the order of the contract, and their types.
RESULTS: Mapping[str, Any] = {
    "ami_verdict": pl.String,
    "ami_failed": pl.String,
    "ami_to_check": pl.String,
    "ami_missing": pl.String,
    "ami_assumed": pl.String,
    "ami_months": pl.Int32,
    "ami_months_max": pl.Int32,
    "ami_total": pl.Int32,
    "ami_total_max": pl.Int32,
    "ami_supplements": pl.String,
    "ami_start_by": pl.Date,
    "ami_days_left": pl.Int32,
    "ami_basis": pl.String,
    "ami_provisional": pl.Boolean,
    "ami_errors": pl.String,
}


_TOTAL = re.compile(r"(sous )?tota(l|ux)\b")


def is_total(cells: Iterable[str]) -> bool:
    """Whether the cells of a row are a line of totals under a table, and no student.

    >>> is_total(["", "Sous-total :", "12"]), is_total(["Totaro", "3"])
    (True, False)
    """
    first = next((cell for cell in cells if not cell.isspace() and cell), "")
    return _TOTAL.match(fold(first[:50])) is not None


class Notice(NamedTuple):
    """Something found out that the person should know: the encoding taken, the sheet read."""

    code: str
    params: Mapping[str, Any]


class CellKind(IntEnum):
    """What a cell of a workbook is; its text is written as in ISO 8601.

    A duration is hours, minutes and seconds ("30:00:00"); a boolean is "true" or "false".
    """

    TEXT = 0
    NUMBER = 1
    BOOLEAN = 2
    DATE = 3
    DATETIME = 4
    TIME = 5
    DURATION = 6


class Chunk(NamedTuple):
    """Some rows of a file, in its order.

    `frame` has a String column for each column asked for, named "0", "1", … by its rank; null and
    an empty text are blank cells. `lines` (UInt32) says where each row begins: the line of the
    file, the row of the sheet. `faults` (String), where there is any, says what is wrong with a
    whole row, null where nothing is. `texts` (String) is each row as its file writes it, in CSV
    and JSON: a sink of the same format repeats it. `kinds` has a UInt8 column for each column of
    `frame`, where the source knows types: the CellKind of each cell.
    """

    frame: pl.DataFrame
    lines: pl.Series
    faults: pl.Series | None = None
    kept: Any = None  # to be replaced by `texts` and `kinds`
    texts: pl.Series | None = None
    kinds: pl.DataFrame | None = None


class Source(Protocol):
    """A file that is read from its first row to its last, once."""

    format: str  # "csv", "jsonl", "xlsx" or "parquet"
    headers: tuple[str, ...]  # the names of the columns, as the file writes them
    notices: list[Notice]
    blank: int  # rows without a single cell so far; they are no rows

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """The rows, with at least the columns `wanted` in their frames.

        Raises UnreadableInput where the file turns out to be unreadable.
        """


class Sink(Protocol):
    """A file that is written row by row; opened and put into its place by the run."""

    disarmed: int  # cells that a spreadsheet would have run, written so that it does not

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (the columns of RESULTS).

        `typed` holds the answers of each column that is one, as dates, whole numbers and
        booleans, null where a cell could not be read.
        """

    def close(self) -> None:
        """Write what remains; the file itself is closed by the run."""
