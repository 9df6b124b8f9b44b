"""Draws the printed page's pictures as SVG: a mark beside each word, and the calendar of a stay.

They print in black and white, and where a browser leaves out backgrounds. Each repeats what words
say next to it, so screen readers skip the marks, and the calendar has its description.
"""

from collections.abc import Sequence
from functools import cache, lru_cache

from markupsafe import Markup

from ami_cli.views.content import Calendar, Month

# In a square of 16: what is filled, what is drawn on a filled disc, and what is drawn as lines.
_DISC = "M8 0a8 8 0 1 1 0 16a8 8 0 1 1 0-16Z"
_FILLED = {
    "start_by": "M8 2 15 14H1Z",
    "today": "M8 2a6 6 0 1 1 0 12a6 6 0 1 1 0-12Z",
    "start": "M3 1 14 8 3 15Z",
    "end": "M13 1 2 8 13 15Z",
    "paid": "M1 2H15V14H1Z",
}
_YES = "M4.3 8.4 7 11.1 11.8 5.4"
_NO = "M5 5 11 11M11 5 5 11"
_ASK = "M5.9 6.2a2.1 2.1 0 1 1 3.2 1.8c-.8.5-1.1.9-1.1 1.6M8 12.1v.1"
_ON_A_DISC = {
    "met": _YES,
    "not_met": _NO,
    "missing": _ASK,
    "to_check": "M4 8.9c1.4-2 2.6-2 4 0s2.6 2 4-.6",
    "eligible": _YES,
    "ineligible": _NO,
    "undetermined": _ASK,
    "plus": "M8 4.5V11.5M4.5 8H11.5",
    "none": "M5 8H11",
    "advice": "M4.5 8H11M8.5 5 11.5 8 8.5 11",
}
_LINES = {
    "maybe_paid": "M1.5 2.5H14.5V13.5H1.5ZM1.5 13.5 14.5 2.5M1.5 8 8 2.5M8 13.5 14.5 8",
    "abroad": "M1.5 2.5H14.5V13.5H1.5ZM4 8H12",
}

_ICON = Markup('<svg class="icon {}" viewBox="0 0 16 16" aria-hidden="true">{}</svg>')
_PLACED = Markup('<g class="icon {}" transform="translate({:g} {:g}) scale({:g})">{}</g>')
_PATH = Markup('<path d="{}"/>')
_FREE = Markup('<rect class="free" x="{}" y="{}" width="18" height="15"/>')
_CLASSED_PATH = Markup('<path class="{}" d="{}"/>')
_TEXT = Markup('<text class="{}" x="{}" y="{}">{}</text>')
_CALENDAR = Markup(
    '<svg class="picture" viewBox="0 0 {} {}" role="img" aria-labelledby="picture-title"'
    ' aria-describedby="picture-words"><title id="picture-title">{}</title>'
    '<desc id="picture-words">{}</desc>{}</svg>'
)


@cache  # the same few on each page
def icon(mark: str) -> Markup:
    """Return the mark of a status, of an event or of a month, beside the word that says it."""
    return _ICON.format(mark, _shape(mark))


@cache
def _shape(mark: str) -> Markup:
    if mark in _ON_A_DISC:
        return _PATH.format(_DISC) + _CLASSED_PATH.format("on", _ON_A_DISC[mark])
    if mark in _FILLED:
        return _PATH.format(_FILLED[mark])
    return _CLASSED_PATH.format("line", _LINES[mark])


# The width of the years, and of a month; the height of the initials, and of a row.
_YEAR, _MONTH, _INITIALS, _ROW = 38, 26, 14, 31


def calendar_svg(calendar: Calendar, title: str, initials: Sequence[str]) -> Markup:
    """Return a row of twelve months per year; an ellipsis stands for the years left out."""
    parts = [_TEXT.format("initial", _middle(i), 11, initial) for i, initial in enumerate(initials)]
    for rank, year in enumerate(calendar.years):
        top = _INITIALS + _ROW * rank
        x, y = (_YEAR // 2 - 2, top + 26) if year.months else (_YEAR // 2, top + 22)
        parts.append(_TEXT.format("year", x, y, year.label))
        parts += [_month(_middle(i), top, month) for i, month in enumerate(year.months)]
    height = _INITIALS + _ROW * len(calendar.years)
    drawing = Markup().join(parts)
    return _CALENDAR.format(_YEAR + 12 * _MONTH, height, title, calendar.description, drawing)


def _middle(month: int) -> int:
    return _YEAR + _MONTH * month + _MONTH // 2


@lru_cache(2_000)
def _month(middle: int, top: int, month: Month) -> Markup:
    """Return the events of a month in a line, and under them how it is paid."""
    size = 10 if len(month.events) < 3 else 6
    left = middle - (size + 1) * len(month.events) / 2 + 0.5
    parts = [
        _PLACED.format(event, left + (size + 1) * rank, top + 12 - size, size / 16, _shape(event))
        for rank, event in enumerate(month.events)
    ]
    if month.paid:
        parts.append(_PLACED.format(month.paid, middle - 10, top + 12, 1.25, _shape(month.paid)))
    else:
        parts.append(_FREE.format(middle - 9, top + 14))
    return Markup().join(parts)
