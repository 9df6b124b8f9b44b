"""Names the departments and regions of France, and the countries, none of which is a commune.

`territories.csv` has the departments with their codes and, without a code, the regions, those until
2015 and France. Departments and regions: *code officiel géographique* 2026 of INSEE. Regions until
2015: those that etalab/geohisto, made from it, ends on 31 December 2015, with two names that people
still use, « Centre » and « PACA ».
"""

import csv
from functools import cache
from pathlib import Path

from ami_cli.registers import find_countries
from ami_cli.registers.spelling import spelled

DATA = Path(__file__).with_name("territories.csv")
_LONGEST_CODE = 3  # of a country: « Eu » is a commune
# What may stand before the name of a territory: « département de la Creuse », « l'Allier ».
_BEFORE = frozenset(["departement", "region", "de", "du", "des", "d", "la", "le", "les", "l"])


def is_territory(name: str) -> bool:
    """Tell whether a name, as names are compared, is that of a department, a region or a country.

    >>> [is_territory(name) for name in ("la reunion", "departement de la creuse", "maroc", "eu")]
    [True, True, True, False]
    """
    if len(name) > _LONGEST_CODE and find_countries(name):
        return True
    words = name.split()
    while words and words[0] in _BEFORE:
        if " ".join(words) in _codes():
            return True
        words.pop(0)
    return " ".join(words) in _codes()


def department_code(name: str) -> str | None:
    """Return the code of a department by its name, as names are compared; None of another name."""
    return _codes().get(name) or None


@cache
def _codes() -> dict[str, str]:
    """Return the code of each territory by its name, as names are compared; "" of a region.

    La Réunion has its name without the article too.
    """
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter=";")
        codes = {spelled(row["name"]): row["code"] for row in rows}
    return {key: code for name, code in codes.items() for key in (name, name.removeprefix("la "))}
