"""Looks up countries and territories: ISO 3166-1 codes, French and English names, usual others.

`countries.csv` is made from Unicode CLDR. `country_names.csv` holds the other names that people
give, the nations of the United Kingdom among them; a name with several codes is ambiguous
(« Congo », « Corée »), and the person is asked.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from ami_cli.registers.spelling import nearest, spelled

DATA = Path(__file__).with_name("countries.csv")
OTHER_NAMES = Path(__file__).with_name("country_names.csv")

# « en Espagne », « les États-Unis », « the Netherlands », « Congo (Rép. dém.) »
_SMALL_WORDS = "a au aux en in d de des du of l la le les the et e and"
_SMALL = frozenset(_SMALL_WORDS.split())
_SHORT = {"rep": "republique", "dem": "democratique"}
_CODE = re.compile(r"\b[A-Z]{2,3}\b")
_SEPARATOR = re.compile(r"[,;/()]")
_LONGEST = 100  # characters; no name is that long


class Country(NamedTuple):
    """A country or territory; `code` is its ISO 3166-1 alpha-2 code."""

    code: str
    alpha3: str
    french: str
    english: str

    def title(self, lang: str) -> str:
        """Return its name in French or in English."""
        return self.french if lang == "fr" else self.english


@lru_cache(10_000)
def find(text: str) -> tuple[Country, ...]:
    """Return the countries that a code or a name may mean: none, one, or several to ask about.

    A code may stand beside its name: « Japon (JP) ».

    >>> [find(text)[0].code for text in ("l'Écosse", "jpn", "Corée (République de)")]
    ['GB', 'JP', 'KR']
    >>> len(find("Congo")), len(find("Atlantide"))
    (2, 0)
    """
    text = text.replace(".", "").strip()[:_LONGEST]  # « U.S.A. »
    if (country := _by_code().get(text.upper())) is not None:
        return (country,)
    if countries := _by_words().get(_words(text), ()):
        return countries
    for code in _CODE.findall(text):
        country = _by_code().get(code)
        if country is not None and _by_words().get(_words(text.replace(code, ""))) == (country,):
            return (country,)
    return ()


def title(code: str, lang: str) -> str:
    """Return the name of the country of an alpha-2 code."""
    return _by_code()[code].title(lang)


def near(text: str) -> str | None:
    """Return the name that is nearest to a text that is none; None when none is near."""
    names = _by_spelling()
    # « Madrid, Espagne »: the country comes last.
    for part in (text, *reversed(_SEPARATOR.split(text[:_LONGEST]))):
        name = nearest(spelled(part[:_LONGEST]), names, 0.8)
        if name is not None:
            return names[name]
    return None


def completions(text: str, lang: str) -> list[str]:
    """Return the names that a typed text may become, in one language and in the order of names.

    Each word of the text begins a word of a name that the country has in any language.
    """
    begun = spelled(text[:_LONGEST]).split()
    countries = {
        country
        for name, countries in _names()
        if begun
        and all(any(word.startswith(part) for word in spelled(name).split()) for part in begun)
        for country in countries
    }
    return sorted((country.title(lang) for country in countries), key=spelled)


def _words(name: str) -> frozenset[str]:
    """Return the words by which names are compared, in any order."""
    words = spelled(name.replace(".", "")).split()
    return frozenset(_SHORT.get(word, word) for word in words if word not in _SMALL)


@cache
def _by_code() -> dict[str, Country]:
    """Return each country by its alpha-2 and by its alpha-3 code."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        next(rows)
        countries = [Country(*row) for row in rows]
    return {code: country for country in countries for code in (country.code, country.alpha3)}


def _names() -> Iterator[tuple[str, tuple[Country, ...]]]:
    """Give every name with the countries that it may mean."""
    for country in dict.fromkeys(_by_code().values()):
        yield country.french, (country,)
        yield country.english, (country,)
    with OTHER_NAMES.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=";")
        next(rows)
        for codes, name in rows:
            yield name, tuple(_by_code()[code] for code in codes.split())


@cache
def _by_spelling() -> dict[str, str]:
    return {spelled(name): name for name, _ in _names()}


@cache
def _by_words() -> dict[frozenset[str], tuple[Country, ...]]:
    return {_words(name): countries for name, countries in _names()}
