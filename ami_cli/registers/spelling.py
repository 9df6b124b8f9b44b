"""Puts names into the form in which they are compared.

Accents, case, punctuation and ligatures do not count; « St » is « Saint »; « Lyon II » and
« Lyon2 » are « Lyon 2 ».
"""

import re
import unicodedata
from collections.abc import Iterable

LONGEST_WORD = 1_000  # characters; a longer text is no word, and is not folded

_JOINT = re.compile(r"(?<=[^\W_]|[.+)°])[\s_-]+(?=[^\W_]|\()")
# The accents of Latin letters, and what makes a picture of a sign (« ✔️ »); others are slower.
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f\ufe0f]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_WORD = re.compile(r"[a-z0-9]+")
_GLUED = re.compile(r"(?<=[a-z]{3})(?=\d)")
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b){2,}")
_SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ALIKE = str.maketrans({"y": "i", "z": "s", "h": "", " ": ""})  # letters that sound alike, or not
_TWICE = re.compile(r"([a-z])\1+")
_ROMAN_NUMBERS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi"
_ROMAN = {roman: str(number) for number, roman in enumerate(_ROMAN_NUMBERS.split(), 1)}


def fold(text: str) -> str:
    """Return a word in the form in which words are compared; a text too long for a word stays.

    Case and accents are removed. A run of spaces becomes one space, and so do `_` and `-` between
    two letters or digits.
    """
    if len(text) > LONGEST_WORD:
        return text
    bare = text.casefold()
    if not text.isascii():
        bare = _ACCENTS.sub("", unicodedata.normalize("NFD", bare))
        if not bare.isascii():
            bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
        if not bare.strip():
            bare = text  # an accent alone is not a blank
    return " ".join(_JOINT.sub(" ", bare).replace("’", "'").split())


def spelled(text: str) -> str:
    """Return a name in small letters without accents, its words separated by one space.

    >>> spelled("L’Haÿ-les-Roses"), spelled("Bœurs-en-Othe"), spelled("ST DENIS")
    ('l hay les roses', 'boeurs en othe', 'saint denis')
    """
    bare = text.lower() if text.isascii() else fold(text).translate(_LIGATURES)
    words = _WORD.findall(bare)
    if not _SAINTS.keys().isdisjoint(words):
        words = [_SAINTS.get(word, word) for word in words]
    return " ".join(words)


def numbered(text: str) -> str:
    """Return the same with Roman numbers in figures, figures apart from words, initials joined.

    >>> numbered("Lyon II"), numbered("paris13"), numbered("I.N.S.A. Lyon")
    ('lyon 2', 'paris 13', 'insa lyon')
    """
    joined = _INITIALS.sub(lambda initials: initials[0].replace(" ", ""), spelled(text))
    words = _GLUED.sub(" ", joined).split()
    return " ".join(_ROMAN.get(word, word) for word in words)


def sounded(name: str) -> str:
    """Return a name as it sounds, from the form in which names are compared, without its spaces.

    >>> sounded("lyonn 1") == sounded("lion 1"), sounded("toulouze") == sounded("toulouse")
    (True, True)
    """
    letters = name.replace("ph", "f").translate(_ALIKE)
    return _TWICE.sub(r"\1", letters)


def nearest(word: str, options: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Return the option that is most like a word; None when none is near."""
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(word[:50], list(options), n=1, cutoff=cutoff)
    return near[0] if near else None
