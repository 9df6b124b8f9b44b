r"""Rebuild the registers of the package from a fresh download of the official files.

    make data ESTABLISHMENTS=fr-esr-principaux-etablissements-enseignement-superieur.csv \
              COMMUNES=liste-communes-FRR-juillet2025.csv

Both are CSV files in UTF-8, separated by semicolons, as the portals export them with their labels
as headers; files that already have our names of columns are taken too. A column that is missing
or a class of communes that is not known ends it before anything is written. Afterwards, change
`as_of` and `rows` in `ami_cli/registers/__init__.py`: a test holds the rows in step.
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ami_cli.registers import communes, schools
from ami_cli.registers.spelling import spelled

# Our columns, by the labels of the official files.
SCHOOL_COLUMNS = {
    "uai - identifiant": "uai",
    "libellé": "name",
    "nom court": "short_name",
    "sigle": "acronym",
    "type d'établissement": "type",
    "secteur d'établissement": "sector",
    "Statut juridique": "legal_status",
    "Commune": "commune",
    "Académie": "academie",
    "site internet": "website",
}
# The other names of a school: official, former, English.
OTHER_NAMES = ("uo_lib_officiel", "English name", "autres noms", "aliases")
COMMUNE_COLUMNS = {
    "Code_insee": "insee_code",
    "Departement": "department",
    "Commune": "name",
    "Classement FRR et FRR+": "frr_class",
}


class NotTheFile(Exception):
    """A file that is not the official one; says what is missing."""


def school_rows(rows: Iterable[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    """The rows of `establishments.csv`, in the order of the official file."""
    for row in rows:
        ours = _renamed(row, SCHOOL_COLUMNS)
        names = [each for column in OTHER_NAMES for each in (row.get(column) or "").split(";")]
        names += [ours["name"], ours["short_name"], ours["acronym"]]
        yield {**ours, "aliases": ";".join(dict.fromkeys(filter(None, map(str.strip, names))))}


def commune_lines(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """The lines of `communes.txt`, in the order of the names as they are compared."""
    letters = {name: letter for letter, name in communes.CLASSES.items()}
    lines = []
    for row in rows:
        ours = _renamed(row, COMMUNE_COLUMNS)
        if ours["frr_class"] not in letters:
            raise NotTheFile(f"class {ours['frr_class']!r} of {ours['insee_code']}")
        letter = letters[ours["frr_class"]]
        parts = (spelled(ours["name"]), ours["insee_code"], ours["department"], letter)
        lines.append((*parts, ours["name"]))
    return [";".join(parts) for parts in sorted(lines)]


def _renamed(row: Mapping[str, str], columns: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for label, name in columns.items():
        # A label may end in a date: « Classement FRR et FRR+ au 10 juillet 2025 ».
        column = next((each for each in row if each and each.startswith(label)), None)
        value = row.get(name) if name in row else row[column] if column else None
        if value is None:
            raise NotTheFile(f"no column {label!r} or {name!r}")
        found[name] = value.strip()
    return found


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of an official file, by its labels."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def school_text(rows: Iterable[Mapping[str, str]]) -> str:
    """`establishments.csv`, whole."""
    text = io.StringIO()
    out = csv.DictWriter(
        text, [*SCHOOL_COLUMNS.values(), "aliases"], delimiter=";", lineterminator="\n"
    )
    out.writeheader()
    out.writerows(school_rows(rows))
    return text.getvalue()


def commune_text(rows: Iterable[Mapping[str, str]]) -> str:
    """`communes.txt`, whole: it begins and ends with a line break."""
    return "\n" + "".join(f"{line}\n" for line in commune_lines(rows))


if __name__ == "__main__":
    establishments, towns = (read_rows(Path(name)) for name in sys.argv[1:3])
    made = {schools.DATA: school_text(establishments), communes.DATA: commune_text(towns)}
    for path, text in made.items():
        path.write_text(text, "utf-8", newline="\n")
