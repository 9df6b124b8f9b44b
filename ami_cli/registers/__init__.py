"""Looks up open data: schools and the zoning of communes, which spare a question, and countries.

`tools/registers.py` makes the files from the official ones (Licence Ouverte 2.0). A register
answers only what is certain: a name that fits one entry without being its name is `proposed`, one
that fits several is `several`, one that fits none is `unknown`; none of them is ever guessed.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from ami_cli.registers import communes, countries, schools

# The answer about the establishment that the kind of a school settles.
ESTABLISHMENT_BY_KIND: Mapping[str, str] = {"mesr": "public", "other_ministry": "other_ministry"}

Answer = Literal["found", "proposed", "several", "unknown"]


E = TypeVar("E", bound="schools.School | communes.Commune")


class Found(NamedTuple, Generic[E]):
    """What a text may name: one entry, one or several that are asked about, or none.

    `entries` of an unknown name are the nearest ones, where those were looked for. `is_territory`:
    the name is that of a country, a region or a department too.
    """

    answer: Answer
    entries: tuple[E, ...] = ()
    is_territory: bool = False

    @property
    def entry(self) -> E | None:
        """Return the entry that is certain; None where none is."""
        return self.entries[0] if self.answer == "found" else None

    @property
    def kind(self) -> str:
        """Return the kind of the entry that is certain; without one, the answer says why."""
        return self.entries[0].kind if self.answer == "found" else self.answer

    @property
    def titles(self) -> list[str]:
        """Return the names of the entries."""
        return list(dict.fromkeys(entry.title for entry in self.entries))


def named(entries: Iterable[E]) -> Found[E]:
    """Return the entries that a text names; one alone is certain."""
    distinct = tuple(dict.fromkeys(entries))
    answers: tuple[Answer, ...] = ("unknown", "found", "several")
    return Found(answers[min(len(distinct), 2)], distinct)


def asked_about(entries: Iterable[E]) -> Found[E]:
    """Return the entries that a text may mean, none of which is certain."""
    found = named(entries)
    return found._replace(answer="proposed") if found.answer == "found" else found


class Register(NamedTuple):
    """Where a register comes from: the dataset, its address, its year or day."""

    id: str
    name: str
    dataset: str
    url: str
    as_of: str
    rows: int


# The French ones are under Licence Ouverte 2.0; the package that gathers POSTAL_CODES is under MIT,
# COUNTRIES under the Unicode licence.
SCHOOLS = Register(
    "D1",
    "schools",
    "fr-esr-principaux-etablissements-enseignement-superieur",
    "https://data.enseignementsup-recherche.gouv.fr/explore/dataset/"
    "fr-esr-principaux-etablissements-enseignement-superieur/",
    "2025-01-01",
    350,
)
COMMUNES = Register(
    "D2",
    "communes",
    "liste-communes-FRR-juillet2025",
    "https://www.collectivites-locales.gouv.fr/animer-les-territoires/"
    "cohesion-territoriale-et-lamenagement-du-territoire/la-cohesion-territoriale/les-ruralites/"
    "le-plan-france-ruralites",
    "2025-07-10",
    34_875,
)
POSTAL_CODES = Register(
    "D3",
    "postal_codes",
    "@etalab/decoupage-administratif 6.0.0",
    "https://github.com/etalab/decoupage-administratif",
    "2026",
    39_732,
)
COUNTRIES = Register("D4", "countries", "Unicode CLDR", "https://cldr.unicode.org/", "2026", 250)
REGISTERS = (SCHOOLS, COMMUNES, POSTAL_CODES, COUNTRIES)


def find_school(text: str) -> "Found[schools.School]":
    """Return the school of a name or a code, and load the register for it."""
    from ami_cli.registers import schools

    return schools.find(text)


def find_commune(text: str) -> "Found[communes.Commune]":
    """Return the commune of a name or a code, and load the register for it."""
    from ami_cli.registers import communes

    return communes.find(text)


def propose_schools(text: str) -> "Found[schools.School]":
    """Return the school of a name or a code; for an unknown one, schools of a similar name."""
    from ami_cli.registers import schools

    return schools.proposed(text)


def propose_communes(text: str) -> "Found[communes.Commune]":
    """Return the commune of a name or a code; for an unknown one, that of the nearest name."""
    from ami_cli.registers import communes

    return communes.proposed(text)


def unlisted_kind(school: str) -> str | None:
    """Return "part" for a part of a university, "unlisted" for a lycée or a school of health or
    social work, which the register leaves out; None for another name."""
    from ami_cli.registers import schools

    return schools.unlisted_kind(school)


def find(name: str, text: str) -> "Found[schools.School] | Found[communes.Commune]":
    """Return what a text may name in the register of an answer: `school` or `commune`."""
    return find_school(text) if name == "school" else find_commune(text)


def find_countries(text: str) -> "tuple[countries.Country, ...]":
    """Return the countries that a name or a code may mean, and load the register for it."""
    from ami_cli.registers import countries

    return countries.find(text)
