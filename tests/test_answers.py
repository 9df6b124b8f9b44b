"""Answers: each is declared soundly, a wrong value is refused, and no value is shown."""

import dataclasses
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ami_cli import Answers, assess
from ami_cli.answers import (
    EARLIEST_DATE,
    FIELD,
    FIELDS,
    LATEST_DATE,
    ORDER,
    SAME_QUESTION,
    Field,
    Kind,
)
from ami_cli.failures import InvalidAnswers, Problem
from ami_cli.reading import read
from ami_cli.registers.spelling import fold

NAMES = tuple(each.name for each in FIELDS)
YES_NO = tuple(each.name for each in FIELDS if each.kind is Kind.YES_NO)
CHOICES = tuple(each.name for each in FIELDS if each.kind is Kind.CHOICE)
NUMBERS = ("age", "months_received", "erasmus_monthly")
DATES = ("birth_date", "start", "end")
NAMED = ("school", "commune")

# --- declarations --------------------------------------------------------------------------------


def test_fields_are_declared_in_the_order_of_answers() -> None:
    assert tuple(field.name for field in dataclasses.fields(Answers)) == NAMES


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_example_is_read_as_a_value(field: Field) -> None:
    assert read(field.name, field.example) is not None


def test_examples_make_an_eligible_student() -> None:
    examples = {
        field.name: read(field.name, field.example) for field in FIELDS if field.name != "age"
    }
    assert assess(Answers(**examples), today=date(2026, 6, 2)).verdict == "eligible"


def test_headers_are_unique() -> None:
    names = [name for field in FIELDS for name in set(map(fold, (field.name, *field.headers)))]
    assert sorted(names) == sorted(set(names))
    assert all(field.headers for field in FIELDS)


def test_spared_answers_are_those_that_another_answer_gives() -> None:
    spared = {field.name: field.spares for field in FIELDS if field.spares is not None}
    assert spared == {
        "birth_date": "age",
        "age": "birth_date",
        "echelon": "scholarship",
        "school": "establishment",
        "commune": "rural",
    }
    assert SAME_QUESTION == {"birth_date": "age", "age": "birth_date"}


def test_flags_are_one_or_a_yes_and_a_no() -> None:
    assert FIELD["months_received"].flags == ("--months-received",)
    assert FIELD["priority_area"].flags == ("--priority-area", "--no-priority-area")
    assert FIELD["in_curriculum"].flags == ("--in-curriculum", "--outside-curriculum")


# --- values --------------------------------------------------------------------------------------

FULL: dict[str, Any] = {
    "birth_date": date(2004, 7, 14),
    "age": 22,
    "disability": True,
    "scholarship": "bcs",
    "echelon": "6",
    "school": "Skema",
    "establishment": "private_accredited",
    "stay": "internship",
    "in_curriculum": False,
    "destination": "NA",
    "start": date(2026, 9, 1),
    "end": date(2027, 1, 31),
    "months_received": 0,
    "commune": "Ambert",
    "rural": False,
    "priority_area": True,
    "erasmus": False,
    "erasmus_monthly": 450,
    "merit": True,
}


@pytest.mark.parametrize("name", NAMES)
def test_valid_value_is_stored_unchanged(name: str) -> None:
    answers = Answers(**{name: FULL[name]})
    assert answers.given() == {name: FULL[name]}
    assert getattr(answers, name) is FULL[name]
    assert [getattr(answers, other) for other in NAMES if other != name] == [None] * (
        len(NAMES) - 1
    )


WRONG_VALUES: list[tuple[tuple[str, ...], str, tuple[Any, ...]]] = [
    (NUMBERS, "not_a_number", (True, False, 3.0, "3", [3], float("nan"), date(2026, 1, 1))),
    (("age",), "number_out_of_range", (-1, 121, 10**24)),
    (("months_received",), "number_out_of_range", (-1, 61)),
    (("erasmus_monthly",), "number_out_of_range", (-1, 5_001)),
    (DATES, "not_a_date", (datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01", 20260901, True, 0.5)),
    (DATES, "date_out_of_range", (date(1899, 12, 31), date(2100, 1, 1), date.min, date.max)),
    (YES_NO, "not_yes_no", (1, 0, "true", "", 1.0, [])),
    (CHOICES, "not_an_option", ("", "nothing", "PUBLIC", 6, True, ["bcs"], b"bcs", {}, ("study",))),
    (NAMED, "not_a_name", ("", " ", "\t\u00a0", "n" * 201, 69_123, 1.0, True, ["Lyon 1"], b"UCA")),
    (("echelon",), "not_an_option", ("0", "8", "1 ")),
    (("establishment",), "not_an_option", ("private-accredited",)),
]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        (name, value, code)
        for names, code, values in WRONG_VALUES
        for name in names
        for value in values
    ],
)
def test_value_of_another_kind_or_out_of_range_is_refused(name: str, value: Any, code: str) -> None:
    with pytest.raises(InvalidAnswers) as error:
        Answers(**{name: value})
    (problem,) = error.value.problems
    assert (problem.code, problem.field) == (code, name)
    assert problem.params["value"] is value


def test_bounds_are_included() -> None:
    for day in (EARLIEST_DATE, LATEST_DATE):
        assert Answers(start=day).start == day
    assert EARLIEST_DATE.isoformat() == "1900-01-01"
    assert LATEST_DATE.isoformat() == "2099-12-31"
    assert [Answers(age=age).age for age in (0, 120)] == [0, 120]
    assert [Answers(months_received=n).months_received for n in (0, 60)] == [0, 60]
    assert [Answers(erasmus_monthly=n).erasmus_monthly for n in (0, 5_000)] == [0, 5_000]
    assert Answers(school="n" * 200, commune="n").given() == {"school": "n" * 200, "commune": "n"}


@pytest.mark.parametrize("name", CHOICES)
def test_every_option_of_a_choice_is_valid(name: str) -> None:
    for option in FIELD[name].options:
        given: dict[str, Any] = {name: option}
        assert Answers(**given).given() == given


def test_every_problem_is_raised_at_once_in_the_order_of_the_rules() -> None:
    wrong: dict[str, Any] = {"merit": "oui", "end": 1, "age": True, "stay": "x", "rural": True}
    with pytest.raises(InvalidAnswers) as error:
        Answers(**wrong)
    assert [(each.field, each.code) for each in error.value.problems] == [
        ("age", "not_a_number"),
        ("stay", "not_an_option"),
        ("end", "not_a_date"),
        ("merit", "not_yes_no"),
    ]
    assert str(error.value) == (
        "age: not_a_number, stay: not_an_option, end: not_a_date, merit: not_yes_no"
    )


def test_given_keeps_the_order_of_the_rules_and_no_and_zero() -> None:
    backwards = dict(reversed(FULL.items()))
    assert list(Answers(**backwards).given().items()) == list(FULL.items())
    assert list(FULL) == list(NAMES) == sorted(ORDER, key=ORDER.__getitem__)
    assert Answers(rural=False, months_received=0).given() == {"months_received": 0, "rural": False}
    assert Answers().given() == {}


def test_answers_are_immutable_and_take_known_names_only() -> None:
    answers = Answers(age=22)
    with pytest.raises(AttributeError):
        answers.age = 23  # type: ignore[misc]
    with pytest.raises(TypeError):
        Answers(agee=22)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Answers(date(2004, 7, 14))  # type: ignore[call-arg]
    assert answers == Answers(age=22) != Answers(age=23)
    assert len({answers, Answers(age=22)}) == 1


# --- privacy of values ----------------------------------------------------------------------------

SECRETS = (
    *("2004", "7, 14", "22", "bcs", "private_accredited", "internship", "True", "False"),
    *("Skema", "Ambert", "450"),
)


def test_repr_names_the_answers_without_values() -> None:
    for shown in (repr(Answers(**FULL)), str(Answers(**FULL)), f"{Answers(**FULL)}"):
        assert all(name in shown for name in NAMES)
        assert not [secret for secret in SECRETS if secret in shown]
    assert repr(Answers()) == "Answers(given: none)"
    assert repr(Answers(merit=True, age=22)) == "Answers(given: age, merit)"


def test_error_shows_no_value() -> None:
    with pytest.raises(InvalidAnswers) as error:
        Answers(age=199, birth_date=date(1804, 7, 14), stay="secret")  # type: ignore[arg-type]
    shown = "".join((str(error.value), repr(error.value), repr(error.value.problems)))
    assert not [secret for secret in ("199", "1804", "secret") if secret in shown]
    assert "age" in shown


def test_params_of_a_problem_default_to_an_immutable_mapping() -> None:
    problem = Problem("code", "age")
    assert dict(problem.params) == {}
    with pytest.raises(TypeError):
        problem.params["value"] = 1  # type: ignore[index]
