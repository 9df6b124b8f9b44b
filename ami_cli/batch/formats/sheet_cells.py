"""The values of cells, and each of them as text.

A sheet knows numbers and texts only; a day is a number that a format shows as a day. Days are
counted from 1900 (where the 29th of February of that year exists, which it never did) or from
1904. What such a number says for no real day stays a number: `DayNumber`.
"""

import re
from datetime import date, time, timedelta

from ami_cli.words import Words

LONGEST_TEXT = 32_767  # UTF-16 units in one cell
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
FIRST_CERTAIN_DAY = date(1900, 3, 1)


class DayNumber(float):
    """The number of a day that does not exist, or that 1900's false leap day makes uncertain."""


Cell = (
    str | float | bool | date | time | timedelta | None
)  # a datetime is a date, a DayNumber a float

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def text_of(value: Cell, words: Words) -> str | None:
    """A value as `reading.read` takes it; None is a blank cell.

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
            return words("sheets.no_such_day", number=_number_text(value))
        case float():
            return _number_text(value)
        case date() | time():
            return value.isoformat()
    return str(value)


def _number_text(number: float) -> str:
    """A number in full where it is whole, else as exactly as it is held."""
    whole = number.is_integer() and abs(number) < 1e15
    return str(int(number)) if whole else repr(float(number))


def unescaped(text: str) -> str:
    """A text whose control characters are written `_x000D_`, as the sheet shows it.

    openpyxl leaves them as they are written.
    """
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if 0xD800 <= code <= 0xDFFF else chr(code)  # half a character is none
