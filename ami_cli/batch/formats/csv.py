"""Reads and writes CSV: cells exactly as the file has them, faults told with their line.

polars splits blocks of lines without a quote, where only a line that has not a cell for each column
is looked at alone. Blocks with quotes go through the strict `csv` module, record by record. A quote
that does not close refuses the file, because it may have swallowed students.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, takewhile
from typing import BinaryIO, NamedTuple, TypeVar

import polars as pl

from ami_cli.batch.formats import (
    CHUNK_ROWS,
    HEAD_ROWS,
    LONGEST_CELL,
    MOST_COLUMNS,
    Chunk,
    Head,
    HeaderFinder,
    Notice,
    Output,
    Sink,
    Source,
    first_row,
    head_rows,
    unreadable,
)
from ami_cli.batch.formats.text import BLOCK, blocks_of_lines, encoding_of, lines_in
from ami_cli.batch.formats.totals import MAY_BEGIN_TOTAL, is_total
from ami_cli.failures import UnreadableInput
from ami_cli.words import Words, visible

SEPARATORS: Mapping[str, str] = {";": "semicolon", ",": "comma", "\t": "tab"}
_SEPARATOR_LINE = re.compile(rb'"?sep=([;,\t])"?[ \t]*(?:\r\n|\r|\n|\Z)')  # Excel's own first line
_BLANK_LINES = re.compile(rb"(?:[ \t]*+(?:\r\n|\r|\n))*+")
_LONGEST_HEADER = 10_000  # characters of a name of a column
_LONGEST_RECORD = 1_000  # lines of one record, by its line breaks inside quotes
_MOST_CELLS = 4_000_000  # cells of a chunk
_BATCH = 1_000  # rows that are lists at once: the garbage collector looks at every list
_MOST_MISSING = 5_000_000
_COLUMNS_NOT_BY_CHANCE = 4  # columns; text in quotes has no line with more of them by chance

csv.field_size_limit(LONGEST_CELL + BLOCK)  # no line is longer (see `blocks_of_lines`)


_T = TypeVar("_T")


class _Row(NamedTuple):
    """A row: the line where it begins, its text, its cells, and its fault as a whole."""

    line: int
    text: str
    cells: list[str]
    fault: str | None = None

    def has_text(self) -> bool:
        """Tell whether a cell has a text."""
        return any(map(str.strip, self.cells))


class CsvSource(Source):
    """A CSV file (see `formats.Source`). Raises UnreadableInput where it cannot be read."""

    format = text_format = "csv"

    def __init__(
        self,
        file: BinaryIO,
        encoding: str | None,
        words: Words,
        find_header: HeaderFinder = first_row,
    ) -> None:
        self._file = file
        self._words = words
        self._encoding = encoding_of(file, encoding)
        self.headers: tuple[str, ...] = ()
        # Cells that short rows lack and that are written all the same.
        self._most_missing = max(_MOST_MISSING, 2 * file.seek(0, 2))
        self._heads: list[tuple[str, list[_Row]]] = []  # by the separator they are read with
        rank, line = find_header(self._find_heads())
        self.separator, rows = self._heads[rank]
        self._open(self.separator)
        self._blank = rf'^[\s\x1c-\x1f"{self.separator}]*'
        self._suspect = f"{self._blank}(?:{MAY_BEGIN_TOTAL})"
        self._is_suspect = re.compile(self._suspect).match
        self.headers = self._read_header(line, [len(row.cells) for row in rows if row.line > line])
        separator = words(f"batch.separators.{SEPARATORS[self.separator]}")
        params = {"encoding": self._encoding.name, "separator": separator}
        self.notices = [Notice("read_as", params)]

    def _find_heads(self) -> Iterator[Head]:
        """Yield the first rows, read with each separator that they hold, the likely one first."""
        refusal = unreadable("empty_file")
        for separator in self._likely_separators():
            self._open(separator)
            try:
                records = self._records()
                rows = list(islice((row for row in records if row.has_text()), 1))
                # Blank rows below the first one are not looked through to their end.
                rows += [row for row in islice(records, HEAD_ROWS - 1) if row.has_text()]
            except UnreadableInput as error:  # quotes do not close, perhaps of other cells
                refusal = error if not self._heads else refusal
                continue
            if rows:
                self._heads.append((separator, rows))
                yield Head(None, head_rows((row.line, row.cells) for row in rows))
        if not self._heads:
            raise refusal

    def _likely_separators(self) -> list[str]:
        """Return what may separate the cells, the likely one first.

        They are counted in the first line, else in those that follow. The finder of the header
        (`batch.headers.HeaderRow`) chooses.
        """
        declared = self._open()
        if declared is not None:
            return [declared]
        bare = [re.sub(r'"(?:[^"]|"")*"', "", line) for line in islice(self._text, HEAD_ROWS)]
        if not bare:
            raise unreadable("empty_file")
        counts = {
            separator: (bare[0].count(separator), sum(line.count(separator) for line in bare))
            for separator in SEPARATORS
        }
        present = [separator for separator in SEPARATORS if any(counts[separator])]
        return sorted(present, key=counts.__getitem__, reverse=True) or [";"]

    def _open(self, separator: str = ";") -> str | None:
        """Go to the first line with a text; return the separator that the file names before it."""
        self._blocks = blocks_of_lines(self._file, self._encoding)
        self._text = io.StringIO()  # the block that is read line by line
        self._line = 1  # where the next record begins
        self.blank = 0
        self.separator = separator
        declared = None
        for block in self._blocks:
            start = 0
            if self._line == 1 and (declared := _SEPARATOR_LINE.match(block)):
                self._line += 1
                start = declared.end()
            blank = _BLANK_LINES.match(block, start)
            assert blank is not None, "no line is as good as one"
            count = lines_in(blank[0])
            self._line += count
            self.blank += count
            if blank.end() < len(block):
                self._text = _text_of(block[blank.end() :])
                break
        return None if declared is None else declared[1].decode()

    def _read_header(self, line: int, widths: Sequence[int]) -> tuple[str, ...]:
        """Read up to the header; `widths` are the cells of the rows that follow it at once."""
        for row in takewhile(lambda row: row.line <= line, self._records()):
            header = row.cells
            if row.line == line:
                break
            self._has_text(row)
        else:
            raise unreadable("no_header_row", line=line)
        if row.fault is not None:
            raise unreadable("bad_header")
        if len(header) > MOST_COLUMNS:
            raise unreadable("too_many_columns", most=MOST_COLUMNS)
        if max(map(len, header), default=0) > _LONGEST_HEADER:
            raise unreadable("line_too_long", line=line)
        # A separator too many at the end of the header alone: no row has a cell under it.
        if not header[-1].strip() and max(widths, default=0) == len(header) - 1:
            header.pop()
        return tuple(header)

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """Read the rows, with the cells of the columns `wanted` (see `formats.Source`)."""
        names = [str(rank) for rank in sorted(wanted)]
        size = max(1, min(CHUNK_ROWS, _MOST_CELLS // len(self.headers)))
        first = self._text.read().encode()
        self._text = io.StringIO()  # lets go of four bytes for each character of the block
        for block in chain([first], self._blocks):
            read = self._read_records if b'"' in block else self._read_lines
            yield from read(block, names, size)

    def _read_lines(self, block: bytes, names: Sequence[str], size: int) -> Iterator[Chunk]:
        """Read the rows of a block without a quote."""
        texts = _lines_of(block)
        end = self._line + len(texts)
        lines = pl.int_range(self._line, end, dtype=pl.UInt32, eager=True)
        self._line = end
        filled = ~texts.str.contains(f"{self._blank}$")
        self.blank += len(texts) - int(filled.sum())
        texts, lines = texts.filter(filled), lines.filter(filled)
        separators = texts.str.count_matches(self.separator, literal=True)
        odd = (separators != len(self.headers) - 1) | texts.str.contains(self._suspect)
        for start in range(0, len(texts), size):
            part = slice(start, start + size)
            text, line, ranks, faults = texts[part], lines[part], odd[part].arg_true(), None
            if len(ranks):
                rows = [
                    self._checked(_Row(line[rank], text[rank], text[rank].split(self.separator)))
                    for rank in ranks
                ]
                text = text.clone().scatter(ranks, [row.text for row in rows])
                faults = pl.repeat(None, len(text), dtype=pl.String, eager=True)
                faults = faults.scatter(ranks, [row.fault for row in rows])
            cells = _split(text, self.separator, len(self.headers))
            yield Chunk(cells.select(names), line, faults, text)

    def _read_records(self, block: bytes, names: Sequence[str], size: int) -> Iterator[Chunk]:
        """Read the rows of a block, and of those that follow while a record goes on into them."""
        self._text = _text_of(block)
        rows = (self._checked(row) for row in self._records() if self._has_text(row))
        parts = (
            _frame([row.cells for row in part], names).with_columns(
                pl.Series("line", [row.line for row in part], dtype=pl.UInt32),
                pl.Series("text", [row.text for row in part], dtype=pl.String),
                pl.Series("fault", [row.fault for row in part], dtype=pl.String),
            )
            for part in _batches(rows, min(size, _BATCH))
        )
        while chunk := list(islice(parts, max(1, size // _BATCH))):
            frame = pl.concat(chunk, rechunk=True)
            yield Chunk(frame.select(names), frame["line"], frame["fault"], frame["text"])

    def _has_text(self, row: _Row) -> bool:
        """Tell whether a row has a text, and count it where it is blank."""
        has_text = row.has_text()
        self.blank += not has_text
        return has_text

    def _records(self) -> Iterator[_Row]:
        """Yield each record of the lines that are left in the block."""
        record: list[str] = []  # its lines
        reader = csv.reader(self._lines(record), delimiter=self.separator, strict=True)
        while True:
            try:
                cells, fault = next(reader), None
            except StopIteration:
                return
            except csv.Error as error:
                # In a record of several lines a quote too many has swallowed those between.
                if len(record) > 1 or "unexpected end of data" in str(error):
                    raise self._not_closed() from None
                cells, fault = [record[0].rstrip("\r\n")], self._words("rows.after_quote")
            columns = len(self.headers)
            if len(record) > 1 and columns > _COLUMNS_NOT_BY_CHANCE:
                separators = {line.count(self.separator) for line in record if line.strip()}
                if separators == {columns - 1}:
                    raise self._not_closed()  # two quotes too many have joined several rows
            row = _Row(self._line, "".join(record).rstrip("\r\n"), cells, fault)
            self._line += len(record)
            record.clear()
            yield row

    def _lines(self, record: list[str]) -> Iterator[str]:
        """Yield the lines of the block and add them to `record`; go on to the next block only while
        a record is open."""
        while True:
            for line in self._text:
                if len(record) == _LONGEST_RECORD:
                    raise self._not_closed()
                record.append(line)
                yield line
            block = next(self._blocks, None) if record else None
            if block is None:
                return
            self._text = _text_of(block)

    def _not_closed(self) -> UnreadableInput:
        return unreadable("quote_not_closed", line=self._line)

    def _checked(self, row: _Row) -> _Row:
        """Return a row with a cell for each column, or with its fault."""
        cells, fault, width = row.cells, row.fault, len(self.headers)
        missing = width - len(cells)
        if fault is None:
            if not missing and not self._is_suspect(row.text):
                return row
            fault = self._fault(cells)
        self._most_missing -= max(0, missing)
        if self._most_missing < 0:
            raise unreadable("csv_sparse", columns=width, line=row.line)
        cells = [*cells[:width], *[""] * missing]
        is_quoted = '"' in row.text
        text = row_text(cells, self.separator) if is_quoted else self.separator.join(cells)
        return _Row(row.line, text, cells, fault)

    def _fault(self, cells: Sequence[str]) -> str | None:
        """Return what is wrong with a row as a whole, None where nothing is."""
        width = len(self.headers)
        if len(cells) < width:
            count = self._words.count("cell", len(cells))
            return self._words("rows.short", count=count, expected=width)
        if any(map(str.strip, cells[width:])):
            count = self._words.count("cell", len(cells))
            fault = self._words("rows.long", count=count, expected=width)
            surplus = visible(self.separator.join(cells[width:]), 200)
            return f"{fault} | {self._words('rows.surplus')}: {surplus}"
        return self._words("rows.total") if is_total(cells) else None


class CsvSink(Sink):
    """CSV in UTF-8 with a byte order mark, ISO dates, true and false (see `formats.Sink`).

    A row keeps its text where the source is CSV and all its columns are kept. Cells that a
    spreadsheet would run as a formula get an apostrophe before them, unless `raw`.
    """

    def __init__(self, file: BinaryIO, output: Output) -> None:
        self._file = file
        self._columns = [str(rank) for rank in output.columns]
        self._separator = output.separator
        self._own_text = output.repeats and output.has_all_columns()
        self._raw = output.raw
        self._texts = [name for name, kind in output.results.items() if kind == pl.String]
        kept = (output.headers[rank] for rank in output.columns)
        names = self._disarmed(pl.Series([*kept, *output.results])).to_list()
        file.write(codecs.BOM_UTF8 + row_text(names, self._separator).encode() + b"\n")

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (see `formats.Sink`)."""
        if self._own_text and chunk.texts is not None:
            columns = [self._disarmed_rows(chunk.texts).alias("\0text")]
        else:
            columns = [self._harmless(cells) for cells in chunk.frame.select(self._columns)]
        errors = self._disarmed(results["ami_errors"])
        results = results.with_columns(errors)
        results = results.with_columns(self._quoted(results[name]) for name in self._texts)
        # Everything is quoted already, where it must be.
        pl.DataFrame([*columns, *results]).write_csv(
            self._file, include_header=False, separator=self._separator, quote_style="never"
        )

    def _harmless(self, cells: pl.Series) -> pl.Series:
        return self._quoted(self._disarmed(cells))

    def _quoted(self, cells: pl.Series) -> pl.Series:
        """Put cells in quotes where CSV wants them."""
        special = cells.str.contains(rf'[{self._separator}"\r\n]').fill_null(value=False)
        doubled = cells.filter(special).str.replace_all('"', '""', literal=True)
        return _replaced(cells, special, '"' + doubled + '"')

    def _disarmed(self, cells: pl.Series) -> pl.Series:
        """Put an apostrophe before cells that a spreadsheet would run, and count them."""
        if self._raw:
            return cells
        begins = cells.str.contains(f"^[{_FORMULA_STARTS}]")
        number = cells.str.contains(r"^[+-]?[0-9]+(?:[.,][0-9]+)?$")
        armed = (begins & ~number).fill_null(value=False)
        inside = pl.repeat(False, len(cells), eager=True)
        if self._separator != _FRENCH_SEPARATOR:
            inside = cells.str.contains(_FORMULA_BEHIND_SEMICOLON).fill_null(value=False)
        self.disarmed += int((armed | inside).sum())
        cells = _replaced(cells, armed, "'" + cells.filter(armed))
        apart = cells.filter(inside).str.replace_all(_FORMULA_BEHIND_SEMICOLON, "${1}'${2}")
        return _replaced(cells, inside, apart)

    def _disarmed_rows(self, rows: pl.Series) -> pl.Series:
        """Write rows anew where a cell begins like a formula; the others keep their text."""
        if self._raw:
            return rows
        marks = _FORMULA_STARTS.replace(r"\t", "") if self._separator == "\t" else _FORMULA_STARTS
        suspect = rows.str.contains(f'[{marks}"]')  # cheap where there is none
        if suspect.any():
            begin = f"(?:^|{self._separator})"
            suspect = rows.str.contains(f'{begin}(?:[{marks}]|"[{_FORMULA_STARTS}])')
            if self._separator != _FRENCH_SEPARATOR:
                suspect |= rows.str.contains(_FORMULA_BEHIND_SEMICOLON)
        if not suspect.any():
            return rows
        cells = _cells(rows.filter(suspect), self._separator, len(self._columns))
        harmless = pl.DataFrame([self._harmless(column) for column in cells])
        texts = harmless.select(pl.concat_str(pl.all().fill_null(""), separator=self._separator))
        return _replaced(rows, suspect, texts.to_series())


_FORMULA_STARTS = r"=+\-@\t\r"  # what a formula begins with
# A French Excel splits any CSV file at it, also between quotes that begin no cell.
_FRENCH_SEPARATOR = ";"
# A formula behind it or behind a line end; a number between two of them is none.
_FORMULA_BEHIND_SEMICOLON = (
    r'([;\n\r]"*)([=@\t]|[+-]+[^0-9+\-;,. \t\n\r]|[+-]+[0-9.,]+[^0-9.,; \t\n\r])'
)


def _replaced(cells: pl.Series, which: pl.Series, texts: pl.Series) -> pl.Series:
    """Put other texts in the place of some cells."""
    return cells.clone().scatter(which.arg_true(), texts) if len(texts) else cells


def _cells(rows: pl.Series, separator: str, width: int) -> pl.DataFrame:
    """Split rows, one text each that has `width` cells, into cells."""
    if not rows.str.contains('"', literal=True).any():
        return _split(rows, separator, width)
    records = csv.reader(rows.to_list(), delimiter=separator, strict=True)
    names = [str(rank) for rank in range(width)]
    return pl.concat(_frame(batch, names) for batch in _batches(records, _BATCH))


def _split(rows: pl.Series, separator: str, width: int) -> pl.DataFrame:
    """Split rows without a quote into cells."""
    cells = rows.str.split_exact(separator, width - 1).struct.unnest()
    return cells.rename(lambda field: field.removeprefix("field_"))


def _batches(rows: Iterator[_T], size: int) -> Iterator[list[_T]]:
    return iter(lambda: list(islice(rows, size)), [])


def _frame(records: Sequence[Sequence[str]], names: Iterable[str]) -> pl.DataFrame:
    """Make a frame of some columns of rows of cells, named by their rank."""
    columns = list(zip(*records, strict=True))
    return pl.DataFrame([pl.Series(name, columns[int(name)], dtype=pl.String) for name in names])


def row_text(cells: Sequence[str], separator: str) -> str:
    """Write cells as one CSV row, without its line end."""
    text = io.StringIO()
    # With its line end, so that a cell that holds one is quoted.
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


def _text_of(block: bytes) -> io.StringIO:
    """Open a block to read it line by line; only LF, CR LF and CR end a line."""
    return io.StringIO(block.decode(), newline="")


def _lines_of(block: bytes) -> pl.Series:
    """Return the lines of a block without their ends."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return pl.read_lines(block, name="line")["line"]
