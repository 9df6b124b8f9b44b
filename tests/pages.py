"""Results of all kinds as documents, for the tests of the page that is printed or filed."""

from datetime import date
from typing import Any

from ami_cli import Answers, assess
from ami_cli.views.report import report
from ami_cli.wizard.replay import replay
from ami_cli.words import words_of
from tests.conftest import TODAY

STAY: dict[str, Any] = {"start": date(2027, 1, 15), "end": date(2027, 6, 20)}
HOME: dict[str, Any] = {"rural": True, "priority_area": True}
GRANTS: dict[str, Any] = {"erasmus": True, "erasmus_monthly": 300, "merit": True}
NAMES: dict[str, Any] = {
    "school": "Université Clermont Auvergne",
    "commune": "Saint-Rémy-de-Provence",
}
NOTHING_MET: dict[str, Any] = {
    "birth_date": date(1998, 12, 1),
    "disability": False,
    "scholarship": "none",
    "establishment": "other_ministry",
    "stay": "other",
    "in_curriculum": False,
    "months_received": 60,
    "erasmus": False,
    "merit": False,
    "school": "École supérieure d’un autre ministère",
    "commune": "Saint-Rémy-de-Provence",
    **HOME,
}

# One student per kind of result, the longest pages among them.
CASES: dict[str, dict[str, Any]] = {
    "nothing answered": {},
    "eligible": {
        "age": 21,
        "disability": False,
        "echelon": "3",
        "establishment": "public",
        "stay": "study",
        "in_curriculum": True,
        "months_received": 0,
        **STAY,
    },
    "all answered, private": {
        "age": 21,
        "disability": True,
        "echelon": "7",
        "establishment": "private_accredited",
        "stay": "study",
        "in_curriculum": True,
        "months_received": 6,
        "commune": "Saint-Rémy-de-Provence",
        **STAY,
        **HOME,
        **GRANTS,
    },
    "pending, private, too old": {
        "age": 30,
        "scholarship": "pending",
        "establishment": "private_accredited",
        "commune": "Saint-Rémy-de-Provence",
        **STAY,
        **HOME,
        **GRANTS,
    },
    "pending and missing": {
        "age": 30,
        "scholarship": "pending",
        "start": date(2026, 12, 15),
        "end": date(2027, 10, 10),
        "months_received": 2,
        **HOME,
        **GRANTS,
    },
    "no condition met, too short": {**NOTHING_MET, **STAY, "end": date(2027, 1, 20)},
    "no condition met, too long": {**NOTHING_MET, **STAY, "end": date(2028, 6, 20)},
    "to the end of the calendar": {
        "age": 30,
        "scholarship": "none",
        "establishment": "abroad",
        "stay": "other",
        "start": date(2026, 9, 1),
        "end": date(2099, 12, 31),
    },
    "ten months": {
        "birth_date": date(2005, 2, 28),
        "disability": False,
        "echelon": "0bis",
        "start": date(2026, 9, 1),
        "end": date(2027, 6, 30),
        "erasmus": False,
        "merit": False,
        **NAMES,
    },
    "published year": {
        "age": 21,
        "scholarship": "annual_allowance",
        "establishment": "public",
        "stay": "internship",
        "start": date(2025, 9, 15),
        "end": date(2026, 2, 14),
        "rural": False,
    },
    "older law": {
        "age": 21,
        "echelon": "6",
        "establishment": "public",
        "start": date(2022, 9, 15),
        "end": date(2023, 2, 20),
        "merit": True,
    },
    "names in doubt": {
        "age": 21,
        "scholarship": "pending",
        "school": "école de commerce",
        "commune": "Sainte-Colombe",
        **STAY,
        **GRANTS,
    },
    "only a start": {"age": 21, "disability": False, "start": date(2027, 9, 15)},
}


def document_of(case: str, lang: str = "fr", **changes: Any) -> dict[str, Any]:
    """The document of a case, as `--json` prints it."""
    answers = Answers(**{**CASES[case], **changes})
    return report(assess(answers, today=TODAY), words_of(lang))


def command_of(case: str) -> str:
    """The command that gives the result of a case again."""
    given = Answers(**CASES[case]).given()
    return replay(given, TODAY, health=True)
