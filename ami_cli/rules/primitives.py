"""Defines the functions that rules may call: the only ones that exist twice.

Here they take the values of one student; `batch.primitives` registers them for column expressions
(`functools.singledispatch`, on the type of the first argument), and a test proves both equal.
Months are calendar months: from a day to the same day of a later month, clipped to the end of a
shorter month (31 January + 1 month = 28 February).
"""

from datetime import date, timedelta
from functools import singledispatch

ONE_DAY = timedelta(days=1)
ONE_YEAR = 12  # months


@singledispatch
def add_months(day: date, months: int) -> date:
    """Return the day `months` calendar months later (earlier if negative), clipped to the month."""
    ahead = 12 * day.year + day.month - 1 + months
    year, month = divmod(ahead, 12)
    same_day = date(year, month + 1, 1) + (day.day - 1) * ONE_DAY
    # In a shorter month that day lies in the next one, as many days past the end as its number.
    return same_day if same_day.month == month + 1 else same_day - same_day.day * ONE_DAY


@singledispatch
def whole_months(start: date, until: date) -> int:
    """Return the whole calendar months from `start` to `until`, `until` not included."""
    months = 12 * (until.year - start.year) + until.month - start.month
    # The last day of a shorter month stands for the days that it lacks.
    is_last = (until + ONE_DAY).day == 1
    return months - (until.day < start.day and not is_last)


@singledispatch
def months_begun(start: date, until: date) -> int:
    """Return the calendar months begun from `start` to `until`, `until` not included."""
    months = whole_months(start, until)
    return months + (add_months(start, months) < until)


@singledispatch
def days_between(start: date, until: date) -> int:
    """Return the days from `start` to `until`, `until` not included."""
    return (until - start).days


@singledispatch
def years_between(birth: date, day: date) -> int:
    """Return the age in whole years; a birthday on 29 February is 1 March in common years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


@singledispatch
def one_of(value: object, *options: str) -> bool:
    """Tell whether the value is one of the options."""
    return value in options


@singledispatch
def least(first: int, second: int) -> int:
    """Return the smaller of two numbers."""
    return min(first, second)


@singledispatch
def left_open(is_open: bool, otherwise: bool) -> bool | None:
    """Return None where the texts leave the question open, else `otherwise`."""
    return None if is_open else otherwise


@singledispatch
def is_no(value: bool) -> bool:
    """Tell whether an answer is no."""
    return not value
