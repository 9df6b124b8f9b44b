"""Some hundreds of dossiers × years, committed: a change of law shows as the diff of this file.

`make snapshot` writes it again; `test_snapshot.py` compares. One line per dossier and academic
year, in the columns of the acceptance cases.
"""

import csv
import io
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

from ami_cli import Answers, assess
from ami_cli.law import academic_year, law_book
from ami_cli.rules.primitives import ONE_DAY, add_months
from tests.conftest import HERE, TODAY

FILE = HERE / "snapshot.csv"

COMPLETE: dict[str, Any] = {
    "age": 21,
    "disability": False,
    "scholarship": "bcs",
    "echelon": "6",
    "establishment": "public",
    "stay": "study",
    "in_curriculum": True,
    "months_received": 0,
    "merit": True,
}
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"age": 27},
    {"age": 28},
    {"age": 28, "disability": None},
    {"age": 28, "disability": True},
    {"scholarship": "annual_allowance", "echelon": None},
    {"scholarship": "pending", "echelon": None},
    {"scholarship": "none", "echelon": None},
    {"scholarship": None, "echelon": None},
    {"establishment": "private_accredited"},
    {"establishment": "private_other"},
    {"establishment": None},
    {"stay": "other"},
    {"in_curriculum": False},
    {"months_received": 8},
    {"months_received": 9},
    {"months_received": 10},
    {"months_received": None, "stay": None, "in_curriculum": None},
)
# Length of the stay: months, and days more.
STAYS = ((0, 20), (1, 0), (1, 15), (2, 0), (5, 10), (9, 0), (9, 1), (10, 0), (10, 1))
STARTS = (*(date(year, 9, 1) for year in range(2020, 2027)), date(2024, 8, 31))


def rows() -> Iterator[dict[str, Any]]:
    """Every dossier with what the rules say of it."""
    for start in STARTS:
        for months, days in STAYS:
            end = add_months(start, months) + days * ONE_DAY - ONE_DAY
            for change in CHANGES if (months, days) == (5, 10) else CHANGES[:1]:
                yield row({**COMPLETE, **change}, start, end, change)


def row(given: dict[str, Any], start: date, end: date, change: dict[str, Any]) -> dict[str, Any]:
    """One line: the dossier, then the result."""
    found = assess(Answers(**given, start=start, end=end), today=TODAY)
    return {
        "year": academic_year(start),
        "start": start,
        "end": end,
        "change": " ".join(f"{name}={value}" for name, value in change.items()),
        "verdict": found.verdict,
        "failed": ";".join(found.codes("not_met")),
        "missing": ";".join(found.missing),
        "to_check": ";".join(found.codes("to_check")),
        "months": found.estimate and found.estimate.months,
        "months_max": found.estimate and found.estimate.months_max,
        "total": found.estimate and found.estimate.total,
        "total_max": found.estimate and found.estimate.total_max,
        "budget": found.budget and found.budget.total,
        "start_by": found.reminder and found.reminder.start_by,
        "basis": found.law.basis,
        "provisional": found.law.provisional,
        "advice": ";".join(f"{each.code} {each.day or ''}".strip() for each in found.advice),
    }


def text() -> str:
    """The whole snapshot."""
    lines = list(rows())
    written = io.StringIO()
    table = csv.DictWriter(written, list(lines[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(lines)
    return written.getvalue()


if __name__ == "__main__":
    assert law_book().years[0] == academic_year(STARTS[0])
    if "--write" in sys.argv:
        FILE.write_text(text(), "utf-8")
