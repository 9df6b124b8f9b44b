"""Tests that the content holds the whole result once, and that the three views show the same."""

import copy
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_cli import Answers, assess
from ami_cli.rules.assess import without_health
from ami_cli.views.brief import brief_of
from ami_cli.views.content import MARKS, Calendar, Content, Section, content_of
from ami_cli.views.mail import mail_text
from ami_cli.views.result import result_of, verdict_note_codes
from ami_cli.views.sentences import Sentences
from ami_cli.views.terminal import Screen, brief_text, result_text
from ami_cli.words import LANGUAGES, Words, words_of
from tests.conftest import TODAY
from tests.pages import (
    CASES,
    COMMUNES,
    CONTROL_CHARACTERS,
    HOSTILE,
    SCHOOLS,
    STAY,
    command_of,
    document_of,
    hostile_page,
    html_of,
    html_page,
    markdown_of,
    markdown_page,
    sources,
    text_of_html,
    text_of_markdown,
)
from tests.sizes import examples
from tests.students import dossiers

PAGES: dict[str, Callable[..., str]] = {"html": html_page, "markdown": markdown_page}
TEXT_OF = {"html": text_of_html, "markdown": text_of_markdown}
both_forms = pytest.mark.parametrize("form", PAGES)
both_languages = pytest.mark.parametrize("lang", LANGUAGES)
every_case = pytest.mark.parametrize("case", CASES)


def section(content: Content, name: str) -> Section:
    (match,) = (part for part in content.sections if part.name == name)
    return match


def on_a_terminal(content: Content, words: Words, width: int = 80) -> str:
    return result_text(content, Screen(words, width, color=False, plain=False))


def sentences_of(document: dict[str, Any]) -> Iterator[str]:
    """Yield every sentence of a result that a page must show."""
    plain_no = words_of(document["lang"])("supplements.note.not_met")
    yield document["headline"]
    yield document["rules"]["note"]
    yield from document["verdict_notes"]
    yield from document["next_steps"]
    for change in document["advice"]:
        yield change["text"]
    for criterion in document["criteria"]:
        yield criterion["reason"]
        yield from criterion["notes"]
    for part in (*document["supplements"], *document["cumulation"]):
        if part["note"] != plain_no:
            yield part["note"]
        if part.get("indication"):
            yield part["indication"]
    if document["estimate"]:
        yield document["estimate"]["text"]
        yield from document["estimate"]["notes"]
    if document["budget"]:
        yield document["budget"]["note"]
    if document["reminder"]:
        yield document["reminder"]["text"]
    for name in ("school", "commune"):
        if document[name]:
            yield document[name]["name"]
            yield document[name]["note"]


# --- the whole result, once -----------------------------------------------------------------------


@both_forms
@both_languages
@every_case
def test_page_shows_every_sentence_of_the_result(case: str, lang: str, form: str) -> None:
    document, words = document_of(case, lang), words_of(lang)
    page = PAGES[form](document, words, command_of(case))
    text = TEXT_OF[form](page)
    for sentence in sentences_of(document):
        assert sentence in text, sentence
    for criterion in document["criteria"]:
        assert words(f"criteria.{criterion['code']}") in text
        assert words(f"status.{criterion['status']}") in text
    for source in sources(document):
        assert source["title"] in text
        assert not source["url"] or f"{source['url']}" in page
    for line in document["budget"]["lines"] if document["budget"] else ():
        assert words(f"budget.{line['code']}") in text
        assert words.euros(line["total"]) in text
        assert words.euros(line.get("total_max", line["total"])) in text
    assert words("page.title").partition(" — ")[0] in text
    assert "23\u00a0" in text
    health = "disability" in document["answers"]
    assert (words("page.health") in text, words("page.no_health") in text) == (health, not health)


@both_forms
@both_languages
@every_case
def test_page_shows_each_official_quote_once(case: str, lang: str, form: str) -> None:
    document, words = document_of(case, lang), words_of(lang)
    page = PAGES[form](document, words, command_of(case))
    text = TEXT_OF[form](page)
    quotes = {source["quote"] for source in sources(document) if source["quote"]}
    assert quotes
    for quote in quotes:
        assert text.count(words("format.quote", text=quote)) == 1, quote


@both_languages
@every_case
def test_criterion_shows_its_quote_or_names_the_entry_that_does(case: str, lang: str) -> None:
    document, words = document_of(case, lang), words_of(lang)
    content = content_of(document, words)
    entries = section(content, "criteria").entries
    for criterion, entry in zip(document["criteria"], entries, strict=True):
        if any(source["quote"] for source in criterion["sources"]):
            assert entry.citation.quotes or entry.citation.quoted_at
        cited = {source["title"] for source in criterion["sources"]}
        assert {
            source.title for source in content.sources if source.number in entry.citation.numbers
        } == cited


@both_forms
@every_case
def test_page_of_the_same_result_is_the_same_bytes(case: str, form: str) -> None:
    document, words = document_of(case), words_of("fr")
    before = copy.deepcopy(document)
    first = PAGES[form](document, words, "ami check")
    assert document == before
    assert PAGES[form](before, words, "ami check") == first
    assert first.endswith("\n")
    first.encode("utf-8")


def test_budget_separates_certain_and_undecided_sums() -> None:
    document, words = document_of("all answered, private"), words_of("fr")
    rows = section(content_of(document, words), "budget").budget
    assert [(row.title.partition(",")[0], row.depth) for row in rows] == [
        *((words("budget.certain"), 0), (words("budget.bcs"), 1), (words("budget.merit_aid"), 1)),
        *((words("budget.depends"), 0), (words("budget.ami"), 1)),
        *((words("budget.erasmus_plus"), 1), (words("budget.total"), 0)),
    ]
    assert rows[1].title == "Bourse sur critères sociaux, échelon\u00a07"
    assert rows[0].amount == words.euros(document["budget"]["certain"])


def calendar_of(case: str) -> Calendar:
    calendar = section(content_of(document_of(case), words_of("fr")), "calendar").calendar
    assert calendar is not None
    return calendar


def test_calendar_description_says_what_is_drawn() -> None:
    assert calendar_of("eligible").description == (
        "2026\u00a0: juillet (démarches à commencer), novembre (aujourd’hui). "
        "2027\u00a0: janvier (départ et mois payable au plus), février (mois payable au plus), "
        "mars (mois payable au plus), avril (mois payable au plus), mai (mois payable au plus), "
        "juin (retour et mois commencé, paiement à confirmer)."
    )


@both_languages
def test_allowance_is_not_called_a_scholarship(lang: str) -> None:
    allowance = {**COMPLETE, "scholarship": "annual_allowance", "echelon": None}
    words = words_of(lang)
    result = result_of(assess(Answers(**allowance), today=TODAY), words)
    entry = section(content_of(result, words), "cumulation").entries[0]
    assert entry.title == words("cumulation.title.annual_allowance")
    assert entry.citation.numbers == ()  # what is cited of the BCS says nothing of the allowance


def test_calendar_of_a_long_stay_leaves_out_years() -> None:
    calendar = calendar_of("to the end of the calendar")
    assert [year.label for year in calendar.years] == ["2026", "2027", "2028", "…", "2099"]
    assert "…" in calendar.description


@both_forms
@pytest.mark.parametrize("text", HOSTILE)
def test_page_has_no_control_or_direction_character(text: str, form: str) -> None:
    assert not CONTROL_CHARACTERS.search(hostile_page(PAGES[form], text, "ten months"))


def test_page_without_answers_says_so() -> None:
    for form in (html_of, markdown_of):
        assert "Aucune réponse n’a été donnée." in form("nothing answered")


# --- the same on a terminal, in HTML and in Markdown ----------------------------------------------

COMPLETE = {**CASES["eligible"], **STAY}
# One student per kind of result, names that a register finds once, several times or never, and
# stays in which several days of the calendar fall in one month.
RESULTS: list[dict[str, Any]] = [
    *CASES.values(),
    *({**COMPLETE, "establishment": None, "school": school} for school in SCHOOLS),
    *(
        {**COMPLETE, "commune": commune, "rural": rural}
        for commune in COMMUNES
        for rural in (None, False)
    ),
    {**COMPLETE, "start": date(2026, 11, 20), "end": date(2026, 11, 30)},
    {**COMPLETE, "start": TODAY, "end": TODAY},
    {**COMPLETE, "start": date(2027, 5, 23), "end": date(2028, 5, 22)},
    {**COMPLETE, "echelon": "7", "disability": True, "rural": True, "priority_area": True},
    {**COMPLETE, "age": 30, "echelon": "7"},
    {**COMPLETE, "age": 27},
    {**COMPLETE, "age": 27, "start": date(2026, 1, 20), "months_received": 10},
]


def without_blanks(text: str) -> str:
    """Return a text without the blanks and the frame, which depend on where its lines end."""
    return re.sub(r"[\s│]", "", text)


def texts_of(content: Content) -> Iterator[str]:
    """Yield everything that each view must show of a content, in order.

    Quotes are left out, because the terminal shows them beside their source and a page beside what
    they support.
    """
    yield from (content.headline, content.amount or "", *content.notes)
    for part in content.sections:
        yield part.title
        if part.calendar:
            yield from (text for _, text in (*part.calendar.events, *part.calendar.legend))
        for row in part.budget:
            yield from (row.title, row.amount)
        for entry in part.entries:
            yield from (entry.title, entry.word, *entry.sentences, *entry.notes)
        yield from (*part.steps, part.text, *part.notes)


def assert_in_order(texts: list[str], view: str) -> None:
    place = 0
    for text in texts:
        place = view.find(text, place)
        assert place >= 0, text


@pytest.mark.no_cover
@both_languages
def test_views_show_the_same_texts_in_the_same_order(lang: str) -> None:
    words = words_of(lang)
    for answers in RESULTS[lang == "en" :: 2]:  # each in one of the languages
        assessment = assess(Answers(**answers), today=TODAY)
        result = result_of(assessment, words)
        content = content_of(result, words)
        views = {
            "terminal": on_a_terminal(content, words),
            "html": text_of_html(html_page(result, words, "ami check")),
            "markdown": text_of_markdown(markdown_page(result, words, "ami check")),
        }
        # The note below the budget is the caption of its table, which HTML wants first.
        captions = section_notes(content, "budget")
        texts = [without_blanks(text) for text in texts_of(content) if text not in captions]
        for name, view in views.items():
            assert_in_order(texts, without_blanks(view))
            for text in (*captions, content.rules, content.title):
                assert without_blanks(text).lower() in without_blanks(view).lower()
            for quote in {source["quote"] for source in sources(result)} - {None}:
                assert without_blanks(words("format.quote", text=quote)) in without_blanks(view)
            assert_in_order(sources_of(content, name), without_blanks(view))
            for source in content.sources:
                address = (source.url or "").removeprefix("https://").removeprefix("www.")
                assert without_blanks(address) in without_blanks(view)


@pytest.mark.no_cover
@given(dossiers() | dossiers(complete=True), st.sampled_from(LANGUAGES), st.booleans())
@settings(max_examples=examples(30))
def test_every_dossier_has_all_its_views(answers: dict[str, Any], lang: str, short: bool) -> None:
    assessment, words = assess(Answers(**answers), today=TODAY), words_of(lang)
    content = content_of(result_of(assessment, words), words)
    screen = Screen(words, 40 if short else 80, False, False)
    shown = [
        brief_text(brief_of(assessment, words, short=short), screen),
        result_text(content, Screen(words, 80, False, short)),
        mail_text(assessment, lang),
    ]
    for text in shown:
        assert text.strip()
        assert not re.search(r"\{\w*\}|\bNone\b", text), text


@pytest.mark.no_cover
@both_languages
def test_no_sentence_says_a_word_twice_in_a_row(lang: str) -> None:
    words = words_of(lang)
    for answers in RESULTS[lang == "en" :: 2]:
        assessment = assess(Answers(**answers), today=TODAY)
        content = content_of(result_of(assessment, words), words)
        for text in texts_of(content):
            assert not re.search(r"\b(\w{2,})\s+\1\b", text), text


def sources_of(content: Content, view: str) -> list[str]:
    """Return how a view names each source in its list; a terminal of 80 columns by its address
    where that fits on one line."""
    lines = [
        source.in_one_line if view == "terminal" and len(source.in_one_line) <= 73 else ""
        for source in content.sources
    ]
    return [
        without_blanks(line or source.title)
        for line, source in zip(lines, content.sources, strict=True)
    ]


def section_notes(content: Content, name: str) -> tuple[str, ...]:
    return tuple(note for part in content.sections if part.name == name for note in part.notes)


@every_case
def test_views_show_each_mark_before_its_words(case: str) -> None:
    words, result = words_of("fr"), document_of(case)
    content = content_of(result, words)
    html, colon = html_page(result, words, "ami check"), words("format.colon")
    terminal = without_blanks(on_a_terminal(content, words))
    markdown = without_blanks(text_of_markdown(markdown_page(result, words, "ami check")))
    entries = [
        (entry.mark, entry.title + colon + entry.word if entry.word else entry.title)
        for part in content.sections
        for entry in part.entries
    ]
    calendars = [part.calendar for part in content.sections if part.calendar]
    marked = [mark for calendar in calendars for mark in (*calendar.events, *calendar.legend)]
    for mark, text in (*entries, *marked, (content.verdict, content.title)):
        assert without_blanks(MARKS[mark] + text).lower() in terminal.lower()
        assert without_blanks(MARKS[mark] + text) in markdown
        before = re.split(re.escape(text.partition(colon)[0]), html)
        assert any(
            re.search(rf'icon {mark}"[^\n]*</svg>\s*(<h3>|<p>)?$', piece) for piece in before
        )


# A note that stands beside the verdict, and how the brief form says it.
ABOUT_AGE = re.compile("age_")


@both_languages
def test_brief_form_and_message_say_what_the_other_views_say(lang: str) -> None:
    words = words_of(lang)
    order = ("not_met", "missing", "to_check", "met")
    for answers in RESULTS:
        assessment = assess(Answers(**answers), today=TODAY)
        result = result_of(assessment, words)
        brief = brief_of(assessment, words)
        # The same conditions with the same marks, those that need a look first.
        criteria = sorted(result["criteria"], key=lambda each: order.index(each["status"]))
        assert [(line.title, line.mark) for line in brief.entries("criteria")] == [
            (words(f"brief.title_{each['code']}"), each["status"]) for each in criteria
        ]
        # Each note beside the verdict; of those on the age, the most important.
        notes = " ".join(brief.notes)
        about_age = False
        for code in verdict_note_codes(assessment):
            if not (about_age and ABOUT_AGE.match(code)):
                assert Sentences(assessment, words)(f"brief.{code}") in notes
            about_age = about_age or bool(ABOUT_AGE.match(code))
        assert [*brief.notes][-len(result["warnings"]) or len(brief.notes) :] == [
            warning["text"] for warning in result["warnings"]
        ]
        message = without_blanks(mail_text(without_health(assessment), lang)).lower()
        shown = without_health(assessment)
        for code in shown.codes("not_met"):
            assert without_blanks(words(f"mail.failure_{code}")).lower() in message
        for ground in shown.supplements:
            if ground.status == "met" and shown.verdict != "ineligible":
                assert without_blanks(words(f"brief.ground_{ground.code}")).lower() in message


def test_views_show_all_events_of_one_month() -> None:
    words = words_of("fr")
    stay: dict[str, Any] = {"start": date(2026, 11, 20), "end": date(2026, 11, 30)}
    result = document_of("eligible", **stay)
    marks = "●▶◀─"
    for width in (40, 80):
        assert marks in on_a_terminal(content_of(result, words), words, width)
    assert f"| {marks} |" in markdown_page(result, words, "ami check")
    html = html_page(result, words, "ami check")
    november = html[html.index('class="picture"') : html.index('class="legend"')]
    drawn = re.findall(r'<g class="icon (\w+)"', november)
    assert drawn == ["start_by", "today", "start", "end", "abroad"]


def test_views_show_the_zoning_when_the_student_answered_rural() -> None:
    result, words = document_of("eligible", commune="Ambert", rural=False), words_of("fr")
    note = result["commune"]["note"]
    content = content_of(result, words)
    assert note in section(content, "supplements").entries[2].sentences
    assert without_blanks(note) in without_blanks(on_a_terminal(content, words))
    assert markdown_page(result, words, "ami check").count(note) == 1
    assert html_page(result, words, "ami check").count(note) == 1


def test_views_show_that_the_zoning_excludes_the_rural_ground() -> None:
    result = document_of("eligible", commune="Paris")
    words = words_of("fr")
    content = content_of(result, words)
    indication, note = section(content, "supplements").entries[2].sentences
    assert "n’est pas classée" in indication
    assert note == words("supplements.note.not_met_zoned")
    assert without_blanks(note) in without_blanks(on_a_terminal(content, words))
    assert note in markdown_page(result, words, "ami check")
    assert note in html_page(result, words, "ami check")
