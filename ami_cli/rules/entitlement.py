"""Estimates what a student could receive, and when to begin; this is never a promise.

Months payable, amounts in whole euros, the supplements, the grants beside the AMI, and the date
six months ahead. The institution decides how many monthly payments it grants (S2) and no
text says how a part of a month is paid: every estimate is a range.
"""

from datetime import date
from typing import Literal, NamedTuple

from ami_cli.law import Law, academic_year
from ami_cli.rules.conditions import (
    Facts,
    Rule,
    all_of,
    answer,
    condition,
    evaluate,
    in_order,
    missing,
)
from ami_cli.rules.criteria import scholarship_held
from ami_cli.rules.primitives import (
    ONE_DAY,
    add_months,
    least,
    months_begun,
    one_of,
    whole_months,
)

NEAR_DAYS = 15  # a longer stay is proposed when it is at most so many days longer


@condition
def bcs_held_or_awaited(law: Law, scholarship: str) -> bool:
    """Only a *bourse sur critères sociaux* has an échelon; asked for, it may be announced."""
    return one_of(scholarship, "bcs", "pending")


@condition
def echelon_6_or_7(law: Law, echelon: str) -> bool:
    """« échelon 6 ou 7 »."""
    return one_of(echelon, "6", "7")


class Extra(NamedTuple):
    """What may come beside the AMI: one of the four supplements, or another grant."""

    code: str
    rule: Rule


SUPPLEMENTS = (
    Extra("echelon_6_7", all_of(bcs_held_or_awaited, echelon_6_or_7)),
    Extra("disability", answer("disability")),
    Extra("rural", answer("rural")),
    Extra("priority_area", answer("priority_area")),
)

# The grants beside the AMI that the student says they have or ask for.
OTHER_GRANTS = (
    Extra("erasmus_plus", answer("erasmus")),
    Extra("merit_aid", all_of(scholarship_held, answer("merit"))),
)


class Supplement(NamedTuple):
    """One ground: `met`, `not_met` or `missing`, and the names of the answers it lacks."""

    code: str
    status: Literal["met", "not_met", "missing"]
    missing: tuple[str, ...]


class Months(NamedTuple):
    """The length of a stay in calendar months, its last day included."""

    whole: int
    begun: int


class NextMonth(NamedTuple):
    """The last day with which the stay would have one whole month more, and what would follow."""

    day: date
    months: int
    total: int


class Estimate(NamedTuple):
    """Months payable (whole months to months begun, both capped by the months left) and euros.

    `months_min` and `total_min` are the fewest monthly payments of an aid that is granted, None
    where no text gives them.
    """

    monthly_rate: int
    months: int
    months_max: int
    total: int
    total_max: int
    months_left: int
    months_min: int | None = None
    total_min: int | None = None
    next_month: NextMonth | None = None


class BudgetLine(NamedTuple):
    """The amount of one grant over the stay, in whole euros; `total_max` when it is a range.

    `certain` tells whether a student who has the grant receives all of it; otherwise the amount
    depends on the institution, or on the scholarship of a year that is not decided.
    """

    code: str
    certain: bool
    total: int
    total_max: int | None = None


class Budget(NamedTuple):
    """The known grants added up, in whole euros: what is certain, what depends on a decision
    (`depends` to `depends_max`), and both."""

    lines: tuple[BudgetLine, ...]
    certain: int
    depends: int
    depends_max: int
    total: int
    total_max: int


class Reminder(NamedTuple):
    """When to begin (advice, not a deadline); `days_left` is negative once that day is past."""

    start_by: date
    days_left: int
    late: bool
    departed: bool


def supplements(facts: Facts, law: Law) -> tuple[Supplement, ...]:
    """Judge the four grounds of the page, each by itself."""
    return tuple(_supplement(extra, facts, law) for extra in SUPPLEMENTS)


def _supplement(extra: Extra, facts: Facts, law: Law) -> Supplement:
    value = evaluate(extra.rule, facts, law)
    if value is None:
        return Supplement(extra.code, "missing", in_order(missing(extra.rule, facts, law)))
    return Supplement(extra.code, "met" if value else "not_met", ())


def months_of(facts: Facts) -> Months | None:
    """Return the length of a stay, or None while one of its dates is unknown."""
    if "start" not in facts or "end" not in facts:
        return None
    until = facts["end"] + ONE_DAY
    return Months(whole_months(facts["start"], until), months_begun(facts["start"], until))


def estimate(stay: Months, facts: Facts, law: Law) -> Estimate:
    """Return months payable and euros, capped by the months left over all the studies."""
    left = law.total_months - facts["months_received"]
    months = least(stay.whole, left)
    months_max = least(stay.begun, left)
    return Estimate(
        monthly_rate=law.monthly_rate,
        months=months,
        months_max=months_max,
        total=months * law.monthly_rate,
        total_max=months_max * law.monthly_rate,
        months_left=left,
        months_min=law.min_payments,
        total_min=None if law.min_payments is None else law.min_payments * law.monthly_rate,
    )


def next_month(stay: Months, payable: Estimate, facts: Facts, law: Law) -> NextMonth | None:
    """Return the stay with one whole month more, if its last day is at most 15 days later.

    None where that month would not be paid, or the stay would be too long.
    """
    day = add_months(facts["start"], stay.whole + 1) - ONE_DAY
    near = (day - facts["end"]).days <= NEAR_DAYS
    if not near or payable.months >= payable.months_left or stay.whole >= law.max_months:
        return None
    months = payable.months + 1
    return NextMonth(day, months, months * law.monthly_rate)


def budget(stay: Months, facts: Facts, law: Law, ami: Estimate, today: date) -> Budget:
    """Add up the AMI and the known grants beside it, over the months of the stay.

    The BCS is its yearly amount by tenths, rounded to the euro (halves up); the *aide au
    mérite* its monthly payments: both for the whole months between September and June, and only
    in years for which a text gives their figures. They are certain for an academic year that has
    begun; a later one depends on the application of next spring. An Erasmus+ grant is the
    monthly amount that the student gave, over the whole to the begun months.
    """
    has_begun = law.academic_year is not None and law.academic_year <= academic_year(today)
    months = months_of_the_year(facts["start"], facts["end"])
    lines = [BudgetLine("ami", False, ami.total, ami.total_max)]
    yearly = law.bcs_yearly.get(facts.get("echelon", ""))
    if yearly is not None and law.bcs_payments is not None:
        tenths = yearly * min(months, law.bcs_payments)
        share = (2 * tenths + law.bcs_payments) // (2 * law.bcs_payments)
        lines.append(BudgetLine("bcs", has_begun and facts["scholarship"] == "bcs", share))
    # It goes with a scholarship or an allowance, which is certain once it is notified.
    held = facts.get("scholarship") in ("bcs", "annual_allowance")
    if facts.get("merit") and law.merit_monthly is not None and law.merit_payments is not None:
        total = law.merit_monthly * min(months, law.merit_payments)
        lines.append(BudgetLine("merit_aid", has_begun and held, total))
    if monthly := facts.get("erasmus_monthly"):
        lines.append(BudgetLine("erasmus_plus", False, monthly * stay.whole, monthly * stay.begun))
    certain = sum(line.total for line in lines if line.certain)
    depends = sum(line.total for line in lines if not line.certain)
    depends_max = sum(line.total_max or line.total for line in lines if not line.certain)
    return Budget(
        tuple(lines), certain, depends, depends_max, certain + depends, certain + depends_max
    )


def months_of_the_year(start: date, end: date) -> int:
    """Return the whole months of the parts of a stay that lie between 1 September and 30 June."""
    parts = (
        (max(start, date(year, 9, 1)), min(end, date(year + 1, 6, 30)))
        for year in range(start.year - 1, end.year + 1)
    )
    return sum(whole_months(first, last + ONE_DAY) for first, last in parts if first <= last)


def reminder(facts: Facts, law: Law, today: date) -> Reminder | None:
    """Return the day to begin at the latest, `months_ahead` before the start; None without one."""
    start = facts.get("start")
    if start is None:
        return None
    start_by = add_months(start, -law.months_ahead)
    departed = start <= today
    days_left = (start_by - today).days
    return Reminder(start_by, days_left, days_left < 0 and not departed, departed)
