"""Lays out sheets for the screen and for A4 paper: widths of columns, heights of rows.

Spreadsheets do not fit the height of rows when they open a file, so that wrapped texts would be
cut. Lines are counted from the widths of the characters of Arial, which LibreOffice replaces by a
font of the same widths. A width counts the digits that fit into a column.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from xlsxwriter.worksheet import Worksheet

FONT_SIZE, SMALLEST_PRINT = 10, 6.5  # points; the second is that of letters on paper
BOOK_OPTIONS: dict[str, Any] = {
    # No other format may equal this one: XlsxWriter would look that one up again for each cell.
    "default_format_properties": {"font_name": "Arial", "font_size": FONT_SIZE, "valign": "top"},
    "default_row_height": 17,  # pixels
}
DATE_FORMATS = {"fr": "dd/mm/yyyy", "en": "yyyy-mm-dd"}

_A4, _A4_WIDTH = 9, 11.69  # as XlsxWriter numbers the formats of paper; inches, landscape
_MARGIN = 0.25  # inches
_PADDING = 0.72  # of a column, beside its width
_PIXELS = 7.41  # of a digit in LibreOffice; Excel has narrower columns
# What the printed columns of a sheet may have in all, with some to spare for whole percents.
PRINTED_WIDTH = 0.955 * (_A4_WIDTH - 2 * _MARGIN) * 96 / _PIXELS / (SMALLEST_PRINT / FONT_SIZE)
_BOLD = 1.1  # times as wide
_MOST_LINES = 32  # a row of a spreadsheet is at most 409 points high
_STEP = 3.0  # by which columns are widened

_FIGURE, _CAPITAL, _WIDE = 1.06, 1.28, 2.2


class _Widths(dict[str, float]):
    """The widths of characters of Arial; others are as wide as a figure, capitals or signs of
    Asia."""

    def __missing__(self, character: str) -> float:
        if character >= "\u2e80":
            return _WIDE
        return _CAPITAL if character.isupper() else _FIGURE


_WIDTHS = _Widths(
    (character, width)
    for characters, width in (
        ("'ijl’|", 0.43),
        (" !,./:;I[]ft·\u00a0\u202f", 0.54),
        ("()-r`«»", 0.65),
        ("ckJsvxyz", 0.96),
        ("0123456789", _FIGURE),
        ("wCDHNRU", 1.39),
        ("GOQ", 1.49),
        ("mM%", 1.6),
        ("W@—…", 1.9),
    )
    for character in characters
)


def lay_out(sheet: Worksheet, foot: str, head: str = "", *, portrait: bool = False) -> None:
    """Make a sheet print on A4, as wide as the paper, with texts above and below.

    A list, in landscape, has its first row on every page and lines between its cells.
    """
    (sheet.set_portrait if portrait else sheet.set_landscape)()
    sheet.set_paper(_A4)
    sheet.set_margins(_MARGIN, _MARGIN, 0.4 if head else 0.3, 0.45)
    sheet.fit_to_pages(1, 0)
    if not portrait:
        sheet.repeat_rows(0)
        sheet.hide_gridlines(0)
    unscaled = {"margin": 0.2, "scale_with_doc": False}
    sheet.set_header(f"&L&10{head}" if head else "", unscaled)
    sheet.set_footer(f"&L&10{foot}&R&10&P / &N", unscaled)


def text_width(text: str) -> float:
    """Return the width of a text on one line."""
    return sum(map(_WIDTHS.__getitem__, text))


def line_count(text: str, width: float) -> int:
    """Return how many lines a text has in a column, at most 32; too long a word is broken."""
    if len(text) <= width and text_width(text) <= width and "\n" not in text:
        return 1
    # No line has more characters, so that the cache holds no more of a long text.
    return _line_count(text[: int(_MOST_LINES * width * 3)], width)


@lru_cache(maxsize=4_096)
def _line_count(text: str, width: float) -> int:
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for word in paragraph.split(" "):
            length = text_width(word)
            if used and used + _WIDTHS[" "] + length > width:
                lines += 1
                used = 0.0
            elif used:
                used += _WIDTHS[" "]
            more = max(0, math.ceil((used + length) / width) - 1)
            lines += more
            used += length - more * width
    return min(lines, _MOST_LINES)


def row_height(lines: int) -> float:
    """Return the height of a row of text, in points."""
    return 12 * lines + 0.75


def header_height(names: Iterable[str], widths: Iterable[float]) -> float:
    """Return the height of a header: its names, in bold, over the arrows of the filter."""
    pairs = zip(names, widths, strict=True)
    return row_height(min(8, 1 + max(line_count(name, width / _BOLD) for name, width in pairs)))


def header_width(name: str) -> float:
    """Return the least width of a column for its header, in bold: two lines of whole words."""
    name = " ".join(name.split())[:200]
    width = max(map(text_width, name.split()), default=1)
    while line_count(name, width) > 2:
        width += 1
    return 1 + _BOLD * width


def printed_width(widths: Iterable[float]) -> float:
    """Return the width of columns with what lies between them."""
    return sum(width + _PADDING for width in widths)


def shared_widths(rows: Iterable[Sequence[str]], narrowest: float, room: float) -> list[float]:
    """Return the widths of columns of wrapped text in which the rows have fewest lines.

    There are two or three. They are at least `narrowest`, with what lies between them at most
    `room`, and no wider than they need to be.
    """
    distinct = Counter(map(tuple, rows))
    number = len(next(iter(distinct)))
    most = max(0, int((room - printed_width([narrowest] * number)) / _STEP))

    def lines(steps: Sequence[int]) -> int:
        widths = [narrowest + step * _STEP for step in steps]
        return sum(times * max(map(line_count, texts, widths)) for texts, times in distinct.items())

    shares = product(range(most + 1), repeat=number - 1)
    steps = min(((*some, most - sum(some)) for some in shares if sum(some) <= most), key=lines)
    for rank in range(number):
        fewer = ((*steps[:rank], step, *steps[rank + 1 :]) for step in range(steps[rank] + 1))
        steps = min(fewer, key=lines)
    return [narrowest + step * _STEP for step in steps]


def fitted(widths: Sequence[float], wrapped: Collection[int]) -> list[float]:
    """Return widths that can be printed: the widest columns of wrapped text are narrowed."""
    most = max(widths)
    narrowed = list(widths)
    while printed_width(narrowed) > PRINTED_WIDTH and most > 1:
        most -= 1
        narrowed = [
            min(width, most) if rank in wrapped else width for rank, width in enumerate(widths)
        ]
    return narrowed
