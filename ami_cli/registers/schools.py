"""Looks up the main institutions of higher education, and what a name settles.

A public institution under the ministry of higher education is `public`, one under another ministry
is `other_ministry`; each has the text or dataset that says so and its date. Where the register
knows no ministry, and for every private school, of which no open data says whether it may receive
scholarship holders, the question about the establishment stays.

A name is certain when it is one of the register's, or holds one and adds only words of the same
school's other names, its town or its code, and no other school fits. « Fac » and « univ » count as
« université »; « IUT » does not, because an IUT may stand in a town of another university. A town
alone is never a name.
"""

import csv
import re
from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from ami_cli.answers import LONGEST_NAME
from ami_cli.registers import Found, asked_about, named
from ami_cli.registers.spelling import nearest, numbered, sounded, spelled

DATA = Path(__file__).with_name("establishments.csv")

Kind = Literal["mesr", "other_ministry", "public", "private"]

UNIVERSITY = "universite"
_UNIVERSITY_WORDS = "univ universites university uni u fac facs faculte facultes"
_SMALL_WORDS = "a au aux d de des du en et l la le les of the and for in at"
_SYNONYMS = {
    **dict.fromkeys(_UNIVERSITY_WORDS.split(), UNIVERSITY),
    **dict.fromkeys(("catholic", "catho"), "catholique"),
    **dict.fromkeys(["sup", "superieure", "superieurs", "superieures"], "superieur"),
    **dict.fromkeys(["nat", "nationale", "nationales", "nationaux"], "national"),
    **dict.fromkeys(["ec", "ecoles"], "ecole"),
    **dict.fromkeys(["inst", "instituts", "institute"], "institut"),
    "ing": "ingenieurs",
    "ingenieur": "ingenieurs",
    "archi": "architecture",
    "tech": "technologie",
    "techno": "technologie",
    "deux": "2",
    "trois": "3",
}
_ARTICLE = re.compile(r"^(l|la|le|les) ")
_AT_UNIVERSITY = re.compile(r"\b(universite|univ)( (de la|de|du|des|d))? ")
_TECHNOLOGY = re.compile(r"\but\b")
_SMALL = frozenset(_SMALL_WORDS.split())
# Parts of a university, which have no entry of their own; schools that the register leaves out, and
# of which no text says whether the AMI covers them.
_PARTS = frozenset(["iut", "iae", "inspe", "espe", "polytech", "ufr", "staps"])
# Subjects, which many schools teach: alone they tell none, and a part of a university is not in the
# one of which a name holds its subject.
_SUBJECT_WORDS = (
    "anglais art arts biologie chimie civilisation civilisations communication droit eco economie "
    "economique economiques education etrangeres exactes geographie gestion histoire humaines info "
    "informatique juridiques langue langues lettre lettres litterature management mathematiques "
    "maths medecine medical medicales musique odontologie pharmaceutiques pharmacie philosophie "
    "physique politique politiques psycho psychologie sante science sciences sociales sociologie "
    "sport sportives sports"
)
_SUBJECTS = frozenset(_SUBJECT_WORDS.split())
# In the name of a school that is no part, they tell its kind: « université de technologie ».
_TECHNICAL = frozenset(
    ["ingenierie", "ingenieurs", "technique", "techniques", "technologie", "technologies"]
)
_UNLISTED = frozenset(["lycee", "bts", "prepa", "cpge", "ifsi", "ifas", "ifmk", "irts"])
_ACRONYM = 3  # letters of an acronym that with another letter is another school
_LONG = 3  # words of a name, « université » among them, that identify it without that word


MinistryCode = Literal["mesr", "agriculture", "culture", "defence", "ecology", "economy", "other"]


class Ministry(NamedTuple):
    """The ministry over a public institution.

    `source` names the texts or datasets that say so, in French. `as_of` is the latest day, month
    or year of them, with « > » before it where the text is only known to be later.
    """

    code: MinistryCode
    source: str
    as_of: str


class School(NamedTuple):
    """One institution as the register has it; texts are empty where it says nothing.

    `former_uai` are codes of institutions that it took over.
    """

    uai: tuple[str, ...]
    former_uai: tuple[str, ...]
    name: str
    type: str
    sector: str
    commune: str
    website: str
    names: tuple[str, ...]
    ministry: Ministry | None

    @property
    def kind(self) -> Kind:
        """Return what the register knows: the sector, and the ministry of a public school."""
        if self.sector != "public":
            return "private"
        if self.ministry is None:
            return "public"
        return "mesr" if self.ministry.code == "mesr" else "other_ministry"

    @property
    def title(self) -> str:
        """Return its name."""
        return self.name

    @property
    def is_university(self) -> bool:
        """Tell whether it is a university, which lists name first."""
        return self.type == "Université"


@lru_cache(2_000)
def find(text: str) -> Found[School]:
    """Return the school of a name, an acronym, a former name or a UAI code."""
    if len(text) > LONGEST_NAME:
        return Found("unknown")
    name = spelled(text)
    exact = _by_name().get(name) or _by_name().get(_ARTICLE.sub("", name), ())
    if exact:
        return named(exact)
    words = frozenset(words_of(name))
    own = words - {UNIVERSITY}
    # Its town and its codes are looked at where its names do not hold all words.
    sought = not own <= _known_words(sought=False)
    if own <= _SUBJECTS or not own <= _known_words(sought=sought):
        return Found("unknown")
    numbers = frozenset.intersection(*(_with(word, sought=sought) for word in own))
    holding = [_entries()[number] for number in sorted(numbers)]
    possible = [entry for entry in holding if own == words or UNIVERSITY in entry.words]
    if len(possible) == 1 and possible[0].is_named_by(words):
        return named([possible[0].school])
    # Universities first, then those of which a name has the fewest words beside, then those of
    # which the most names hold the words: « ENS » is less often « ENS2M » than « ENS Ulm ».
    asked = sorted(
        possible or holding,
        key=lambda entry: (
            not entry.school.is_university,
            entry.fewest_words(own),
            -sum(own <= name for name in entry.names),
        ),
    )
    return asked_about(entry.school for entry in asked)


@lru_cache(2_000)
def proposed(text: str) -> Found[School]:
    """Return the school of a name; for an unknown name, the schools of a similar name.

    The search for similar names takes milliseconds: it is for a person, not for a column.
    """
    found = find(text)
    return found if found.entries else found._replace(entries=tuple(near(text)))


def unlisted_kind(text: str) -> Literal["part", "unlisted"] | None:
    """Return what a name of no entry says of the school: a part of a university, or a lycée or a
    school of health or social work; None where it says neither."""
    words = frozenset(words_of(text[:LONGEST_NAME]))
    return "part" if words & _PARTS else "unlisted" if words & _UNLISTED else None


def search(text: str) -> list[School]:
    """Return every school that some words may look for, all of them for an empty text.

    Each word begins a word of one of its names, of its town or of its codes. A school that is
    certain comes first, then universities.
    """
    text = text[:LONGEST_NAME]
    found = find(text)
    begun = words_of(text)
    others = [
        entry.school
        for entry in _entries()
        if all(any(word.startswith(part) for word in entry.sought) for part in begun)
    ]
    listed = sorted([*found.entries, *others], key=lambda school: not school.is_university)
    certain = [found.entry] if found.entry else []
    return list(dict.fromkeys([*certain, *(listed or near(text))]))


def near(text: str, most: int = 3) -> list[School]:
    """Return the schools that are nearest to a name that is none, the nearest first.

    First those of which a name sounds like the text, then those of which the text holds a whole
    name, then those that hold its words or stand in its town, typing mistakes allowed, then those
    of a similar name. A part of a university is in one of the universities that the rest names.
    """
    from difflib import get_close_matches  # only a mistake needs it

    if len(text) > LONGEST_NAME:
        return []
    if kind := unlisted_kind(text):
        of_a_part = _PARTS | _SUBJECTS | _TECHNICAL
        rest = " ".join(word for word in words_of(text) if word not in of_a_part)
        entries = proposed(rest).entries if kind == "part" else ()
        return [school for school in entries if UNIVERSITY in spelled(school.name)][:most]
    words = frozenset(words_of(text))
    if words - {UNIVERSITY} <= _SUBJECTS:
        return []
    known = frozenset().union(*(entry.sought for entry in _entries()))
    corrected = {_corrected(word, known) for word in words - {UNIVERSITY}}
    named = [entry for entry in _entries() if entry.is_named_by(words, least=2)]
    holding = [
        entry
        for entry in _entries()
        if corrected <= entry.sought
        and corrected
        and (UNIVERSITY not in words or UNIVERSITY in entry.words)
    ]
    # Universities first, then the shortest names.
    holding.sort(key=lambda entry: (not entry.school.is_university, len(entry.words)))
    name = numbered(text)
    sound = sounded(name)
    schools = [
        school
        for key, schools in _by_name().items()
        for school in schools
        if sounded(numbered(key)) == sound
    ]
    schools += [entry.school for entry in (*named, *holding)]
    # « Université de » alone would make any two universities similar.
    is_university = _AT_UNIVERSITY.search(name) is not None
    alike = {
        _AT_UNIVERSITY.sub("", numbered(key)) if is_university else key: key
        for key in _by_name()
        if _numbers(numbered(key)) == _numbers(name)
        and (not is_university or _AT_UNIVERSITY.search(key))
    }
    name = _AT_UNIVERSITY.sub("", name)
    for key in get_close_matches(name, alike, most, 0.8) if len(name) > _ACRONYM else ():
        schools += _by_name()[alike[key]]
    return list(dict.fromkeys(schools))[:most]


def _corrected(word: str, known: Collection[str]) -> str | None:
    """Return the known word that a word is or nearly is; no number and no acronym of three letters
    is nearly another."""
    if word in known:
        return word
    return None if word.isdigit() or len(word) <= _ACRONYM else nearest(word, known, 0.8)


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

    def fewest_words(self, words: frozenset[str]) -> int:
        """Return how many words the shortest name has that holds some words, besides
        « université »."""
        lengths = (len(name - {UNIVERSITY}) for name in self.names if words <= name)
        return min(lengths, default=len(self.words))

    def is_named_by(self, words: frozenset[str], least: int = 1) -> bool:
        """Tell whether words hold a whole name of this school, of at least `least` words.

        « Université » may be left out beside a number, of a name of three words and more, or where
        the register does so.
        """
        own = words - {UNIVERSITY}
        return any(
            name - {UNIVERSITY} <= own
            and len(name) >= least
            and (
                UNIVERSITY in words
                or UNIVERSITY not in name
                or len(name) > _LONG
                or any(map(str.isdigit, name))
            )
            for name in self.names
        )


def words_of(name: str) -> list[str]:
    """Return the words by which a name is compared, in their order."""
    words = _TECHNOLOGY.sub("universite technologie", numbered(name)).split()
    return [_SYNONYMS.get(word, word) for word in words if word not in _SMALL]


@cache
def _rows() -> list[tuple[School, list[str], list[str]]]:
    """Return each school, its names as they are compared, and the words of each of them."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return [
            (_school(row), row["keys"].split(";"), row["words"].split(";"))
            for row in csv.DictReader(file, delimiter=";")
        ]


def _school(row: Mapping[str, str]) -> School:
    codes, former = (tuple(filter(None, row[name].split(";"))) for name in ("uai", "former_uai"))
    code: Any = row["ministry"]
    ministry = Ministry(code, row["ministry_source"], row["ministry_as_of"])
    return School(
        uai=codes,
        former_uai=former,
        names=tuple(row["names"].split(";")),
        ministry=ministry if code else None,
        **{column: row[column] for column in ("name", "type", "sector", "commune", "website")},
    )


@cache
def _by_name() -> dict[str, tuple[School, ...]]:
    """Return the schools of each name and code, in the form in which names are compared."""
    schools: dict[str, tuple[School, ...]] = {}
    for school, names, _ in _rows():
        for key in (*names, *map(str.lower, (*school.uai, *school.former_uai))):
            schools[key] = (*schools.get(key, ()), school)
    return schools


@cache
def _entries() -> list[_Entry]:
    entries = []
    for school, _, texts in _rows():
        names = tuple(frozenset(text.split()) for text in texts)
        words = frozenset().union(*names)
        town = spelled(school.commune).split()
        codes = map(str.lower, (*school.uai, *school.former_uai))
        entries.append(_Entry(school, words, names, words.union(town, codes)))
    return entries


@cache
def _known_words(*, sought: bool) -> frozenset[str]:
    return frozenset().union(*(entry.sought if sought else entry.words for entry in _entries()))


@cache
def _with(word: str, *, sought: bool) -> frozenset[int]:
    """Return the numbers of the entries that hold a known word."""
    return frozenset(
        n for n, entry in enumerate(_entries()) if word in (entry.sought if sought else entry.words)
    )
