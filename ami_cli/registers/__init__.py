"""Looks up open data that spares a student a question: schools, and the zoning of communes.

`tools/registers.py` makes the files from the official ones (Licence Ouverte 2.0). A register
answers only what is certain: a name that fits several entries is `several`, one that fits none is
`unknown`, and neither is ever guessed.
"""

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ami_cli.registers import communes, countries, schools

Answer = Literal["found", "several", "unknown"]


class Register(NamedTuple):
    """Where a register comes from: the dataset, its address, its year or day."""

    id: str
    name: str
    dataset: str
    url: str
    as_of: str
    rows: int


# Both are under Licence Ouverte 2.0.
SCHOOLS = Register(
    "D1",
    "schools",
    "fr-esr-principaux-etablissements-enseignement-superieur",
    "https://data.enseignementsup-recherche.gouv.fr/explore/dataset/"
    "fr-esr-principaux-etablissements-enseignement-superieur/",
    "2024",
    245,
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
REGISTERS = (SCHOOLS, COMMUNES)


def find_school(text: str) -> "schools.Found":
    """Return the school of a name or a code, and load the register for it."""
    from ami_cli.registers import schools

    return schools.find(text)


def find_commune(text: str) -> "communes.Found":
    """Return the commune of a name or a code, and load the register for it."""
    from ami_cli.registers import communes

    return communes.find(text)


def find_country(text: str) -> "countries.Found":
    """Return the country of a name or a code, and load the register for it."""
    from ami_cli.registers import countries

    return countries.find(text)
