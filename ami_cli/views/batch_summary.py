"""What an adviser sees of a run: the verdicts as bars, what fails and what is missing, amounts.

Renders the summary of a run (`batch.run`) and nothing else; holds no value of a student.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from ami_cli.views.terminal import QUIET, Screen
from ami_cli.words import Words, visible

MOST = 5  # criteria and answers shown
_STYLES = {
    "eligible": "green",
    "ineligible": "red",
    "undetermined": "yellow",
    "invalid": "magenta",
}
_EIGHTHS = " ▏▎▍▌▋▊▉"


def picture_text(
    document: Mapping[str, Any], words: Words, width: int, color: bool, plain: bool
) -> str:
    """The picture of a run, `width` columns wide, coloured or not."""
    screen = Screen(width, color, plain)
    rows = document["rows"]
    screen.heading(words("picture.title", rows=words.number(rows)))
    verdicts = [
        (words(f"picture.{verdict}"), count, _STYLES[verdict])
        for verdict, count in document["verdicts"].items()
        if count or verdict != "invalid"
    ]
    _bars(verdicts, rows, words, screen)
    for part, titles in (("failed", "criteria"), ("missing", "labels"), ("to_check", "criteria")):
        counts = list(document[part].items())[:MOST]
        if counts:
            screen.heading(words(f"picture.{part}"))
            named = [(words(f"{titles}.{code}"), count, "") for code, count in counts]
            _bars(named, rows, words, screen)
    _estimate(document, words, screen)
    _dates(document, words, screen)
    _invalid(document, words, screen)
    return screen.text()


def _bars(counts: Sequence[tuple[str, int, str]], rows: int, words: Words, screen: Screen) -> None:
    """A line per count: its name, a bar as long as its part of all rows, the number."""
    label = max(len(title) for title, _, _ in counts)
    figures = [f"{words.number(count)} ({_percent(count, rows, words)})" for _, count, _ in counts]
    room = screen.width - 2 - label - 2 - max(map(len, figures)) - 1
    for (title, count, style), figure in zip(counts, figures, strict=True):
        if screen.plain or room < 5:
            screen.say(f"{title}{words('format.colon')}{figure}", lead="-")
            continue
        bar = _bar(count / rows if rows else 0, min(room, 40))
        line = Text(f"  {title:<{label}}  ")
        line.append(bar, style=style)
        line.append(f" {figure}" if bar else figure)
        screen.console.print(line)


def _bar(part: float, room: int) -> str:
    eighths = round(part * room * 8)
    if part and not eighths:
        eighths = 1  # one row out of a million is still one
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _percent(count: int, rows: int, words: Words) -> str:
    percent = 100 * count / rows if rows else 0
    shown = "<1" if 0 < percent < 1 else f"{percent:.0f}"
    return words("picture.percent", percent=shown)


def _estimate(document: Mapping[str, Any], words: Words, screen: Screen) -> None:
    estimate = document["estimate"]
    if not estimate["eligible"]["total_max"] and not estimate["undetermined"]["total_max"]:
        return
    screen.heading(words("picture.estimate"))
    for verdict in ("eligible", "undetermined"):
        total, total_max = estimate[verdict]["total"], estimate[verdict]["total_max"]
        amount = words.euros(total)
        if total != total_max:
            amount = words("budget.range", total=amount, total_max=words.euros(total_max))
        screen.say(words(f"picture.estimate_{verdict}", total=amount))
    screen.say(words("picture.estimate_note"), style=QUIET)


def _dates(document: Mapping[str, Any], words: Words, screen: Screen) -> None:
    counts = [name for name in ("late", "departed", "provisional") if document[name]]
    if counts:
        screen.heading(words("picture.dates"))
    for name in counts:
        screen.say(words(f"picture.{name}", rows=words.number(document[name])))


def _invalid(document: Mapping[str, Any], words: Words, screen: Screen) -> None:
    wrong = document["first_invalid"]
    if not wrong:
        return
    screen.heading(words("picture.invalid_rows"))
    name = document["input"]
    file = words("picture.stdin") if name == "-" else visible(name, 200)
    for row in wrong:
        place = words("picture.invalid_row", file=file, line=row["line"])
        said = " | ".join(visible(each, 200) for each in row["errors"])
        screen.say(f"{place}{words('format.colon')}{said}")
    more = document["verdicts"]["invalid"] - len(wrong)
    if more:
        screen.say(words("picture.invalid_more", rows=words.number(more)))
