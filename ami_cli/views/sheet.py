"""What the printed report says, part by part, before it is HTML or Markdown.

Built from the document of `report` alone, so that both pages say the same in the same order. Every
text in a `Sheet` is visible (see `words.visible`) and none is escaped: that is for who writes it.
An official quote stands once, beside the first thing it supports.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from ami_cli import __version__
from ami_cli.answers import FIELD, Kind
from ami_cli.views.parts import (
    EVENTS,
    PAID,
    BudgetRow,
    References,
    budget_rows,
    citing,
    days_of,
    in_time,
    months_abroad,
    years,
)
from ami_cli.words import Words, visible

_REGISTERED = ("school", "commune")  # answers that are names, and that a register may know
MOST_YEARS = 4  # rows of the calendar picture: a stay that goes on for longer is cut short


class Quote(NamedTuple):
    """Official words, and the number of the source they stand in."""

    text: str
    number: int


class Entry(NamedTuple):
    """One point of a list: its title, the word of its status (`mark` is the code of the same), the
    numbers of its sources, and what stands under it."""

    title: str
    word: str
    mark: str
    numbers: tuple[int, ...]
    said: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()


class Passage(NamedTuple):
    """A sentence with its sources, and what goes with it."""

    text: str
    numbers: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()


class Verdict(NamedTuple):
    """The answer: its code, its word, its sentence, what it would bring, and its notes."""

    mark: str
    word: str
    headline: str
    amount: str | None
    notes: tuple[str, ...]


class Budget(NamedTuple):
    """The budget of the stay: its parts, each a sum and its grants; the total; the note."""

    parts: tuple[tuple[BudgetRow, ...], ...]
    total: BudgetRow
    note: str


class Month(NamedTuple):
    """One month of the calendar picture: how it is paid (or ""), and the events that fall in it."""

    paid: str
    events: tuple[str, ...]


class Calendar(NamedTuple):
    """The calendar: a row of twelve months per year (None where years are left out), what the
    picture shows in words, and the same days and marks in full (code, day or "", name)."""

    picture: tuple[tuple[int, tuple[Month, ...]] | None, ...]
    in_words: str
    days: tuple[tuple[str, str, str], ...]
    legend: tuple[tuple[str, str], ...]
    reminder: Passage


class Listed(NamedTuple):
    """A source in the list at the end."""

    number: int
    title: str
    url: str | None


class Answer(NamedTuple):
    """An answer as a person reads it; for a name that a register holds, what it says of it."""

    title: str
    text: str
    numbers: tuple[int, ...] = ()
    url: str | None = None
    note: str = ""


class Sheet(NamedTuple):
    """The whole page, from top to bottom."""

    lang: str
    title: str
    made: str
    caution: str
    rules: str
    verdict: Verdict
    advice: tuple[Entry, ...]
    criteria: tuple[Entry, ...]
    estimate: Passage | None
    budget: Budget | None
    supplements: tuple[Entry, ...]
    supplement_notes: tuple[str, ...]
    cumulation: tuple[Entry, ...]
    calendar: Calendar | None
    steps: tuple[str, ...]
    sources: tuple[Listed, ...]
    answers: tuple[Answer, ...]
    command: str
    closing: tuple[str, ...]


def sheet(document: Mapping[str, Any], words: Words, command: str, *, health: bool) -> Sheet:
    """The page of one result; `health` says whether the document holds an answer on health."""
    document = _all_visible(document)
    answered = [document[name] for name in _REGISTERED if document[name]]
    cited = _Cited(References([*citing(document), *answered]))
    rules = document["rules"]
    # In the order of the page, for a quote stands where it comes first.
    advice = tuple(_advice(change, words, cited) for change in document["advice"])
    criteria = _criteria(document, words, cited)
    estimate = _estimate(document, words, cited)
    supplements, supplement_notes = _supplements(document, words, cited)
    return Sheet(
        lang=words.lang,
        title=words("page.title"),
        made=words("page.made", day=words.date(date.fromisoformat(document["today"]))),
        caution=words("page.not_a_decision"),
        rules=rules["note"],
        verdict=_verdict(document, words),
        advice=advice,
        criteria=criteria,
        estimate=estimate,
        budget=_budget(document, words),
        supplements=supplements,
        supplement_notes=supplement_notes,
        cumulation=tuple(_grant(grant, words, cited) for grant in document["cumulation"]),
        calendar=_calendar(document, words, cited),
        steps=tuple(document["next_steps"]),
        sources=tuple(
            Listed(number, source["title"], source["url"])
            for number, source in enumerate(cited.references.sources.values(), 1)
        ),
        answers=_answers(document, words, cited),
        command=_all_visible(command),
        closing=(
            words("page.health" if health else "page.no_health"),
            words("page.made_by", version=__version__),
        ),
    )


def is_link(url: str) -> bool:
    """Whether an address may be followed from the page: the web, and nothing that acts."""
    return re.fullmatch(r"https?://[^\s<>\"\\^`{|}]+", url, re.ASCII | re.IGNORECASE) is not None


def _all_visible(part: Any) -> Any:
    """A document in which no text holds a character that would act instead of being read."""
    match part:
        case str():
            return visible(part, len(part))
        case Mapping():
            return {key: _all_visible(value) for key, value in part.items()}
        case list() | tuple():
            return [_all_visible(value) for value in part]
    return part


class _Cited:
    """The sources of a page: their numbers, and the quotes that have found their place."""

    def __init__(self, references: References) -> None:
        self.references = references
        self.placed: dict[str, str] = {}  # quote: the title of what it stands beside

    def numbers(self, part: Mapping[str, Any], quotes: Iterable[Quote] = ()) -> tuple[int, ...]:
        """The numbers of the sources of a part, but for those its quotes carry themselves."""
        carried = {quote.number for quote in quotes}
        return tuple(number for number in self.references.numbers(part) if number not in carried)

    def quotes(self, part: Mapping[str, Any], title: str) -> tuple[Quote, ...]:
        """The quotes of a part that stand nowhere yet; from now on they stand beside it."""
        found = []
        for source in part["sources"]:
            quote = source["quote"]
            if quote and quote not in self.placed:
                self.placed[quote] = title
                found.append(Quote(quote, *self.numbers({"sources": [source]})))
        return tuple(found)


def _verdict(document: Mapping[str, Any], words: Words) -> Verdict:
    estimate = document["estimate"]
    word = words(f"verdict.{document['verdict']}.word")
    label = words("summary.estimate") + words("format.colon")
    return Verdict(
        mark=document["verdict"],
        word=word[0].upper() + word[1:],
        headline=document["headline"],
        amount=label + estimate["text"] if estimate else None,
        notes=tuple(document["verdict_notes"]),
    )


def _advice(change: Mapping[str, Any], words: Words, cited: _Cited) -> Entry:
    title = words(f"criteria.{change['criterion']}")
    quotes = cited.quotes(change, title)
    numbers = cited.numbers(change, quotes)
    return Entry(title, "", "advice", numbers, (change["text"],), quotes=quotes)


def _criteria(document: Mapping[str, Any], words: Words, cited: _Cited) -> tuple[Entry, ...]:
    entries = []
    for criterion in document["criteria"]:
        title = words(f"criteria.{criterion['code']}")
        elsewhere = [
            place
            for source in criterion["sources"]
            if source["quote"] and (place := cited.placed.get(source["quote"]))
        ]
        quotes = cited.quotes(criterion, title)
        notes = [note for note in criterion["notes"] if note not in document["verdict_notes"]]
        if elsewhere and not quotes:
            notes.append(words("page.same_quote", title=elsewhere[0]))
        entries.append(
            Entry(
                title,
                words(f"status.{criterion['status']}"),
                criterion["status"],
                cited.numbers(criterion, quotes),
                (criterion["reason"],),
                tuple(notes),
                quotes,
            )
        )
    return tuple(entries)


def _estimate(document: Mapping[str, Any], words: Words, cited: _Cited) -> Passage | None:
    if document["verdict"] == "ineligible":
        return None
    if (estimate := document["estimate"]) is None:
        return Passage(words("estimate.no_dates"))
    quotes = cited.quotes(estimate, words("summary.estimate"))
    numbers = cited.numbers(estimate, quotes)
    return Passage(estimate["text"], numbers, tuple(estimate["notes"]), quotes)


def _budget(document: Mapping[str, Any], words: Words) -> Budget | None:
    if document["budget"] is None:
        return None
    *rows, total = budget_rows(document["budget"], words)
    parts: list[list[BudgetRow]] = []
    for row in rows:
        if row.depth == 0:
            parts.append([])
        parts[-1].append(_with_echelon(row, document, words))
    return Budget(tuple(map(tuple, parts)), total, document["budget"]["note"])


def _with_echelon(row: BudgetRow, document: Mapping[str, Any], words: Words) -> BudgetRow:
    """The scholarship with the échelon its amount goes by."""
    echelon = document["answers"].get("echelon")
    if row.code != "bcs" or echelon is None:
        return row
    said = words("page.echelon", title=row.title, echelon=words.value("echelon", echelon))
    return row._replace(title=said)


def _supplements(
    document: Mapping[str, Any], words: Words, cited: _Cited
) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The grounds, each with the note that is its own; then the notes that several share."""
    grounds = document["supplements"]
    said = [ground["note"] for ground in grounds]
    plain_no = words("supplements.note.not_met")  # the status says it already
    entries, shared = [], dict.fromkeys(note for note in said if said.count(note) > 1)
    for ground in grounds:
        title, note = words(f"supplements.title.{ground['code']}"), ground["note"]
        quotes = cited.quotes(ground, title)
        entries.append(
            Entry(
                title,
                words(f"supplements.status.{ground['status']}"),
                "none" if ground["status"] == "not_met" else ground["status"],
                cited.numbers(ground, quotes),
                tuple(
                    each
                    for each in (note, ground["indication"])
                    if each and each not in shared and each != plain_no
                ),
                quotes=quotes,
            )
        )
    return tuple(entries), tuple(note for note in shared if note != plain_no)


def _grant(grant: Mapping[str, Any], words: Words, cited: _Cited) -> Entry:
    title = words(f"cumulation.title.{grant['code']}")
    quotes = cited.quotes(grant, title)
    return Entry(
        title,
        words(f"cumulation.answer.{'yes' if grant['cumulable'] else 'depends'}"),
        "plus" if grant["cumulable"] else "to_check",
        cited.numbers(grant, quotes),
        (grant["note"],),
        quotes=quotes,
    )


# --- the calendar --------------------------------------------------------------------------------


def _calendar(document: Mapping[str, Any], words: Words, cited: _Cited) -> Calendar | None:
    reminder = document["reminder"]
    if reminder is None:
        return None
    days, months = days_of(document), months_abroad(document)
    picture = tuple(_picture(days, months))
    kinds = [paid for paid in PAID if paid in months.values()]
    quotes = cited.quotes(reminder, words("summary.calendar"))
    return Calendar(
        picture,
        _in_words(picture, words),
        tuple((name, words.date(day), words(f"summary.{name}")) for name, day in in_time(days)),
        tuple((paid, words(f"summary.{paid}")) for paid in kinds),
        Passage(reminder["text"], cited.numbers(reminder, quotes), quotes=quotes),
    )


def _picture(
    days: Mapping[str, date], months: Mapping[date, str]
) -> Iterable[tuple[int, tuple[Month, ...]] | None]:
    paid = {(day.year, day.month): how for day, how in months.items()}
    shown = list(years(days, months))
    cut = len(shown) > MOST_YEARS
    for year in [*shown[: MOST_YEARS - 1], shown[-1]] if cut else shown:
        if cut and year == shown[-1]:
            yield None
        yield (
            year,
            tuple(
                Month(
                    paid.get((year, month), ""),
                    tuple(
                        name
                        for name in EVENTS
                        if name in days and (days[name].year, days[name].month) == (year, month)
                    ),
                )
                for month in range(1, 13)
            ),
        )


def _in_words(picture: Iterable[tuple[int, tuple[Month, ...]] | None], words: Words) -> str:
    """The picture for who cannot see it: year by year, what each month that is marked shows."""
    names = words.list("format.months")
    told = []
    for row in picture:
        if row is None:
            told.append("…")
            continue
        year, months = row
        marked = [
            words(
                "page.month",
                month=names[rank],
                marks=words.all(
                    words(f"summary.{name}") for name in (*month.events, month.paid) if name
                ),
            )
            for rank, month in enumerate(months)
            if month.paid or month.events
        ]
        if marked:
            told.append(f"{year}{words('format.colon')}{', '.join(marked)}.")
    return " ".join(told)


# --- what it was worked out from -----------------------------------------------------------------


def _answers(document: Mapping[str, Any], words: Words, cited: _Cited) -> tuple[Answer, ...]:
    said = {note for part in ("criteria", "supplements") for note in _notes(document[part])}
    found = []
    for name, value in document["answers"].items():
        title = words(f"labels.{name}")
        known = document[name] if name in _REGISTERED else None
        if known is None:
            found.append(Answer(title, _answer(name, value, words)))
            continue
        found.append(
            Answer(
                title,
                _registered(name, known, words),
                cited.numbers(known),
                known.get("website"),
                "" if known["note"] in said else known["note"],
            )
        )
    return tuple(found)


def _notes(parts: Iterable[Mapping[str, Any]]) -> Iterable[str | None]:
    for part in parts:
        yield from part["notes"] if "notes" in part else [part["note"], part["indication"]]


def _answer(name: str, value: Any, words: Words) -> str:
    if name in FIELD and FIELD[name].kind is Kind.DATE:
        return words.date(date.fromisoformat(value))
    if name == "erasmus_monthly":
        return words.euros(value)
    if isinstance(value, str) and f"options.{name}.{value}" not in words:
        return value
    return words.value(name, value)


def _registered(name: str, known: Mapping[str, Any], words: Words) -> str:
    """A school or a commune as its register has it, with its codes."""
    if name == "commune":
        return words(
            "page.commune",
            commune=known["name"],
            department=known["department"],
            code=known["insee_code"],
        )
    codes = ", ".join(known["uai"])
    return words("page.school", school=known["name"], commune=known["commune"], codes=codes)
