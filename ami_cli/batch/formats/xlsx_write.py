"""Writes rows with their results to a sheet, by XlsxWriter.

Cells of a workbook keep their types; of other formats, dates and whole numbers become typed
cells and every word stays a text. A text is never a formula. XlsxWriter holds one row at a time;
the others wait in files of a private folder.

The columns that tell who a student is come first and stay on the screen. The verdict stands beside
them, then what is to be read, and last the other columns of the input. What is to be read is
printed, landscape: the sentences where there are some, else codes and amounts. The grounds of
supplements are not printed, because one of them is a disability.
"""

import contextlib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO, Self, cast

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError, FileSizeError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ami_cli.batch.formats import RESULTS, CellKind, Chunk
from ami_cli.batch.formats.xlsx_layout import (
    BOOK_OPTIONS,
    DATE_FORMATS,
    PRINTED_WIDTH,
    fitted,
    header_height,
    header_width,
    line_count,
    printed_width,
    row_height,
    shared_widths,
    text_width,
)
from ami_cli.batch.formats.xlsx_package import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS
from ami_cli.batch.formats.xlsx_sheet import FIRST_CERTAIN_DAY
from ami_cli.failures import Problem, UnreadableInput

BLOCK_CELLS = 50_000  # values of a chunk held at once
SAMPLE_ROWS = 200  # rows that say how wide a column is
NARROWEST, WIDEST = 9.0, 42.0  # of a column of the input
WIDEST_IDENTITY = 24.0
WIDEST_CODES = 30.0
WIDEST_RESULT = 110.0
WIDEST_ERRORS = 70.0
NARROWEST_SENTENCES = 24.0
_LEAST_WIDTHS = {"ami_verdict": 13.0, "ami_errors": 36.0}

_Value = str | float | bool | date | time | timedelta | None  # a datetime is a date

_FIRST_DAY = FIRST_CERTAIN_DAY.isoformat()
_CREATED = datetime(1980, 1, 1)  # noqa: DTZ001  # the same rows make the same file
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "header": {"bold": True, "bottom": 1, "text_wrap": True},
    "wrapped": {"text_wrap": True},
    "identity": {"text_wrap": True, "align": "left"},
    "euros": {"num_format": '#,##0\u00a0"€"'},
    "time": {"num_format": "hh:mm:ss"},
    "_DateWithoutDay": {"num_format": "mmm yyyy"},
    "_DateWithoutYear": {"num_format": "d mmm"},
    "timedelta": {"num_format": "[h]:mm:ss"},
    "eligible": {"bg_color": "#C6EFCE", "font_color": "#00511A"},
    "ineligible": {"bg_color": "#FFC7CE", "font_color": "#74000C"},
    "undetermined": {"bg_color": "#FFE2B3", "font_color": "#6B3D00"},
    "invalid": {"bg_color": "#E1E1E1", "font_color": "#333333"},
}
_SENTENCES = ("ami_why", "ami_to_do", "ami_errors")
_CODES = ("ami_failed", "ami_to_check", "ami_missing", "ami_assumed")
_FIGURES = ("ami_months", "ami_months_max", "ami_total", "ami_total_max", "ami_start_by")
_EUROS = ("ami_total", "ami_total_max")
_RESULT = "ami_result"  # says the verdict and the amounts, so that it is not printed
# What XlsxWriter would take for its own markup, and escapes that touch, of which it would escape
# every other one (`_x0041_x0042_`).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_MISREAD = re.compile(r"<r>.*</r>\Z|.*?_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_", re.DOTALL)


class XlsxSink:
    """Writes rows and their results. Raises UnreadableInput where a sheet cannot hold them.

    `columns` are the columns of the input that are kept; the first `identity` of them tell who a
    student is; `hidden` are columns of the input that stay hidden, as its hidden rows do. Dates are
    shown as in the language `lang`. `folder` is a private one for what is not finished. `sheet` is
    the one of the rows; further ones may be added to `book`. Leaving the block closes all files.
    """

    disarmed = 0  # text stays text: nothing needs to be disarmed

    def __init__(
        self,
        file: BinaryIO,
        headers: Sequence[str],
        columns: Sequence[int],
        folder: str,
        results: Mapping[str, Any] = RESULTS,
        *,
        identity: int = 1,
        hidden: Collection[int] = (),
        lang: str = "fr",
    ) -> None:
        self._identity = min(identity, len(columns))
        printed, others = _in_order_of_reading(results)
        # Columns of the input by their number, those of the result by their name.
        self._columns: list[int | str] = [*columns[: self._identity], *printed, *others]
        self._columns += columns[self._identity :]
        self._printed = range(self._identity + len(printed))
        # Half a surrogate pair (JSON can hold one in a name) cannot be encoded.
        self._headers = [
            headers[column].encode("utf-8", "backslashreplace").decode()
            if isinstance(column, int)
            else column
            for column in self._columns
        ]
        if len(self._headers) > MOST_COLUMNS:
            raise UnreadableInput(
                Problem("too_many_columns_for_a_sheet", "output", {"number": len(self._headers)})
            )
        self._file = _Detachable(file)
        self.book = xlsxwriter.Workbook(
            cast("BinaryIO", self._file),
            {**BOOK_OPTIONS, "constant_memory": True, "tmpdir": folder},
        )
        self.book.set_properties({"created": _CREATED})
        day = DATE_FORMATS[lang]
        dates = {"date": {"num_format": day}, "datetime": {"num_format": f"{day} hh:mm:ss"}}
        looks = {**_FORMATS, **dates}
        self._formats = {name: self.book.add_format(dict(look)) for name, look in looks.items()}
        self._plain = self.book.add_format()
        texts = {rank for rank in self._printed if results.get(self._headers[rank]) == pl.String}
        self._wrapped = {*range(self._identity), *texts} - {self._identity}
        self._column_formats = [
            self._formats["identity"]
            if rank < self._identity
            else self._formats["wrapped"]
            if rank in self._wrapped
            else self._formats["euros"]
            if column in _EUROS
            else None
            for rank, column in enumerate(self._columns)
        ]
        self._widths: list[float] = []
        self._hidden = hidden
        self.sheet = self.book.add_worksheet("AMI")
        self.sheet.freeze_panes(1, self._identity)
        self._used = 0  # rows of the sheet, the header included

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.detach()
        for sheet in self.book.worksheets():
            with contextlib.suppress(OSError):  # raised before, if it matters
                sheet.row_data_fh.close()

    def write(self, chunk: Chunk, results: pl.DataFrame, typed: Mapping[int, pl.Series]) -> None:
        """Write rows with their results."""
        height = len(chunk.frame)
        if max(1, self._used) + height > MOST_ROWS:
            raise UnreadableInput(
                Problem("too_many_rows_for_a_sheet", "output", {"most": MOST_ROWS - 1})
            )
        rows = max(SAMPLE_ROWS, BLOCK_CELLS // len(self._headers))
        for start in range(0, height, rows):
            block = slice(start, start + rows)
            columns = [
                _cells(chunk, column, typed.get(column), block)
                if isinstance(column, int)
                else results[column][block]
                for column in self._columns
            ]
            values = [column.to_list() for column in columns]
            self._begin(values)
            lines = self._lines(values)
            hidden = None if chunk.hidden is None else chunk.hidden[block].to_list()
            writers = [self._writer(rank, column) for rank, column in enumerate(columns)]
            for place, row in enumerate(zip(*values, strict=True)):
                self._set_row(lines[place], hidden=hidden is not None and hidden[place])
                for rank, value in enumerate(row):
                    if value is not None:
                        writers[rank](self._used, rank, value)
                self._used += 1

    def close(self) -> None:
        """Write the workbook. Raises OSError when the system refuses."""
        self._begin([()] * len(self._columns))
        last_row, last_column = self._used - 1, len(self._columns) - 1
        self.sheet.autofilter(0, 0, last_row, last_column)
        self.sheet.print_area(0, 0, last_row, self._printed[-1])
        if self._identity:
            self.sheet.repeat_columns(0, self._identity - 1)
        self.sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        try:
            self.book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        except FileSizeError:  # more bytes than one part of a plain zip can have
            raise UnreadableInput(Problem("too_large_for_a_sheet", "output")) from None

    def _begin(self, columns: Sequence[Sequence[_Value]]) -> None:
        """Write the header, once, and set the widths of the columns by their first values."""
        if self._used:
            return
        if not any(columns[self._printed[-1]]):  # nothing is to be corrected
            self._printed = self._printed[:-1]
        self._widths = self._widths_for([values[:SAMPLE_ROWS] for values in columns])
        for rank, (column, width) in enumerate(zip(self._columns, self._widths, strict=True)):
            more = {"hidden": True} if column in self._hidden else {}
            self.sheet.set_column(rank, rank, width, self._column_formats[rank], more)
        self.sheet.set_row(0, header_height(self._headers, self._widths))
        for rank, name in enumerate(self._headers):
            self._write_text(0, rank, name, self._formats["header"])
        self._used = 1

    def _lines(self, columns: Sequence[Sequence[_Value]]) -> list[int]:
        """Return how many lines the longest wrapped text of each row has."""
        counts = [1] * len(columns[0])
        for rank in self._wrapped:
            width = self._widths[rank]
            texts = (text for text in set(columns[rank]) if isinstance(text, str))
            several = {text: lines for text in texts if (lines := line_count(text, width)) > 1}
            for place, value in enumerate(columns[rank]) if several else ():
                counts[place] = max(counts[place], several.get(value, 1))
        return counts

    def _set_row(self, lines: int, *, hidden: bool) -> None:
        """Set the height of the next row, and whether it is hidden."""
        if lines > 1 or hidden:
            height = row_height(lines) if lines > 1 else None
            self.sheet.set_row(self._used, height, None, {"hidden": hidden})
            for written in [line for line in self.sheet.row_info if line < self._used - 1]:
                del self.sheet.row_info[written]  # XlsxWriter would keep them all

    def _writer(self, rank: int, cells: pl.Series) -> Callable[[int, int, Any], object]:
        """Return what writes the cells of a column: XlsxWriter itself where all are whole numbers,
        or texts that it writes as they are."""
        writer: Callable[[int, int, Any], object] = self._write_value
        if cells.dtype.is_integer():
            writer = self.sheet.write_number
        elif rank == self._identity:
            writer = self._write_verdict
        elif cells.dtype == pl.String:
            is_odd = cells.str.contains("^$|<r>|_x") | (cells.str.len_bytes() > LONGEST_TEXT)
            writer = self._write_text if is_odd.any() else self.sheet.write_string
        return writer

    def _write_verdict(self, line: int, rank: int, verdict: str) -> None:
        self.sheet.write_string(line, rank, verdict, self._formats[verdict])

    def _write_value(self, line: int, rank: int, value: _Value) -> None:
        if isinstance(value, str):
            self._write_text(line, rank, value)
        elif isinstance(value, bool):
            self.sheet.write_boolean(line, rank, value)
        elif isinstance(value, int):
            self.sheet.write_number(line, rank, value)
        elif isinstance(value, float):
            self.sheet.write_number(line, rank, _WithAllDigits(value))
        elif isinstance(value, date) and value.isoformat() < _FIRST_DAY:
            self._write_text(line, rank, value.isoformat())
        else:
            self.sheet.write_datetime(line, rank, value, self._formats[type(value).__name__])

    def _write_text(self, line: int, rank: int, text: str, look: Any = None) -> None:
        if not write_text(
            self.sheet, line, rank, text, look or self._column_formats[rank], self._plain
        ):
            name = self._headers[rank]
            where = {"value": name or text, "row": line + 1, "most": LONGEST_TEXT}
            raise UnreadableInput(Problem("too_long_for_a_sheet", "output", where))

    def _widths_for(self, columns: Sequence[Sequence[_Value]]) -> list[float]:
        """Return readable widths; what is printed fits on the paper."""
        widths = [
            max(
                _LEAST_WIDTHS.get(name, NARROWEST),
                min(max(header_width(name), _usual_width(values)), self._widest(rank)),
            )
            for rank, (name, values) in enumerate(zip(self._headers, columns, strict=True))
        ]
        shared = [rank for rank in self._printed if self._columns[rank] in _SENTENCES]
        if len(shared) > 1:
            others = [widths[rank] for rank in self._printed if rank not in shared]
            room = PRINTED_WIDTH - printed_width(others)
            texts = ([str(value or "") for value in columns[rank]] or [""] for rank in shared)
            rows = zip(*texts, strict=True)
            for rank, width in zip(
                shared, shared_widths(rows, NARROWEST_SENTENCES, room), strict=True
            ):
                widths[rank] = width
        end = len(self._printed)
        return [*fitted(widths[:end], self._wrapped & {*self._printed}), *widths[end:]]

    def _widest(self, rank: int) -> float:
        column = self._columns[rank]
        if isinstance(column, int):
            return WIDEST_IDENTITY if rank < self._identity else WIDEST
        if column == "ami_errors":
            return WIDEST_ERRORS
        if column == _RESULT:
            return WIDEST_RESULT
        return WIDEST_CODES if column in _CODES else WIDEST


def _in_order_of_reading(results: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the columns of the result that are printed, then the others.

    Codes are printed where no sentences say the same; errors come last, as most files have none.
    """
    has_sentences = _RESULT in results
    rest = (*_SENTENCES[:2], *_EUROS) if has_sentences else (*_CODES, *_FIGURES)
    printed = ["ami_verdict", *rest, "ami_errors"]
    others = [_RESULT, *_FIGURES, *(name for name in results if name not in _CODES), *_CODES]
    known = (name for name in dict.fromkeys(others) if name in results)
    return printed, [name for name in known if name not in printed]


def write_text(
    sheet: Worksheet, line: int, rank: int, text: str, look: Format | None, plain: Format
) -> bool:
    """Write a text as it is, never as a formula; one without a character is a blank cell.

    False where it is too long: Excel counts in UTF-16. `plain` is a format without a look.
    """
    if not text:
        sheet.write_blank(line, rank, None, look)
        return True
    if not _MISREAD.match(text):
        return bool(sheet.write_string(line, rank, text, look) >= 0)
    if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        return False
    # In pieces that XlsxWriter leaves as they are. Control characters would be escaped twice.
    pieces = re.split(r"(?<=^<)|(?<=_)(?=x[0-9A-Fa-f]{4}_)", _CONTROL.sub("\ufffd", text))
    tokens = [token for piece in pieces for token in (plain, piece)]
    written = sheet.write_rich_string(line, rank, *tokens[1:], *([look] if look else []))
    return bool(written >= 0)


class _WithAllDigits(float):
    """A number that is written with all its digits, where XlsxWriter would write sixteen."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


class _Detachable:
    """A file that takes no more once it is detached, and then only counts.

    The garbage collector ends a half-written zip, and so writes to its file later. It may close any
    file object before, so that none can stand in.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file
        self._place = 0

    def detach(self) -> None:
        self._file = None

    def write(self, data: bytes) -> int:
        self._place += len(data)
        return len(data) if self._file is None else self._file.write(data)

    def seek(self, place: int, whence: int = 0) -> int:
        self._place = place if self._file is None else self._file.seek(place, whence)
        return self._place

    def tell(self) -> int:
        return self._place

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()


def _cells(chunk: Chunk, column: int, answers: pl.Series | None, block: slice) -> pl.Series:
    """Return a column of the input: typed as in its workbook; of other formats dates and whole
    numbers are typed, everything else is text."""
    texts = chunk.frame[str(column)][block]
    if chunk.kinds is not None:
        kinds = chunk.kinds[str(column)][block]
        if not kinds.max():  # texts only
            return texts
        pairs = zip(kinds, texts, strict=True)
        values = [None if text is None else _TYPED[kind](text) for kind, text in pairs]
    elif answers is not None and (answers.dtype == pl.Date or answers.dtype.is_integer()):
        pairs = zip(answers[block], texts, strict=True)
        values = [text if value is None else value for value, text in pairs]
    else:
        return texts
    return pl.Series(values, dtype=pl.Object)


def _duration(text: str) -> timedelta:
    hours, minutes, seconds = text.removeprefix("-").split(":")
    length = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds))
    return -length if text.startswith("-") else length


class _DateWithoutDay(date):
    """A date that is shown without its day."""


class _DateWithoutYear(date):
    """A date that is shown without its year."""


_TYPED: Mapping[int, Callable[[str], _Value]] = {
    CellKind.TEXT: str,
    CellKind.NUMBER: float,
    CellKind.BOOLEAN: "true".__eq__,
    CellKind.DATE: date.fromisoformat,
    CellKind.DATETIME: datetime.fromisoformat,
    CellKind.TIME: time.fromisoformat,
    CellKind.DURATION: _duration,
    CellKind.MONTH: _DateWithoutDay.fromisoformat,
    CellKind.YEARLESS: _DateWithoutYear.fromisoformat,
}


def _usual_width(values: Sequence[_Value]) -> float:
    """Return the width that most values of a column have."""
    widths = sorted(_width(value) for value in values if value is not None)
    return 1 + widths[int(0.95 * (len(widths) - 1))] if widths else 0


def _width(value: _Value) -> float:
    match value:
        case str():
            return text_width(value[:200])
        case datetime():
            return 19
        case date() | timedelta() | time():
            return 10.5
        case bool():
            return 6
        case _:
            return len(f"{value:.10g}")
