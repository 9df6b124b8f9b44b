"""Arranges the result of one student for a reader: sections with entries, sentences, a table and a
calendar, the same in the same order on a terminal, in HTML and in Markdown.

The types of the content and its full form; `brief` makes the brief form. Built from the Result of
`result` alone. Every text is visible (see `words.visible`) and none is escaped, because that
depends on the format. Sources are numbered in the order in which they are first cited. An official
quote belongs to the first thing that it supports.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """The numbers of the sources that a part cites, and the quotes that belong to it first; without
    one, `quoted_at` may name the part that has them."""

    numbers: tuple[int, ...] = ()
    quotes: tuple[Quote, ...] = ()
    quoted_at: str | None = None

    @property
    def unquoted(self) -> tuple[int, ...]:
        """Return the numbers that no quote carries."""
        quoted = {quote.number for quote in self.quotes}
        return tuple(number for number in self.numbers if number not in quoted)


class Entry(NamedTuple):
    """One point of a list: its title, the word for its status (in the brief form, what settles it)
    and the mark that repeats it, what it cites, and what stands below it."""

    title: str
    word: str = ""
    mark: str = ""
    citation: Citation = Citation()
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Row(NamedTuple):
    """One row of the budget: a sum, its grants below it (`depth` 1), or the total in the end."""

    title: str
    amount: str
    depth: int


class Month(NamedTuple):
    """One month of the calendar: how it is paid (or ""), and the events that fall in it."""

    paid: str
    events: tuple[str, ...]

    @property
    def marks(self) -> str:
        """Return the characters of its events and of how it is paid."""
        return "".join(MARKS[mark] for mark in (*self.events, self.paid))


class Year(NamedTuple):
    """One year of the calendar and its twelve months; "…" without months for years left out."""

    label: str
    months: tuple[Month, ...]


class Calendar(NamedTuple):
    """The calendar: its years, the same in words, and what each mark means, with its day for an
    event."""

    years: tuple[Year, ...]
    description: str
    events: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, str], ...]


class Section(NamedTuple):
    """One section, its parts in the order in which they are shown; most sections have a few. Those
    of the brief form have no title."""

    name: str
    title: str = ""
    calendar: Calendar | None = None
    budget: tuple[Row, ...] = ()
    entries: tuple[Entry, ...] = ()
    steps: tuple[str, ...] = ()
    text: str = ""
    citation: Citation = Citation()
    notes: tuple[str, ...] = ()


class Source(NamedTuple):
    """A source in the list at the end."""

    id: str
    number: int
    title: str
    url: str | None

    @property
    def in_one_line(self) -> str:
        """Return the title with the address in the place of its site or repository, which the
        address names; "" where it does not.

        « service-public.fr, fiche F380, modifiée… » is « service-public.fr/…/F380, modifiée… ».
        """
        address = (self.url or "").partition("://")[2].removeprefix("www.")
        site = self.title.partition(",")[0]
        if not address.startswith(f"{site}/") and not address.endswith(f"/{site}"):
            return ""
        page = re.escape(address.rpartition("/")[2])
        return address + re.sub(rf"^, \w+ {page}\b", "", self.title.removeprefix(site))


class Content(NamedTuple):
    """The result from top to bottom: the verdict (its code, its word, and what it is about), what
    it does not promise, and the sections. The full form also says the amount of the estimate, by
    which rules it was reached, and the sources; the brief form how to see the rest (`closing`)."""

    verdict: str
    word: str
    headline: str
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    amount: str | None = None
    rules: str = ""
    sources: tuple[Source, ...] = ()
    closing: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Return the word of the verdict as a heading."""
        return self.word[0].upper() + self.word[1:]

    def entries(self, name: str) -> tuple[Entry, ...]:
        """Return the entries of a section; none where it is left out."""
        return next((part.entries for part in self.sections if part.name == name), ())


class Answer(NamedTuple):
    """An answer as a person reads it; a school or a commune as its register has it."""

    title: str
    text: str
    numbers: tuple[int, ...]
    url: str | None


class Page(NamedTuple):
    """A result as a document: the content, its conditions in a line each, and what the reader of a
    document needs beside it."""

    content: Content
    conditions: tuple[Entry, ...]
    made: str
    answers: tuple[Answer, ...]
    command: str
    closing: tuple[str, ...]


def content_of(result: types.Result, words: Words) -> Content:
    """Return the content of a result."""
    result = _visible(result)
    citations = Citations()
    # In the order in which they are shown, because this numbers the sources.
    sections = (
        _advice(result, words, citations),
        _criteria(result, words, citations),
        _estimate(result, words, citations),
        _supplements(result, words, citations),
        _cumulation(result, words, citations),
        _budget(result, words),
        _calendar(result, words, citations),
        _next_steps(result, words, citations),
    )
    estimate = result["estimate"]
    return Content(
        verdict=result["verdict"],
        word=words(f"verdict.{result['verdict']}.word"),
        headline=result["headline"],
        notes=(*result["verdict_notes"], *(warning["text"] for warning in result["warnings"])),
        sections=tuple(section for section in sections if section is not None),
        amount=words("estimate.amount", text=estimate["text"]) if estimate else None,
        rules=result["rules"]["note"],
        sources=tuple(citations.sources.values()),
    )


def page_of(result: types.Result, words: Words, command: str, brief: Content | None = None) -> Page:
    """Return the page of a result; `command` gives the same result again.

    The conditions of its brief form stand on top.
    """
    content = content_of(result, words)
    health = "page.health" if "disability" in result["answers"] else "page.no_health"
    return Page(
        content,
        conditions=brief.entries("criteria") if brief else (),
        made=words("page.made", day=words.date(date.fromisoformat(result["today"]))),
        answers=tuple(_answers(result, content.sources, words)),
        command=_visible(command),
        closing=(words(health), words("page.made_by", version=__version__)),
    )


def is_link(url: str) -> bool:
    """Tell whether a page may link to an address: only to the web, never to what runs."""
    return re.fullmatch(r"https?://[^\s<>\"\\^`{|}]+", url, re.ASCII | re.IGNORECASE) is not None


def amount_text(total: int, total_max: int, words: Words) -> str:
    """Return an amount in whole euros as a ceiling, two where a month is not certain."""
    code = "budget.ceiling" if total in (total_max, 0) else "budget.ceilings"
    most = words.euros(total_max)
    return words(code, total=words.euros(total) if total else most, total_max=most)


def _visible(part: Any) -> Any:
    """Return the same value with every character that acts instead of being read escaped."""
    match part:
        case str():
            return visible(part, len(part))
        case dict():
            return {key: _visible(value) for key, value in part.items()}
        case list():
            return [_visible(value) for value in part]
    return part


class Citations:
    """The sources cited so far, and the title beside which each quote stands."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.places: dict[str | None, str] = {}

    def cite(self, sources: Iterable[types.Source], title: str) -> Citation:
        """Number the sources; their quotes that stand nowhere yet belong to this title."""
        numbers, quotes = set(), []
        for source in sources:
            key, quote = source["id"], source["quote"]
            number = len(self.sources) + 1
            cited = Source(key, number, source["title"], source["url"])
            number = self.sources.setdefault(key, cited).number
            if quote and quote not in self.places:
                self.places[quote] = title
                quotes.append(Quote(quote, number))
            numbers.add(number)
        return Citation(tuple(sorted(numbers)), tuple(quotes))

    def cite_or_refer(self, sources: Collection[types.Source], title: str) -> Citation:
        """Cite sources, and name the title that has their quotes where this one has none."""
        known = [
            self.places[source["quote"]] for source in sources if source["quote"] in self.places
        ]
        citation = self.cite(sources, title)
        return citation if citation.quotes or not known else citation._replace(quoted_at=known[0])


def _section(name: str, words: Words, **parts: Any) -> Section:
    return Section(name, words(f"headings.{name}"), **parts)


def _advice(result: types.Result, words: Words, citations: Citations) -> Section | None:
    entries = []
    for change in result["advice"]:
        criterion = words(f"criteria.{change['criterion']}")
        citation = citations.cite(change["sources"], criterion)
        title = f"{change['text']} ({criterion})"
        entries.append(Entry(title, mark="advice", citation=citation))
    return _section("advice", words, entries=tuple(entries)) if entries else None


def _criteria(result: types.Result, words: Words, citations: Citations) -> Section:
    entries = []
    for criterion in result["criteria"]:
        title, status = words(f"criteria.{criterion['code']}"), criterion["status"]
        citation = citations.cite_or_refer(criterion["sources"], title)
        notes = [note for note in criterion["notes"] if note not in result["verdict_notes"]]
        word, reason = words(f"status.{status}"), (criterion["reason"],)
        entries.append(Entry(title, word, status, citation, reason, tuple(notes)))
    return _section("criteria", words, entries=tuple(entries))


def _estimate(result: types.Result, words: Words, citations: Citations) -> Section | None:
    if result["verdict"] == "ineligible":
        return None
    section = _section("estimate", words, text=words("estimate.no_dates"))
    if estimate := result["estimate"]:
        citation = citations.cite(estimate["sources"], section.title)
        notes = tuple(estimate["notes"])
        section = section._replace(text=estimate["text"], citation=citation, notes=notes)
    return section


def _supplements(result: types.Result, words: Words, citations: Citations) -> Section:
    """Return the grounds, each with its own note, and below them the notes that several share."""
    all_notes = [ground["note"] for ground in result["supplements"]]
    shared = [note for note in dict.fromkeys(all_notes) if all_notes.count(note) > 1]
    # The status of a ground says the same already.
    hidden = words("supplements.note.not_met")
    entries = []
    for ground in result["supplements"]:
        title, status = words(f"supplements.title.{ground['code']}"), ground["status"]
        # What the zoning says is shown also where the student answered for themselves.
        home = result["commune"] if ground["code"] == "rural" else None
        zoning = ground["indication"] or (home["note"] if home else "")
        entry = Entry(
            title,
            words(f"supplements.status.{status}"),
            "none" if status == "not_met" else status,
            citations.cite(ground["sources"], title),
            tuple(text for text in (zoning, ground["note"]) if text not in ("", hidden, *shared)),
        )
        entries.append(entry)
    notes = tuple(note for note in shared if note != hidden)
    return _section("supplements", words, entries=tuple(entries), notes=notes)


def _cumulation(result: types.Result, words: Words, citations: Citations) -> Section:
    entries = []
    for grant in result["cumulation"]:
        code: str = grant["code"]
        if code == "bcs" and result["answers"].get("scholarship") == "annual_allowance":
            code = "annual_allowance"
        title = words(f"cumulation.title.{code}")
        answer, mark = ("yes", "plus") if grant["cumulable"] else ("depends", "to_check")
        citation = citations.cite(grant["sources"], title)
        answer = words(f"cumulation.answer.{answer}")
        entries.append(Entry(title, answer, mark, citation, (grant["note"],)))
    return _section("cumulation", words, entries=tuple(entries))


def _next_steps(result: types.Result, words: Words, citations: Citations) -> Section:
    citation = citations.cite(result["next_steps_sources"], words("headings.next_steps"))
    text = words("next_steps.sources") if citation.numbers else ""
    steps = tuple(result["next_steps"])
    return _section("next_steps", words, steps=steps, text=text, citation=citation)


# --- the budget ----------------------------------------------------------------------------------


def _budget(result: types.Result, words: Words) -> Section | None:
    """Return what the student keeps, what is still to be decided, and both."""
    budget = result["budget"]
    if budget is None:
        return None

    def row(code: str, amount: str, depth: int = 0) -> Row:
        title = words(f"budget.{code}")
        if code == "bcs" and (echelon := result["answers"].get("echelon")):
            name = words.value("echelon", echelon)
            title = words("page.echelon", title=title, echelon=name)
        return Row(title, amount, depth)

    def ceiling(amounts: types.Line | types.Depends | types.Budget) -> str:
        total = amounts["total"]
        return amount_text(total, amounts.get("total_max", total), words)

    # The scholarship and the aide au mérite depend on the Crous while the year's is not notified.
    crous = any(
        line["code"] in ("bcs", "merit_aid") and not line["certain"] for line in budget["lines"]
    )
    sums = {
        True: row("certain", words.euros(budget["certain"])),
        False: row("undecided" if crous else "depends", ceiling(budget["depends"])),
    }
    rows: list[Row] = []
    for certain, head in sums.items():
        grants = [
            row(line["code"], words.euros(line["total"]) if certain else ceiling(line), 1)
            for line in budget["lines"]
            if line["certain"] is certain
        ]
        rows += [head, *grants] if grants else []
    rows.append(row("total", ceiling(budget)))
    return _section("budget", words, budget=tuple(rows), notes=(budget["note"],))


# --- the calendar --------------------------------------------------------------------------------


def _calendar(result: types.Result, words: Words, citations: Citations) -> Section | None:
    reminder, answers = result["reminder"], result["answers"]
    if reminder is None or answers.get("destination") == "FR":
        return None
    dates = (reminder["start_by"], result["today"], answers["start"], answers.get("end"))
    days = {name: date.fromisoformat(day) for name, day in zip(EVENTS, dates, strict=True) if day}
    paid = _paid(days, result["estimate"])
    years = tuple(_years(days, paid))
    colon = words("format.colon")
    in_order = sorted(days.items(), key=lambda event: event[1])
    calendar = Calendar(
        years,
        _description(years, words),
        tuple(
            (name, words.date(day) + colon + words(f"headings.{name}")) for name, day in in_order
        ),
        tuple((kind, words(f"headings.{kind}")) for kind in PAID if kind in paid.values()),
    )
    citation = citations.cite(reminder["sources"], words("headings.calendar"))
    text = reminder["text"]
    return _section("calendar", words, calendar=calendar, text=text, citation=citation)


def _paid(days: Mapping[str, date], estimate: types.Estimate | None) -> dict[date, str]:
    """Return how each month of the stay is paid (PAID), by its first day, as months are counted."""
    months, months_max = (estimate["months"], estimate["months_max"]) if estimate else (0, 0)
    paid: dict[date, str] = {}
    while "end" in days and (day := add_months(days["start"], len(paid))) <= days["end"]:
        rank = len(paid)
        paid[day] = "paid" if rank < months else "maybe_paid" if rank < months_max else "abroad"
    return paid


def _years(days: Mapping[str, date], paid: Mapping[date, str]) -> Iterator[Year]:
    """Yield the years from the first step to the return; a far today adds none."""
    kinds = {(day.year, day.month): kind for day, kind in paid.items()}
    ends = [day.year for name, day in days.items() if name != "today"] + [day.year for day in paid]
    years = list(range(min(ends), max(ends) + 1))
    cut = len(years) > MOST_YEARS
    for year in [*years[: MOST_YEARS - 1], years[-1]] if cut else years:
        if cut and year == years[-1]:
            yield Year("…", ())
        months = []
        for month in range(1, 13):
            events = (name for name, day in days.items() if (day.year, day.month) == (year, month))
            months.append(Month(kinds.get((year, month), ""), tuple(events)))
        yield Year(str(year), tuple(months))


def _description(years: Iterable[Year], words: Words) -> str:
    """Return the calendar in words, for each year what its months show, for screen readers."""
    names = words.list("format.months")
    sentences = []
    for year in years:
        months = []
        for name, month in zip(names, year.months, strict=False):
            marks = [words(f"headings.{mark}") for mark in (*month.events, month.paid) if mark]
            if marks:
                months.append(words("page.month", month=name, marks=words.all(marks)))
        if months:
            sentences.append(f"{year.label}{words('format.colon')}{', '.join(months)}.")
        elif not year.months:
            sentences.append(year.label)
    return " ".join(sentences)


# --- the answers, on a page ----------------------------------------------------------------------


def _answers(result: types.Result, sources: Iterable[Source], words: Words) -> Iterator[Answer]:
    numbers = {source.id: source.number for source in sources}
    school, commune = result["school"], result["commune"]
    for name, value in result["answers"].items():
        text, url = _answer_text(name, value, words), None
        register: list[types.Source] = []
        if name == "school" and school:
            codes, place = ", ".join(school["uai"]), school["commune"]
            text = words("page.school", school=school["name"], commune=place, codes=codes)
            register, url = school["sources"], school["website"]
        elif name == "commune" and commune:
            text = words(
                "page.commune",
                commune=commune["name"],
                department=commune["department"],
                code=commune["insee_code"],
            )
            register = commune["sources"]
        cited = tuple(numbers[source["id"]] for source in register)
        yield Answer(words(f"labels.{name}"), _visible(text), cited, _visible(url))


def _answer_text(name: str, value: Any, words: Words) -> str:
    if FIELD[name].kind is Kind.DATE:
        return words.date(date.fromisoformat(value))
    if name == "erasmus_monthly":
        return words.euros(value)
    if isinstance(value, str) and f"options.{name}.{value}" not in words:
        return value
    return words.value(name, value)
