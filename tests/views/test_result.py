"""Tests the sentences of the result: those that must be there and those that must not."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from ami_cli.words import LANGUAGES, words_of
from tests.conftest import TODAY
from tests.pages import CASES, document_of, with_plain_blanks

COMPLETE = CASES["eligible"]


def result(today: date = TODAY, lang: str = "fr", **changes: Any) -> Any:
    return document_of("eligible", lang, today, **changes)


def texts(part: Any) -> Iterator[str]:
    """Yield every text of a document."""
    if isinstance(part, str):
        yield part
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            yield from texts(value)


def full_text(today: date = TODAY, lang: str = "fr", **changes: Any) -> str:
    """Return all texts of the result, their blanks as plain ones."""
    return with_plain_blanks(" ".join(texts(result(today, lang, **changes))))


def criterion(document: dict[str, Any], code: str) -> Any:
    return {criterion["code"]: criterion for criterion in document["criteria"]}[code]


def test_eligible_result_promises_nothing_and_names_who_decides() -> None:
    document = result()
    (note,) = document["verdict_notes"]
    assert "n’est pas une promesse" in note
    assert "SRI" in note
    assert document["headline"].startswith("D’après tes réponses")
    assert "pas une promesse" in document["estimate"]["notes"][0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_words_contain_no_harsh_term(lang: str) -> None:
    words = words_of(lang)
    spoken_to_the_student = {
        key: value for key, value in words.all_keys().items() if not key.startswith("why.")
    }
    for value in spoken_to_the_student.values():
        for sentence in value if isinstance(value, list) else [value]:
            for hard in ("droit à rien", "inéligible", "refus", "rejet", "ineligible", "rejected"):
                assert hard not in str(sentence).lower()


def test_verdict_notes_explain_a_failed_age() -> None:
    older = result(age=30)
    assert (
        "1er\u00a0septembre" in older["verdict_notes"][0]
        or "1er septembre" in older["verdict_notes"][0]
    )
    assert any(source["id"] == "S12" for source in criterion(older, "age")["sources"])
    assert result()["verdict_notes"][0] != older["verdict_notes"][0]
    # The 28th birthday between 1 September and the start: the SRI first of all.
    between = result(age=None, birth_date=date(1998, 12, 1))
    before = result(age=None, birth_date=date(1998, 8, 1))
    on_the_day = result(age=None, birth_date=date(1998, 9, 1))
    assert "1er septembre 2026" in with_plain_blanks(between["verdict_notes"][0])
    assert before["verdict_notes"][0] == on_the_day["verdict_notes"][0] == older["verdict_notes"][0]
    assert between["verdict_notes"][0] != before["verdict_notes"][0]


def test_age_reason_says_that_the_start_day_is_our_reading() -> None:
    for age in (21, 30):
        assert "nous prenons le jour du départ" in criterion(result(age=age), "age")["reason"]


def test_establishment_has_the_notes_and_sources_of_its_kind() -> None:
    public = criterion(result(), "establishment")
    private = criterion(result(establishment="private_accredited"), "establishment")
    assert len(public["notes"]) == 1
    assert "diplôme national" in public["notes"][0]
    assert "contingent" in private["notes"][0]
    assert "diplôme national" in private["notes"][1]
    assert {source["id"] for source in private["sources"]} == {"S1", "S2", "S13", "S25"}
    other = criterion(result(establishment="other_ministry"), "establishment")
    for amount in ("400\u00a0€", "152\u00a0€"):
        assert amount in other["notes"][0]
    assert {source["id"] for source in other["sources"]} == {"S1", "S14", "S15"}
    assert "habilit" in criterion(result(establishment="private_other"), "establishment")["reason"]
    assert "échange" in criterion(result(establishment="abroad"), "establishment")["reason"]


def test_presumed_answers_are_noted_on_their_criteria() -> None:
    document = result(stay=None, in_curriculum=None, months_received=None)
    assert document["assumed"] == ["stay", "in_curriculum", "months_received"]
    assert any("Supposé" in note for note in criterion(document, "stay")["notes"])
    assert any("Supposé" in note for note in criterion(document, "entitlement")["notes"])
    assert "Supposé" not in full_text()


def test_provisional_figures_are_never_shown_as_published() -> None:
    assert "provisoires" in full_text()
    assert "provisoire" in result()["budget"]["note"]
    published: dict[str, Any] = {"start": date(2025, 10, 1), "end": date(2026, 2, 28)}
    assert "provisoire" not in full_text(**published)
    unknown = result(start=None, end=None)
    assert unknown["rules"]["academic_year"] is None
    assert "dernière année connue" in unknown["rules"]["note"]


def test_quotes_are_those_of_the_year() -> None:
    stay: dict[str, Any] = {"start": date(2023, 10, 1), "end": date(2024, 2, 28)}
    text = full_text(**stay)
    assert "entre 2 mois consécutifs et 9 mois consécutifs" in text
    assert "10 mois" not in text
    assert "2025-2026" not in text.replace("IAE Metz (2025-2026)", "")  # the date of an example


def test_estimate_is_one_amount_or_a_range_with_its_reason() -> None:
    one = result(start=date(2025, 10, 1), end=date(2026, 2, 28))["estimate"]
    assert one["text"].startswith(
        "jusqu’à 2\u202f000\u00a0€\u00a0: 5\u00a0mensualités de 400\u00a0€ au plus"
    )
    assert len(one["notes"]) == 2
    spread = result()["estimate"]
    assert "jusqu’à 2\u202f000\u00a0€" in spread["text"]
    assert "2\u202f400\u00a0€ si le mois entamé est payé" in spread["text"]
    assert any("mois incomplet" in note for note in spread["notes"])
    capped = result(months_received=8)["estimate"]
    assert any("reste 2\u00a0mois" in note for note in capped["notes"])
    hoped = result(establishment=None)["estimate"]
    assert any("favorables" in note for note in hoped["notes"])


@pytest.mark.parametrize(
    ("today", "sentence", "late", "departed"),
    [
        (date(2026, 7, 1), "Il te reste 14 jours", False, False),
        (date(2026, 7, 14), "Il te reste 1 jour", False, False),
        (date(2026, 7, 15), "aujourd’hui", False, False),
        (date(2026, 7, 16), "il y a 1 jour", True, False),
        (date(2027, 1, 14), "il y a", True, False),
        (date(2027, 1, 15), "ton séjour a commencé", False, True),
        (date(2028, 1, 1), "ton séjour est terminé", False, True),
    ],
)
def test_reminder_counts_the_days_to_the_advised_start(
    today: date, sentence: str, late: bool, departed: bool
) -> None:
    reminder = result(today)["reminder"]
    assert sentence in with_plain_blanks(reminder["text"])
    assert (reminder["late"], reminder["departed"]) == (late, departed)
    assert "retard" not in reminder["text"]


def test_past_advice_is_not_an_instruction() -> None:
    short: dict[str, Any] = {"start": date(2027, 1, 15), "end": date(2027, 1, 20)}
    assert result(**short)["advice"][0]["text"] == "Reviens au plus tôt le 14\u00a0février 2027."
    gone = result(date(2028, 1, 1), **short)["advice"][0]["text"]
    assert gone == "Il aurait fallu revenir au plus tôt le 14\u00a0février 2027."


def test_pending_scholarship_is_to_check_and_names_the_crous() -> None:
    document = result(echelon=None, scholarship="pending")
    assert document["verdict"] == "undetermined"
    assert document["missing"] == []
    assert criterion(document, "scholarship")["status"] == "to_check"
    assert "Crous" in criterion(document, "scholarship")["reason"]
    assert "vérifier" in document["headline"]
    assert "Crous" in document["next_steps"][0]
    both = result(echelon=None, scholarship="pending", establishment=None)
    assert "il manque" in both["headline"]
    assert "vérifier" in both["headline"]


def test_age_reason_over_the_limit_explains_the_disability_question() -> None:
    reason = criterion(result(age=30, disability=None), "age")["reason"]
    assert "30\u00a0ans" in reason
    assert "handicap" in reason


def test_cumulation_follows_the_answers() -> None:
    def notes(**changes: Any) -> dict[str, Any]:
        return {grant["code"]: grant for grant in result(**changes)["cumulation"]}

    yes, no, unknown = notes(erasmus=True, merit=True), notes(erasmus=False, merit=False), notes()
    for code in ("erasmus_plus", "merit_aid"):
        assert len({grants[code]["note"] for grants in (yes, no, unknown)}) == 3
    assert "demande-la" in no["erasmus_plus"]["note"]
    assert yes["merit_aid"]["amount_per_year"] == 900
    assert yes["bcs"]["amount_per_year"] == 3828
    old = notes(start=date(2024, 10, 1), end=date(2025, 2, 28), merit=True)
    assert old["merit_aid"]["amount_per_year"] is None
    assert old["bcs"]["amount_per_year"] is None
    assert "€" not in old["merit_aid"]["note"] + old["bcs"]["note"]
    assert "allocation" in notes(echelon=None, scholarship="annual_allowance")["bcs"]["note"]
    assert notes(echelon=None, scholarship="none")["bcs"]["note"]


def test_supplements_are_possible_never_promised() -> None:
    by_code = {ground["code"]: ground for ground in result(echelon="7", rural=False)["supplements"]}
    assert by_code["echelon_6_7"]["status"] == "met"
    assert by_code["echelon_6_7"]["monthly_amount"] is None
    assert "indicatif" in by_code["echelon_6_7"]["note"]
    assert by_code["rural"]["status"] == "not_met"
    assert by_code["priority_area"]["missing"] == ["priority_area"]
    assert "sig.ville.gouv.fr" in by_code["priority_area"]["note"]
