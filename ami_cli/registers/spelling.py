"""Puts names into the form in which they are compared.

Accents, case, punctuation and ligatures do not count; « St » is « Saint »; « Lyon II » and
« Lyon2 » are « Lyon 2 ».
"""

import re

from ami_cli.reading import fold

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_APART = re.compile(r"[^a-z0-9]+")
_GLUED = re.compile(r"(?<=[a-z]{3})(?=\d)")
_INITIALS = re.compile(r"\b[a-z](?: [a-z]\b){2,}")
_SAINTS = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_ROMAN_NUMBERS = "i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi"
_ROMAN = {roman: str(number) for number, roman in enumerate(_ROMAN_NUMBERS.split(), 1)}


def spelled(text: str) -> str:
    """Return a name in small letters without accents, its words separated by one space.

    >>> spelled("L’Haÿ-les-Roses"), spelled("Bœurs-en-Othe"), spelled("ST DENIS")
    ('l hay les roses', 'boeurs en othe', 'saint denis')
    """
    bare = text.lower() if text.isascii() else fold(text).translate(_LIGATURES)
    words = _APART.sub(" ", bare).split()
    return " ".join(_SAINTS.get(word, word) for word in words)


def numbered(text: str) -> str:
    """Return the same with Roman numbers in figures, figures apart from words, initials joined.

    >>> numbered("Lyon II"), numbered("paris13"), numbered("I.N.S.A. Lyon")
    ('lyon 2', 'paris 13', 'insa lyon')
    """
    joined = _INITIALS.sub(lambda initials: initials[0].replace(" ", ""), spelled(text))
    words = _GLUED.sub(" ", joined).split()
    return " ".join(_ROMAN.get(word, word) for word in words)
