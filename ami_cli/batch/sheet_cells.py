"""The values of cells: what a number means by its format, and each value as text.

A sheet knows numbers and texts only; a day is a number that a format shows as a day. Days are
counted from 1900 (where the 29th of February of that year exists, which it never did) or from
1904. What such a number says for no real day stays a number: `DayNumber`.
"""

import re
from datetime import date, datetime, time, timedelta
from enum import Enum

from ami_cli.words import Words

LONGEST_TEXT = 32_767  # UTF-16 units in one cell
LONGEST_NUMBER = 400  # characters
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384


class DayNumber(float):
    """The number of a day that does not exist, or that 1900's false leap day makes uncertain."""


Cell = (
    str | float | bool | date | time | timedelta | None
)  # a datetime is a date, a DayNumber a float


class Look(Enum):
    """How a format shows a number."""

    NUMBER = "number"
    DAY = "day"
    TIME = "time of day"
    ELAPSED = "time gone by"


# Formats that files name by number only (ECMA-376, 18.8.30), those of East Asia included.
BUILT_IN = {
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), *range(34, 37), *range(50, 59)), Look.DAY),
    **dict.fromkeys((*range(18, 22), 32, 33, 45, 47), Look.TIME),
    46: Look.ELAPSED,
}

_FIRST_DAY = date(1899, 12, 30)  # day 0, as counted from 1 March 1900 on
_FIRST_DAY_1904 = date(1904, 1, 1)
_FIRST_CERTAIN = 61  # 1 March 1900
_DAY_IN_MS = 86_400_000  # a sheet is exact to the millisecond
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def look_of(code: str) -> Look:
    """How a number is shown by a format code: `dd/mm/yyyy`, `[h]:mm`, `0.00`.

    >>> look_of("[$-40C]d mmmm yyyy;@"), look_of('0" jours"'), look_of("hh:mm")
    (<Look.DAY: 'day'>, <Look.NUMBER: 'number'>, <Look.TIME: 'time of day'>)
    """
    letters = set(_LITERAL.sub("", code[:255]).partition(";")[0].casefold())
    if "[" in letters:
        return Look.ELAPSED
    if letters & set("dy"):
        return Look.DAY
    if letters & set("hs"):
        return Look.TIME
    return Look.DAY if "m" in letters else Look.NUMBER


def value_of(text: str, look: Look, from_1904: bool) -> Cell:
    """The value of a number as the file writes it; what is no number is the text that it is.

    >>> value_of("46402", Look.DAY, False), value_of("60", Look.DAY, False)
    (datetime.date(2027, 1, 15), 60.0)
    """
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return text
    number = float(text)
    if number - number != 0:  # 1e400
        return text
    match look:
        case Look.NUMBER:
            return number
        case Look.ELAPSED:
            return timedelta(days=number) if abs(number) < 1_000_000 else number
        case Look.TIME if 0 <= number < 1:
            moment = min(round(number * _DAY_IN_MS), _DAY_IN_MS - 1)
            return (datetime(1900, 1, 1) + timedelta(milliseconds=moment)).time()  # noqa: DTZ001
    return _day(number, from_1904)


def _day(number: float, from_1904: bool) -> Cell:
    first, certain = (_FIRST_DAY_1904, 0) if from_1904 else (_FIRST_DAY, _FIRST_CERTAIN)
    if not certain <= number < 2_958_466:
        return DayNumber(number)
    days, moment = divmod(round(number * _DAY_IN_MS), _DAY_IN_MS)
    try:
        day = first + timedelta(days=days)
    except OverflowError:
        return DayNumber(number)
    if not moment:
        return day
    return datetime(day.year, day.month, day.day) + timedelta(milliseconds=moment)  # noqa: DTZ001


def text_of(value: Cell, words: Words) -> str | None:
    """A value as `answers.read` takes it; None is a blank cell.

    A day is written as in ISO 8601, a whole number without a point; whatever is no answer (a
    time, a day that does not exist) is written so that it is refused.
    """
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case DayNumber():
            return words("sheets.no_such_day", number=number_text(value))
        case float():
            return number_text(value)
        case date() | time():
            return value.isoformat()
    return str(value)


def number_text(number: float) -> str:
    """A number in full where it is whole, else as exactly as it is held."""
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else repr(float(number))


def day_number(day: date) -> float | None:
    """The number of a day or a moment in a sheet that counts from 1900; None before March."""
    number = float((date(day.year, day.month, day.day) - _FIRST_DAY).days)
    if number < _FIRST_CERTAIN:
        return None
    if isinstance(day, datetime):
        number += (day - datetime(day.year, day.month, day.day)) / timedelta(days=1)  # noqa: DTZ001
    return number


def unescaped(text: str) -> str:
    """A text whose control characters are written `_x000D_`, as the sheet shows it."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if 0xD800 <= code <= 0xDFFF else chr(code)  # half a character is none


def column_name(index: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """The number of a column from its letters. Raises ValueError for what is no column."""
    index = 0
    for letter in letters:
        if not "A" <= letter <= "Z" or index > MOST_COLUMNS:
            raise ValueError(letters)
        index = index * 26 + ord(letter) - 64
    if not 1 <= index <= MOST_COLUMNS:
        raise ValueError(letters)
    return index - 1
