"""The rules for one student: each criterion just met, just failed, unanswered; what follows."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import pytest

import ami_cli.rules.assess as assess_module
from ami_cli import Answers, Assessment, assess
from ami_cli.answers import FIELDS, ORDER
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.law import LawBook
from ami_cli.reading import read
from ami_cli.rules.advice import Advice, birthday
from ami_cli.rules.assess import Finding, is_certain_no, today_in_paris, without_health
from ami_cli.rules.conditions import missing
from ami_cli.rules.criteria import CRITERIA
from ami_cli.rules.entitlement import (
    Budget,
    BudgetLine,
    Estimate,
    Months,
    Reminder,
    Supplement,
    months_of_the_year,
)
from ami_cli.views.result import result_of
from ami_cli.words import words_of
from tests.conftest import HERE, SHARED, TODAY
from tests.students import CASES

CODES = tuple(each.code for each in CRITERIA)
COMPLETE: dict[str, Any] = {
    "age": 21,
    "disability": False,
    "scholarship": "bcs",
    "echelon": "3",
    "establishment": "public",
    "stay": "study",
    "in_curriculum": True,
    "start": date(2025, 10, 1),
    "end": date(2026, 2, 28),
    "months_received": 0,
    "rural": False,
    "priority_area": False,
}
BORN: dict[str, Any] = {"age": None, "birth_date": date(1997, 10, 1)}
# 28 before the 1 September that opens the academic year of the stay.
BEFORE_SEPTEMBER: dict[str, Any] = {"age": None, "birth_date": date(1997, 8, 20)}
BEFORE_2024: dict[str, Any] = {"start": date(2023, 9, 1), "end": date(2024, 1, 31)}


def judge(today: date = TODAY, **changes: Any) -> Assessment:
    """The complete student, with changes."""
    return assess(Answers(**{**COMPLETE, **changes}), today=today)


def finding_of(code: str, assessment: Assessment) -> Finding:
    (finding,) = (each for each in assessment.findings if each.criterion.code == code)
    return finding


def day(text: str) -> date:
    return date.fromisoformat(text)


def stay(first: str, last: str) -> dict[str, Any]:
    return {"start": day(first), "end": day(last)}


# --- the acceptance cases ------------------------------------------------------------------------


def columns_of(assessment: Assessment) -> dict[str, str]:
    """A result in the form of the columns of the acceptance cases."""
    estimate = assessment.estimate._asdict() if assessment.estimate else {}
    reminder = assessment.reminder._asdict() if assessment.reminder else {}
    columns = {
        "verdict": assessment.verdict,
        "failed": ";".join(assessment.codes("not_met")),
        "missing": ";".join(assessment.missing),
        "to_check": ";".join(assessment.codes("to_check")),
        "assumed": ";".join(assessment.assumed),
        **{name: estimate.get(name) for name in ("months", "months_max", "total", "total_max")},
        "supplements": ";".join(
            each.code for each in assessment.supplements if each.status == "met"
        ),
        "start_by": reminder.get("start_by"),
        "days_left": reminder.get("days_left"),
        "basis": assessment.law.basis,
        "provisional": str(assessment.law.provisional).lower(),
    }
    return {
        f"expect_{name}": "" if value is None else str(value) for name, value in columns.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_acceptance_case_has_the_expected_result(case: dict[str, str]) -> None:
    given = {each.name: read(each.name, case.get(each.name, "")) for each in FIELDS}
    expected = {name: cell for name, cell in case.items() if name.startswith("expect_")}
    assert columns_of(assess(Answers(**given), today=TODAY)) == expected


def test_acceptance_cases_are_the_original_ones() -> None:
    original = SHARED / "cases" / "check.csv"
    if not original.is_file():
        pytest.skip(f"the original cases are not on this machine ({original})")
    assert (HERE / "check.csv").read_bytes() == original.read_bytes()


# --- the seven criteria --------------------------------------------------------------------------

MET, NOT_MET, MISSING, TO_CHECK = "met", "not_met", "missing", "to_check"
CRITERION_BY_CRITERION: list[tuple[str, dict[str, Any], str, str]] = [
    ("age", {"age": 27}, MET, ""),
    ("age", {"age": 28}, NOT_MET, ""),
    ("age", {"age": 0}, MET, ""),
    ("age", {"age": 28, "disability": True}, MET, ""),
    ("age", {"age": None, "disability": True}, MET, ""),
    ("age", {"age": 27, "disability": None}, MET, ""),
    ("age", {"age": 28, "disability": None}, MISSING, "disability"),
    ("age", {"age": None}, MISSING, "age"),
    ("age", {"age": None, "disability": None}, MISSING, "age disability"),
    ("age", {**BORN, "start": day("2025-09-30")}, MET, ""),
    ("age", {**BORN, "start": day("2025-10-01")}, NOT_MET, ""),
    ("age", {**BORN, "start": day("2025-10-01"), "disability": True}, MET, ""),
    ("age", {**BORN, "start": day("2025-10-01"), "disability": None}, MISSING, "disability"),
    ("age", {**BORN, "start": None}, MISSING, "start"),
    ("age", {**BORN, "start": None, "disability": None}, MISSING, "disability start"),
    ("age", {**BORN, "start": None, "disability": True}, MET, ""),
    ("scholarship", {"scholarship": "bcs"}, MET, ""),
    ("scholarship", {"scholarship": "bcs", "echelon": None}, MET, ""),
    ("scholarship", {"scholarship": None, "echelon": "0bis"}, MET, ""),
    ("scholarship", {"scholarship": "annual_allowance", "echelon": None}, MET, ""),
    ("scholarship", {"scholarship": "none", "echelon": None}, NOT_MET, ""),
    ("scholarship", {"scholarship": "pending", "echelon": None}, TO_CHECK, ""),
    ("scholarship", {"scholarship": None, "echelon": None}, MISSING, "scholarship"),
    ("establishment", {"establishment": "public"}, MET, ""),
    ("establishment", {"establishment": "private_accredited"}, MET, ""),
    ("establishment", {"establishment": "private_other"}, NOT_MET, ""),
    ("establishment", {"establishment": "other_ministry"}, NOT_MET, ""),
    ("establishment", {"establishment": "abroad"}, NOT_MET, ""),
    ("establishment", {"establishment": None}, MISSING, "establishment"),
    ("stay", {"stay": "study"}, MET, ""),
    ("stay", {"stay": "internship"}, MET, ""),
    ("stay", {"stay": "other"}, NOT_MET, ""),
    ("stay", {"in_curriculum": False}, NOT_MET, ""),
    ("stay", {"stay": "other", "in_curriculum": None}, NOT_MET, ""),
    ("stay", {"stay": None, "in_curriculum": False}, NOT_MET, ""),
    ("stay", {"stay": None, "in_curriculum": None}, MET, ""),
    ("min_duration", stay("2025-10-01", "2025-10-31"), MET, ""),
    ("min_duration", stay("2025-10-01", "2025-10-30"), TO_CHECK, ""),
    ("min_duration", stay("2025-10-01", "2025-10-29"), NOT_MET, ""),
    ("min_duration", stay("2025-07-01", "2025-07-30"), TO_CHECK, ""),
    ("min_duration", stay("2026-01-31", "2026-02-26"), NOT_MET, ""),
    ("min_duration", stay("2023-10-01", "2023-11-30"), MET, ""),
    ("min_duration", stay("2023-10-01", "2023-11-29"), TO_CHECK, ""),
    ("min_duration", stay("2023-10-01", "2023-11-28"), NOT_MET, ""),
    ("min_duration", {"start": None}, MISSING, "start"),
    ("min_duration", {"end": None}, MISSING, "end"),
    ("min_duration", {"start": None, "end": None}, MISSING, "start end"),
    ("max_duration", stay("2025-09-01", "2026-06-30"), MET, ""),
    ("max_duration", stay("2025-09-01", "2026-07-01"), NOT_MET, ""),
    ("max_duration", stay("2023-09-01", "2024-05-31"), MET, ""),
    ("max_duration", stay("2023-09-01", "2024-06-01"), NOT_MET, ""),
    ("max_duration", {"start": None}, MISSING, "start"),
    ("max_duration", {"end": None}, MISSING, "end"),
    ("max_duration", {"start": None, "end": None}, MISSING, "start end"),
    ("entitlement", {"months_received": 9}, MET, ""),
    ("entitlement", {"months_received": 10}, NOT_MET, ""),
    ("entitlement", {"months_received": 8, **BEFORE_2024}, MET, ""),
    ("entitlement", {"months_received": 9, **BEFORE_2024}, NOT_MET, ""),
    ("entitlement", {"months_received": None}, MET, ""),
    ("entitlement", {"months_received": 9, "start": None}, MET, ""),
    ("entitlement", {"months_received": 10, "start": None}, NOT_MET, ""),
]


@pytest.mark.parametrize(("code", "changes", "status", "missing"), CRITERION_BY_CRITERION)
def test_criterion_has_its_status_and_missing_answers(
    code: str, changes: dict[str, Any], status: str, missing: str
) -> None:
    finding = finding_of(code, judge(**changes))
    assert finding.status == status
    assert finding.missing == tuple(missing.split())


@pytest.mark.parametrize("code", CODES)
def test_table_has_every_criterion_met_failed_and_missing(code: str) -> None:
    seen = {status for name, _, status, _ in CRITERION_BY_CRITERION if name == code}
    presumed = code in ("stay", "entitlement")
    assert seen >= ({MET, NOT_MET} if presumed else {MET, NOT_MET, MISSING})


def test_criteria_have_the_order_of_the_page() -> None:
    assert " ".join(CODES) == (
        "age scholarship establishment stay min_duration max_duration entitlement"
    )
    assert tuple(each.criterion.code for each in judge().findings) == CODES
    assert {each.code: " ".join(sorted(each.asks, key=ORDER.__getitem__)) for each in CRITERIA} == {
        "age": "age disability",
        "scholarship": "scholarship",
        "establishment": "establishment",
        "stay": "stay in_curriculum destination",
        "min_duration": "start end",
        "max_duration": "start end",
        "entitlement": "months_received",
    }


def reasons(code: str, **changes: Any) -> dict[str, bool | None]:
    return {
        condition.name: value for condition, value in finding_of(code, judge(**changes)).because
    }


def test_because_names_the_conditions_of_a_status() -> None:
    assert reasons("age") == {"young_enough": True}
    assert reasons("age", disability=True) == {"disability": True, "young_enough": True}
    assert reasons("age", age=30, disability=True) == {"disability": True}
    assert reasons("age", age=30) == {"disability": False, "young_enough": False}
    assert reasons("age", age=30, disability=None) == {"disability": None}
    assert reasons("stay", stay="other") == {"study_or_internship": False}
    assert reasons("stay", stay="other", in_curriculum=False) == {
        "study_or_internship": False,
        "in_curriculum": False,
    }
    assert reasons("scholarship", scholarship="pending", echelon=None) == {"scholarship_held": None}


def test_decided_rule_has_no_missing_answer(book: LawBook) -> None:
    for facts in ({"disability": True}, {"age": 21}, {"age": 30, "disability": False}):
        assert missing(CRITERIA[0].rule, facts, book.law_of(None)) == set()


# --- the verdict ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "verdict", "missing"),
    [
        ({}, "eligible", ""),
        ({"age": None, "disability": None}, "undetermined", "age disability"),
        ({"scholarship": "pending", "echelon": None}, "undetermined", ""),
        (
            {"scholarship": "pending", "echelon": None, "end": None},
            "undetermined",
            "end",
        ),
        ({"age": 30, "establishment": None}, "ineligible", ""),
        ({"age": 30, "scholarship": "pending", "echelon": None}, "ineligible", ""),
        (
            {"end": None, "establishment": None, "disability": None, "age": 28},
            "undetermined",
            "disability establishment end",
        ),
        ({**BORN, "start": None, "end": None}, "undetermined", "start end"),
    ],
)
def test_verdict_and_missing_answers(changes: dict[str, Any], verdict: str, missing: str) -> None:
    assessment = judge(**changes)
    assert assessment.verdict == verdict
    assert assessment.missing == tuple(missing.split())


def test_no_answer_at_all_names_every_answer_that_decides() -> None:
    assessment = assess(Answers(), today=TODAY)
    assert assessment.verdict == "undetermined"
    assert assessment.missing == (
        "age",
        "disability",
        "scholarship",
        "establishment",
        "start",
        "end",
    )
    assert assessment.assumed == ("stay", "in_curriculum", "months_received")
    assert (
        assessment.given,
        assessment.months,
        assessment.estimate,
        assessment.budget,
        assessment.reminder,
    ) == (*({}, None, None, None, None),)
    assert assessment.advice == ()


@pytest.mark.parametrize(
    ("given", "assumed"),
    [
        ({}, "stay in_curriculum months_received"),
        ({"stay": "other"}, "in_curriculum months_received"),
        ({"in_curriculum": False}, "stay months_received"),
        ({"months_received": 0}, "stay in_curriculum"),
        ({"stay": "study", "in_curriculum": True, "months_received": 60}, ""),
        ({"scholarship": "none"}, "stay in_curriculum months_received"),
    ],
)
def test_assumed_lists_presumed_answers_with_any_verdict(
    given: dict[str, Any], assumed: str
) -> None:
    assessment = assess(Answers(**given), today=TODAY)
    assert assessment.assumed == tuple(assumed.split())
    assert assessment.given == given
    presumed = {"stay": "study", "in_curriculum": True, "months_received": 0}
    assert {name: assessment.facts[name] for name in presumed} == {
        name: given.get(name, value) for name, value in presumed.items()
    }


def test_derived_facts_leave_given_unchanged() -> None:
    assessment = judge(**BORN, scholarship=None)
    assert (assessment.facts["age"], assessment.facts["scholarship"]) == (28, "bcs")
    assert "age" not in assessment.given
    assert "scholarship" not in assessment.given


# --- law and day given ----------------------------------------------------------------------------


def test_law_given_is_the_one_applied(book: LawBook) -> None:
    student = Answers(**{**COMPLETE, **stay("2025-10-01", "2025-10-31"), "months_received": 9})
    assert assess(student, today=TODAY).verdict == "eligible"
    former = assess(student, book.law_of_year("2023-2024"), TODAY)
    assert former.law.basis == "2023-2024"
    assert former.codes("not_met") == ("min_duration", "entitlement")
    fewer = assess(student, book.law_of_year("2025-2026")._replace(age_limit=21), TODAY)
    assert fewer.codes("not_met") == ("age",)


def test_today_is_the_day_in_paris_by_default() -> None:
    student = Answers(**COMPLETE)
    before = today_in_paris()
    assessment = assess(student)
    assert before <= assessment.today <= today_in_paris()


@pytest.mark.parametrize(
    ("instant", "paris"),
    [
        ("2026-06-30T21:59", "2026-06-30"),
        ("2026-06-30T22:00", "2026-07-01"),
        ("2026-12-31T22:59", "2026-12-31"),
        ("2026-12-31T23:00", "2027-01-01"),
        ("2027-03-28T00:30", "2027-03-28"),
    ],
)
def test_today_changes_at_midnight_in_paris(
    instant: str, paris: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Clock":
            assert tz is UTC
            return cls.fromisoformat(instant).replace(tzinfo=UTC)

    monkeypatch.setattr(assess_module, "datetime", Clock)
    assert today_in_paris() == day(paris)


# --- estimate ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "months", "months_max", "left"),
    [
        ({}, 5, 5, 10),
        (stay("2025-09-01", "2026-02-15"), 5, 6, 10),
        (stay("2025-10-01", "2025-10-31"), 1, 1, 10),
        (stay("2024-09-01", "2025-06-30"), 10, 10, 10),
        ({"months_received": 5}, 5, 5, 5),
        ({"months_received": 6}, 4, 4, 4),
        ({"months_received": 9}, 1, 1, 1),
        ({**stay("2025-09-01", "2026-02-15"), "months_received": 5}, 5, 5, 5),
        ({**stay("2025-09-01", "2026-02-15"), "months_received": 4}, 5, 6, 6),
        ({**BEFORE_2024, "months_received": 8}, 1, 1, 1),
        ({"scholarship": "pending", "echelon": None}, 5, 5, 10),
        ({"age": None, "establishment": None}, 5, 5, 10),
        ({"months_received": None}, 5, 5, 10),
    ],
)
def test_estimate_is_capped_by_the_months_left(
    changes: dict[str, Any], months: int, months_max: int, left: int
) -> None:
    assessment = judge(**changes)
    least = assessment.law.min_payments
    assert assessment.estimate is not None
    assert assessment.estimate._replace(next_month=None) == Estimate(
        400, months, months_max, 400 * months, 400 * months_max, left, least, least and 400 * least
    )


@pytest.mark.parametrize(
    ("changes", "following"),
    [
        # 15 days are near, 16 are not.
        (stay("2025-09-15", "2026-01-30"), ("2026-02-14", 5, 2000)),
        (stay("2025-09-15", "2026-01-29"), None),
        (stay("2025-09-15", "2026-02-13"), ("2026-02-14", 5, 2000)),
        # A whole month just reached: the next one is a month away.
        (stay("2025-09-15", "2026-02-14"), None),
        ({**stay("2025-09-15", "2026-02-10"), "months_received": 6}, None),
        ({**stay("2025-09-15", "2026-02-10"), "months_received": 5}, ("2026-02-14", 5, 2000)),
        # Nothing that would be too long, nor for a stay that is not settled.
        (stay("2025-09-01", "2026-06-20"), ("2026-06-30", 10, 4000)),
        ({**stay("2025-09-15", "2026-02-10"), "age": None}, None),
    ],
)
def test_one_month_more_is_proposed_when_it_is_near(
    changes: dict[str, Any], following: tuple[str, int, int] | None
) -> None:
    estimate = judge(**changes).estimate
    assert estimate is not None
    if following is None:
        assert estimate.next_month is None
    else:
        assert estimate.next_month == (day(following[0]), *following[1:])


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        ("2026-01-15", "2026-06-20", 5),
        ("2026-07-01", "2026-08-31", 0),
        ("2026-06-01", "2026-08-31", 1),
        ("2026-06-15", "2026-10-31", 2),
        ("2026-06-01", "2026-10-31", 3),
        ("2025-09-01", "2026-06-30", 10),
        ("2025-08-24", "2026-06-20", 9),
        ("2026-06-30", "2026-09-01", 0),
    ],
)
def test_scholarships_are_paid_from_september_to_june(start: str, end: str, months: int) -> None:
    assert months_of_the_year(day(start), day(end)) == months


@pytest.mark.parametrize(
    ("changes", "certain"),
    [
        (stay("2026-10-01", "2027-02-28"), True),
        (stay("2027-10-01", "2028-02-29"), False),
        ({"scholarship": "pending", "echelon": "6"}, False),
    ],
)
def test_scholarship_is_certain_in_a_year_that_has_begun(
    changes: dict[str, Any], certain: bool
) -> None:
    budget = judge(merit=True, **changes).budget
    assert budget is not None
    assert {line.code: line.certain for line in budget.lines[1:]} == {
        "bcs": certain,
        "merit_aid": certain,
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"age": 14}, [("age", "very_young")]),
        ({"age": 15}, []),
        ({"age": 27}, [("age", "just_under_the_limit")]),
        ({"age": None, "birth_date": day("1998-01-01")}, []),
        ({"age": None, "birth_date": day("2015-01-01")}, [("birth_date", "very_young")]),
        (stay("2029-11-25", "2030-02-28"), [("start", "start_far_ahead")]),
        (stay("2029-11-23", "2030-02-28"), []),
        (stay("2024-11-22", "2025-02-28"), [("start", "start_long_past")]),
        (stay("2024-11-23", "2025-02-28"), []),
    ],
)
def test_what_is_hardly_ever_meant_is_a_warning(
    changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    warnings = judge(**changes).warnings
    assert [(warning.field, warning.rule.name) for warning in warnings] == expected


@pytest.mark.parametrize(
    "changes",
    [{"age": 28}, {"months_received": 10}, {"months_received": 60}, {"end": date(2025, 10, 29)}],
)
def test_ineligible_result_has_no_amount_and_no_missing_answer(changes: dict[str, Any]) -> None:
    assessment = judge(**{**changes, "rural": True, "priority_area": None, "stay": None})
    assert assessment.verdict == "ineligible"
    assert (assessment.estimate, assessment.budget, assessment.missing) == (None, None, ())
    assert assessment.reminder is not None
    assert assessment.months is not None
    assert assessment.assumed == ("stay",)
    assert [each.status for each in assessment.supplements] == [NOT_MET, NOT_MET, MET, MISSING]


@pytest.mark.parametrize("name", ["start", "end"])
def test_estimate_needs_both_dates(name: str) -> None:
    changes: dict[str, Any] = {name: None}
    assessment = judge(**changes)
    assert (assessment.months, assessment.estimate, assessment.budget) == (None, None, None)
    assert (assessment.reminder is None) is (name == "start")


def test_months_are_given_for_a_stay_that_is_too_long() -> None:
    assessment = judge(**stay("2025-09-01", "2026-07-01"))
    assert assessment.months == Months(whole=10, begun=11)


# --- supplements ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "changes", "status", "missing"),
    [
        ("echelon_6_7", {"echelon": "5"}, NOT_MET, ""),
        ("echelon_6_7", {"echelon": "6"}, MET, ""),
        ("echelon_6_7", {"echelon": "7"}, MET, ""),
        ("echelon_6_7", {"echelon": "0bis"}, NOT_MET, ""),
        ("echelon_6_7", {"echelon": "7", "scholarship": None}, MET, ""),
        ("echelon_6_7", {"echelon": None}, MISSING, "echelon"),
        ("echelon_6_7", {"echelon": None, "scholarship": None}, MISSING, "scholarship echelon"),
        ("echelon_6_7", {"echelon": None, "scholarship": "annual_allowance"}, NOT_MET, ""),
        ("echelon_6_7", {"echelon": None, "scholarship": "none"}, NOT_MET, ""),
        ("echelon_6_7", {"echelon": None, "scholarship": "pending"}, MISSING, "echelon"),
        ("disability", {"disability": True}, MET, ""),
        ("disability", {"disability": False}, NOT_MET, ""),
        ("disability", {"disability": None}, MISSING, "disability"),
        ("rural", {"rural": True}, MET, ""),
        ("rural", {"rural": False}, NOT_MET, ""),
        ("rural", {"rural": None}, MISSING, "rural"),
        ("priority_area", {"priority_area": True}, MET, ""),
        ("priority_area", {"priority_area": False}, NOT_MET, ""),
        ("priority_area", {"priority_area": None}, MISSING, "priority_area"),
        ("rural", {"rural": None, "commune": "Ambert"}, MET, ""),
        ("rural", {"rural": None, "commune": "63003"}, MET, ""),
        ("rural", {"rural": None, "commune": "Paris 15e"}, NOT_MET, ""),
        ("rural", {"rural": None, "commune": "Baugy (18)"}, MISSING, "rural"),
        ("rural", {"rural": None, "commune": "Saint-Denis"}, MISSING, "rural"),
        ("rural", {"rural": None, "commune": "Nulle-Part"}, MISSING, "rural"),
        ("rural", {"rural": False, "commune": "Ambert"}, NOT_MET, ""),
        ("rural", {"rural": True, "commune": "Paris 15e"}, MET, ""),
    ],
)
def test_supplement_is_judged_by_itself(
    code: str, changes: dict[str, Any], status: Any, missing: str
) -> None:
    supplements = {each.code: each for each in judge(**changes).supplements}
    assert list(supplements) == ["echelon_6_7", "disability", "rural", "priority_area"]
    assert supplements[code] == Supplement(code, status, tuple(missing.split()))


def test_missing_supplement_does_not_change_the_verdict() -> None:
    assessment = judge(echelon=None, rural=None, priority_area=None)
    assert (assessment.verdict, assessment.missing) == ("eligible", ())


# --- budget --------------------------------------------------------------------------------------


def lines_of(**changes: Any) -> dict[str, int]:
    assessment = judge(**changes)
    assert assessment.budget is not None
    return {line.code: line.total for line in assessment.budget.lines if line.code != "ami"}


def test_budget_adds_the_known_grants() -> None:
    assessment = judge(**stay("2025-09-01", "2026-02-15"), merit=True)
    assert assessment.budget == Budget(
        lines=(
            BudgetLine("ami", False, 2000, 2400),
            BudgetLine("bcs", True, 1914),
            BudgetLine("merit_aid", True, 500),
        ),
        certain=2414,
        depends=2000,
        depends_max=2400,
        total=4414,
        total_max=4814,
    )


def test_erasmus_grant_is_counted_for_the_months_abroad() -> None:
    """Whole to begun, as told, and never as certain: the institution fixes it."""
    assessment = judge(**stay("2025-09-01", "2026-02-15"), erasmus_monthly=330, months_received=9)
    assert assessment.budget == Budget(
        lines=(
            BudgetLine("ami", False, 400, 400),
            BudgetLine("bcs", True, 1914),
            BudgetLine("erasmus_plus", False, 5 * 330, 6 * 330),
        ),
        certain=1914,
        depends=2050,
        depends_max=2380,
        total=3964,
        total_max=4294,
    )
    assert assessment.facts["erasmus"] is True
    assert "erasmus" not in assessment.given


@pytest.mark.parametrize(
    ("scholarship", "certain"),
    [("bcs", 500), ("annual_allowance", 500), ("pending", 0), (None, 0)],
)
def test_merit_aid_is_certain_with_a_certain_scholarship(
    scholarship: str | None, certain: int
) -> None:
    changes: dict[str, Any] = {"scholarship": scholarship, "echelon": None, "merit": True}
    assessment = judge(**stay("2025-09-01", "2026-02-15"), **changes)
    assert assessment.budget is not None
    assert assessment.budget.certain == certain
    assert (assessment.budget.total, assessment.budget.depends) == (2500, 2500 - certain)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"echelon": None, "scholarship": "bcs"}, "Ta bourse sur critères sociaux n’y est pas"),
        ({"erasmus_monthly": 0}, "La bourse Erasmus+ et les suppléments"),
        ({"erasmus_monthly": 300}, "au montant que tu as donné"),
    ],
)
def test_note_of_the_budget_names_what_it_leaves_out(changes: dict[str, Any], text: str) -> None:
    document: Any = result_of(judge(**stay("2025-09-01", "2026-02-15"), **changes), words_of("fr"))
    assert text in document["budget"]["note"]


@pytest.mark.parametrize(
    "changes", [{}, {"erasmus": True}, {"erasmus": True, "erasmus_monthly": 0}]
)
def test_erasmus_grant_without_an_amount_is_not_counted(changes: dict[str, Any]) -> None:
    assert lines_of(**changes) == {"bcs": 1914}


# Tenths of the yearly amounts (1454, 2163, 3071, 3828, 4587, 5212, 5506, 6335), halves up.
@pytest.mark.parametrize(
    ("echelon", "one", "three", "five", "ten"),
    [
        ("0bis", 145, 436, 727, 1454),
        ("1", 216, 649, 1082, 2163),
        ("2", 307, 921, 1536, 3071),
        ("3", 383, 1148, 1914, 3828),
        ("4", 459, 1376, 2294, 4587),
        ("5", 521, 1564, 2606, 5212),
        ("6", 551, 1652, 2753, 5506),
        ("7", 634, 1901, 3168, 6335),
    ],
)
def test_bcs_is_counted_by_tenths_rounded_to_the_euro(
    echelon: str, one: int, three: int, five: int, ten: int
) -> None:
    lasts = ("2025-09-30", "2025-11-30", "2026-01-31", "2026-06-30")
    for last, amount in zip(lasts, (one, three, five, ten), strict=True):
        assert lines_of(**stay("2025-09-01", last), echelon=echelon) == {"bcs": amount}


@pytest.mark.parametrize(
    ("last", "merit"), [("2025-09-30", 100), ("2026-05-31", 900), ("2026-06-30", 900)]
)
def test_merit_aid_is_paid_nine_times_at_most(last: str, merit: int) -> None:
    assert lines_of(**stay("2025-09-01", last), merit=True)["merit_aid"] == merit


def test_bcs_and_merit_aid_do_not_depend_on_the_months_left() -> None:
    assessment = judge(months_received=9, merit=True)
    assert assessment.budget is not None
    assert [line.total for line in assessment.budget.lines] == [400, 1914, 500]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"merit": True}, {"bcs", "merit_aid"}),
        ({"merit": False}, {"bcs"}),
        ({"merit": None}, {"bcs"}),
        ({"scholarship": None, "merit": None}, {"bcs"}),
        ({"echelon": None, "merit": True}, {"merit_aid"}),
        ({"scholarship": "annual_allowance", "echelon": None, "merit": True}, {"merit_aid"}),
        ({"scholarship": "annual_allowance", "echelon": None}, set()),
        ({"merit": True, "erasmus": True}, {"bcs", "merit_aid"}),
        ({"merit": True, **stay("2024-09-01", "2025-01-31")}, set()),
        ({"merit": True, **stay("2025-08-01", "2025-09-30")}, set()),
        ({"merit": True, **stay("2025-08-31", "2026-01-31")}, {"bcs", "merit_aid"}),
        ({"merit": True, **stay("2025-09-01", "2026-01-31")}, {"bcs", "merit_aid"}),
        ({"merit": True, **BEFORE_2024}, set()),
        ({"merit": True, **stay("2026-09-01", "2027-01-31")}, {"bcs", "merit_aid"}),
        ({"merit": True, **stay("2029-01-01", "2029-05-31")}, {"bcs", "merit_aid"}),
    ],
)
def test_budget_has_the_grants_whose_figures_are_known(
    changes: dict[str, Any], codes: set[str]
) -> None:
    assert set(lines_of(**changes)) == codes


def test_figures_of_2025_26_are_provisional_in_later_years() -> None:
    now = judge(merit=True, **stay("2025-10-01", "2026-02-28"))
    later = judge(merit=True, **stay("2027-10-01", "2028-02-29"))
    assert now.budget is not None
    assert later.budget is not None
    assert [line.total for line in later.budget.lines] == [line.total for line in now.budget.lines]
    assert (now.law.provisional, later.law.provisional) == (False, True)
    assert later.law.basis == "2025-2026"


# --- reminder ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "start_by", "days_left", "late", "departed"),
    [
        ("2027-05-24", "2026-11-24", 1, False, False),
        ("2027-05-23", "2026-11-23", 0, False, False),
        ("2027-05-22", "2026-11-22", -1, True, False),
        ("2026-11-24", "2026-05-24", -183, True, False),
        ("2026-11-23", "2026-05-23", -184, False, True),
        ("2026-11-22", "2026-05-22", -185, False, True),
        ("2027-08-31", "2027-02-28", 97, False, False),
        ("2028-08-31", "2028-02-29", 463, False, False),
    ],
)
def test_reminder_is_six_months_ahead_and_late_before_departure_only(
    start: str, start_by: str, days_left: int, late: bool, departed: bool
) -> None:
    assessment = judge(start=day(start), end=None)
    assert assessment.reminder == Reminder(day(start_by), days_left, late, departed)


def test_reminder_is_given_with_any_verdict() -> None:
    assert judge(age=40).reminder == judge().reminder is not None


# --- advice --------------------------------------------------------------------------------------

LONG_AGO = date(2025, 1, 1)


def advised(today: date = LONG_AGO, **changes: Any) -> tuple[Advice, ...]:
    return judge(today, **changes).advice


@pytest.mark.parametrize(
    "changes",
    [
        stay("2025-10-01", "2025-10-29"),
        stay("2025-10-01", "2025-10-01"),
        stay("2026-01-31", "2026-02-26"),
        stay("2028-01-30", "2028-02-20"),
        stay("2023-12-31", "2024-01-31"),
        stay("2025-10-01", "2026-08-01"),
        stay("2025-10-01", "2027-03-31"),
        stay("2026-04-30", "2027-02-28"),
        stay("2023-05-31", "2024-03-01"),
    ],
)
def test_advised_day_of_return_is_the_nearest_that_meets_the_duration(
    changes: dict[str, Any],
) -> None:
    before = judge(LONG_AGO, **changes)
    (change,) = before.advice
    assert before.codes("not_met") == (change.criterion,)
    assert change.day is not None
    after = judge(LONG_AGO, **{**changes, "end": change.day})
    assert after.verdict == "eligible"
    towards = timedelta(1 if change.code == "return_by" else -1)
    nearer = judge(LONG_AGO, **{**changes, "end": change.day + towards})
    assert change.criterion in nearer.codes("not_met") + nearer.codes("to_check")


@pytest.mark.parametrize(
    ("criterion", "code", "changes", "named"),
    [
        ("min_duration", "return_from", stay("2025-10-01", "2025-10-29"), "2025-10-31"),
        ("min_duration", "return_from", stay("2026-01-31", "2026-02-10"), "2026-02-27"),
        ("min_duration", "return_from", stay("2023-10-01", "2023-11-01"), "2023-11-30"),
        ("max_duration", "return_by", stay("2025-09-01", "2026-07-01"), "2026-06-30"),
        ("max_duration", "return_by", stay("2023-09-01", "2024-06-01"), "2024-05-31"),
    ],
)
def test_advised_day_of_return_is_past_after_that_day(
    criterion: str, code: str, changes: dict[str, Any], named: str
) -> None:
    last = day(named)
    for today, past in ((last, False), (last + timedelta(1), True), (LONG_AGO, last < LONG_AGO)):
        assert advised(today, **changes) == (Advice(criterion, code, last, past),)


def test_advised_departure_before_the_28th_birthday_meets_the_age() -> None:
    assert advised(**BEFORE_SEPTEMBER) == (Advice("age", "leave_before", day("2025-08-20")),)
    earlier = judge(LONG_AGO, **{**BEFORE_SEPTEMBER, "start": day("2025-08-19")})
    assert earlier.verdict == "eligible"


@pytest.mark.parametrize(
    ("today", "possible"), [("2025-08-19", True), ("2025-08-20", False), ("2025-08-21", False)]
)
def test_earlier_departure_is_advised_while_possible(today: str, possible: bool) -> None:
    assert bool(advised(day(today), **BEFORE_SEPTEMBER)) is possible


@pytest.mark.parametrize(
    ("birth", "advice"), [("1997-09-01", 1), ("1997-09-02", 0), ("1997-10-01", 0)]
)
def test_no_earlier_departure_is_advised_to_who_met_the_age_on_1_september(
    birth: str, advice: int
) -> None:
    assert len(advised(**{**BORN, "birth_date": day(birth)})) == advice


def test_age_without_a_birth_date_has_no_advice() -> None:
    assert advised(age=28) == ()


@pytest.mark.parametrize(
    ("birth", "years", "expected"),
    [
        ("2000-02-29", 28, "2028-02-29"),
        ("2000-02-29", 27, "2027-03-01"),
        ("2072-02-29", 28, "2100-03-01"),
        ("1999-12-31", 28, "2027-12-31"),
    ],
)
def test_birthday_of_29_february_is_1_march_in_common_years(
    birth: str, years: int, expected: str
) -> None:
    assert birthday(day(birth), years) == day(expected)


@pytest.mark.parametrize(
    ("changes", "advice", "meets"),
    [
        (
            {"scholarship": "none", "echelon": None},
            [Advice("scholarship", "ask_for_a_scholarship")],
            {"scholarship": "bcs"},
        ),
        (
            {"establishment": "abroad"},
            [Advice("establishment", "leave_by_exchange")],
            {"establishment": "public"},
        ),
        ({"stay": "other"}, [Advice("stay", "study_or_internship")], {"stay": "internship"}),
        (
            {"in_curriculum": False},
            [Advice("stay", "into_the_curriculum")],
            {"in_curriculum": True},
        ),
        (
            {"stay": "other", "in_curriculum": False},
            [Advice("stay", "study_or_internship"), Advice("stay", "into_the_curriculum")],
            {"stay": "study", "in_curriculum": True},
        ),
        ({"months_received": 10}, [Advice("entitlement", "no_month_left")], {"months_received": 9}),
    ],
)
def test_advised_change_meets_the_criterion(
    changes: dict[str, Any], advice: list[Advice], meets: dict[str, Any]
) -> None:
    before, after = judge(LONG_AGO, **changes), judge(LONG_AGO, **{**changes, **meets})
    assert before.verdict == "ineligible"
    assert list(before.advice) == advice
    assert {(each.day, each.past) for each in before.advice} == {(None, False)}
    assert (after.verdict, after.advice) == ("eligible", ())
    # Once the stay is over, only the count of months is still worth a word.
    over = [change.code for change in judge(**changes).advice]
    assert over == [change.code for change in advice if change.criterion == "entitlement"]


@pytest.mark.parametrize("establishment", ["private_other", "other_ministry"])
def test_no_advice_where_the_student_can_change_nothing(
    establishment: str,
) -> None:
    assert advised(establishment=establishment) == ()


def test_advice_has_the_order_of_the_page() -> None:
    assessment = advised(
        **BEFORE_SEPTEMBER,
        **{**stay("2025-10-01", "2025-10-15"), "scholarship": "none", "echelon": None},
        stay="other",
        months_received=12,
    )
    assert [(each.criterion, each.code) for each in assessment] == [
        ("age", "leave_before"),
        ("scholarship", "ask_for_a_scholarship"),
        ("stay", "study_or_internship"),
        ("min_duration", "return_from"),
        ("entitlement", "no_month_left"),
    ]


def test_advice_is_cumulative() -> None:
    dates: dict[str, Any] = {"birth_date": date(1998, 8, 20), "age": None}
    before = judge(LONG_AGO, **dates, **stay("2026-12-15", "2028-01-15"))
    leave, come_back = before.advice
    assert (leave.code, come_back.code) == ("leave_before", "return_by")
    assert leave.day is not None
    last = leave.day - timedelta(1)
    assert judge(**dates, start=last, end=come_back.day).verdict == "eligible"


@pytest.mark.parametrize(
    "changes", [{}, {"age": None}, {"scholarship": "pending", "echelon": None}]
)
def test_no_advice_where_nothing_failed(changes: dict[str, Any]) -> None:
    assert advised(**changes) == ()


# --- contradictions ------------------------------------------------------------------------------


def problems_of(today: date = TODAY, **given: Any) -> list[Problem]:
    with pytest.raises(InvalidAnswers) as error:
        assess(Answers(**given), today=today)
    return list(error.value.problems)


TOMORROW = TODAY + timedelta(1)


@pytest.mark.parametrize(
    ("code", "field", "invalid", "valid"),
    [
        ("born_in_the_future", "birth_date", {"birth_date": TOMORROW}, {"birth_date": TODAY}),
        (
            "born_after_the_start",
            "birth_date",
            {"birth_date": day("2021-01-02"), "start": day("2021-01-01")},
            {"birth_date": day("2021-01-01"), "start": day("2021-01-01")},
        ),
        (
            "too_old",
            "birth_date",
            {"birth_date": day("1905-10-01"), "start": day("2026-10-01")},
            {"birth_date": day("1905-10-02"), "start": day("2026-10-01")},
        ),
        ("two_ages", "age", {"birth_date": day("1900-01-01"), "age": 22}, {"age": 22}),
        (
            "echelon_without_bcs",
            "echelon",
            {"scholarship": "annual_allowance", "echelon": "6"},
            {"scholarship": "bcs", "echelon": "6"},
        ),
        (
            "echelon_without_bcs",
            "echelon",
            {"scholarship": "none", "echelon": "6"},
            {"scholarship": "pending", "echelon": "6"},
        ),
        (
            "echelon_without_bcs",
            "echelon",
            {"scholarship": "none", "echelon": "0bis"},
            {"echelon": "0bis"},
        ),
        (
            "end_before_start",
            "end",
            {"start": day("2026-10-02"), "end": day("2026-10-01")},
            {"start": day("2026-10-01"), "end": day("2026-10-01")},
        ),
        (
            "start_too_early",
            "start",
            {"start": day("2020-08-31")},
            {"start": day("2020-09-01")},
        ),
    ],
)
def test_contradiction_is_a_problem_of_a_field(
    code: str, field: str, invalid: dict[str, Any], valid: dict[str, Any]
) -> None:
    (problem,) = problems_of(**invalid)
    assert (problem.code, problem.field) == (code, field)
    assess(Answers(**valid), today=TODAY)


def test_birth_date_and_age_contradict_each_other_even_when_equal() -> None:
    (problem,) = problems_of(birth_date=day("2000-01-01"), age=25, start=day("2025-10-01"))
    assert problem.code == "two_ages"


def test_contradiction_has_the_params_of_its_message() -> None:
    (problem,) = problems_of(start=day("2026-10-02"), end=day("2026-10-01"))
    assert dict(problem.params) == {
        "value": day("2026-10-01"),
        "start": day("2026-10-02"),
        "end": day("2026-10-01"),
    }
    (problem,) = problems_of(birth_date=TOMORROW)
    assert problem.params["today"] == TODAY


def test_contradictions_are_raised_together() -> None:
    problems = problems_of(
        birth_date=TOMORROW,
        age=3,
        scholarship="none",
        echelon="3",
        start=day("2020-08-31"),
        end=day("2020-08-30"),
    )
    assert [(each.field, each.code) for each in problems] == [
        ("birth_date", "born_in_the_future"),
        ("birth_date", "born_after_the_start"),
        ("age", "two_ages"),
        ("echelon", "echelon_without_bcs"),
        ("start", "start_too_early"),
        ("end", "end_before_start"),
    ]


def test_contradiction_is_raised_even_where_the_verdict_would_be_no() -> None:
    (problem,) = problems_of(**{**COMPLETE, "age": 40, "end": day("2025-09-30")})
    assert problem.code == "end_before_start"


# --- certain no, health, registers ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "certain"),
    [
        ({"scholarship": "none"}, True),
        ({"age": 28}, False),
        ({"age": 28, "disability": False}, True),
        ({"months_received": 9}, False),
        ({"months_received": 10}, True),
        # The end may make the stay count for the year after, which has another law.
        ({"months_received": 9, "start": day("2024-08-31")}, False),
        ({"months_received": 9, "start": day("2023-09-01")}, True),
        ({"months_received": 9, "start": day("2024-05-15")}, False),
        ({"months_received": 9, "start": day("2024-08-01"), "end": day("2024-09-30")}, True),
        ({"months_received": 9, "start": day("2024-08-31"), "end": day("2024-10-31")}, False),
        ({"months_received": 9, "start": day("2024-09-01")}, False),
        ({}, False),
    ],
)
def test_no_is_certain_when_it_holds_under_every_possible_year(
    given: dict[str, Any], certain: bool, book: LawBook
) -> None:
    assert is_certain_no(given, book) is certain


def test_without_health_depends_on_no_answer_about_disability() -> None:
    dates = stay("2027-01-15", "2027-06-20")
    seen = [without_health(judge(**dates, age=30, disability=d)) for d in (None, True, False)]
    assert seen[0] == seen[1] == seen[2]
    assert "disability" not in seen[1].given
    assert seen[1].verdict == "undetermined"
    older = judge(**stay("2022-09-15", "2023-02-20"), age=30, disability=True)
    assert without_health(older).law == older.law
    assert without_health(older).today == older.today


def test_assessment_holds_the_entries_of_the_registers() -> None:
    named = judge(school="Lyon 2", commune="Ambert")
    assert named.school is not None
    assert [school.name for school in named.school.entries] == ["Université Lumière - Lyon 2"]
    assert named.commune is not None
    assert [commune.title for commune in named.commune.entries] == ["Ambert (63)"]
    assert (judge().school, judge().commune) == (None, None)


def test_repr_of_facts_shows_no_answer() -> None:
    from ami_cli.rules.facts import derive, presume

    shown = repr(presume(derive({"age": 27, "school": "Lyon 2"})))
    assert "27" not in shown
    assert "Lyon" not in shown
