"""CSV as people have it: read exactly, or the row marked, or the file refused with its line.

A block of lines whose cells are all where the header puts them is read by polars. The other
lines go through the strict reader of the standard library, one record at a time: a row with too
few or too many cells is invalid, and a quote that does not close refuses the file, for it may
have swallowed students.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

import polars as pl

from ami_cli.batch.formats import LONGEST_CELL, MOST_COLUMNS, RESULTS, Chunk, Notice, is_total
from ami_cli.batch.formats.text import blocks_of_lines, encoding_of
from ami_cli.failures import Problem, UnreadableInput
from ami_cli.words import Words, visible

SEPARATORS = (";", ",", "\t")
_LONGEST_RECORD = 1_000  # lines of one record, by its line breaks inside quotes
_SURELY_ROWS = 4  # separators; text in quotes has as many on each of its lines by no chance
_WIDEST_PATTERN = 200  # columns; beyond, lines with quotes are read one by one
_LINE_END = re.compile(rb"\r\n|\n|\r")

csv.field_size_limit(LONGEST_CELL)


class Record(NamedTuple):
    """One row: the line it begins at, its cells, and what is wrong with it as a row."""

    line: int
    cells: list[str]
    fault: str | None


class CsvSource:
    """A CSV file (see `tables.Source`). Raises UnreadableInput where it cannot be read.

    `kept` of a chunk is the text of each row as the file has it, for a writer with the same
    separator.
    """

    format = "csv"

    def __init__(self, file: BinaryIO, encoding: str | None, words: Words) -> None:
        self._words = words
        self._encoding = encoding_of(file, encoding)
        self._blocks = blocks_of_lines(file, self._encoding)
        self.blank = 0
        block = next(self._blocks, b"")
        lines = _physical_lines(block)
        first = 1
        named = lines and _named_separator(lines[0])
        if named:
            lines, first = lines[1:], 2
        while lines and not lines[0].strip():
            lines, first = lines[1:], first + 1
            self.blank += 1
        if not lines:
            raise UnreadableInput(Problem("empty_file", "input", {}))
        self.separator = named or _separator_of(lines[0])
        header, taken = self._header(lines, first)
        self.headers = tuple(header)
        if len(header) > MOST_COLUMNS:
            raise UnreadableInput(Problem("too_many_columns", "input", {"most": MOST_COLUMNS}))
        self._rest = "".join(lines[taken:]).encode()
        self._next_line = first + taken
        separator = words(f"batch.separators.{_NAMES[self.separator]}")
        self.notices = [
            Notice("read_as", {"encoding": self._encoding.name, "separator": separator})
        ]

    def _header(self, lines: Sequence[str], first: int) -> tuple[list[str], int]:
        try:
            for record, taken in _records(lines, self.separator, first, self._words):
                if record.fault is None:
                    return record.cells, taken
                break
        except _Open:
            raise UnreadableInput(Problem("quote_not_closed", "input", {"line": first})) from None
        raise UnreadableInput(Problem("bad_header", "input", {}))

    def chunks(self, wanted: Collection[int]) -> Iterator[Chunk]:
        """The rows, a block at a time; the cells of the columns `wanted`."""
        columns = sorted(wanted)
        block = self._rest
        while True:
            following = next(self._blocks, None)
            chunk, carried = self._chunk(block, columns, final=following is None)
            if chunk is not None and len(chunk.lines):
                yield chunk
            if following is None:
                return
            block = carried + following

    def _chunk(
        self, block: bytes, wanted: Sequence[int], *, final: bool
    ) -> tuple[Chunk | None, bytes]:
        """The rows of a block, and what of it belongs to the next: a record not yet closed."""
        if not block:
            return None, b""
        first = self._next_line
        quoted = b'"' in block
        simple = block
        if b"\r" in block:
            simple = block.replace(b"\r\n", b"\n")
            if b"\r" in simple:
                if quoted:
                    return self._slowly(block, first, wanted, final=final)
                simple = simple.replace(b"\r", b"\n")
        lines = pl.read_lines(simple, name="line")["line"]
        whole = self._whole(lines, quoted=quoted)
        odd = lines.filter(~whole)
        if quoted and (odd.str.count_matches('"', literal=True) % 2 == 1).any():
            return self._slowly(block, first, wanted, final=final)
        numbers = pl.int_range(first, first + len(lines), dtype=pl.UInt32, eager=True)
        self._next_line = first + len(lines)
        if not len(odd):
            return Chunk(self._cells(lines, wanted, quoted=quoted), numbers, None, lines), b""
        good = lines.filter(whole)
        frame = self._cells(good, wanted, quoted=quoted)
        sound = Chunk(frame, numbers.filter(whole), None, good)
        filled = odd.str.contains(rf"[^\s{self.separator}]")
        self.blank += len(odd) - int(filled.sum())
        at = numbers.filter(~whole).filter(filled)
        records = [
            record
            for text, line in zip(odd.filter(filled), at, strict=True)
            for record, _ in _records([text], self.separator, line, self._words)
        ]
        return _merged(sound, self._from_records(records, wanted)), b""

    def _whole(self, lines: pl.Series, *, quoted: bool) -> pl.Series:
        """Which lines are rows with a cell for each column of the header, by themselves."""
        width = len(self.headers)
        cells = lines.str.count_matches(self.separator, literal=True) + 1
        sound = _not_blank(lines, self.separator) & ~_may_be_total(lines, self.separator)
        whole = (cells == width) & sound
        if not quoted:
            return whole
        plain = ~lines.str.contains('"', literal=True)
        if width > _WIDEST_PATTERN:
            return whole & plain
        bare, quotes = f'[^{self.separator}"]*', '"(?:[^"]|"")*"'
        cell = f"(?:{bare}|{quotes})"
        shape = f"^{cell}(?:{self.separator}{cell}){{{width - 1}}}$"
        return (whole & plain) | (lines.str.contains(shape) & ~plain & sound)

    def _cells(self, lines: pl.Series, wanted: Sequence[int], *, quoted: bool) -> pl.DataFrame:
        """The cells of lines that are whole rows."""
        width = len(self.headers)
        if quoted or width == 1:
            names = [str(rank) for rank in range(width)]
            text = io.BytesIO()
            pl.DataFrame({"line": lines}).write_csv(text, include_header=False, quote_style="never")
            return pl.read_csv(
                text.getvalue(),
                has_header=False,
                separator=self.separator,
                schema=dict.fromkeys(names, pl.String),
                columns=list(wanted),
            )
        split = lines.str.split_exact(self.separator, width - 1).struct
        return pl.DataFrame({str(rank): split.field(f"field_{rank}") for rank in wanted})

    def _slowly(
        self, block: bytes, first: int, wanted: Sequence[int], *, final: bool
    ) -> tuple[Chunk | None, bytes]:
        """A block with records of several lines, read record by record."""
        lines = _physical_lines(block)
        records = []
        taken = len(lines)
        try:
            for record, end in _records(lines, self.separator, first, self._words):
                self._refuse_swallowed(lines[record.line - first : end], record.line)
                records.append(record)
        except _Open as opened:
            many = len(lines) - opened.at > _LONGEST_RECORD or len(block) > LONGEST_CELL
            if final or many:
                params = {"line": first + opened.at}
                raise UnreadableInput(Problem("quote_not_closed", "input", params)) from None
            taken = opened.at
        self._next_line = first + taken
        return self._from_records(records, wanted), "".join(lines[taken:]).encode()

    def _refuse_swallowed(self, lines: Sequence[str], first: int) -> None:
        """Raise UnreadableInput where two quotes too many have made one record of several rows."""
        separators = len(self.headers) - 1
        rows = separators >= _SURELY_ROWS and all(
            line.count(self.separator) == separators for line in lines if line.strip()
        )
        if len(lines) > _LONGEST_RECORD or (len(lines) > 1 and rows):
            raise UnreadableInput(Problem("quote_not_closed", "input", {"line": first}))

    def _from_records(self, records: Sequence[Record], wanted: Sequence[int]) -> Chunk:
        width = len(self.headers)
        rows: list[list[str]] = []
        faults: list[str | None] = []
        numbers = []
        for record in records:
            if not any(cell.strip() for cell in record.cells) and record.fault is None:
                self.blank += 1
                continue
            cells, fault = record.cells, record.fault
            surplus = [cell for cell in cells[width:] if cell.strip()]
            if fault is None and surplus:
                fault = self._words("rows.long", cells=len(cells), expected=width)
                said = visible(self.separator.join(cells[width:]), 200)
                fault += f" | {self._words('rows.surplus')}: {said}"
            elif fault is None and len(cells) < width:
                fault = self._words("rows.short", cells=len(cells), expected=width)
            elif fault is None and is_total(cells):
                fault = self._words("rows.total")
            numbers.append(record.line)
            rows.append([*cells[:width], *[""] * (width - len(cells))])
            faults.append(fault)
        frame = pl.DataFrame(
            {str(rank): [row[rank] or None for row in rows] for rank in wanted},
            schema={str(rank): pl.String for rank in wanted},
        )
        return Chunk(
            frame,
            pl.Series(numbers, dtype=pl.UInt32),
            pl.Series(faults, dtype=pl.String),
            pl.Series([row_text(row, self.separator) for row in rows], dtype=pl.String),
        )


class CsvSink:
    """CSV in UTF-8 with a mark, ISO dates, true and false (see `tables.Sink`).

    Rows that come with their own text in the same separator are given back letter for letter.
    Cells that a spreadsheet would run as a formula get an apostrophe before them, unless `raw`.
    """

    def __init__(
        self,
        file: BinaryIO,
        headers: Sequence[str],
        columns: Sequence[int],
        separator: str,
        *,
        raw: bool,
    ) -> None:
        self._file = file
        self._columns = columns
        self._all = list(columns) == list(range(len(headers)))
        self._separator = separator
        self._raw = raw
        names = [*(headers[rank] for rank in columns), *RESULTS]
        armed = [not raw and _armed(name) for name in names]
        self.disarmed = sum(armed)
        harmless = [f"'{name}" if wrong else name for name, wrong in zip(names, armed, strict=True)]
        self._file.write(codecs.BOM_UTF8 + row_text(harmless, separator).encode() + b"\n")

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results (see `tables.Sink`)."""
        if not self._columns:
            before = pl.DataFrame()
        elif self._all and isinstance(chunk.kept, pl.Series):
            text = chunk.kept if self._raw else self._disarmed_rows(chunk.kept)
            before = pl.DataFrame({"\0row": text})
        else:
            cells = chunk.frame.select(str(rank) for rank in self._columns)
            before = self._quoted(cells if self._raw else self._disarmed_cells(cells))
        judged = results
        if not self._raw and results["ami_errors"].null_count() < results.height:
            errors = self._disarmed_cells(results.select("ami_errors"))
            judged = results.with_columns(errors)
        # Everything is quoted already, where it must be.
        pl.concat([before, self._quoted(judged)], how="horizontal").write_csv(
            self._file, include_header=False, separator=self._separator, quote_style="never"
        )

    def _quoted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Text cells in quotes where CSV wants them."""
        special = rf'[{self._separator}"\r\n]'
        quotes = []
        for name, kind in frame.schema.items():
            if kind == pl.String and (found := frame[name].str.contains(special)).any():
                doubled = pl.col(name).str.replace_all('"', '""', literal=True)
                quoted = pl.format('"{}"', doubled)
                quotes.append(pl.when(found).then(quoted).otherwise(name).alias(name))
        return frame.with_columns(quotes)

    def close(self) -> None:
        """Nothing remains to be written."""

    def _disarmed_rows(self, rows: pl.Series) -> pl.Series:
        """Rows as they are, but for those with a cell that a spreadsheet would run."""
        suspect = rows.str.contains(rf'(?:^|{self._separator})"?[=+\-@\t\r]')
        if not suspect.any():
            return rows
        text = "\n".join(rows.filter(suspect)).encode()
        names = [str(rank) for rank in self._columns]
        frame = pl.read_csv(
            text,
            has_header=False,
            separator=self._separator,
            schema=dict.fromkeys(names, pl.String),
        )
        armed = frame.select(pl.any_horizontal(_armed_cells(name) for name in names)).to_series()
        cells = self._quoted(self._disarmed_cells(frame))
        written = cells.select(
            pl.concat_str((pl.col(name).fill_null("") for name in names), separator=self._separator)
        ).to_series()
        return rows.scatter(suspect.arg_true(), rows.filter(suspect).zip_with(~armed, written))

    def _disarmed_cells(self, frame: pl.DataFrame) -> pl.DataFrame:
        texts = [name for name, kind in frame.schema.items() if kind == pl.String]
        armed = frame.select(_armed_cells(name) for name in texts)
        count = sum(armed.sum().row(0)) if texts and frame.height else 0
        if not count:
            return frame
        self.disarmed += count
        return frame.with_columns(
            pl.when(_armed_cells(name))
            .then(pl.concat_str(pl.lit("'"), name))
            .otherwise(name)
            .alias(name)
            for name in texts
        )


_ARMED, _NUMBER = r"^[=+\-@\t\r]", r"^[+-]?\d+(?:[.,]\d+)?$"


def _armed_cells(name: str) -> pl.Expr:
    cell = pl.col(name).str
    return (cell.contains(_ARMED) & ~cell.contains(_NUMBER)).fill_null(value=False).alias(name)


def _armed(text: str) -> bool:
    return bool(re.match(_ARMED, text)) and not re.match(_NUMBER, text, re.ASCII)


_NAMES: Mapping[str, str] = {";": "semicolon", ",": "comma", "\t": "tab"}


def row_text(cells: Sequence[str], separator: str) -> str:
    """Cells as one CSV row, without its line end."""
    text = io.StringIO()
    # With its line end, so that a cell that holds one is quoted.
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n")


class _Open(Exception):
    """A record that the lines at hand do not close; `at` is the rank of its first line."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__("open record")


def _records(
    lines: Sequence[str], separator: str, first: int, words: Words
) -> Iterator[tuple[Record, int]]:
    """Each record of some lines, with the number of lines taken so far.

    Raises _Open where the last record is not closed, and UnreadableInput where a record of several
    lines is damaged: a quote too many has swallowed the lines between.
    """
    taken = 0

    def feed() -> Iterator[str]:
        nonlocal taken
        while taken < len(lines):
            taken += 1
            yield lines[taken - 1]

    while taken < len(lines):
        start = taken
        reader = csv.reader(feed(), delimiter=separator, strict=True)
        try:
            for cells in reader:
                yield Record(first + start, cells, None), taken
                start = taken
        except csv.Error as wrong:
            if "unexpected end of data" in str(wrong):
                raise _Open(start) from None
            if taken - start > 1:
                problem = Problem("quote_not_closed", "input", {"line": first + start})
                raise UnreadableInput(problem) from None
            text = lines[start].rstrip("\r\n")
            yield Record(first + start, [text], words("rows.after_quote")), taken


def _merged(sound: Chunk, odd: Chunk) -> Chunk:
    """Two parts of a block as one, in the order of its lines."""
    lines = pl.concat([sound.lines, odd.lines])
    order = lines.arg_sort()
    nothing = pl.Series([None] * len(sound.lines), dtype=pl.String)
    assert odd.faults is not None
    return Chunk(
        pl.concat([sound.frame, odd.frame])[order],
        lines.gather(order),
        pl.concat([nothing, odd.faults]).gather(order),
        pl.concat([sound.kept, odd.kept]).gather(order),
    )


def _physical_lines(block: bytes) -> list[str]:
    """The lines of a block with their ends; only LF, CR LF and CR end a line."""
    return io.StringIO(block.decode(), newline="").readlines()


def _named_separator(line: str) -> str | None:
    """The separator of Excel's own first line, « sep=; »."""
    found = re.fullmatch(r"\"?sep=(.)\"?\s*", line)
    return found[1] if found and found[1] in SEPARATORS else None


def _separator_of(header: str) -> str:
    """The separator that stands most often in a header outside of quotes."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", header)
    return max(SEPARATORS, key=bare.count)


def _not_blank(lines: pl.Series, separator: str) -> pl.Series:
    return lines.str.contains(rf'[^\s"{separator}]')


def _may_be_total(lines: pl.Series, separator: str) -> pl.Series:
    return lines.str.contains(rf'^[\s"{separator}]*(?i:sous[\W_]*)?(?i:tota)')
