"""Renders text for a terminal: the result of one student, the law of a year, schools.

Words carry the meaning and colour only repeats it. Data are never read as markup. Lines are wrapped
here, and not by rich, which would break a line at the no-break spaces of French. Fits 80 columns,
stays readable at 40.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.box import ROUNDED
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from ami_cli.views.content import (
    MARKS,
    Calendar,
    Citation,
    Citations,
    Content,
    Entry,
    Row,
    Section,
    Source,
)
from ami_cli.words import Words
from ami_cli.words.wrapping import wrapped

DIM = "dim"
NARROW = 70  # columns below which the brief form has shorter words
_ALIGNED = 56  # columns from which on its titles stand in a column of their own
_STYLES = (
    {"met": "green", "not_met": "red", "missing": "yellow", "to_check": "yellow"}
    | {"eligible": "green", "ineligible": "red", "undetermined": "yellow"}
    | {"plus": "green"}
)


class Screen:
    """Collects text printed on a rich console of a fixed width, coloured or not; a plain screen has
    no frame, no drawing and no mark."""

    def __init__(self, words: Words, width: int, color: bool, plain: bool) -> None:
        self.words = words
        self.width = width
        self.plain = plain
        self._text = io.StringIO()
        self.console = Console(
            file=self._text,
            width=width,
            color_system="standard" if color else None,
            force_terminal=color,
            no_color=not color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            soft_wrap=True,
            _environ={},
        )

    def heading(self, title: str) -> None:
        """Print an empty line and a title."""
        self.console.print()
        self.console.print(Text(title, style="bold"))

    def write(self, text: str, *, indent: int = 2, lead: str = "", style: str = "") -> None:
        """Print a paragraph, after a lead such as "1." that stands in its margin."""
        self.console.print(Text(wrapped(text, self.width, indent, lead), style=style))

    def mark(self, mark: str) -> str:
        """Return the character of a mark; a dash on a plain screen."""
        return "-" if self.plain else MARKS[mark]

    def titled(self, title: str, text: str) -> str:
        """Return a title with its text: « title : text »."""
        return title + self.words("format.colon") + text

    def text(self) -> str:
        """Return everything printed so far; no line ends in blanks."""
        return "".join(f"{line.rstrip()}\n" for line in self._text.getvalue().splitlines())


# --- ami check -----------------------------------------------------------------------------------


def brief_text(brief: Content, screen: Screen) -> str:
    """Return the answer on one screen."""
    column = 0  # where texts begin that stand beside their titles
    if not screen.plain and screen.width >= _ALIGNED:
        titled = [*brief.entries("criteria"), *brief.entries("points")]
        column = max((4 if entry.mark else 2) + len(entry.title) for entry in titled) + 2
    _brief_verdict(brief, screen)
    for section in brief.sections:
        if column:
            screen.console.print()
        for entry in section.entries:
            if entry.sentences:
                _brief_steps(entry, column, screen)
            elif entry.word:
                _brief_line(entry, column, screen)
            else:
                screen.write(entry.title, lead=screen.mark(entry.mark))
    if column:
        screen.console.print()
    for text in brief.closing:
        screen.write(text, indent=2 if column else 0, style=DIM)
    return screen.text()


def _brief_verdict(brief: Content, screen: Screen) -> None:
    """Print the verdict and what it is about, on one line where they fit, and the notes."""
    style = f"bold {_STYLES[brief.verdict]}"
    lead = "" if screen.plain else MARKS[brief.verdict]
    lines = [brief.word]
    if brief.headline:
        whole = f"{brief.word}{'.' if screen.plain else ' ·'} {brief.headline}"
        lines = [whole] if 2 + len(whole) <= screen.width else [brief.word, brief.headline]
    for rank, line in enumerate(lines):
        screen.write(line, indent=2 * bool(rank and lead), lead="" if rank else lead, style=style)
    for note in brief.notes:
        screen.write(note, indent=0 if screen.plain else 2)


def _brief_line(entry: Entry, column: int, screen: Screen) -> None:
    """Print a title and its text, in a column of its own or after the title."""
    title, lead = entry.title, ""
    if entry.mark and screen.plain:
        title = f"{title}, {screen.words(f'brief.status_{entry.mark}')}"
    elif entry.mark:
        lead = MARKS[entry.mark]
    if column:
        head = f"  {lead} {title}" if lead else f"  {title}"
        line = Text(head.ljust(column) + wrapped(entry.word, screen.width, column)[column:])
    else:
        line = Text(wrapped(screen.titled(title, entry.word), screen.width, 0, lead))
    if lead:
        place = line.plain.index(lead)
        line.stylize(_STYLES[entry.mark], place, place + 1)
    screen.console.print(line)


def _brief_steps(entry: Entry, column: int, screen: Screen) -> None:
    """Print numbered steps, beside their title or below it."""
    if not column:
        screen.write(screen.titled(entry.title, "").rstrip(), indent=0)
    for rank, text in enumerate(entry.sentences, 1):
        title = f"  {entry.title}" if column and rank == 1 else ""
        step = wrapped(text, screen.width, column or 2, f"{rank}.")
        screen.console.print(Text(title + step[len(title) :]))


def result_text(content: Content, screen: Screen) -> str:
    """Return the whole result of one student."""
    _verdict(content, screen)
    for section in content.sections:
        screen.heading(section.title)
        _section(section, screen)
    _sources(content.sources, screen)
    return screen.text()


def _sources(sources: Iterable[Source], screen: Screen) -> None:
    """Print the numbered sources; their quotes stand beside what they support."""
    screen.heading(screen.words("headings.sources"))
    for source in sources:
        lead = screen.words("headings.reference", number=source.number)
        margin = 3 + len(lead)
        is_short = 0 < len(source.in_one_line) <= screen.width - margin
        screen.write(source.in_one_line if is_short else source.title, lead=lead, style=DIM)
        if source.url and not is_short:
            screen.write(source.url, indent=margin, style=DIM)


def _quotes(citation: Citation, screen: Screen, indent: int = 4) -> None:
    for quote in citation.quotes:
        text = screen.words("format.quote", text=quote.text)
        screen.write(text + _references((quote.number,), screen), indent=indent, style=DIM)
    if citation.quoted_at:
        same = screen.words("page.same_quote", title=citation.quoted_at)
        screen.write(same, indent=indent, style=DIM)


def _verdict(content: Content, screen: Screen) -> None:
    style = _STYLES[content.verdict]
    paragraphs = [
        (content.headline, f"bold {style}"),
        (content.amount, "bold"),
        *((note, "") for note in content.notes),
        (content.rules, DIM),
    ]
    width = screen.width if screen.plain else screen.width - 4
    body = Text("\n").join(Text(wrapped(text, width), style) for text, style in paragraphs if text)
    if screen.plain:
        screen.console.print(Text(content.word.upper()))
        screen.console.print(body)
        return
    title = Text(f"{MARKS[content.verdict]} {content.word}", style=f"bold {style}")
    screen.console.print(
        Panel(
            body, ROUNDED, title=title, title_align="left", border_style=style, width=screen.width
        )
    )


def _section(section: Section, screen: Screen) -> None:
    if section.calendar is not None:
        _calendar(section.calendar, screen)
    if section.budget:
        _budget(section.budget, screen)
    for entry in section.entries:
        _entry(entry, screen.mark(entry.mark), screen)
    for rank, step in enumerate(section.steps, 1):
        screen.write(step, lead=f"{rank}.")
    if section.text:
        style = "bold" if section.name == "estimate" else ""
        screen.write(section.text + _references(section.citation.unquoted, screen), style=style)
    for note in section.notes:
        screen.write(note, style=DIM if section.name == "budget" else "")
    _quotes(section.citation, screen)


def _entry(entry: Entry, lead: str, screen: Screen) -> None:
    """Print a point after its mark or its rank, and what stands below it."""
    title = screen.titled(entry.title, entry.word) if entry.word else entry.title
    title += _references(entry.citation.unquoted, screen)
    screen.write(title, lead=lead, style=_STYLES.get(entry.mark, ""))
    below = 3 + len(lead)
    for text in (*entry.sentences, *entry.notes):
        screen.write(text, indent=below)
    _quotes(entry.citation, screen, below)


def _references(numbers: Iterable[int], screen: Screen) -> str:
    """Return the references after a space, « [1, 3] »; nothing where nothing is cited."""
    text = ",\u00a0".join(map(str, numbers))
    return f" {screen.words('headings.reference', number=text)}" if text else ""


def _budget(rows: tuple[Row, ...], screen: Screen) -> None:
    titles = ["  " * row.depth + row.title for row in rows]
    label, figure = max(map(len, titles)), max(len(row.amount) for row in rows)
    for title, row in zip(titles, rows, strict=True):
        style = "" if row.depth else "bold"
        if screen.plain or 2 + label + 2 + figure > screen.width:
            line = screen.titled(row.title, row.amount)
            screen.write(line, lead="-", indent=2 + 2 * row.depth, style=style)
        else:
            screen.console.print(Text(f"  {title:<{label}}  {row.amount:>{figure}}", style=style))


def _calendar(calendar: Calendar, screen: Screen) -> None:
    if not screen.plain:
        for line in _grid(calendar, screen.words.list("format.initials"), screen.width):
            row = Text(f"  {line}")
            row.highlight_regex("[■□]", "green")
            row.highlight_regex("[▲●▶◀]", "bold")
            screen.console.print(row)
        screen.write("")
    for mark, text in calendar.events if screen.plain else calendar.events + calendar.legend:
        screen.write(text, lead=screen.mark(mark))


def _grid(calendar: Calendar, initials: list[str], width: int) -> Iterator[str]:
    """Yield a row of twelve months per year, each month as wide in all as its events need."""
    least, gap = (2, " ") if width >= 60 else (1, "")
    columns = zip(*(year.months for year in calendar.years if year.months), strict=True)
    events = [max(len(month.events) for month in column) for column in columns]
    widths = [1 + max(least, count) for count in events]

    rows = [(year.label, [month.marks for month in year.months]) for year in calendar.years]
    for label, cells in [(" " * 4, initials), *rows]:
        sized = zip(cells, widths, strict=False)
        yield label + "".join(f"{cell:>{size}}{gap}" for cell, size in sized)


# --- ami schools ---------------------------------------------------------------------------------


def schools_text(document: Mapping[str, Any], screen: Screen) -> str:
    """Return the institutions that a query may mean, and what the register says of each."""
    for school in document["schools"]:
        codes = f" ({', '.join(school['uai'])})" if school["uai"] else ""
        screen.write(f"{school['name']}{codes}", indent=0, style="bold")
        screen.write(f"{school['commune']} · {school['text']}")
        if school["website"]:
            screen.write(school["website"], style=DIM)
    screen.console.print()
    screen.write(document["text"], indent=0)
    screen.write(document["sources"][0]["title"], indent=0, style=DIM)
    return screen.text()


# --- ami rules -----------------------------------------------------------------------------------


def law_text(document: Mapping[str, Any], screen: Screen) -> str:
    """Return the law of one year: conditions, figures, and what else is cited, with every quote.

    Each source is listed once, at the end.
    """
    words, citations = screen.words, Citations()

    def show(part: Mapping[str, Any], title: str, text: str = "", lead: str = "-") -> None:
        citation = citations.cite_or_refer(part["sources"], part.get("title", title))
        _entry(Entry(title, text, citation=citation), lead, screen)

    screen.console.print(Text(words("law.title", year=document["academic_year"]), style="bold"))
    screen.write(document["note"], indent=0, style="yellow" if document["provisional"] else "")
    screen.heading(words("law.criteria_title"))
    for rank, criterion in enumerate(document["criteria"], 1):
        show(criterion, criterion["title"], criterion["text"], f"{rank}.")
    for part in ("figures", "other"):
        screen.heading(words(f"law.{part}_title"))
        for ground in document[part]:
            title, status = ground["title"], f" ({ground['status']})"
            if ground["text"]:
                show(ground, title, ground["text"] + status)
            else:
                show(ground, title + status)
    screen.heading(words("law.data_title"))
    for register in document["data"]:
        show(register, register["text"])
    _sources(citations.sources.values(), screen)
    screen.console.print()
    screen.write(words("law.years", years=", ".join(document["years"])), indent=0, style=DIM)
    return screen.text()
