"""The drawings of the printed page, as SVG: a mark beside each word, and the calendar of a stay.

They print in black and white, and where a browser leaves out backgrounds; each repeats what words
say next to it, so the marks are hidden from who listens and the calendar has its text.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from ami_cli.views.sheet import Month

# In a square of 16: what is filled, and what is drawn with a line.
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
_ABOUT = "M4 8.9c1.4-2 2.6-2 4 0s2.6 2 4-.6"
_ON_A_DISC = {
    "met": _YES,
    "not_met": _NO,
    "missing": _ASK,
    "to_check": _ABOUT,
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


def icon(mark: str) -> Element:
    """The mark of a status, of an event or of a month, beside the word that says it."""
    drawn = Element("svg", {"class": f"icon {mark}", "viewBox": "0 0 16 16", "aria-hidden": "true"})
    _draw(drawn, mark)
    return drawn


def _draw(parent: Element, mark: str) -> None:
    if mark in _ON_A_DISC:
        SubElement(parent, "path", d=_DISC)
        SubElement(parent, "path", {"class": "on", "d": _ON_A_DISC[mark]})
    elif mark in _FILLED:
        SubElement(parent, "path", d=_FILLED[mark])
    else:
        SubElement(parent, "path", {"class": "line", "d": _LINES[mark]})


# The calendar: the width of the years, and of a month; the height of the initials, and of a row.
_YEAR, _MONTH, _INITIALS, _ROW = 38, 26, 14, 31


def picture(
    rows: Sequence[tuple[int, tuple[Month, ...]] | None],
    title: str,
    in_words: str,
    initials: Sequence[str],
) -> Element:
    """A row of twelve months per year; a row of None stands for the years left out."""
    height = _INITIALS + _ROW * len(rows)
    drawn = Element(
        "svg",
        {
            "class": "picture",
            "viewBox": f"0 0 {_YEAR + 12 * _MONTH} {height}",
            "role": "img",
            "aria-labelledby": "picture-title",
            "aria-describedby": "picture-words",
        },
    )
    SubElement(drawn, "title", id="picture-title").text = title
    SubElement(drawn, "desc", id="picture-words").text = in_words
    for rank, initial in enumerate(initials):
        _write(drawn, initial, _middle(rank), 11, "initial")
    for rank, row in enumerate(rows):
        top = _INITIALS + _ROW * rank
        if row is None:
            _write(drawn, "…", _YEAR // 2, top + 22)
            continue
        year, months = row
        _write(drawn, str(year), _YEAR // 2 - 2, top + 26, "year")
        for month, what in enumerate(months):
            _month(drawn, _middle(month), top, what)
    return drawn


def _middle(month: int) -> int:
    return _YEAR + _MONTH * month + _MONTH // 2


def _month(drawn: Element, middle: int, top: int, what: Month) -> None:
    """The events of a month in a line, and under them how it is paid."""
    size = 10 if len(what.events) < 3 else 6
    left = middle - (size + 1) * len(what.events) / 2 + 0.5
    for rank, event in enumerate(what.events):
        _place(drawn, event, left + (size + 1) * rank, top + 12 - size, size / 16)
    if what.paid:
        _place(drawn, what.paid, middle - 10, top + 12, 1.25)
    else:
        SubElement(
            drawn,
            "rect",
            {
                "class": "free",
                "x": str(middle - 9),
                "y": str(top + 14),
                "width": "18",
                "height": "15",
            },
        )


def _place(drawn: Element, mark: str, x: float, y: float, scale: float) -> None:
    group = SubElement(
        drawn,
        "g",
        {"class": f"icon {mark}", "transform": f"translate({x:g} {y:g}) scale({scale:g})"},
    )
    _draw(group, mark)


def _write(drawn: Element, text: str, x: int, y: int, kind: str = "year") -> None:
    SubElement(drawn, "text", {"class": kind, "x": str(x), "y": str(y)}).text = text
