"""Tests which notes stand beside a criterion, and which of them beside the verdict."""

from datetime import date
from typing import Any

import pytest

from ami_cli import Answers, assess
from ami_cli.rules.assess import Assessment
from ami_cli.rules.notes import Note, notes
from ami_cli.views.result import verdict_note_codes
from tests.conftest import TODAY

COMPLETE: dict[str, Any] = {
    "age": 21,
    "disability": False,
    "scholarship": "bcs",
    "establishment": "public",
    "stay": "study",
    "in_curriculum": True,
    "start": date(2025, 10, 1),
    "end": date(2026, 2, 28),
    "months_received": 0,
}


def judge(**changes: Any) -> Assessment:
    return assess(Answers(**{**COMPLETE, **changes}), today=TODAY)


def notes_of(criterion: str, **changes: Any) -> tuple[Note, ...]:
    assessment = judge(**changes)
    (status,) = (
        finding.status for finding in assessment.findings if finding.criterion.code == criterion
    )
    return notes(criterion, status, assessment.facts, assessment.law)


@pytest.mark.parametrize(
    ("criterion", "changes", "codes"),
    [
        ("age", {}, []),
        ("age", {"age": 28}, ["age_scholarship"]),
        ("age", {"age": 28, "scholarship": None}, ["age_scholarship"]),
        ("age", {"age": 28, "scholarship": "none"}, ["age_scholarship"]),
        ("age", {"age": 28, "scholarship": "annual_allowance"}, ["age_allowance"]),
        ("scholarship", {"scholarship": "none"}, []),
        ("establishment", {}, ["national_diploma"]),
        (
            "establishment",
            {"establishment": "private_accredited"},
            ["private_doubt", "national_diploma"],
        ),
        ("establishment", {"establishment": "private_other"}, ["bcs_private_other"]),
        ("establishment", {"establishment": "private_other", "scholarship": "none"}, []),
        ("establishment", {"establishment": "abroad"}, ["bcs_abroad"]),
        ("establishment", {"establishment": "abroad", "scholarship": None}, []),
        (
            "establishment",
            {"establishment": "other_ministry"},
            ["other_ministry", "unsettled_school"],
        ),
        ("establishment", {"establishment": None}, ["unsettled_school"]),
        ("stay", {}, ["stay", "unsettled_study"]),
        ("stay", {"destination": "PT"}, ["stay_abroad", "unsettled_study"]),
        ("stay", {"stay": "internship"}, ["stay", "unsettled_internship"]),
        ("stay", {"in_curriculum": False}, ["gap_year"]),
        ("stay", {"stay": "other"}, []),
        ("stay", {"destination": "FR"}, []),
        ("stay", {"destination": "RE"}, []),
        ("min_duration", {"end": date(2025, 10, 29)}, []),
        ("min_duration", {"end": date(2025, 10, 30)}, ["month_in_days"]),
        ("min_duration", {"end": date(2025, 10, 31)}, []),
        ("entitlement", {"months_received": 8}, []),
        ("entitlement", {"months_received": 9}, ["tenth_month"]),
        ("entitlement", {"months_received": 10}, []),
    ],
)
def test_criterion_has_the_notes_of_its_case(
    criterion: str, changes: dict[str, Any], codes: list[str]
) -> None:
    assert [note.code for note in notes_of(criterion, **changes)] == codes


def test_nine_months_are_all_of_them_before_2024() -> None:
    stay = {"start": date(2023, 9, 1), "end": date(2024, 1, 31)}
    assert notes_of("entitlement", months_received=9, **stay) == ()


@pytest.mark.parametrize(
    ("birth", "codes"),
    [
        ("1997-09-01", ["age_scholarship"]),
        ("1997-09-02", ["age_between", "age_scholarship"]),
        ("1997-10-01", ["age_between", "age_scholarship"]),
    ],
)
def test_birthday_between_1_september_and_the_start_is_said_first(
    birth: str, codes: list[str]
) -> None:
    changes = {"age": None, "birth_date": date.fromisoformat(birth)}
    assert [note.code for note in notes_of("age", **changes)] == codes
    assert verdict_note_codes(judge(**changes)) == codes
    # Also where only the disability, which may be left unsaid, is open.
    open_codes = verdict_note_codes(judge(**changes, disability=None))
    assert open_codes == [code for code in codes if code == "age_between"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"age": 28}, ["age_scholarship"]),
        ({"establishment": "private_accredited"}, ["private_doubt"]),
        ({"establishment": "private_accredited", "scholarship": None}, ["private_doubt"]),
        # A doubt about a condition that is met adds nothing to a no.
        ({"establishment": "private_accredited", "scholarship": "none"}, []),
        ({"establishment": "private_other"}, ["bcs_private_other"]),
        ({"establishment": "abroad"}, []),
        ({"in_curriculum": False}, ["gap_year"]),
    ],
)
def test_verdict_carries_the_notes_without_which_it_would_mislead(
    changes: dict[str, Any], codes: list[str]
) -> None:
    assert verdict_note_codes(judge(**changes)) == codes


def test_grounds_of_notes_are_in_the_law_of_every_year() -> None:
    cases: list[tuple[str, dict[str, Any]]] = [
        ("age", {"age": 28}),
        ("age", {"age": 28, "scholarship": "annual_allowance"}),
        ("establishment", {"establishment": "private_accredited"}),
        ("establishment", {"establishment": "abroad"}),
        ("establishment", {"establishment": "other_ministry"}),
        ("entitlement", {"months_received": 9}),
    ]
    for criterion, changes in cases:
        law = judge(**changes).law
        for note in notes_of(criterion, **changes):
            assert set(note.grounds) <= set(law.grounds)
            assert note.grounds or note.code.startswith("unsettled")
