"""Parquet files: students read slice by slice, and written row group by row group.

polars reads and writes the format; what is here keeps memory bounded, tells damage in one line,
and gives cells as text without ever losing one.
"""

import contextlib
import io
import json
import os
import queue
import sys
import threading
import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, cast

import polars as pl
from polars.io.plugins import register_io_source

from ami_cli.batch.formats import CHUNK_ROWS, RESULTS, Chunk, Notice
from ami_cli.batch.formats.parquet_guard import refuse_bombs
from ami_cli.failures import Problem, UnreadableInput
from ami_cli.words import Words

_CELLS_AT_ONCE = 4_000_000


class ParquetSource:
    """A Parquet file (see `tables.Source`). Raises UnreadableInput when it is damaged or
    encrypted."""

    format = "parquet"

    def __init__(self, file: BinaryIO, words: Words) -> None:
        refuse_bombs(file)
        self._file = _on_disk(file)
        if self._file is not file:
            weakref.finalize(self, self._file.close)
        self.notices: list[Notice] = []
        self.blank = 0
        with _told_in_one_line():
            self._schema = self._scan().collect_schema()
            self._rows: int = self._scan().select(pl.len()).collect(engine="in-memory").item()
        self.headers = tuple(self._schema)

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """The rows, with the `wanted` columns as text (see `tables.Source`)."""
        size = max(1, min(CHUNK_ROWS, _CELLS_AT_ONCE // max(1, len(self.headers))))
        texts = [
            _as_text(self.headers[rank], self._schema[self.headers[rank]]).alias(str(rank))
            for rank in sorted(wanted)
        ]
        # An empty file too gives a chunk: its types are those of the file that is written.
        for start in range(0, max(1, self._rows), size):
            with _told_in_one_line():
                kept = self._scan().slice(start, size).collect(engine="in-memory")
                frame = kept.select(texts)
            if kept.height != min(size, self._rows - start):
                raise UnreadableInput(Problem("parquet_damaged", "input"))
            lines = pl.arange(start + 1, start + 1 + kept.height, dtype=pl.UInt32, eager=True)
            yield Chunk(frame, lines, None, kept)

    def _scan(self) -> pl.LazyFrame:
        self._file.seek(0)  # polars reads on from where a file stands
        return pl.scan_parquet(self._file, glob=False, hive_partitioning=False)


def _on_disk(file: BinaryIO) -> BinaryIO:
    """A file that polars reads piece by piece: standard input that was kept, only as the file that
    it is kept in."""
    if isinstance(file, io.BufferedReader | io.BytesIO):
        return file
    file.seek(0, 2)  # nothing read ahead, for both have one place
    return os.fdopen(os.dup(file.fileno()), "rb")


@contextlib.contextmanager
def _told_in_one_line() -> Iterator[None]:
    """Whatever polars finds wrong with a file as UnreadableInput.

    It panics over some damage, with a page of its own on the standard error; that goes nowhere.
    """
    with _silent_stderr():
        try:
            yield
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
            raise UnreadableInput(Problem("parquet_damaged", "input")) from None


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    if sys.stderr is None:  # closed when the program began: 2 is some other file, perhaps this one
        yield
        return
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


# ---------------------------------------------------------------------------------------------
# Cells as text
# ---------------------------------------------------------------------------------------------

_YEARS_OF_FOUR_DIGITS = (-719_162, 2_932_896)  # 0001-01-01 and 9999-12-31, in days from 1970
_TICKS_PER_DAY = {"ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as text; null only where it is null."""
    cell = pl.col(name)
    match kind:
        case pl.String():
            return cell
        case pl.Float32() | pl.Float64():
            # Every whole number below 2⁵³ is exact: 3.0 is 3.
            whole = cell.is_finite() & (cell == cell.round(0)) & (cell.abs() < 2**53)
            exact = pl.when(whole).then(cell).cast(pl.Int64).cast(pl.String)
            return pl.coalesce(exact, cell.cast(pl.String))
        case pl.Date():
            return pl.coalesce(
                _years_of_four_digits(cell, 1).dt.to_string("%Y-%m-%d"), _ticks(cell)
            )
        case pl.Datetime(time_unit=unit):
            # The day of a date with a zone is that of its zone.
            there = _years_of_four_digits(cell.dt.replace_time_zone(None), _TICKS_PER_DAY[unit])
            midnight = there.to_physical() % _TICKS_PER_DAY[unit] == 0
            return pl.coalesce(
                pl.when(midnight).then(there).dt.to_string("%Y-%m-%d"),
                there.dt.to_string("%Y-%m-%dT%H:%M:%S%.f"),
                _ticks(cell),
            )
        case pl.Duration():
            return cell.dt.to_string("iso")
        case pl.Binary() | pl.List() | pl.Array() | pl.Struct() | pl.Object():
            return cell.map_batches(_shown_one_by_one, return_dtype=pl.String)
    return cell.cast(pl.String)


def _years_of_four_digits(day: pl.Expr, ticks: int) -> pl.Expr:
    """Dates that have a text, null for the others: polars panics over them."""
    first, last = (bound * ticks for bound in _YEARS_OF_FOUR_DIGITS)
    return pl.when(day.to_physical().is_between(first, last + ticks - 1)).then(day)


def _ticks(cell: pl.Expr) -> pl.Expr:
    """The bare number behind a date that is out of the calendar; no answer reads it."""
    return cell.to_physical().cast(pl.String)


def _shown_one_by_one(cells: pl.Series) -> pl.Series:
    return pl.Series([_shown(cell) for cell in cells.to_list()], dtype=pl.String)


def _shown(cell: Any) -> str | None:
    match cell:
        case None:
            return None
        case bytes():
            # Some programs write text as bytes.
            with contextlib.suppress(UnicodeDecodeError):
                return cell.decode()
            return repr(cell)
    return json.dumps(cell, ensure_ascii=False, default=str, separators=(",", ":"))


# ---------------------------------------------------------------------------------------------
# Written
# ---------------------------------------------------------------------------------------------


class ParquetSink:
    """A Parquet file (see `tables.Sink`): typed columns as they were, or text, letter for letter.

    polars writes a file from a source that it pulls; here rows are pushed. So it works in a thread
    of its own that is handed one chunk at a time, and no more than two are ever held.
    """

    disarmed = 0

    def __init__(
        self, file: BinaryIO, headers: Sequence[str], columns: Sequence[int], words: Words
    ) -> None:
        self._names = {str(rank): headers[rank] for rank in columns}
        self._writer: _Writer | None = None
        self._file = file

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results. Raises OSError where the file cannot take them."""
        if isinstance(chunk.kept, pl.DataFrame):
            given = chunk.kept.select(self._names.values())
        else:
            given = pl.DataFrame(height=results.height).with_columns(
                chunk.frame[str(rank)].alias(name) for rank, name in self._names.items()
            )
        frame = given.hstack(results.select(*RESULTS))
        if self._writer is None:
            self._writer = _Writer(self._file, frame.schema)
            weakref.finalize(self, self._writer.abandon)
        self._writer.take(frame)

    def close(self) -> None:
        """Write what remains, and the table of contents that ends a Parquet file."""
        if self._writer is None:
            texts = dict.fromkeys(self._names.values(), pl.String)
            self._writer = _Writer(self._file, pl.Schema({**texts, **RESULTS}))
        self._writer.finish()


class _Abandoned(Exception):
    """The run has ended before the file has."""


class _Writer:
    """polars at work in its thread."""

    def __init__(self, file: BinaryIO, schema: pl.Schema) -> None:
        self._frames: queue.Queue[pl.DataFrame | _Abandoned | None] = queue.Queue(1)
        self._file = _Kept(file)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._work, args=(schema,), daemon=True)
        self._thread.start()

    def take(self, frame: pl.DataFrame | _Abandoned | None) -> None:
        """Hand over a chunk (None: that was all) as soon as the one before is being written."""
        while True:
            with contextlib.suppress(queue.Full):
                self._frames.put(frame, timeout=0.05)
                return
            if not self._thread.is_alive():
                self._tell()
                return

    def finish(self) -> None:
        """Wait until everything is written."""
        self.take(None)
        self._thread.join()
        self._tell()

    def abandon(self) -> None:
        """End the thread, whatever it has written."""
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._frames.put(_Abandoned(), timeout=0.05)
            self._thread.join(0.05)

    def _work(self, schema: pl.Schema) -> None:
        try:
            frames = register_io_source(self._handed_over, schema=schema)
            frames.sink_parquet(cast("BinaryIO", self._file), row_group_size=CHUNK_ROWS)
        except BaseException as wrong:
            self._failure = wrong

    def _handed_over(
        self, columns: Any, predicate: Any, rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        """What polars pulls; it asks for everything, so there is nothing to choose."""
        while (frame := self._frames.get()) is not None:
            if isinstance(frame, _Abandoned):
                raise frame
            yield frame

    def _tell(self) -> None:
        """Raise what went wrong in the thread, as the file itself said it."""
        failure = self._file.failure or self._failure
        if failure is not None:
            raise failure


class _Kept:
    """A file whose errors are kept as they were; polars makes others of them."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            return self._file.write(content)
        except OSError as wrong:
            self.failure = wrong
            raise

    def flush(self) -> None:
        self._file.flush()
