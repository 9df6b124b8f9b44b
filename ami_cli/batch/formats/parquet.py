"""Reads and writes Parquet with polars: slices in, one file out, damage told in one line.

A file of some kilobytes can hold a table of gigabytes, because equal values are stored once and
packed. So the sizes in the footer are checked before a column is unpacked, and the text of a
slice is measured before it is made.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from datetime import time
from operator import index
from typing import Any, BinaryIO, cast

import polars as pl

from ami_cli.batch.formats import (
    CHUNK_ROWS,
    LONGEST_CELL,
    MOST_COLUMNS,
    Chunk,
    Output,
    Sink,
    Source,
    unreadable,
)

_MOST_CELLS = 4_000_000  # cells of a slice
_NESTED_ROWS = 1_000  # rows of a slice with lists, whose texts polars repeats in memory
_MOST_TEXT = 8 * 1024 * 1024  # bytes of text made at once
# A file is refused above both: bytes of text, and bytes of text for each byte of the file.
_LARGE, _RATIO = 128 * 1024 * 1024, 200
_MANY_ROWS, _ROWS_PER_BYTE = 10_000_000, 10


class ParquetSource(Source):
    """A Parquet file (see `formats.Source`). Raises UnreadableInput where it is damaged, encrypted
    or unpacks to a size out of all proportion."""

    format = "parquet"

    def __init__(self, file: BinaryIO) -> None:
        self._size = file.seek(0, 2)
        _check_column_sizes(file, self._size)
        if not isinstance(file, io.BufferedReader | io.BytesIO):
            file.flush()  # polars would read any other object whole, each time
            file = open(file.fileno(), "rb", closefd=False)  # noqa: SIM115
        self._file = file
        self.notices = []
        with _refused_as_damaged():
            self._schema = self._scan().collect_schema()
            self._rows: int = self._scan().select(pl.len()).collect(engine="in-memory").item()
        self.headers = tuple(self._schema)
        self.types = self._schema.dtypes()
        if len(self.headers) > MOST_COLUMNS:
            raise unreadable("too_many_columns", most=MOST_COLUMNS)
        if self._rows > max(_MANY_ROWS, _ROWS_PER_BYTE * self._size):
            raise unreadable("parquet_bomb")

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, with the columns `wanted` as text (see `formats.Source`)."""
        names = {str(rank): self.headers[rank] for rank in sorted(wanted)}
        types = {rank: self._schema[name] for rank, name in names.items()}
        length = pl.sum_horizontal(_length(pl.col(rank), kind) for rank, kind in types.items())
        texts = [cell_as_text(pl.col(rank), kind) for rank, kind in types.items()]
        nested = any(kind.is_nested() for kind in types.values())
        size = min(_NESTED_ROWS if nested else CHUNK_ROWS, _MOST_CELLS // max(1, len(types)))
        total = 0
        # A table without rows gives a chunk too: its types are those of the file that is written.
        for start in range(0, max(1, self._rows), size):
            with _refused_as_damaged():
                cells = self._scan().slice(start, size).select(**names).collect(engine="in-memory")
                lengths = cells.select(length).to_series()
            if cells.height != min(size, self._rows - start):
                raise unreadable("parquet_damaged")
            total += int(lengths.sum())
            if (lengths > LONGEST_CELL).any() or total > max(_LARGE, _RATIO * self._size):
                raise unreadable("parquet_bomb")
            line = start + 1
            heights = (lengths.cum_sum() // _MOST_TEXT).rle().struct.field("len").to_list()
            for height in heights or [0]:
                part = cells.slice(line - start - 1, height)
                with _refused_as_damaged():
                    frame = part.select(texts)
                lines = pl.int_range(line, line + height, dtype=pl.UInt32, eager=True)
                yield Chunk(frame, lines, cells=part)
                line += height

    def _scan(self) -> pl.LazyFrame:
        self._file.seek(0)  # polars begins where a file stands
        return pl.scan_parquet(self._file, glob=False, hive_partitioning=False)


@contextlib.contextmanager
def _refused_as_damaged() -> Iterator[None]:
    """Raise UnreadableInput where polars finds damage, with descriptor 2 closed meanwhile.

    polars panics over some damage and then writes to descriptor 2 itself, values included.
    """
    with contextlib.ExitStack() as restoring:
        if sys.stderr is not None:  # otherwise 2 is some other file, perhaps this one
            restoring.callback(os.close, stderr := os.dup(2))
            restoring.callback(os.dup2, stderr, 2)
            null = restoring.enter_context(open(os.devnull, "wb"))  # noqa: PTH123
            os.dup2(null.fileno(), 2)
        try:
            yield
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
            raise unreadable("parquet_damaged") from None


# --- the footer, which alone tells the size of a column before it is unpacked ---------------------

# parquet.thrift: FileMetaData.row_groups, RowGroup.columns, ColumnChunk.meta_data, ColumnMetaData
_ROW_GROUPS, _COLUMNS, _META_DATA, _UNCOMPRESSED, _COMPRESSED = 4, 1, 3, 6, 7
_LONGEST_NUMBER = 63  # bits


def _check_column_sizes(file: BinaryIO, size: int) -> None:
    """Raise UnreadableInput where a file is not whole, is encrypted, or has a column that unpacks
    to a size out of all proportion."""
    file.seek(0)
    start = file.read(4)
    file.seek(max(0, size - 8))
    length, end = int.from_bytes(file.read(4), "little"), file.read(4)
    if b"PARE" in (start, end):
        raise unreadable("parquet_encrypted")
    if start != b"PAR1" or end != b"PAR1" or not 0 < length <= size - 12:
        raise unreadable("parquet_damaged")
    file.seek(size - 8 - length)
    try:
        footer = _struct(iter(file.read(length)))
        columns = [
            column[_META_DATA] for group in footer[_ROW_GROUPS] for column in group[_COLUMNS]
        ]
        is_bomb = any(
            index(column[_UNCOMPRESSED]) > max(_LARGE, _RATIO * index(column[_COMPRESSED]))
            for column in columns
        )
    except (StopIteration, RuntimeError, LookupError, TypeError, ValueError):
        raise unreadable("parquet_damaged") from None
    if is_bomb:
        raise unreadable("parquet_bomb")


def _struct(content: Iterator[int]) -> dict[int, Any]:
    """Read a Thrift struct in the compact protocol, its fields by number (apache/thrift,
    doc/specs/thrift-compact-protocol.md)."""
    fields: dict[int, Any] = {}
    number = 0
    while head := next(content):
        number = number + (head >> 4) if head >> 4 else _integer(content)
        fields[number] = None if head & 15 in (1, 2) else _value(content, head & 15)
    return fields


def _value(content: Iterator[int], kind: int) -> Any:
    match kind:
        case 1 | 2 | 3:  # a boolean of a list, a byte
            return next(content)
        case 4 | 5 | 6:
            return _integer(content)
        case 7 | 8:  # a floating-point number, a text
            for _ in range(8 if kind == 7 else _varint(content)):
                next(content)
            return None
        case 9 | 10:
            head = next(content)
            count = _varint(content) if head >> 4 == 15 else head >> 4
            return [_value(content, head & 15) for _ in range(count)]
        case 12:
            return _struct(content)
    raise ValueError("no type of a footer")


def _varint(content: Iterator[int]) -> int:
    number = shift = 0
    while (byte := next(content)) > 127:
        if shift > _LONGEST_NUMBER:
            raise ValueError("no number of a footer")
        number |= (byte & 127) << shift
        shift += 7
    return number | byte << shift


def _integer(content: Iterator[int]) -> int:
    number = _varint(content)
    return number >> 1 ^ -(number & 1)


# --- cells as text --------------------------------------------------------------------------------


def _length(cell: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return about the bytes of a cell as text, or as a Python object where it is nested."""
    match kind:
        case pl.String():
            length = cell.str.len_bytes()
        case pl.Binary():
            length = cell.bin.size()
        case pl.Categorical() | pl.Enum():
            length = cell.cat.len_bytes()
        case pl.List(inner=inner):
            elements = cell.list.eval(_length(pl.element(), inner))  # type: ignore[arg-type]
            length = elements.list.sum() + 8 * cell.list.len()
        case pl.Array(inner=inner):
            return _length(cell.arr.to_list(), pl.List(inner))
        case pl.Map():
            keys, values = cell.map.keys(), cell.map.values()
            return _length(keys, pl.List(kind.key)) + _length(values, pl.List(kind.value))
        case pl.BaseExtension():
            return _length(cell.ext.storage(), kind.ext_storage())  # type: ignore[arg-type]
        case pl.Struct(fields=fields):
            length = pl.sum_horizontal(
                _length(cell.struct.field(field.name), field.dtype) + len(field.name) + 8  # type: ignore[arg-type]
                for field in fields
            )
        case _:
            length = pl.when(cell.is_not_null()).then(8)
    return length.cast(pl.Int64).fill_null(0)


def cell_as_text(cell: pl.Expr, kind: pl.DataType) -> pl.Expr:
    """Return a column of any type as the text that is read; null only where it is null."""
    match kind:
        case pl.Float32() | pl.Float64():
            # Every whole number below 2⁵³ is exact: 3.0 is 3.
            whole = cell.is_finite() & (cell == cell.round(0)) & (cell.abs() < 2**53)
            exact = pl.when(whole).then(cell).cast(pl.Int64).cast(pl.String)
            return pl.coalesce(exact, cell.cast(pl.String))
        case pl.Date():
            return cell.dt.to_string("%Y-%m-%d")
        case pl.Datetime():
            local = cell.dt.replace_time_zone(None)  # the day is that of the zone
            midnight = local.dt.time() == time()
            date = pl.when(midnight).then(local).dt.to_string("%Y-%m-%d")
            return pl.coalesce(date, local.dt.to_string("%Y-%m-%dT%H:%M:%S%.f"))
        case pl.Duration():
            return cell.dt.to_string("iso")
        case pl.BaseExtension():
            return cell_as_text(cell.ext.storage(), kind.ext_storage())  # type: ignore[arg-type]
        case _ if kind.is_nested() or isinstance(kind, pl.Binary | pl.Object):
            return cell.map_batches(_shown_column, return_dtype=pl.String)
    return cell.cast(pl.String)


def _shown_column(cells: pl.Series) -> pl.Series:
    if cells.dtype == pl.Binary:
        with contextlib.suppress(pl.exceptions.ComputeError):
            return cells.cast(pl.String)
    return pl.Series(map(_shown, cells.to_list()), dtype=pl.String)


def _shown(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, bytes):
        with contextlib.suppress(UnicodeDecodeError):
            return cell.decode()  # some programs write text as bytes
        return repr(cell)
    if isinstance(cell, list | dict):
        return json.dumps(cell, ensure_ascii=False, default=str, separators=(",", ":"))
    return str(cell)


# --- written --------------------------------------------------------------------------------------


class ParquetSink(Sink):
    """A Parquet file (see `formats.Sink`): typed columns as they were, or text, letter for letter.

    polars writes a file in one go, so each chunk waits in a file of its own in `folder`.
    """

    def __init__(self, file: BinaryIO, output: Output, folder: str) -> None:
        self._file = file
        self._results = output.results
        self._names = output.ranks_by_name()
        self._folder = folder
        self._parts: list[str] = []

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results into a part. Raises OSError."""
        cells = chunk.frame if chunk.cells is None else chunk.cells
        columns = {name: cells[rank] for name, rank in self._names.items()}
        columns |= {name: results[name].cast(kind) for name, kind in self._results.items()}
        self._write_part(pl.DataFrame(columns))  # a list would rename a column without a name

    def _write_part(self, frame: pl.DataFrame) -> None:
        content = io.BytesIO()  # polars would make another error of a full disk
        frame.write_parquet(content)
        with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as part:
            part.write(content.getbuffer())
        self._parts.append(part.name)

    def close(self) -> None:
        """Write the file from its parts. Raises OSError."""
        if not self._parts:
            text = dict.fromkeys(self._names, pl.String)
            self._write_part(pl.DataFrame(schema={**text, **self._results}))
        rows = pl.scan_parquet(self._parts, glob=False, hive_partitioning=False)
        file = _ErrorKept(self._file)
        try:
            rows.sink_parquet(cast("BinaryIO", file), row_group_size=CHUNK_ROWS)
        except (pl.exceptions.PolarsError, OSError) as error:
            raise file.error or error from None


class _ErrorKept:
    """A file that keeps its error, because polars raises another one."""

    def __init__(self, file: BinaryIO) -> None:
        self.flush = file.flush
        self._write = file.write
        self.error: OSError | None = None

    def write(self, content: bytes) -> int:
        try:
            return self._write(content)
        except OSError as error:
            self.error = error
            raise
