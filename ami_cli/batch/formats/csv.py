"""Reads and writes CSV: cells exactly as the file has them, faults told with their line.

polars splits a block of lines that has no quote and the right number of separators on every
line. Any other block goes through the strict `csv` module record by record, because only there
are short rows, long rows and quotes seen. A quote that does not close refuses the file: it may
have swallowed students.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import BinaryIO, NamedTuple

import polars as pl

from ami_cli.batch.formats import (
    CHUNK_ROWS,
    LONGEST_CELL,
    MOST_COLUMNS,
    RESULTS,
    Chunk,
    Notice,
    is_total,
)
from ami_cli.batch.formats.text import BLOCK, blocks_of_lines, encoding_of
from ami_cli.failures import Problem, UnreadableInput
from ami_cli.words import Words, visible

SEPARATORS: Mapping[str, str] = {";": "semicolon", ",": "comma", "\t": "tab"}
_LONGEST_HEADER = 10_000  # characters of a name of a column
_LONGEST_RECORD = 1_000  # lines of one record, by its line breaks inside quotes
_PIECE = 1024 * 1024  # bytes; a block with an odd row is cut in halves down to this
_MOST_CELLS = 4_000_000  # cells of a chunk that is read record by record
_SURELY_ROWS = 4  # separators; text in quotes has as many on each of its lines by no chance

csv.field_size_limit(LONGEST_CELL + BLOCK)  # no line is longer (see `blocks_of_lines`)


class _Row(NamedTuple):
    """A row: the line where it begins, its text, its cells, and what is wrong with it as a row."""

    line: int
    text: str
    cells: list[str]
    fault: str | None


class CsvSource:
    """A CSV file (see `formats.Source`). Raises UnreadableInput where it cannot be read."""

    format = "csv"

    def __init__(self, file: BinaryIO, encoding: str | None, words: Words) -> None:
        self._words = words
        found = encoding_of(file, encoding)
        self._blocks = blocks_of_lines(file, found)
        self._waiting: list[bytes] = []  # what is left of a block, last first
        self._text = io.StringIO()  # the block that is read line by line
        self._line = 1  # where the next record begins
        self.blank = 0
        self.headers: tuple[str, ...] = ()
        self.separator = self._find_separator()
        # Blank as a row or a total as a row: only texts that begin like this can be.
        blank = rf'[\s\x1c-\x1f"{self.separator}]*'
        self._suspect = rf"^{blank}(?:$|[sS][oO]|[tT][oO]|[^\x00-\x7f])"
        self._is_suspect = re.compile(self._suspect).match
        self.headers = self._read_header()
        self._waiting.append(self._text.read().encode())
        separator = words(f"batch.separators.{SEPARATORS[self.separator]}")
        self.notices = [Notice("read_as", {"encoding": found.name, "separator": separator})]

    def _find_separator(self) -> str:
        """The separator, with the header as the next line to be read."""
        named = None
        while True:
            start = self._text.tell()
            line = self._text.readline()
            if not line:
                block = self._next_block()
                if block is None:
                    raise UnreadableInput(Problem("empty_file", "input", {}))
                self._text = _text_of(block)
            elif self._line == 1 and (named := _named_separator(line)):
                self._line += 1
            elif not line.strip():
                self._line += 1
                self.blank += 1
            else:
                self._text.seek(start)
                return named or _separator_of(line)

    def _read_header(self) -> tuple[str, ...]:
        line = self._line
        _, _, header, fault = next(self._records())
        if fault is not None:
            raise UnreadableInput(Problem("bad_header", "input", {}))
        if len(header) > MOST_COLUMNS:
            raise UnreadableInput(Problem("too_many_columns", "input", {"most": MOST_COLUMNS}))
        if max(map(len, header)) > _LONGEST_HEADER:
            raise UnreadableInput(Problem("line_too_long", "input", {"line": line}))
        return tuple(header)

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """The rows, with the cells of the columns `wanted` (see `formats.Source`)."""
        names = [str(rank) for rank in sorted(wanted)]
        while (block := self._next_block()) is not None:
            texts = _lines_of(block)
            cells = self._cells_of_rows(texts)
            middle = block.rfind(b"\n", 0, len(block) // 2) + 1
            if cells is not None:
                lines = pl.int_range(
                    self._line, self._line + len(texts), dtype=pl.UInt32, eager=True
                )
                self._line += len(texts)
                for at in range(0, len(texts), CHUNK_ROWS):
                    part = slice(at, at + CHUNK_ROWS)
                    yield Chunk(cells.select(names)[part], lines[part], texts=texts[part])
            elif len(block) > _PIECE and middle:
                self._waiting += (block[middle:], block[:middle])
            else:
                yield from self._read_records(block, names)

    def _next_block(self) -> bytes | None:
        return self._waiting.pop() if self._waiting else next(self._blocks, None)

    def _cells_of_rows(self, lines: pl.Series) -> pl.DataFrame | None:
        """The cells of lines; None unless each line is a row with a cell for each column."""
        cells = _cells(lines, self.separator, len(self.headers))
        if cells is not None:
            for text in lines.filter(lines.str.contains(self._suspect)):
                found = next(csv.reader([text], delimiter=self.separator))
                if is_total(found) or not any(map(str.strip, found)):
                    return None
        return cells

    def _read_records(self, block: bytes, names: Sequence[str]) -> Iterator[Chunk]:
        """The rows of a block, and of those that follow while a record goes on into them."""
        self._text = _text_of(block)
        rows = (row for record in self._records() if (row := self._checked(record)) is not None)
        size = max(1, min(CHUNK_ROWS, _MOST_CELLS // len(self.headers)))
        while part := list(islice(rows, size)):
            lines, texts, cells, faults = zip(*part, strict=True)
            yield Chunk(
                _frame(cells, names),
                pl.Series(lines, dtype=pl.UInt32),
                faults=pl.Series(faults, dtype=pl.String),
                texts=pl.Series(texts, dtype=pl.String),
            )

    def _records(self) -> Iterator[_Row]:
        """Each record of the lines that are left in the block."""
        record: list[str] = []  # its lines
        reader = csv.reader(self._lines(record), delimiter=self.separator, strict=True)
        while True:
            try:
                cells, fault = next(reader), None
            except StopIteration:
                return
            except csv.Error as wrong:
                # In a record of several lines a quote too many has swallowed those between.
                if len(record) > 1 or "unexpected end of data" in str(wrong):
                    raise self._not_closed() from None
                cells, fault = [record[0].rstrip("\r\n")], self._words("rows.after_quote")
            if len(record) > 1:
                self._refuse_swallowed(record)
            row = _Row(self._line, "".join(record).rstrip("\r\n"), cells, fault)
            self._line += len(record)
            record.clear()
            yield row

    def _lines(self, record: list[str]) -> Iterator[str]:
        """Each line of the block, put into `record` too; what follows only while that is open."""
        while True:
            for line in self._text:
                if len(record) == _LONGEST_RECORD:
                    raise self._not_closed()
                record.append(line)
                yield line
            block = self._next_block() if record else None
            if block is None:
                return
            self._text = _text_of(block)

    def _refuse_swallowed(self, record: Sequence[str]) -> None:
        """Raise UnreadableInput where two quotes too many have made one record of several rows."""
        others = len(self.headers) - 1
        counts = {line.count(self.separator) for line in record if line.strip()}
        if others >= _SURELY_ROWS and counts == {others}:
            raise self._not_closed()

    def _not_closed(self) -> UnreadableInput:
        return UnreadableInput(Problem("quote_not_closed", "input", {"line": self._line}))

    def _checked(self, row: _Row) -> _Row | None:
        """A row with a cell for each column, or with its fault; None where it is blank."""
        cells, fault, width = row.cells, row.fault, len(self.headers)
        if fault is None and len(cells) == width and not self._is_suspect(row.text):
            return row
        surplus = [cell for cell in cells[width:] if cell.strip()]
        if fault is None and not any(map(str.strip, cells)):
            self.blank += 1
            return None
        if fault is None and surplus:
            fault = self._words("rows.long", cells=len(cells), expected=width)
            told = visible(self.separator.join(cells[width:]), 200)
            fault += f" | {self._words('rows.surplus')}: {told}"
        elif fault is None and len(cells) < width:
            fault = self._words("rows.short", cells=len(cells), expected=width)
        elif fault is None and is_total(cells):
            fault = self._words("rows.total")
        missing = width - len(cells)
        plain = missing >= 0 and '"' not in row.text
        text = row.text if plain else row_text(cells[:width], self.separator)
        cells = [*cells[:width], *[""] * missing]
        return _Row(row.line, text + self.separator * missing, cells, fault)


class CsvSink:
    """CSV in UTF-8 with a mark, ISO dates, true and false (see `formats.Sink`).

    With `own_text` a row is repeated letter for letter: the source is CSV with the same separator
    and all its columns are kept. Cells that a spreadsheet would run as a formula get an apostrophe
    before them, unless `raw`.
    """

    def __init__(
        self,
        file: BinaryIO,
        headers: Sequence[str],
        columns: Sequence[int],
        separator: str,
        *,
        own_text: bool,
        raw: bool,
    ) -> None:
        self._file = file
        self._columns = [str(rank) for rank in columns]
        self._separator = separator
        self._own_text = own_text
        self._raw = raw
        self.disarmed = 0
        names = self._disarmed(pl.Series([*(headers[rank] for rank in columns), *RESULTS]))
        self._file.write(codecs.BOM_UTF8 + row_text(names.to_list(), separator).encode() + b"\n")

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (see `formats.Sink`)."""
        if self._own_text and chunk.texts is not None:
            given = [self._disarmed_rows(chunk.texts).alias("\0text")]
        else:
            cells = chunk.frame.select(self._columns)
            given = [self._quoted(self._disarmed(cell)) for cell in cells]
        errors = self._quoted(self._disarmed(results["ami_errors"]))
        found = results.with_columns(errors, *(self._quoted(results[name]) for name in _JOINED))
        # Everything is quoted already, where it must be.
        pl.DataFrame([*given, *found]).write_csv(
            self._file, include_header=False, separator=self._separator, quote_style="never"
        )

    def close(self) -> None:
        """Nothing remains to be written."""

    def _quoted(self, cells: pl.Series) -> pl.Series:
        """Cells in quotes where CSV wants them."""
        special = cells.str.contains(rf'[{self._separator}"\r\n]').fill_null(value=False)
        doubled = cells.filter(special).str.replace_all('"', '""', literal=True)
        return _replaced(cells, special, '"' + doubled + '"')

    def _disarmed(self, cells: pl.Series) -> pl.Series:
        """Cells that no spreadsheet runs; those that are changed are counted."""
        if self._raw:
            return cells
        armed = _is_formula(cells)
        self.disarmed += int(armed.sum())
        return _replaced(cells, armed, "'" + cells.filter(armed))

    def _disarmed_rows(self, rows: pl.Series) -> pl.Series:
        """Rows as they are, but for those with a cell that a spreadsheet would run."""
        if self._raw:
            return rows
        marks = _MARKS.replace(r"\t", "") if self._separator == "\t" else _MARKS
        suspect = rows.str.contains(f'[{marks}"]')  # cheap where there is none
        if suspect.any():
            begin = f"(?:^|{self._separator})"
            suspect = rows.str.contains(f'{begin}(?:[{marks}]|"[{_MARKS}])')
        if not suspect.any():
            return rows
        cells = _cells(rows.filter(suspect), self._separator, len(self._columns))
        assert cells is not None  # each is a row, as the source says
        armed = pl.DataFrame([_is_formula(cell) for cell in cells]).select(
            pl.any_horizontal(pl.all())
        )
        harmless = pl.DataFrame([self._quoted(self._disarmed(cell)) for cell in cells])
        texts = harmless.select(pl.concat_str(pl.all().fill_null(""), separator=self._separator))
        changed = suspect.clone().scatter(suspect.arg_true(), armed.to_series())
        return _replaced(rows, changed, texts.to_series().filter(armed.to_series()))


# The other texts of a result are one code, which needs no quotes.
_JOINED = ("ami_failed", "ami_to_check", "ami_missing", "ami_assumed", "ami_supplements")
_MARKS = r"=+\-@\t\r"  # what a formula begins with


def _is_formula(cells: pl.Series) -> pl.Series:
    """Which cells a spreadsheet would run; a signed number is none."""
    begins = cells.str.contains(f"^[{_MARKS}]")
    return (begins & ~cells.str.contains(r"^[+-]?[0-9]+(?:[.,][0-9]+)?$")).fill_null(value=False)


def _replaced(cells: pl.Series, which: pl.Series, texts: pl.Series) -> pl.Series:
    """Cells with others in the place of some."""
    return cells.clone().scatter(which.arg_true(), texts) if len(texts) else cells


def _cells(rows: pl.Series, separator: str, width: int) -> pl.DataFrame | None:
    """The cells of rows, one text each; None unless each has `width` cells."""
    if not rows.str.contains('"', literal=True).any():
        separators = rows.str.count_matches(separator, literal=True)
        if (separators != width - 1).any():
            return None
        cells = rows.str.split_exact(separator, width - 1).struct.unnest()
        return cells.rename(lambda field: field.removeprefix("field_"))
    records = csv.reader(rows.to_list(), delimiter=separator, strict=True)
    parts = []
    try:
        # A few rows at a time: the garbage collector looks at every list that is alive.
        while part := list(islice(records, 1000)):
            if set(map(len, part)) != {width}:
                return None
            parts.append(_frame(part, map(str, range(width))))
    except csv.Error:
        return None
    cells = pl.concat(parts)
    return cells if cells.height == len(rows) else None  # a record may be of several lines


def _frame(records: Sequence[Sequence[str]], names: Iterable[str]) -> pl.DataFrame:
    """Some columns of rows of cells, named by their rank."""
    columns = list(zip(*records, strict=True))
    return pl.DataFrame([pl.Series(name, columns[int(name)], dtype=pl.String) for name in names])


def row_text(cells: Sequence[str], separator: str) -> str:
    """Cells as one CSV row, without its line end."""
    text = io.StringIO()
    # With its line end, so that a cell that holds one is quoted.
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def _text_of(block: bytes) -> io.StringIO:
    """A block to be read line by line; only LF, CR LF and CR end a line."""
    return io.StringIO(block.decode(), newline="")


def _lines_of(block: bytes) -> pl.Series:
    """The lines of a block without their ends."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return pl.read_lines(block, name="line")["line"]


def _named_separator(line: str) -> str | None:
    """The separator of Excel's own first line, « sep=; »."""
    found = re.fullmatch(r"\"?sep=(.)\"?\s*", line)
    return found[1] if found and found[1] in SEPARATORS else None


def _separator_of(header: str) -> str:
    """The separator that stands most often in a header outside of quotes."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", header)
    return max(SEPARATORS, key=bare.count)
