"""Tests the calendar file: another parser reads it back, and it is safe to share."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream
from ical.event import Event

from ami_cli import Answers, __version__, assess
from ami_cli.law import Law, law_book
from ami_cli.views.calendar_file import calendar_bytes
from ami_cli.views.result import result_of
from ami_cli.words import LANGUAGES, Words, words_of
from tests.pages import CASES, STAY
from tests.sizes import examples

TODAY = date(2026, 3, 1)
START, END = date(2027, 1, 15), date(2027, 6, 20)
WEEK_BEFORE, EVENING_BEFORE = timedelta(days=-7, hours=9), timedelta(hours=-6)


def content_or_none(
    start: date | None = START,
    end: date | None = END,
    *,
    today: date = TODAY,
    words: Words | None = None,
    law: Law | None = None,
    **answers: Any,
) -> bytes | None:
    words = words or words_of("fr")
    assessment = assess(Answers(start=start, end=end, **answers), law=law, today=today)
    return calendar_bytes(result_of(assessment, words), words, assessment.law)


def file(*stay: date | None, **more: Any) -> bytes:
    content = content_or_none(*stay, **more)
    assert content is not None
    return content


def calendar(*stay: date | None, **more: Any) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(file(*stay, **more).decode())


def events(*stay: date | None, **more: Any) -> dict[str, Event]:
    """Return the events by kind, the first word of their UID; each kind comes once."""
    entries = calendar(*stay, **more).events
    by_kind = {event.uid.partition("-")[0]: event for event in entries}
    assert len(by_kind) == len(entries)
    return by_kind


def day_of(event: Event) -> date:
    """Return the day of an event of one whole day."""
    day, after = event.dtstart, event.dtend
    assert type(day) is date
    assert after == day + timedelta(1)
    return day


def alarms(event: Event) -> list[Any]:
    return [alarm.trigger for alarm in event.alarm]


# --- the events -----------------------------------------------------------------------------------


def test_calendar_has_its_five_events_on_their_days() -> None:
    by_kind = events()
    assert {kind: day_of(event) for kind, event in by_kind.items()} == {
        "scholarship_opens": date(2026, 3, 13),
        "scholarship_closes": date(2026, 5, 31),
        "procedures": date(2026, 7, 15),
        "departure": START,
        "return": END,
    }
    assert [event.summary for event in by_kind.values()] == [
        "Dossier social étudiant (DSE)\u00a0: ouverture habituelle pour 2026-2027",
        "Dossier social étudiant (DSE)\u00a0: fin habituelle pour 2026-2027",
        "Commencer les démarches du séjour à l’étranger",
        "Départ pour l’étranger",
        "Retour de l’étranger",
    ]


def test_events_are_written_as_whole_days() -> None:
    lines = file().decode().split("\r\n")
    assert "DTSTART;VALUE=DATE:20260715" in lines
    assert "DTEND;VALUE=DATE:20260716" in lines
    assert "DTEND;VALUE=DATE:20260601" in lines  # 31 May is the last day


def test_events_are_private_transparent_and_dated_from_today() -> None:
    for kind, event in events().items():
        assert event.classification == "PRIVATE"
        assert event.transparency == "TRANSPARENT"
        assert event.status == ("TENTATIVE" if kind.startswith("scholarship") else "CONFIRMED")
        assert event.dtstamp == event.last_modified == datetime(2026, 3, 1, tzinfo=UTC)


def test_calendar_has_its_name_and_prodid() -> None:
    french, english = calendar(), calendar(words=words_of("en"))
    assert french.prodid == f"-//ami-cli//ami {__version__}//FR"
    assert english.prodid == f"-//ami-cli//ami {__version__}//EN"
    assert french.version == "2.0"
    assert "NAME:Séjour à l’étranger\r\n" in file().decode()
    assert "X-WR-CALNAME:Stay abroad\r\n" in file(words=words_of("en")).decode()


def test_procedures_say_what_to_do_and_cite_the_official_page() -> None:
    description = events()["procedures"].description or ""
    assert "6\u00a0mois avant le départ" in description
    assert "pas une date limite" in description
    assert "service des relations internationales" in description
    assert description.endswith(
        "Page officielle\u00a0: "
        "https://www.decouvrirlemonde.jeunes.gouv.fr/aide-la-mobilite-internationale-ami-210"
    )


def test_descriptions_contain_only_addresses_of_the_law() -> None:
    known = {
        source.url
        for ground in law_book().law_of(START).grounds.values()
        for source in ground.sources
    }
    for today in (TODAY, date(2026, 11, 23)):
        for event in events(today=today).values():
            for url in re.findall(r"\w+://\S+|www\.\S+", event.description or ""):
                assert url in known


def test_events_are_written_in_english() -> None:
    by_kind = events(words=words_of("en"))
    assert [event.summary for event in by_kind.values()] == [
        "Dossier social étudiant (DSE): usual opening for 2026-2027",
        "Dossier social étudiant (DSE): usual closing for 2026-2027",
        "Start preparing the stay abroad",
        "Departure abroad",
        "Return from abroad",
    ]
    assert "6\u00a0months before you leave" in (by_kind["procedures"].description or "")
    assert "from 13\u00a0March 2025 to 31\u00a0May 2025" in (
        by_kind["scholarship_opens"].description or ""
    )


def test_unknown_dates_leave_out_their_events() -> None:
    assert content_or_none(None, None) is None
    assert content_or_none(None, END) is None
    assert set(events()) - set(events(START, None)) == {"return"}


# --- when to begin --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "day", "rings"),
    [
        (date(2026, 7, 7), date(2026, 7, 15), [WEEK_BEFORE, EVENING_BEFORE]),
        (date(2026, 7, 8), date(2026, 7, 15), [WEEK_BEFORE, EVENING_BEFORE]),
        (date(2026, 7, 9), date(2026, 7, 15), [EVENING_BEFORE]),
        (date(2026, 7, 14), date(2026, 7, 15), [EVENING_BEFORE]),
        (date(2026, 7, 15), date(2026, 7, 15), []),
        (date(2026, 7, 16), date(2026, 7, 16), []),
        (date(2027, 1, 14), date(2027, 1, 14), []),
    ],
)
def test_past_alarms_are_left_out(today: date, day: date, rings: list[timedelta]) -> None:
    event = events(today=today)["procedures"]
    assert day_of(event) == day
    assert alarms(event) == rings
    for alarm in event.alarm:
        assert (alarm.action, alarm.description) == ("DISPLAY", event.summary)


def test_every_alarm_rings_before_its_day_as_outlook_asks() -> None:
    lines = file().decode().split("\r\n")
    assert [line for line in lines if line.startswith("TRIGGER")] == [
        "TRIGGER:-P6DT15H",
        "TRIGGER:-PT6H",
    ]


@pytest.mark.parametrize(
    ("lang", "title", "day"),
    [
        ("fr", "Commencer aujourd’hui", "15\u00a0juillet 2026"),
        ("en", "abroad today", "15\u00a0July 2026"),
    ],
)
def test_procedures_begin_today_when_the_advised_day_is_past(
    lang: str, title: str, day: str
) -> None:
    def entry(today: date) -> tuple[str, str]:
        event = events(today=today, words=words_of(lang))["procedures"]
        return event.summary or "", event.description or ""

    on_the_day, late = entry(date(2026, 7, 15)), entry(date(2026, 7, 16))
    assert title in late[0]
    assert title not in on_the_day[0]
    assert day in late[1]
    assert day not in on_the_day[1]


def test_procedures_are_absent_after_departure() -> None:
    for today in (START, END, date(2028, 1, 1)):
        assert set(events(today=today)) == {
            *("scholarship_opens", "scholarship_closes", "departure", "return")
        }


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (date(2027, 8, 31), date(2027, 2, 28)),
        (date(2028, 8, 31), date(2028, 2, 29)),
        (date(2028, 8, 29), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2027, 8, 29)),
        (date(2027, 12, 31), date(2027, 6, 30)),
    ],
)
def test_advised_day_is_clipped_to_the_end_of_its_month(start: date, day: date) -> None:
    event = events(start, None)["procedures"]
    assert day_of(event) == day


def test_advance_and_usual_days_come_from_the_law() -> None:
    law = law_book().law_of(START)
    grounds = {
        **law.grounds,
        "dse_opens": law.grounds["dse_opens"]._replace(value=date(2024, 2, 29)),
        "dse_closes": law.grounds["dse_closes"]._replace(value=date(2024, 4, 2)),
    }
    changed = law._replace(months_ahead=3, grounds=grounds)
    by_kind = events(today=date(2026, 2, 1), law=changed)
    assert day_of(by_kind["procedures"]) == date(2026, 10, 15)
    assert "3\u00a0mois avant le départ" in (by_kind["procedures"].description or "")
    assert day_of(by_kind["scholarship_opens"]) == date(2026, 2, 28)
    assert day_of(by_kind["scholarship_closes"]) == date(2026, 4, 2)
    assert "ceux de 2024-2025" in (by_kind["scholarship_opens"].description or "")


# --- the usual days of the scholarship ------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "today", "spring"),
    [
        (START, date(2024, 1, 1), 2026),  # long before
        (START, date(2026, 3, 12), 2026),
        (START, date(2026, 4, 10), 2026),  # open
        (START, date(2026, 5, 31), 2026),  # last day
        (START, date(2026, 6, 1), 2027),  # the next one
        (START, date(2027, 5, 31), 2027),
        (START, date(2027, 6, 1), 2028),
        (START, date(2031, 1, 1), 2031),
        (date(2026, 8, 31), date(2025, 1, 1), 2025),  # last day of 2025-2026
        (date(2026, 9, 1), date(2025, 1, 1), 2026),  # first day of 2026-2027
        (date(2026, 12, 31), date(2025, 1, 1), 2026),
        (date(2027, 1, 1), date(2025, 1, 1), 2026),
        (date(2099, 12, 31), TODAY, 2099),
        (date(2099, 12, 31), date(2099, 12, 31), 2100),
    ],
)
def test_usual_days_fall_in_the_spring_before_the_academic_year(
    start: date, today: date, spring: int
) -> None:
    by_kind = events(start, None, today=today)
    usual = {"opens": date(spring, 3, 13), "closes": date(spring, 5, 31)}
    for kind, day in usual.items():
        event = by_kind.get(f"scholarship_{kind}")
        if day < today:  # an opening that is past
            assert event is None
            continue
        assert event is not None
        assert day_of(event) == day
        assert f"{spring}-{spring + 1}" in (event.summary or "")
        assert alarms(event) == []


@pytest.mark.parametrize("today", [date(2102, 1, 1), date(9999, 12, 31)])
def test_a_day_behind_every_stay_leaves_the_scholarship_out(today: date) -> None:
    assert set(events(today=today)) == {"departure", "return"}
    assert set(events(date(2099, 12, 31), date(2099, 12, 31), today=today)) == {
        *("departure", "return")
    }


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("today", [date(2024, 1, 1), TODAY, date(2026, 6, 1)])
def test_usual_days_are_never_shown_as_published(lang: str, today: date) -> None:
    words = words_of(lang)
    event = events(today=today, words=words)["scholarship_closes"]
    description = event.description or ""
    usual = {"fr": "habituelle", "en": "usual"}[lang]
    assert usual in (event.summary or "")
    assert usual in description
    assert "2025-2026" in description
    assert words.date(date(2025, 3, 13)) in description
    assert words.date(date(2025, 5, 31)) in description
    assert {"fr": "vérifie", "en": "check"}[lang] in description
    assert "https://www.service-public.fr/particuliers/actualites/A17171" in description


def test_usual_days_of_a_later_year_say_so() -> None:
    own = events(today=date(2026, 5, 31))["scholarship_closes"].description or ""
    next_one = events(today=date(2026, 6, 1))["scholarship_closes"].description or ""
    assert "l’année universitaire 2026-2027" in own
    assert "passée" not in own
    assert "l’année universitaire 2027-2028" in next_one
    assert "Pour 2026-2027, l’année universitaire de ton départ" in next_one
    assert "est passée" in next_one


# --- importing it again ---------------------------------------------------------------------------


def uids(*stay: date | None, **more: Any) -> dict[str, str]:
    return {kind: event.uid for kind, event in events(*stay, **more).items()}


def test_dates_corrected_within_a_month_keep_the_uids() -> None:
    first = uids()
    assert len(set(first.values())) == 5
    assert uids(date(2027, 1, 4), date(2027, 8, 31)) == first
    assert uids(today=date(2026, 3, 2)) == first
    assert uids(words=words_of("en")) == first
    gone = uids(today=date(2026, 5, 31))
    assert gone == {kind: uid for kind, uid in first.items() if kind != "scholarship_opens"}


def test_two_stays_of_one_year_are_kept_apart() -> None:
    autumn, spring = uids(date(2026, 9, 1), date(2026, 12, 20)), uids()
    shared = {kind for kind, uid in autumn.items() if spring[kind] == uid}
    assert shared == {"scholarship_opens", "scholarship_closes"}  # one application for the year
    assert not set(autumn.values()) & set(uids(date(2027, 9, 1), None).values())


def test_later_file_has_a_higher_sequence() -> None:
    before, after = events(today=TODAY), events(today=TODAY + timedelta(1))
    for kind, event in before.items():
        older, newer = event.sequence, after[kind].sequence
        assert older is not None
        assert newer is not None
        assert 0 <= older < newer < 2**31
        assert event.dtstamp < after[kind].dtstamp


@pytest.mark.parametrize("lang", LANGUAGES)
def test_same_result_gives_the_same_bytes(lang: str) -> None:
    assert file(words=Words(lang)) == file(words=Words(lang))


# --- what the file must not reveal ----------------------------------------------------------------


@pytest.mark.parametrize(
    "answers",
    [
        {"disability": True},
        {"disability": False},
        {"disability": True, "age": 30},
        {"age": 30},
        {"birth_date": date(2001, 5, 4)},
        {"echelon": "7"},
        {"scholarship": "none"},
        {"scholarship": "pending"},
        {"establishment": "public"},
        {"establishment": "abroad"},
        {"stay": "internship", "in_curriculum": False},
        {"months_received": 10},
        {"rural": True, "priority_area": True},
        {"erasmus": True, "merit": True},
        {name: value for name, value in CASES["eligible"].items() if name not in STAY},
    ],
    ids=str,
)
def test_only_the_two_dates_change_the_file(answers: dict[str, Any]) -> None:
    for today in (TODAY, date(2026, 11, 23), date(2027, 2, 1)):
        assert file(today=today, **answers) == file(today=today)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("today", [TODAY, date(2026, 11, 23), date(2027, 2, 1)])
def test_titles_and_descriptions_reveal_no_result(lang: str, today: date) -> None:
    words = words_of(lang)
    agenda = calendar(today=today, words=words)
    titles = [words("calendar.name"), *(event.summary or "" for event in agenda.events)]
    titles += [alarm.description or "" for event in agenda.events for alarm in event.alarm]
    for title in titles:
        assert not re.search(r"\bAMI\b|\baide\b|bourse|grant|scholarship|SRI|Crous", title)
    for text in (*titles, *(event.description or "" for event in agenda.events)):
        assert not re.search(
            r"€|EUR|400|handicap|disab|santé|health|échelon|QPV|rural|[ée]ligible|condition",
            text,
            re.IGNORECASE,
        )
        assert words("verdict.undetermined.word") not in text


# --- the format -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
def test_lines_are_folded_within_75_octets(lang: str) -> None:
    content = file(words=words_of(lang), today=date(2026, 11, 23))
    assert content.endswith(b"END:VCALENDAR\r\n")
    lines = content.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert max(map(len, lines)) <= 75
    assert any(line.startswith(b" ") for line in lines)
    for line in lines:
        line.decode()  # no character is cut in two


def test_text_survives_a_round_trip() -> None:
    words = Words("fr")
    text = "Virgule, point-virgule\u202f; barre \\n, deux-points\u00a0: « oui »\nligne" + " é’" * 60
    words.all_keys()
    words.all_keys()
    words._sentences["calendar.departure"] = words._sentences["calendar.first_day"] = text
    content = file(words=words)
    assert b"SUMMARY:Virgule\\, point-virgule\xe2\x80\xaf\\; barre \\\\n\\," in content
    assert max(map(len, content.split(b"\r\n"))) <= 75
    event = events(words=words)["departure"]
    assert event.summary == text
    assert event.description == f"{text}\n\n{words('calendar.if_it_changes')}"


DAYS = st.dates(date(2020, 9, 1), date(2099, 12, 31))


@pytest.mark.no_cover
@settings(max_examples=examples(150))
@given(
    start=DAYS,
    length=st.none() | st.integers(0, 400),
    today=st.none() | DAYS,
    ahead=st.integers(-30, 400),
    lang=st.sampled_from(LANGUAGES),
)
def test_any_stay_on_any_day_gives_a_consistent_file(
    start: date, length: int | None, today: date | None, ahead: int, lang: str
) -> None:
    # Most of the time a day around the departure, where everything happens.
    today = today or start - timedelta(ahead)
    end = None if length is None else min(start + timedelta(length), date(2099, 12, 31))
    by_kind = events(start, end, today=today, words=words_of(lang))
    assert ("return" in by_kind) is (end is not None)
    assert ("procedures" in by_kind) is (start > today)
    assert day_of(by_kind["departure"]) == start
    if end:
        assert day_of(by_kind["return"]) == end
    closes = day_of(by_kind["scholarship_closes"])
    assert closes >= today
    assert closes.year >= (start.year if start.month >= 9 else start.year - 1)
    for event in by_kind.values():
        for alarm in event.alarm:
            assert isinstance(alarm.trigger, timedelta)
            assert alarm.trigger < timedelta(0)
            midnight = datetime.combine(day_of(event), datetime.min.time())
            assert (midnight + alarm.trigger).date() >= today
    if "procedures" in by_kind:
        day = day_of(by_kind["procedures"])
        assert today <= day < start
        assert (EVENING_BEFORE in alarms(by_kind["procedures"])) is (day > today)
    content = file(start, end, today=today, words=words_of(lang))
    assert max(map(len, content.split(b"\r\n"))) <= 75
