"""Reads and writes JSON: one object per line (JSON Lines), or all objects in one array.

Every object is parsed strictly when the keys are collected. An object of texts, whole numbers,
true, false and null that passed is read again by polars, which is four times as fast; the values of
all others are made texts before.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import polars as pl

from ami_cli import strict_json
from ami_cli.batch.formats import (
    CHUNK_ROWS,
    MOST_COLUMNS,
    Chunk,
    Notice,
    Output,
    Sink,
    Source,
    unreadable,
)
from ami_cli.batch.formats.text import Encoding, blocks_of_lines, marked_encoding
from ami_cli.failures import UnreadableInput
from ami_cli.words import Words
from ami_cli.words.json_output import printable

LARGEST_ARRAY = 64 * 1024 * 1024  # bytes: an array is read whole, lines are not
MOST_CELLS = 5_000_000  # a file may always have as many, blank ones included
_SPARSE = 8  # cells per byte; where every object has its cells, one takes six bytes and more
_CELLS_AT_ONCE = 2_000_000
_BYTES_AT_ONCE = 64 * 1024 * 1024  # of keys, repeated in every object that is written
_VALUES_AT_ONCE = 25_000  # of an array
_LONGEST_SHOWN = 2000  # characters of a row that is no object

_HEAD = 64 * 1024  # bytes, to tell an array from lines
_PLAIN = {str, int, bool, type(None)}  # polars gives their texts as JSON spells them
_MOST = 2**63 - 1  # polars refuses longer numbers
# For polars: characters that a terminal may obey, or that show nothing.
_NOT_PRINTABLE = r"[\p{C}\p{Zl}\p{Zp}]"


class JsonSource(Source):
    """A file of JSON Lines, or of one array of objects (see `formats.Source`).

    The columns are all keys, in the order in which they first appear. Raises UnreadableInput when
    the file cannot be read; with `all_columns`, when all cells are written, also when its objects
    have so few keys in common that the table would be many times as large as the file.
    """

    format = text_format = "jsonl"

    def __init__(self, file: BinaryIO, words: Words, *, all_columns: bool) -> None:
        self._file = file
        self._words = words
        self._plain: list[bytes] = []  # for each block, which of its rows are plain objects
        self.notices = []
        headers: dict[str, None] = {}
        objects: dict[str, None] = {}  # columns whose values are objects
        rows = 0
        for block in _blocks(file):
            rows += len(block.rows)
            self._plain.append(_collect_keys(block, headers, objects))
        cells = rows * len(headers)
        if all_columns and cells > max(MOST_CELLS, _SPARSE * file.seek(0, 2)):
            raise unreadable("json_sparse", columns=len(headers), rows=rows)
        self.headers = tuple(headers)
        if objects:
            (first, *_) = objects
            meant = f"jq -c '. + .[{strict_json.compact(first)}]'"
            self.notices.append(Notice("objects", {"columns": (*objects,), "meant": meant}))

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, with the columns that are wanted (see `formats.Source`)."""
        columns = {self.headers[rank]: str(rank) for rank in wanted}
        size = max(1, min(CHUNK_ROWS, _CELLS_AT_ONCE // max(1, len(columns))))
        for block, plain in zip(_blocks(self._file), self._plain, strict=True):
            self.blank += block.blank
            for start in range(0, len(block.rows), size):
                part = slice(start, start + size)
                rows = _Block(block.rows[part], block.lines[part], block.columns[part])
                yield self._chunk(rows, plain[part], columns)

    def _chunk(self, block: "_Block", plain: bytes, columns: Mapping[str, str]) -> Chunk:
        faults: list[str | None] = [None] * len(plain)
        texts, lines = list(block.rows), list(block.rows)  # of the output; for polars
        for row in (row for row, is_plain in enumerate(plain) if not is_plain):
            lines[row] = b"{}"
            try:
                members = strict_json.read(block.rows[row])
            except strict_json.Malformed as malformed:
                faults[row] = self._sentence(malformed.fault(), block.columns[row])
            else:
                if isinstance(members, dict):
                    cells = {key: _cell(members[key]) for key in members.keys() & columns.keys()}
                    lines[row] = json.dumps(cells).encode()
                    continue
                faults[row] = self._words("rows.json_no_object")
            # A row that is no object becomes one, which a result can be added to.
            shown = block.rows[row].decode().strip(" \t")[:_LONGEST_SHOWN]
            texts[row] = strict_json.compact({"ami_input": shown}).encode()
        frame = pl.DataFrame(height=len(plain))
        if columns:
            # One line for each object: a text of JSON holds no raw line end.
            frame = pl.read_ndjson(b"\n".join(lines), schema=dict.fromkeys(columns, pl.String))
        return Chunk(
            frame.rename(columns),
            pl.Series(block.lines, dtype=pl.UInt32),
            pl.Series(faults, dtype=pl.String) if any(faults) else None,
            texts=pl.Series(texts, dtype=pl.Binary).cast(pl.String),
        )

    def _sentence(self, fault: strict_json.Fault, column: int | None) -> str:
        place = ""
        if column is not None:
            place = self._words("rows.json_place", column=column + fault.column)
        word = self._words.datum(fault.word) if fault.code == "duplicate" else fault.word
        params = {"place": place, "word": word, "most": strict_json.DEEPEST}
        return self._words.filled(f"rows.json_{fault.code}", params)


def _collect_keys(block: "_Block", headers: dict[str, None], objects: dict[str, None]) -> bytes:
    """Add the keys of the objects to `headers`, those of objects in them to `objects`; return which
    rows are plain objects."""
    plain = bytearray(len(block.rows))
    for row, text in enumerate(block.rows):
        try:
            members = strict_json.read(text)
        except strict_json.Malformed:
            try:
                text.decode()
            except UnicodeDecodeError:
                raise _bad_byte(block.lines[row]) from None
            continue
        if not isinstance(members, dict):
            continue
        if not members.keys() <= headers.keys():
            headers |= dict.fromkeys(members)
            if len(headers) > MOST_COLUMNS:
                raise unreadable("json_too_many_keys", most=MOST_COLUMNS)
        values = members.values()
        types = set(map(type, values))
        if dict in types:
            objects |= dict.fromkeys(key for key in members if isinstance(members[key], dict))
        plain[row] = types <= _PLAIN and not (
            int in types and any(type(value) is int and abs(value) > _MOST for value in values)
        )
    return bytes(plain)


def _cell(value: Any) -> str | None:
    """Return the text of a cell: a text itself, anything else as JSON."""
    return value if value is None or isinstance(value, str) else strict_json.compact(value)


# --- the objects of a file ------------------------------------------------------------------------


class _Block(NamedTuple):
    """Some rows of a file, each on one line, and the line where each begins.

    `columns` counts the characters before each in its line, None for an object of several lines;
    `blank` counts the lines between them that hold nothing.
    """

    rows: list[bytes]
    lines: Sequence[int]
    columns: list[int | None]
    blank: int = 0


def _blocks(file: BinaryIO) -> Iterator[_Block]:
    """Read a file from its start.

    Raises UnreadableInput when it is empty, no text, or a damaged array.
    """
    encoding = marked_encoding(file)
    file.seek(encoding.mark)
    head = file.read(_HEAD)
    start = head.decode(encoding.codec, "ignore").lstrip(" \t\r\n")
    if not start and len(head) < _HEAD:
        raise unreadable("empty_file")
    return _array(file, encoding) if start.startswith("[") else _lines(file, encoding)


def _lines(file: BinaryIO, encoding: Encoding) -> Iterator[_Block]:
    first = 1
    for text in blocks_of_lines(file, encoding):
        rows = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if not rows[-1]:
            rows.pop()
        lines: Sequence[int] = range(first, first + len(rows))
        first += len(rows)
        filled = [row for row in rows if row.strip(b" \t")]
        blank = len(rows) - len(filled)
        if blank:
            lines = [line for line, row in zip(lines, rows, strict=True) if row.strip(b" \t")]
        yield _Block(filled, lines, [0] * len(filled), blank)


def _array(file: BinaryIO, encoding: Encoding) -> Iterator[_Block]:
    file.seek(encoding.mark)
    content = file.read(LARGEST_ARRAY + 1)
    if len(content) > LARGEST_ARRAY:
        raise unreadable("json_array_large", most=LARGEST_ARRAY // 1024**2)
    try:
        text = _one_line_end(content.decode(encoding.codec))
    except UnicodeDecodeError as error:
        before = _one_line_end(content[: error.start].decode(encoding.codec, "replace"))
        raise _bad_byte(before.count("\n") + 1) from None
    del content
    block = _Block([], lines := [], [])
    try:
        for value, line, column in _values(text):
            broken = "\n" in value
            # A raw line end can only stand between values: a space there says the same.
            block.rows.append((re.sub(r"\n[ \t]*", " ", value) if broken else value).encode())
            block.columns.append(None if broken else column)
            lines.append(line)
            if len(lines) == _VALUES_AT_ONCE:
                yield block
                block = _Block([], lines := [], [])
    except (ValueError, RecursionError):
        raise _damaged(text) from None
    yield block


# Only finds where a value ends; the value is judged with its row.
_find_end = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str).raw_decode
_OPENING = re.compile(r"[ \t\n]*\[[ \t\n]*(\]?)[ \t\n]*")
_BETWEEN = re.compile(r"[ \t\n]*([,\]])[ \t\n]*")


def _values(text: str) -> Iterator[tuple[str, int, int]]:
    """Take an array apart: the text of each value, its line and the characters before it there.

    Raises ValueError or RecursionError where the array is damaged.
    """
    between = _OPENING.match(text)
    line, line_start, counted = 1, 0, 0
    while between and between[1] != "]":
        at = between.end()
        end = _find_end(text, at)[1]
        if lines := text.count("\n", counted, at):
            line += lines
            line_start = text.rindex("\n", counted, at) + 1
        counted = at
        yield text[at:end], line, at - line_start
        between = _BETWEEN.match(text, end)
    if between is None or between.end() < len(text):
        raise ValueError


def _one_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bad_byte(line: int) -> UnreadableInput:
    return unreadable("json_bad_byte", line=line)


def _damaged(text: str) -> UnreadableInput:
    """Say where an array is damaged."""
    try:
        strict_json.read(text.encode())
    except strict_json.Malformed as malformed:
        fault = malformed.fault()
        if fault.code == "deep":
            return unreadable("json_array_deep", line=fault.line)
        return unreadable("json_array_damaged", line=fault.line, column=fault.column)
    raise AssertionError("two readers of JSON disagree")


class JsonSink(Sink):
    """JSON Lines in UTF-8 (see `formats.Sink`).

    A row from JSON keeps its text: the result follows its own members, or those that are kept. Rows
    of other formats become objects of texts, letter for letter.
    """

    def __init__(self, file: BinaryIO, output: Output) -> None:
        self._file = file
        self._ranks = output.ranks_by_name()
        self._repeats = output.repeats
        self._has_all_columns = output.has_all_columns()
        self._results = tuple(output.results)

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (see `formats.Sink`)."""
        results = results.select(self._results)
        if self._repeats and chunk.texts is not None:
            texts = chunk.texts if self._has_all_columns else self._kept_members(chunk.texts)
            members = (
                pl.col("").str.strip_chars(" \t").str.strip_suffix("}").str.strip_chars_end(" \t")
            )
            comma = pl.when(members == "{").then(pl.lit("")).otherwise(pl.lit(","))
            lines = results.with_columns(texts.alias("")).select(
                pl.concat_str(members, comma, _as_json(self._results).str.strip_prefix("{"))
            )
            self._write_lines(lines.to_series())
            return
        cells = {key: chunk.frame[rank] for key, rank in self._ranks.items()}
        rows = pl.DataFrame({**cells, **results.to_dict()})  # a list would rename a nameless column
        size = max(1, _BYTES_AT_ONCE // max(1, 4 * sum(map(len, self._ranks))))
        for part in rows.iter_slices(size):
            self._write_lines(part.select(_as_json(rows.columns)).to_series())

    def _write_lines(self, lines: pl.Series) -> None:
        hidden = lines.str.contains(_NOT_PRINTABLE)
        if hidden.any():
            shown = pl.Series(map(printable, lines.filter(hidden)), dtype=pl.String)
            lines = lines.scatter(hidden.arg_true(), shown)
        lines.to_frame().write_csv(self._file, include_header=False, quote_style="never")

    def _kept_members(self, texts: pl.Series) -> pl.Series:
        """Leave in each object the members that are kept."""
        kept = self._ranks
        objects = map(strict_json.read, map(str.encode, texts))
        parts = [
            strict_json.compact({key: members[key] for key in kept if key in members})
            for members in objects
        ]
        return pl.Series(parts, dtype=pl.String)


def _as_json(names: Iterable[str]) -> pl.Expr:
    """Return each row as an object of some columns."""
    return pl.struct(*names).struct.json_encode()
