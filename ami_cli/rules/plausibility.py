"""Finds answers that are possible and hardly ever meant: warnings, never errors.

Warnings are conditions, as contradictions are, so that a batch counts what a student is told.
Beside the answers they may need `today`, and `given_age`: an age that no birth date gives.
"""

from datetime import date
from typing import NamedTuple

from ami_cli.law import Law
from ami_cli.rules.conditions import Condition, Facts, condition, evaluate
from ami_cli.rules.primitives import add_months

YOUNGEST = 15  # years at the start of a stay
FARTHEST_MONTHS_AHEAD = 36
MONTHS_PAST = 24


@condition
def very_young(law: Law, age: int) -> bool:
    """Hardly anybody studies abroad before that age: a digit may be wrong."""
    return age < YOUNGEST


@condition
def just_under_the_limit(law: Law, given_age: int) -> bool:
    """The birth date would tell whether the birthday comes before the stay."""
    return given_age == law.age_limit - 1


@condition
def start_far_ahead(law: Law, start: date, today: date) -> bool:
    """Nobody plans so early: the year may be wrong."""
    return add_months(start, -FARTHEST_MONTHS_AHEAD) > today


@condition
def start_long_past(law: Law, start: date, today: date) -> bool:
    """Nobody asks so late: the year may be wrong."""
    return add_months(start, MONTHS_PAST) < today


class Warned(NamedTuple):
    """A condition that hardly ever holds, and the answer that it doubts."""

    field: str
    rule: Condition


WARNINGS = (
    Warned("age", very_young),
    Warned("age", just_under_the_limit),
    Warned("start", start_far_ahead),
    Warned("start", start_long_past),
)


def warnings(given: Facts, facts: Facts, law: Law, today: date) -> tuple[Warned, ...]:
    """Return what is hardly ever meant among the answers, in the order above.

    A warning about an age that follows from a birth date names the birth date.
    """
    known = {**facts, "given_age": given.get("age"), "today": today}
    field = "birth_date" if "birth_date" in given else "age"
    return tuple(
        warning._replace(field=field) if warning.field == "age" else warning
        for warning in WARNINGS
        if evaluate(warning.rule, known, law) is True
    )
