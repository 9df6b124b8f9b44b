"""Looks up the main institutions of higher education, and what a name settles.

A public university is public and under the ministry of higher education. Of every other school
the register knows the sector, but neither the supervising ministry nor the right to receive
scholarship holders: the question about the establishment stays.

A name is certain when it is one of the register's, or holds one and adds only words of the same
school's other names, and no other school fits. « Fac » and « univ » count as « université »;
« IUT » does not, because an IUT may stand in a town of another university. A town alone is never
a name.
"""

import csv
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from ami_cli.registers import Answer
from ami_cli.registers.spelling import nearest, numbered, spelled

DATA = Path(__file__).with_name("establishments.csv")

Kind = Literal["university", "public", "private"]

_UNIVERSITY = "universite"
_UNIVERSITY_WORDS = "univ universites university uni u fac facs faculte facultes"
_SMALL_WORDS = "a au aux d de des du en et l la le les of the and for in at"
_SYNONYMS = {
    **dict.fromkeys(_UNIVERSITY_WORDS.split(), _UNIVERSITY),
    **dict.fromkeys(("catholic", "catho"), "catholique"),
    "deux": "2",
    "trois": "3",
}
_SMALL = frozenset(_SMALL_WORDS.split())
_LONG = 3  # words of a name, « université » among them, that identify it without that word
_LONGEST = 200  # characters; no name is longer


class School(NamedTuple):
    """One institution as the register has it; texts are empty where it says nothing."""

    uai: tuple[str, ...]
    name: str
    type: str
    sector: str
    commune: str
    website: str
    names: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """Return what the register settles: a public university, or only the sector."""
        if self.sector != "public":
            return "private"
        return "university" if self.type == "Université" else "public"


class Found(NamedTuple):
    """What a text may name: one school, several (to be asked about), or none."""

    answer: Answer
    schools: tuple[School, ...]

    @property
    def titles(self) -> list[str]:
        """Return the names of the schools."""
        return [school.name for school in self.schools]


@lru_cache(100_000)
def find(text: str) -> Found:
    """Return the school of a name, an acronym, a former name or a UAI code."""
    text = text[:_LONGEST]
    exact = _by_name().get(spelled(text), ())
    if exact:
        return Found("found" if len(exact) == 1 else "several", exact)
    words = _words(text)
    own = words - {_UNIVERSITY}
    if not own:
        return Found("unknown", ())
    holding = [entry for entry in _entries_with(own) if own <= entry.words]
    possible = [entry for entry in holding if own == words or _UNIVERSITY in entry.words]
    if len(possible) == 1 and possible[0].is_named_by(words):
        return Found("found", (possible[0].school,))
    if holding:
        return Found("several", tuple(entry.school for entry in possible or holding))
    return Found("unknown", ())


def search(text: str) -> list[School]:
    """Return every school that some words may look for, all of them for an empty text.

    Each word begins a word of one of its names, of its town or of its codes. A school that is
    certain comes first, then universities.
    """
    found = find(text)
    begun = _words_in_order(text)
    others = [
        entry.school
        for entry in _entries()
        if all(any(word.startswith(part) for word in entry.sought) for part in begun)
    ]
    listed = sorted([*found.schools, *others], key=lambda school: school.kind != "university")
    certain = found.schools if found.answer == "found" else ()
    return list(dict.fromkeys([*certain, *(listed or near(text))]))


def near(text: str, most: int = 3) -> list[School]:
    """Return the schools that are nearest to a name that is none, the nearest first.

    First those of which the text holds a whole name, then those that hold its words or stand in
    its town, typing mistakes allowed, then those of a similar name.
    """
    words = _words(text)
    known = frozenset().union(*(entry.sought for entry in _entries()))
    corrected = {_corrected(word, known) for word in words - {_UNIVERSITY}}
    named = [entry for entry in _entries() if entry.is_named_by(words, least=2)]
    holding = [entry for entry in _entries() if corrected and corrected <= entry.sought]
    # Universities first, then the shortest names.
    holding.sort(key=lambda entry: (entry.school.kind != "university", len(entry.words)))
    schools = [entry.school for entry in (*named, *holding)]
    name = numbered(text[:_LONGEST])
    same_numbers = [key for key in _by_name() if _numbers(numbered(key)) == _numbers(name)]
    for key in get_close_matches(name, same_numbers, most, 0.8):
        schools += _by_name()[key]
    return list(dict.fromkeys(schools))[:most]


def _corrected(word: str, known: Collection[str]) -> str | None:
    """Return the known word that a word is or nearly is; a number is never nearly another."""
    if word in known:
        return word
    return None if word.isdigit() else nearest(word, known, 0.8)


def _numbers(name: str) -> list[str]:
    return [word for word in name.split() if word.isdigit()]


def completions(text: str, most: int = 20) -> list[str]:
    """Return the names that some typed words may become, as the wizard offers them."""
    if len(spelled(text)) < 2:
        return []
    return [school.name for school in search(text)[:most]]


class _Entry(NamedTuple):
    """A school with what is compared: the words of all its names, and of each name by itself.

    `sought` adds the words of its town and its codes, which find a school but never name it.
    """

    school: School
    words: frozenset[str]
    names: tuple[frozenset[str], ...]
    sought: frozenset[str]

    def is_named_by(self, words: frozenset[str], least: int = 1) -> bool:
        """Tell whether words hold a whole name of this school, of at least `least` words.

        « Université » may be left out beside a number, of a name of three words and more, or where
        the register does so.
        """
        own = words - {_UNIVERSITY}
        return any(
            name - {_UNIVERSITY} <= own
            and len(name) >= least
            and (
                _UNIVERSITY in words
                or _UNIVERSITY not in name
                or len(name) > _LONG
                or any(map(str.isdigit, name))
            )
            for name in self.names
        )


def _words_in_order(text: str) -> list[str]:
    words = numbered(text[:_LONGEST]).split()
    return [_SYNONYMS.get(word, word) for word in words if word not in _SMALL]


def _words(text: str) -> frozenset[str]:
    return frozenset(_words_in_order(text))


@cache
def _schools() -> tuple[School, ...]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(map(_school, csv.DictReader(file, delimiter=";")))


def _school(row: Mapping[str, str]) -> School:
    names = (row["name"], row["short_name"], row["acronym"], *row["aliases"].split(";"))
    return School(
        uai=tuple(filter(None, row["uai"].split(";"))),
        names=tuple(dict.fromkeys(filter(None, names))),
        **{column: row[column] for column in ("name", "type", "sector", "commune", "website")},
    )


@cache
def _by_name() -> dict[str, tuple[School, ...]]:
    """Return the schools of each name and code, in the form in which names are compared."""
    schools: dict[str, tuple[School, ...]] = {}
    for school in _schools():
        for key in {spelled(name) for name in (*school.names, *school.uai)}:
            schools[key] = (*schools.get(key, ()), school)
    return schools


def _entries_with(words: frozenset[str]) -> list[_Entry]:
    """Return the entries that may hold some words: a name holds the beginning of the longest."""
    begun = max((word for word in words if not word.isdigit()), key=len, default="")[:4]
    schools = {
        school for name, schools in _by_name().items() if begun in name for school in schools
    }
    return [_entry(school) for school in _schools() if school in schools]


def _entries() -> list[_Entry]:
    return [_entry(school) for school in _schools()]


@cache
def _entry(school: School) -> _Entry:
    # « Université Sorbonne Nouvelle - Paris 3 » is a name with and without its end.
    parts = {part: None for name in school.names for part in (name, *name.split(" - ")[:1])}
    names = tuple(words for words in map(_words, parts) if words - {_UNIVERSITY})
    words = frozenset().union(*names)
    town_and_codes = " ".join((school.commune, *school.uai))
    return _Entry(school, words, names, words | set(spelled(town_and_codes).split()))
