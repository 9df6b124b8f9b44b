"""A file of students for the benchmarks: seeded, with the holes and mistakes of real ones."""

import random
import sys
from datetime import date, timedelta
from pathlib import Path

from ami_cli.registers import communes as towns
from ami_cli.registers import schools as register

HEADER = (
    *("dossier", "nom", "date_naissance", "handicap", "bourse", "échelon", "établissement"),
    *("type_séjour", "dans_cursus", "début", "fin", "mois_perçus", "rural", "qpv", "erasmus"),
    "mérite",
)
NAMES = ("établissement_nom", "commune")
DISTINCT = 20_000


def write_students(path: Path, rows: int, seed: int = 1, *, names: bool = False) -> None:
    """Write a CSV as a French Excel does: `;`, dd/mm/yyyy, French words; with `names`, a school
    and a commune in every row, among all those of the registers and some that nobody knows."""
    chosen = random.Random(seed)  # noqa: S311
    students = [_student(chosen) for _ in range(min(rows, DISTINCT))]
    schools, communes = _named() if names else ([], [])
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(";".join((*HEADER, *(NAMES if names else ()))) + "\n")
        for rank in range(rows):
            beside = f";{chosen.choice(schools)};{chosen.choice(communes)}" if names else ""
            file.write(f"D{rank:08d};NOM{rank % 9973};{chosen.choice(students)}{beside}\n")


def _named() -> tuple[list[str], list[str]]:
    """Every name and code of the registers, and a few that they do not hold."""
    schools = [
        name
        for school in register.search("")
        for name in (*school.names, *school.uai)
        if '"' not in name and ";" not in name
    ]
    communes = [
        part
        for line in towns.DATA.read_text("utf-8").split("\n")[1:-1]
        for part in (line.split(";")[1], line.split(";")[4])
    ]
    return [*schools, "Lycée Jean Moulin", "fac de lyon"], [*communes, "Casablanca", "Lyon 3e"]


def _student(chosen: random.Random) -> str:
    birth = date(1997, 1, 1) + timedelta(days=chosen.randrange(3500))
    start = date(2024, 6, 1) + timedelta(days=chosen.randrange(1100))
    end = start + timedelta(days=chosen.randrange(20, 330))
    cells = [
        birth.strftime("%d/%m/%Y"),
        chosen.choice(("non", "non", "non", "oui", "")),
        chosen.choice(("bcs", "bcs", "bcs", "")),
        chosen.choice(("0bis", *"1234567")),
        chosen.choice(("public", "public", "public", "privé habilité", "étranger", "")),
        chosen.choice(("études", "stage", "")),
        chosen.choice(("oui", "")),
        start.strftime("%d/%m/%Y"),
        end.strftime("%d/%m/%Y"),
        str(chosen.choice((0, 0, 0, 3, 8, 10))),
        *(chosen.choice(("oui", "non", "")) for _ in range(4)),
    ]
    if chosen.random() < 0.01:
        cells[chosen.randrange(len(cells))] = "???!"
    return ";".join(cells)


if __name__ == "__main__":
    write_students(Path(sys.argv[1]), int(sys.argv[2]))
