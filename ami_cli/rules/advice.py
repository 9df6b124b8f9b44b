"""Finds the nearest change that would meet each failed criterion.

There is none where no change of the student's own would meet the criterion: an institution of
another ministry, an age already reached, a stay that is over (but for its dates), dates of a stay
in France.
"""

from datetime import date
from typing import NamedTuple

from ami_cli.answers import LATEST_DATE
from ami_cli.law import Law, academic_year
from ami_cli.rules.conditions import Facts
from ami_cli.rules.primitives import ONE_DAY, add_months


class Advice(NamedTuple):
    """One change: the criterion it would meet, the code of its words, and the day it names.

    `day` is None where the change is not a date; `past` says that the day is already gone.
    """

    criterion: str
    code: str
    day: date | None = None
    past: bool = False


def birthday(birth: date, years: int) -> date:
    """Return the day of an age in years; for 29 February, it is 1 March in common years."""
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def first_of_september(facts: Facts, law: Law) -> date:
    """Return the first day of the academic year of the stay, at which the scholarship looks."""
    return date(int((law.academic_year or academic_year(facts["start"]))[:4]), 9, 1)


def turns_old_before_leaving(facts: Facts, law: Law) -> bool:
    """Tell whether the student has the age of the limit at the start, but not on 1 September."""
    if "birth_date" not in facts or "start" not in facts:
        return False
    start: date = facts["start"]
    return first_of_september(facts, law) < birthday(facts["birth_date"], law.age_limit) <= start


def first_certain_day(start: date, law: Law) -> date:
    """Return the first last day abroad with which a stay has the shortest length for certain."""
    return add_months(start, law.min_months) - ONE_DAY


def advice(failed: tuple[str, ...], facts: Facts, law: Law, today: date) -> tuple[Advice, ...]:
    """Return the nearest changes, in the order of the failed criteria.

    Advice is cumulative: if an earlier departure is advised, return dates are computed from it.
    """
    changes: list[Advice] = []
    for criterion in failed:
        for change in _changes(criterion, facts, law, today):
            changes.append(change)
            if change.code == "leave_before" and change.day is not None:
                facts = {**facts, "start": change.day - ONE_DAY}
    return tuple(changes)


def _changes(criterion: str, facts: Facts, law: Law, today: date) -> list[Advice]:
    over = "end" in facts and facts["end"] < today
    in_france = facts["destination"] == "FR"
    match criterion:
        # On 1 September the condition was met: no earlier departure on our reading alone.
        case "age" if "birth_date" in facts and not turns_old_before_leaving(facts, law):
            limit = birthday(facts["birth_date"], law.age_limit)
            possible = limit > max(today, law.first_day) and not in_france
            return [Advice(criterion, "leave_before", limit)] if possible else []
        case "min_duration" if not in_france:
            day = first_certain_day(facts["start"], law)
            possible = day <= LATEST_DATE
            return [Advice(criterion, "return_from", day, past=day < today)] if possible else []
        case "max_duration" if not in_france:
            day = add_months(facts["start"], law.max_months) - ONE_DAY
            return [Advice(criterion, "return_by", day, past=day < today)]
        case "entitlement":
            return [Advice(criterion, "no_month_left")]
        case "scholarship" if not over:
            return [Advice(criterion, "ask_for_a_scholarship")]
        case "establishment" if facts["establishment"] == "abroad" and not over:
            return [Advice(criterion, "leave_by_exchange")]
        case "stay" if not over:
            other_kind = facts["stay"] == "other"
            outside = facts["in_curriculum"] is False
            return [
                *([Advice(criterion, "study_or_internship")] if other_kind else []),
                *([Advice(criterion, "into_the_curriculum")] if outside else []),
                *([Advice(criterion, "leave_france")] if in_france else []),
            ]
    return []
