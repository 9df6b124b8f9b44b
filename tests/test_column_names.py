"""Names of columns: what offices call an answer is read, what is something else is not."""

import pytest

from ami_cli.answers import FIELDS
from ami_cli.batch.headers import answer_of
from ami_cli.column_names import (
    ambiguous_departures,
    fold_name,
    is_of_another,
    is_of_another_time,
    near_answer,
)
from ami_cli.words import LANGUAGES, words_of

READ = {
    "birth_date": (
        "Date de naissance", "Naissance - Date", "DATE_NAI_IND", "dateNaissance", "Né(e) le",
        "Date of Birth", "Date de\nnaissance", "Date de naissance (jj/mm/aaaa)*", "DOB",
        "DATNAISS", "Dt naiss.",
    ),
    "age": ("Âge", "Age au départ", "Age at departure"),
    "disability": ("RQTH", "Handicap (O/N)", "Situation de handicap", "Disability", "HANDICAP ?"),
    "scholarship": ("Boursier (O/N)", "Boursier ?", "boursier", "LIB_BRS", "Bourse CROUS",
                    "Statut boursier", "Boursier(e)", "Témoin boursier", "CROUS grant holder?",
                    "Person: Scholarship holder", "bourse.boursier", "Holder of a social grant"),
    "echelon": ("Echelon bourse", "COD_ECB", "echelonBourse", "Échelon (0bis-7)", "Échelon*",
                "Échelon de bourse", "Bourse : échelon", "CROUS grant level",
                "Level of scholarship"),
    "school": ("Etab. d'inscription", "Établissement d'origine", "Home institution", "Code UAI"),
    "establishment": ("Établissement", "Type d’établissement", "Establishment"),
    "stay": ("Type de mobilité", "Type mobilité", "Activity Type", "Nature du séjour",
             "Mobilité : type"),
    "start": ("Date de début", "Start date", "Date début mobilité", "DAT_DEB_MOB", "Séjour du",
              "Date de départ*", "Début (jj/mm/aaaa)", "Date de début de séjour", "DATDEB",
              "Dt déb."),
    "end": ("Date de fin", "End Date", "Date fin mobilité", "DAT_FIN_MOB", "Séjour au",
            "Date de retour", "Fin de séjour", "DATFIN", "Dt fin"),
    "destination": ("Pays d'accueil", "Receiving Country", "Pays de destination", "Host country",
                    "Séjour : pays", "mobilite.pays.code", "Stay: Country", "PAYS_DEST"),
    "months_received": ("Mois AMI déjà perçus", "Mois déjà perçus", "Nombre de mois perçus",
                        "Mensualités déjà perçues", "Months already received"),
    "commune": ("Commune parents", "Adresse fixe - Commune", "Code INSEE", "Commune du foyer",
                "Person: Home address city", "Student: Home address town", "Home postcode"),
    "rural": ("Zone rurale", "ZRR", "Rural area"),
    "priority_area": ("QPV", "Quartier prioritaire de la ville", "Priority neighbourhood"),
    "erasmus": ("Bourse Erasmus+", "Erasmus+ (O/N)", "Erasmus grant", "Bourse (Erasmus)"),
    "erasmus_monthly": ("Erasmus+ par mois", "Montant mensuel Erasmus", "Bourse Erasmus mensuelle"),
    "merit": ("Aide au mérite", "Mérite", "Merit aid"),
}  # fmt: skip
# Something else, and the answer that is asked about.
NOT_READ = {
    "Etab. d'accueil": None,
    "Établissement (accueil)": None,
    "Établissement d'accueil": None,
    "Pays de naissance": None,
    "Commune de naissance": None,
    "Date de naissance du conjoint": None,
    "Commune (établissement)": None,
    "Receiving Organisation OID": None,
    "Nom": None,
    "Durée (mois)": None,
    "Mois AMI restants": None,
    "Date début LA": "start",
    "Bourse (montant)": None,
    "Destination (vœu 1)": None,
    "Naissance : lieu": None,
    "Date de mobilité": "start",
    "Étab.": "school",
    "Pays": "destination",
    "code_pays_accueil": "destination",
    "From": "start",
    "To": "end",
    "Grant holder": "scholarship",
    "Erasmus grant holder": "erasmus",
    "Situation bourse": "scholarship",
    "Current address city": "commune",
    "Person: Address postcode": "commune",
    "Host address city": None,
    "Date d'arrivée": "start",
    "Besoins spécifiques": "disability",
    "Programme d'échange": "stay",
    "COD_BRS": "scholarship",
    "Mois perçus (2024-2025)": "months_received",
    "Âge au 1er septembre": "age",
    "date_naissanc": "birth_date",
    "Code postal": "commune",
    "Fin de contrat": "end",
    "Date de début (bourse)": None,
    "Date de début (convention)": "start",
    "Date de début (contrat)": None,
    "Date de fin (inscription)": None,
    "Fin (assurance)": None,
    "Début (cours de langue)": None,
    "Mois perçus (Erasmus)": None,
    "Scholarship (Erasmus)": None,
    "Boursier (demande)": "scholarship",
    "Boursier (refusé)": "scholarship",
    "Bourse (mobilité)": None,
    "Bourse (AMI)": None,
    "Échelon (bourse régionale)": None,
    "RQTH (demande)": "disability",
    "RQTH (date de fin)": "disability",
    "Établissement (séjour)": None,
    "Commune (logement)": None,
    "Commune (temporaire)": None,
}


@pytest.mark.parametrize("answer", READ)
def test_names_that_offices_use_are_read(answer: str) -> None:
    for name in READ[answer]:
        spellings = [name, f"{name} *", f" {name} :"]
        if " " in name:  # case tells the words of « dateNaissance »
            spellings += [name.upper(), name.lower(), name.replace(" ", "_")]
        assert {answer_of(spelling) for spelling in spellings} == {answer}, name


@pytest.mark.parametrize("name", NOT_READ)
def test_names_of_something_else_are_not_read_and_near_ones_are_asked_about(name: str) -> None:
    assert answer_of(name) is None
    assert near_answer(name) == NOT_READ[name]


def test_bracket_that_says_the_same_as_the_name_is_dropped() -> None:
    own = {
        "Date de début (mobilité)": "start", "Destination (mobilité)": "destination",
        "Boursier (bourse en cours)": "scholarship", "Mois perçus (AMI)": "months_received",
        "Date de fin (AMI)": "end", "RQTH (étudiant en mobilité)": "disability",
    }  # fmt: skip
    assert {name: answer_of(name) for name in own} == own


OF_ANOTHER = {
    "Destination": ("establishment", "school", "commune"),
    "Mobilité": ("establishment", "scholarship"),
    "Séjour": ("establishment", "priority_area"),
    "Bourse régionale": ("scholarship", "echelon"),
    "Cours de langue": ("start", "end"),
    "Logement": ("commune", "start"),
    "Erasmus+": ("months_received", "scholarship"),
}
OF_THE_SAME = {
    "Destination": ("destination", "start"),
    "Mobilité": ("start", "end", "stay", "birth_date", "disability", "erasmus", "in_curriculum"),
    "Étudiant en mobilité": ("scholarship", "commune", "establishment"),
    "Bourse en cours": ("scholarship", "echelon"),
    "Erasmus+": ("start", "end", "destination"),
}


def test_title_of_a_group_says_what_its_columns_are_about() -> None:
    for title, answers in OF_ANOTHER.items():
        assert [name for name in answers if not is_of_another(title, name)] == [], title
    for title, answers in OF_THE_SAME.items():
        assert [name for name in answers if is_of_another(title, name)] == [], title


def test_title_of_a_group_may_be_that_of_another_year_or_wish() -> None:
    for title in ("Année N-1", "2024-2025", "Bourse 2025", "Vœu 2", "Voeux", "Choix n° 2"):
        assert is_of_another_time(title, "echelon"), title
    for title in ("Bourse", "Séjour", "Étudiant", "Échelon 0 à 7"):
        assert not is_of_another_time(title, "echelon"), title
    # A day tells its year itself.
    assert not is_of_another_time("Séjour 2026-2027", "start")
    assert is_of_another_time("Vœu 2", "start")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_labels_of_the_program_are_names(lang: str) -> None:
    for answer in FIELDS:
        assert answer_of(words_of(lang)(f"labels.{answer.name}")) == answer.name


def test_departure_beside_an_arrival_is_ambiguous_unless_an_end_is_known() -> None:
    assert ambiguous_departures(("Date de départ", "Date d'arrivée")) == {"Date de départ"}
    assert ambiguous_departures(("Arrival date", "Departure date")) == {"Departure date"}
    assert ambiguous_departures(("Dt départ", "Date d'arrivée")) == {"Dt départ"}
    assert ambiguous_departures(("Date de départ", "Date d'arrivée", "Retour")) == set()
    assert ambiguous_departures(("Date de départ", "Date de retour")) == set()


def test_text_longer_than_a_thousand_characters_is_no_name() -> None:
    text = "âge" + "\u0301\u0323" * 250_000
    assert (fold_name(text), answer_of(text), near_answer(text)) == ("", None, None)
