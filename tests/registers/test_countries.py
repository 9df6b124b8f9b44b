"""Countries: every code and name in several spellings, other names, ambiguous and near ones."""

import csv
from pathlib import Path

import pytest

from ami_cli.answers import COUNTRIES, FIELD
from ami_cli.failures import InvalidAnswers
from ami_cli.reading import read, suggestion
from ami_cli.registers import countries
from ami_cli.registers.countries import DATA, OTHER_NAMES, completions, find, near
from ami_cli.registers.spelling import fold
from ami_cli.words import words_of
from ami_cli.words.problems import describe


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


ROWS = rows_of(DATA)
OVERSEAS = "GP MQ GF RE YT PM BL MF WF PF NC TF"


def read_country(text: str) -> str:
    """Return the code, or the code of the problem."""
    try:
        return str(read("destination", text))
    except InvalidAnswers as invalid:
        return invalid.problems[0].code


def test_the_codes_of_the_answer_are_those_of_the_register() -> None:
    assert sorted(row["code"] for row in ROWS) == list(COUNTRIES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["code"])
def test_every_country_is_read_from_its_codes_and_names_in_any_spelling(
    row: dict[str, str],
) -> None:
    code = row["code"]
    for written in (code, row["alpha3"], row["alpha3"].lower(), f"{row['french']} ({code})"):
        assert read_country(written) == code
    for name in (row["french"], row["english"]):
        spellings = (name, name.upper(), fold(name), f"  {name} ", name.replace(" ", "_"))
        assert {read_country(spelling) for spelling in spellings} == {code}
    if code not in ("NA", "NC"):  # in small letters these mean "not answered"
        assert read_country(code.lower()) == code


def test_a_code_in_capitals_is_no_word_for_not_answered() -> None:
    assert (read("destination", "NA"), read("destination", "NC")) == ("NA", "NC")
    for word in ("na", "nc", "N/A", "-"):
        assert read("destination", word) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Angleterre", "GB"),
        ("l’Écosse", "GB"),
        ("pays de galles", "GB"),
        ("Irlande du Nord", "GB"),
        ("Irlande", "IE"),
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("les États-Unis", "US"),
        ("etats unis d'amerique", "US"),
        ("Hollande", "NL"),
        ("the Netherlands", "NL"),
        ("aux Pays-Bas", "NL"),
        ("Corée du Sud", "KR"),
        ("Korea, Republic of", "KR"),
        ("RDC", "CD"),
        ("Congo (Rép. dém.)", "CD"),
        ("République du Congo", "CG"),
        ("Guinée", "GN"),
        ("Guinée-Bissau", "GW"),
        ("République tchèque", "CZ"),
        ("Czech Republic", "CZ"),
        ("Turkey", "TR"),
        ("Vietnam", "VN"),
        ("Viet Nam", "VN"),
        ("Île Maurice", "MU"),
        ("Hong Kong", "HK"),
        ("Québec", "CA"),
        ("en Géorgie", "GE"),
        ("Niger", "NE"),
        ("Nigéria", "NG"),
        ("Dominique", "DM"),
        ("Rép. dominicaine", "DO"),
        ("Guyane", "GF"),
        ("Guyana", "GY"),
        ("Tahiti", "PF"),
        ("la réunion", "RE"),
        ("Corse", "FR"),
        ("ES - Espagne", "ES"),
        ("Japon (JPN)", "JP"),
    ],
)
def test_usual_other_names_are_read(text: str, code: str) -> None:
    assert read_country(text) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Congo", "CG CD"),
        ("Corée", "KR KP"),
        ("Korea", "KR KP"),
        ("Îles Vierges", "VG VI"),
        ("outre-mer", OVERSEAS),
    ],
)
def test_a_name_of_several_countries_is_asked_about(text: str, codes: str) -> None:
    assert [country.code for country in find(text)] == codes.split()
    with pytest.raises(InvalidAnswers) as refused:
        read("destination", text)
    for lang in ("fr", "en"):
        fix = describe(refused.value.problems[0], words_of(lang))["fix"]
        for code in codes.split():
            assert f"{countries.title(code, lang)} ({code})" in fix


@pytest.mark.parametrize(
    "text", ["Atlantide", "Europe", "Amérique", "Espagne (PT)", "Lyon", "42", "PTT"]
)
def test_no_other_text_is_a_country(text: str) -> None:
    assert read_country(text) == "no_such_country"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("Portugual", "Portugal"), ("Alemagne", "Allemagne"), ("Atlantide", None)),
        *(("Madrid, Espagne", "Espagne"), ("Londres (Royaume Uni)", "Royaume-Uni")),
        *(("Bruxelles", None), ("Espagne, Atlantide", "Espagne")),
    ],
)
def test_a_near_name_is_suggested_and_never_taken(text: str, name: str | None) -> None:
    assert read_country(text) == "no_such_country"
    assert near(text) == suggestion(FIELD["destination"], text) == name
    with pytest.raises(InvalidAnswers) as refused:
        read("destination", text)
    fix = describe(refused.value.problems[0], words_of("fr"))["fix"]
    assert name is None or name in fix
    assert ("Tu voulais" in fix) == (name is not None)


def test_every_other_name_means_what_it_says_and_no_name_has_two_entries() -> None:
    names = [row["name"] for row in rows_of(OTHER_NAMES)]
    assert len({fold(name) for name in names}) == len(names)
    for row in rows_of(OTHER_NAMES):
        assert [country.code for country in find(row["name"])] == row["codes"].split()


def test_names_are_completed_in_the_language_of_the_reader() -> None:
    assert completions("roy", "fr") == ["Pays-Bas", "Royaume-Uni"]
    assert completions("royaume", "en") == ["Netherlands", "United Kingdom"]
    assert completions("coree", "fr") == ["Corée du Nord", "Corée du Sud"]
    assert completions("", "fr") == completions("zzz", "fr") == []
