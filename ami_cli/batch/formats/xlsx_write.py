"""Writes rows with their results to a sheet, by XlsxWriter.

Cells of a workbook keep their types; of other formats, dates and whole numbers become typed
cells and every word stays a text. A text is never a formula. XlsxWriter holds one row at a time;
the others wait in files of a private folder.

The columns that tell who a student is are frozen, and the sheet opens with the verdict beside them.
They are printed together, landscape, without the other columns of the input.
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
from ami_cli.batch.formats.xlsx_package import LONGEST_TEXT, MOST_COLUMNS, MOST_ROWS
from ami_cli.batch.formats.xlsx_sheet import FIRST_CERTAIN_DAY
from ami_cli.failures import Problem, UnreadableInput

BLOCK_CELLS = 50_000  # values of a chunk held at once
SAMPLE_ROWS = 200  # rows that say how wide a column is
NARROWEST, WIDEST = 9, 42  # characters
WIDEST_CODES = 36  # characters of a column of codes, whose texts are wrapped
WIDEST_SENTENCES = 70  # characters of a column of sentences
A4 = 9  # as XlsxWriter numbers the formats of paper

_Value = str | float | bool | date | time | timedelta | None  # a datetime is a date

_FIRST_DAY = FIRST_CERTAIN_DAY.isoformat()
_CREATED = datetime(1980, 1, 1)  # noqa: DTZ001  # the same rows make the same file
# Of every cell: XlsxWriter writes a format of its own for each cell three times as slowly.
_DEFAULT = {"font_name": "Calibri", "font_size": 11, "valign": "top"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "header": {"bold": True, "bottom": 1, "text_wrap": True},
    "codes": {"text_wrap": True},
    "ami_total": {"num_format": '#,##0\u00a0"€"'},
    "ami_total_max": {"num_format": '#,##0\u00a0"€"'},
    "date": {"num_format": "dd/mm/yyyy"},
    "datetime": {"num_format": "dd/mm/yyyy hh:mm:ss"},
    "time": {"num_format": "hh:mm:ss"},
    "_DateWithoutDay": {"num_format": "mmm yyyy"},
    "_DateWithoutYear": {"num_format": "d mmm"},
    "timedelta": {"num_format": "[h]:mm:ss"},
    "eligible": {"bg_color": "#C6EFCE", "font_color": "#00511A"},
    "ineligible": {"bg_color": "#FFC7CE", "font_color": "#74000C"},
    "undetermined": {"bg_color": "#FFE2B3", "font_color": "#6B3D00"},
    "invalid": {"bg_color": "#E1E1E1", "font_color": "#333333"},
}
_SENTENCES = ("ami_errors", "ami_result", "ami_why", "ami_to_do")
# What XlsxWriter would take for its own markup, and escapes that touch, of which it would escape
# every other one (`_x0041_x0042_`).
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_MISREAD = re.compile(r"<r>.*</r>\Z|.*?_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_", re.DOTALL)


class XlsxSink:
    """Writes rows and their results. Raises UnreadableInput where a sheet cannot hold them.

    `columns` are the columns of the input that are kept; the first `identity` of them tell who a
    student is; `hidden` are columns of the input that stay hidden, as its hidden rows do. `folder`
    is a private one for what is not finished. Further sheets may be added to `book`. Leaving the
    block closes all files.
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
    ) -> None:
        self._results = tuple(results)
        self._columns = tuple(columns)
        # Half a surrogate pair (JSON can hold one in a name) cannot be encoded.
        names = [headers[rank].encode("utf-8", "backslashreplace").decode() for rank in columns]
        self._headers = [*names, *results]
        if len(self._headers) > MOST_COLUMNS:
            raise UnreadableInput(
                Problem("too_many_columns_for_a_sheet", "output", {"number": len(self._headers)})
            )
        self._file = _Detachable(file)
        self.book = xlsxwriter.Workbook(
            cast("BinaryIO", self._file),
            {"constant_memory": True, "tmpdir": folder, "default_format_properties": _DEFAULT},
        )
        self.book.set_properties({"created": _CREATED})
        self._formats = {name: self.book.add_format(dict(look)) for name, look in _FORMATS.items()}
        self._plain = self.book.add_format()
        self._column_formats = [
            *(None for _ in columns),
            *(
                self._formats.get("codes" if dtype == pl.String else name)
                for name, dtype in results.items()
            ),
        ]
        self._hidden = [rank for rank, column in enumerate(columns) if column in hidden]
        self._identity = min(identity, len(columns))
        self._sheet = self.book.add_worksheet("AMI")
        self._sheet.freeze_panes(1, self._identity, 1, len(columns))
        lay_out(self._sheet)
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
        self._begin()
        height = len(chunk.frame)
        if self._used + height > MOST_ROWS:
            raise UnreadableInput(
                Problem("too_many_rows_for_a_sheet", "output", {"most": MOST_ROWS - 1})
            )
        rows = max(SAMPLE_ROWS, BLOCK_CELLS // len(self._headers))
        for start in range(0, height, rows):
            block = slice(start, start + rows)
            columns = [
                *(_cells(chunk, column, typed.get(column), block) for column in self._columns),
                *(results[name][block] for name in self._results),
            ]
            values = [column.to_list() for column in columns]
            if self._used == 1:
                self._set_widths(values)
            writers = [self._writer(rank, column) for rank, column in enumerate(columns)]
            for place, row in enumerate(zip(*values, strict=True), start):
                if chunk.hidden is not None and chunk.hidden[place]:
                    self._sheet.set_row(self._used, None, None, {"hidden": True})
                for rank, value in enumerate(row):
                    if value is not None:
                        writers[rank](self._used, rank, value)
                self._used += 1

    def close(self) -> None:
        """Write the workbook. Raises OSError when the system refuses."""
        self._begin()
        last_row, last_column = self._used - 1, len(self._headers) - 1
        self._sheet.autofilter(0, 0, last_row, last_column)
        if 0 < self._identity < len(self._columns):
            # Titles are printed although they stand outside the area.
            self._sheet.repeat_columns(0, self._identity - 1)
            self._sheet.print_area(0, len(self._columns), last_row, last_column)
        try:
            self.book.close()
        except FileCreateError as error:
            raise error.args[0] from None
        except FileSizeError:  # more bytes than one part of a plain zip can have
            raise UnreadableInput(Problem("too_large_for_a_sheet", "output")) from None

    def _begin(self) -> None:
        """Write the header, once."""
        if self._used:
            return
        self._set_widths([()] * len(self._headers))
        for rank, name in enumerate(self._headers):
            self._write_text(0, rank, name, self._formats["header"])
        self._used = 1

    def _writer(self, rank: int, cells: pl.Series) -> Callable[[int, int, Any], object]:
        """Return what writes the cells of a column: XlsxWriter itself where all are texts that it
        writes as they are."""
        if cells.dtype != pl.String:
            return self._write_value
        if rank == len(self._columns):
            return self._write_verdict
        is_odd = cells.str.contains("^$|<r>|_x") | (cells.str.len_bytes() > LONGEST_TEXT)
        return self._write_text if is_odd.any() else self._sheet.write_string

    def _write_verdict(self, line: int, rank: int, verdict: str) -> None:
        self._sheet.write_string(line, rank, verdict, self._formats[verdict])

    def _write_value(self, line: int, rank: int, value: _Value) -> None:
        if isinstance(value, str):
            self._write_text(line, rank, value)
        elif isinstance(value, bool):
            self._sheet.write_boolean(line, rank, value)
        elif isinstance(value, int):
            self._sheet.write_number(line, rank, value)
        elif isinstance(value, float):
            self._sheet.write_number(line, rank, _WithAllDigits(value))
        elif isinstance(value, date) and value.isoformat() < _FIRST_DAY:
            self._write_text(line, rank, value.isoformat())
        else:
            self._sheet.write_datetime(line, rank, value, self._formats[type(value).__name__])

    def _write_text(self, line: int, rank: int, text: str, look: Any = None) -> None:
        if not write_text(
            self._sheet, line, rank, text, look or self._column_formats[rank], self._plain
        ):
            name = self._headers[rank]
            where = {"value": name or text, "row": line + 1, "most": LONGEST_TEXT}
            raise UnreadableInput(Problem("too_long_for_a_sheet", "output", where))

    def _set_widths(self, columns: Sequence[Sequence[_Value]]) -> None:
        for rank, (name, values) in enumerate(zip(self._headers, columns, strict=True)):
            own = rank < len(self._columns)
            widest = WIDEST if own else WIDEST_SENTENCES if name in _SENTENCES else WIDEST_CODES
            width = _width(name if own else "", values[:SAMPLE_ROWS], widest)
            more = {"hidden": True} if rank in self._hidden else {}
            self._sheet.set_column(rank, rank, width, self._column_formats[rank], more)


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


def lay_out(sheet: Worksheet) -> None:
    """Make a sheet print on A4, landscape, as wide as the paper, its first row on every page."""
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(0.4, 0.4, 0.4, 0.6)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")


def _width(name: str, values: Sequence[_Value], widest: int) -> int:
    """Return a readable width: the longest of the name and most of the first values."""
    lengths = sorted(
        len(value) + 1
        if isinstance(value, str)
        else 11 * isinstance(value, (date, time, timedelta))
        for value in values
        if value is not None
    )
    usual = lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0
    return max(NARROWEST, min(max(len(name) + 3, usual), widest))  # the arrow of the filter: 3
