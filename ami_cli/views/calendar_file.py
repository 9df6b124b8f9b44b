"""The days to keep as a calendar file (iCalendar, RFC 5545) that any agenda can import.

Begin the procedures (advice of S1), apply for the scholarship (S18, usual days), leave, return.
A calendar is often shared: what it holds follows from the two dates of the stay and from today,
and from no other answer; its titles name neither the grant nor the result.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from icalendar import CLASS, STATUS, TRANSP, Alarm, Calendar, Event

from ami_cli import __version__
from ami_cli.law import Law, academic_year, year_label
from ami_cli.rules.primitives import ONE_DAY, add_months
from ami_cli.views.result import cited
from ami_cli.words import Words

_MORNING = timedelta(hours=9)
_WEEK_BEFORE, _ON_THE_DAY = 7, 0


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
    """The calendar file of one result (the dict of `report`), `law` being that of the stay.

    None when the start of the stay is unknown: there is no day to keep yet. The same document
    gives the same bytes, for the file is dated from its `today` and never from the clock.
    """
    if document["reminder"] is None:
        return None
    today, start = _day(document["today"]), _day(document["answers"]["start"])
    calendar = Calendar()
    calendar.prodid = f"-//ami-cli//ami {__version__}//{words.lang.upper()}"
    calendar.version = "2.0"
    calendar.calendar_name = words("calendar.name")
    for entry in _entries(document, start, today, words, law):
        calendar.add_component(_event(entry, academic_year(start), today))
    written: bytes = calendar.to_ical()
    return written


def _entries(
    document: Mapping[str, Any], start: date, today: date, words: Words, law: Law
) -> list[_Entry]:
    entries = [_scholarship(start, today, words, law), _departure(start, words)]
    if not document["reminder"]["departed"]:
        entries.append(_procedures(document["reminder"], today, words, law))
    if "end" in document["answers"]:
        entries.append(_return(_day(document["answers"]["end"]), words))
    return sorted(entries, key=lambda entry: entry.first)


def _procedures(reminder: Mapping[str, Any], today: date, words: Words, law: Law) -> _Entry:
    """The day advised, or today once it is past: to begin late is still to begin."""
    start_by = _day(reminder["start_by"])
    months = words.count("month", law.months_ahead)
    if reminder["late"]:
        title = words("calendar.begin_today")
        advice = words("calendar.advice_past", months=months, start_by=words.date(start_by))
    else:
        title = words("calendar.begin")
        advice = words("calendar.advice", months=months)
    first = max(start_by, today)
    return _Entry(
        kind="procedures",
        first=first,
        last=first,
        title=title,
        paragraphs=(
            advice,
            words("next_steps.contact"),
            *(words("calendar.page", url=url) for url in _addresses(reminder["sources"])),
        ),
        # An alarm whose morning is past would ring at once, or never.
        alarms=tuple(
            days for days in (_WEEK_BEFORE, _ON_THE_DAY) if first - timedelta(days) >= today
        ),
    )


def _scholarship(start: date, today: date, words: Words, law: Law) -> _Entry:
    """The usual days to apply for a scholarship: those of the one year known (S18), projected.

    They fall in the spring before an academic year: that of the stay, or the first year whose
    days are not over today.
    """
    opens, closes = law.fact("dse_opens"), law.fact("dse_closes")
    stay_year = academic_year(start)
    spring = int(stay_year[:4])
    while _in_the_year(spring, closes) < today:
        spring += 1
    known, year = year_label(opens.year), year_label(spring)
    passed = [] if year == stay_year else [words("calendar.dse_passed", year=stay_year)]
    return _Entry(
        kind="scholarship",
        first=_in_the_year(spring, opens),
        last=_in_the_year(spring, closes),
        title=words("calendar.dse", year=year),
        paragraphs=(
            words("calendar.dse_usual", year=year),
            *passed,
            words(
                "calendar.dse_known",
                known=known,
                opens=words.date(opens),
                closes=words.date(closes),
            ),
            *(
                words("calendar.dse_source", known=known, url=url)
                for url in _addresses(map(cited, law.grounds["dse_opens"].sources))
            ),
        ),
        status=STATUS.TENTATIVE,
    )


def _departure(start: date, words: Words) -> _Entry:
    said = (words("calendar.first_day"), words("calendar.if_it_changes"))
    return _Entry("departure", start, start, words("calendar.departure"), said)


def _return(end: date, words: Words) -> _Entry:
    said = (words("calendar.last_day"), words("calendar.if_it_changes"))
    return _Entry("return", end, end, words("calendar.return"), said)


def _event(entry: _Entry, stay_year: str, today: date) -> Event:
    """One entry as the standard writes it: whole days, private, taking up no time.

    Its UID is its kind and the academic year of the stay, so that a later file corrects the
    entries of an earlier one, in either language. Hence the limit: two stays of one academic
    year, or of two people in one agenda, take each other's place, and a stay put off to another
    academic year leaves its old entries behind. SEQUENCE counts days: a later day's file wins;
    which of two files of the same day wins is up to the agenda (most take the last imported).
    """
    written = datetime.combine(today, time(), UTC)
    return Event.new(
        uid=f"{entry.kind}-{stay_year}@ami-cli",
        stamp=written,
        last_modified=written,
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


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _in_the_year(year: int, day: date) -> date:
    """The same day and month of another year."""
    return add_months(day, 12 * (year - day.year))


def _addresses(sources: Iterable[Mapping[str, Any]]) -> list[str]:
    return [source["url"] for source in sources if source["url"]]
