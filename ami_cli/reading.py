"""Reads an answer from text: an option, a line of the wizard, a text of JSON, a cell of a table.

`read` takes the documented words and the documented forms of dates and numbers, and refuses
everything else: nothing is repaired or guessed. The accepted words stand here only.
"""

import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

from ami_cli.answers import FIELD, Field, Kind, problem_of
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.registers import find_countries
from ami_cli.registers.spelling import LONGEST_WORD, fold, nearest

NOT_ANSWERED = frozenset(
    (
        *("", "?", "-", "–", "—", "/", "inconnu", "inconnue", "nsp", "n/a", "na", "null", "nc"),
        *("je ne sais pas", "i don't know", "unknown", "non communique", "non renseigne"),
        *("non precise", "sans objet", "'-"),  # a dash as a result has it, disarmed
        *("je ne sais pas encore", "a completer", "a renseigner", "a preciser", "a definir"),
        *("a determiner", "a confirmer", "to be confirmed", "to be defined", "tbc", "tbd"),
    )
)
YES = ("oui", "o", "yes", "y", "vrai", "true", "1", "x", "1.0", "1,0", "✓", "✔", "☑", "✅")
NO = ("non", "n", "no", "faux", "false", "0", "0.0", "0,0")

# Words beside the names of the options and beside YES and NO, folded (see `fold`), by the value as
# a person writes it: "" is "not answered".
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "disability": {
        "yes": ("rqth", "oui rqth", "handicap", "handicape", "handicapee", "reconnu", "reconnue"),
        "no": (
            *("aucun", "aucune", "neant", "pas de handicap", "sans handicap", "aucun handicap"),
        ),
        "": ("non concerne", "non concernee"),  # what a form says where a question does not apply
    },
    "scholarship": {
        "bcs": (
            *("boursier", "boursiere", "boursier(e)", "boursier·ere", "boursier.e", "boursier/ere"),
            *("boursier·e", "boursier e", "boursier/e", "boursier (o)", "boursier bcs"),
            *(
                f"{holder}{crous}"
                for holder in ("boursier", "boursiere", "bourse")
                for crous in (" crous", " du crous", " (crous)", " sur criteres sociaux")
            ),
            *(
                "bcs definitive",
                "oui (crous)",
                "sur criteres sociaux",
                "bourse sur criteres sociaux (bcs)",
            ),
            *("bourse de l'enseignement superieur sur criteres sociaux", *YES),
        ),
        "annual_allowance": (
            *("allocation annuelle", "aide specifique annuelle", "asaa"),
            "aide specifique allocation annuelle",
        ),
        "pending": (
            *("en attente", "en attente crous", "en cours", "demandee", "demande en cours"),
            *("notification en cours", "notification conditionnelle", "bcs conditionnelle"),
            *("en attente de notification", "notification en attente", "demande en attente"),
            "en attente de reponse",
            *("conditionnelle", "conditionnel", "provisoire (conditionnel)"),
        ),
        "none": (
            *("aucune", "aucun", "neant", "non boursier", "non boursiere", "non boursier(e)"),
            *("pas boursier", "pas boursiere", "sans bourse"),
            *("non boursier·e", "non boursier·ere", "non boursier.e", "non boursier/e"),
            *("nb", "refus", "refuse", "refusee", "pas de bourse", *NO),
        ),
    },
    "echelon": {
        "0bis": ("0 bis", "echelon 0bis", "echelon 0 bis"),
        **{str(level): (f"echelon {level}",) for level in range(1, 8)},
        "": ("non", "aucun", "neant", "nb", "non boursier", "non boursiere", "non concerne"),
    },
    "establishment": {
        "public": ("etablissement public", "universite publique"),
        "private_accredited": ("prive habilite", "etablissement prive habilite"),
        "private_other": ("prive non habilite", "etablissement prive non habilite"),
        "other_ministry": (
            *("autre ministere", "agriculture", "culture", "defense", "armees", "sante"),
            *("ministere de la culture", "ministere de l'agriculture", "ministere de la defense"),
            *("ministere des armees", "ministere de la sante"),
        ),
        "abroad": ("etranger", "a l'etranger"),
    },
    "stay": {
        "study": (
            *("sms", "etude", "etudes", "echange", "echanges", "echange universitaire", "studies"),
            *("exchange", "student mobility for studies", "erasmus etudes", "erasmus+ etudes"),
            *("sms etudes", "erasmus sms", "erasmus+ sms", "semestre d'etudes", "periode d'etudes"),
            *("semestre d'echange", "annee d'echange", "sejour d'echange", "mobilite d'echange"),
            *(
                f"{noun} {of}etude{plural}"
                for noun in ("sejour", "mobilite")
                for of in ("d'", "")
                for plural in ("", "s")
            ),
            *("mobilite academique", "sejour academique", "student (study)", "student (studies)"),
        ),
        "internship": (
            *("smp", "smt", "stage", "stages", "stage obligatoire", "mobilite de stage"),
            *("stage ingenieur", "stage de recherche", "stage de fin d'etudes"),
            *("mobilite stage", "sejour de stage", "stage a l'etranger", "stage en entreprise"),
            *("erasmus stage", "erasmus+ stage", "erasmus smp", "erasmus+ smp", "erasmus smt"),
            *("erasmus+ smt", "smp stage", "smt stage", "traineeship", "work placement"),
            *("student mobility for traineeship", "student mobility for traineeships"),
            *("student (internship)", "student (traineeship)"),
        ),
        "other": ("autre",),
    },
    "in_curriculum": {"yes": ("obligatoire", "credite")},
    "months_received": {"0": ("aucun", "neant", "non", "jamais", "zero")},
    "rural": {
        "yes": ("rural", "rurale", "zone rurale", "zrr", "frr", "frr+", "frr plus"),
        "no": ("urbain", "urbaine", "zone urbaine", "hors zrr", "hors frr"),
    },
    "priority_area": {"yes": ("qpv", "en qpv"), "no": ("hors qpv",)},
    "erasmus": {"yes": ("erasmus", "erasmus+", "ka131")},
}
# Words that may mean two options or another answer, folded, by the code of the problem that asks.
ASKED_ABOUT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "scholarship": {
        "another_scholarship": (
            *("bourse regionale", "bourse erasmus", "bourse erasmus+", "erasmus", "erasmus+"),
            *(
                "bourse region",
                "bourse de la region",
                "region",
                "aide regionale",
                "bourse mobilite",
            ),
            *("bourse de mobilite", "bourse departementale", "bourse du departement"),
            *("aide specifique ponctuelle", "aide ponctuelle", "asap"),
            *("bourse du gouvernement francais", "bgf", "bfe", "bourse au merite"),
            *("aide au merite", "ami"),
        ),
    },
    "establishment": {
        "private_is_two": (
            *("prive", "privee", "private", "etablissement prive", "ecole privee"),
            *("enseignement prive", "prive sous contrat", "prive hors contrat", "eespig"),
            "private institution",
        ),
    },
    "stay": {
        "erasmus_is_two": ("erasmus", "erasmus+"),
        "gap_year_is_two": ("cesure", "annee de cesure", "semestre de cesure", "gap year"),
    },
}

# Not « n 1 »: n-1 is the year before.
_LEVEL = r"(?:(?:echelon|ech\.?|e) ?)?(?:n ?°|no)? ?0?(0 ?bis|[1-7])"
# Words with a figure or a code in them, folded, and the word that each stands for.
_WITH_CODE: Mapping[str, tuple[str, str]] = {
    "echelon": (rf"(?:(?:boursiere?|bourse|bcs) ?)?{_LEVEL}(?:[.,]0)?", r"\1"),
    "scholarship": (
        rf"(?:bcs|boursier(?:e|ere)?|oui|bourse)(?: crous)?,? ?(?:{_LEVEL}|\({_LEVEL}\))"
        r"|(?:echelon|ech\.?) ?(?:n ?°)? ?0?(?:0 ?bis|[1-7])",
        "bcs",
    ),
    "stay": (
        r"(?:erasmus\+? )?he (sms|smp|smt)(?: [a-z]{1,2})?"
        r"|student mobility for (studies|traineeship)s?(?: (?:in|to|from|between) [a-z ]+)?",
        r"\1\2",
    ),
    "priority_area": (r"q[pn]\d{5}[\da-z]", "oui"),
    "age": (r"(\d{1,3})(?:[.,]00?)? ?(?:ans?|years?(?: old)?)", r"\1"),
    "months_received": (r"(\d{1,2})(?:[.,]00?)? ?(?:mois|months?|mensualites?)", r"\1"),
    "erasmus_monthly": (
        r"(?:(\d) (?=\d{3}\b))?(\d{1,4})(?:[.,]00?)? ?(?:€|eur|euros?)(?: ?(?:/|par) ?mois)?",
        r"\1\2",
    ),
}

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_FRENCH_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_MIDNIGHT = re.compile(r"(.{8,10})[T ]00:00(?::00(?:\.0+)?)?(?: ?Z| ?[+-]\d{2}:?\d{2})?", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}", re.ASCII)
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            *("jan janv janvier january", "fev fevr fevrier feb february", "mars mar march"),
            *("avr avril apr april", "mai may", "juin jun june", "juil juillet jul july"),
            *("aout aug august", "sep sept septembre september", "oct octobre october"),
            *("nov novembre november", "dec decembre december"),
        ),
        1,
    )
    for word in words.split()
}
_MONTH = f"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\\.?"
_WEEKDAYS = {
    word: number
    for words in (
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "monday tuesday wednesday thursday friday saturday sunday",
    )
    for number, word in enumerate(words.split())
}
# Compiled where they are needed, which is rare: it takes a millisecond of the start.
_WORDED_DATE = (
    rf"(\d{{1,2}})(?: ?(?:er|st|nd|rd|th))?(?: of)? {_MONTH},? (\d{{4}}|\d\d)"
    rf"|{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})"
)
_NO_DAY = (
    rf"(?:(?:debut|mi|fin|courant|early|mid|late|end of) )?{_MONTH} (?:\d{{4}}|\d\d)"
    r"|\d{4} (?:0\d|1[012])|(?:0?\d|1[012])[/ ]\d{4}"
)
_NO_YEAR = (
    rf"\d{{1,2}}(?: ?(?:er|st|nd|rd|th))?(?: of)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?"
)
# What tells how long a stay is, or in which part of a year, beside numbers.
_PERIOD_WORD = (
    r"s|sem(?:estre|ester)?s?|trimestres?|annees?|ans?|years?|mois|months?|semaines?|weeks?"
    r"|universitaire|academique|scolaire|academic|automne|printemps|hiver|ete|autumn|fall|winter"
    r"|spring|summer|pair|impair"
)
_BESIDE_A_PERIOD = "premier|deuxieme|seconde?|first|de?|du|l|er?|eme|st|nd"
_YEARS = r"(?:19|20)\d\d(?:[/ ](?:20)?[2-9]\d)?"
_SERIAL_NUMBER = r"[2-7]\d{4}(?:[.,]0+)?"
_WHOLE_NUMBER = re.compile(r"(\d+)([.,]0+)?", re.ASCII)


def read(name: str, text: str) -> Any:
    """Return the value of an answer written as text, or None when the text says "not answered".

    Dates: 2027-01-15, 15/01/2027, 15-01-2027, 15.1.2027, alone or at midnight, also of a time
    zone; « vendredi 15 janvier 2027 ». Whole numbers: 3, 3.0, 3,0, with their unit too.
    Countries: a code or a name. Raises InvalidAnswers for anything else (see
    `suggestion` for a near word).
    """
    answer = FIELD[name]
    folded = fold(text)
    is_code = answer.kind is Kind.COUNTRY and text.strip() in answer.options  # NA, NC
    if folded in NOT_ANSWERED and not is_code:
        return None
    if name in _WITH_CODE and len(folded) <= LONGEST_WORD:
        pattern, word = _WITH_CODE[name]
        coded = re.fullmatch(pattern, folded)
        folded = coded.expand(word) if coded else folded
    try:
        match answer.kind:
            case Kind.DATE:
                value: Any = read_date(text.strip())
            case Kind.NUMBER:
                value = _read_number(answer, folded)
            case Kind.NAME:
                value = " ".join(text.split())
            case Kind.COUNTRY:
                value = _read_country(text)
            case _:
                value = _read_word(answer, folded)
        problem = None if value is None else problem_of(answer, value)
    except ValueError as error:
        problem = Problem(str(error), name, {"value": text.strip()})
    if problem is not None:  # raised here so that the traceback shows no text of the ValueError
        raise InvalidAnswers(problem)
    return value


@cache
def accepted_words(answer: Field) -> dict[str, Any]:
    """Return the value of every folded word that an answer accepts beside numbers and dates.

    None is the value of a word that means "not answered".
    """
    words: dict[str, Any] = {}
    if answer.kind is Kind.YES_NO:
        words = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
    elif answer.kind is Kind.CHOICE:
        words = {fold(option): option for option in answer.options}
    values: dict[str, Any] = {"yes": True, "no": False, "": None}
    for value, more in WORDS.get(answer.name, {}).items():
        words |= dict.fromkeys(more, values.get(value, value))
    return words


def words_by_value(answer: Field) -> dict[Any, list[str]]:
    """Return the accepted words by the value that they give, as help and documents list them."""
    by_value: dict[Any, list[str]] = {}
    for word, value in accepted_words(answer).items():
        by_value.setdefault(value, []).append(word)
    return by_value


def suggestion(answer: Field, text: str) -> str | None:
    """Return the option of a choice of which an accepted word is near a text, or a near country."""
    if answer.kind is Kind.COUNTRY:
        from ami_cli.registers.countries import near as near_country

        return near_country(text)
    from difflib import get_close_matches  # only a mistake needs it

    words = {word: value for word, value in accepted_words(answer).items() if value is not None}
    folded = fold(text[:50])
    near = (word for word in get_close_matches(folded, words, 8, 0.7) if _is_alike(folded, word))
    return next((str(words[word]) for word in near), None)


def _is_alike(text: str, word: str) -> bool:
    """Tell whether a text is an accepted word but for typing mistakes, or but for words that one
    of them has more: « aide annuelle » is « aide spécifique annuelle ».

    « Je suis boursier » is not « non boursier », nor « plus boursier » a scholarship, nor a year or
    a zero beside it; and a semester abroad is no internship abroad.
    """
    one, other = (re.findall(r"[^\W_]+", each) for each in (text, word))
    if "".join(one) == "".join(other):
        return True
    if any(map(_is_denial, one)) != any(map(_is_denial, other)):
        return False
    return all(_is_near_one(each, other) for each in one) or all(
        _is_near_one(each, one) for each in other
    )


def _is_denial(word: str) -> bool:
    former = ("plus", "sans", "pas", "ex", "ancien", "ancienne", "ni", "n", "no", "not")
    return word.startswith("non") or word in former or bool(re.fullmatch(r"0+|(?:19|20)\d\d", word))


def _is_near_one(word: str, words: list[str]) -> bool:
    """Tell whether a word is one of some or nearly one; figures and words of three letters are not
    nearly others."""
    figures = re.findall(r"\d", word)
    alike = [
        each
        for each in words
        if re.findall(r"\d", each) == figures and (figures or min(len(word), len(each)) > 3)
    ]
    return word in words or nearest(word, alike, 0.7) is not None


def read_date(text: str) -> date:
    """Return a day written in a documented form. Raises ValueError with a problem code."""
    weekday = None
    midnight = _MIDNIGHT.fullmatch(text)
    written = midnight[1] if midnight else text
    if iso := _ISO_DATE.fullmatch(written):
        year, month, day = map(int, iso.groups())
    elif french := _FRENCH_DATE.fullmatch(written):
        day, month, year = int(french[1]), int(french[3]), int(french[4])
        if date_order(written) is DateOrder.MONTH_FIRST:
            raise ValueError("month_before_day")
    elif _SHORT_YEAR.fullmatch(written):
        raise ValueError("two_digit_year")
    else:
        folded = re.sub("^(?:le|the) ", "", fold(text))  # « le 15 janvier 2027 »
        first, _, rest = folded.partition(" ")
        weekday = _WEEKDAYS.get(first.rstrip(","))
        year, month, day = _date_in_words(folded if weekday is None else rest)
    try:
        value = date(year, month, day)
    except ValueError:
        raise ValueError("no_such_day") from None
    if weekday not in (None, value.weekday()):
        raise ValueError("other_weekday")
    return value


class DateOrder(Enum):
    """What the two first numbers of a date in figures can be."""

    DAY_FIRST = "day/month/year only"
    MONTH_FIRST = "month/day/year only"
    EITHER = "one day as day/month/year, another as month/day/year"


def date_order(text: str) -> DateOrder | None:
    """Return the order of a date such as 15/01/2027; None where the order changes nothing.

    >>> [order and order.name for order in map(date_order, ("15/01/2027", "02/03/2027", "2027"))]
    ['DAY_FIRST', 'EITHER', None]
    """
    parts = _FRENCH_DATE.match(text.strip())
    if parts is None:
        return None
    one, other = int(parts[1]), int(parts[3])
    if one <= 12 and other <= 12:
        return None if one == other else DateOrder.EITHER
    if one <= 12 < other <= 31:
        return DateOrder.MONTH_FIRST
    return DateOrder.DAY_FIRST if other <= 12 < one <= 31 else None


def _date_in_words(folded: str) -> tuple[int, int, int]:
    """Return year, month and day of « 15 janvier 2027 ». Raises ValueError with a problem code."""
    if len(folded) <= LONGEST_WORD:
        if worded := re.fullmatch(_WORDED_DATE, folded, re.ASCII):
            day, month, year, month_first, day_second, year_last = worded.groups()
            if len(year or year_last) == 2:
                raise ValueError("two_digit_year")
            return int(year or year_last), _MONTHS[month or month_first], int(day or day_second)
        if re.fullmatch(_NO_DAY, folded, re.ASCII):
            raise ValueError("month_without_day")
        if re.fullmatch(_NO_YEAR, folded, re.ASCII):
            raise ValueError("day_without_year")
        words = " ".join(re.findall("[a-z]+", folded))
        is_period = re.search(rf"\b(?:{_PERIOD_WORD})\b", words) and re.fullmatch(
            rf"(?:\b(?:{_PERIOD_WORD}|{_BESIDE_A_PERIOD})\b ?)+", words
        )
        if re.fullmatch(_YEARS, folded) or (is_period and len(re.findall(r"\d+", folded)) <= 3):
            raise ValueError("period_without_days")
        if re.fullmatch(_SERIAL_NUMBER, folded, re.ASCII):
            raise ValueError("day_number")
    raise ValueError("not_a_date")


def _read_number(answer: Field, text: str) -> int:
    if text in accepted_words(answer):
        text = accepted_words(answer)[text]
    number = _WHOLE_NUMBER.fullmatch(text)
    if number is None:
        is_negative = _WHOLE_NUMBER.fullmatch(text.removeprefix("-"))
        raise ValueError("number_out_of_range" if is_negative else "not_a_number")
    digits = number[1].lstrip("0") or "0"
    if len(digits) > len(str(answer.high)):  # int() refuses thousands of digits
        raise ValueError("number_out_of_range")
    return int(digits)


def _read_country(text: str) -> str:
    countries = find_countries(text)
    if not countries:
        raise ValueError("no_such_country")
    if len(countries) > 1:
        raise ValueError("several_countries")
    return countries[0].code


def _read_word(answer: Field, folded: str) -> Any:
    words = accepted_words(answer)
    if folded in words:
        return words[folded]
    for code, doubtful in ASKED_ABOUT.get(answer.name, {}).items():
        if folded in doubtful:
            raise ValueError(code)
    raise ValueError("not_yes_no" if answer.kind is Kind.YES_NO else "not_an_option")
