"""The main institutions of higher education: which one a name means, and what that settles.

A public university is public and under the ministry of higher education. Of every other school
the register knows the sector, but neither the supervising ministry nor the right to receive
scholarship holders: the question about the establishment stays.

A name is certain when it is one of the register's, or holds one and adds only words of the same
school's other names, and no other school could be meant. « Fac » and « univ » count as
« université »; « IUT » does not, for an IUT may stand in a town of another university. A town
alone is never a name.
"""

import csv
from collections.abc import Collection
from difflib import get_close_matches
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

from ami_cli.reading import nearest
from ami_cli.registers import Answer
from ami_cli.registers.spelling import numbered, spelled

DATA = Path(__file__).with_name("establishments.csv")

Kind = Literal["university", "public", "private"]

_UNIVERSITY = "universite"
_MEANT = {
    **dict.fromkeys(
        ("univ", "universites", "university", "uni", "u", "fac", "facs", "faculte", "facultes"),
        _UNIVERSITY,
    ),
    **dict.fromkeys(("catholic", "catho"), "catholique"),
    "deux": "2",
    "trois": "3",
}
_SMALL = frozenset(
    [
        "a",
        "au",
        "aux",
        "d",
        "de",
        "des",
        "du",
        "en",
        "et",
        "l",
        "la",
        "le",
        "les",
        "of",
        "the",
        "and",
        "for",
        "in",
        "at",
    ]
)
_LONG = 3  # words of a name, « université » among them, that say enough without it
_LONGEST = 200  # characters; no name is that long


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
        """What the register settles: a public university, or only the sector."""
        if self.sector != "public":
            return "private"
        return "university" if self.type == "Université" else "public"


class Found(NamedTuple):
    """What a text may name: one school, several (to be asked about), or none."""

    answer: Answer
    schools: tuple[School, ...]


@lru_cache(100_000)
def find(text: str) -> Found:
    """The school of a name, an acronym, a former name or a UAI code."""
    text = text[:_LONGEST]
    exact = _by_name().get(spelled(text), ())
    if exact:
        return Found("found" if len(exact) == 1 else "several", exact)
    wanted = _words(text)
    own = wanted - {_UNIVERSITY}
    if not own:
        return Found("unknown", ())
    holding = [entry for entry in _entries_with(own) if own <= entry.words]
    possible = [entry for entry in holding if own == wanted or _UNIVERSITY in entry.words]
    if len(possible) == 1 and possible[0].is_named_by(wanted):
        return Found("found", (possible[0].school,))
    if holding:
        return Found("several", tuple(entry.school for entry in possible or holding))
    return Found("unknown", ())


def search(text: str) -> list[School]:
    """Every school that a person may look for by some words: each begins a word of one of its
    names, of its town or of its codes; all of them for an empty text. The one that is certain comes
    first, then universities."""
    found = find(text)
    begun = numbered(text[:_LONGEST]).split()
    begun = [_MEANT.get(word, word) for word in begun if word not in _SMALL]
    others = [
        entry.school
        for entry in _entries()
        if all(any(word.startswith(part) for word in entry.sought) for part in begun)
    ]
    listed = sorted([*found.schools, *others], key=lambda each: each.kind != "university")
    if not listed:
        listed = near(text)
    certain = found.schools if found.answer == "found" else ()
    return list(dict.fromkeys([*certain, *listed]))


def near(text: str, most: int = 3) -> list[School]:
    """The schools that somebody may have meant by a name that is none, the nearest first: those
    of which it holds a whole name; those that hold its words, or stand in its town, each word as it
    is nearly written; then those of nearly the same name."""
    whole = _words(text[:_LONGEST])
    wanted = whole - {_UNIVERSITY}
    known = frozenset().union(*(entry.sought for entry in _entries()))
    meant = {word if word in known else _misspelt(word, known) for word in wanted}
    holding = [entry for entry in _entries() if wanted and meant <= entry.sought]
    held = [entry for entry in _entries() if entry.is_named_by(whole, least=2)]
    found = [entry.school for entry in (*held, *sorted(holding, key=_by_kind))]
    name = numbered(text[:_LONGEST])
    alike = [key for key in _by_name() if _figures(numbered(key)) == _figures(name)]
    for key in get_close_matches(name, alike, most, 0.8):
        found += _by_name()[key]
    return list(dict.fromkeys(found))[:most]


def _by_kind(entry: "_Entry") -> tuple[bool, int]:
    """Universities first, then by the number of their words."""
    return entry.school.kind != "university", len(entry.words)


def _misspelt(word: str, known: Collection[str]) -> str | None:
    """The known word that another nearly is; a number is never nearly another."""
    return None if word.isdigit() else nearest(word, known, 0.8)


def _figures(name: str) -> list[str]:
    return [word for word in name.split() if word.isdigit()]


def completions(text: str, most: int = 20) -> list[str]:
    """The names that some typed words may become, as the wizard offers them."""
    if len(spelled(text)) < 2:
        return []
    return [school.name for school in search(text)[:most]]


class _Entry(NamedTuple):
    """A school ready to be found: the words of all its names, and of each name by itself."""

    school: School
    words: frozenset[str]
    each: tuple[frozenset[str], ...]
    sought: frozenset[str]

    def is_named_by(self, wanted: frozenset[str], least: int = 1) -> bool:
        """Whether words hold a whole name of this school, of at least so many words. « Université »
        may be left out beside a number, of a name of three words and more, or where the register
        does so."""
        own = wanted - {_UNIVERSITY}
        return any(
            name - {_UNIVERSITY} <= own
            and len(name) >= least
            and (
                _UNIVERSITY in wanted
                or _UNIVERSITY not in name
                or len(name) > _LONG
                or any(map(str.isdigit, name))
            )
            for name in self.each
        )


def _words(text: str) -> frozenset[str]:
    return frozenset(
        _MEANT.get(word, word) for word in numbered(text).split() if word not in _SMALL
    )


@cache
def _schools() -> tuple[School, ...]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(
            School(
                tuple(filter(None, row["uai"].split(";"))),
                row["name"],
                row["type"],
                row["sector"],
                row["commune"],
                row["website"],
                tuple(
                    dict.fromkeys(
                        filter(
                            None,
                            [
                                row["name"],
                                row["short_name"],
                                row["acronym"],
                                *row["aliases"].split(";"),
                            ],
                        )
                    )
                ),
            )
            for row in csv.DictReader(file, delimiter=";")
        )


@cache
def _by_name() -> dict[str, tuple[School, ...]]:
    """The schools of each of their names and codes, as names are compared."""
    found: dict[str, tuple[School, ...]] = {}
    for school in _schools():
        for key in {spelled(name) for name in (*school.names, *school.uai)}:
            found[key] = (*found.get(key, ()), school)
    return found


def _entries_with(words: frozenset[str]) -> list[_Entry]:
    """The entries that may hold some words: those of which a name holds how one of them begins."""
    begun = max((word for word in words if not word.isdigit()), key=len, default="")[:4]
    held = dict.fromkeys(
        school for name, schools in _by_name().items() if begun in name for school in schools
    )
    return [_entry(school) for school in _schools() if school in held]


def _entries() -> list[_Entry]:
    return [_entry(school) for school in _schools()]


@cache
def _entry(school: School) -> _Entry:
    # « Université Sorbonne Nouvelle - Paris 3 » is both.
    parts = {part: None for name in school.names for part in (name, *name.split(" - ")[:1])}
    each = tuple(filter(lambda words: words - {_UNIVERSITY}, map(_words, parts)))
    words = frozenset().union(*each)
    beside = " ".join((school.commune, *school.uai))
    return _Entry(school, words, each, words | set(spelled(beside).split()))
