"""A file of students for the benchmarks: seeded, with the holes and mistakes of real ones."""

import random
import sys
from datetime import date, timedelta
from pathlib import Path

HEADER = (
    *("dossier", "nom", "date_naissance", "handicap", "bourse", "échelon", "établissement"),
    *("type_séjour", "dans_cursus", "début", "fin", "mois_perçus", "rural", "qpv", "erasmus"),
    "mérite",
)
DISTINCT = 20_000


def write_students(path: Path, rows: int, seed: int = 1) -> None:
    """Write a CSV as a French Excel does: `;`, dd/mm/yyyy, French words."""
    chosen = random.Random(seed)  # noqa: S311
    students = [_student(chosen) for _ in range(min(rows, DISTINCT))]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(";".join(HEADER) + "\n")
        for rank in range(rows):
            file.write(f"D{rank:08d};NOM{rank % 9973};{chosen.choice(students)}\n")


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
