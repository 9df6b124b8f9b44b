"""Open data that spares a student a question: the schools, and the communes that are rural.

What the package holds is made by `data/rebuild.py` from the official files (Licence Ouverte 2.0).
A register says what it is sure of and nothing more: a name that may be several is a question
(`several`), one that it does not hold is `unknown`, and neither is ever guessed.
"""

from typing import Literal, NamedTuple

Answer = Literal["found", "several", "unknown"]


class Register(NamedTuple):
    """Where a register comes from: the dataset, its address, and the year or day it speaks of."""

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
