"""Reads an answer from text: an option, a line of the wizard, a text of JSON, a cell of a table.

`read` takes the documented words and the documented forms of dates and numbers, and refuses
everything else: nothing is repaired or guessed. The accepted words stand here only.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from ami_cli.answers import FIELD, LONGEST_NAME, Field, Kind, problem_of
from ami_cli.failures import InvalidAnswers, Problem

NOT_ANSWERED = frozenset(
    ("", "?", "inconnu", "nsp", "n/a", "na", "null", "je ne sais pas", "i don't know")
)
YES = ("oui", "o", "yes", "y", "vrai", "true", "1", "x")
NO = ("non", "n", "no", "faux", "false", "0")

# Words beside the names of the options, folded (see `fold`).
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "scholarship": {
        "bcs": ("boursier", "boursiere", "bourse sur criteres sociaux", "oui"),
        "annual_allowance": ("allocation annuelle", "aide specifique annuelle"),
        "pending": ("en attente", "en cours", "demandee"),
        "none": ("non", "aucune", "non boursier", "non boursiere"),
    },
    "echelon": {
        "0bis": ("0 bis", "echelon 0bis", "echelon 0 bis"),
        **{str(n): (f"echelon {n}", f"{n}.0", f"{n},0") for n in range(1, 8)},
    },
    "establishment": {
        "private_accredited": ("prive habilite",),
        "private_other": ("prive non habilite",),
        "other_ministry": (
            *("autre ministere", "agriculture", "culture", "defense", "armees", "sante"),
        ),
        "abroad": ("etranger", "a l'etranger"),
    },
    "stay": {
        "study": ("etude", "etudes", "echange", "sejour d'etudes"),
        "internship": ("stage",),
        "other": ("autre",),
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
    """Return a word in the form in which words are compared.

    Case and accents are removed. A run of spaces becomes one space, and so do `_` and `-` between
    two letters or digits.
    """
    bare = text.casefold()
    if not text.isascii():
        letters = unicodedata.normalize("NFD", bare)
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
        if not bare.strip():
            bare = text  # an accent alone is not a blank
    return " ".join(_JOINT.sub(" ", bare).replace("’", "'").split())


def read(name: str, text: str) -> Any:
    """Return the value of an answer written as text, or None when the text says "not answered".

    Dates: 2027-01-15, 15/01/2027, 15-01-2027, 15.1.2027, alone or at midnight. Whole numbers:
    3, 3.0, 3,0. Raises InvalidAnswers for anything else (see `suggestion` for a near word).
    """
    answer = FIELD[name]
    text = text.strip()
    # No accepted text is longer, and to fold half a million accents takes a second.
    folded = fold(text) if len(text) <= LONGEST_NAME else text
    if folded in NOT_ANSWERED:
        return None
    try:
        match answer.kind:
            case Kind.DATE:
                value: Any = read_date(text.strip())
            case Kind.NUMBER:
                value = _read_number(answer, text.strip())
            case Kind.NAME:
                value = " ".join(text.split())
            case _:
                value = _read_word(answer, folded)
        problem = problem_of(answer, value)
    except ValueError as error:
        problem = Problem(str(error), name, {"value": text.strip()})
    if problem is not None:  # raised here so that the traceback shows no text of the ValueError
        raise InvalidAnswers(problem)
    return value


@cache
def accepted_words(answer: Field) -> dict[str, Any]:
    """Return the value of every folded word that a yes/no question or a choice accepts."""
    if answer.kind is Kind.YES_NO:
        words: dict[str, Any] = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
        return {**words, "rqth": True} if answer.name == "disability" else words
    more = WORDS.get(answer.name, {})
    return {
        word: option for option in answer.options for word in (fold(option), *more.get(option, ()))
    }


def nearest(word: str, options: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the option that is most like a word; None when none is near."""
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(word[:50], list(options), n=1, cutoff=cutoff)
    return near[0] if near else None


def suggestion(answer: Field, text: str) -> str | None:
    """Return the option of a choice of which an accepted word is near a text."""
    words = accepted_words(answer)
    near = nearest(fold(text[:50]), words, 0.7)
    return None if near is None else str(words[near])


def read_date(text: str) -> date:
    """Return a day written in a documented form. Raises ValueError with a problem code."""
    midnight = _MIDNIGHT.fullmatch(text)
    written = midnight[1] if midnight else text
    if iso := _ISO_DATE.fullmatch(written):
        year, month, day = map(int, iso.groups())
    elif french := _FRENCH_DATE.fullmatch(written):
        day, month, year = int(french[1]), int(french[3]), int(french[4])
    elif _SHORT_YEAR.fullmatch(written):
        raise ValueError("two_digit_year")
    else:
        raise ValueError("not_a_date")
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError("no_such_day") from None


def _read_number(answer: Field, text: str) -> int:
    number = _WHOLE_NUMBER.fullmatch(text)
    if number is None:
        is_negative = _WHOLE_NUMBER.fullmatch(text.removeprefix("-"))
        raise ValueError("number_out_of_range" if is_negative else "not_a_number")
    digits = number[1].lstrip("0") or "0"
    if len(digits) > len(str(answer.high)):  # int() refuses thousands of digits
        raise ValueError("number_out_of_range")
    return int(digits)


def _read_word(answer: Field, folded: str) -> Any:
    words = accepted_words(answer)
    if folded in words:
        return words[folded]
    if folded in AMBIGUOUS.get(answer.name, ()):
        raise ValueError("private_is_two")
    raise ValueError("not_yes_no" if answer.kind is Kind.YES_NO else "not_an_option")
