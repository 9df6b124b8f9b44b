"""Writes the days of the stay as a calendar file (iCalendar, RFC 5545) that any agenda can import.

Begin the procedures (advice of S1), apply for the scholarship (S18, usual days), leave, return.
A calendar is often shared: what it holds follows from the two dates of the stay and from today,
and from no other answer; its titles name neither the grant nor the result.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import CLASS, STATUS, TRANSP, Alarm, Calendar, Event

from ami_cli import __version__
from ami_cli.answers import LATEST_DATE
from ami_cli.law import Law, academic_year, year_label
from ami_cli.rules.primitives import ONE_DAY, add_months
from ami_cli.views.result import law_source
from ami_cli.words import Words

# Before the day to begin: a week before at 9:00, the evening before at 18:00. None on the day
# itself, because Outlook drops an alarm behind the midnight at which a whole day starts.
_ALARMS = (timedelta(days=-7, hours=9), timedelta(hours=-6))
_LAST_SPRING = LATEST_DATE.year + 1  # no stay that can be judged needs a later scholarship


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
    events = _events(document, start, today, words, law)
    for event in sorted(events, key=lambda event: event.start):
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def _events(
    document: Mapping[str, Any], start: date, today: date, words: Words, law: Law
) -> Iterator[Event]:
    changes = words("calendar.if_it_changes")
    # Two stays that last a month each begin in different months; a correction by days does not.
    stay = f"{start:%Y-%m}"
    yield from _scholarship(start, today, words, law)
    paragraphs = [words("calendar.first_day"), changes]
    yield _event("departure", stay, start, words("calendar.departure"), paragraphs, today)
    if not document["reminder"]["departed"]:
        yield _procedures(document["reminder"], stay, today, words, law)
    if "end" in document["answers"]:
        end = date.fromisoformat(document["answers"]["end"])
        paragraphs = [words("calendar.last_day"), changes]
        yield _event("return", stay, end, words("calendar.return"), paragraphs, today)


def _procedures(
    reminder: Mapping[str, Any], stay: str, today: date, words: Words, law: Law
) -> Event:
    """Return the day advised, or today once it is past: to begin late is still to begin."""
    start_by = date.fromisoformat(reminder["start_by"])
    title, advice = words("calendar.begin"), "calendar.advice"
    if reminder["late"]:
        title, advice = words("calendar.begin_today"), "calendar.advice_past"
    months = words.count("month", law.months_ahead)
    day = max(start_by, today)
    paragraphs = [
        words(advice, months=months, start_by=words.date(start_by)),
        words("next_steps.contact"),
        *(words("calendar.page", url=url) for url in _addresses(reminder["sources"])),
    ]
    event = _event("procedures", stay, day, title, paragraphs, today)
    for before in _ALARMS:
        # An alarm of a day that is past would ring at once, or never.
        if (datetime.combine(day, time()) + before).date() >= today:
            event.add_component(Alarm.new_display(title, before))
    return event


def _scholarship(start: date, today: date, words: Words, law: Law) -> Iterator[Event]:
    """Yield the usual days on which applications for a scholarship open and close: those of the
    one year known (S18), projected.

    They fall in the spring before an academic year: that of the stay, or the first year whose
    days are not over today. An opening that is past is left out.
    """
    opens, closes = law.fact("dse_opens"), law.fact("dse_closes")
    stay_year = academic_year(start)
    spring = int(stay_year[:4])
    if today.year > _LAST_SPRING:
        return
    while _in_the_year(spring, closes) < today:
        spring += 1
    first, last = _in_the_year(spring, opens), _in_the_year(spring, closes)
    known, year = year_label(opens.year), year_label(spring)
    days = {"opens": words.date(opens), "closes": words.date(closes)}
    urls = _addresses(map(law_source, law.grounds["dse_opens"].sources))
    paragraphs = [
        words("calendar.dse_usual", year=year, first=words.date(first), last=words.date(last)),
        *([] if year == stay_year else [words("calendar.dse_passed", year=stay_year)]),
        words("calendar.dse_known", known=known, **days),
        *(words("calendar.dse_source", known=known, url=url) for url in urls),
    ]
    for kind, day in (("opens", first), ("closes", last)):
        if day >= today:
            title = words(f"calendar.dse_{kind}", year=year)
            event = _event(f"scholarship_{kind}", year, day, title, paragraphs, today)
            event.status = STATUS.TENTATIVE
            yield event


def _event(
    kind: str, stay: str, day: date, title: str, paragraphs: Iterable[str], today: date
) -> Event:
    """Return a day as the standard writes it: whole, private, taking up no time.

    Its UID is its kind and the month in which the stay starts (or the academic year of the
    scholarship), so that a later file corrects the entries of an earlier one, in either language,
    and that two stays of one year are kept apart. Hence the limit: stays of two people in one
    agenda that start in one month take each other's place, and a stay that is put off to another
    month leaves its old entries behind. SEQUENCE counts days: a later day's file wins;
    which of two files of the same day wins is up to the agenda (most take the last imported).
    """
    stamp = datetime.combine(today, time(), UTC)
    return Event.new(
        uid=f"{kind}-{stay}@ami-cli",
        stamp=stamp,
        last_modified=stamp,
        sequence=today.toordinal(),
        start=day,
        end=day + ONE_DAY,
        summary=title,
        description="\n\n".join(paragraphs),
        classification=CLASS.PRIVATE,
        transparency=TRANSP.TRANSPARENT,
        status=STATUS.CONFIRMED,
    )


def _in_the_year(year: int, day: date) -> date:
    """Return the same day and month of another year."""
    return add_months(day, 12 * (year - day.year))


def _addresses(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    return [source["url"] for source in sources if source["url"]]
