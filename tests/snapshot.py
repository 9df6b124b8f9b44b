"""Judges some hundreds of dossiers × years: a change of law shows as a diff of `snapshot.csv`.

`make snapshot` writes it; `tests/rules/test_snapshot.py` compares. One line per dossier and
academic year, in the columns of the acceptance cases.
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
    """Give each dossier with its result."""
    for start in STARTS:
        for months, days in STAYS:
            end = add_months(start, months) + days * ONE_DAY - ONE_DAY
            for change in CHANGES if (months, days) == (5, 10) else CHANGES[:1]:
                yield row({**COMPLETE, **change}, start, end, change)


def row(given: dict[str, Any], start: date, end: date, change: dict[str, Any]) -> dict[str, Any]:
    """Return one line: the dossier, then the result."""
    assessment = assess(Answers(**given, start=start, end=end), today=TODAY)
    return {
        "year": academic_year(start),
        "start": start,
        "end": end,
        "change": " ".join(f"{name}={value}" for name, value in change.items()),
        "verdict": assessment.verdict,
        "failed": ";".join(assessment.codes("not_met")),
        "missing": ";".join(assessment.missing),
        "to_check": ";".join(assessment.codes("to_check")),
        "months": assessment.estimate and assessment.estimate.months,
        "months_max": assessment.estimate and assessment.estimate.months_max,
        "total": assessment.estimate and assessment.estimate.total,
        "total_max": assessment.estimate and assessment.estimate.total_max,
        "budget": assessment.budget and assessment.budget.total,
        "start_by": assessment.reminder and assessment.reminder.start_by,
        "basis": assessment.law.basis,
        "provisional": assessment.law.provisional,
        "advice": ";".join(f"{each.code} {each.day or ''}".strip() for each in assessment.advice),
    }


def text() -> str:
    """Return the whole snapshot."""
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
