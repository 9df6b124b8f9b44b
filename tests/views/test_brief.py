"""Tests the answer on one screen: its lines, its widths and what each kind of result says first."""

from datetime import date
from typing import Any

import pytest

from ami_cli import Answers, assess
from ami_cli.views.brief import brief_of
from ami_cli.views.content import Content, content_of
from ami_cli.views.result import result_of
from ami_cli.views.terminal import NARROW, Screen, brief_text
from ami_cli.words import LANGUAGES, words_of
from tests.conftest import TODAY
from tests.pages import (
    CASES,
    brief_of_case,
    html_of,
    html_page,
    markdown_of,
    markdown_page,
    text_of_html,
    text_of_markdown,
    with_plain_blanks,
)

STUDENT: dict[str, Any] = {
    "birth_date": date(2005, 3, 12),
    "disability": False,
    "echelon": "5",
    "school": "Sorbonne Université",
    "stay": "study",
    "in_curriculum": True,
    "start": date(2027, 2, 15),
    "end": date(2027, 6, 30),
    "months_received": 0,
    "rural": False,
    "priority_area": False,
    "erasmus_monthly": 300,
    "merit": True,
}
NO_DATES: dict[str, Any] = {"start": None, "end": None}
# What changes for each kind of result, and how its first line begins.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "eligible": ({}, "✓ CONDITIONS REMPLIES · AMI : jusqu’à 1 600 €"),
    "presumed": ({"stay": None, "months_received": None}, "✓ CONDITIONS REMPLIES · AMI : ju"),
    "too long": ({"end": date(2028, 1, 31)}, "✗ CONDITIONS NON REMPLIES · durée maximale"),
    "several": (
        {"birth_date": None, "age": 30, "scholarship": "none", "echelon": None}
        | {"school": None, "establishment": "abroad", "end": date(2027, 2, 20)},
        "✗ CONDITIONS NON REMPLIES · âge, bourse, établissement et durée minimale",
    ),
    "private": ({"school": None, "establishment": "private_accredited"}, "✓ CONDITIONS REMPLIES"),
    "private, BCS": (
        {"school": None, "establishment": "private_other"},
        "✗ CONDITIONS NON REMPLIES · établissement",
    ),
    "accreditation": (
        {"school": "ESSEC"},
        "? PAS ENCORE TRANCHÉ · une réponse manque : ton école est-elle habilitée ?",
    ),
    "no dates": (NO_DATES, "? PAS ENCORE TRANCHÉ · il manque tes dates de départ et de retour"),
    "pending": (
        {"scholarship": "pending", "echelon": None},
        "? PAS ENCORE TRANCHÉ · un point à vérifier : ta demande de bourse",
    ),
    "pending, no school": (
        {"scholarship": "pending", "echelon": None, "school": None},
        "? PAS ENCORE TRANCHÉ · à compléter, et à vérifier : ta demande de bourse",
    ),
    "over": (
        {"start": date(2026, 2, 1), "end": date(2026, 6, 20)},
        "✓ CONDITIONS REMPLIES, mais ton séjour est terminé depuis le 20 juin 2026",
    ),
    "over, too long": (
        {"start": date(2025, 2, 1), "end": date(2026, 6, 20)},
        "✗ CONDITIONS NON REMPLIES, séjour terminé depuis le 20 juin 2026",
    ),
    "departed": ({"start": date(2026, 9, 1)}, "✓ CONDITIONS REMPLIES · AMI : jusqu’à 4 000 €"),
    "28th birthday": (
        {"birth_date": date(1999, 1, 10)},
        "✗ CONDITIONS NON REMPLIES · âge : tu auras 28 ans le 10 janvier 2027",
    ),
    "28, allowance": (
        {"birth_date": date(1998, 1, 10), "scholarship": "annual_allowance", "echelon": None},
        "✗ CONDITIONS NON REMPLIES · âge : tu as 28 ans depuis le 10 janvier 2026",
    ),
    "30, disability unknown": (
        {"birth_date": date(1996, 1, 10), "disability": None},
        "? PAS ENCORE TRANCHÉ · âge : 28 ans ou plus, sauf situation de handicap",
    ),
    "30, disability": (
        {"birth_date": date(1996, 1, 10), "disability": True},
        "✓ CONDITIONS REMPLIES",
    ),
    "tenth month": ({"months_received": 9}, "✓ CONDITIONS REMPLIES · AMI : jusqu’à 400 €"),
    "no month left": ({"months_received": 10}, "✗ CONDITIONS NON REMPLIES · mois disponibles"),
    "school in doubt": ({"school": "UCA"}, "? PAS ENCORE TRANCHÉ · une réponse manque"),
}
every_kind = pytest.mark.parametrize("kind", KINDS)
both_languages = pytest.mark.parametrize("lang", LANGUAGES)


def summary(lang: str, short: bool = False, **answers: Any) -> Content:
    assessment, words = assess(Answers(**answers), today=TODAY), words_of(lang)
    return brief_of(assessment, words, short=short)


def shown(kind: str, lang: str = "fr", width: int = 80, plain: bool = False) -> list[str]:
    """Return the lines of a kind of result, their no-break spaces as plain ones."""
    answers = {**STUDENT, **KINDS[kind][0]}
    brief = summary(lang, width < NARROW, **answers)
    text = brief_text(brief, Screen(words_of(lang), width, False, plain))
    return text.replace("\u00a0", " ").replace("\u202f", " ").splitlines()


@both_languages
@every_kind
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("width", [80, 60, 40])
def test_summary_fits_its_screen(kind: str, lang: str, width: int, plain: bool) -> None:
    lines = shown(kind, lang, width, plain)
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    assert len(lines) <= (32 if width > 40 else 36)


@both_languages
@pytest.mark.parametrize("kind", ["eligible", "presumed"])
def test_eligible_summary_leaves_a_line_for_the_prompt(kind: str, lang: str) -> None:
    # Two lines of them say that a month more is near.
    assert len(shown(kind, lang)) <= 23 + 2
    assert len(shown(kind, lang, 40)) <= 25 + 4


@every_kind
def test_first_line_answers(kind: str) -> None:
    assert shown(kind)[0].startswith(KINDS[kind][1])
    assert shown(kind, plain=True)[0].startswith(KINDS[kind][1][2:].replace(" ·", "."))


@both_languages
@every_kind
def test_summary_has_a_line_for_each_condition_those_that_fail_first(kind: str, lang: str) -> None:
    brief = summary(lang, **{**STUDENT, **KINDS[kind][0]})
    statuses = [line.mark for line in brief.entries("criteria")]
    assert len(statuses) == 7
    order = ("not_met", "missing", "to_check", "met")
    assert statuses == sorted(statuses, key=order.index)
    if kind not in ("several", "accreditation", "school in doubt", "tenth month"):
        titles = [line.title for line in brief.entries("criteria")]
        assert sum(line[4:].startswith((*titles,)) for line in shown(kind, lang)) == 7


@both_languages
@pytest.mark.parametrize("case", CASES)
def test_every_result_has_a_summary(case: str, lang: str) -> None:
    for short in (False, True):
        brief = summary(lang, short, **CASES[case])
        assert all(line.word for line in brief.entries("criteria"))
        for point in brief.entries("points"):
            assert point.word or (point.sentences and all(point.sentences))
        assert "{" not in str(brief)


def text_of(kind: str) -> str:
    return with_plain_blanks(" ".join(shown(kind)))


def test_presumed_answers_are_marked_as_such() -> None:
    assert "études (supposé), dans ton cursus" in text_of("presumed")
    assert "10 sur 10 (supposé : aucun mois perçu)" in text_of("presumed")
    assert "supposé" not in text_of("eligible")


def test_amount_is_a_ceiling_and_no_promise() -> None:
    assert "4 mensualités de 400 € au plus (5, soit 2 000 €, si le mois" in text_of("eligible")
    assert "pas une promesse" in text_of("eligible")
    assert "Si le Crous l’accepte, AMI : jusqu’à 1 600 €" in text_of("pending")
    assert "provisoires pour 2026-2027" in text_of("eligible")


def test_without_dates_the_monthly_amount_and_the_age_are_said() -> None:
    text = text_of("no dates")
    assert "400 € par mois, de 1 à 10 mois (2 000 € au plus pour 5 mois), si" in text
    assert "moins de 28 ans jusqu’au 11 mars 2033 compris" in text
    assert "--start 15/01/2027 --end 20/06/2027" in text


def test_disability_is_never_said_to_lack() -> None:
    text = text_of("30, disability unknown")
    assert "Si tu choisis de le dire" in text
    assert "manque" not in text
    assert "handicap" not in text_of("no dates")


def test_texts_that_say_otherwise_stand_by_the_verdict() -> None:
    assert "moins de 28 ans au 1er septembre" in text_of("28th birthday")
    assert "aux moins de 35 ans" in text_of("28, allowance")
    assert "réservait l’AMI aux établissements publics" in text_of("private")
    assert "l’une de tes deux réponses doit être fausse" in text_of("private, BCS")


def test_advice_stands_above_the_conditions() -> None:
    lines = shown("too long")
    advice = next(rank for rank, line in enumerate(lines) if line.startswith("  → 10 mois au plus"))
    assert advice < next(rank for rank, line in enumerate(lines) if line.startswith("  ✗"))
    assert "jusqu’à 4 000 €" in text_of("too long")


@both_languages
@pytest.mark.parametrize("case", CASES)
def test_pages_begin_with_the_conditions_in_a_line_each(case: str, lang: str) -> None:
    for page in (text_of_html(html_of(case, lang)), text_of_markdown(markdown_of(case, lang))):
        top = with_plain_blanks(page)
        top = top[: top.index(with_plain_blanks(words_of(lang)("headings.criteria")))]
        for line in brief_of_case(case, lang).entries("criteria"):
            assert with_plain_blanks(line.title) in top
            assert with_plain_blanks(line.word) in top


def test_typed_name_is_no_markup_on_a_page() -> None:
    name = "<b>École</b> | `x` *y*"
    answers = {**STUDENT, "school": name}
    assessment, words = assess(Answers(**answers), today=TODAY), words_of("fr")
    result = result_of(assessment, words)
    brief = brief_of(assessment, words)
    assert any(name in line.word for line in brief.entries("criteria"))
    assert "<b>" not in html_page(result, words, "ami check", brief)
    assert name in text_of_markdown(markdown_page(result, words, "ami check", brief))


@pytest.mark.parametrize("short", [False, True])
def test_warnings_stand_by_the_verdict_of_every_view(short: bool) -> None:
    far = {**STUDENT, "start": date(2031, 1, 15), "end": date(2031, 6, 20)}
    assessment, words = assess(Answers(**far), today=TODAY), words_of("fr")
    warning = words("warnings.start_far_ahead")
    assert warning in brief_of(assessment, words, short=short).notes
    assert warning in content_of(result_of(assessment, words), words).notes


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"in_curriculum": False}, "césure"),
        ({"establishment": "private_accredited"}, "circulaire de 2022"),
        ({"establishment": "private_other"}, "l’une de tes deux réponses"),
        ({"birth_date": date(1998, 12, 1), "age": None}, "au 1er"),
        ({"birth_date": date(1998, 12, 1), "age": None, "disability": None}, "au 1er"),
        ({"birth_date": date(1998, 8, 1), "age": None}, "la bourse regarde l’âge"),
        ({"age": 30, "echelon": None, "scholarship": "annual_allowance"}, "35 ans"),
    ],
)
def test_summary_says_the_notes_beside_the_verdict(changes: dict[str, Any], sentence: str) -> None:
    answers = Answers(**{**CASES["eligible"], **changes})
    assessment, words = assess(answers, today=TODAY), words_of("fr")
    notes = brief_of(assessment, words, short=False).notes
    assert sentence in " ".join(" ".join(notes).split())


@both_languages
@pytest.mark.parametrize("name", ["school", "commune"])
def test_summary_says_what_the_registers_make_of_any_name(name: str, lang: str) -> None:
    kinds = {
        "school": [
            *("Grenoble Alpes", "HEC", "ESSEC", "ENS", "UCA", "Lorraine", "AgroParisTech", "xyz"),
            *("Polytechnique", "Sorbonne", "Lyonn 1", "INSA", "Beaux-Arts de Paris", "0692437Z"),
        ],
        "commune": [
            *("Ambert 63600", "63600", "Ambret", "La Réunion", "Saint-Denis", "Vire", "Paris 15e"),
            *("Espagne", "Nouméa", "xyz"),
        ],
    }
    answers = STUDENT | {"school": None, "establishment": None, "rural": None}
    for text in kinds[name]:
        brief = summary(lang, **(answers | {name: text}))
        told = brief_text(brief, Screen(words_of(lang), 80, color=False, plain=False))
        if name == "commune":
            assert text.split()[0] in told or text in ("63600", "Paris 15e")
        else:
            assert told


def test_summary_says_nothing_of_grants_that_nobody_could_have() -> None:
    without = shown("several")
    assert not [line for line in without if "mérite" in line]
    elsewhere = shown("private, BCS")
    assert not [line for line in elsewhere if "ta bourse, " in line]


def said(lang: str = "fr", width: int = 80, **answers: Any) -> str:
    """Return the summary of the student with other answers, in one line."""
    brief = summary(lang, width < NARROW, **{**STUDENT, **answers})
    return with_plain_blanks(
        " ".join(brief_text(brief, Screen(words_of(lang), width, False, False)).split())
    )


def test_budget_names_the_scholarship_and_the_merit_aid() -> None:
    assert "dont 2 085 € de bourse et 400 € d’aide au mérite que tu gardes" in text_of("eligible")
    assert "dont 2 085 € de bourse que tu gardes" in said(merit=False)
    later = said(start=date(2028, 2, 15), end=date(2028, 6, 30))
    assert "de bourse et 400 € d’aide au mérite selon ta prochaine demande (DSE)" in later
    awaited = said(scholarship="pending", echelon="6")
    assert "demandée, échelon 6 annoncé : le Crous te répondra" in awaited
    assert "d’aide au mérite selon la réponse du Crous" in awaited
    assert "que tu gardes" not in text_of("over")


@both_languages
@pytest.mark.parametrize("width", [80, 60])
def test_stay_in_france_is_told_nothing_of_leaving(lang: str, width: int) -> None:
    text = said(lang, width, destination="FR")
    titles = ("item_ahead", "erasmus", "regional")
    for code in titles:
        assert with_plain_blanks(words_of(lang)(f"brief.{code}")) not in text
    assert with_plain_blanks(words_of(lang)("advice.leave_france")) in text


@both_languages
@pytest.mark.parametrize("width", [80, 60])
@pytest.mark.parametrize(
    ("school", "ministry"),
    [("École polytechnique", "defence"), ("AgroParisTech", "agriculture")],
)
def test_school_of_another_ministry_is_named_with_it(
    school: str, ministry: str, width: int, lang: str
) -> None:
    text = said(lang, width, school=school)
    assert f"✗ {words_of(lang)('brief.title_establishment')}" in text
    assert school in text
    assert f"({words_of(lang)(f'registers.ministries.{ministry}')})" in text


@both_languages
def test_name_that_is_not_certain_is_told_what_it_may_mean(lang: str) -> None:
    near = said(lang, school="Lyonn 1")
    assert near.count("Université Claude Bernard - Lyon 1") == 2
    assert '--school "Université Claude Bernard - Lyon 1"' in near
    proposed = said(lang, school="Grenoble Alpes")
    assert '--school "Université Grenoble Alpes"' in proposed
    for several in ("INSA", "ENS", "Centrale"):
        assert "ami schools" in said(lang, school=several)
    assert "Centrale Lyon" in said(lang, school="Centrale")


@both_languages
def test_name_as_it_was_typed_stands_in_guillemets(lang: str) -> None:
    quote = words_of(lang)("format.quote", text="{}").replace("\u00a0", " ")
    for typed in ("Lyonn 2", "ENS", "Grenoble Alpes", "xyz", "IUT de Bobigny", "IFSI de Lille"):
        assert quote.format(typed) in said(lang, school=typed)
    assert quote.format("Nantes Université") in said(lang, school="iut de nantes")
    assert quote.format("Ambret") in said(lang, commune="Ambret", rural=None)


def test_school_without_an_entry_is_told_how_to_go_on() -> None:
    part = said(school="IUT de Bobigny")
    assert "donne le nom de l’université dont dépend « IUT de Bobigny »" in part
    assert 'ajoute par exemple --school "Lyon 2"' in part
    assert "demande à ta scolarité" not in part
    assert '--school "Nantes Université"' in said(school="iut de nantes")
    # Only the school can answer, so that no value stands there as if it were right.
    unlisted = said(school="Lycée Jean Moulin")
    assert "aucun texte lu ne dit si l’AMI les concerne" in unlisted
    assert "--establishment" not in unlisted
    # Once the type is given, the name asks for nothing.
    answered = said(school="Lycée Jean Moulin", establishment="public")
    assert "Lycée Jean Moulin, public" in answered
    assert "ajoute par exemple" not in answered


def test_command_to_complete_stays_on_one_line() -> None:
    brief = summary("fr", **{**STUDENT, "school": "Lyonn 1"})
    lines = brief_text(brief, Screen(words_of("fr"), 80, color=False, plain=False)).splitlines()
    assert any('--school "Université Claude Bernard - Lyon 1"' in line for line in lines)
