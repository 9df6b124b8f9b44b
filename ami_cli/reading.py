"""Reads an answer from text: a flag, a line of the wizard, a text of JSON, a cell of a table.

`read` takes the documented words and forms of dates and numbers, and refuses everything else:
nothing is repaired or guessed. The words that are accepted as values stand here, once.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from typing import Any

from ami_cli.answers import FIELD, Field, Kind, fault
from ami_cli.failures import InvalidAnswers, Problem

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
    bare = text.casefold()
    if not text.isascii():
        letters = unicodedata.normalize("NFD", bare)
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
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
