"""Writes the days of the stay as a calendar file (iCalendar, RFC 5545) that any agenda can import.

Begin the procedures (advice of S1), apply for the scholarship (S18, usual days), leave, return.
A calendar is often shared: what it holds follows from the two dates of the stay and from today,
and from no other answer; its titles name neither the grant nor the result.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from icalendar import CLASS, STATUS, TRANSP, Alarm, Calendar, Event

from ami_cli import __version__
from ami_cli.law import Law, academic_year, year_label
from ami_cli.rules.primitives import ONE_DAY, add_months
from ami_cli.views.result import law_source
from ami_cli.words import Words

_MORNING = timedelta(hours=9)
_ALARMS = (7, 0)  # days before the day to begin


class _Entry(NamedTuple):
    """Whole days in an agenda, `first` and `last` both included; alarms by days before `first`."""

    kind: str
    first: date
    last: date
    title: str
    paragraphs: tuple[str, ...]
    status: STATUS = STATUS.CONFIRMED
    alarms: tuple[int, ...] = ()


def calendar_bytes(document: Mapping[str, Any], words: Words, law: Law) -> bytes | None:
    """Return the calendar file of one result, `law` being that of the stay.

    None when the start of the stay is unknown, because no day is known then. The same document
    gives the same bytes, because the file is dated from its `today` and never from the clock.
    """
    if document["reminder"] is None:
        return None
    today = date.fromisoformat(document["today"])
    start = date.fromisoformat(document["answers"]["start"])
    calendar = Calendar()
    calendar.prodid = f"-//ami-cli//ami {__version__}//{words.lang.upper()}"
    calendar.version = "2.0"
    calendar.calendar_name = words("calendar.name")
    entries = _entries(document, start, today, words, law)
    for entry in sorted(entries, key=lambda entry: entry.first):
        calendar.add_component(_event(entry, academic_year(start), today))
    content: bytes = calendar.to_ical()
    return content


def _entries(
    document: Mapping[str, Any], start: date, today: date, words: Words, law: Law
) -> Iterator[_Entry]:
    changes = words("calendar.if_it_changes")
    yield _scholarship(start, today, words, law)
    paragraphs = (words("calendar.first_day"), changes)
    yield _Entry("departure", start, start, words("calendar.departure"), paragraphs)
    if not document["reminder"]["departed"]:
        yield _procedures(document["reminder"], today, words, law)
    if "end" in document["answers"]:
        end = date.fromisoformat(document["answers"]["end"])
        paragraphs = (words("calendar.last_day"), changes)
        yield _Entry("return", end, end, words("calendar.return"), paragraphs)


def _procedures(reminder: Mapping[str, Any], today: date, words: Words, law: Law) -> _Entry:
    """Return the day advised, or today once it is past: to begin late is still to begin."""
    start_by = date.fromisoformat(reminder["start_by"])
    title, advice = words("calendar.begin"), "calendar.advice"
    if reminder["late"]:
        title, advice = words("calendar.begin_today"), "calendar.advice_past"
    months = words.count("month", law.months_ahead)
    day = max(start_by, today)
    paragraphs = (
        words(advice, months=months, start_by=words.date(start_by)),
        words("next_steps.contact"),
        *(words("calendar.page", url=url) for url in _addresses(reminder["sources"])),
    )
    # An alarm whose morning is past would ring at once, or never.
    alarms = tuple(days for days in _ALARMS if day - timedelta(days) >= today)
    return _Entry("procedures", day, day, title, paragraphs, alarms=alarms)


def _scholarship(start: date, today: date, words: Words, law: Law) -> _Entry:
    """Return the usual days to apply for a scholarship: those of the one year known (S18),
    projected.

    They fall in the spring before an academic year: that of the stay, or the first year whose
    days are not over today.
    """
    opens, closes = law.fact("dse_opens"), law.fact("dse_closes")
    stay_year = academic_year(start)
    spring = int(stay_year[:4])
    while _in_the_year(spring, closes) < today:
        spring += 1
    known, year = year_label(opens.year), year_label(spring)
    days = {"opens": words.date(opens), "closes": words.date(closes)}
    urls = _addresses(map(law_source, law.grounds["dse_opens"].sources))
    paragraphs = (
        words("calendar.dse_usual", year=year),
        *([] if year == stay_year else [words("calendar.dse_passed", year=stay_year)]),
        words("calendar.dse_known", known=known, **days),
        *(words("calendar.dse_source", known=known, url=url) for url in urls),
    )
    return _Entry(
        "scholarship",
        _in_the_year(spring, opens),
        _in_the_year(spring, closes),
        words("calendar.dse", year=year),
        paragraphs,
        STATUS.TENTATIVE,
    )


def _event(entry: _Entry, stay_year: str, today: date) -> Event:
    """Return an entry as the standard writes it: whole days, private, taking up no time.

    Its UID is its kind and the academic year of the stay, so that a later file corrects the
    entries of an earlier one, in either language. Hence the limit: two stays of one academic
    year, or of two people in one agenda, take each other's place, and a stay put off to another
    academic year leaves its old entries behind. SEQUENCE counts days: a later day's file wins;
    which of two files of the same day wins is up to the agenda (most take the last imported).
    """
    stamp = datetime.combine(today, time(), UTC)
    return Event.new(
        uid=f"{entry.kind}-{stay_year}@ami-cli",
        stamp=stamp,
        last_modified=stamp,
        sequence=today.toordinal(),
        start=entry.first,
        end=entry.last + ONE_DAY,
        summary=entry.title,
        description="\n\n".join(entry.paragraphs),
        classification=CLASS.PRIVATE,
        transparency=TRANSP.TRANSPARENT,
        status=entry.status,
        subcomponents=[
            Alarm.new_display(entry.title, _MORNING - timedelta(days)) for days in entry.alarms
        ],
    )


def _in_the_year(year: int, day: date) -> date:
    """Return the same day and month of another year."""
    return add_months(day, 12 * (year - day.year))


def _addresses(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    return [source["url"] for source in sources if source["url"]]
