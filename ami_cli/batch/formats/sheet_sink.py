"""A sheet of verdicts, by XlsxWriter: every row as it came, typed, with its results beside it.

XlsxWriter holds one row at a time; the others wait in files of a folder that the run gives it and
takes away. Two of its habits would change a text or a number, and are changed here: see `_Sheet`
and `_Exact`.
"""

import contextlib
import datetime
import re
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, BinaryIO, Self

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import FileCreateError, FileSizeError
from xlsxwriter.worksheet import Worksheet

from ami_cli.batch.formats import RESULTS, Chunk
from ami_cli.batch.formats.sheet_cells import (
    FIRST_CERTAIN_DAY,
    LONGEST_TEXT,
    MOST_COLUMNS,
    MOST_ROWS,
    Cell,
    DayNumber,
)
from ami_cli.failures import Problem, UnreadableInput
from ami_cli.words import Words

BLOCK_CELLS = 50_000  # values of a chunk held at once
SAMPLE_ROWS = 200  # rows that say how wide a column is
NARROWEST, WIDEST = 9, 42  # characters

_MADE = datetime.datetime(1980, 1, 1)  # noqa: DTZ001  # the same file for the same verdicts
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "header": {"bold": True, "bottom": 1, "valign": "top"},
    "day": {"num_format": "dd/mm/yyyy"},
    "moment": {"num_format": "dd/mm/yyyy hh:mm:ss"},
    "time": {"num_format": "hh:mm:ss"},
    "elapsed": {"num_format": "[h]:mm:ss"},
    "eligible": {"bg_color": "#C6EFCE", "font_color": "#00511A"},
    "ineligible": {"bg_color": "#FFC7CE", "font_color": "#74000C"},
    "undetermined": {"bg_color": "#FFE2B3", "font_color": "#6B3D00"},
    "invalid": {"bg_color": "#E1E1E1", "font_color": "#333333"},
}
# How each kind of time is shown.
_SHOWN: Mapping[type, str] = {
    datetime.date: "day",
    datetime.datetime: "moment",
    datetime.time: "time",
    datetime.timedelta: "elapsed",
}
# Characters that XML cannot hold or would change, and texts that read like their escapes.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class SheetSink:
    """Writes rows and their results. Raises UnreadableInput where a sheet cannot hold them.

    `columns` are the columns of the input that are kept; `folder` is a private one for what is
    not finished. Rows of a sheet keep the values they had; of other formats, dates and whole
    numbers become such, and every word stays as it was written. Leaving the block lets go of all
    files.
    """

    def __init__(
        self,
        file: BinaryIO,
        headers: Sequence[str],
        columns: Sequence[int],
        words: Words,
        folder: str,
    ) -> None:
        self.disarmed = 0  # text stays text: nothing needs to be disarmed
        self._columns = tuple(columns)
        # Half a character (JSON can hold one in a name) has no bytes of its own.
        names = [headers[rank].encode("utf-8", "backslashreplace").decode() for rank in columns]
        self._headers = [*names, *RESULTS]
        if len(self._headers) > MOST_COLUMNS:
            raise UnreadableInput(
                Problem("too_many_columns_for_a_sheet", "output", {"number": len(self._headers)})
            )
        self._out = _Out(file)
        options = {
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_numbers": False,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        self._book = xlsxwriter.Workbook(self._out, options)
        self._book.set_properties({"created": _MADE})
        self._formats = {name: self._book.add_format(dict(look)) for name, look in _FORMATS.items()}
        self._sheet = self._book.add_worksheet("AMI", _Sheet)
        self._sheet.freeze_panes(1, 0)
        self._used = 0  # rows of the sheet, the header included

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._out.let_go()
        with contextlib.suppress(OSError):  # it was said already, if it matters
            self._sheet.row_data_fh.close()

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
                *(_given(chunk, column, typed.get(column), block) for column in self._columns),
                *(results[name][block].to_list() for name in RESULTS),
            ]
            if self._used == 1:
                self._set_widths(columns)
            for row in zip(*columns, strict=True):
                self._write_row(row)

    def close(self) -> None:
        """Write the workbook. Raises OSError when the system refuses."""
        self._begin()
        self._sheet.autofilter(0, 0, self._used - 1, len(self._headers) - 1)
        try:
            self._book.close()
        except FileCreateError as wrong:
            raise wrong.args[0] from None
        except FileSizeError:  # more bytes than one part of a plain zip can have
            raise UnreadableInput(Problem("too_large_for_a_sheet", "output")) from None

    def _begin(self) -> None:
        """Write the header, once."""
        if self._used:
            return
        self._set_widths([()] * len(self._headers))
        for rank, name in enumerate(self._headers):
            self._write_text(0, rank, name, "header")
        self._used = 1

    def _write_row(self, row: Sequence[Any]) -> None:
        line = self._used
        verdict = len(self._columns)
        for rank, value in enumerate(row):
            if value is None:
                continue
            if type(value) is str:
                self._write_text(line, rank, value, value if rank == verdict else "")
            elif type(value) is bool:
                self._sheet.write_boolean(line, rank, value)
            elif isinstance(value, (int, float)):
                look = self._formats["day"] if type(value) is DayNumber else None
                self._sheet.write_number(line, rank, _exact(value), look)
            elif isinstance(value, datetime.date) and _day_of(value) < FIRST_CERTAIN_DAY:
                self._write_text(line, rank, value.isoformat())
            else:
                self._sheet.write_datetime(line, rank, value, self._formats[_SHOWN[type(value)]])
        self._used += 1

    def _write_text(self, line: int, rank: int, text: str, look: str = "") -> None:
        """Write a text; one without a character is a blank cell."""
        shown = self._formats.get(look)
        if not text:
            self._sheet.write_blank(line, rank, None, shown)
        elif self._sheet.write_string(line, rank, text, shown) < 0:  # Excel counts in UTF-16
            name = self._headers[rank]
            where = {"value": name or text, "row": line + 1, "most": LONGEST_TEXT}
            raise UnreadableInput(Problem("too_long_for_a_sheet", "output", where))

    def _set_widths(self, columns: Sequence[Sequence[Cell]]) -> None:
        for rank, (name, values) in enumerate(zip(self._headers, columns, strict=True)):
            self._sheet.set_column(rank, rank, _width(name, values[:SAMPLE_ROWS]))


class _Sheet(Worksheet):  # type: ignore[misc]
    """A sheet whose texts are nothing but texts.

    XlsxWriter takes `<r>…</r>` for markup of its own, and escapes only every other one of texts
    that read like escapes and touch one another (`_x0041_x0042_`).
    """

    def _xml_rich_inline_string(self, string: str, attributes: Any = ()) -> None:
        self._xml_inline_string(string, True, attributes)

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        if not isinstance(data, str):
            return data
        return _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", data)


class _Exact(float):
    """A number that is written with all its digits, where XlsxWriter would write sixteen."""

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def _exact(number: float) -> float:
    return number if float(f"{number:.16G}") == number else _Exact(number)


class _Out:
    """A file that takes no more once it is let go.

    A zip that is left half-written tries to end itself when it is thrown away, whenever that is.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file
        self._place = 0

    def let_go(self) -> None:
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


def _given(chunk: Chunk, column: int, answers: pl.Series | None, block: slice) -> Sequence[Cell]:
    """A column of the input: as the sheet had it, else text, but for dates and numbers."""
    if isinstance(chunk.kept, list):
        return [row[column] for row in chunk.kept[block]]
    texts: list[Cell] = chunk.frame[str(column)][block].to_list()
    if answers is None or not (answers.dtype == pl.Date or answers.dtype.is_integer()):
        return texts
    both = zip(answers[block].to_list(), texts, strict=True)
    return [text if answer is None else answer for answer, text in both]


def _day_of(value: datetime.date) -> datetime.date:
    return value.date() if isinstance(value, datetime.datetime) else value


def _width(name: str, values: Sequence[Cell]) -> int:
    """A readable width: the longest of the name and most of the first values."""
    lengths = sorted(
        len(value) + 1 if isinstance(value, str) else 11 * (type(value) in _SHOWN)
        for value in values
        if value is not None
    )
    usual = lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0
    return max(NARROWEST, min(max(len(name) + 3, usual), WIDEST))  # the arrow of the filter: 3
