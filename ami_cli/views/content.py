"""The content of one student's result as a person reads it: sections with entries, sentences, a
table and a calendar, the same in the same order on a terminal, in HTML and in Markdown.

Built from the Result of `result` alone. Every text is visible (see `words.visible`) and none is
escaped, because that depends on the format. Sources are numbered in the order in which they are
first cited. An official quote belongs to the first thing that it supports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from ami_cli import __version__
from ami_cli.answers import FIELD, Kind
from ami_cli.rules.primitives import add_months
from ami_cli.words import Words, visible

if TYPE_CHECKING:
    from ami_cli.views import result_types as types

# The days of the calendar, in the order in which they are named when they fall together.
EVENTS = ("start_by", "today", "start", "end")
# How a month of the stay is paid, the surest first.
PAID = ("paid", "maybe_paid", "abroad")
# The character of each mark, for the terminal and for Markdown; `svg` draws the same for HTML.
MARKS = (
    {"met": "✓", "not_met": "✗", "missing": "?", "to_check": "≈"}
    | {"eligible": "✓", "ineligible": "✗", "undetermined": "?"}
    | {"advice": "→", "none": "·", "plus": "+"}
    | {"start_by": "▲", "today": "●", "start": "▶", "end": "◀"}
    | {"paid": "■", "maybe_paid": "□", "abroad": "─", "": "·"}
)
MOST_YEARS = 4  # rows of the calendar: of a longer stay, the years in the middle are left out


class Quote(NamedTuple):
    """Official words, and the number of the source they stand in."""

    text: str
    number: int


class Citation(NamedTuple):
    """What a part cites: the numbers of its sources, and the quotes that belong to it first."""

    numbers: tuple[int, ...] = ()
    quotes: tuple[Quote, ...] = ()

    @property
    def unquoted(self) -> tuple[int, ...]:
        """The numbers that no quote carries."""
        quoted = {quote.number for quote in self.quotes}
        return tuple(number for number in self.numbers if number not in quoted)


class Entry(NamedTuple):
    """One point of a list: its title, the word for its status and the mark that repeats it, what it
    cites, and what stands below it. `quoted_at` names the entry that has the quote of this one."""

    title: str
    word: str
    mark: str
    citation: Citation
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    quoted_at: str | None = None


class Row(NamedTuple):
    """One row of the budget: the code of a part ("certain", "depends"), of a grant in it, or
    "total"; `depth` is 1 for a grant."""

    code: str
    title: str
    amount: str
    depth: int


class Budget(NamedTuple):
    """The budget: its parts, each a sum and its grants, and the total."""

    parts: tuple[tuple[Row, ...], ...]
    total: Row

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows in order."""
        return (*(row for part in self.parts for row in part), self.total)


class Month(NamedTuple):
    """One month of the calendar: how it is paid (or ""), and the events that fall in it."""

    paid: str
    events: tuple[str, ...]


class Year(NamedTuple):
    """One year of the calendar and its twelve months."""

    year: int
    months: tuple[Month, ...]


class Calendar(NamedTuple):
    """The calendar: its years (None where some are left out), the same in words, and what each mark
    means, with its day for an event."""

    years: tuple[Year | None, ...]
    description: str
    events: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, str], ...]


class Section(NamedTuple):
    """One section, its parts in the order in which they are shown; most sections have a few."""

    name: str
    title: str
    calendar: Calendar | None = None
    budget: Budget | None = None
    entries: tuple[Entry, ...] = ()
    steps: tuple[str, ...] = ()
    text: str = ""
    citation: Citation = Citation()
    notes: tuple[str, ...] = ()


class Source(NamedTuple):
    """A source in the list at the end, with all that is quoted from it."""

    id: str
    number: int
    title: str
    url: str | None
    quotes: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """The verdict: its code, its word, its sentence, the amount of the estimate, what it does not
    promise, and by which rules it was reached."""

    mark: str
    word: str
    headline: str
    amount: str | None
    notes: tuple[str, ...]
    rules: str

    @property
    def title(self) -> str:
        """The word as a heading."""
        return self.word[0].upper() + self.word[1:]


class Content(NamedTuple):
    """The whole result, from top to bottom."""

    verdict: Verdict
    sections: tuple[Section, ...]
    sources: tuple[Source, ...]


class Answer(NamedTuple):
    """An answer as a person reads it; a school or a commune as its register has it."""

    title: str
    text: str
    numbers: tuple[int, ...]
    url: str | None


class Page(NamedTuple):
    """A result as a document: the content, and what the reader of a document needs beside it."""

    content: Content
    title: str
    made: str
    caution: str
    answers: tuple[Answer, ...]
    command: str
    closing: tuple[str, ...]


def content_of(result: types.Result, words: Words) -> Content:
    """The content of a result."""
    return _content(_visible(result), words)


def page_of(result: types.Result, words: Words, command: str) -> Page:
    """The page of a result; `command` gives the same result again."""
    result = _visible(result)
    content = _content(result, words)
    health = "disability" in result["answers"]
    return Page(
        content,
        title=words("page.title"),
        made=words("page.made", day=words.date(date.fromisoformat(result["today"]))),
        caution=words("page.not_a_decision"),
        answers=tuple(_answers(result, content.sources, words)),
        command=_visible(command),
        closing=(
            words("page.health" if health else "page.no_health"),
            words("page.made_by", version=__version__),
        ),
    )


def _content(result: types.Result, words: Words) -> Content:
    citations = _Citations()
    # In the order in which they are shown, because this numbers the sources.
    sections = (
        _advice(result, words, citations),
        _criteria(result, words, citations),
        _estimate(result, words, citations),
        _supplements(result, words, citations),
        _cumulation(result, words, citations),
        _budget(result, words),
        _calendar(result, words, citations),
        _section("next_steps", words, steps=tuple(result["next_steps"])),
    )
    return Content(
        _verdict(result, words),
        tuple(section for section in sections if section is not None),
        tuple(citations.sources.values()),
    )


def is_link(url: str) -> bool:
    """Whether an address may be followed from a page: the web, and nothing that acts."""
    return re.fullmatch(r"https?://[^\s<>\"\\^`{|}]+", url, re.ASCII | re.IGNORECASE) is not None


_T = TypeVar("_T")


def _visible(part: _T) -> _T:
    """The same value without any character that acts instead of being read."""
    same: Any = part
    match same:
        case str():
            same = visible(same, len(same))
        case dict():
            same = {key: _visible(value) for key, value in same.items()}
        case list():
            same = [_visible(value) for value in same]
    return same  # type: ignore[no-any-return]


class _Citations:
    """The sources cited so far, and the title beside which each quote stands."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.places: dict[str, str] = {}

    def cite(self, sources: Iterable[types.Source], title: str) -> Citation:
        """Number the sources; their quotes that stand nowhere yet belong to this title."""
        numbers, quotes = set(), []
        for source in sources:
            key, quote = source["id"], source["quote"]
            number = len(self.sources) + 1
            known = self.sources.get(key) or Source(key, number, source["title"], source["url"])
            if quote and quote not in known.quotes:
                known = known._replace(quotes=(*known.quotes, quote))
            if quote and quote not in self.places:
                self.places[quote] = title
                quotes.append(Quote(quote, known.number))
            self.sources[key] = known
            numbers.add(known.number)
        return Citation(tuple(sorted(numbers)), tuple(quotes))


def _section(name: str, words: Words, **parts: Any) -> Section:
    return Section(name, words(f"summary.{name}"), **parts)


def _verdict(result: types.Result, words: Words) -> Verdict:
    estimate = result["estimate"]
    label = words("summary.estimate") + words("format.colon")
    return Verdict(
        mark=result["verdict"],
        word=words(f"verdict.{result['verdict']}.word"),
        headline=result["headline"],
        amount=label + estimate["text"] if estimate else None,
        notes=tuple(result["verdict_notes"]),
        rules=result["rules"]["note"],
    )


def _advice(result: types.Result, words: Words, citations: _Citations) -> Section | None:
    entries = []
    for change in result["advice"]:
        criterion = words(f"criteria.{change['criterion']}")
        citation = citations.cite(change["sources"], criterion)
        entries.append(Entry(f"{change['text']} ({criterion})", "", "advice", citation))
    return _section("advice", words, entries=tuple(entries)) if entries else None


def _criteria(result: types.Result, words: Words, citations: _Citations) -> Section:
    entries = []
    for criterion in result["criteria"]:
        title, status = words(f"criteria.{criterion['code']}"), criterion["status"]
        quotes = (source["quote"] or "" for source in criterion["sources"])
        elsewhere = [citations.places[quote] for quote in quotes if quote in citations.places]
        citation = citations.cite(criterion["sources"], title)
        entry = Entry(title, words(f"status.{status}"), status, citation, (criterion["reason"],))
        entry = entry._replace(
            notes=tuple(note for note in criterion["notes"] if note not in result["verdict_notes"]),
            quoted_at=elsewhere[0] if elsewhere and not citation.quotes else None,
        )
        entries.append(entry)
    return _section("criteria", words, entries=tuple(entries))


def _estimate(result: types.Result, words: Words, citations: _Citations) -> Section | None:
    estimate = result["estimate"]
    if result["verdict"] == "ineligible":
        return None
    if estimate is None:
        return _section("estimate", words, text=words("estimate.no_dates"))
    citation = citations.cite(estimate["sources"], words("summary.estimate"))
    text, notes = estimate["text"], tuple(estimate["notes"])
    return _section("estimate", words, text=text, citation=citation, notes=notes)


def _supplements(result: types.Result, words: Words, citations: _Citations) -> Section:
    """The grounds, each with the note that is its own; then the notes that several share."""
    all_notes = [ground["note"] for ground in result["supplements"]]
    # What the status of a ground says already.
    hidden = {words("supplements.note.not_met")}
    shared = [note for note in dict.fromkeys(all_notes) if all_notes.count(note) > 1]
    entries = []
    for ground in result["supplements"]:
        title, status = words(f"supplements.title.{ground['code']}"), ground["status"]
        # The zoning has its word also where the student answered for themselves.
        home = result["commune"] if ground["code"] == "rural" else None
        zoning = ground["indication"] or (home["note"] if home else "")
        sentences = (zoning, ground["note"])
        entries.append(
            Entry(
                title,
                words(f"supplements.status.{status}"),
                "none" if status == "not_met" else status,
                citations.cite(ground["sources"], title),
                tuple(text for text in sentences if text and text not in hidden | {*shared}),
            )
        )
    notes = tuple(note for note in shared if note not in hidden)
    return _section("supplements", words, entries=tuple(entries), notes=notes)


def _cumulation(result: types.Result, words: Words, citations: _Citations) -> Section:
    entries = []
    for grant in result["cumulation"]:
        title = words(f"cumulation.title.{grant['code']}")
        word, mark = ("yes", "plus") if grant["cumulable"] else ("depends", "to_check")
        citation = citations.cite(grant["sources"], title)
        word = words(f"cumulation.answer.{word}")
        entries.append(Entry(title, word, mark, citation, (grant["note"],)))
    return _section("cumulation", words, entries=tuple(entries))


# --- the budget ----------------------------------------------------------------------------------


def _budget(result: types.Result, words: Words) -> Section | None:
    """What the student keeps, what is still to be decided, and both."""
    budget = result["budget"]
    if budget is None:
        return None
    parts = []
    for name, total, total_max in (
        ("certain", budget["certain"], budget["certain"]),
        ("depends", budget["depends"]["total"], budget["depends"]["total_max"]),
    ):
        lines = [line for line in budget["lines"] if line["certain"] == (name == "certain")]
        # The aide au mérite depends on the Crous as long as the scholarship is not notified.
        crous = name == "depends" and any(line["code"] == "merit_aid" for line in lines)
        head = _row("undecided" if crous else name, total, total_max, 0, words)
        if lines:
            parts.append((head, *(_grant_row(line, result, words) for line in lines)))
    total_row = _row("total", budget["total"], budget["total_max"], 0, words)
    return _section(
        "budget", words, budget=Budget(tuple(parts), total_row), notes=(budget["note"],)
    )


def _grant_row(line: types.Line, result: types.Result, words: Words) -> Row:
    total_max = line.get("total_max", line["total"])
    row = _row(line["code"], line["total"], total_max, 1, words)
    echelon = result["answers"].get("echelon")
    if row.code != "bcs" or echelon is None:
        return row
    name = words.value("echelon", echelon)
    return row._replace(title=words("page.echelon", title=row.title, echelon=name))


def _row(code: str, total: int, total_max: int, depth: int, words: Words) -> Row:
    """A row with its amount, a range where a month is not certain."""
    amount = words.euros(total)
    if total != total_max:
        amount = words("budget.range", total=amount, total_max=words.euros(total_max))
    return Row(code, words(f"budget.{code}"), amount, depth)


# --- the calendar --------------------------------------------------------------------------------


def _calendar(result: types.Result, words: Words, citations: _Citations) -> Section | None:
    reminder = result["reminder"]
    if reminder is None:
        return None
    known = {
        "start_by": reminder["start_by"],
        "today": result["today"],
        "start": result["answers"]["start"],
        "end": result["answers"].get("end"),
    }
    days = {name: date.fromisoformat(day) for name, day in known.items() if day}
    paid = _paid(days, result["estimate"])
    years = tuple(_years(days, paid))
    colon = words("format.colon")
    in_order = sorted(days.items(), key=lambda item: (item[1], EVENTS.index(item[0])))
    calendar = Calendar(
        years,
        _description(years, words),
        tuple((name, words.date(day) + colon + words(f"summary.{name}")) for name, day in in_order),
        tuple((kind, words(f"summary.{kind}")) for kind in PAID if kind in paid.values()),
    )
    citation = citations.cite(reminder["sources"], words("summary.calendar"))
    text = reminder["text"]
    return _section("calendar", words, calendar=calendar, text=text, citation=citation)


def _paid(days: Mapping[str, date], estimate: types.Estimate | None) -> dict[date, str]:
    """The first day of each month of the stay, as months are counted, and how it is paid (PAID):
    for certain, perhaps, or not."""
    months, months_max = (estimate["months"], estimate["months_max"]) if estimate else (0, 0)
    paid: dict[date, str] = {}
    while "end" in days and (day := add_months(days["start"], len(paid))) <= days["end"]:
        rank = len(paid)
        paid[day] = "paid" if rank < months else "maybe_paid" if rank < months_max else "abroad"
    return paid


def _years(days: Mapping[str, date], paid: Mapping[date, str]) -> Iterator[Year | None]:
    """The years from the first step to the return: a far today adds none."""
    kinds = {(day.year, day.month): kind for day, kind in paid.items()}
    shown = [day.year for name, day in days.items() if name != "today"] + [d.year for d in paid]
    years = list(range(min(shown), max(shown) + 1))
    cut = len(years) > MOST_YEARS
    for year in [*years[: MOST_YEARS - 1], years[-1]] if cut else years:
        if cut and year == years[-1]:
            yield None
        months = []
        for month in range(1, 13):
            events = (name for name in EVENTS if name in days)
            here = tuple(n for n in events if (days[n].year, days[n].month) == (year, month))
            months.append(Month(kinds.get((year, month), ""), here))
        yield Year(year, tuple(months))


def _description(years: Iterable[Year | None], words: Words) -> str:
    """The calendar for readers who cannot see it: for each year, what its months show."""
    names = words.list("format.months")
    sentences = []
    for year in years:
        if year is None:
            sentences.append("…")
            continue
        marked = [
            words(
                "page.month",
                month=name,
                marks=words.all(
                    words(f"summary.{mark}") for mark in (*month.events, month.paid) if mark
                ),
            )
            for name, month in zip(names, year.months, strict=True)
            if month.paid or month.events
        ]
        if marked:
            sentences.append(f"{year.year}{words('format.colon')}{', '.join(marked)}.")
    return " ".join(sentences)


# --- the answers, on a page ----------------------------------------------------------------------


def _answers(result: types.Result, sources: Iterable[Source], words: Words) -> Iterator[Answer]:
    known = {source.id: source.number for source in sources}
    for name, value in result["answers"].items():
        text, url = _answer(name, value, words), None
        register: types.School | types.Commune | None = None
        if name == "school" and (school := result["school"]):
            codes = ", ".join(school["uai"])
            text = words(
                "page.school", school=school["name"], commune=school["commune"], codes=codes
            )
            register, url = school, school["website"]
        elif name == "commune" and (commune := result["commune"]):
            text = words(
                "page.commune",
                commune=commune["name"],
                department=commune["department"],
                code=commune["insee_code"],
            )
            register = commune
        numbers = tuple(known[source["id"]] for source in register["sources"]) if register else ()
        yield Answer(words(f"labels.{name}"), text, numbers, url)


def _answer(name: str, value: Any, words: Words) -> str:
    if FIELD[name].kind is Kind.DATE:
        return words.date(date.fromisoformat(value))
    if name == "erasmus_monthly":
        return words.euros(value)
    if isinstance(value, str) and f"options.{name}.{value}" not in words:
        return value
    return words.value(name, value)
