"""Tests the sentences of the result: those that must be there and those that must not."""

import re
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
                assert hard not in re.sub(r"\{\w+\}", "", str(sentence)).lower()


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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_says_a_word_twice_in_a_row(lang: str) -> None:
    documents = [document_of(case, lang) for case in CASES]
    for document in (*documents, result(lang=lang, age=27), result(date(2030, 1, 1), lang)):
        for text in texts(document):
            # A figure has its unit already: « 28 ans », never « 28 ans ans ».
            assert not re.search(r"\b([^\W\d]+)\s+\1\b", text), text


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


@pytest.mark.parametrize(
    "today", [date(2026, 7, 15), date(2026, 7, 16), date(2027, 1, 15), date(2028, 1, 1)]
)
def test_reminder_asks_nothing_where_a_condition_fails(today: date) -> None:
    orders = re.compile("écris|commence tes|demande", re.I)
    assert orders.search(result(today)["reminder"]["text"])
    failing = result(today, months_received=10)["reminder"]["text"]
    assert not orders.search(failing)
    assert "conseill" in failing


def test_day_of_the_scholarship_is_in_the_past_once_it_is_over() -> None:
    turns: dict[str, Any] = {"age": None, "birth_date": date(1998, 12, 1)}
    assert "Au 1er septembre 2026, tu avais moins de 28 ans" in full_text(**turns)
    assert "tu auras moins de 28 ans" in full_text(date(2026, 8, 31), **turns)
    assert "On 1 September 2026, you were under 28" in full_text(lang="en", **turns)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "changes",
    [
        {"age": 31},
        {"age": 31, "destination": "RE"},
        {"age": 31, "establishment": None},
        {"age": None},
        {"age": None, "start": None},
    ],
)
def test_disability_that_is_not_told_is_never_said_to_lack(
    changes: dict[str, Any], lang: str
) -> None:
    document = result(lang=lang, disability=None, **changes)
    assert "disability" in document["missing"]
    lacking = words_of(lang)("missing.disability")
    assert not [text for text in texts(document) if lacking in text]
    step = words_of(lang)("next_steps.complete_disability")
    assert (step in document["next_steps"]) == (document["missing"] == ["disability"])


def test_scholarship_of_a_school_that_pays_none_is_not_said_to_be_kept() -> None:
    for establishment in ("private_other", "abroad"):
        note = result(establishment=establishment)["cumulation"][0]["note"]
        assert note == words_of("fr")(f"notes.bcs_{establishment}")


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
    assert "Il manque" in both["headline"]
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


# --- what other texts and practice say ------------------------------------------------------------


def sources_of(part: Any) -> set[str]:
    return {source["id"] for source in part}


def test_doubt_about_private_institutions_stands_beside_the_verdict() -> None:
    document = result(establishment="private_accredited")
    assert document["verdict"] == "eligible"
    assert "circulaire de 2022" in document["verdict_notes"][0]
    assert "en 2024" in document["verdict_notes"][0]
    assert "diplôme national" not in " ".join(document["verdict_notes"])


def test_age_note_follows_what_is_held() -> None:
    allowance = result(age=30, echelon=None, scholarship="annual_allowance")
    assert "35\u00a0ans" in allowance["verdict_notes"][0]
    assert {"S24", "S2"} <= sources_of(criterion(allowance, "age")["sources"])
    assert "ne fixe aucun âge" in result(age=30)["verdict_notes"][0]


def test_two_answers_that_cannot_both_be_true_are_said() -> None:
    both = result(establishment="private_other")
    assert "l’une de tes deux réponses" in both["verdict_notes"][0]
    none = result(establishment="private_other", echelon=None, scholarship="none")
    assert "deux réponses" not in " ".join(none["verdict_notes"])


def test_tenth_month_is_in_the_reason() -> None:
    entitlement = criterion(result(months_received=9), "entitlement")
    assert "aucun texte lu ne dit" in entitlement["reason"]
    assert sources_of(entitlement["sources"]) == {"S1", "S2", "S8"}


def test_amount_names_the_fewest_payments_where_a_text_gives_them() -> None:
    assert "au moins 1 si ta candidature est retenue" in result()["estimate"]["text"]
    one = result(start=date(2027, 3, 1), end=date(2027, 3, 31))["estimate"]["text"]
    assert one == "jusqu’à 400\u00a0€\u00a0: 1\u00a0mensualité de 400\u00a0€ au plus"
    older = result(start=date(2023, 10, 1), end=date(2024, 2, 29))["estimate"]["text"]
    assert "au moins" not in older
    thirty_days = result(start=date(2027, 3, 1), end=date(2027, 3, 30))["estimate"]["text"]
    assert thirty_days.endswith(
        "1\u00a0mensualité de 400\u00a0€ au plus, si le mois entamé est payé"
    )


def test_scales_of_institutions_are_dated_examples() -> None:
    estimate = result()["estimate"]
    assert {"S22", "S29"} <= sources_of(estimate["sources"])
    (scales,) = (note for note in estimate["notes"] if "Tours" in note)
    assert "par exemple" in scales
    assert "2023-2024" in scales


def test_one_month_more_is_said_when_near() -> None:
    near = result(start=date(2027, 1, 15), end=date(2027, 6, 30))["estimate"]
    assert "14\u00a0juillet 2027" in near["notes"][-1]
    assert "2\u202f400\u00a0€" in near["notes"][-1]
    far = result(start=date(2027, 1, 15), end=date(2027, 6, 20))["estimate"]
    assert "juillet" not in " ".join(far["notes"])


def test_long_stay_is_not_simply_sent_home() -> None:
    (advice,) = result(start=date(2027, 1, 15), end=date(2028, 6, 20))["advice"]
    assert "10 premiers mois d’un séjour plus long" in advice["text"]
    assert sources_of(advice["sources"]) == {"S28"}


def test_advice_on_a_scholarship_says_when_and_for_whom() -> None:
    (advice,) = result(echelon=None, scholarship="none")["advice"]
    for words in ("13\u00a0mars 2025", "31\u00a0mai 2025", "apprentis", "Région", "toute l’année"):
        assert words in advice["text"]
    assert sources_of(advice["sources"]) == {"S12", "S18", "S24"}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("today", "start", "count"),
    [
        (date(2026, 11, 23), "contact", 6),
        (date(2027, 2, 1), "contact_late", 4),
        (date(2027, 7, 1), "contact_late", 3),
    ],
)
def test_next_steps_are_those_of_the_stage(lang: str, today: date, start: str, count: int) -> None:
    document, words = result(today, lang), words_of(lang)
    steps = document["next_steps"]
    assert len(steps) == count
    assert steps[0] == words(f"next_steps.{start}")
    assert steps[-1] == words("next_steps.cut_short")
    quotes = [source["quote"] for source in document["next_steps_sources"]]
    asks_for_a_file = any("retirer un dossier" in (quote or "") for quote in quotes)
    assert asks_for_a_file is (start == "contact")
    assert "dépôt de la candidature" not in " ".join(steps) or start == "contact"


def test_erasmus_may_be_refused_and_lasts_two_months() -> None:
    def note(**changes: Any) -> Any:
        return {grant["code"]: grant for grant in result(**changes)["cumulation"]}["erasmus_plus"]

    assert "certains établissements n’ajoutent pas" in note()["note"]
    assert {"S22", "S30"} <= sources_of(note()["sources"])
    assert "2\u00a0mois au moins" not in note()["note"]
    short = note(start=date(2027, 3, 1), end=date(2027, 4, 15))
    assert "2\u00a0mois au moins" in short["note"]
    assert "S31" in sources_of(short["sources"])
    # The note of a supplement that is possible gives the same figure.
    assert "250" in note()["note"]
    assert "250" not in note(rural=True)["note"]


def test_budget_names_what_is_not_certain() -> None:
    next_year: dict[str, Any] = {"start": date(2027, 9, 15), "end": date(2028, 2, 14)}
    assert "renouvelée" in result(**next_year)["budget"]["note"]
    assert "renouvelée" not in result()["budget"]["note"]
    pending = result(scholarship="pending", echelon="3")["budget"]["note"]
    assert "si le Crous te l’accorde" in pending
    summer: dict[str, Any] = {"start": date(2027, 5, 1), "end": date(2027, 7, 31)}
    assert "juillet et en août" in result(**summer)["budget"]["note"]
    assert "juillet et en août" not in result()["budget"]["note"]
