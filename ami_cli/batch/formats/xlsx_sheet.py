"""Reads the rows of one sheet of a workbook from its XML: each cell as text, with its kind.

expat parses the XML. python-calamine reads 1 in `<v>1&#50;</v>` (it is 12), the same day for two
numbers and no rows in UTF-16, refuses a workbook for one `#SPILL!` and holds all cells at once;
trees of ElementTree take twice the time. A sheet that contradicts itself (rows that go back, a
value of another type) is refused, because a guess would give an answer to another student.
"""

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

from ami_cli.batch.formats import CellKind, unreadable
from ami_cli.batch.formats.sheets import BLANK, Cell, Merge, Row
from ami_cli.batch.formats.xlsx_package import (
    DEEPEST,
    LONGEST_TEXT,
    MAIN,
    MOST_COLUMNS,
    MOST_ROWS,
    Package,
    xml_parser,
)
from ami_cli.words import Words

FIRST_CERTAIN_DAY = date(1900, 3, 1)  # Excel counts a 29 February 1900, which never existed

_LONGEST_WRITTEN = 7 * LONGEST_TEXT  # every character of the longest text may be `_x000D_`
_LONGEST_NUMBER = 400  # characters; the regular expression is quadratic
_LONGEST_FORMAT = 255  # characters of a number format, a limit of Excel
_LONGEST_DURATION = 1_000_000  # days

_DATA, _ROW, _CELL, _VALUE, _FORMULA, _INLINE, _TEXT, _RUN = (
    sys.intern(MAIN + name) for name in ("sheetData", "row", "c", "v", "f", "is", "t", "r")
)
_VALUES = (_VALUE, _INLINE)
_COLUMNS = f"{MAIN}col"
_MERGED = f"{MAIN}mergeCell"
_MOST_MERGED = 200_000  # ranges of merged cells of a sheet
_TRUE = ("1", "true")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?Z?)?", re.ASCII)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What a number format shows as it is: "text", \x, _x, *x, and colours, locales, conditions.
_LITERALS = re.compile(r'"[^"]*"?|[\\_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE | re.DOTALL)
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
# The built-in formats of dates. 27 to 36 and 50 to 58 are dates in East Asian locales only.
_BUILT_IN = {
    14: "d/m/y",
    15: "d-m-y",
    16: "d-m",
    17: "m-y",
    18: "h:m",
    19: "h:m:s",
    20: "h:m",
    21: "h:m:s",
    22: "d/m/y h:m",
    45: "m:s",
    46: "[h]:m:s",
    47: "m:s.0",
}
_DAYS = (CellKind.DATE, CellKind.MONTH, CellKind.YEARLESS)
_SPELLED = re.compile("am/pm|a/p")  # half of the day
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
# Excel writes English letters; some programs write the j and a of French (jj/mm/aaaa).
_DATE_LETTERS = frozenset("dmyhsebgja")
_DAY_SHOWN = re.compile("(?<![dj])([dj]{1,2})(?![dj])")  # ddd and dddd are days of the week


def kind_shown(number: int, code: str | None) -> CellKind:
    """Return what a number format shows: a number, a day (or a time of day), a day without its
    year or without itself, or a duration.

    >>> kind_shown(164, "[$-40C]d mmmm yyyy;@").name, kind_shown(164, '0" jours"').name
    ('DATE', 'NUMBER')
    """
    if code is None:
        code = _BUILT_IN.get(number, "")
    shown = _LITERALS.sub("", code[:_LONGEST_FORMAT]).partition(";")[0].lower()
    if _ELAPSED.search(shown):
        return CellKind.DURATION
    letters = set(_SPELLED.sub("h", shown)) & _LETTERS
    # What has other letters, as « Standard », is no format of dates.
    if not letters & set("dmyhsj") or letters - _DATE_LETTERS:
        return CellKind.NUMBER
    if not _DAY_SHOWN.search(shown):
        return CellKind.MONTH
    return CellKind.DATE if letters & set("yea") else CellKind.YEARLESS


class _TextRuns:
    """Joins the text of an element `si` or `is`: its own `t`, or those of its runs `r`.

    Readings for pronunciation (`rPh`) are not part of it. `level` counts from the element on;
    `pieces` are the character data since it was last cleared.
    """

    def __init__(self, pieces: list[str]) -> None:
        self._pieces = pieces
        self._in_run = self._in_text = False
        self._texts: list[str] = []

    def start(self, name: str, level: int) -> None:
        if level == 1:
            self._in_run = name == _RUN
        self._in_text = name == _TEXT and (level == 1 or (level == 2 and self._in_run))
        self._pieces.clear()

    def end(self) -> None:
        if self._in_text:
            self._in_text = False
            self._texts.append(_unescaped("".join(self._pieces)))

    def take(self) -> str:
        text = "".join(self._texts)
        self._texts.clear()
        return text


def shared_texts(package: Package, part: str) -> list[Cell]:
    """Read the texts that cells share."""
    cells: list[Cell] = []
    depth = 0
    left = package.most_characters
    pieces: list[str] = []
    runs = _TextRuns(pieces)

    def start(name: str, _: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise unreadable("sheet_bomb")
        runs.start(name, depth - 2)

    def end(_: str) -> None:
        nonlocal depth, left
        depth -= 1
        runs.end()
        if depth == 1:
            text = runs.take()
            cells.append(Cell(text, CellKind.TEXT) if text else BLANK)
            left -= len(text)
            if left < 0:
                raise unreadable("sheet_bomb")

    parser = xml_parser()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = pieces.append
    package.parse(part, parser)
    return cells


class Values:
    """Reads the values of cells; `shown` is what the numbers of each style show."""

    def __init__(self, shown: Sequence[CellKind], words: Words, *, from_1904: bool) -> None:
        self._shown = shown
        self._words = words
        # naive moments: a sheet knows no time zone
        self._first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self.uncalculated = Cell(words("sheets.formula"), CellKind.TEXT)

    def read(self, kind: str, style: str, text: str) -> Cell:
        """Read a value by the type and the style of its cell. Raises ValueError or LookupError
        where it is malformed."""
        match kind:
            case "n" if (
                len(text) <= _LONGEST_NUMBER and _NUMBER.fullmatch(text) and style.isdecimal()
            ):
                return self._number(float(text), self._shown[int(style)])
            case "str":
                return Cell(_unescaped(text), CellKind.TEXT)
            case "b":
                return Cell({"0": "false", "1": "true"}[text], CellKind.BOOLEAN)
            case "e":
                return Cell(text, CellKind.TEXT) if text[0] == "#" else self.uncalculated
            case "d" if _MOMENT.fullmatch(text):
                return _moment(datetime.fromisoformat(text.removesuffix("Z")))
        raise ValueError

    def _number(self, number: float, shown: CellKind) -> Cell:
        if not math.isfinite(number):
            raise ValueError
        if shown in _DAYS:
            cell = self._day(number)
            return Cell(cell.text, shown) if cell.kind is CellKind.DATE else cell
        if shown is CellKind.DURATION and abs(number) < _LONGEST_DURATION:
            return Cell(_duration_text(number), shown)
        return Cell(_number_text(number), CellKind.NUMBER)

    def _day(self, number: float) -> Cell:
        """Return the day or the moment that a number shows; a text that no answer accepts where
        there is none, or where the false leap day of 1900 makes it uncertain."""
        days, fraction = divmod(number, 1)
        part = timedelta(milliseconds=round(fraction * 86_400_000))
        try:
            moment = self._first + timedelta(days) + part
        except OverflowError:
            moment = None
        if days == 0 and moment is not None and part < timedelta(1):
            return Cell(moment.time().isoformat(), CellKind.TIME)
        if moment is None or number < 0 or moment.date() < FIRST_CERTAIN_DAY:
            text = self._words("sheets.no_such_day", number=_number_text(number))
            return Cell(text, CellKind.TEXT)
        return _moment(moment)


def merged_cells(package: Package, part: str) -> set[Merge]:
    """Read which cells of a sheet are merged, which stands behind its rows."""
    merges: set[Merge] = set()
    if not package.holds(part, "mergeCell"):
        return merges
    for _, attributes in package.elements(part, _MERGED):
        try:
            first, _, last = attributes["ref"].partition(":")
            merges.add(Merge(*_place(first), *_place(last)))
        except (LookupError, ValueError):
            raise unreadable("sheet_damaged") from None
        if len(merges) > _MOST_MERGED:
            raise unreadable("sheet_bomb")
    return merges


def hidden_columns(package: Package, part: str) -> set[int]:
    """Return the columns that a person does not see, which a sheet names in order before its rows.

    A column that is named again keeps what was said first.
    """
    hidden: set[int] = set()
    next_column = 0
    for name, attributes in package.elements(part, _COLUMNS, _DATA):
        if name == _DATA:
            break
        first, last = attributes.get("min", ""), attributes.get("max", "")
        if first.isdecimal() and last.isdecimal():
            end = min(int(last[:9]), MOST_COLUMNS)
            if attributes.get("hidden") in _TRUE:
                hidden.update(range(max(next_column, int(first[:9]) - 1), end))
            next_column = max(next_column, end)
    return hidden


def _place(cell: str) -> tuple[int, int]:
    """Return the row, from 1, and the column, from 0, of a cell. Raises ValueError."""
    if not re.fullmatch("[A-Z]{1,3}[1-9][0-9]{0,6}", cell):
        raise ValueError
    row, column = xl_cell_to_rowcol(cell)
    return row + 1, column


class SheetReader:
    """Reads the rows of a sheet.

    `shared` are the texts that cells share; `stale` tells that the workbook asks for its formulas
    to be calculated again.
    """

    def __init__(
        self, package: Package, part: str, shared: list[Cell], values: Values, *, stale: bool
    ) -> None:
        self._package = package
        self._part = part
        self._shared = shared
        self._read = lru_cache(1 << 15)(values.read)  # most columns repeat a few values
        self._uncalculated = values.uncalculated
        self._stale = stale
        self._parser = xml_parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._pieces: list[str] = []  # character data, of a value since `<v>`
        self._parser.CharacterDataHandler = self._pieces.append
        self._runs = _TextRuns(self._pieces)
        self._rows: list[Row] = []
        self._table: bool | None = None  # before, within and after `<sheetData>`
        self._depth = 0
        self._line = 0
        self._hidden = False
        self._digits = ""
        self._cells: dict[int, Cell] = {}
        self._column = -1
        self._columns: dict[str, int] = {}
        # Of the open cell: its attributes, its last child, the one that is its value, and its text.
        self._attributes: Mapping[str, str] = {}
        self._child = self._value = self._text = ""
        self._formula = False

    def rows(self, *, to_end: bool = True) -> Iterator[Row]:
        """Yield the rows with a value; without `to_end`, what follows the table is not looked at.

        Raises UnreadableInput where the sheet is malformed.
        """
        for _ in self._package.parsed(self._part, self._parser):
            yield from self._rows
            self._rows.clear()
            if self._table is False and not to_end:
                return
        if self._table is None:
            raise unreadable("sheet_damaged")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = self._depth = self._depth + 1
        if not self._table:
            self._start_around_table(name)
        elif depth == 4 and name == _CELL:
            self._attributes = attributes
            self._value = self._text = ""
            self._formula = False
        elif depth == 5:
            self._child = name
            if name in _VALUES:
                if self._value:
                    raise unreadable("sheet_damaged")
                self._value = name
                self._pieces.clear()
            else:
                self._formula |= name == _FORMULA
        elif depth == 3 and name == _ROW:
            self._start_row(attributes)
        elif depth < 5 or name in (_ROW, _CELL, _VALUE) or self._child == _VALUE:
            raise unreadable("sheet_damaged")
        elif depth > DEEPEST:
            raise unreadable("sheet_bomb")
        elif self._child == _INLINE:
            self._runs.start(name, depth - 5)

    def _start_around_table(self, name: str) -> None:
        if self._depth > DEEPEST:
            raise unreadable("sheet_bomb")
        if name == _DATA and self._depth == 2 and self._table is None:
            self._table = True
        elif name in (_DATA, _ROW) or (self._depth == 1 and name != f"{MAIN}worksheet"):
            raise unreadable("sheet_damaged")

    def _start_row(self, attributes: Mapping[str, str]) -> None:
        """Rows may leave out their number; they can never go back."""
        digits = attributes.get("r", str(self._line + 1))
        line = int(digits[:9]) if digits.isdecimal() else 0
        if not self._line < line <= MOST_ROWS:
            raise unreadable("sheet_damaged")
        self._line = line
        self._hidden = attributes.get("hidden") in _TRUE
        self._digits = str(line)
        self._column = -1
        self._cells = {}

    def _end(self, name: str) -> None:
        depth = self._depth = self._depth - 1
        if not self._table:
            return
        if depth == 4:
            if name == _VALUE:
                self._text = "".join(self._pieces)
            elif name == _INLINE:
                self._text = self._runs.take()
        elif depth == 3:
            self._end_cell()
        elif depth == 2:
            if self._cells:
                self._rows.append(Row(self._line, self._cells, self._hidden))
        elif depth == 1:
            self._table = False
        elif self._child == _INLINE:
            self._runs.end()

    def _end_cell(self) -> None:
        """Cells may leave out their place, which is then the next one; they can never go back."""
        attributes, text = self._attributes, self._text
        column = self._column + 1
        if "r" in attributes:
            letters = attributes["r"].removesuffix(self._digits)
            if letters not in self._columns:
                # What holds the number of another row is no column.
                if not re.fullmatch("[A-Z]{1,3}", letters):
                    raise unreadable("sheet_damaged")
                self._columns[letters] = xl_cell_to_rowcol(f"{letters}1")[1]
            column = self._columns[letters]
        if not self._column < column < MOST_COLUMNS:
            raise unreadable("sheet_damaged")
        self._column = column
        kind = attributes.get("t", "n")
        if self._value and (kind == "inlineStr") != (self._value == _INLINE):
            raise unreadable("sheet_damaged")
        if len(text) > _LONGEST_WRITTEN:
            place = xl_rowcol_to_cell(self._line - 1, column)
            raise unreadable("sheet_cell_too_long", cell=place)
        if self._formula and self._is_uncalculated(kind, text):
            cell = self._uncalculated
        elif not text:
            if kind != "e":
                return
            cell = self._uncalculated
        elif kind == "s" and text.isdecimal() and text.isascii():
            cell = self._shared[int(text)]
        elif kind == "inlineStr":
            cell = Cell(text, CellKind.TEXT)
        else:
            cell = self._read(kind, attributes.get("s", "0"), text)
        if cell is not BLANK:
            self._cells[column] = cell

    def _is_uncalculated(self, kind: str, text: str) -> bool:
        """Tell whether a formula has no value. The empty text is a value: ="" ."""
        if kind == "e":
            return False
        is_text = bool(self._value) and kind in ("str", "inlineStr")
        return self._stale or not (text or is_text)


def _unescaped(text: str) -> str:
    """Decode the characters that a workbook writes as `_x000D_`."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if 0xD800 <= code <= 0xDFFF else chr(code)  # half a surrogate pair


def _number_text(number: float) -> str:
    """Write a number in full where it is whole, else with all its digits."""
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)


def _duration_text(days: float) -> str:
    """Write a duration as hours, minutes and seconds, which no answer reads."""
    seconds, thousandths = divmod(round(abs(days) * 86_400_000), 1000)
    text = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return "-" * (days < 0) + text + (f".{thousandths:03}" if thousandths else "")


def _moment(moment: datetime) -> Cell:
    if moment.time() == time():
        return Cell(moment.date().isoformat(), CellKind.DATE)
    return Cell(moment.isoformat(), CellKind.DATETIME)
