"""Finds answers that contradict each other: an error that names the answer, never a verdict.

Contradictions are conditions, so that the wizard, the flags and columns find the same ones. Each
condition holds when the answers contradict each other. Beside the answers it may need `today`, the
last known day of the stay, and what the registers say of a name.
"""

from datetime import date
from typing import Any, NamedTuple

from ami_cli.answers import EARLIEST_DATE, FIELD
from ami_cli.failures import Problem
from ami_cli.law import Law, LawBook
from ami_cli.registers import find_school
from ami_cli.rules.conditions import Condition, Facts, condition, evaluate
from ami_cli.rules.facts import registered
from ami_cli.rules.primitives import ONE_DAY, ONE_YEAR, add_months, is_no, one_of, years_between


@condition
def two_ages(law: Law, birth_date: date, age: int) -> bool:
    """A birth date already gives the age."""
    return birth_date >= EARLIEST_DATE


@condition
def born_in_the_future(law: Law, birth_date: date, today: date) -> bool:
    """Nobody answers before being born."""
    return birth_date > today


@condition
def born_after_the_start(law: Law, birth_date: date, start: date) -> bool:
    """Nobody leaves before being born."""
    return birth_date > start


@condition
def too_old(law: Law, birth_date: date, start: date) -> bool:
    """The age that follows from a birth date has the bounds of an age that is given."""
    return years_between(birth_date, start) > FIELD["age"].high


@condition
def echelon_without_bcs(law: Law, scholarship: str, echelon: str) -> bool:
    """Only a *bourse sur critères sociaux* has an échelon; asked for, it may be announced."""
    return one_of(scholarship, "annual_allowance", "none")


@condition
def school_of_another_kind(law: Law, kind_of_school: str, establishment: str) -> bool:
    """The register knows the sector of a school, and the ministry of most public ones."""
    return (
        one_of(kind_of_school, "mesr", "other_ministry", "public")
        & one_of(establishment, "private_accredited", "private_other", "abroad")
        | one_of(kind_of_school, "mesr") & one_of(establishment, "other_ministry")
        | one_of(kind_of_school, "other_ministry") & one_of(establishment, "public")
        | one_of(kind_of_school, "private") & one_of(establishment, "public", "abroad")
    )


@condition
def amount_without_erasmus(law: Law, erasmus: bool, erasmus_monthly: int) -> bool:
    """Without an Erasmus+ grant there is no amount of one."""
    return is_no(erasmus) & (erasmus_monthly > FIELD["erasmus_monthly"].low)


@condition
def end_before_start(law: Law, start: date, end: date) -> bool:
    """The last day abroad comes before the first."""
    return end < start


@condition
def start_too_early(law: Law, start: date, last_known_day: date) -> bool:
    """The stay counts for a year before the first one known: at most half of it lies in that one.

    The last known day is the end or, without one, the start.
    """
    return (add_months(start, ONE_YEAR) < law.first_day) | (
        last_known_day + ONE_DAY - law.first_day <= law.first_day - start
    )


class Contradiction(NamedTuple):
    """A rule that must not hold, and the answer that the error names."""

    field: str
    rule: Condition


CONTRADICTIONS = (
    Contradiction("birth_date", born_in_the_future),
    Contradiction("birth_date", born_after_the_start),
    Contradiction("birth_date", too_old),
    Contradiction("age", two_ages),
    Contradiction("echelon", echelon_without_bcs),
    Contradiction("establishment", school_of_another_kind),
    Contradiction("start", start_too_early),
    Contradiction("end", end_before_start),
    Contradiction("erasmus_monthly", amount_without_erasmus),
)


def contradictions(given: Facts, today: date, book: LawBook) -> tuple[Problem, ...]:
    """Return every contradiction among the answers given (by name), in the order above."""
    facts: dict[str, Any] = {**given, **registered(given), "today": today}
    facts["last_known_day"] = given.get("end", given.get("start"))
    law = book.law_of(None)
    return tuple(
        _problem(contradiction, facts, book)
        for contradiction in CONTRADICTIONS
        if evaluate(contradiction.rule, facts, law) is True
    )


def named_school(school: str) -> str:
    """Return the name in the register of a school that is certain."""
    return find_school(school).entries[0].name


def _problem(contradiction: Contradiction, facts: Facts, book: LawBook) -> Problem:
    field, rule = contradiction
    if rule is start_too_early:
        return book.too_early()
    params = {"value": facts[field], **{name: facts[name] for name in rule.needs}}
    if "kind_of_school" in rule.needs:
        params |= {"name": named_school(facts["school"]), "kind": facts["kind_of_school"]}
    return Problem(rule.name, field, params)
