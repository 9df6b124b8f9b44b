"""Declares the seven conditions of the AMI, in the order of the official page (fiche 210).

Each criterion names the texts and figures it rests on in `law/ami.toml` (`grounds`). The page
also says: an individual stay, one unbroken stay, and abroad where no destination is given; these
are conditions of the answer, not questions.
"""

from datetime import date
from typing import NamedTuple

from ami_cli.law import Law
from ami_cli.rules.conditions import Rule, all_of, answer, any_of, condition, needs
from ami_cli.rules.primitives import (
    ONE_DAY,
    days_between,
    is_no,
    left_open,
    months_begun,
    one_of,
    whole_months,
)


@condition
def young_enough(law: Law, age: int) -> bool:
    """« moins de 28 ans »; the page names no day, we read it on the day the stay starts."""
    return age < law.age_limit


@condition
def scholarship_held(law: Law, scholarship: str) -> bool | None:
    """A *bourse sur critères sociaux* or an *allocation annuelle*; asked for, it is open."""
    return left_open(
        one_of(scholarship, "pending"), otherwise=one_of(scholarship, "bcs", "annual_allowance")
    )


@condition
def under_the_ministry(law: Law, establishment: str) -> bool:
    """Under the ministry of higher education and entitled to receive scholarship holders."""
    return one_of(establishment, "public", "private_accredited")


@condition
def study_or_internship(law: Law, stay: str) -> bool:
    """« une formation ou un stage »."""
    return one_of(stay, "study", "internship")


@condition
def abroad(law: Law, destination: str) -> bool | None:
    """« à l’étranger »; no text says whether the French overseas territories are."""
    return left_open(
        one_of(
            destination, "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "WF", "PF", "NC", "TF"
        ),
        otherwise=is_no(one_of(destination, "FR")),
    )  # fmt: skip


@condition
def not_too_short(law: Law, start: date, end: date) -> bool | None:
    """Whole months, the last day included, are at least the shortest stay.

    No text defines the month, and administrations count 30 days: a stay that has the shortest
    length in such months only is open.
    """
    return left_open(
        (whole_months(start, end + ONE_DAY) < law.min_months)
        & (days_between(start, end + ONE_DAY) >= law.min_months * law.days_per_month),
        otherwise=whole_months(start, end + ONE_DAY) >= law.min_months,
    )


@condition
def not_too_long(law: Law, start: date, end: date) -> bool:
    """Months begun, the last day included, are at most the longest stay.

    No text defines the month; we read it so that a stay which passes the limit by a day fails.
    """
    return months_begun(start, end + ONE_DAY) <= law.max_months


@condition
def months_left(law: Law, months_received: int) -> bool:
    """Fewer months of AMI already received than the total over all the studies."""
    return months_received < law.total_months


class Criterion(NamedTuple):
    """One condition of the page: its code, its rule, the grounds it rests on, and the names of
    all answers it may need."""

    code: str
    rule: Rule
    grounds: tuple[str, ...]
    asks: frozenset[str]


def criterion(code: str, rule: Rule, *grounds: str) -> Criterion:
    """Return the criterion of a rule and of the names of its grounds."""
    return Criterion(code, rule, grounds, frozenset(needs(rule)))


CRITERIA = (
    criterion("age", any_of(answer("disability"), young_enough), "age_limit", "no_age_limit"),
    criterion("scholarship", scholarship_held, "scholarship"),
    criterion("establishment", under_the_ministry, "establishment"),
    criterion("stay", all_of(study_or_internship, answer("in_curriculum"), abroad), "stay"),
    criterion("min_duration", not_too_short, "min_months"),
    criterion("max_duration", not_too_long, "max_months"),
    criterion("entitlement", months_left, "total_months"),
)
