"""Reading: every documented word is read, everything else is refused, and no text is shown."""

import traceback
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_cli import Answers
from ami_cli.answers import EARLIEST_DATE, FIELD, FIELDS, LATEST_DATE, Kind
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.reading import accepted_words, read, read_date, suggestion
from ami_cli.registers.spelling import fold
from tests.runner import ami
from tests.sizes import examples

NAMES = tuple(each.name for each in FIELDS)
YES_NO = tuple(each.name for each in FIELDS if each.kind is Kind.YES_NO)
CHOICES = tuple(each.name for each in FIELDS if each.kind is Kind.CHOICE)
NUMBERS = ("age", "months_received", "erasmus_monthly")
DATES = ("birth_date", "start", "end")
NAMED = ("school", "commune")


def refused(name: str, text: str) -> Problem:
    """The one problem of a text that is no value of an answer."""
    with pytest.raises(InvalidAnswers) as error:
        read(name, text)
    (problem,) = error.value.problems
    assert problem.field == name
    return problem


def spellings(word: str) -> Iterator[str]:
    """A word as people type it: case, padding, accents, `_` and `-` for spaces."""
    yield from (word, word.upper(), word.capitalize(), f"  {word}\t")
    yield from (word.replace(" ", "_"), word.replace(" ", "-"), word.replace(" ", "  "))
    yield word.replace(" ", "\u00a0").replace("'", "’")


# --- accepted words and forms ---------------------------------------------------------------------

YES = ("oui", "o", "yes", "y", "vrai", "true", "1", "x", "1.0", "1,0", "✓", "✔", "✔\ufe0f", "✅")
NO = ("non", "n", "no", "faux", "false", "0", "0.0", "0,0")
BLANK = [
    *("", "?", "inconnu", "nsp", "n/a", "na", "null", "je ne sais pas", "-", "–", "—", "/"),
    *("nc", "non communiqué", "sans objet", "'-", "à préciser"),
]
WORDS: dict[str, dict[str, list[str]]] = {
    "scholarship": {
        "bcs": [
            *("bcs", "boursier", "boursière", "bourse sur critères sociaux", "oui", "o", "true"),
            *("1", "1.0", "Boursier(e)", "boursier·ère", "Boursier (O)", "Boursier CROUS"),
            *("bourse sur critères sociaux (BCS)", "BCS définitive", "BCS 5", "Oui (échelon 5)"),
            *("Boursier échelon 0 bis", "bcs6", "Échelon 5", "Ech. 0bis", "Boursière du Crous"),
            *("Oui (Crous)", "boursier·e", "Boursière sur critères sociaux"),
        ],
        "annual_allowance": [
            *("annual-allowance", "annual_allowance", "allocation annuelle", "ASAA"),
            "aide spécifique annuelle",
        ],
        "pending": [
            *("pending", "en attente", "en cours", "demandée", "En attente Crous"),
            *("BCS conditionnelle", "provisoire (conditionnel)", "notification en cours"),
            "En attente de notification",
        ],
        "none": [
            *("none", "non", "n", "0", "faux", "aucune", "aucun", "non boursier", "NB", "refusée"),
            *("non boursière", "néant", "non boursier·e", "Non boursier·ère", "pas boursier"),
        ],
    },
    "echelon": {
        "0bis": [
            *("0bis", "0 bis", "échelon 0bis", "échelon 0 bis", "Éch. 0 bis", "bcs 0bis"),
            "boursier échelon 0 bis",
        ],
        **{
            str(rank): [
                *(f"{rank}", f"échelon {rank}", f"echelon {rank}", f"{rank}.0", f"{rank},0"),
                *(f"Ech. {rank}", f"ech{rank}", f"échelon n°{rank}", f"E{rank}", f"0{rank}"),
                *(f"BCS {rank}", f"BCS{rank}", f"Boursier échelon {rank}", f"échelon 0{rank}"),
            ]
            for rank in range(1, 8)
        },
    },
    "establishment": {
        "public": ["public", "université publique"],
        "private_accredited": ["private-accredited", "privé habilité"],
        "private_other": ["private-other", "privé non habilité"],
        "other_ministry": [
            *("other-ministry", "autre ministère", "agriculture", "culture", "défense"),
            *("armées", "santé", "ministère de la Culture"),
        ],
        "abroad": ["abroad", "étranger", "à l'étranger"],
    },
    "stay": {
        "study": [
            *("study", "étude", "études", "échange", "séjour d'études", "SMS", "SMS - Études"),
            *("mobilité d'étude", "Erasmus+ Études", "HE-SMS-L", "student mobility for studies"),
            *("Student (study)", "semestre d'échange"),
            "Student mobility for studies in Programme Countries",
        ],
        "internship": [
            *("internship", "stage", "stages", "SMP", "SMT", "SMP - Stage", "HE-SMT-L"),
            *("Mobilité de stage", "stage obligatoire", "student mobility for traineeships"),
            *("Student (internship)", "Stage ingénieur", "stage de recherche"),
            "Stage de fin d'études",
        ],
        "other": ["other", "autre"],
    },
}
OF_YES_NO: dict[str, tuple[list[str], list[str]]] = {
    "disability": (
        ["RQTH", "oui RQTH", "handicapé", "Reconnu"],
        ["aucun", "néant", "sans handicap"],
    ),
    "in_curriculum": (["obligatoire", "crédité"], []),
    "rural": (["ZRR", "FRR", "FRR+", "zone rurale", "rural"], ["urbain"]),
    "priority_area": (["QPV", "QP069012", "QN06901M"], ["hors QPV"]),
    "erasmus": (["Erasmus+", "KA131"], []),
    "merit": ([], []),
}


@pytest.mark.parametrize(("words", "value"), [(YES, True), (NO, False)])
@pytest.mark.parametrize("name", YES_NO)
def test_yes_and_no_words_are_read(name: str, words: tuple[str, ...], value: bool) -> None:
    for word in words:
        for spelling in spellings(word):
            assert read(name, spelling) is value, spelling


@pytest.mark.parametrize("name", YES_NO)
def test_words_of_one_yes_no_question_are_no_words_of_another(name: str) -> None:
    for owner, words in OF_YES_NO.items():
        for word, value in [(word, True) for word in words[0]] + [
            (word, False) for word in words[1]
        ]:
            if owner == name:
                for spelling in spellings(word):
                    assert read(name, spelling) is value, spelling
            else:
                assert refused(name, word).code == "not_yes_no"


@pytest.mark.parametrize("name", NAMES)
def test_not_answered_words_are_read_for_every_answer(name: str) -> None:
    for word in BLANK:
        for spelling in spellings(word):
            if name != "destination" or spelling not in ("NA", "NC"):  # codes of countries
                assert read(name, spelling) is None, spelling
    assert read(name, " \t\u00a0 ") is None


def test_none_is_an_option_of_the_scholarship_only() -> None:
    assert read("scholarship", "none") == read("scholarship", "aucune") == "none"
    for name in set(NAMES) - {"scholarship", *NAMED}:
        assert refused(name, "none").params["value"] == "none"
    for name in NAMED:  # a name like another
        assert (read(name, "none"), read(name, "aucune")) == ("none", "aucune")


def test_no_scholarship_in_the_column_of_the_level_is_no_level() -> None:
    for word in ("non", "NB", "non boursier", "néant", "sans objet", "/"):
        assert read("echelon", word) is None


@pytest.mark.parametrize(
    ("name", "text", "number"),
    [
        *(("age", text, 21) for text in ("21 ans", "21ans", "21,0 ans", "21 years old")),
        *(
            ("months_received", text, 3)
            for text in ("3 mois", "3mois", "3,0 mois", "3 mensualités")
        ),
        *(("months_received", text, 0) for text in ("aucun", "néant", "Non", "jamais", "0 mois")),
        *(("erasmus_monthly", text, 250) for text in ("250 €", "250,00€", "250 EUR", "250 €/mois")),
        ("erasmus_monthly", "1\u202f250 €", 1250),
    ],
)
def test_number_with_its_unit_is_read(name: str, text: str, number: int) -> None:
    assert read(name, text) == number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Lyon 1", "Lyon 1"),
        ("  L’Haÿ-les-Roses\t", "L’Haÿ-les-Roses"),
        ("Université\u00a0 de\r\n\u202fPoitiers", "Université de Poitiers"),
        ("0691774D", "0691774D"),
        ("01004", "01004"),
        ("UCA", "UCA"),
        ("Y", "Y"),
        ("1", "1"),
        ("non", "non"),
        ("a_b", "a_b"),
        ("é" * 200, "é" * 200),
        (f" {'é' * 200} ", "é" * 200),
    ],
)
@pytest.mark.parametrize("name", NAMED)
def test_name_is_unchanged_but_for_spaces(name: str, text: str, value: str) -> None:
    assert read(name, text) == value


@pytest.mark.parametrize("length", [201, 100_000])
@pytest.mark.parametrize("name", NAMED)
def test_name_longer_than_200_characters_is_refused(name: str, length: int) -> None:
    problem = refused(name, "n" * length)
    assert (problem.code, problem.params["value"]) == ("not_a_name", "n" * length)


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        (name, value, word)
        for name, values in WORDS.items()
        for value, words in values.items()
        for word in words
    ],
)
def test_word_of_a_choice_is_read_in_every_spelling(name: str, value: str, word: str) -> None:
    for spelling in spellings(word):
        assert read(name, spelling) == value, spelling


@pytest.mark.parametrize(
    ("text", "number"),
    [("3", 3), ("3.0", 3), ("3,0", 3), ("3,00", 3), (" 3 ", 3), ("0", 0), ("03", 3), ("60", 60)],
)
@pytest.mark.parametrize("name", NUMBERS)
def test_whole_number_is_read(name: str, text: str, number: int) -> None:
    value = read(name, text)
    assert value == number
    assert type(value) is int


@pytest.mark.parametrize(
    "text",
    [
        *("2027-01-15", "15/01/2027", "15-01-2027", "15.1.2027", "15.01.2027", "15/1/2027"),
        *("  2027-01-15\n", "2027-01-15T00:00", "2027-01-15T00:00:00", "2027-01-15 00:00:00"),
        *("2027-01-15T00:00:00.000", "15/01/2027 00:00", "2027-01-15T00:00Z"),
        *("2027-01-15T00:00:00+01:00", "2027-01-15 00:00:00 +0100", "15 janvier 2027"),
        *("15 JANV. 2027", "15-janv-2027", "15 January 2027", "January 15, 2027", "Jan 15th 2027"),
        *("vendredi 15 janvier 2027", "Friday, January 15, 2027"),
        *("le 15 janvier 2027", "Le vendredi 15 janv. 2027", "the 15th of January 2027"),
    ],
)
@pytest.mark.parametrize("name", DATES)
def test_date_is_read_in_both_orders_alone_or_at_midnight(name: str, text: str) -> None:
    value = read(name, text)
    assert value == date(2027, 1, 15)
    assert type(value) is date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1/9/2026", "2026-09-01"),
        ("1er sept. 2026", "2026-09-01"),
        ("1 er septembre 2026", "2026-09-01"),
        ("29 févr. 2028", "2028-02-29"),
        ("31 décembre 2026", "2026-12-31"),
        ("5 août 2026", "2026-08-05"),
        ("09/12/2026", "2026-12-09"),
        ("29/02/2028", "2028-02-29"),
        ("1900-01-01", "1900-01-01"),
        ("31.12.2099", "2099-12-31"),
    ],
)
def test_day_comes_before_month_and_bounds_are_included(text: str, day: str) -> None:
    assert read("start", text) == date.fromisoformat(day)


@given(st.dates(EARLIEST_DATE, LATEST_DATE))
@settings(max_examples=examples(200))
def test_every_written_date_is_read_back(day: date) -> None:
    forms = (
        day.isoformat(),
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02}.{day.month:02}.{day.year}",
    )
    assert [read_date(form) for form in forms] == [day] * 3


# --- refused texts --------------------------------------------------------------------------------

REFUSED_DATES: list[tuple[str, str]] = [
    *[
        (text, "two_digit_year")
        for text in (*("15/01/27", "1/1/27", "15-01-27", "15.1.27", "27-01-15", "15 janv. 27"),)
    ],
    *[
        (text, "month_without_day")
        for text in (
            *("janvier 2027", "2027-01", "01/2027", "juin-27", "sept. 2026", "fin juin 2027"),
            *("June 2027", "janv. 27"),
        )
    ],
    ("1er/03/2027", "not_a_date"),
    *[
        (text, "no_such_day")
        for text in (
            *(
                "2027-13-01",
                "15/13/2027",
                "2027-00-10",
                "31/04/2027",
                "2027-04-31",
                "29/02/2027",
                "31 juin 2027",
            ),
            *("2027-02-29", "29.02.2100", "32/01/2027", "00/01/2027", "0000-01-01"),
            "lundi 31 juin 2027",
        )
    ],
    *[(text, "other_weekday") for text in ("jeudi 15 janvier 2027", "Monday 15 January 2027")],
    *[(text, "month_before_day") for text in ("12/31/2027", "05.20.2027", "1-13-2027")],
    *[
        (text, "date_out_of_range")
        for text in ("1899-12-31", "31/12/1899", "2100-01-01", "0001-01-01", "9999-12-31")
    ],
    *[
        (text, "day_without_year")
        for text in ("06-juil", "20 juin", "1er sept.", "15 January", "June 20th")
    ],
    *[
        (text, "period_without_days")
        for text in (
            *("2027", "2026/2027", "2026-27", "1 semestre", "S1", "S2 2026-2027", "5 mois"),
            *("semestre d’automne", "1er semestre", "Spring semester", "année universitaire 2026"),
        )
    ],
    *[(text, "day_number") for text in ("46037", "46037.0")],
    *[
        (text, "not_a_date")
        for text in (
            # ISO weeks and ordinals
            "15/01/2027 (21 ans)",
            *("2027-W03", "2027-W03-5", "2027W035", "2027-13", "lundi", "lundi 15"),
            *("2027-015", "20270115"),
            # timestamps, times, zones
            *("2027-01-15T10:00", "2027-01-15 10:00:00", "2027-01-14T23:00Z", "1800000000"),
            *("2027-01-15T00:00+1", "2027-01-15T00:00:01", "2027-01-15T24:00", "T00:00"),
            *("2027-01-15T00", "2027-01-15T", "2027-01-15T0:00", "2027-01-15  00:00x"),
            # numbers that may be anything
            *("60", "1"),
            # full-width and Arabic digits, signs that look like a hyphen or a slash
            *(
                "２０２７-０１-１５",
                "１５/０１/２０２７",
                "٢٠٢٧-٠١-١٥",
                "١٥/٠١/٢٠٢٧",
                "2027-01-1５",
            ),
            *("2027–01–15", "2027‑01‑15", "15⁄01⁄2027", "2027−01−15"),
            # other orders, separators and words
            *("2027/01/15", "2027.01.15", "15/01-2027", "15 01 2027", "15012027", "2027-1-5"),
            *("15/01/2027/", "/15/01/2027", "15//01/2027", "115/01/2027", "15/001/2027"),
            *("15/01/02027", "15/01/227", "-2027-01-15", "+2027-01-15", "2027-01-15-"),
            *(
                "15 jan vier 2027",
                "le 15/01/2027",
                "15 brumaire 2027",
                "demain",
                "en mars",
            ),
            *("2027-01-15 ?", "2027-01-15?", "?2027-01-15", "~2027-01-15", "2027-01-15 ou 16"),
            *("2027-01-15 2027-01-15", "vers le 15/01/2027", "NaN", "true", "#N/A", "=TODAY()"),
            *("2027-01\n-15", "2027-01-15\x00", "\u200f2027-01-15", "\ufeff2027-01-15"),
        )
    ],
]


@pytest.mark.parametrize(("text", "code"), REFUSED_DATES)
@pytest.mark.parametrize("name", DATES)
def test_invalid_date_is_refused_with_its_code(name: str, text: str, code: str) -> None:
    problem = refused(name, text)
    assert problem.code == code
    assert problem.params["value"] in (text, text.strip(), *out_of_range(code, text))


def out_of_range(code: str, text: str) -> tuple[date, ...]:
    return (read_date(text),) if code == "date_out_of_range" else ()


@pytest.mark.parametrize(
    "text",
    [
        *("2027 00:00-01-15", "T00:002027-01-15", "15/01/2027 00:00 00:00"),
        *("2027-01-15T00:00:00T00:00", "20T00:0027-01-15"),
    ],
)
def test_midnight_is_accepted_once_after_the_date(text: str) -> None:
    assert refused("start", text).code == "not_a_date"


NOT_NUMBERS = [
    *("3 moi", "3 semaines", "trois", "1e1", "1E1", "1_0", "½", "3½", "NaN", "nan", "inf"),
    *("250,50 €", "12 50 €", "€"),
    *("6-7", "6/7", "06-juil", "3.5", "3,5", "3.", ".0", ",0", "3.0.0", "1 0", "1.000,0", "1'0"),
    *("+3", "--3", "-x", "- 3", "−3", "0x3", "0b1", "0o7", "1,5e0", "3%", "~3", "3?", "3 ?"),
    *("３", "٣", "३", "³", "③", "Ⅲ", "2٣", "3\u200b", "3\x00", "=3", "[3]", "true", "3;4"),
]  # fmt: skip


@pytest.mark.parametrize("text", ["-1", "-0", "-3,0"])
@pytest.mark.parametrize("name", NUMBERS)
def test_negative_number_is_out_of_range(name: str, text: str) -> None:
    assert refused(name, text).code == "number_out_of_range"


@pytest.mark.parametrize("text", NOT_NUMBERS)
@pytest.mark.parametrize("name", NUMBERS)
def test_invalid_number_is_refused(name: str, text: str) -> None:
    problem = refused(name, text)
    assert (problem.code, problem.params["value"]) == ("not_a_number", text.strip())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("age", text) for text in ("121", "121.0", "999", "1000", str(10**24), "9" * 10_000)),
        *(("months_received", text) for text in ("61", "61,0", "99", "100", str(10**24))),
        *(("erasmus_monthly", text) for text in ("5001", "9999", "5001.0", "10000", str(10**24))),
    ],
)
def test_number_out_of_bounds_is_refused(name: str, text: str) -> None:
    assert refused(name, text).code == "number_out_of_range"


@pytest.mark.parametrize(
    ("name", "high"), [("age", 120), ("months_received", 60), ("erasmus_monthly", 5000)]
)
def test_bounds_of_a_number_are_included(name: str, high: int) -> None:
    assert (read(name, "0"), read(name, str(high))) == (0, high)
    assert (FIELD[name].low, FIELD[name].high) == (0, high)
    assert refused(name, str(high + 1)).params["value"] == high + 1


def test_number_after_thousands_of_zeros_is_read() -> None:
    assert read("age", "0" * 5_000 + "3") == 3


NOT_YES_NO = [
    *("peut-être", "ouais", "ok", "oui non", "oui/non", "oui ?", "si", "2", "01", "1.00"),
    *("t", "f", "v", "yess", "ｏｕｉ", "１", "٠", "½", "none", "✗", "xx", "o.", "oui!", "[x]"),
]  # fmt: skip


@pytest.mark.parametrize("text", NOT_YES_NO)
@pytest.mark.parametrize("name", YES_NO)
def test_word_that_is_neither_yes_nor_no_is_refused(name: str, text: str) -> None:
    problem = refused(name, text)
    assert (problem.code, problem.params["value"]) == ("not_yes_no", text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[
            ("echelon", text)
            for text in ("0", "8", "0.0", "6.5", "6.00", "08", "６", "٦", "½", "8e")
        ],
        *[
            ("echelon", text)
            for text in ("6-7", "6 7", "06-juil", "1e0", "VI", "bis", "6e", "true")
        ],
        *[
            ("scholarship", text)
            for text in ("2", "b", "crous", "définitif", "aaa", "peut-être", "BCS 8")
        ],
        *[("stay", text) for text in ("vacances", "oui", "mobilité", "1", "stage + études")],
        *[("stay", text) for text in ("e", "s", "semestre", "alternance", "VIE", "freemover")],
        *[
            ("establishment", text)
            for text in ("université", "oui", "1", "Sorbonne", "public/privé")
        ],
    ],
)
def test_word_that_is_no_option_is_refused(name: str, text: str) -> None:
    problem = refused(name, text)
    assert (problem.code, problem.params["value"]) == ("not_an_option", text)


@pytest.mark.parametrize(
    ("name", "text", "meant"),
    [
        ("establishment", "publik", "public"),
        ("establishment", "publique", "public"),
        ("establishment", "Privé habilté", "private_accredited"),
        ("establishment", "privé non abilité", "private_other"),
        ("establishment", "agricultur", "other_ministry"),
        ("establishment", "ETRANGÉ", "abroad"),
        ("scholarship", "boursié", "bcs"),
        ("scholarship", "alocation annuelle", "annual_allowance"),
        ("scholarship", "en atente", "pending"),
        ("scholarship", "aucne", "none"),
        ("stay", "stagess", "internship"),
        ("stay", "echangs", "study"),
        ("stay", "etdues", "study"),
        ("echelon", "0bi", "0bis"),
        ("echelon", "échellon 6", "6"),
        ("scholarship", "aide annuelle", "annual_allowance"),
        ("scholarship", "non boursié", "none"),
        ("establishment", "habilité", "private_accredited"),
    ],
)
def test_misspelt_word_is_refused_with_a_suggestion(name: str, text: str, meant: str) -> None:
    assert dict(refused(name, text).params) == {"value": text}
    assert suggestion(FIELD[name], text) == meant


@pytest.mark.parametrize("name", CHOICES)
def test_word_near_no_option_has_no_suggestion(name: str) -> None:
    for text in ("zzzzzz", "#", "\ud800", "€€€", "w" * 100_000, "Sorbonne", "vacances", "crous"):
        assert refused(name, text).code == "not_an_option"
        assert suggestion(FIELD[name], text) is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scholarship", "je suis boursier"),  # near « non boursier »
        *(("scholarship", text) for text in ("plus boursier", "boursier 2023", "boursier n-1")),
        ("establishment", "private non accredited"),  # near « private accredited »
        *(("stay", text) for text in ("semestre à l’étranger", "année à l’étranger", "SEMP")),
        *(("echelon", text) for text in ("7bis", "échelon six", "n-1", "échelon N-1")),
    ],
)
def test_near_spelling_of_another_meaning_is_not_suggested(name: str, text: str) -> None:
    assert refused(name, text).code == "not_an_option"
    assert suggestion(FIELD[name], text) is None


@pytest.mark.parametrize(
    "text",
    ["privé", "PRIVÉ", "private", " Privé ", "Établissement privé", "EESPIG", "école privée"],
)
def test_private_alone_is_refused_as_ambiguous(text: str) -> None:
    problem = refused("establishment", text)
    assert (problem.code, problem.params["value"]) == ("private_is_two", text.strip())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((text, "erasmus_is_two") for text in ("Erasmus", "erasmus+")),
        *((text, "gap_year_is_two") for text in ("césure", "Année de césure", "gap year")),
    ],
)
def test_stay_that_may_be_studies_or_an_internship_is_asked_about(text: str, code: str) -> None:
    assert refused("stay", text).code == code


@pytest.mark.parametrize(
    "text",
    ["Bourse régionale", "BGF", "bourse du gouvernement français", "Bourse Région", "ASAP",
     "Aide spécifique ponctuelle"],
)  # fmt: skip
def test_another_grant_is_no_scholarship(text: str) -> None:
    assert refused("scholarship", text).code == "another_scholarship"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *[(name, "--") for name in NAMES],
        *[("scholarship", text) for text in ("--", "_", "\u0301")],
        *[("echelon", text) for text in ("-6", "6-", "_6_")],
        *[("merit", text) for text in ("-1", "-0", "1-")],
    ],
)
def test_sign_alone_is_refused(name: str, text: str) -> None:
    assert refused(name, text).params["value"] == text


@given(st.sampled_from(NAMES), st.text(max_size=12))
@settings(max_examples=examples(500))
def test_any_text_gives_a_valid_value_or_a_problem(name: str, text: str) -> None:
    try:
        value = read(name, text)
    except InvalidAnswers as error:
        (problem,) = error.problems
        assert problem.field == name
    else:
        assert Answers(**{name: value}).given() == ({} if value is None else {name: value})


def slips(text: str) -> set[str]:
    """A text with one sign left out, put in, or typed instead of another."""
    signs = "0123456789/-.,:T ?"
    ranks = range(len(text) + 1)
    return {
        *(text[:rank] + text[rank + 1 :] for rank in ranks[:-1]),
        *(text[:rank] + sign + text[rank + 1 :] for rank in ranks[:-1] for sign in signs),
        *(text[:rank] + sign + text[rank:] for rank in ranks for sign in signs),
    }


def written(day: date) -> set[str]:
    """Every documented way to write a day."""
    days, months = ({str(part), f"{part:02}"} for part in (day.day, day.month))
    french = {
        f"{number}{mark}{month}{mark}{day.year}"
        for number in days
        for month in months
        for mark in "/-."
    }
    return {day.isoformat(), *french}


@pytest.mark.parametrize("text", ["2027-01-15", "15/01/2027", "1.2.2027", "2027-01-15T00:00:00"])
def test_date_with_a_typing_mistake_is_read_as_written_or_refused(text: str) -> None:
    taken = 0
    for slip in slips(text):
        try:
            day = read("end", slip)
        except InvalidAnswers:
            continue
        taken += 1
        assert slip.strip().replace(" 00:00", "T00:00").split("T00:00")[0] in written(day), slip
    assert 0 < taken < 100


@pytest.mark.parametrize("text", ["27", "3,0", "9"])
def test_number_with_a_typing_mistake_is_read_as_written_or_refused(text: str) -> None:
    for slip in slips(text) - {"", " ", "?", "-", "/"}:
        try:
            number = read("age", slip)
        except InvalidAnswers:
            continue
        whole, _, rest = slip.strip().replace(",", ".").partition(".")
        assert whole.lstrip("0") == str(number or ""), slip
        assert set(rest) <= {"0"}, slip


# --- privacy of texts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("birth_date", "14/7/secret"),
        ("birth_date", "31/02/2004"),
        ("birth_date", "14/07/04"),
        ("birth_date", "14/07/1804"),
        ("age", "secret"),
        ("age", "987654"),
        ("age", "199"),
        ("disability", "secret"),
        ("scholarship", "secret"),
        ("establishment", "privé"),
        ("establishment", "publique"),
        ("school", "secret " * 40),
        ("commune", "secret " * 40),
        ("erasmus_monthly", "987654"),
    ],
)
def test_traceback_of_a_refusal_shows_no_value(name: str, text: str) -> None:
    with pytest.raises(InvalidAnswers) as error:
        read(name, text)
    shown = "\n".join(traceback.format_exception_only(error.value))
    shown += "".join((str(error.value), repr(error.value), repr(error.value.problems)))
    shown += "".join(f"{each} {each!r}" for each in error.value.problems)
    assert text not in shown
    assert not [part for part in text.split("/") if len(part) > 2 and part in shown]
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


# --- folding -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("  Privé_Habilité ", "prive habilite"),
        ("À L’ÉTRANGER", "a l'etranger"),
        ("e\u0301te\u0301", "ete"),
        ("a - b__c", "a b c"),
        ("STRASSE ß", "strasse ss"),
        ("6\u00a0\u202f7", "6 7"),
        ("", ""),
    ],
)
def test_fold_removes_case_accents_and_separators(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=20))
@settings(max_examples=examples(200))
def test_fold_is_idempotent(text: str) -> None:
    once = fold(text)
    assert fold(once) == once


def test_accepted_words_are_folded_and_read() -> None:
    for each in FIELDS:
        if each.kind in (Kind.YES_NO, Kind.CHOICE):
            for word in accepted_words(each):
                assert fold(word) == word
                assert read(each.name, word) == accepted_words(each)[word]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_help_of_the_batch_lists_every_accepted_word(
    lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = " ".join(ami("batch", "--help", "--lang", lang).stdout.split())
    for field in FIELDS:
        for word in accepted_words(field):
            assert word in shown, (field.name, word)
