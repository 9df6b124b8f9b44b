"""Tests the message to the international office: what it says, and what it never says."""

from datetime import date
from typing import Any

import pytest

from ami_cli import Answers, assess
from ami_cli.rules.assess import without_health
from ami_cli.views.mail import mail_text
from ami_cli.words import LANGUAGES
from tests.conftest import TODAY
from tests.pages import CASES, with_plain_blanks
from tests.views.test_brief import STUDENT


def message(lang: str = "fr", health: bool = False, **changes: Any) -> str:
    assessment = assess(Answers(**{**STUDENT, **changes}), today=TODAY)
    return mail_text(assessment if health else without_health(assessment), lang)


def test_message_is_ready_to_copy() -> None:
    assert message().replace("\u00a0", " ").replace("\u202f", " ") == (
        "Objet : Aide à la mobilité internationale, séjour du 15 février au 30 juin 2027\n"
        "\n"
        "Bonjour,\n"
        "\n"
        "Je prépare un séjour d’études à l’étranger ([pays], [établissement ou\n"
        "organisme d’accueil]) du 15 février au 30 juin 2027, dans le cadre de mon\n"
        "cursus. Je bénéficie d’une bourse sur critères sociaux, échelon 5. Je n’ai\n"
        "encore perçu aucun mois d’aide à la mobilité internationale (AMI).\n"
        "\n"
        "D’après la page officielle, je remplis les conditions. Pourriez-vous me dire :\n"
        "- s’il est encore possible de déposer une demande, et jusqu’à quelle date ;\n"
        "- combien de mensualités l’établissement accorde pour un tel séjour ;\n"
        "- où retirer le dossier, et quelles pièces joindre ;\n"
        "- si l’AMI se demande en même temps que la bourse Erasmus+ ?\n"
        "\n"
        "Merci d’avance,\n"
        "[prénom, nom, numéro étudiant, formation]\n"
    )


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_result_has_a_message_without_a_gender_or_a_hole(case: str, lang: str) -> None:
    assessment = without_health(assess(Answers(**CASES[case]), today=TODAY))
    text = mail_text(assessment, lang)
    assert "{" not in text
    for gendered in ("boursier", "boursière", "inscrit", "étudiante", "intéressé"):
        assert gendered not in text
    assert all(
        len(line) <= 78 for line in text.splitlines() if not line.startswith(("Objet", "Subject"))
    )


def test_health_is_told_only_when_asked() -> None:
    older: dict[str, Any] = {"birth_date": None, "age": 30}
    told = {message(**older, disability=answer) for answer in (None, True, False)}
    assert len(told) == 1
    assert "handicap" not in told.pop()
    assert "handicap" not in message(disability=True)
    with_health = with_plain_blanks(message(health=True, disability=True, **older))
    assert "Ma situation de handicap reconnue lève la limite d’âge." in with_health
    assert "si un supplément est possible (handicap)" in with_health


def test_message_for_an_english_reader_is_french_with_its_translation() -> None:
    both = message("en")
    assert both.startswith(message().rstrip())
    assert "(Translation, not to be sent)" in both
    assert "I hold a means-tested scholarship (BCS), échelon 5." in with_plain_blanks(both)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start": None, "end": None}, "du [date de départ] au [date de retour]"),
        ({"stay": "internship"}, "Je prépare un stage à l’étranger"),
        ({"stay": None, "in_curriculum": None}, "[un séjour d’études]"),
        ({"months_received": None}, "[Je n’ai encore perçu aucun mois"),
        ({"months_received": 9}, "si un dixième mois d’aide peut encore m’être versé"),
        ({"echelon": None, "scholarship": "pending"}, "j’attends la notification du Crous"),
        (
            {"echelon": None, "scholarship": "pending"},
            "un point à vérifier : la notification de ma bourse",
        ),
        ({"echelon": None}, "[Je bénéficie d’une bourse sur critères sociaux, échelon …, ou"),
        ({"echelon": None, "scholarship": "annual_allowance"}, "d’une allocation annuelle."),
        ({"school": None, "establishment": "private_accredited"}, "si notre établissement, privé"),
        ({"school": None}, "Je souhaite savoir si je remplis les conditions."),
        ({"end": date(2028, 2, 1)}, "du 15 février 2027 au 1er février 2028"),
        ({"start": date(2027, 7, 1), "end": date(2027, 7, 31)}, " du 1er au 31 juillet 2027"),
        (
            {"echelon": None, "scholarship": "none", "end": date(2027, 2, 20)},
            "il y a plusieurs difficultés : l’absence de bourse ou d’allocation et la durée",
        ),
        (
            {"echelon": None, "scholarship": "pending", "destination": "RE"},
            "il reste plusieurs points à vérifier : la notification de ma bourse et la destination",
        ),
        (
            {"end": date(2028, 2, 1)},
            "il y a une difficulté : la durée de mon séjour, trop longue. Avant de renoncer",
        ),
        ({"start": date(2026, 9, 1)}, "J’effectue actuellement un séjour d’études"),
        ({"start": date(2026, 2, 1), "end": date(2026, 6, 1)}, "J’ai effectué un séjour d’études"),
        ({"birth_date": date(1998, 1, 1)}, "J’aurai 29 ans le jour du départ."),
        ({"rural": True}, "si un supplément est possible (zone rurale), et de quel montant"),
    ],
)
def test_message_follows_the_answers(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in with_plain_blanks(message(**changes))


def test_message_does_not_ask_about_a_grant_that_is_not_asked_for() -> None:
    assert "Erasmus" not in message(erasmus=False, erasmus_monthly=None)


@pytest.mark.parametrize(
    ("country", "place"),
    [
        ("PT", "Je prépare un séjour d’études à l’étranger (Portugal, "),
        ("RE", "Je prépare un séjour d’études outre-mer (La Réunion, "),
        ("FR", "Je prépare un séjour d’études (France, "),
        (None, "Je prépare un séjour d’études à l’étranger ([pays], "),
    ],
)
def test_message_says_where_the_stay_is(country: str | None, place: str) -> None:
    assert place in " ".join(message(destination=country).split())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scholarship": "pending", "echelon": "6"}, "sociaux (échelon 6 annoncé)"),
        (
            {"birth_date": date(1996, 1, 1), "health": True},
            "mon âge (la fiche F380 de service-public.fr",
        ),
        ({"in_curriculum": False}, "comme une césure ou un stage facultatif, peut être aidé"),
        ({"end": date(2028, 6, 1)}, "si les 10 premiers mois d’un séjour plus long"),
    ],
)
def test_message_asks_what_no_text_settles(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in with_plain_blanks(" ".join(message(**changes).split()))
