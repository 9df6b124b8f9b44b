r"""Make the registers of the package from fresh copies of the files they come from.

    make data FROM=folder

The folder holds `establishments.csv`, `communes_frr.csv`, `communes_postal.csv` and
`communes_former.csv`: CSV files in UTF-8, separated by semicolons. The first two may have the
labels of the official files, as the portals export them, or our names of columns. A column that
is missing or a class of communes that is not known ends it before anything is written.
Afterwards, change `as_of` and `rows` in `ami_cli/registers/__init__.py`: a test holds the rows in
step.
"""

import csv
import io
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ami_cli.registers import communes, schools
from ami_cli.registers.spelling import spelled

Row = Mapping[str, str]

# Our columns, by the labels of the official files.
SCHOOL_COLUMNS = {
    "uai - identifiant": "uai",
    "libellé": "name",
    "nom court": "short_name",
    "sigle": "acronym",
    "type d'établissement": "type",
    "secteur d'établissement": "sector",
    "Commune": "commune",
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
# What a legal source is called in full, by its beginning in the file.
CODES = {
    "C. éduc.": "Code de l’éducation",
    "C. prop. intell.": "Code de la propriété intellectuelle",
    "CPI": "Code de la propriété intellectuelle",
    "C. rural": "Code rural et de la pêche maritime",
    "C. défense": "Code de la défense",
    "C. sport": "Code du sport",
    "C. recherche": "Code de la recherche",
    "C. énergie": "Code de l’énergie",
    "C. pensions civiles et militaires": "Code des pensions civiles et militaires de retraite",
    "MESR operators file": "ministère de l’Enseignement supérieur, liste des opérateurs",
    "MESR open data operators file": "ministère de l’Enseignement supérieur, liste des opérateurs",
    "MESR open data": "ministère de l’Enseignement supérieur, listes des opérateurs et des "
    "établissements",
    "Ministry dataset": "ministère de l’Enseignement supérieur, liste des établissements",
    "ONISEP": "Onisep",
}
# The districts of these cities have postal codes and INSEE codes of their own.
DISTRICT = re.compile(r"(Paris|Lyon|Marseille) \d+er? Arrondissement")


class NotTheFile(Exception):
    """A file that is not the official one; says what is missing."""


def school_rows(rows: Iterable[Row]) -> Iterator[dict[str, str]]:
    """Give the rows of `establishments.csv`, in the order of the official file."""
    for row in rows:
        ours = _renamed(row, SCHOOL_COLUMNS)
        source = row.get("ministry_source") or ""
        names = [name for column in OTHER_NAMES for name in (row.get(column) or "").split(";")]
        names += [ours["name"], ours.pop("short_name"), ours.pop("acronym")]
        names = list(dict.fromkeys(filter(None, map(str.strip, names))))
        yield {
            **ours,
            "names": ";".join(names),
            "keys": ";".join(dict.fromkeys(map(spelled, names))),
            "words": ";".join(dict.fromkeys(map(" ".join, words_of_names(names)))),
            "former_uai": row.get("former_uai") or "",
            "ministry": (row.get("ministry_named") or "") if row.get("ministry") else "",
            "ministry_source": readable_source(source),
            "ministry_as_of": latest_day(row.get("ministry_as_of") or "") or latest_day(source),
        }


def words_of_names(names: Iterable[str]) -> Iterator[list[str]]:
    """Yield the words by which the names of a school are compared, as the file holds them.

    « Université Sorbonne Nouvelle - Paris 3 » is a name with and without its end.
    """
    for name in names:
        for part in dict.fromkeys((name, name.split(" - ")[0])):
            words = schools.words_of(part)
            if {*words} - {schools.UNIVERSITY}:
                yield words


def readable_source(source: str) -> str:
    """Return the texts and datasets that a source names, in French and without working notes.

    >>> readable_source("C. éduc. D. 711-1 (copy) + CPI annexe R. 122-30 II (2026); tutelle read")
    'Code de l’éducation, D. 711-1 ; Code de la propriété intellectuelle, annexe R. 122-30 II'
    """
    texts = []
    without_notes = re.sub(r" \([^()]*\)|, copy [^ ]*|two datasets agree: ", "", source)
    for part in re.split(r"; | \+ | and (?=ONISEP)", without_notes):
        text = re.sub(r"( —|:|, (since|current|version|list)) .*", "", part)
        for beginning, name in CODES.items():
            if text.startswith(beginning):
                detail = text.removeprefix(beginning).lstrip(", ")
                if name.startswith(("ministère", "Onisep")):
                    detail = (re.findall(r"\d{4}(?:-\d{4})?", detail) or [""])[0]
                texts.append(f"{name}, {detail}")
                break
        else:
            if text.startswith(("Décret", "décret", "Arrêté", "arrêté")):
                texts.append(text[0].upper() + text[1:].replace("modifying ", ""))
    joined = " ; ".join(text.removesuffix(", ") for text in dict.fromkeys(texts))
    return joined.replace(" and ", " et ")


def latest_day(as_of: str) -> str:
    """Return the latest day, month or year that a date of the file names.

    « > » precedes one of which the file knows only that the text is later.

    >>> latest_day("2015-05 / 2026-03-27"), latest_day("undated (text later than 2019-09)")
    ('2026-03-27', '>2019-09')
    """
    days = re.findall(r"(?:19|20)\d{2}(?:-\d{2}(?!\d)(?:-\d{2})?)?", as_of)
    later = ">" if as_of.startswith("undated") else ""
    return later + max(days) if days else ""


def commune_lines(frr: Iterable[Row], postal: Iterable[Row], former: Iterable[Row]) -> list[str]:
    """Return the lines of `communes.txt`, in the order of the names as they are compared."""
    letters = {name: letter for letter, name in communes.CLASSES.items()}
    classes, names = {}, {}
    for row in frr:
        ours = _renamed(row, COMMUNE_COLUMNS)
        if ours["frr_class"] not in letters:
            raise NotTheFile(f"class {ours['frr_class']!r} of {ours['insee_code']}")
        classes[ours["insee_code"]] = letters[ours["frr_class"]]
        names[ours["insee_code"]] = ours["name"]
    lines, now = [], {}
    for row in postal:
        code, name, department = row["insee_code"], row["name"], row["department"]
        # Lands without inhabitants are no commune.
        if not row["population"] or DISTRICT.fullmatch(name):
            continue
        now[code] = department
        letter = classes.get(code, communes.NOT_ZONED)
        parts = (code, department, letter, name, row["postal_codes"], row["population"])
        lines.append((spelled(name), *parts))
        known = names.get(code, name)
        if spelled(known) != spelled(name):  # the zoning has another name
            lines.append((spelled(known), code, department, f"={code}", known, "", ""))
        former_codes = {*row["former_insee_codes"].split(",")} - {"", code}
        lines += [("", other, department, f"={code}", "", "", "") for other in former_codes]
    if missing := classes.keys() - now.keys():
        raise NotTheFile(f"no commune {sorted(missing)} in communes_postal.csv")
    named = set()
    for row in former:
        code, name = row["now_part_of_insee_code"], row["name"]
        named.add(row["insee_code"])
        if code in now:
            parts = (row["insee_code"], now[code], f"={code}", name, "", "")
            lines.append((spelled(name), *parts))
    # A former code has a line of its own where no former name has it.
    lines = [line for line in lines if line[0] or line[1] not in named]
    return [";".join(parts) for parts in sorted(set(lines))]


def _renamed(row: Row, columns: Mapping[str, str]) -> dict[str, str]:
    renamed = {}
    for label, name in columns.items():
        # A label may end in a date: « Classement FRR et FRR+ au 10 juillet 2025 ».
        column = next((header for header in row if header and header.startswith(label)), None)
        value = row.get(name) if name in row else row[column] if column else None
        if value is None:
            raise NotTheFile(f"no column {label!r} or {name!r}")
        renamed[name] = value.strip()
    return renamed


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of an official file, by its labels."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def school_text(rows: Sequence[Row]) -> str:
    """Return `establishments.csv`, whole."""
    text = io.StringIO()
    made = list(school_rows(rows))
    out = csv.DictWriter(text, list(made[0]), delimiter=";", lineterminator="\n")
    out.writeheader()
    out.writerows(made)
    return text.getvalue()


def commune_text(frr: Iterable[Row], postal: Iterable[Row], former: Iterable[Row]) -> str:
    """Return `communes.txt`, whole: it begins and ends with a line break."""
    return "\n" + "".join(f"{line}\n" for line in commune_lines(frr, postal, former))


def made(folder: Path) -> dict[Path, str]:
    """Return each file of the package and its text, made from the files of a folder."""
    establishments, *towns = (
        read_rows(folder / f"{name}.csv")
        for name in ("establishments", "communes_frr", "communes_postal", "communes_former")
    )
    return {schools.DATA: school_text(establishments), communes.DATA: commune_text(*towns)}


if __name__ == "__main__":
    for path, text in made(Path(sys.argv[1])).items():
        path.write_text(text, "utf-8", newline="\n")
