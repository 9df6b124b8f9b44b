"""What a student tells us: `Answers`, and how each answer is read from text.

None means "not answered", which is never "no". A value that cannot be is a third thing, an
error: `InvalidAnswers` carries one `Problem` per fault, each naming its field. The words
accepted as values are listed here, once, for flags, the wizard, JSON text and table cells.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, Literal, NamedTuple

from ami_cli.failures import InvalidAnswers, Problem

EARLIEST_DATE = date(1900, 1, 1)
LATEST_DATE = date(2099, 12, 31)
LONGEST_NAME = 200  # characters of the name of a school or a commune

Scholarship = Literal["bcs", "annual_allowance", "pending", "none"]
Echelon = Literal["0bis", "1", "2", "3", "4", "5", "6", "7"]
Establishment = Literal["public", "private_accredited", "private_other", "other_ministry", "abroad"]
Stay = Literal["study", "internship", "other"]


class Kind(Enum):
    """How an answer is written: a date, a whole number, yes or no, one of a few options, a name."""

    DATE = "date"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    NAME = "name"


class Field(NamedTuple):
    """One answer: its name, how it is written and what it may be.

    `options` are the values of a choice; `low` and `high` bound a whole number, both included.
    """

    name: str
    kind: Kind
    options: tuple[str, ...] = ()
    low: int = 0
    high: int = 0


# The answers, in the order of the rules; missing answers are always named in this order.
FIELDS = (
    Field("birth_date", Kind.DATE),
    Field("age", Kind.NUMBER, low=0, high=120),
    Field("disability", Kind.YES_NO),
    Field("scholarship", Kind.CHOICE, ("bcs", "annual_allowance", "pending", "none")),
    Field("echelon", Kind.CHOICE, ("0bis", "1", "2", "3", "4", "5", "6", "7")),
    Field("school", Kind.NAME),
    Field(
        "establishment",
        Kind.CHOICE,
        ("public", "private_accredited", "private_other", "other_ministry", "abroad"),
    ),
    Field("stay", Kind.CHOICE, ("study", "internship", "other")),
    Field("in_curriculum", Kind.YES_NO),
    Field("start", Kind.DATE),
    Field("end", Kind.DATE),
    Field("months_received", Kind.NUMBER, low=0, high=60),
    Field("commune", Kind.NAME),
    Field("rural", Kind.YES_NO),
    Field("priority_area", Kind.YES_NO),
    Field("erasmus", Kind.YES_NO),
    Field("erasmus_monthly", Kind.NUMBER, low=0, high=5000),
    Field("merit", Kind.YES_NO),
)
FIELD = {each.name: each for each in FIELDS}
ORDER = {each.name: rank for rank, each in enumerate(FIELDS)}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answers:
    """What one student answered; None is "not answered".

    Dates are days, `start` and `end` the first and last day abroad, both included; `age` is in
    whole years on the day the stay starts; `months_received` counts months of AMI already paid;
    `school` and `commune` (of the family home) are names or codes as a person writes them, which
    `ami_cli.registers` may know; `erasmus_monthly` is the grant in whole euros a month.
    Raises InvalidAnswers when a value is not of its kind or out of its range. Answers that
    contradict each other are found by `ami_cli.rules.coherence`.
    """

    birth_date: date | None = None
    age: int | None = None
    disability: bool | None = None
    scholarship: Scholarship | None = None
    echelon: Echelon | None = None
    school: str | None = None
    establishment: Establishment | None = None
    stay: Stay | None = None
    in_curriculum: bool | None = None
    start: date | None = None
    end: date | None = None
    months_received: int | None = None
    commune: str | None = None
    rural: bool | None = None
    priority_area: bool | None = None
    erasmus: bool | None = None
    erasmus_monthly: int | None = None
    merit: bool | None = None

    def __post_init__(self) -> None:
        problems = [
            problem
            for each in FIELDS
            if (value := getattr(self, each.name)) is not None
            and (problem := fault(each, value)) is not None
        ]
        if problems:
            raise InvalidAnswers(*problems)

    def __repr__(self) -> str:
        """Which answers are given, never what they are: a traceback may show this."""
        return f"Answers(given: {', '.join(self.given()) or 'none'})"

    def given(self) -> dict[str, Any]:
        """Only the answers that were given, by name, in the order of the rules."""
        return {
            each.name: value for each in FIELDS if (value := getattr(self, each.name)) is not None
        }


def fault(answer: Field, value: Any) -> Problem | None:
    """What is wrong with a value given for an answer, or None when it is of its kind and range."""
    match answer.kind:
        case Kind.DATE:
            if type(value) is not date:
                return Problem("not_a_date", answer.name, {"value": value})
            if not EARLIEST_DATE <= value <= LATEST_DATE:
                return Problem("date_out_of_range", answer.name, {"value": value})
        case Kind.NUMBER:
            if type(value) is not int:
                return Problem("not_a_number", answer.name, {"value": value})
            if not answer.low <= value <= answer.high:
                return Problem("number_out_of_range", answer.name, {"value": value})
        case Kind.YES_NO:
            if type(value) is not bool:
                return Problem("not_yes_no", answer.name, {"value": value})
        case Kind.CHOICE:
            if not isinstance(value, str) or value not in answer.options:
                return Problem("not_an_option", answer.name, {"value": value})
        case Kind.NAME:
            if not isinstance(value, str) or not _may_be_a_name(value):
                return Problem("not_a_name", answer.name, {"value": value})
    return None


def _may_be_a_name(text: str) -> bool:
    """Letters or figures, nothing that cannot be seen; no option that stands in its place, and no
    other value of JSON."""
    return (
        len(text) <= LONGEST_NAME
        and text.isprintable()
        and any(map(str.isalnum, text))
        and not text.startswith(("-", "[", "{"))
        and text not in ("true", "false")
    )


# ---------------------------------------------------------------------------------------------
# Reading an answer from text
# ---------------------------------------------------------------------------------------------

NOT_ANSWERED = frozenset(
    ("", "?", "inconnu", "nsp", "n/a", "na", "null", "je ne sais pas", "i don't know")
)
YES = ("oui", "o", "yes", "y", "vrai", "true", "1", "x")
NO = ("non", "n", "no", "faux", "false", "0")

# Folded words (no accents, no case, "_" and "-" as spaces) beside the option names themselves.
WORDS: Mapping[str, Mapping[str, str]] = {
    "scholarship": {
        "boursier": "bcs",
        "boursiere": "bcs",
        "bourse sur criteres sociaux": "bcs",
        "oui": "bcs",
        "allocation annuelle": "annual_allowance",
        "aide specifique annuelle": "annual_allowance",
        "en attente": "pending",
        "en cours": "pending",
        "demandee": "pending",
        "non": "none",
        "aucune": "none",
        "non boursier": "none",
        "non boursiere": "none",
    },
    "echelon": {
        "0 bis": "0bis",
        **{f"echelon {option}": option for option in FIELD["echelon"].options},
        "echelon 0 bis": "0bis",
        **{f"{rank}{mark}0": str(rank) for rank in range(1, 8) for mark in ".,"},
    },
    "establishment": {
        "prive habilite": "private_accredited",
        "prive non habilite": "private_other",
        "autre ministere": "other_ministry",
        "agriculture": "other_ministry",
        "culture": "other_ministry",
        "defense": "other_ministry",
        "armees": "other_ministry",
        "sante": "other_ministry",
        "etranger": "abroad",
        "a l'etranger": "abroad",
    },
    "stay": {
        "etude": "study",
        "etudes": "study",
        "echange": "study",
        "sejour d'etudes": "study",
        "stage": "internship",
        "autre": "other",
    },
}
AMBIGUOUS = {"establishment": frozenset(("prive", "private"))}

_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_FRENCH_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_MIDNIGHT = re.compile(r"(.{8,10})[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}", re.ASCII)
_JOINT = re.compile(r"(?<=[^\W_])[\s_-]+(?=[^\W_])")
_WHOLE_NUMBER = re.compile(r"(\d+)([.,]0+)?", re.ASCII)


def fold(text: str) -> str:
    """A word as it is compared: no case, no accents, runs of spaces as one space, and `_` and `-`
    between two letters or digits as a space too."""
    bare = "".join(
        character
        for character in unicodedata.normalize("NFD", text.casefold())
        if not unicodedata.combining(character)
    )
    if not bare.strip():
        bare = text  # an accent without its letter is something, not a blank
    return " ".join(_JOINT.sub(" ", bare).replace("’", "'").split())


def read(name: str, text: str) -> Any:
    """The value of one answer written as text, or None when the text says "not answered".

    Dates: 2027-01-15, 15/01/2027, 15-01-2027, 15.1.2027, alone or at midnight. Whole numbers:
    3, 3.0, 3,0. Nothing is repaired or guessed: anything else raises InvalidAnswers (see
    `suggestion` for a word that is near).
    """
    answer = FIELD[name]
    folded = fold(text)
    if folded in NOT_ANSWERED:
        return None
    match answer.kind:
        case Kind.DATE:
            value: Any = _read_date(answer, text.strip())
        case Kind.NUMBER:
            value = _read_number(answer, text.strip())
        case Kind.YES_NO:
            value = _read_yes_no(answer, text, folded)
        case Kind.CHOICE:
            value = _read_choice(answer, text, folded)
        case Kind.NAME:
            value = " ".join(text.split())
    if (problem := fault(answer, value)) is not None:
        raise InvalidAnswers(problem)
    return value


@cache
def accepted_words(answer: Field) -> dict[str, Any]:
    """Every folded word that is read as a value of a yes/no question or a choice."""
    if answer.kind is Kind.YES_NO:
        words: dict[str, Any] = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
        return {**words, "rqth": True} if answer.name == "disability" else words
    return {**{fold(option): option for option in answer.options}, **WORDS.get(answer.name, {})}


def nearest(word: str, options: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The option that somebody may have meant by a word, when one is near."""
    near = get_close_matches(word[:50], list(options), n=1, cutoff=cutoff)
    return near[0] if near else None


def suggestion(answer: Field, text: str) -> str | None:
    """The option of a choice that somebody may have meant, when one of its words is near."""
    words = accepted_words(answer)
    near = nearest(fold(text[:50]), words, 0.7)
    return None if near is None else str(words[near])


def read_date(text: str) -> date:
    """A day written in one of the two documented orders. Raises ValueError with a problem code."""
    midnight = _MIDNIGHT.fullmatch(text)
    day = midnight[1] if midnight else text
    if iso := _ISO_DATE.fullmatch(day):
        year, month, number = (int(part) for part in iso.groups())
    elif french := _FRENCH_DATE.fullmatch(day):
        number, month, year = int(french[1]), int(french[3]), int(french[4])
    elif _SHORT_YEAR.fullmatch(day):
        raise ValueError("two_digit_year")
    else:
        raise ValueError("not_a_date")
    try:
        return date(year, month, number)
    except ValueError:
        raise ValueError("no_such_day") from None


def _read_date(answer: Field, text: str) -> date:
    try:
        return read_date(text)
    except ValueError as wrong:
        code = str(wrong)
    raise InvalidAnswers(Problem(code, answer.name, {"value": text}))


def _read_number(answer: Field, text: str) -> int:
    number = _WHOLE_NUMBER.fullmatch(text)
    if number is None:
        below = _WHOLE_NUMBER.fullmatch(text.removeprefix("-"))
        code = "number_out_of_range" if below else "not_a_number"
        raise InvalidAnswers(Problem(code, answer.name, {"value": text}))
    digits = number[1].lstrip("0") or "0"
    if len(digits) > len(str(answer.high)):
        raise InvalidAnswers(Problem("number_out_of_range", answer.name, {"value": text}))
    return int(digits)


def _read_yes_no(answer: Field, text: str, folded: str) -> bool:
    words = accepted_words(answer)
    if folded not in words:
        raise InvalidAnswers(Problem("not_yes_no", answer.name, {"value": text}))
    return bool(words[folded])


def _read_choice(answer: Field, text: str, folded: str) -> str:
    words = accepted_words(answer)
    if folded in words:
        return str(words[folded])
    if folded in AMBIGUOUS.get(answer.name, ()):
        raise InvalidAnswers(Problem("private_is_two", answer.name, {"value": text}))
    raise InvalidAnswers(Problem("not_an_option", answer.name, {"value": text}))


# The names above and the fields of Answers are the same, in the same order.
assert tuple(each.name for each in fields(Answers)) == tuple(FIELD)
