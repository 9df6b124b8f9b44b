"""Defines the contract of the formats (Source, Sink, Chunk), and tells which format a file is.

A `Source` reads the rows of a file in order, every cell as text; a `Sink` writes them unchanged
with the `ami_…` columns behind them. A file that cannot be read raises UnreadableInput, with one
line that says what it is and what to do; a fault of one row makes that row invalid. The first
bytes of an input tell its format. A file that is not what its name says is refused, because it was
renamed or is a saved login page.
"""

import contextlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import polars as pl

from ami_cli.failures import Problem, UnreadableInput, UsageError
from ami_cli.files import folder_beside
from ami_cli.registers.spelling import fold, nearest
from ami_cli.words import Words

FORMATS = ("csv", "jsonl", "xlsx", "parquet")
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


_TOTAL = re.compile(r"(?:sous |grand )?tota(?:l|ux)\b")
_COUNT = re.compile(
    r"(?:effectifs?|nb|nbre|nombre|moyenne|somme|count|number|average|sum)\.?"
    r"(?: (?:d'|de |des |of )?(?:etudiants?|dossiers?|departs?|lignes?|students|rows|total))?"
    r"(?: ?[:=] ?\d*)?"
)
_MAY_BE_TOTAL = r"(?i)tota|effectif|nb|nombre|moyenne|somme|count|number|average|sum"


def is_total(cells: Iterable[str]) -> bool:
    """Tell whether the cells of a row are a line of totals under a table, and no student.

    >>> is_total(["", "Sous-total :", "12"]), is_total(["NB =", "62"]), is_total(["Totaro", "3"])
    (True, True, False)
    """
    texts = (cell for cell in cells if not cell.isspace() and cell)
    first = next(texts, "")[:50]
    if first.isascii() and not re.search(_MAY_BE_TOTAL, first):
        return False  # at a tenth of the time
    first = fold(first)
    if _TOTAL.match(first):
        return True
    return _COUNT.fullmatch(first) is not None and any(text.strip().isdecimal() for text in texts)


def with_totals(
    chunk: "Chunk",
    fault: str,
    rows_as_text: Callable[[pl.Series], pl.DataFrame] | None = None,
) -> "Chunk":
    """Give lines of totals that fault, in rows of a format that has no lines under its table.

    `rows_as_text` returns rows by their ranks, with all their columns, where those of the frame are
    not all.
    """
    suspect = chunk.frame.select(
        pl.any_horizontal(pl.all().str.contains(_MAY_BE_TOTAL))
    ).to_series()
    if chunk.faults is not None:
        suspect &= chunk.faults.is_null()
    ranks = suspect.fill_null(value=False).arg_true()
    rows = (rows_as_text or chunk.frame.__getitem__)(ranks).iter_rows()
    totals = [
        rank
        for rank, cells in zip(ranks, rows, strict=True)
        if is_total(cell or "" for cell in cells)
    ]
    return with_fault(chunk, totals, fault)


def with_fault(chunk: "Chunk", ranks: Sequence[int] | pl.Series, fault: str) -> "Chunk":
    """Give some rows, none perhaps, a fault as a whole."""
    if not len(ranks):
        return chunk
    faults = chunk.faults
    if faults is None:
        faults = pl.repeat(None, len(chunk.lines), dtype=pl.String, eager=True)
    return chunk._replace(faults=faults.scatter(ranks, fault))


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
        unseen = {int(kind): f" ({words(f'sheets.{code}')})" for kind, code in _UNSEEN.items()}
        return texts + self.kinds[str(rank)].replace_strict(unseen, default="")


_UNSEEN = {CellKind.MONTH: "day_unseen", CellKind.YEARLESS: "year_unseen"}


class Head(NamedTuple):
    """The first rows of a table: at most HEAD_ROWS that have a text.

    `sheet` is its name, None in a CSV file. A row is its line and its texts from the first column
    of the sheet on, each cut to LONGEST_HEAD_TEXT characters.
    """

    sheet: str | None
    rows: Sequence[tuple[int, tuple[str, ...]]]


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


def distinct_names(headers: Sequence[str], columns: Sequence[int]) -> dict[str, str]:
    """Return the rank of each column by its name, for a format in which names must differ: of the
    columns without a name the first keeps none, another is called by its number.

    >>> distinct_names(["age", "", ""], [0, 1, 2])
    {'age': '0', '': '1', 'column_3': '2'}
    """
    ranks: dict[str, str] = {}
    for rank in columns:
        name = headers[rank]
        if name in ranks:
            name = f"column_{rank + 1}"
            while name in headers:
                name += "_"
        ranks[name] = str(rank)
    return ranks


class Source(Protocol):
    """A file that is read once, from its first row to its last.

    Names of columns stand in a header in CSV files and sheets, which a HeaderFinder chooses.
    """

    format: str  # "csv", "jsonl", "xlsx" or "parquet"; "mixed" where several files differ
    text_format: str | None  # the format in which rows keep their own text
    separator: str  # of its cells, and of those of a CSV file that is written
    hidden: Collection[int]  # columns that a workbook does not show
    headers: tuple[str, ...]  # the names of the columns, as the file writes them
    first_column: int  # where the first of them stands in its sheet: 0 is A
    notices: list[Notice]
    blank: int  # rows without a single cell so far; they are no rows

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, with at least the columns `wanted` in their frames.

        Raises UnreadableInput where the file turns out to be unreadable.
        """


class Sink(Protocol):
    """A file that is written row by row; the run opens it and puts it into its place."""

    disarmed: int  # cells that a spreadsheet would have run, written so that it does not

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (the columns that the sink was made for).

        `typed` holds the values of each column that is an answer, as dates, whole numbers and
        booleans, null where a cell could not be read.
        """

    def close(self) -> None:
        """Write what remains; the file itself is closed by the run."""


# --- which format a file is -----------------------------------------------------------------------

ENDINGS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "jsonl",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".parquet": "parquet",
}
_TABLE_PAGES = (".xls", ".htm", ".html")  # endings of HTML pages that are read for their tables
# The first bytes of a file: the code of what it is.
_SIGNATURES = (
    (b"PK\x03\x04", "xlsx"),
    (b"PK\x05\x06", "xlsx"),
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "gzip"),
    (b"\xfd7zXZ", "gzip"),
    (b"7z\xbc\xaf", "gzip"),
    (b"Rar!", "gzip"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"{\\rtf", "rich_text"),
    (b"SQLite format 3", "database"),
)
_HEAD = 4096  # bytes that tell what a file is


class InputOptions(NamedTuple):
    """Which file is read (`-` is standard input), in which encoding, and which sheet of it.

    Of several files, encoding and sheet may be those of other ones.
    """

    path: str
    encoding: str | None
    sheet: str | None
    is_one_of_several: bool = False


def source_of(
    file: BinaryIO,
    options: InputOptions,
    words: Words,
    *,
    all_columns: bool,
    find_header: HeaderFinder = first_row,
) -> Source:
    """Return the Source of an open file; `all_columns` when its other columns are written too.

    Raises UnreadableInput when it is not what its name says, or none of the formats that are read,
    and UsageError for an option of another format.
    """
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    name = Path(options.path).name
    if name.startswith("~$") or (name.startswith(".~lock.") and name.endswith("#")):
        raise unreadable("lock_file", name=words.datum(re.sub(r"^~\$|^\.~lock\.|#$", "", name)))
    ending = Path(options.path).suffix.lower() if options.path != "-" else ""
    expected = ENDINGS.get(ending)
    form = _input_format(head, ending)
    if expected is not None and form != expected:
        raise unreadable("not_what_it_says", found=words(f"batch.kinds.{form}"), ending=ending)
    alone = not options.is_one_of_several
    if alone and options.sheet is not None and form not in ("xlsx", "xls"):
        raise UsageError(Problem("no_sheets", "sheet", {"value": options.sheet}))
    if alone and options.encoding is not None and form != "csv":
        raise UsageError(Problem("no_encoding", "encoding", {"value": options.encoding}))
    if form == "xlsx":
        from ami_cli.batch.formats.xlsx_read import xlsx_source

        return xlsx_source(file, options.sheet, words, find_header)
    if form == "xls":
        from ami_cli.batch.formats.xls_text import xls_text_source

        return xls_text_source(file, options.sheet, words, find_header)
    if form == "parquet":
        from ami_cli.batch.formats.parquet import ParquetSource

        return ParquetSource(file)
    if form == "jsonl":
        from ami_cli.batch.formats.json import JsonSource

        return JsonSource(file, words, all_columns=all_columns)
    from ami_cli.batch.formats.csv import CsvSource

    return CsvSource(file, options.encoding, words, find_header)


def _input_format(head: bytes, ending: str) -> str:
    """Return the format of a file. Raises UnreadableInput where it is empty or no table."""
    if not head.strip(b"\xef\xbb\xbf \t\r\n") and len(head) < _HEAD:
        raise unreadable("empty_file")
    # In UTF-16 every other byte of a bracket or a brace is zero.
    text = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    json = (
        rb'\{\s*"|\[\s*[\[{]' if ENDINGS.get(ending) == "csv" else rb"[{\[]"
    )  # a column may be called [1]
    kind = next((kind for start, kind in _SIGNATURES if head.startswith(start)), None)
    if kind is None:
        if not head.strip(b"\0"):
            kind = "zeros"
        elif text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<table")):
            is_workbook = b"urn:schemas-microsoft-com:office:spreadsheet" in text
            kind = "xls" if is_workbook or ending in _TABLE_PAGES else "page"
        else:
            kind = "jsonl" if re.match(json, text) else "csv"
    if kind not in (*FORMATS, "xls"):
        raise unreadable(f"not_a_table_{kind}")
    return kind


def output_format(wanted: str | None, target: Path | None, source: str) -> str:
    """Return the format to write: the one asked for, that of the target's ending, or CSV.

    Raises UsageError for a word or an ending that names no format.
    """
    if wanted is not None:
        if wanted.lower() not in FORMATS:
            params = {"value": wanted, "suggestion": nearest(wanted.lower(), FORMATS)}
            raise UsageError(Problem("unknown_format", "format", params))
        return wanted.lower()
    if target is None or target.suffix == "":
        return "jsonl" if source == "jsonl" else "csv"
    form = ENDINGS.get(target.suffix.lower())
    if form is None or target.suffix.lower() in (".xlsm", ".json"):
        raise UsageError(Problem("unknown_format", "format", {"value": target.suffix}))
    return form


@contextlib.contextmanager
def sink_of(
    file: BinaryIO,
    form: str,
    source: Source,
    columns: Sequence[int],
    *,
    raw: bool,
    target: Path | None,
    results: Mapping[str, Any] = RESULTS,
    identity: int = 1,
    lang: str = "fr",
) -> Iterator[Sink]:
    """Open the Sink that writes a format; `columns` are the input's columns that are kept, the
    first `identity` of them tell who a student is, and `results` are those of the result.

    Sheets show dates as in the language `lang`.

    Its temporary files stand beside `target`, and are removed when the block ends.
    """
    headers = source.headers
    only = list(columns) != list(range(len(headers)))
    if form == "xlsx":
        from ami_cli.batch.formats.xlsx_write import XlsxSink

        with (
            folder_beside(target) as folder,
            XlsxSink(
                *(file, headers, columns, folder, results),
                identity=identity,
                hidden=source.hidden,
                lang=lang,
            ) as sheet,
        ):
            yield sheet
    elif form == "parquet":
        from ami_cli.batch.formats.parquet import ParquetSink

        with folder_beside(target) as folder:
            yield ParquetSink(file, headers, columns, folder, results)
    elif form == "jsonl":
        from ami_cli.batch.formats.json import JsonSink

        repeats = source.text_format == form
        yield JsonSink(file, headers, columns, repeats=repeats, only=only, results=results)
    else:
        from ami_cli.batch.formats.csv import CsvSink

        own_text = source.text_format == form and not only
        yield CsvSink(
            file, headers, columns, source.separator, own_text=own_text, raw=raw, results=results
        )
