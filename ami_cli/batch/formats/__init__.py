"""Defines the contract of the formats: Source, Sink, and the Chunks that pass between them.

A `Source` reads the rows of a file in order, every cell as text; a `Sink` writes them unchanged
with the `ami_…` columns behind them. A file that cannot be read raises UnreadableInput, with one
line that says what it is and what to do; a fault of one row makes that row invalid.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

import polars as pl

from ami_cli.failures import Problem, UnreadableInput
from ami_cli.words import Words

CHUNK_ROWS = 100_000  # rows held at once, about
HEAD_ROWS = 20  # rows among which the header is looked for
LONGEST_HEAD_TEXT = 200  # characters; no name of an answer is as long
LONGEST_HEAD = 500_000  # characters of all its texts: folding accents is slow on hostile ones
LONGEST_CELL = 32 * 1024 * 1024  # bytes; what is longer is no table of students
MOST_COLUMNS = 20_000

# The columns of a result, in the order of the contract, and their types.
RESULTS: Mapping[str, Any] = {
    "ami_verdict": pl.String,
    "ami_failed": pl.String,
    "ami_to_check": pl.String,
    "ami_missing": pl.String,
    "ami_assumed": pl.String,
    "ami_months": pl.Int64,
    "ami_months_max": pl.Int64,
    "ami_total": pl.Int64,
    "ami_total_max": pl.Int64,
    "ami_supplements": pl.String,
    "ami_start_by": pl.Date,
    "ami_days_left": pl.Int64,
    "ami_basis": pl.String,
    "ami_provisional": pl.Boolean,
    "ami_school": pl.String,
    "ami_commune": pl.String,
    "ami_errors": pl.String,
}


class Notice(NamedTuple):
    """Something that the person should know about the file: its encoding, the sheet read.

    `files` are those that it is about, of several; empty where it is about all of them.
    """

    code: str
    params: Mapping[str, Any]
    files: Sequence[str] = ()


def unreadable(code: str, **params: Any) -> UnreadableInput:
    """Make the refusal of an input, to be raised."""
    return UnreadableInput(Problem(code, "input", params))


class CellKind(IntEnum):
    """What a cell of a workbook is. Its text is written as in ISO 8601, but a duration is hours,
    minutes and seconds ("30:00:00"); a boolean is "true" or "false".
    """

    TEXT = 0
    NUMBER = 1
    BOOLEAN = 2
    DATE = 3
    DATETIME = 4
    TIME = 5
    DURATION = 6
    MONTH = 7  # a date shown without its day, as « juin-27 »
    YEARLESS = 8  # a date shown without its year


class Origin(NamedTuple):
    """The table that some rows are from, of several, and what its answers are called there."""

    table: str
    names: Mapping[int, str]


class Chunk(NamedTuple):
    """Some rows of a file, in its order.

    `frame` has a String column for each column asked for, named "0", "1", … by its rank; null and
    an empty text are blank cells. `lines` (UInt32) tells where each row begins: the line of the
    file, the row of the sheet. `faults` (String) tells what is wrong with a whole row, null where
    nothing is; None where no row has a fault. `texts` (String) is each row as a CSV or JSON file
    writes it, `cells` the columns of `frame` with their types in Parquet: a sink of the same format
    repeats them. `kinds` has a UInt8 column for each column of `frame`, from workbooks only: the
    CellKind of each cell. `hidden` (Boolean) tells which rows a workbook does not show, None where
    it shows all. Where several files are read, `files` (String) is the one of each row, and
    `origin` their table: one file, or a folder of parts.
    """

    frame: pl.DataFrame
    lines: pl.Series
    faults: pl.Series | None = None
    texts: pl.Series | None = None
    kinds: pl.DataFrame | None = None
    cells: pl.DataFrame | None = None
    hidden: pl.Series | None = None
    files: pl.Series | None = None
    origin: Origin | None = None

    def places(self, rows: list[int]) -> "list[int | str]":
        """Return where rows begin: their lines, with the file where several are read."""
        lines: list[int | str] = self.lines.gather(rows).to_list()
        if self.files is None:
            return lines
        files = self.files.gather(rows)
        return [f"{file}:{line}" for file, line in zip(files, lines, strict=True)]

    def answers(self, rank: int, words: Words) -> pl.Series:
        """Return the texts of a column to be read as answers: a date of which a person does not see
        the day or the year is followed by that, so that no answer accepts it."""
        texts = self.frame[str(rank)]
        if self.kinds is None or (self.kinds[str(rank)].max() or 0) < CellKind.MONTH:  # type: ignore[operator]
            return texts
        unseen = {
            int(kind): f" ({words(f'sheets.{code}')})" for kind, code in _UNSEEN_BY_KIND.items()
        }
        return texts + self.kinds[str(rank)].replace_strict(unseen, default="")


_UNSEEN_BY_KIND = {CellKind.MONTH: "day_unseen", CellKind.YEARLESS: "year_unseen"}


class Head(NamedTuple):
    """The first rows of a table: at most HEAD_ROWS that have a text.

    `sheet` is its name, None in a CSV file. A row is its line and its texts from the first column
    of the sheet on, each cut to LONGEST_HEAD_TEXT characters. `titles` are texts over several
    columns: by the line of their row, those over each column.
    """

    sheet: str | None
    rows: Sequence[tuple[int, tuple[str, ...]]]
    titles: Mapping[int, Mapping[int, str]] = {}


# Chooses where the header is: the rank of a head, from 0, and the line of a row. Heads are read
# only as far as they are asked for. A CSV file has one for each separator that it may have.
HeaderFinder = Callable[[Iterator[Head]], tuple[int, int]]


def first_row(heads: Iterator[Head]) -> tuple[int, int]:
    """Choose the first row with a text as the header."""
    return 0, next(heads).rows[0][0]


def head_rows(rows: Iterable[tuple[int, Sequence[str]]]) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows of a head: the first ones that have a text, within limits."""
    head: list[tuple[int, tuple[str, ...]]] = []
    left = LONGEST_HEAD
    for line, texts in rows:
        if not all(text.isspace() or not text for text in texts):
            shown = tuple(text[:LONGEST_HEAD_TEXT] for text in texts[:MOST_COLUMNS])
            left -= sum(map(len, shown))
            if head and left < 0:
                break
            head.append((line, shown))
        if len(head) == HEAD_ROWS:
            break
    return head


class Source(Protocol):
    """A file that is read once, from its first row to its last.

    Names of columns stand in a header in CSV files and sheets, which a HeaderFinder chooses. The
    values below are those of a format that has no such thing.
    """

    format: str  # "csv", "jsonl", "xlsx" or "parquet"; "mixed" where several files differ
    text_format: str | None = None  # the format in which rows keep their own text
    separator: str = ";"  # of its cells, and of those of a CSV file that is written
    hidden: Collection[int] = ()  # columns that a workbook does not show
    headers: tuple[str, ...]  # the names of the columns, as the file writes them
    groups: Mapping[int, str] = {}  # titles that stand in a workbook over several columns each
    first_column: int = 0  # where the first of them stands in its sheet: 0 is A
    notices: list[Notice]
    blank: int = 0  # rows without a single cell so far; they are no rows

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, with at least the columns `wanted` in their frames.

        Raises UnreadableInput where the file turns out to be unreadable.
        """


class Output(NamedTuple):
    """What is written, in the format `form`: columns of the input by their rank, and those of the
    result.

    `headers` are the names of all columns of the input. `repeats` says that the rows come from a
    file of the same format, whose texts they keep. The rest is for some formats only: the
    `separator` of CSV, where `raw` leaves cells as they are that a spreadsheet would run; in a
    sheet the first `identity` columns tell who a student is, the columns `hidden` stay hidden, and
    dates are shown as in the language `lang`.
    """

    form: str
    headers: Sequence[str]
    columns: Sequence[int]
    results: Mapping[str, Any] = RESULTS
    repeats: bool = False
    separator: str = ";"
    raw: bool = False
    identity: int = 1
    hidden: Collection[int] = ()
    lang: str = "fr"

    def has_all_columns(self) -> bool:
        """Tell whether the columns of the input are all there, in their order."""
        return list(self.columns) == list(range(len(self.headers)))

    def ranks_by_name(self) -> dict[str, str]:
        """Return the rank of each column by its name, for a format in which names must differ: of
        the columns without a name the first keeps none, another is called by its number.

        >>> Output("jsonl", ["age", "", ""], [0, 1, 2]).ranks_by_name()
        {'age': '0', '': '1', 'column_3': '2'}
        """
        ranks: dict[str, str] = {}
        for rank in self.columns:
            name = self.headers[rank]
            if name in ranks:
                name = f"column_{rank + 1}"
                while name in self.headers:
                    name += "_"
            ranks[name] = str(rank)
        return ranks


class Sink(Protocol):
    """A file that is written row by row; the run opens it and puts it into its place."""

    disarmed: int = 0  # cells that a spreadsheet would have run, written so that it does not

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (the columns that the sink was made for).

        `typed` holds the values of each column that is an answer, as dates, whole numbers and
        booleans, null where a cell could not be read.
        """

    def close(self) -> None:
        """Write what remains, if anything; the file itself is closed by the run."""
        return
